"""Rave's clinical audit records: one change each, of one record, ordered by SourceID."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.record.origin import Source
from app.domain.time import PartialTime
from app.interchange.rave import read_rave
from app.interchange.rows import LeftOut, ReadRow, SourceRow
from tests.interchange.odm_writer import (
    NAMESPACE,
    attributes,
    audit,
    bad_row,
    clinical,
    item,
    kinds,
    left_out,
    odm,
    refusal,
    rows_of,
    source_row,
)

KEY = "538bdc4d-78b7-4ff9-a59c-3d13c8d8380b"


def feed(*audits: str) -> bytes:
    return odm(*audits, file_type="Transactional")


def change(category: str, inside: str = "", *, key: str = KEY, name: str = "01") -> str:
    said = attributes(StudyOID="S", MetaDataVersionOID="16", mdsol__AuditSubCategoryName=category)
    who = attributes(SubjectKey=key, mdsol__SubjectKeyType="SubjectUUID", mdsol__SubjectName=name)
    return f"<ClinicalData{said}><SubjectData{who}>{inside}</SubjectData></ClinicalData>"


def folder(inside: str, *, form: str = "AE", **said: str) -> str:
    return (
        '<StudyEventData StudyEventOID="SUBJECT" StudyEventRepeatKey="A[1]/B[1]">'
        f'<FormData FormOID="{form}" FormRepeatKey="1"{attributes(**said)}>{inside}</FormData>'
        "</StudyEventData>"
    )


def record(
    inside: str, *, form: str = "AE", oid: str = "AE_LOG", repeat: str | None = "1", **said: str
) -> str:
    head = attributes(ItemGroupOID=oid, ItemGroupRepeatKey=repeat, **said)
    return folder(f"<ItemGroupData{head}>{inside}</ItemGroupData>", form=form)


def entered(
    value: str | None,
    category: str = "Entered",
    source_id: str = "7",
    *,
    oid: str = "AE.AETERM",
    form: str = "AE",
    inside: str = "",
    record_id: str | None = "84",
    **said: str,
) -> str:
    told = audit(source_id, reason="Data Entry Error")
    written = item(oid, value, told + inside, TransactionType="Upsert", **said)
    ids = {} if record_id is None else {"mdsol__RecordId": record_id}
    return change(category, record(written, form=form, **ids))


def test_an_entry_is_a_part_of_its_record() -> None:
    row = source_row(read_rave, feed(entered("Headache")))
    assert (row.domain, row.change, row.restored) == ("AE", "part", False)
    assert row.fields == {"AETERM": "Headache"}
    assert (row.subject, row.key) == (KEY, "SUBJECT;A[1]%2FB[1];AE;1;AE_LOG;84")
    assert row.source == Source(
        sequence=7, time=PartialTime("2026-03-01T08:00:00"), user="u1", audit_id="7"
    )
    assert (row.reason, row.place) == ("Data Entry Error", "/ODM/ClinicalData[1]")


@pytest.mark.parametrize(
    "category",
    [
        "Entered",
        "EnteredWithChangeCode",
        "EnteredNonConformant",
        "EnteredInForeignLocale",
        "EnteredInForeignLocaleWithChangeCode",
        "AcceptedDefaultValue",
    ],
)
def test_what_was_entered_is_kept_verbatim(category: str) -> None:
    row = source_row(read_rave, feed(entered("01 NNN 2008", category, oid="AE.AESTDTC")))
    assert row.fields == {"AESTDTC": "01 NNN 2008"}
    bad = bad_row(read_rave, feed(entered(None, category)))
    assert (bad.code, category in bad.problem) == ("no_value", True)


@pytest.mark.parametrize(
    "category",
    [
        "EnteredEmpty",
        "EnteredEmptyWithChangeCode",
        "EnteredWithMissingCode",
        "EnteredWithChangeCodeMissingCode",
    ],
)
@pytest.mark.parametrize("value", ["", None])
def test_an_empty_entry_clears_the_field(category: str, value: str | None) -> None:
    assert source_row(read_rave, feed(entered(value, category))).fields == {"AETERM": ""}


@pytest.mark.parametrize(
    "category",
    ["QueryOpen", "QueryClose", "SetVisible", "CommentAdd", "CreatePD", "Review", "Anything"],
)
def test_any_other_category_is_left_out_by_name_and_changes_nothing(category: str) -> None:
    assert left_out(read_rave, feed(entered(None, category))) == f"category {category}"


@pytest.mark.parametrize(
    "category", ["SubjectCreated", "SubjectNameChanged", "SubjectStatusChanged"]
)
def test_a_patient_who_is_named_anew_is_the_same_patient(category: str) -> None:
    renamed = change(category, audit("8"), name="02")
    before, told, after = rows_of(
        read_rave, feed(entered("a"), renamed, entered("b", source_id="9"))
    )
    assert isinstance(told, LeftOut)
    assert told.what == f"category {category}"
    assert isinstance(before, SourceRow)
    assert isinstance(after, SourceRow)
    assert (before.subject, before.key) == (after.subject, after.key)


def test_forms_and_items_that_are_not_imported_are_told() -> None:
    assert left_out(read_rave, feed(entered("1", form="VITALS"))) == "form VITALS"
    assert left_out(read_rave, feed(entered("Y", oid="AE.AEYN"))) == "item AE.AEYN"
    assert left_out(read_rave, feed(entered("Y", oid="重症度"))) == "item 重症度"
    row = source_row(
        read_rave,
        feed(entered("3", form="TOX", oid="GRADE")),
        forms={"AE_LOG": "AE"},
        items={"grade": "AETOXGR"},
    )
    assert (row.domain, row.fields) == ("AE", {"AETOXGR": "3"})


def test_the_unit_of_a_result_comes_with_it() -> None:
    unit = '<MeasurementUnitRef MeasurementUnitOID="g/L"/>'
    row = source_row(read_rave, feed(entered("7", form="LB", oid="LB.LBORRES", inside=unit)))
    assert row.fields == {"LBORRES": "7", "LBORRESU": "g/L"}
    other = source_row(read_rave, feed(entered("7", form="LB", oid="LB.LBTEST", inside=unit)))
    assert other.unread == ("MeasurementUnitRef of LB.LBTEST",)


def test_a_record_is_known_by_its_id_or_else_by_its_place_in_the_form() -> None:
    entry = item("AETERM", "x", audit("1"))
    rows = [
        source_row(read_rave, feed(change("Entered", record(entry, **ids))))
        for ids in (
            {"mdsol__RecordId": "84", "mdsol__RecordUUID": "u"},
            {"mdsol__RecordId": "85"},
            {"mdsol__RecordUUID": "84"},
            {"mdsol__RecordUUID": "u"},
            {"repeat": "84"},
            {"repeat": "2"},
        )
    ]
    assert [str(row.key).removeprefix("SUBJECT;A[1]%2FB[1];AE;1;AE_LOG;") for row in rows] == [
        "84",
        "85",
        "84",
        "u",
        ";84",
        ";2",
    ]


GONE = change(
    "Inactivated",
    record(audit("20"), TransactionType="Remove", mdsol__RecordId="84"),
)
BACK = change(
    "Activated",
    record(audit("30"), TransactionType="Upsert", mdsol__RecordId="84"),
)


def test_an_inactivated_record_is_removed_and_an_activated_one_stands_again() -> None:
    gone, back = source_row(read_rave, feed(GONE)), source_row(read_rave, feed(BACK))
    assert (gone.change, gone.fields, gone.source.sequence) == ("removed", {}, 20)
    assert (back.change, back.fields, back.restored) == ("part", {}, True)
    assert gone.key == back.key == source_row(read_rave, feed(entered("x"))).key


def test_the_items_of_such_a_record_are_only_told() -> None:
    file = feed(
        GONE,
        entered(None, "Inactivated", "21"),
        BACK,
        entered(None, "Activated", "31"),
    )
    assert kinds(rows_of(read_rave, file)) == {
        "AE removed": 1,
        "left out: category Inactivated": 1,
        "AE part": 1,
        "left out: category Activated": 1,
    }


def test_only_so_many_records_are_remembered() -> None:
    gone = [GONE.replace('"84"', f'"{number}"') for number in range(1025)]
    (first, last) = (entered(None, "Inactivated", record_id=each) for each in ("0", "1"))
    *_, cleared, told = rows_of(read_rave, feed(*gone, first, last))
    assert isinstance(cleared, SourceRow)
    assert isinstance(told, LeftOut)


def test_an_item_alone_is_cleared_and_comes_back_only_with_its_value() -> None:
    assert source_row(read_rave, feed(entered(None, "Inactivated"))).fields == {"AETERM": ""}
    assert source_row(read_rave, feed(entered("x", "Activated"))).fields == {"AETERM": "x"}
    assert bad_row(read_rave, feed(entered(None, "Activated"))).code == "no_value"
    stands = feed(GONE, BACK, entered(None, "Inactivated"))
    assert kinds(rows_of(read_rave, stands)) == {"AE removed": 1, "AE part": 2}
    other = feed(GONE, entered(None, "Inactivated", record_id="85"))
    assert kinds(rows_of(read_rave, other)) == {"AE removed": 1, "AE part": 1}


def test_a_form_is_only_told_and_its_records_follow() -> None:
    form = change("Inactivated", folder(audit("19"), TransactionType="Remove"))
    assert left_out(read_rave, feed(form)) == "category Inactivated"
    other = change("Inactivated", folder(audit("19"), form="VS"))
    assert left_out(read_rave, feed(entered(None, "Inactivated", form="VS"))) == "form VS"
    assert left_out(read_rave, feed(other)) == "form VS"


def test_a_folder_or_patient_that_is_inactivated_is_told_as_not_done() -> None:
    event = f'<StudyEventData StudyEventOID="V1">{audit("3")}</StudyEventData>'
    for inside in (event, audit("3")):
        bad = bad_row(read_rave, feed(change("Inactivated", inside)))
        assert bad.code == "removal_above_row"
        assert "ask for the audits of each of them" in bad.problem


@pytest.mark.parametrize(
    ("category", "mark", "status"),
    [
        ("Verify", {"mdsol__Verify": "Yes"}, "verified"),
        ("Verify", {"mdsol__Verify": "No"}, "entered"),
        ("Verified", {}, "verified"),
        ("UnVerify", {}, "entered"),
        ("Signed", {}, "signed"),
        ("ValidESigCredential", {}, "signed"),
        ("Lock", {"mdsol__Lock": "Yes"}, "locked"),
        ("Locked", {}, "locked"),
        ("UnLock", {}, "entered"),
        ("Freeze", {"mdsol__Freeze": "Yes"}, "locked"),
        ("UnFreeze", {"mdsol__Freeze": "No"}, "entered"),
    ],
)
def test_what_was_verified_signed_or_locked_is_a_status(
    category: str, mark: dict[str, str], status: str
) -> None:
    row = source_row(read_rave, feed(entered(None, category, **mark)))
    assert (row.change, row.fields, row.source.status) == ("part", {}, status)
    assert row.restored is False
    above = change(category, folder(audit("7")))
    assert left_out(read_rave, feed(above)) == f"category {category}"
    assert left_out(read_rave, feed(entered(None, category, form="VS"))) == "form VS"
    assert left_out(read_rave, feed(entered(None, category, oid="AE.AEYN"))) == "item AE.AEYN"


@pytest.mark.parametrize("source_id", ["", "x", "-1", str(2**53)])
def test_an_audit_without_its_order_is_refused(source_id: str) -> None:
    bad = bad_row(read_rave, feed(entered("x", source_id=source_id)))
    assert (bad.code, bad.original is not None) == ("no_source_id", True)
    missing = bad_row(read_rave, feed(change("Entered", record(item("AETERM", "x")))))
    assert missing.code == "no_source_id"


def test_an_audit_that_is_no_single_change_is_refused() -> None:
    twice = change("Entered", record(item("AETERM", "x", audit("1")) + item("AESEV", "y")))
    assert bad_row(read_rave, feed(twice)).code == "several_changes"
    assert bad_row(read_rave, feed(change("Entered", folder(audit("1"))))).code == "no_item"
    assert bad_row(read_rave, feed(change("Entered", audit("1"), key=" "))).code == "no_subject"
    assert bad_row(read_rave, feed(clinical())).code == "no_category"


def test_an_audit_that_is_too_long_is_refused_and_the_next_one_is_read() -> None:
    long = entered("x", inside="".join(f"<x>{'y' * 10_000}</x>" for _ in range(120)))
    rows = rows_of(read_rave, feed(long, entered("Headache")))
    assert kinds(rows) == {"bad: row_too_long": 1, "AE part": 1}


def test_a_file_of_something_else_is_refused() -> None:
    assert "import it as odm-xml" in str(refusal(lambda: rows_of(read_rave, odm(clinical()))))
    two = odm(clinical(), clinical(study="T"), file_type="Transactional")
    assert "two studies" in str(refusal(lambda: rows_of(read_rave, two)))
    assert rows_of(read_rave, feed()) == []
    root = entered("x").replace("<ClinicalData", f'<ClinicalData xmlns="{NAMESPACE}"').encode()
    root = root.replace(b" mdsol:", b" ")
    assert "not <ODM>" in str(refusal(lambda: rows_of(read_rave, root)))


CHANGES = st.lists(
    st.tuples(st.sampled_from(["AETERM", "AESEV", "AEYN"]), st.text("ab咳<&", max_size=3)),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(changes=CHANGES, cut=st.integers(0, 8))
def test_a_feed_says_the_same_in_one_file_or_in_two(
    changes: list[tuple[str, str]], cut: int
) -> None:
    audits = [
        entered(value, source_id=str(number), oid=oid)
        for number, (oid, value) in enumerate(changes)
    ]
    whole = said(rows_of(read_rave, feed(*audits)))
    parts = [said(rows_of(read_rave, feed(*part))) for part in (audits[:cut], audits[cut:])]
    assert parts[0] + parts[1] == whole
    assert whole == [
        (number, None if oid == "AEYN" else {oid: value})
        for number, (oid, value) in enumerate(changes)
        if oid != "AEYN"
    ]


def said(rows: list[ReadRow]) -> list[tuple[int | None, object]]:
    return [(row.source.sequence, row.fields) for row in rows if isinstance(row, SourceRow)]
