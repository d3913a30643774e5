"""CDISC ODM-XML 1.3: snapshots and transactions, and Dataset-XML 1.0.

A row is an ItemGroupData. In a snapshot it is all that the source says of the row; what is not in
it says nothing. In a transactional file it changes the items that it gives, and TransactionType
may stand at any level: that of the nearest element that has one holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Final, Literal, assert_never

from lxml import etree

from app.domain.source_system import SourceSystem
from app.interchange.odm_audit import (
    AUDIT_SUBCATEGORY,
    ODM,
    Audit,
    OneStudy,
    audit_of,
    header_of,
    latest,
    original,
)
from app.interchange.odm_mapping import (
    FormMapping,
    UnreadableRow,
    is_only_asked,
    row_key,
    too_long_a_row,
    unit_variable,
)
from app.interchange.rows import (
    BadRow,
    Domain,
    LeftOut,
    ReadRow,
    SourceRow,
    UnreadableFile,
)
from app.interchange.safe_xml import Began, Ended, Step, Whole, local_name, text_of, walk

_GROUP: Final = f"{ODM}ItemGroupData"
_AUDIT: Final = f"{ODM}AuditRecord"
_SUBJECT: Final = f"{ODM}SubjectData"
_EVENT: Final = f"{ODM}StudyEventData"
_FORM: Final = f"{ODM}FormData"
_ABOVE_ROWS: Final = {
    _SUBJECT: ("subject", "SubjectKey"),
    _EVENT: ("event", "StudyEventOID"),
    _FORM: ("form", "FormOID"),
}
_ITEM: Final = f"{ODM}ItemData"
Change = Literal["whole", "part", "removed"]
_AS_WRITTEN: Final = frozenset(("ItemDataString", "ItemDataAny"))


def read_odm(file: BinaryIO, settings: SourceSystem) -> Iterator[ReadRow]:
    """Read every ItemGroupData of the file as a row, in bounded memory. Raises UnreadableFile.

    An element above rows without any data is a LeftOut; one that is removed as a whole is a
    BadRow, since a file does not say which rows had been in it.
    """
    reading: _Reading | None = None
    for step in walk(file, frozenset((_GROUP, _AUDIT))):
        if reading is not None:
            yield from reading.rows(step)
        elif isinstance(step, Began):
            reading = _Reading(settings, step)


@dataclass(slots=True, kw_only=True)
class _Level:
    """An element that has not ended, its audit record, and whether it holds anything."""

    name: str
    attributes: dict[str, str]
    audit: Audit | None = None
    used: bool = False


@dataclass(slots=True, kw_only=True)
class _Items:
    """What the items of a group say."""

    fields: dict[str, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)


class _Reading:
    """The state of reading one file: the elements that are open, and the rows so far."""

    def __init__(self, settings: SourceSystem, root: Began) -> None:
        self._mapping = FormMapping(settings)
        self._study = OneStudy()
        self._header = header_of(root)
        self._levels = [_Level(name=root.name, attributes=root.attributes)]
        self._number = 0

    def rows(self, step: Step) -> Iterator[ReadRow]:
        """The rows that a step completes."""
        match step:
            case Began():
                yield from self._began(step)
            case Whole():
                yield from self._whole(step)
            case Ended():
                yield from self._ended(step)
            case _:
                assert_never(step)

    def _began(self, step: Began) -> Iterator[ReadRow]:
        if step.name == f"{ODM}ClinicalData":
            self._study.check(step.attributes)
            if AUDIT_SUBCATEGORY in step.attributes:
                raise UnreadableFile(
                    "these are clinical audit records of Rave, in which an item without a value "
                    "may be a query: import them as rave-audit"
                )
        level = _Level(name=step.name, attributes=step.attributes)
        if step.name in _ABOVE_ROWS:
            self._levels[-1].used = True
            if level.attributes.get("TransactionType") == "Remove":
                level.used = True
                yield self._removed_above(step)
        self._levels.append(level)

    def _removed_above(self, step: Began) -> BadRow:
        kind, oid = _ABOVE_ROWS[step.name]
        self._number += 1
        return BadRow(
            number=self._number,
            place=step.place,
            code="removal_above_row",
            problem=(
                f"the {kind} {step.attributes.get(oid, '')[:200]} is removed as a whole, and the "
                "file does not say which rows were in it: send Remove with each ItemGroupData"
            ),
            original=step.attributes,
        )

    def _ended(self, step: Ended) -> Iterator[ReadRow]:
        level = self._levels.pop()
        if level.name not in _ABOVE_ROWS or level.used:
            return
        kind, oid = _ABOVE_ROWS[level.name]
        named = "" if level.name == _SUBJECT else f" {level.attributes.get(oid, '')}"
        self._number += 1
        yield LeftOut(number=self._number, place=step.place, what=f"{kind}{named} without data")

    def _whole(self, step: Whole) -> Iterator[ReadRow]:
        if step.name == _AUDIT:
            if step.element is not None:
                self._levels[-1].audit = audit_of(step.element)
            return
        self._levels[-1].used = True
        self._number += 1
        try:
            yield self._row(step)
        except UnreadableRow as problem:
            yield BadRow(
                number=self._number,
                place=step.place,
                code=problem.code,
                problem=problem.problem,
                original=self._original(step),
                head=self._header.told,
            )

    def _original(self, step: Whole) -> object:
        if step.element is None:
            return step.attributes
        return original(
            step.element, [(level.name, level.attributes) for level in self._levels[1:]]
        )

    def _row(self, step: Whole) -> ReadRow:
        group, form = (
            step.attributes.get("ItemGroupOID", ""),
            self._above(_FORM).get("FormOID", ""),
        )
        domain = self._mapping.domain(group, form)
        if any(level.name == f"{ODM}ReferenceData" for level in self._levels):
            return self._left_out(step, "reference data")
        if domain is None:
            return self._left_out(step, f"form {form}" if form else f"item group {group}")
        if step.element is None:
            raise too_long_a_row()
        row, items = self._about(step, domain), self._items(step.element, domain, step)
        audit = latest(items.audits or self._inherited(), self._header.time)
        row = replace(
            row,
            fields=_kept(items.fields, row),
            source=audit.source,
            reason=audit.reason,
            unread=tuple(items.unread),
        )
        if row.unread or row.change == "removed":
            return row
        if is_only_asked(domain, row.fields):
            return self._left_out(step, f"item {domain}YN")
        if row.change == "part" and not row.fields:
            return self._left_out(step, f"item group {group} without items")
        return row

    def _about(self, step: Whole, domain: Domain) -> SourceRow:
        """The row without what its items say."""
        subject, key = self._identity(step)
        transaction = self._transaction(step)
        change = self._change(step, transaction)
        return SourceRow(
            domain=domain,
            number=self._number,
            place=step.place,
            fields={},
            key=key,
            subject=subject,
            change=change,
            restored=change == "part" and transaction in {"Insert", "Upsert"},
        )

    def _left_out(self, step: Whole, what: str) -> LeftOut:
        return LeftOut(number=self._number, place=step.place, what=what)

    def _above(self, name: str) -> dict[str, str]:
        """The attributes of the element of that name which the row stands in."""
        return next((level.attributes for level in self._levels if level.name == name), {})

    def _inherited(self) -> list[Audit]:
        """The audit record of the nearest element above the row that has one."""
        found = (level.audit for level in reversed(self._levels) if level.audit is not None)
        return [audit for audit in (next(found, None),) if audit is not None]

    def _identity(self, step: Whole) -> tuple[str | None, str | None]:
        """The patient and the key; a row of Dataset-XML has both only in its variables."""
        if not any(level.name == _SUBJECT for level in self._levels):
            return None, None
        subject = self._above(_SUBJECT).get("SubjectKey", "").strip()
        if not subject:
            raise UnreadableRow("no_subject", "SubjectKey is missing: write which patient it is")
        event, form, group = self._above(_EVENT), self._above(_FORM), step.attributes
        return subject, row_key(
            event.get("StudyEventOID"),
            event.get("StudyEventRepeatKey"),
            form.get("FormOID"),
            form.get("FormRepeatKey"),
            group.get("ItemGroupOID"),
            group.get("ItemGroupRepeatKey"),
        )

    def _transaction(self, step: Whole) -> str | None:
        """The TransactionType of the row: its own, or that of the nearest element above it."""
        every = (step.attributes, *(level.attributes for level in reversed(self._levels)))
        return next((said for each in every if (said := each.get("TransactionType"))), None)

    def _change(self, step: Whole, transaction: str | None) -> Change:
        if self._header.file_type == "Transactional":
            if transaction == "Remove":
                return "removed"
            return "whole" if step.attributes.get("TransactionType") == "Insert" else "part"
        if transaction == "Remove":
            raise UnreadableRow(
                "removal_in_snapshot",
                "a snapshot removes nothing, and this row says Remove: send it in a file of the "
                "FileType Transactional",
            )
        return "whole"

    def _items(self, group: etree._Element, domain: Domain, step: Whole) -> _Items:
        """The items of a group; an empty text where one is null or removed."""
        found, units, transaction = _Items(), dict[str, str](), self._transaction(step)
        for child in group.iterchildren("*"):
            if child.tag == _AUDIT:
                found.audits.append(audit_of(child))
            if not child.tag.startswith(_ITEM):
                continue
            found.audits += [audit_of(record) for record in child.iterchildren(_AUDIT)]
            value = _value(child, child.get("TransactionType") or transaction)
            item = child.get("ItemOID") or ""
            variable = self._mapping.variable(domain, item)
            if value is None:
                continue
            if variable is None:
                found.unread.append(item)
                continue
            self._mapping.put(found.fields, variable, value, item)
            for unit in child.iterchildren(f"{ODM}MeasurementUnitRef"):
                name = unit_variable(variable)
                if name is None:
                    found.unread.append(f"MeasurementUnitRef of {item}")
                else:
                    units[name] = unit.get("MeasurementUnitOID") or ""
        found.fields = {**units, **found.fields}
        return found


def _kept(fields: dict[str, str], row: SourceRow) -> dict[str, str]:
    """The fields that a row of that change has: only a part clears one by an empty text."""
    if row.change == "part":
        return fields
    if row.change == "removed" and row.key is not None:
        return {}
    return {variable: cell for variable, cell in fields.items() if cell.strip()}


def _value(item: etree._Element, transaction: str | None) -> str | None:
    """The value as it was written: empty where it is null or removed, None where untold."""
    if transaction == "Remove" or item.get("IsNull") == "Yes":
        return ""
    if item.tag == _ITEM:
        return item.get("Value")
    text = text_of(item)
    return text if local_name(item.tag) in _AS_WRITTEN else text.strip()
