"""Medidata Rave's clinical audit records: ODM 1.3 Transactional with Medidata's extensions.

Each ClinicalData is one audit of one change, named by mdsol:AuditSubCategoryName. Its SourceID
grows with time and is never used twice: it orders changes, tells which were already read, and an
import goes on after the highest one held. The patient is SubjectKey, which a new name of the
patient does not change where SubjectKeyType is SubjectUUID; MetaDataVersionOID changes nothing.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, Final, Literal

from lxml import etree

from app.domain.source_system import SourceSystem
from app.interchange.odm_audit import (
    AUDIT_SUBCATEGORY,
    MDSOL,
    ODM,
    Audit,
    OneStudy,
    audit_of,
    header_of,
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
from app.interchange.safe_xml import Began, Whole, walk

_CLINICAL_DATA: Final = f"{ODM}ClinicalData"
_SUBJECT: Final = f"{ODM}SubjectData"
_EVENT: Final = f"{ODM}StudyEventData"
_FORM: Final = f"{ODM}FormData"
_GROUP: Final = f"{ODM}ItemGroupData"
_ITEM: Final = f"{ODM}ItemData"
_AUDIT: Final = f"{ODM}AuditRecord"
_PATH: Final = (_SUBJECT, _EVENT, _FORM, _GROUP, _ITEM)

_ENTERED: Final = frozenset(
    (
        *("Entered", "EnteredWithChangeCode", "EnteredNonConformant", "AcceptedDefaultValue"),
        *("EnteredInForeignLocale", "EnteredInForeignLocaleWithChangeCode"),
    )
)
"""A value was written, and is kept verbatim even where it does not conform."""
_EMPTIED: Final = frozenset(
    (
        *("EnteredEmpty", "EnteredEmptyWithChangeCode"),
        *("EnteredWithMissingCode", "EnteredWithChangeCodeMissingCode"),
    )
)
"""No value, or a code that says why there is none."""
_INACTIVATED: Final = frozenset(("Inactivated",))
_ACTIVATED: Final = frozenset(("Activated", "Reactivated"))
Status = Literal["entered", "verified", "signed", "locked"]
_STATUS: Final[dict[str, Status]] = {
    **dict.fromkeys(("Verify", "Verified"), "verified"),
    **dict.fromkeys(("Sign", "Signed", "ValidESigCredential"), "signed"),
    **dict.fromkeys(("Lock", "Locked", "Freeze", "Frozen"), "locked"),
    **dict.fromkeys(("UnVerify", "UnVerified", "UnSign", "UnSigned"), "entered"),
    **dict.fromkeys(("UnLock", "UnLocked", "UnFreeze", "UnFrozen"), "entered"),
}
_MARKS: Final = (f"{MDSOL}Verify", f"{MDSOL}Lock", f"{MDSOL}Freeze")
"""Attributes that say No where a verification or lock was taken off."""

_RECENT: Final = 1024
"""Records, inactivated or activated, whose items' own audits may still follow theirs."""


def read_rave(file: BinaryIO, settings: SourceSystem) -> Iterator[ReadRow]:
    """Read every audit of the file as a row, in bounded memory. Raises UnreadableFile.

    Categories that change no record, and those that are not known, are each LeftOut by name.
    """
    reading = _Reading(settings)
    root: Began | None = None
    for step in walk(file, frozenset((_CLINICAL_DATA,))):
        if isinstance(step, Began) and root is None:
            root = step
            if header_of(root).file_type != "Transactional":
                raise UnreadableFile(
                    "FileType is Snapshot, and audit records are Transactional: import it as "
                    "odm-xml",
                    line=1,
                )
        elif isinstance(step, Whole):
            yield reading.row(step)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """One audit: the elements on the way to what was changed, the last of them that itself."""

    category: str
    path: tuple[etree._Element, ...]
    audit: Audit
    number: int
    place: str

    def at(self, name: str) -> etree._Element | None:
        """The element of that name on the way."""
        return next((element for element in self.path if element.tag == name), None)

    def said(self, name: str, attribute: str) -> str:
        """An attribute of an element on the way, or an empty text."""
        element = self.at(name)
        return "" if element is None else element.get(attribute) or ""

    def left_out(self, what: str) -> LeftOut:
        """That it changes no record that is imported."""
        return LeftOut(number=self.number, place=self.place, what=what)


