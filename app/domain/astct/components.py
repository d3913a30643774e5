"""Types that the components of several scales share."""

from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ConfigDict, Field

STRICT: Final = ConfigDict(extra="forbid", str_strip_whitespace=True)


def _no_flag(value: Any) -> Any:
    """Pydantic would read true as 1."""
    if isinstance(value, bool):
        raise ValueError("write a number, not true or false")
    return value


Number = Annotated[Decimal, BeforeValidator(_no_flag), Field(allow_inf_nan=False)]
"""A number as it was written: 38.0 is not 37.99999."""
