"""What undetermined events come to where their discrete unknowns are fixed, without any words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.domain.dlt.columns import UNKNOWN, Columns
from app.domain.dlt.completions import Completions, complete
from app.domain.dlt.facts import ANSWERS
from app.domain.dlt.facts import UNKNOWN as UNKNOWN_FACT
from app.domain.dlt.judge import Verdict, evaluated, verdict_of
from app.domain.dlt.program import Program
from app.domain.dlt.running import Bounds
from app.domain.time import NEVER

Key = tuple[int, ...]
"""What the discrete unknowns of a completion are: (signature, baseline, *facts, *grades)."""
Span = tuple[int, int]
Outcomes = Mapping[Key, Span]
FACTS_FROM: Final = 2
"""Where in a key the facts begin."""
_MOST_OPEN_ROWS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The completions of some events, evaluated."""

    outcomes: tuple[Outcomes, ...]
    """By event, the bounds over all completions with the same values of the discrete unknowns."""
    verdicts: tuple[Mapping[Key, Verdict], ...]
    open: Completions
    """Of each event the first few completions that are undetermined although nothing discrete is
    unknown of them.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A discrete unknown of an event: where it stands in a key, and what may be the answer."""

    places: tuple[int, ...]
    answers: Mapping[tuple[int, ...], str]

    def matters(self, verdicts: Mapping[Key, Verdict]) -> bool:
        """Whether two completions that differ in this unknown alone have different verdicts."""
        seen: dict[Key, Verdict] = {}
        for key, verdict in verdicts.items():
            rest = key
            for place in sorted(self.places, reverse=True):
                rest = rest[:place] + rest[place + 1 :]
            if seen.setdefault(rest, verdict) is not verdict:
                return True
        return False

    def settles(self, outcomes: Outcomes, cut: int) -> dict[str, str]:
        """The verdict that each answer would leave, whatever the other unknowns are."""
        merged: dict[str, Span] = {}
        for key, (early, late) in outcomes.items():
            answer = self.answers[tuple(key[place] for place in self.places)]
            least, most = merged.get(answer, (NEVER, -NEVER))
            merged[answer] = (min(least, early), max(most, late))
        return {
            answer: verdict_of(early, late, cut).name for answer, (early, late) in merged.items()
        }


def unknown_grade_at(place: int) -> Unknown:
    """A grade that is not known, at a place of a key."""
    return Unknown(places=(place,), answers={(grade,): str(grade) for grade in range(6)})


def unknown_fact(number: int, program: Program) -> Unknown:
    """A fact that nobody told."""
    yes, no = ANSWERS[program.facts[number].kind]
    return Unknown(places=(FACTS_FROM + number,), answers={(1,): yes, (-1,): no})


UNKNOWN_BASELINE: Final = unknown_grade_at(1)


def completed(columns: Columns, program: Program) -> Completed:
    """The completions of events each of which has few enough (`enumerable`)."""
    whole = complete(columns, program, every=True)
    rows, bounds, _ = evaluated(whole, program)
    outcomes = _by_key(rows, bounds, len(columns))
    verdicts = tuple(
        {key: verdict_of(*span, cut) for key, span in told.items()}
        for told, cut in zip(outcomes, columns.cut.tolist(), strict=True)
    )
    found: list[list[int]] = [[] for _ in verdicts]
    keys = zip(whole.origin.tolist(), _keys(whole.columns), strict=True)
    for row, (event, key) in enumerate(keys):
        is_open = verdicts[event][key] is Verdict.UNDETERMINED
        if is_open and len(found[event]) < _MOST_OPEN_ROWS:
            found[event].append(row)
    open_rows = [row for rows in found for row in rows]
    some = whole.take(np.array(open_rows, dtype=np.int64))
    return Completed(outcomes=outcomes, verdicts=verdicts, open=some)


def asked_facts(columns: Columns, row: int, program: Program) -> Iterator[int]:
    """Unknown facts that the rules ask for of an event.

    Of a term that is not known, those asked of every term.
    """
    signature = int(columns.signature[row])
    asked = program.asked.all(axis=0) if signature == UNKNOWN else program.asked[signature]
    for number in np.flatnonzero(asked & (columns.facts[:, row] == UNKNOWN_FACT)).tolist():
        idle = signature != UNKNOWN and any(
            bool(where[signature]) and int(columns.facts[other, row]) == value
            for other, value, where in program.settles.get(number, ())
        )
        if not idle:
            yield number


def _by_key(rows: Completions, bounds: Bounds, events: int) -> tuple[dict[Key, Span], ...]:
    found: tuple[dict[Key, Span], ...] = tuple({} for _ in range(events))
    told = zip(
        rows.origin.tolist(),
        _keys(rows.columns),
        bounds.early.tolist(),
        bounds.late.tolist(),
        strict=True,
    )
    for event, key, early, late in told:
        least, most = found[event].get(key, (NEVER, -NEVER))
        found[event][key] = (min(least, early), max(most, late))
    return found


def _keys(columns: Columns) -> list[Key]:
    told = np.column_stack((columns.signature, columns.baseline, columns.facts.T)).tolist()
    grades, offsets = columns.courses.grade.tolist(), columns.offsets.tolist()
    return [
        (*known, *grades[start:stop])
        for known, start, stop in zip(told, offsets, offsets[1:], strict=False)
    ]
