"""Calendar days, as they are written: 2026-03-01 and nothing else."""

from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator


def _only_a_whole_date(value: Any) -> Any:
    """Neither a time nor a number is a day."""
    if type(value) is date:
        return value
    try:
        if isinstance(value, str) and date.fromisoformat(value).isoformat() == value:
            return date.fromisoformat(value)
    except ValueError:
        pass  # it is told below, as for what is no text
    raise ValueError("write a date, such as 2026-03-01")


Day = Annotated[date, BeforeValidator(_only_a_whole_date)]
"""A calendar day."""
