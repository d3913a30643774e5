"""Other rules, held against the columns that verdicts were given by."""

import logging
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.domain.adjudication.by_columns import ByColumns, ToldVerdict
from app.domain.adjudication.decided_by import Clauses
from app.domain.adjudication.protocol import Rules
from app.domain.diff.agreement import carried_over
from app.domain.diff.told import ChangedClause, changed_clauses, clauses_of_columns
from app.domain.diff.undetermined import Missing, missing_compared
from app.domain.dlt.columns import UNKNOWN, Columns, Index, rows_where
from app.domain.dlt.judge import Verdict, Verdicts, judge
from app.domain.dlt.packed import BadColumns, Packed, together
from app.use_cases.kept_columns import KeptColumns
from app.use_cases.versions import Compared

_BY_NONE: Final[Clauses] = (None, None)
_LOG = logging.getLogger("uvicorn.error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A patient with events that the rules may say otherwise of."""

    subject: str
    told: KeptColumns
    packed: Packed
    places: Sequence[int]
    """Of these events among the patient's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """An event of which the new version surely tells something else than the old one.

    `instant` is when it becomes a DLT by the new version, where that is told.
    """

    old: ToldVerdict
    new: ToldVerdict
    instant: int | None
    clauses: tuple[ChangedClause, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """By patient, the places of the events of which the new version tells what the old one told,
    for the same reason, or with the same data missing; and those of which it tells otherwise.
    """

    same: Mapping[str, Set[int]] = field(default_factory=dict)
    otherwise: Mapping[str, Mapping[int, Otherwise]] = field(default_factory=dict)


def held_against(patients: Sequence[Held], pair: Compared, *, telling: bool) -> Against:
    """What the new version tells of events. What is otherwise is told of where `telling`."""
    agreed, old, new = pair.agreed, pair.old.rules, pair.new.rules
    if agreed is None or agreed.facts is None or old is None or new is None:
        return Against()
    try:
        columns, verdicts = together([each.packed for each in patients])
    except BadColumns as error:
        _LOG.warning("Columns that were kept cannot be used, the record is: %s.", error)
        return Against()
    rows = _rows(patients, columns)
    terms = [each.told.terms[place] or "" for each in patients for place in each.places]
    stands = [(each.told.verdicts, place) for each in patients for place in each.places]
    was = columns.take(rows)
    asked = _Asked(
        was=was,
        now=carried_over(was, terms, old.program, new.program, agreed.facts),
        old=old,
        new=new,
        terms=terms,
        before=verdicts.take(rows),
        missing=[told.missing.get(place, 0) for told, place in stands],
        silent=[place in told.silent for told, place in stands],
        by=[told.by.get(place, _BY_NONE) for told, place in stands],
        altered=agreed.clauses,
    )
    alike, otherwise = asked.compared(telling=telling)
    places = [(each.subject, place) for each in patients for place in each.places]
    same: dict[str, set[int]] = {each.subject: set() for each in patients}
    others: dict[str, dict[int, Otherwise]] = {each.subject: {} for each in patients}
    for (subject, place), is_alike in zip(places, alike.tolist(), strict=True):
        if is_alike:
            same[subject].add(place)
    for row, told in otherwise.items():
        subject, place = places[row]
        others[subject][place] = told
    return Against(same=same, otherwise=others)


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """Events as two versions read them, with the verdicts that the old one gave."""

    was: Columns
    now: Columns
    old: Rules
    new: Rules
    terms: Sequence[str]
    before: Verdicts
    missing: Sequence[int]
    """How much is told to be missing."""
    silent: Sequence[bool]
    """Which may be taken to go on, which nobody said."""
    by: Sequence[Clauses]
    """By which clauses the verdicts are told to stand."""
    altered: Set[str]

    @cached_property
    def again(self) -> Verdicts:
        """The verdicts that the new version gives."""
        return judge(self.now, self.new.program)

    def compared(self, *, telling: bool) -> tuple[NDArray[np.bool_], Mapping[int, Otherwise]]:
        """Of which events the new version tells the same, and what surely is otherwise, by row.

        Those that stand by altered clauses have to stand by them still, and, as undetermined
        ones, by the same readings. That is not asked of unknown grades, which an explanation reads
        as one that they may be.
        """
        before, again = self.before, self.again
        alike = (again.verdict == before.verdict) & (again.at == before.at)
        changed = ~alike & self._known_grades
        alike &= again.referred == before.referred
        undetermined = before.verdict == int(Verdict.UNDETERMINED)
        rows = rows_where(alike & undetermined & self._known_grades)
        if len(rows):
            missing = self._missing(rows)
            alike[rows], changed[rows] = missing.alike, missing.otherwise
        alike &= self._known_grades | ~(undetermined | self._stand_by_altered)
        asked = rows_where(alike & (undetermined | self._stand_by_altered))
        others = rows_where(changed) if telling else rows_where(np.zeros_like(changed))
        traced = np.concatenate((asked, others))
        if not len(traced):
            return alike, {}
        terms = [self.terms[row] for row in traced.tolist()]
        stood = ByColumns(self.was.take(traced), self.old, before.take(traced), terms)
        stands = ByColumns(self.now.take(traced), self.new, again.take(traced), terms)
        for place, row in enumerate(asked.tolist()):
            alike[row] = stood.stands_by(place) == stands.stands_by(place)
        found = (
            (row, self._otherwise(row, stood, stands, place))
            for place, row in enumerate(others.tolist(), len(asked))
        )
        return alike, {row: told for row, told in found if told is not None}

    @cached_property
    def _known_grades(self) -> NDArray[np.bool_]:
        known = np.ones(len(self.was), dtype=np.bool_)
        known[self.was.event_of_change[self.was.courses.grade == UNKNOWN]] = False
        return known

    @cached_property
    def _stand_by_altered(self) -> NDArray[np.bool_]:
        return np.array([not self.altered.isdisjoint(each) for each in self.by], dtype=np.bool_)

    def _missing(self, rows: Index) -> Missing:
        was, now = self.was.take(rows), self.now.take(rows)
        told = [self.missing[row] for row in rows.tolist()]
        silent = [self.silent[row] for row in rows.tolist()]
        return missing_compared(was, self.old.program, now, self.new.program, told, silent)

    def _otherwise(
        self, row: int, stood: ByColumns, stands: ByColumns, place: int
    ) -> Otherwise | None:
        """What is told of an event; None where that may be what stands."""
        old, new = stood.told(place), stands.told(place)
        at = int(self.again.at[row])
        if old == new and at != int(self.before.at[row]):
            return None
        was, now = (clauses_of_columns(by.event(place), by.shown(place)) for by in (stood, stands))
        return Otherwise(
            old=old,
            new=new,
            instant=None if new.becomes_dlt_at is None else at,
            clauses=tuple(changed_clauses(was, now)),
        )


def _rows(patients: Sequence[Held], columns: Columns) -> Index:
    """The rows of the events that are asked for."""
    first = np.searchsorted(columns.subject, np.arange(len(patients)))
    return np.array(
        [int(begin) + place for begin, each in zip(first, patients, strict=True)
         for place in each.places],
        dtype=np.int64,
    )  # fmt: skip
