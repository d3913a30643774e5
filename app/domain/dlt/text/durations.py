"""Limits in words that leave nothing open: how long, and whether the limit itself is included."""

from app.domain.dlt.rule import Clocks
from app.domain.time import HOUR, MINUTE, Limit


def beyond(limit: Limit, clocks: Clocks, *, reached: bool, longer: bool) -> str:
    """`longer than 7 days (…)`, or `no longer than 7 days (…)`.

    Where the limit itself is beyond (`reached`, or the clocks exclude it): `7 days or longer`,
    `shorter than 7 days`.
    """
    included = clocks.within_includes_limit and not reached
    amount = amount_of(limit)
    note = _note(limit, clocks, included=included, too="long")
    if included:
        return f"{'' if longer else 'no '}longer than {amount} ({note})"
    return f"{amount} or longer ({note})" if longer else f"shorter than {amount} ({note})"


def at_least(limit: Limit, clocks: Clocks) -> str:
    """`at least 7 days (…)`."""
    if limit.days is None:
        enough = f"exactly {amount_of(limit)}"
    elif clocks.days_are == "elapsed":
        enough = f"a day is 24 hours; exactly {counted(limit.days * 24, 'hour')}"
    else:
        enough = f"calendar days; the {_ordinal(limit.days)} day"
    return f"at least {amount_of(limit)} ({enough} is enough)"


def within(limit: Limit, clocks: Clocks) -> str:
    """`within 7 days (…)`."""
    note = _note(limit, clocks, included=clocks.within_includes_limit, too="late")
    return f"within {amount_of(limit)} ({note})"


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


def _note(limit: Limit, clocks: Clocks, *, included: bool, too: str) -> str:
    inside = "still counts as within" if included else f"is already too {too}"
    if limit.days is None:
        return f"exactly {amount_of(limit)} {inside}"
    if clocks.days_are == "elapsed":
        return f"a day is 24 hours; exactly {counted(limit.days * 24, 'hour')} {inside}"
    return f"calendar days; the {_ordinal(limit.days)} day {inside}"


def _ordinal(number: int) -> str:
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
