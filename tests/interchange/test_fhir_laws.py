"""Laws of reading FHIR: the form does not matter, nothing crashes, every row is reckoned up."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.interchange.rows import BadRow, LeftOut, ReadRow, SourceRow, UnreadableFile
from tests.interchange.fhir_examples import (
    NCIT,
    R5_GRADE,
    Resource,
    administration,
    bundle,
    concept,
    extension,
    ndjson,
    observation,
    quantity,
    r4_event,
    r5_event,
    read,
)

FULL: tuple[Resource, ...] = (
    r5_event(
        meta={"versionId": "3", "lastUpdated": "2026-03-05T08:00:00Z"},
        extension=[extension(R5_GRADE, valueCodeableConcept=concept(NCIT, "C41340"))],
        outcome=[concept(NCIT, "C49498")],
        suspectEntity=[
            {
                "instanceReference": {"reference": "MedicationAdministration/ex-1"},
                "causality": {"entityRelatedness": {"text": "possible"}},
            }
        ],
        mitigatingAction=[{"itemCodeableConcept": {"text": "tocilizumab"}}],
    ),
    r4_event(id="ae-2", seriousness=concept(NCIT, "C41335")),
    observation(referenceRange=[{"low": quantity(125), "high": quantity(350)}]),
    administration(),
    {"resourceType": "Patient", "id": "pt-1", "gender": "male", "deceasedDateTime": "2026-04"},
    {
        "resourceType": "ResearchSubject",
        "id": "rs-1",
        "status": "on-study",
        "individual": {"reference": "Patient/pt-1"},
        "actualArm": "DL1",
    },
    {"resourceType": "Condition", "id": "c"},
)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every object or list in a value, with each of its keys or places."""
    match value:
        case dict():
            for name, part in value.items():
                yield value, name
                yield from places_in(part)
        case list():
            for at, part in enumerate(value):
                yield value, at
                yield from places_in(part)
        case _:
            return


def told(rows: list[ReadRow]) -> list[ReadRow]:
    """The rows without where they stand."""
    return [replace(row, place="") for row in rows]


@given(st.lists(st.sampled_from(FULL), max_size=5), st.sampled_from([None, 0, 3]))
@settings(max_examples=30, deadline=None)
def test_a_bundle_and_ndjson_of_the_same_resources_yield_the_same(
    resources: list[Resource], indent: int | None
) -> None:
    in_bundle = read(json.dumps(bundle(*resources), indent=indent))

    if resources:
        assert told(in_bundle) == told(read(ndjson(*resources)))
    assert [row.number for row in in_bundle] == list(range(1, len(in_bundle) + 1))


@given(st.sampled_from(FULL), st.data())
@settings(max_examples=60, deadline=None)
def test_one_element_that_is_anything_yields_a_row_or_a_reason(
    resource: Resource, data: st.DataObject
) -> None:
    changed = copy.deepcopy(resource)
    holder, name = data.draw(st.sampled_from(list(places_in(changed))))
    holder[name] = data.draw(VALUES)
    changed["note"] = "beside a resource that is whole"
    *rows, last = read(ndjson(changed, r4_event()))

    assert rows
    assert isinstance(last, SourceRow)
    for row in rows:
        match row:
            case SourceRow():
                assert row.key
                assert row.subject
                assert all(cell.strip() for cell in row.fields.values())
                json.dumps(row.fields, ensure_ascii=False).encode()
            case BadRow():
                assert row.problem
                assert json.loads(row.original) == json.loads(json.dumps(changed))
            case LeftOut():
                assert row.what
            case _:
                raise AssertionError(row)


@given(st.binary(max_size=60) | st.text('{}[]",:\\ \n1eréa').map(str.encode))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_rows_or_an_unreadable_file(content: bytes) -> None:
    for raw in (content, b'{"resourceType": "Bundle", "type": "batch", "entry": [' + content):
        try:
            rows = read(raw)
        except UnreadableFile:
            continue
        assert all(isinstance(row, BadRow) for row in rows)
        assert raw.startswith(b"{") or raw.lstrip().startswith(
            (b"{", b"\xef\xbb\xbf", b"\x1f\x8b")
        )


@given(st.integers(min_value=0, max_value=400))
@settings(max_examples=40, deadline=None)
def test_a_bundle_that_is_cut_anywhere_is_refused(cut: int) -> None:
    text = json.dumps(bundle(*FULL))
    shortened = text[: len(text) * cut // 401]

    try:
        rows = read(shortened)
    except UnreadableFile:
        return
    raise AssertionError(rows)


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9
    )
)
@settings(max_examples=40, deadline=None)
def test_the_digits_of_a_number_are_those_that_were_sent(number: Any) -> None:
    (row,) = read(ndjson(observation(valueQuantity=quantity(4711))).replace("4711", f"{number:f}"))

    assert isinstance(row, SourceRow)
    assert row.fields["LBORRES"] == f"{number:f}"
