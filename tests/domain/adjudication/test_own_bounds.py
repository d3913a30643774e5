"""Results against bounds of the protocol's own: both sides, at one time, and what is open."""

from typing import Any

import pytest

from app.data.dictionaries import load, synonyms_of
from app.domain.adjudication.protocol import read_document, ready
from app.domain.errors import BadProtocol
from tests.builders import settles
from tests.domain.adjudication.own_terms import (
    HY,
    OF_HY,
    Result,
    bound,
    hys_law,
    judged,
    measured,
    message,
    own_term,
    protocol,
    protocol_document,
    verdicts,
)
from tests.domain.dlt.toy import clause

ONE = "Own bound"
OF_ONE = f"laboratory:{ONE}"


class TestEachKindOfBound:
    @pytest.mark.no_cover
    @pytest.mark.parametrize(
        ("edge", "on_it", "beyond"),
        [
            ({"above": "200 mg/dL"}, "200", "200.001"),
            ({"at_least": "200 mg/dL"}, "199.999", "200"),
            ({"below": "50 mg/dL"}, "50", "49.999"),
            ({"at_most": "50 mg/dL"}, "50.001", "50"),
        ],
    )
    def test_both_sides_of_an_amount(self, edge: dict[str, str], on_it: str, beyond: str) -> None:
        by = protocol(own_term(ONE, bound(1, "glucose", **edge)))
        kept = measured("glucose", "08:00", on_it, unit="mg/dL")
        assert verdicts(judged(by, kept)) == {}
        broken = measured("glucose", "08:00", beyond, unit="mg/dL")
        assert verdicts(judged(by, broken)) == {OF_ONE: "DLT"}

    @pytest.mark.parametrize(("value", "held"), [("11.1014", False), ("11.1016", True)])
    def test_a_bound_is_moved_into_the_unit_of_the_result(self, value: str, held: bool) -> None:
        """200 mg/dL are 11.1015 mmol/L by the molar mass of glucose."""
        by = protocol(own_term(ONE, bound(1, "glucose", above="200 mg/dL")))
        answer = judged(by, measured("glucose", "08:00", value, unit="mmol/L"))
        assert verdicts(answer) == ({OF_ONE: "DLT"} if held else {})
        if held:
            assert "Glucose 11.1016 mmol/L (above 200 mg/dL: 11.1" in message(
                answer, "laboratory_bound_met"
            )

    @pytest.mark.no_cover
    @pytest.mark.parametrize(
        ("edge", "told", "on_it", "beyond"),
        [
            ({"above": "3 x ULN"}, {}, "120", "120.5"),
            ({"below": "0.5 x LLN"}, {"lln": "10"}, "5", "4.9"),
            ({"at_least": "2 x baseline"}, {"baseline": {"value": "30"}}, "59.9", "60"),
            ({"above": "baseline + 20 U/L"}, {"baseline": {"value": "30"}}, "50", "50.1"),
            ({"at_most": "baseline - 25 %"}, {"baseline": {"value": "40"}}, "30.1", "30"),
        ],
    )
    def test_both_sides_of_a_bound_that_is_told_from_another_number(
        self, edge: dict[str, str], told: dict[str, Any], on_it: str, beyond: str
    ) -> None:
        by = protocol(own_term(ONE, bound(1, "alt", **edge)))
        assert verdicts(judged(by, measured("alt", "08:00", on_it, **told))) == {}
        assert verdicts(judged(by, measured("alt", "08:00", beyond, **told))) == {OF_ONE: "DLT"}

    def test_what_has_no_unit(self) -> None:
        by = protocol(own_term(ONE, bound(1, "inr", above="1.5")))
        assert verdicts(judged(by, measured("inr", "08:00", "1.5"))) == {}
        answer = judged(by, measured("inr", "08:00", "1.6"))
        assert message(answer, "laboratory_bound_met").endswith("time 1.6 (above 1.5).")

    def test_the_last_result_before_the_infusion_is_the_baseline(self) -> None:
        by = protocol(own_term(ONE, bound(1, "alt", above="2 x baseline")))
        before = measured("alt", "2026-02-27", "30")
        assert verdicts(judged(by, before, measured("alt", "08:00", "60"))) == {}
        assert verdicts(judged(by, before, measured("alt", "08:00", "61"))) == {OF_ONE: "DLT"}
        alone = protocol(
            own_term(ONE, bound(1, "alt", above="2 x baseline")),
            grading={"laboratory": {"baseline": "as_reported"}},
        )
        answer = judged(alone, before, measured("alt", "08:00", "61"))
        assert verdicts(answer) == {OF_ONE: "UNDETERMINED"}
        assert "missing: baseline of alt" in message(answer, "computed_grade_open")

    def test_which_baseline_is_meant_may_not_be_sure(self) -> None:
        by = protocol(own_term(ONE, bound(1, "alt", above="2 x baseline")))
        twice = [measured("alt", "2026-02-27", each) for each in ("30", "35")]
        answer = judged(by, *twice, measured("alt", "08:00", "61"))
        assert verdicts(answer) == {OF_ONE: "UNDETERMINED"}
        assert [each.code for each in answer.subject.findings] == ["laboratory_baseline_ambiguous"]


