"""Recorded times: what they may be, and what is refused (docs/time.md)."""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.domain.errors import BadTime
from app.domain.time import (
    ALWAYS,
    DAY,
    HOUR,
    MICROSECOND,
    MINUTE,
    NEVER,
    UNKNOWN_SPAN,
    Limit,
    LimitText,
    PartialTime,
    Precision,
    RecordedTime,
    Zone,
    instant_of,
    last_instant_of_cut,
    zone_of,
)
from tests.domain.stdlib_time import EPOCH, day, instant

SHANGHAI = zone_of("+08:00")


class TestPrecision:
    """To the minute or finer a time is an instant; anything coarser is an interval."""

    @pytest.mark.parametrize(
        ("text", "precision"),
        [
            ("2026", Precision.YEAR),
            ("2026-03", Precision.MONTH),
            ("2026-03-01", Precision.DAY),
            ("2026-03-01T08", Precision.HOUR),
            ("2026-03-01T08+08:00", Precision.HOUR),
            ("2026-03-01T08:00", Precision.INSTANT),
            ("2026-03-01T08:00Z", Precision.INSTANT),
            ("2026-03-01T08:00:30", Precision.INSTANT),
            ("2026-03-01T08:00:30.5+08:00", Precision.INSTANT),
        ],
    )
    def test_is_that_of_the_record(self, text: str, precision: Precision) -> None:
        assert PartialTime(text).precision is precision

    @pytest.mark.parametrize(
        ("text", "first", "after"),
        [
            ("2026", "2026-01-01T00:00+08:00", "2027-01-01T00:00+08:00"),
            ("2026-02", "2026-02-01T00:00+08:00", "2026-03-01T00:00+08:00"),
            ("2024-02", "2024-02-01T00:00+08:00", "2024-03-01T00:00+08:00"),
            ("2026-12", "2026-12-01T00:00+08:00", "2027-01-01T00:00+08:00"),
            ("2026-03-01", "2026-03-01T00:00+08:00", "2026-03-02T00:00+08:00"),
            ("2024-02-29", "2024-02-29T00:00+08:00", "2024-03-01T00:00+08:00"),
            ("2026-03-01T08", "2026-03-01T08:00+08:00", "2026-03-01T09:00+08:00"),
            ("2026-03-01T23Z", "2026-03-01T23:00+00:00", "2026-03-02T00:00+00:00"),
        ],
    )
    def test_a_coarse_time_is_the_half_open_interval_that_it_names(
        self, text: str, first: str, after: str
    ) -> None:
        span = PartialTime(text).span(SHANGHAI)
        assert (span.first, span.last, span.sup) == (
            instant(first),
            instant(after) - MICROSECOND,
            instant(after),
        )
        assert not span.exact
        assert span.first_day == SHANGHAI.day_of(span.first)
        assert span.last_day == SHANGHAI.day_of(span.last)

    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("2026-03-01T08:00", "2026-03-01T08:00+08:00"),
            ("2026-03-01T08:00Z", "2026-03-01T08:00+00:00"),
            ("2026-03-01T08:00-05:00", "2026-03-01T08:00-05:00"),
            ("2026-03-01T08:00+0530", "2026-03-01T08:00+05:30"),
            ("2026-03-01T08:00+08", "2026-03-01T08:00+08:00"),
            ("2026-03-01T08:00:01,25Z", "2026-03-01T08:00:01.250000+00:00"),
            ("2026-03-01T08:00:01.123456789Z", "2026-03-01T08:00:01.123456+00:00"),
        ],
    )
    def test_a_time_to_the_minute_is_one_instant(self, text: str, meant: str) -> None:
        span = PartialTime(text).span(SHANGHAI)
        assert span.exact
        assert (span.first, span.last, span.sup) == (instant(meant),) * 3

    def test_what_was_recorded_is_kept_to_the_letter(self) -> None:
        assert PartialTime("2026-03").text == "2026-03"
        assert PartialTime("2026-03-01T08:00Z") != PartialTime("2026-03-01T08:00+00:00")

    def test_a_time_that_was_not_recorded_may_be_any(self) -> None:
        assert (UNKNOWN_SPAN.first, UNKNOWN_SPAN.last, UNKNOWN_SPAN.sup) == (ALWAYS, NEVER, NEVER)
        assert not UNKNOWN_SPAN.exact


