"""Where a JSON pointer leads in a file, and that YAML and JSON are one content."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.data.positions import positions_in_json, positions_in_yaml
from app.data.protocols import canonical_text
from app.data.strict_json import read_json
from app.data.strict_yaml import NotYaml, read_yaml
from app.data.yaml_tree import tree_of
from tests.sparing import SPARING

TEXT = """\
# of a trial
a: 1
b:
  - x
  - {c: [2, 3],
     d/e: 4}
f: &shared
  g: 5
h: *shared
"""


@pytest.mark.parametrize(
    ("pointer", "place", "key"),
    [
        ("", (1, 1), (1, 1)),
        ("/a", (2, 4), (2, 1)),
        ("/b", (3, 1), (3, 1)),
        ("/b/0", (4, 5), (4, 5)),
        ("/b/1", (5, 5), (5, 5)),
        ("/b/1/c", (5, 9), (5, 6)),
        ("/b/1/c/1", (5, 13), (5, 13)),
        ("/b/1/d~1e", (6, 11), (6, 6)),
        ("/h", (9, 4), (9, 1)),
        ("/h/g", (8, 6), (8, 3)),
        ("/nowhere", (1, 1), (1, 1)),
        ("/b/7", (3, 1), (3, 1)),
        ("/a/b", (2, 4), (2, 1)),
    ],
)
def test_a_pointer_leads_to_a_value_and_to_its_key(
    pointer: str, place: tuple[int, int], key: tuple[int, int]
) -> None:
    positions = positions_in_yaml(TEXT)
    assert positions.of(pointer) == place
    assert positions.of(pointer, key=True) == key


def test_of_a_key_that_stands_twice_it_is_the_last() -> None:
    assert positions_in_json('{"a": 1,\n "a": 2}').of("/a", key=True) == (2, 2)


def test_signs_that_json_has_and_yaml_has_not() -> None:
    text = '{\n\t"a\\/b": "\u2028\x7f",\n\t"c": [1,\n\t2]\n}'
    assert json.loads(text)
    assert positions_in_json(text).of("/c/1") == (4, 2)


def test_without_a_tree_it_is_the_beginning() -> None:
    assert positions_in_yaml("a: [").of("/a") == (1, 1)
    assert positions_in_yaml("").of("/a") == (1, 1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        ("a: !!str b", "line 1, column 4: the tag tag:yaml.org,2002:str is more"),
        ("a: &x {b: *x}", "line 1, column 11: .x stands within what it names"),
        ("[a, b]: c", "line 1, column 1: a key is a text"),
    ],
)
def test_what_has_no_tree(text: str, why: str) -> None:
    with pytest.raises(NotYaml, match=why):
        tree_of(text)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=6)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-1e9, 1e9)
    | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@SPARING
@given(st.dictionaries(WORDS, VALUES, max_size=4))
def test_yaml_and_json_of_one_content_have_one_digest(document: dict[str, Any]) -> None:
    written = yaml.dump(json.loads(json.dumps(document)), Dumper=Quoting, allow_unicode=True)
    from_json, from_yaml = read_json(json.dumps(document).encode()), read_yaml(written)
    assert canonical_text(from_json) == canonical_text(from_yaml) == canonical_text(document)


class Quoting(yaml.SafeDumper):
    """Writes every text in quotes, so that no word of YAML 1.1 is taken for something else."""


def _quoted(dumper: Quoting, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')


Quoting.add_representer(str, _quoted)
Quoting.add_representer(
    float,
    lambda dumper, number: dumper.represent_scalar("tag:yaml.org,2002:float", json.dumps(number)),
)


@SPARING
@given(st.dictionaries(WORDS, VALUES, max_size=4))
def test_every_place_of_a_json_text_can_be_found(document: dict[str, Any]) -> None:
    text = json.dumps(document, indent=1)
    lines = text.splitlines()
    for pointer, value in _places(document, ""):
        line, column = positions_in_json(text).of(pointer)
        if not isinstance(value, dict | list):
            assert lines[line - 1][column - 1 :].startswith(json.dumps(value))


def _places(value: Any, above: str) -> Any:
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for name, part in parts:
        pointer = f"{above}/{str(name).replace('~', '~0').replace('/', '~1')}"
        yield pointer, part
        if isinstance(part, dict | list):
            yield from _places(part, pointer)
