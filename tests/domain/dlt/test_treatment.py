"""How long interventions were given: both sides of every limit, and what lies ahead."""

from typing import Any

import pytest

from tests.builders import Change, fields, settles
from tests.domain.dlt.treated import BEGUN, HOUR_24, LONG, OPEN, RUN, SOON, given, judged, told


class TestHowLong:
    @pytest.mark.parametrize(
        ("end", "verdict"),
        [("2026-03-06T08:00+08:00", "NOT_DLT"), ("2026-03-06T08:01+08:00", "DLT")],
    )
    def test_hours_compare_instants(self, end: str, verdict: str) -> None:
        found = judged(LONG, [given(BEGUN, end)], *RUN)
        assert told(found) == (verdict, HOUR_24 if verdict == "DLT" else None)

    @pytest.mark.parametrize(
        ("end", "verdict"),
        [("2026-03-06T07:59+08:00", "NOT_DLT"), ("2026-03-06T08:00+08:00", "DLT")],
    )
    def test_at_least_includes_the_limit(self, end: str, verdict: str) -> None:
        least = {"intervention": {"kind": "vasopressor", "at_least": "PT24H"}}
        assert judged(least, [given(BEGUN, end)], *RUN).verdict == verdict

    @pytest.mark.parametrize(
        ("bound", "end", "verdict"),
        [
            ("at_least", "2026-03-06T23:59+08:00", "NOT_DLT"),
            ("at_least", "2026-03-07T00:00+08:00", "DLT"),
            ("longer_than", "2026-03-07T23:59+08:00", "NOT_DLT"),
            ("longer_than", "2026-03-08T00:00+08:00", "DLT"),
            ("at_least", "2026-03-06", "NOT_DLT"),
            ("at_least", "2026-03-07", "DLT"),
        ],
    )
    def test_days_compare_dates(self, bound: str, end: str, verdict: str) -> None:
        asked = {"intervention": {"kind": "ventilation", bound: "P2D"}}
        start = "2026-03-05" if len(end) == 10 else "2026-03-05T20:00+08:00"
        assert judged(asked, [given(start, end, "ventilation")], *RUN).verdict == verdict

    def test_days_may_be_periods_of_24_hours(self) -> None:
        asked = {"intervention": {"kind": "ventilation", "at_least": "P2D"}}
        ends = ("2026-03-07T19:59+08:00", "2026-03-07T20:00+08:00")
        verdicts = [
            judged(
                asked,
                [given("2026-03-05T20:00+08:00", end, "ventilation")],
                *RUN,
                clocks={"days_are": "elapsed"},
            ).verdict
            for end in ends
        ]
        assert verdicts == ["NOT_DLT", "DLT"]

    def test_a_limit_that_is_excluded_is_long_enough(self) -> None:
        clocks = {"within_includes_limit": False}
        end = "2026-03-06T08:00+08:00"
        assert judged(LONG, [given(BEGUN, end)], *RUN, clocks=clocks).verdict == "DLT"

    @pytest.mark.parametrize(
        ("start", "end", "verdict"),
        [
            ("2026-03-05", "2026-03-05", "NOT_DLT"),
            ("2026-03-05", "2026-03-06", "UNDETERMINED"),  # from 0 to 48 hours
            ("2026-03-05", "2026-03-07", "DLT"),
            ("2026-03", "2026-03", "UNDETERMINED"),
            (None, "2026-03-07", "UNDETERMINED"),
            (BEGUN, None, "UNDETERMINED"),
            (None, None, "UNDETERMINED"),
            ("2026-03-07", "2026-03-05", "UNDETERMINED"),  # ends before it begins
        ],
    )
    def test_partial_times_are_intervals(
        self, start: str | None, end: str | None, verdict: str
    ) -> None:
        assert judged(LONG, [given(start, end)], *RUN).verdict == verdict

    @pytest.mark.parametrize(
        ("interventions", "verdict"),
        [(None, "UNDETERMINED"), (["vasopressor"], "UNDETERMINED"), ([], "NOT_DLT")],
    )
    def test_words_have_no_times_and_silence_is_no_verdict(
        self, interventions: Any, verdict: str
    ) -> None:
        found = judged(LONG, interventions, *RUN)
        assert found.verdict == verdict
        if verdict == "UNDETERMINED":
            assert fields(found) == ["intervention_duration"]
            assert settles(found, "intervention_duration") == {
                "long_enough": "DLT",
                "too_short": "NOT_DLT",
            }

    def test_one_takes_over_from_another(self) -> None:
        night = "2026-03-06T00:00+08:00"
        first_one = given(BEGUN, night, "norepinephrine")
        on_time = given(night, "2026-03-06T09:00+08:00", "dopamine")
        late = given("2026-03-06T00:10+08:00", "2026-03-06T09:00+08:00", "dopamine")
        assert told(judged(LONG, [first_one, on_time], *RUN)) == ("DLT", HOUR_24)
        assert told(judged(LONG, [on_time, first_one], *RUN)) == ("DLT", HOUR_24)
        assert judged(LONG, [first_one, late], *RUN).verdict == "NOT_DLT"
        beside = given(BEGUN, "2026-03-09T08:00+08:00", "ventilation")
        assert judged(LONG, [first_one, beside], *RUN).verdict == "NOT_DLT"

    def test_whether_one_took_over_on_that_day_is_not_known(self) -> None:
        both = [
            given(BEGUN, "2026-03-06", "norepinephrine"),
            given("2026-03-06", "2026-03-06T22:00+08:00", "dopamine"),
        ]
        assert judged(LONG, both, *RUN).verdict == "UNDETERMINED"

    def test_a_word_that_nobody_knows_may_be_of_the_kind(self) -> None:
        other = given(BEGUN, "2026-03-07T08:00+08:00", "angiotensin")
        assert judged(LONG, [other], *RUN).verdict == "UNDETERMINED"
        sure = given(BEGUN, "2026-03-07T08:00+08:00")
        assert judged(LONG, [other, sure], *RUN).verdict == "DLT"

    @pytest.mark.parametrize(
        ("ongoing", "verdict"),
        [(None, "UNDETERMINED"), (True, "DLT"), (False, "UNDETERMINED")],
    )
    def test_only_what_is_said_to_go_on_goes_on(self, ongoing: bool | None, verdict: str) -> None:
        found = judged(LONG, [given(BEGUN, ongoing=ongoing)], as_of="2026-03-07")
        assert found.verdict == verdict

    def test_what_was_over_by_the_cut_was_too_short_until_then(self) -> None:
        short = judged(LONG, [given(BEGUN, ongoing=False)], as_of="2026-03-06T08:00+08:00")
        assert short.verdict == "NOT_DLT"

    @pytest.mark.parametrize(
        ("ongoing", "verdict"), [(True, "UNDETERMINED"), (None, "NOT_DLT"), (False, "NOT_DLT")]
    )
    def test_what_is_over_and_goes_on_is_not_known(
        self, ongoing: bool | None, verdict: str
    ) -> None:
        end = "2026-03-05T20:00+08:00"
        assert judged(LONG, [given(BEGUN, end, ongoing=ongoing)], *RUN).verdict == verdict


