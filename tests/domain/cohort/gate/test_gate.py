from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.cohort.design import NotOfThisDesign
from app.domain.cohort.gate.rules import Cap, GateRules, LaterPhases, Level, TakenReading
from tests.domain.cohort.gate.trials import (
    CT1192,
    IC19,
    LMY,
    ask,
    codes,
    escalating,
    level,
    patient,
    text,
    when,
)


def hold(scope: Any = "study", **more: Any) -> dict[str, Any]:
    return {"scope": scope, "reason": "a death", **more}


@pytest.mark.parametrize(
    ("begun", "lifted", "shut"),
    [
        (None, None, True),
        ("2025-04-01", None, True),
        ("2025-04-02", None, False),
        ("2025-03-01", "2025-04-01", False),
        ("2025-03-01", "2025-04-02", True),
    ],
)
def test_a_hold_shuts_the_gate_until_it_is_lifted(
    begun: str | None, lifted: str | None, shut: bool
) -> None:
    answer = ask(IC19, "2025-04-01", holds=[hold(**{"from": begun}, lifted_on=lifted)])
    assert codes(answer) == ({"HOLD"} if shut else set())
    assert when(answer) == ((None, True) if shut else ("2025-04-01", False))
    if shut:
        since = f" since {begun}" if begun else ""
        assert text(answer, "HOLD") == f"A hold stands{since} on the whole study: a death"


@pytest.mark.parametrize(
    ("scope", "asked", "shut"),
    [
        ({}, {}, True),
        ({"dose_level": "1"}, {}, True),
        ({"dose_level": "-1"}, {}, True),
        ({"dose_level": "2"}, {}, False),
        ({"subject": "07"}, {}, False),
        ({"subject": "07"}, {"subject": "08"}, False),
        ({"subject": "07"}, {"subject": "07"}, True),
        ({"site": "A"}, {}, True),
        ({"site": "A"}, {"site": "A"}, True),
        ({"site": "A"}, {"site": "B"}, False),
    ],
)
def test_a_hold_stops_what_its_scope_says(
    scope: dict[str, str], asked: dict[str, str], shut: bool
) -> None:
    answer = ask(LMY, "2025-04-01", holds=[hold(scope)], **asked)
    assert answer.allowed is not shut
    if "subject" in scope and shut:
        assert answer.reasons[0].subject == "07"
        assert "on patient 07: a death" in answer.reasons[0].text
    if "dose_level" in scope and shut:
        assert f"dose level {scope['dose_level']} and those above it" in answer.reasons[0].text


def test_a_hold_of_one_patient_is_told_of_where_nobody_is_named() -> None:
    held = [hold({"subject": "07"}), hold({"subject": "07", "dose_level": "2"}), hold()]
    answer = ask(LMY, "2025-04-01", holds=held)
    assert [reason.text for reason in answer.reasons] == [
        "A hold stands on the whole study: a death"
    ]
    assert answer.notes == (
        "A hold stands on patient 07, and shuts the gate for that patient alone: name the subject "
        "to ask about one.",
    )
    assert ask(LMY, "2025-04-01", holds=held, subject="08").notes == ()
    past = [hold({"subject": "07"}, lifted_on="2025-04-01"), held[1]]
    assert ask(LMY, "2025-04-01", holds=past).notes == ()


def test_a_hold_leaves_the_day_of_what_has_one() -> None:
    answer = ask(IC19, "2025-04-02", patient("01", "2025-04-01"), holds=[hold()])
    assert codes(answer) == {"HOLD", "STAGGER_FIRST_PAIR"}
    assert when(answer) == ("2025-04-15", True)


def test_a_phase_takes_so_many_of_a_dose() -> None:
    nine = [patient(str(n), "2026-01-05", phase="expansion") for n in range(9)]
    cleared = [{**each, "phase": "escalation"} for each in (*level("1", 3), *level("2", 3))]
    asked = {"phase": "expansion"}
    assert ask(CT1192, "2026-01-06", *nine[:8], *cleared, **asked).allowed
    answer = ask(CT1192, "2026-01-06", *nine, *cleared, **asked)
    assert codes(answer) == {"LEVEL_CAP_REACHED"}
    assert when(answer) == (None, True)
    assert text(answer, "LEVEL_CAP_REACHED") == (
        "The phase expansion, dose level 1, has 9 of at most 9 patients: At most nine of a dose."
    )
    assert ask(CT1192, "2026-01-06", *nine, *cleared, level="2", **asked).allowed
    elsewhere = [{**each, "phase": "escalation", "infused": "2025-04-01"} for each in nine]
    assert ask(CT1192, "2026-01-06", *elsewhere, **asked).allowed


