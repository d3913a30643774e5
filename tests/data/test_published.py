"""Reading a publication of CTCAE: columns by what they say, faults by where they are."""

import struct
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from app.data.dictionaries import available, published, versions
from app.data.dictionaries import workbook as reading
from app.data.dictionaries.published import KNOWN, read_published
from app.domain.ctcae.errors import BadPublication
from app.domain.ctcae.texts import document_of
from app.domain.record.canonical import canonical, digest_of
from app.use_cases.dictionary_texts import read_publication
from tests.data.publications import as_json, as_workbook, rows, sentence
from tests.data.workbooks import HEADER, Cell, workbook

NCI_TEXT = Path(__file__).parents[3] / "shared" / "data" / "ctcae"
FEVER: Sequence[Cell] = (
    10016558, "General disorders", "Fever", "  Some \n heat ", " -", "—", "\u2013", "Death",
    "Being\u00a0hot", "-",
)  # fmt: skip


def refused(content: bytes, sheet: str | None = None) -> list[tuple[str, str, str]]:
    with pytest.raises(BadPublication) as error:
        read_published("file", content, sheet)
    return [(fault.pointer, fault.code, fault.message) for fault in error.value.faults]


def test_cells_are_cleaned_and_a_dash_is_nothing() -> None:
    (term,) = read_published("file", as_workbook([FEVER]))
    assert (term.code, term.name, term.at) == (10016558, "Fever", "sheet 'Terms', row 2")
    assert term.grades == ("Some heat", None, None, None, "Death")
    assert (term.definition, term.navigational_note) == ("Being hot", None)
    (same,) = read_published("file", as_json([FEVER]))
    assert document_of([same]) == document_of([term])
    assert same.at == "/0"


@pytest.mark.parametrize(
    "header",
    [
        ["MedDRA v12.0 Code", "CTCAE v4.0 SOC", "CTCAE v4.0 Term", *HEADER[3:8],
         "CTCAE v4.0 AE Term Definition"],
        ["MedDRA 28.0\nCode", "MedDRA  SOC ", "CTCAE v6.0\n Term", "GRADE 1", "Grade\n2",
         " Grade 3", "Grade4", "grade 5 ", "Definition ", "Navigational Notes", "CTCAE Change"],
        ["MedDRA Code", "MedDRA System Organ Class (SOC)", "CTCAE AE Term", *HEADER[3:8]],
    ],
)  # fmt: skip
def test_columns_are_found_by_what_they_say(header: list[Cell]) -> None:
    row = [*FEVER, "new"][: len(header)]
    (term,) = read_published("file", as_workbook([row], header))
    assert (term.code, term.organ_class, term.name) == (10016558, "General disorders", "Fever")
    assert term.definition == ("Being hot" if len(header) > 8 else None)


def test_rows_before_the_header_and_headings_between_are_no_terms() -> None:
    book = workbook({"A": [["CTCAE"], [], HEADER, [None, "General disorders"], FEVER, []]})
    (term,) = read_published("file", book)
    assert term.at == "sheet 'A', row 5"


def test_a_code_may_be_a_number_or_text() -> None:
    codes: list[Cell] = [10016558, 10016558.0, " 10016558 "]
    for code in codes:
        (term,) = read_published("file", as_workbook([[code, *FEVER[1:]]]))
        assert term.code == 10016558


def test_a_sheet_may_be_named() -> None:
    book = workbook({"Clean": [HEADER, FEVER], "Tracked": [HEADER, [1, *FEVER[1:]]]})
    assert [read_published("f", book, s)[0].code for s in (None, "Tracked")] == [10016558, 1]
    ((where, code, told),) = refused(book, "Other")
    assert (where, code) == ("file", "no_such_sheet")
    assert told == "there is no sheet 'Other'; there are Clean, Tracked"


