"""The night: everybody is judged again, and only what comes out otherwise is written."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.api import nights as nights_of_sqlite
from app.api.nights import nights, until
from app.domain.case import Seriousness
from app.domain.record.origin import OPERATOR
from app.engine import tasks as engine_tasks
from app.store.audit import EVENTS
from app.store.database import Database, DatabaseUnavailable
from app.store.engine import SCHEMA
from app.use_cases import nightly
from app.use_cases.jobs import Stopped
from app.use_cases.judging import judged_each
from app.use_cases.nightly import Night, judge_all_again
from app.use_cases.protocols import Amendment, activate_version
from app.use_cases.replay import differences
from app.use_cases.studies import BEGINNING
from tests.engine.service import begun, patients, serving, wait_until
from tests.readjudications.patients import PROTOCOL
from tests.readjudications.service import STUDY, WHY, Rejudging
from tests.store.rows import contents

PATIENTS = patients(6)
UNCHANGED = Night(judged=6, kept=0, failed=0)


@pytest.fixture
def study(sqlite_database: Database) -> Iterator[Rejudging]:
    rejudging = begun(sqlite_database, PATIENTS)
    yield rejudging
    rejudging.close()


@pytest.fixture
def amended(study: Rejudging) -> Rejudging:
    """The amendment governs, and nobody was judged by it yet."""
    amendment = Amendment(
        protocol=PROTOCOL, version="2", effective=BEGINNING, applies_to="all", reason=WHY
    )
    study.writer.run(lambda unit: activate_version(unit, OPERATOR, STUDY, amendment))
    return study


def everything(rejudging: Rejudging) -> dict[str, list[tuple[Any, ...]]]:
    with rejudging.database.reading() as connection:
        return contents(connection)


def differing(rejudging: Rejudging) -> set[str]:
    """Whom a dry run would tell of."""
    return set(rejudging.changes(rejudging.run(dry_run=True)))


def rejudged(rejudging: Rejudging) -> set[str]:
    """Whose verdict that stands was made by judging again."""
    standing = rejudging.standing().items()
    return {subject for subject, each in standing if each.cause == "readjudication"}


def test_where_nothing_changed_nothing_is_written(study: Rejudging) -> None:
    before = everything(study)
    assert judge_all_again(study.place) == UNCHANGED
    assert everything(study) == before


def test_a_version_of_the_service_that_judges_alike_changes_nothing(
    study: Rejudging, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is judged, since the inputs are others, and comes to the same."""
    asked: list[str] = []

    def counted(snapshot: Any, records: Any, *rest: Any) -> Any:
        asked.extend(records)
        return judged_each(snapshot, records, *rest)

    monkeypatch.setattr("app.use_cases.judging.engine_version", lambda: "99.0")
    monkeypatch.setattr("app.use_cases.resting.engine_version", lambda: "99.0")
    monkeypatch.setattr("app.use_cases.rejudging.judged_each", counted)
    before = everything(study)
    assert judge_all_again(study.place) == UNCHANGED
    assert everything(study) == before
    assert set(asked) == {each.id for each in PATIENTS}


def test_what_comes_out_otherwise_is_kept_and_nothing_else(amended: Rejudging) -> None:
    others = differing(amended)
    assert 0 < len(others) < len(PATIENTS)
    assert judge_all_again(amended.place) == Night(judged=6, kept=len(others), failed=0)
    assert rejudged(amended) == others
    with amended.database.reading() as connection:
        events = connection.execute(EVENTS.select().where(EVENTS.c.actor == "nightly")).all()
        assert {each.subject for each in events} == others
        assert {each.action for each in events} == {"adjudication.made"}
        assert list(differences(connection)) == []
    before = everything(amended)
    assert judge_all_again(amended.place) == UNCHANGED
    assert everything(amended) == before


