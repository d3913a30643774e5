"""The lines between grades that the rules of a document draw, term by term."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from app.data.protocols import load
from app.domain.dlt.boundaries import boundaries_of
from app.domain.dlt.rule import RuleSet

_RULES = TypeAdapter(RuleSet)
GROUPS = {"counts": ("Neutrophil count decreased",), "others": ("Fatigue",)}


def lines(term: str = "Neutrophil count decreased", **dlt: Any) -> set[int]:
    document = {
        "window": {
            "anchor": "each_infusion", "agent": "CELLS", "first_day": 1, "through": "P28D",
        },
        "counts": {},
        "observed_in": ["escalation"],
        "criteria": [{"id": "c", "at": "1", "says": "A grade.", "grade": 3}],
        **dlt,
    }  # fmt: skip
    rules = _RULES.validate_python(document)
    return set(boundaries_of(rules, GROUPS, [term])[term])


def exception(when: Any, limit: Any = None) -> list[dict[str, Any]]:
    return [{"id": "e", "at": "2", "says": "Let pass.", "when": when, "limit": limit}]


def test_a_criterion_draws_one_at_its_grade_and_the_number_of_a_day_none() -> None:
    assert lines() == {3}


@pytest.mark.parametrize(
    ("limit", "drawn"),
    [
        ({"lasts": {"grade": 4, "no_longer_than": "P28D"}}, {3, 4}),
        ({"recovers": {"to": 1, "within": "P28D"}}, {2, 3}),
        ({"recovers": {"to": "baseline", "within": "P28D"}}, {1, 2, 3, 4, 5}),
    ],
)
def test_a_limit_draws_one_above_what_it_lets_pass(limit: Any, drawn: set[int]) -> None:
    assert lines(exceptions=exception({"group": "counts"}, limit)) == drawn


def test_bounds_of_a_peak_draw_one_on_either_side() -> None:
    assert {3, 5} <= lines(exceptions=exception({"peak": {"at_most": 4}}))


@pytest.mark.parametrize(
    ("asked", "drawn"),
    [({}, {3}), ({"grade": 2}, {2, 3}), ({"grade": 4, "term": "Fever"}, {3, 4})],
)
def test_what_is_counted_draws_one_for_every_term_and_how_often_none(
    asked: Any, drawn: set[int]
) -> None:
    when = {"not": {"occurrence": {"at_least": 5, **asked}}}
    assert lines(exceptions=exception({"all": [{"term": "Fatigue"}, when]})) == drawn


@pytest.mark.parametrize(
    ("when", "drawn"),
    [
        ({"group": "others"}, {3}),
        ({"term": "Fatigue"}, {3}),
        ({"term": "Neutrophil count decreased"}, {3, 4}),
        ({"all": [{"laboratory": True}, {"group": "others"}]}, {3}),
        ({"all": [{"laboratory": True}, {"group": "counts"}]}, {3, 4}),
        ({"any": [{"group": "others"}, {"laboratory": True}]}, {3, 4}),
        ({"not": {"group": "counts"}}, {3, 4}),
    ],
)
def test_a_clause_for_other_terms_draws_none(when: Any, drawn: set[int]) -> None:
    limit = {"lasts": {"grade": 4, "no_longer_than": "P28D"}}
    assert lines(exceptions=exception(when, limit)) == drawn


def test_of_built_in_documents() -> None:
    """IC19 asks for a return to the baseline of ICANS alone."""
    ic19 = load("NCT06886919").ready.laboratory
    lcar = load("LCAR-AIO").ready.laboratory
    assert ic19 is not None
    assert lcar is not None
    assert {0, 3, 4, 5} == ic19.boundaries["Neutrophil count decreased"]
    assert {3} == lcar.boundaries["Neutrophil count decreased"]
