from dataclasses import replace
from typing import Any

import pytest

from app.domain.cohort.gate.rules import GateRules, StaggerRule, applies
from app.domain.time import Limit
from tests.domain.cohort.gate.trials import CT1192, IC19, LMY, ask, codes, patient, text, when


def staggered(rules: GateRules, **changes: Any) -> GateRules:
    return replace(rules, stagger=(replace(rules.stagger[0], **changes),))


@pytest.mark.parametrize(
    ("on", "allowed"), [("2025-04-14", False), ("2025-04-15", True), ("2025-04-16", True)]
)
def test_the_second_patient_of_a_dose_waits_for_the_first(on: str, allowed: bool) -> None:
    answer = ask(IC19, on, patient("01", "2025-04-01"))
    assert answer.allowed is allowed
    assert when(answer) == (max(on, "2025-04-15"), False)


def test_the_text_names_patient_days_and_rule() -> None:
    (reason,) = ask(IC19, "2025-04-14", patient("01", "2025-04-01")).reasons
    assert reason.subject == "01"
    assert reason.subjects == ("01",)
    assert reason.clause == "Detailed Description, 2"
    assert reason.text == (
        "Patient 01 was infused on 2025-04-01, and the wait of 14 days is over from 2025-04-15 "
        "on: The first two infusions of a dose lie at least 14 days apart."
    )


def test_a_first_pair_is_one_of_its_dose_and_phase() -> None:
    other_dose = patient("09", "2025-03-31", dose_level="2")
    assert ask(IC19, "2025-04-01", other_dose).allowed
    both = replace(IC19, phases=("escalation", "expansion"))
    other_phase = patient("09", "2025-03-31", phase="expansion")
    assert ask(both, "2025-04-01", other_phase).allowed
    first = patient("01", "2025-03-31")
    assert "STAGGER_FIRST_PAIR" not in codes(ask(both, "2025-04-01", first, phase="expansion"))


def test_what_is_dated_later_is_not_known() -> None:
    assert ask(IC19, "2025-04-01", patient("01", "2025-04-02")).allowed


def test_a_non_evaluable_patient_counts_for_the_wait() -> None:
    left = patient("01", "2025-04-01", evaluable=False)
    assert codes(ask(IC19, "2025-04-14", left)) == {"STAGGER_FIRST_PAIR"}


def test_the_order_of_the_acts() -> None:
    assert applies("infuse", None)
    assert applies("enrol", "infuse")
    assert applies("infuse", "infuse")
    assert not applies("infuse", "lymphodeplete")


def test_an_earlier_act_is_not_gated() -> None:
    first = patient("01", "2025-04-01")
    assert ask(IC19, "2025-04-02", first, act="enrol").allowed
    assert not ask(IC19, "2025-04-02", first, act="infuse").allowed
    assert not ask(LMY, "2025-04-02", first, act="enrol").allowed
    assert not ask(LMY, "2025-04-02", first, act="infuse").allowed


def test_without_an_act_each_act_has_its_queue() -> None:
    """Who is only enrolled hides nobody who was infused, and who was infused nobody enrolled."""
    pair = staggered(IC19, gated_act="enrol")
    both = [patient("01", "2025-04-01"), patient("02", enrolled="2025-04-02")]
    assert ask(pair, "2025-04-03", *both, act="enrol").allowed
    for act in ("lymphodeplete", "infuse", None):
        assert codes(ask(pair, "2025-04-03", *both, act=act)) == {"STAGGER_FIRST_PAIR"}
    chained = ask(LMY, "2025-04-03", *both)
    assert [reason.subject for reason in chained.reasons] == ["02", "01"]
    assert when(chained) == (None, True)


def test_a_wait_may_gate_lymphodepletion() -> None:
    before = staggered(IC19, gated_act="lymphodeplete")
    first = patient("01", "2025-04-01")
    assert ask(before, "2025-04-14", first, act="enrol").allowed
    for act in ("lymphodeplete", "infuse", None):
        assert not ask(before, "2025-04-14", first, act=act).allowed
    prepared = patient("01", lymphodepleted="2025-04-01")
    assert when(ask(before, "2025-04-14", prepared, act="lymphodeplete")) == (None, True)
    assert ask(before, "2025-04-14", prepared, act="infuse").allowed


