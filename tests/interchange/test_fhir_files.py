"""FHIR's files: one resource, NDJSON and Bundles, and what must not be believed of them."""

import gzip
import io
import json
import tracemalloc
from itertools import chain, repeat
from typing import Any, cast

import pytest

from app.domain.source_system import SourceSystem
from app.interchange.fhir import read_fhir
from app.interchange.rows import MOST_OF_A_ROW, BadRow, LeftOut, SourceRow, UnreadableFile
from tests.interchange.fhir_examples import (
    Resource,
    administration,
    bundle,
    codes_of,
    ndjson,
    observation,
    r4_event,
    read,
    rows_of,
    without,
)


def entry_of(resource: Resource, url: str) -> dict[str, Any]:
    return {"fullUrl": url, "resource": resource}


def bundle_of(*entries: Any, kind: str = "transaction") -> str:
    return json.dumps({"resourceType": "Bundle", "type": kind, "entry": list(entries)})


@pytest.mark.parametrize("indent", [None, 2])
def test_one_resource_in_one_line_or_many(indent: int | None) -> None:
    (row,) = read(json.dumps(r4_event(), indent=indent))

    assert isinstance(row, SourceRow)
    assert (row.number, row.place) == (1, "line 1")


def test_ndjson_counts_rows_and_names_lines() -> None:
    text = "\n".join(["", json.dumps(r4_event()), "  ", "{oops}", json.dumps(observation()), ""])
    rows = read(text)

    assert codes_of(rows) == ["AE", "not_json", "LB"]
    assert [(row.number, row.place) for row in rows] == [
        (1, "line 2"),
        (2, "line 4"),
        (3, "line 5"),
    ]
    bad = rows[1]
    assert isinstance(bad, BadRow)
    assert bad.original == "{oops}"


@pytest.mark.parametrize("first", ["{oops}", '{"a": 1, "a": 2}', '{"resourceType": "Adver', "[1]"])
def test_a_bad_first_line_makes_no_document_of_ndjson(first: str) -> None:
    text = f"{first}\n{ndjson(r4_event(), observation())}"
    if first.startswith("["):
        with pytest.raises(UnreadableFile, match="array"):
            read(text)
        return
    assert codes_of(read(text))[1:] == ["AE", "LB"]


@pytest.mark.parametrize("kind", ["collection", "searchset", "transaction", "batch"])
@pytest.mark.parametrize("indent", [None, 1])
def test_a_bundle_is_read_entry_by_entry(kind: str, indent: int | None) -> None:
    text = json.dumps(
        bundle(r4_event(), administration(), observation(), kind=kind), indent=indent
    )
    rows = read(text)

    assert codes_of(rows) == ["AE", "EX", "LB"]
    assert [row.place for row in rows] == [f"/entry/{at}/resource" for at in range(3)]


def test_the_members_of_a_bundle_may_stand_in_any_order() -> None:
    made = bundle(r4_event())
    backwards = {name: made[name] for name in ("entry", "type", "resourceType")}

    assert read(json.dumps(backwards)) == read(json.dumps(made))
    assert read('{"resourceType": "Bundle", "type": "collection"}') == []
    assert read('{"resourceType": "Bundle", "type": "collection", "entry": []}') == []


@pytest.mark.parametrize("kind", ["document", "message", "history", "batch-response", None, 7])
def test_other_bundles_are_refused_as_a_whole(kind: Any) -> None:
    with pytest.raises(UnreadableFile, match="is not read: send one of collection, searchset"):
        read(json.dumps(bundle(r4_event(), kind=kind)))


@pytest.mark.parametrize("patient_first", [True, False])
def test_a_urn_is_the_resource_that_the_bundle_names_so(patient_first: bool) -> None:
    patient = entry_of({"resourceType": "Patient", "id": "pt-1"}, "urn:uuid:1")
    dose = entry_of(administration(), "urn:uuid:2")
    agent = {
        "instance": {"reference": "urn:uuid:2"},
        "causality": [{"assessment": {"text": "yes"}}],
    }
    event = entry_of(
        r4_event(subject={"reference": "urn:uuid:1"}, suspectEntity=[agent]), "urn:uuid:3"
    )
    entries = [patient, dose, event] if patient_first else [event, dose, patient]
    row = next(
        row
        for row in read(bundle_of(*entries))
        if isinstance(row, SourceRow) and row.domain == "AE"
    )

    assert row.subject == "pt-1"
    assert row.related == (("MedicationAdministration.ex-1", "yes"),)


