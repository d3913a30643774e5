"""Exposures stand in the patient's record or come by source; in both they would count twice."""

from typing import Any, Final

import pytest

from tests.api.client import is_problem
from tests.record.service import INFUSED, Service, by_source, of_study

pytestmark = pytest.mark.anyio

AT: Final = "2026-03-20T00:00:00+00:00"
PATIENT: Final = of_study("subjects/S-01")
OWN: Final = {"exposures": [{"agent": "IC19", "start": INFUSED}]}
ONE: Final = by_source("EX-1", "exposures")
OTHER: Final = by_source("EX-2", "exposures")
WHY: Final = {"reason": {"code": "DUPLICATE"}}


def given(start: str | None = INFUSED, **changes: Any) -> dict[str, Any]:
    return {"subject": "S-01", "agent": "IC19", "start": start, **changes}


@pytest.fixture
async def begun(service: Service) -> Service:
    await service.begin(at=AT)
    return service


async def refused(service: Service, method: str, path: str, body: Any) -> None:
    """It is refused as what would count twice, and nothing is written."""
    rows = service.rows()
    answer = await service.send(method, path, body)
    assert is_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (409, "two_ways_of_exposure")
    assert "would count twice" in answer.json()["detail"]
    assert service.rows() == rows


async def windows(service: Service) -> list[str]:
    """When each window of S-01 begins."""
    verdicts = (await service.verdicts())["verdicts"]
    return [each["start"] for each in verdicts["subject"]["window"]]


async def test_both_ways_give_the_same_verdicts(begun: Service) -> None:
    await begun.event("AE-1", (4, "2026-03-05"), (0, "2026-03-06"))
    await begun.done("PUT", PATIENT, OWN)
    own = (await begun.verdicts())["verdicts"]
    await begun.done("PUT", PATIENT, {})
    await begun.done("PUT", ONE, given())
    assert (await begun.verdicts())["verdicts"] == own


async def test_each_infusion_by_its_source_opens_a_window(begun: Service) -> None:
    await begun.done("PUT", PATIENT, {})
    await begun.done("PUT", ONE, given())
    await begun.done("PUT", OTHER, given("2026-03-20T08:00:00+08:00"))
    assert await windows(begun) == ["2026-03-01T10:00:00+08:00", "2026-03-20T08:00:00+08:00"]


async def test_one_that_is_void_counts_no_more(begun: Service) -> None:
    await begun.done("PUT", PATIENT, {})
    await begun.done("PUT", ONE, given())
    await begun.done("DELETE", ONE, WHY)
    verdicts = (await begun.verdicts())["verdicts"]["subject"]
    assert (verdicts["status"], [each["field"] for each in verdicts["missing"]]) == (
        "UNDETERMINED",
        ["exposure"],
    )


@pytest.mark.parametrize("exposures", [None, []])
async def test_a_patient_who_lists_none_may_have_them_by_source(
    begun: Service, exposures: Any
) -> None:
    await begun.done("PUT", PATIENT, {"exposures": exposures})
    await begun.done("PUT", ONE, given())
    assert await windows(begun) == ["2026-03-01T10:00:00+08:00"]


class TestBothWays:
    async def test_one_by_source_is_refused_where_the_patient_lists_some(
        self, begun: Service
    ) -> None:
        await begun.done("PUT", PATIENT, OWN)
        await refused(begun, "PUT", ONE, given())

    async def test_a_patient_who_lists_some_is_refused_where_one_came_by_source(
        self, begun: Service
    ) -> None:
        await begun.done("PUT", PATIENT, {})
        await begun.done("PUT", ONE, given())
        await refused(begun, "PUT", PATIENT, OWN)

    async def test_also_where_it_came_before_the_patient(self, begun: Service) -> None:
        await begun.done("PUT", ONE, given())
        await refused(begun, "PUT", PATIENT, OWN)

    async def test_one_that_moves_to_a_patient_who_lists_some(self, begun: Service) -> None:
        await begun.done("PUT", PATIENT, OWN)
        await begun.done("PUT", ONE, given(subject="S-02"))
        await refused(begun, "PUT", ONE, given())

    async def test_one_that_is_restored_beside_those_of_the_patient(self, begun: Service) -> None:
        await begun.done("PUT", PATIENT, {})
        await begun.done("PUT", ONE, given())
        await begun.done("DELETE", ONE, WHY)
        await begun.done("PUT", PATIENT, OWN)
        await refused(begun, "POST", f"{ONE}/restore", WHY)

    async def test_a_patient_who_is_restored_beside_one_by_source(self, begun: Service) -> None:
        await begun.done("PUT", PATIENT, OWN)
        await begun.done("DELETE", PATIENT, WHY)
        await begun.done("PUT", ONE, given())
        await refused(begun, "POST", f"{PATIENT}/restore", WHY)

    async def test_the_way_can_be_changed(self, begun: Service) -> None:
        await begun.done("PUT", PATIENT, OWN)
        await begun.done("PUT", PATIENT, {})
        await begun.done("PUT", ONE, given("2026-03-02T10:00:00+08:00"))
        await begun.done("DELETE", ONE, WHY)
        await begun.done("PUT", PATIENT, OWN)
        assert await windows(begun) == ["2026-03-01T10:00:00+08:00"]

    async def test_another_patients_way_is_another_matter(self, begun: Service) -> None:
        await begun.done("PUT", PATIENT, OWN)
        await begun.done("PUT", of_study("subjects/S-02"), {})
        await begun.done("PUT", ONE, given(subject="S-02"))
        assert await windows(begun) == ["2026-03-01T10:00:00+08:00"]

    async def test_what_is_late_and_not_applied_counts_nowhere(self, begun: Service) -> None:
        await begun.done("PUT", ONE, given(subject="S-02", source={"sequence": 5}))
        await begun.done("PUT", PATIENT, OWN)
        late = await begun.done("PUT", ONE, given(source={"sequence": 4}))
        assert late["result"] == "stale"
