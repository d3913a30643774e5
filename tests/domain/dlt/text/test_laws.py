"""A change of one key of a document always shows in its text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cache
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.data.protocols import load, protocol_ids
from app.domain.errors import BadProtocol
from tests.domain.dlt.text.reading import text_of
from tests.golden.definitions.test_definitions import ENCODED, read

LIMIT = re.compile(r"P(T?)(\d+)([WDHM])")
WORDS = (
    ("each_infusion", "first_infusion"), ("calendar", "elapsed"), ("first_documented", "last"),
    ("unknown", "persists", "investigator", "sponsor", "any_related"),
    ("committee", "ends_event", "exceeds_limit"), ("of_the_term", "all"),
    ("after_if_above_baseline", "after", "either"),
    ("possible", "probable", "definite", "unlikely", "unrelated"),
    ("first_pair", "sentinel", "each_consecutive_pair"), ("enrol", "infuse"),
    ("infusion_start", "infusion_completion"), ("investigational", "background"),
    ("start", "escalation", "back_up"), ("3+3", "target_rate", "not_stated"),
)  # fmt: skip
"""Words of the language: any may stand in the place of another of its row."""

Path = tuple[str | int, ...]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every value of a document that is no object, and every list that has something to lose."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from places(part, (*path, key))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, part in enumerate(value):
            yield from places(part, (*path, number))
        if value:
            yield path
    else:
        yield path


def others(value: Any) -> list[Any]:
    """What may stand in the place of a value: another grade, limit, group, word or boolean."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, list):
        return [value[1:]]
    if not isinstance(value, str):
        return [1]
    limit = LIMIT.fullmatch(value)
    if limit is not None:
        return [f"P{limit[1]}{int(limit[2]) + 1}{limit[3]}"]
    words = [word for row in WORDS if value in row for word in row if word != value]
    return [*words, f"{value}x"]


@cache
def document_of(name: str) -> Mapping[str, Any]:
    """A built-in document, or one of the published definitions."""
    if name in ENCODED:
        written: dict[str, Any] = read(f"{name}.yaml")
        return written
    return load(name).document


@cache
def changes(name: str) -> tuple[tuple[Path, Any], ...]:
    document = document_of(name)
    found = []
    for path in places(document):
        value: Any = document
        for key in path:
            value = value[key]
        found += [(path, other) for other in others(value)]
    return tuple(found)


@cache
def as_it_is(name: str) -> str:
    return text_of(document_of(name))


def as_it_may_be(document: Mapping[str, Any]) -> str | None:
    """The text of a changed document; None where no such document can be written."""
    try:
        return text_of(document)
    except BadProtocol:
        return None


@given(st.data())
@settings(max_examples=60)
def test_two_documents_that_differ_in_one_key_never_read_the_same(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from((*protocol_ids(), *ENCODED)))
    path, other = data.draw(st.sampled_from(changes(name)))
    document = deepcopy(dict(document_of(name)))
    inside: Any = document
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = other
    text = as_it_may_be(document)
    assume(text is not None)
    assert text != as_it_is(name), (path, other)


def test_the_changes_are_of_every_kind() -> None:
    """A law about changes that are never made would hold of anything."""
    made = {type(other) for _, other in changes("NCT06886919")}
    assert made == {bool, int, str, list}
    assert len(changes("NCT06886919")) > 500
