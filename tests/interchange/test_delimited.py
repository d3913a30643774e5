"""CSV: what is read as which row, what is refused, and how it is told."""

import csv
import io
from collections.abc import Sequence
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.source_system import SourceSystem
from app.interchange.delimited import read_sdtm_csv
from app.interchange.rows import (
    MOST_OF_A_ROW,
    BadRow,
    LeftOut,
    ReadRow,
    SourceRow,
    UnreadableFile,
)
from tests.interchange.streams import MIB, made, peak_of, repeated

AE = "DOMAIN,USUBJID,AETERM,AESTDTC\n"


def read(text: str | bytes, system: SourceSystem | None = None) -> list[ReadRow]:
    content = text.encode() if isinstance(text, str) else text
    return list(read_sdtm_csv(io.BytesIO(content), system or SourceSystem()))


def only(rows: Sequence[ReadRow]) -> SourceRow:
    (row,) = rows
    assert isinstance(row, SourceRow)
    return row


def bad(rows: Sequence[ReadRow]) -> BadRow:
    (row,) = [each for each in rows if isinstance(each, BadRow)]
    return row


def test_a_row_is_its_filled_cells_by_variable_and_where_it_stands() -> None:
    row = only(read(AE + "AE,001,Fever,2026-03\n"))
    assert (row.domain, row.number, row.place) == ("AE", 1, "line 2")
    assert row.fields == {
        "DOMAIN": "AE",
        "USUBJID": "001",
        "AETERM": "Fever",
        "AESTDTC": "2026-03",
    }


def test_a_blank_cell_is_not_there_and_others_are_as_written() -> None:
    row = only(read(AE + "AE,001, Fever ,  \n"))
    assert row.fields == {"DOMAIN": "AE", "USUBJID": "001", "AETERM": " Fever "}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_that_of_the_headings(separator: str) -> None:
    text = (AE + "AE,001,Fever,2026-03-01\n").replace(",", separator)
    assert only(read(text)).fields["AETERM"] == "Fever"


def test_a_separator_in_a_quoted_heading_separates_nothing() -> None:
    system = SourceSystem(items={"event, as reported, in words": "AETERM"})
    row = only(read('DOMAIN;"Event, as reported, in words"\nAE;Fever\n', system))
    assert row.fields == {"DOMAIN": "AE", "AETERM": "Fever"}


def test_the_line_in_which_excel_states_the_separator_is_no_heading() -> None:
    row = only(read("sep=|\n" + (AE + "AE,1,Fever,2026\n").replace(",", "|")))
    assert (row.place, row.fields["AETERM"]) == ("line 3", "Fever")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_quoted_cell_may_go_on_over_lines(end: str) -> None:
    text = f'DOMAIN,AETERM{end}AE,"Fever,{end}""high"""{end}AE,Chills{end}'
    first, second = read(text)
    assert isinstance(first, SourceRow)
    assert isinstance(second, SourceRow)
    assert (first.place, first.fields["AETERM"]) == ("lines 2-3", f'Fever,{end}"high"')
    assert (second.place, second.number) == ("line 4", 2)


@pytest.mark.parametrize(
    "cell", ["=HYPERLINK('x')", "=1+1", "+49 30", "-5", "@SUM(A1)", "\t=1", "NA", "5'10", "発熱"]
)
def test_a_cell_is_text_whatever_a_spreadsheet_would_make_of_it(cell: str) -> None:
    assert only(read(f"DOMAIN;AETERM\nAE;{cell}\n")).fields["AETERM"] == cell


def test_marks_and_utf_16_as_excel_saves_them() -> None:
    text = "DOMAIN\tAETERM\nAE\t発熱\n"
    for content in (text.encode("utf-8-sig"), text.encode("utf-16")):
        assert only(read(content)).fields["AETERM"] == "発熱"


def test_blank_lines_and_lines_of_separators_are_no_rows() -> None:
    assert only(read("\n" + AE + "\n,,,\n  \nAE,001,Fever,\n\n")).place == "line 6"


# ---- what cannot be read ---------------------------------------------------------------------


