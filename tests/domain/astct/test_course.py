"""Serial assessments: what an earlier one adds to a later, and what a later says against it."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.domain.astct.crs import CrsComponents
from app.domain.astct.crs_course import CrsAssessed, crs_course
from app.domain.astct.graded import GradedAt
from app.domain.astct.icans import IcansComponents
from app.domain.astct.icans_course import IcansAssessed, icans_course
from app.domain.time import PartialTime, zone_of
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
ZONE = zone_of("+08:00")
TREATED = {"masking_therapy": "tocilizumab"}


def graded(*components: dict[str, Any], **chosen: str) -> tuple[GradedAt, ...]:
    """The course of CRS assessments on one day after the other."""
    return timed(
        *((f"2026-03-{day:02}", each) for day, each in enumerate(components, start=3)), **chosen
    )


def timed(*given: tuple[str, dict[str, Any]], **chosen: str) -> tuple[GradedAt, ...]:
    """The course of CRS assessments, each with its time."""
    serial = [
        CrsAssessed(
            on=PartialTime(on),
            span=PartialTime(on).span(ZONE),
            components=_CRS.validate_python(each),
            stated=frozenset(each),
        )
        for on, each in given
    ]
    return crs_course(serial, {name.replace("_", "-"): each for name, each in chosen.items()})


def neuro(*given: tuple[dict[str, Any], int | tuple[int, int] | None]) -> tuple[GradedAt, ...]:
    """The course of ICANS assessments, each with the score of ICE items of the same time."""
    return icans_course(
        [
            IcansAssessed(
                on=PartialTime(f"2026-03-{day:02}"),
                span=PartialTime(f"2026-03-{day:02}").span(ZONE),
                components=_ICANS.validate_python(components),
                ice=(score, score) if isinstance(score, int) else score,
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


NO_THERAPY = {**LOW, "masking_therapy": None}
NO_FEVER = {**LOW, "fever_earlier_in_episode": False}


def test_what_was_given_after_a_fever_stays_given() -> None:
    course = graded({**FEBRILE, **TREATED}, NO_THERAPY, LOW)
    assert bounds(course) == [(1, 1), (2, 2), (2, 2)]
    assert codes(course) == [[], ["masking_contradicted"], []]
    assert course[1].findings[0].text == (
        "It says that no therapy masks a fever, and tocilizumab was recorded before, which still "
        "counts."
    )
    later = graded(FEBRILE, {**WELL, **TREATED}, NO_THERAPY)
    assert bounds(later) == [(1, 1), (0, 0), (2, 2)]


def test_two_vasopressors_after_therapy_are_no_grade_0() -> None:
    shock = {**NO_THERAPY, "vasopressors": ["norepinephrine", "epinephrine"]}
    assert bounds(graded({**FEBRILE, **TREATED}, shock)) == [(1, 1), (4, 4)]


def test_what_was_given_before_the_fever_alone_and_is_denied_is_open() -> None:
    course = graded({**WELL, **TREATED}, {**FEBRILE, "masking_therapy": None}, NO_THERAPY, LOW)
    assert bounds(course)[1:] == [(1, 1), (0, 2), (0, 2)]
    assert course[2].missing == course[3].missing == ("masking_therapy",)
    assert codes(course) == [[], ["masking_contradicted"], ["masking_contradicted"], []]
    assert course[2].findings[0].text.endswith("tocilizumab was recorded before: either may be.")
    again = graded({**WELL, **TREATED}, NO_THERAPY, {**FEBRILE, **TREATED}, NO_THERAPY)
    assert bounds(again)[1:] == [(0, 2), (1, 1), (2, 2)]


def test_what_is_denied_of_a_drug_that_may_mask_is_open() -> None:
    course = graded({**FEBRILE, "masking_therapy": "wonderine"}, LOW, NO_THERAPY)
    assert bounds(course) == [(1, 1), (0, 2), (0, 2)]
    assert codes(course) == [["unknown_masking_therapy"], [], ["masking_contradicted"]]


def test_a_drug_that_is_not_known_takes_no_known_one_away() -> None:
    odd = {**LOW, "masking_therapy": "wonderine"}
    course = graded({**FEBRILE, **TREATED}, odd, LOW)
    assert bounds(course) == [(1, 1), (2, 2), (2, 2)]
    assert codes(course) == [[], ["unknown_masking_therapy"], []]
    before = graded({**WELL, **TREATED}, {**FEBRILE, "masking_therapy": "wonderine"}, odd, LOW)
    assert bounds(before)[1:] == [(1, 1), (2, 2), (2, 2)]


def test_a_fever_that_was_shown_was_there() -> None:
    course = graded({**FEBRILE, **TREATED}, NO_FEVER, LOW)
    assert bounds(course) == [(1, 1), (2, 2), (2, 2)]
    assert codes(course) == [[], ["earlier_fever_contradicted"], []]


def test_a_fever_that_was_only_told_of_may_not_have_been() -> None:
    told = {**WELL, **TREATED, "fever_earlier_in_episode": True}
    course = graded(told, NO_FEVER, LOW, masking_before_onset="fever-required")
    assert bounds(course) == [(0, 0), (0, 2), (2, 2)]
    assert course[1].missing == ("fever_earlier_in_episode",)
    assert codes(course) == [[], ["earlier_fever_contradicted"], []]


SHOCK = {"temperature": 37, "temperature_unit": "C", "hypotension": True,
         "vasopressors": ["norepinephrine", "epinephrine"], "hypoxia": False}  # fmt: skip
GIVEN = {**FEBRILE, **TREATED}


@pytest.mark.parametrize("on", ["2026-03-03", "2026-03"])
def test_of_one_day_either_may_have_been_first(on: str) -> None:
    pair = (on, SHOCK), ("2026-03-03", GIVEN)
    course = timed(*pair, ("2026-04-09", WELL))
    found = {each.on.text + str(each.highest): each for each in course}
    shock = found[f"{on}4"]
    assert (shock.lowest, shock.highest) == (0, 4)
    assert shock.missing == ("clock time",)
    assert course == timed(*reversed(pair), ("2026-04-09", WELL))


def test_with_the_clock_time_the_order_is_known() -> None:
    assert bounds(timed(("2026-03-03T09:00", GIVEN), ("2026-03-03T10:00", SHOCK))) == [
        (1, 1),
        (4, 4),
    ]
    assert bounds(timed(("2026-03-03T11:00", GIVEN), ("2026-03-03T10:00", SHOCK))) == [
        (0, 0),
        (1, 1),
    ]


def test_a_contradiction_is_told_where_every_order_has_it() -> None:
    denied = ("2026-03-03", {**LOW, "masking_therapy": None})
    either = timed(denied, ("2026-03-03", GIVEN))
    assert codes(either) == [[], []]
    assert codes(timed(denied, ("2026-03-03", {**WELL, **TREATED}))) == [[], []]
    surely = timed(denied, ("2026-03-02", GIVEN), ("2026-03-03", WELL))
    assert sorted(codes(surely)) == [[], [], ["masking_contradicted"]]


def test_more_orders_than_can_be_looked_at_are_open() -> None:
    many = [("2026-03", SHOCK)] + [("2026-03-03", {**WELL, "temperature": 37 + step / 10})
                                   for step in range(9)] + [("2026-03-03", GIVEN)]  # fmt: skip
    course = timed(*many)
    assert {(each.lowest, each.highest) for each in course if each.highest == 4} == {(0, 4)}
    assert course == timed(*reversed(many))


MANY = st.lists(
    st.tuples(
        st.sampled_from(
            ["2026-03", "2026-03-03", "2026-03-04", "2026-03-03T08:00", "2026-03-03T20:00"]
        ),
        st.sampled_from([WELL, FEBRILE, LOW, GIVEN, SHOCK, NO_THERAPY, NO_FEVER,
                         {**LOW, "masking_therapy": "wonderine"}]),
    ),
    max_size=6,
)  # fmt: skip
HOURS = ("2026-03-01T01:00", "2026-03-03T01:00", "2026-03-03T09:00", "2026-03-03T21:00",
         "2026-03-04T12:00", "2026-03-30T12:00")  # fmt: skip


@given(MANY, st.randoms(use_true_random=False))
def test_the_order_of_the_list_says_nothing(
    serial: list[tuple[str, dict[str, Any]]], chance: random.Random
) -> None:
    shuffled = list(serial)
    chance.shuffle(shuffled)
    assert timed(*serial) == timed(*shuffled)


def name_of(each: GradedAt) -> str:
    """The one organ of an assessment, by which a test knows it again."""
    assert each.components.organ_toxicity is not None
    return next(iter(each.components.organ_toxicity))


@given(MANY, st.data())
def test_the_bounds_hold_at_every_hour(
    serial: list[tuple[str, dict[str, Any]]], data: st.DataObject
) -> None:
    """Whatever the clock times were, the grade lies within what is told without them."""
    named = [
        (on, {**each, "organ_toxicity": {str(place): 1}})
        for place, (on, each) in enumerate(serial)
    ]
    hours = []
    for on, components in named:
        span = PartialTime(on).span(ZONE)
        inside = [h for h in HOURS if span.first <= PartialTime(h).span(ZONE).first <= span.last]
        hours.append((data.draw(st.sampled_from(inside or [on])), components))
    told = {name_of(each): each for each in timed(*named)}
    for each in timed(*hours):
        bound = told[name_of(each)]
        assert bound.lowest <= each.lowest
        assert each.highest <= bound.highest


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


def test_items_that_are_not_all_known_bound_the_score() -> None:
    bare = {name: value for name, value in ADULT.items() if name != "ice_score"}
    course = neuro((bare, (0, 1)), (bare, (2, 6)), ({**ADULT, "ice_score": 9}, (0, 1)))
    assert bounds(course) == [(3, 3), (2, 3), (1, 1)]
    assert (course[0].missing, course[1].missing) == ((), ("ice_score",))
    assert "sum up to 0 to 1" in course[2].findings[0].text


def test_items_alone_leave_the_other_components_open() -> None:
    on = PartialTime("2026-03-05")
    alone = IcansAssessed(
        on=on, span=on.span(ZONE), components=IcansComponents(), ice=(2, 2), alone=True
    )
    known = PartialTime("2026-03-04")
    adult = IcansAssessed(
        on=known, span=known.span(ZONE), components=_ICANS.validate_python(ADULT)
    )
    (of_items,) = icans_course([alone])
    assert (of_items.lowest, of_items.highest) == (0, 4)
    course = icans_course([alone, adult])
    assert bounds(course) == [(0, 0), (3, 4)]
    assert [each.code for each in course[1].findings] == ["ice_alone"]


def test_two_ages_of_one_time_are_none() -> None:
    day = PartialTime("2026-03-05")
    ages = [
        IcansAssessed(
            on=day,
            span=day.span(ZONE),
            components=_ICANS.validate_python({**CHILD, "age_years": age}),
        )
        for age in (6, 13)
    ]
    later = PartialTime("2026-03-06")
    bare = {name: value for name, value in CHILD.items() if name != "age_years"}
    last = IcansAssessed(on=later, span=later.span(ZONE), components=_ICANS.validate_python(bare))
    for serial in ([*ages, last], [last, *reversed(ages)]):
        found = icans_course(serial)[-1].components
        assert isinstance(found, IcansComponents)
        assert found.age_years is None


@pytest.mark.parametrize("place", [0, 1])
def test_the_age_is_the_patients(place: int) -> None:
    bare = {name: value for name, value in CHILD.items() if name != "age_years"}
    given = [(bare, None), (bare, None)]
    given[place] = (CHILD, None)
    assert bounds(neuro(*given)) == [(1, 1), (1, 1)]
