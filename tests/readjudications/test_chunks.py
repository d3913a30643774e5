"""A job is done in chunks, each once, whoever does them and however often it is tried."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pytest
from sqlalchemy.exc import OperationalError

from app.domain.errors import BadCase, Fault
from app.domain.record.origin import OPERATOR
from app.store.database import DatabaseUnavailable
from app.store.jobs import StoredJob
from app.store.writer import Unit
from app.use_cases import judging, readjudicating
from app.use_cases.case import Case, case_of
from app.use_cases.jobs import cancel, resume
from app.use_cases.readjudicating import do_chunk
from app.use_cases.replay import differences
from app.use_cases.snapshot import Snapshot
from app.use_cases.suppositions import Scope
from app.use_cases.verdict_changes import changed_patient
from tests.readjudications.alone import judged_alone, standing, told_between, told_by
from tests.readjudications.moves import SITE, SYNDROME
from tests.readjudications.service import WHY, Rejudging, counts
from tests.readjudications.test_moving import Interrupted, at_once

PATIENTS: Final = 6
CHUNKS: Final = 3
REAL: Final[dict[str, Any]] = {"dry_run": False, "reason": WHY, "protocol_version": "2"}


def expected(rejudging: Rejudging) -> dict[str, Any]:
    """What an undisturbed run has to tell."""
    new = judged_alone(rejudging, rejudging.now, "2")
    return told_between(standing(rejudging), new)


def assert_done_once(rejudging: Rejudging, job: StoredJob, told: dict[str, Any]) -> None:
    job = rejudging.job(job)
    assert (job.state, job.done, job.total) == ("succeeded", PATIENTS, PATIENTS)
    assert told_by(rejudging.changes(job)) == told
    assert counts(job)["unchanged"] == PATIENTS - len(told)
    numbers = {key: each.number for key, each in rejudging.standing().items()}
    again = {key for key, each in rejudging.standing().items() if each.cause == "readjudication"}
    assert again == told.keys()
    assert standing(rejudging) == judged_alone(rejudging, rejudging.now)
    with rejudging.database.reading() as connection:
        assert list(differences(connection)) == []
    assert rejudging.done(rejudging.asked(dry_run=False, reason=WHY)).state == "succeeded"
    assert {key: each.number for key, each in rejudging.standing().items()} == numbers


class TestProgress:
    def test_it_never_goes_back(self, rejudging: Rejudging) -> None:
        job = rejudging.asked(**REAL).job
        steps = list(rejudging.steps(job))
        assert [each.done for each in steps] == [0, 2, 4, 6]
        assert {each.total for each in steps} == {PATIENTS}
        for each in steps[1:]:
            told = counts(each)
            kinds = ("unchanged", "changed", "restated", "first", "failed", "not_there")
            assert sum(told[kind] for kind in kinds) == each.done

    @pytest.mark.parametrize(
        ("scope", "patients"),
        [
            (Scope(), 6),
            (Scope(sites=(SITE,)), 3),
            (Scope(subjects=("S-01", "S-05", "S-77")), 2),
            (Scope(terms=(SYNDROME.upper(),)), 5),
            (Scope(sites=(SITE,), terms=(SYNDROME,)), 2),
            (Scope(dose_levels=("1",)), 0),
        ],
    )
    def test_the_total_is_that_of_its_scope(
        self, rejudging: Rejudging, scope: Scope, patients: int
    ) -> None:
        job = rejudging.run(protocol_version="2", scope=scope)
        assert (job.state, job.done, job.total) == ("succeeded", patients, patients)


class TestWorkers:
    def test_one_that_is_cancelled_goes_on_where_it_stood(self, anywhere: Rejudging) -> None:
        told = expected(anywhere)
        job = anywhere.asked(**REAL).job
        steps = anywhere.steps(job)
        assert [next(steps).done, next(steps).done] == [0, 2]
        anywhere.writer.run(lambda unit: cancel(unit, OPERATOR, job.id))
        assert list(steps) == []
        assert (anywhere.job(job).state, anywhere.job(job).done) == ("cancelled", 2)
        before = anywhere.changes(job)
        again, _ = anywhere.writer.run(lambda unit: resume(unit, OPERATOR, job.id))
        assert [each.done for each in anywhere.steps(again)] == [4, 6]
        assert before.items() <= anywhere.changes(job).items()
        assert_done_once(anywhere, job, told)

    def test_another_goes_on_for_one_that_is_lost(self, anywhere: Rejudging) -> None:
        told = expected(anywhere)
        job = anywhere.asked(**REAL).job
        lost, other = anywhere.steps(job), replace(anywhere.place, worker="other")
        assert [next(lost).done, next(lost).done] == [0, 2]
        anywhere.later(30)
        assert list(anywhere.steps(job, other)) == []
        anywhere.later(1)
        goes_on = anywhere.steps(job, other)
        assert next(goes_on).done == 4
        assert list(lost) == []
        assert [each.done for each in goes_on] == [6]
        assert_done_once(anywhere, job, told)


class TestParts:
    """A job whose chunks are handed to whoever is free."""

    def test_each_has_its_effects_once(self, anywhere: Rejudging) -> None:
        told = expected(anywhere)
        job, parts = carried(anywhere)
        assert parts == list(range(CHUNKS))
        place = anywhere.place
        at_once(*(partial(do_chunk, place, job.id, number) for number in (0, 0, 1, 1, 0, 1)))
        last = do_chunk(place, job.id, 2)
        assert last is not None
        assert last.state == "succeeded"
        assert [do_chunk(place, job.id, number) for number in parts] == [None] * CHUNKS
        assert_done_once(anywhere, job, told)

    def test_one_that_is_done_by_another_before_it_is_written(self, rejudging: Rejudging) -> None:
        told = expected(rejudging)
        job, parts = carried(rejudging)

        def done_by_another(same: Rejudging) -> None:
            assert do_chunk(same.place, job.id, 0) is not None

        writer = Interrupted(rejudging, {0: [done_by_another]})
        assert do_chunk(writer.at(rejudging.place), job.id, 0) is None
        for number in parts:
            do_chunk(rejudging.place, job.id, number)
        assert_done_once(rejudging, job, told)

    def test_those_of_a_job_that_was_cancelled_do_nothing(self, rejudging: Rejudging) -> None:
        told = expected(rejudging)
        job, parts = carried(rejudging)
        do_chunk(rejudging.place, job.id, 1)

        def cancels(same: Rejudging) -> None:
            same.writer.run(lambda unit: cancel(unit, OPERATOR, job.id))

        writer = Interrupted(rejudging, {0: [cancels]})
        assert do_chunk(writer.at(rejudging.place), job.id, 0) is None
        assert [do_chunk(rejudging.place, job.id, number) for number in parts] == [None] * CHUNKS
        assert rejudging.job(job).done == 2
        rejudging.writer.run(lambda unit: resume(unit, OPERATOR, job.id))
        assert [do_chunk(rejudging.place, job.id, number) for number in parts] == [None] * CHUNKS
        assert carried(rejudging, job) == (job, [0, 2])
        for number in (0, 2):
            do_chunk(rejudging.place, job.id, number)
        assert_done_once(rejudging, job, told)

    def test_one_that_is_left_over_does_nothing_while_a_worker_holds_the_job(
        self, rejudging: Rejudging
    ) -> None:
        """A worker without whoever carries parts goes on with a job of which some are left."""
        told = expected(rejudging)
        job, _ = carried(rejudging)
        rejudging.writer.run(lambda unit: cancel(unit, OPERATOR, job.id))
        rejudging.writer.run(lambda unit: resume(unit, OPERATOR, job.id))
        steps = rejudging.steps(job)
        assert next(steps).done == 2
        assert do_chunk(rejudging.place, job.id, 2) is None
        assert [each.done for each in steps] == [4, 6]
        assert_done_once(rejudging, job, told)


class TestPatientsWhoCannotBeJudged:
    def test_they_are_told_and_the_others_go_on(
        self, rejudging: Rejudging, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = rejudging.standing()
        told = expected(rejudging)
        rejudging.forget_columns()
        job = rejudging.asked(**REAL).job
        fault = Fault(pointer="/0/events/0", message="it ends before it begins")
        fail(monkeypatch, {"S-03": BadCase((fault,)), "S-06": KeyError("S-06 is a name")})
        steps = list(
            rejudging.steps(job, replace(rejudging.place, patients=PATIENTS, tried=PATIENTS))
        )
        assert [each.done for each in steps] == [0, PATIENTS]
        assert counts(steps[-1])["failed"] == 2
        found = rejudging.changes(job)
        assert found["S-03"]["problem"]["code"] == "bad_case"
        assert "it ends before it begins" in found["S-03"]["problem"]["detail"]
        assert found["S-06"]["problem"]["code"] == "internal_error"
        assert "name" not in found["S-06"]["problem"]["detail"]
        for subject in ("S-03", "S-06"):
            assert found[subject]["kind"] == "failed"
            assert found[subject]["adjudication"] == {"old": before[subject].id, "new": None}
            assert rejudging.standing()[subject] == before[subject]
        others = {key: each for key, each in found.items() if each["kind"] != "failed"}
        assert told_by(others) == {key: told[key] for key in ("S-01", "S-04", "S-05")}
        monkeypatch.undo()
        assert counts(rejudging.run(dry_run=False, reason=WHY))["changed"] == 1
        assert standing(rejudging) == judged_alone(rejudging, rejudging.now)

    def test_nor_is_one_who_cannot_be_compared_in_the_way(
        self, rejudging: Rejudging, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As where another version of the service wrote what cannot be read any more."""

        def compared(kind: Any, before: str | None, after: Any, altered: Any) -> Any:
            if after.subject.id == "S-01":
                raise ValueError("a field is missing")
            return changed_patient(kind, before, after, altered)

        before = rejudging.standing()
        monkeypatch.setattr(readjudicating, "changed_patient", compared)
        job = rejudging.run(**REAL)
        assert (job.state, counts(job)["failed"]) == ("succeeded", 1)
        assert rejudging.changes(job)["S-01"]["problem"]["code"] == "internal_error"
        assert rejudging.standing()["S-01"] == before["S-01"]

    def test_nor_one_whose_own_record_cannot_be_read(
        self, rejudging: Rejudging, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read = Snapshot.patient

        def patient(self: Snapshot, subject: str) -> Any:
            if subject == "S-01":
                raise TypeError("subject 'S-01' holds a site")
            return read(self, subject)

        monkeypatch.setattr(Snapshot, "patient", patient)
        job = rejudging.run(**REAL)
        assert (job.state, counts(job)["failed"], counts(job)["not_there"]) == ("succeeded", 1, 0)
        assert rejudging.changes(job)["S-01"]["kind"] == "failed"

    def test_a_database_that_does_not_answer_is_no_fault_of_a_patient(
        self, rejudging: Rejudging, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told = expected(rejudging)
        job = rejudging.asked(**REAL).job
        fail(monkeypatch, {"S-03": OperationalError("SELECT", {}, Exception("gone"))})
        with pytest.raises(DatabaseUnavailable):
            list(rejudging.steps(job))
        assert (rejudging.job(job).state, rejudging.job(job).done) == ("running", 2)
        monkeypatch.undo()
        assert [each.done for each in rejudging.steps(job)] == [4, 6]
        assert_done_once(rejudging, job, told)


def fail(monkeypatch: pytest.MonkeyPatch, errors: dict[str, Exception]) -> None:
    """Let some patients not be judged."""

    def failing(snapshot: Snapshot, subject: str, read: Any = None) -> Case | None:
        if subject in errors:
            raise errors[subject]
        return case_of(snapshot, subject, read)

    monkeypatch.setattr(judging, "case_of", failing)


def carried(rejudging: Rejudging, job: StoredJob | None = None) -> tuple[StoredJob, list[int]]:
    """A job whose parts are on their way, and their numbers."""
    job = job or rejudging.asked(**REAL).job
    parts: list[int] = []

    def carry(_: Unit, job_id: str, numbers: Sequence[int]) -> None:
        assert job_id == job.id
        parts.extend(numbers)

    for _ in rejudging.steps(job, replace(rejudging.place, carry=carry)):
        pass
    now = rejudging.job(job)
    assert (now.state, now.worker, now.leased_until) == ("running", None, None)
    return job, parts
