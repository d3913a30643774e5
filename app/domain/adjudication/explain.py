"""Why: the evaluator's own formulas, read at one event and put into words.

Nothing is decided here: the trace says what every node came to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.adjudication.result import Reason, TruthWord
from app.domain.adjudication.trace import Bounds, Run, Traced, is_never, is_sure, narrowed
from app.domain.course import Course
from app.domain.dlt.encode import RecordedSubject
from app.domain.dlt.facts import Fact
from app.domain.dlt.formula import (
    Constant,
    Counted,
    Every,
    Exceeded,
    ExceptionPart,
    FactHolds,
    Formula,
    Reached,
    RunReaches,
    Some,
)
from app.domain.dlt.record import RecordedEvent
from app.domain.dlt.rule import Criterion, ExceptionClause
from app.domain.dlt.words import clock_words, fact_words, instant_words, step_words, window_words
from app.domain.time import ALWAYS, NEVER, Zone

_PATHS = {
    "related": "causality",
    "laboratory": "laboratory",
    "clinically_significant": "clinically_significant",
    "intervention": "interventions",
    "other_crs_symptoms": "other_crs_symptoms",
    "alternative_cause": "alternative_causes",
    "fact": "facts",
    "ruling": "rulings",
    "under_syndrome": "part_of",
}


def truth_of(bounds: Bounds, cut: int) -> TruthWord:
    """A node's truth at the cut."""
    early, late = bounds
    if late <= cut:
        return "yes"
    if early == NEVER:
        return "no"
    return "not_yet" if early > cut and late < NEVER else "unknown"


