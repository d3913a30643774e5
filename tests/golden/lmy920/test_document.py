"""LMY-920: a dose escalation without a DLT definition."""

import pytest

from app.domain.time import Limit
from tests.golden.trial import Trial

LMY920 = Trial(protocol_id="NCT06340750", agent="LMY-920")


@pytest.mark.parametrize("phase", ["escalation", "expansion", None])
@pytest.mark.parametrize("grade", [2, 3, 4, 5])
def test_no_event_has_a_verdict(grade: int, phase: str | None) -> None:
    answer = LMY920.patient(LMY920.event("Lung infection", (grade, "2026-03-05")), phase=phase)
    assert answer.events[0].verdict == "NOT_APPLICABLE"
    assert answer.events[0].missing == ()
    assert not answer.events[0].refer_to_committee
    assert answer.subject.status == "NOT_APPLICABLE"
    assert "states no definition of a DLT" in answer.subject.explanation.text


def test_a_patient_without_events_has_no_status_either() -> None:
    assert LMY920.patient().subject.status == "NOT_APPLICABLE"


def test_the_record_of_an_event_is_checked_all_the_same() -> None:
    event = LMY920.event("Alopecia", (4, "2026-03-05"))
    assert [each.code for each in LMY920.first(event).findings] == ["grade_not_in_term"]


def test_three_levels_and_one_below_the_start_without_amounts() -> None:
    ladder = LMY920.document.ladder
    assert (ladder.planned_levels, ladder.de_escalation_levels) == (3, 1)
    assert ladder.levels == ()


def test_a_3_plus_3_whose_cohort_at_the_mtd_may_be_filled_to_six() -> None:
    design = LMY920.document.design
    assert (design.kind, design.cohort_size, design.expanded_cohort) == ("3+3", 3, 6)


def test_each_pair_is_staggered_at_enrolment_in_the_escalation_only() -> None:
    (stagger,) = LMY920.document.stagger
    assert (stagger.kind, stagger.gated_act) == ("each_consecutive_pair", "enrol")
    assert (stagger.anchor, stagger.at_least) == ("infusion_start", Limit("P14D"))
    assert stagger.phases == ("escalation",)
    assert not stagger.needs_clearance


def test_forty_patients_in_two_phases() -> None:
    document = LMY920.document
    assert document.planned_subjects == 40
    assert [phase.id for phase in document.phases] == ["escalation", "expansion"]


def test_the_window_that_the_gate_assumes_is_a_reading() -> None:
    readings = {reading.id: reading for reading in LMY920.document.readings}
    assert readings["R-GATE-WINDOW"].default == "assumed-28-days"
    assert readings["R-GATE-DLT"].default == "gap-stays-open"