class TestTraps:
    """What general date libraries misread is kept as the interval that it is, or refused."""

    def test_a_month_does_not_become_a_day_in_it(self) -> None:
        span = PartialTime("2021-03").span(SHANGHAI)
        assert (span.first_day, span.last_day) == (day("2021-03-01"), day("2021-03-31"))

    def test_sdtm_day_without_month_is_known_to_the_year(self) -> None:
        recorded = PartialTime("2021---07")
        span = recorded.span(SHANGHAI)
        assert recorded.precision is Precision.YEAR
        assert (span.first_day, span.last_day) == (day("2021-01-01"), day("2021-12-31"))

    @pytest.mark.parametrize(
        ("text", "way_out"),
        [
            ("2021---32", "day is out of range"),
            ("2021---00", "day is out of range"),
            (
                "2021---07T10:00",
                "an unknown month is written YYYY---DD, without a clock time",
            ),
            ("2021--", "an unknown month is written YYYY---DD, without a clock time"),
            ("1899", "the year must be 1900 to 2199"),
            ("2200-01-01", "the year must be 1900 to 2199"),
        ],
    )
    def test_a_refusal_says_why(self, text: str, way_out: str) -> None:
        with pytest.raises(BadTime) as refused:
            PartialTime(text)
        assert str(refused.value) == f"{text!r} is not a time that exists: {way_out}."
        assert refused.value.code == "bad_time"

    @pytest.mark.parametrize(
        "text",
        [
            "2026-02-30",
            "2026-02-29",
            "2026-13",
            "2026-00",
            "2026-04-31",
            "2026-03-00",
            "2026-03-01T24:00",
            "2026-03-01T08:60",
            "2026-03-01T08:00:60",
            "2026-03-01T08:00+15:00",
            "2026-03-01T08:00+14:30",
            "2026-03-01T08:00+08:60",
        ],
    )
    def test_a_time_that_does_not_exist_is_refused(self, text: str) -> None:
        with pytest.raises(BadTime, match="is not a time that exists"):
            PartialTime(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "01 JAN 2008",
            "15 May 2008",
            "01 NNN 2008",
            "03/04/2026",
            "20260301",
            "2026-3-1",
            "26-03-01",
            "2026-W09-1",
            "2026-060",
            "2026-03-01 08:00",
            "2026-03-01t08:00",
            "2026-03-01T08:00z",
            "2026-03-01T8:00",
            "2026-03-01T0800",
            "2026-03-01T08:00 +08:00",
            "2026-03-01T08:00:30.",
            "2026-03-01T08:00+8",
            "2026-03-01+08:00",
            "--12-15",
            "-----07",
            "2026-03-01T-:15",
            "2026-03~",
            "2026-03-01/2026-03-02",
            "2026-03-01T08:00[Asia/Shanghai]",
            " 2026-03-01",
            "2026-03-01\n",
            "tomorrow",
            "\N{FULLWIDTH DIGIT TWO}026-03-01",
            "1772323200",
        ],
    )
    def test_what_is_not_this_notation_is_refused(self, text: str) -> None:
        with pytest.raises(BadTime) as refused:
            PartialTime(text)
        assert str(refused.value) == (
            f"{text!r} is not a time that exists: write ISO 8601 such as "
            "2026-03-01T08:00+08:00, 2026-03-01, 2026-03 or 2026."
        )

    @pytest.mark.parametrize("value", [2026, 2026.03, True, date(2026, 3, 1), ["2026"]])
    def test_a_value_that_is_no_text_is_refused(self, value: object) -> None:
        adapter: TypeAdapter[PartialTime] = TypeAdapter(RecordedTime)
        with pytest.raises(ValidationError, match="write it as text"):
            adapter.validate_python(value)