def test_a_study_and_a_phase_take_so_many() -> None:
    caps = (
        Cap(at="a", says="Two.", most=2),
        Cap(at="b", says="One.", most=1, phase="p"),
        Cap(at="c", says="One.", most=1, phase="q"),
    )
    rules = GateRules(ladder=escalating("1"), phases=("p", "q"), caps=caps)
    known = [patient("1", "2026-01-05", phase="p"), patient("2", enrolled="2026-01-05")]
    assert codes(ask(rules, "2026-01-06", known[0], phase="q", act="enrol")) == set()
    answer = ask(rules, "2026-01-06", *known, phase="p", act="infuse")
    assert codes(answer) == {"PHASE_CAP_REACHED"}
    assert "The phase p has 1 of at most 1 patients: One." in answer.reasons[0].text
    for act in ("enrol", None):  # whoever is enrolled has a place, asked about it or about any act
        both = ask(rules, "2026-01-06", *known, phase="p", act=act)
        assert codes(both) == {"STUDY_CAP_REACHED", "PHASE_CAP_REACHED"}


def reading(name: str) -> TakenReading:
    return TakenReading(id=name, option="assumed", says="The text is silent.")


def read_as(rules: GateRules) -> GateRules:
    """The same rules, each part of which is a reading."""
    assert rules.cohorts is not None
    assert rules.window is not None
    later = LaterPhases(readings=(reading("R-OPENS"),), dlt_readings=(reading("R-LATE"),))
    return replace(
        rules,
        cohorts=replace(rules.cohorts, readings=(reading("R-SLOTS"),), later=later),
        window=replace(rules.window, readings=(reading("R-WINDOW"),)),
        stagger=tuple(
            replace(
                each,
                readings=(reading("R-DAY"),),
                clearance_readings=(reading("R-CLEARED"),),
                dlt_readings=(reading("R-DLT"),),
                dlt_closes=True,
            )
            for each in rules.stagger
        ),
        caps=tuple(replace(each, readings=(reading("R-CAP"),)) for each in rules.caps),
    )


@pytest.mark.parametrize(
    ("rules", "known", "asked", "code", "readings"),
    [
        (IC19, level("1", 3), {"level": "2"}, "LOWER_DOSE_WINDOW_OPEN", ["R-SLOTS", "R-WINDOW"]),
        (IC19, level("1", 3), {}, "COHORT_FULL_WINDOW_OPEN", ["R-SLOTS", "R-WINDOW"]),
        (IC19, level("1", 2, 2), {}, "DOSE_EXCEEDS_MTD", ["R-SLOTS"]),
        (IC19, [], {"level": "2"}, "LOWER_DOSE_COHORT_INCOMPLETE", ["R-SLOTS"]),
        (IC19, level("1", 1), {}, "STAGGER_FIRST_PAIR", ["R-DAY"]),
        (IC19, level("1", 1, 1), {}, "STAGGER_DLT", ["R-DAY", "R-DLT"]),
        (CT1192, level("1", 1), {}, "SENTINEL_NOT_CLEARED", ["R-DAY", "R-CLEARED"]),
        (LMY, [], {"phase": "expansion"}, "DOSE_NOT_CLEARED_BY_ESCALATION",
         ["R-SLOTS", "R-OPENS"]),
        (LMY, level("1", 3), {"phase": "expansion"}, "DOSE_NOT_CLEARED_BY_ESCALATION",
         ["R-SLOTS", "R-OPENS", "R-WINDOW"]),
        (LMY, [{**level("1", 1, 1)[0], "phase": "expansion"}], {}, "EXPANSION_DLT",
         ["R-SLOTS", "R-LATE"]),
        (LMY, level("1", 40), {}, "STUDY_CAP_REACHED", ["R-CAP"]),
    ],
)  # fmt: skip
def test_a_reason_tells_the_readings_that_it_rests_on(
    rules: GateRules,
    known: list[dict[str, Any]],
    asked: dict[str, str],
    code: str,
    readings: list[str],
) -> None:
    answer = ask(read_as(rules), "2025-04-02", *known, **asked)
    (told,) = (reason.readings for reason in answer.reasons if reason.code == code)
    assert [each.id for each in told] == readings


def faults(rules: GateRules, *subjects: dict[str, Any], **more: Any) -> dict[str, str]:
    with pytest.raises(NotOfThisDesign) as refused:
        ask(rules, "2025-04-30", *subjects, **more)
    return {fault.pointer: fault.message for fault in refused.value.faults}


