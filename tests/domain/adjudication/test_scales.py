"""Assessments of components grade the events that they name, beside what was reported."""

import random
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.data.protocols import make_ready
from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import Adjudicated
from app.domain.case import Event
from app.domain.errors import BadCase
from app.domain.time import PartialTime
from tests.builders import LATER, SHANGHAI, event, ic19_protocol, subject
from tests.oracle.ic19 import document

CRS = "Cytokine release syndrome"
FEBRILE = {
    "temperature": "39.1",
    "temperature_unit": "C",
    "hypotension": False,
    "vasopressors": [],
    "hypoxia": False,
    "oxygen_device": "none",
}
LOW = {**FEBRILE, "temperature": 37, "hypotension": True}
ON_A_VASOPRESSOR = {**FEBRILE, "hypotension": True, "vasopressors": ["norepinephrine"]}
ADULT = {
    "age_years": 45,
    "arousal": "spontaneous",
    "seizure": "none",
    "motor_weakness": "none",
    "cerebral_edema": "none",
    "raised_icp_signs": [],
    "intracranial_hemorrhage": False,
}
POINTS = {
    "year": 1,
    "month": 1,
    "city": 1,
    "hospital": 1,
    "objects_named": 3,
    "follows_command": 1,
    "writes_sentence": 1,
    "counts_backwards": 1,
}