class _Reading:
    """The state of reading one file: how many audits there were, and the records just changed."""

    def __init__(self, settings: SourceSystem) -> None:
        self._mapping = FormMapping(settings)
        self._study = OneStudy()
        self._number = 0
        self._recent: OrderedDict[tuple[str, str], bool] = OrderedDict()

    def row(self, step: Whole) -> ReadRow:
        """The row that one ClinicalData is."""
        self._number += 1
        self._study.check(step.attributes)
        try:
            return self._row(self._change(step))
        except UnreadableRow as problem:
            return BadRow(
                number=self._number,
                place=step.place,
                code=problem.code,
                problem=problem.problem,
                original=step.attributes if step.element is None else original(step.element),
                head={"FileType": "Transactional"},
            )

    def _change(self, step: Whole) -> _Change:
        if step.element is None:
            raise too_long_a_row()
        category = step.attributes.get(AUDIT_SUBCATEGORY, "").strip()
        if not category:
            raise UnreadableRow(
                "no_category",
                "mdsol:AuditSubCategoryName is missing, so it is unknown what happened: ask for "
                "clinical audit records, or import the file as odm-xml",
            )
        path: list[etree._Element] = []
        for name in _PATH:
            found = list((path[-1] if path else step.element).iterchildren(name))
            if len(found) > 1:
                raise UnreadableRow(
                    "several_changes",
                    f"one audit holds {len(found)} {name.rpartition('}')[2]}: send an audit for "
                    "each change",
                )
            if not found:
                break
            path += found
        if not path or not (path[0].get("SubjectKey") or "").strip():
            raise UnreadableRow("no_subject", "SubjectKey is missing: write which patient it is")
        audit = next(
            map(audit_of, (r for each in reversed(path) for r in each.iterchildren(_AUDIT))), None
        )
        if audit is None or audit.source.sequence is None:
            raise UnreadableRow(
                "no_source_id",
                "the audit has no SourceID that is a whole number below 2^53, so it is unknown "
                "what came before it: send it with its SourceID",
            )
        return _Change(
            category=category,
            path=tuple(path),
            audit=audit,
            number=self._number,
            place=step.place,
        )

    def _row(self, change: _Change) -> ReadRow:
        category = change.category
        if category in _INACTIVATED or category in _ACTIVATED:
            return self._activity(change)
        if category in _ENTERED or category in _EMPTIED:
            return self._entry(change)
        if category in _STATUS:
            return self._status(change, _STATUS[category])
        return change.left_out(f"category {category}")

    def _domain(self, change: _Change) -> Domain | None:
        group, form = change.said(_GROUP, "ItemGroupOID"), change.said(_FORM, "FormOID")
        return self._mapping.domain(group, form)

    def _entry(self, change: _Change) -> ReadRow:
        item = change.at(_ITEM)
        if item is None:
            raise UnreadableRow(
                "no_item", f"{change.category} without ItemData: write which item was entered"
            )
        domain = self._domain(change)
        if domain is None:
            return change.left_out(f"form {change.said(_FORM, 'FormOID')}")
        value = item.get("Value")
        if value is None and change.category in _ENTERED:
            raise UnreadableRow(
                "no_value", f"{change.category} without Value: write what was entered"
            )
        return self._item(change, domain, item, value or "")

    def _item(self, change: _Change, domain: Domain, item: etree._Element, value: str) -> ReadRow:
        """A change of one item: to a value, or to none where that is empty."""
        oid = item.get("ItemOID") or ""
        variable = self._mapping.variable(domain, oid)
        if variable is None or is_only_asked(domain, {variable: value}):
            return change.left_out(f"item {oid}")
        fields, unread = {variable: value}, []
        for unit in item.iterchildren(f"{ODM}MeasurementUnitRef"):
            name = unit_variable(variable)
            if name is None:
                unread.append(f"MeasurementUnitRef of {oid}")
            else:
                fields[name] = unit.get("MeasurementUnitOID") or ""
        return replace(self._part(change, domain), fields=fields, unread=tuple(unread))

    def _activity(self, change: _Change) -> ReadRow:
        """A record was taken back or stands again; its items are told so one by one after it."""
        inactivated = change.category in _INACTIVATED
        if change.at(_FORM) is None:
            raise UnreadableRow(
                "removal_above_row",
                f"{change.category} of a whole subject or folder: it is unknown which records "
                "were in it, so ask for the audits of each of them",
            )
        domain = self._domain(change)
        if domain is None:
            return change.left_out(f"form {change.said(_FORM, 'FormOID')}")
        if change.at(_GROUP) is None:
            return change.left_out(f"category {change.category}")
        record = _subject(change), _key(change)
        item = change.at(_ITEM)
        if item is None:
            self._remember(record, inactivated)
            row = self._part(change, domain)
            return replace(row, change="removed") if inactivated else replace(row, restored=True)
        if self._recent.get(record) is inactivated:
            return change.left_out(f"category {change.category}")
        value = "" if inactivated else item.get("Value")
        if value is None:
            raise UnreadableRow(
                "no_value",
                f"{change.category} of an item without Value: write what it holds, or send the "
                "audit of its record with it",
            )
        return self._item(change, domain, item, value)

    def _remember(self, record: tuple[str, str], inactivated: bool) -> None:
        self._recent.pop(record, None)
        self._recent[record] = inactivated
        if len(self._recent) > _RECENT:
            self._recent.popitem(last=False)

    def _status(self, change: _Change, status: Status) -> ReadRow:
        domain = self._domain(change)
        if domain is None:
            return change.left_out(f"form {change.said(_FORM, 'FormOID')}")
        if change.at(_GROUP) is None:
            return change.left_out(f"category {change.category}")
        item = change.at(_ITEM)
        if item is not None:
            oid = item.get("ItemOID") or ""
            variable = self._mapping.variable(domain, oid)
            if variable is None or is_only_asked(domain, {variable: ""}):
                return change.left_out(f"item {oid}")
        if any(change.path[-1].get(mark) == "No" for mark in _MARKS):
            status = "entered"
        row = self._part(change, domain)
        return replace(row, source=replace(row.source, status=status))

    def _part(self, change: _Change, domain: Domain) -> SourceRow:
        return SourceRow(
            domain=domain,
            number=change.number,
            place=change.place,
            fields={},
            key=_key(change),
            subject=_subject(change),
            change="part",
            source=change.audit.source,
            reason=change.audit.reason,
        )


def _subject(change: _Change) -> str:
    return change.said(_SUBJECT, "SubjectKey").strip()


def _key(change: _Change) -> str:
    """A record by its folder, form and id; by its place in the form where it has no id."""
    group = change.said(_GROUP, "ItemGroupOID")
    record = change.said(_GROUP, f"{MDSOL}RecordId") or change.said(_GROUP, f"{MDSOL}RecordUUID")
    return row_key(
        change.said(_EVENT, "StudyEventOID"),
        change.said(_EVENT, "StudyEventRepeatKey"),
        change.said(_FORM, "FormOID"),
        change.said(_FORM, "FormRepeatKey"),
        group,
        *((record,) if record else ("", change.said(_GROUP, "ItemGroupRepeatKey"))),
    )
