"""Reference ranges: the limits of normal that a laboratory states, for whom and from when on.

What identifies a range is the laboratory, the analyte, the sex, the age and the day from which it
is valid: there is never more than one of these.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from app.domain.day import Day
from app.domain.errors import BadValue, Fault

Sex = Literal["female", "male"]
RangeSex = Literal["any", "female", "male"]
SEXES: Final[tuple[Sex, ...]] = ("female", "male")
EVERY_AGE: Final = "any"
OLDEST: Final = 150
"""Nobody is older, in years."""

PathName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f/]+$"
    ),
]
"""A name that stands in a path: anything without slashes and control characters."""


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


UnitText = Annotated[
    Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$"),
    ]
    | None,
    BeforeValidator(_none_if_blank),
]
"""A unit as it was written; an empty text is none."""

Years = Annotated[int | None, Field(strict=True, ge=0, le=OLDEST)]
"""Completed years of age."""

_MOST_DIGITS: Final = 15
_AGE: Final = re.compile(r"(\d{1,3})-(\d{1,3})?", re.ASCII)


class BadRange(BadValue):
    """The range contradicts itself, or says nothing; `faults` lists every reason at its place."""

    code = "bad_range"

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{each.pointer}: {each.message}" for each in faults))


class BadAge(BadValue):
    """The text says for no ages that a range holds."""

    code = "bad_age"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} is no span of ages: write any, 18-65 or 66-, in completed years up to "
            f"{OLDEST}, the first not above the last."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRange:
    """The limits of normal of one analyte at one laboratory, in `unit`.

    They hold from the day `valid_from` to the day `valid_to`, both included; without `valid_to`,
    until the laboratory states others. Ages are completed years, both included: 18 to 65 ends with
    the day before the 66th birthday; null is no bound. `unit` null is for what is reported without
    one. Raises BadRange.
    """

    __pydantic_config__ = ConfigDict(extra="forbid", str_strip_whitespace=True)

    laboratory: PathName
    analyte: PathName
    sex: RangeSex = "any"
    age_from: Years = None
    age_to: Years = None
    valid_from: Day
    valid_to: Day | None = None
    unit: UnitText = None
    lln: Decimal | None = None
    uln: Decimal | None = None

    def __post_init__(self) -> None:
        faults = [
            Fault(pointer=f"/{field}", message=message, code=BadRange.code)
            for field, message in self._faults()
        ]
        if faults:
            raise BadRange(*faults)

    @property
    def age(self) -> str:
        """The ages, as the key has them: `any`, `18-65`, `66-`."""
        return age_text(self.age_from, self.age_to)

    @property
    def key(self) -> str:
        """What identifies it, as a path."""
        valid_from = self.valid_from.isoformat()
        return f"{self.laboratory}/{self.analyte}/{self.sex}/{self.age}/{valid_from}"

    def _faults(self) -> list[tuple[str, str]]:
        """Fields, and what is wrong with each."""
        found = [
            (
                name,
                f"a limit of normal has at most {_MOST_DIGITS} digits on either side of a point",
            )
            for name, limit in (("lln", self.lln), ("uln", self.uln))
            if limit is not None and not _is_plain(limit)
        ]
        if found:
            return found
        if self.lln is None and self.uln is None:
            found.append(("uln", "a range has a lower or an upper limit of normal, or both"))
        if self.lln is not None and self.uln is not None and self.lln > self.uln:
            found.append(("uln", "the upper limit of normal lies below the lower one"))
        if self.valid_to is not None and self.valid_to < self.valid_from:
            found.append(("valid_to", f"it ends before it begins, on {self.valid_from}"))
        if self.age_to is not None and self.age_to < (self.age_from or 0):
            found.append(("age_to", f"the ages end before they begin, at {self.age_from}"))
        return found


def _is_plain(limit: Decimal) -> bool:
    """Whether a limit is one that people write."""
    exponent = limit.as_tuple().exponent
    return (
        isinstance(exponent, int) and exponent >= -_MOST_DIGITS and limit.adjusted() < _MOST_DIGITS
    )


def read_key(key: str) -> dict[str, Any]:
    """The fields of a range that its key tells."""
    laboratory, analyte, sex, age, valid_from = key.split("/")
    age_from, age_to = read_age(age)
    return {
        "laboratory": laboratory,
        "analyte": analyte,
        "sex": sex,
        "age_from": age_from,
        "age_to": age_to,
        "valid_from": date.fromisoformat(valid_from),
    }


def age_text(age_from: int | None, age_to: int | None) -> str:
    """Ages as a key has them."""
    if not age_from and age_to is None:
        return EVERY_AGE
    return f"{age_from or 0}-{'' if age_to is None else age_to}"


def read_age(text: str) -> tuple[int | None, int | None]:
    """From and to which completed year an age in a key reaches. Raises BadAge."""
    if text == EVERY_AGE:
        return None, None
    found = _AGE.fullmatch(text)
    if found is None:
        raise BadAge(text)
    age_from, age_to = int(found[1]), int(found[2]) if found[2] else None
    if max(age_from, age_to or 0) > OLDEST or (age_to is not None and age_to < age_from):
        raise BadAge(text)
    return age_from, age_to
