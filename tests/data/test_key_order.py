"""The keys that a place of a document may have, and their order."""

from typing import Any

import pytest

from app.data.key_order import KeyOrder
from app.domain.protocol_schema import protocol_schema

ORDER = KeyOrder(protocol_schema())
CRITERION = {"grade": 3, "id": "c", "when": {"not": {"equals": False, "fact": "x"}}}
READING = {"options": {"1": {"when": None}}, "reading": "R"}


@pytest.mark.parametrize(
    ("path", "known"),
    [
        (["dlt", "window"], ["anchor", "agent", "first_day", "through"]),
        (["dlt", "criteria", 0], ["id", "at", "says", "grade"]),
        (["dlt", "criteria", 0, "when", "not"], ["fact", "equals"]),
        (["dlt", "criteria", 1], ["reading", "options"]),
        (["dlt", "criteria", 1, "options", 1], ["id", "at", "says", "grade"]),
        (["groups"], []),
        (["nowhere"], []),
    ],
)
def test_the_keys_that_are_known_at_a_place(path: list[str | int], known: list[str]) -> None:
    document: dict[str, Any] = {
        "dlt": {"window": {}, "criteria": [CRITERION, READING]},
        "groups": {"1": []},
        "nowhere": {},
    }
    assert ORDER.known(document, path)[: len(known)] == known
    assert bool(ORDER.known(document, path)) is bool(known)


def test_a_value_in_order() -> None:
    ordered = ORDER.ordered({"x": 1, "dlt": {"criteria": [CRITERION, READING]}, "id": "X"})
    assert list(ordered) == ["id", "dlt", "x"]
    criterion, reading = ordered["dlt"]["criteria"]
    assert list(criterion) == ["id", "grade", "when"]
    assert list(criterion["when"]["not"]) == ["fact", "equals"]
    assert list(reading) == ["reading", "options"]