class TestSeveralGrades:
    TERM = own_term(ONE, bound(1, "alt", above="3 x ULN"), bound(3, "alt", above="8 x ULN"))

    @pytest.mark.parametrize(("value", "criterion"), [("320", "mild"), ("321", "severe")])
    @pytest.mark.parametrize("at", ["08:00", "2026-03-05"])
    def test_the_highest_counts(self, value: str, criterion: str, at: str) -> None:
        criteria = [
            clause("severe", grade=3, when={"term": ONE}),
            clause("mild", grade=1, when={"term": ONE}),
        ]
        (told,) = judged(protocol(self.TERM, criteria=criteria), measured("alt", at, value)).events
        assert (told.verdict, told.criterion) == ("DLT", criterion)

    def test_lines_that_no_rule_draws_need_no_limit(self) -> None:
        """121 U/L may be grade 1 or 3, and without a criterion for 1 only 3 is asked."""
        by = protocol(self.TERM, criteria=[clause("severe", grade=3, when={"term": ONE})])
        assert verdicts(judged(by, measured("alt", "08:00", "320"))) == {OF_ONE: "NOT_DLT"}
        open_ = judged(by, measured("alt", "08:00", "320", uln=None))
        assert verdicts(open_) == {OF_ONE: "UNDETERMINED"}

    def test_ways_of_different_analytes_stand_beside_each_other(self) -> None:
        by = protocol(
            own_term(ONE, bound(1, "alt", above="3 x ULN"), bound(1, "alp", above="300 U/L"))
        )
        assert verdicts(judged(by, measured("alp", "08:00", "301"))) == {OF_ONE: "DLT"}
        assert verdicts(judged(by, measured("alt", "08:00", "121"))) == {OF_ONE: "DLT"}
        assert (
            verdicts(judged(by, measured("alt", "08:00", "120"), measured("alp", "09:00", "300")))
            == {}
        )

    @pytest.mark.parametrize("of_that_day", ["120", "121"])
    def test_of_one_day_what_was_shown_stands(self, of_that_day: str) -> None:
        by = protocol(own_term(ONE, bound(1, "alt", "ast", above="3 x ULN")))
        day = "2026-03-05"
        told = measured("alt", day, "121"), measured("ast", day, of_that_day)
        later = measured("alt", "2026-03-09", "30"), measured("ast", "2026-03-09", "30")
        assert verdicts(judged(by, *told, *later)) == {OF_ONE: "DLT"}


