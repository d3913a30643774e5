"""Dirty but plausible data are kept and flagged, never repaired, and never refused."""

from typing import Any

import pytest

from tests.builders import event, ic19, ic19_patient, subject


def codes(case: Any, *others: Any, **recorded: Any) -> list[str]:
    return [finding.code for finding in ic19(case, *others, **recorded).findings]


def messages(case: Any, *others: Any) -> list[str]:
    return [finding.message for finding in ic19(case, *others).findings]


GRADES = (3, "2026-03-10"), (1, "2026-03-12")


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (event("Pneumonitis", *GRADES), None),
        (event("Neutropenia", *GRADES), "term_mapped"),
        (event("Frobnication", *GRADES), "term_not_resolved"),
        (event("Chills", (4, "2026-03-10")), "grade_not_in_term"),
        (event("Pneumonitis", (3, "2026-03-10"), (2, "2026-03-05")), "order_contradicted"),
        (event("Pneumonitis"), "no_grade"),
        (
            event("Pneumonitis", *GRADES, seriousness={"death": True}),
            "fatal_without_grade_5",
        ),
        (
            event("Pneumonitis", (3, "2026-03-10"), (0, "2026-03-12"), ongoing=True),
            "ongoing_after_end",
        ),
        (event("Pneumonitis", (5, "2026-03-10"), ongoing=True), "ongoing_after_end"),
        (
            event("Pneumonitis", *GRADES, reported_grades=[{"grade": 4, "source": "EDC"}]),
            "reported_grade_differs",
        ),
        (
            event("Pneumonitis", *GRADES, reported_grades=[{"grade": 3}, {"grade": None}]),
            None,
        ),
        (
            event(
                "Pneumonitis", *GRADES, causality=[{"agent": "placebo", "relatedness": "possible"}]
            ),
            "unknown_agent",
        ),
        (event("Pneumonitis", *GRADES, interventions=["abracadabra"]), "unknown_intervention"),
        (event("Pneumonitis", *GRADES, interventions=["oxygen", "dopamine"]), None),
        (event("Pneumonitis", *GRADES, part_of="AE-9"), "link_without_target"),
        (event("Pneumonitis", *GRADES, part_of="AE-1"), "link_without_target"),
        (event("Pneumonitis", *GRADES, synonym_of="AE-9"), "link_without_target"),
        (event("Pneumonitis", *GRADES, synonym_of="AE-2"), "duplicate_of"),
        (event("Pneumonitis", *GRADES, part_of="AE-2"), None),
    ],
)
def test_of_an_event(case: Any, code: str | None) -> None:
    other = event("Sepsis", (3, "2026-03-10"), (0, "2026-03-12"), id="AE-2")
    assert codes(case, other) == ([code] if code else [])


def test_a_finding_alone_changes_no_verdict() -> None:
    plain = ic19(event("Pneumonitis", *GRADES))
    flagged = ic19(
        event(
            "Pneumonitis",
            *GRADES,
            seriousness={"death": True},
            reported_grades=[{"grade": 4}],
            part_of="AE-9",
        )
    )
    assert len(flagged.findings) == 3
    assert flagged.verdict == plain.verdict


def test_a_reported_grade_stands_beside_the_course() -> None:
    case = event("Pneumonitis", *GRADES, reported_grades=[{"grade": 4, "source": "EDC"}])
    assert messages(case) == [
        "Grade 4 is reported beside a course that peaks at grade 3; both stand."
    ]


@pytest.mark.parametrize(
    ("recorded", "code"),
    [
        ({"exposures": [{"agent": "placebo", "start": "2026-03-01"}]}, "unknown_agent"),
        ({"laboratory": [{"analyte": "potassium", "value": "2.4"}]}, "laboratory_not_graded"),
        (
            {"window_completed": {"on": "2026-03-10", "reason": "done"}},
            "early_completion_not_allowed",
        ),
    ],
)
def test_of_a_patient(recorded: dict[str, Any], code: str) -> None:
    findings = ic19_patient(subject(**recorded)).subject.findings
    assert [finding.code for finding in findings] == [code]
