"""Tables for sites without an EDC: each is read as the variables that its headings stand for."""

import csv
import io

import pytest

from app.domain.source_system import SourceSystem
from app.interchange.columns import folded
from app.interchange.delimited import read_template_csv
from app.interchange.formats import detect
from app.interchange.identity import Identified, identified
from app.interchange.rows import LeftOut, ReadRow, SourceRow, UnreadableFile
from app.interchange.templates import TEMPLATES, Template, heading_line, template_of

EACH = pytest.mark.parametrize("template", TEMPLATES, ids=[each.name for each in TEMPLATES])


def read(text: str, system: SourceSystem | None = None) -> list[ReadRow]:
    return list(read_template_csv(io.BytesIO(text.encode()), system or SourceSystem()))


@EACH
def test_a_printed_table_that_is_filled_in_is_read_as_its_variables(template: Template) -> None:
    cells = {each.variable: f"{number} of it" for number, each in enumerate(template.columns)}
    (row,) = read(heading_line(template) + ",".join(cells.values()) + "\r\n")
    assert isinstance(row, SourceRow)
    assert (row.domain, row.fields, row.unread) == (template.domain, cells, ())


@EACH
def test_a_table_is_known_by_what_it_needs_and_only_by_all_of_it(template: Template) -> None:
    assert detect(heading_line(template).encode(), "table.csv", "text/csv") == "template-csv"
    needed = list(template.needed)
    assert template_of(needed) is template
    for each in needed:
        others = [heading for heading in needed if heading != each]
        with pytest.raises(UnreadableFile, match=f"{template.name}: '{each}'"):
            template_of(others)


@EACH
def test_what_a_table_needs_tells_its_rows_apart(template: Template) -> None:
    cells = [each.variable for each in template.columns if each.needed]
    (row,) = read(f"{','.join(template.needed)}\n{','.join(cells)}\n")
    assert isinstance(row, SourceRow)
    assert isinstance(identified(row, SourceSystem()), Identified)


@EACH
def test_headings_and_variables_stand_for_each_other(template: Template) -> None:
    assert len(template.variables) == len(template.columns)
    assert len(set(template.variables.values())) == len(template.columns)
    assert "USUBJID" in template.variables.values()
    assert all(each.about for each in template.columns)


def test_no_table_is_another() -> None:
    for one in TEMPLATES:
        headings = {folded(each.heading) for each in one.columns}
        alike = [x.name for x in TEMPLATES if headings.issuperset(map(folded, x.needed))]
        assert alike == [one.name]


def test_headings_are_compared_without_case_and_in_any_order() -> None:
    (row,) = read("START;adverse event;patient; Event Number ;Grade\n2026-03;Fever;007;3;2\n")
    assert isinstance(row, SourceRow)
    assert row.fields == {
        "USUBJID": "007",
        "AESPID": "3",
        "AETERM": "Fever",
        "AETOXGR": "2",
        "AESTDTC": "2026-03",
    }


def test_a_table_may_have_columns_of_sdtm_and_of_the_settings_besides() -> None:
    text = "Patient,Event number,Adverse event,Start,AEREL1,Ward,Mood\n7,1,Fever,2026,Y,4B,bad\n"
    (row,) = read(text, SourceSystem(items={"Ward": "AELOC"}))
    assert isinstance(row, SourceRow)
    assert (row.fields["AEREL1"], row.fields["AELOC"]) == ("Y", "4B")
    assert row.unread == ("Mood",)


def test_every_row_of_a_table_is_of_its_domain_unless_a_cell_says_otherwise() -> None:
    headings = "Patient,Event number,Adverse event,Start,SEX"
    (row,) = read(f"{headings}\n7,1,Fever,2026,F\n")
    assert isinstance(row, SourceRow)
    assert (row.domain, row.fields["SEX"]) == ("AE", "F")
    (left,) = read(f"{headings},DOMAIN\n7,1,Fever,2026,F,VS\n")
    assert left == LeftOut(number=1, place="line 2", what="domain VS")


def test_a_table_that_is_none_is_told_what_each_lacks() -> None:
    with pytest.raises(UnreadableFile, match=r"patients: 'Patient', 'Sex'"):
        read("Name,Age\nx,1\n")


def test_headings_are_printed_as_csv() -> None:
    (line,) = csv.reader(io.StringIO(heading_line(TEMPLATES[0])))
    assert line == [each.heading for each in TEMPLATES[0].columns]
