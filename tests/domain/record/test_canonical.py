"""Canonical JSON is that of RFC 8785, and what has none is refused."""

import json
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any

import pytest
import rfc8785
from hypothesis import given

from app.domain.errors import DomainError
from app.domain.record.canonical import LARGEST_INTEGER, NotCanonical, canonical, digest_of
from tests.domain.record.json_values import json_values


class Colour(StrEnum):
    RED = "red"


class Number(IntEnum):
    ONE = 1


@given(json_values)
def test_it_is_the_text_of_rfc_8785_and_reads_back_as_the_same_value(value: Any) -> None:
    text = canonical(value)
    assert text == rfc8785.dumps(value).decode()
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (-0, "0"),
        ((1, [2, ()]), "[1,[2,[]]]"),
        ({"b": 1, "a": {"d": False, "c": None}}, '{"a":{"c":null,"d":false},"b":1}'),
        ('\x00\x1f\b\t\n\f\r"\\/', '"\\u0000\\u001f\\b\\t\\n\\f\\r\\"\\\\/"'),
        ("\x7f\u2028\u2029é", '"\x7f\u2028\u2029é"'),
        ({"\ue000": 1, "\U00010000": 2}, '{"\U00010000":2,"\ue000":1}'),
        ({"\ue000": 1, "\ud7ff": 2}, '{"\ud7ff":2,"\ue000":1}'),
        ({Colour.RED: [Colour.RED, Number.ONE]}, '{"red":["red",1]}'),
    ],
)
def test_it_is_written_so(value: Any, text: str) -> None:
    assert canonical(value) == text == rfc8785.dumps(value).decode()


@pytest.mark.parametrize("largest", [LARGEST_INTEGER, -LARGEST_INTEGER])
def test_whole_numbers_up_to_what_every_reader_keeps(largest: int) -> None:
    assert canonical([largest]) == f"[{largest}]"
    beyond = largest + (1 if largest > 0 else -1)
    with pytest.raises(NotCanonical, match="whole number"):
        canonical([beyond])
    with pytest.raises(NotCanonical, match="whole number"):
        canonical(10**5000)


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        Decimal("1.0"),
        b"bytes",
        {"set"},
        object,
        {1: "a"},
        {None: "a"},
        {True: "a"},
        "\ud800",
        "\U00010000\udc00",
        {"\ud800": 1},
        {"\ue000\udfff": {}, "\U00010000": 1},
    ],
    ids=ascii,
)
def test_what_has_no_canonical_text_is_refused_wherever_it_stands(value: Any) -> None:
    for standing in (value, [value], (value,), {"a": value}, {"a": [{"b": value}]}):
        with pytest.raises(NotCanonical) as refused:
            canonical(standing)
        assert refused.value.code == "not_canonical"
        assert isinstance(refused.value, DomainError)


def test_what_is_nested_too_deep_or_in_itself_is_refused() -> None:
    deep: list[Any] = []
    deep.append(deep)
    with pytest.raises(NotCanonical, match="nested"):
        canonical(deep)


def test_the_digest_is_that_of_the_utf8_bytes() -> None:
    assert digest_of("é") == (
        "sha256:4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"
    )
    assert digest_of("") == (
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