class TestWhatIsOpen:
    BY = protocol(own_term(ONE, bound(1, "alt", above="3 x ULN")))

    @pytest.mark.parametrize(
        ("told", "missing"),
        [
            ({"uln": None}, "uln of alt"),
            ({"uln": "0"}, "uln of alt"),
            ({"value": ">100"}, "value of alt"),
            ({"value": "clotted"}, "value of alt"),
        ],
    )
    def test_what_a_result_does_not_say_is_named(self, told: dict[str, Any], missing: str) -> None:
        answer = judged(self.BY, {**measured("alt", "08:00", "121"), **told})
        assert verdicts(answer) == {OF_ONE: "UNDETERMINED"}
        assert settles(answer.events[0], "grade") == {"0": "NOT_DLT", "1": "DLT"}
        assert f"missing: {missing}" in message(answer, "computed_grade_open")

    @pytest.mark.parametrize("unit", [None, "pints"])
    def test_an_amount_needs_a_unit_that_is_known(self, unit: str | None) -> None:
        by = protocol(own_term(ONE, bound(1, "glucose", above="200 mg/dL")))
        answer = judged(by, measured("glucose", "08:00", "250", unit=unit))
        assert verdicts(answer) == {OF_ONE: "UNDETERMINED"}
        assert "missing: unit of glucose" in message(answer, "computed_grade_open")

    def test_a_multiple_of_a_limit_is_in_the_unit_of_the_limit(self) -> None:
        assert verdicts(judged(self.BY, measured("alt", "08:00", "121", unit=None))) == {
            OF_ONE: "DLT"
        }

    @pytest.mark.parametrize(("value", "verdict"), [(">120", "DLT"), ("<=120", None)])
    def test_bounds_of_a_value_may_decide(self, value: str, verdict: str | None) -> None:
        answer = judged(self.BY, measured("alt", "08:00", value))
        assert verdicts(answer) == ({OF_ONE: verdict} if verdict else {})

    def test_no_policy_decides_it(self) -> None:
        by = protocol(
            own_term(ONE, bound(1, "alt", above="3 x ULN")),
            grading={"laboratory": {"policy": {"open_grade": "highest"}}},
        )
        assert verdicts(judged(by, measured("alt", "08:00", "121", uln=None))) == {
            OF_ONE: "UNDETERMINED"
        }

    def test_without_a_value_nothing_was_measured(self) -> None:
        assert judged(self.BY, measured("alt", "08:00", None)).events == ()

    def test_contradicting_results_of_one_instant(self) -> None:
        twice = measured("alt", "08:00", "120"), measured("alt", "08:00", "121")
        answer = judged(self.BY, *twice)
        assert verdicts(answer) == {OF_ONE: "UNDETERMINED"}
        assert "which result of that time holds" in message(answer, "computed_grade_open")

    def test_what_one_analyte_showed_another_does_not_end(self) -> None:
        by = protocol(
            own_term(ONE, bound(1, "alt", "ast", above="3 x ULN")),
            criteria=[clause("c", grade=1, longer_than="P7D", when={"term": ONE})],
        )
        high = measured("alt", "08:00", "121")
        other = measured("ast", "2026-03-12T08:00+08:00", "30")
        ended = measured("alt", "2026-03-13T08:00+08:00", "30")
        assert verdicts(judged(by, high, other, ended)) == {OF_ONE: "UNDETERMINED"}
        assert verdicts(judged(by, high, {**other, "analyte": "alt"}, ended)) == {
            OF_ONE: "NOT_DLT"
        }