def test_one_day_is_told_as_one() -> None:
    short = staggered(IC19, at_least=Limit("P1D"))
    told = text(ask(short, "2025-04-01", patient("01", "2025-04-01")), "STAGGER_FIRST_PAIR")
    assert "and the wait of 1 day is over from 2025-04-02 on" in told


def test_a_chain_waits_for_the_last_patient() -> None:
    chain = (patient("02", "2024-02-29"), patient("01", "2024-02-15"))
    answer = ask(LMY, "2024-03-13", *chain)
    assert codes(answer) == {"STAGGER_PREVIOUS_SUBJECT"}
    assert when(answer) == ("2024-03-14", False)
    assert ask(LMY, "2024-03-14", *chain).allowed


def test_a_chain_runs_within_a_dose_or_across_doses() -> None:
    others = [patient(f"0{n}", "2024-01-01") for n in (1, 2)]
    third = patient("03", "2024-01-01", dlt="2024-01-20")
    later = patient("04", "2024-03-10", dose_level="-1")
    known = (*others, third, later)
    assert ask(LMY, "2024-03-12", *known).allowed
    across = staggered(LMY, across_doses=True)
    answer = ask(across, "2024-03-12", *known)
    assert codes(answer) == {"STAGGER_PREVIOUS_SUBJECT"}
    assert when(answer) == ("2024-03-24", False)


def test_who_is_enrolled_and_not_infused_blocks_a_chain_of_enrolments_without_a_day() -> None:
    waiting = patient("02", enrolled="2024-03-01")
    for act in ("enrol", None):
        answer = ask(LMY, "2024-03-13", patient("01", "2024-02-15"), waiting, act=act)
        assert codes(answer) == {"STAGGER_PREVIOUS_SUBJECT"}
        assert when(answer) == (None, True)
        assert "Patient 02 comes before the next one and has not been infused" in text(
            answer, "STAGGER_PREVIOUS_SUBJECT"
        )
    # two who are enrolled must not wait for each other's infusion
    assert ask(LMY, "2024-03-13", patient("01", "2024-02-15"), waiting, act="infuse").allowed
    assert ask(LMY, "2024-02-29", waiting, act="enrol").allowed  # enrolled later


def test_the_candidate_is_left_out() -> None:
    itself = patient("02", enrolled="2024-03-01")
    assert ask(LMY, "2024-03-13", itself, subject="02").allowed
    to_come = {**itself, "infused": "2024-03-14"}
    assert ask(LMY, "2024-03-13", to_come, subject="02").allowed


def test_who_has_been_infused_is_no_candidate_and_counts() -> None:
    two = [patient("01", "2025-04-01", dlt="2025-04-12"), patient("02", "2025-04-15")]
    two[1]["dlt"] = {"known_on": "2025-04-20"}
    answer = ask(IC19, "2025-04-21", *two, patient("03", "2025-04-16"), subject="02")
    assert codes(answer) == {"DOSE_EXCEEDS_MTD"}
    assert answer.notes == ("Patient 02 was infused on 2025-04-15, and counts among the others.",)
    assert ask(IC19, "2025-04-21", *two, subject="04").notes == ()


@pytest.mark.parametrize(
    ("on", "cleared", "expected", "earliest"),
    [
        ("2026-01-18", None, {"SENTINEL_DAYS", "SENTINEL_NOT_CLEARED"}, ("2026-01-19", True)),
        ("2026-01-18", "2026-01-18", {"SENTINEL_DAYS"}, ("2026-01-19", False)),
        ("2026-01-19", "2026-01-20", {"SENTINEL_NOT_CLEARED"}, ("2026-01-19", True)),
        ("2026-02-19", None, {"SENTINEL_NOT_CLEARED"}, ("2026-02-19", True)),
        ("2026-01-19", "2026-01-19", set(), ("2026-01-19", False)),
    ],
)
def test_a_sentinel_takes_days_and_a_clearance(
    on: str, cleared: str | None, expected: set[str], earliest: tuple[str, bool]
) -> None:
    answer = ask(CT1192, on, patient("01", "2026-01-05", cleared_on=cleared))
    assert codes(answer) == expected
    assert when(answer) == earliest


