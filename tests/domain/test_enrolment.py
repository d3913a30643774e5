"""From a protocol document to the rules of the gate."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from app.data.protocols import load, make_ready
from app.domain.cohort.gate.rules import GateRules
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


def test_a_text_that_states_no_rule_opens_no_gate() -> None:
    ((where, told),) = refused("LCAR-AIO")
    assert where == "/enrolment"
    assert "states neither cohorts nor a stagger rule" in told


def test_a_document_without_definition_and_window_waits_for_recorded_completions() -> None:
    document = {**load("NCT06340750").document, "enrolment": {}}
    found = gate_rules(make_ready(document))
    assert (found.window, found.cohorts) == (None, None)


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
