"""What every row of a FHIR resource has: its key, its patient, and what the source says of it."""

import re
from dataclasses import replace
from typing import Final

from app.domain.errors import BadTime
from app.domain.record.origin import Source
from app.domain.time import PartialTime, Precision
from app.interchange.fhir_elements import Cells, Element
from app.interchange.fhir_json import Unfit
from app.interchange.rows import Domain, LeftOut, SourceRow

Rows = tuple[SourceRow | LeftOut, ...]
"""What a resource makes. Numbers are given, and places made whole, by who reads the file."""

ENTERED_IN_ERROR: Final = "entered-in-error"

_SEQUENCE = re.compile(r"[0-9]{1,15}", re.ASCII)
_UCUM = "http://unitsofmeasure.org"
_PATIENTS: Final = ("Patient", "ResearchSubject")


def row(
    domain: Domain,
    resource: Element,
    cells: Cells,
    subject: str,
    *,
    part: str | None = None,
    related: tuple[tuple[str, str], ...] = (),
) -> SourceRow:
    """A row of a resource, or of a component of it, taken back where a status says so.

    The resource's id stands in AEREFID, EXREFID or LBREFID too, as one reads it in the source.
    """
    if domain != "DM":
        cells.put(f"{domain}REFID", resource.text("id"))
    return SourceRow(
        domain=domain,
        number=0,
        place="" if part is None else f"/component/{part}",
        fields=cells.fields,
        key=key_of(resource) if part is None else f"{key_of(resource)}~{part}",
        subject=subject,
        related=related,
        source=_source_of(resource),
    )


def taken_back(
    domain: Domain, resource: Element, status: str, subject: str, *, part: str | None = None
) -> SourceRow:
    """The row of a resource that its source took back, whatever else it holds.

    What was wrong enough to be taken back must not be refused for what is wrong with it.
    """
    cells = Cells()
    cells.put("STATUS", status)
    made = row(domain, resource, cells, subject, part=part)
    return replace(made, change="removed", reason=status)


def left_out(what: str) -> Rows:
    """A resource about nothing that is imported."""
    return (LeftOut(number=0, place="", what=what),)


def key_of(resource: Element) -> str:
    """The type and id of a resource; of one that has no id yet, its first business identifier.

    It is written "Type.id", for the id of a record has no slash. A `urn:uuid:` of a Bundle is made
    for that Bundle alone, and is no identity.
    """
    own = resource.text("id")
    if own is not None:
        return key_to(resource.path, own.strip())
    for identifier in resource.children("identifier"):
        number = identifier.text("value")
        if number is not None:
            return f"{resource.path}?identifier={identifier.text('system') or ''}|{number}"
    raise Unfit(
        "no_identity",
        f"the {resource.path} has neither an id nor an identifier: sent again it would be another "
        "record; send its id",
    )


def key_to(kind: str, own_id: str) -> str:
    """The key of the row of a resource that is known by its type and id."""
    return f"{kind}.{own_id}"


def subject_of(resource: Element, *names: str) -> str:
    """The patient that the first of these references names.

    It is the id of "Patient/id", a number where the reference is an identifier, and else the
    reference as it was written: one to a ResearchSubject, or to a `urn:` that the Bundle does not
    hold, is another id than the patient's, and is mapped in the settings.
    """
    for name in names:
        found = resource.reference(name)
        if found is None or found.told is None:
            continue
        if found.type is not None and found.type not in _PATIENTS:
            raise Unfit("not_a_patient", f"{resource.path}.{name} is {found.told}: no patient")
        return found.id if found.type == "Patient" and found.id else found.told
    raise Unfit(
        "no_subject",
        f"{resource.path}.{names[0]} names no patient: send a reference to one, or an identifier",
    )


def _source_of(resource: Element) -> Source:
    meta = resource.child("meta")
    if meta is None:
        return Source()
    version, updated = meta.text("versionId"), meta.text("lastUpdated")
    sequence = int(version) if version and _SEQUENCE.fullmatch(version) else None
    return Source(sequence=sequence, time=_instant(updated))


def _instant(text: str | None) -> PartialTime | None:
    if text is None:
        return None
    try:
        time = PartialTime(text)
    except BadTime:
        return None
    return time if time.precision is Precision.INSTANT else None


def amount(cells: Cells, quantity: Element, value: str, unit: str) -> None:
    """A Quantity as a number and its unit: the code of UCUM where it has one, else as written."""
    told = quantity.number("value")
    comparator = quantity.text("comparator")
    if comparator is not None and comparator not in {"<", "<=", ">=", ">"}:
        raise quantity.wrong("comparator", "one of <, <=, >= and >")
    cells.put(value, f"{comparator or ''}{told}" if told is not None else None)
    cells.absent(value, quantity.absent("value") or quantity.absent_itself())
    cells.put(unit, unit_of(quantity))


def unit_of(quantity: Element) -> str | None:
    """The unit of a Quantity: the code of UCUM where it has one, else as written."""
    code, written = quantity.text("code"), quantity.text("unit")
    return code if code and quantity.text("system") == _UCUM else written or code


def period(cells: Cells, element: Element, name: str, start: str, end: str) -> None:
    """The beginning and end of a Period."""
    child = element.child(name)
    if child is not None:
        cells.text(start, child, "start")
        cells.text(end, child, "end")
    cells.absent(start, element.absent(name))


def only_one(element: Element, *names: str) -> str | None:
    """Which of these elements there is. Raises Unfit where there are two."""
    there = [name for name in names if element.has(name)]
    if len(there) > 1:
        raise Unfit(
            "contradiction",
            f"{element.path} has {' and '.join(there)}, which are one element: send one of them",
        )
    return there[0] if there else None
