"""Why: the evaluator's own formulas, read at one event and put into words.

Nothing is decided here: the trace says what every node came to.
"""

from collections.abc import Sequence, Set
from functools import cached_property
from typing import assert_never

from app.domain.adjudication.conditions import (
    Condition,
    conditions_of,
    conditions_of_criterion,
    conditions_of_exception,
    exempts,
    says_of,
    truth_at_cut,
)
from app.domain.adjudication.decided_by import deciding, exempting, shown
from app.domain.adjudication.leaves import leaf, path_of
from app.domain.adjudication.result import Reason, ReasonKind
from app.domain.adjudication.trace import Bounds, Run, Traced, is_never, is_sure, narrowed
from app.domain.adjudication.truth import EXEMPT, TOLD, truth_of
from app.domain.course import Course, Tail
from app.domain.dlt.clock import Clock
from app.domain.dlt.encode import RecordedSubject
from app.domain.dlt.formula import (
    Counted,
    Every,
    Exceeded,
    ExceptionPart,
    FactHolds,
    Formula,
    IsNth,
    Joins,
    Lapsed,
    Reached,
    RunReaches,
    RunRises,
)
from app.domain.dlt.record import RecordedEvent
from app.domain.dlt.words import (
    clock_words,
    fact_words,
    instant_words,
    limit_words,
    step_words,
    window_words,
)
from app.domain.steps import UNKNOWN_GRADE
from app.domain.time import ALWAYS, NEVER, Span, Zone


