"""Computed grades stand beside the reported ones: what differs, what is judged, what would be."""

from typing import Any

import pytest

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.computed import (
    ComputedCourse,
    ComputedGrade,
    Joined,
    WhichGrade,
    joined,
    reported_at,
    with_findings,
)
from app.domain.adjudication.result import Adjudicated, EventAdjudication, Finding
from app.domain.case import Event, Subject
from app.domain.time import PartialTime, last_instant_of_cut, zone_of
from tests.builders import LATER, SHANGHAI, event, ic19_protocol, subject

ZONE = zone_of(SHANGHAI)
CRS = "Cytokine release syndrome"


def course(*grades: tuple[str, Any], **more: Any) -> ComputedCourse:
    """Computed grades by time; a pair is between what one lies."""
    shown = [
        ComputedGrade(
            on=PartialTime(on),
            lowest=grade if isinstance(grade, int) else grade[0],
            highest=grade if isinstance(grade, int) else grade[1],
            missing=() if isinstance(grade, int) else ("oxygen_flow_l_min",),
        )
        for on, grade in grades
    ]
    return ComputedCourse(
        **{"event": "AE-1", "source": "ASTCT 2019", "grades": tuple(shown), **more}
    )


def judge(case: Subject, as_of: str = LATER) -> Adjudicated:
    return adjudicate([case], ic19_protocol(), PartialTime(as_of), SHANGHAI)[0]


def join(*events: Event, computed: ComputedCourse, which: WhichGrade = "beside") -> Joined:
    cut = last_instant_of_cut(PartialTime(LATER), ZONE)
    return joined(subject(*events), [computed], which, ZONE, cut)


def answered(
    *events: Event, computed: ComputedCourse, which: WhichGrade = "beside"
) -> EventAdjudication:
    case = join(*events, computed=computed, which=which)
    return with_findings(judge(case.subject), case, judge).events[0]


def codes(answer: EventAdjudication) -> list[str]:
    return [each.code for each in answer.findings]


REPORTED = event(CRS, (2, "2026-03-03T08:00+08:00"), (0, "2026-03-05T08:00+08:00"))
SAME = course(("2026-03-03T20:00+08:00", 2), ("2026-03-05T20:00+08:00", 0))
GRAVER = course(("2026-03-03T20:00+08:00", 4), ("2026-03-05T20:00+08:00", 0))


def test_courses_that_agree_say_nothing() -> None:
    assert codes(answered(REPORTED, computed=SAME)) == []


def test_a_difference_is_a_finding_and_a_changed_verdict_another() -> None:
    answer = answered(REPORTED, computed=GRAVER)
    assert (answer.verdict, codes(answer)) == (
        "NOT_DLT",
        ["computed_grade_differs", "computed_grade_changes_verdict"],
    )
    assert answer.findings[0].message == (
        "By ASTCT 2019, on 2026-03-03T20:00+08:00 grade 4 is computed, 2 reported. Both stand."
    )
    assert answer.findings[1].message == (
        "By the reported grades the verdict is NOT_DLT, by the computed ones DLT: the "
        "investigator has to say which grades are right."
    )
    assert answer.findings[1].verdicts == {"reported": "NOT_DLT", "computed": "DLT"}
    assert answer.findings[0].verdicts == {}


@pytest.mark.parametrize(("worst", "differs"), [(3, True), (4, False), (None, False)])
def test_a_grade_above_the_worst_that_was_reported_differs(
    worst: int | None, differs: bool
) -> None:
    """And the worst that was reported bounds no grade that was computed."""
    steps = (None, "2026-03-03T08:00+08:00"), (0, "2026-03-05T08:00+08:00")
    reported = event(CRS, *steps, worst_grade=worst)
    answer = answered(reported, computed=GRAVER)
    assert ("computed_grade_differs" in codes(answer)) is differs
    (judged,) = join(reported, computed=GRAVER, which="instead").subject.events
    assert judged.worst_grade is None


def test_the_protocol_may_say_that_the_computed_grade_is_judged() -> None:
    answer = answered(REPORTED, computed=GRAVER, which="instead")
    assert answer.verdict == "DLT"
    assert codes(answer) == [
        "computed_grade_used",
        "computed_grade_differs",
        "computed_grade_changes_verdict",
    ]
    assert "By the computed grades the verdict is DLT, by the reported ones NOT_DLT" in (
        answer.findings[2].message
    )


def test_a_difference_that_changes_no_verdict_is_told_alone() -> None:
    other = course(("2026-03-03T20:00+08:00", 1), ("2026-03-05T20:00+08:00", 0))
    assert codes(answered(REPORTED, computed=other)) == ["computed_grade_differs"]


def test_an_event_without_grades_is_judged_by_the_computed_ones() -> None:
    answer = answered(event(CRS), computed=GRAVER)
    assert (answer.verdict, codes(answer)) == ("DLT", ["computed_grade_used"])


