"""How soon interventions began, where such conditions may stand, and what rulings say of them."""

from typing import Any

import pytest

from app.domain.dlt.asked import TimedIntervention
from app.domain.errors import BadProtocol, BadValue
from app.domain.time import Limit
from tests.builders import Change, fields, settles
from tests.domain.dlt.toy import clause
from tests.domain.dlt.treated import BEGUN, HOUR_24, LONG, OPEN, RUN, SOON, given, judged, told


class TestHowSoon:
    @pytest.mark.parametrize(
        ("start", "verdict"),
        [
            ("2026-03-04T08:00+08:00", "DLT"),  # before the run
            ("2026-03-06T08:00+08:00", "DLT"),
            ("2026-03-06T08:01+08:00", "NOT_DLT"),
            ("2026-03-05", "DLT"),
            ("2026-03-06", "UNDETERMINED"),
            ("2026-03-07", "NOT_DLT"),
        ],
    )
    @pytest.mark.parametrize("wanted", [True, False])
    def test_within_includes_the_limit(self, start: str, verdict: str, *, wanted: bool) -> None:
        opposite = {"DLT": "NOT_DLT", "NOT_DLT": "DLT", "UNDETERMINED": "UNDETERMINED"}
        found = judged(SOON if wanted else {"not": SOON}, [given(start, kind="tocilizumab")], *RUN)
        assert found.verdict == (verdict if wanted else opposite[verdict])

    def test_it_holds_from_the_start_of_the_intervention_on(self) -> None:
        start = "2026-03-05T18:00+08:00"
        found = judged(SOON, [given(start, kind="tocilizumab")], *RUN)
        assert told(found) == ("DLT", "2026-03-05T18:00:00+08:00")

    @pytest.mark.parametrize(
        ("as_of", "last"),
        [
            ("2026-03-05T12:00+08:00", "2026-03-05T12:00:00+08:00"),
            ("2026-03-10", "2026-03-05T23:59:59.999999+08:00"),
        ],
    )
    def test_one_dated_by_its_day_began_by_the_end_of_the_day_or_the_cut(
        self, as_of: str, last: str
    ) -> None:
        found = judged(SOON, [given("2026-03-05", kind="tocilizumab")], as_of=as_of)
        assert told(found) == ("DLT", last)

    @pytest.mark.parametrize(
        ("as_of", "verdict"), [("2026-03-09", "DLT"), ("2026-03-10", "UNDETERMINED")]
    )
    def test_one_of_the_month_of_the_cut_began_by_the_cut(self, as_of: str, verdict: str) -> None:
        soon = {"intervention": {"kind": "tocilizumab", "within": "P4D"}}
        started = given("2026-03", kind="tocilizumab")
        assert judged(soon, [started], as_of=as_of).verdict == verdict

    @pytest.mark.parametrize(
        ("start", "verdict"),
        [("2026-03-06T23:59+08:00", "DLT"), ("2026-03-07T00:00+08:00", "NOT_DLT")],
    )
    def test_days_compare_dates(self, start: str, verdict: str) -> None:
        soon = {"intervention": {"kind": "tocilizumab", "within": "P1D"}}
        assert judged(soon, [given(start, kind="tocilizumab")], *RUN).verdict == verdict
        late = told(judged({"not": soon}, [given(start, kind="tocilizumab")], *RUN))
        midnight = ("DLT", "2026-03-07T00:00:00+08:00")
        assert late == (("NOT_DLT", None) if verdict == "DLT" else midnight)

    @pytest.mark.parametrize("interventions", [None, ["tocilizumab"]])
    def test_words_have_no_times_and_silence_is_no_verdict(self, interventions: Any) -> None:
        found = judged(SOON, interventions, *RUN)
        assert found.verdict == "UNDETERMINED"
        assert settles(found, "intervention_start") == {"in_time": "DLT", "not_in_time": "NOT_DLT"}

    @pytest.mark.parametrize(
        ("as_of", "verdict"),
        [("2026-03-06T07:59+08:00", "PENDING"), ("2026-03-06T08:00+08:00", "DLT")],
    )
    def test_the_limit_lapses_where_nothing_is_given(self, as_of: str, verdict: str) -> None:
        assert told(judged({"not": SOON}, [], as_of=as_of)) == (verdict, HOUR_24)
        assert judged(SOON, [], as_of=as_of).verdict == "NOT_DLT"

    @pytest.mark.parametrize(
        "stopped",
        [
            {"death": {"date": "2026-03-05T20:00+08:00", "cause": "an accident"}},
            {"withdrawal": {"date": "2026-03-05T20:00+08:00"}},
            {"follow_up_until": "2026-03-05T20:00+08:00"},
        ],
    )
    @pytest.mark.parametrize("as_of", ["2026-03-05T22:00+08:00", "2026-03-10"])
    def test_nobody_tells_of_what_was_given_after_the_observation(
        self, as_of: str, stopped: dict[str, Any]
    ) -> None:
        found = judged({"not": SOON}, [], as_of=as_of, **stopped)
        assert (found.verdict, found.becomes_dlt_at) == ("UNDETERMINED", None)
        assert judged(SOON, [], as_of=as_of, **stopped).verdict == "UNDETERMINED"

    def test_a_death_at_the_cut_is_one(self) -> None:
        fatal: tuple[Change, ...] = (*OPEN, (5, "2026-03-05T20:00+08:00"))
        found = judged({"not": SOON}, [], *fatal, as_of="2026-03-05T20:00+08:00")
        assert (found.verdict, found.becomes_dlt_at) == ("UNDETERMINED", None)

    def test_the_limit_had_lapsed_before_the_observation_ended(self) -> None:
        found = judged({"not": SOON}, [], as_of="2026-03-10", follow_up_until="2026-03-07")
        assert told(found) == ("DLT", HOUR_24)

    @pytest.mark.parametrize(
        ("as_of", "verdict"),
        [
            ("2026-03-06T07:59+08:00", "PENDING"),
            ("2026-03-06T08:00+08:00", "UNDETERMINED"),
            ("2026-03-07", "UNDETERMINED"),
        ],
    )
    def test_where_the_form_falls_silent_only_limits_ahead_are_pending(
        self, as_of: str, verdict: str
    ) -> None:
        form = {"ongoing_as_of": "2026-03-05T20:00+08:00"}
        found = judged({"not": SOON}, [], as_of=as_of, event_tells=form)
        assert found.verdict == verdict

    @pytest.mark.parametrize(
        ("as_of", "verdict"),
        [("2026-03-06T07:59+08:00", "NOT_DLT"), ("2026-03-06T08:00+08:00", "UNDETERMINED")],
    )
    def test_none_is_supposed_in_silence_while_its_limit_lies_ahead(
        self, as_of: str, verdict: str
    ) -> None:
        """As no rise is supposed: it is none so far, and open."""
        form = {"ongoing_as_of": "2026-03-05T20:00+08:00"}
        found = judged(SOON, [], as_of=as_of, event_tells=form)
        assert (found.verdict, found.open) == (verdict, True)

    def test_nothing_is_begun_for_an_event_that_is_over(self) -> None:
        form = {"ongoing_as_of": "2026-03-05T20:00+08:00"}
        short: tuple[Change, ...] = (*OPEN, (0, "2026-03-05T18:00+08:00"))
        found = judged({"not": SOON}, [], *short, event_tells=form)
        assert told(found) == ("DLT", HOUR_24)

    def test_a_run_dated_by_the_day_lapses_within_a_day(self) -> None:
        run: Change = (3, "2026-03-05")
        found = judged(
            {"not": SOON}, [], run, as_of="2026-03-06T12:00+08:00", event_tells={"ongoing": True}
        )
        assert told(found) == ("UNDETERMINED", "2026-03-07T00:00:00+08:00")
        assert settles(found, "intervention_start") == {
            "beyond_limit": "DLT",
            "within_limit": "PENDING",
        }

    def test_a_run_of_some_day_of_a_month_lapses_after_its_last_day(self) -> None:
        """Or, by a cut within the month, that of the cut."""
        soon = {"intervention": {"kind": "tocilizumab", "within": "P1D"}}
        run: Change = (3, "2026-03")
        found = judged({"not": soon}, [], run, as_of="2026-03-20", event_tells={"ongoing": True})
        assert told(found) == ("UNDETERMINED", "2026-03-22T00:00:00+08:00")

    def test_runs_that_differ_leave_it_open(self) -> None:
        """The rule asks of a run, and the fact is told of the event."""
        runs: tuple[Change, ...] = (
            (3, BEGUN), (1, "2026-03-06T08:00+08:00"), (3, "2026-03-09T08:00+08:00"),
            (0, "2026-03-10T08:00+08:00"),
        )  # fmt: skip
        between = given("2026-03-07T08:00+08:00", kind="tocilizumab")
        assert judged(SOON, [between], *runs).verdict == "UNDETERMINED"
        at_once = given(BEGUN, kind="tocilizumab")
        assert judged(SOON, [at_once], *runs).verdict == "DLT"

    def test_after_a_grade_that_is_not_known_the_run_may_begin_again(self) -> None:
        doubtful: tuple[Change, ...] = (
            (3, BEGUN), (None, "2026-03-06T08:00+08:00"), (3, "2026-03-09T08:00+08:00"),
            (0, "2026-03-10T08:00+08:00"),
        )  # fmt: skip
        late = given("2026-03-09T10:00+08:00", kind="tocilizumab")
        assert judged(SOON, [late], *doubtful).verdict == "UNDETERMINED"

    def test_an_event_below_the_grade_has_no_run(self) -> None:
        assert judged(SOON, [], (2, BEGUN)).verdict == "NOT_DLT"