class Explainer:
    """Explains one event: the trace's row `row` is event `number` of the recorded subject."""

    def __init__(
        self,
        *,
        traced: Traced,
        recorded: RecordedSubject,
        terms: Set[str | None],
        number: int,
        row: int,
    ) -> None:
        self.terms = terms
        self.traced = traced
        self.recorded = recorded
        self.row = row
        self.event: RecordedEvent = recorded.events[number]
        self.runs: tuple[Run, ...] = tuple(traced.runs(row))
        self._infusions = tuple(span for _, span in recorded.infusions)
        self._judged: dict[Run, Reason] = {}
        self._facts: dict[int, Reason] = {}
        self._bounds: dict[tuple[int, int, int], Bounds] = {}
        self._clocks: dict[tuple[Clock, Run], list[tuple[int, int | None]]] = {}

    @property
    def zone(self) -> Zone:
        """The site's zone."""
        return self.recorded.zone

    @property
    def cut(self) -> int:
        """Last instant of the data cut."""
        return self.recorded.cut

    @cached_property
    def course(self) -> Course:
        """The course as the evaluator placed it."""
        return narrowed(self.event, self.traced.columns, self.row)

    @property
    def term(self) -> str | None:
        """The event's term; None where it is not known."""
        return self.event.term.name

    @property
    def steps(self) -> Sequence[tuple[Span, int]]:
        """When each change of the placed course was, and to which grade it was recorded."""
        recorded = self.event.course.steps
        placed = zip(self.course.steps, recorded, strict=True)
        return [(step.span, was.grade) for step, was in placed]

    @property
    def known_until(self) -> Sequence[int]:
        """Until when a clock that was not stopped is known to run, and the cut."""
        course = self.event.course
        return [self.cut] if course.tail is Tail.GOES_ON else [self.cut, course.through]

    def bounds(self, formula: Formula, run: Run) -> Bounds:
        """When a formula becomes true on a run."""
        place = (id(formula), run.judgement.grade, run.stretch)
        if place not in self._bounds:
            self._bounds[place] = self.traced.bounds(formula, run)
        return self._bounds[place]

    def clock(self, clock: Clock, run: Run) -> list[tuple[int, int | None]]:
        """Steps at which a clock on a run starts and stops (None: not stopped)."""
        if (clock, run) not in self._clocks:
            self._clocks[clock, run] = self.traced.clock(clock, run, self.row)
        return self._clocks[clock, run]

    def counted_from(self, clock: Clock, step: int) -> Span | None:
        """The infusion from which a clock is counted; None: it is the step itself."""
        return self.traced.counted_from(clock, step, self.row)

    def judged(self, run: Run) -> Reason:
        """One criterion on one run, with everything that it rests on."""
        if run not in self._judged:
            self._judged[run] = self._judge(run)
        return self._judged[run]

    def _judge(self, run: Run) -> Reason:
        judgement = run.judgement
        clause = self.traced.program.criterion(judgement.criterion)
        whole = self.bounds(judgement.whole, run)
        parts = [self._condition(each, run) for each in conditions_of_criterion(judgement)]
        parts += [self._exception(part, run) for part in judgement.exceptions]
        return Reason(
            kind="criterion",
            clause=clause.id,
            at=clause.at,
            says=clause.says,
            truth=truth_of(whole, self.cut),
            since=self._since(whole),
            text=f"{clause.id} ({clause.at}) on the run at grade {judgement.grade} or more "
            f"from {self._start(run)}",
            records=(self._grade_path(run.start),),
            parts=tuple(parts),
        )

    def _start(self, run: Run) -> str:
        return step_words(self.course.steps[run.start], self.zone)

    def _path(self, path: str) -> str:
        return f"/events/{self.event.event.id}/{path}"

    def _grade_path(self, step: int) -> str:
        kind = "grades" if self.event.event.grades else "assessments"
        return self._path(f"{kind}/{self.event.course.steps[step].position}")

    def _since(self, bounds: Bounds) -> str | None:
        return self.zone.text(bounds[1]) if ALWAYS < bounds[1] < NEVER else None

    def _exception(self, part: ExceptionPart, run: Run) -> Reason:
        clause = self.traced.program.exception(part.clause)
        exempt = exempts(part, run, self)
        is_settled = is_never(self.bounds(part.broken, run))
        role = (
            "stands in place of the criterion's limit" if part.concerns is not None else "exempts"
        )
        return Reason(
            kind="exception",
            clause=clause.id,
            at=clause.at,
            says=clause.says,
            truth=exempt,
            since=None,
            text=f"{clause.id} ({clause.at}) {role}: {EXEMPT[exempt, is_settled]}",
            records=(),
            parts=tuple(self._condition(each, run) for each in conditions_of_exception(part)),
        )

    def _condition(self, condition: Condition, run: Run) -> Reason:
        """A leaf of a formula, said as the protocol says it."""
        match condition:
            case FactHolds():
                if condition.fact not in self._facts:
                    self._facts[condition.fact] = self._fact(condition, run)
                return self._facts[condition.fact]
            case Joins() | Lapsed() | IsNth():
                return self._from_an_instant(condition, run)
            case RunReaches() | RunRises():
                return self._peak(condition, run)
            case Counted():
                return self._onset(condition, run)
            case Reached():
                text = f"grade {run.judgement.grade} or more reached: {self._start(run)}"
                path = self._grade_path(run.start)
                return self._told("reached", condition, run, text, path)
            case Exceeded():
                return self._clock(condition, run)
            case _:
                assert_never(condition)

    def _told(
        self, kind: ReasonKind, condition: Condition, run: Run, text: str, *records: str
    ) -> Reason:
        """A condition that becomes true with time."""
        return leaf(
            kind,
            says_of(condition, self.traced.program),
            truth_at_cut(condition, run, self),
            self._since(self.bounds(condition, run)),
            text,
            *records,
        )

    def _from_an_instant(self, condition: Joins | Lapsed | IsNth, run: Run) -> Reason:
        """A fact that holds from an instant on, or that did not come to hold in time."""
        says = says_of(condition, self.traced.program)
        text = f"{says}: {TOLD[truth_at_cut(condition, run, self)]}"
        path = self._path(path_of(self.traced.program.facts[condition.fact]))
        return self._told("fact", condition, run, text, path)

    def _peak(self, condition: RunReaches | RunRises, run: Run) -> Reason:
        peak = f"its peak is grade {self.traced.peak(run)}"
        if isinstance(condition, RunReaches):
            return self._told("peak", condition, run, peak)
        told = f"{peak}, the baseline {self._baseline()}"
        return self._told("peak", condition, run, told, self._path("baseline_grade"))

    def _baseline(self) -> str:
        baseline = int(self.traced.columns.baseline[self.row])
        return "is not known" if baseline == UNKNOWN_GRADE else f"grade {baseline}"

    def _fact(self, condition: FactHolds, run: Run) -> Reason:
        fact = self.traced.program.facts[condition.fact]
        told = int(self.traced.columns.facts[condition.fact, self.row])
        return leaf(
            "fact",
            says_of(condition, self.traced.program),
            truth_at_cut(condition, run, self),
            None,
            fact_words(fact, told, self.event.event),
            self._path(path_of(fact)),
        )

    def _onset(self, condition: Counted, run: Run) -> Reason:
        window = self.traced.program.rules.window
        truth = truth_at_cut(condition, run, self)
        place = {
            "yes": "inside the",
            "no": "outside the",
            "unknown": "inside or outside the",
            "not_yet": "outside the",
        }[truth]
        said = window_words(window, self._infusions, self.zone)
        return leaf(
            "onset",
            says_of(condition, self.traced.program),
            truth,
            None,
            f"onset {self._start(run)}, {place} {said}",
            self._grade_path(run.start),
            "/exposures",
        )

    def _clock(self, condition: Exceeded, run: Run) -> Reason:
        clock, clocks = condition.clock, self.clock(condition.clock, run)
        said = [
            clock_words(
                self.course,
                steps,
                clock,
                self.counted_from(clock, steps[0]),
                zone=self.zone,
                cut=self.cut,
                elapsed=clock.is_elapsed(self.traced.program.rules.clocks),
            )
            for steps in clocks
        ]
        steps = sorted({step for pair in clocks for step in pair if step is not None})
        text = "; ".join(said) or (
            f"no stretch at grade {clock.grade} or more; {limit_words(clock)}"
        )
        return self._told("clock", condition, run, text, *map(self._grade_path, steps))

    def against(self, run: Run) -> list[Reason]:
        """The conditions that keep a run from being a DLT, whatever the others are."""
        judgement = run.judgement
        parts: list[Formula] = []
        for formula in (judgement.counts, judgement.when, judgement.own):
            parts += formula.parts if isinstance(formula, Every) else [formula]
        return [
            reason
            for part in parts
            if is_never(self.bounds(part, run))
            for reason in (self._condition(each, run) for each in conditions_of(part))
        ]

    def shown(self, deciding: Run | None) -> list[Run]:
        """The runs that an explanation shows."""
        return shown(self.runs, deciding)

    def deciding(self, at: int) -> Run:
        """The run and criterion that made the verdict: the earliest that is sure, or the gravest.

        There has to be a run.
        """
        return deciding(self.runs, at, self.bounds, self.traced.peak)

    def exempting(self, run: Run) -> ExceptionPart | None:
        """The exception that keeps a run from being a DLT, as things stand."""
        return exempting(run, self.bounds)

    def replacing(self, run: Run, at: int) -> ExceptionPart | None:
        """The exception whose limit, in place of the criterion's, is broken at an instant."""
        for part in run.judgement.exceptions:
            concerned = part.concerns is not None and is_sure(
                self.bounds(part.concerns, run), self.cut
            )
            if concerned and self.bounds(part.broken, run)[1] == at:
                return part
        return None

    def instant(self, instant: int) -> str:
        """As sentences write it."""
        return instant_words(instant, self.zone)