def test_a_grade_that_is_open_says_what_would_settle_it() -> None:
    answer = answered(event(CRS), computed=course(("2026-03-03T20:00+08:00", (2, 3))))
    assert codes(answer)[:2] == ["computed_grade_used", "computed_grade_open"]
    assert answer.findings[1].message == (
        "On 2026-03-03T20:00+08:00 the computed grade is 2 to 3; missing: oxygen_flow_l_min."
    )
    bare = ComputedGrade(on=PartialTime("2026-03-03"), lowest=0, highest=4)
    told = answered(event(CRS), computed=course(grades=(bare,)))
    assert told.findings[1].message == "On 2026-03-03 the computed grade is 0 to 4."


@pytest.mark.parametrize(("bounds", "differs"), [((2, 3), False), ((3, 4), True), ((0, 1), True)])
def test_bounds_differ_only_where_they_exclude_the_reported_grade(
    bounds: tuple[int, int], differs: bool
) -> None:
    answer = answered(REPORTED, computed=course(("2026-03-04T08:00+08:00", bounds)))
    assert ("computed_grade_differs" in codes(answer)) == differs


def test_many_differences_are_one_finding() -> None:
    many = course(*((f"2026-03-03T{hour}:00+08:00", 3) for hour in range(10, 15)))
    (message,) = [
        each.message
        for each in answered(REPORTED, computed=many).findings
        if each.code == "computed_grade_differs"
    ]
    assert message.count("is computed") == 3
    assert message.endswith("; and 2 more. Both stand.")
    used = answered(event(CRS), computed=many).findings[0].message
    assert used.endswith("3 on 2026-03-03T12:00+08:00 ….")


def test_findings_of_the_computation_are_told() -> None:
    odd = Finding(code="masking_contradicted", message="A therapy was recorded before.")
    computed = course(("2026-03-03T20:00+08:00", 2), findings=(odd,))
    assert answered(REPORTED, computed=computed).findings == (odd,)


def test_what_lies_after_the_cut_is_not_looked_at() -> None:
    late = course(("2026-06-01T20:00+08:00", 4))
    case = join(REPORTED, computed=late)
    assert (case.subject, case.findings) == (subject(REPORTED), {})


def test_other_events_are_left_alone() -> None:
    other = event("Fatigue", (1, "2026-03-03"), id="AE-2")
    case = join(REPORTED, other, computed=GRAVER)
    assert [*case.alternatives] == ["AE-1"]
    assert with_findings(judge(case.subject), case, judge).events[1].findings == ()
    nobody = join(REPORTED, computed=course(("2026-03-03", 4), event="AE-9"))
    assert nobody.findings == {}


@pytest.mark.parametrize(
    ("on", "grades"),
    [
        ("2026-03-03T07:59+08:00", {0}),
        ("2026-03-03T08:00+08:00", {2}),
        ("2026-03-03", {0, 2}),
        ("2026-03-04", {2}),
        ("2026-03-05T07:59+08:00", {2}),
        ("2026-03-05T08:00+08:00", {0}),
        ("2026-03", {0, 2}),
    ],
)
def test_the_reported_grade_at_a_time(on: str, grades: set[int]) -> None:
    assert reported_at(REPORTED, PartialTime(on).span(ZONE), ZONE) == grades


def test_the_reported_grade_before_within_and_after_the_record() -> None:
    later = PartialTime("2026-03-09").span(ZONE)
    before = PartialTime("2026-03-02").span(ZONE)
    for ongoing, grades in ((True, {2}), (False, {0, 1, 2}), (None, {0, 1, 2})):
        going = event(CRS, (2, "2026-03-03"), ongoing=ongoing)
        assert reported_at(going, later, ZONE) == grades
    assert reported_at(event(CRS, (2, "2026-03-03"), baseline_grade=1), before, ZONE) == {1}
    assert reported_at(event(CRS, (2, "2026-03-03"), baseline_grade=None), before, ZONE) == {0}
    assert reported_at(event(CRS, (None, "2026-03-03"), ongoing=True), later, ZONE) == frozenset()
    assert reported_at(event(CRS, (2, None), ongoing=True), later, ZONE) == {0, 2}
    bounded = event(CRS, (None, "2026-03-03"), ongoing=True, worst_grade=2)
    assert reported_at(bounded, later, ZONE) == {0, 1, 2}
    seen = event(CRS, (2, "2026-03-03"), ongoing=True, ongoing_as_of="2026-03-08")
    assert reported_at(seen, later, ZONE) == {0, 1, 2}
    assert reported_at(seen, PartialTime("2026-03-08").span(ZONE), ZONE) == {2}
    assert reported_at(event(CRS, (5, "2026-03-03")), later, ZONE) == {5}
    assessed = event(CRS, assessments=[{"on": "2026-03-03", "grade": 3}], ongoing=True)
    assert reported_at(assessed, later, ZONE) == {3}
