"""Rows that a snapshot lacks become void, where somebody asks for it: on both databases."""

import json
from decimal import Decimal
from typing import Final

import pytest
from sqlalchemy import select

from app.domain.record.leaf import read_leaf
from app.domain.record.origin import OPERATOR, Reason
from app.store.audit import EVENTS
from app.use_cases.imports import OURS
from app.use_cases.records import Precondition, void
from tests.imports.absent import (
    GONE,
    PATIENTS,
    assert_replayed,
    begun,
    file_of,
    judged,
    key,
    row,
    rows_that_stand,
    standing,
    told,
    voids,
)
from tests.imports.files import AE_HEAD, EX, HOW, record_lines
from tests.imports.service import STUDY, SYSTEM, Importing, assert_reckoned, counts
from tests.interchange.test_rave import entered, feed


@pytest.fixture
def twenty(importing: Importing) -> Importing:
    """20 events of 10 patients, of an extract."""
    return begun(importing)


@pytest.fixture
def twenty_on_sqlite(on_sqlite: Importing) -> Importing:
    """The same, on SQLite."""
    return begun(on_sqlite)


def test_a_row_that_a_snapshot_lacks_is_void_with_the_reason(twenty: Importing) -> None:
    before = judged(twenty, "S-00"), judged(twenty, "S-01")
    job = twenty.sent(file_of(range(1, 20)), extract="2", void=GONE)
    assert_reckoned(job)
    assert json.loads(job.parameters)["void_absent"] == {
        "code": "DELETED_AT_SOURCE", "text": "the site deleted them",
    }  # fmt: skip
    found = counts(job)
    assert (found["absent"], found["absent_of"], found["absent_voided"]) == (1, 20, 1)
    assert found["records"]["voided"] == 1
    assert not {"absent_after", "absent_kept", "stood_at"} & set(found)
    assert set(twenty.held("adverse_event")) == {key(each) for each in range(1, 20)}
    (event,) = voids(twenty)
    assert (event.entity_id, event.request_id) == (key(0), f"job/{job.id}")
    assert event.reason_code == "DELETED_AT_SOURCE"
    assert event.reason == (
        f"import {job.id}, whose snapshot lacks the rows: the site deleted them"
    )
    (line,) = twenty.rejected(job)
    assert (line["code"], line["last_seen"]) == ("row_voided", "1")
    assert line["absent"] == {"domain": "AE", "subject": "S-00", "key": "S-00|AE|A0"}
    assert "counts again when an extract has it again" in line["problem"]
    assert (judged(twenty, "S-00"), judged(twenty, "S-01")) == (before[0] + 1, before[1])
    assert_replayed(twenty)


def test_a_row_that_comes_back_brings_its_record_back(twenty: Importing) -> None:
    before = standing(twenty)
    twenty.sent(file_of(range(1, 20)), extract="2", void=Reason(code="GONE"))
    (event,) = voids(twenty)
    assert (event.reason or "").endswith("whose snapshot lacks the rows")
    assert standing(twenty) != before
    twenty.later()
    job = twenty.sent(file_of(range(20)), extract="3", void=GONE)
    assert (counts(job)["accepted"], counts(job)["absent"]) == (1, 0)
    assert counts(job)["records"]["restored"] == 1
    assert standing(twenty) == before
    assert set(twenty.verdicts("S-00")) == {key(0), key(1)}
    assert_replayed(twenty)


