"""What conditions ask for, as values: bounds of grades, limits, other events."""

from dataclasses import dataclass, replace
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, StringConstraints

from app.domain.errors import BadValue
from app.domain.grade import Grade
from app.domain.time import Limit, LimitText

STRICT = ConfigDict(extra="forbid", str_strip_whitespace=True)

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
TriggerGrade = Annotated[Grade, Field(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """The causality to an agent, or to any of several, is one of these words.

    The assessors of each agent are weighed by themselves.
    """

    __pydantic_config__ = STRICT
    agent: Name | Annotated[tuple[Name, ...], Field(min_length=1)]
    any_of: Annotated[
        tuple[Literal["unrelated", "unlikely", "possible", "probable", "definite"], ...],
        Field(min_length=1),
    ]
    where_assessors_differ: Literal["unknown", "investigator", "sponsor", "any_related"] = (
        "unknown"
    )

    @property
    def agents(self) -> tuple[str, ...]:
        """The agents of which one is enough, each once."""
        return (self.agent,) if isinstance(self.agent, str) else tuple(dict.fromkeys(self.agent))

    @property
    def of_each(self) -> tuple["Related", ...]:
        """The same asked of each agent for itself."""
        return tuple(replace(self, agent=agent) for agent in self.agents)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakBounds:
    """Bounds of the highest grade within the run, both included."""

    __pydantic_config__ = STRICT
    at_least: Grade = 0
    at_most: Grade = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """By how many grades the run rises above the baseline grade, at least."""

    __pydantic_config__ = STRICT
    at_least: Annotated[Grade, Field(ge=1)]


CountedFrom = Literal["onset", "infusion", "first_infusion"]
"""Where a clock starts: the onset, the last infusion at or before it, the patient's first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLimit:
    """Time at or above a grade against a limit; exactly one of the four limits.

    At the grade of the judged run it is that run; at a higher grade, any stretch within it; at a
    lower grade, the stretch that contains it. `total` adds the later stretches of the event;
    counted from an infusion, it is the time from there to the end of the stretch.
    """

    __pydantic_config__ = STRICT
    grade: TriggerGrade
    longer_than: LimitText | None = None
    at_least: LimitText | None = None
    no_longer_than: LimitText | None = None
    shorter_than: LimitText | None = None
    counted_from: CountedFrom = "onset"
    total: bool = False

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The limits that are written; one, unless the document is at fault."""
        told = (self.longer_than, self.at_least, self.no_longer_than, self.shorter_than)
        return tuple(each for each in told if each is not None)

    @property
    def exceeds(self) -> bool:
        """Whether it holds beyond its limit, and not within it."""
        return self.longer_than is not None or self.at_least is not None

    @property
    def reached(self) -> bool:
        """Whether the limit itself already lies beyond."""
        return self.at_least is not None or self.shorter_than is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """First grade at or below `to` (a grade or the baseline) within a limit.

    The clock starts with the judged run; with `clock_from_grade`, at the stretch at or above that
    grade which contains the run, or at each such stretch within it (none: it holds). It may be
    counted from an infusion instead; what begins after the limit is then late from its start.
    """

    __pydantic_config__ = STRICT
    to: Grade | Literal["baseline"]
    within: LimitText
    clock_from_grade: TriggerGrade | None = None
    counted_from: CountedFrom = "onset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """Another event of the patient, of a group or of a term (exactly one), at or above a grade.

    It was there at some time while this event was at or above the grade of the judged run, or
    `while_grade`.
    """

    __pydantic_config__ = STRICT
    group: Name | None = None
    term: Name | None = None
    grade: TriggerGrade = 1
    while_grade: TriggerGrade | None = None

    def __post_init__(self) -> None:
        if (self.group is None) is (self.term is None):
            raise BadValue("A concurrent event is one of a group or of a term: name one of them.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedIntervention:
    """Interventions of a kind against a limit in time; exactly one of the three limits.

    `longer_than` and `at_least` ask how long one was given without a gap; one of the kind that
    takes over from another goes on with it. `within` asks that one began no later than so long
    after the start of the judged run; one that began before the run did.
    """

    __pydantic_config__ = STRICT
    kind: Name
    longer_than: LimitText | None = None
    at_least: LimitText | None = None
    within: LimitText | None = None

    def __post_init__(self) -> None:
        if len([each for each in self._limits if each is not None]) != 1:
            raise BadValue(
                f"The times of the intervention {self.kind!r} need exactly one of longer_than, "
                "at_least and within; without times, write its kind alone."
            )

    @property
    def _limits(self) -> tuple[Limit | None, ...]:
        return self.longer_than, self.at_least, self.within

    @property
    def limit(self) -> Limit:
        """The one that is written."""
        return next(each for each in self._limits if each is not None)

    @property
    def label(self) -> str:
        """`vasopressor longer than 24 h`: what a ruling on it is about."""
        return f"{self.kind} {self._bound} {self.limit.words}"

    @property
    def _bound(self) -> str:
        if self.within is not None:
            return "within"
        return "longer than" if self.longer_than is not None else "at least"

    @property
    def words(self) -> str:
        """`vasopressor was given for longer than 24 h`."""
        if self.within is not None:
            return f"{self.kind} was begun within {self.limit.words} of the start of the run"
        return f"{self.kind} was given for {self._bound} {self.limit.words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """The how many-th run at or above a grade this is of the patient, at least.

    Counted are the runs of events of a group or of a term, or else of the event's own term, in
    order of time; the grade is that of the judged run, or `grade`.
    """

    __pydantic_config__ = STRICT
    at_least: Annotated[int, Field(ge=2, le=100)]
    grade: TriggerGrade | None = None
    group: Name | None = None
    term: Name | None = None

    def __post_init__(self) -> None:
        if self.group is not None and self.term is not None:
            raise BadValue(
                "Occurrences are counted of a group or of a term: name one of them, or none for "
                "the event's own term."
            )

    @property
    def words(self) -> str:
        """`at least the third at grade 3 or more of “Diarrhea”`."""
        named = self.group or self.term
        kind = "the group" if self.group is not None else "the term"
        of = "the event's own term" if named is None else f"{kind} “{named}”"
        at = "the grade of the judged run" if self.grade is None else f"grade {self.grade}"
        return f"at least the {ordinal(self.at_least)} at {at} or more of {of}"


_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth")


def ordinal(number: int) -> str:
    """`third`; from the seventh on `occurrence number 7`."""
    return _ORDINALS[number - 1] if number <= len(_ORDINALS) else f"occurrence number {number}"
