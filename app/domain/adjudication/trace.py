"""The evaluator's trace, read at one run of one event."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from app.domain.course import Course
from app.domain.dlt.batch import Batch
from app.domain.dlt.clock import Clock
from app.domain.dlt.columns import UNKNOWN, Columns, Courses
from app.domain.dlt.evaluate import Judge, Trace
from app.domain.dlt.formula import (
    FALSE,
    Constant,
    Counted,
    Every,
    FactHolds,
    Formula,
    Judgement,
    Some,
)
from app.domain.dlt.judge import Pass, first_pass
from app.domain.dlt.program import Program
from app.domain.dlt.record import RecordedEvent
from app.domain.dlt.running import Begin
from app.domain.dlt.stretches import Stretches
from app.domain.steps import Step
from app.domain.time import ALWAYS, NEVER, Span

Bounds = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of an event under one criterion."""

    judgement: Judgement
    stretch: int
    start: int
    """Index of the step that began it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """Columns that were evaluated with a trace, and what can be read from it."""

    program: Program
    first: Pass
    trace: Trace
    _by_event: dict[int, dict[int, list[int]]] = field(default_factory=dict)
    _asked_later: dict[tuple[Formula, int], list[Bounds]] = field(default_factory=dict)
    _clocks: dict[Clock, tuple[list[int], list[int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, columns: Columns, program: Program) -> "Traced":
        """Evaluate columns and keep what every node came to."""
        trace = Trace()
        return cls(program=program, first=first_pass(columns, program, trace), trace=trace)

    @property
    def batch(self) -> Batch:
        """What was evaluated."""
        return self.first.batch

    @property
    def columns(self) -> Columns:
        """As placed by the evaluator."""
        return self.batch.columns

    def runs(self, event: int) -> Iterator[Run]:
        """Every run of an event, under every criterion that looks at its term."""
        signature = int(self.columns.signature[event])
        if signature == UNKNOWN:
            return
        for judgement in self.program.judgements[signature]:
            if judgement.whole is FALSE:
                continue
            start_of = self.batch.timeline.stretches(judgement.grade).start
            for stretch in self._stretches_of(judgement.grade).get(event, ()):
                start = int(start_of[stretch] - self.columns.offsets[event])
                yield Run(judgement=judgement, stretch=stretch, start=start)

    def _stretches_of(self, grade: int) -> Mapping[int, list[int]]:
        """The stretches at a grade, by event."""
        if grade not in self._by_event:
            found = self._by_event[grade] = {}
            for stretch, event in enumerate(self.batch.timeline.stretches(grade).event.tolist()):
                found.setdefault(event, []).append(stretch)
        return self._by_event[grade]

    def bounds(self, formula: Formula, run: Run) -> Bounds:
        """When a formula becomes true on a run."""
        read = self.trace.read(formula, run.judgement.grade, run.stretch)
        if read is not None:
            return read
        match formula:
            case Constant():
                return _settled(1 if formula.value else -1)
            case FactHolds():
                event = int(self.stretches(run).event[run.stretch])
                told = int(self.columns.facts[formula.fact, event])
                return _settled(told if formula.value else -told)
            case Counted():
                windows = self.batch.windows(run.judgement.grade)
                return _settled(int(windows.counted[run.stretch]))
            case Every() | Some():
                join = max if isinstance(formula, Every) else min
                parts = [self.bounds(part, run) for part in formula.parts]
                return join(early for early, _ in parts), join(late for _, late in parts)
            case _:
                return self._afresh(formula, run)

    def _afresh(self, formula: Formula, run: Run) -> Bounds:
        """A node that was not needed for the verdict, evaluated for explanations alone: at once
        for all runs at the grade, since the next explanation asks for it too.
        """
        grade = run.judgement.grade
        if (formula, grade) not in self._asked_later:
            rows = self.stretches(run).all_rows()
            found = Judge(self.batch).bounds(formula, rows)
            told = zip(found.early.tolist(), found.late.tolist(), strict=True)
            self._asked_later[formula, grade] = list(told)
        return self._asked_later[formula, grade][run.stretch]

    def clock(self, clock: Clock, run: Run, event: int) -> list[tuple[int, int | None]]:
        """Steps at which a clock runs on a run's stretches: from, and until (None: not stopped).

        Of a total, all that are added up.
        """
        starts, ends = self._clock(clock)
        offset, beyond = map(int, self.columns.offsets[event : event + 2])
        begins = run.start + offset
        if clock.grade > run.judgement.grade:  # the stretches within the run
            last = int(self.stretches(run).end[run.stretch])
            places = range(bisect_left(starts, begins), bisect_right(starts, last))
        else:  # the one around it
            around = bisect_right(starts, begins) - 1
            places = range(around, around + 1)
        if clock.total and places:
            places = range(places.start, bisect_left(starts, beyond))
        return [
            (starts[place] - offset, None if ends[place] == UNKNOWN else ends[place] - offset)
            for place in places
        ]

    def _clock(self, clock: Clock) -> tuple[list[int], list[int]]:
        """The changes that start and that stop a clock on every stretch at its grade."""
        if clock not in self._clocks:
            timeline = self.batch.timeline
            starts = timeline.stretches(clock.grade).start
            self._clocks[clock] = starts.tolist(), timeline.ends(starts, clock).tolist()
        return self._clocks[clock]

    def counted_from(self, clock: Clock, step: int, event: int) -> Span | None:
        """When the infusion was from which a clock is counted; None: it is the step itself."""
        if clock.counted_from == "onset":
            return None
        onset = Begin(self.columns.courses, np.array([step + int(self.columns.offsets[event])]))
        given = self.batch.timeline.infusions.before(onset, np.array([event]), clock.counted_from)
        return Span(
            int(given.first[0]),
            int(given.last[0]),
            int(given.sup[0]),
            int(given.first_day[0]),
            int(given.last_day[0]),
        )

    def peak(self, run: Run) -> int:
        """Highest grade of a run."""
        stretches = self.stretches(run)
        grades = self.columns.courses.grade[
            stretches.start[run.stretch] : stretches.end[run.stretch] + 1
        ]
        return int(grades.max())

    def stretches(self, run: Run) -> Stretches:
        """The table that a run stands in."""
        return self.batch.timeline.stretches(run.judgement.grade)


def _settled(truth: int) -> Bounds:
    """Bounds of what never changes: -1 no, 0 unknown, 1 yes."""
    return (NEVER if truth < 0 else ALWAYS), (ALWAYS if truth > 0 else NEVER)


def is_sure(bounds: Bounds, cut: int) -> bool:
    """True at the cut in every completion."""
    return bounds[1] <= cut


def is_never(bounds: Bounds) -> bool:
    """True in no completion, at no time."""
    return bounds[0] == NEVER


def is_unsettled(bounds: Bounds, cut: int) -> bool:
    """True in some completions and not in others, at the cut or later."""
    return (
        not is_sure(bounds, cut)
        and not is_never(bounds)
        and not (bounds[0] > cut and bounds[1] < NEVER)
    )


def narrowed(recorded: RecordedEvent, columns: Columns, event: int) -> Course:
    """The event's course as the evaluator placed it: spans and grades of these columns."""
    course, courses = recorded.course, columns.courses
    rows = slice(int(columns.offsets[event]), int(columns.offsets[event + 1]))
    told = zip(
        courses.first[rows].tolist(),
        courses.last[rows].tolist(),
        courses.grade[rows].tolist(),
        strict=True,
    )
    if all(
        (step.span.first, step.span.last, step.grade) == each
        for step, each in zip(course.steps, told, strict=True)
    ):
        return course
    placed = Courses(**{name: getattr(courses, name)[rows] for name in Courses.__slots__})
    steps = [_placed(step, placed, place) for place, step in enumerate(course.steps)]
    return replace(course, steps=tuple(steps))


def _placed(step: Step, placed: Courses, place: int) -> Step:
    span = Span(
        int(placed.first[place]),
        int(placed.last[place]),
        int(placed.sup[place]),
        int(placed.first_day[place]),
        int(placed.last_day[place]),
    )
    return replace(
        step,
        span=span,
        grade=int(placed.grade[place]),
        held_through=int(placed.held_through[place]),
        held_day=int(placed.held_through_day[place]),
        contradicts=step.contradicts or (step.recorded is not None and span.first <= ALWAYS // 2),
    )