@pytest.mark.parametrize(
    ("share", "lacks", "goes"),
    [
        ("0.05", 1, True),
        ("0.05", 2, False),
        ("0.15", 3, True),
        ("0.15", 4, False),
        ("0.1499", 3, False),
        ("0", 1, False),
        ("1", 19, True),
    ],
)
def test_no_more_rows_become_void_than_the_settings_allow(
    on_sqlite: Importing, share: str, lacks: int, goes: bool
) -> None:
    begun(on_sqlite, share)
    before = standing(on_sqlite)
    job = on_sqlite.sent(file_of(range(lacks, 20)), extract="2", void=GONE)
    found = counts(job)
    assert (found["absent"], found["absent_of"]) == (lacks, 20)
    if goes:
        assert (job.state, found["absent_voided"]) == ("succeeded", lacks)
        assert len(on_sqlite.held("adverse_event")) == 20 - lacks
        return
    assert job.state == "failed"
    assert standing(on_sqlite) == before
    assert "absent_voided" not in found
    assert len(told(on_sqlite, job)["row_absent"]) == lacks


def test_a_snapshot_that_lacks_too_much_tells_both_figures_and_needs_somebody(
    twenty: Importing,
) -> None:
    job = twenty.sent(file_of(range(2, 20)), extract="2", void=GONE)
    assert (job.state, job.done, counts(job)["unchanged"]) == ("failed", 18, 18)
    problem = json.loads(job.problem or "")
    assert problem["code"] == counts(job)["absent_kept"] == "too_many_absent"
    assert problem["detail"] == (
        "The snapshot lacks 2 of the 20 rows of AE that came before, and at most 1 may be void "
        "by it (absent_void_share of source system edc: 0.05). None of them was void by it; each "
        "is told (row_absent). The file itself is imported. If the extract is not whole, send "
        "one that is. If they were deleted at the source, raise absent_void_share, and send the "
        "file again."
    )
    lines = twenty.rejected(job)
    assert told(twenty, job) == {"row_absent": ["S-00|AE|A0", "S-00|AE|A1"]}
    again = twenty.sent(file_of(range(2, 20)), extract="2", void=GONE)
    assert (again.id, again.state, again.counts) == (job.id, "failed", job.counts)
    assert twenty.rejected(job) == lines
    assert_replayed(twenty)
    twenty.system(**HOW, absent_void_share=Decimal("0.1"))
    other = twenty.sent(file_of(range(2, 20)), extract="2", void=GONE)
    assert other.id != job.id
    assert counts(other)["absent_voided"] == 2
    assert_replayed(twenty)


def test_rows_that_are_new_make_no_room(twenty_on_sqlite: Importing) -> None:
    """Two of 20 that came before; not of the 98 that are there now."""
    job = twenty_on_sqlite.sent(file_of(range(2, 98)), extract="2", void=GONE)
    assert (job.state, counts(job)["absent"], counts(job)["absent_of"]) == ("failed", 2, 20)


def test_a_mended_file_whose_rows_were_refused_voids_nothing(twenty: Importing) -> None:
    """The row that is refused may be the one that seems to be absent."""
    bad = file_of(range(20)).replace(row(0), row(0, grade=9))
    before = standing(twenty)
    job = twenty.sent(bad, extract="2", void=GONE)
    problem = json.loads(job.problem or "")
    assert (job.state, problem["code"]) == ("failed", "absent_unsure")
    assert "1 rows of the file were refused, which may be among them" in problem["detail"]
    assert counts(job)["rejected"] == 1
    assert standing(twenty) == before


CUT: Final = {
    "datasetJSONVersion": "1.1.0",
    "name": "AE",
    "records": 20,
    "columns": [
        {"name": each} for each in ("STUDYID", "DOMAIN", "USUBJID", "AESPID", "AETERM", "AETOXGR")
    ],
}


def test_a_file_that_may_have_been_cut_voids_nothing(twenty_on_sqlite: Importing) -> None:
    rows = [
        ["IC19-SLE", "AE", f"S-{each // 2:02}", f"A{each}", "Fatigue", "3"]
        for each in range(1, 20)
    ]
    before = len(twenty_on_sqlite.held("adverse_event"))
    job = twenty_on_sqlite.sent(
        json.dumps({**CUT, "rows": rows}), "dataset-json", extract="2", void=GONE
    )
    problem = json.loads(job.problem or "")
    assert (job.state, problem["code"]) == ("failed", "absent_unsure")
    assert "the file has other rows than it says" in problem["detail"]
    assert len(twenty_on_sqlite.held("adverse_event")) == before


