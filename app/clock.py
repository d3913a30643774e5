"""The only place that reads the clock or makes an id; all else takes them as arguments."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

Clock = Callable[[], datetime]
NewId = Callable[[], UUID]


def system_clock() -> datetime:
    """Return the present instant, aware and in UTC."""
    return datetime.now(UTC)


def random_id() -> UUID:
    """Return a fresh random id."""
    return uuid4()
