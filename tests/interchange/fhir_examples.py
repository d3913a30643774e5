"""Small FHIR resources of our own, and how they are read."""

import io
import json
from collections.abc import Sequence
from typing import Any

from app.domain.source_system import SourceSystem
from app.interchange.fhir import read_fhir
from app.interchange.rows import BadRow, LeftOut, ReadRow, SourceRow

Resource = dict[str, Any]

NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
R5_GRADE = "http://hl7.org/fhir/uv/ae-research-ig/StructureDefinition/ae-grade"
R4_GRADE = "http://hl7.org/fhir/us/ctcae/StructureDefinition/ctcae-grade"
R4_GRADES = "http://hl7.org/fhir/us/ctcae/CodeSystem/ctcae-grade-code-system"
BACKPORT = "http://hl7.org/fhir/uv/ae-research-backport-ig/StructureDefinition"


def concept(system: str, code: str, display: str | None = None, text: str | None = None) -> Any:
    """A CodeableConcept of one code."""
    coding = {"system": system, "code": code}
    made: dict[str, Any] = {
        "coding": [coding if display is None else coding | {"display": display}]
    }
    return made if text is None else made | {"text": text}


def extension(url: str, **value: Any) -> Any:
    """An extension with its value[x]."""
    return {"url": url, **value}


def without(resource: Resource, *names: str) -> Resource:
    """The resource without some elements."""
    return {name: value for name, value in resource.items() if name not in names}


def r4_event(**elements: Any) -> Resource:
    """An adverse event as R4 writes it."""
    return {
        "resourceType": "AdverseEvent",
        "id": "ae-1",
        "actuality": "actual",
        "subject": {"reference": "Patient/pt-1"},
        "event": concept(
            "http://terminology.hl7.org/CodeSystem/MDRAE", "10028813", "Nausea", "sick"
        ),
        "date": "2026-03-05",
        **elements,
    }


def r5_event(**elements: Any) -> Resource:
    """The same event as R5 writes it."""
    made = r4_event(
        status="completed", code=concept("https://www.meddra.org", "10028813", "Nausea", "sick")
    )
    return without(made, "event", "date") | {"occurrenceDateTime": "2026-03-05"} | elements


def observation(**elements: Any) -> Resource:
    """A platelet count."""
    return {
        "resourceType": "Observation",
        "id": "ob-1",
        "status": "final",
        "subject": {"reference": "Patient/pt-1"},
        "code": concept(LOINC, "777-3", text="Platelets"),
        "effectiveDateTime": "2026-03-05T08:00:00+08:00",
        "valueQuantity": quantity(48),
        **elements,
    }


def quantity(value: Any, code: str = "10*9/L", **more: Any) -> Any:
    """An amount in a unit of UCUM."""
    return {"value": value, "unit": "G/L", "system": UCUM, "code": code, **more}


def administration(**elements: Any) -> Resource:
    """A dose as R4 writes it."""
    return {
        "resourceType": "MedicationAdministration",
        "id": "ex-1",
        "status": "completed",
        "subject": {"reference": "Patient/pt-1"},
        "medicationCodeableConcept": {"text": "IC19"},
        "effectiveDateTime": "2026-03-01T10:00:00+08:00",
        "dosage": {"dose": quantity(3, "10*6/kg")},
        **elements,
    }


def read(content: bytes | str) -> list[ReadRow]:
    """All rows of a file."""
    raw = content.encode() if isinstance(content, str) else content
    return list(read_fhir(io.BytesIO(raw), SourceSystem()))


def rows_of(*resources: Resource) -> list[ReadRow]:
    """All rows of resources that are sent line by line."""
    return read(ndjson(*resources))


def ndjson(*resources: Resource) -> str:
    """A line for each."""
    return "".join(json.dumps(each) + "\n" for each in resources)


def bundle(*resources: Resource, kind: str = "collection") -> Resource:
    """A Bundle of resources."""
    return {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [{"resource": each} for each in resources],
    }


def row_of(resource: Resource) -> SourceRow:
    """The one row of a resource."""
    (row,) = rows_of(resource)
    assert isinstance(row, SourceRow), row
    return row


def bad_row_of(resource: Resource) -> BadRow:
    """The refusal of a resource."""
    (row,) = rows_of(resource)
    assert isinstance(row, BadRow), row
    return row


def left_out_of(resource: Resource) -> str:
    """What is said of a resource that is left out."""
    (row,) = rows_of(resource)
    assert isinstance(row, LeftOut), row
    return row.what


def codes_of(rows: Sequence[ReadRow]) -> list[str]:
    """The domain of each row, the code of each refusal, or what is left out."""
    told: list[str] = []
    for row in rows:
        match row:
            case SourceRow():
                told.append(row.domain)
            case BadRow():
                told.append(row.code)
            case LeftOut():
                told.append(row.what)
            case _:
                raise AssertionError(row)
    return told
