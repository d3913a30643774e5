"""What the CRM and the TITE-CRM lead to on the ladder."""

from collections.abc import Iterable
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.cohort.action import Acted, Limits
from app.domain.cohort.crm import Crm, Patient, TiteCrm, fit
from app.domain.cohort.crm_decide import act_crm, decide_crm, select_crm
from app.domain.cohort.design import NotOfThisDesign

SKELETON = (0.05, 0.1, 0.2, 0.35, 0.5)
CRM = Crm(skeleton=SKELETON, target=0.2)
TITE = TiteCrm(skeleton=SKELETON, target=0.2)
OPEN = Limits()


def seen(level: int, *dlts: bool | None, weight: float = 1) -> list[Patient]:
    return [Patient(dose_level=level, dlt=dlt, weight=weight) for dlt in dlts]


def brief(acted: Acted) -> tuple[object, ...]:
    action = acted.action
    mtd = () if action.selected is None else (action.selected.mtd,)
    return (action.kind, *([action.level] if action.level else ()), *mtd)


def says(acted: Acted) -> str:
    return " ".join(rule.text for rule in acted.action.because)


def test_one_level_up_at_most() -> None:
    """Three without a DLT at level 1 make the model recommend level 4 or more."""
    patients = seen(1, False, False, False)
    assert fit(CRM, patients).recommended_level > 2
    acted = act_crm(CRM, patients, 1, OPEN)
    assert brief(acted) == ("treat", 2)
    assert acted.closed_from is None
    assert says(acted) == (
        "The design says escalate of level 1: the next patients are treated at level 2."
    )


def test_down_by_more_than_one_level() -> None:
    acted = act_crm(CRM, seen(4, True, True, True), 4, OPEN)
    assert acted.design_says.decision == "de_escalate"
    assert brief(acted) == ("treat", 1)


def test_levels_that_people_closed() -> None:
    patients = seen(1, False, False, False)
    acted = act_crm(CRM, patients, 1, Limits(closed_from=2))
    assert brief(acted) == ("treat", 1)
    assert "Level 2 was closed, with those above it." in says(acted)
    assert brief(act_crm(CRM, patients, 1, Limits(closed_from=1))) == ("stop",)
    assert brief(act_crm(CRM, seen(3, False), 3, Limits(closed_from=2))) == ("treat", 1)


def test_the_most_patients_end_the_escalation() -> None:
    patients = seen(2, False, False, True)
    assert brief(act_crm(CRM, patients, 2, Limits(most_in_total=4)))[0] == "treat"
    ended = act_crm(CRM, patients, 2, Limits(most_in_total=3))
    assert brief(ended) == ("select_mtd", fit(CRM, patients).recommended_level)
    below = act_crm(CRM, patients, 2, Limits(most_in_total=3, closed_from=2))
    assert brief(below) == ("select_mtd", 1)
    assert below.action.selected is not None
    toxicity = fit(CRM, patients).probability_toxicity[0]
    assert below.action.selected.because[0].text == (
        f"Level 1 has an estimated toxicity of {toxicity:.3f}, of the levels that are open "
        "and were treated, or lie below one, the closest to the target of 0.2."
    )
    open_still = act_crm(TITE, [*patients, *seen(2, None, weight=0.5)], 2, Limits(most_in_total=4))
    assert brief(open_still) == ("wait",)


def test_the_crm_waits_and_the_tite_crm_does_not() -> None:
    patients = [*seen(2, False, False), *seen(2, None, weight=0)]
    waits = act_crm(CRM, patients, 2, OPEN)
    assert brief(waits) == ("wait",)
    assert says(waits) == (
        "What comes next depends on the outcomes of the pending patient at level 2: wait for them."
    )
    assert [(each.dlts, each.design_says, each.action.level) for each in waits.would_act] == [
        ((1,), "de_escalate", 1),
        ((0,), "escalate", 3),
    ]
    goes_on = act_crm(TITE, patients, 2, OPEN)
    assert brief(goes_on) == ("treat", 3)
    assert len(goes_on.would_act) == 2
    assert act_crm(TITE, seen(2, False), 2, OPEN).would_act == ()


def test_two_levels_above_lead_to_the_same_action() -> None:
    """Whatever the pending patient shows, the model recommends a level above the next one."""
    patients = [*seen(1, *[False] * 9), *seen(2, *[False] * 9), *seen(1, None)]
    acted = act_crm(CRM, patients, 2, OPEN)
    assert {each.action.level for each in acted.would_act} == {3}
    assert brief(acted) == ("treat", 3)


