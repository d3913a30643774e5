"""A range of a laboratory in a line, and the limits that a platelet count takes from some."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.laboratory.ranges import (
    Circumstances,
    Limits,
    NoLimits,
    by_analyte,
    limits_for,
)
from app.domain.reference_range import ReferenceRange
from tests.domain.laboratory.measured import catalogue, measured

DAY = date(2026, 3, 5)
WOMAN = Circumstances(sex="female", ages=(40, 40), days=(DAY, DAY))
MAN = Circumstances(sex="male", ages=(40, 40), days=(DAY, DAY))
NOBODY = Circumstances()
PLATELETS: dict[str, Any] = {"analyte": "platelets", "value": 84, "unit": "10*9/L"}


def stated(**changes: Any) -> ReferenceRange:
    told: dict[str, Any] = {
        "laboratory": "Central",
        "analyte": "platelets",
        "valid_from": date(2026, 1, 1),
        "unit": "10*9/L",
        "lln": "125",
        "uln": "350",
        **changes,
    }
    for name in ("lln", "uln"):
        told[name] = None if told[name] is None else Decimal(told[name])
    return ReferenceRange(**told)


def limits(
    ranges: Sequence[ReferenceRange], who: Circumstances = WOMAN, **result: Any
) -> Limits | NoLimits | None:
    told = measured(**{"laboratory": "Central", **PLATELETS, **result})
    analyte = catalogue().analytes.resolve(result.get("analyte", "platelets"))
    assert analyte is not None
    known = by_analyte(ranges, catalogue().analytes)
    return limits_for(told, known, analyte, catalogue(), who)  # type: ignore[arg-type]


def pair(found: Limits | NoLimits | None) -> tuple[Decimal | None, Decimal | None]:
    assert isinstance(found, Limits)
    return found.lln, found.uln


def why(found: Limits | NoLimits | None) -> str:
    assert isinstance(found, NoLimits)
    return found.why
