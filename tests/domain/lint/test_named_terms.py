"""Which terms a condition may hold for, where it names them."""

from typing import Any, Final

import pytest
from pydantic import TypeAdapter

from app.domain.dlt.rule import Condition
from app.domain.lint.names import named_terms

GROUPS: Final = {"liver": ("ALT", "AST"), "nobody": ()}
_CONDITION: Final[TypeAdapter[Condition]] = TypeAdapter(Condition)
FEVER: Final = {"term": "Fever"}
LIVER: Final = {"group": "liver"}


def named(condition: dict[str, Any]) -> frozenset[str] | None:
    return named_terms(_CONDITION.validate_python(condition), GROUPS)


@pytest.mark.parametrize(
    ("condition", "terms"),
    [
        (FEVER, {"Fever"}),
        (LIVER, {"ALT", "AST"}),
        ({"group": "nobody"}, set()),
        ({"all": [LIVER, {"laboratory": True}]}, {"ALT", "AST"}),
        ({"all": [LIVER, {"term": "ALT"}]}, {"ALT"}),
        ({"all": [LIVER, FEVER]}, set()),
        ({"any": [LIVER, FEVER]}, {"ALT", "AST", "Fever"}),
        ({"any": [{"all": [LIVER, {"term": "AST"}]}, FEVER]}, {"AST", "Fever"}),
    ],
)
def test_those_that_it_names(condition: dict[str, Any], terms: set[str]) -> None:
    assert named(condition) == frozenset(terms)


@pytest.mark.parametrize(
    "condition",
    [
        {"not": FEVER},
        {"always": True},
        {"laboratory": True},
        {"clinically_significant": True},
        {"intervention": "vasopressor"},
        {"other_crs_symptoms": False},
        {"alternative_cause": ["infection"]},
        {"fact": "hospitalised"},
        {"ruling": "The committee takes it for one."},
        {"peak": {"at_least": 3}},
        {"lasts": {"grade": 3, "no_longer_than": "P7D"}},
        {"any": [FEVER, {"laboratory": True}]},
        {"all": [{"laboratory": True}, {"peak": {"at_least": 3}}]},
    ],
)
def test_it_may_name_none(condition: dict[str, Any]) -> None:
    assert named(condition) is None


def test_no_condition_names_none() -> None:
    assert named_terms(None, GROUPS) is None
