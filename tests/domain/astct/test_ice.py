"""The ICE score: ten points, and what is known where an item is not."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.domain.astct.ice import POINTS, IceItems, score_ice

ITEMS = TypeAdapter(IceItems)
REQUESTS = st.fixed_dictionaries(
    {name: st.sampled_from([None, *range(most + 1)]) for name, most in POINTS.items()}
)


def test_there_are_ten_points() -> None:
    assert sum(POINTS.values()) == 10
    assert score_ice(ITEMS.validate_python(POINTS)).score == 10


@given(REQUESTS)
def test_the_score_is_the_sum_of_every_completion(request: dict[str, Any]) -> None:
    ranges = [
        range(POINTS[name] + 1) if points is None else (points,)
        for name, points in request.items()
    ]
    sums = {sum(each) for each in product(*ranges)}
    answer = score_ice(ITEMS.validate_python(request))
    assert (answer.bounds.min, answer.bounds.max) == (min(sums), max(sums))
    assert answer.score == (min(sums) if len(sums) == 1 else None)
    assert answer.status == ("graded" if len(sums) == 1 else "undetermined")
    asked = {each.field for each in answer.missing}
    assert asked == {name for name, points in request.items() if points is None}


def test_a_score_of_nothing_says_what_it_may_be() -> None:
    answer = score_ice(ITEMS.validate_python(dict.fromkeys(POINTS, 0)))
    assert answer.score == 0
    assert [each.rule for each in answer.because] == ["ICE", "IC-R2"]


def test_it_is_told_by_what_was_asked() -> None:
    items = {**POINTS, "city": 0, "writes_sentence": None, "objects_named": 2}
    (told,) = score_ice(ITEMS.validate_python(items)).because
    assert told.text == (
        "Orientation 3 of 4, naming 2 of 3, following a command 1 of 1, writing ? of 1, "
        "attention 1 of 1."
    )


@pytest.mark.parametrize(
    "changes", [{"year": 2}, {"year": True}, {"objects_named": 4}, {"month": -1}, {"day": 1}]
)
def test_what_is_no_number_of_points_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ITEMS.validate_python(changes)
