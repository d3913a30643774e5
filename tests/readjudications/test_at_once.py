"""Of the patients of a chunk only some are judged from their records at a time."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from app.store.jobs import StoredJob
from app.use_cases import judging, readjudicating
from app.use_cases.case import Case, case_of
from app.use_cases.importing import Workplace
from app.use_cases.jobs import Stopped, take
from app.use_cases.readjudicating import do_chunk
from app.use_cases.rejudging import Again
from app.use_cases.snapshot import Snapshot
from tests.readjudications.service import Rejudging, counts
from tests.readjudications.test_chunks import (
    PATIENTS,
    REAL,
    assert_done_once,
    carried,
    expected,
)

SECONDS: Final = 11
"""A third of a lease has passed then."""


def one_chunk(rejudging: Rejudging, at_once: int = 1, **more: Any) -> Workplace:
    """Where all patients are one chunk, of whom so many are judged from their records at once."""
    return replace(
        rejudging.place, patients=PATIENTS, tried=PATIENTS, at_once=at_once, **more
    )  # fmt: skip


class Judging:
    """What is called with each patient who is judged from the record, and who they were."""

    def __init__(self) -> None:
        self.calls: Callable[[], object] = lambda: None
        self.subjects: list[str] = []

    def case(self, snapshot: Snapshot, subject: str, read: Any = None) -> Case | None:
        self.subjects.append(subject)
        self.calls()
        return case_of(snapshot, subject, read)


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Judging:
    found = Judging()
    monkeypatch.setattr(judging, "case_of", found.case)
    return found


def test_however_many_they_are_the_same_is_told(rejudging: Rejudging) -> None:
    rejudging.forget_columns()
    told = []
    for at_once in (1, 2, 4, PATIENTS, 2 * PATIENTS):
        job = done(rejudging, one_chunk(rejudging, at_once), {"protocol_version": "2"})
        told.append((counts(job), rejudging.changes(job)))
    assert told == [told[0]] * len(told)
    wanted = expected(rejudging)
    assert told[0][1].keys() == wanted.keys() == {"S-01", "S-03", "S-04", "S-05"}
    assert_done_once(rejudging, done(rejudging, one_chunk(rejudging, 2), REAL), wanted)


def done(rejudging: Rejudging, place: Workplace, asked: dict[str, Any]) -> StoredJob:
    job = rejudging.asked(**asked).job
    assert [each.done for each in rejudging.steps(job, place)] == [0, PATIENTS]
    return rejudging.job(job)


def test_a_dry_run_holds_no_answers_of_those_who_were_judged_before(
    rejudging: Rejudging, monkeypatch: pytest.MonkeyPatch
) -> None:
    rejudging.forget_columns()
    held: list[Again] = []
    counted = readjudicating.counts_of

    def count(found: Any, documents: Any) -> dict[str, Any]:
        held.extend(found)
        return counted(found, documents)

    monkeypatch.setattr(readjudicating, "counts_of", count)
    done(rejudging, one_chunk(rejudging, 2), {"protocol_version": "2"})
    assert sum(each.change is not None for each in held) == 4
    assert [each.judged for each in held] == [None] * PATIENTS


def test_the_job_is_held_however_long_they_take(rejudging: Rejudging, judged: Judging) -> None:
    """Nobody else may take it between two of them, although all take longer than a lease."""
    rejudging.forget_columns()
    job = rejudging.asked(**REAL).job
    others = []

    def others_try() -> None:
        rejudging.later(SECONDS)
        others.append(rejudging.writer.run(lambda unit: take(unit, "other", job.id)))

    told = expected(rejudging)
    judged.calls = others_try
    steps = list(rejudging.steps(job, one_chunk(rejudging)))
    assert len(others) * SECONDS > 2 * 30
    assert others == [None] * len(others)
    judged.calls = lambda: None
    assert steps[-1].state == "succeeded"
    assert_done_once(rejudging, job, told)


def test_a_worker_that_is_to_stop_does_not_judge_the_rest(
    rejudging: Rejudging, judged: Judging
) -> None:
    rejudging.forget_columns()
    told = expected(rejudging)
    job = rejudging.asked(**REAL).job
    judged.subjects.clear()
    stopping = one_chunk(rejudging, stopping=lambda: len(judged.subjects) > 1)
    assert [each.done for each in rejudging.steps(job, stopping)] == [0]
    assert set(judged.subjects) == {"S-01"}
    rejudging.later()
    assert [each.done for each in rejudging.steps(job, one_chunk(rejudging))] == [PATIENTS]
    assert_done_once(rejudging, job, told)


def test_nor_does_one_to_whom_a_chunk_was_carried(rejudging: Rejudging, judged: Judging) -> None:
    rejudging.forget_columns()
    told = expected(rejudging)
    job, parts = carried(rejudging)
    judged.subjects.clear()
    place = one_chunk(rejudging, stopping=lambda: bool(judged.subjects))
    with pytest.raises(Stopped):
        do_chunk(place, job.id, parts[0])
    assert set(judged.subjects) == {"S-01"}
    for number in parts:
        do_chunk(rejudging.place, job.id, number)
    assert_done_once(rejudging, job, told)
