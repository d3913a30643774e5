"""The events that results make by the protocol's own bounds, beside what was reported."""

import pytest

from tests.builders import event, fields
from tests.domain.adjudication.own_terms import (
    bound,
    findings,
    judged,
    measured,
    message,
    own_term,
    protocol,
    verdicts,
)
from tests.domain.dlt.toy import clause

ONE = "Own bound"
OF_ONE = f"laboratory:{ONE}"


class TestItsEvents:
    BY = protocol(own_term(ONE, bound(1, "alt", above="3 x ULN")))

    def test_it_is_an_event_although_other_results_are_findings(self) -> None:
        answer = judged(self.BY, measured("alt", "08:00", "801"))
        assert verdicts(answer) == {OF_ONE: "DLT"}
        assert [each.code for each in answer.subject.findings] == ["laboratory_not_reported"]

    def test_a_ruling_may_speak_of_it(self) -> None:
        related = {"agent": "IC19", "any_of": ["possible", "probable", "definite"]}
        by = protocol(own_term(ONE, bound(1, "alt", above="3 x ULN")), counts={"related": related})
        high = measured("alt", "08:00", "121")
        asked = judged(by, high)
        assert fields(asked.events[0]) == ["causality"]
        ruling = {"on": "2026-03-10", "by": "Monitor", "event": OF_ONE,
                  "question": "causality", "answer": "related"}  # fmt: skip
        assert verdicts(judged(by, high, rulings=[ruling])) == {OF_ONE: "DLT"}

    def test_a_reported_event_of_the_term_has_the_results_beside_it(self) -> None:
        reported = event(ONE, (1, "2026-03-04"), (0, "2026-03-06"))
        answer = judged(self.BY, measured("alt", "08:00", "120"), events=[reported])
        assert verdicts(answer) == {"AE-1": "DLT"}
        assert findings(answer)[0] == "computed_grade_differs"
        assert "By the bounds of TOY version 1" in message(answer, "computed_grade_differs")

    def test_what_is_shown_after_the_end_of_a_reported_event_is_one_of_its_own(self) -> None:
        reported = event(ONE, (1, "2026-03-05"), (0, "2026-03-06"))
        again = measured("alt", "2026-03-12T08:00+08:00", "121")
        shown = measured("alt", "08:00", "121"), measured("alt", "2026-03-07T08:00+08:00", "30")
        answer = judged(self.BY, *shown, again, events=[reported])
        assert verdicts(answer) == {"AE-1": "DLT", f"{OF_ONE} after AE-1": "DLT"}

    def test_what_was_shown_before_a_reported_event_belongs_to_it(self) -> None:
        reported = event(ONE, (1, "2026-03-08"), (0, "2026-03-09"))
        answer = judged(self.BY, measured("alt", "08:00", "121"), events=[reported])
        assert list(verdicts(answer)) == ["AE-1"]

    def test_without_a_definition_of_a_dlt_it_is_judged_by_none(self) -> None:
        by = protocol(own_term(ONE, bound(1, "alt", above="3 x ULN")), dlt=None)
        high = measured("alt", "08:00", "121")
        assert verdicts(judged(by, high)) == {OF_ONE: "NOT_APPLICABLE"}

    def test_many_results_are_counted(self) -> None:
        high = [measured("alt", f"0{hour}:00", "121") for hour in range(5)]
        assert message(judged(self.BY, *high), "laboratory_bound_met").endswith("; and 2 more.")

    @pytest.mark.parametrize("dictionary", ["ctcae-4.03", "ctcae-6.0"])
    def test_a_dictionary_without_numeric_criteria_serves_too(self, dictionary: str) -> None:
        by = protocol(own_term(ONE, bound(1, "alt", above="3 x ULN")), dictionary=dictionary)
        answer = judged(by, measured("alt", "08:00", "121"), measured("alp", "08:00", "500"))
        assert verdicts(answer) == {OF_ONE: "DLT"}
        (told,) = answer.subject.findings
        assert told.code == "laboratory_not_graded"
        assert "have none for Alkaline phosphatase" in told.message

    def test_limits_come_from_the_ranges_of_a_laboratory(self) -> None:
        by = protocol(own_term(ONE, bound(1, "alt", above="3 x ULN")), dictionary="ctcae-6.0")
        stated = {"laboratory": "Central", "analyte": "alt", "unit": "U/L", "uln": "40",
                  "valid_from": "2026-01-01"}  # fmt: skip
        bare = measured("alt", "08:00", "121", uln=None, laboratory="Central")
        answer = judged(by, bare, laboratory_ranges=[stated])
        assert verdicts(answer) == {OF_ONE: "DLT"}

    def test_results_that_no_bound_asks_for_say_nothing(self) -> None:
        by = protocol(own_term(ONE, bound(1, "alt", above="3 x ULN")))
        unknown = measured("nothing", "08:00", "1")
        assert verdicts(judged(by, unknown)) == {}
        of_term = measured("alp", "08:00", "130") | {"analyte": None, "term": "Anemia"}
        assert verdicts(judged(by, {**of_term, "unit": "g/L"})) == {}

    def test_a_result_that_names_a_term_is_of_its_analyte(self) -> None:
        by = protocol(own_term(ONE, bound(1, "potassium", above="7 mmol/L")))
        told = measured("potassium", "08:00", "7.1", unit="mmol/L")
        of_term = {**told, "analyte": None, "term": "Hyperkalemia"}
        assert verdicts(judged(by, of_term)) == {OF_ONE: "DLT"}


