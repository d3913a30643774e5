"""POST /v1/adjudicate: one patient, several, and protocols that come along."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.data import protocols
from app.data.protocols import load
from app.domain.adjudication.protocol import ReadyProtocol
from tests.api.client import faults
from tests.api.requests import crs, one_patient

pytestmark = pytest.mark.anyio

CASES = Path(__file__).parents[3] / "shared" / "cases" / "ic19-adjudication.json"
IN_TIME = crs("AE-1", until="2026-03-06T08:00:00+08:00")
TOO_LATE = crs("AE-1", until="2026-03-06T08:01:00+08:00")


async def adjudicate(client: httpx.AsyncClient, request: dict[str, Any]) -> Any:
    answer = await client.post("/v1/adjudicate", json=request)
    assert answer.status_code == 200, answer.text
    return answer.json()


def patient(patient_id: str, *events: dict[str, Any]) -> dict[str, Any]:
    return {**one_patient()["subject"], "id": patient_id, "events": list(events)}


async def test_one_minute_over_the_limit_of_72_hours_is_a_dlt(client: httpx.AsyncClient) -> None:
    answer = await adjudicate(client, one_patient())
    event = answer["events"][0]
    assert (event["id"], event["verdict"]) == ("AE-1", "DLT")
    assert event["established_at"] == "2026-03-06T08:00:00+08:00"
    assert "72 h 1 min; limit 72 h" in event["explanation"]["text"]
    assert (answer["subject"]["id"], answer["subject"]["status"]) == ("S-01", "DLT")


async def test_exactly_72_hours_is_none(client: httpx.AsyncClient) -> None:
    answer = await adjudicate(client, one_patient(subject=patient("S-01", IN_TIME)))
    assert answer["events"][0]["verdict"] == "NOT_DLT"
    assert answer["subject"]["status"] == "NO_DLT"


async def test_the_answer_names_what_it_was_made_with(client: httpx.AsyncClient) -> None:
    answer = await adjudicate(client, one_patient())
    ready = load("NCT06886919", "1").ready
    assert answer["protocol"] == {"id": "NCT06886919", "version": "1", "digest": ready.digest}
    assert answer["dictionary"] == {
        "id": "ctcae-5.0",
        "digest": ready.dictionary.digest,
        "synonyms": {"id": "synonyms-1", "digest": ready.dictionary.synonyms.digest},
    }
    assert (answer["as_of"], answer["engine_version"]) == ("2026-05-30", "0.1.0")


async def test_without_a_version_the_latest_judges(client: httpx.AsyncClient) -> None:
    with_version = await adjudicate(client, one_patient())
    assert await adjudicate(client, one_patient(protocol={"id": "NCT06886919"})) == with_version


async def test_several_patients_are_judged_as_each_alone(client: httpx.AsyncClient) -> None:
    patients = [patient("S-01", TOO_LATE), patient("S-02", IN_TIME), patient("S-03")]
    request = one_patient(subjects=patients)
    del request["subject"]
    together = await adjudicate(client, request)
    alone = [await adjudicate(client, one_patient(subject=each)) for each in patients]
    assert together["subjects"] == [
        {"events": each["events"], "subject": each["subject"]} for each in alone
    ]
    for part in ("protocol", "dictionary", "as_of", "engine_version"):
        assert together[part] == alone[0][part]


async def test_many_events_are_judged_as_few_are(client: httpx.AsyncClient) -> None:
    """From some number of events on, another thread does the work."""
    events = [crs(f"AE-{number}", until="2026-03-06T08:01:00+08:00") for number in range(60)]
    answer = await adjudicate(client, one_patient(subject=patient("S-01", *events)))
    assert [event["verdict"] for event in answer["events"]] == ["DLT"] * 60


NEUTROPHILS = {
    "analyte": "NEUT",
    "value": "0.4",
    "unit": "10^9/L",
    "lln": 1.8,
    "measured_at": "2026-03-05T08:00+08:00",
}


async def test_results_are_graded_and_the_criteria_are_named(client: httpx.AsyncClient) -> None:
    without = await adjudicate(client, one_patient())
    assert without["criteria"] is None
    subject = {**patient("S-01", IN_TIME), "laboratory": [NEUTROPHILS]}
    answer = await adjudicate(client, one_patient(subject=subject))
    (finding,) = answer["subject"]["findings"]
    assert finding["code"] == "laboratory_not_reported"
    assert answer["criteria"]["id"] == "ctcae-5.0"
    bare = await adjudicate(client, one_patient(subject=patient("S-01", IN_TIME)))
    assert answer["events"] == bare["events"]
    together = one_patient(subjects=[subject])
    del together["subject"]
    many = await adjudicate(client, together)
    assert many["criteria"] == answer["criteria"]
    assert many["subjects"][0]["subject"] == answer["subject"]


async def test_a_document_may_make_events_of_results(client: httpx.AsyncClient) -> None:
    document = json.loads(json.dumps(load("NCT06886919", "1").document))
    document["grading"]["laboratory"] = {"unreported": "event"}
    subject = {**patient("S-01"), "laboratory": [NEUTROPHILS]}
    request = one_patient(protocol={"document": document}, subject=subject)
    (event,) = (await adjudicate(client, request))["events"]
    assert event["id"] == "laboratory:Neutrophil count decreased"
    assert event["verdict"] == "UNDETERMINED"


async def test_many_results_are_graded_as_few_are(client: httpx.AsyncClient) -> None:
    """From some number of results on, another thread does the work."""
    results = [{**NEUTROPHILS, "measured_at": f"2026-03-05T08:{n:02}+08:00"} for n in range(60)]
    subject = {**patient("S-01"), "laboratory": results}
    answer = await adjudicate(client, one_patient(subject=subject))
    assert len(answer["subject"]["findings"]) == 1


async def test_a_built_in_document_sent_along_judges_alike(client: httpx.AsyncClient) -> None:
    document = load("NCT06886919", "1").document
    inline = await adjudicate(client, one_patient(protocol={"document": document}))
    assert inline == await adjudicate(client, one_patient())


async def test_a_document_that_takes_long_holds_nobody_up(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody but those who bring a document too: of these there is one at a time."""
    document = load("NCT06886919", "1").document
    started, go_on, running = threading.Event(), threading.Event(), []

    def make_ready_when_told(_: Any) -> ReadyProtocol:
        running.append("document")
        started.set()
        go_on.wait(timeout=20)
        return load("NCT06886919", "1").ready

    monkeypatch.setattr(protocols, "make_ready", make_ready_when_told)
    request = one_patient(protocol={"document": document})
    slow = [asyncio.create_task(adjudicate(client, request)) for _ in range(2)]
    await asyncio.to_thread(started.wait, 20)
    assert (await client.get("/healthz")).status_code == 200
    assert (await adjudicate(client, one_patient()))["events"][0]["verdict"] == "DLT"
    assert not any(task.done() for task in slow)
    assert running == ["document"]
    go_on.set()
    assert [each["events"][0]["verdict"] for each in await asyncio.gather(*slow)] == ["DLT"] * 2


