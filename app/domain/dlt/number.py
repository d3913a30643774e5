"""Numbers of the event form against a bound, such as a temperature or days of delay."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Final

from pydantic import ConfigDict, Field, StringConstraints

from app.domain.errors import BadValue

Limit = Annotated[Decimal, Field(allow_inf_nan=False, max_digits=18)]
_Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_TOLD: Final = re.compile(r"^(?P<number>-?[0-9]{1,15}(\.[0-9]{1,15})?)( +(?P<unit>\S.*))?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberBound:
    """A number of the event form, in a unit, against exactly one bound.

    Raises BadValue where there is none, or more than one.
    """

    __pydantic_config__ = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: _Word
    unit: _Word | None = None
    above: Limit | None = None
    at_least: Limit | None = None
    below: Limit | None = None
    at_most: Limit | None = None

    def __post_init__(self) -> None:
        if len(self._bounds) != 1:
            raise BadValue(
                f"The number {self.name!r} needs exactly one of above, at_least, below "
                "and at_most."
            )

    @property
    def _bounds(self) -> dict[str, Decimal]:
        bounds = {
            "above": self.above,
            "at_least": self.at_least,
            "below": self.below,
            "at_most": self.at_most,
        }
        return {name: bound for name, bound in bounds.items() if bound is not None}

    @property
    def words(self) -> str:
        """`temperature is at least 38.3 Cel`."""
        ((kind, bound),) = self._bounds.items()
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.name} is {kind.replace('_', ' ')} {bound:f}{unit}"

    def holds(self, number: Decimal) -> bool:
        """Whether a number keeps the bound."""
        ((kind, bound),) = self._bounds.items()
        kept = {
            "above": number > bound,
            "at_least": number >= bound,
            "below": number < bound,
            "at_most": number <= bound,
        }
        return kept[kind]

    def told_by(self, text: object) -> bool | None:
        """Whether what a form tells keeps the bound; None where that is no number in its unit."""
        read = _TOLD.match(text) if isinstance(text, str) else None
        if read is None or (read["unit"] and read["unit"] != self.unit):
            return None
        return self.holds(Decimal(read["number"]))
