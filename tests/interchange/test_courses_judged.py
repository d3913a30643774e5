"""What the engine makes of courses: the habit of collecting decides what is left to ask.

IC19: a grade 3 that does not improve to grade 2 or less within 7 days is a DLT.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.adjudication.result import EventAdjudication
from app.domain.case import Event
from app.domain.source_system import SourceSystem
from app.interchange.made import HeldRow
from tests.builders import event as told_event
from tests.builders import ic19_patient, subject
from tests.interchange.event_rows import FINDINGS, PER_GRADE, WORST, ae, event, fa

AGENTS = {"AEREL": "IC19"}
WORST_OF_IC19 = replace(WORST, causality_agents=AGENTS)
GRADES_OF_IC19 = replace(PER_GRADE, causality_agents=AGENTS, episode_end="event")


def judged(rows: list[HeldRow], system: SourceSystem) -> EventAdjudication:
    told = event(rows, system)
    values = {name: getattr(told, name) for name in told.__slots__}
    return ic19_patient(subject(Event(**values, id="AE-1"))).events[0]


def lung(key: str, start: str, end: str, grade: int, **more: Any) -> HeldRow:
    cells = {"AETERM": "Lung infection", "AEREL": "POSSIBLE", **more}
    return ae(key, start, end, grade, **cells)


@pytest.mark.parametrize(
    ("end", "verdict"), [("2026-03-12", "NOT_DLT"), ("2026-03-13", "UNDETERMINED")]
)
def test_of_a_worst_grade_the_whole_event_bounds_how_long_it_was(end: str, verdict: str) -> None:
    """It may have been at grade 3 for all of its days, or for one."""
    answer = judged([lung("E1", "2026-03-05", end, 3)], WORST_OF_IC19)
    assert answer.verdict == verdict


def test_of_a_worst_grade_recovery_is_unknown_and_not_zero() -> None:
    answer = judged([lung("E1", "2026-03-05", "2026-04-05", 3)], WORST_OF_IC19)
    assert answer.verdict == "UNDETERMINED"


def test_a_worst_grade_of_2_is_no_dlt_whatever_was_in_between() -> None:
    answer = judged([lung("E1", "2026-03-05", "2026-04-05", 2)], WORST_OF_IC19)
    assert answer.verdict == "NOT_DLT"


def test_a_worst_grade_of_4_is_one_at_once() -> None:
    answer = judged([lung("E1", "2026-03-05", "2026-03-06", 4)], WORST_OF_IC19)
    assert answer.verdict == "DLT"


@pytest.mark.parametrize(("falls", "verdict"), [("2026-03-12", "NOT_DLT"), ("2026-03-13", "DLT")])
def test_a_row_per_grade_says_when_it_fell(falls: str, verdict: str) -> None:
    rows = [
        lung("a", "2026-03-05", falls, 3, AEGRPID="G"),
        lung("b", falls, "2026-04-05", 1, AEGRPID="G"),
    ]
    assert judged(rows, GRADES_OF_IC19).verdict == verdict


@pytest.mark.parametrize(("falls", "verdict"), [("2026-03-12", "NOT_DLT"), ("2026-03-13", "DLT")])
def test_findings_say_when_it_fell(falls: str, verdict: str) -> None:
    system = replace(FINDINGS, causality_agents=AGENTS)
    rows = [
        lung("a", "2026-03-05", "2026-04-05", 3),
        fa("f1", 3, "2026-03-05", FAOBJ="Lung infection"),
        fa("f2", 1, falls, FAOBJ="Lung infection"),
    ]
    assert judged(rows, system).verdict == verdict


def test_a_word_without_a_meaning_decides_nothing() -> None:
    answer = judged([lung("E1", "2026-03-05", "2026-03-06", 4, AEREL="REMOTE")], WORST_OF_IC19)
    assert answer.verdict == "UNDETERMINED"
    assert [each.field for each in answer.missing] == ["causality"]


def test_a_severity_decides_nothing() -> None:
    row = ae("E1", "2026-03-05", "2026-03-06", AETERM="Lung infection", AEREL="POSSIBLE",
             AESEV="SEVERE")  # fmt: skip
    answer = judged([row], WORST_OF_IC19)
    assert answer.verdict == "UNDETERMINED"
    assert [each.field for each in answer.missing] == ["grade"]


def test_a_term_that_was_not_sent_may_be_any() -> None:
    answer = judged([lung("E1", "2026-03-05", "2026-04-05", 3, AETERM="")], WORST_OF_IC19)
    assert answer.verdict == "UNDETERMINED"


CELLS = {"AETERM": "Lung infection", "AEREL": "POSSIBLE"}
ABOUT = {"FAOBJ": "Lung infection"}
Truth = list[tuple[int, int]]
"""Grades with the days for which each held, one after the other; then it was over."""


def days(truth: Truth) -> list[str]:
    """The days on which each grade began, and that on which the event ended."""
    passed = accumulate((length for _, length in truth), initial=0)
    return [(date(2026, 3, 4) + timedelta(days=each)).isoformat() for each in passed]


def as_worst(truth: Truth) -> list[HeldRow]:
    return [ae("E", days(truth)[0], days(truth)[-1], max(g for g, _ in truth), **CELLS)]


def as_rows(truth: Truth) -> list[HeldRow]:
    spans = zip(pairwise(days(truth)), truth, strict=True)
    return [
        ae(start, start, end, grade, AEGRPID="G", **CELLS) for (start, end), (grade, _) in spans
    ]


def as_rows_to_the_day_before(truth: Truth) -> list[HeldRow]:
    """Each ends on the day before the next begins; the last on the day on which it was over."""
    *rows, last = as_rows(truth)
    ends = [date.fromisoformat(row.fields["AEENDTC"]) - timedelta(days=1) for row in rows]
    earlier = [
        replace(row, fields={**row.fields, "AEENDTC": end.isoformat()})
        for row, end in zip(rows, ends, strict=True)
    ]
    return [*earlier, last]


def as_findings(truth: Truth) -> list[HeldRow]:
    found = zip(days(truth), truth, strict=False)
    return [*as_worst(truth), *(fa(day, grade, day, **ABOUT) for day, (grade, _) in found)]


def as_late_findings(truth: Truth) -> list[HeldRow]:
    event_row, _, *found = as_findings(truth)
    return [event_row, *found]


@pytest.mark.parametrize(
    ("collected", "system"),
    [
        (as_worst, WORST_OF_IC19),
        (as_rows, GRADES_OF_IC19),
        (as_rows, replace(GRADES_OF_IC19, episode_end="grade")),
        (as_rows, SourceSystem(causality_agents=AGENTS)),
        (as_rows_to_the_day_before, GRADES_OF_IC19),
        (as_findings, replace(FINDINGS, causality_agents=AGENTS)),
        (as_late_findings, replace(FINDINGS, causality_agents=AGENTS)),
        (as_findings, WORST_OF_IC19),
    ],
)
@settings(max_examples=12)
@given(
    truth=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 9)), min_size=1, max_size=4).map(
        lambda told: [
            first for first, second in pairwise([*told, (0, 0)]) if first[0] != second[0]
        ]
    )
)
def test_no_habit_of_collecting_gives_another_verdict(
    collected: Callable[[Truth], list[HeldRow]], system: SourceSystem, truth: Truth
) -> None:
    """It may leave it open, and nothing else."""
    changes = zip([grade for grade, _ in truth] + [0], days(truth), strict=True)
    whole = told_event("Lung infection", *changes, baseline_grade=None)
    answer = judged(collected(truth), system)
    assert answer.verdict in {ic19_patient(subject(whole)).events[0].verdict, "UNDETERMINED"}
