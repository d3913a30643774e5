"""What comes before its patient is parked, and decides as soon as the patient is recorded."""

from typing import Final

import pytest

from tests.record.kinds import KINDS, Kind
from tests.record.service import INFUSED, Service, by_source, event, of_study

pytestmark = pytest.mark.anyio

AT: Final = "2026-03-20T00:00:00+00:00"
SEVERE: Final = ((4, "2026-03-05"), (0, "2026-03-06"))


@pytest.fixture
async def begun(any_service: Service) -> Service:
    await any_service.begin(at=AT)
    return any_service


async def test_an_event_of_an_unknown_patient_is_kept_and_judged_by_nobody(
    begun: Service,
) -> None:
    answer = await begun.send("PUT", by_source("AE-1"), event(*SEVERE))
    body = answer.json()
    assert (answer.status_code, body["result"], body["adjudications"]) == (201, "created", [])
    finding = body["record"]["findings"][0]
    assert (finding["code"], finding["severity"]) == ("unknown_subject", "warning")
    assert finding["message"] == (
        "The patient is not recorded yet, so the record is kept and decides nothing until the "
        "patient is recorded."
    )
    missing = await begun.client.get(of_study("subjects/S-01/adjudication"))
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_record")
    assert begun.rows()["adjudications"] == []


async def test_it_decides_once_the_patient_is_recorded(begun: Service) -> None:
    await begun.event("AE-1", *SEVERE)
    answer = await begun.patient()
    verdicts = answer["adjudications"][0]["verdicts"]
    assert [(each["id"], each["verdict"]) for each in verdicts["events"]] == [("edc:AE-1", "DLT")]
    assert len(await begun.adjudications()) == 1


async def test_its_finding_stays_with_the_version_that_came_too_early(begun: Service) -> None:
    await begun.event("AE-1", *SEVERE)
    await begun.patient()
    codes = [each["code"] for each in (await begun.get(by_source("AE-1")))["findings"]]
    assert "unknown_subject" in codes
    answer = await begun.event("AE-1", *SEVERE, baseline_grade=1)
    assert "unknown_subject" not in [each["code"] for each in answer["record"]["findings"]]


@pytest.mark.parametrize(
    "kind", [each for each in KINDS if each.is_by_source], ids=lambda kind: kind.kind
)
async def test_every_kind_of_a_patients_records_waits(begun: Service, kind: Kind) -> None:
    path = kind.path("X-1")
    parked = await begun.done("PUT", path, kind.put("X-1", kind.content).body)
    assert "unknown_subject" in [each["code"] for each in parked["record"]["findings"]]
    judged = (await begun.done("PUT", of_study("subjects/S-01"), {}))["adjudications"]
    inputs = (await begun.get(judged[0]["href"]))["inputs"]["records"]
    assert [each["key"] for each in inputs[kind.kind]] == ["edc:X-1"]


async def test_the_order_of_arrival_does_not_matter(begun: Service) -> None:
    """The same records, the patient first or last, give the same verdicts."""

    exposures = {"exposures": [{"agent": "IC19", "start": INFUSED}]}
    patient = (of_study("subjects/S-01"), exposures)
    events = [(by_source(f"AE-{number}"), event(*SEVERE)) for number in (1, 2)]
    for path, body in (patient, *events):
        await begun.done("PUT", path, body)
    await begun.begin("OTHER")
    for path, body in (*events[::-1], patient):
        await begun.done("PUT", path.replace("IC19-SLE", "OTHER"), body)
    other = await begun.get(of_study("subjects/S-01/adjudication", "OTHER"))
    assert other["verdicts"] == (await begun.verdicts())["verdicts"]


async def test_a_batch_parks_too(begun: Service) -> None:
    source = {"system": "edc", "record_id": "AE-1"}
    body = {"mode": "atomic", "items": [event(*SEVERE, source=source)]}
    answer = await begun.done("POST", of_study("adverse-events/batch"), body)
    assert (answer["counts"], answer["adjudications"]) == ({"created": 1}, [])
    assert (await begun.patient())["adjudications"][0]["verdicts"]["subject"]["status"] == "DLT"


async def test_what_is_parked_can_be_corrected_and_voided(begun: Service) -> None:
    await begun.event("AE-1", *SEVERE)
    await begun.event("AE-1", (3, "2026-03-05"), (0, "2026-03-06"))
    await begun.event("AE-2", *SEVERE)
    await begun.done("DELETE", by_source("AE-2"), {"reason": {"code": "DUPLICATE"}})
    verdicts = (await begun.patient())["adjudications"][0]["verdicts"]
    assert [(each["id"], each["verdict"]) for each in verdicts["events"]] == [
        ("edc:AE-1", "NOT_DLT")
    ]


async def test_of_a_void_patient_nothing_stands_that_an_answer_could_tell(begun: Service) -> None:
    await begun.patient()
    await begun.event("AE-1", (4, "2026-03-05"))
    assert len((await begun.event("AE-1", (4, "2026-03-05")))["adjudications"]) == 1
    why = {"reason": {"code": "SCREEN_FAILURE"}}
    await begun.done("DELETE", of_study("subjects/S-01"), why)
    again = await begun.event("AE-1", (4, "2026-03-05"))
    assert (again["result"], again["adjudications"]) == ("unchanged", [])
