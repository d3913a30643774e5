"""Other rules, held against the columns that verdicts were given by."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.adjudication.by_columns import stand_by
from app.domain.adjudication.decided_by import Clauses
from app.domain.adjudication.protocol import Rules
from app.domain.diff.agreement import carried_over
from app.domain.diff.undetermined import missing_alike
from app.domain.dlt.columns import UNKNOWN, Columns, Index, rows_where
from app.domain.dlt.judge import Verdict, Verdicts, judge
from app.domain.dlt.packed import BadColumns, Packed, together
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
    asked = _Asked(was=was, now=now, old=old, new=new, terms=terms, before=verdicts.take(rows))
    by = [each for patient in patients for each in _standing_by(patient)]
    altered = np.array([not agreed.clauses.isdisjoint(each or ()) for each in by], dtype=np.bool_)
    alike = asked.told_alike(altered) & np.array([each is not None for each in by], dtype=np.bool_)
    same = iter(alike.tolist())
    return {
        each.before.subject: {place for place in each.events if next(same)} for each in patients
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Events as two versions read them, with the verdicts that the old one gave."""

    was: Columns
    now: Columns
    old: Rules
    new: Rules
    terms: Sequence[str]
    before: Verdicts

    def told_alike(self, altered: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Of which the new version tells the same. Those that stand by `altered` clauses have to
        stand by them still, and, as undetermined ones, by the same readings.
        """
        again = judge(self.now, self.new.program)
        alike = _same(self.before, again)
        undetermined = self.before.verdict == int(Verdict.UNDETERMINED)
        rows = rows_where(alike & undetermined)
        if len(rows):
            alike[rows] = self._missing_alike(rows)
        rows = rows_where(alike & (undetermined | altered))
        if len(rows):
            alike[rows] = self._stand_alike(rows, again)
        return alike

    def _missing_alike(self, rows: Index) -> NDArray[np.bool_]:
        was, now = self.was.take(rows), self.now.take(rows)
        return missing_alike(was, self.old.program, now, self.new.program)

    def _stand_alike(self, rows: Index, again: Verdicts) -> NDArray[np.bool_]:
        """Not asked of unknown grades, which an explanation reads as one that they may be."""
        alike = ~np.isin(rows, self.was.event_of_change[self.was.courses.grade == UNKNOWN])
        some = rows[alike]
        terms = [self.terms[row] for row in some.tolist()]
        stood = stand_by(self.was.take(some), self.old, self.before.take(some), terms)
        stands = stand_by(self.now.take(some), self.new, again.take(some), terms)
        alike[alike] = [one == other for one, other in zip(stood, stands, strict=True)]
        return alike


def _rows(patients: Sequence[Held], columns: Columns) -> Index:
    """The rows of the events that are asked for."""
    first = np.searchsorted(columns.subject, np.arange(len(patients)))
    return np.array(
        [int(begin) + place for begin, each in zip(first, patients, strict=True)
         for place in each.events],
        dtype=np.int64,
    )  # fmt: skip


def _same(before: Verdicts, again: Verdicts) -> NDArray[np.bool_]:
    """Which events have the verdict that they had, at the same instant."""
    same: NDArray[np.bool_] = (
        (again.verdict == before.verdict)
        & (again.at == before.at)
        & (again.referred == before.referred)
    )
    return same


def _standing_by(held: Held) -> Sequence[Clauses | None]:
    """The clauses by which the verdicts of the patient's events that are asked for stand; None
    where what stands is not of these events.
    """
    events = json.loads(held.before.summary)["events"]
    if len(events) != len(held.terms):
        return [None] * len(held.events)
    return [(events[place]["criterion"], events[place]["exception"]) for place in held.events]
