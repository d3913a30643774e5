"""Columns that are kept beside what stands, so that an amendment is tried without the record.

They hold what the evaluator read of a patient when the verdicts that stand were given, and what it
told. Whoever judges again may hold other rules against them where the patient rests on the same
records still (`resting`).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection

from app.domain.adjudication.protocol import name_of
from app.domain.dlt.packed import BadColumns, Packed, events_in
from app.domain.time import zone_of
from app.store.adjudications import StoredAdjudication
from app.store.judged_columns import StoredColumns, columns_of, put_columns
from app.use_cases.adjudicate import OneAnswer
from app.use_cases.answering import Evaluated
from app.use_cases.verdict_changes import ToldStatus

_LOG = logging.getLogger("uvicorn.error")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptVerdicts:
    """What stands of a patient's events, as far as another version is compared with it."""

    by: tuple[tuple[str | None, str | None], ...]
    """By event the criterion and the exception that are told."""
    missing: tuple[int, ...]
    """By event how much is told to be missing."""
    silent: tuple[bool, ...]
    """Which events may be taken to go on by other verdicts, which nobody said."""
    observed: ToldStatus
    """The patient's status, were there no event that decides it."""
    named: bool
    """Whether what stands names its protocol version in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptColumns:
    """What is told of a patient's columns beside their bytes."""

    zone: str
    terms: tuple[str | None, ...]
    assumed: tuple[bool, ...]
    computed: bool
    infused: str | None
    last_datum: int
    verdicts: KeptVerdicts


_TOLD: Final = TypeAdapter(KeptColumns)


def keep_columns(
    connection: Connection,
    made: StoredAdjudication,
    answer: OneAnswer,
    evaluated: Evaluated | None,
) -> None:
    """Keep what an adjudication was evaluated from, if anything was."""
    if evaluated is None:
        return
    judged = evaluated.columns
    named = name_of(made.protocol, made.protocol_version)
    told = KeptColumns(
        zone=judged.packed.zone.name,
        terms=judged.terms,
        assumed=evaluated.assumed,
        computed=judged.computed,
        infused=evaluated.infused,
        last_datum=evaluated.last_datum,
        verdicts=KeptVerdicts(
            by=tuple((each.criterion, each.exception) for each in answer.events),
            missing=tuple(len(each.missing) for each in answer.events),
            silent=evaluated.silent,
            observed=ToldStatus(
                status=judged.observed.status,
                until=judged.observed.until,
                reason=judged.observed.text,
            ),
            named=named in made.summary,
        ),
    )
    row = StoredColumns(
        study=made.study,
        subject=made.subject,
        adjudication=made.id,
        told=_TOLD.dump_json(told).decode(),
        columns=judged.packed.data,
    )
    put_columns(connection, row)


def kept_columns(
    connection: Connection, study: str, subjects: Sequence[str]
) -> dict[str, tuple[KeptColumns, Packed]]:
    """The columns of those patients whose current adjudication has some that can be read."""
    found = {}
    for subject, row in columns_of(connection, study, subjects).items():
        told = _told(row)
        if told is None:
            _LOG.warning("The columns of a patient cannot be read; the record is.")
        else:
            found[subject] = told, Packed(data=row.columns, zone=zone_of(told.zone))
    return found


def _told(row: StoredColumns) -> KeptColumns | None:
    """What is told of a row's columns; None where they are not of so many events."""
    try:
        told, events = _TOLD.validate_json(row.told), events_in(row.columns)
    except (ValidationError, BadColumns):
        return None
    verdicts = told.verdicts
    by_event = told.terms, told.assumed, verdicts.by, verdicts.missing, verdicts.silent
    return told if all(len(each) == events for each in by_event) else None