@pytest.mark.parametrize(
    ("cleared", "dlt", "allowed"),
    [
        ("2026-01-05", "2026-01-17", False),
        ("2026-01-16", "2026-01-17", False),
        ("2026-01-17", "2026-01-17", True),
        ("2026-01-16", "2026-01-20", True),
        ("2026-01-05", None, True),
    ],
)
def test_a_clearance_that_a_known_dlt_came_after_is_none(
    cleared: str, dlt: str | None, allowed: bool
) -> None:
    sentinel = patient("01", "2026-01-05", cleared_on=cleared, dlt=dlt)
    answer = ask(CT1192, "2026-01-19", sentinel)
    assert codes(answer) == (set() if allowed else {"SENTINEL_NOT_CLEARED"})
    assert when(answer) == ("2026-01-19", not allowed)
    if not allowed:
        assert text(answer, "SENTINEL_NOT_CLEARED") == (
            f"The clearance of patient 01 on {cleared} came before the DLT that is known from "
            "2026-01-17 on: The others wait for the first."
        )


@pytest.mark.parametrize(("cleared", "allowed"), [("2026-01-18", False), ("2026-01-19", True)])
def test_a_clearance_may_have_to_come_after_the_wait(cleared: str, allowed: bool) -> None:
    after = staggered(CT1192, clearance="after_wait")
    answer = ask(after, "2026-01-19", patient("01", "2026-01-05", cleared_on=cleared))
    assert codes(answer) == (set() if allowed else {"SENTINEL_NOT_CLEARED"})
    if not allowed:
        assert "came before the wait was over, from 2026-01-19 on" in answer.reasons[0].text


@pytest.mark.parametrize(("on", "completed"), [("2026-01-19", False), ("2026-01-20", True)])
def test_an_infusion_that_is_completed_later_is_not_completed_yet(
    on: str, completed: bool
) -> None:
    slow = patient("01", "2026-01-05", infusion_completed="2026-01-20", cleared_on="2026-01-20")
    answer = ask(CT1192, on, slow)
    assert codes(answer) == {"SENTINEL_DAYS"}
    assert when(answer) == (("2026-02-03", False) if completed else (None, True))
    told = "and has not completed the infusion" in text(answer, "SENTINEL_DAYS")
    assert told is not completed


def test_only_the_first_is_the_sentinel() -> None:
    first = patient("01", "2026-01-05", cleared_on="2026-01-19")
    assert ask(CT1192, "2026-01-20", patient("02", "2026-01-19"), first).allowed


@pytest.mark.parametrize(
    ("infused", "completed", "sentinel"),
    [
        (("2026-01-05", "2026-01-06"), ("2026-01-08", "2026-01-06"), "01"),
        (("2026-01-05", "2026-01-05"), ("2026-01-08", "2026-01-06"), "02"),
        (("2026-01-05", "2026-01-05"), ("2026-01-06", "2026-01-06"), "01"),
    ],
)
def test_the_first_is_who_was_infused_first_then_who_completed_first(
    infused: tuple[str, str], completed: tuple[str, str], sentinel: str
) -> None:
    both = [
        patient(name, begun, infusion_completed=done)
        for name, begun, done in zip(("01", "02"), infused, completed, strict=True)
    ]
    assert {each.subject for each in ask(CT1192, "2026-01-10", *both).reasons} == {sentinel}


def test_a_sentinel_counts_from_the_completed_infusion() -> None:
    slow = patient("01", "2026-01-05", infusion_completed="2026-01-06", cleared_on="2026-01-15")
    answer = ask(CT1192, "2026-01-19", slow)
    assert when(answer) == ("2026-01-20", False)
    assert "Patient 01 completed the infusion on 2026-01-06, and the wait" in text(
        answer, "SENTINEL_DAYS"
    )
    assert when(ask(staggered(CT1192, anchor="infusion_start"), "2026-01-18", slow)) == (
        "2026-01-19",
        False,
    )