class TestWhere:
    TREATED = given("2026-03-05T10:00+08:00", kind="tocilizumab")

    def test_an_exception_for_what_is_treated_in_time(self) -> None:
        excused = (clause("e", when=SOON),)
        ahead = judged(None, [], as_of="2026-03-05T20:00+08:00", exceptions=excused)
        assert told(ahead) == ("PENDING", HOUR_24)
        assert told(judged(None, [], *RUN, exceptions=excused)) == ("DLT", HOUR_24)
        assert judged(None, [self.TREATED], *RUN, exceptions=excused).verdict == "NOT_DLT"

    def test_an_exception_for_what_is_not(self) -> None:
        excused = (clause("e", when={"not": SOON}),)
        assert judged(None, [], *RUN, exceptions=excused).verdict == "NOT_DLT"
        assert told(judged(None, [self.TREATED], *RUN, exceptions=excused)) == (
            "DLT",
            "2026-03-05T10:00:00+08:00",
        )

    def test_an_exception_as_long_as_the_intervention_is_short(self) -> None:
        excused = (clause("e", when={"group": "lungs"}, limit={"not": LONG}),)
        for interventions, verdict in (
            ([given(BEGUN, "2026-03-06T08:00+08:00")], "NOT_DLT"),
            ([given(BEGUN, "2026-03-06T08:01+08:00")], "DLT"),
        ):
            assert judged(None, interventions, *RUN, exceptions=excused).verdict == verdict

    def test_what_time_would_unmake_is_refused(self) -> None:
        with pytest.raises(BadProtocol, match="passing of time would un-make"):
            judged({"not": LONG}, [], *RUN)
        with pytest.raises(BadProtocol, match="passing of time would un-make"):
            judged(None, [], *RUN, exceptions=(clause("e", when=LONG),))

    def test_a_kind_that_is_not_in_the_document_is_refused(self) -> None:
        other = {"intervention": {"kind": "oxygen", "within": "PT24H"}}
        with pytest.raises(BadProtocol, match="oxygen"):
            judged(other, [], *RUN)

    @pytest.mark.parametrize("limits", [{}, {"within": "PT24H", "at_least": "PT2H"}])
    def test_one_limit_is_written(self, limits: dict[str, str]) -> None:
        with pytest.raises(BadValue, match="exactly one of longer_than, at_least and within"):
            TimedIntervention(
                kind="oxygen", **{name: Limit(limit) for name, limit in limits.items()}
            )


