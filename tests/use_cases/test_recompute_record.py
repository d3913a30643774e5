"""Every adjudication of a record is judged again, page by page, and nothing is written."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.data.protocols import load
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.record.canonical import digest_of
from app.domain.time import PartialTime
from app.store import named_versions
from app.store.adjudications import Adjudications
from app.store.database import Database
from app.use_cases import recompute_record
from app.use_cases.adjudicate import OneAnswer
from app.use_cases.answering import judge
from app.use_cases.case import Case
from app.use_cases.errors import UnknownStudy
from app.use_cases.recompute import Recomputed
from app.use_cases.recompute_record import Asked, how_many, recompute
from tests.record.service import SHANGHAI, STUDY, at_database, of_study
from tests.store.attacks import drop_guards
from tests.store.databases import copy_of

pytestmark = [pytest.mark.anyio, pytest.mark.no_cover]

OTHER = "OTHER"
DRAFT = {**load("NCT06886919").document, "version": "draft"}
ALL = [(STUDY, 1), (STUDY, 2), (STUDY, 3), (STUDY, 1), (OTHER, 1)]
"""Study and number of every adjudication of the record, in the order of the trail."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def any_record(database: Database) -> Database:
    """The record on each kind of database."""
    await tell(database)
    return database


@pytest.fixture(scope="module")
def told(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the record, to be copied."""
    database = copy_of(sqlite_template, tmp_path_factory.mktemp("told"))
    asyncio.run(tell(database))
    database.close()
    return Path(str(database.url.database))


@pytest.fixture
def record(told: Path, tmp_path: Path) -> Iterator[Database]:
    database = copy_of(told, tmp_path)
    yield database
    database.close()


async def tell(database: Database) -> None:
    """Two studies; in one a patient of three adjudications, and one who is voided."""
    with at_database(database) as service:
        await service.done("POST", "/v1/protocols", {"document": DRAFT})
        await service.begin(at="2026-03-01T00:00:00+00:00")
        await service.patient()
        await service.event("AE-1", (3, "2026-03-05"), at="2026-03-06T00:00:00+00:00")
        ended = ((3, "2026-03-05"), (0, "2026-03-07"))
        await service.event("AE-1", *ended, ongoing=False, at="2026-03-08T00:00:00+00:00")
        await service.patient("S-02")
        voided = {"reason": {"code": "SCREEN_FAILURE"}}
        await service.done("DELETE", of_study("subjects/S-02"), voided)
        protocol = {"id": "NCT06886919", "version": "draft"}
        await service.begin(OTHER, protocol=protocol, time_zone=SHANGHAI)
        infused = {"exposures": [{"agent": "IC19", "start": "2026-03-01T10:00:00+08:00"}]}
        await service.done("PUT", of_study("subjects/S-01", OTHER), infused)


def changed(database: Database, *statements: str, **values: str) -> None:
    """The record, after somebody went past its guards."""
    with database.writing() as connection:
        drop_guards(connection)
        for statement in statements:
            assert connection.execute(text(statement), values).rowcount > 0


def found(database: Database, **asked: Any) -> list[Recomputed]:
    every = list(recompute(database, Asked(**asked)))
    assert len(every) == how_many(database, Asked(**asked))
    return every


def places(database: Database, **asked: Any) -> list[tuple[str, int]]:
    return [(each.kept.study, each.kept.number) for each in found(database, **asked)]


def obstacles(database: Database) -> Iterator[tuple[str, int, str]]:
    for each in found(database):
        if each.obstacle is not None:
            yield each.kept.study, each.kept.number, each.obstacle.code


async def test_a_record_that_this_version_wrote_is_the_same(any_record: Database) -> None:
    every = found(any_record)
    assert [(each.kept.study, each.kept.number) for each in every] == ALL
    assert [each for each in every if each.changes or each.obstacle] == []


def test_pages_leave_nothing_out_and_nothing_twice(
    record: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recompute_record, "_AT_ONCE", 2)
    monkeypatch.setattr(named_versions, "_AT_ONCE", 1)
    assert places(record) == ALL
    assert list(obstacles(record)) == []
    assert places(record, limit=3) == ALL[:3]


async def test_only_what_is_asked_for(any_record: Database) -> None:
    record = any_record
    assert places(record, study=OTHER) == [(OTHER, 1)]
    assert places(record, current=True) == [(STUDY, 3), (OTHER, 1)]
    exactly = datetime(2026, 3, 8, tzinfo=UTC)
    assert places(record, since=exactly) == ALL[2:]
    assert places(record, since=exactly + timedelta(microseconds=1)) == []
    with pytest.raises(UnknownStudy):
        how_many(record, Asked(study="NONE"))
    with pytest.raises(UnknownStudy):
        list(recompute(record, Asked(study="NONE")))


async def test_a_study_without_verdicts_has_none_to_tell(database: Database) -> None:
    with at_database(database) as service:
        await service.begin()
    assert found(database, study=STUDY) == []


def test_an_engine_that_decides_otherwise(record: Database) -> None:
    def lenient(case: Case, protocol: ReadyProtocol, as_of: PartialTime) -> OneAnswer:
        answer = judge(case, protocol, as_of)
        return replace(answer, subject=replace(answer.subject, status="NO_DLT"))

    for each in recompute(record, Asked(study=STUDY), lenient):
        assert {(change.kind, change.path) for change in each.changes} == {
            ("verdict", "/subject/status")
        }


def test_an_answer_that_was_given_otherwise(record: Database) -> None:
    """As an earlier version would have, with the digest of what it said."""
    with record.reading() as connection:
        last = Adjudications(connection=connection, study=STUDY).current("S-01")
    assert last is not None
    answer = last.answer.replace('"verdict":"NOT_DLT"', '"verdict":"DLT"')
    assert answer != last.answer
    changed(
        record,
        "UPDATE adjudications SET answer = :answer, answer_digest = :digest WHERE id = :id",
        answer=answer,
        digest=digest_of(answer),
        id=last.id,
    )
    (other,) = (each for each in found(record) if each.changes)
    assert (other.kept.subject, other.kept.number) == ("S-01", 3)
    (change,) = other.changes
    assert (change.path, change.old, change.new) == (
        "/events/edc:AE-1/verdict",
        "DLT",
        "NOT_DLT",
    )


def test_what_cannot_be_recomputed_is_told_and_keeps_nothing_else_waiting(
    record: Database,
) -> None:
    changed(
        record,
        "DELETE FROM adverse_event_versions WHERE version = 2",
        "DELETE FROM protocol_documents",
        "UPDATE adjudications SET inputs = '{}' WHERE subject = 'S-02'",
    )
    assert [(each.kept.number, each.obstacle) for each in found(record, limit=2)] == [
        (1, None),
        (2, None),
    ]
    assert list(obstacles(record)) == [
        (STUDY, 3, "version_missing"),
        (STUDY, 1, "inputs_changed"),
        (OTHER, 1, "unknown_version"),
    ]


def test_a_protocol_that_no_longer_can_be_read(record: Database) -> None:
    changed(record, "UPDATE protocol_documents SET document = '{'")
    assert list(obstacles(record)) == [(OTHER, 1, "protocol_not_read")]


async def test_a_server_goes_on_between_the_pages(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No transaction is open while somebody looks, and what is made meanwhile is judged too."""
    monkeypatch.setattr(recompute_record, "_AT_ONCE", 1)
    with at_database(sqlite_database) as service:
        await service.begin(at="2026-03-01T00:00:00+00:00")
        await service.patient()
        seen = []
        for each in recompute(sqlite_database, Asked()):
            seen.append(each.kept.number)
            if len(seen) < 3:
                grades = ((len(seen), "2026-03-05"),)
                await service.event("AE-1", *grades, at=f"2026-03-0{5 + len(seen)}T12:00:00Z")
        assert seen == [1, 2, 3]
