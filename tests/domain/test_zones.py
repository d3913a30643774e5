"""Zones: offsets, daylight saving, and names that are refused (docs/time.md)."""

import pytest

from app.domain.errors import BadZone
from app.domain.time import HOUR, MICROSECOND, PartialTime, zone_of
from tests.domain.stdlib_time import day, instant

SHANGHAI = zone_of("+08:00")
NEW_YORK = zone_of("America/New_York")
BEIRUT = zone_of("Asia/Beirut")


class TestOffsets:
    """A record's own offset counts; without one the site's wall clock does."""

    @pytest.mark.parametrize(
        ("text", "offset"),
        [
            ("2026-03-01T08:00+08:00", "+08:00"),
            ("2026-03-01T08:00Z", "+00:00"),
            ("2026-03-01T08:00-0330", "-03:30"),
            ("2026-03-01T08-05", "-05:00"),
            ("2026-03-01T08:00", None),
            ("2026-03-01", None),
            ("2026", None),
        ],
    )
    def test_is_told(self, text: str, offset: str | None) -> None:
        assert PartialTime(text).offset_text == offset
        assert PartialTime(text).has_offset is (offset is not None)

    def test_calendar_days_are_those_of_the_site(self) -> None:
        span = PartialTime("2026-03-08T16:00Z").span(SHANGHAI)
        assert span.first_day == span.last_day == day("2026-03-09")

    def test_equal_instants_in_other_offsets_have_equal_spans(self) -> None:
        assert PartialTime("2026-03-08T16:00Z").span(SHANGHAI) == PartialTime(
            "2026-03-09T00:00+08:00"
        ).span(SHANGHAI)


class TestDaylightSaving:
    """In a fold a wall-clock time is an interval; offsets written beside it settle it."""

    def test_a_wall_clock_time_in_a_fold_may_be_either(self) -> None:
        span = PartialTime("2026-11-01T01:30").span(NEW_YORK)
        assert span.first == instant("2026-11-01T01:30-04:00")
        assert span.last == instant("2026-11-01T01:30-05:00")
        assert span.sup == span.last + MICROSECOND
        assert not span.exact

    def test_its_offset_settles_it(self) -> None:
        assert PartialTime("2026-11-01T01:30-05:00").span(NEW_YORK).exact

    def test_an_hour_in_a_fold_is_two_hours_long(self) -> None:
        span = PartialTime("2026-11-01T01").span(NEW_YORK)
        assert span.sup - span.first == 2 * HOUR

    def test_a_wall_clock_time_in_a_gap_may_be_either(self) -> None:
        span = PartialTime("2026-03-08T02:30").span(NEW_YORK)
        assert (span.first, span.last) == (
            instant("2026-03-08T01:30-05:00"),
            instant("2026-03-08T03:30-04:00"),
        )

    def test_an_hour_that_is_skipped_may_be_the_one_before(self) -> None:
        span = PartialTime("2026-03-08T02").span(NEW_YORK)
        assert span.first == instant("2026-03-08T01:00-05:00")
        assert span.sup == instant("2026-03-08T03:00-04:00")

    @pytest.mark.parametrize(
        ("text", "hours"), [("2026-03-07", 24), ("2026-03-08", 23), ("2026-11-01", 25)]
    )
    def test_a_day_is_as_long_as_it_was(self, text: str, hours: int) -> None:
        span = PartialTime(text).span(NEW_YORK)
        assert span.sup - span.first == hours * HOUR

    def test_a_day_whose_midnight_does_not_exist_begins_after_the_gap(self) -> None:
        first = instant("2026-03-29T01:00+03:00")
        assert BEIRUT.midnight(day("2026-03-29")) == first
        assert BEIRUT.day_of(first) == day("2026-03-29")
        span = PartialTime("2026-03-29").span(BEIRUT)
        assert (span.first, span.first_day) == (first, day("2026-03-29"))

    def test_a_midnight_that_comes_twice_begins_the_day_the_first_time(self) -> None:
        havana = zone_of("America/Havana")
        assert havana.midnight(day("2026-11-01")) == instant("2026-11-01T00:00-04:00")


class TestZones:
    """A zone is an IANA name or an offset."""

    @pytest.mark.parametrize(
        "name", ["Asia/Shanghai", "America/New_York", "UTC", "Z", "+08:00", "-0330", "+14:00"]
    )
    def test_that_exists_is_known(self, name: str) -> None:
        zone = zone_of(name)
        assert zone.text(zone.midnight(day("2026-01-15"))).startswith("2026-01-15T00:00:00")

    @pytest.mark.parametrize(
        "name",
        ["", "Mars/Olympus", "Asia", "asia/shangai", "../UTC", "/etc/localtime", "a\0b", "+8"],
    )
    def test_that_is_not_known_is_refused(self, name: str) -> None:
        with pytest.raises(BadZone) as refused:
            zone_of(name)
        assert str(refused.value) == (
            f"Time zone {name!r} is not known: write an IANA name such as Asia/Shanghai, "
            "or an offset such as +08:00."
        )
        assert refused.value.code == "bad_time_zone"

    @pytest.mark.parametrize("name", ["+99:00", "+15:00", "+14:30", "-08:75"])
    def test_an_offset_that_does_not_exist_is_refused(self, name: str) -> None:
        with pytest.raises(BadZone, match="is not known"):
            zone_of(name)

    def test_the_zone_of_the_machine_is_no_zone(self) -> None:
        with pytest.raises(BadZone, match="'localtime' is not known"):
            zone_of("localtime")

    def test_an_instant_is_written_with_the_offset_of_its_zone(self) -> None:
        moment = instant("2026-03-08T15:30+00:00")
        assert SHANGHAI.text(moment) == "2026-03-08T23:30:00+08:00"
        assert NEW_YORK.text(moment) == "2026-03-08T11:30:00-04:00"
