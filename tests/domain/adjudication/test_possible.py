"""Which answers one record can give together."""

from decimal import Decimal
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.adjudication.possible import (
    are_independent,
    is_possible,
    number_for,
    numbers_of,
)
from app.domain.dlt.asked import TimedIntervention
from app.domain.dlt.facts import Fact, FactKind
from app.domain.dlt.number import NumberBound
from app.domain.time import Limit


def number(name: str = "delay", **bound: int) -> Fact:
    limits = {kind: Decimal(value) for kind, value in bound.items()}
    asked = NumberBound(name=name, unit=None, **limits)
    return Fact(kind="number", subject=(name,), number=asked)


WEEK, FORTNIGHT = number(above=7), number(above=14)
ANY = Fact(kind="serious", subject=("any",))
FATAL = Fact(kind="serious", subject=("death",))
INFECTION = Fact(kind="alternative_cause", subject=("infection",))
EITHER = Fact(kind="alternative_cause", subject=("infection", "disease"))
GIVEN = Fact(kind="intervention", subject=("oxygen",))


def possible(*facts: Fact) -> set[tuple[int, ...]]:
    answers = product((1, -1), repeat=len(facts))
    return {each for each in answers if is_possible(facts, each)}


def test_more_than_14_days_are_more_than_7() -> None:
    assert possible(WEEK, FORTNIGHT) == {(1, 1), (1, -1), (-1, -1)}
    assert number_for("delay", (WEEK, FORTNIGHT), (1, -1)) == 14
    assert number_for("delay", (WEEK, FORTNIGHT), (1, 1)) == 15
    assert number_for("delay", (WEEK, FORTNIGHT), (-1, -1)) == 7
    assert number_for("delay", (WEEK, FORTNIGHT), (-1, 1)) is None


def test_both_sides_of_one_bound_and_between_two() -> None:
    assert possible(number(at_least=7), number(below=7)) == {(1, -1), (-1, 1)}
    between = (number(above=7), number(below=8))
    assert number_for("delay", between, (1, 1)) == Decimal("7.5")
    assert number_for("delay", (number(at_most=7),), (1,)) == 7
    assert number_for("delay", (number(below=7),), (1,)) == 6


def test_numbers_of_different_names_go_together() -> None:
    other = number("temperature", above=38)
    assert numbers_of((WEEK, other, FORTNIGHT, GIVEN)) == ["delay", "temperature"]
    assert are_independent((WEEK, other, GIVEN))
    assert not are_independent((WEEK, FORTNIGHT))
    assert len(possible(WEEK, other)) == 4


def test_a_fatal_event_is_serious() -> None:
    assert possible(ANY, FATAL) == {(1, 1), (1, -1), (-1, -1)}
    assert not are_independent((FATAL, ANY))


def test_a_cause_that_is_one_of_several() -> None:
    assert possible(INFECTION, EITHER) == {(1, 1), (-1, 1), (-1, -1)}
    assert len(possible(INFECTION, GIVEN)) == 4


@given(st.lists(st.sampled_from(["above", "at_least", "below", "at_most"]), min_size=1),
       st.data())  # fmt: skip
def test_what_a_number_answers_is_possible(kinds: list[str], data: st.DataObject) -> None:
    bounds: list[dict[str, Any]] = [{kind: data.draw(st.integers(-3, 3))} for kind in kinds]
    facts = [number(**bound) for bound in bounds]
    told = data.draw(st.decimals(-5, 5, places=1))
    answers = [1 if fact.number is not None and fact.number.holds(told) else -1 for fact in facts]
    assert is_possible(facts, answers)


def timed(grade: int = 3, kind: str = "oxygen", **bound: str) -> Fact:
    limits = {name: Limit(limit) for name, limit in bound.items()}
    asked = TimedIntervention(kind=kind, **limits)
    fact: FactKind = "intervention_start" if "within" in bound else "intervention_duration"
    return Fact(kind=fact, subject=(asked.label,), timed=asked, while_grade=grade)


def test_what_lasts_longer_than_a_day_was_given_and_lasted_longer_than_an_hour() -> None:
    day, hour = timed(longer_than="PT24H"), timed(longer_than="PT1H")
    assert possible(day, hour) == {(1, 1), (-1, 1), (-1, -1)}
    assert possible(day, timed(at_least="PT24H")) == {(1, 1), (-1, 1), (-1, -1)}
    assert possible(day, GIVEN) == {(1, 1), (-1, 1), (-1, -1)}
    assert are_independent((day, timed(kind="vasopressor", longer_than="PT24H")))
    assert are_independent((day, timed(longer_than="P1D")))  # a calendar day may be short


def test_what_begins_within_an_hour_begins_within_a_day() -> None:
    hour, day = timed(within="PT1H"), timed(within="PT24H")
    assert possible(hour, day) == {(1, 1), (-1, 1), (-1, -1)}
    assert possible(hour, GIVEN) == {(1, 1), (-1, 1), (-1, -1)}
    assert are_independent((hour, timed(4, within="PT24H")))  # runs at another grade
