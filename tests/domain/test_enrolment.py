"""From a protocol document to the rules of the gate."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from typing import Any, get_args

import pytest

from app.data.protocols import load, make_ready
from app.domain.cohort.gate.rules import Act, GateRules, Kind, TakenReading
from app.domain.dlt.text.surroundings import trial_blocks
from app.domain.enrolment import gate_rules
from app.domain.errors import BadProtocol
from app.domain.time import Limit


def rules(protocol_id: str, readings: Mapping[str, str] | None = None) -> GateRules:
    return gate_rules(load(protocol_id).ready, readings)


def refused(protocol_id: str, **changes: Any) -> list[tuple[str, str]]:
    document = {**deepcopy(dict(load(protocol_id).document)), **changes}
    with pytest.raises(BadProtocol) as error:
        gate_rules(make_ready(document))
    return [(fault.pointer, fault.message) for fault in error.value.faults]


def test_ic19_has_two_levels_the_first_pair_and_the_window_of_its_definition() -> None:
    found = rules("NCT06886919")
    assert [(level.id, level.role) for level in found.ladder] == [
        ("1", "start"),
        ("2", "escalation"),
    ]
    assert found.window is not None
    assert found.window.over_from(date(2025, 4, 1)) == date(2025, 4, 30)
    assert not found.window.early_completion
    (stagger,) = found.stagger
    assert (stagger.kind, stagger.gated_act, stagger.dlt_closes) == ("first_pair", "infuse", False)
    assert found.cohorts is not None
    assert (found.cohorts.variant, found.cohorts.at) == (
        "no-de-escalation",
        "Detailed Description, 2",
    )
    assert found.caps == ()


def test_levels_of_which_only_the_number_is_stated_are_numbered() -> None:
    found = rules("NCT06340750")
    assert [(level.id, level.role) for level in found.ladder] == [
        ("-1", "de_escalation"),
        ("1", "start"),
        ("2", "escalation"),
        ("3", "escalation"),
    ]
    assert [(cap.most, cap.phase, cap.says) for cap in found.caps] == [
        (40, None, "At most 40 patients in the study.")
    ]


@pytest.mark.parametrize(
    ("readings", "at_least", "across", "closes"),
    [
        ({}, "P14D", False, False),
        ({"R-GATE-DAY": "after-day-14"}, "P15D", False, False),
        ({"R-GATE-DOSES": "across-doses"}, "P14D", True, False),
        ({"R-GATE-DLT": "gap-closes"}, "P14D", False, True),
    ],
)
def test_a_reading_decides_a_stagger(
    readings: Mapping[str, str], at_least: str, across: bool, closes: bool
) -> None:
    (stagger,) = rules("NCT06340750", readings).stagger
    assert stagger.at_least == Limit(at_least)
    assert (stagger.across_doses, stagger.dlt_closes) == (across, closes)


def test_the_window_of_lmy920_is_an_assumption_that_can_be_dropped() -> None:
    window = rules("NCT06340750").window
    assert window is not None
    assert window.over_from(date(2024, 3, 14)) == date(2024, 4, 12)
    assert rules("NCT06340750", {"R-GATE-WINDOW": "not-assumed"}).window is None


def test_ct1192_has_a_sentinel_early_completion_and_a_cap_of_the_expansion() -> None:
    found = rules("NCT07339332")
    (stagger,) = found.stagger
    assert (stagger.kind, stagger.needs_clearance) == ("sentinel", True)
    assert stagger.phases == ("escalation",)
    assert found.window is not None
    assert found.window.early_completion
    assert [(cap.most, cap.phase, cap.per_level) for cap in found.caps] == [(9, "expansion", True)]
    other = rules("NCT07339332", {"R-GATE-SLOTS": "no-slots", "R-GATE-PHASE": "expansion-too"})
    assert other.cohorts is None
    assert other.stagger[0].phases == ("escalation", "expansion")


@pytest.mark.no_cover
def test_a_text_that_states_no_rule_opens_no_gate() -> None:
    ((where, told),) = refused("LCAR-AIO")
    assert where == "/enrolment"
    assert "states neither cohorts nor a stagger rule" in told


def test_a_document_with_a_stagger_is_told_what_to_add() -> None:
    ((where, told),) = refused("NCT06340750", enrolment=None)
    assert where == "/enrolment"
    assert "has stagger rules and no part 'enrolment'" in told
    assert "add it, as {} where the stagger rules are all" in told


NO_COHORTS = {"cohorts": {"reading": "R-GATE-SLOTS", "options": {"slots-of-three": None,
                                                                 "no-slots": None}}}  # fmt: skip


@pytest.mark.parametrize("enrolment", [{}, {"study_cap": 40}, {"cohorts": None}, NO_COHORTS])
def test_a_document_with_neither_cohorts_nor_stagger_says_that_a_committee_admits(
    enrolment: dict[str, Any],
) -> None:
    ((where, told),) = refused("NCT07339332", enrolment=enrolment, stagger=[])
    assert where == "/enrolment"
    assert "would always be open" in told
    assert "'committee_admits: true'" in told
    stated = {**enrolment, "committee_admits": True}
    document = {**load("NCT07339332").document, "enrolment": stated, "stagger": []}
    found = gate_rules(make_ready(document))
    assert (found.cohorts, found.stagger) == (None, ())


def test_a_document_without_definition_and_window_waits_for_recorded_completions() -> None:
    document = {**load("NCT06340750").document, "enrolment": {}}
    found = gate_rules(make_ready(document))
    assert (found.window, found.cohorts) == (None, None)


def test_ct1192_states_its_assumed_slots_itself() -> None:
    """Its design is a target rate, which is no rule of cohorts."""
    cohorts = rules("NCT07339332").cohorts
    assert cohorts is not None
    assert cohorts.at == "Reading R-GATE-SLOTS; the text states no cohorts"
    assert cohorts.says.startswith("The slots of a 3+3 are assumed")
    document = deepcopy(dict(load("NCT07339332").document))
    document["enrolment"] = {"cohorts": {"variant": "de-escalation", "phases": ["escalation"]}}
    other = gate_rules(make_ready(document)).cohorts
    assert other is not None
    assert other.says == "Cohorts of three, and three more after one DLT."


@pytest.mark.parametrize(
    ("trial", "readings", "opens", "dlts"),
    [
        ("NCT06340750", {}, "as_told", "person_decides"),
        ("NCT06340750", {"R-GATE-EXPANSION": "own-cohort"}, "after_own_cohort", "person_decides"),
        ("NCT06340750", {"R-GATE-EXPANSION": "any-dose"}, "any_dose", "person_decides"),
        ("NCT06340750", {"R-GATE-LATE-DLT": "own-monitoring"}, "as_told", "not_counted"),
        ("NCT07339332", {}, "as_told", "not_counted"),
        ("NCT07339332", {"R-GATE-EXPANSION": "any-dose"}, "any_dose", "not_counted"),
        ("NCT06886919", {}, "after_own_cohort", "person_decides"),
    ],
)
def test_what_holds_in_an_expansion(
    trial: str, readings: Mapping[str, str], opens: str, dlts: str
) -> None:
    cohorts = rules(trial, readings).cohorts
    assert cohorts is not None
    assert (cohorts.later.opens, cohorts.later.dlts) == (opens, dlts)


def test_a_window_counts_from_the_infusion_that_the_text_names() -> None:
    for trial, anchor in (
        ("NCT06886919", "each_infusion"),
        ("NCT07339332", "first_infusion"),
        ("NCT06340750", "each_infusion"),
    ):
        window = rules(trial).window
        assert window is not None
        assert window.anchor == anchor
    stated = {"window": {"anchor": "first_infusion", "first_day": 1, "through": "P30D"}}
    document = {**load("NCT06340750").document, "enrolment": stated}
    window = gate_rules(make_ready(document)).window
    assert window is not None
    assert (window.anchor, window.first_day) == ("first_infusion", 1)


def taken(readings: tuple[TakenReading, ...]) -> dict[str, str]:
    return {reading.id: reading.option for reading in readings}


def test_a_rule_tells_the_readings_that_it_rests_on() -> None:
    found = rules("NCT06340750", {"R-GATE-WINDOW": "not-assumed"})
    assert found.window is None
    assert taken(found.window_readings) == {"R-GATE-WINDOW": "not-assumed"}
    found = rules("NCT06340750")
    assert taken(found.window_readings) == {"R-GATE-WINDOW": "assumed-28-days"}
    assert found.window_readings[0].says == (
        "28 days after the infusion, day 28 inside; the text states none."
    )
    assert found.cohorts is not None
    assert found.cohorts.readings == ()
    assert taken(found.cohorts.later.readings) == {"R-GATE-EXPANSION": "as-told"}
    assert taken(found.cohorts.later.dlt_readings) == {"R-GATE-LATE-DLT": "person-decides"}
    (stagger,) = found.stagger
    assert taken(stagger.readings) == {
        "R-GATE-DAY": "on-day-14",
        "R-GATE-DOSES": "within-a-dose",
    }
    assert taken(stagger.dlt_readings) == {"R-GATE-DLT": "gap-stays-open"}
    assert stagger.clearance_readings == ()
    ct1192 = rules("NCT07339332", {"R-GATE-CLEARED": "from-day-14"})
    assert ct1192.cohorts is not None
    assert taken(ct1192.cohorts.readings) == {"R-GATE-SLOTS": "slots-of-three"}
    assert ct1192.stagger[0].clearance == "after_wait"
    assert taken(ct1192.stagger[0].clearance_readings) == {"R-GATE-CLEARED": "from-day-14"}


def test_a_window_of_the_definition_tells_the_readings_of_its_length_only() -> None:
    """Not those of what has to lie in it, which is for adjudication."""
    assert taken(rules("NCT06886919").window_readings) == {"R-WIN": "day-28-inside"}
    assert taken(rules("NCT07339332").window_readings) == {
        "R-WIN": "day-28-inside",
        "R-EARLY": "completion-ends-window",
    }
    document = deepcopy(dict(load("NCT06886919").document))
    document["readings"] += [
        {"id": "R-ALL", "question": "Which?", "options": {"this": "This."}, "default": "this"}
    ]
    window = {"reading": "R-ALL", "options": {"this": document["dlt"]["window"]}}
    document["dlt"]["window"] = window
    whole = taken(gate_rules(make_ready(document)).window_readings)
    assert whole == {"R-WIN": "day-28-inside", "R-ALL": "this"}


def test_a_reading_of_a_whole_and_of_one_in_a_list_is_told_too() -> None:
    document = deepcopy(dict(load("NCT06340750").document))
    phase = {"reading": "R-GATE-DOSES", "options": {"within-a-dose": "escalation",
                                                   "across-doses": "expansion"}}  # fmt: skip
    cohorts = {"variant": "six-at-mtd", "phases": [phase]}
    document["enrolment"] = {"reading": "R-GATE-DAY", "options": {
        "on-day-14": {"cohorts": cohorts, "study_cap": 40}, "after-day-14": None}}  # fmt: skip
    found = gate_rules(make_ready(document))
    assert found.cohorts is not None
    assert taken(found.cohorts.readings) == {
        "R-GATE-DAY": "on-day-14",
        "R-GATE-DOSES": "within-a-dose",
    }
    (cap,) = found.caps
    assert taken(cap.readings) == {"R-GATE-DAY": "on-day-14"}
    assert taken(found.stagger[0].readings) == {"R-GATE-DAY": "on-day-14"}


@pytest.mark.no_cover
@pytest.mark.parametrize("act", get_args(Act))
@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_document_can_state_every_kind_of_stagger_and_each_act(kind: str, act: str) -> None:
    document = deepcopy(dict(load("NCT06886919").document))
    document["stagger"][0] |= {"kind": kind, "gated_act": act}
    made = make_ready(document)
    (stagger,) = gate_rules(made).stagger
    assert (stagger.kind, stagger.gated_act) == (kind, act)
    told = str(trial_blocks(made.document))
    before = {"enrol": "being enrolled", "lymphodeplete": "lymphodepletion"}
    who = {
        "first_pair": "the second patient of a dose group waits",
        "each_consecutive_pair": "each patient waits",
        "sentinel": "the others of a dose group wait",
        "between_cohorts": "each cohort waits for the last patient of the one before",
    }
    assert f"Before {before.get(act, 'being infused')}, {who[kind]}" in told


def test_without_a_locator_of_the_design_the_source_is_named() -> None:
    document = {
        **load("NCT06340750").document,
        "design": {"kind": "3+3"},
        "enrolment": {"cohorts": {"variant": "de-escalation", "phases": ["escalation"]}},
    }
    cohorts = gate_rules(make_ready(document)).cohorts
    assert cohorts is not None
    assert cohorts.says == "Cohorts of three, and three more after one DLT."
    assert cohorts.at


@pytest.mark.parametrize(
    ("enrolment", "where", "what"),
    [
        ({"cohort": None}, "/enrolment/cohort", "Unexpected keyword argument"),
        ({"study_cap": 0}, "/enrolment/study_cap", "greater than or equal to 1"),
        (
            {"stagger": {"phases": ["nowhere"]}},
            "/enrolment/stagger/phases",
            "there is no phase 'nowhere'; there are escalation, expansion",
        ),
        (
            {"cohorts": {"variant": "six-at-mtd", "phases": ["nowhere"]}},
            "/enrolment/cohorts/phases",
            "there is no phase 'nowhere'",
        ),
        (
            {"cohorts": {"reading": "R-NONE", "options": {}}},
            "/enrolment/cohorts",
            "reading 'R-NONE' has the options none",
        ),
    ],
)
def test_what_cannot_be_used_is_pointed_at(
    enrolment: Mapping[str, Any], where: str, what: str
) -> None:
    ((pointer, told),) = refused("NCT06340750", enrolment=enrolment)
    assert pointer == where
    assert what in told


def test_a_ladder_needs_one_start() -> None:
    levels = [{"id": "1", "cells": 1}, {"id": "2", "cells": 2}]
    ((where, told),) = refused("NCT06886919", ladder={"levels": levels})
    assert where == "/ladder"
    assert "one level with the role start; this one has 0" in told
