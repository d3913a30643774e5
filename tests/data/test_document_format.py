"""The one way to write a protocol document: nothing is lost, and written twice it is the same."""

from functools import cache
from importlib.resources import files
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.data import protocols
from app.data.document_format import (
    WIDTH,
    NotFormatted,
    json_of,
    json_of_value,
    yaml_of,
    yaml_of_value,
)
from app.data.key_order import KeyOrder
from app.data.protocols import canonical_text
from app.data.strict_yaml import NotYaml, read_yaml
from app.domain.protocol_schema import protocol_schema
from tests.docs.examples import DOCS, blocks
from tests.sparing import SPARING

PACKAGED = sorted(e.name for e in files(protocols).iterdir() if e.name.endswith(".yaml"))


@cache
def order() -> KeyOrder:
    return KeyOrder(protocol_schema())


def formatted(text: str) -> str:
    made = yaml_of(text, order())
    assert yaml_of(made, order()) == made
    return made


# --- what it does --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("version: '1'\nid: X\n", 'id: X\nversion: "1"\n'),
        ("id:   X", "id: X\n"),
        ("id: X\n\n\n\ntitle: T\n", "id: X\n\ntitle: T\n"),
        ("{title: T, id: X}", "id: X\ntitle: T\n"),
        ("phases: [ {id: a} , ]", "phases: [{id: a}]\n"),
        ("phases:\n- id: a\n", "phases:\n  - id: a\n"),
        ("dlt: ~\nnotes: []\n", "dlt: null\nnotes: []\n"),
        ("dlt:\n", "dlt: null\n"),
        ("unheard_of: 1\nid: X\n", "id: X\nunheard_of: 1\n"),
        # Groups and options keep the order in which they are written.
        ("groups: {b: [x], a: [z]}", "groups: {b: [x], a: [z]}\n"),
        ("title: 'a: b'", 'title: "a: b"\n'),
        ('title: "it\'s"', "title: it's\n"),
        ("title: >-\n  one\n  two\n", "title: one two\n"),
        ("title: |\n  one\n  two\n", "title: |\n  one\n  two\n"),
        ("notes:\n  - |-\n    one\n    two\n", "notes:\n  - |-\n    one\n    two\n"),
        ('title: "a\\tb\\u2028c"', 'title: "a\\tb\\u2028c"\n'),
        # Braces stay braces where they fit, lines stay lines.
        ("source:\n  registry: X\n", "source:\n  registry: X\n"),
        ("source: {section: S, registry: X}", "source: {registry: X, section: S}\n"),
    ],
)
def test_how_it_is_written(text: str, made: str) -> None:
    assert formatted(text) == made


@pytest.mark.parametrize(
    "word",
    ["1", "1.0", "1.2.3", "2026-01-15", "10:30", "yes", "No", "on", "y", "null", "~", "true", "",
     "0x1F", "0o17", "1e3", ".inf", "1_000", "=", "<<", " x", "x ", "- x", "# x", "x # y", "*x",
     "&x", "!x", "%x", "@x", "`x`", "{x}", "[x]", "'x'"],
)  # fmt: skip
def test_what_some_reader_takes_for_something_else_is_quoted(word: str) -> None:
    made = yaml_of_value({"title": word}, order())
    assert made.startswith('title: "')
    assert yaml.safe_load(made) == {"title": word} == read_yaml(made)


@pytest.mark.parametrize(
    "word", ["3+3", "P28D", "NCT06886919", "grade-3", "5.1 a", "a-b", "Ärzte"]
)
def test_what_none_does_is_not(word: str) -> None:
    assert yaml_of_value({"title": word}, order()) == f"title: {word}\n"


def test_braces_that_are_too_long_are_broken_and_words_are_filled() -> None:
    fits, longer = (
        "x" * (WIDTH - len("groups: {g: []}")),
        "x" * (WIDTH - len("groups: {g: []}") + 1),
    )
    assert formatted(f"groups: {{g: [{fits}]}}") == f"groups: {{g: [{fits}]}}\n"
    assert formatted(f"groups: {{g: [{longer}]}}") == f"groups:\n  g: [{longer}]\n"
    words = ", ".join(["Cytokine release syndrome"] * 12)
    lines = formatted(f"groups: {{g: [{words}]}}").splitlines()
    assert lines[1].startswith("  g: [Cyto")
    assert lines[2].startswith("    Cyto")
    assert all(len(line) <= WIDTH for line in lines)


