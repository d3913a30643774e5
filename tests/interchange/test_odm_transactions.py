"""Transactional ODM-XML: what a change changes, at whatever level it says what it is."""

import pytest

from app.domain.record.origin import Source
from app.domain.time import PartialTime
from app.interchange.odm import read_odm
from app.interchange.rows import BadRow, SourceRow
from tests.interchange.odm_writer import (
    attributes,
    audit,
    bad_row,
    clinical,
    group,
    item,
    kinds,
    left_out,
    odm,
    rows_of,
    source_row,
    subject,
)

FEVER = item("AETERM", "Fever")


def change(*groups: str, record: str = "") -> bytes:
    return odm(clinical(subject(*groups, record=record)), file_type="Transactional")


def leveled(level: str, transaction: str, lowest: str = "") -> bytes:
    """A row of one item, with a TransactionType at one level, and perhaps one at the row."""
    said = {level: attributes(TransactionType=transaction)}
    row = attributes(TransactionType=lowest or None)
    return odm(
        clinical(
            f'<SubjectData SubjectKey="P"{said.get("SubjectData", "")}>'
            f'<StudyEventData StudyEventOID="V"{said.get("StudyEventData", "")}>'
            f'<FormData FormOID="AE"{said.get("FormData", "")}>'
            f'<ItemGroupData ItemGroupOID="AE"{said.get("ItemGroupData", "")}{row}>'
            f'<ItemData ItemOID="AETERM" Value="Fever"{said.get("ItemData", "")}/>'
            "</ItemGroupData></FormData></StudyEventData></SubjectData>"
        ),
        file_type="Transactional",
    )


ABOVE = ("SubjectData", "StudyEventData", "FormData")


@pytest.mark.parametrize("level", [*ABOVE, "ItemGroupData", "ItemData"])
@pytest.mark.parametrize("transaction", ["Insert", "Update", "Upsert", "Context"])
def test_a_change_is_a_part_of_its_row(level: str, transaction: str) -> None:
    row = source_row(read_odm, leveled(level, transaction))
    whole = (level, transaction) == ("ItemGroupData", "Insert")
    assert row.change == ("whole" if whole else "part")
    stands = level != "ItemData" and transaction in {"Insert", "Upsert"} and not whole
    assert row.restored is stands
    assert row.fields == {"AETERM": "Fever"}


def test_a_row_that_is_removed_is_removed() -> None:
    row = source_row(read_odm, leveled("ItemGroupData", "Remove"))
    assert (row.change, row.fields, row.key) == ("removed", {}, "V;;AE;;AE;")


@pytest.mark.parametrize("level", ABOVE)
def test_what_is_removed_above_rows_is_told_and_the_rows_that_it_lists_are_removed(
    level: str,
) -> None:
    bad, row = rows_of(read_odm, leveled(level, "Remove"))
    assert isinstance(bad, BadRow)
    assert (bad.code, bad.place.rpartition("/")[2]) == ("removal_above_row", f"{level}[1]")
    assert "send Remove with each ItemGroupData" in bad.problem
    assert isinstance(row, SourceRow)
    assert row.change == "removed"


def test_a_removal_without_rows_is_told_once() -> None:
    file = odm(
        clinical('<SubjectData SubjectKey="P" TransactionType="Remove"/>'),
        file_type="Transactional",
    )
    assert bad_row(read_odm, file).original == {"SubjectKey": "P", "TransactionType": "Remove"}


@pytest.mark.parametrize("level", ABOVE)
def test_the_nearest_transaction_type_holds(level: str) -> None:
    assert source_row(read_odm, leveled(level, "Insert", "Update")).restored is False
    assert source_row(read_odm, leveled(level, "Update", "Upsert")).restored is True
    assert source_row(read_odm, leveled(level, "Context", "Remove")).change == "removed"
    assert kinds(rows_of(read_odm, leveled(level, "Remove", "Update"))) == {
        "bad: removal_above_row": 1,
        "AE part": 1,
    }


def test_an_item_is_cleared_where_it_is_removed_or_null_or_empty() -> None:
    items = (
        item("AETERM", None, TransactionType="Remove"),
        item("AESEV", "MILD", TransactionType="Remove"),
        item("AEOUT", None, IsNull="Yes"),
        item("AEACN", ""),
        item("AESER", "N"),
    )
    row = source_row(read_odm, change(group(*items, TransactionType="Update")))
    assert row.fields == {"AETERM": "", "AESEV": "", "AEOUT": "", "AEACN": "", "AESER": "N"}
    inserted = source_row(read_odm, change(group(*items, TransactionType="Insert")))
    assert (inserted.change, inserted.fields) == ("whole", {"AESER": "N"})