def test_levels_that_are_not_there() -> None:
    with pytest.raises(NotOfThisDesign) as refused:
        act_crm(CRM, seen(6, False), 6, Limits(closed_from=6))
    assert [fault.pointer for fault in refused.value.faults] == [
        "/subjects/0/dose_level",
        "/current_level",
        "/limits/closed_from",
    ]


def test_the_mtd_by_counts_is_that_of_the_patients() -> None:
    patients = [*seen(1, False, False, False), *seen(2, False, True, False)]
    found = select_crm(CRM, (3, 3, 0, 0, 0), (0, 1, 0, 0, 0))
    by_patients = fit(CRM, patients)
    assert found.mtd == by_patients.recommended_level
    assert found.estimates == pytest.approx(by_patients.probability_toxicity, abs=1e-12)


def test_a_level_that_nobody_received_is_no_mtd() -> None:
    """Three patients at level 1 without a DLT make the model recommend a higher level."""
    clean = (3, 0, 0, 0, 0)
    assert fit(CRM, seen(1, False, False, False)).recommended_level > 1
    assert select_crm(CRM, clean, (0,) * 5).mtd == 1
    ended = act_crm(CRM, seen(1, False, False, False), 1, Limits(most_in_total=3))
    assert brief(ended) == ("select_mtd", 1)
    nobody = select_crm(CRM, (0,) * 5, (0,) * 5)
    assert nobody.mtd is None
    assert nobody.because[0].text == (
        "No open level was given to any patient: none can be the MTD."
    )


def test_the_levels_treated_are_those_of_the_skeleton() -> None:
    with pytest.raises(NotOfThisDesign, match=r"4 levels told, .* has 5") as refused:
        select_crm(CRM, (3, 3, 0, 0), (0, 1, 0, 0))
    assert [fault.pointer for fault in refused.value.faults] == ["/treated"]


def test_the_trial_begins_at_the_level_that_is_named() -> None:
    for design in (CRM, TITE):
        first = act_crm(design, (), 2, OPEN)
        assert brief(first) == ("treat", 2)
        assert first.design_says.decision == "cohort_not_full"
        assert not first.design_says.certain
        assert first.would_act == ()
        assert decide_crm(design, (), 2).because[0].text == "No patient was treated yet."
        assert brief(act_crm(design, (), 2, Limits(closed_from=2))) == ("treat", 1)
        assert brief(act_crm(design, (), 2, Limits(closed_from=1))) == ("stop",)


def test_the_current_level_is_one_that_was_treated() -> None:
    with pytest.raises(NotOfThisDesign, match="nobody was treated at level 3") as refused:
        act_crm(CRM, seen(1, False), 3, OPEN)
    assert [fault.pointer for fault in refused.value.faults] == ["/current_level"]


def test_the_tite_crm_does_not_climb_without_follow_up() -> None:
    clean = seen(1, False, False, False)
    waiting = [*clean, *seen(2, None, None, weight=0)]
    acted = act_crm(TITE, waiting, 2, OPEN)
    assert acted.design_says.decision == "escalate"
    assert brief(acted) == ("treat", 2)
    assert says(acted) == (
        "Nobody at level 2 was observed yet: none above it is treated. The design says escalate "
        "of level 2: the next patients are treated at level 2."
    )
    assert brief(act_crm(TITE, [*clean, *seen(2, None, weight=0.1)], 2, OPEN)) == ("treat", 3)


def drawn(most: int) -> st.SearchStrategy[list[Patient]]:
    levels = st.integers(1, len(SKELETON))
    return st.lists(
        st.builds(Patient, dose_level=levels, dlt=st.sampled_from([True, False, None])),
        max_size=most,
    )


def completions(patients: Iterable[Patient]) -> Iterable[list[Patient]]:
    """Every way in which they can turn out, patient by patient."""
    ways = [
        [each] if each.dlt is not None else seen(each.dose_level, False, True) for each in patients
    ]
    return (list(way) for way in product(*ways))


@given(drawn(5), st.data())
def test_an_action_of_the_crm_is_that_of_every_completion(
    patients: list[Patient], data: st.DataObject
) -> None:
    levels = [each.dose_level for each in patients] or [1]
    current = data.draw(st.sampled_from(levels))
    acted = act_crm(CRM, patients, current, OPEN)
    then = {brief(act_crm(CRM, each, current, OPEN)) for each in completions(patients)}
    assert (brief(acted) == ("wait",)) == (len(then) > 1)
    assert then == {brief(acted)} or brief(acted) == ("wait",)
