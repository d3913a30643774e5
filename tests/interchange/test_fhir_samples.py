"""Published examples of FHIR: what every file yields, and that NDJSON yields the same."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.interchange.rows import LeftOut, SourceRow
from tests.interchange.fhir_examples import read

EDC = Path(__file__).parents[3] / "shared" / "data" / "edc"

pytestmark = pytest.mark.skipif(
    not (EDC / "fhir_r4").is_dir(), reason="the published examples are not in ../shared/data/edc"
)

EVENTS: dict[str, tuple[str | None, str | None, str | None, tuple[str, ...]]] = {
    # file: grade, start, end, the judged agents
    "fhir_r4/ctcae_ig_AdverseEvent-ctc-adverse-event-compass-ex1": (
        "1", "2020-04-22", None, ("kadcyla: Probably", "tucatinib: Probably")),
    "fhir_r4/ctcae_ig_AdverseEvent-ctc-adverse-event-compass-ex1a": (
        "3", "2020-05-13", None, ("kadcyla: Probably", "tucatinib: Probably")),
    "fhir_r4/ctcae_ig_AdverseEvent-ctc-adverse-event-compass-ex1b": (
        "1", "2020-05-20", "2020-06-10", ("kadcyla: Probably", "tucatinib: Probably")),
    "fhir_r4/ctcae_ig_AdverseEvent-ctc-adverse-event-compass-ex2": (
        "1", "2020-05-25", "2021-01-21", ("kadcyla: Possibly", "tucatinib: Probably")),
    "fhir_r4/ctcae_ig_AdverseEvent-ctc-adverse-event-example-1": (
        "2", "2020-05-20", "2020-05-21", ("gefitinib 250 MG Oral Tablet: Probably",)),
    "fhir_r4/ctcae_ig_AdverseEvent-ctc-adverse-event-example-2": ("0", None, None, ()),
    "fhir_r4/ctcae_ig_AdverseEvent-ctc-adverse-event-example-3": (
        "3", "2021-06-21", "2021-06-22", ("gefitinib 250 MG Oral Tablet: Probably",)),
    "fhir_r4/hl7_AdverseEvent-example": (None, "2017-01-29T12:34:56+00:00", None, ()),
    "fhir_r4/mcode_maximal-adverse-event-resource": (None, "1994-12-09", None, ()),
    "fhir_r4/mcode_maximal-ctc-adverse-event-resource": ("2", "1994-12-09", "2021-12-09", ()),
    "fhir_r4/mcode_minimal-ctc-adverse-event-resource": ("2", "1994-12-09", None, ()),
    "fhir_r5/ae_ig_AdverseEvent-NonSeriousAdverseEventResearchStudyMed": (
        None, "2022-02-01", None, ("study-medication-administration-MMD: Unlikely",)),
    "fhir_r5/ae_ig_AdverseEvent-adverse-event-compass-ex1": (
        "1", "2020-04-22", None, ("kadcyla: Possibly", "tucatinib: Possibly")),
    "fhir_r5/ae_ig_AdverseEvent-adverse-event-compass-ex1a": (
        "3", "2020-05-13", None, ("kadcyla: Possibly", "tucatinib: Possibly")),
    "fhir_r5/ae_ig_AdverseEvent-adverse-event-compass-ex1b": (
        "1", "2020-05-20", "2020-06-10", ("kadcyla: Possibly", "tucatinib: Possibly")),
    "fhir_r5/ae_ig_AdverseEvent-adverse-event-compass-ex2": (
        "1", "2020-05-25", "2021-01-21", ("kadcyla: Possibly", "tucatinib: Possibly")),
}  # fmt: skip

DOSES = {
    # file: treatment, start, dose
    "fhir_r4/ctcae_ig_MedicationAdministration-medication-administration-kadcyla": (
        "KADCYLA", "2020-04-01", "3.6 mg"),
    "fhir_r4/ctcae_ig_MedicationAdministration-medication-administration-tucatinib": (
        "tucatinib 150 MG Oral Tablet", "2020-04-01", "300 MG"),
    "fhir_r5/ae_ig_MedicationAdministration-medication-administration-kadcyla": (
        "KADCYLA", "2020-04-01", "3.6 mg"),
    "fhir_r5/ae_ig_MedicationAdministration-medication-administration-kadcyla-reduced": (
        "KADCYLA", "2020-05-20", "3.0 mg"),
    "fhir_r5/ae_ig_MedicationAdministration-medication-administration-tucatinib": (
        "tucatinib 150 MG Oral Tablet", "2020-04-01", "300 MG"),
    "fhir_r5/ae_ig_MedicationAdministration-medication-administration-tucatinib-reduced": (
        "tucatinib 150 MG Oral Tablet", "2020-05-20", "250 MG"),
    "fhir_r5/ae_ig_MedicationAdministration-medication-administration-tylenol": (
        "Medication/medication-tylenol", "2022-02-01", "325 mg"),
    "fhir_r5/ae_ig_MedicationAdministration-study-medication-administration-MMD": (
        "Medication/study-medication-MMD", "2022-01-21", "20 mg"),
}  # fmt: skip

RESULTS = {
    # number of the file r201-*: LOINC, result and unit, limits
    1: ("718-7", "90 g/L", "135", "180"),
    2: ("789-8", "5.9 10*12/L", "4.2", "6"),
    3: ("4544-3", "55 %", "38", "52"),
    4: ("787-2", "99 fL", "80", "98"),
    5: ("785-6", "36 pg", "27", "35"),
    6: ("777-3", "444 10*9/L", "150", "450"),
    7: ("6690-2", "4.6 10*9/L", "4", "11"),
    8: ("770-8", "20 %", None, None),
    9: ("751-8", "0.7 10*9/L", "2", "7.5"),
    10: ("736-9", "20 %", None, None),
    11: ("731-0", "0.9 10*9/L", "1.1", "4"),
    12: ("5905-5", "20 %", None, None),
    13: ("742-7", "0.9 10*9/L", "0.2", "1"),
    14: ("713-8", "20 %", None, None),
    15: ("711-2", "0.92 10*9/L", "0.04", "0.4"),
    16: ("706-2", "20 %", None, None),
    17: ("704-7", "0.92 10*9/L", None, "0.21"),
}

PERSONS: dict[str, dict[str, str]] = {
    "fhir_r5/ae_ig_Patient-patient-example-kaitlyn-b": {"SEX": "F", "BRTHDTC": "1985-02-20"},
    "fhir_r5/ae_ig_Patient-patient-moumic": {},
    "fhir_r5/ae_ig_ResearchSubject-clinical-trial-example-subject": {
        "STATUS": "active",
        "SUBJID": "ABC2134",
        "STUDYREF": "ResearchStudy/clinical-trial-example-compass",
    },
}

STUDIES = (
    "fhir_r4/ctcae_ig_ResearchStudy-clinical-trial-example-compass",
    "fhir_r5/ae_ig_ResearchStudy-clinical-trial-example-compass",
    "fhir_r5/ae_ig_ResearchStudy-research-study-DISNEY",
)


def row_in(name: str) -> SourceRow:
    (row,) = read((EDC / f"{name}.json").read_bytes())
    assert isinstance(row, SourceRow), row
    assert (row.number, row.place, row.change) == (1, "line 1", "whole")
    return row


def test_no_file_is_without_its_line_here() -> None:
    told = {*EVENTS, *DOSES, *PERSONS, *STUDIES}
    told |= {f"fhir_r4/ctcae_ig_Observation-r201-{number}" for number in RESULTS}
    there = {
        f"{folder}/{path.stem}"
        for folder in ("fhir_r4", "fhir_r5")
        for path in (EDC / folder).glob("*.json")
    }

    assert told == there
    assert len(there) == 47


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_is_a_row_of_ae(name: str) -> None:
    row = row_in(name)
    judged = tuple(
        f"{agent.removeprefix('MedicationAdministration.').removeprefix('medication-administration-')}"
        f": {word.removeprefix('Adverse Event ').split()[0]}"
        for agent, word in row.related
    )

    assert row.domain == "AE"
    fields = row.fields
    told = (fields.get("AETOXGR"), fields.get("AESTDTC"), fields.get("AEENDTC"), judged)
    assert told == EVENTS[name]


@pytest.mark.parametrize(
    "guide", ["fhir_r4/ctcae_ig_AdverseEvent-ctc", "fhir_r5/ae_ig_AdverseEvent"]
)
def test_the_alt_that_rose_and_fell_is_three_rows(guide: str) -> None:
    rows = [row_in(f"{guide}-adverse-event-compass-{part}") for part in ("ex1", "ex1a", "ex1b")]

    assert [(row.fields["AESTDTC"], row.fields["AETOXGR"]) for row in rows] == [
        ("2020-04-22", "1"),
        ("2020-05-13", "3"),
        ("2020-05-20", "1"),
    ]
    assert [row.fields.get("AEENDTC") for row in rows] == [None, None, "2020-06-10"]
    assert {row.fields["AELLTCD"] for row in rows} == {"10001551"}
    assert {row.subject for row in rows} == {"patient-example-kaitlyn-b"}
    assert len({row.key for row in rows}) == 3


def test_what_made_events_serious() -> None:
    serious = {
        name: {
            variable: cell
            for variable, cell in row_in(name).fields.items()
            if variable.startswith("AES") and cell == "Y"
        }
        for name in EVENTS
    }

    assert {name.rpartition("/")[2]: told for name, told in serious.items() if told} == {
        "ctcae_ig_AdverseEvent-ctc-adverse-event-example-3": {"AESER": "Y", "AESHOSP": "Y"},
        "mcode_maximal-adverse-event-resource": {"AESER": "Y"},
        "mcode_maximal-ctc-adverse-event-resource": {"AESER": "Y", "AESDISAB": "Y"},
    }


@pytest.mark.parametrize("name", DOSES)
def test_every_administration_is_a_row_of_ex(name: str) -> None:
    row = row_in(name)
    fields = row.fields

    assert row.domain == "EX"
    dose = f"{fields['EXDOSE']} {fields['EXDOSU']}"
    assert (fields["EXTRT"], fields["EXSTDTC"], dose) == DOSES[name]


@pytest.mark.parametrize("number", RESULTS)
def test_every_result_is_a_row_of_lb(number: int) -> None:
    row = row_in(f"fhir_r4/ctcae_ig_Observation-r201-{number}")
    fields = row.fields

    assert (row.domain, row.subject) == ("LB", "PatientPersona2")
    result = f"{fields['LBORRES']} {fields['LBORRESU']}"
    told = (fields["LBLOINC"], result, fields.get("LBORNRLO"), fields.get("LBORNRHI"))
    assert told == RESULTS[number]
    assert "LBDTC" not in fields  # no example says when it was measured


@pytest.mark.parametrize("name", PERSONS)
def test_every_person_is_a_row_of_dm(name: str) -> None:
    row = row_in(name)

    assert (row.domain, row.fields) == ("DM", PERSONS[name])
    assert row.subject in {"patient-example-kaitlyn-b", "patient-moumic"}


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_is_left_out(name: str) -> None:
    (row,) = read((EDC / f"{name}.json").read_bytes())

    assert row == LeftOut(number=1, place="line 1", what="resource ResearchStudy")


@pytest.mark.parametrize(
    ("folder", "counts"),
    [
        ("fhir_r4", {"AE": 7, "EX": 2, "LB": 17, "resource ResearchStudy": 1}),
        ("fhir_r5", {"AE": 5, "EX": 6, "DM": 3, "resource ResearchStudy": 2}),
    ],
)
def test_the_ndjson_files_yield_what_the_single_files_do(
    folder: str, counts: dict[str, int]
) -> None:
    rows = read((EDC / folder / "ig_resources.ndjson").read_bytes())
    single = [read(path.read_bytes()) for path in (EDC / folder).glob("*_ig_*.json")]

    assert Counter(_what(row) for row in rows) == counts
    assert sorted(_told(row) for row in rows) == sorted(_told(row) for (row,) in single)
    assert [row.number for row in rows] == list(range(1, sum(counts.values()) + 1))
    assert [row.place for row in rows] == [f"line {row.number}" for row in rows]


def _what(row: Any) -> str:
    return row.what if isinstance(row, LeftOut) else row.domain


def _told(row: Any) -> str:
    """All of a row but its number and place."""
    if isinstance(row, LeftOut):
        return row.what
    return repr((row.domain, row.key, row.subject, sorted(row.fields.items()), row.related))