def negated(truth: TruthWord) -> TruthWord:
    """The truth of a negation; what is not true yet still holds negated."""
    match truth:
        case "yes":
            return "no"
        case "no" | "not_yet":
            return "yes"
        case "unknown":
            return "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """Explains the events of one patient; `first_event` is the row of the first of them."""

    traced: Traced
    recorded: RecordedSubject
    first_event: int

    @property
    def zone(self) -> Zone:
        """The site's zone."""
        return self.recorded.zone

    @property
    def cut(self) -> int:
        """Last instant of the data cut."""
        return self.recorded.cut

    def criterion(self, clause: str) -> Criterion:
        """A criterion by its id."""
        return next(each for each in self.traced.program.rules.criteria if each.id == clause)

    def exception(self, clause: str) -> ExceptionClause:
        """An exception by its id."""
        return next(each for each in self.traced.program.rules.exceptions if each.id == clause)

    def course(self, number: int) -> Course:
        """An event's course as the evaluator placed it."""
        return narrowed(self.recorded.events[number], self.traced.columns, self.first_event + number)

    def judged(self, number: int, run: Run) -> Reason:
        """One criterion on one run, with everything that it rests on."""
        judgement = run.judgement
        clause = self.criterion(judgement.criterion)
        whole = self.traced.bounds(judgement.whole, run)
        conditions = [self._conditions(part, number, run) for part in (judgement.counts, judgement.when, judgement.own)]
        parts = [reason for reasons in conditions for reason in reasons]
        parts += [self._exception(part, number, run) for part in judgement.exceptions]
        return Reason(
            clause=clause.id,
            at=clause.at,
            says=clause.says,
            truth=truth_of(whole, self.cut),
            since=self._since(whole),
            text=f"{clause.id} ({clause.at}) on the run at grade {judgement.grade} or more from {self._start(number, run)}",
            records=(self._path(number, f"grades/{self._position(number, run.start)}"),),
            parts=tuple(parts),
        )

    def _start(self, number: int, run: Run) -> str:
        return step_words(self.course(number).steps[run.start], self.zone)

    def _position(self, number: int, step: int) -> int:
        return self.recorded.events[number].course.steps[step].position

    def _path(self, number: int, path: str) -> str:
        return f"/events/{self.recorded.events[number].event.id}/{path}"

    def _since(self, bounds: Bounds) -> str | None:
        late = bounds[1]
        return self.zone.text(late) if ALWAYS < late < NEVER else None

    def _exception(self, part: ExceptionPart, number: int, run: Run) -> Reason:
        clause = self.exception(part.clause)
        concerned = negated(truth_of(self.traced.bounds(part.not_concerned, run), self.cut))
        broken = self.traced.bounds(part.broken, run)
        exempt = _both(concerned, negated(truth_of(broken, self.cut)))
        parts = self._conditions(part.not_concerned, number, run) + self._conditions(part.broken, number, run)
        role = "stands in place of the criterion's limit" if part.concerns is not None else "exempts"
        return Reason(
            clause=clause.id,
            at=clause.at,
            says=clause.says,
            truth=exempt,
            since=None,
            text=f"{clause.id} ({clause.at}) {role}: {_EXEMPT[exempt, is_never(broken)]}",
            records=(),
            parts=tuple(parts),
        )

    def _conditions(self, formula: Formula, number: int, run: Run) -> list[Reason]:
        """The leaves of a formula, each said as the protocol says it."""
        if isinstance(formula, Constant):
            return []
        if isinstance(formula, Every | Some):
            return [reason for part in formula.parts for reason in self._conditions(part, number, run)]
        return [self._leaf(formula, number, run)]

    def _leaf(self, formula: FactHolds | RunReaches | Counted | Reached | Exceeded, number: int, run: Run) -> Reason:
        bounds = self.traced.bounds(formula, run)
        match formula:
            case FactHolds():
                return self._fact(formula, number)
            case RunReaches():
                says = f"the run reaches grade {formula.grade}"
                text = f"its peak is grade {self.traced.peak(run)}"
                return self._reason(says, truth_of(bounds, self.cut), self._since(bounds), text, ())
            case Counted():
                return self._onset(bounds, number, run)
            case Reached():
                at = self._path(number, f"grades/{self._position(number, run.start)}")
                text = f"grade {run.judgement.grade} or more reached: {self._start(number, run)}"
                return self._reason("the grade is reached", truth_of(bounds, self.cut), self._since(bounds), text, (at,))
            case Exceeded():
                return self._clock(formula, bounds, number, run)

    def _fact(self, formula: FactHolds, number: int) -> Reason:
        fact = self.traced.program.facts[formula.fact]
        told = int(self.traced.columns.facts[formula.fact, self.first_event + number])
        truth: TruthWord = "unknown" if told == 0 else "yes" if told > 0 else "no"
        text = fact_words(fact, told, self.recorded.events[number].event)
        return self._reason(fact.words, truth, None, text, (self._path(number, _path_of(fact)),))

    def _onset(self, bounds: Bounds, number: int, run: Run) -> Reason:
        window = self.traced.program.rules.window
        infusions = [span for _, span in self.recorded.infusions]
        truth = truth_of(bounds, self.cut)
        place = {"yes": "inside the", "no": "outside the", "unknown": "inside or outside the", "not_yet": "outside the"}[truth]
        text = f"onset {self._start(number, run)}, {place} {window_words(window, infusions, self.zone)}"
        at = self._path(number, f"grades/{self._position(number, run.start)}")
        return self._reason("the onset lies in a window", truth, None, text, (at, "/exposures"))

    def _clock(self, formula: Exceeded, bounds: Bounds, number: int, run: Run) -> Reason:
        course = self.course(number)
        clocks = self.traced.clock(formula, run, self.first_event + number)
        elapsed = formula.limit.days is None or self.traced.program.rules.clocks.days_are == "elapsed"
        stop = "baseline" if formula.stop == "baseline" else f"grade {formula.stop}"
        label = f"grade {formula.grade}" if formula.stop == formula.grade - 1 else f"time to {stop} or less"
        said = [
            clock_words(course, start, end, formula.limit, grade=formula.grade, stop=label, zone=self.zone, cut=self.cut, elapsed=elapsed)
            for start, end in clocks
        ]
        steps = sorted({step for pair in clocks for step in pair if step is not None})
        records = tuple(self._path(number, f"grades/{self._position(number, step)}") for step in steps)
        text = "; ".join(said) or f"no stretch at grade {formula.grade} or more; limit {formula.limit.words}"
        says = f"longer than {formula.limit.words} before {stop} or less"
        return self._reason(says, truth_of(bounds, self.cut), self._since(bounds), text, records)

    def _reason(self, says: str, truth: TruthWord, since: str | None, text: str, records: tuple[str, ...]) -> Reason:
        return Reason(clause=None, at=None, says=says, truth=truth, since=since, text=text, records=records, parts=())

    def deciding(self, number: int, runs: Sequence[Run], at: int) -> Run | None:
        """The run and criterion that made the verdict: the earliest that is sure, or the gravest."""
        sure = [run for run in runs if self.traced.bounds(run.judgement.whole, run)[1] == at < NEVER]
        if sure:
            return sure[0]
        return min(runs, key=lambda run: (self.traced.bounds(run.judgement.whole, run)[0], -self.traced.peak(run)), default=None)

    def exempting(self, run: Run) -> ExceptionPart | None:
        """The exception that keeps a counted run from being a DLT, as things stand."""
        judgement = run.judgement
        if is_never(self.traced.bounds(judgement.counts, run)) or is_never(self.traced.bounds(judgement.when, run)):
            return None
        for part in judgement.exceptions:
            if is_never(self.traced.bounds(part.not_concerned, run)) and is_never(self.traced.bounds(part.broken, run)):
                return part
        return None

    def replacing(self, run: Run, at: int) -> ExceptionPart | None:
        """The exception whose limit, in place of the criterion's, was broken at an instant."""
        for part in run.judgement.exceptions:
            if part.concerns is not None and is_sure(self.traced.bounds(part.concerns, run), self.cut):
                if self.traced.bounds(part.broken, run)[1] == at:
                    return part
        return None

    def instant(self, instant: int) -> str:
        """As sentences write it."""
        return instant_words(instant, self.zone)

    def event(self, number: int) -> RecordedEvent:
        """The record of an event."""
        return self.recorded.events[number]


def _path_of(fact: Fact) -> str:
    path = _PATHS[fact.kind]
    return f"{path}/{fact.subject[0]}" if fact.kind == "fact" else path


def _both(first: TruthWord, second: TruthWord) -> TruthWord:
    if "no" in {first, second}:
        return "no"
    return "unknown" if "unknown" in {first, second} else "yes"


_EXEMPT: dict[tuple[TruthWord, bool], str] = {
    ("yes", True): "it holds",
    ("yes", False): "it holds so far",
    ("no", True): "it does not hold",
    ("no", False): "it does not hold",
    ("unknown", True): "whether it holds is not known",
    ("unknown", False): "whether it holds is not known",
}
