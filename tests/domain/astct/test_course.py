"""Serial assessments: what an earlier one adds to a later, and what a later says against it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.domain.astct.course import (
    CrsAssessed,
    GradedAt,
    IcansAssessed,
    crs_course,
    icans_course,
)
from app.domain.astct.crs import CrsComponents
from app.domain.astct.icans import IcansComponents
from app.domain.time import PartialTime
from tests.domain.astct.requests import ADULT, CHILD

_CRS = TypeAdapter(CrsComponents)
_ICANS = TypeAdapter(IcansComponents)
WELL = {
    "temperature": 37,
    "temperature_unit": "C",
    "hypotension": False,
    "vasopressors": [],
    "hypoxia": False,
    "oxygen_device": "none",
}
"""Afebrile, and nothing said of what was before or given."""
FEBRILE = {**WELL, "temperature": 39}
LOW = {**WELL, "hypotension": True}
TREATED = {"masking_therapy": "tocilizumab"}


def graded(*components: dict[str, Any], **chosen: str) -> tuple[GradedAt, ...]:
    """The course of CRS assessments on one day after the other."""
    serial = [
        CrsAssessed(
            on=PartialTime(f"2026-03-{day:02}"),
            components=_CRS.validate_python(each),
            stated=frozenset(each),
        )
        for day, each in enumerate(components, start=3)
    ]
    return crs_course(serial, {name.replace("_", "-"): each for name, each in chosen.items()})


def neuro(*given: tuple[dict[str, Any], int | None]) -> tuple[GradedAt, ...]:
    """The course of ICANS assessments, each with the score of ICE items of the same time."""
    return icans_course(
        [
            IcansAssessed(
                on=PartialTime(f"2026-03-{day:02}"),
                components=_ICANS.validate_python(components),
                ice_score=score,
            )
            for day, (components, score) in enumerate(given, start=3)
        ]
    )


def bounds(course: tuple[GradedAt, ...]) -> list[tuple[int, int]]:
    return [(each.lowest, each.highest) for each in course]


def codes(course: tuple[GradedAt, ...]) -> list[list[str]]:
    return [[each.code for each in one.findings] for one in course]


def test_no_assessment_no_course() -> None:
    assert (graded(), neuro()) == ((), ())


def test_after_fever_and_therapy_fever_is_no_longer_required() -> None:
    course = graded({**FEBRILE, **TREATED}, LOW, LOW, WELL)
    assert bounds(course) == [(1, 1), (2, 2), (2, 2), (0, 0)]
    assert [each.on.text for each in course] == [f"2026-03-0{day}" for day in (3, 4, 5, 6)]


def test_without_therapy_fever_is_required_again() -> None:
    assert bounds(graded(FEBRILE, LOW)) == [(1, 1), (0, 0)]


def test_therapy_that_comes_later_counts_from_then_on() -> None:
    assert bounds(graded(FEBRILE, LOW, {**LOW, **TREATED}, LOW)) == [
        (1, 1),
        (0, 0),
        (2, 2),
        (2, 2),
    ]


def test_therapy_before_any_fever_leaves_it_open_until_there_was_one() -> None:
    course = graded({**LOW, **TREATED}, LOW, FEBRILE, LOW)
    assert bounds(course) == [(0, 2), (0, 2), (1, 1), (2, 2)]
    assert course[0].missing == course[1].missing == ("fever_earlier_in_episode",)
    first = {**LOW, **TREATED, "fever_earlier_in_episode": False}
    read = graded(first, LOW, masking_before_onset="fever-required")
    assert bounds(read) == [(0, 0), (0, 2)]  # there may have been a fever in between


def test_a_fever_of_another_cause_begins_nothing() -> None:
    other = {**FEBRILE, **TREATED, "fever_attributable_to_other_cause": True}
    assert bounds(graded(other, LOW)) == [(0, 0), (0, 2)]


def test_a_fever_that_is_not_known_leaves_the_next_open() -> None:
    assert bounds(graded({**WELL, **TREATED, "temperature": None}, LOW)) == [(0, 1), (0, 2)]


def test_a_fever_that_the_first_assessment_tells_of_is_carried_on() -> None:
    first = {**WELL, **TREATED, "fever_earlier_in_episode": True}
    assert bounds(graded(first, {**LOW, "fever_earlier_in_episode": None})) == [(0, 0), (2, 2)]


def test_what_is_stated_stands_and_its_contradiction_is_told() -> None:
    no_therapy = {**LOW, "masking_therapy": None}
    course = graded({**FEBRILE, **TREATED}, no_therapy, LOW)
    assert bounds(course) == [(1, 1), (0, 0), (2, 2)]
    assert codes(course) == [[], ["masking_contradicted"], []]
    no_fever = {**LOW, "fever_earlier_in_episode": False}
    course = graded({**FEBRILE, **TREATED}, no_fever, LOW)
    assert bounds(course) == [(1, 1), (0, 2), (2, 2)]
    assert codes(course) == [[], ["earlier_fever_contradicted"], []]


def test_another_therapy_takes_the_place_of_the_one_before() -> None:
    course = graded({**FEBRILE, **TREATED}, {**LOW, "masking_therapy": "dexamethasone"}, LOW)
    masking = [
        each.components.masking_therapy
        for each in course
        if isinstance(each.components, CrsComponents)
    ]
    assert masking == ["tocilizumab", "dexamethasone", "dexamethasone"]


def test_findings_of_the_components_are_told_with_them() -> None:
    course = graded({**LOW, "vasopressors": ["wonderine"], "temperature": 39})
    assert codes(course) == [["unknown_vasopressor"]]


@given(st.lists(st.sampled_from([WELL, FEBRILE, LOW, {**LOW, **TREATED}]), min_size=1, max_size=6))
def test_what_comes_later_changes_nothing_before(serial: list[dict[str, Any]]) -> None:
    assert graded(*serial)[:-1] == graded(*serial[:-1])


@given(st.lists(st.sampled_from([WELL, FEBRILE, LOW, {**FEBRILE, **TREATED}]), max_size=6))
def test_once_waived_fever_stays_waived(serial: list[dict[str, Any]]) -> None:
    waived = False
    for components, each in zip(serial, graded(*serial), strict=True):
        if waived and components["hypotension"]:
            assert (each.lowest, each.highest) == (2, 2)
        waived = waived or components.get("masking_therapy") is not None


def test_ice_items_give_icans_its_score() -> None:
    bare = {name: value for name, value in ADULT.items() if name != "ice_score"}
    assert bounds(neuro((bare, 8), (bare, None), (bare, 0))) == [(1, 1), (0, 3), (3, 3)]


def test_a_score_that_differs_from_its_items_stands() -> None:
    course = neuro(({**ADULT, "ice_score": 9}, 4), ({**ADULT, "ice_score": 9}, 9))
    assert (bounds(course), codes(course)) == (
        [(1, 1), (1, 1)],
        [["ice_score_contradicted"], []],
    )


@pytest.mark.parametrize("place", [0, 1])
def test_the_age_is_the_patients(place: int) -> None:
    bare = {name: value for name, value in CHILD.items() if name != "age_years"}
    given = [(bare, None), (bare, None)]
    given[place] = (CHILD, None)
    assert bounds(neuro(*given)) == [(1, 1), (1, 1)]