class TestAhead:
    @pytest.mark.parametrize(
        ("as_of", "verdict"),
        [("2026-03-06T07:59+08:00", "PENDING"), ("2026-03-06T08:00+08:00", "DLT")],
    )
    @pytest.mark.parametrize("end", [{"ongoing": True}, {"end": "2026-03-11"}])
    def test_what_goes_on_becomes_a_dlt(
        self, end: dict[str, Any], as_of: str, verdict: str
    ) -> None:
        """An end that lies after the cut is one that had not come."""
        found = judged(LONG, [{"kind": "vasopressor", "start": BEGUN, **end}], as_of=as_of)
        assert told(found) == (verdict, HOUR_24)

    @pytest.mark.parametrize(
        "stopped",
        [
            {"death": {"date": "2026-03-05T20:00+08:00", "cause": "an accident"}},
            {"death": {"date": None}},
            {"withdrawal": {"date": "2026-03-05T20:00+08:00"}},
            {"follow_up_until": "2026-03-05T20:00+08:00"},
        ],
    )
    @pytest.mark.parametrize("as_of", ["2026-03-05T22:00+08:00", "2026-03-10"])
    def test_no_clock_runs_beyond_the_end_of_the_observation(
        self, as_of: str, stopped: dict[str, Any]
    ) -> None:
        found = judged(LONG, [given(BEGUN, ongoing=True)], as_of=as_of, **stopped)
        assert (found.verdict, found.becomes_dlt_at) == ("UNDETERMINED", None)
        assert "PENDING" not in settles(found, "intervention_duration").values()

    def test_a_reader_is_told_what_has_to_go_on(self) -> None:
        found = judged(LONG, [given(BEGUN, ongoing=True)], as_of="2026-03-05T20:00+08:00")
        said = found.explanation.text
        assert "2026-03-06 08:00 +08:00 if the present grade and treatment persist" in said
        (criterion,) = found.explanation.tree.parts
        (fact,) = (each for each in criterion.parts if each.kind == "fact")
        assert (fact.truth, fact.since) == ("not_yet", HOUR_24)
        assert fact.text == "vasopressor was given for longer than 24 h: not yet"

    def test_a_reader_is_told_that_nothing_was_begun(self) -> None:
        found = judged({"not": SOON}, [], *RUN)
        (criterion,) = found.explanation.tree.parts
        (fact,) = (each for each in criterion.parts if each.kind == "fact")
        assert (fact.truth, fact.since) == ("yes", HOUR_24)
        assert fact.text == (
            "no intervention of the kind “tocilizumab” began within 24 hours of the start of the "
            "judged run, nor before it: yes"
        )

    def test_the_limit_had_run_out_before_the_patient_died(self) -> None:
        death = {"date": "2026-03-06T09:00+08:00"}
        found = judged(LONG, [given(BEGUN, ongoing=True)], as_of="2026-03-10", death=death)
        assert told(found) == ("DLT", HOUR_24)

    def test_a_fatal_event_stops_the_clock(self) -> None:
        fatal: tuple[Change, ...] = (*OPEN, (5, "2026-03-05T20:00+08:00"))
        found = judged(LONG, [given(BEGUN, ongoing=True)], *fatal, as_of="2026-03-05T22:00+08:00")
        assert (found.verdict, found.becomes_dlt_at) == ("UNDETERMINED", None)

    @pytest.mark.parametrize(
        ("death", "verdict"),
        [("2026-03-05T20:00+08:00", "UNDETERMINED"), ("2026-03-08", "DLT")],
    )
    def test_an_end_after_the_death_is_none(self, death: str, verdict: str) -> None:
        treated = [given(BEGUN, "2026-03-07T08:00+08:00")]
        found = judged(LONG, treated, as_of="2026-03-10", death={"date": death})
        assert found.verdict == verdict

    @pytest.mark.parametrize(
        ("as_of", "verdict", "at"),
        [
            ("2026-03-05", "PENDING", "2026-03-07T00:00:00+08:00"),
            ("2026-03-06T12:00+08:00", "UNDETERMINED", "2026-03-07T00:00:00+08:00"),
            ("2026-03-07", "DLT", "2026-03-07T00:00:00+08:00"),
        ],
    )
    def test_a_start_dated_by_the_day_runs_out_within_a_day(
        self, as_of: str, verdict: str, at: str
    ) -> None:
        found = judged(LONG, [given("2026-03-05", ongoing=True)], as_of=as_of)
        assert told(found) == (verdict, at)
        if verdict == "UNDETERMINED":
            assert settles(found, "intervention_duration") == {
                "beyond_limit": "DLT",
                "within_limit": "PENDING",
            }

    @pytest.mark.parametrize(
        ("as_of", "verdict"),
        [("2026-03-06T07:59+08:00", "PENDING"), ("2026-03-07", "UNDETERMINED")],
    )
    def test_where_the_form_falls_silent_only_limits_ahead_are_pending(
        self, as_of: str, verdict: str
    ) -> None:
        form = {"ongoing_as_of": "2026-03-05T20:00+08:00"}
        found = judged(LONG, [given(BEGUN, ongoing=True)], as_of=as_of, event_tells=form)
        assert found.verdict == verdict

    def test_silence_may_be_persistence(self) -> None:
        found = judged(
            LONG,
            [given(BEGUN, ongoing=True)],
            as_of="2026-03-07",
            event_tells={"ongoing_as_of": "2026-03-05T20:00+08:00"},
            clocks={"after_last_report": "persists"},
        )
        assert found.verdict == "DLT"

    def test_a_form_of_the_day_of_the_cut_speaks_of_the_cut(self) -> None:
        form = {"ongoing_as_of": "2026-03-07"}
        found = judged(LONG, [given(BEGUN, ongoing=True)], as_of="2026-03-07", event_tells=form)
        assert found.verdict == "DLT"

    def test_what_starts_at_the_cut_runs_from_then_on(self) -> None:
        found = judged(LONG, [given(BEGUN, ongoing=True)], as_of=BEGUN)
        assert told(found) == ("PENDING", HOUR_24)

    def test_an_end_at_the_cut_is_one(self) -> None:
        assert judged(LONG, [given(BEGUN, HOUR_24)], as_of=HOUR_24).verdict == "NOT_DLT"

    @pytest.mark.parametrize(
        ("as_of", "verdict"),
        [("2026-03-06T07:00+08:00", "UNDETERMINED"), ("2026-03-06", "NOT_DLT")],
    )
    def test_an_end_that_may_lie_after_the_cut_may_be_none(self, as_of: str, verdict: str) -> None:
        longer = {"intervention": {"kind": "vasopressor", "longer_than": "PT48H"}}
        assert judged(longer, [given(BEGUN, "2026-03-06")], as_of=as_of).verdict == verdict

    def test_a_start_of_the_month_of_the_cut_lies_before_it(self) -> None:
        found = judged(LONG, [given("2026-03", ongoing=True)], as_of="2026-03-07")
        assert found.verdict == "UNDETERMINED"

    def test_one_that_ends_before_it_begins_has_unknown_times(self) -> None:
        longer = {"intervention": {"kind": "vasopressor", "longer_than": "PT48H"}}
        found = judged(longer, [given("2026-03-10", "2026-03-06")])
        assert found.verdict == "UNDETERMINED"
        assert settles(found, "intervention_duration") == {
            "long_enough": "DLT", "too_short": "NOT_DLT",
        }  # fmt: skip
