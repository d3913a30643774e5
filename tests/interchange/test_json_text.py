"""A JSON text in pieces: wherever the pieces are cut, the elements are the same."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.interchange.json_text import Element, JsonText
from app.interchange.rows import UnreadableFile


class Pieces(io.BytesIO):
    """Gives no more than so many bytes at a time."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__(content)
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:  # type: ignore[explicit-override]
        return super().read(self._size)


def elements(content: bytes, most: int = 100, size: int = 1) -> list[Element]:
    text = JsonText(Pieces(content, size), most)
    text.take("[", "a list")
    found = []
    sign = ","
    while sign == ",":
        found.append(text.element("an element"))
        sign = text.take(",]", "after an element")
    assert text.next_sign() == ""
    return found


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@settings(max_examples=40)
@given(st.lists(VALUES, min_size=1, max_size=4), st.none() | st.integers(0, 2))
def test_elements_are_found_whatever_is_in_them(values: list[object], indent: int | None) -> None:
    content = json.dumps(values, indent=indent).encode()
    found = elements(content, most=10_000)
    assert all(each.whole for each in found)
    assert [json.loads(each.text) for each in found] == values


@pytest.mark.parametrize("size", range(1, 12))
def test_an_escape_may_be_cut_anywhere(size: int) -> None:
    content = rb'["\\", "\"", ["\"]", "\\\""], {"\\": "\\"}, "\u005d\\"]'
    found = elements(content, size=size)
    assert [json.loads(each.text) for each in found] == json.loads(content)


@pytest.mark.parametrize(("length", "whole"), [(10, True), (11, False)])
@pytest.mark.parametrize("kind", ['"{}"', "[{}]", "{}00", '["{}"]'])
def test_an_element_has_at_most_so_many_characters(kind: str, length: int, whole: bool) -> None:
    element = kind.format("1" * (length - len(kind) + 2))
    assert len(element) == length
    found = elements(f"[{element}, 2]".encode(), most=10)
    assert [each.whole for each in found] == [whole, True]
    assert element.startswith(found[0].text)
    assert found[1].text == "2"


def test_brackets_and_quotes_within_texts_close_nothing() -> None:
    content = b'["]", "\\"]", "\\\\", ["}", {"[": "\\\\\\"]"}], "\\u005d"]'
    assert [json.loads(each.text) for each in elements(content)] == json.loads(content)


def test_what_is_balanced_and_no_json_is_an_element() -> None:
    assert [each.text for each in elements(b"[[}, nix, [1 2]]")] == ["[}", "nix", "[1 2]"]


def test_a_text_that_ends_in_an_element_is_refused() -> None:
    for content in (b'["abc', b'["abc\\', b"[[1, 2", b"[12"):
        with pytest.raises(UnreadableFile, match="an element: the file ends in the middle"):
            elements(content)
