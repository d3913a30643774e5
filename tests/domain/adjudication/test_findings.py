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
        (event("Chills", (3, "2026-03-10"), baseline_grade=4), "grade_not_in_term"),
        (event("Pneumonitis", *GRADES, meddra_code=10019717), "code_of_other_version"),
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
        (event("Pneumonitis", *GRADES, worst_grade=2), "grade_above_worst"),
        (event("Pneumonitis", *GRADES, worst_grade=3), None),
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
        (
            {
                "laboratory": [
                    {"measured_at": "2026-03-05", "analyte": "potassium", "value": "2.4"}
                ]
            },
            "laboratory_not_graded",
        ),
        (
            {"window_completed": {"on": "2026-03-10", "reason": "done"}},
            "early_completion_not_allowed",
        ),
    ],
)
def test_of_a_patient(recorded: dict[str, Any], code: str) -> None:
    findings = ic19_patient(subject(**recorded)).subject.findings
    assert [finding.code for finding in findings] == [code]


def test_a_lower_grade_after_death_is_kept_and_flagged() -> None:
    assert "grade_after_death" in codes(event("Sepsis", (5, "2026-03-03"), (3, "2026-03-06")))
    assert "grade_after_death" not in codes(event("Sepsis", (3, "2026-03-03"), (5, "2026-03-06")))


def test_a_change_after_the_death_is_kept_and_flagged() -> None:
    died = {"date": "2026-03-08"}
    late = event("Sepsis", (3, "2026-03-06"), (1, "2026-03-09"))
    in_time = event("Sepsis", (3, "2026-03-06"), (1, "2026-03-08"))
    assert "change_after_death" in codes(late, death=died)
    assert "change_after_death" not in codes(in_time, death=died)


def test_a_death_before_the_infusion_is_kept_and_flagged() -> None:
    found = ic19_patient(subject(death={"date": "2026-02-01"})).subject.findings
    assert [each.code for each in found] == ["stopped_before_infusion"]
    assert found[0].message == (
        "The death (2026-02-01) lies before the first infusion; both stand."
    )


@pytest.mark.parametrize(("level", "found"), [("1", []), ("99", ["unknown_dose_level"])])
def test_a_dose_level_that_the_ladder_does_not_have_is_flagged(
    level: str, found: list[str]
) -> None:
    patient = ic19_patient(subject(dose_level=level))
    assert [each.code for each in patient.subject.findings] == found


def test_a_report_that_may_mean_several_terms_is_judged_where_they_agree() -> None:
    judged = ic19(event("Transaminases increased", *GRADES))
    assert (judged.verdict, judged.exception) == ("NOT_DLT", "liver-g3-14d")
    assert "may mean" in judged.findings[0].message


def test_a_text_and_a_code_that_name_different_terms_are_judged_where_they_agree() -> None:
    alt, sepsis = 10001551, 10040047
    alike = event("Aspartate aminotransferase increased", *GRADES, meddra_code=alt)
    apart = event("Chills", (3, "2026-03-10"), (1, "2026-03-15"), meddra_code=sepsis)
    assert ic19(alike).verdict == "NOT_DLT"
    assert (ic19(apart).verdict, ic19(apart).missing[0].field) == ("UNDETERMINED", "term")
