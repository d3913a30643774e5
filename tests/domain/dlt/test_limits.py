"""Every limit of IC19 from both sides, built from the shipped document itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from app.domain.dlt.rule import (
    AllOf,
    AnyOf,
    Condition,
    Criterion,
    HasIntervention,
    InGroup,
    Lasts,
    OtherCrsSymptoms,
    Recovers,
)
from app.domain.time import Limit
from tests.builders import event, ic19, ic19_protocol

SHANGHAI = timezone(timedelta(hours=8))
START = datetime(2026, 3, 5, 8, 0, tzinfo=SHANGHAI)
INFUSED = datetime(2026, 3, 1, 10, 0, tzinfo=SHANGHAI)
LATER = "2026-06-30"
OTHER_TERM = "Nausea"

RULES = ic19_protocol().rules
assert RULES is not None
DECIDED = RULES.decided


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A limit of one clause: the term that it concerns, and the course that probes it."""

    clause: str
    term: str
    grade: int
    limit: Limit
    between: tuple[int, ...] = ()
    """Grades passed, a day after one another, before the fall that the limit waits for."""
    facts: dict[str, Any] = field(default_factory=dict, hash=False)

    def course(self, end: datetime) -> list[tuple[int | None, str | None]]:
        """Grade, then lower ones, then none from `end` on."""
        steps = [(self.grade, START)]
        steps += [(g, START + timedelta(days=n + 1)) for n, g in enumerate(self.between)]
        return [(grade, _text(at)) for grade, at in [*steps, (0, end)]]

    @property
    def last_inside(self) -> datetime:
        """The last minute at which the fall keeps the limit."""
        if self.limit.days is None:
            return START + timedelta(microseconds=self.limit.microseconds)
        return START.replace(hour=23, minute=59) + timedelta(days=self.limit.days)

    @property
    def established(self) -> datetime:
        """When the limit has run out."""
        days = self.limit.days
        return self.last_inside if days is None else self.last_inside + timedelta(minutes=1)


def _text(at: datetime) -> str:
    return at.isoformat()


def _leaves(condition: Condition | None) -> Iterator[Condition]:
    """The parts of a condition; of alternatives, the first."""
    match condition:
        case None:
            return
        case AllOf():
            for part in condition.all:
                yield from _leaves(part)
        case AnyOf():
            yield from _leaves(condition.any[0])
        case _:
            yield condition


def _scope(condition: Condition | None) -> tuple[str, dict[str, Any]]:
    """A term that a condition concerns, and the facts that it asks for."""
    term, facts = OTHER_TERM, dict[str, Any]()
    for leaf in _leaves(condition):
        match leaf:
            case InGroup():
                term = DECIDED.groups[leaf.group][0]
            case HasIntervention():
                facts["interventions"] = [leaf.intervention]
            case OtherCrsSymptoms():
                facts["other_crs_symptoms"] = ["fever"] if leaf.other_crs_symptoms else []
            case _:
                pass
    return term, facts


def _edges() -> Iterator[Edge]:
    for criterion in DECIDED.rules.criteria:
        if criterion.longer_than is not None:
            term, facts = _scope(criterion.when)
            yield Edge(
                clause=criterion.id,
                term=term,
                grade=criterion.grade,
                limit=criterion.longer_than,
                facts=facts,
            )
    for clause in DECIDED.rules.exceptions:
        term, facts = _scope(clause.when)
        for leaf in _leaves(clause.limit):
            if isinstance(leaf, Lasts) and leaf.lasts.no_longer_than:
                yield Edge(
                    clause=clause.id,
                    term=term,
                    grade=leaf.lasts.grade,
                    limit=leaf.lasts.no_longer_than,
                    facts=facts,
                )
            if isinstance(leaf, Recovers):
                yield Edge(
                    clause=clause.id,
                    term=term,
                    grade=3,
                    between=(2,),
                    limit=leaf.recovers.within,
                    facts=facts,
                )


EDGES = list(_edges())


def test_every_clause_with_a_limit_has_an_edge() -> None:
    timed = {c.id for c in DECIDED.rules.criteria if c.longer_than}
    timed |= {e.id for e in DECIDED.rules.exceptions if e.limit}
    assert {edge.clause for edge in EDGES} == timed


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: f"{edge.clause}-{edge.limit.text}")
def test_a_fall_within_the_limit_is_no_dlt(edge: Edge) -> None:
    fallen = event(edge.term, *edge.course(edge.last_inside), **_told(edge))
    assert ic19(fallen, as_of=LATER).verdict == "NOT_DLT"


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: f"{edge.clause}-{edge.limit.text}")
def test_a_fall_a_minute_later_is_a_dlt_from_the_limit_on(edge: Edge) -> None:
    end = edge.last_inside + timedelta(minutes=1)
    answer = ic19(event(edge.term, *edge.course(end), **_told(edge)), as_of=LATER)
    assert answer.verdict == "DLT"
    assert answer.established_at == _text(edge.established)


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: f"{edge.clause}-{edge.limit.text}")
def test_while_the_limit_runs_an_open_event_is_pending_until_it_has_run_out(edge: Edge) -> None:
    course = edge.course(START)[:-1]
    going_on = event(edge.term, *course, **_told(edge), ongoing=True)
    before = ic19(going_on, as_of=_text(edge.established - timedelta(minutes=1)))
    assert (before.verdict, before.becomes_dlt_at) == ("PENDING", _text(edge.established))
    assert ic19(going_on, as_of=_text(edge.established)).verdict == "DLT"


def _told(edge: Edge) -> dict[str, Any]:
    return {"clinically_significant": True, "laboratory": False, **edge.facts}


def _immediate() -> Criterion:
    return next(c for c in DECIDED.rules.criteria if c.longer_than is None)


def _grave(at: datetime) -> Any:
    return event(OTHER_TERM, (_immediate().grade, _text(at)), (0, _text(at + timedelta(hours=1))))


def _last_day() -> datetime:
    days = DECIDED.rules.window.through.days
    assert days is not None
    last = INFUSED + timedelta(days=days - DECIDED.rules.window.first_day)
    return last.replace(hour=23, minute=59)


@pytest.mark.parametrize(
    ("onset", "verdict"),
    [
        (INFUSED - timedelta(minutes=1), "NOT_DLT"),
        (INFUSED, "DLT"),
        (_last_day(), "DLT"),
        (_last_day() + timedelta(minutes=1), "NOT_DLT"),
    ],
    ids=["before-infusion", "at-infusion", "last-minute-of-window", "day-after-window"],
)
def test_the_window_includes_its_first_instant_and_its_last_day(
    onset: datetime, verdict: str
) -> None:
    assert ic19(_grave(onset), as_of=LATER).verdict == verdict
