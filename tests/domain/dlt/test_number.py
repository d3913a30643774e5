"""Numbers of the event form, and the bounds that rules set them."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.domain.case import AdverseEvent
from app.domain.dlt.number import NumberBound
from app.domain.errors import BadValue

EVENTS = TypeAdapter(AdverseEvent)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (38.5, "38.5"),
        (5, "5"),
        (Decimal("38.50"), "38.50"),
        (True, True),
        ("38.5 Cel", "38.5 Cel"),
    ],
)
def test_a_number_is_kept_as_its_text(sent: Any, kept: Any) -> None:
    event = EVENTS.validate_python({"term": "Fever", "facts": {"temperature": sent}})
    assert event.facts == {"temperature": kept}


def test_a_number_that_is_not_finite_is_refused() -> None:
    for sent in (float("nan"), float("inf"), Decimal("-Infinity")):
        with pytest.raises(ValidationError, match="finite"):
            EVENTS.validate_python({"term": "Fever", "facts": {"temperature": sent}})


@pytest.mark.parametrize(
    ("bound", "holds"),
    [
        ({"above": 38}, [False, False, True]),
        ({"at_least": 38}, [False, True, True]),
        ({"below": 38}, [True, False, False]),
        ({"at_most": 38}, [True, True, False]),
    ],
)
def test_both_sides_of_each_bound(bound: dict[str, Any], holds: list[bool]) -> None:
    asked = NumberBound(name="temperature", unit="Cel", **bound)
    assert [asked.told_by(each) for each in ("37.9", "38", "38.1 Cel")] == holds
    assert [asked.told_by(each) for each in (None, True, "38.5 [degF]", "high")] == [None] * 4


def test_exactly_one_bound() -> None:
    with pytest.raises(BadValue, match="exactly one"):
        NumberBound(name="temperature")