def test_the_text_of_a_missing_clearance() -> None:
    answer = ask(CT1192, "2026-01-20", patient("01", "2026-01-05"))
    assert text(answer, "SENTINEL_NOT_CLEARED") == (
        "No clearance of patient 01 is recorded: The others wait for the first."
    )
    chain = staggered(LMY, needs_clearance=True)
    assert codes(ask(chain, "2025-04-15", patient("01", "2025-04-01"))) == {"STAGGER_NOT_CLEARED"}


def between(**changes: Any) -> GateRules:
    return staggered(LMY, kind="between_cohorts", gated_act="infuse", **changes)


def test_a_cohort_waits_for_the_last_patient_of_the_one_before() -> None:
    three = [patient(f"0{n}", f"2024-01-{n:02}") for n in (1, 2)]
    last = patient("03", "2024-02-01")
    wait = between(at_least=Limit("P35D"))
    answer = ask(wait, "2024-03-06", *three, last, level="2")
    assert codes(answer) == {"STAGGER_BETWEEN_COHORTS"}
    left = patient("00", "2024-01-01", evaluable=False)  # of the cohort, but in no slot of it
    assert "STAGGER_BETWEEN_COHORTS" in codes(ask(wait, "2024-03-06", left, *three, last))
    assert ask(wait, "2024-01-04", left, *three).allowed
    assert when(answer) == ("2024-03-07", False)
    assert ask(wait, "2024-03-07", *three, last, level="2").allowed
    begun = patient("04", "2024-03-07", dose_level="2")
    assert ask(wait, "2024-03-08", *three, last, begun, level="2").allowed
    assert ask(wait, "2024-01-04", *three).allowed
    one_dlt = patient("03", "2024-02-01", dlt="2024-02-03")
    assert codes(ask(wait, "2024-03-06", *three, one_dlt)) == {"STAGGER_BETWEEN_COHORTS"}
    down = ask(wait, "2024-03-06", three[0], one_dlt, level="-1")  # two there end no cohort here
    assert codes(down) == {"STAGGER_BETWEEN_COHORTS"}


def test_a_dlt_closes_the_gap_only_where_the_rule_says_so() -> None:
    inside = patient("01", "2025-04-01", dlt="2025-04-14")
    assert ask(IC19, "2025-04-15", inside).allowed
    closing = staggered(IC19, dlt_closes=True)
    answer = ask(closing, "2025-04-15", inside)
    assert codes(answer) == {"STAGGER_DLT"}
    assert when(answer) == ("2025-04-15", True)
    assert "Patient 01 had a DLT, known on 2025-04-14, before 2025-04-15" in text(
        answer, "STAGGER_DLT"
    )
    assert ask(closing, "2025-04-15", patient("01", "2025-04-01")).allowed
    assert ask(closing, "2025-04-16", patient("01", "2025-04-01", dlt="2025-04-15")).allowed
    for cleared, allowed in (("2025-04-13", False), ("2025-04-14", True)):
        again = ask(closing, "2025-04-15", {**inside, "cleared_on": cleared})
        assert again.allowed is allowed


@pytest.mark.parametrize(
    ("limit", "opens"),
    [
        ("P14D", "2025-04-15"),
        ("P2W", "2025-04-15"),
        ("PT336H", "2025-04-16"),
        ("PT335H", "2025-04-16"),
        ("PT337H", "2025-04-17"),
    ],
)
def test_days_compare_dates_and_hours_are_over_for_certain(limit: str, opens: str) -> None:
    rule: StaggerRule = replace(IC19.stagger[0], at_least=Limit(limit))
    answer = ask(replace(IC19, stagger=(rule,)), "2025-04-01", patient("01", "2025-04-01"))
    assert when(answer) == (opens, False)
