"""Instants and days as the standard library counts them: what our own time is held against."""

from datetime import UTC, date, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(text: str) -> int:
    """Microseconds since 1970-01-01T00:00Z of an aware ISO time, by the standard library."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def day(text: str) -> int:
    """Days since 1970-01-01 of a date, by the standard library."""
    return (date.fromisoformat(text) - date(1970, 1, 1)).days
