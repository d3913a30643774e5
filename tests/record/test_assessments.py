"""Assessments of components are checked when they come, and graded beside the event they name."""

import json
from typing import Any

import pytest

from tests.api.client import faults, is_problem
from tests.record.service import Service, by_source

pytestmark = pytest.mark.anyio

AT = "2026-03-20T00:00:00+00:00"
CRS = "Cytokine release syndrome"
ON_A_VASOPRESSOR = {
    "temperature": 39.1,
    "temperature_unit": "C",
    "hypotension": True,
    "vasopressors": ["norepinephrine"],
    "hypoxia": False,
}
FOUR_DAYS = ("2026-03-03T12:00+08:00", "2026-03-06T12:30+08:00")


@pytest.fixture
async def begun(service: Service) -> Service:
    """A study with S-01, who was infused and had a CRS."""
    await service.begin(at=AT)
    await service.patient()
    return service


def assessed(on: str, components: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A CRS assessment of the event AE-1."""
    return {
        "subject": "S-01",
        "scale": "crs",
        "on": on,
        "event": "AE-1",
        "components": components,
        **more,
    }


def path(key: str) -> str:
    return by_source(key, "assessments")


async def four_days_on_a_vasopressor(service: Service) -> None:
    for number, on in enumerate(FOUR_DAYS):
        await service.done("PUT", path(f"CRS-{number}"), assessed(on, ON_A_VASOPRESSOR))


async def crs(service: Service) -> Any:
    """The event as it is judged now."""
    return (await service.verdicts())["verdicts"]["events"][0]


def codes(event: Any) -> list[str]:
    return [each["code"] for each in event["findings"]]


async def test_components_of_another_scale_are_refused_at_their_place(begun: Service) -> None:
    bad = {"fio2": 0.4, "temprature": 38, "temperature": True, "oxygen_device": "snorkel"}
    answer = await begun.send("PUT", path("CRS-1"), assessed("2026-03-03", bad))
    assert is_problem(answer)
    assert answer.status_code == 422
    assert set(faults(answer)) == {
        ("/components/fio2", "unknown_field"),
        ("/components/temprature", "unknown_field"),
        ("/components/temperature", "invalid"),
        ("/components/oxygen_device", "not_an_option"),
    }
    told = {each["pointer"]: each["message"] for each in answer.json()["errors"]}
    assert "Lee 2014" in told["/components/fio2"]
    assert "did you mean 'temperature'?" in told["/components/temprature"]
    items = {"year": 2, "score": 8}
    answer = await begun.send("PUT", path("ICE-1"), assessed("2026-03-03", items, scale="ice"))
    assert set(faults(answer)) == {
        ("/components/year", "out_of_range"),
        ("/components/score", "unknown_field"),
    }


async def test_points_are_kept_as_numbers(begun: Service) -> None:
    items = {"year": 1, "month": 0, "objects_named": 3}
    body = assessed("2026-03-03", items, scale="ice")
    kept = (await begun.done("PUT", path("ICE-1"), body))["record"]["content"]["components"]
    assert kept == {"year": "1", "month": "0", "objects_named": "3"}


async def test_components_stand_beside_the_reported_grade(begun: Service) -> None:
    graded = ((1, "2026-03-03T08:00+08:00"), (0, "2026-03-07T08:00+08:00"))
    await begun.event("AE-1", *graded, term=CRS, ongoing=False)
    assert codes(await crs(begun)) == []
    await four_days_on_a_vasopressor(begun)
    event = await crs(begun)
    assert event["verdict"] == "NOT_DLT"
    assert "computed_grade_differs" in codes(event)
    for number in range(len(FOUR_DAYS)):
        reason = {"reason": {"code": "ENTERED_IN_ERROR", "text": "of another patient"}}
        await begun.done("DELETE", path(f"CRS-{number}"), reason)
    assert codes(await crs(begun)) == []


async def test_an_event_without_grades_is_judged_by_its_components(begun: Service) -> None:
    await begun.event("AE-1", term=CRS, ongoing=False)
    assert (await crs(begun))["verdict"] == "UNDETERMINED"
    await four_days_on_a_vasopressor(begun)
    well = {**ON_A_VASOPRESSOR, "temperature": 37, "hypotension": False, "vasopressors": []}
    answer = await begun.done("PUT", path("CRS-9"), assessed("2026-03-07T12:00+08:00", well))
    told = answer["adjudications"][0]["verdicts"]["events"]
    assert [(each["id"], each["verdict"]) for each in told] == [("edc:AE-1", "DLT")]
    event = await crs(begun)
    assert codes(event) == ["computed_grade_used"]
    before = await begun.verdicts(as_of="2026-03-03T11:00:00+08:00", known_at=AT)
    assert codes(before["verdicts"]["events"][0]) == ["no_grade"]


async def test_ice_items_give_icans_its_score(begun: Service) -> None:
    await begun.event("AE-1", (0, "2026-03-04"), term="ICANS", ongoing=False)
    time = "2026-03-05T08:00+08:00"
    adult = {
        "age_years": 45,
        "arousal": "spontaneous",
        "seizure": "none",
        "motor_weakness": "none",
        "cerebral_edema": "none",
        "raised_icp_signs": [],
    }
    await begun.done("PUT", path("I-1"), assessed(time, adult, scale="icans"))
    assert codes(await crs(begun)) == []
    items = {
        "year": 0, "month": 0, "city": 1, "hospital": 1, "objects_named": 3,
        "follows_command": 1, "writes_sentence": 1, "counts_backwards": 0,
    }  # fmt: skip
    await begun.done("PUT", path("E-1"), assessed(time, items, scale="ice", event="edc:AE-1"))
    found = (await crs(begun))["findings"]
    assert [each["code"] for each in found] == ["computed_grade_differs"]
    assert "grade 1 is computed, 0 reported" in found[0]["message"]


async def test_an_assessment_that_comes_before_its_event_waits_for_it(begun: Service) -> None:
    await four_days_on_a_vasopressor(begun)
    waiting = (await begun.verdicts())["verdicts"]
    told = [each["code"] for each in waiting["subject"]["findings"]]
    assert told == ["assessment_without_event"] * 2
    await begun.event("AE-1", (1, "2026-03-03T08:00+08:00"), term=CRS, ongoing=True)
    assert "computed_grade_differs" in codes(await crs(begun))


async def test_a_kept_adjudication_can_be_made_again(begun: Service) -> None:
    graded = ((1, "2026-03-03T08:00+08:00"), (0, "2026-03-07T08:00+08:00"))
    await begun.event("AE-1", *graded, term=CRS, ongoing=False)
    await four_days_on_a_vasopressor(begun)
    kept = await begun.verdicts()
    again = await begun.verdicts(as_of=kept["as_of"])
    assert again["verdicts"]["events"] == kept["verdicts"]["events"]
    assert "edc:CRS-1" in json.dumps(kept["inputs"])
