"""ODM's header and its audit records: who changed what, when and why, in the source's own words.

CDISC ODM-XML 1.3.2, sections 3.1.4.1.3.1 (AuditRecord) and 3.1 (ODM).
"""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from lxml import etree

from app.domain.errors import BadTime
from app.domain.record.origin import Source
from app.domain.time import PartialTime, Precision
from app.interchange.rows import UnreadableFile
from app.interchange.safe_xml import Began, local_name, text_of

ODM: Final = "{http://www.cdisc.org/ns/odm/v1.3}"
MDSOL: Final = "{http://www.mdsol.com/ns/odm/metadata}"
AUDIT_SUBCATEGORY: Final = f"{MDSOL}AuditSubCategoryName"

_MOST_OF_A_NAME: Final = 200
_MOST_OF_AN_ORIGINAL: Final = 10_000
_ABOVE_EVERY_SEQUENCE: Final = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the root element says: whether rows are all there is, or changes; and as of when."""

    file_type: Literal["Snapshot", "Transactional"]
    time: PartialTime | None
    told: Mapping[str, str]
    """What says so, as it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """One audit record; `reason` is blank in none."""

    source: Source
    reason: str | None = None


def header_of(root: Began) -> Header:
    """Read the root element, or raise UnreadableFile where it is not that of ODM-XML 1.3."""
    if root.name != f"{ODM}ODM":
        namespace = root.name[1:].rpartition("}")[0] or "none"
        raise UnreadableFile(
            f"the root element is <{local_name(root.name)}> of the namespace {namespace[:100]}, "
            f"not <ODM> of {ODM[1:-1]}: export ODM-XML 1.3",
            line=1,
        )
    at = root.attributes
    time = instant(at.get("AsOfDateTime")) or instant(at.get("CreationDateTime"))
    match at.get("FileType"):
        case "Snapshot" | "Transactional" as file_type:
            names = ("FileType", "AsOfDateTime", "CreationDateTime")
            told = {name: at[name] for name in names if name in at}
            return Header(file_type=file_type, time=time, told=told)
        case other:
            raise UnreadableFile(
                f"FileType is {other!r}, so it is unknown whether rows are all there is or "
                "changes: write Snapshot or Transactional",
                line=1,
            )


class OneStudy:
    """The study of a file: its patients must not be mixed with those of another."""

    def __init__(self) -> None:
        self._known: str | None = None

    def check(self, clinical_data: dict[str, str]) -> None:
        """Raise UnreadableFile where ClinicalData is of another study than that before it."""
        study = clinical_data.get("StudyOID", "")
        if self._known is None:
            self._known = study
        if study != self._known:
            raise UnreadableFile(
                f"the file has clinical data of two studies, {self._known[:100]!r} and "
                f"{study[:100]!r}: send a file for each"
            )


def audit_of(record: etree._Element) -> Audit:
    """Read an AuditRecord. What is blank, or no value of its kind, is not there."""
    texts = {local_name(child.tag): text_of(child).strip() for child in record.iterchildren("*")}
    user = record.find(f"{ODM}UserRef")
    audit_id = texts.get("SourceID", "")
    return Audit(
        source=Source(
            sequence=_sequence(audit_id),
            time=instant(texts.get("DateTimeStamp")),
            user=None if user is None else _name(user.get("UserOID") or ""),
            audit_id=_name(audit_id),
        ),
        reason=texts.get("ReasonForChange") or None,
    )


def latest(audits: Iterable[Audit], otherwise: PartialTime | None) -> Audit:
    """The audit of the last change among those of a row, which was at `otherwise` where untold."""
    found = max(audits, key=lambda audit: audit.source.sequence or -1, default=None)
    if found is None:
        return Audit(source=Source(time=otherwise))
    source = found.source
    if source.sequence is None and source.time is None:
        return replace(found, source=replace(source, time=otherwise))
    return found


def instant(text: str | None) -> PartialTime | None:
    """A time to the minute as it was written; without an offset it stays without."""
    try:
        found = PartialTime((text or "").strip())
    except BadTime:
        return None
    return found if found.precision is Precision.INSTANT else None


def original(element: etree._Element, within: Iterable[tuple[str, dict[str, str]]] = ()) -> str:
    """The XML of an element in the elements that it stands in, cut where it is very long."""
    row = copy.deepcopy(element)
    row.tail = None
    for name, attributes in reversed(list(within)):
        outer = etree.Element(name, attributes)
        outer.append(row)
        row = outer
    text = str(etree.tostring(row, encoding="unicode"))
    return text if len(text) <= _MOST_OF_AN_ORIGINAL else f"{text[:_MOST_OF_AN_ORIGINAL]}…"


def _sequence(text: str) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        return None
    return number if (number := int(text)) < _ABOVE_EVERY_SEQUENCE else None


def _name(text: str) -> str | None:
    text = text.strip()
    return text if 0 < len(text) <= _MOST_OF_A_NAME and text.isprintable() else None
