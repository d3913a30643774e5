"""The zone of a patient is the patient's own, else the site's, else the study's."""

from typing import Any

import pytest

from tests.record.service import STUDY, Service, of_study

pytestmark = pytest.mark.anyio

AT = "2026-05-30T00:00:00+00:00"
STUDY_PATH = f"/v1/studies/{STUDY}"
#: Grade 3 for a local day and seven: out of the limit of 7 days in UTC alone.
COURSE = ((3, "2026-03-05T23:30:00Z"), (2, "2026-03-13T00:30:00Z"))


async def with_patients(service: Service, **zones: str | None) -> None:
    """S-01 of site 01, S-02 of no site, and S-03 of site 01 with a zone of its own."""
    await service.begin(time_zone="UTC", at=AT)
    if "site" in zones:
        await service.done("PUT", of_study("sites/01"), {"time_zone": zones["site"]})
    await service.patient("S-01", site="01")
    await service.patient("S-02")
    await service.patient("S-03", site="01", time_zone="America/New_York")


async def zones(service: Service) -> dict[str, str]:
    found = {}
    for subject in ("S-01", "S-02", "S-03"):
        found[subject] = (await service.verdicts(subject))["inputs"]["time_zone"]
    return found


async def numbers(service: Service) -> dict[str, int]:
    """How many adjudications each patient has."""
    return {
        subject: len(await service.adjudications(subject)) for subject in ("S-01", "S-02", "S-03")
    }


async def numbers_since(service: Service, before: dict[str, int]) -> dict[str, int]:
    return {name: number - before[name] for name, number in (await numbers(service)).items()}


async def test_the_nearest_zone_that_is_named_counts(service: Service) -> None:
    await with_patients(service, site="Asia/Shanghai")
    assert await zones(service) == {
        "S-01": "Asia/Shanghai",
        "S-02": "UTC",
        "S-03": "America/New_York",
    }


async def test_a_site_without_a_zone_has_the_studys(service: Service) -> None:
    await with_patients(service, site=None)
    assert (await zones(service))["S-01"] == "UTC"


async def test_so_has_a_site_that_is_not_recorded_or_void(service: Service) -> None:
    await with_patients(service)
    assert (await zones(service))["S-01"] == "UTC"
    await service.done("PUT", of_study("sites/01"), {"time_zone": "Asia/Shanghai"})
    assert (await zones(service))["S-01"] == "Asia/Shanghai"
    void = {"reason": {"code": "NO_SITE"}}
    await service.done("DELETE", of_study("sites/01"), void)
    assert (await zones(service))["S-01"] == "UTC"
    await service.done("POST", of_study("sites/01/restore"), void)
    assert (await zones(service))["S-01"] == "Asia/Shanghai"


async def test_the_sites_zone_judges_its_patients_again_and_nobody_else(service: Service) -> None:
    await with_patients(service, site="UTC")
    await service.event("AE-1", *COURSE)
    before = await numbers(service)
    answer = await service.done("PUT", of_study("sites/01"), {"time_zone": "Asia/Tokyo"})
    assert await numbers_since(service, before) == {
        "S-01": 1,
        "S-02": 0,
        "S-03": 0,
    }
    last = (await service.adjudications("S-01"))[-1]
    assert last["cause"] == "site"
    now = {each["subject"]: each for each in answer["adjudications"]}
    assert now["S-01"]["adjudication"] == last["id"]


@pytest.mark.parametrize(
    ("zone", "verdict"), [("UTC", "DLT"), ("+08:00", "NOT_DLT"), ("-01:00", "NOT_DLT")]
)
async def test_the_days_of_a_limit_are_those_of_the_zone(
    service: Service, zone: str, verdict: str
) -> None:
    """From 03-05 23:30 to 03-13 00:30 UTC: eight dates apart there, seven further east."""
    await with_patients(service, site="UTC")
    await service.event("AE-1", *COURSE)
    assert verdict_of(await service.verdicts()) == "DLT"
    await service.done("PUT", of_study("sites/01"), {"time_zone": zone})
    assert verdict_of(await service.verdicts()) == verdict


async def test_a_time_without_offset_is_read_in_the_zone_of_the_patient(service: Service) -> None:
    await with_patients(service, site="Asia/Shanghai")
    await service.event("AE-1", (4, "2026-03-05T08:00"), (0, "2026-03-06T08:00"))
    event = (await service.verdicts())["verdicts"]["events"][0]
    assert event["established_at"] == "2026-03-05T08:00:00+08:00"
    await service.done("PUT", of_study("sites/01"), {"time_zone": "America/New_York"})
    event = (await service.verdicts())["verdicts"]["events"][0]
    assert event["established_at"] == "2026-03-05T08:00:00-05:00"


async def test_the_studys_zone_judges_those_who_have_none_nearer(service: Service) -> None:
    await with_patients(service, site="Asia/Shanghai")
    before = await numbers(service)
    await service.done("PUT", STUDY_PATH, {"title": "IC19 in lupus", "time_zone": "Asia/Tokyo"})
    assert await numbers_since(service, before) == {
        "S-01": 0,
        "S-02": 1,
        "S-03": 0,
    }
    assert (await service.adjudications("S-02"))[-1]["cause"] == "study"


async def test_another_title_judges_nobody_again(service: Service) -> None:
    await with_patients(service)
    before = await numbers(service)
    answer = await service.done("PUT", STUDY_PATH, {"title": "IC19", "time_zone": "UTC"})
    assert answer["result"] == "updated"
    assert await numbers(service) == before


@pytest.mark.parametrize("path", [STUDY_PATH, of_study("sites/01")])
async def test_a_zone_that_is_set_back_reinstates_what_was(service: Service, path: str) -> None:
    """The inputs are those of before, so no adjudication is made anew."""
    await with_patients(service, site="UTC" if path != STUDY_PATH else None)
    first = await service.verdicts("S-01")
    title: dict[str, Any] = {"title": "IC19 in lupus"} if path == STUDY_PATH else {}
    await service.done("PUT", path, {**title, "time_zone": "Asia/Tokyo"})
    assert (await service.verdicts("S-01"))["id"] != first["id"]
    await service.done("PUT", path, {**title, "time_zone": "UTC"})
    assert await service.verdicts("S-01") == first
    assert (await service.audit())[-1]["action"] == "adjudication.reinstated"


async def test_a_cut_by_a_date_ends_with_the_day_of_the_patient(service: Service) -> None:
    """Infused on 03-01 in Shanghai, which was 02-28 in New York: so day 28 is another date."""
    await with_patients(service, site="Asia/Shanghai")
    await service.patient("S-01", site="01", follow_up_until="2026-03-29")
    own = "America/New_York"
    await service.patient("S-03", site="01", time_zone=own, follow_up_until="2026-03-29")
    status = {}
    for subject in ("S-01", "S-03"):
        judged = await service.verdicts(subject, as_of="2026-03-28", known_at=AT)
        status[subject] = judged["verdicts"]["subject"]["status"]
    assert status == {"S-01": "IN_WINDOW", "S-03": "NO_DLT"}


def verdict_of(adjudication: Any) -> str:
    return str(adjudication["verdicts"]["events"][0]["verdict"])
