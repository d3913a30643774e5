"""Ranges of laboratories: how they are known, and whom they judge again."""

from typing import Any

import pytest

from app.use_cases.replay import differences
from tests.api.client import faults
from tests.record.service import Service, by_source, of_study

pytestmark = pytest.mark.anyio

AT = "2026-05-30T00:00:00+00:00"
ADULTS = "Central/neutrophils/any/18-/2026-01-01"
LIMITS = {"unit": "10*9/L", "lln": "2.0", "uln": "7.0"}
VOID = {"reason": {"code": "ENTERED_IN_ERROR"}}


def path_of(key: str = ADULTS) -> str:
    return of_study(f"laboratory-ranges/{key}")


async def put(service: Service, key: str = ADULTS, **changes: Any) -> Any:
    return await service.done("PUT", path_of(key), {**LIMITS, **changes})


async def measured(service: Service, key: str = "LB-1", **changes: Any) -> Any:
    """A neutrophil count of S-01 without limits, by the central laboratory."""
    result = {
        "subject": "S-01",
        "analyte": "NEUT",
        "value": "1.7",
        "unit": "10*9/L",
        "measured_at": "2026-03-05T08:00:00+08:00",
        "laboratory": "Central",
        **changes,
    }
    return await service.done("PUT", by_source(key, "laboratory-results"), result)


async def with_patients(service: Service, **patient: Any) -> None:
    """S-01 with a result, and S-02 with one that has limits of its own."""
    await service.begin(at=AT)
    await service.patient("S-01", birth_year=1980, **patient)
    await service.patient("S-02", birth_year=1980)
    await measured(service)
    await measured(service, "LB-2", subject="S-02", lln="1.0", uln="9.0")


async def told(service: Service, subject: str = "S-01") -> list[str]:
    verdicts = (await service.verdicts(subject))["verdicts"]
    return [each["code"] for each in verdicts["subject"]["findings"]]


async def count(service: Service, subject: str = "S-01") -> int:
    return len(await service.adjudications(subject))


class TestIdentity:
    async def test_what_a_range_is_for_stands_in_the_path(self, service: Service) -> None:
        await service.begin(at=AT)
        answer = await put(service, valid_to="2026-12-31")
        assert (answer["result"], answer["record"]["key"]) == ("created", ADULTS)
        assert answer["record"]["content"] == {
            "laboratory": "Central",
            "analyte": "neutrophils",
            "age_from": 18,
            "valid_from": "2026-01-01",
            "valid_to": "2026-12-31",
            "unit": "10*9/L",
            "lln": "2.0",
            "uln": "7.0",
        }

    @pytest.mark.parametrize(
        "other",
        [
            "Central/NEUT/any/18-/2026-01-01",
            "Central/751-8/any/018-/2026-01-01",
            "%20Central%20/Absolute%20Neutrophil%20Count/any/18-/2026-01-01",
        ],
    )
    async def test_other_names_lead_to_the_same_range(self, service: Service, other: str) -> None:
        await service.begin(at=AT)
        await put(service)
        answer = await put(service, other)
        assert (answer["result"], answer["record"]["key"]) == ("unchanged", ADULTS)

    async def test_all_ages_are_one(self, service: Service) -> None:
        await service.begin(at=AT)
        await put(service, "Central/neutrophils/any/0-/2026-01-01")
        assert (await service.get(path_of("Central/neutrophils/any/any/2026-01-01")))[
            "version"
        ] == 1

    @pytest.mark.parametrize(
        ("key", "pointer", "code"),
        [
            ("Central/nothing/any/any/2026-01-01", "/path/analyte", "unknown_analyte"),
            ("Central/calcium/any/any/2026-01-01", "/path/analyte", "ambiguous_analyte"),
            ("Central/NEUT/F/any/2026-01-01", "/path/sex", "not_an_option"),
            ("Central/NEUT/any/65-18/2026-01-01", "/path/age", "bad_age"),
            ("Central/NEUT/any/any/2026-01", "/path/valid_from", "invalid"),
            ("%20/NEUT/any/any/2026-01-01", "/path/laboratory", "too_short"),
        ],
    )
    async def test_a_path_that_names_none_is_refused(
        self, service: Service, key: str, pointer: str, code: str
    ) -> None:
        await service.begin(at=AT)
        answer = await service.send("PUT", path_of(key), LIMITS)
        assert answer.status_code == 422
        assert faults(answer) == [(pointer, code)]

    async def test_limits_that_contradict_each_other_are_refused(self, service: Service) -> None:
        await service.begin(at=AT)
        body = {**LIMITS, "lln": "7.1", "valid_to": "2025-12-31"}
        answer = await service.send("PUT", path_of(), body)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_range")
        assert faults(answer) == [("/uln", "bad_range"), ("/valid_to", "bad_range")]

    async def test_they_are_listed_by_their_key(self, service: Service) -> None:
        await service.begin(at=AT)
        keys = [ADULTS, "Central/platelets/any/any/2026-01-01", "Local/alt/male/any/2025-07-01"]
        for key in reversed(keys):
            await put(service, key)
        page = await service.get(of_study("laboratory-ranges"), limit=2)
        assert [each["key"] for each in page["items"]] == keys[:2]
        rest = await service.get(of_study("laboratory-ranges"), after=keys[1])
        assert [each["key"] for each in rest["items"]] == keys[2:]