def test_single_changes_are_no_snapshot(on_sqlite: Importing) -> None:
    items = {"AE.AETERM": "AETERM"}
    on_sqlite.system(forms={"AE": "AE"}, items=items, absent_void_share=Decimal(1))
    on_sqlite.sent(feed(entered("Fatigue"), entered("Nausea", record_id="85")), "rave-audit")
    change = feed(entered("Fever", source_id="9"))
    job = on_sqlite.sent(change, "rave-audit", extract="2", extracted_at="2026-05-01T00:00Z",
                         void=GONE)  # fmt: skip
    problem = json.loads(job.problem or "")
    assert (job.state, problem["code"], counts(job)["absent"]) == ("failed", "absent_unsure", 1)
    assert "1 rows of the file tell single changes" in problem["detail"]


def test_a_stale_extract_voids_nothing(twenty: Importing) -> None:
    twenty.sent(file_of(range(20)) + "\n", extract="3", extracted_at="2026-05-03T00:00Z")
    before = standing(twenty)
    job = twenty.sent(
        file_of(range(1, 20)).replace("Fatigue,3", "Fatigue,2"), extract="2",
        extracted_at="2026-05-02T00:00Z", void=GONE,
    )  # fmt: skip
    assert (job.state, counts(job)["stale"]) == ("succeeded", 19)
    assert not {"absent", "stood_at"} & set(counts(job))
    assert standing(twenty) == before


def test_what_its_source_wrote_since_the_extract_is_not_absent(twenty: Importing) -> None:
    twenty.sent(AE_HEAD + row(20), extract="3", extracted_at="2026-05-03T00:00Z")
    job = twenty.sent(
        file_of(range(20)) + "\n", extract="2", extracted_at="2026-05-02T00:00Z", void=GONE
    )
    assert (job.state, counts(job)["absent"]) == ("succeeded", 0)
    later = twenty.sent(
        file_of(range(20)) + "\n\n", extract="4", extracted_at="2026-05-04T00:00Z", void=GONE
    )
    assert counts(later)["absent_voided"] == 1
    late = twenty.sent(AE_HEAD + row(20) + "\n", extract="3", extracted_at="2026-05-03T12:00Z")
    assert counts(late)["stale"] == 1
    assert key(20) not in twenty.held("adverse_event")
    assert_replayed(twenty)


def test_rows_with_a_time_are_not_void_by_an_extract_without(twenty_on_sqlite: Importing) -> None:
    dated = file_of(range(20)) + "\n"
    twenty_on_sqlite.sent(dated, extract="2", extracted_at="2026-05-02T00:00Z")
    job = twenty_on_sqlite.sent(file_of(range(1, 20)), extract="3", void=GONE)
    problem = json.loads(job.problem or "")
    assert (job.state, problem["code"]) == ("failed", "snapshot_undated")
    assert problem["detail"].endswith("Send the file again with extracted_at.")
    assert len(twenty_on_sqlite.held("adverse_event")) == 20


def test_only_rows_of_the_system_and_of_domains_that_the_file_has_become_void(
    importing: Importing,
) -> None:
    begun(importing, "1")
    supplement = "STUDYID,DOMAIN,RDOMAIN,USUBJID,IDVAR,IDVARVAL,QNAM,QVAL\n" + "".join(
        f"IC19-SLE,SUPPAE,AE,S-0{each},AESPID,A{2 * each},|AE|,Y\n" for each in range(3)
    )
    importing.sent(supplement, extract="1")
    importing.sent(EX.replace("S-01", "S-00").replace("S-02", "S-01"), extract="1")
    importing.system("other", **HOW, absent_void_share=Decimal(1))
    importing.sent(file_of(range(20)), system="other", extract="1")
    rows = set(rows_that_stand(importing))
    job = importing.sent(AE_HEAD + row(19), extract="2", void=GONE)
    assert (counts(job)["absent_of"], counts(job)["absent_voided"]) == (20, 19)
    gone = rows - set(rows_that_stand(importing))
    assert {tuple(each.split("|")[:3:2]) for each in gone} == {(SYSTEM, "AE")}
    assert len(gone) == 19
    assert_replayed(importing)


