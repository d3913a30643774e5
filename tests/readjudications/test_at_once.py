"""Of the patients of a chunk only some are judged from their records at a time."""

import gc
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from app.domain.record.kinds import Site
from app.domain.record.origin import OPERATOR
from app.store.jobs import StoredJob
from app.use_cases import judging
from app.use_cases.case import Case, case_of
from app.use_cases.importing import Workplace
from app.use_cases.jobs import cancel, resume, take
from app.use_cases.judging import Judged
from app.use_cases.snapshot import Snapshot
from tests.readjudications.alone import told_by
from tests.readjudications.moves import SITE, recorded
from tests.readjudications.service import Rejudging
from tests.readjudications.test_chunks import PATIENTS, REAL, assert_done_once, expected
from tests.readjudications.test_moving import Interrupted

SECONDS: Final = 11
"""A third of a lease has passed then."""


def one_chunk(rejudging: Rejudging, at_once: int = 1, **more: Any) -> Workplace:
    """Where all patients are one chunk, of whom so many are judged from their records at once."""
    return replace(
        rejudging.place, patients=PATIENTS, tried=PATIENTS, at_once=at_once, **more
    )  # fmt: skip


class Judging:
    """What is called with each patient who is judged from the record."""

    def __init__(self) -> None:
        self.calls: Callable[[str], object] = lambda subject: None

    def case(self, snapshot: Snapshot, subject: str, read: Any = None) -> Case | None:
        self.calls(subject)
        return case_of(snapshot, subject, read)


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Judging:
    found = Judging()
    monkeypatch.setattr(judging, "case_of", found.case)
    return found


@pytest.mark.parametrize("at_once", [1, 2, 4, PATIENTS, 2 * PATIENTS])
def test_however_many_they_are_the_same_is_told_and_kept(
    rejudging: Rejudging, at_once: int
) -> None:
    told = expected(rejudging)
    place = one_chunk(rejudging, at_once)
    with_columns = done(rejudging, place, {"protocol_version": "2"})
    assert told_by(rejudging.changes(with_columns)) == told
    # Of whom it changes, a real run judges first the events that the amendment concerns.
    assert_done_once(rejudging, done(rejudging, place, REAL), told)


@pytest.mark.parametrize("at_once", [1, 2, 4, PATIENTS, 2 * PATIENTS])
def test_nor_does_it_matter_where_no_columns_are_kept(rejudging: Rejudging, at_once: int) -> None:
    rejudging.forget_columns()
    told = expected(rejudging)
    place = one_chunk(rejudging, at_once)
    tried = done(rejudging, place, {"protocol_version": "2"})
    assert told_by(rejudging.changes(tried)) == told
    assert_done_once(rejudging, done(rejudging, place, REAL), told)


def done(rejudging: Rejudging, place: Workplace, asked: dict[str, Any]) -> StoredJob:
    job = rejudging.asked(**asked).job
    assert [each.done for each in rejudging.steps(job, place)] == [0, PATIENTS]
    return rejudging.job(job)


def test_a_dry_run_holds_no_answers_of_those_who_were_judged_before(
    rejudging: Rejudging, judged: Judging
) -> None:
    rejudging.forget_columns()
    held: dict[str, int] = {}

    def count(subject: str) -> None:
        if subject not in held:  # in brief first, then whole
            gc.collect()
            held[subject] = sum(isinstance(each, Judged) for each in gc.get_objects())

    judged.calls = count
    done(rejudging, one_chunk(rejudging), {"protocol_version": "2"})
    assert held == dict.fromkeys(sorted(rejudging.standing()), 0)


def test_the_job_is_held_however_long_they_take(rejudging: Rejudging, judged: Judging) -> None:
    """Nobody else may take it between two of them, although all take longer than a lease."""
    rejudging.forget_columns()
    told = expected(rejudging)
    job = rejudging.asked(**REAL).job
    others = []

    def another_tries(_: str) -> None:
        rejudging.later(SECONDS)
        others.append(rejudging.writer.run(lambda unit: take(unit, "other", job.id)))

    judged.calls = another_tries
    steps = list(rejudging.steps(job, one_chunk(rejudging)))
    judged.calls = lambda subject: None
    assert len(others) * SECONDS > 2 * 30
    assert others == [None] * len(others)
    assert steps[-1].state == "succeeded"
    assert_done_once(rejudging, job, told)


def test_a_worker_that_lost_the_job_leaves_the_rest(rejudging: Rejudging, judged: Judging) -> None:
    rejudging.forget_columns()
    told = expected(rejudging)
    job = rejudging.asked(**REAL).job
    subjects: list[str] = []

    def is_cancelled(subject: str) -> None:
        rejudging.later(SECONDS)
        if not subjects:
            rejudging.writer.run(lambda unit: cancel(unit, OPERATOR, job.id))
        subjects.append(subject)

    judged.calls = is_cancelled
    assert [each.done for each in rejudging.steps(job, one_chunk(rejudging))] == [0]
    judged.calls = lambda subject: None
    assert set(subjects) == {"S-01"}
    assert (rejudging.job(job).state, rejudging.changes(job)) == ("cancelled", {})
    rejudging.writer.run(lambda unit: resume(unit, OPERATOR, job.id))
    assert [each.done for each in rejudging.steps(job, one_chunk(rejudging))] == [PATIENTS]
    assert_done_once(rejudging, job, told)


def test_one_that_is_to_stop_finishes_the_chunk(rejudging: Rejudging, judged: Judging) -> None:
    rejudging.forget_columns()
    told = expected(rejudging)
    subjects: list[str] = []
    judged.calls = subjects.append
    job = rejudging.asked(**REAL).job
    stopping = one_chunk(rejudging, stopping=lambda: bool(subjects))
    assert [each.done for each in rejudging.steps(job, stopping)] == [0, PATIENTS]
    assert_done_once(rejudging, job, told)


def test_patients_of_whom_something_came_meanwhile_are_judged_some_at_a_time_too(
    rejudging: Rejudging,
) -> None:
    rejudging.forget_columns()

    def records_a_site(same: Rejudging) -> None:
        recorded(same, "site", SITE, Site(laboratories=("Central", "Local")))

    told = expected(rejudging)
    place = Interrupted(rejudging, {1: [records_a_site]}).at(one_chunk(rejudging))
    job = rejudging.asked(protocol_version="2").job
    assert [each.done for each in rejudging.steps(job, place)] == [0, PATIENTS]
    assert told_by(rejudging.changes(job)) == told