def test_a_urn_of_a_resource_without_an_id_is_its_identifier() -> None:
    patient = {"resourceType": "Patient", "identifier": [{"value": "1001"}]}
    event = r4_event(subject={"reference": "urn:uuid:1"})
    rows = read(bundle_of(entry_of(event, "urn:uuid:2"), entry_of(patient, "urn:uuid:1")))

    assert [row.subject for row in rows if isinstance(row, SourceRow)] == ["1001", "1001"]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"request": {"method": "GET", "url": "Patient/1"}}, "request GET"),
        ({"request": {"method": "DELETE", "url": "AdverseEvent/1"}}, "request_not_read"),
        ({"request": {"method": "PATCH", "url": "AdverseEvent/1"}}, "request_not_read"),
        (
            {"search": {"mode": "outcome"}, "resource": {"resourceType": "OperationOutcome"}},
            "outcome of a search",
        ),
        ({"request": {"method": "PUT"}, "resource": r4_event()}, "AE"),
        ({}, "no_resource"),
        ({"resource": {}}, "no_resource"),
        ({"resource": {"resourceType": 7}}, "no_resource"),
        ({"resource": {"resourceType": "<b>"}}, "no_resource"),
        ({"resource": bundle(r4_event())}, "bundle_within"),
        ({"resource": r4_event(), "modifierExtension": [{"url": "x"}]}, "unknown_modifier"),
        (7, "bad_element"),
    ],
)
def test_what_an_entry_may_be(entry: Any, told: str) -> None:
    rows = read(bundle_of(entry, {"resource": observation()}))

    assert codes_of(rows) == [told, "LB"]
    assert [row.number for row in rows] == [1, 2]


def test_pages_that_follow_are_told_and_are_no_row() -> None:
    page = bundle(r4_event(), kind="searchset")
    page["link"] = [{"relation": "self", "url": "a"}, {"relation": "next", "url": "b"}]
    row, note = read(json.dumps(page))

    assert row.number == 1
    assert note == LeftOut(
        number=0, place="/link", what="the pages that follow this one (link next): send each"
    )


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ('{"resource": {"resourceType": "AdverseEvent", "id": "a", "id": "b"}}', "duplicate_key"),
        ('{"resource": {"resourceType": "AdverseEvent",}}', "not_json"),
        ('{"resource": {"resourceType": "AdverseEvent", "x": NaN}}', "not_json"),
        ('{"resource": {"resourceType": "AdverseEvent", "x": -Infinity}}', "not_json"),
        ('{"resource": {"resourceType": "AdverseEvent", "x": 01}}', "not_json"),
        ('{"resource": ' * 5000 + "1" + "}" * 5000, "too_deep"),
        ("[" * 5000 + "]" * 5000, "too_deep"),
    ],
)
def test_an_entry_that_cannot_be_read_spares_the_others(broken: str, code: str) -> None:
    event = json.dumps({"resource": r4_event()})
    text = f'{{"resourceType": "Bundle", "type": "batch", "entry": [{broken}, {event}]}}'
    rows = read(text)

    assert codes_of(rows) == [code, "AE"]
    bad = rows[0]
    assert isinstance(bad, BadRow)
    assert bad.place == "/entry/0/resource"
    assert broken.startswith(bad.original)
    if broken.startswith("{"):
        lines = read(f"{broken}\n{ndjson(r4_event())}")
        assert codes_of(lines)[1:] == ["AE"]
        assert isinstance(lines[0], BadRow)


@pytest.mark.parametrize("size", [MOST_OF_A_ROW, 3 * MOST_OF_A_ROW])
def test_a_string_without_end_is_refused_and_never_held(size: int) -> None:
    long = r4_event(note=[{"text": "\\" * 7 + "x" * size}])
    event = json.dumps({"resource": r4_event()})
    text = f'{{"type": "batch", "entry": [{json.dumps({"resource": long})}, {event}], '
    text += '"resourceType": "Bundle"}'

    for rows in (read(text), rows_of(long, r4_event())):
        assert codes_of(rows) == ["too_long", "AE"]
        bad = rows[0]
        assert isinstance(bad, BadRow)
        assert len(bad.original) <= 1 << 16
    assert codes_of(read(json.dumps(long))) == ["too_long"]
    assert codes_of(read(json.dumps(long, indent=1))) == ["too_long"]


class Repeating(io.RawIOBase):
    """A file that is made while it is read: a piece again and again between two others."""

    def __init__(self, first: bytes, again: bytes, times: int, last: bytes) -> None:
        self._parts = (first, again, times, last)
        self.seek(0)

    def readable(self) -> bool:  # type: ignore[explicit-override]
        return True

    def seekable(self) -> bool:  # type: ignore[explicit-override]
        return True

    def seek(self, offset: int, whence: int = 0) -> int:  # type: ignore[explicit-override]
        first, again, times, last = self._parts
        self._left, self._rest = chain([first], repeat(again, times), [last]), b""
        return 0

    def readinto(self, buffer: Any) -> int:  # type: ignore[explicit-override]
        self._rest = self._rest or next(self._left, b"")
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def test_a_file_that_can_be_read_only_once_is_read_too() -> None:
    class Once(io.BytesIO):
        def seekable(self) -> bool:  # type: ignore[explicit-override]
            return False

        def seek(self, offset: int, whence: int = 0) -> int:  # type: ignore[explicit-override]
            raise io.UnsupportedOperation("seek")

    text = json.dumps(bundle(r4_event(), observation())).encode()

    assert list(read_fhir(Once(text), SourceSystem())) == read(text)


