"""SAS transport files: rows, numbers and texts as they were, and what is refused."""

import gzip
import io
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import polars
import pyreadstat
import pytest

from app.domain.source_system import SourceSystem
from app.interchange import xpt
from app.interchange.rows import BadRow, LeftOut, ReadRow, SourceRow, UnreadableFile
from app.interchange.xpt import read_xpt
from tests.interchange.streams import peak_of

AE: Mapping[str, Sequence[object]] = {
    "DOMAIN": ["AE", "AE", "AE"],
    "USUBJID": ["001", "001", "002"],
    "AETERM": ["Fever", "発熱", "  two blanks before"],
    "AESTDTC": ["2026-03", "2026-03-01", ""],
    "AESTDY": [1.0, None, -3.5],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where files are written; what reading puts beside them is gone afterwards."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    assert {each.name for each in tmp_path.iterdir()} <= {"written.xpt"}


def written(
    columns: Mapping[str, Sequence[object]],
    folder: Path,
    *,
    name: str = "AE",
    version: Literal[5, 8] = 5,
) -> bytes:
    path = folder / "written.xpt"
    pyreadstat.write_xport(
        polars.DataFrame(dict(columns), strict=False),
        path,
        table_name=name,
        file_format_version=version,
    )
    return path.read_bytes()


def read(content: bytes, system: SourceSystem | None = None) -> list[ReadRow]:
    return list(read_xpt(io.BytesIO(content), system or SourceSystem()))


def fields(rows: Sequence[ReadRow]) -> list[dict[str, str]]:
    return [dict(each.fields) for each in rows if isinstance(each, SourceRow)]


EXPECTED = [
    {"DOMAIN": "AE", "USUBJID": "001", "AETERM": "Fever", "AESTDTC": "2026-03", "AESTDY": "1"},
    {"DOMAIN": "AE", "USUBJID": "001", "AETERM": "発熱", "AESTDTC": "2026-03-01"},
    {"DOMAIN": "AE", "USUBJID": "002", "AETERM": "  two blanks before", "AESTDY": "-3.5"},
]


@pytest.mark.parametrize("version", [5, 8])
def test_rows_are_read_with_missing_cells_left_out(version: Literal[5, 8], folder: Path) -> None:
    rows = read(written(AE, folder, version=version))
    assert fields(rows) == EXPECTED
    assert isinstance(rows[2], SourceRow)
    assert (rows[2].domain, rows[2].number, rows[2].place) == ("AE", 3, "row 3")


@pytest.mark.parametrize("cells_at_a_time", [1, 5, 10, 11, 15, 16])
def test_the_parts_in_which_it_is_read_do_not_show(
    cells_at_a_time: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xpt, "_CELLS_AT_A_TIME", cells_at_a_time)
    rows = read(written(AE, folder))
    assert fields(rows) == EXPECTED
    assert [getattr(each, "place", "") for each in rows] == ["row 1", "row 2", "row 3"]


@pytest.mark.parametrize(
    "number", [0.0, 1.0, -1.0, 3.8, 0.1, 1e-7, 12345678.25, 38.7, 1e15, 2.5e-3, 100.0]
)
def test_a_number_is_the_shortest_text_that_is_it(number: float, folder: Path) -> None:
    content = written({"DOMAIN": ["LB"], "LBSTRESN": [number]}, folder, name="LB")
    (row,) = fields(read(content))
    assert float(row["LBSTRESN"]) == number
    assert row["LBSTRESN"] in {str(number), str(int(number))}
    assert not row["LBSTRESN"].endswith(".0")


def test_the_dataset_names_the_domain_where_no_cell_does(folder: Path) -> None:
    columns = {"USUBJID": ["001"], "AETERM": ["Fever"]}
    (row,) = read(written(columns, folder, name="AE"))
    assert isinstance(row, SourceRow)
    assert row.domain == "AE"
    (left,) = read(written({"USUBJID": ["001"]}, folder, name="VS"))
    assert left == LeftOut(number=1, place="row 1", what="domain VS")


def test_a_row_in_another_encoding_is_refused_and_the_others_are_read(folder: Path) -> None:
    content = written(AE, folder).replace("発熱".encode(), "é".encode("latin-1") + b"t\xe9   ")
    first, bad, last = read(content)
    assert isinstance(bad, BadRow)
    assert (bad.number, bad.place, bad.code) == (2, "row 2", "not_utf8")
    assert "\\xe9t\\xe9" in str(bad.original)
    assert isinstance(first, SourceRow)
    assert isinstance(last, SourceRow)


def test_a_dataset_without_rows_has_none(folder: Path) -> None:
    assert read(written({"DOMAIN": ["AE"]}, folder)[:-80]) == []


def test_a_packed_file_is_read(folder: Path) -> None:
    assert fields(read(gzip.compress(written(AE, folder)))) == EXPECTED


def test_a_file_of_two_datasets_is_refused_and_none_of_it_read(folder: Path) -> None:
    content = written(AE, folder)
    member = content[content.index(b"HEADER RECORD*******MEMBER") :]
    with pytest.raises(UnreadableFile, match="holds 2 datasets"):
        read(content + member)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"DOMAIN,AETERM\n"])
