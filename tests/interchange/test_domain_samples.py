"""The tables of two trials as they were published: what becomes of each row, counted."""

import csv
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.domain.case import LaboratoryResult, SubjectData
from app.domain.source_system import SourceSystem
from app.interchange.exposures import exposures_of
from app.interchange.identity import Identified, identified
from app.interchange.laboratory import results_of
from app.interchange.made import HeldRow, Made, Part, RowFinding
from app.interchange.patients import patients_of
from app.interchange.rows import Domain, SourceRow

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "edc"
TABLES: tuple[Domain, ...] = ("DM", "DS", "EX", "LB")
ARMS = SourceSystem(dose_levels={"Pbo": "0", "Xan_Lo": "54", "Xan_Hi": "81"})

pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(),
    reason="the sample files are not in ../shared/data/edc beside the checkout",
)


def cells_of(trial: str, domain: Domain) -> list[dict[str, str]]:
    if trial == "sdtm_csv":
        with (SAMPLES / trial / f"{domain.lower()}.csv").open(
            encoding="utf-8", newline=""
        ) as file:
            return list(csv.DictReader(file))
    table: dict[str, Any] = json.loads((SAMPLES / trial / f"{domain.lower()}.json").read_text())
    names = [column["name"] for column in table["columns"]]
    return [
        {name: "" if cell is None else str(cell) for name, cell in zip(names, row, strict=True)}
        for row in table["rows"]
    ]


@cache
def patients(trial: str) -> dict[str, list[HeldRow]]:
    found: dict[str, list[HeldRow]] = {}
    for domain in TABLES:
        for number, cells in enumerate(cells_of(trial, domain), start=1):
            fields = {name: cell for name, cell in cells.items() if cell}
            sent = SourceRow(domain=domain, number=number, place=f"row {number}", fields=fields)
            whose = identified(sent, ARMS)
            assert isinstance(whose, Identified)
            row = HeldRow(domain=domain, key=whose.key, subject=whose.subject, fields=fields)
            found.setdefault(whose.subject, []).append(row)
    return found


@cache
def parts(trial: str) -> tuple[Part, ...]:
    return tuple(
        part
        for rows in patients(trial).values()
        for of in (patients_of, exposures_of, results_of)
        for part in of(rows, ARMS)
    )


def records(trial: str) -> list[Made]:
    return [each for each in parts(trial) if isinstance(each, Made)]


def counted(trial: str) -> dict[str, int]:
    """How many records of each kind, and how many findings of each code."""
    found = Counter[str](each.kind for each in records(trial))
    found.update(finding.code for each in records(trial) for finding in each.findings)
    found.update(each.code for each in parts(trial) if isinstance(each, RowFinding))
    return dict(found)


def analytes(trial: str) -> dict[str, int]:
    """How many results of each test code, by the analyte that it is."""
    cells = {row.key: row.fields for rows in patients(trial).values() for row in rows}
    return dict(
        Counter(
            f"{cells[each.record_id]['LBTESTCD']} {content.analyte}"
            for each in records(trial)
            if isinstance(content := each.document.content, LaboratoryResult)
        )
    )


def subjects(trial: str) -> list[SubjectData]:
    contents = [each.document.content for each in records(trial)]
    return [each for each in contents if isinstance(each, SubjectData)]


@pytest.mark.parametrize(
    ("trial", "rows"),
    [
        ("sdtm_csv", {"DM": 113, "DS": 359, "EX": 271, "LB": 5370}),
        ("dataset_json", {"DM": 18, "DS": 53, "EX": 1583, "LB": 3488}),
    ],
)
def test_every_row_is_accounted_for(trial: str, rows: dict[str, int]) -> None:
    all_rows = [row for each in patients(trial).values() for row in each]
    assert Counter(row.domain for row in all_rows) == rows
    assert len({row.key for row in all_rows}) == len(all_rows)
    told = {each.row for each in parts(trial) if isinstance(each, RowFinding)}
    used = {key for each in records(trial) for key in each.rows}
    assert told.isdisjoint(used)
    assert told | used == {row.key for row in all_rows}


def test_the_tables_of_113_patients() -> None:
    """CDISC's pilot study: calcium is the one test that two analytes may be meant by."""
    assert counted("sdtm_csv") == {
        "subject": 113,
        "exposure": 271,
        "laboratory_result": 5085,
        "analyte_ambiguous": 285,
        "disposition_open": 54,
        "dose_level_differs": 1,
        "seen_after_withdrawal": 1,
    }


def test_the_tables_of_18_patients() -> None:
    assert counted("dataset_json") == {
        "subject": 18,
        "exposure": 1583,
        "laboratory_result": 2036,
        "analyte_ambiguous": 267,
        "analyte_unmapped": 1185,
        "disposition_open": 9,
    }


def test_what_the_tests_of_the_samples_measure() -> None:
    """Test codes of CDISC that name an analyte here. That of none: BASO, CL, HCT, RBC, …"""
    common = {
        "ALB albumin",
        "ALP alp",
        "ALT alt",
        "AST ast",
        "BILI bilirubin",
        "CHOL cholesterol",
        "CK creatine_kinase",
        "CREAT creatinine",
        "EOS eosinophils",
        "GGT ggt",
        "GLUC glucose",
        "HGB hemoglobin",
        "K potassium",
        "LYM lymphocytes",
        "PLAT platelets",
        "SODIUM sodium",
        "URATE urate",
        "WBC white_blood_cells",
    }
    first, second = analytes("sdtm_csv"), analytes("dataset_json")
    assert set(first) == common
    assert set(second) == {*common, "PHOS phosphate", "TSH tsh"}
    of_each = ("ALT alt", "HGB hemoglobin", "PLAT platelets", "EOS eosinophils", "K potassium")
    assert [first[each] for each in of_each] == [284, 283, 282, 277, 277]
    assert [second[each] for each in of_each] == [107, 106, 106, 106, 103]
    assert (second["PHOS phosphate"], second["TSH tsh"]) == (106, 18)


def test_results_of_the_samples_are_held_against_their_flagged_baselines() -> None:
    """Those of before it are not; a baseline in another unit there is none."""
    for trial, held_against in (("sdtm_csv", 4255), ("dataset_json", 1696)):
        contents = [each.document.content for each in records(trial)]
        results = [each for each in contents if isinstance(each, LaboratoryResult)]
        assert sum(each.baseline is not None for each in results) == held_against


def test_a_value_below_what_can_be_measured_stays_as_it_was_reported() -> None:
    contents = [each.document.content for each in records("sdtm_csv")]
    results = [each for each in contents if isinstance(each, LaboratoryResult)]
    (bound,) = [each for each in results if str(each.value).startswith("<")]
    assert (bound.analyte, bound.value, bound.unit) == ("bilirubin", "<0.2", "mg/dL")


def test_who_died_and_who_left() -> None:
    for trial, died, left in (("sdtm_csv", 1, 7), ("dataset_json", 3, 2)):
        found = subjects(trial)
        deaths = [each.death for each in found if each.death is not None]
        withdrawals = [each.withdrawal for each in found if each.withdrawal is not None]
        assert (len(deaths), len(withdrawals)) == (died, left)
        assert all(each.date is not None for each in deaths)
        assert all(each.date is not None for each in withdrawals)
        assert all(each.follow_up_until is None for each in found)


def test_levels_are_those_of_the_arms_that_were_mapped() -> None:
    levels = Counter(each.dose_level for each in subjects("sdtm_csv"))
    assert levels == {"0": 36, "54": 40, "81": 36, None: 1}
    assert {each.dose_level for each in subjects("dataset_json")} == {None}
