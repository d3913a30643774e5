"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

WIDTH: Final = len("2026-03-01T02:00:00.000000Z")


@lru_cache(maxsize=64)  # all rows of a transaction have the same
def written(instant: datetime) -> str:
    """An aware instant as the record writes it: UTC, to the microsecond, of one width.

    Such texts sort as their instants do, on every database. Raises ValueError without a zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read(text: str) -> datetime:
    """The instant that `written` wrote."""
    return datetime.fromisoformat(text)


class UtcInstant(TypeDecorator[datetime]):
    """An aware instant, kept as text of one width: neither database changes it."""

    impl = String(WIDTH)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # type: ignore[explicit-override]  # noqa: ARG002
        """The text that is kept."""
        return None if value is None else written(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # type: ignore[explicit-override]  # noqa: ARG002
        """The instant that was kept."""
        return None if value is None else read(value)
