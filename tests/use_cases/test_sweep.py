"""The sweep: verdicts that time has changed are made anew, and one defect keeps nobody waiting."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.clock import random_id
from app.domain.record.documents import Document
from app.domain.record.kinds import CONTENT, Study
from app.domain.record.origin import OPERATOR
from app.store.adjudications import Adjudications
from app.store.database import Database
from app.store.idempotency import KeptAnswer, keep_answer, kept_answer
from app.store.writer import Unit, Writer
from app.use_cases import sweep as module
from app.use_cases.ingest import judged_after
from app.use_cases.records import Precondition, Sent, put
from app.use_cases.studies import begin
from app.use_cases.sweep import KEPT_FOR, sweep
from app.use_cases.verdicts import keep

STUDY = "IC19-SLE"
NOW = datetime(2026, 3, 8, tzinfo=UTC)
WINDOW_ENDS = datetime(2026, 3, 29, 16, tzinfo=UTC)
"""Midnight in Shanghai after day 28, day 0 being the infusion's."""


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    """Of a study of two patients, infused on 1 March."""
    writer = Writer(database, lambda: NOW, random_id)
    writer.run(_study)
    for subject in ("S-01", "S-02"):
        writer.run(lambda unit, subject=subject: _patient(unit, subject))  # type: ignore[misc]
    yield writer
    writer.close()


def _study(unit: Unit) -> None:
    study = Study(title="IC19", time_zone="Asia/Shanghai")
    begin(unit, OPERATOR, STUDY, study, "NCT06886919", None)


def _patient(unit: Unit, subject: str) -> None:
    exposures = [{"agent": "IC19", "start": "2026-03-01T10:00:00+08:00"}]
    content: Any = CONTENT["subject"].validate_python({"exposures": exposures})
    document = Document(subject=subject, content=content)
    sent = Sent(kind="subject", key=subject, document=document)
    judged_after(unit, OPERATOR, STUDY, put(unit, OPERATOR, STUDY, sent, Precondition()))


def statuses(database: Database) -> dict[str, str]:
    with database.reading() as connection:
        store = Adjudications(connection=connection, study=STUDY)
        found = {subject: store.current(subject) for subject in ("S-01", "S-02")}
    return {subject: each.status for subject, each in found.items() if each is not None}


def test_before_the_window_ends_nobody_is_due(database: Database, writer: Writer) -> None:
    assert sweep(database, writer, WINDOW_ENDS - timedelta(microseconds=1)) == 0
    assert set(statuses(database).values()) == {"IN_WINDOW"}


def test_one_defect_keeps_no_other_patient_waiting(
    database: Database, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Writer(database, lambda: WINDOW_ENDS, random_id)

    def failing_for_one(unit: Unit, origin: Any, study: str, subject: str, cause: Any) -> Any:
        if subject == "S-01":
            raise ZeroDivisionError
        return keep(unit, origin, study, subject, cause)

    monkeypatch.setattr(module, "keep", failing_for_one)
    with pytest.raises(ExceptionGroup) as raised:
        sweep(database, later, WINDOW_ENDS)
    assert [type(each) for each in raised.value.exceptions] == [ZeroDivisionError]
    assert statuses(database) == {"S-01": "IN_WINDOW", "S-02": "UNDETERMINED"}
    monkeypatch.undo()
    assert sweep(database, later, WINDOW_ENDS) == 1
    assert statuses(database) == {"S-01": "UNDETERMINED", "S-02": "UNDETERMINED"}
    assert sweep(database, later, WINDOW_ENDS) == 0
    later.close()


@pytest.mark.parametrize(("age", "kept"), [(KEPT_FOR, True), (KEPT_FOR * 2, False)])
def test_answers_are_kept_for_a_week(
    database: Database, writer: Writer, age: timedelta, *, kept: bool
) -> None:
    answer = KeptAnswer(request_digest="sha256:0", status=200, headers="{}", body="{}")
    writer.run(lambda unit: keep_answer(unit.connection, "a", "k", answer, NOW - age))
    sweep(database, writer, NOW)
    with database.reading() as connection:
        assert (kept_answer(connection, "a", "k") is not None) == kept
