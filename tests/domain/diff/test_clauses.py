"""Which clauses mean another thing in another version."""

from typing import Any

import pytest

from app.domain.diff.clauses import clauses_altered
from tests.domain.dlt.toy import clause, document, toy

READING = {"id": "R", "question": "Which?", "options": {"a": "A.", "b": "B."}, "default": "a"}
OLD: dict[str, Any] = {
    "criteria": [clause("one", grade=3, when={"group": "g"}), clause("two", grade=4)],
    "exceptions": [clause("mild", when={"term": "Fever"})],
    "groups": {"g": ["Fever", "Chills"]},
    "interventions": {"oxygen": ["mask"]},
    "readings": [READING],
    "clocks": {"within_includes_limit": {"reading": "R", "options": {"a": True, "b": False}}},
}
ALL = {"one", "two", "mild"}
WINDOW = document()["dlt"]["window"]


def altered(**parts: Any) -> set[str]:
    return set(clauses_altered(toy(**OLD), toy(**{**OLD, **parts})))


def test_the_same_version_alters_none() -> None:
    assert altered() == set()
    assert altered(title="Another title", version="2", notes=["A note."]) == set()


@pytest.mark.no_cover
def test_a_clause_that_is_another_or_is_new_or_gone() -> None:
    one, two = OLD["criteria"]
    assert altered(criteria=[one, clause("two", grade=5)]) == {"two"}
    assert altered(criteria=[one, two, clause("three", grade=5)]) == {"three"}
    assert altered(criteria=[one]) == {"two"}
    assert altered(exceptions=[]) == {"mild"}
    assert altered(exceptions=[clause("mild", when={"term": "Chills"})]) == {"mild"}


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "parts",
    [
        {"groups": {"g": ["Fever"]}},
        {"interventions": {"oxygen": ["mask", "ventilator"]}},
        {"window": {**WINDOW, "through": "P21D"}},
        {"counts": {"related": {"agent": "IC19", "any_of": ["definite"]}}},
        {"readings": [{**READING, "default": "b"}]},
        {"clocks": {"within_includes_limit": True, "days_are": "elapsed"}, "readings": []},
        {"syndromes": [{"term": "Cytokine release syndrome", "symptoms": ["Fever"]}]},
        {"grading": {"dictionary": "ctcae-4.03"}},
    ],
    ids=lambda parts: next(iter(parts)),
)
def test_what_clauses_refer_to_alters_all(parts: dict[str, Any]) -> None:
    assert altered(**parts) == ALL


def test_without_a_definition_there_is_nothing_alike() -> None:
    none = toy(dlt=None)
    assert clauses_altered(none, none) == set()
    assert clauses_altered(none, toy(**OLD)) == ALL
