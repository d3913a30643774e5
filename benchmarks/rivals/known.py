"""Events of which everything is known: columns for the engine, dictionaries for its rivals.

The rivals know true and false only, so they are compared on such events: exact times, no unknown
grade, baseline or fact, and a course that is known to go on, has recovered, or ended in death.
"""

from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from app.domain.course import Tail
from app.domain.dlt.columns import Columns
from app.domain.dlt.program import Program


class KnownEvent(TypedDict):
    """One event as a plain dictionary. Instants are microseconds, days those of the site."""

    groups: frozenset[str]
    changes: list[tuple[int, int, int]]
    """(instant, day, grade), in order."""
    baseline: int
    related: bool
    laboratory: bool
    clinically_significant: bool | None
    interventions: frozenset[str]
    other_crs_symptoms: bool
    under_syndrome: bool
    infusions: list[tuple[int, int]]
    """(instant, day), in order."""
    cut: int
    cut_day: int


def known_rows(columns: Columns, program: Program) -> NDArray[np.int64]:
    """The events of which everything that the rules ask for is known."""
    courses = columns.courses
    of_change = columns.event_of_change
    unsure = (
        (courses.first != courses.last)
        | (courses.grade < 0)
        | (courses.held_through != courses.first - 1)
    )
    whole = np.diff(columns.offsets) > 0
    whole[of_change[unsure]] = False
    whole &= np.isin(columns.tail, (Tail.GOES_ON, Tail.FATAL)) & (columns.baseline >= 0)
    whole &= _infusions_exact(columns)
    facts = {fact.kind: columns.facts[row] for row, fact in enumerate(program.facts)}
    asked = program.asked[columns.signature].T
    unknown = (columns.facts == 0) & asked
    beside_the_point = facts["laboratory"] == -1
    for row, fact in enumerate(program.facts):
        if fact.kind == "clinically_significant":
            unknown[row] &= ~beside_the_point
    return np.flatnonzero(whole & ~unknown.any(axis=0))


def _infusions_exact(columns: Columns) -> NDArray[np.bool_]:
    exposures = columns.exposures
    partly = exposures.first != exposures.last
    unsure = np.add.reduceat(partly.astype(np.int64), exposures.offsets[:-1]) > 0
    exact: NDArray[np.bool_] = ~unsure[columns.subject]
    return exact


def as_dictionaries(columns: Columns, program: Program) -> list[KnownEvent]:
    """Fully known events, one dictionary each."""
    facts = {fact.kind: columns.facts[row] > 0 for row, fact in enumerate(program.facts)}
    cut_day = int(columns.day_of(np.array([0]), columns.cut[:1])[0])
    return [
        KnownEvent(
            groups=_groups(program, int(columns.signature[row])),
            changes=_changes(columns, row),
            baseline=int(columns.baseline[row]),
            related=bool(facts["related"][row]),
            laboratory=bool(facts["laboratory"][row]),
            clinically_significant=bool(facts["clinically_significant"][row]),
            interventions=frozenset({"vasopressor"} if facts["intervention"][row] else ()),
            other_crs_symptoms=bool(facts["other_crs_symptoms"][row]),
            under_syndrome=bool(facts["under_syndrome"][row]),
            infusions=_infusions(columns, int(columns.subject[row])),
            cut=int(columns.cut[row]),
            cut_day=cut_day,
        )
        for row in range(len(columns))
    ]


def _groups(program: Program, signature: int) -> frozenset[str]:
    told = (word.partition(":") for word in program.signatures[signature])
    return frozenset(name for kind, _, name in told if kind == "group")


def _changes(columns: Columns, row: int) -> list[tuple[int, int, int]]:
    here = slice(int(columns.offsets[row]), int(columns.offsets[row + 1]))
    courses = columns.courses
    return list(
        zip(
            courses.first[here].tolist(),
            courses.first_day[here].tolist(),
            courses.grade[here].tolist(),
            strict=True,
        )
    )


def _infusions(columns: Columns, subject: int) -> list[tuple[int, int]]:
    exposures = columns.exposures
    here = slice(int(exposures.offsets[subject]), int(exposures.offsets[subject + 1]))
    return list(
        zip(exposures.first[here].tolist(), exposures.first_day[here].tolist(), strict=True)
    )
