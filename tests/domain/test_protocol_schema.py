"""The JSON Schema of protocol documents: of the types, described, and agreed with the reader."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from app.data.protocols import load, make_ready, protocol_ids
from app.data.strict_yaml import read_yaml
from app.domain.dlt.protocol import Document
from app.domain.dlt.rule import RuleSet
from app.domain.enrolment import Enrolment
from app.domain.errors import BadProtocol, Fault
from app.domain.laboratory.policy import Policy
from app.domain.protocol_schema import DESCRIBED, protocol_schema, types_of
from tests.docs.examples import DOCS, base_of, blocks, changed

pytestmark = pytest.mark.no_cover

SCHEMA = protocol_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
PAGE = "rule-language.md"
NOT_OF_SHAPE = {
    "unknown_reading", "unknown_option", "not_monotone", "unknown_term", "unknown_group",
    "unknown_intervention", "unknown_phase", "unknown_agent", "unknown_criterion", "duplicate_id",
    "own_terms", "unknown_dictionary", "replaced_elsewhere", "bad_clock", "word_of_two_kinds",
    "no_rule",
}  # fmt: skip
"""Codes of what a schema cannot see: names that are not there, and rules that time un-makes."""

Data = dict[str, Any]


def definitions() -> Iterator[tuple[str, Data]]:
    for kind in types_of(Document, RuleSet, Enrolment, Policy):
        if kind is Document:
            yield "Document", SCHEMA
        else:
            yield kind.__name__, SCHEMA["$defs"][kind.__name__]


TYPES = list(definitions())

# --- the descriptions ---------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "definition"), TYPES)
def test_every_key_is_described_and_no_other(name: str, definition: Data) -> None:
    assert set(DESCRIBED.get(name, {})) == set(definition["properties"])


def test_no_type_is_described_that_is_gone() -> None:
    assert set(DESCRIBED) == {name for name, _ in TYPES}


@pytest.mark.parametrize(("name", "definition"), TYPES)
def test_every_key_tells_a_sentence_and_an_example_that_is_right(
    name: str, definition: Data
) -> None:
    assert definition["title"]
    assert definition["description"].endswith(".")
    for key, place in definition["properties"].items():
        assert place["description"].endswith("."), key
        assert place["examples"], key
        own = {each: part for each, part in place.items() if each not in {"title", "examples"}}
        checks = Draft202012Validator({**own, "$defs": SCHEMA["$defs"]})
        assert [each for each in place["examples"] if not checks.is_valid(each)] == [], key


def test_it_is_the_same_at_each_call() -> None:
    assert json.dumps(protocol_schema()) == json.dumps(SCHEMA)


def test_every_reference_leads_somewhere_and_everything_is_referred_to() -> None:
    text = json.dumps(SCHEMA)
    for name in SCHEMA["$defs"]:
        assert f'"#/$defs/{name}"' in text, name
    assert set(_references(SCHEMA)) == {f"#/$defs/{name}" for name in SCHEMA["$defs"]}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if "$ref" in value:
            yield value["$ref"]
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


# --- what it lets pass, and what not ------------------------------------------------------------


@pytest.mark.parametrize("protocol_id", protocol_ids())
def test_every_built_in_document_is_of_the_shape(protocol_id: str) -> None:
    VALIDATOR.validate(load(protocol_id).document)


GOLDEN = sorted((DOCS.parent / "tests" / "golden" / "definitions").glob("DEF-??.yaml"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_golden_definition_is_of_the_shape(path: Path) -> None:
    VALIDATOR.validate(read_yaml(path.read_text("utf-8")))


def _of(*kinds: str) -> list[Any]:
    return [
        pytest.param(changed(base_of(PAGE), each.content), id=each.place)
        for each in blocks(DOCS / PAGE)
        if each.kind in kinds
    ]


@pytest.mark.parametrize("document", _of("document", "rules", "part"))
def test_every_example_of_the_language_is_of_the_shape(document: Data) -> None:
    VALIDATOR.validate(document)


@pytest.mark.parametrize("document", _of("refused"))
def test_a_refused_example_is_refused_where_its_shape_is_wrong(document: Data) -> None:
    assert VALIDATOR.is_valid(document) is read_as_shape(document)


def test_some_refused_example_is_of_a_wrong_shape() -> None:
    assert any(not VALIDATOR.is_valid(each.values[0]) for each in _of("refused"))


READING = {"reading": "R-SEVERE", "options": {"grade-3": 3, "grade-4": 4}}


@pytest.mark.parametrize(
    ("place", "value", "fits"),
    [
        (("dlt", "criteria", 0, "grade"), 1, True),
        (("dlt", "criteria", 0, "grade"), 0, False),  # no run is at grade 0
        (("dlt", "criteria", 0, "grade"), 5, True),
        (("dlt", "criteria", 0, "grade"), 6, False),
        (("dlt", "criteria", 0, "grade"), "3", False),
        (("dlt", "criteria", 0, "grade"), READING, True),
        (("dlt", "criteria", 0, "grade"), {**READING, "else": 4}, False),
        (("dlt", "criteria", 0, "grade"), {"reading": "R", "options": {"a": READING}}, True),
        (("dlt", "criteria", 0, "grade"), {"reading": "R", "options": {"a": "3"}}, False),
        (("dlt", "criteria", 0, "longer_than"), "P7D", True),
        (("dlt", "criteria", 0, "longer_than"), "PT7H30M", False),
        (("dlt", "criteria", 0, "longer_than"), 7, False),
        (("dlt", "criteria", 0, "longer_than"), None, True),
        (("dlt", "criteria", 0, "when"), {"group": "lung"}, True),
        (("dlt", "criteria", 0, "when"), {"group": "lung", "term": "Sepsis"}, False),
        (("dlt", "criteria", 0, "when"), {"grup": "lung"}, False),
        (("dlt", "criteria", 0, "when"), {"not": {"not": {"always": True}}}, True),
        (("dlt", "criteria", 0, "when"), {"all": []}, False),
        (("dlt", "criteria", 0, "says"), "   ", False),
        (("dlt", "criteria", 0, "when"), {"lasts": {"grade": 4, "longer_than": "P7D"}}, True),
        (("dlt", "criteria", 0, "when"), {"lasts": {"grade": 4}}, False),
        (("dlt", "criteria"), [], False),
        (("dlt", "window", "first_day"), 2, False),
        (("dlt",), None, True),
        (("groups",), {"lung": {"reading": "R", "options": {"a": ["Sepsis"], "b": []}}}, True),
        (("groups",), {"lung": "Sepsis"}, False),
        (("enrolment",), {"study_cap": 0}, False),
        (("enrolment",), {"study_cap": 1}, True),
        (("grading", "laboratory"), {"policy": {"symptoms": "absent"}}, True),
        (("grading", "laboratory"), {"policy": {"symptoms": "there"}}, False),
        (("title",), READING, False),  # a reading decides rules, not what the trial is called
        (("title",), "", False),
        (("titel",), "A trial", False),
        (("schema_number",), 2, False),
    ],
)
def test_both_sides_of_what_fits(place: tuple[str | int, ...], value: Any, fits: bool) -> None:
    assert VALIDATOR.is_valid(_with(base_of(PAGE), place, value)) is fits


def _with(document: Data, place: tuple[str | int, ...], value: Any) -> Data:
    made: Any = deepcopy(document)
    part = made
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    return dict(made)


# --- it agrees with the reader wherever shape decides -------------------------------------------


def read_as_shape(document: Data) -> bool:
    """Whether making the document ready finds no fault of its shape."""
    try:
        make_ready(document)
    except BadProtocol as error:
        return not any(is_of_shape(fault) for fault in error.faults)
    return True


def is_of_shape(fault: Fault) -> bool:
    return fault.code not in NOT_OF_SHAPE or "lasts needs exactly one of" in fault.message


def _places(value: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if above:
        yield above
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _places(part, (*above, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _places(part, (*above, index))


RICH = [
    each.values[0]
    for each in _of("document", "rules", "part")
    if "reading" not in json.dumps(each.values[0]["dlt"])
]
"""Without readings in the rules: of these, reading a document looks at one option alone."""
VALUES = st.sampled_from([None, 3, -1, 99, 2.5, "text", "P7D", "", [], ["text"], {}, {"x": 1}])


@st.composite
def mutants(draw: st.DrawFn) -> Data:
    document = deepcopy(draw(st.sampled_from(RICH)))
    place = draw(st.sampled_from(list(_places(document))))
    part: Any = document
    for step in place[:-1]:
        part = part[step]
    how = draw(st.sampled_from(["removed", "replaced", "replaced", "misspelt"]))
    if how == "replaced" or isinstance(part, list):
        part[place[-1]] = draw(VALUES)
    elif how == "misspelt":
        part[f"{place[-1]}x"] = part.pop(place[-1])
    else:
        del part[place[-1]]
    return dict(document)


@given(mutants())
def test_a_mutant_fits_the_schema_when_reading_it_finds_no_fault_of_shape(document: Data) -> None:
    assert VALIDATOR.is_valid(document) is read_as_shape(document)