@pytest.mark.parametrize("form", ["ndjson", "bundle"])
def test_many_resources_take_no_more_memory_than_one(form: str) -> None:
    event = r4_event(text={"div": "x" * 50_000})
    times = 400
    if form == "bundle":
        again = json.dumps({"resource": event}).encode()
        first = b'{"type":"batch","resourceType":"Bundle","entry":['
        file = Repeating(first, again + b",", times, again + b"]}")
    else:
        again = json.dumps(event).encode()
        file = Repeating(b"\n", again + b"\n", times, again)
    reader = io.BufferedReader(cast(io.RawIOBase, file))
    tracemalloc.start()
    rows = sum(1 for _ in read_fhir(reader, SourceSystem()))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert rows == times + 1
    assert most < 8 * MOST_OF_A_ROW < times * len(again) / 2


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"[{}]", "JSON array"),
        (b"<Bundle/>", "XML"),
        (b"resourceType,id\n", "begins with"),
        (b'"AdverseEvent"', "begins with"),
        (b'{"resourceType": "Bundle", "type": "batch", "entry": [{"resource": {', "middle"),
        (b'{"resourceType": "Bundle", "type": "batch", "entry": [', "entry 0"),
        (b'{"resourceType": "Bundle", "type": "batch"', "end of the file"),
        (b'{"resourceType": "Bundle", "type": "batch"} x', "follows after the end"),
        (b'{"resourceType": "Bundle", "type": "batch", "entry": {}}', "should follow"),
        (b'{"resourceType": "Bundle", "type": "batch", "entry": [1 2]}', "should follow"),
        (b'{"resourceType": "Bundle", "type": "batch", "type": "history"}', "twice"),
        (b'{"resourceType": "Bundle", 7: 1}', "should follow"),
        (b"{\n", "should follow"),
    ],
)
def test_a_file_that_is_no_fhir_is_refused_as_a_whole(content: bytes, problem: str) -> None:
    with pytest.raises(UnreadableFile, match=problem):
        read(content)


def test_a_file_that_ends_too_early_yields_nothing_first() -> None:
    text = json.dumps(bundle(r4_event(), observation()))[:-2]

    with pytest.raises(UnreadableFile):
        next(read_fhir(io.BytesIO(text.encode()), SourceSystem()))


def test_bytes_that_are_no_utf_8_refuse_their_row_alone() -> None:
    good, bad = json.dumps(r4_event()).encode(), json.dumps(observation()).encode()
    broken = bad.replace(b"Platelets", b"Pl\xe4ttchen")

    assert codes_of(read(broken + b"\n" + good)) == ["not_utf8", "AE"]
    entries = b'{"resource": ' + broken + b'}, {"resource": ' + good + b"}"
    text = b'{"resourceType": "Bundle", "type": "batch", "entry": [' + entries + b"]}"
    assert codes_of(read(text)) == ["not_utf8", "AE"]


def test_marks_packing_and_other_scripts() -> None:
    text = ndjson(r4_event()).replace("sick", "吐き気")
    plain = read(text)

    assert isinstance(plain[0], SourceRow)
    assert plain[0].fields["AETERM"] == "吐き気"
    assert read("\ufeff" + text) == plain
    assert read(gzip.compress(text.encode())) == plain
    assert read(text.replace("\n", "\r\n")) == plain
    assert read(text.encode("utf-16")) == plain


def test_a_number_that_would_fill_the_memory_is_refused_where_it_is_read() -> None:
    bomb = ndjson(observation()).replace('"value": 48', '"value": 1e999999999')
    elsewhere = ndjson(r4_event(note=[{"x": 1}])).replace('"x": 1', '"x": 1e999999999')

    assert codes_of(read(bomb)) == ["bad_element"]
    assert codes_of(read(elsewhere)) == ["AE"]
    long = ndjson(observation()).replace('"value": 48', '"value": ' + "9" * 5000)
    assert codes_of(read(long)) == ["bad_element"]


def test_the_same_id_in_many_types_is_many_rows() -> None:
    resources = [
        without(each, "id") | {"id": "1"} for each in (r4_event(), observation(), administration())
    ]
    rows = rows_of(*resources, {"resourceType": "Patient", "id": "1"})

    assert len({row.key for row in rows if isinstance(row, SourceRow)}) == 4
