"""Relma-cel: four dose levels, and no rule about toxicity."""

import pytest

from tests.golden.trial import Trial

RELMA_CEL = Trial(protocol_id="NCT05765006", agent="Relma-cel")


@pytest.mark.parametrize("grade", [1, 3, 5])
def test_no_event_has_a_verdict(grade: int) -> None:
    answer = RELMA_CEL.patient(RELMA_CEL.event("Sepsis", (grade, "2026-03-05")), phase=None)
    assert answer.events[0].verdict == "NOT_APPLICABLE"
    assert answer.events[0].missing == ()
    assert answer.subject.status == "NOT_APPLICABLE"
    assert "states no definition of a DLT" in answer.subject.explanation.text


def test_the_start_is_the_second_of_four_levels() -> None:
    levels = RELMA_CEL.document.ladder.levels
    assert [level.cells for level in levels] == [15_000_000, 25_000_000, 50_000_000, 100_000_000]
    assert [level.role for level in levels] == ["back_up", "start", "escalation", "escalation"]


def test_only_the_highest_level_has_an_alternative_amount() -> None:
    levels = RELMA_CEL.document.ladder.levels
    assert [level.alternatives for level in levels] == [(), (), (), (150_000_000,)]


def test_what_the_text_does_not_state_is_left_out() -> None:
    document = RELMA_CEL.document
    assert document.design.kind == "not_stated"
    assert document.stagger == ()
    assert document.planned_subjects is None
    assert document.follow_up is None
    assert document.readings == ()
