"""Counts and trials that cannot be."""

import pytest

from app.domain.cohort.design import Counts, NotOfThisDesign, checked_trial


def test_patients_with_an_outcome_are_not_more_than_were_enrolled() -> None:
    Counts(enrolled=3, dlts=1, pending=2)
    with pytest.raises(NotOfThisDesign, match="2 with a DLT and 2 pending are more than the 3"):
        Counts(enrolled=3, dlts=2, pending=2)


@pytest.mark.parametrize("follow_up", [-0.1, 2.1])
def test_nobody_is_followed_for_more_than_a_window(follow_up: float) -> None:
    Counts(enrolled=3, dlts=1, pending=2, pending_follow_up=2.0)
    with pytest.raises(NotOfThisDesign, match="cannot be those of 2 pending"):
        Counts(enrolled=3, dlts=1, pending=2, pending_follow_up=follow_up)


def test_each_level_has_patients_and_dlts_and_no_more_dlts_than_patients() -> None:
    checked_trial([3, 6], [0, 6])
    with pytest.raises(NotOfThisDesign, match="patients are told of 2 levels and DLTs of 1:"):
        checked_trial([3, 6], [0])
    with pytest.raises(NotOfThisDesign) as refused:
        checked_trial([3, 6], [4, 7])
    assert [fault.pointer for fault in refused.value.faults] == ["/dlts/0", "/dlts/1"]