@pytest.mark.parametrize("void_for", [None, GONE])
@pytest.mark.parametrize("content", [AE_HEAD, file_of(range(2)).replace(",AE,", ",VS,")])
def test_a_file_without_rows_lacks_none(
    on_sqlite: Importing, content: str, void_for: Reason | None
) -> None:
    begun(on_sqlite, "1")
    job = on_sqlite.sent(content, extract="2", snapshot=True, void=void_for)
    assert (job.state, counts(job)["absent"]) == ("succeeded", 0)
    assert len(on_sqlite.held("adverse_event")) == 20


def test_records_as_lines_lack_no_rows(twenty_on_sqlite: Importing) -> None:
    job = twenty_on_sqlite.sent(record_lines(1), OURS, extract="2", snapshot=True)
    assert (job.state, counts(job)["absent"]) == ("succeeded", 0)


GROUPED: Final = "".join(
    f"IC19-SLE,AE,S-01,{number},B{number},G1,Fatigue,{grade},POSSIBLE,2026-03-{day:02},,,\n"
    for number, grade, day in ((1, 2, 4), (2, 3, 8), (3, 1, 12))
)
GROUPED_HEAD: Final = AE_HEAD.replace("AESPID,", "AESPID,AEGRPID,")


def test_an_event_of_which_a_row_is_left_is_corrected_with_the_reason(
    importing: Importing,
) -> None:
    how = {**HOW, "grade_collection": "row_per_grade"}
    importing.system(**how, absent_void_share=Decimal("0.34"))
    importing.sent(GROUPED_HEAD + GROUPED, extract="1")
    (name,) = importing.held("adverse_event")
    importing.later()
    without = "".join(line for line in GROUPED.splitlines(keepends=True) if "B2" not in line)
    job = importing.sent(GROUPED_HEAD + without, extract="2", void=GONE)
    assert counts(job)["absent_voided"] == 1
    grades = importing.contents("adverse_event")[name]["grades"]
    assert [each["grade"] for each in grades] == [2, 1]
    assert voids(importing) == []
    query = select(EVENTS.c.leaf).where(EVENTS.c.action == "adverse_event.corrected")
    with importing.database.reading() as connection:
        corrected = [read_leaf(each) for each in connection.execute(query).scalars()]
    assert corrected[-1].reason_code == "DELETED_AT_SOURCE"
    assert corrected[-1].request_id == f"job/{job.id}"


def test_what_a_person_voided_is_not_brought_back(twenty_on_sqlite: Importing) -> None:
    reason = Reason(code="DUPLICATE", text="entered twice")
    twenty_on_sqlite.writer.run(
        lambda unit: void(unit, OPERATOR, STUDY, "adverse_event", key(0), reason, Precondition())
    )
    job = twenty_on_sqlite.sent(file_of(range(1, 20)), extract="2", void=GONE)
    assert counts(job)["absent_voided"] == 1
    assert "voided" not in counts(job).get("records", {})
    twenty_on_sqlite.sent(file_of(range(20)) + "\n", extract="3")
    assert key(0) not in twenty_on_sqlite.held("adverse_event")


def test_a_patient_is_never_void_by_a_snapshot(on_sqlite: Importing) -> None:
    begun(on_sqlite, "1")
    job = on_sqlite.sent(PATIENTS.replace("IC19-SLE,DM,S-01,F\n", ""), extract="2", void=GONE)
    assert (counts(job)["absent_of"], counts(job)["absent_voided"]) == (10, 1)
    assert "S-01" in on_sqlite.held("subject")
    assert counts(job)["findings"]["told_no_more"] >= 1