@pytest.mark.parametrize(("cells", "count"), [("AE,001,Fever", 3), ("AE,001,Fever,2026,x", 5)])
def test_too_few_or_too_many_cells_are_told_with_both_counts(cells: str, count: int) -> None:
    first, second = read(AE + cells + "\nAE,002,Chills,2026\n")
    assert isinstance(first, BadRow)
    assert (first.code, first.place, first.original) == ("cell_count", "line 2", cells)
    assert first.problem.startswith(f"it has {count} cells and the headings are 4")
    assert isinstance(second, SourceRow)
    assert second.number == 2


def test_a_row_in_another_encoding_is_refused_and_the_others_are_read() -> None:
    rows = read(AE.encode() + b"AE,001,Fi\xe8vre,2026\nAE,002,Fever,2026\n")
    row = bad(rows)
    assert (row.code, row.place) == ("not_utf8", "line 2")
    assert row.problem.startswith("byte 10 of line 2 (0xE8) begins no character of UTF-8")
    assert row.original == "AE,001,Fi\\xe8vre,2026"
    assert isinstance(rows[1], SourceRow)


def test_nul_is_refused_with_its_row() -> None:
    rows = read(AE + "AE,001,Fe\0ver,2026\nAE,002,Fever,2026\n")
    assert (bad(rows).code, bad(rows).original) == ("nul_character", "AE,001,Fe\\x00ver,2026")
    assert isinstance(rows[1], SourceRow)


def test_text_after_a_closed_quote_is_refused() -> None:
    rows = read(AE + 'AE,001,"Fever" high,2026\nAE,002,Fever,2026\n')
    assert (bad(rows).code, bad(rows).place) == ("not_csv", "line 2")
    assert isinstance(rows[1], SourceRow)


def test_a_quote_that_is_never_closed_is_told_with_every_line_in_it() -> None:
    row = bad(read(AE + 'AE,001,Fever,2026\nAE,002,"Chills,2026\nAE,003,Rash,2026\n'))
    assert (row.number, row.code, row.place) == (2, "not_csv", "lines 3-4")
    assert "a quote that is opened in line 3 is never closed" in row.problem
    assert row.original == 'AE,002,"Chills,2026\nAE,003,Rash,2026'


def test_text_within_quotes_is_never_taken_for_a_row() -> None:
    """The quoted text has the shape of rows; the fault after it must not set them free."""
    rows = read(AE + 'AE,001,"said\nAE,666,Death,2026\n" so,2026\nAE,002,Rash,2026\n')
    assert [type(each) for each in rows] == [BadRow, SourceRow]
    assert bad(rows).place == "lines 2-4"


@pytest.mark.parametrize(("more", "kept"), [(0, True), (1, False)])
def test_a_row_has_at_most_the_bytes_of_a_row(more: int, kept: bool) -> None:
    beginning = "AE,001,"
    cell = "x" * (MOST_OF_A_ROW - len(beginning) - len(",2026") + more)
    rows = read(f"{AE}{beginning}{cell},2026\nAE,002,Fever,2026\n")
    assert isinstance(rows[0], SourceRow) is kept
    assert isinstance(rows[1], SourceRow)
    if not kept:
        assert bad(rows).code == "row_too_long"
        assert str(bad(rows).original).startswith("AE,001,xxx")