class TestVerdicts:
    async def test_a_range_judges_those_who_may_use_it_and_nobody_else(
        self, any_service: Service
    ) -> None:
        await with_patients(any_service)
        assert await told(any_service) == ["laboratory_no_range"]
        before = await count(any_service), await count(any_service, "S-02")
        answer = await put(any_service)
        assert [each["subject"] for each in answer["adjudications"]] == ["S-01"]
        assert (await count(any_service), await count(any_service, "S-02")) == (
            before[0] + 1,
            before[1],
        )
        assert (await any_service.adjudications())[-1]["cause"] == "range"
        assert await told(any_service) == ["laboratory_range_used"]
        assert await told(any_service, "S-02") == []

    async def test_the_ranges_are_among_the_inputs(self, service: Service) -> None:
        await with_patients(service)
        assert "laboratory_range" not in (await service.verdicts())["inputs"]["records"]
        written = await put(service)
        await put(service, "Central/platelets/any/any/2026-01-01")
        await put(service, "Local/neutrophils/any/any/2026-01-01")
        inputs = (await service.verdicts())["inputs"]
        assert inputs["records"]["laboratory_range"] == [
            {"key": ADULTS, "version": 1, "digest": written["record"]["digest"]}
        ]
        assert "laboratory" not in inputs
        others = (await service.verdicts("S-02"))["inputs"]["records"]
        assert "laboratory_range" not in others

    async def test_ranges_of_another_analyte_or_laboratory_judge_nobody(
        self, service: Service
    ) -> None:
        await with_patients(service)
        before = await count(service)
        for key in ("platelets/any/any/2026-01-01", "platelets/male/any/2026-01-01"):
            assert (await put(service, f"Central/{key}"))["adjudications"] == []
        assert (await put(service, "Local/neutrophils/any/any/2026-01-01"))["adjudications"] == []
        assert await count(service) == before

    async def test_a_correction_judges_again_and_the_same_does_not(self, service: Service) -> None:
        await with_patients(service)
        await put(service)
        before = await count(service)
        assert (await put(service))["result"] == "unchanged"
        assert await count(service) == before
        await put(service, lln="1.5", reason={"code": "CORRECTION"})
        assert await count(service) == before + 1
        [finding] = (await service.verdicts())["verdicts"]["subject"]["findings"]
        assert finding["message"].endswith(f"range {ADULTS} (1.5 to 7 10*9/L).")

    async def test_a_void_one_counts_no_more_and_what_stood_before_is_reinstated(
        self, service: Service
    ) -> None:
        await with_patients(service)
        first = await service.verdicts()
        await put(service)
        await service.done("DELETE", path_of(), VOID)
        assert await service.verdicts() == first
        await service.done("POST", f"{path_of()}/restore", VOID)
        assert await told(service) == ["laboratory_range_used"]

    async def test_what_is_recorded_later_says_nothing_of_before(
        self, any_service: Service
    ) -> None:
        await with_patients(any_service)
        any_service.watch.set("2026-06-02T00:00:00+00:00")
        await put(any_service)
        then = await any_service.verdicts(as_of="2026-05-30", known_at="2026-06-01")
        assert [each["code"] for each in then["verdicts"]["subject"]["findings"]] == [
            "laboratory_no_range"
        ]
        now = await any_service.verdicts(as_of="2026-05-30", known_at="2026-06-03")
        assert [each["code"] for each in now["verdicts"]["subject"]["findings"]] == [
            "laboratory_range_used"
        ]

    async def test_a_range_moves_no_cut(self, service: Service) -> None:
        """It speaks of no patient, so nothing more is known of one."""
        await with_patients(service)
        before = (await service.verdicts())["as_of"]
        service.watch.set("2026-06-02T00:00:00+00:00")
        await put(service)
        assert (await service.verdicts())["as_of"] == before

    async def test_a_verdict_may_rest_on_it(self, service: Service) -> None:
        """ALT of 180: above 5 times a limit of 35, grade 3, and below 5 times one of 40."""
        await service.begin(at=AT)
        await service.patient("S-01", sex="female")
        term = "Alanine aminotransferase increased"
        await service.event("AE-1", (2, "2026-03-05"), (0, "2026-03-30"), term=term)
        normal = {"value": "20", "range": "normal"}
        await measured(service, analyte="ALT", value="180", unit="U/L", baseline=normal)
        key = "Central/ALT/female/any/2026-01-01"
        for uln, differs in (("40", False), ("35", True)):
            await put(service, key, unit="U/L", lln=None, uln=uln, reason={"code": "NEW"})
            findings = (await service.verdicts())["verdicts"]["events"][0]["findings"]
            codes = [each["code"] for each in findings]
            assert ("computed_grade_differs" in codes) is differs