class TestConcurrent:
    TERM = own_term("Bilirubin above 2 x ULN", bound(1, "bilirubin", above="2 x ULN"))
    ALT = "Alanine aminotransferase increased"
    WHEN = ({"term": ALT}, {"concurrent": {"term": "Bilirubin above 2 x ULN"}})
    BY = protocol(TERM, criteria=[clause("both", grade=2, when={"all": WHEN})])

    @pytest.mark.parametrize(
        ("at", "value", "verdict"),
        [
            ("2026-03-05T08:00+08:00", "41", "DLT"),
            ("2026-03-05T08:00+08:00", "40", "NOT_DLT"),
            ("2026-03-08T07:59+08:00", "40", "NOT_DLT"),
            ("2026-03-08T08:01+08:00", "40", "UNDETERMINED"),
            ("2026-03-05T07:59+08:00", "40", "UNDETERMINED"),
            ("2026-03-08T08:01+08:00", "41", "UNDETERMINED"),
            ("2026-03-05T07:59+08:00", "41", "UNDETERMINED"),
        ],
    )
    def test_what_nobody_measured_at_the_time_is_unknown(
        self, at: str, value: str, verdict: str
    ) -> None:
        mine = event(
            "Alanine aminotransferase increased",
            (2, "2026-03-05T08:00+08:00"),
            (0, "2026-03-08T08:00+08:00"),
        )
        answer = judged(self.BY, measured("bilirubin", at, value), events=[mine])
        assert verdicts(answer)["AE-1"] == verdict
        if verdict == "UNDETERMINED":
            assert fields(answer.events[0]) == ["concurrent_event"]

    def test_one_run_of_two_was_looked_at(self) -> None:
        mine = event(
            "Alanine aminotransferase increased",
            (2, "2026-03-05T08:00+08:00"),
            (0, "2026-03-08T08:00+08:00"),
            (2, "2026-03-10T08:00+08:00"),
            (0, "2026-03-11T08:00+08:00"),
        )
        high = measured("bilirubin", "2026-03-07T08:00+08:00", "41")
        normal = measured("bilirubin", "2026-03-08T09:00+08:00", "20")
        answer = judged(self.BY, high, normal, events=[mine])
        assert verdicts(answer)["AE-1"] == "UNDETERMINED"
        looked = measured("bilirubin", "2026-03-10T09:00+08:00", "20")
        assert verdicts(judged(self.BY, normal, looked, events=[mine]))["AE-1"] == "UNDETERMINED"
        never = judged(self.BY, events=[mine])
        assert verdicts(never)["AE-1"] == "UNDETERMINED"

    def test_rules_without_another_event_ask_for_no_times(self) -> None:
        by = protocol(self.TERM)
        mine = event("Fatigue", (2, "2026-03-05"), (0, "2026-03-08"))
        assert verdicts(judged(by, events=[mine])) == {"AE-1": "NOT_DLT"}

    def test_results_without_a_value_or_a_name_look_at_nothing(self) -> None:
        mine = event("Alanine aminotransferase increased", (2, "2026-03-05"), (0, "2026-03-08"))
        nothing = measured("bilirubin", "2026-03-06", None), measured("what", "2026-03-06", "1")
        later = measured("bilirubin", "2026-06-06", "20")
        answer = judged(self.BY, *nothing, later, events=[mine])
        assert verdicts(answer)["AE-1"] == "UNDETERMINED"