def test_quotes_over_too_many_lines_are_refused_as_one_row() -> None:
    line = b"AE,003,Rash,2026\n"
    opened = AE.encode() + b'AE,002,"Chills,2026\n' + line * (MOST_OF_A_ROW // len(line) + 9)
    rows = read(opened)
    assert (rows[0].number, bad(rows).code) == (1, "row_too_long")
    assert bad(rows).place.startswith("lines 2-")
    last = int(bad(rows).place.partition("-")[2])
    assert len(rows) - 1 == opened.count(b"\n") - last
    assert all(isinstance(each, SourceRow) for each in rows[1:])


@pytest.mark.parametrize("shape", ["one line", "open quote"])
def test_a_row_without_end_is_never_held(shape: str) -> None:
    part = b"long " if shape == "one line" else b"long " * 999 + b"\n"
    parts = chain([AE.encode(), b'AE,001,"'], repeated(part, 16 * MIB))
    rows: list[ReadRow] = []
    peak = peak_of(
        lambda: rows.extend(
            each for each in read_sdtm_csv(made(parts), SourceSystem()) if each.number == 1
        )
    )
    assert bad(rows).code == "row_too_long"
    assert peak < 12 * MIB


# ---- headings --------------------------------------------------------------------------------


def test_a_file_without_headings_is_refused() -> None:
    for text in ("", "\n\n", ",,\n"):
        with pytest.raises(UnreadableFile, match="empty"):
            read(text)


def test_headings_that_cannot_be_read_are_placed() -> None:
    with pytest.raises(UnreadableFile, match=r"line 1: .* byte 12 of line 1 \(0xE9\)"):
        read(b"DOMAIN,Sant\xe9\n")


@pytest.mark.parametrize("second", ["AETERM", "aeterm", " AETERM "])
def test_a_heading_that_stands_twice_is_refused(second: str) -> None:
    with pytest.raises(UnreadableFile, match="'aeterm' stands 2 times"):
        read(f"DOMAIN,AETERM,{second}\nAE,a,b\n")


def test_two_columns_that_are_one_variable_are_refused() -> None:
    with pytest.raises(UnreadableFile, match=r"2 columns are AETERM \('AETERM', 'Event'\)"):
        read("DOMAIN,AETERM,Event\n", SourceSystem(items={"Event": "AETERM"}))


def test_variables_in_small_letters_are_those_of_sdtm_where_the_file_says_that_it_is() -> None:
    row = only(read("domain,usubjid,aeterm\nAE,001,Fever\n"))
    assert row.fields == {"DOMAIN": "AE", "USUBJID": "001", "AETERM": "Fever"}


def test_a_column_that_is_no_variable_is_told_with_the_rows_that_fill_it() -> None:
    first, second = read("DOMAIN,AETERM,Site comment,\nAE,Fever,severe,x\nAE,Rash,,\n")
    assert isinstance(first, SourceRow)
    assert isinstance(second, SourceRow)
    assert (first.unread, second.unread) == (("Site comment", "column 4"), ())


@pytest.mark.parametrize(
    "headings",
    [
        "field_name,form_name,field_type,field_label,",
        "field_name,form_name,section_header,field_type,field_label",
        '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label"',
    ],
)
def test_a_redcap_dictionary_is_refused_by_name(headings: str) -> None:
    with pytest.raises(UnreadableFile, match=r"REDCap data dictionary.*export the records"):
        read(headings + "\nae_term,adverse_events,,text,Event\n")


# ---- domains ---------------------------------------------------------------------------------


@pytest.mark.parametrize("domain", ["AE", "FA", "EX", "DM", "DS", "LB"])
def test_the_domain_is_that_of_the_cell(domain: str) -> None:
    assert only(read(f"DOMAIN,USUBJID\n{domain},001\n")).domain == domain


def test_rows_of_other_domains_are_told_and_left_out() -> None:
    left, kept = read("DOMAIN,USUBJID\nVS,001\nae,001\n")
    assert left == LeftOut(number=1, place="line 2", what="domain VS")
    assert isinstance(kept, SourceRow)
    assert (kept.domain, kept.number) == ("AE", 2)


def test_a_row_that_does_not_tell_its_domain_is_refused() -> None:
    assert bad(read("DOMAIN,AETERM\n,Fever\n")).code == "domain_missing"
    assert bad(read("RDOMAIN,USUBJID,QNAM,QVAL\n,001,AEREL1,Y\n")).code == "domain_missing"
    assert bad(read("RDOMAIN,USUBJID,AETERM\nAE,001,Fever\n")).code == "domain_missing"


def test_qualifiers_and_relations_are_told_by_their_columns() -> None:
    assert only(read("RDOMAIN,USUBJID,QNAM,QVAL\nAE,001,AEREL1,RELATED\n")).domain == "SUPPAE"
    assert only(read("RDOMAIN,IDVAR,RELID\nAE,AELNKID,1\n")).domain == "RELREC"
    (left,) = read("RDOMAIN,USUBJID,QNAM,QVAL\nDM,001,RACE1,x\n")
    assert left == LeftOut(number=1, place="line 2", what="domain SUPPDM")


def test_without_domain_the_variables_tell_it() -> None:
    assert only(read("USUBJID,AETERM\n001,Fever\n")).domain == "AE"
    assert only(read("USUBJID,SEX,ARMCD\n001,F,A\n")).domain == "DM"


@pytest.mark.parametrize("variable", ["EXPECTED", "EXDOSE", "LBFL", "DSMB", "FATAL"])
def test_a_column_alone_that_begins_as_a_domain_makes_no_row_of_it(variable: str) -> None:
    row = only(read(f"USUBJID,AETERM,{variable}\n001,Fever,Y\n"))
    assert (row.domain, row.fields[variable]) == ("AE", "Y")
    with pytest.raises(UnreadableFile, match="no column tells what the rows are about"):
        read(f"USUBJID,{variable}\n001,Y\n")


def test_where_no_variable_tells_the_domain_the_file_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="no column tells what the rows are about"):
        read("mrn,grade\n123,2\n")
    with pytest.raises(UnreadableFile, match="no column tells what the rows are about"):
        read("USUBJID,VSTESTCD\n001,TEMP\n")


