"""Other rules, held against the columns that verdicts were given by."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.adjudication.decided_by import Clauses, clauses_of
from app.domain.diff.agreement import carried_over
from app.domain.diff.undetermined import missing_alike
from app.domain.dlt.columns import UNKNOWN, Columns, Index, rows_where
from app.domain.dlt.judge import Verdict, Verdicts, judge
from app.domain.dlt.packed import BadColumns, Packed, together
from app.domain.dlt.program import Program
from app.store.readjudications import Standing
from app.use_cases.versions import Compared

_LOG = logging.getLogger("uvicorn.error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A patient with events that the rules may say otherwise of."""

    before: Standing
    packed: Packed
    terms: Sequence[str | None]
    events: Sequence[int]
    """Their places among the patient's events."""


def told_the_same(patients: Sequence[Held], pair: Compared) -> dict[str, set[int]]:
    """By patient, the events of which the new version tells what the old one told, for the same
    reason, or with the same data missing.
    """
    agreed, old, new = pair.agreed, pair.old.rules, pair.new.rules
    if agreed is None or agreed.facts is None or old is None or new is None:
        return {}
    try:
        columns, verdicts = together([each.packed for each in patients])
    except BadColumns as error:
        _LOG.warning("Columns that were kept cannot be used, the record is: %s.", error)
        return {}
    rows = _rows(patients, columns)
    terms = [each.terms[place] or "" for each in patients for place in each.events]
    was = columns.take(rows)
    now = carried_over(was, terms, old.program, new.program, agreed.facts)
    again = judge(now, new.program)
    alike = _same(verdicts, rows, again)
    undetermined = again.verdict == int(Verdict.UNDETERMINED)
    asked = rows_where(alike & undetermined)
    if len(asked):
        alike[asked] = missing_alike(was.take(asked), old.program, now.take(asked), new.program)
    by = [each for patient in patients for each in _standing_by(patient)]
    altered = np.array([not agreed.clauses.isdisjoint(each or ()) for each in by], dtype=np.bool_)
    alike &= np.array([each is not None for each in by], dtype=np.bool_)
    asked = rows_where(alike & altered)
    if len(asked):
        alike[asked] = _by_the_same(now, new.program, again, asked, by)
    same = iter(alike.tolist())
    return {
        each.before.subject: {place for place in each.events if next(same)} for each in patients
    }


def _rows(patients: Sequence[Held], columns: Columns) -> Index:
    """The rows of the events that are asked for."""
    first = np.searchsorted(columns.subject, np.arange(len(patients)))
    return np.array(
        [int(begin) + place for begin, each in zip(first, patients, strict=True)
         for place in each.events],
        dtype=np.int64,
    )  # fmt: skip


def _same(before: Verdicts, rows: Index, again: Verdicts) -> NDArray[np.bool_]:
    """Which events have the verdict that they had, at the same instant."""
    same: NDArray[np.bool_] = (
        (again.verdict == before.verdict[rows])
        & (again.at == before.at[rows])
        & (again.referred == before.referred[rows])
    )
    return same


def _by_the_same(
    columns: Columns,
    program: Program,
    verdicts: Verdicts,
    rows: Index,
    by: Sequence[Clauses | None],
) -> list[bool]:
    """Which of these verdicts stand by the clauses by which they stood.

    An explanation reads those of an unknown grade off one that it may be: of these it is not
    looked for.
    """
    known = ~np.isin(rows, columns.event_of_change[columns.courses.grade == UNKNOWN])
    asked = rows[known]
    told = iter(clauses_of(columns.take(asked), program, verdicts.take(asked)))
    return [
        bool(is_known) and next(told) == by[row]
        for row, is_known in zip(rows.tolist(), known, strict=True)
    ]


def _standing_by(held: Held) -> Sequence[Clauses | None]:
    """The clauses by which the verdicts of the patient's events that are asked for stand; None
    where what stands is not of these events.
    """
    events = json.loads(held.before.summary)["events"]
    if len(events) != len(held.terms):
        return [None] * len(held.events)
    return [(events[place]["criterion"], events[place]["exception"]) for place in held.events]
