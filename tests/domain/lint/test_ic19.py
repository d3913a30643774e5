"""IC19: exemptions of 72 hours beside a general limit of 7 days, with an example of each side."""

from functools import cache

import pytest

from app.domain.lint.finding import LintFinding, LintReport
from app.use_cases.lint import linted_document
from tests.domain.lint.documents import exception, of_built_in
from tests.oracle.ic19 import document

REPLACES = "R-SPEC: specific-limit-replaces-general (as decided)"
EXEMPTS = "R-SPEC: specific-limit-only-exempts"


def report() -> LintReport:
    return of_built_in("NCT06886919", "1")


def conflict(clause: str) -> LintFinding:
    (found,) = (
        each
        for each in report().findings
        if each.code == "stricter_exemption" and clause in each.clauses
    )
    return found


def sides(finding: LintFinding) -> list[tuple[str, dict[str, str]]]:
    """The examples: what the event's course is, and the verdict under each reading."""
    return [
        (
            each.says.partition(", from ")[0],
            {answer.under: answer.verdict for answer in each.answers},
        )
        for each in finding.examples
    ]


@pytest.mark.no_cover
def test_grade_3_crs_of_four_days_is_torn_between_72_hours_and_7_days() -> None:
    finding = conflict("crs-g3-72h")
    assert (finding.severity, finding.pointer) == ("note", "/dlt/exceptions/10")
    assert finding.clauses == ("crs-g3-72h", "grade-3-persisting")
    assert finding.readings == ("R-SPEC",)
    assert sides(finding) == [
        (
            "Cytokine release syndrome: grade 3 for 3 days, then gone",
            {REPLACES: "NOT_DLT", EXEMPTS: "NOT_DLT"},
        ),
        (
            "Cytokine release syndrome: grade 3 for 4 days, then gone",
            {REPLACES: "DLT", EXEMPTS: "NOT_DLT"},
        ),
        (
            "Cytokine release syndrome: grade 3 for 8 days, then gone",
            {REPLACES: "DLT", EXEMPTS: "DLT"},
        ),
    ]


@pytest.mark.no_cover
def test_icans_is_torn_by_its_return_to_baseline() -> None:
    finding = conflict("icans-g3-7d-baseline-28d")
    assert finding.readings == ("R-SPEC",)
    assert [verdicts for _, verdicts in sides(finding)] == [
        {REPLACES: "NOT_DLT", EXEMPTS: "NOT_DLT"},
        {REPLACES: "DLT", EXEMPTS: "NOT_DLT"},
        {REPLACES: "DLT", EXEMPTS: "DLT"},
    ]
    torn = sides(finding)[1][0]
    assert torn == "ICANS: grade 3 for 1 h, then grade 2 for 695 h, then gone"  # 29 days


@pytest.mark.no_cover
def test_chills_and_hypotension_are_torn_alike_and_no_other_clause_is() -> None:
    torn = {
        clause
        for each in report().findings
        if each.code == "stricter_exemption"
        for clause in each.clauses
    }
    assert torn == {
        "grade-3-persisting", "chills-g3-72h", "hypotension-g3-72h", "crs-g3-72h",
        "icans-g3-7d-baseline-28d",
    }  # fmt: skip


@cache
def without_reading() -> LintReport:
    return linted_document(
        document()
        | {
            "dlt": {**document()["dlt"], "exceptions": _only_exempting()},
            "readings": [each for each in document()["readings"] if each["id"] != "R-SPEC"],
        }
    )


@pytest.mark.no_cover
@pytest.mark.parametrize("clause", ["crs-g3-72h", "icans-g3-7d-baseline-28d"])
def test_without_the_reading_the_conflict_is_a_warning(clause: str) -> None:
    found = [
        each
        for each in without_reading().findings
        if each.code == "stricter_exemption" and clause in each.clauses
    ]
    (finding,) = found
    assert finding.severity == "warning"
    contested = sides(finding)[1][1]
    assert contested == {
        f"{clause} only exempts": "NOT_DLT",
        f"{clause} replaces grade-3-persisting": "DLT",
    }


def _only_exempting() -> list[dict[str, object]]:
    return [
        {key: value for key, value in each.items() if key != "replaces"}
        for each in document()["dlt"]["exceptions"]
    ]


@pytest.mark.no_cover
def test_every_clause_and_reading_of_ic19_has_an_effect() -> None:
    codes = {each.code for each in report().findings}
    assert codes == {"stricter_exemption", "unused_intervention"}
    assert report().clean
    assert report().cases > 10_000


@pytest.mark.slow
def test_an_exemption_that_replaces_is_no_conflict() -> None:
    settled = document()
    settled = {
        **settled,
        "dlt": {
            **settled["dlt"],
            "exceptions": [
                {**each, "replaces": ["grade-3-persisting"]} if "replaces" in each else each
                for each in settled["dlt"]["exceptions"]
            ],
        },
        "readings": [each for each in settled["readings"] if each["id"] != "R-SPEC"],
    }
    assert exception(settled, "crs-g3-72h")["replaces"] == ["grade-3-persisting"]
    found = [each for each in linted_document(settled).findings if "crs-g3-72h" in each.clauses]
    assert found == []