def test_faults_name_sheet_row_column_and_value() -> None:
    found = refused(
        as_workbook([["1001655B", *FEVER[1:]], FEVER, [None, *FEVER[1:]], [7, None, "Fever"]])
    )
    assert found == [
        ("sheet 'Terms', row 2, column code", "not_a_code",
         "is '1001655B', and should be a MedDRA code"),
        ("sheet 'Terms', row 4, column code", "not_a_code",
         "is None, and should be a MedDRA code"),
        ("sheet 'Terms', row 5", "missing", "code 7 has no name or no organ class"),
    ]  # fmt: skip


def test_a_workbook_without_the_columns() -> None:
    ((_, code, told),) = refused(as_workbook([], [*HEADER[:3], "Grade 1", "Severity"]))
    assert code == "no_such_column"
    assert told == (
        "no sheet of Read me, Terms has the columns of CTCAE within its first 20 rows; not found: "
        "grade 2, grade 3, grade 4, grade 5"
    )


class TestAFileThatIsNotTrusted:
    def test_no_workbook(self) -> None:
        for content in (b"PK\x03\x04 and no more", b"\xd0\xcf\x11\xe0 neither"):
            ((where, code, _),) = refused(content)
            assert (where, code) == ("file", "not_a_workbook")

    def test_a_zip_that_is_damaged(self) -> None:
        whole = as_workbook([FEVER])
        for at in range(4, len(whole), 7):
            damaged = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
            try:
                read_published("file", damaged)
            except BadPublication as error:
                assert error.faults  # noqa: PT017

    def test_a_zip_of_something_else(self) -> None:
        packed = BytesIO()
        with ZipFile(packed, "w") as archive:
            archive.writestr("holiday.txt", "sun")
        assert refused(packed.getvalue())[0][1] == "not_a_workbook"

    def test_a_file_too_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(published, "MAX_BYTES", 10)
        assert refused(b"[" * 11)[0][1] == "too_large"

    def test_one_that_unpacks_to_too_much(self) -> None:
        bomb = workbook({"A": []}, {"xl/media/zeros.bin": "0" * (reading.MAX_UNPACKED + 1)})
        assert len(bomb) < 200_000
        ((_, code, told),) = refused(bomb)
        assert (code, told) == ("too_large", "it unpacks to more than 67,108,864 bytes")

    def test_one_that_lies_about_its_size(self) -> None:
        """What counts is what comes out, not what the directory says."""
        packed = BytesIO()
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
            archive.writestr("xl/media/zeros.bin", "0" * (reading.MAX_UNPACKED + 1))
        content = packed.getvalue().replace(
            struct.pack("<I", reading.MAX_UNPACKED + 1), struct.pack("<I", 10)
        )
        assert refused(content)[0][1] in {"too_large", "not_a_workbook"}

    def test_one_with_too_many_files(self) -> None:
        many = {f"xl/{number}": "" for number in range(reading.MAX_MEMBERS)}
        assert refused(workbook({"A": []}, many))[0][1] == "too_large"

    @pytest.mark.parametrize("place", ["XFD1", "A1048576", "A99999999999"])
    def test_a_cell_far_away(self, place: str) -> None:
        """The reader would lay out all that is between."""
        far = f'<worksheet><sheetData><row><c r="{place}"/></row></sheetData></worksheet>'
        ((_, code, told),) = refused(workbook({"A": []}, {"xl/worksheets/sheet1.xml": far}))
        assert code == "too_large"
        assert place in told

    def test_entities_are_not_expanded(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("secret")
        sheet = (
            f'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY c SYSTEM "{secret}">]>'
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&b;&c;</t></is></c></row>'
            "</sheetData></worksheet>"
        )
        ((_, code, told),) = refused(workbook({"A": []}, {"xl/worksheets/sheet1.xml": sheet}))
        assert code in {"not_a_workbook", "no_such_column"}
        assert "secret" not in told.replace(str(secret), "")

    def test_json_that_is_none(self) -> None:
        for content in (b"{", b"\xff", b"[" * 100_000, b"MedDRA Code,Term"):
            ((where, code, told),) = refused(content)
            assert (where, code) == ("file", "not_readable")
            assert told.startswith("it is neither a workbook nor JSON in UTF-8")


@pytest.mark.parametrize(
    ("change", "places"),
    [
        ({"meddra_code": "10016558"}, ["0/meddra_code"]),
        ({"term": 3}, ["0/term"]),
        ({"soc": None}, ["0/soc"]),
        ({"grades": []}, ["0/grades"]),
        ({"grades": {"1": 7}}, ["0/grades/1"]),
        ({"grades": {"6": "x", "0": "x"}}, ["0/grades"]),
        ({"definition": 1, "navigational_note": {}}, ["0/definition", "0/navigational_note"]),
    ],
)
def test_json_of_the_wrong_shape(change: dict[str, Any], places: list[str]) -> None:
    content = as_json([FEVER], lambda entries: [entries[0] | change])
    assert [where.removeprefix("/") for where, _, _ in refused(content)] == places


def test_json_that_is_no_list() -> None:
    assert refused(b"{}")[0][2] == "is {}, and should be a list"
    assert refused(b"[1]")[0][2] == "is 1, and should be an object"


@pytest.mark.no_cover
@pytest.mark.parametrize("dictionary_id", available())
def test_the_version_is_told_by_its_terms(dictionary_id: str) -> None:
    in_json = read_publication("file", as_json(rows(dictionary_id)))
    in_book = read_publication("file", as_workbook(rows(dictionary_id)))
    assert in_json.dictionary_id == in_book.dictionary_id == dictionary_id
    assert in_json.digest == in_book.digest
    assert not in_json.is_known


def test_every_disagreement_with_the_facts_is_named() -> None:
    wrong = rows()
    anemia, second, third, fourth = wrong[0], wrong[1], wrong[2], wrong[3]
    anemia[3] = None
    second[1] = "Elsewhere"
    third[2] = "Bone marrow something"
    fourth[0] = 99
    wrong.append(list(anemia))
    with pytest.raises(BadPublication) as error:
        read_publication("file", as_workbook(wrong))
    assert [(each.pointer, each.code) for each in error.value.faults] == [
        ("sheet 'Terms', row 2", "differs"),
        ("sheet 'Terms', row 3", "differs"),
        ("sheet 'Terms', row 4", "differs"),
        ("sheet 'Terms', row 5", "not_in_dictionary"),
        ("sheet 'Terms', row 839", "twice"),
        ("file", "missing_term"),
    ]
    assert error.value.faults[0].message == (
        "the choice of grades of 'Anemia', code 10002272, is [2, 3, 4, 5] here, "
        "[1, 2, 3, 4, 5] in CTCAE 5.0"
    )


def test_nothing_of_the_facts_is_left_out() -> None:
    with pytest.raises(BadPublication) as error:
        read_publication("file", b"[]", "ctcae-4.03")
    assert len(error.value.faults) == 790


def test_sentences_are_kept_by_code() -> None:
    document = document_of(read_published("file", as_json(rows())))
    assert document["10002272"]["grades"]["4"] == sentence("Anemia", 4)


@pytest.mark.no_cover
@pytest.mark.skipif(
    not NCI_TEXT.is_dir(), reason="NCI's text is not in ../shared/data/ctcae beside the checkout"
)
@pytest.mark.parametrize("version", ["4.03", "5.0", "6.0"])
def test_ncis_sentences_are_known_by_their_digest(version: str) -> None:
    content = (NCI_TEXT / f"ctcae-v{version}.json").read_bytes()
    read = read_publication("file", content)
    assert (read.dictionary_id, read.is_known) == (f"ctcae-{version}", True)
    again = read_published("file", content)
    assert digest_of(canonical(document_of(again))) == KNOWN[read.dictionary_id]
    assert len(again) == len(
        next(e for e in versions().editions if e.id == read.dictionary_id).terms
    )