# ---- other systems' columns ------------------------------------------------------------------

REDCAP = SourceSystem(
    items={
        "record_id": "USUBJID",
        "ae_term": "AETERM",
        "ae_start": "AESTDTC",
        "ae_grade": "AETOXGR",
        "dob": "BRTHDTC",
        "sex": "SEX",
    },
    forms={"Adverse_Events": "AE"},
)
EXPORT = """\
record_id,redcap_repeat_instrument,redcap_repeat_instance,dob,sex,ae_term,ae_start,ae_grade
1,,,1971-02-03,F,,,
1,adverse_events,1,,,Fever,2026-03-01,2
1,adverse_events,2,,,Rash,03-2026,
2,,,,,,,
2,vital_signs,1,,,,,
"""


def test_a_redcap_export_is_read_by_the_fields_that_the_settings_map() -> None:
    patient, fever, rash, *left = read(EXPORT, REDCAP)
    assert isinstance(patient, SourceRow)
    assert isinstance(fever, SourceRow)
    assert isinstance(rash, SourceRow)
    assert (patient.domain, fever.domain, rash.domain) == ("DM", "AE", "AE")
    assert patient.fields == {"USUBJID": "1", "BRTHDTC": "1971-02-03", "SEX": "F"}
    assert fever.fields == {
        "USUBJID": "1",
        "AETERM": "Fever",
        "AESTDTC": "2026-03-01",
        "AETOXGR": "2",
    }
    assert rash.fields == {"USUBJID": "1", "AETERM": "Rash", "AESTDTC": "03-2026"}
    assert fever.unread == ("redcap_repeat_instrument", "redcap_repeat_instance")
    assert [type(each) for each in left] == [LeftOut, LeftOut]


def test_a_line_about_two_domains_makes_a_row_of_each() -> None:
    patient, event = read("USUBJID,EPOCH,SEX,AETERM\n1,TREATMENT,F,Fever\n")
    assert isinstance(patient, SourceRow)
    assert isinstance(event, SourceRow)
    assert patient.fields == {"USUBJID": "1", "EPOCH": "TREATMENT", "SEX": "F"}
    assert event.fields == {"USUBJID": "1", "EPOCH": "TREATMENT", "AETERM": "Fever"}
    assert (patient.number, event.number, patient.place) == (1, 2, event.place)


# ---- laws ------------------------------------------------------------------------------------

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(max_examples=100)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6),
    separator=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_is_written_as_csv_comes_back_cell_for_cell(
    rows: list[tuple[str, str, str]], separator: str, end: str, encoding: str
) -> None:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL)
    names = ("DOMAIN", "AETERM", "AEACN", "AEOUT")
    writer.writerows([names, *(("AE", *row) for row in rows)])
    got = read(file.getvalue().encode(encoding))
    assert [dict(each.fields) for each in got if isinstance(each, SourceRow)] == [
        {name: cell for name, cell in zip(names, ("AE", *row), strict=True) if cell.strip()}
        for row in rows
    ]
    assert [each.number for each in got] == list(range(1, len(rows) + 1))


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_no_bytes_below_good_headings_are_lost_or_break_the_reading(content: bytes) -> None:
    rows = read(AE.encode() + content + b"\n")
    assert [each.number for each in rows] == list(range(1, len(rows) + 1))
    if not rows:
        assert all(sign.isspace() or sign in ',"' for sign in content.decode())
