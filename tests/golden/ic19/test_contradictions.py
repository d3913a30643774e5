"""Contradicting and partly dated records: no crash, and what all completions agree on."""

from typing import Any

import pytest

from tests.builders import event, fields, ic19

PNEUMONITIS = "Pneumonitis"


def assessed(*shown: tuple[int, str]) -> list[dict[str, Any]]:
    return [{"on": on, "grade": grade} for grade, on in shown]


@pytest.mark.parametrize(
    "case",
    [
        event(
            PNEUMONITIS,
            (3, "2026-03-20T08:00+08:00"),
            (2, "2026-03-05T08:00+08:00"),
            baseline_grade=None,
        ),
        event(
            "Pancytopenia",
            assessments=assessed(
                (3, "2026-04-14T07:30Z"), (4, "2026-04-18T14:30Z"), (2, "2026-03-13T04:00Z")
            ),
            baseline_grade=None,
        ),
        event(
            "Hypotension",
            assessments=assessed(
                (3, "2026-03-01"), (2, "2026"), (1, "2026-02"), (4, "2026-04-14")
            ),
            ongoing=None,
            baseline_grade=3,
            interventions=[],
        ),
    ],
    ids=["instants", "assessments", "years"],
)
def test_contradicting_times_are_explained(case: Any) -> None:
    judged = ic19(case)
    assert "order_contradicted" in [finding.code for finding in judged.findings]
    assert judged.explanation.text


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        (((3, "2026-03-28"), (5, "2026-04")), "2026-04-05T00:00:00+08:00"),
        (((3, "2026-03-07"), (5, "2026")), "2026-03-15T00:00:00+08:00"),
        (((3, "2026-03-07"), (5, None)), "2026-03-15T00:00:00+08:00"),
    ],
    ids=["death-in-a-month", "in-a-year", "at-an-unknown-time"],
)
def test_until_an_undated_death_the_limit_runs(changes: Any, at: str) -> None:
    judged = ic19(event(PNEUMONITIS, *changes))
    assert (judged.verdict, judged.established_at) == ("DLT", at)


def test_what_only_some_terms_ask_for_is_asked_for() -> None:
    case = event("Frob", (5, "2026-03-28"), part_of="AE-9", clinically_significant=True)
    judged = ic19(case)
    assert (judged.verdict, set(fields(judged))) == ("UNDETERMINED", {"term"})


def test_a_grade_that_a_later_assessment_contradicts_may_have_been_absent() -> None:
    """Unlike a grade never given, one of the two that contradict each other may be 0."""
    case = event(
        "ICANS",
        (3, "2026-03-06"),
        (0, "2026-03-09"),
        assessments=assessed((3, "2026-03-06"), (1, "2026-03-20")),
    )
    judged = ic19(case)
    assert (judged.verdict, fields(judged)[0]) == ("UNDETERMINED", "grade")
    assert judged.missing[0].would_settle["0"] == "NOT_DLT"
