"""Laboratory results of the record: graded with the case, late, voided, and asked about."""

from typing import Any

import pytest
import yaml

from tests.domain.adjudication.laboratory_results import ROOT
from tests.record.service import Service, by_source, event, new_study, of_study

pytestmark = pytest.mark.anyio

WHY = {"reason": {"code": "DUPLICATE"}}
AT = "2026-04-25T00:00:00+00:00"
NEUTROPENIA = "Neutrophil count decreased"
LONG = {"1": ("03-05", "0.3"), "2": ("04-01", "0.4"), "3": ("04-03", "0.4"), "4": ("04-20", "2")}
"""Grade 4 for 29 days, day by day and value by value."""


def anc(on: str, value: str | None, **told: Any) -> dict[str, Any]:
    return {
        "subject": "S-01",
        "analyte": "neutrophils",
        "value": value,
        "unit": "10*9/L",
        "lln": "1.8",
        "uln": "7.5",
        "measured_at": f"2026-{on}T08:00+08:00",
        **told,
    }


def path(key: str) -> str:
    return by_source(f"LB-{key}", "laboratory-results")


@pytest.fixture
async def begun(service: Service) -> Service:
    """A study with S-01, who was infused and has been followed."""
    await service.begin(at=AT)
    await service.patient(follow_up_until="2026-04-24")
    return service


async def long_neutropenia(service: Service) -> None:
    for key, (on, value) in LONG.items():
        await service.done("PUT", path(key), anc(on, value))


async def reported(service: Service) -> None:
    grades = (3, "2026-03-04"), (1, "2026-04-20"), (0, "2026-04-22")
    body = event(*grades, term=NEUTROPENIA, clinically_significant=True)
    await service.done("PUT", by_source("AE-1"), body)


def codes(record: Any) -> list[str]:
    return [each["code"] for each in record["findings"]]


async def test_what_nobody_reports_is_told_until_somebody_does(begun: Service) -> None:
    await long_neutropenia(begun)
    verdicts = (await begun.verdicts())["verdicts"]
    assert codes(verdicts["subject"]) == ["laboratory_not_reported"]
    await reported(begun)
    verdicts = (await begun.verdicts())["verdicts"]
    assert codes(verdicts["subject"]) == []
    assert codes(verdicts["events"][0]) == [
        "computed_grade_differs",
        "computed_grade_changes_verdict",
    ]


async def test_where_the_verdict_hangs_on_it_the_site_is_asked(begun: Service) -> None:
    await long_neutropenia(begun)
    await reported(begun)
    (query,) = (await begun.get(of_study("queries")))["items"]
    assert (query["event"], query["form"], query["field"]) == ("edc:AE-1", "AE", "AETOXGR")
    assert query["missing"]["would_settle"] == {"reported": "NOT_DLT", "computed": "DLT"}
    assert query["text"] == (
        "By the reported grades the verdict is NOT_DLT, by the computed ones DLT: the "
        "investigator has to say which grades are right. Please record which grade it was."
    )
    await begun.done("DELETE", path("3"), WHY)
    assert (await begun.get(of_study("queries")))["items"] != [query]


async def test_a_void_takes_a_result_back(begun: Service) -> None:
    await begun.done("PUT", path("1"), anc("03-05", "0.3"))
    await begun.done("DELETE", path("1"), WHY)
    verdicts = (await begun.verdicts())["verdicts"]
    assert codes(verdicts["subject"]) == []
    await begun.done("POST", f"{path('1')}/restore", WHY)
    verdicts = (await begun.verdicts())["verdicts"]
    assert codes(verdicts["subject"]) == ["laboratory_not_reported"]


async def test_a_result_that_comes_late_was_not_known_before(begun: Service) -> None:
    await begun.done("PUT", path("1"), anc("03-05", "0.3"), at="2026-04-28T00:00:00+00:00")
    for as_of, told in (("2026-04-27", []), ("2026-04-28", ["laboratory_not_reported"])):
        verdicts = (await begun.verdicts(as_of=as_of))["verdicts"]
        assert codes(verdicts["subject"]) == told


async def test_a_stale_message_changes_nothing(begun: Service) -> None:
    def numbered(sequence: int, value: str) -> dict[str, Any]:
        return anc("03-05", value, source={"sequence": sequence})

    await begun.done("PUT", path("1"), numbered(2, "2.0"))
    before = await begun.verdicts()
    answer = await begun.done("PUT", path("1"), numbered(1, "0.3"))
    assert answer["result"] == "stale"
    assert await begun.verdicts() == before


async def test_an_adjudication_names_the_criteria_of_its_results(begun: Service) -> None:
    without = (await begun.adjudications())[-1]
    assert "criteria" not in (await begun.get(f"/v1/adjudications/{without['id']}"))["inputs"]
    await begun.done("PUT", path("1"), anc("03-05", "2.0"))
    with_one = (await begun.adjudications())[-1]
    assert with_one["id"] != without["id"]
    kept = await begun.get(f"/v1/adjudications/{with_one['id']}")
    assert kept["inputs"]["criteria"] == kept["verdicts"]["criteria"]
    assert kept["inputs"]["criteria"]["id"] == "ctcae-5.0"


async def test_a_protocol_that_makes_events_of_results(service: Service) -> None:
    text = (ROOT / "app" / "data" / "protocols" / "NCT06886919-1.yaml").read_text()
    document = yaml.safe_load(text)
    document["version"] = "results"
    document["grading"]["laboratory"] = {"unreported": "event"}
    at = "2026-03-20T00:00:00+00:00"
    await service.done("POST", "/v1/protocols", {"document": document}, at=at)
    protocol = {"id": "NCT06886919", "version": "results"}
    await service.done("POST", "/v1/studies", new_study(protocol=protocol))
    await service.patient(follow_up_until="2026-03-19")
    await service.done("PUT", path("1"), anc("03-05", "0.3"))
    (told,) = (await service.verdicts())["verdicts"]["events"]
    assert (told["id"], told["verdict"]) == (f"laboratory:{NEUTROPENIA}", "UNDETERMINED")
    asked = (await service.get(of_study("queries")))["items"]
    assert {each["field"] for each in asked} == {"AEREL", "LBCLSIG"}
