"""Dates as EDC systems write them: what is sure is kept, and nothing is guessed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.time import zone_of
from app.interchange.dates import DateOrder, read_date

UTC = zone_of("UTC")


def read(text: str, order: DateOrder = None, zone: str | None = None) -> tuple[str | None, str]:
    """The time that a cell holds, and the finding; an empty text where there is none."""
    found = read_date(text, order, zone)
    return (found.time.text if found.time else None), found.code or ""


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        # SDTM: ISO 8601, as far as it is known.
        ("2021", "2021"),
        ("2021-03", "2021-03"),
        ("2021-03-07", "2021-03-07"),
        ("2021---07", "2021---07"),
        ("2021-03-07T13", "2021-03-07T13"),
        ("2021-03-07T13:14", "2021-03-07T13:14"),
        ("2021-03-07T13:14:15.123Z", "2021-03-07T13:14:15.123Z"),
        ("2021-03-07T13:-", "2021-03-07T13"),
        ("2021-03-07T-", "2021-03-07"),
        ("2021-03-07 13:14", "2021-03-07T13:14"),
        ("2021-03-07T13:14:15,5+0800", "2021-03-07T13:14:15,5+0800"),
        # Rave, in one study.
        ("01 JAN 2008", "2008-01-01"),
        ("15 May 2008", "2008-05-15"),
        ("UN JAN 2008", "2008-01"),
        ("UN UNK 2008", "2008"),
        ("01 JAN 2008 14:30", "2008-01-01T14:30"),
        # SAS, spreadsheets, forms.
        ("05MAR2014", "2014-03-05"),
        ("05MAR2014:14:30:00", "2014-03-05T14:30:00"),
        ("01/NOV/2013", "2013-11-01"),
        ("MAR 2014", "2014-03"),
        ("20140305", "2014-03-05"),
        ("2021/3/7", "2021-03-07"),
    ],
)
def test_what_is_sure_is_read(cell: str, time: str) -> None:
    assert read(cell) == (time, "")


@pytest.mark.parametrize("cell", ["", "  ", "UNK", "UN UNK UNKN", "UNKNOWN", "--"])
def test_a_date_that_is_said_to_be_unknown_is_no_finding(cell: str) -> None:
    assert read(cell) == (None, "")


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        ("01 NNN 2008", "2008"),
        ("2021-03-07T25:00", "2021-03-07"),
        ("2021-03-07T2:30 PM", "2021-03-07"),
        ("2021-03-07T-:14", "2021-03-07"),
        ("2021-03--T13:14", "2021-03"),
        ("2021-03-01/2021-03-07", "2021-03"),
        ("2021-02-28/2021-03-02", "2021"),
    ],
)
def test_of_what_a_time_cannot_hold_the_interval_is_kept(cell: str, time: str) -> None:
    assert read(cell) == (time, "date_read_coarsely")


@pytest.mark.parametrize(
    "cell",
    [
        "--03-07",  # no year
        "12-09-94",  # no century
        "01 JAN 08",
        "2021-02-30",
        "30 FEB 2008",
        "2021-13-01",
        "9999-12-31",
        "2021-03-07T24:00",  # the end of the day, or the next
        "2020-12-31/2021-01-02",
        "43895",  # days of a spreadsheet
        "43895.5",
        "201403",
        "12-2014",
        "2021-W10",
        "\uff12\uff10\uff12\uff11-\uff10\uff13-\uff10\uff17",
        "2021年3月7日",
        "=TODAY()",
        "yesterday",
    ],
)
def test_what_cannot_be_read_is_unknown(cell: str) -> None:
    assert read(cell) == (None, "date_unreadable")


class TestNumbers:
    """12-09-1994 is the 12th of September or the 9th of December."""

    def test_are_read_by_the_order_that_the_settings_tell(self) -> None:
        assert read("12-09-1994", "day_first") == ("1994-09-12", "")
        assert read("12-09-1994", "month_first") == ("1994-12-09", "")

    def test_are_known_to_the_year_without_one(self) -> None:
        assert read("12-09-1994") == ("1994", "date_read_coarsely")

    def test_are_sure_where_only_one_order_is_possible_or_both_agree(self) -> None:
        assert read("13-09-1994") == ("1994-09-13", "")
        assert read("09-13-1994") == ("1994-09-13", "")
        assert read("05/05/1994") == ("1994-05-05", "")

    def test_are_unknown_where_the_order_that_is_told_is_impossible(self) -> None:
        assert read("13-09-1994", "month_first") == (None, "date_unreadable")


class TestZone:
    """The zone of a system dates its clock times, and no days."""

    def test_is_the_offset_of_a_clock_time(self) -> None:
        assert read("2026-03-07T13:14", zone="Europe/Berlin") == ("2026-03-07T13:14+01:00", "")
        assert read("2026-07-07T13", zone="Europe/Berlin") == ("2026-07-07T13+02:00", "")

    def test_leaves_days_and_offsets_alone(self) -> None:
        assert read("2026-03-07", zone="Europe/Berlin") == ("2026-03-07", "")
        assert read("2026-03-07T13:14Z", zone="Europe/Berlin") == ("2026-03-07T13:14Z", "")

    def test_in_the_hour_that_comes_twice_only_the_day_is_sure(self) -> None:
        told = read("2026-10-25T02:30", zone="Europe/Berlin")
        assert told == ("2026-10-25", "date_read_coarsely")


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from([
    "%Y-%m-%d", "%Y%m%d", "%d %b %Y", "%d%b%Y", "%d/%b/%Y", "%d %B %Y", "%Y/%m/%d",
]))  # fmt: skip
def test_every_day_is_read_from_every_writing_that_is_sure(day: date, writing: str) -> None:
    assert read(day.strftime(writing)) == (day.isoformat(), "")


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_a_number_for_the_month_never_moves_the_day(day: date) -> None:
    """What is read of 12-09-1994 contains the day that was meant, whichever it was."""
    for writing in ("%d-%m-%Y", "%m/%d/%Y"):
        time = read_date(day.strftime(writing)).time
        assert time is not None
        span = time.span(UTC)
        assert span.first_day <= day.toordinal() - date(1970, 1, 1).toordinal() <= span.last_day


@given(st.text(max_size=30))
def test_no_text_is_more_than_unknown(cell: str) -> None:
    found = read_date(cell, "day_first", "Asia/Tokyo")
    assert found.time is not None or found.code in {None, "date_unreadable"}