def shown(on: str, components: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An assessment of the first event."""
    return {"scale": "crs", "on": on, "event": "AE-1", "components": components, **more}


def judged(
    *events: Event,
    assessments: list[dict[str, Any]],
    protocol: ReadyProtocol | None = None,
    as_of: str = LATER,
    **recorded: Any,
) -> Adjudicated:
    case = subject(*events, assessments=assessments, **recorded)
    return adjudicate([case], protocol or ic19_protocol(), PartialTime(as_of), SHANGHAI)[0]


def codes(answer: Adjudicated) -> list[str]:
    return [each.code for each in answer.events[0].findings]


def messages(answer: Adjudicated) -> list[str]:
    return [each.message for each in answer.events[0].findings]


MILD = event(CRS, (1, "2026-03-03T08:00+08:00"), (0, "2026-03-07T08:00+08:00"))
FOUR_DAYS_ON_A_VASOPRESSOR = [
    shown("2026-03-03T12:00+08:00", ON_A_VASOPRESSOR),
    shown("2026-03-06T12:30+08:00", ON_A_VASOPRESSOR),
    shown("2026-03-07T12:00+08:00", {**FEBRILE, "temperature": 37}),
]


def test_components_that_agree_add_nothing() -> None:
    answer = judged(MILD, assessments=[shown("2026-03-03T12:00+08:00", FEBRILE)])
    assert answer == judged(MILD, assessments=[])


def test_a_vasopressor_beside_a_reported_grade_1_is_a_query() -> None:
    answer = judged(MILD, assessments=FOUR_DAYS_ON_A_VASOPRESSOR)
    assert answer.events[0].verdict == "NOT_DLT"
    assert codes(answer) == ["computed_grade_differs", "computed_grade_changes_verdict"]
    assert (
        "By ASTCT 2019 (CRS), on 2026-03-03T12:00+08:00 grade 3 is computed, 1 reported"
        in (messages(answer)[0])
    )
    assert "by the computed ones DLT" in messages(answer)[1]


def test_the_protocol_may_have_the_computed_grade_judged() -> None:
    plan = deepcopy(document())
    plan["grading"]["computed"] = "instead"
    answer = judged(MILD, assessments=FOUR_DAYS_ON_A_VASOPRESSOR, protocol=make_ready(plan))
    assert answer.events[0].verdict == "DLT"
    assert codes(answer)[0] == "computed_grade_used"
    assert "by the reported ones NOT_DLT" in messages(answer)[-1]


def test_an_event_without_grades_is_judged_by_its_components() -> None:
    answer = judged(event(CRS), assessments=FOUR_DAYS_ON_A_VASOPRESSOR)
    assert (answer.events[0].verdict, codes(answer)) == ("DLT", ["computed_grade_used"])
    without = judged(event(CRS), assessments=[])
    assert (without.events[0].verdict, codes(without)) == ("UNDETERMINED", ["no_grade"])


def test_masking_is_carried_on_between_assessments_in_order_of_time() -> None:
    answer = judged(
        event(CRS, (1, "2026-03-03T08:00+08:00"), ongoing=True),
        assessments=[
            shown("2026-03-04T12:00+08:00", LOW),
            shown("2026-03-03T12:00+08:00", {**FEBRILE, "masking_therapy": "tocilizumab"}),
        ],
    )
    assert codes(answer) == ["computed_grade_differs"]
    assert "on 2026-03-04T12:00+08:00 grade 2 is computed, 1 reported" in messages(answer)[0]


def test_an_open_grade_says_what_is_missing() -> None:
    hypoxia = {**FEBRILE, "hypoxia": True, "oxygen_device": "nasal_cannula"}
    answer = judged(event(CRS), assessments=[shown("2026-03-03T12:00+08:00", hypoxia)])
    assert codes(answer) == ["computed_grade_used", "computed_grade_open"]
    assert "missing: oxygen_flow_l_min" in messages(answer)[1]


def test_what_is_odd_about_components_is_told_once() -> None:
    odd = {**FEBRILE, "hypotension": True, "vasopressors": ["wonderine"]}
    answer = judged(
        event(CRS, (2, "2026-03-03T08:00+08:00"), ongoing=True),
        assessments=[shown(f"2026-03-{day:02}T12:00+08:00", odd) for day in (3, 4)],
    )
    assert codes(answer) == ["unknown_vasopressor"]
    assert messages(answer)[0].startswith("CRS components of 2026-03-03T12:00+08:00: 'wonderine'")


def test_an_assessment_after_the_cut_is_not_there() -> None:
    answer = judged(MILD, assessments=FOUR_DAYS_ON_A_VASOPRESSOR, as_of="2026-03-03T11:59+08:00")
    assert answer == judged(MILD, assessments=[], as_of="2026-03-03T11:59+08:00")


def test_ice_items_of_the_same_time_make_icans_its_score() -> None:
    time = "2026-03-05T08:00+08:00"
    icans = event("ICANS", (0, "2026-03-05T07:00+08:00"))
    answer = judged(
        icans,
        assessments=[
            shown(time, ADULT, scale="icans"),
            shown("2026-03-05T00:00Z", {**POINTS, "year": 0, "month": 0}, scale="ice"),
        ],
    )
    assert codes(answer) == ["computed_grade_differs"]
    assert "grade 1 is computed, 0 reported" in messages(answer)[0]


def test_ice_items_alone_are_graded_with_all_else_open() -> None:
    answer = judged(event("ICANS"), assessments=[shown("2026-03-05", POINTS, scale="ice")])
    assert answer.events[0].verdict == "UNDETERMINED"
    assert codes(answer) == ["ice_alone", "computed_grade_used", "computed_grade_open"]
    assert messages(answer)[0] == (
        "ICANS components of 2026-03-05: ICE 10 was recorded alone: the other components of ICANS "
        "are not known."
    )
    assert "On 2026-03-05 the computed grade is 0 to 4; missing: " in messages(answer)[2]


def test_a_low_ice_of_another_hour_is_not_lost() -> None:
    icans = event("ICANS", (1, "2026-03-05T07:00+08:00"), ongoing=True)
    points = dict.fromkeys(POINTS, 0) | {"year": 1, "month": None}
    answer = judged(
        icans,
        assessments=[
            shown("2026-03-05T08:00+08:00", {**ADULT, "ice_score": 9}, scale="icans"),
            shown("2026-03-05T20:00+08:00", points, scale="ice"),
        ],
    )
    assert codes(answer)[:2] == ["ice_alone", "computed_grade_differs"]
    assert answer.events[0].findings[-1].verdicts["computed"] == "UNDETERMINED"
    assert "ICE 1 to 2 was recorded alone" in messages(answer)[0]
    assert "on 2026-03-05T20:00+08:00 grade 3 to 4 is computed, 1 reported" in messages(answer)[1]


def test_of_two_ice_of_one_time_either_may_hold() -> None:
    low = {**POINTS, "objects_named": 0, "city": 0, "hospital": 0}
    assessments = [
        shown("2026-03-05", ADULT, scale="icans"),
        shown("2026-03-05", POINTS, scale="ice"),
        shown("2026-03-05", low, scale="ice"),
    ]
    answers = [
        judged(event("ICANS"), assessments=each) for each in (assessments, assessments[::-1])
    ]
    assert answers[0] == answers[1]
    assert "the computed grade is 0 to 2; missing: ice_score" in messages(answers[0])[1]


@pytest.mark.parametrize("named", [None, "AE-9"])
def test_an_assessment_of_no_event_is_told_with_the_patient(named: str | None) -> None:
    answer = judged(MILD, assessments=[shown("2026-03-03", FEBRILE, event=named)])
    assert codes(answer) == []
    assert [each.code for each in answer.subject.findings] == ["assessment_without_event"]


@pytest.mark.parametrize(
    ("term", "scale", "told"),
    [
        (CRS, "crs", False),
        (CRS, "icans", True),
        (CRS, "ice", True),
        ("ICANS", "ice", False),
        ("ICANS", "crs", True),
        ("Fatigue", "crs", True),
        ("No such term", "crs", True),
    ],
)
def test_an_assessment_by_another_scale_than_the_protocols(
    term: str, scale: str, told: bool
) -> None:
    of_scale: dict[str, dict[str, Any]] = {"crs": FEBRILE, "icans": ADULT, "ice": POINTS}
    reported = event(term, (1, "2026-03-03"), ongoing=True)
    answer = judged(reported, assessments=[shown("2026-03-04", of_scale[scale], scale=scale)])
    found = [each.code for each in answer.subject.findings]
    assert found == (["assessment_of_another_scale"] if told else [])


def test_a_protocol_that_grades_crs_otherwise_is_told_so() -> None:
    plan = deepcopy(document())
    plan["grading"]["scales"] = {"ICANS": "astct-2019"}
    answer = judged(MILD, assessments=FOUR_DAYS_ON_A_VASOPRESSOR, protocol=make_ready(plan))
    assert codes(answer) == []
    assert [each.code for each in answer.subject.findings] == ["assessment_of_another_scale"]


def test_components_that_are_not_of_the_scale_are_refused_at_their_place() -> None:
    bad = [shown("2026-03-03", {"fio2": 1, "temperature": True}), shown("2026-03-04", {"x": 1})]
    with pytest.raises(BadCase) as refused:
        judged(MILD, assessments=bad, phase="no such phase")
    assert [each.pointer for each in refused.value.faults] == [
        "/0/phase",
        "/0/assessments/0/components/temperature",
        "/0/assessments/0/components/fio2",
        "/0/assessments/1/components/x",
    ]


def test_a_case_without_a_zone_is_refused_as_ever() -> None:
    case = subject(event(CRS), assessments=[shown("2026-03-03", FEBRILE)], infused=("2026-03-01",))
    with pytest.raises(BadCase, match="time_zone"):
        adjudicate([case], ic19_protocol(), PartialTime(LATER), None)


def test_of_several_patients_each_has_its_own() -> None:
    one = subject(MILD, assessments=FOUR_DAYS_ON_A_VASOPRESSOR)
    other = subject(MILD)
    answers = adjudicate([other, one, other], ic19_protocol(), PartialTime(LATER), SHANGHAI)
    assert [len(each.events[0].findings) for each in answers] == [0, 2, 0]


def test_where_no_dlt_is_observed_the_grades_are_compared_all_the_same() -> None:
    plan = deepcopy(document())
    plan["dlt"] = None
    answer = judged(MILD, assessments=FOUR_DAYS_ON_A_VASOPRESSOR, protocol=make_ready(plan))
    assert (answer.events[0].verdict, codes(answer)) == (
        "NOT_APPLICABLE",
        ["computed_grade_differs"],
    )


WELL = {"temperature": 37, "temperature_unit": "C", "hypotension": False, "hypoxia": False}
GIVEN = {**FEBRILE, "masking_therapy": "tocilizumab"}
SHOCK = {
    "temperature": 37,
    "temperature_unit": "C",
    "hypotension": True,
    "vasopressors": ["norepinephrine", "epinephrine"],
    "hypoxia": False,
}


class TestWhichCameFirst:
    """Of assessments of one day nothing but their times says which was made first."""

    @pytest.mark.parametrize("on", ["2026-03-03", "2026-03"])
    def test_a_grade_that_depends_on_it_is_open(self, on: str) -> None:
        pair = [shown(on, SHOCK), shown("2026-03-03", GIVEN)]
        answers = [
            judged(event(CRS), assessments=[*each, shown("2026-03-09", WELL)])
            for each in (pair, pair[::-1])
        ]
        assert answers[0] == answers[1]
        assert answers[0].events[0].verdict == "UNDETERMINED"
        assert any("0 to 4; missing: clock time." in each for each in messages(answers[0]))

    def test_clock_times_settle_it(self) -> None:
        for first, second, verdict in (("09", "10", "DLT"), ("11", "10", "NOT_DLT")):
            answer = judged(
                event(CRS),
                assessments=[
                    shown(f"2026-03-03T{first}:00+08:00", GIVEN),
                    shown(f"2026-03-03T{second}:00+08:00", SHOCK),
                    shown("2026-03-09", WELL),
                ],
            )
            assert answer.events[0].verdict == verdict

    def test_the_highest_grade_of_a_day_is_sure_where_no_neighbour_shares_it(self) -> None:
        day = [
            shown("2026-03-03", {**SHOCK, "temperature": 39}),
            shown("2026-03-03", FEBRILE),
        ]
        after = shown("2026-03-09", WELL)
        for each in (day, day[::-1]):
            answer = judged(event(CRS), assessments=[*each, after])
            assert (answer.events[0].verdict, codes(answer)) == ("DLT", ["computed_grade_used"])
        last = judged(event(CRS), assessments=day)
        assert last.events[0].verdict == "UNDETERMINED"
        assert "the computed grade is 1 to 4; missing: clock time" in messages(last)[1]

    def test_each_of_a_day_is_compared(self) -> None:
        reported = event(CRS, (2, "2026-03-03"), (0, "2026-03-05"))
        day = [
            shown("2026-03-03", {**SHOCK, "temperature": 39}),
            shown("2026-03-03", FEBRILE),
        ]
        answer = judged(reported, assessments=[*day, shown("2026-03-09", WELL)])
        assert codes(answer)[0] == "computed_grade_differs"
        assert "on 2026-03-03 grade 1 is computed" in messages(answer)[0]
        assert "on 2026-03-03 grade 4 is computed" in messages(answer)[0]

    def test_grades_that_the_rules_cannot_tell_apart_are_one(self) -> None:
        low = {**FEBRILE, "hypotension": True}
        day = [shown("2026-03-03", low), shown("2026-03-03", FEBRILE)]
        answer = judged(event(CRS), assessments=[*day, shown("2026-03-09", WELL)])
        assert (answer.events[0].verdict, codes(answer)) == ("NOT_DLT", ["computed_grade_used"])

    def test_readings_of_a_patient_draw_the_lines(self) -> None:
        decided = {
            "on": "2026-01-01", "by": "Committee", "reading": "R-ONSET",
            "answer": "event-begins-in-window",
        }  # fmt: skip
        day = [shown("2026-03-03", FEBRILE), shown("2026-03-03", WELL)]
        answer = judged(event(CRS), assessments=day, rulings=[decided])
        assert any("0 to 1; missing: clock time" in each for each in messages(answer))
        assert codes(judged(event(CRS), assessments=day)) == ["computed_grade_used"]

    def test_where_no_rule_is_nothing_is_told_apart(self) -> None:
        plan = deepcopy(document())
        plan["dlt"] = None
        day = [shown("2026-03-03", FEBRILE), shown("2026-03-03", WELL)]
        answer = judged(event(CRS), assessments=day, protocol=make_ready(plan))
        assert codes(answer) == ["computed_grade_used"]

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["2026-03", "2026-03-03", "2026-03-04", "2026-03-04T08:00+08:00"]),
                st.sampled_from(
                    [WELL, FEBRILE, GIVEN, SHOCK, LOW, {**LOW, "masking_therapy": None}]
                ),
            ),
            max_size=5,
        ),
        st.randoms(use_true_random=False),
    )
    def test_the_order_of_the_list_says_nothing(
        self, given_: list[tuple[str, dict[str, Any]]], chance: random.Random
    ) -> None:
        assessments = [shown(on, each) for on, each in given_]
        shuffled = list(assessments)
        chance.shuffle(shuffled)
        assert judged(event(CRS), assessments=assessments) == judged(
            event(CRS), assessments=shuffled
        )
