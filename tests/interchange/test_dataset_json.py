"""Dataset-JSON 1.1 in its forms: which rows it is, and what is refused."""

import gzip
import io
import json
import zlib
from collections.abc import Sequence
from itertools import chain, repeat
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.source_system import SourceSystem
from app.domain.time import PartialTime
from app.interchange.dataset_json import read_dataset_json
from app.interchange.rows import (
    MOST_OF_A_ROW,
    BadRow,
    LeftOut,
    ReadRow,
    SourceRow,
    UnreadableFile,
)
from tests.interchange.streams import MIB, made, peak_of, repeated

NAMES = ("DOMAIN", "USUBJID", "AETERM", "AESTDY")
CREATED = "2026-04-01T08:30:00Z"


def metadata(records: int | None, **changed: Any) -> dict[str, Any]:
    columns = [{"itemOID": f"IT.AE.{x}", "name": x, "dataType": "string"} for x in NAMES]
    values = {
        "datasetJSONCreationDateTime": CREATED,
        "datasetJSONVersion": "1.1.0",
        "itemGroupOID": "IG.AE",
        "records": records,
        "name": "AE",
        "label": "Adverse Events",
        "columns": columns,
    } | changed
    return {name: value for name, value in values.items() if value is not None}


def as_json(rows: str, records: int | None = None, **changed: Any) -> str:
    return json.dumps(metadata(records, **changed))[:-1] + f', "rows": [{rows}]}}'


def as_lines(rows: Sequence[str], records: int | None = None, **changed: Any) -> str:
    return "\n".join([json.dumps(metadata(records, **changed)), *rows]) + "\n"


def read(content: str | bytes, system: SourceSystem | None = None) -> list[ReadRow]:
    content = content.encode() if isinstance(content, str) else content
    return list(read_dataset_json(io.BytesIO(content), system or SourceSystem()))


def cells(rows: Sequence[ReadRow]) -> list[dict[str, str]]:
    return [dict(each.fields) for each in rows if isinstance(each, SourceRow)]


FEVER = '["AE", "001", "Fever", 3]'


def test_a_row_is_its_cells_by_name_with_the_time_of_the_extract() -> None:
    (row,) = read(as_json(FEVER, 1))
    assert isinstance(row, SourceRow)
    assert row.fields == {"DOMAIN": "AE", "USUBJID": "001", "AETERM": "Fever", "AESTDY": "3"}
    assert (row.domain, row.number, row.place) == ("AE", 1, "/rows/0")
    assert row.source.time == PartialTime(CREATED)


def test_every_form_is_the_same_rows() -> None:
    rows = [FEVER, '["AE", "002", "発熱", null]']
    text, lines = as_json(", ".join(rows), 2), as_lines(rows, 2)
    forms = [
        pack(x.encode()) for x in (text, lines) for pack in (bytes, gzip.compress, zlib.compress)
    ]
    forms += [json.dumps(json.loads(text), indent=2).encode(), text.encode("utf-8-sig")]
    expected = cells(read(text))
    assert len(expected) == 2
    assert all(cells(read(form)) == expected for form in forms)


def test_a_line_tells_its_place_from_the_metadata_on() -> None:
    first, second = read(as_lines([FEVER, "", FEVER]))
    assert isinstance(first, SourceRow)
    assert isinstance(second, SourceRow)
    assert (first.place, second.place, second.number) == ("line 2", "line 4", 2)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("3", "3"),
        ("3.80", "3.80"),
        ("1E-2", "1E-2"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
        ("9" * 5000, "9" * 5000),
        ("true", "true"),
        ('"3.80"', "3.80"),
        ('"\\u767a\\n"', "発\n"),
    ],
)
def test_a_number_has_the_digits_that_were_sent(cell: str, text: str) -> None:
    assert cells(read(as_json(f'["AE", "001", "Fever", {cell}]')))[0]["AESTDY"] == text


@pytest.mark.parametrize("cell", ["null", '""', '"  "'])
def test_what_is_null_or_blank_is_not_there(cell: str) -> None:
    assert "AESTDY" not in cells(read(as_json(f'["AE", "001", "Fever", {cell}]')))[0]


@pytest.mark.parametrize(
    ("created", "kept"),
    [
        ("2026-04-01T08:30:00", True),
        ("2026-04-01T08:30:00.123+09:00", True),
        ("2026-04-01", False),
        ("1 April 2026", False),
        (17, False),
        (None, False),
    ],
)
def test_the_creation_time_is_kept_where_it_is_an_instant(created: object, kept: bool) -> None:
    (row,) = read(as_json(FEVER, datasetJSONCreationDateTime=created))
    assert isinstance(row, SourceRow)
    assert row.source.time == (PartialTime(str(created)) if kept else None)


# ---- domains ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "oid", "domain"),
    [("FAAE", "IG.FAAE", "FA"), ("AE", "IG.AE", "AE"), (None, None, "LB")],
)
def test_the_domain_of_the_cell_leads(name: str | None, oid: str | None, domain: str) -> None:
    (row,) = read(as_json(f'["{domain}", "001", "x", 1]', name=name, itemGroupOID=oid))
    assert isinstance(row, SourceRow)
    assert row.domain == domain