class TestAtOneTime:
    BY = protocol(hys_law())
    ALT = measured("alt", "08:00", "121")
    BILIRUBIN = measured("bilirubin", "08:00", "41")
    ALP = measured("alp", "08:00", "240")

    def test_results_of_one_draw_are_together(self) -> None:
        answer = judged(self.BY, self.ALT, self.BILIRUBIN, self.ALP)
        assert verdicts(answer) == {OF_HY: "DLT"}
        assert message(answer, "laboratory_bound_met") == (
            "grade 1 on 2026-03-05T08:00+08:00: Alanine aminotransferase 121 U/L (above 3 x ULN: "
            "120 U/L); Bilirubin 41 umol/L (above 2 x ULN: 40 umol/L); Alkaline phosphatase 240 "
            "U/L (at most 2 x ULN: 240 U/L)."
        )

    @pytest.mark.parametrize(
        "other",
        [
            {"alt": "120"}, {"bilirubin": "40"}, {"alp": "241"},
        ],
    )  # fmt: skip
    def test_each_bound_has_to_hold(self, other: dict[str, str]) -> None:
        values = {"alt": "121", "bilirubin": "41", "alp": "240"} | other
        results = [measured(analyte, "08:00", value) for analyte, value in values.items()]
        assert verdicts(judged(self.BY, *results)) == {}

    @pytest.mark.parametrize("left_out", ["alt", "bilirubin", "alp"])
    def test_what_nobody_measured_may_hold(self, left_out: str) -> None:
        kept = [
            each for each in (self.ALT, self.BILIRUBIN, self.ALP) if each["analyte"] != left_out
        ]
        answer = judged(self.BY, *kept)
        assert verdicts(answer) == {OF_HY: "UNDETERMINED"}
        wanted = (
            "alt of that time, ast of that time"
            if left_out == "alt"
            else f"{left_out} of that time"
        )
        assert f"missing: {wanted}." in message(answer, "computed_grade_open")

    def test_between_two_results_that_keep_it_a_bound_is_kept(self) -> None:
        around = [measured("bilirubin", at, "41") for at in ("07:00", "09:00")]
        assert verdicts(judged(self.BY, self.ALT, *around, self.ALP)) == {OF_HY: "DLT"}

    @pytest.mark.parametrize(
        ("before", "after", "verdict"),
        [
            ("41", None, "UNDETERMINED"),
            ("41", "40", "UNDETERMINED"),
            ("40", "40", None),
            ("40", None, None),
            (None, "40", None),
            (None, "41", "UNDETERMINED"),
        ],
    )
    def test_what_is_known_beside_a_result(
        self, before: str | None, after: str | None, verdict: str | None
    ) -> None:
        told = [(at, value) for at, value in (("07:00", before), ("09:00", after)) if value]
        others = [measured("bilirubin", at, value) for at, value in told]
        answer = judged(self.BY, self.ALT, *others, self.ALP)
        assert verdicts(answer) == ({OF_HY: verdict} if verdict else {})

    def test_a_rise_counts_from_the_result_that_shows_it(self) -> None:
        """Bilirubin was normal at seven and high at nine, when the enzyme was high still."""
        rising = [measured("bilirubin", "07:00", "40"), measured("bilirubin", "09:00", "41")]
        still = measured("alt", "09:00", "130")
        (told,) = judged(self.BY, self.ALT, still, *rising, self.ALP,
                         measured("alp", "10:00", "240")).events  # fmt: skip
        assert (told.verdict, told.established_at) == ("DLT", "2026-03-05T09:00:00+08:00")

    def test_a_value_of_another_day_does_not_speak_for_it(self) -> None:
        earlier = measured("bilirubin", "2026-03-04T08:00+08:00", "40")
        assert verdicts(judged(self.BY, self.ALT, earlier, self.ALP)) == {OF_HY: "UNDETERMINED"}

    def test_an_open_value_beside_it_leaves_it_open(self) -> None:
        for at, missing in (("07:00", "uln of bilirubin"), ("09:00", "bilirubin of that time")):
            unread = measured("bilirubin", at, "41", uln=None)
            answer = judged(self.BY, self.ALT, unread, self.ALP)
            assert verdicts(answer) == {OF_HY: "UNDETERMINED"}
            assert missing in message(answer, "computed_grade_open")
        known = (
            measured("bilirubin", "06:00", "41"),
            measured("bilirubin", "07:00", "41", uln=None),
        )
        both = [*known, measured("bilirubin", "09:00", "41")]
        assert verdicts(judged(self.BY, self.ALT, *both, self.ALP)) == {OF_HY: "UNDETERMINED"}

    def test_of_one_day_alone_nobody_knows_which_came_first(self) -> None:
        day = "2026-03-05"
        told = [{**each, "measured_at": day} for each in (self.ALT, self.BILIRUBIN, self.ALP)]
        answer = judged(self.BY, *told)
        assert verdicts(answer) == {OF_HY: "UNDETERMINED"}
        assert "missing: clock time" in message(answer, "computed_grade_open")
        longer = [
            {**each, "measured_at": f"2026-03-0{number}"}
            for each in (self.ALT, self.BILIRUBIN, self.ALP)
            for number in (4, 5, 6)
        ]
        assert verdicts(judged(self.BY, *longer)) == {OF_HY: "DLT"}

    def test_of_one_day_the_one_may_have_risen_when_the_other_had_fallen(self) -> None:
        def on(day: int, alt: str, bilirubin: str) -> list[Result]:
            values = {"alt": alt, "bilirubin": bilirubin, "alp": "240"}
            return [measured(each, f"2026-03-0{day}", value) for each, value in values.items()]

        told = [*on(4, "30", "41"), *on(5, "121", "41"), *on(6, "121", "20")]
        assert verdicts(judged(self.BY, *told)) == {OF_HY: "UNDETERMINED"}

    def test_one_analyte_against_two_bounds(self) -> None:
        """Above 3 and at most 8 times: of one result, not of two of one day."""
        within = own_term(
            ONE,
            {
                "grade": 1,
                "all": [
                    {"analytes": ["alt"], "above": "3 x ULN"},
                    {"analytes": ["alt"], "at_most": "8 x ULN"},
                ],
            },
        )
        by = protocol(within)
        assert verdicts(judged(by, measured("alt", "08:00", "320"))) == {OF_ONE: "DLT"}
        assert verdicts(judged(by, measured("alt", "08:00", "321"))) == {}
        day = [measured("alt", "2026-03-05", each) for each in ("321", "120")]
        ended = measured("alt", "2026-03-06", "30")
        assert verdicts(judged(by, *day, ended)) != {OF_ONE: "DLT"}