def test_another_file_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFile, match="it is no XPORT file"):
        read(content)


def test_a_file_that_was_cut_in_its_headings_is_refused(folder: Path) -> None:
    content = written(AE, folder)
    for length in (80, 240, 400, 700, 900):
        with pytest.raises(UnreadableFile, match="XPORT file"):
            read(content[:length])


@pytest.mark.parametrize(
    ("was", "damaged"),
    [
        (b"AETERM  ", b"DOMAIN  "),
        (b"AETERM  ", b"\0\0\0\0\0\0\0\0"),
        (b"NAMESTR HEADER", b"NAMESTR HEADEX"),
        (b"!!!!!!!000000000500", b"!!!!!!!000000009900"),
    ],
)
def test_a_file_with_damaged_headings_is_refused(was: bytes, damaged: bytes, folder: Path) -> None:
    content = written(AE, folder)
    assert was in content
    with pytest.raises(UnreadableFile, match="XPORT file"):
        read(content.replace(was, damaged))


def test_a_file_with_formats_that_are_no_text_is_refused(folder: Path) -> None:
    content = written(AE, folder)
    at = content.index(b"AETERM  ") + 48  # of its NAMESTR, where its format is named
    with pytest.raises(UnreadableFile, match="XPORT file is damaged"):
        read(content[:at] + b"\xff" + content[at + 1 :])


def test_a_file_without_a_heading_of_rows_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = written(AE, folder)
    monkeypatch.setattr(xpt, "_MOST_OF_HEADINGS", 400)
    with pytest.raises(UnreadableFile, match="no heading of rows"):
        read(content)


def test_a_file_that_was_cut_in_a_row_is_told(folder: Path) -> None:
    content = written({"DOMAIN": ["AE"] * 2, "AETERM": ["x" * 100] * 2}, folder).rstrip(b" ")
    first, cut = read(content[:-3])
    assert isinstance(first, SourceRow)
    assert isinstance(cut, BadRow)
    assert (cut.number, cut.place, cut.code) == (2, "end", "row_cut")
    assert cut.original == "AE" + "x" * 97


def test_without_the_extra_the_way_out_is_told(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(UnreadableFile, match=r"pip install doseguard\[xpt\]"):
        read(written(AE, folder))


def test_rows_are_never_held_together(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What pyreadstat sets aside for each column is the same for few rows and for many."""
    monkeypatch.setattr(xpt, "_CELLS_AT_A_TIME", 1000)

    def peak_with(rows: int) -> int:
        content = written({"DOMAIN": ["AE"] * rows, "AETERM": ["x" * 200] * rows}, folder)
        return peak_of(lambda: sum(1 for _ in read_xpt(io.BytesIO(content), SourceSystem())))

    few, many = peak_with(1000), peak_with(8000)
    assert many < few + 200 * 1000
