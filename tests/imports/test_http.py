"""Imports over HTTP: how a file is sent, told of, sent back, and taken up again."""

import hashlib
import json
from typing import Any

import pytest

from tests.api.client import faults, is_problem
from tests.imports.files import AE, ALL, DM, EX, HOW, record_lines
from tests.imports.http import IMPORTS, PREVIEW, SYSTEM, Sending
from tests.record.service import of_study

pytestmark = pytest.mark.anyio

LINES = record_lines(2)
ODM = '<?xml version="1.0"?>\n<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileOID="F"></ODM>'
BROKEN = ODM.replace("</ODM>", "<ClinicalData>\n</ODM>")


async def test_a_file_is_a_job(sending: Sending) -> None:
    await sending.begin()
    answer = await sending.post(AE, extract="E-1", extracted_at="2026-05-01T02:00:00Z")
    assert answer.status_code == 202
    job = answer.json()
    assert answer.headers["location"] == job["links"]["self"] == f"/v1/jobs/{job['id']}"
    assert (job["state"], job["progress"]) == ("queued", {"done": 0, "total": None})
    told = job["parameters"]
    assert (told["system"], told["format"], told["extract"]) == ("edc", "sdtm-csv", "E-1")
    assert told["extracted_at"] == "2026-05-01T02:00:00Z"
    assert told["file"] == {"sha256": hashlib.sha256(AE.encode()).hexdigest(), "size": len(AE)}
    assert job["audit"]["seq"] == job["audit_seq"]
    assert sending.work() == 1
    done = await sending.job(job["id"])
    assert (done["state"], done["progress"]) == ("succeeded", {"done": 4, "total": 4})
    assert done["counts"]["accepted"] == 4


async def test_the_same_file_is_answered_with_the_job_that_there_is(sending: Sending) -> None:
    await sending.begin()
    first = await sending.post(AE)
    for _ in range(2):
        again = await sending.post(AE)
        assert again.status_code == 200
        assert again.json()["id"] == first.json()["id"]
        assert again.json()["audit"] is None
        assert again.headers["location"] == first.headers["location"]
        assert sending.work() in {0, 1}
    other = await sending.post(AE, extract="E-2")
    assert other.status_code == 202
    assert other.json()["id"] != first.json()["id"]


async def test_other_settings_make_it_another_import(sending: Sending) -> None:
    await sending.begin()
    first = await sending.sent(AE)
    await sending.service.done("PUT", SYSTEM, {**HOW, "episode_end": "event", **_why()})
    again = await sending.post(AE)
    assert again.status_code == 202
    assert again.json()["id"] != first["id"]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (AE, "sdtm-csv"),
        ("\ufeff" + AE.replace(",", ";"), "sdtm-csv"),
        (LINES, "records-ndjson"),
        (ODM, "odm-xml"),
        ('{"resourceType": "Patient", "id": "S-01", "gender": "female"}', "fhir"),
        ('{"datasetJSONVersion": "1.1.0", "rows": []}', "dataset-json"),
    ],
)
async def test_a_format_is_recognised(sending: Sending, content: str, found: str) -> None:
    await sending.begin()
    answer = await sending.post(content, media="application/octet-stream")
    assert answer.status_code == 202, answer.text
    assert answer.json()["parameters"]["format"] == found


async def test_a_format_that_is_told_is_not_guessed(sending: Sending) -> None:
    await sending.begin()
    job = await sending.sent(AE, format="odm-xml")
    assert job["parameters"]["format"] == "odm-xml"
    assert (job["state"], job["problem"]["line"]) == ("failed", 1)
    assert await sending.service.get(of_study("adverse-events")) == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("colour,shape\nred,round\n", "begins with 'colour,shape"),
        ("", "empty"),
        (b"PK\x03\x04workbook", "ZIP archive or Excel workbook"),
        (b"%PDF-1.7", "a PDF"),
        ("<html/>", "its root is html"),
    ],
)
async def test_a_file_of_no_known_format_is_refused(
    sending: Sending, content: str | bytes, said: str
) -> None:
    await sending.begin()
    for path in (IMPORTS, PREVIEW):
        answer = await sending.post(content, path, media="application/octet-stream")
        assert is_problem(answer)
        assert (answer.status_code, answer.json()["code"]) == (422, "unreadable_file")
        assert said in answer.json()["detail"]
    assert await sending.service.get(of_study("jobs")) == {"items": [], "next": None}


async def test_an_unknown_name_of_a_format_is_a_fault(sending: Sending) -> None:
    await sending.begin()
    answer = await sending.post(AE, format="excel")
    assert answer.status_code == 422
    assert faults(answer) == [("/query/format", "not_an_option")]


async def test_an_unknown_system_or_study_is_not_there(sending: Sending) -> None:
    await sending.begin()
    for path in (IMPORTS, PREVIEW):
        answer = await sending.post(AE, path, system="rave")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_source_system")
        assert "source-systems/rave" in answer.json()["detail"]
        answer = await sending.post(AE, path.replace("IC19-SLE", "NONE"))
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_study")
        answer = await sending.post(LINES, path.replace("IC19-SLE", "NONE"))
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_study")