def test_an_item_without_a_value_says_nothing() -> None:
    row = source_row(read_odm, change(group(FEVER, item("AESEV", None))))
    assert row.fields == {"AETERM": "Fever"}
    nothing = change(group(item("AESEV", None), TransactionType="Context"))
    assert left_out(read_odm, nothing) == "item group IG.AE without items"


def test_a_change_of_an_item_that_is_not_read_is_told() -> None:
    row = source_row(read_odm, change(group(item("重症度", "3"))))
    assert (row.fields, row.unread) == ({}, ("重症度",))


def test_the_audit_record_says_who_when_and_why() -> None:
    told = audit("4711", at="2026-03-01T08:05:09+09:00", user="kim", reason=" Typing error ")
    row = source_row(read_odm, change(group(item("AETERM", "Fever", told))))
    assert row.source == Source(
        sequence=4711,
        time=PartialTime("2026-03-01T08:05:09+09:00"),
        user="kim",
        audit_id="4711",
    )
    assert row.reason == "Typing error"


@pytest.mark.parametrize(
    ("source_id", "sequence", "audit_id"),
    [
        ("0", 0, "0"),
        (str(2**53 - 1), 2**53 - 1, str(2**53 - 1)),
        (str(2**53), None, str(2**53)),
        ("A-17", None, "A-17"),
        ("-1", None, "-1"),
        ("١٢", None, "١٢"),
        ("", None, None),
        (None, None, None),
        ("x" * 200, None, "x" * 200),
        ("x" * 201, None, None),
    ],
)
def test_a_source_id_orders_where_it_is_a_number(
    source_id: str | None, sequence: int | None, audit_id: str | None
) -> None:
    source = source_row(read_odm, change(group(item("AETERM", "x", audit(source_id))))).source
    assert (source.sequence, source.audit_id) == (sequence, audit_id)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("2026-03-01T08:05", True),
        ("2026-03-01T08:05:09.123Z", True),
        ("2026-03-01T08", False),
        ("2026-03-01", False),
        ("01 MAR 2026 08:05", False),
        ("", False),
    ],
)
def test_a_time_is_kept_as_it_was_written_where_it_is_one_to_the_minute(
    text: str, kept: bool
) -> None:
    row = source_row(read_odm, change(group(item("AETERM", "x", audit("1", at=text)))))
    assert row.source.time == (PartialTime(text) if kept else None)


def test_an_audit_record_holds_for_all_that_stand_below_it_and_have_none() -> None:
    groups = (
        group(FEVER, repeat="1"),
        group(audit("8"), FEVER, repeat="2"),
        group(item("AESEV", "x", audit("9")), FEVER, repeat="3"),
    )
    rows = rows_of(read_odm, change(*groups, record=audit("5", reason="Transfer")))
    assert [row.source.sequence for row in rows if isinstance(row, SourceRow)] == [5, 8, 9]
    assert [row.reason for row in rows if isinstance(row, SourceRow)] == ["Transfer", None, None]


def test_without_an_audit_record_a_change_is_of_the_time_of_the_file() -> None:
    file = odm(
        clinical(subject(group(FEVER))),
        file_type="Transactional",
        CreationDateTime="2026-03-02T10:00:00",
    )
    assert source_row(read_odm, file).source == Source(time=PartialTime("2026-03-02T10:00:00"))
    named = odm(
        clinical(subject(group(item("AETERM", "x", audit(None, at=""))))),
        file_type="Transactional",
        CreationDateTime="2026-03-02T10:00:00",
    )
    assert source_row(read_odm, named).source == Source(
        time=PartialTime("2026-03-02T10:00:00"), user="u1"
    )


def test_one_patient_may_be_changed_many_times() -> None:
    file = odm(
        clinical(subject(group(FEVER, TransactionType="Insert"))),
        clinical(subject(group(item("AESEV", "MILD"), TransactionType="Update"))),
        clinical(subject(group(TransactionType="Remove"))),
        file_type="Transactional",
    )
    rows = [row for row in rows_of(read_odm, file) if isinstance(row, SourceRow)]
    assert [row.change for row in rows] == ["whole", "part", "removed"]
    assert len({row.key for row in rows}) == 1
    assert [row.place.split("/")[2] for row in rows] == [
        "ClinicalData[1]",
        "ClinicalData[2]",
        "ClinicalData[3]",
    ]