def test_who_cannot_be_judged_keeps_what_stands(
    amended: Rejudging, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = differing(amended)
    lost = min(others)

    def broken(snapshot: Any, records: Any, *rest: Any) -> Any:
        if lost in records:
            raise ZeroDivisionError
        return judged_each(snapshot, records, *rest)

    monkeypatch.setattr("app.use_cases.rejudging.judged_each", broken)
    night = judge_all_again(amended.place)
    assert night == Night(judged=6, kept=len(others) - 1, failed=1)
    assert rejudged(amended) == others - {lost}


def test_what_time_alone_changed_is_the_sweeps(study: Rejudging) -> None:
    study.later(timedelta(days=60).total_seconds())
    assert judge_all_again(study.place) == UNCHANGED
    assert rejudged(study) == set()
    assert "time" in {each.cause for each in study.standing().values()}


def test_what_was_recorded_meanwhile_is_judged_with_it(
    amended: Rejudging, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A patient of whom an event came between the reading and the writing."""
    others = differing(amended)
    late = next(each for each in PATIENTS if each.id in others)
    kept = nightly._kept

    def late_came(*given: Any) -> tuple[int, int]:
        event = replace(late.events[0], seriousness=Seriousness(hospitalisation=True))
        amended.told([replace(late, events=(event, *late.events[1:]))])
        monkeypatch.setattr(nightly, "_kept", kept)
        return kept(*given)

    amended.place = replace(amended.place, patients=len(PATIENTS))
    monkeypatch.setattr(nightly, "_kept", late_came)
    judge_all_again(amended.place)
    assert rejudged(amended) == others - {late.id}
    assert judge_all_again(amended.place) == UNCHANGED
    with amended.database.reading() as connection:
        assert list(differences(connection)) == []


def test_a_night_that_is_stopped_goes_on_with_what_is_left(amended: Rejudging) -> None:
    others = differing(amended)
    asked: list[bool] = []

    def after_a_chunk() -> bool:
        asked.append(True)
        return len(asked) > 1

    with pytest.raises(Stopped):
        judge_all_again(replace(amended.place, stopping=after_a_chunk))
    already = rejudged(amended)
    assert already < others
    assert judge_all_again(amended.place).kept == len(others) - len(already)
    assert rejudged(amended) == others


def test_of_several_workers_one_does_the_night(
    app_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a time that was a minute ago, which the engine makes up for."""
    done: list[str] = []

    def judged(place: Any) -> Night:
        done.append(place.worker)
        return UNCHANGED

    monkeypatch.setattr(engine_tasks, "judge_all_again", judged)
    rejudging = Rejudging(database=app_database)
    time = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%H:%M")  # noqa: TID251
    ticks = text(
        f"SELECT count(*) FROM {SCHEMA}.procrastinate_periodic_defers "  # noqa: S608
        "WHERE task_name = 'nightly'"
    )

    def told() -> int:
        with app_database.reading() as connection:
            return int(connection.execute(ticks).scalar_one())

    with serving(rejudging, time), serving(rejudging, time):
        wait_until(lambda: len(done) > 0)
    assert (told(), len(done)) == (1, 1)
    rejudging.close()


def test_without_a_time_there_is_no_night(study: Rejudging) -> None:
    before = threading.active_count()
    with nights(study.place, ""):
        assert threading.active_count() == before


@pytest.mark.parametrize(
    ("now", "hours"),
    [("2026-06-01T01:59", 1 / 60), ("2026-06-01T02:00", 24), ("2026-06-01T02:01", 24 - 1 / 60)],
)
def test_the_night_is_the_next_one(now: str, hours: float) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert until("02:00", moment) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("met", "said"),
    [
        (None, ""),
        (Stopped(), ""),
        (DatabaseUnavailable(), "is left out: the database does not answer"),
        (ZeroDivisionError(), "met a defect"),
    ],
)
def test_on_sqlite_the_server_does_the_night_whatever_the_last_one_met(
    study: Rejudging,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    met: Exception | None,
    said: str,
) -> None:
    done: list[str] = []

    def judged(place: Any) -> Night:
        done.append(place.worker)
        if met is not None:
            raise met
        return UNCHANGED

    monkeypatch.setattr(nights_of_sqlite, "judge_all_again", judged)
    monkeypatch.setattr(nights_of_sqlite, "until", _twice_at_once(lambda: len(done)))
    with caplog.at_level(logging.WARNING), nights(study.place, "02:00"):
        wait_until(lambda: len(done) == 2)
    assert said in caplog.text
    assert len(done) == 2


def _twice_at_once(done: Callable[[], int]) -> Callable[..., timedelta]:
    return lambda *_: timedelta(0) if done() < 2 else timedelta(days=1)
