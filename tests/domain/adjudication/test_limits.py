"""A patient's results take the limits of their laboratory before they are graded."""

from typing import Any

import pytest

from app.data.criteria import load_catalogue
from app.domain.adjudication.limits import with_limits
from app.domain.adjudication.result import Adjudicated, Finding
from app.domain.case import LaboratoryResult
from app.domain.time import PartialTime, zone_of
from tests.builders import SHANGHAI, ic19_patient, ic19_protocol, subject

ZONE = zone_of(SHANGHAI)
CUT = "2026-05-30"
RANGE: dict[str, Any] = {
    "laboratory": "Central",
    "analyte": "NEUT",
    "valid_from": "2026-01-01",
    "unit": "10*9/L",
    "lln": "2.0",
    "uln": "7.0",
}
RESULT: dict[str, Any] = {
    "analyte": "neutrophils",
    "value": "1.7",
    "unit": "10*9/L",
    "measured_at": "2026-03-05T08:00+08:00",
    "laboratory": "central",
}
USED = (
    "limits of laboratory Central were used, range Central/NEUT/any/any/2026-01-01 "
    "(2 to 7 10*9/L)."
)


def limited(
    *results: dict[str, Any], ranges: list[dict[str, Any]] | None = None, **patient: Any
) -> tuple[tuple[LaboratoryResult, ...], tuple[Finding, ...]]:
    whom = subject(
        laboratory=[{**RESULT, **each} for each in results],
        laboratory_ranges=[{**RANGE, **each} for each in ([{}] if ranges is None else ranges)],
        **patient,
    )
    cut = PartialTime(CUT).span(ZONE).last
    return with_limits(whom, load_catalogue("ctcae-5.0"), ic19_protocol().named, ZONE, cut)


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(each.code, each.message) for each in findings]


def lower(results: tuple[LaboratoryResult, ...]) -> list[str | None]:
    return [None if each.lln is None else str(each.lln) for each in results]


def test_the_limits_are_taken_and_the_range_is_told() -> None:
    results, findings = limited({})
    assert lower(results) == ["2"]
    assert told(findings) == [("laboratory_range_used", f"Laboratory result 1: {USED}")]


def test_those_that_are_alike_are_told_once() -> None:
    results, findings = limited({}, {"lln": 1, "uln": 2}, {})
    assert lower(results) == ["2", "1", "2"]
    assert told(findings) == [("laboratory_range_used", f"Laboratory results 1 and 3: {USED}")]


@pytest.mark.parametrize(
    ("count", "listed"), [(5, "1, 2, 3, 4 and 5"), (7, "1, 2, 3, 4, 5 and 2 more")]
)
def test_of_many_the_first_are_listed(count: int, listed: str) -> None:
    _, [finding] = limited(*[{}] * count)
    assert finding.message == f"Laboratory results {listed}: {USED}"


def test_without_a_laboratory_nothing_is_asked() -> None:
    results, findings = limited({"laboratory": None})
    assert (lower(results), findings) == ([None], ())


def test_what_was_measured_after_the_cut_is_left_as_it_is() -> None:
    after = {"measured_at": "2026-05-31"}
    assert limited(after)[1] == ()
    results, [finding] = limited({}, after)
    assert lower(results) == ["2", None]
    assert finding.message.startswith("Laboratory result 1:")


def test_what_cannot_be_graded_is_told_elsewhere() -> None:
    results, findings = limited({"analyte": "of nothing"})
    assert (lower(results), findings) == ([None], ())


def test_a_term_may_tell_what_was_measured() -> None:
    results, _ = limited({"analyte": None, "term": "Neutrophil count decreased"})
    assert lower(results) == ["2"]


def test_a_range_of_nothing_that_is_known_is_told_and_not_used() -> None:
    _, findings = limited({}, ranges=[{"analyte": "of nothing"}])
    assert [each.code for each in findings] == [
        "laboratory_range_not_used",
        "laboratory_no_range",
    ]


class TestWhatALaboratoryDoesNotSay:
    def test_it_is_told_of_a_result_without_any_limit(self) -> None:
        _, [finding] = limited({}, ranges=[])
        assert told((finding,)) == [
            (
                "laboratory_no_range",
                "Laboratory result 1: no range of laboratory central for neutrophils holds for "
                "the patient then.",
            )
        ]

    def test_not_of_one_that_brings_a_limit(self) -> None:
        assert limited({"lln": "2"}, ranges=[])[1] == ()

    def test_but_that_its_limit_is_another(self) -> None:
        _, [finding] = limited({"lln": "1.5"})
        assert finding.code == "laboratory_range_limit_differs"


class TestWhoAndWhen:
    def test_the_patients_sex_decides(self) -> None:
        ranges: list[dict[str, Any]] = [{"sex": "female", "lln": "1.5"}, {"sex": "male"}]
        assert lower(limited({}, ranges=ranges, sex="female")[0]) == ["1.5"]
        assert lower(limited({}, ranges=ranges, sex="male")[0]) == ["2"]
        results, [finding] = limited({}, ranges=ranges)
        assert (lower(results), finding.code) == ([None], "laboratory_range_needs_sex")

    def test_so_does_the_age_by_the_result_or_the_year_of_birth(self) -> None:
        ranges: list[dict[str, Any]] = [
            {"age_from": 18, "age_to": 65, "lln": "1.5"},
            {"age_from": 66},
        ]
        assert lower(limited({"age_years": 65.9}, ranges=ranges)[0]) == ["1.5"]
        assert lower(limited({"age_years": 66}, ranges=ranges, birth_year=1990)[0]) == ["2"]
        assert lower(limited({}, ranges=ranges, birth_year=1961)[0]) == ["1.5"]
        assert lower(limited({}, ranges=ranges, birth_year=1959)[0]) == ["2"]
        _, [finding] = limited({}, ranges=ranges, birth_year=1960)
        assert finding.code == "laboratory_range_needs_age"

    def test_days_are_those_of_the_patients_zone(self) -> None:
        ranges: list[dict[str, Any]] = [{"lln": "1.5"}, {"valid_from": "2026-03-06"}]
        for at, limit in (("2026-03-05T15:59Z", "1.5"), ("2026-03-05T16:00Z", "2")):
            assert lower(limited({"measured_at": at}, ranges=ranges)[0]) == [limit]
        _, [finding] = limited({"measured_at": "2026-03"}, ranges=ranges)
        assert finding.code == "laboratory_range_needs_day"


def judged(*results: dict[str, Any], ranges: list[dict[str, Any]]) -> Adjudicated:
    """IC19, where neutrophils of 1.7 and below are a grade once LLN is known."""
    return ic19_patient(
        subject(
            laboratory=[{**RESULT, **each} for each in results],
            laboratory_ranges=[{**RANGE, **each} for each in ranges],
        )
    )


def test_an_adjudication_says_which_ranges_were_used() -> None:
    codes = [each.code for each in judged({}, ranges=[{}]).subject.findings]
    assert codes == ["laboratory_range_used"]


def test_limits_of_a_range_judge_as_the_same_limits_sent() -> None:
    sent = judged({"value": "0.4", "lln": "2.0", "uln": "7.0"}, ranges=[])
    by_range = judged({"value": "0.4"}, ranges=[{}])
    [used, *rest] = by_range.subject.findings
    assert used.code == "laboratory_range_used"
    assert tuple(rest) == sent.subject.findings
    assert by_range.events == sent.events
