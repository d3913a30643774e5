"""Absent rows become void in steps: in any order, taken up after a loss, and each once."""

import itertools
import random
from dataclasses import replace

import pytest

from app.domain.record.origin import OPERATOR
from app.use_cases import absences
from app.use_cases.jobs import LEASE, cancel
from tests.imports.absent import (
    GONE,
    assert_replayed,
    begun,
    file_of,
    judged,
    key,
    row,
    standing,
    told,
    voids,
)
from tests.imports.files import AE_HEAD
from tests.imports.service import SYSTEM, Importing, counts
from tests.imports.test_set_aside import broken_for


def test_the_order_of_the_rows_changes_nothing(
    on_sqlite: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absences, "PATIENTS", 2)
    begun(on_sqlite, "0.5")
    chance = random.Random(7)  # noqa: S311 (an order that anybody can have again)
    found = []
    for extract in range(2, 8):
        whole, some = list(range(20)), [each for each in range(20) if each % 3]
        chance.shuffle(whole)
        chance.shuffle(some)
        job = on_sqlite.sent(file_of(some) + "\n" * extract, extract=f"{extract}", void=GONE)
        assert counts(job)["absent_voided"] == 7
        found.append(standing(on_sqlite))
        on_sqlite.later()
        on_sqlite.sent(file_of(whole) + "\n" * extract, extract=f"{extract}-whole")
        assert len(on_sqlite.held("adverse_event")) == 20
    assert all(each == found[0] for each in found)
    assert_replayed(on_sqlite)


@pytest.fixture
def in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows and patients of a step."""
    monkeypatch.setattr(absences, "AT_ONCE", 3)
    monkeypatch.setattr(absences, "PATIENTS", 2)


@pytest.mark.usefixtures("in_small_steps")
@pytest.mark.parametrize(("share", "state"), [("0.5", "succeeded"), ("0.1", "failed")])
def test_a_worker_that_is_lost_doubles_nothing(
    importing: Importing, share: str, state: str
) -> None:
    """Each worker does one step and is never heard of again."""
    begun(importing, share)
    lacking = [each for each in range(20) if each % 2]
    before = {f"S-{each:02}": judged(importing, f"S-{each:02}") for each in range(10)}
    job = importing.asked(file_of(lacking), extract="2", void=GONE)
    for number in itertools.count():
        worker = replace(importing.place, worker=f"worker {number}")
        lost = importing.steps(job, worker)
        next(lost)
        if importing.job(job).is_over:
            break
        importing.later(LEASE.total_seconds() + 1)
        after = importing.steps(job, replace(worker, worker="next"))
        if next(after, None) is None or importing.job(job).is_over:
            break
        assert list(lost) == []
        importing.later(LEASE.total_seconds() + 1)
    last = importing.job(job)
    assert (last.state, counts(last)["absent"]) == (state, 10)
    keys = [f"S-{each // 2:02}|AE|A{each}" for each in range(0, 20, 2)]
    if state == "succeeded":
        assert counts(last)["absent_voided"] == counts(last)["records"]["voided"] == 10
        assert told(importing, last) == {"row_voided": keys}
        assert sorted(event.entity_id for event in voids(importing)) == sorted(
            f"{SYSTEM}:{each}" for each in keys
        )
        for subject, times in before.items():
            assert judged(importing, subject) == times + 1
    else:
        assert told(importing, last) == {"row_absent": keys}
        assert voids(importing) == []
    assert_replayed(importing)


@pytest.mark.usefixtures("in_small_steps")
def test_a_cancelled_import_goes_on_with_what_was_decided(on_sqlite: Importing) -> None:
    """What was void by then makes room for no more, and what comes meanwhile is not absent."""
    begun(on_sqlite, "0.5")
    lacking = file_of([each for each in range(20) if each % 2])
    job = on_sqlite.asked(lacking, extract="2", void=GONE)
    for step in on_sqlite.steps(job):
        if counts(step).get("absent_voided"):
            on_sqlite.writer.run(lambda unit: cancel(unit, OPERATOR, job.id))
    assert on_sqlite.job(job).state == "cancelled"
    assert len(voids(on_sqlite)) == 2
    on_sqlite.sent(AE_HEAD + row(18, grade=1) + row(40), extract="later")
    again = on_sqlite.sent(lacking, extract="2", void=GONE)
    assert (again.id, again.state) == (job.id, "succeeded")
    assert counts(again)["absent_voided"] == 9
    assert {key(18), key(40)} <= set(on_sqlite.held("adverse_event"))
    assert_replayed(on_sqlite)


def test_a_defect_sets_one_patient_aside(
    on_sqlite: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(on_sqlite, "0.5")
    with monkeypatch.context() as patch:
        broken_for(patch, "S-01")
        job = on_sqlite.sent(file_of(range(4, 20)), extract="2", void=GONE)
    assert (job.state, counts(job)["set_aside"], counts(job)["absent_voided"]) == (
        "succeeded", 1, 4,
    )  # fmt: skip
    held = set(on_sqlite.held("adverse_event"))
    assert {key(2), key(3)} <= held
    assert not {key(0), key(1)} & held
    assert_replayed(on_sqlite)
