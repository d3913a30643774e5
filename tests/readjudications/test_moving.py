"""What is recorded while a study is judged again ends in the verdicts of what then stands."""

import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final, TypeVar, cast

import pytest

from app.store.adjudications import adjudication
from app.store.jobs import StoredJob
from app.store.writer import Unit, Writer
from app.use_cases.importing import Workplace
from app.use_cases.replay import differences
from app.use_cases.summaries import SUMMARY, Summary
from app.use_cases.sweep import sweep
from tests.readjudications.alone import judged_alone, standing, told_between, told_by
from tests.readjudications.moves import (
    MOVES,
    Move,
    activates_another,
    adds_a_patient,
    corrects_an_event,
    readjudicates,
    sweeps,
    voids_a_patient,
)
from tests.readjudications.service import WHY, Rejudging, counts

T = TypeVar("T")
TRANSACTIONS: Final = 4
"""Of a job on the small study: its plan, and three chunks of two patients."""
EVERYTHING: Final = (*MOVES, readjudicates)


class Interrupted:
    """The writer of a worker: what happens just before its transactions, by their numbers."""

    def __init__(self, rejudging: Rejudging, before: Mapping[int, list[Move]]) -> None:
        self._rejudging = rejudging
        self._before = dict(before)
        self._number = 0

    def run(self, work: Callable[[Unit], T]) -> T:
        for move in self._before.pop(self._number, []):
            move(self._rejudging)
        self._number += 1
        return self._rejudging.writer.run(work)

    def at(self, place: Workplace) -> Workplace:
        """The same place with this writer."""
        return replace(place, writer=cast("Writer", self))

    @property
    def nothing_is_left(self) -> bool:
        return not self._before


@pytest.mark.parametrize("move", EVERYTHING)
def test_it_happens_between_reading_a_chunk_and_writing_it(
    rejudging: Rejudging, move: Move
) -> None:
    chunk = 2 if move is voids_a_patient else 3 if move is sweeps else 1
    job = interrupted(rejudging, {chunk: [move]}, protocol_version="2")
    assert_as_if_judged_now(rejudging, job)


@pytest.mark.parametrize("seed", range(2))
def test_it_all_happens_at_any_time(anywhere: Rejudging, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (no secret)
    moves = [each for each in EVERYTHING if each is not activates_another]
    chance.shuffle(moves)
    before: dict[int, list[Move]] = {}
    for move in moves:
        before.setdefault(chance.randrange(TRANSACTIONS), []).append(move)
    job = interrupted(anywhere, before, protocol_version="2")
    assert_as_if_judged_now(anywhere, job)


def test_what_happens_during_a_dry_run_is_in_what_it_tells(rejudging: Rejudging) -> None:
    before: dict[int, list[Move]] = {
        1: [corrects_an_event],
        2: [voids_a_patient],
        3: [adds_a_patient],
    }
    dry = interrupted(rejudging, before, dry_run=True, protocol_version="2")
    old = standing(rejudging)
    told = told_between(old, judged_alone(rejudging, rejudging.now, "2"))
    del told["S-00"]  # who came after it was written whom it concerns
    assert told_by(rejudging.changes(dry)) == told
    assert counts(dry)["not_there"] == 1


def test_verdicts_are_not_set_back_in_time(rejudging: Rejudging) -> None:
    """The job was asked for before S-05 fell due; the sweep had told so before it came to S-05."""
    job = interrupted(rejudging, {2: [sweeps]}, protocol_version="2")
    swept = rejudging.standing()["S-05"]
    assert (swept.cause, swept.status) == ("time", "UNDETERMINED")  # nobody said that it went on
    assert swept.as_of > job.recorded_at
    assert "S-05" not in rejudging.changes(job)


def test_an_activation_concerns_only_the_chunks_that_are_written_after_it(
    rejudging: Rejudging,
) -> None:
    """An activation starts nothing: whom the job had come to stays as it was, and is asked for."""
    interrupted(rejudging, {2: [activates_another]}, protocol_version="2")
    versions = {key: each.protocol_version for key, each in rejudging.standing().items()}
    assert (versions["S-01"], versions["S-03"], versions["S-04"]) == ("2", "3", "3")
    job = rejudging.run(dry_run=False, reason=WHY)
    assert_as_if_judged_now(rejudging, job)


def test_writers_and_workers_beside_each_other(anywhere: Rejudging) -> None:
    """Four threads: two that write, two jobs."""
    moves = [each for each in MOVES if each is not activates_another]
    jobs = [
        anywhere.asked(dry_run=False, reason=WHY, protocol_version="2").job,
        anywhere.asked(dry_run=False, reason=WHY).job,
    ]
    places = [replace(anywhere.place, worker=str(number)) for number in range(len(jobs))]

    def write(some: list[Move]) -> None:
        for move in some:
            move(anywhere)

    def work(number: int) -> None:
        for _ in anywhere.steps(jobs[number], places[number]):
            pass

    at_once(
        lambda: write(moves[::2]), lambda: write(moves[1::2]), lambda: work(0), lambda: work(1)
    )
    for each in jobs:
        assert_as_if_judged_now(anywhere, anywhere.job(each))


def at_once(*work: Callable[[], object]) -> None:
    """Do all of it in threads; what one of them raises is raised."""
    with ThreadPoolExecutor(len(work)) as pool:
        for each in [pool.submit(one) for one in work]:
            each.result()


def interrupted(
    rejudging: Rejudging, before: Mapping[int, list[Move]], *, dry_run: bool = False, **body: str
) -> StoredJob:
    """A job before whose transactions something happens."""
    job = rejudging.asked(dry_run=dry_run, reason=None if dry_run else WHY, **body).job
    writer = Interrupted(rejudging, before)
    for _ in rejudging.steps(job, writer.at(rejudging.place)):
        pass
    assert writer.nothing_is_left
    return rejudging.job(job)


def assert_as_if_judged_now(rejudging: Rejudging, job: StoredJob) -> None:
    """The law: what stands is what judging from scratch comes to."""
    told = counts(job)
    assert (job.state, job.done) == ("succeeded", job.total), job.problem
    kinds = ("unchanged", "changed", "restated", "first", "failed", "not_there")
    assert sum(told[kind] for kind in kinds) == job.total
    assert told["failed"] == told["first"] == 0
    assert_told_as_it_was(rejudging, job)
    sweep(rejudging.database, rejudging.writer, rejudging.now)
    assert standing(rejudging) == judged_alone(rejudging, rejudging.now)
    with rejudging.database.reading() as connection:
        assert list(differences(connection)) == []


def assert_told_as_it_was(rejudging: Rejudging, job: StoredJob) -> None:
    """Each row of a real run tells what is between the two adjudications that it names."""
    changes = rejudging.changes(job)
    old, new = (
        {
            subject: summary(rejudging, each["adjudication"][age])
            for subject, each in changes.items()
        }
        for age in ("old", "new")
    )
    assert told_by(changes) == told_between(old, new)


def summary(rejudging: Rejudging, made: str) -> Summary:
    with rejudging.database.reading() as connection:
        found = adjudication(connection, made)
    assert found is not None
    return SUMMARY.validate_json(found.summary)