class TestRulings:
    @staticmethod
    def ruling(question: str, answer: str, **about: str) -> dict[str, Any]:
        asked = {"event": "AE-1", "question": question, "answer": answer, **about}
        return {"on": "2026-04-01", "by": "Safety committee", **asked}

    @pytest.mark.parametrize(
        ("answer", "verdict"), [("long_enough", "DLT"), ("too_short", "NOT_DLT")]
    )
    def test_a_ruling_says_how_long(self, answer: str, verdict: str) -> None:
        rulings = [self.ruling("intervention_duration", answer)]
        assert judged(LONG, ["vasopressor"], *RUN, rulings=rulings).verdict == verdict

    def test_a_ruling_says_of_which_limit(self) -> None:
        two = {"intervention": {"kind": "vasopressor", "longer_than": "PT48H"}}
        about = "vasopressor longer than 24 h"
        rulings = [self.ruling("intervention_duration", "long_enough", about=about)]
        found = judged({"all": [LONG, two]}, ["vasopressor"], *RUN, rulings=rulings)
        assert (found.verdict, fields(found)) == ("UNDETERMINED", ["intervention_duration"])
        assert "48 h" in found.missing[0].text

    def test_a_ruling_says_that_nothing_was_begun_in_time(self) -> None:
        rulings = [self.ruling("intervention_start", "not_in_time")]
        found = judged({"not": SOON}, None, *RUN, rulings=rulings)
        assert told(found) == ("DLT", HOUR_24)