class TestLaboratoryOfTheSite:
    async def test_a_result_that_names_none_is_of_the_only_one_of_the_site(
        self, service: Service
    ) -> None:
        await with_patients(service, site="01")
        await put(service)
        await measured(service, laboratory=None)
        assert "laboratory_range_used" not in await told(service)
        site = {"laboratories": ["Central"]}
        answer = await service.done("PUT", of_study("sites/01"), site)
        assert [each["subject"] for each in answer["adjudications"]] == ["S-01"]
        assert await told(service) == ["laboratory_range_used"]
        assert (await service.verdicts())["inputs"]["laboratory"] == "Central"

    async def test_a_range_of_it_judges_them_too(self, any_service: Service) -> None:
        await with_patients(any_service, site="01")
        await any_service.done("PUT", of_study("sites/01"), {"laboratories": ["Central"]})
        await measured(any_service, laboratory=None)
        answer = await put(any_service)
        assert [each["subject"] for each in answer["adjudications"]] == ["S-01"]
        assert await told(any_service) == ["laboratory_range_used"]

    async def test_not_where_the_site_has_several(self, service: Service) -> None:
        await with_patients(service, site="01")
        await put(service)
        await measured(service, laboratory=None)
        await service.done("PUT", of_study("sites/01"), {"laboratories": ["Central", "Local"]})
        assert "laboratory_range_used" not in await told(service)
        assert "laboratory" not in (await service.verdicts())["inputs"]


async def test_the_trail_tells_the_tables(any_service: Service) -> None:
    await with_patients(any_service)
    await put(any_service)
    await put(any_service, lln="1.5")
    await any_service.done("DELETE", path_of(), VOID)
    await any_service.done("POST", f"{path_of()}/restore", VOID)
    with any_service.database.reading() as connection:
        assert list(differences(connection)) == []
    actions = [each["action"] for each in await any_service.audit(entity="laboratory_range")]
    assert actions == [
        f"laboratory_range.{act}" for act in ("created", "corrected", "voided", "restored")
    ]