async def test_a_document_may_decide_a_reading_otherwise(client: httpx.AsyncClient) -> None:
    """With the limit left out of the count, exactly 72 hours are too long."""
    document = json.loads(json.dumps(load("NCT06886919", "1").document))
    reading = next(each for each in document["readings"] if each["id"] == "R-INCL")
    reading["default"] = "limit-excluded"
    request = one_patient(protocol={"document": document}, subject=patient("S-01", IN_TIME))
    answer = await adjudicate(client, request)
    assert answer["events"][0]["verdict"] == "DLT"
    assert answer["protocol"]["digest"] != load("NCT06886919", "1").ready.digest


@pytest.mark.skipif(not CASES.exists(), reason="the shared case files are not here")
async def test_the_shared_cases_hold(client: httpx.AsyncClient) -> None:
    for case in json.loads(CASES.read_text("utf-8"))["cases"]:
        answer = await adjudicate(client, case["request"])
        expected = case["expect"]["events"]
        events = {event["id"]: event for event in answer["events"]}
        for wanted in [expected["$has"]] if isinstance(expected, dict) else expected:
            assert events[wanted["id"]]["verdict"] == wanted["verdict"], case["id"]


async def test_a_patient_may_bring_the_ranges_of_laboratories(client: httpx.AsyncClient) -> None:
    request = one_patient()
    stated = {"laboratory": "Central", "analyte": "PLAT", "valid_from": "2026-01-01", "uln": "350"}
    result = {"analyte": "PLAT", "value": "84", "measured_at": "2026-03-05"}
    request["subject"] |= {
        "laboratory": [{**result, "laboratory": "Central"}],
        "laboratory_ranges": [stated],
    }
    findings = (await adjudicate(client, request))["subject"]["findings"]
    assert "laboratory_range_used" in [each["code"] for each in findings]
    request["subject"]["laboratory_ranges"] = [{**stated, "lln": "351"}]
    answer = await client.post("/v1/adjudicate", json=request)
    assert faults(answer) == [("/subject/laboratory_ranges/0/uln", "bad_range")]
