"""Rows that were refused, mended and sent again, are as the right file would have made them."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.interchange.formats import Format, detect
from app.store.source_rows import POINTERS, VERSIONS
from tests.imports.files import AE_HEAD, HOW, lines, record_lines
from tests.imports.service import Importing, assert_reckoned, counts
from tests.imports.test_identified_anew import FHIR
from tests.interchange.odm_writer import clinical, group, item, odm, subject
from tests.interchange.test_rave import entered, feed
from tests.store.databases import copy_of

SETTINGS: Mapping[str, Any] = {
    **HOW,
    "forms": {"IG.AE": "AE", "AE": "AE"},
    "items": {
        "I.TERM": "AETERM", "I.GRADE": "AETOXGR", "AE.AETERM": "AETERM", "AE.GRADE": "AETOXGR",
        "Grade as noted": "AETOXGR",
    },
}  # fmt: skip
GOOD = "IC19-SLE,AE,S-01,1,A1,Nausea,1,POSSIBLE,2026-03-03,2026-03-05,,\n"


def csv(grade: str) -> str:
    return AE_HEAD + GOOD + f"IC19-SLE,AE,S-01,2,A2,Fatigue,{grade},POSSIBLE,2026-03-04,,,\n"


def dataset(grade: str) -> str:
    names = ("USUBJID", "AESPID", "AETERM", "AETOXGR")
    head = {
        "datasetJSONVersion": "1.1.0", "itemGroupOID": "IG.AE", "name": "AE", "label": "x",
        "datasetJSONCreationDateTime": "2026-04-01T10:00:00Z", "records": 2,
        "columns": [
            {"itemOID": f"IT.{each}", "name": each, "label": each, "dataType": "string"}
            for each in names
        ],
    }  # fmt: skip
    rows = [["S-01", "A1", "Nausea", "1"], ["S-01", "A2", "Fatigue", grade]]
    return json.dumps({**head, "rows": rows})


def snapshot(grade: str) -> bytes:
    rows = (
        group(item("I.TERM", "Nausea"), item("I.GRADE", "1"), repeat="1"),
        group(item("I.TERM", "Fatigue"), item("I.GRADE", grade), repeat="2"),
    )
    return odm(clinical(subject(*rows)), CreationDateTime="2026-04-01T10:00:00Z")


def removal(kind: str) -> bytes:
    """A row that may be removed, in a file in which nothing can be."""
    changed = group(item("I.TERM", "Fatigue"), repeat="1")
    other = group(item("I.TERM", "Nausea"), repeat="2", TransactionType=kind)
    return odm(clinical(subject(changed, other)), AsOfDateTime="2026-04-01T10:00:00Z")


def audits(grade: str) -> bytes:
    term = entered("Fatigue", source_id="7")
    return feed(term, entered(grade, "EnteredWithChangeCode", "9", oid="AE.GRADE"))


def fhir(actuality: str) -> str:
    return lines([{**FHIR, "actuality": actuality}, {**FHIR, "id": "e2"}])


def ours(grade: str) -> str:
    return record_lines(1, events=1).replace('"grade": 1', f'"grade": {grade}')


def named(told: dict[str, Any]) -> dict[str, Any]:
    """As a person would mend the variables of a row."""
    return {**told, "original": {**told["original"], "AETOXGR": "3"}}


def in_text(wrong: str, right: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def mend(told: dict[str, Any]) -> dict[str, Any]:
        text = told["original"]
        assert wrong in text
        return {**told, "original": text.replace(wrong, right)}

    return mend


def of_ours(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "original": json.loads(json.dumps(told["original"]).replace(": 9", ": 2"))}


def by_headings(told: dict[str, Any]) -> dict[str, Any]:
    """A line with a cell too many, of which the text alone is known."""
    names = AE_HEAD.strip().split(",")
    cells = dict(zip(names, told["original"].split(","), strict=False))
    cells["Grade as noted"] = cells.pop("AETOXGR").removesuffix(";")
    return {"cells": cells}


CASES: Mapping[str, tuple[Format, Callable[[str], str | bytes], str, str, Any]] = {
    "sdtm-csv": ("sdtm-csv", csv, "7", "3", named),
    "dataset-json": ("dataset-json", dataset, "7", "3", named),
    "odm-xml": ("odm-xml", snapshot, "7", "3", named),
    "rave-audit": ("rave-audit", audits, "7", "3", named),
    "fhir": ("fhir", fhir, "perhaps", "actual", in_text("perhaps", "actual")),
    "records-ndjson": ("records-ndjson", ours, "9", "2", of_ours),
    "a cell too many": ("sdtm-csv", csv, "3,", "3", lambda told: by_headings(
        {**told, "original": told["original"].replace("3,,", "3,")}
    )),
    "an element of ODM": ("odm-xml", removal, "Remove", "Insert", in_text("Remove", "Insert")),
}  # fmt: skip


def held(importing: Importing) -> Any:
    """All that is kept: rows without their job, what holds of records, and verdicts."""
    with importing.database.reading() as connection:
        rows = connection.execute(
            POINTERS.join(VERSIONS, POINTERS.c.key == VERSIONS.c.key)
            .select()
            .with_only_columns(
                POINTERS.c.key, POINTERS.c.sequence, POINTERS.c.source_time,
                VERSIONS.c.version, VERSIONS.c.document,
            )
            .order_by(POINTERS.c.key)
        ).all()  # fmt: skip
    kinds = ("subject", "exposure", "adverse_event")
    return rows, {kind: importing.contents(kind) for kind in kinds}  # type: ignore[arg-type]


@contextmanager
def begun(template: Path, folder: Path) -> Iterator[Importing]:
    """A study in a database of its own."""
    folder.mkdir()
    database = copy_of(template, folder)
    importing = Importing(database=database)
    importing.begin()
    importing.system(**SETTINGS)
    yield importing
    importing.close()
    database.close()


@pytest.mark.parametrize("case", CASES)
def test_what_is_mended_and_sent_again_is_as_the_right_file(
    case: str, tmp_path: Path, sqlite_template: Path
) -> None:
    format, write, wrong, right, mend = CASES[case]  # noqa: A001
    with begun(sqlite_template, tmp_path / "right") as importing:
        assert_reckoned(importing.sent(write(right), format))
        expected = held(importing)
    with begun(sqlite_template, tmp_path / "mended") as importing:
        job = importing.sent(write(wrong), format)
        assert_reckoned(job)
        assert counts(job)["rejected"] == 1
        refused = importing.rejected(job)
        (told,) = [each for each in refused if "original" in each]
        sent = lines([mend(told), *(each for each in refused if each is not told)])
        assert detect(sent.encode()) == "rows-ndjson"
        again = importing.sent(sent, "rows-ndjson")
        assert_reckoned(again)
        assert "rejected" not in counts(again), importing.rejected(again)
        assert held(importing) == expected


def refusals(importing: Importing, *sent: Mapping[str, Any]) -> list[tuple[str, str]]:
    importing.later()
    job = importing.sent(lines(sent), "rows-ndjson")
    assert_reckoned(job)
    return [(each["code"], each["problem"]) for each in importing.rejected(job)]


ROW = {"USUBJID": "S-01", "AESPID": "A1", "AETERM": "Fatigue", "AETOXGR": "2"}


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({"code": "no_subject", "problem": "x", "original": "IC19-SLE,AE,S-01"}, "neither fields"),
        (
            {"domain": "AE", "fields": {"AETOXGR": 2}},
            "fields/AETOXGR: Input should be",
        ),
        ({"domain": "VS", "fields": ROW}, "domain: Input should be 'AE'"),
        ({"domain": "AE", "fields": ROW, "grade": 2}, "grade: Unexpected keyword"),
        ({"domain": "AE", "original": "AE,S-01"}, "an object of variables"),
        ({"original": "<ItemGroupData/"}, "not well-formed"),
        ({"cells": {"a": "1"}}, "no column tells"),
        ({"domain": "AE", "original": {"aeterm": "Fatigue"}}, "aeterm"),
        ({"original": "<a/>", "head": {"FileType='Snapshot' x": "1"}}, "head"),
    ],
)
def test_what_is_no_row_comes_back_once_more(
    on_sqlite: Importing, sent: dict[str, Any], why: str
) -> None:
    on_sqlite.system(**SETTINGS)
    ((code, problem),) = refusals(on_sqlite, sent)
    assert code == "not_mended"
    assert why in problem


def test_lines_that_are_of_no_row_are_left_out_by_what_they_are(on_sqlite: Importing) -> None:
    on_sqlite.system(**SETTINGS)
    found = {"finding": "S-01|LB|1", "code": "analyte_unmapped", "problem": "x"}
    job = on_sqlite.sent(lines([found, {"domain": "AE", "fields": ROW}]), "rows-ndjson")
    assert counts(job)["left_out_by"] == {"line about no row (finding)": 1}
    assert counts(job)["accepted"] == 1


def test_a_row_that_is_still_wrong_comes_back_as_it_was(on_sqlite: Importing) -> None:
    on_sqlite.system(**SETTINGS)
    first = on_sqlite.sent(audits("7"), "rave-audit")
    (told,) = on_sqlite.rejected(first)
    again = on_sqlite.sent(lines([told]), "rows-ndjson")
    (anew,) = on_sqlite.rejected(again)
    assert anew == {**told, "row": 1, "place": "line 1"}


def test_whoever_asks_for_audits_is_told_where_to_go_on(on_sqlite: Importing) -> None:
    on_sqlite.system(**SETTINGS)
    assert counts(on_sqlite.sent(audits("2"), "rave-audit"))["highest_sequence"] == 9
    older = feed(entered("Fatigue", source_id="8", record_id="85"))
    assert counts(on_sqlite.sent(older, "rave-audit"))["highest_sequence"] == 9
    assert "highest_sequence" not in counts(on_sqlite.sent(AE_HEAD + GOOD))


def test_a_file_that_says_another_number_of_rows_has_those_that_it_has(
    on_sqlite: Importing,
) -> None:
    on_sqlite.system(**SETTINGS)
    job = on_sqlite.sent(dataset("2").replace('"records": 2', '"records": 3'), "dataset-json")
    assert_reckoned(job)
    assert (counts(job)["rows"], counts(job)["accepted"]) == (2, 2)
    assert counts(job)["findings"] == {"records_differ": 1}
    (line,) = on_sqlite.rejected(job)
    assert (line["row"], line["code"]) == (0, "records_differ")
