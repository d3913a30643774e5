"""ODM-XML snapshots and Dataset-XML: which rows they hold, of what, of whom."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.source_system import SourceSystem
from app.domain.time import PartialTime
from app.interchange.identity import Identified, identified
from app.interchange.odm import read_odm
from app.interchange.odm_mapping import row_key
from app.interchange.rows import BadRow, LeftOut, SourceRow, UnreadableFile
from tests.interchange.odm_writer import (
    NAMESPACE,
    audit,
    bad_row,
    clinical,
    group,
    item,
    kinds,
    left_out,
    odm,
    refusal,
    rows_of,
    source_row,
    subject,
    typed,
)

FEVER = (item("IT.AE.AETERM", "Fever"), item("IT.AE.AESTDTC", "2026-03"))


def of(*groups: str) -> bytes:
    return odm(clinical(subject(*groups)))


def refused(file: bytes) -> str:
    return str(refusal(lambda: rows_of(read_odm, file)))


def test_an_item_group_is_a_row_of_its_patient() -> None:
    row = source_row(
        read_odm,
        odm(
            clinical(
                subject(
                    group(*FEVER, repeat="2"),
                    event=("SE.VISIT 1", "1"),
                    form=("F.AE", "3"),
                )
            ),
            CreationDateTime="2026-03-02T10:00:00",
        ),
    )
    assert row.domain == "AE"
    assert row.subject == "P-1"
    assert row.key == "SE.VISIT 1;1;F.AE;3;IG.AE;2"
    assert row.fields == {"AETERM": "Fever", "AESTDTC": "2026-03"}
    assert row.place == (
        "/ODM/ClinicalData[1]/SubjectData[1]/StudyEventData[1]/FormData[1]/ItemGroupData[1]"
    )
    assert (row.number, row.change, row.restored) == (1, "whole", False)
    assert row.source.time == PartialTime("2026-03-02T10:00:00")


def test_the_extract_is_as_of_the_time_that_it_says_rather_than_of_its_writing() -> None:
    row = source_row(
        read_odm,
        odm(
            clinical(subject(group(*FEVER))),
            AsOfDateTime="2026-03-01T23:00:00+09:00",
            CreationDateTime="2026-03-02T10:00:00",
        ),
    )
    assert row.source.time == PartialTime("2026-03-01T23:00:00+09:00")


@pytest.mark.parametrize(
    ("oid", "form", "domain"),
    [
        ("IG.AE", "F.1", "AE"),
        ("AE", "F.1", "AE"),
        ("IG.AE.AE_ARRAY1", "F.1", "AE"),
        ("AE_LOG_LINE", "AE", "AE"),
        ("AE_LOG_LINE", "ODM.F.AE", "AE"),
        ("IG.LB", "F.AE", "LB"),
        ("SUPPAE", "F.AE", "SUPPAE"),
        ("IG.CM", "F.AE", None),
        ("IG.VS", "F.VS", None),
        ("IG.AE.LB", "F.1", None),
        ("AELOG", "AEFORM", None),
    ],
)
def test_the_domain_is_the_one_that_the_oid_names(oid: str, form: str, domain: str | None) -> None:
    file = odm(clinical(subject(group(item("X", "1"), oid=oid), form=(form, None))))
    if domain is None:
        assert left_out(read_odm, file) == f"form {form}"
    else:
        assert source_row(read_odm, file).domain == domain


def test_the_settings_say_first_what_a_form_or_item_is() -> None:
    file = odm(
        clinical(
            subject(
                group(item("I_AE_TERM", "Fever"), item("IT.AEX", "1"), oid="IG_AE_UNGROUPED"),
                form=("F_ADVERSE", None),
            )
        )
    )
    assert left_out(read_odm, file) == "form F_ADVERSE"
    items = {" i_ae_term ": "AETERM"}
    for forms in ({"F_ADVERSE": "AE"}, {"ig_ae_ungrouped": "AE", "F_ADVERSE": "LB"}):
        row = source_row(read_odm, file, forms=forms, items=items)
        assert (row.domain, row.fields) == ("AE", {"AETERM": "Fever", "AEX": "1"})
    assert left_out(read_odm, of(group(*FEVER)), forms={"IG.AE": "VS"}) == "form F.AE"


@pytest.mark.parametrize(
    ("oid", "name"),
    [
        ("AETERM", "AETERM"),
        ("IT.AE.AETERM", "AETERM"),
        ("AE.AETERM", "AETERM"),
        ("ae.aeterm", "AETERM"),
        ("IT.USUBJID", "USUBJID"),
        ("AE.CHILDBEAR", "AE_CHILDBEAR"),
        ("IT.LBTEST", "IT_LBTEST"),
        ("ODM-1/x y", "ODM_1_X_Y"),
        ("A" * 40, "A" * 40),
        ("A" * 41, None),
        ("1.AGE", None),
        ("有害事象", None),
        ("", None),
    ],
)
def test_an_item_is_the_variable_that_its_oid_ends_in_or_is_kept_by_its_oid(
    oid: str, name: str | None
) -> None:
    row = source_row(read_odm, of(group(item(oid, "1"))))
    if name is None:
        assert (row.fields, row.unread) == ({}, (oid,))
    else:
        assert (row.fields, row.unread) == ({name: "1"}, ())


def test_demographics_have_variables_without_the_prefix() -> None:
    items = (item("IT.DM.AGE", "56"), item("IT.DM.ARMCD", "DL1"), item("IT.DM.AETERM", "x"))
    row = source_row(read_odm, of(group(*items, oid="IG.DM")))
    assert row.fields == {"AGE": "56", "ARMCD": "DL1", "IT_DM_AETERM": "x"}


def test_cells_are_kept_as_they_were_written_and_blank_ones_are_not_there() -> None:
    items = (
        item("AETERM", " 発熱\n(fever) "),
        item("AESTDTC", "01 NNN 2008"),
        item("AEENDTC", " "),
        item("AESEV", "", IsNull="Yes"),
        item("AEOUT", None),
        item("AESER", "N", IsNull="Yes"),
    )
    row = source_row(read_odm, of(group(*items)))
    assert row.fields == {"AETERM": " 発熱\n(fever) ", "AESTDTC": "01 NNN 2008"}


def test_typed_items_are_read_as_their_text() -> None:
    items = (
        typed("String", "AETERM", " fever & <rash> "),
        typed("PartialDate", "AESTDTC", "\n 2026-03 "),
        typed("Integer", "AETOXGR", "3"),
        typed("Boolean", "AESER", "true"),
        typed("Any", "AEOUT", ""),
    )
    row = source_row(read_odm, of(group(*items)))
    assert row.fields == {
        "AETERM": " fever & <rash> ",
        "AESTDTC": "2026-03",
        "AETOXGR": "3",
        "AESER": "true",
    }


def test_the_unit_of_a_result_is_kept_with_it() -> None:
    unit = '<MeasurementUnitRef MeasurementUnitOID="MU.mg/dL"/>'
    items = (item("LBORRES", "1.2", unit), item("LBTEST", "x", unit))
    row = source_row(read_odm, of(group(*items, oid="IG.LB")))
    assert row.fields == {"LBORRES": "1.2", "LBORRESU": "MU.mg/dL", "LBTEST": "x"}
    assert row.unread == ("MeasurementUnitRef of LBTEST",)
    said = (item("LBORRES", "1.2", unit), item("LBORRESU", "g/L"))
    assert source_row(read_odm, of(group(*said, oid="IG.LB"))).fields["LBORRESU"] == "g/L"
    dose = of(group(item("EXDOSE", "5", unit), oid="IG.EX"))
    assert source_row(read_odm, dose).fields == {"EXDOSE": "5", "EXDOSU": "MU.mg/dL"}


def test_two_values_of_one_variable_are_refused_with_the_row_as_it_was() -> None:
    twice = (item("AETERM", "Fever"), item("AE.AETERM", "Rash"))
    bad = bad_row(read_odm, of(group(*twice, repeat="4")))
    assert bad.code == "duplicate_item"
    assert "AE.AETERM gives AETERM a second value, 'Rash' after 'Fever'" in bad.problem
    assert str(bad.original).count("ItemData ") == 2
    again = rows_of(
        read_odm,
        odm(str(bad.original).replace(twice[1], "").replace('"Rash"', '"Fever"')),
    )
    assert kinds(again) == {"AE whole": 1}
    same = (item("AETERM", "Fever"), item("AE.AETERM", "Fever"))
    assert source_row(read_odm, of(group(*same))).fields == {"AETERM": "Fever"}


def test_a_patient_without_a_key_is_refused() -> None:
    for key in ("", "  "):
        bad = bad_row(read_odm, odm(clinical(subject(group(*FEVER), key=key))))
        assert bad.code == "no_subject"


def test_whether_there_was_anything_to_report_is_no_event() -> None:
    assert left_out(read_odm, of(group(item("AEYN", "N")))) == "item AEYN"
    assert source_row(read_odm, of(group(item("AEYN", "Y"), *FEVER))).fields["AEYN"] == "Y"


def test_a_row_that_was_emptied_is_told_as_empty() -> None:
    assert source_row(read_odm, of(group())).fields == {}


def test_elements_without_data_are_told() -> None:
    file = odm(
        clinical(
            '<SubjectData SubjectKey="P"/>'
            '<SubjectData SubjectKey="Q"><StudyEventData StudyEventOID="V1"/>'
            '<StudyEventData StudyEventOID="V2"><FormData FormOID="AE"/></StudyEventData>'
            "</SubjectData>"
        )
    )
    assert [row.what for row in rows_of(read_odm, file) if isinstance(row, LeftOut)] == [
        "subject without data",
        "event V1 without data",
        "form AE without data",
    ]


def test_a_row_of_dataset_xml_has_its_identity_in_its_variables() -> None:
    file = odm(clinical(group(item("IT.USUBJID", "S.01"), *FEVER), group(*FEVER, oid="IG.TA")))
    (row, other) = rows_of(read_odm, file)
    assert isinstance(row, SourceRow)
    assert (row.key, row.subject, row.fields["USUBJID"]) == (None, None, "S.01")
    assert isinstance(other, LeftOut)
    assert other.what == "item group IG.TA"


def test_reference_data_are_of_no_patient() -> None:
    file = odm(f'<ReferenceData StudyOID="S">{group(*FEVER)}</ReferenceData>')
    assert left_out(read_odm, file) == "reference data"


def test_metadata_are_no_rows() -> None:
    meta = (
        '<Study OID="S"><MetaDataVersion OID="1"><ItemGroupDef OID="IG.AE"/></MetaDataVersion>'
        "</Study>"
    )
    assert kinds(rows_of(read_odm, odm(meta, clinical(subject(group(*FEVER)))))) == {"AE whole": 1}
    assert rows_of(read_odm, odm(meta)) == []


def test_a_snapshot_takes_nothing_back() -> None:
    bad = bad_row(read_odm, of(group(*FEVER, TransactionType="Remove")))
    assert bad.code == "removal_in_snapshot"
    assert "Transactional" in bad.problem


def test_a_row_that_is_too_long_is_refused_and_the_next_one_is_read() -> None:
    long = group(*(item(f"AEX{number}", "x" * 10_000) for number in range(120)))
    rows = rows_of(read_odm, of(long, group(*FEVER)))
    assert kinds(rows) == {"bad: row_too_long": 1, "AE whole": 1}
    assert isinstance(rows[0], BadRow)
    assert rows[0].original == {"ItemGroupOID": "IG.AE"}


def test_a_long_original_is_cut() -> None:
    twice = (item("AETERM", "x" * 20_000), item("AE.AETERM", "Rash"))
    assert len(str(bad_row(read_odm, of(group(*twice))).original)) == 10_001


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (b"<ODM FileType='Snapshot'/>", "the namespace none, not <ODM> of http://www.cdisc.org"),
        (b"<ODM xmlns='http://www.cdisc.org/ns/odm/v2.0'/>", "odm/v2.0, not <ODM> of"),
        (b"<html/>", "the root element is <html>"),
        (group(*FEVER, xmlns=NAMESPACE).encode(), "the root element is <ItemGroupData>"),
        (odm(file_type=None), "FileType is None"),
        (odm(file_type="Full"), "FileType is 'Full'"),
        (odm(clinical(), clinical(study="T")), "two studies, 'S' and 'T': send a file for each"),
        (
            odm('<ClinicalData StudyOID="S" mdsol:AuditSubCategoryName="Entered"/>'),
            "import them as rave-audit",
        ),
    ],
)
def test_a_file_that_is_something_else_is_refused(file: bytes, told: str) -> None:
    assert told in refused(file)


def test_a_snapshot_with_audit_records_says_who_entered_a_row_last() -> None:
    items = (
        item("AETERM", "Fever", audit("7", user="kim")),
        item("AESEV", "MILD", audit("12", user="lee", reason="Upgraded")),
        item("AESER", "N", audit("9")),
    )
    row = source_row(read_odm, of(group(*items)))
    assert (row.source.sequence, row.source.audit_id, row.source.user) == (12, "12", "lee")
    assert (row.reason, row.source.time) == ("Upgraded", PartialTime("2026-03-01T08:00:00"))


OIDS = st.text("aB1 .;%/|\\~[]é咳\n\t", max_size=12)


def made_as_given(key: str) -> str:
    """The key that the row is kept by, where a reader gives this one."""
    row = SourceRow(domain="AE", number=1, place="", fields={}, key=key, subject="P")
    found = identified(row, SourceSystem())
    assert isinstance(found, Identified)
    return found.key


@settings(max_examples=50)
@given(st.lists(st.tuples(*[OIDS] * 6), min_size=2, max_size=2, unique=True))
def test_a_key_tells_rows_apart(rows: list[tuple[str, ...]]) -> None:
    one, other = (row_key(*parts) for parts in rows)
    assert one != other
    assert made_as_given(one) != made_as_given(other)


def test_a_key_is_bounded_and_without_slashes() -> None:
    assert row_key("YEAR1[1]/C1[1]", None, " a;b%\n") == "YEAR1[1]%2FC1[1];;%20a%3Bb%25%0A"
    assert len(row_key("x" * 179, "")) == 180
    for long in (row_key("x" * 180, ""), row_key("x" * 180, "1"), row_key("咳" * 500)):
        assert len(long) == 180
    assert row_key("x" * 180, "") != row_key("x" * 180, "1")


CELL = st.text("aZ9 é咳😀<>&\"'\t\n\u2028]", min_size=1, max_size=12).filter(str.strip)
NAME = st.from_regex(r"AE[A-Z0-9]{1,6}", fullmatch=True).filter(lambda name: name != "AEYN")
ROW = st.tuples(
    st.sampled_from(["P-1", "P-2", "患者"]),
    st.tuples(OIDS, st.sampled_from([None, "1", "2"])),
    st.dictionaries(NAME, CELL, max_size=4),
    st.booleans(),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(ROW, max_size=5))
def test_rows_that_are_written_come_back_equal(
    rows: list[tuple[str, tuple[str, str | None], dict[str, str], bool]],
) -> None:
    written = [
        subject(
            group(
                *(
                    typed("String", name, cell) if is_typed else item(f"IT.AE.{name}", cell)
                    for name, cell in fields.items()
                ),
                repeat=str(number),
            ),
            key=patient,
            event=event,
        )
        for number, (patient, event, fields, is_typed) in enumerate(rows)
    ]
    found = rows_of(read_odm, odm(clinical(*written)))
    assert [(row.subject, row.key, row.fields) for row in found if isinstance(row, SourceRow)] == [
        (patient, row_key(*event, "F.AE", None, "IG.AE", str(number)), fields)
        for number, (patient, event, fields, _) in enumerate(rows)
    ]
    assert [row.number for row in found] == list(range(1, len(rows) + 1))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_and_never_crashes(data: st.DataObject) -> None:
    file = of(group(*FEVER, repeat="1"), group(typed("Date", "AEENDTC", "2026"), oid="AE"))
    at = data.draw(st.integers(0, len(file)))
    until = data.draw(st.integers(at, min(len(file), at + 20)))
    damaged = file[:at] + data.draw(st.binary(max_size=3)) + file[until:]
    try:
        rows = rows_of(read_odm, damaged)
    except UnreadableFile:
        rows = []
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
