"""Phases without cohorts: which doses they open at, and what a DLT there does."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.cohort.gate.findings import GateAnswer
from app.domain.cohort.gate.rules import GateRules, LaterPhases
from tests.domain.cohort.gate.trials import (
    CT1192,
    LATER,
    LMY,
    ask,
    codes,
    level,
    patient,
    text,
    when,
)

NOT_CLEARED = "DOSE_NOT_CLEARED_BY_ESCALATION"


def expand(rules: GateRules, *subjects: dict[str, Any], **more: Any) -> GateAnswer:
    return ask(rules, LATER, *subjects, **{"phase": "expansion", **more})


def of(phase: str | None, patients: list[dict[str, Any]], name: str = "") -> list[dict[str, Any]]:
    return [{**each, "phase": phase, "id": f"{name}{each['id']}"} for each in patients]


def with_later(rules: GateRules, **changes: Any) -> GateRules:
    assert rules.cohorts is not None
    return replace(rules, cohorts=replace(rules.cohorts, later=LaterPhases(**changes)))


@pytest.mark.parametrize("phase", ["escalation", None])
@pytest.mark.parametrize(
    ("n", "dlts", "code"),
    [
        (0, 0, NOT_CLEARED),
        (2, 0, NOT_CLEARED),
        (3, 0, None),
        (3, 1, NOT_CLEARED),
        (5, 1, NOT_CLEARED),
        (6, 1, None),
        (3, 2, "DOSE_EXCEEDS_MTD"),
        (6, 2, "DOSE_EXCEEDS_MTD"),
    ],
)
def test_an_expansion_opens_at_a_dose_that_its_own_cohort_let(
    n: int, dlts: int, code: str | None, phase: str | None
) -> None:
    for rules in (CT1192, LMY):
        for place in ("1", "3"):
            answer = expand(rules, *of(phase, level(place, n, dlts)), level=place)
            assert codes(answer) == ({code} if code else set())
            assert when(answer) == ((None, True) if code else (LATER, False))


def test_a_cohort_that_is_still_observed_has_a_day() -> None:
    cohort = level("1", 3, infused="2025-07-10")
    answer = expand(CT1192, *cohort)
    assert codes(answer) == {NOT_CLEARED}
    assert when(answer) == ("2025-08-08", False)
    unclear = [*level("1", 2), patient("x", "2025-07-10", status="UNDETERMINED")]
    assert codes(expand(CT1192, *unclear)) == {NOT_CLEARED, "SUBJECT_UNDETERMINED"}
    in_doubt = [*level("1", 1, 1), unclear[2], patient("y", LATER)]
    assert codes(expand(CT1192, *in_doubt)) == {NOT_CLEARED}


def test_who_follows_a_decided_cohort_is_not_waited_for() -> None:
    """Their phase is not told, but the cohort was decided before them."""
    follows = patient("x", LATER)
    assert expand(LMY, *level("1", 3), follows).allowed
    assert expand(LMY, *level("1", 6, 1), follows).allowed
    of_the_cohort = {**follows, "phase": "escalation"}
    assert codes(expand(LMY, *level("1", 3), of_the_cohort)) == {NOT_CLEARED}
    unclear = {**follows, "status": "UNDETERMINED"}
    assert codes(expand(LMY, *level("1", 3), unclear)) == {NOT_CLEARED, "SUBJECT_UNDETERMINED"}
    assert expand(LMY, *level("1", 6, 1), unclear).allowed


def test_a_dlt_within_the_first_six_may_be_one_of_the_cohort() -> None:
    fourth = patient("x", "2025-05-01", dlt="2025-05-09")
    assert codes(expand(LMY, *level("1", 3), fourth)) == {NOT_CLEARED}
    more = [patient(str(n), "2025-05-02") for n in range(2)]
    assert expand(LMY, *level("1", 3), fourth, *more).allowed


def test_lower_levels_may_be_untold_but_not_undecided() -> None:
    own = level("2", 3)
    assert expand(LMY, *own, level="2").allowed
    for dlts, code in ((1, "LOWER_DOSE_NEEDS_SIX"), (2, "LOWER_DOSE_EXCEEDS_MTD")):
        assert codes(expand(LMY, *own, *level("1", 3, dlts), level="2")) == {code}
    for place in ("2", "3"):  # whatever else is lacking
        below = expand(LMY, *own, *level("-1", 3, 3), level=place)
        assert codes(below) == {"LOWER_DOSE_EXCEEDS_MTD"}
    both = expand(LMY, *level("2", 2, 2), *level("-1", 3, 3), level="2")
    assert codes(both) == {"LOWER_DOSE_EXCEEDS_MTD", "DOSE_EXCEEDS_MTD"}


def test_every_patient_of_the_escalation_counts_also_after_the_sixth() -> None:
    seven = level("1", 6, 1)
    seven.append(patient("7", "2025-05-01", dlt="2025-05-09"))
    for rules in (CT1192, LMY):
        assert codes(expand(rules, *of("escalation", seven))) == {"DOSE_EXCEEDS_MTD"}
        assert "DOSE_EXCEEDS_MTD" in codes(ask(rules, LATER, *of("escalation", seven)))
    assert expand(CT1192, *seven).allowed  # of unknown phase: taken to be of the expansion
    assert codes(expand(LMY, *seven)) == {"EXPANSION_DLT"}


def test_where_a_committee_chooses_the_dose_only_what_exceeds_is_shut() -> None:
    rules = with_later(LMY, opens="any_dose")
    assert expand(rules, level="3").allowed
    assert expand(rules, *level("1", 2, 1)).allowed
    assert codes(expand(rules, *level("1", 2, 2))) == {"DOSE_EXCEEDS_MTD"}


def test_a_dose_of_whose_cohort_nothing_is_told_may_open_as_told() -> None:
    rules = with_later(LMY, opens="as_told")
    yesterday = patient("e", "2025-07-31")
    assert expand(rules, level="3").allowed
    assert expand(rules, yesterday).allowed
    assert codes(expand(rules, *of("escalation", level("1", 2)))) == {
        "DOSE_NOT_CLEARED_BY_ESCALATION"
    }
    assert codes(expand(rules, *level("1", 2, 1))) >= {"DOSE_NOT_CLEARED_BY_ESCALATION"}
    open_verdict = patient("u", "2025-01-01", status="UNDETERMINED")
    assert not expand(rules, open_verdict).allowed
    below = of("escalation", level("1", 2))
    assert codes(expand(rules, *below, level="2")) == {"LOWER_DOSE_COHORT_INCOMPLETE"}
    assert expand(rules, *level("1", 2), level="2").allowed


def test_a_dlt_of_the_expansion_holds_its_level_and_all_higher_ones() -> None:
    expanded = of("expansion", level("1", 5, 1), "e")
    cohort = of("escalation", level("1", 3))
    known = [*cohort, *expanded, *of("escalation", level("2", 3, 1))]
    known += of("escalation", [patient(f"2/{n}", "2025-05-01", dose_level="2") for n in (3, 4)])
    last = patient("2/5", "2025-05-01", dose_level="2", phase="escalation")
    for phase, place in (("escalation", "2"), ("expansion", "1"), ("expansion", "2")):
        answer = ask(LMY, LATER, *known, *([last] if phase == "expansion" else []),
                     phase=phase, level=place)  # fmt: skip
        assert [(reason.code, reason.subject) for reason in answer.reasons] == [
            ("EXPANSION_DLT", "e1/0")
        ]
        assert when(answer) == (None, True)
        assert text(answer, "EXPANSION_DLT") == (
            "Patient e1/0 had a DLT, known on 2025-04-01, outside the cohorts of dose level 1. It "
            "may change what the maximum tolerated dose is: that level and those above it wait "
            "for a clearance that is recorded after it."
        )
    assert "EXPANSION_DLT" not in codes(ask(LMY, LATER, *known, level="-1"))


@pytest.mark.parametrize(
    ("cleared", "shut"), [(None, True), ("2025-04-08", True), ("2025-04-09", False)]
)
def test_a_person_lets_others_follow_a_dlt_of_the_expansion(
    cleared: str | None, shut: bool
) -> None:
    one = patient("e", "2025-04-01", phase="expansion", dlt="2025-04-09", cleared_on=cleared)
    answer = expand(LMY, *of("escalation", level("1", 3)), one)
    assert codes(answer) == ({"EXPANSION_DLT"} if shut else set())


def test_where_no_dlt_is_observed_in_the_expansion_none_counts() -> None:
    expanded = of("expansion", level("1", 5, 5), "e")
    known = [*of("escalation", level("1", 3)), *expanded]
    assert expand(CT1192, *known).allowed
    assert expand(with_later(LMY, dlts="not_counted"), *known).allowed


def test_without_cohorts_a_committee_admits() -> None:
    assert expand(replace(CT1192, cohorts=None), level="3").allowed
