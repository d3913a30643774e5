"""Laboratory results as courses of grades: what is measured, when, and what becomes of it."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import BadCase, BadProtocol
from tests.builders import event, fields, settles
from tests.domain.adjudication.laboratory_results import (
    NEUTROPENIA,
    OF_NEUTROPHILS,
    OF_POTASSIUM,
    Result,
    alt,
    anc,
    as_findings,
    counted,
    judged,
    of_patient,
    potassium,
    protocol,
    verdicts,
)
from tests.sparing import SPARING

BEFORE = anc("2026-02-27T08:00+08:00", "2.5")
NADIR = anc("2026-03-04T08:00+08:00", "0.3")


def f(day: str, value: str | None, **told: Any) -> Result:
    return potassium(f"2026-{day}T08:00+08:00", value, **told)


def at(day: str, value: str | None, **told: Any) -> Result:
    return anc(f"2026-{day}T08:00+08:00", value, **told)


class TestAsAnEvent:
    def test_grave_results_are_an_event_of_which_nobody_has_judged_the_cause(self) -> None:
        answer = judged(BEFORE, NADIR, at("04-10", "0.4"), at("04-20", "2.0"))
        assert verdicts(answer) == {OF_NEUTROPHILS: "UNDETERMINED"}
        assert fields(answer.events[0]) == ["causality", "clinical_significance"]
        assert answer.subject.status == "UNDETERMINED"
        assert of_patient(answer) == []

    def test_a_ruling_answers_for_it(self) -> None:
        results = BEFORE, NADIR, at("04-10", "0.4"), at("04-20", "2.0")
        assert verdicts(judged(*results, rulings=counted())) == {OF_NEUTROPHILS: "DLT"}
        assert verdicts(judged(*results, rulings=counted()[:1])) == {
            OF_NEUTROPHILS: "UNDETERMINED"
        }

    def test_a_ruling_may_stand_before_the_results_that_it_speaks_of(self) -> None:
        """As of a cut at which nothing grave had been measured there is no such event yet."""
        assert verdicts(judged(BEFORE, rulings=counted())) == {}
        with pytest.raises(BadCase, match=f"there is no event '{OF_NEUTROPHILS}' in this case"):
            judged(BEFORE, by=as_findings(), rulings=counted())

    def test_the_first_result_of_a_grade_is_its_onset(self) -> None:
        """Grade 1 on day 27, grade 4 on day 29: it rose when it was seen, after the window."""
        answer = judged(
            at("03-28", "1.6"), at("03-30", "0.3"), at("06-20", "2"), as_of="2026-06-30"
        )
        assert verdicts(answer) == {OF_NEUTROPHILS: "NOT_DLT"}
        assert answer.events[0].refer_to_committee

    def test_between_two_results_it_fell_at_any_time(self) -> None:
        """From day 3 at grade 4; the limit of 28 days ends on the 1st of April."""
        fell_between = judged(NADIR, at("04-01", "0.4"), at("04-03", "0.6"), rulings=counted())
        assert fields(fell_between.events[0]) == ["assessment"]
        assert settles(fell_between.events[0], "assessment") == {
            "beyond_limit": "DLT",
            "within_limit": "NOT_DLT",
        }
        within = judged(NADIR, at("03-31", "0.4"), at("04-01", "0.6"), rulings=counted())
        assert verdicts(within) == {OF_NEUTROPHILS: "NOT_DLT"}
        beyond = judged(NADIR, at("04-02", "0.4"), at("04-03", "0.6"), rulings=counted())
        assert verdicts(beyond) == {OF_NEUTROPHILS: "DLT"}

    def test_after_the_last_result_it_is_pending_then_unknown(self) -> None:
        told = [dict(each, on="2026-03-10") for each in counted()]
        pending = judged(NADIR, as_of="2026-03-20", rulings=told).events[0]
        assert (pending.verdict, pending.becomes_dlt_at, pending.open) == (
            "PENDING",
            "2026-04-02T00:00:00+08:00",
            True,
        )
        assert fields(judged(NADIR, as_of="2026-04-20", rulings=told).events[0]) == ["assessment"]

    def test_normal_results_are_no_event(self) -> None:
        answer = judged(BEFORE, at("03-10", "3.1"))
        assert (answer.events, answer.subject.status) == ((), "NO_DLT")

    def test_grades_that_the_rules_cannot_tell_apart_need_no_limit(self) -> None:
        """Without a lower limit 2.5 may be grade 0 or 1, and 1.2 is grade 2 all the same."""
        bare = [{**each, "lln": None} for each in (BEFORE, at("03-10", "1.2"), at("03-20", "2.5"))]
        assert judged(*bare[:1]).events == ()
        assert verdicts(judged(*bare)) == {OF_NEUTROPHILS: "NOT_DLT"}

    def test_a_grade_that_is_open_is_asked_for(self) -> None:
        answer = judged(alt("2026-03-10", "300", uln=None, lln=None))
        (told,) = answer.events
        assert (told.id, told.verdict) == (
            "laboratory:Alanine aminotransferase increased",
            "UNDETERMINED",
        )
        assert "grade" in fields(told)

    def test_an_id_is_never_taken_twice(self) -> None:
        fatigue = event("Fatigue", (1, "2026-03-05"), (0, "2026-03-06"), id=OF_NEUTROPHILS)
        answer = judged(NADIR, at("03-06", "2.0"), events=[fatigue])
        assert [each.id for each in answer.events] == [
            OF_NEUTROPHILS,
            f"laboratory:{OF_NEUTROPHILS}",
        ]

    def test_readings_of_a_patient_may_draw_other_lines(self) -> None:
        """One more line at grade 1, where the event has to begin in the window."""
        decided = {
            "on": "2026-01-01", "by": "Committee", "reading": "R-ONSET",
            "answer": "event-begins-in-window",
        }  # fmt: skip
        open_grade = anc("2026-03-10T08:00+08:00", "2.5", lln=None)
        assert judged(open_grade).events == ()
        assert verdicts(judged(open_grade, rulings=[decided])) == {OF_NEUTROPHILS: "UNDETERMINED"}


class TestAsAFinding:
    def told(self, *results: Result, **patient: Any) -> list[str]:
        answer = judged(*results, by=as_findings(), **patient)
        assert (answer.events, answer.subject.status) == ((), "NO_DLT")
        return [each.message for each in answer.subject.findings]

    def test_a_grave_result_that_nobody_reports_is_told(self) -> None:
        assert self.told(NADIR, at("03-06", "0.7"), at("03-20", "2.0")) == [
            "Neutrophil count decreased: the results reach grade 4 on 2026-03-04T08:00+08:00 "
            "(0.3 10*9/L), and no adverse event of that time reports it."
        ]

    @pytest.mark.parametrize(("value", "told"), [("1.0", 0), ("0.99", 1)])
    def test_from_grade_3_on(self, value: str, told: int) -> None:
        assert len(self.told(at("03-04", value))) == told

    def test_what_was_there_before_the_infusion_is_no_news(self) -> None:
        assert self.told(at("02-27", "0.7")) == []
        assert self.told(at("02-27", "0.7"), at("03-04", "0.8")) == []
        assert len(self.told(at("02-27", "0.7"), at("03-04", "0.4"))) == 1
        never_infused = judged(at("02-27", "0.7"), by=as_findings(), infused=[])
        assert of_patient(never_infused) == ["laboratory_not_reported"]

    def test_a_trial_without_rules_tells_it_too(self) -> None:
        lmy = protocol("NCT06340750")
        (agent,) = [each for each, role in lmy.document.agents.items() if role != "background"]
        given = [{"agent": agent, "start": "2026-03-01T10:00+08:00"}]
        answer = judged(at("02-27", "0.3"), NADIR, by=lmy, phase="escalation", exposures=given)
        assert of_patient(answer) == []
        answer = judged(at("02-27", "0.7"), NADIR, by=lmy, phase="escalation", exposures=given)
        assert of_patient(answer) == ["laboratory_not_reported"]
        assert answer.subject.status == "NOT_APPLICABLE"

    def test_versions_without_criteria_grade_nothing(self) -> None:
        answer = judged(NADIR, by=replace(as_findings(), laboratory=None))
        assert [each.message for each in answer.subject.findings] == [
            "Laboratory results are not graded: CTCAE 5.0 has no numeric criteria here."
        ]


class TestWhatIsWrongWithAResult:
    @pytest.mark.parametrize(
        ("told", "code"),
        [
            ({"analyte": "charisma"}, "laboratory_not_graded"),
            ({"analyte": None, "term": "Mystery"}, "laboratory_not_graded"),
            ({"analyte": None, "term": "Fatigue"}, "laboratory_not_graded"),
            ({"analyte": None}, "laboratory_not_graded"),
            ({"unit": "furlong"}, "laboratory_unit_unknown"),
            ({"facts": {"mood": True}}, "laboratory_fact_unknown"),
            ({"uln": "0.1"}, "laboratory_limits_reversed"),
            ({"policy": {"symptoms": "absent"}}, "laboratory_policy_not_used"),
        ],
    )
    def test_is_told(self, told: dict[str, Any], code: str) -> None:
        answer = judged(at("03-10", "2.5", **told), by=as_findings())
        assert code in of_patient(answer)
        assert "2026-03-10" in answer.subject.findings[0].message

    def test_once(self) -> None:
        of_clot = judged(at("03-10", "clotted"), by=as_findings())
        assert of_patient(of_clot) == ["laboratory_value_unreadable"]
        of_nothing = judged(at("03-10", None), by=as_findings())
        assert [each.message for each in of_nothing.subject.findings] == [
            "The result of neutrophils of 2026-03-10T08:00+08:00 cannot be graded for Neutrophil "
            "count decreased: value missing."
        ]

    def test_many_of_a_kind_are_counted(self) -> None:
        many = [at(f"03-{day}", "2.5", analyte="charisma") for day in range(10, 20)]
        messages = [each.message for each in judged(*many).subject.findings]
        assert len(messages) == 3
        assert messages[2].endswith(" So it is with 7 more.")

    def test_what_was_not_measured_is_no_assessment(self) -> None:
        """An unreadable value was measured, and may have been anything."""
        low, normal = f("03-04", "5.3"), f("03-06", "4.0")
        nothing = judged(low, f("03-05", None), normal, rulings=counted(OF_POTASSIUM))
        assert verdicts(nothing) == {OF_POTASSIUM: "NOT_DLT"}
        clotted = judged(low, f("03-05", "clotted"), normal, rulings=counted(OF_POTASSIUM))
        assert settles(clotted.events[0], "grade")["4"] == "DLT"

    def test_a_policy_of_the_protocol_is_checked(self) -> None:
        with pytest.raises(BadProtocol) as caught:
            protocol(policy={"symptoms": "perhaps"})
        assert caught.value.faults[0].pointer == "/grading/laboratory/policy/symptoms"

    @pytest.mark.no_cover
    def test_the_policy_of_the_protocol_is_used(self) -> None:
        """Between 3.0 and the lower limit potassium is grade 2 by symptoms, else grade 1."""
        low = f("03-10", "3.2", term="Hypokalemia")
        worst = protocol(unreported="event", policy={"symptoms": "worst"})
        absent = protocol(unreported="event", policy={"symptoms": "absent"})
        assert "highest grade is 2" in judged(low, by=worst).events[0].explanation.text
        assert "highest grade is 1" in judged(low, by=absent).events[0].explanation.text


class TestWhichCameFirst:
    def asked(self, *results: Result) -> list[str]:
        return fields(judged(*results, rulings=counted(OF_POTASSIUM)).events[0])

    def verdict(self, *results: Result) -> str:
        return judged(*results, rulings=counted(OF_POTASSIUM)).events[0].verdict

    def test_of_one_instant_with_two_grades_neither_is_sure(self) -> None:
        assert self.asked(f("03-04", "6.5"), f("03-04", "7.5"), f("03-06", "4.0")) == ["grade"]
        assert self.asked(f("03-04", "7.1"), f("03-04", "7.5"), f("03-06", "4.0")) == []

    def test_the_worst_of_a_day_counts_where_no_neighbour_shares_it(self) -> None:
        of_a_day = potassium("2026-03-04", "7.5"), potassium("2026-03-04", "4.0")
        assert self.verdict(f("03-02", "4.0"), *of_a_day, f("03-06", "4.0")) == "DLT"
        assert self.verdict(*of_a_day, f("03-06", "4.0")) == "DLT"

    @pytest.mark.parametrize(
        "beside",
        [
            (f("03-02", "6.5"), f("03-06", "4.0")),
            (f("03-02", "4.0"), f("03-06", "6.5")),
            (f("03-02", "4.0"), f("03-06", "clotted")),
            (f("03-02", "4.0"),),
        ],
    )
    def test_otherwise_the_order_of_the_day_is_open(self, beside: tuple[Result, ...]) -> None:
        """A run may have ended and begun again on that day."""
        of_a_day = potassium("2026-03-04", "7.5"), potassium("2026-03-04", "4.0")
        assert "grade" in self.asked(*of_a_day, *beside)

    def test_a_day_that_ends_a_run_does_not_bridge_it(self) -> None:
        """Grade 3 on days 4 and 13; on day 9 there was grade 1 too."""
        alone = f("03-05", "6.5"), f("03-14", "6.5"), f("03-15", "4.0")
        day = potassium("2026-03-10", "6.5"), potassium("2026-03-10", "5.2")
        assert self.verdict(*alone, day[0]) == "DLT"
        assert self.verdict(*alone, *day) == "UNDETERMINED"

    def test_a_result_of_some_day_of_a_month_makes_the_others_open(self) -> None:
        days = f("03-05", "6.5"), f("03-20", "6.5")
        assert "grade" in self.asked(potassium("2026-03", "4.0"), *days)
        assert "grade" not in self.asked(potassium("2026-03", "6.6"), *days)


class TestTermsOfSeveralAnalytes:
    """Hypertension is grade 3 from a systolic pressure of 160 or a diastolic one of 100 on."""

    @staticmethod
    def pressure(on: str, analyte: str, value: str) -> Result:
        return {
            "term": "Hypertension", "analyte": analyte, "unit": "mm[Hg]", "value": value,
            "measured_at": f"2026-03-{on}T08:00+08:00", "age_years": "40",
        }  # fmt: skip

    def verdict(self, *measured: tuple[str, str, str]) -> str:
        results = [self.pressure(*each) for each in measured]
        answer = judged(*results, rulings=counted("laboratory:Hypertension"))
        return answer.events[0].verdict

    def test_the_higher_of_two_measured_together_counts(self) -> None:
        high = [(day, "systolic_bp", "165") for day in ("05", "13")]
        assert self.verdict(*high, *((day, "diastolic_bp", "70") for day in ("05", "13"))) == "DLT"

    def test_one_does_not_end_what_the_other_showed(self) -> None:
        high = [(day, "systolic_bp", "165") for day in ("05", "13")]
        assert self.verdict(*high, ("09", "diastolic_bp", "70")) == "UNDETERMINED"
        assert self.verdict(*high, ("09", "systolic_bp", "110"), ("14", "systolic_bp", "110")) == (
            "NOT_DLT"
        )


class TestPartialTimes:
    def test_a_partly_dated_onset_may_lie_outside_the_window(self) -> None:
        answer = judged(
            at("02-20", "2"), anc("2026-03", "0.3"), at("05-20", "2"), rulings=counted()
        )
        assert "onset" in fields(answer.events[0])


TIMES = st.integers(0, 80).map(
    lambda hours: f"2026-03-{1 + hours // 4:02}T{6 * (hours % 4):02}:30"
)
RESULTS = st.lists(
    st.builds(
        lambda time, zoned, value: anc(f"{time}+08:00" if zoned else time[:10], value),
        TIMES,
        st.booleans(),
        st.sampled_from(["0.3", "0.7", "1.2", "1.7", "2.5", "<0.5", "clotted"]),
    ),
    min_size=1,
    max_size=6,
)


def moved(result: Result, days: int) -> Result:
    text = result["measured_at"]
    if len(text) == 10:
        later = datetime.fromisoformat(text) + timedelta(days=days)
        return {**result, "measured_at": later.date().isoformat()}
    later = datetime.fromisoformat(text) + timedelta(days=days)
    return {**result, "measured_at": later.isoformat(timespec="minutes")}


class TestLaws:
    @SPARING
    @given(RESULTS, st.randoms(use_true_random=False))
    def test_the_order_of_results_says_nothing(
        self, results: list[Result], chance: random.Random
    ) -> None:
        shuffled = list(results)
        chance.shuffle(shuffled)
        assert judged(*results, rulings=counted()) == judged(*shuffled, rulings=counted())

    @SPARING
    @given(RESULTS, st.sampled_from(["0.3", "2.5", "clotted"]))
    def test_a_result_measured_after_the_cut_changes_nothing(
        self, results: list[Result], value: str
    ) -> None:
        late = anc("2026-04-01T00:00+08:00", value)
        assert judged(*results, as_of="2026-03-31") == judged(*results, late, as_of="2026-03-31")

    @SPARING
    @given(RESULTS, st.integers(-20, 20))
    def test_whole_days_shift_with_all(self, results: list[Result], days: int) -> None:
        start = datetime.fromisoformat("2026-03-01T10:00+08:00") + timedelta(days=days)
        cut = datetime.fromisoformat("2026-05-30") + timedelta(days=days)
        rulings = [dict(each, on="2026-02-01") for each in counted()]
        here = judged(*results, rulings=rulings)
        there = judged(
            *(moved(each, days) for each in results),
            infused=[start.isoformat()],
            as_of=cut.date().isoformat(),
            rulings=rulings,
        )
        assert verdicts(here) == verdicts(there)
        assert here.subject.status == there.subject.status

    @SPARING
    @given(RESULTS)
    def test_what_differs_in_words_alone_is_the_same(self, results: list[Result]) -> None:
        by_term = [{**each, "analyte": None, "term": NEUTROPENIA} for each in results]
        assert judged(*results).events == judged(*by_term).events