@pytest.mark.parametrize("content", [AE, LINES])
async def test_what_is_refused_early_keeps_no_byte(sending: Sending, content: str) -> None:
    await sending.begin()
    before = sending.service.rows()
    assert (await sending.post(content, "/v1/studies/NONE/imports")).status_code == 404
    assert (await sending.post(AE, system="rave")).status_code == 404
    snapshot = await sending.post(AE, semantics="snapshot")
    assert snapshot.status_code == 422
    assert sending.service.rows() == before


@pytest.mark.parametrize(
    ("at", "accepted"),
    [
        ("2026-05-01T02:00Z", True),
        ("2026-05-01T10:00:00+08:00", True),
        ("2026-05-01", False),
        ("2026-05", False),
        ("yesterday", False),
    ],
)
async def test_an_extract_was_made_at_an_instant(
    sending: Sending, at: str, accepted: bool
) -> None:
    await sending.begin()
    answer = await sending.post(AE, extracted_at=at)
    assert answer.status_code == (202 if accepted else 422), answer.text
    if not accepted:
        assert faults(answer) == [("/query/extracted_at", "bad_time")]


async def test_records_as_lines_need_no_settings(sending: Sending) -> None:
    await sending.service.begin(at="2026-06-01T00:00:00+00:00")
    job = await sending.sent(LINES, system="lines")
    assert (job["state"], job["counts"]["accepted"]) == ("succeeded", 10)
    assert job["parameters"]["settings"] is None


async def test_a_preview_shows_and_keeps_nothing(sending: Sending) -> None:
    await sending.begin()
    before = sending.service.rows()
    told = await sending.preview(AE.replace("PROBABLE", "LIKELY"), rows=3)
    assert told["format"] == "sdtm-csv"
    assert [each["outcome"] for each in told["rows"]] == ["read", "read", "read"]
    assert [each["place"] for each in told["rows"]] == ["line 2", "line 3", "line 4"]
    assert told["rows"][1]["fields"]["AETERM"] == "Fatigue"
    assert told["rows"][1]["key"] == "S-01|AE|A2"
    assert not told["is_whole"]
    assert told["unmapped"] == []
    records = {each["record_id"]: each for each in told["records"]}
    assert sorted(records) == ["S-01|AE|A1", "S-01|AE|A2", "S-02|AE|B1"]
    assert records["S-01|AE|A2"]["content"]["term"] == "Fatigue"
    whole = await sending.preview(AE.replace("PROBABLE", "LIKELY"))
    assert whole["is_whole"]
    assert whole["unmapped"] == [
        {"variable": "AEREL", "word": "LIKELY", "setting": "causality", "rows": 1}
    ]
    assert sending.service.rows() == before


async def test_a_preview_tells_what_would_be_refused_or_left_out(sending: Sending) -> None:
    await sending.begin()
    vs = "IC19-SLE,VS,S-01,5,,,,,,,,\n"
    told = await sending.preview(AE.replace("Fatigue,3", "Fatigue,9") + vs)
    refused, left_out = told["rows"][1], told["rows"][-1]
    assert (refused["outcome"], refused["code"], refused["place"]) == (
        "rejected", "bad_grade", "line 3",
    )  # fmt: skip
    assert (left_out["outcome"], left_out["problem"]) == ("left_out", "domain VS")
    lines = await sending.preview(LINES.replace('"2026-03-03"', '"soon"'))
    assert {each["outcome"] for each in lines["rows"]} == {"read", "rejected"}


async def test_a_preview_of_a_malformed_file_tells_the_line(sending: Sending) -> None:
    await sending.begin()
    told = await sending.preview(BROKEN)
    assert told["problem"]["code"] == "unreadable_file"
    assert told["problem"]["line"] == 3
    assert "line 3" in told["problem"]["detail"]
    assert not told["is_whole"]


@pytest.mark.parametrize(("rows", "status"), [(1, 200), (200, 200), (0, 422), (201, 422)])
async def test_a_preview_has_at_most_two_hundred_rows(
    sending: Sending, rows: int, status: int
) -> None:
    await sending.begin()
    assert (await sending.post(AE, PREVIEW, rows=rows)).status_code == status


async def test_refused_rows_are_mended_and_sent_again(sending: Sending) -> None:
    await sending.begin()
    wrong = LINES.replace('"grade": 3', '"grade": 7', 1) + "no json\n"
    job = await sending.sent(wrong, format="records-ndjson")
    assert (job["counts"]["accepted"], job["counts"]["rejected"]) == (9, 2)
    first, second = map(json.loads, (await sending.refused(job["id"])).splitlines())
    assert (first["row"], first["place"], first["code"]) == (5, "line 5", "invalid_request")
    assert [each["pointer"] for each in first["errors"]] == ["/grades/0/grade"]
    assert (second["row"], second["code"], second["original"]) == (11, "not_json", "no json")
    mended = {**first["original"], "grades": [{"from": "2026-03-03", "grade": 3}]}
    again = await sending.sent(json.dumps(mended) + "\n", format="records-ndjson")
    assert again["counts"] == {"rows": 1, "accepted": 1, "records": {"created": 1}}
    assert await sending.refused(again["id"]) == ""


