"""The sweep: verdicts that time alone has changed become new adjudications, and nothing else does.

A pending verdict whose instant has passed, a window that has ended, a datum that was recorded
ahead of its time: each stands in `due` of the patient's current adjudication.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from app.domain.record.origin import SWEEP
from app.store.adjudications import due_by
from app.store.database import Database, DatabaseUnavailable
from app.store.idempotency import answers_before, forget_answers
from app.store.writer import Unit, Writer
from app.use_cases.verdicts import keep

KEPT_FOR: Final = timedelta(days=7)
"""How long the answer to an Idempotency-Key is kept."""
AT_ONCE: Final = 100
"""Patients that are looked for at a time."""


def sweep(database: Database, writer: Writer, now: datetime) -> int:
    """Judge every patient who is due by now, and return how many there were.

    Each is written in a transaction of its own, and looked at once. Answers to Idempotency-Keys
    that nobody asks for again are forgotten. Raises DatabaseUnavailable; and after all others
    have been judged, an ExceptionGroup of what kept some from being.
    """
    seen: set[tuple[str, str]] = set()
    defects: list[Exception] = []
    while found := _due(database, now, len(seen)) - seen:
        for study, subject in sorted(found):
            try:
                writer.run(partial(_judge, study, subject))
            except DatabaseUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 (one patient's must not keep others waiting)
                defects.append(error)
        seen |= found
    _forget(database, writer, now - KEPT_FOR)
    if defects:
        raise ExceptionGroup("Some patients who were due could not be judged.", defects)
    return len(seen)


def _judge(study: str, subject: str, unit: Unit) -> None:
    keep(unit, SWEEP, study, subject, "time")


def _forget(database: Database, writer: Writer, before: datetime) -> None:
    with database.reading() as connection:
        old = answers_before(connection, before)
    if old:
        writer.run(lambda unit: forget_answers(unit.connection, before))


def _due(database: Database, now: datetime, seen: int) -> set[tuple[str, str]]:
    with database.reading() as connection:
        return set(due_by(connection, now, limit=seen + AT_ONCE))
