"""Columns that are kept beside what stands, so that an amendment is tried without the record.

They hold what the evaluator read of a patient when the verdicts that stand were given, and what it
told. Whoever judges again may hold other rules against them where the patient rests on the same
records still (`resting`).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection

from app.domain.adjudication.decided_by import Clauses
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
    """What stands of a patient's events, as far as another version is compared with it. Events are
    named by their places.
    """

    by: Mapping[int, Clauses]
    """The criterion and the exception that are told of some."""
    missing: Mapping[int, int]
    """Of how many data some are told to lack."""
    assumed: frozenset[int]
    """Those that were taken to go on at the cut, which nobody said."""
    silent: frozenset[int]
    """Those that may be taken so by other verdicts."""
    observed: ToldStatus
    """The patient's status, were there no event that decides it."""
    named: bool
    """Whether what stands names its protocol version in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptColumns:
    """What is told of a patient's columns beside their bytes."""

    zone: str
    terms: tuple[str | None, ...]
    computed: bool
    infused: str | None
    last_datum: int
    verdicts: KeptVerdicts


TOLD: Final = TypeAdapter(KeptColumns)


def keep_columns(
    connection: Connection,
    made: StoredAdjudication,
    answer: OneAnswer,
    evaluated: Evaluated | None,
) -> None:
    """Keep what an adjudication was evaluated from, if anything was."""
    if evaluated is None:
        return
    named = name_of(made.protocol, made.protocol_version) in made.summary
    told = told_of(answer, evaluated, named=named)
    row = StoredColumns(
        study=made.study,
        subject=made.subject,
        adjudication=made.id,
        told=TOLD.dump_json(told).decode(),
        columns=evaluated.columns.packed.data,
    )
    put_columns(connection, row)


def told_of(answer: OneAnswer, evaluated: Evaluated, *, named: bool) -> KeptColumns:
    """What is told beside the columns of an answer; `named` is whether it names its version."""
    judged, events = evaluated.columns, list(enumerate(answer.events))
    observed = judged.observed
    return KeptColumns(
        zone=judged.packed.zone.name,
        terms=judged.terms,
        computed=judged.computed,
        infused=evaluated.infused,
        last_datum=evaluated.last_datum,
        verdicts=KeptVerdicts(
            by={
                place: (each.criterion, each.exception)
                for place, each in events
                if each.criterion or each.exception
            },
            missing={place: len(each.missing) for place, each in events if each.missing},
            assumed=evaluated.assumed,
            silent=evaluated.silent,
            observed=ToldStatus(
                status=observed.status, until=observed.until, reason=observed.text
            ),
            named=named,
        ),
    )


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
        told, events = TOLD.validate_json(row.told), events_in(row.columns)
    except (ValidationError, BadColumns):
        return None
    return told if len(told.terms) == events else None
