"""Every sample file of EDC systems through the whole job: what became of each row, counted.

They are not part of the repository; without them these tests are skipped.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest

from app.domain.record.kinds import Kind
from app.interchange.formats import detect
from app.store.database import Database
from app.store.jobs import StoredJob
from app.use_cases.replay import differences
from tests.imports.service import Importing, assert_reckoned, counts

EDC: Final = Path(__file__).parents[3] / "shared" / "data" / "edc"
KINDS: Final[tuple[Kind, ...]] = (
    "subject",
    "exposure",
    "adverse_event",
    "laboratory_result",
    "assessment",
)
MOST_TWICE: Final = 2000
"""Rows of a system that are imported twice here: the laboratory's take long."""
NO_DATA: Final = {"dataset.schema.json", "dataset-ndjson-schema.json"}
"""Schemas, which are no files of data."""

pytestmark = pytest.mark.skipif(
    not EDC.is_dir(), reason="the sample files are not in ../shared/data/edc beside the checkout"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What one system sends, in this order: what becomes of the rows of each, and of all."""

    files: Mapping[str, Mapping[str, int]]
    records: Mapping[str, int]
    findings: Mapping[str, int]
    refused: tuple[str, ...] = ()


def whole(count: int) -> dict[str, int]:
    return {"rows": count, "accepted": count}


def known(count: int) -> dict[str, int]:
    return {"rows": count, "unchanged": count}


def beside(folder: str, name: str = "*.json") -> list[str]:
    return [f"{folder}/{path.name}" for path in sorted((EDC / folder).glob(name))]


def left_out(count: int) -> dict[str, int]:
    return {"rows": count, "left_out": count}


SENDERS: Final[Mapping[str, Sender]] = {
    "sdtm-csv": Sender(
        files={
            "sdtm_csv/dm.csv": whole(113),
            "sdtm_csv/ds.csv": whole(359),
            "sdtm_csv/ex.csv": whole(271),
            # 160 reports of an event that another row of the file has: the settings name no
            # variable that tells them apart.
            "sdtm_csv/ae.csv": {"rows": 638, "accepted": 478, "rejected": 160},
            "sdtm_csv/suppae.csv": whole(638),
            "sdtm_csv/lb.csv": whole(5370),
        },
        records={
            "subject": 113,
            "exposure": 271,
            "adverse_event": 478,
            "laboratory_result": 5085,  # without 285 of CA, which may be total or ionised
        },
        findings={
            "causality_agent_unknown": 476,
            "fatal_without_grade_5": 1,
            "no_exposure": 113,
            "seen_after_withdrawal": 1,
            "seriousness_contradicted": 14,
            "severity_unmapped": 478,
            "study_day_contradicts": 1,
            "value_not_numeric": 1,
        },
    ),
    "dataset-json": Sender(
        files={
            "dataset_json/dm.json": whole(18),
            "dataset_json/ds.json": whole(53),
            "dataset_json/ex.json": whole(1583),
            "dataset_json/ae.json": whole(74),
            "dataset_json/fa.json": whole(78),
            "dataset_json/relrec.json": left_out(6),
            "dataset_json/ae.ndjson": known(74),
            "dataset_json/ae.dsjc": known(74),
            "dataset_json/fa.ndjson": known(78),
            "dataset_json/lb.json": whole(3488),
        },
        records={
            "subject": 18,
            "exposure": 1583,
            "adverse_event": 74,
            "laboratory_result": 2036,  # without 1185 that no criterion asks for, and 267 of CA
        },
        findings={
            "causality_agent_unknown": 74,
            "fatal_without_grade_5": 3,
            "no_exposure": 18,
            "severity_unmapped": 74,
            "value_not_numeric": 6,
        },
    ),
    "xpt": Sender(
        files={"xpt/dm.xpt": whole(18), "xpt/ae.xpt": whole(74)},
        records={"subject": 18, "adverse_event": 74},
        findings={
            "causality_agent_unknown": 74,
            "fatal_without_grade_5": 3,
            "no_exposure": 18,
            "severity_unmapped": 74,
        },
    ),
    "odm-xml": Sender(
        files={
            "odm_xml/ae.xml": whole(16),
            "odm_xml/odm-data-snapshot.xml": {"rows": 60, "accepted": 43, "left_out": 17},
            "odm_xml/test_clinical_data_01.xml": whole(4),
        },
        records={"subject": 3, "adverse_event": 28, "laboratory_result": 2},
        findings={
            "causality_agent_unknown": 16,
            "grade_collection_not_told": 1,
            "grade_unreadable": 1,
            "limits_missing": 2,
            "no_exposure": 3,
            "severity_unmapped": 16,
            "unit_missing": 2,
            "unknown_subject": 30,
        },
        refused=("odm_xml/test_odm_001.xml",),
    ),
    "rave-audit": Sender(
        files={
            "rave_odm_audit/car_part1.xml": {"rows": 493, "accepted": 142, "left_out": 351},
        },
        records={"subject": 37, "adverse_event": 5},
        findings={"no_exposure": 37, "unknown_subject": 5},
    ),
    "no data, or columns of its own": Sender(
        files={},
        records={},
        findings={},
        refused=(
            "csv/mcode_ctc-adverse-event-information.csv",
            "redcap/adverse_events_data_dictionary.csv",
        ),
    ),
    "fhir R4": Sender(
        files={
            "fhir_r4/ig_resources.ndjson": {"rows": 27, "accepted": 26, "left_out": 1},
            **{name: known(1) for name in beside("fhir_r4", "ctcae_ig_[AMO]*.json")},
            **{name: left_out(1) for name in beside("fhir_r4", "ctcae_ig_ResearchStudy*.json")},
            **{name: whole(1) for name in beside("fhir_r4", "hl7_*.json")},
            **{
                name: {"rows": 1, "rejected": 1} for name in beside("fhir_r4", "mcode_*.json")
            },  # without id or identifier
        },
        records={"exposure": 2, "adverse_event": 8},
        findings={
            "causality_agent_unknown": 2,
            "ongoing_and_ended": 1,
            "ongoing_undated": 2,
            "severity_unmapped": 1,
            "unknown_subject": 10,
        },
    ),
    "fhir R5": Sender(
        files={
            "fhir_r5/ig_resources.ndjson": {"rows": 16, "accepted": 14, "left_out": 2},
            **{name: known(1) for name in beside("fhir_r5", "ae_ig_[AMP]*.json")},
            **{name: known(1) for name in beside("fhir_r5", "ae_ig_ResearchSubject*.json")},
            **{name: left_out(1) for name in beside("fhir_r5", "ae_ig_ResearchStudy*.json")},
        },
        records={"subject": 2, "exposure": 6, "adverse_event": 5},
        findings={
            "intervention_unmapped": 3,
            "no_exposure": 2,
            "ongoing_and_ended": 1,
            "ongoing_undated": 3,
            "severity_unmapped": 1,
            "unknown_subject": 11,
        },
    ),
}


@pytest.fixture
def importing(sqlite_database: Database) -> Iterator[Importing]:
    found = Importing(database=sqlite_database)
    found.place = replace(found.place, chunk=200)
    found.begin()
    found.system()
    yield found
    found.close()


def test_every_file_is_among_them() -> None:
    told = {name for each in SENDERS.values() for name in (*each.files, *each.refused)}
    there = {str(path.relative_to(EDC)) for path in EDC.glob("*/**/*") if path.is_file()}
    assert {name for name in there if Path(name).name not in NO_DATA} == told


@pytest.mark.parametrize("name", SENDERS)
def test_every_row_is_reckoned_up(importing: Importing, name: str) -> None:
    sender = SENDERS[name]
    for file, expected in sender.files.items():
        assert became(sent(importing, file)) == expected, file
    for file in sender.refused:
        job = sent(importing, file)
        assert (job.state, job.done, counts(job)) == ("failed", 0, {})
        assert json.loads(job.problem or "")["code"] == "unreadable_file"
    assert what_is_held(importing) == (sender.records, sender.findings)
    if sum(expected["rows"] for expected in sender.files.values()) < MOST_TWICE:
        again(importing, sender)


def again(importing: Importing, sender: Sender) -> None:
    """All files once more, as of another extract: no row is new, and no record is another."""
    before = {kind: importing.held(kind) for kind in KINDS}
    for file, expected in sender.files.items():
        told = Counter(became(sent(importing, file, extract="again")))
        # Of an audit that another followed, the value is not the last any more.
        told["unchanged"] += told.pop("stale", 0)
        seen = expected.get("accepted", 0) + expected.get("unchanged", 0)
        assert told == Counter({**expected, "accepted": 0, "unchanged": seen})
    assert {kind: importing.held(kind) for kind in KINDS} == before
    with importing.database.reading() as connection:
        assert list(differences(connection)) == []


def sent(importing: Importing, name: str, **more: str) -> StoredJob:
    path = EDC / name
    with path.open("rb") as file:
        found = detect(file.read(1 << 16), path.name)
        file.seek(0)
        return importing.sent(file, found, **more)


def became(job: StoredJob) -> dict[str, int]:
    assert_reckoned(job)
    told = counts(job)
    kinds = ("rows", "accepted", "unchanged", "stale", "rejected", "left_out")
    return {each: told[each] for each in kinds if each in told}


def what_is_held(importing: Importing) -> tuple[dict[str, int], dict[str, int]]:
    """The records by kind, and the findings with them by code."""
    held = {kind: found for kind in KINDS if (found := importing.held(kind))}
    codes = Counter(
        finding["code"]
        for found in held.values()
        for each in found.values()
        for finding in json.loads(each.findings)
    )
    return {kind: len(found) for kind, found in held.items()}, dict(codes)