async def test_refused_cells_are_mended_and_sent_again(sending: Sending) -> None:
    await sending.begin()
    job = await sending.sent(AE.replace("Fatigue,3", "Fatigue,9"))
    assert (job["counts"]["accepted"], job["counts"]["rejected"]) == (3, 1)
    (told,) = map(json.loads, (await sending.refused(job["id"])).splitlines())
    assert (told["code"], told["place"]) == ("bad_grade", "line 3")
    mended = {**told["original"], "AETOXGR": "3"}
    again = await sending.sent(f"{','.join(mended)}\n{','.join(mended.values())}\n")
    assert (again["counts"]["rows"], again["counts"]["accepted"]) == (1, 1)


async def test_the_file_of_an_import_is_as_it_was_sent(sending: Sending) -> None:
    await sending.begin()
    content = "\ufeff".encode() + AE.replace("\n", "\r\n").encode()
    job = await sending.sent(content)
    answer = await sending.service.client.get(job["links"]["file"])
    assert answer.content == content
    assert answer.headers["etag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    assert answer.headers["content-length"] == str(len(content))
    head = await sending.service.client.head(job["links"]["file"])
    assert (head.status_code, head.content) == (200, b"")


async def test_what_is_no_import_has_no_file(sending: Sending) -> None:
    await sending.begin()
    assembly = (await sending.service.send("POST", f"{SYSTEM}:assemble")).json()["id"]
    for path in (f"{assembly}/file", "none/file", "none/rejected"):
        answer = await sending.service.client.get(f"{IMPORTS}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_job")
    assert await sending.refused(assembly) == ""


async def test_a_system_is_a_record_like_any_other(sending: Sending) -> None:
    await sending.begin()
    corrected = {**HOW, "episode_end": "event", **_why()}
    assert (await sending.service.done("PUT", SYSTEM, corrected))["result"] == "updated"
    held = await sending.service.get(SYSTEM)
    assert held["content"]["episode_end"] == "event"
    page = await sending.service.get(f"{SYSTEM}/versions")
    assert [each["version"] for each in page["items"]] == [1, 2]
    listed = await sending.service.get(of_study("source-systems"))
    assert [each["key"] for each in listed["items"]] == ["edc"]
    await sending.service.done("DELETE", SYSTEM, _why())
    assert (await sending.post(AE)).status_code == 404
    await sending.service.done("POST", f"{SYSTEM}/restore", _why())
    assert (await sending.post(AE)).status_code == 202


async def test_changed_settings_change_what_rows_make_once_they_are_asked(
    sending: Sending,
) -> None:
    await sending.begin(**{**HOW, "causality": {"possible": "unrelated"}})
    for each in ALL:
        await sending.sent(each)
    assert await _verdict(sending, "edc:S-01|AE|A2") == "NOT_DLT"
    put = await sending.service.done("PUT", f"{SYSTEM}?assemble=false", {**HOW, **_why()})
    assert put["assembling"] is None
    assert sending.work() == 0
    assert await _verdict(sending, "edc:S-01|AE|A2") == "NOT_DLT"
    answer = await sending.service.send("POST", f"{SYSTEM}:assemble")
    assert answer.status_code == 202
    job = answer.json()
    assert (job["kind"], answer.headers["location"]) == ("assembly", f"/v1/jobs/{job['id']}")
    assert sending.work() == 1
    done = await sending.job(job["id"])
    assert (done["state"], done["progress"]) == ("succeeded", {"done": 2, "total": 2})
    assert done["counts"]["records"]["updated"] == 2
    assert await _verdict(sending, "edc:S-01|AE|A2") != "NOT_DLT"
    event = await sending.service.get(of_study("adverse-events/by-source/edc/S-01|AE|A2"))
    assert event["content"]["causality"][0]["relatedness"] == "possible"


async def test_an_unknown_system_cannot_be_assembled(sending: Sending) -> None:
    await sending.begin()
    answer = await sending.service.send("POST", of_study("source-systems/rave:assemble"))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_source_system")


async def test_imports_come_in_any_order(sending: Sending) -> None:
    await sending.begin()
    for each in (AE, EX, DM):
        assert (await sending.sent(each))["state"] == "succeeded"
    assert await _verdict(sending, "edc:S-01|AE|A1") == "NOT_DLT"


async def _verdict(sending: Sending, event: str) -> Any:
    found = await sending.service.verdicts("S-01")
    return next(each["verdict"] for each in found["verdicts"]["events"] if each["id"] == event)


def _why() -> dict[str, Any]:
    return {"reason": {"code": "MAPPING", "text": "asked of the site"}}
