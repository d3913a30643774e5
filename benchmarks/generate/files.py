"""Files to import: patients of our own, an infusion and some events each, in every format.

The same patients are written in each format, so that rates compare. All but lines of records hold
events only, since a file of SDTM has one domain: `known` are the lines that come before.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import polars
import pyreadstat

from app.domain.source_system import SourceSystem
from app.interchange.formats import Format
from tests.interchange.fhir_examples import R4_GRADE, R4_GRADES, concept, extension, ndjson
from tests.interchange.odm_writer import attributes, audit, clinical, group, item, odm, subject

EVENTS: Final = 5
"""Events of a patient."""
HOW: Final = SourceSystem(grade_collection="worst_only", causality_agents={"AEREL": "IC19"})
"""How the files are read."""
_TERMS: Final = ("Fatigue", "Headache", "Anemia", "Nausea", "Cytokine release syndrome")
_ITEMS: Final = ("AESPID", "AETERM", "AETOXGR", "AEREL", "AESTDTC", "AEENDTC")
_RESOLVED: Final = (
    "http://hl7.org/fhir/us/ae-research-ig/StructureDefinition/adverse-event-resolved-date"
)
Row = Mapping[str, str]


def _name(number: int) -> str:
    return f"P-{number:06}"


def _rows(patients: range) -> Iterator[Row]:
    """The events as rows of SDTM: grade, start and length differ, all of them are known."""
    for number in patients:
        for event in range(EVENTS):
            draw = number * EVENTS + event
            yield {
                "STUDYID": "BENCH",
                "DOMAIN": "AE",
                "USUBJID": _name(number),
                "AESEQ": str(event + 1),
                "AESPID": f"A{event + 1}",
                "AETERM": _TERMS[event],
                "AETOXGR": str(1 + draw % 3),
                "AEREL": "POSSIBLE" if draw % 4 else "UNRELATED",
                "AESTDTC": f"2026-03-{2 + draw % 7:02}",
                "AEENDTC": f"2026-03-{10 + draw % 11:02}",
            }


def known(patients: range) -> bytes:
    """The patients and their infusions, as lines of records."""
    return _lines(each for number in patients for each in _patient(number))


def _patient(number: int) -> Iterator[Mapping[str, Any]]:
    yield {"kind": "subject", "id": _name(number), "dose_level": "1"}
    yield {
        "kind": "exposure",
        "source": {"system": "edc", "record_id": f"{_name(number)}.EX"},
        "subject": _name(number),
        "agent": "IC19",
        "start": "2026-03-01T10:00+08:00",
    }


def _records(patients: range) -> bytes:
    """Everything of these patients, as lines of records."""
    found: list[Mapping[str, Any]] = []
    for number in patients:
        found += _patient(number)
        found += (_event(row) for row in _rows(range(number, number + 1)))
    return _lines(found)


def _event(row: Row) -> Mapping[str, Any]:
    grades = [
        {"from": row["AESTDTC"], "grade": int(row["AETOXGR"])},
        {"from": row["AEENDTC"], "grade": 0},
    ]
    relatedness = "possible" if row["AEREL"] == "POSSIBLE" else "unrelated"
    return {
        "kind": "adverse_event",
        "source": {"system": "edc", "record_id": f"{row['USUBJID']}.{row['AESPID']}"},
        "subject": row["USUBJID"],
        "term": row["AETERM"],
        "grades": grades,
        "ongoing": False,
        "baseline_grade": 0,
        "causality": [{"agent": "IC19", "relatedness": relatedness}],
    }


def _lines(records: Any) -> bytes:
    return "".join(json.dumps(each) + "\n" for each in records).encode()


def _csv(patients: range) -> bytes:
    rows = list(_rows(patients))
    return "".join(
        ",".join(row) + "\n" for row in ([*rows[0]], *(r.values() for r in rows))
    ).encode()


def _metadata(rows: list[Row]) -> dict[str, Any]:
    return {
        "datasetJSONCreationDateTime": "2026-04-01T08:30:00Z",
        "datasetJSONVersion": "1.1.0",
        "itemGroupOID": "IG.AE",
        "records": len(rows),
        "name": "AE",
        "label": "Adverse Events",
        "columns": [{"itemOID": f"IT.AE.{x}", "name": x, "dataType": "string"} for x in rows[0]],
    }


def _dataset_json(patients: range) -> bytes:
    rows = list(_rows(patients))
    return json.dumps({**_metadata(rows), "rows": [list(row.values()) for row in rows]}).encode()


def _dataset_ndjson(patients: range) -> bytes:
    rows = list(_rows(patients))
    return _lines([_metadata(rows), *(list(row.values()) for row in rows)])


def _xpt(patients: range) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ae.xpt"
        rows = polars.DataFrame([dict(row) for row in _rows(patients)])
        pyreadstat.write_xport(rows, path, table_name="AE", file_format_version=5)
        return path.read_bytes()


def _odm(patients: range) -> bytes:
    return odm(clinical(*(_odm_patient(number) for number in patients)))


def _odm_patient(number: int) -> str:
    groups = (
        group(*(item(f"IT.AE.{name}", row[name]) for name in _ITEMS), repeat=row["AESEQ"])
        for row in _rows(range(number, number + 1))
    )
    return subject(*groups, key=_name(number))


def _rave(patients: range) -> bytes:
    """An audit for each item of each event, as it was entered."""
    audits: list[str] = []
    for row in _rows(patients):
        for name in _ITEMS:
            number = patients.start * EVENTS * len(_ITEMS) + len(audits) + 1
            audits.append(_entered(row, name, number))
    return odm(*audits, file_type="Transactional")


def _entered(row: Row, name: str, number: int) -> str:
    record = f"{row['USUBJID']}.{row['AESPID']}"
    written = item(f"AE.{name}", row[name], audit(str(number)), TransactionType="Upsert")
    said = attributes(StudyOID="S", mdsol__AuditSubCategoryName="Entered")
    who = attributes(SubjectKey=row["USUBJID"])
    head = attributes(
        ItemGroupOID="AE_LOG", ItemGroupRepeatKey=row["AESEQ"], mdsol__RecordId=record
    )
    return (
        f"<ClinicalData{said}><SubjectData{who}>"
        '<StudyEventData StudyEventOID="SUBJECT"><FormData FormOID="AE" FormRepeatKey="1">'
        f"<ItemGroupData{head}>{written}</ItemGroupData>"
        "</FormData></StudyEventData></SubjectData></ClinicalData>"
    )


def _fhir(patients: range) -> bytes:
    return ndjson(*(_resource(row) for row in _rows(patients))).encode()


def _resource(row: Row) -> dict[str, Any]:
    assessment = {"text": row["AEREL"]}
    return {
        "resourceType": "AdverseEvent",
        "id": f"{row['USUBJID']}.{row['AESPID']}",
        "actuality": "actual",
        "subject": {"reference": f"Patient/{row['USUBJID']}"},
        "event": {"text": row["AETERM"]},
        "date": row["AESTDTC"],
        "extension": [
            extension(R4_GRADE, valueCodeableConcept=concept(R4_GRADES, row["AETOXGR"])),
            extension(_RESOLVED, valueDateTime=row["AEENDTC"]),
        ],
        "suspectEntity": [
            {"instance": {"display": "IC19"}, "causality": [{"assessment": assessment}]}
        ],
    }


WRITERS: Final[Mapping[str, tuple[Format, Callable[[range], bytes]]]] = {
    "records-ndjson": ("records-ndjson", _records),
    "sdtm-csv": ("sdtm-csv", _csv),
    "dataset-json, JSON": ("dataset-json", _dataset_json),
    "dataset-json, NDJSON": ("dataset-json", _dataset_ndjson),
    "xpt": ("xpt", _xpt),
    "odm-xml": ("odm-xml", _odm),
    "rave-audit": ("rave-audit", _rave),
    "fhir, NDJSON": ("fhir", _fhir),
}
"""By name: the format, and what writes the events of some patients in it."""
