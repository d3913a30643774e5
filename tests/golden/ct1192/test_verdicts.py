"""CT1192: 28 days after the first infusion are watched; what is a DLT, a person rules."""

import pytest

from tests.golden.trial import Trial, asked, ruled

CT1192 = Trial(protocol_id="NCT07339332", agent="CT1192")
TO_THE_COMMITTEE = {"committee_ruling": {"yes": "DLT", "no": "NOT_DLT"}}
COMPLETED = {"on": "2026-03-15", "reason": "No marked expansion of the cells"}


def test_a_related_grade_3_in_the_window_is_put_to_the_committee() -> None:
    answer = CT1192.patient(CT1192.event("Lung infection", (3, "2026-03-05")))
    event = answer.events[0]
    assert event.verdict == "UNDETERMINED"
    assert asked(event) == TO_THE_COMMITTEE
    assert event.refer_to_committee
    assert answer.subject.status == "UNDETERMINED"


@pytest.mark.parametrize(("answer", "verdict"), [("yes", "DLT"), ("no", "NOT_DLT")])
def test_the_ruling_settles_it(answer: str, verdict: str) -> None:
    event = CT1192.event("Lung infection", (3, "2026-03-05"))
    assert CT1192.verdict(event, rulings=[ruled(answer)]) == verdict


def test_a_dlt_is_established_when_its_grade_was_reached() -> None:
    event = CT1192.event("Lung infection", (2, "2026-03-04"), (3, "2026-03-05T09:30+08:00"))
    answer = CT1192.first(event, rulings=[ruled("yes")])
    assert answer.criterion == "ruled-dose-limiting"
    assert answer.established_at == "2026-03-05T09:30:00+08:00"


def test_a_ruling_after_the_cut_is_not_known_yet() -> None:
    event = CT1192.event("Lung infection", (3, "2026-03-05"))
    late = ruled("no", on="2026-05-01")
    assert CT1192.verdict(event, as_of="2026-04-30", rulings=[late]) == "UNDETERMINED"


@pytest.mark.parametrize("related", ["unrelated", "unlikely"])
def test_what_is_not_related_needs_no_ruling(related: str) -> None:
    event = CT1192.event("Lung infection", (4, "2026-03-05"), related=related)
    answer = CT1192.first(event)
    assert (answer.verdict, answer.missing) == ("NOT_DLT", ())
    assert not answer.refer_to_committee


def test_causality_to_lymphodepletion_is_not_causality_to_the_cells() -> None:
    judged = [
        {"agent": "lymphodepletion", "relatedness": "definite", "assessor": "investigator"},
        CT1192.judgement("unrelated", "investigator"),
    ]
    event = CT1192.event("Lung infection", (4, "2026-03-05"), causality=judged)
    assert CT1192.verdict(event) == "NOT_DLT"


def test_unknown_causality_leaves_two_questions() -> None:
    answer = CT1192.first(CT1192.event("Lung infection", (3, "2026-03-05"), causality=[]))
    assert asked(answer) == {
        "causality": {"related": "UNDETERMINED", "not_related": "NOT_DLT"},
        "committee_ruling": {"yes": "UNDETERMINED", "no": "NOT_DLT"},
    }


def test_grade_2_needs_no_ruling() -> None:
    assert CT1192.verdict(CT1192.event("Lung infection", (2, "2026-03-05"))) == "NOT_DLT"


def test_day_28_is_the_last_day_of_the_window() -> None:
    assert CT1192.verdict(CT1192.event("Lung infection", (3, "2026-03-29"))) == "UNDETERMINED"
    assert CT1192.verdict(CT1192.event("Lung infection", (3, "2026-03-30"))) == "NOT_DLT"


def test_the_window_begins_with_the_infusion() -> None:
    before = CT1192.event("Lung infection", (3, "2026-03-01T09:59+08:00"))
    at_once = CT1192.event("Lung infection", (3, "2026-03-01T10:00+08:00"))
    assert CT1192.verdict(before) == "NOT_DLT"
    assert CT1192.verdict(at_once) == "UNDETERMINED"


def test_a_second_infusion_opens_no_window() -> None:
    infused = ["2026-03-01T10:00+08:00", "2026-04-10T10:00+08:00"]
    event = CT1192.event("Lung infection", (3, "2026-04-12"))
    answer = CT1192.patient(event, infused=infused)
    assert answer.events[0].verdict == "NOT_DLT"
    assert [(window.start, window.end) for window in answer.subject.window] == [
        ("2026-03-01T10:00:00+08:00", "2026-03-30T00:00:00+08:00")
    ]


def test_the_expansion_observes_no_dlt() -> None:
    answer = CT1192.patient(CT1192.event("Sepsis", (5, "2026-03-05")), phase="expansion")
    assert answer.events[0].verdict == "NOT_APPLICABLE"
    assert answer.subject.status == "NOT_APPLICABLE"
    assert "expansion" in answer.subject.explanation.text


def test_an_unrecorded_phase_is_asked_for() -> None:
    answer = CT1192.first(CT1192.event("Lung infection", (3, "2026-03-05")), phase=None)
    assert answer.verdict == "UNDETERMINED"
    assert asked(answer)["fact"] == {"escalation": "UNDETERMINED", "expansion": "NOT_APPLICABLE"}


def test_an_early_completion_ends_the_window_with_its_day() -> None:
    on_the_day = CT1192.event("Lung infection", (3, "2026-03-15"))
    after = CT1192.event("Lung infection", (3, "2026-03-16"))
    assert CT1192.verdict(on_the_day, window_completed=COMPLETED) == "UNDETERMINED"
    assert CT1192.verdict(after, window_completed=COMPLETED) == "NOT_DLT"
    assert CT1192.verdict(after) == "UNDETERMINED"


def test_a_patient_whose_window_was_completed_counts() -> None:
    assert CT1192.patient(as_of="2026-03-16").subject.status == "IN_WINDOW"
    early = CT1192.patient(as_of="2026-03-16", window_completed=COMPLETED)
    assert early.subject.status == "NO_DLT"
