"""Results whose grade rests on what nobody told: open by default, decided by a policy of the
protocol's own, and never lost.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import Adjudicated, EventAdjudication
from tests.builders import event
from tests.domain.adjudication.laboratory_results import (
    Result,
    alt,
    anc,
    as_events,
    as_findings,
    judged,
    of_patient,
    potassium,
    protocol,
    verdicts,
)

ALT = "Alanine aminotransferase increased"
DAYS = ("2026-03-05T08:00+08:00", "2026-03-25T08:00+08:00")
STATED = {"symptoms": "worst"}


def sodium(on: str, value: str, **told: Any) -> Result:
    """Hyponatremia between 125 and 129 is grade 3 with symptoms and 2 without."""
    defaults = {"term": "Hyponatremia", "unit": "mmol/L", "lln": "135", "uln": "145"}
    return {**defaults, "measured_at": on, "value": value, **told}


def urate(on: str, value: str, **told: Any) -> Result:
    """Above the upper limit it is grade 3 with consequences for the body, and 1 without."""
    defaults = {"term": "Hyperuricemia", "unit": "mg/dL", "uln": "7"}
    return {**defaults, "measured_at": on, "value": value, **told}


def hemoglobin(on: str, value: str, **told: Any) -> Result:
    """Anemia: below 10 grade 2, below 8 grade 3, where a transfusion is called for too."""
    defaults = {"term": "Anemia", "unit": "g/dL", "lln": "12", "uln": "16"}
    return {**defaults, "measured_at": on, "value": value, **told}


def of(term: str, *results: Result, by: ReadyProtocol | None = None) -> EventAdjudication:
    """An event of the term without grades of its own."""
    reported = event(term, clinically_significant=True)
    return judged(*results, events=[reported], by=by or as_findings()).events[0]


def messages(answer: EventAdjudication | Adjudicated) -> list[str]:
    told = answer.findings if isinstance(answer, EventAdjudication) else answer.subject.findings
    return [each.message for each in told]


class TestAnAssumptionIsNoGrade:
    ALTS = tuple(alt(on, "300") for on in DAYS)

    def test_a_missing_baseline_leaves_the_verdict_open(self) -> None:
        answer = of(ALT, *self.ALTS)
        assert answer.verdict == "UNDETERMINED"
        assert "grade" in {each.field for each in answer.missing}
        assert messages(answer)[1] == (
            "On 2026-03-05T08:00+08:00 the computed grade is 0 to 3 (300 U/L); missing: baseline."
        )

    def test_a_baseline_settles_it(self) -> None:
        before = "2026-02-27T08:00+08:00"
        assert of(ALT, alt(before, "150"), *self.ALTS).verdict == "NOT_DLT"
        assert of(ALT, alt(before, "30"), *self.ALTS).verdict == "DLT"

    @pytest.mark.parametrize(
        ("term", "measured", "fact"),
        [
            ("Hyponatremia", [sodium(on, "128") for on in DAYS], "symptomatic"),
            ("Hyperuricemia", [urate(on, "9") for on in DAYS], "physiologic_consequences"),
        ],
    )
    def test_symptoms_are_not_assumed(self, term: str, measured: list[Result], fact: str) -> None:
        answer = of(term, *measured)
        assert answer.verdict == "UNDETERMINED"
        assert f"missing: facts.{fact}" in messages(answer)[1]
        for told, verdict in ((True, "DLT"), (False, "NOT_DLT")):
            known = [{**each, "facts": {fact: told}} for each in measured]
            assert of(term, *known).verdict == verdict

    def test_what_the_number_proves_is_judged_although_clauses_could_raise_it(self) -> None:
        """Potassium of 6.5 is grade 3, and 4 where it threatens life; 5.7 is 2, or more so."""
        assert of("Hyperkalemia", *(potassium(on, "6.5") for on in DAYS)).verdict == "DLT"
        assert of("Hyperkalemia", *(potassium(on, "5.7") for on in DAYS)).verdict == "NOT_DLT"

    def test_grades_that_the_rules_cannot_tell_apart_are_judged(self) -> None:
        """Potassium of 3.2 is grade 1 or 2 by symptoms."""
        low = [potassium(on, "3.2", term="Hypokalemia") for on in DAYS]
        answer = of("Hypokalemia", *low)
        assert (answer.verdict, len(answer.findings)) == ("NOT_DLT", 1)

    def test_a_policy_of_the_protocol_has_decided_it_and_is_told(self) -> None:
        answer = of(ALT, *self.ALTS, by=protocol(policy=STATED))
        assert answer.verdict == "DLT"
        assert messages(answer)[0] == (
            f"{ALT}: the policy of the protocol tells grade 3 of 0 to 3 on "
            "2026-03-05T08:00+08:00 (300 U/L); grade 3 of 0 to 3 on 2026-03-25T08:00+08:00 "
            "(300 U/L). Not told: baseline."
        )
        assert answer.findings[0].code == "laboratory_policy_used"

    def test_a_policy_may_say_the_lower_one(self) -> None:
        measured = [sodium(f"2026-03-{day:02}T08:00+08:00", "128") for day in range(5, 10)]
        answer = of("Hyponatremia", *measured, by=protocol(policy={"symptoms": "absent"}))
        assert answer.verdict == "NOT_DLT"
        assert "tells grade 2 of 2 to 3" in messages(answer)[0]
        assert "; and 2 more. Not told: facts.symptomatic" in messages(answer)[0]

    def test_a_policy_that_decides_nothing_is_not_told(self) -> None:
        high = [alt(on, "300", baseline={"value": "30", "range": "normal"}) for on in DAYS]
        answer = of(ALT, *high, by=protocol(policy=STATED))
        assert [each.code for each in answer.findings] == ["computed_grade_used"]

    def test_a_policy_is_told_with_the_patient_where_no_event_reports_it(self) -> None:
        answer = judged(*self.ALTS, by=protocol(policy=STATED))
        assert of_patient(answer) == ["laboratory_policy_used", "laboratory_not_reported"]
        assert "the results reach grade 3" in messages(answer)[1]
        absent = judged(sodium(DAYS[0], "128"), by=protocol(policy={"symptoms": "absent"}))
        assert of_patient(absent) == ["laboratory_policy_used"]


class TestNothingIsLost:
    def test_a_number_without_a_unit_or_limit_is_told(self) -> None:
        bare = anc(DAYS[0], "0.3", unit=None)
        answer = judged(bare, by=as_findings())
        assert answer.subject.status == "NO_DLT"
        assert messages(answer) == [
            "Neutrophil count decreased: the results may reach grade 4 on "
            "2026-03-05T08:00+08:00 (0.3), and no adverse event of that time reports it; "
            "missing: unit."
        ]

    def test_many_of_a_term_are_one(self) -> None:
        several = [anc(f"2026-03-{day:02}T08:00+08:00", "0.3", unit=None) for day in range(5, 9)]
        (message,) = messages(judged(*several, by=as_findings()))
        assert message.endswith("missing: unit. So it is with 3 more.")

    def test_what_reaches_grade_3_and_what_may_are_two(self) -> None:
        sure, may = anc(DAYS[0], "0.7"), anc(DAYS[1], "0.3", unit=None)
        told = messages(judged(sure, may, by=as_findings()))
        assert [" reach grade 3 " in each for each in told] == [True, False]
        assert [" may reach grade 4 " in each for each in told] == [False, True]

    @pytest.mark.parametrize(
        "measured",
        [
            hemoglobin(DAYS[0], "11", lln=None),  # grade 0 or 1
            anc("2026-02-27T08:00+08:00", "0.3", unit=None),  # before the infusion
            hemoglobin(DAYS[0], "9.1"),  # only a clause without a number could raise it
        ],
    )
    def test_what_cannot_be_grave_since_the_infusion_is_not_told(self, measured: Result) -> None:
        assert of_patient(judged(measured, by=as_findings())) == []

    def test_what_cannot_be_read_is_told_once(self) -> None:
        assert of_patient(judged(anc(DAYS[0], "clotted"), by=as_findings())) == [
            "laboratory_value_unreadable"
        ]

    def test_a_trial_without_rules_is_told_of_it_too(self) -> None:
        lmy = protocol("NCT06340750")
        (agent,) = [each for each, role in lmy.document.agents.items() if role != "background"]
        given = [{"agent": agent, "start": "2026-03-01T10:00+08:00"}]
        bare = anc(DAYS[0], "0.3", unit=None)
        answer = judged(bare, by=lmy, phase="escalation", exposures=given)
        assert of_patient(answer) == ["laboratory_not_reported"]

    def test_results_of_one_day_whose_order_is_not_known(self) -> None:
        day = potassium("2026-03-04", "7.5"), potassium("2026-03-04", "4.0")
        (message,) = messages(judged(*day, by=as_findings()))
        assert "may reach grade 4" in message
        assert message.endswith("missing: clock time.")
        instant = potassium(DAYS[0], "7.5"), potassium(DAYS[0], "4.0")
        (message,) = messages(judged(*instant, by=as_findings()))
        assert message.endswith("missing: which result of that time holds.")

    def test_another_analyte_of_the_term_may_still_be_as_it_was(self) -> None:
        def pressure(on: str, analyte: str, value: str) -> Result:
            return {
                "term": "Hypertension", "analyte": analyte, "unit": "mm[Hg]", "value": value,
                "measured_at": on, "age_years": "40",
            }  # fmt: skip

        high = pressure(DAYS[0], "systolic_bp", "165"), pressure(DAYS[1], "diastolic_bp", "70")
        told = messages(judged(*high, by=as_findings()))
        assert "the results reach grade 3 on 2026-03-05" in told[0]
        assert "may reach grade 3 on 2026-03-25" in told[1]
        assert "missing: systolic_bp of that time" in told[1]

    def test_what_may_be_grave_after_the_end_does_not_just_close_the_event(self) -> None:
        reported = event(
            "Neutropenia", (3, "2026-03-04"), (0, "2026-03-10"), clinically_significant=True
        )
        results = anc(DAYS[0], "0.7"), anc(DAYS[1], "0.3", unit=None)
        answer = judged(*results, events=[reported], by=as_findings())
        assert of_patient(answer) == ["laboratory_not_reported"]
        as_event = judged(*results, events=[reported], by=as_events())
        assert [*verdicts(as_event).values()] == ["NOT_DLT", "UNDETERMINED"]


def test_what_a_result_of_some_day_of_the_month_makes_open_is_open_in_an_event_too() -> None:
    days = [potassium(on, "6.5") for on in DAYS]
    assert of("Hyperkalemia", *days).verdict == "DLT"
    answer = of("Hyperkalemia", potassium("2026-03", "4.0"), *days)
    assert answer.verdict == "UNDETERMINED"
    assert "the computed grade is 3 (6.5 mmol/L); missing: clock time" in messages(answer)[-1]


class TestWhatDiffers:
    """Only a reported grade that the result cannot be differs, whatever was not told."""

    @staticmethod
    def beside(grade: int, measured: Result) -> list[str]:
        reported = event("Anemia", (grade, "2026-03-04"), ongoing=True)
        answer = judged(measured, events=[reported], by=as_findings()).events[0]
        return [each.message for each in answer.findings if each.code == "computed_grade_differs"]

    def test_a_told_fact_makes_the_grade(self) -> None:
        indicated = hemoglobin(DAYS[0], "9.1", facts={"transfusion_indicated": True})
        assert self.beside(3, indicated) == []
        (message,) = self.beside(2, indicated)
        assert "grade 3 (9.1 g/dL) is computed, 2 reported" in message

    def test_a_fact_that_nobody_told_may_have_made_it(self) -> None:
        assert self.beside(3, hemoglobin(DAYS[0], "9.1")) == []
        assert self.beside(4, hemoglobin(DAYS[0], "9.1")) == []
        (message,) = self.beside(1, hemoglobin(DAYS[0], "9.1"))
        assert "grade 2 (9.1 g/dL) is computed, 1 reported" in message

    def test_a_fact_that_was_denied_did_not(self) -> None:
        denied = {"transfusion_indicated": False, "life_threatening_consequences": False}
        told = hemoglobin(DAYS[0], "9.1", facts={**denied, "urgent_intervention_indicated": False})
        (message,) = self.beside(3, told)
        assert "grade 2 (9.1 g/dL) is computed, 3 reported" in message

    def test_a_told_fact_is_judged(self) -> None:
        told = {"hospitalization_indicated": True}
        answer = of("Hyperkalemia", *(potassium(on, "5.7", facts=told) for on in DAYS))
        assert answer.verdict == "DLT"

    def test_a_told_fact_counts_where_the_number_leaves_it_open_whether_there_is_anemia(
        self,
    ) -> None:
        """Without a lower limit 11 may be normal, and then nothing is called for because of it."""
        told = {"transfusion_indicated": True}
        answer = of("Anemia", *(hemoglobin(on, "11", lln=None, facts=told) for on in DAYS))
        assert answer.verdict == "UNDETERMINED"
        assert "the computed grade is 0 to 3 (11 g/dL)" in messages(answer)[1]


MEASURED = st.lists(
    st.builds(
        lambda day, value: sodium(f"2026-03-{day:02}T08:00+08:00", value),
        st.integers(2, 30),
        st.sampled_from(["119", "123", "128", "132", "140"]),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda each: each["measured_at"],
)


@given(MEASURED, st.lists(st.booleans(), min_size=5, max_size=5))
def test_symptoms_that_become_known_take_no_verdict_back(
    measured: list[Result], symptoms: list[bool]
) -> None:
    before = of("Hyponatremia", *measured).verdict
    told = [
        {**each, "facts": {"symptomatic": flag}}
        for each, flag in zip(measured, symptoms, strict=False)
    ]
    if before in {"DLT", "NOT_DLT"}:
        assert of("Hyponatremia", *told).verdict == before


@given(
    st.lists(
        st.tuples(st.integers(2, 30), st.sampled_from(["30", "90", "150", "300", "900"])),
        min_size=1,
        max_size=5,
        unique_by=lambda each: each[0],
    ),
    st.sampled_from(["20", "45", "100", "400"]),
)
def test_a_baseline_that_becomes_known_takes_no_verdict_back(
    values: list[tuple[int, str]], screening: str
) -> None:
    measured = [alt(f"2026-03-{day:02}T08:00+08:00", value) for day, value in values]
    before = of(ALT, *measured).verdict
    after = of(ALT, alt("2026-02-27T08:00+08:00", screening), *measured).verdict
    if before in {"DLT", "NOT_DLT"}:
        assert after == before