@pytest.mark.parametrize(("name", "oid"), [("AE", "IG.X"), (None, "IG.AE"), ("", "IG.AE")])
def test_without_the_cell_the_name_of_the_dataset_tells_it(name: str | None, oid: str) -> None:
    columns = [{"name": "USUBJID"}, {"name": "AETERM"}]
    (row,) = read(as_json('["001", "x"]', name=name, itemGroupOID=oid, columns=columns))
    assert isinstance(row, SourceRow)
    assert row.domain == "AE"


def test_relations_without_an_id_are_those_of_the_dataset() -> None:
    columns = [{"name": "RDOMAIN"}, {"name": "IDVAR"}]
    (row,) = read(as_json('["AE", "AESPID"]', name="RELREC", columns=columns))
    assert isinstance(row, SourceRow)
    assert row.domain == "RELREC"


def test_another_domain_is_told_row_by_row() -> None:
    columns = [{"name": "USUBJID"}, {"name": "VSTESTCD"}]
    rows = read(as_json('["001", "TEMP"]', 1, name="VS", columns=columns))
    assert rows == [LeftOut(number=1, place="/rows/0", what="domain VS")]


def test_columns_may_be_mapped_by_name_or_oid() -> None:
    columns = [{"name": "subject", "itemOID": "IT.S"}, {"name": "event", "itemOID": "IT.E"}]
    system = SourceSystem(items={"IT.S": "USUBJID", "Event": "AETERM"})
    (row,) = read(as_json('["001", "x"]', columns=columns), system)
    assert isinstance(row, SourceRow)
    assert row.fields == {"USUBJID": "001", "AETERM": "x"}


# ---- rows that are refused -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ('["AE", "001", "Fever"]', "cell_count"),
        ('["AE", "001", "Fever", 3, 4]', "cell_count"),
        ('["AE", "001", "Fever", [3]]', "not_a_row"),
        ('["AE", "001", "Fever", {"a": "]"}]', "not_a_row"),
        ('{"AETERM": "Fever"}', "not_a_row"),
        ('"Fever"', "not_a_row"),
        ("17", "not_a_row"),
        ("null", "not_a_row"),
        ('["AE" "001", "Fever", 3]', "not_json"),
        ('["AE", "001", "Fever", NaN]', "not_json"),
        ('["AE", "001", "Fe\\qver", 3]', "not_json"),
        ('["AE", "001", "Fe\tver", 3]', "not_json"),
        ('["AE", "001", "\\ud800", 3]', "not_json"),
        ('["AE", "001", "\\u0000", 3]', "nul_character"),
        ("[" * 60_000 + "]" * 60_000, "not_json"),
    ],
)
@pytest.mark.parametrize("form", ["json", "lines"])
def test_a_row_that_cannot_be_read_is_refused_alone(row: str, code: str, form: str) -> None:
    parts = [FEVER, row, FEVER]
    rows = read(as_json(", ".join(parts), 3) if form == "json" else as_lines(parts, 3))
    assert [type(each) for each in rows] == [SourceRow, BadRow, SourceRow]
    bad = rows[1]
    assert isinstance(bad, BadRow)
    assert (bad.number, bad.code) == (2, code)
    assert bad.place == ("/rows/1" if form == "json" else "line 3")
    assert str(bad.original) == row[: len(str(bad.original))]


@pytest.mark.parametrize("form", ["json", "lines"])
def test_a_row_that_is_not_utf_8_is_refused_alone(form: str) -> None:
    parts = [FEVER, '["AE", "001", "Fi?vre", 3]', FEVER]
    text = as_json(", ".join(parts), 3) if form == "json" else as_lines(parts, 3)
    rows = read(text.encode().replace(b"Fi?vre", b"Fi\xe8vre"))
    assert [type(each) for each in rows] == [SourceRow, BadRow, SourceRow]
    bad = rows[1]
    assert isinstance(bad, BadRow)
    assert bad.code == "not_utf8"
    assert "byte 18" in bad.problem


def test_metadata_that_are_not_utf_8_are_refused() -> None:
    text = as_json(FEVER, label="Fi?vre").encode().replace(b"?", b"\xe8")
    with pytest.raises(UnreadableFile, match=r"label: byte 4 \(0xE8\) begins no character"):
        read(text)


@pytest.mark.parametrize(("more", "kept"), [(0, True), (1, False)])
@pytest.mark.parametrize("form", ["json", "lines"])
def test_a_row_has_at_most_the_bytes_of_a_row(more: int, kept: bool, form: str) -> None:
    long = '["AE", "001", "' + "x" * (MOST_OF_A_ROW - 20 + more) + '", 3]'
    assert len(long) == MOST_OF_A_ROW + more
    parts = [long, FEVER]
    first, last = read(as_json(",".join(parts), 2) if form == "json" else as_lines(parts, 2))
    assert isinstance(first, SourceRow) is kept
    assert isinstance(last, SourceRow)
    if isinstance(first, BadRow):
        assert first.code == "row_too_long"
        assert str(first.original).startswith('["AE", "001", "xxx')


