"""LCAR-AIO: severe, caused by the treatment, limiting the escalation; Day 1 to Day 30."""

import pytest

from tests.golden.trial import Trial, asked, ruled

LCAR_AIO = Trial(protocol_id="LCAR-AIO", agent="LCAR-AIO")
TO_THE_COMMITTEE = {"committee_ruling": {"yes": "DLT", "no": "NOT_DLT"}}


def test_a_severe_related_event_is_put_to_the_committee() -> None:
    answer = LCAR_AIO.patient(LCAR_AIO.event("Sepsis", (4, "2026-03-05")))
    event = answer.events[0]
    assert event.verdict == "UNDETERMINED"
    assert asked(event) == TO_THE_COMMITTEE
    assert event.refer_to_committee
    assert answer.subject.status == "UNDETERMINED"


@pytest.mark.parametrize(("answer", "verdict"), [("yes", "DLT"), ("no", "NOT_DLT")])
def test_the_ruling_settles_it(answer: str, verdict: str) -> None:
    event = LCAR_AIO.event("Sepsis", (4, "2026-03-05"))
    assert LCAR_AIO.verdict(event, rulings=[ruled(answer)]) == verdict


def test_a_ruling_does_not_make_a_dlt_of_what_is_not_severe() -> None:
    event = LCAR_AIO.event("Lung infection", (2, "2026-03-05"))
    assert LCAR_AIO.verdict(event, rulings=[ruled("yes")]) == "NOT_DLT"


@pytest.mark.parametrize("grade", [3, 4, 5])
def test_severe_begins_with_grade_3(grade: int) -> None:
    event = LCAR_AIO.event("Lung infection", (grade, "2026-03-05"))
    assert LCAR_AIO.verdict(event) == "UNDETERMINED"


@pytest.mark.parametrize("related", ["unrelated", "unlikely"])
def test_without_a_causal_relationship_there_is_none(related: str) -> None:
    answer = LCAR_AIO.first(LCAR_AIO.event("Sepsis", (4, "2026-03-05"), related=related))
    assert (answer.verdict, answer.missing) == ("NOT_DLT", ())
    assert not answer.refer_to_committee


def test_day_30_is_the_last_day() -> None:
    day_30 = LCAR_AIO.event("Sepsis", (4, "2026-03-30"))
    day_31 = LCAR_AIO.event("Sepsis", (4, "2026-03-31"))
    assert LCAR_AIO.verdict(day_30) == "UNDETERMINED"
    assert LCAR_AIO.verdict(day_31) == "NOT_DLT"


def test_the_infusion_day_is_day_1() -> None:
    before = LCAR_AIO.event("Sepsis", (4, "2026-03-01T09:59+08:00"))
    day_1 = LCAR_AIO.event("Sepsis", (4, "2026-03-01T10:00+08:00"))
    assert LCAR_AIO.verdict(before) == "NOT_DLT"
    assert LCAR_AIO.verdict(day_1) == "UNDETERMINED"


def test_a_date_on_the_infusion_day_is_day_1_if_it_is_above_baseline() -> None:
    above = LCAR_AIO.event("Sepsis", (4, "2026-03-01"))
    there_before = LCAR_AIO.event("Sepsis", (4, "2026-03-01"), baseline_grade=4)
    unknown = LCAR_AIO.event("Sepsis", (4, "2026-03-01"), baseline_grade=None)
    assert LCAR_AIO.verdict(above) == "UNDETERMINED"
    assert LCAR_AIO.verdict(there_before) == "NOT_DLT"
    assert set(asked(LCAR_AIO.first(unknown))) == {"baseline_grade", "committee_ruling"}


def test_the_window_is_shown_to_the_midnight_after_day_30() -> None:
    (window,) = LCAR_AIO.patient().subject.window
    assert (window.start, window.end) == ("2026-03-01T10:00:00+08:00", "2026-03-31T00:00:00+08:00")


def test_no_dlt_is_said_only_after_the_window() -> None:
    assert LCAR_AIO.patient(as_of="2026-03-29").subject.status == "IN_WINDOW"
    assert LCAR_AIO.patient(as_of="2026-03-30").subject.status == "NO_DLT"


def test_an_early_completion_is_not_provided_for() -> None:
    completed = {"on": "2026-03-10", "reason": "Progression"}
    answer = LCAR_AIO.patient(
        LCAR_AIO.event("Sepsis", (4, "2026-03-20")), window_completed=completed
    )
    assert answer.events[0].verdict == "UNDETERMINED"
    assert "early_completion_not_allowed" in [each.code for each in answer.subject.findings]


def test_no_phase_is_needed_since_the_text_restricts_dlts_to_none() -> None:
    event = LCAR_AIO.event("Lung infection", (2, "2026-03-05"))
    assert LCAR_AIO.verdict(event, phase=None) == "NOT_DLT"


def test_recorded_as_data() -> None:
    document = LCAR_AIO.document
    assert document.planned_subjects == 34
    assert document.follow_up is not None
    assert document.follow_up.days == 104 * 7
    assert document.design.kind == "not_stated"
    assert (document.stagger, document.ladder.levels) == ((), ())
