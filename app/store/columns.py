"""Columns that several tables have."""

from typing import Any, Final

from sqlalchemy import BigInteger, LargeBinary, Text
from sqlmodel import Field

from app.store.types import UtcInstant

KEY: Final = 420  # a system and a record id, each up to 200 characters, and what joins them


def instant(**more: Any) -> Any:
    """An instant."""
    return Field(sa_type=UtcInstant, **more)


def text(**more: Any) -> Any:
    """A text of any length."""
    return Field(sa_type=Text, **more)


def big(**more: Any) -> Any:
    """A whole number of 64 bits."""
    return Field(sa_type=BigInteger, **more)


def binary(**more: Any) -> Any:
    """Bytes."""
    return Field(sa_type=LargeBinary, **more)
