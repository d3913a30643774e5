"""Records of our own: a line each, exact, and refused by the line."""

import io
import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.source_system import SourceSystem
from app.interchange.ndjson import read_records
from app.interchange.rows import MOST_OF_A_ROW, BadRow, ReadRow, RecordRow
from tests.interchange.streams import MIB, made, peak_of, repeated


def read(content: str | bytes) -> list[ReadRow]:
    content = content.encode() if isinstance(content, str) else content
    return list(read_records(io.BytesIO(content), SourceSystem()))


def test_every_line_is_a_record_and_blank_lines_are_none() -> None:
    assert read('{"a": 1}\n\n  \n{"a": "発熱"}\r\n') == [
        RecordRow(number=1, place="line 1", value={"a": 1}),
        RecordRow(number=2, place="line 4", value={"a": "発熱"}),
    ]


def test_numbers_keep_every_digit() -> None:
    (row,) = read('{"value": 3.80, "count": 12, "small": 1e-2}')
    assert isinstance(row, RecordRow)
    assert row.value == {"value": Decimal("3.80"), "count": 12, "small": Decimal("0.01")}
    assert str(row.value["value"]) == "3.80"


@pytest.mark.parametrize(
    ("line", "code", "problem"),
    [
        ('{"a": 1, "a": 2}', "duplicate_key", "/a stands more than once"),
        ('{"a": [{"b": 1, "b": 1}]}', "duplicate_key", "/a/0/b"),
        ('{"a": }', "not_json", "at column 7"),
        ('{"a": NaN}', "not_json", "NaN is no number at column 7"),
        ('{"a": 1e999}', "not_json", "too large"),
        ('{"a": ' + "9" * 5000 + "}", "not_json", "too many digits"),
        ('{"a": "\\ud800"}', "not_json", "surrogate"),
        ('{"a": "\\u0000"}', "nul_character", "NUL"),
        ('{"a": {"b": ["\\u0000"]}}', "nul_character", "NUL"),
        ('{"a": "x\0"}', "nul_character", "byte 9 of line 2"),
        ('{"a": ' + "[" * 80 + "]" * 80 + "}", "too_deep", "64 deep"),
        ('{"a": ' + "[" * 50_000, "too_deep", "64 deep"),
        ("[1]", "not_a_record", "no JSON object"),
        ("null", "not_a_record", "no JSON object"),
        ("17", "not_a_record", "no JSON object"),
    ],
)
def test_a_line_that_is_no_record_is_refused_alone(line: str, code: str, problem: str) -> None:
    first, row, last = read('{"a": 1}\n' + line + '\n{"a": 2}\n')
    assert isinstance(row, BadRow)
    assert (row.number, row.place, row.code) == (2, "line 2", code)
    assert problem in row.problem
    assert isinstance(first, RecordRow)
    assert isinstance(last, RecordRow)


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    (row,) = read(r'{"a": "\\u0000"}')
    assert isinstance(row, RecordRow)
    assert row.value == {"a": "\\u0000"}


def test_a_line_that_is_not_utf_8_is_refused_alone() -> None:
    row, last = read(b'{"a": "\xe9"}\n{"a": 1}\n')
    assert isinstance(row, BadRow)
    assert (row.code, row.original) == ("not_utf8", '{"a": "\\xe9"}')
    assert isinstance(last, RecordRow)


@pytest.mark.parametrize(("more", "kept"), [(0, True), (1, False)])
def test_a_line_has_at_most_the_bytes_of_a_row(more: int, kept: bool) -> None:
    line = '{"a": "' + "x" * (MOST_OF_A_ROW - 9 + more) + '"}'
    row, last = read(line + '\n{"a": 1}')
    assert isinstance(row, RecordRow) is kept
    assert isinstance(last, RecordRow)


def test_a_line_without_end_is_never_held() -> None:
    parts = [b'{"a": "', *repeated(b"long ", 16 * MIB)]
    rows: list[ReadRow] = []
    peak = peak_of(lambda: rows.extend(read_records(made(parts), SourceSystem())))
    assert [each.code for each in rows if isinstance(each, BadRow)] == ["row_too_long"]
    assert peak < 4 * MIB


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=30)
@given(st.lists(st.dictionaries(TEXTS, VALUES), max_size=4), st.booleans())
def test_what_is_written_in_lines_comes_back(
    records: list[dict[str, object]], escaped: bool
) -> None:
    text = "\n".join(json.dumps(each, ensure_ascii=escaped) for each in records)
    assert [each.value for each in read(text) if isinstance(each, RecordRow)] == records
