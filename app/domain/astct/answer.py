"""What a grading answers: the grade that every completion has, else what it lies between."""

from dataclasses import dataclass
from typing import Literal

from app.domain.grade import Grade

Status = Literal["graded", "undetermined"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleBounds:
    """The lowest and the highest value over all completions, both included."""

    min: int
    max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleUsed:
    """A sentence of the answer, and the rule that it applies."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingComponent:
    """A component that could change the grade if it were known."""

    field: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingUsed:
    """A reading that the answer rests on: with another option it would be another."""

    id: str
    option: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleFinding:
    """Something odd in what was recorded, which stands as it is."""

    code: str
    field: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeAnswer:
    """A grade by ASTCT 2019: 0 to 5, or null where completions differ; `bounds` says between what.

    `missing` lists the components that could change the grade, and no other.
    """

    scale: Literal["ASTCT-2019-CRS", "ASTCT-2019-ICANS"]
    status: Status
    grade: Grade | None
    bounds: ScaleBounds
    because: tuple[RuleUsed, ...]
    missing: tuple[MissingComponent, ...]
    readings: tuple[ReadingUsed, ...]
    findings: tuple[ScaleFinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreAnswer:
    """An ICE score: 0 to 10, or null where an item was not recorded."""

    scale: Literal["ICE"]
    status: Status
    score: int | None
    bounds: ScaleBounds
    because: tuple[RuleUsed, ...]
    missing: tuple[MissingComponent, ...]
    readings: tuple[ReadingUsed, ...]
    findings: tuple[ScaleFinding, ...]