def test_sentences_have_a_line_each() -> None:
    long = ["A sentence that is longer than any word of a list might be, so it stands alone."] * 2
    lines = yaml_of_value({"notes": long}, order()).splitlines()
    assert [line[:4] for line in lines] == ["note", "  - ", "  - "]


COMMENTED = """\
# of the document
# in two lines

version: "1" # of the version
# of the id
id: X
dlt: # of the definition
  clocks: {days_are: elapsed} # of the clocks
  criteria:
    # of the criterion
    - id: c # of its id
      grade: 3
      # below the grade
  window: {agent: A, # of the agent
    first_day: 0}
# at the end
"""


def test_comments_go_where_what_they_speak_of_goes() -> None:
    assert (
        formatted(COMMENTED)
        == """\
# of the id
id: X
# of the document
# in two lines

version: "1"  # of the version
dlt:  # of the definition
  window:
    agent: A  # of the agent
    first_day: 0
  criteria:
    # of the criterion
    - id: c  # of its id
      grade: 3
      # below the grade
  clocks: {days_are: elapsed}  # of the clocks
# at the end
"""
    )


def test_an_anchor_moves_to_what_is_written_first() -> None:
    text = "dlt:\n  clocks: &x {days_are: elapsed}\n  counts: *x\n"
    assert formatted(text) == "dlt:\n  counts: &x {days_are: elapsed}\n  clocks: *x\n"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("title: | # lost\n  a\n  b\n", NotYaml),
        ("title: !!str 1\n", NotYaml),
        ("a: &x {b: *x}\n", NotYaml),
        ("a: 1\na: 2\n", NotYaml),
        ("[a]\n", NotFormatted),
    ],
)
def test_what_cannot_be_kept_is_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        yaml_of(text, order())


def test_json_keeps_no_comments_and_says_so() -> None:
    assert json_of("version: '1'\nid: X\n", order()) == '{\n  "id": "X",\n  "version": "1"\n}\n'
    with pytest.raises(NotFormatted, match="comments"):
        json_of("id: X # of the id\n", order())


# --- what it keeps -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PACKAGED)
def test_a_built_in_document_keeps_its_content_and_comments(name: str) -> None:
    text = files(protocols).joinpath(name).read_text("utf-8")
    made = formatted(text)
    assert canonical_text(read_yaml(made)) == canonical_text(read_yaml(text))
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        line for line in made.splitlines() if line.startswith("#")
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(each.text, id=each.place)
        for each in blocks(DOCS / "rule-language.md")
        if each.kind in {"document", "part", "refused"}
    ],
)
def test_an_example_of_the_language_does(text: str) -> None:
    assert canonical_text(read_yaml(formatted(text))) == canonical_text(read_yaml(text))


WORDS = st.text(max_size=8).filter(
    lambda text: not any(0xD800 <= ord(each) <= 0xDFFF for each in text)
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-1e9, 1e9)
    | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(["id", "dlt", "groups", "notes", "criteria", "x"]) | WORDS


@SPARING
@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=5))
def test_any_value_keeps_its_content(value: dict[str, Any]) -> None:
    made = yaml_of_value(value, order())
    assert canonical_text(read_yaml(made)) == canonical_text(value)
    assert yaml_of(made, order()) == made
    assert read_yaml(json_of_value({"id": "X"}, order())) == {"id": "X"}


@SPARING
@given(st.data())
def test_comments_anywhere_are_kept_or_refused(data: st.DataObject) -> None:
    lines = COMMENTED.splitlines()
    for number in range(3):
        place = data.draw(st.integers(0, len(lines) - 1))
        if data.draw(st.booleans()):
            lines.insert(place, " " * data.draw(st.integers(0, 8)) + f"# new {number}")
        else:
            lines[place] += f"  # new {number}"
    text = "\n".join(lines) + "\n"
    made = formatted(text)
    assert sorted(_comments(made)) == sorted(_comments(text))


def _comments(text: str) -> list[str]:
    return [line[line.index("#") :] for line in text.splitlines() if "#" in line]
