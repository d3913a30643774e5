"""A range says for whom and from when on it holds, by a key that stands in a path."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.domain.reference_range import (
    BadAge,
    BadRange,
    ReferenceRange,
    age_text,
    read_age,
    read_key,
)

READ = TypeAdapter(ReferenceRange)
WHOLE: dict[str, Any] = {
    "laboratory": "Central",
    "analyte": "platelets",
    "valid_from": "2026-01-01",
    "unit": "10*9/L",
    "lln": "125",
    "uln": "350",
}
years = st.none() | st.integers(0, 150)


def read(**changes: Any) -> ReferenceRange:
    return READ.validate_python({**WHOLE, **changes})


def test_what_is_not_said_is_of_everybody() -> None:
    assert read() == ReferenceRange(
        laboratory="Central",
        analyte="platelets",
        sex="any",
        age_from=None,
        age_to=None,
        valid_from=date(2026, 1, 1),
        valid_to=None,
        unit="10*9/L",
        lln=Decimal(125),
        uln=Decimal(350),
    )


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({}, "Central/platelets/any/any/2026-01-01"),
        ({"sex": "male"}, "Central/platelets/male/any/2026-01-01"),
        ({"age_from": 18, "age_to": 65}, "Central/platelets/any/18-65/2026-01-01"),
        ({"age_from": 66}, "Central/platelets/any/66-/2026-01-01"),
        ({"age_to": 17}, "Central/platelets/any/0-17/2026-01-01"),
        ({"age_from": 0}, "Central/platelets/any/any/2026-01-01"),
        ({"laboratory": " Zürich 𝄞 "}, "Zürich 𝄞/platelets/any/any/2026-01-01"),
    ],
)
def test_the_key_is_what_identifies_it(changes: dict[str, Any], key: str) -> None:
    assert read(**changes).key == key


@pytest.mark.parametrize(
    ("age", "span"), [("any", (None, None)), ("18-65", (18, 65)), ("66-", (66, None))]
)
def test_a_key_tells_its_fields(age: str, span: tuple[int | None, int | None]) -> None:
    assert read_key(f"Central/platelets/male/{age}/2026-01-01") == {
        "laboratory": "Central",
        "analyte": "platelets",
        "sex": "male",
        "age_from": span[0],
        "age_to": span[1],
        "valid_from": date(2026, 1, 1),
    }


def test_a_day_is_text_or_a_date() -> None:
    assert read(valid_from=date(2026, 1, 1)) == read()


@given(age_from=years, age_to=years, sex=st.sampled_from(["any", "female", "male"]), on=st.dates())
def test_the_key_tells_what_it_was_made_of(
    age_from: int | None, age_to: int | None, sex: str, on: date
) -> None:
    if age_to is not None and age_to < (age_from or 0):
        age_from, age_to = age_to, age_from
    stated = read(sex=sex, age_from=age_from, age_to=age_to, valid_from=on.isoformat())
    told = read_key(stated.key)
    again = ReferenceRange(**told, lln=Decimal(1))
    assert again.key == stated.key
    assert (again.age_from or 0, again.age_to) == (stated.age_from or 0, stated.age_to)
    assert age_text(*read_age(stated.age)) == stated.age


@pytest.mark.parametrize(
    "text", ["", "18", "-", "-17", "65-18", "18-151", "151-", "18-65-70", "٣-٤", "18 - 65", "Any"]
)
def test_what_is_no_span_of_ages_is_refused(text: str) -> None:
    with pytest.raises(BadAge, match="write any, 18-65 or 66-"):
        read_age(text)


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"lln": None, "uln": None}, ["/uln"]),
        ({"lln": "351"}, ["/uln"]),
        ({"valid_to": "2025-12-31"}, ["/valid_to"]),
        ({"age_from": 66, "age_to": 65}, ["/age_to"]),
        ({"lln": "1E+15"}, ["/lln"]),
        ({"lln": "1E+999999", "uln": "1E-16"}, ["/lln", "/uln"]),
        ({"lln": "400", "valid_to": "2025-01-01"}, ["/uln", "/valid_to"]),
    ],
)
def test_what_contradicts_itself_is_refused(changes: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(ValidationError) as refused:
        read(**changes)
    [error] = refused.value.errors()
    cause = error["ctx"]["error"]
    assert isinstance(cause, BadRange)
    assert [each.pointer for each in cause.faults] == pointers


@pytest.mark.parametrize(
    "changes",
    [
        {"lln": "350"},
        {"valid_to": "2026-01-01"},
        {"age_from": 18, "age_to": 18},
        {"lln": "1E+14", "uln": "1E+14"},
        {"lln": "1E-15"},
        {"lln": None},
        {"uln": None},
        {"lln": "-2.5"},
    ],
)
def test_each_bound_itself_is_allowed(changes: dict[str, Any]) -> None:
    read(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"laboratory": "a/b"},
        {"laboratory": ""},
        {"sex": "F"},
        {"age_from": "18"},
        {"age_from": 18.5},
        {"age_to": 151},
        {"valid_from": "2026-01"},
        {"valid_from": "2026-W01-1"},
        {"valid_from": "20260101"},
        {"valid_from": 0},
        {"valid_to": "2026-01-01T00:00:00"},
        {"uln": "NaN"},
        {"uln": "Infinity"},
        {"ulm": "350"},
    ],
)
def test_what_is_not_in_the_contract_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(**changes)