@pytest.mark.parametrize("form", ["json", "lines"])
@pytest.mark.parametrize(("records", "told"), [(1, True), (2, False), (3, True), (None, False)])
def test_another_number_of_records_is_told(form: str, records: int | None, told: bool) -> None:
    parts = [FEVER, '["AE"]']
    text = as_json(",".join(parts), records) if form == "json" else as_lines(parts, records)
    codes = [each.code for each in read(text) if isinstance(each, BadRow)]
    assert codes == ["cell_count", *(["records_differ"] if told else [])]


def test_records_may_be_told_after_the_rows() -> None:
    text = as_json(FEVER)[:-1] + ', "records": 2}'
    assert [type(each) for each in read(text)] == [SourceRow, BadRow]


def test_a_dataset_without_rows_has_none() -> None:
    for text in (as_json("", 0), as_lines([], 0), json.dumps(metadata(0), indent=1)):
        assert read(text) == []


# ---- files that are refused ------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.0.0", "1.10", "2.0", "", 1.1, None])
def test_another_version_is_refused(version: object) -> None:
    with pytest.raises(UnreadableFile, match=r"only Dataset-JSON 1\.1 is read"):
        read(as_json(FEVER, datasetJSONVersion=version))


@pytest.mark.parametrize("version", ["1.1", "1.1.0", "1.1.12"])
def test_corrections_of_the_version_are_read(version: str) -> None:
    assert len(read(as_json(FEVER, datasetJSONVersion=version))) == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[1]", "a Dataset-JSON file: { should follow"),
        ("", "not the end of the file"),
        ('{"rows": []}', "no version"),
        ('{"datasetJSONVersion": "1.1", "rows": []}', "no list `columns`"),
        ('{"a": 1, "a": 2}', "'a' stands twice"),
        ("{1: 2}", "'1' is no name"),
        ('{"a": [{"b": 1, "b": 2}]}', "a: A key stands more than once"),
        ('{"a" 2}', "after a: : should follow"),
        ('{"a": }', "a: a value should follow, not '}'"),
        ('{"a": nix}', "a: it is not JSON: Expecting value"),
        ('{"a": "b', "the file ends in the middle of it"),
        (as_json(FEVER)[:-1], "after rows: , or } should follow, not the end"),
        (as_json(FEVER)[:-2], "after /rows/0: , or ] should follow, not the end"),
        (as_json(FEVER)[:-4], "/rows/0: the file ends in the middle"),
        (as_json(FEVER) + "{", "'{' follows the end"),
        (as_json(FEVER + ",,"), "/rows/1: a value should follow, not ','"),
        (as_json(FEVER, columns=[{"name": "AETERM"}, {"name": "AETERM"}]), "2 columns are AETERM"),
        (as_json(FEVER, columns=[{"label": "AETERM"}]), "no list `columns`"),
        (as_json(FEVER, label="x" * MOST_OF_A_ROW), "label: it has more than"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(text: str, problem: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read(text)
    assert problem in str(refused.value)


# ---- memory, and laws ------------------------------------------------------------------------


def test_rows_are_never_held_together() -> None:
    begun, ended = as_json("@", 4001).encode().split(b"@")
    rows = repeat(FEVER.encode() + b",\n" + b" " * 4000, 4000)
    stream = made(chain([begun], rows, [FEVER.encode(), ended]))
    counts = []
    peak = peak_of(
        lambda: counts.append(
            sum(isinstance(x, SourceRow) for x in read_dataset_json(stream, SourceSystem()))
        )
    )
    assert counts == [4001]
    assert peak < 3 * MIB


@pytest.mark.parametrize("sign", [b'"', b"[", b'"\\\\', b"1"])
def test_a_row_without_end_is_never_held(sign: bytes) -> None:
    begun, _ = as_json("@").encode().split(b"@")
    stream = made(
        chain([begun, b"[" if sign == b'"' else b"", sign], repeated(b"11111111", 16 * MIB))
    )

    def read_all() -> None:
        with pytest.raises(UnreadableFile, match="the file ends in the middle"):
            list(read_dataset_json(stream, SourceSystem()))

    assert peak_of(read_all) < 12 * MIB


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9)


@settings(max_examples=60)
@given(
    rows=st.lists(st.tuples(TEXTS, TEXTS, st.none() | st.integers() | TEXTS), max_size=5),
    escaped=st.booleans(),
    indent=st.none() | st.integers(0, 3),
)
def test_what_is_written_comes_back_cell_for_cell(
    rows: list[tuple[str, str, str | int | None]], escaped: bool, indent: int | None
) -> None:
    written = [["AE", *row] for row in rows]
    texts = [json.dumps(row, ensure_ascii=escaped, indent=indent) for row in written]
    flat = [json.dumps(row, ensure_ascii=escaped) for row in written]
    expected = [
        {
            name: str(cell)
            for name, cell in zip(NAMES, row, strict=True)
            if cell is not None and str(cell).strip()
        }
        for row in written
    ]
    assert cells(read(as_json(",".join(texts), len(rows)))) == expected
    assert cells(read(as_lines(flat, len(rows)))) == expected