class TestFaults:
    @pytest.mark.parametrize(
        ("step", "pointer", "told"),
        [
            ({"analytes": ["alt"], "above": "three times"}, "/all/0/above", "is no bound"),
            ({"analytes": ["alt"], "below": "3 x uln"}, "/all/0/below", "has no unit of Alanine"),
            ({"analytes": ["alt"], "above": "200 mg/dL"}, "/all/0/above", "U/L, ukat/L"),
            ({"analytes": ["alt"], "above": "baseline + 20 ms"}, "/all/0/above", "has no unit"),
            ({"analytes": ["alt", "liver"], "above": "3 x ULN"}, "/all/0/analytes/1", "'liver'"),
            ({"analytes": ["calcium"], "above": "3 x ULN"}, "/all/0/analytes/0", "'calcium'"),
        ],
    )
    def test_what_a_bound_names_is_there(
        self, step: dict[str, Any], pointer: str, told: str
    ) -> None:
        term = {"term": ONE, "grades": [1], "measured": [{"grade": 1, "all": [step]}]}
        with pytest.raises(BadProtocol) as error:
            protocol(term)
        fault = error.value.faults[0]
        assert fault.pointer == f"/grading/own_terms/0/measured/0{pointer}"
        assert (fault.code, told in fault.message) == ("own_terms", True)

    def test_the_term_has_the_grade(self) -> None:
        term = {**own_term(ONE, bound(2, "alt", above="3 x ULN")), "grades": [1, 3]}
        with pytest.raises(BadProtocol, match="has no grade 2"):
            protocol(term)

    @pytest.mark.parametrize("edges", [{}, {"above": "1 x ULN", "below": "2 x ULN"}])
    def test_a_bound_is_one(self, edges: dict[str, str]) -> None:
        with pytest.raises(BadProtocol, match="need exactly one of"):
            protocol(own_term(HY, bound(1, "alt", **edges)))

    def test_without_analytes_nothing_can_be_measured(self) -> None:
        document = read_document(protocol_document(hys_law()))
        dictionary, synonyms = load("ctcae-4.03"), synonyms_of("ctcae-4.03")
        with pytest.raises(BadProtocol, match="there are no analytes here"):
            ready(document, "sha256:0", dictionary, synonyms)

    @pytest.mark.parametrize("grade", [1, 4])
    def test_a_result_may_be_of_grade(self, grade: int) -> None:
        by = protocol(own_term(HY, bound(grade, "alt", above="1 x ULN")))
        assert judged(by, measured("alt", "09:00", "41")).events[0].verdict == "DLT"

    @pytest.mark.parametrize("grade", [0, 5])
    def test_no_result_is_a_death(self, grade: int) -> None:
        with pytest.raises(BadProtocol):
            protocol({**own_term(HY, bound(grade, "alt", above="1 x ULN")), "grades": [1, 5]})
