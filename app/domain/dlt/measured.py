"""How laboratory results grade a term of the protocol's own: bounds that hold at one time."""

from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field

from app.domain.dlt.asked import STRICT, Name
from app.domain.errors import BadValue
from app.domain.grade import Grade

_KINDS: Final = ("above", "at_least", "below", "at_most")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultBound:
    """Results of an analyte, or of any of several, against exactly one bound.

    A bound is an amount in a unit of the analyte (`200 mg/dL`), a multiple of a limit or of the
    baseline (`3 x ULN`), or a change from it (`baseline - 25 %`, `baseline + 60 ms`).
    Raises BadValue where there is none, or more than one.
    """

    __pydantic_config__ = STRICT
    analytes: Annotated[tuple[Name, ...], Field(min_length=1)]
    above: Name | None = None
    at_least: Name | None = None
    below: Name | None = None
    at_most: Name | None = None

    def __post_init__(self) -> None:
        if sum(getattr(self, kind) is not None for kind in _KINDS) != 1:
            raise BadValue(
                f"Results of {' or '.join(self.analytes)} need exactly one of "
                "above, at_least, below and at_most."
            )

    @property
    def kind(self) -> str:
        """On which side of the bound: `above`, `at_least`, `below` or `at_most`."""
        return next(kind for kind in _KINDS if getattr(self, kind) is not None)

    @property
    def at(self) -> str:
        """Where the bound lies, as it is written."""
        written: str = getattr(self, self.kind)
        return written


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredGrade:
    """A grade that results give while every bound holds at one time. It is never a death."""

    __pydantic_config__ = STRICT
    grade: Annotated[Grade, Field(ge=1, le=4)]
    all: Annotated[tuple[ResultBound, ...], Field(min_length=1)]