class TestDataCut:
    """A date cuts at the following midnight, exclusive; an instant is inclusive."""

    def test_a_date_cuts_at_the_following_midnight_exclusive(self) -> None:
        cut = last_instant_of_cut(PartialTime("2026-05-30"), SHANGHAI)
        assert cut == instant("2026-05-31T00:00+08:00") - MICROSECOND

    def test_an_instant_is_inclusive(self) -> None:
        cut = last_instant_of_cut(PartialTime("2026-03-05T00:00+08:00"), SHANGHAI)
        assert cut == instant("2026-03-05T00:00+08:00")

    @pytest.mark.parametrize("text", ["2026", "2026-05", "2026-05-30T08"])
    def test_a_coarser_time_is_no_cut(self, text: str) -> None:
        with pytest.raises(BadTime) as refused:
            last_instant_of_cut(PartialTime(text), SHANGHAI)
        assert str(refused.value) == (
            f"{text!r} is no data cut: write a date, or a time to the minute."
        )


ZONES = st.sampled_from(["UTC", "+08:00", "-03:30", "America/New_York", "Asia/Beirut"]).map(
    zone_of
)
MOMENTS = st.datetimes(min_value=datetime(1990, 1, 2), max_value=datetime(2100, 12, 30))  # noqa: DTZ001


class TestLaws:
    """What holds for every time in every zone."""

    @given(moment=MOMENTS, zone=ZONES)
    def test_a_coarser_record_spans_every_finer_one(self, moment: datetime, zone: Zone) -> None:
        at = (moment.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
        wall = zone.local(at).replace(tzinfo=None).isoformat(timespec="minutes")
        spans = [PartialTime(wall[:length]).span(zone) for length in (4, 7, 10, 13, 16)]
        for coarse, fine in pairwise(spans):
            assert coarse.first <= fine.first <= fine.last <= coarse.last
            assert coarse.first_day <= fine.first_day <= fine.last_day <= coarse.last_day

    @given(
        number=st.integers(min_value=day("1990-01-02"), max_value=day("2100-12-30")), zone=ZONES
    )
    def test_midnight_begins_its_day(self, number: int, zone: Zone) -> None:
        midnight = zone.midnight(number)
        assert zone.day_of(midnight) == number
        assert zone.day_of(midnight - MICROSECOND) == number - 1

    @given(moment=MOMENTS, zone=ZONES)
    def test_every_instant_lies_in_its_day(self, moment: datetime, zone: Zone) -> None:
        at = (moment.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
        number = zone.day_of(at)
        assert zone.midnight(number) <= at < zone.midnight(number + 1)

    @given(moment=MOMENTS, zone=ZONES)
    def test_text_reads_back_as_the_same_instant(self, moment: datetime, zone: Zone) -> None:
        at = (moment.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
        assert PartialTime(zone.text(at)).span(zone).first == at

    @given(moment=MOMENTS)
    def test_a_record_survives_being_written_and_read(self, moment: datetime) -> None:
        adapter: TypeAdapter[PartialTime] = TypeAdapter(RecordedTime)
        recorded = PartialTime(moment.isoformat())
        assert adapter.validate_json(adapter.dump_json(recorded)) == recorded
        assert adapter.validate_python(recorded) is recorded

    @given(moment=MOMENTS, shift=st.integers(min_value=-400, max_value=400))
    def test_at_a_fixed_offset_whole_days_shift_a_date_by_as_much(
        self, moment: datetime, shift: int
    ) -> None:
        here = PartialTime(moment.date().isoformat()).span(SHANGHAI)
        there = PartialTime((moment.date() + timedelta(days=shift)).isoformat()).span(SHANGHAI)
        assert there.first - here.first == shift * DAY
        assert there.last_day - here.last_day == shift

    def test_what_has_been_read_is_taken_as_it_is(self) -> None:
        moment, limit = PartialTime("2026-03"), Limit("P7D")
        assert TypeAdapter(RecordedTime).validate_python(moment) is moment
        assert TypeAdapter(LimitText).validate_python(limit) is limit

    def test_an_instant_is_counted_from_1970_in_utc(self) -> None:
        assert instant_of(datetime(1970, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))) == 0
        assert instant_of(datetime(1970, 1, 1, 8, tzinfo=UTC)) == 8 * HOUR

    def test_units_are_those_of_the_clock(self) -> None:
        assert (24 * 60 * MINUTE, 24 * HOUR) == (DAY, DAY)
