"""Limits in words that leave nothing open: how long, and whether the limit itself is included."""

from app.domain.dlt.rule import Clocks
from app.domain.time import HOUR, MINUTE, Limit


def longer_than(limit: Limit, clocks: Clocks) -> str:
    """`longer than 7 days (…)`, or `7 days or longer (…)` where the limit is excluded."""
    amount, note = amount_of(limit), _note(limit, clocks, too="long")
    if clocks.within_includes_limit:
        return f"longer than {amount} ({note})"
    return f"{amount} or longer ({note})"


def no_longer_than(limit: Limit, clocks: Clocks) -> str:
    """`no longer than 7 days (…)`, or `shorter than 7 days (…)` where the limit is excluded."""
    amount, note = amount_of(limit), _note(limit, clocks, too="long")
    if clocks.within_includes_limit:
        return f"no longer than {amount} ({note})"
    return f"shorter than {amount} ({note})"


def within(limit: Limit, clocks: Clocks) -> str:
    """`within 7 days (…)`."""
    return f"within {amount_of(limit)} ({_note(limit, clocks, too='late')})"


def amount_of(limit: Limit) -> str:
    """`7 days`, `2 weeks`, `72 hours`, `90 minutes`: in the unit in which it is written."""
    if limit.days is not None:
        if limit.text.endswith("W"):
            return counted(limit.days // 7, "week")
        return counted(limit.days, "day")
    if limit.microseconds % HOUR:
        return counted(limit.microseconds // MINUTE, "minute")
    return counted(limit.microseconds // HOUR, "hour")


def counted(number: int, noun: str) -> str:
    """`1 day`, `2 days`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _note(limit: Limit, clocks: Clocks, *, too: str) -> str:
    inside = "still counts as within" if clocks.within_includes_limit else f"is already too {too}"
    if limit.days is None:
        return f"exactly {amount_of(limit)} {inside}"
    if clocks.days_are == "elapsed":
        return f"a day is 24 hours; exactly {counted(limit.days * 24, 'hour')} {inside}"
    return f"calendar days; the {_ordinal(limit.days)} day {inside}"


def _ordinal(number: int) -> str:
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
