"""Findings on arrival: what is dirty but plausible is flagged at its place, and never refused."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.case import SubjectData
from app.domain.record.cut import recorded_times
from app.domain.record.finding_codes import CODES, Severity
from app.domain.record.findings import (
    RecordFinding,
    findings_on_arrival,
    sequence_repeated,
)
from app.domain.record.kinds import CONTENT, Kind
from app.domain.time import PartialTime, zone_of
from tests.builders import course
from tests.domain.record.test_cut import CONTENTS

SHANGHAI = zone_of("+08:00")
RECORDED = PartialTime("2026-05-30T12:00").span(SHANGHAI).first
INFUSED = "2026-03-01T10:00+08:00"
TREATED = {"exposures": [{"agent": "IC19", "start": INFUSED}]}
Place = tuple[str, str]


def arrived(
    kind: Kind, content: dict[str, Any], patient: dict[str, Any] | None = TREATED
) -> tuple[RecordFinding, ...]:
    """The findings on a record as a client sends it."""
    known: SubjectData | None = None
    if patient is not None:
        known = CONTENT["subject"].validate_python(patient)
    read = CONTENT[kind].validate_python(content)
    return findings_on_arrival(kind, read, patient=known, zone=SHANGHAI, recorded=RECORDED)


def places(
    kind: Kind, content: dict[str, Any], patient: dict[str, Any] | None = TREATED
) -> list[Place]:
    return [(found.code, found.pointer) for found in arrived(kind, content, patient)]


def of_event(
    *grades: tuple[str | None, int | None],
    patient: dict[str, Any] | None = TREATED,
    **recorded: Any,
) -> list[Place]:
    """The findings on an event that was absent at the infusion."""
    content = {
        "term": "Lung infection",
        "grades": [{"from": at, "grade": grade} for at, grade in grades],
        "baseline_grade": 0,
        **recorded,
    }
    return places("adverse_event", content, patient)


USUAL = (("2026-03-05", 3), ("2026-03-08", 0))


class TestParking:
    @pytest.mark.parametrize("kind", ["exposure", "adverse_event", "assessment"])
    def test_what_comes_before_its_patient_is_kept(self, kind: Kind) -> None:
        found = arrived(kind, CONTENTS[kind], None)[0]
        assert (found.code, found.severity, found.pointer) == ("unknown_subject", "warning", "")
        assert "until the patient is recorded" in found.message

    @pytest.mark.parametrize("kind", ["study", "site", "subject"])
    def test_what_belongs_to_no_other_patient_waits_for_none(self, kind: Kind) -> None:
        assert places(kind, CONTENTS[kind], None) == []


class TestSequence:
    def test_a_sequence_that_was_sent_before_is_a_fault_of_the_whole_record(self) -> None:
        found = sequence_repeated()
        assert (found.code, found.severity, found.pointer) == ("sequence_repeated", "warning", "")
        assert "a sequence of its own" in found.message


class TestAdverseEvent:
    def test_a_usual_event_is_not_remarkable(self) -> None:
        assert of_event(*USUAL, ongoing=False) == []
        assert of_event(*USUAL, patient={}) == []

    def test_no_grade(self) -> None:
        assert of_event() == [("no_grade", "/grades")]
        assert of_event(assessments=[{"on": "2026-03-05", "grade": 3}]) == []

    def test_grade_changes_whose_times_contradict_their_order(self) -> None:
        wrong = ("order_contradicted", "/grades/1/from")
        assert of_event(("2026-03-05", 3), ("2026-03-05", 0)) == []
        assert of_event(("2026-03-05", 3), ("2026-03-04", 0)) == [wrong]
        assert of_event(("2026-03-05", 3), ("2026-03-04", 1), ("2026-03-06", 0)) == [wrong]
        assert of_event(("2026-03-05", 3), ("2026-03", 1), (None, 0)) == []
        assert of_event((None, 3), ("2026-03-04", 1)) == []

    def test_assessments_stand_for_the_grades_where_there_are_none(self) -> None:
        shown = [{"on": "2026-03-05", "grade": 5}, {"on": "2026-03-04", "grade": 0}]
        assert of_event(assessments=shown, laboratory=True) == [
            ("order_contradicted", "/assessments/1/on"),
            ("grade_after_death", "/assessments/1/grade"),
            ("grade_5_without_death", "/assessments/0/grade"),
        ]

    @pytest.mark.parametrize("last", [0, 5])
    def test_ongoing_after_its_end(self, last: int) -> None:
        died = {**TREATED, "death": {"date": "2026-03-08"}}
        grades = (("2026-03-05", 3), ("2026-03-08", last))
        assert of_event(*grades, patient=died, ongoing=True) == [("ongoing_after_end", "/ongoing")]
        assert of_event(*grades, patient=died, ongoing=False) == []
        assert of_event(*grades, patient=died) == []

    @pytest.mark.parametrize("last", [1, None])
    def test_ongoing_with_a_grade(self, last: int | None) -> None:
        assert of_event(("2026-03-05", 3), ("2026-03-08", last), ongoing=True) == []

    def test_fatal_without_grade_5(self) -> None:
        died = {**TREATED, "death": {"date": "2026-03-08"}}
        wrong = ("fatal_without_grade_5", "/seriousness/death")
        assert of_event(*USUAL, patient=died, seriousness={"death": True}) == [wrong]
        assert of_event(*USUAL, patient=died, seriousness={"death": False}) == []
        assert of_event(*USUAL, patient=died, seriousness={}) == []
        fatal = (("2026-03-05", 3), ("2026-03-08", 5))
        assert of_event(*fatal, patient=died, seriousness={"death": True}) == []

    @pytest.mark.parametrize("patient", [TREATED, {**TREATED, "death": {"date": None}}])
    def test_grade_5_without_the_date_of_the_death(self, patient: dict[str, Any]) -> None:
        fatal = (("2026-03-05", 3), ("2026-03-08", 5))
        assert of_event(*fatal, patient=patient) == [("grade_5_without_death", "/grades/1/grade")]

    def test_what_comes_after_the_death(self) -> None:
        died = {**TREATED, "death": {"date": "2026-03-08"}}
        fatal = (("2026-03-08", 5), ("2026-03-09", 0))
        assert of_event(*fatal, patient=died) == [
            ("grade_after_death", "/grades/1/grade"),
            ("change_after_death", "/grades/1/from"),
        ]
        assert of_event(("2026-03-05", 3), ("2026-03-08T23:59", 0), patient=died) == []
        assert of_event(("2026-03-05", 3), (None, 0), patient=died) == []

    @pytest.mark.parametrize("baseline", [0, None])
    @pytest.mark.parametrize(("onset", "before"), [("2026-03-01T09:59", True), (INFUSED, False)])
    def test_onset_before_the_infusion_without_the_grade_at_it(
        self, onset: str, before: bool, baseline: int | None
    ) -> None:
        wrong = [("onset_before_infusion", "/baseline_grade")] if before else []
        expected = wrong if baseline is None else []
        assert of_event((onset, 3), baseline_grade=baseline) == expected

    def test_the_onset_is_the_first_grade_that_is_not_0(self) -> None:
        grades = (("2026-02-20", 0), ("2026-03-05", 3))
        assert of_event(*grades, baseline_grade=None) == []
        assert of_event(("2026-02-20", None), baseline_grade=None) == [
            ("onset_before_infusion", "/baseline_grade")
        ]
        assert of_event((None, 3), baseline_grade=None) == []
        assert of_event(baseline_grade=None) == [("no_grade", "/grades")]

    def test_the_first_exposure_counts_whatever_its_place(self) -> None:
        later = {"agent": "IC19", "start": "2026-04-01"}
        patient = {"exposures": [later, *TREATED["exposures"], {"agent": "IC19", "start": None}]}
        assert of_event(("2026-03-05", 3), baseline_grade=None, patient=patient) == []
        assert of_event(("2026-02-05", 3), baseline_grade=None, patient=patient) == [
            ("onset_before_infusion", "/baseline_grade")
        ]

    @pytest.mark.parametrize("unknown", [{}, {"exposures": [{"agent": "IC19", "start": None}]}])
    def test_without_a_dated_exposure_nothing_lies_before_it(
        self, unknown: dict[str, Any]
    ) -> None:
        assert of_event(("2026-03", 3), baseline_grade=None, patient=unknown) == []

    def test_the_order_of_the_list_may_tell_on_which_side_a_partial_date_lies(self) -> None:
        wrong = ("partial_date_at_infusion", "/grades/0/from")
        assert of_event(("2026-03-05", 3), ("2026-03", 1)) == []
        assert of_event(("2026-03", 3), ("2026-03-05", 1)) == [wrong]

    @pytest.mark.parametrize(
        ("time", "baseline", "vague"),
        [
            ("2026-03", 0, True),
            ("2026", 0, True),
            ("2026-02", 0, False),
            ("2026-04", 0, False),
            ("2026-03-01", 0, False),
            ("2026-03-01", None, True),
            ("2026-03-01T10", None, False),
            ("2026-03-01T10:00", None, False),
            ("2026-03-02", None, False),
        ],
    )
    def test_a_partial_date_on_either_side_of_the_infusion(
        self, time: str, baseline: int | None, vague: bool
    ) -> None:
        expected = [("partial_date_at_infusion", "/grades/0/from")] if vague else []
        assert of_event((time, 3), baseline_grade=baseline) == expected

    def test_a_partial_date_of_the_infusion_may_lie_on_either_side_too(self) -> None:
        patient = {"exposures": [{"agent": "IC19", "start": "2026-03"}]}
        wrong = ("partial_date_at_infusion", "/grades/0/from")
        assert of_event(("2026-03-31", 3), baseline_grade=None, patient=patient) == [wrong]
        assert of_event(("2026-04-01", 3), baseline_grade=None, patient=patient) == []

    def test_a_grade_above_the_worst_of_the_whole_event(self) -> None:
        course = (("2026-03-05", 3), ("2026-03-06", None), (None, 4), ("2026-03-09", 0))
        first = ("grade_above_worst", "/grades/0/grade")
        second = ("grade_above_worst", "/grades/2/grade")
        assert of_event(*course, worst_grade=4) == []
        assert of_event(*course, worst_grade=3) == [second]
        assert of_event(*course, worst_grade=2) == [first, second]
        shown = [{"on": "2026-03-05", "grade": 3}, {"on": "2026-03-06", "grade": None}]
        beside = ("grade_above_worst", "/assessments/0/grade")
        assert of_event(("2026-03-05", None), assessments=shown, worst_grade=2) == [beside]
        assert of_event(assessments=shown, worst_grade=2) == [beside]
        assert of_event(assessments=shown, worst_grade=3) == []

    def test_baseline_above_the_first_grade(self) -> None:
        wrong = ("baseline_above_first_grade", "/baseline_grade")
        assert of_event(("2026-03-05", 2), baseline_grade=3) == [wrong]
        assert of_event(("2026-03-05", 2), baseline_grade=2) == []
        assert of_event(("2026-03-05", None), baseline_grade=3) == []

    def test_relatedness_that_an_assessor_left_out(self) -> None:
        judged = {"agent": "IC19", "relatedness": "possible"}
        assert of_event(*USUAL, causality=[judged]) == []
        assert of_event(*USUAL, causality=[judged, {"agent": "IC19"}]) == [
            ("relatedness_missing", "/causality/1/relatedness")
        ]

    def test_a_laboratory_event_without_assessments(self) -> None:
        assert of_event(*USUAL, laboratory=True) == [
            ("laboratory_without_assessments", "/assessments")
        ]
        shown = [{"on": "2026-03-05", "grade": 3}]
        assert of_event(*USUAL, laboratory=True, assessments=shown) == []
        assert of_event(*USUAL, laboratory=False) == []

    def test_an_intervention_that_ends_before_it_starts(self) -> None:
        given = {"kind": "oxygen", "start": "2026-03-05", "end": "2026-03-04"}
        wrong = ("end_before_start", "/interventions/1/end")
        assert of_event(*USUAL, interventions=["steroids", given]) == [wrong]
        assert of_event(*USUAL, interventions=[{**given, "end": "2026-03-05"}]) == []

    def test_times_in_the_future(self) -> None:
        assert of_event(("2026-05-30", 3), ("2026-05-30T12:00", 0)) == []
        assert of_event(("2026-05-30", 3), ("2026-05-30T12:01", 0)) == [
            ("time_in_future", "/grades/1/from")
        ]


times = st.sampled_from([None, "2026", "2026-03", "2026-03-04", "2026-03-05", "2026-03-05T08:00"])


@given(st.lists(st.tuples(times, st.integers(0, 4)), max_size=5))
def test_the_order_is_contradicted_where_the_course_says_so(
    grades: list[tuple[str | None, int]],
) -> None:
    known = {code for code, _ in course(*((grade, at) for at, grade in grades)).findings}
    found = {code for code, _ in of_event(*grades, patient=None)}
    for code in ("order_contradicted", "no_grade"):
        assert (code in found) == (code in known)


class TestLaboratoryResult:
    def found(self, **changed: Any) -> list[Place]:
        usual = {"measured_at": "2026-03-05", "value": "1.5", "unit": "g/L", "lln": 1, "uln": 2}
        return places("laboratory_result", {**usual, **changed})

    def test_a_usual_result_is_not_remarkable(self) -> None:
        assert self.found() == self.found(lln=None) == self.found(uln=None) == []

    def test_what_lacks(self) -> None:
        assert self.found(unit=None) == [("unit_missing", "/unit")]
        assert self.found(lln=None, uln=None) == [("limits_missing", "/lln")]
        assert self.found(value=None) == [("value_missing", "/value")]

    @pytest.mark.parametrize("value", ["-1", "+1.50", "2e-3", "1.0E+2", 1, 2.5])
    def test_numbers(self, value: Any) -> None:
        assert self.found(value=value) == []

    @pytest.mark.parametrize(
        "value", ["<3.42", "positive", "NaN", "1,5", "1.", "\N{ARABIC-INDIC DIGIT ONE}"]
    )
    def test_what_is_no_number(self, value: str) -> None:
        assert self.found(value=value) == [("value_not_numeric", "/value")]

    def test_measured_in_the_future(self) -> None:
        assert self.found(measured_at="2026-05-31") == [("time_in_future", "/measured_at")]


class TestSubject:
    def found(self, **changed: Any) -> list[Place]:
        return places("subject", {**TREATED, **changed})

    def test_a_usual_patient_is_not_remarkable(self) -> None:
        assert self.found(follow_up_until="2026-03-29") == []

    @pytest.mark.parametrize("exposures", [None, []])
    def test_no_exposure(self, exposures: list[Any] | None) -> None:
        assert self.found(exposures=exposures, death={"date": "2026-02-01"}) == [
            ("no_exposure", "/exposures")
        ]

    @pytest.mark.parametrize("stop", ["death", "withdrawal"])
    def test_a_stop_before_an_exposure(self, stop: str) -> None:
        wrong = [("stopped_before_infusion", f"/{stop}/date")]
        assert self.found(**{stop: {"date": "2026-03-01"}}) == []
        assert self.found(**{stop: {"date": "2026-02-28"}}) == wrong
        assert self.found(**{stop: {"date": None}}) == []
        again = [*TREATED["exposures"], {"agent": "IC19", "start": "2026-04-01"}]
        assert self.found(exposures=again, **{stop: {"date": "2026-03-31"}}) == wrong
        unknown = [{"agent": "IC19", "start": None}]
        assert self.found(exposures=unknown, **{stop: {"date": "2026-03-31"}}) == []

    def test_an_exposure_that_ends_before_it_starts(self) -> None:
        exposure = {"agent": "IC19", "start": INFUSED, "end": "2026-02-28"}
        assert self.found(exposures=[exposure]) == [("end_before_start", "/exposures/0/end")]

    @pytest.mark.parametrize(
        ("recorded", "pointer"),
        [
            ({"follow_up_until": "2026-06"}, "/follow_up_until"),
            ({"window_completed": {"on": "2026-05-31", "reason": "x"}}, "/window_completed/on"),
            ({"death": {"date": "2026-05-31"}}, "/death/date"),
            ({"withdrawal": {"date": "2027"}}, "/withdrawal/date"),
        ],
    )
    def test_times_in_the_future(self, recorded: dict[str, Any], pointer: str) -> None:
        assert self.found(**recorded) == [("time_in_future", pointer)]


class TestExposure:
    def test_end_before_start(self) -> None:
        exposure = {"agent": "IC19", "start": INFUSED, "end": "2026-03-01T09:59+08:00"}
        assert places("exposure", exposure) == [("end_before_start", "/end")]
        assert places("exposure", {**exposure, "end": INFUSED}) == []
        assert places("exposure", {**exposure, "start": None}) == []

    def test_in_the_future(self) -> None:
        assert places("exposure", {"agent": "IC19", "start": "2026-06"}) == [
            ("time_in_future", "/start")
        ]

    @pytest.mark.parametrize("stop", ["death", "withdrawal"])
    def test_after_a_stop(self, stop: str) -> None:
        patient = {stop: {"date": "2026-03-01"}}
        exposure = {"agent": "IC19", "start": "2026-03-02"}
        assert places("exposure", exposure, patient) == [("stopped_before_infusion", "/start")]
        assert places("exposure", {**exposure, "start": "2026-03-01"}, patient) == []
        assert places("exposure", {**exposure, "start": None}, patient) == []
        found = arrived("exposure", exposure, patient)[0]
        assert found.message.startswith(f"The {stop} lies before an exposure")


class TestCodes:
    @pytest.mark.parametrize("code", CODES)
    def test_each_says_one_sentence_with_a_way_out(self, code: str) -> None:
        told = CODES[code]
        assert re.fullmatch(r"[a-z_0-9]+", code)
        assert told.severity in get_args(Severity)
        assert re.fullmatch(r"[A-Z][^.!?]*\.", told.message)

    def test_each_is_shown_to_be_found(self) -> None:
        text = Path(__file__).read_text("utf-8")
        assert [code for code in CODES if f'"{code}"' not in text] == []

    @pytest.mark.parametrize("kind", list(CONTENTS))
    def test_no_message_repeats_what_was_recorded(self, kind: Kind) -> None:
        told_in_confidence = "Zorblax"
        patient = {
            "exposures": [{"agent": told_in_confidence, "start": "2099"}],
            "site": told_in_confidence,
        }
        if kind == "adverse_event":
            content: dict[str, Any] = {
                "term": told_in_confidence,
                "grades": [{"from": "2098", "grade": 5}, {"from": "2097", "grade": 0}],
                "causality": [{"agent": told_in_confidence}],
                "ongoing": True,
            }
        else:
            content = CONTENTS[kind]
        for found in arrived(kind, content, patient):
            assert told_in_confidence not in found.message
            assert "20" not in found.message

    @pytest.mark.parametrize("kind", list(CONTENTS))
    def test_in_a_remote_past_every_time_is_in_the_future(self, kind: Kind) -> None:
        content = CONTENT[kind].validate_python(CONTENTS[kind])
        found = findings_on_arrival(kind, content, patient=None, zone=SHANGHAI, recorded=0)
        future = [each.pointer for each in found if each.code == "time_in_future"]
        assert future == [pointer for pointer, _ in recorded_times(content)]