def test_unknown_names_are_told_with_the_known_ones_and_all_at_once() -> None:
    told = faults(
        LMY,
        patient("01", dose_level="4", phase="x"),
        patient("01"),
        level="0",
        phase="II",
        holds=[hold({"dose_level": "9"}), hold(**{"from": "2025-02-02"}, lifted_on="2025-02-01")],
    )
    assert told == {
        "/dose_level": "there is no dose level '0'; there are '-1', '1', '2', '3'",
        "/phase": "there is no phase 'II'; there are 'escalation', 'expansion'",
        "/holds/0/scope/dose_level": "there is no dose level '9'; there are '-1', '1', '2', '3'",
        "/holds/1/lifted_on": "a hold from 2025-02-02 on cannot have been lifted on 2025-02-01",
        "/subjects/0/dose_level": "there is no dose level '4'; there are '-1', '1', '2', '3'",
        "/subjects/0/phase": "there is no phase 'x'; there are 'escalation', 'expansion'",
        "/subjects/1/id": "patient 01 is also /subjects/0: give each patient once",
    }


@pytest.mark.parametrize(
    ("days", "at"),
    [
        ({"enrolled": "2025-04-02", "lymphodepleted": "2025-04-01"}, {"lymphodepleted"}),
        ({"enrolled": "2025-04-02", "infused": "2025-04-01"}, {"infused"}),
        ({"lymphodepleted": "2025-04-02", "infused": "2025-04-01"}, {"infused"}),
        ({"infused": "2025-04-02", "infusion_completed": "2025-04-01"}, {"infusion_completed"}),
        ({"infused": "2025-04-02", "dlt": "2025-04-01"}, {"dlt"}),
        ({"infused": "2025-04-02", "cleared_on": "2025-04-01"}, {"cleared_on"}),
        ({"infused": "2025-04-02", "window_completed_on": "2025-04-01"}, {"window_completed_on"}),
        ({"cleared_on": "2025-04-01", "dlt": "2025-04-01"}, {"cleared_on", "dlt"}),
        ({"infused": "2200-01-01"}, {"infused"}),
        ({"infused": "2025-04-01", "status": "DLT"}, {"status"}),
        ({"infused": "2025-04-01", "status": "DLT", "dlt": "2025-05-01"}, {"status"}),
        ({"infused": "2025-04-01", "status": "PENDING", "dlt": "2025-04-30"}, {"status"}),
        ({"infused": "2025-04-01", "status": "NO_DLT", "dlt": "2025-04-30"}, {"status"}),
        ({"infused": "2025-04-01", "pending_until": "2025-04-30"}, {"pending_until"}),
        ({"infused": "2025-04-02", "last_infused": "2025-04-01"}, {"last_infused"}),
        ({"last_infused": "2025-04-01"}, {"last_infused"}),
        (
            {
                "infused": "2025-04-01",
                "infusion_completed": "2025-04-03",
                "cleared_on": "2025-04-02",
            },
            {"cleared_on"},
        ),
        ({"infused": "2025-04-01", "evaluable": False, "status": "PENDING"}, {"evaluable"}),
        ({"infused": "2025-04-01", "evaluable": False, "status": "UNDETERMINED"}, {"evaluable"}),
        ({"infused": "2025-04-01", "evaluable": False, "status": "IN_WINDOW"}, {"evaluable"}),
    ],
)
def test_a_record_that_contradicts_itself_is_refused(days: dict[str, Any], at: set[str]) -> None:
    assert set(faults(IC19, patient("01", **days))) == {f"/subjects/0/{name}" for name in at}


def test_a_status_that_agrees_is_taken() -> None:
    known = patient("01", "2025-04-01", status="DLT", dlt="2025-04-30")
    assert ask(IC19, "2025-04-30", known).allowed
    later = patient("01", "2025-04-01", status="PENDING", dlt="2025-05-01")
    assert ask(IC19, "2025-04-30", later).allowed
    same_day = patient("01", "2025-04-01", infusion_completed="2025-04-01")
    same_day |= {"last_infused": "2025-04-01", "cleared_on": "2025-04-01"}
    assert ask(IC19, "2025-04-30", same_day).allowed
    out = patient("01", "2025-04-01", evaluable=False, status="NOT_EVALUABLE")
    assert ask(IC19, "2025-04-30", out).allowed


def test_a_day_far_away_is_refused() -> None:
    with pytest.raises(NotOfThisDesign, match="the year must be 1900 to 2199"):
        ask(IC19, "1899-12-31")


def test_a_misspelt_field_is_refused() -> None:
    with pytest.raises(ValidationError):
        ask(IC19, "2025-04-30", {**patient("01"), "infusd": "2025-04-01"})


@pytest.mark.parametrize(
    ("ladder", "told"),
    [
        ((), "this one has 0"),
        ((*escalating("1"), *escalating("2")), "this one has 2"),
        (
            (*escalating("1", "2"), Level(id="2", role="escalation")),
            "a level stands twice in the ladder",
        ),
    ],
)
def test_a_ladder_has_one_start_and_each_level_once(ladder: Any, told: str) -> None:
    with pytest.raises(NotOfThisDesign, match=told):
        GateRules(ladder=ladder, phases=("escalation",))
