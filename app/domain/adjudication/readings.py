"""Which readings touch an event's verdict."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from app.domain.adjudication.explain import Explainer
from app.domain.adjudication.protocol import Rules
from app.domain.adjudication.trace import Bounds, Run, Traced, is_never
from app.domain.course import StopKind, Tail
from app.domain.dlt.clock import Clock
from app.domain.dlt.columns import UNKNOWN
from app.domain.dlt.facts import NO
from app.domain.dlt.formula import Formula
from app.domain.dlt.record import RecordedEvent, assessors_differ, related
from app.domain.dlt.rule import RuleSet
from app.domain.steps import UNKNOWN_GRADE
from app.domain.time import ALWAYS, NEVER, Precision, Span, Zone


class Looked(Protocol):
    """An event that the rules look at, as its trace has it."""

    @property
    def traced(self) -> Traced:
        """The trace."""

    @property
    def row(self) -> int:
        """The row of the event in the trace."""

    @property
    def runs(self) -> Sequence[Run]:
        """Its runs, under every criterion."""

    @property
    def term(self) -> str | None:
        """The term of the dictionary; None where it is not known."""

    @property
    def steps(self) -> Sequence[tuple[Span, int]]:
        """When each change of its course was, as the evaluator placed it, and to which grade."""

    @property
    def known_until(self) -> Sequence[int]:
        """Until when a clock that was not stopped is known to run, and the cut."""

    @property
    def zone(self) -> Zone:
        """The zone of its days."""

    def bounds(self, formula: Formula, run: Run) -> Bounds:
        """When a formula becomes true on a run."""

    def clock(self, clock: Clock, run: Run) -> list[tuple[int, int | None]]:
        """Steps at which a clock on a run starts and stops (None: not stopped)."""

    def counted_from(self, clock: Clock, step: int) -> Span | None:
        """The infusion from which a clock is counted; None: it is the step itself."""


def readings_of(explainer: Explainer, rules: Rules) -> tuple[str, ...]:
    """The chosen options of every reading that the verdict may rest on.

    In the document's order.
    """
    return options_of(rules, {*places_of_clauses(explainer, rules), *_circumstances(explainer)})


def places_of_clauses(looked: Looked, rules: Rules) -> set[str]:
    """The clauses and groups that look at an event, and the clocks that it puts to the test: where
    the readings stand that clauses alone decide.
    """
    return {*_clauses(looked, rules), *_clocks(looked)}


def options_of(rules: Rules, places: set[str]) -> tuple[str, ...]:
    """The chosen options of the readings used in these clauses, groups and parts."""
    touched = rules.decided.touched
    found = {reading for place in places for reading in touched.get(place, ())}
    return tuple(option for reading, option in rules.decided.options.items() if reading in found)


def _clauses(looked: Looked, rules: Rules) -> Iterator[str]:
    """Clauses that look at the event, and the groups that its term belongs to."""
    program = looked.traced.program
    for run in looked.runs:
        yield run.judgement.criterion
        for part in run.judgement.exceptions:
            if looked.bounds(part.not_concerned, run)[1] > ALWAYS:  # else it surely does not
                yield part.clause
    if looked.term is None:  # whichever exception may concern it
        yield from (clause.id for clause in program.rules.exceptions)
    disputed = rules.decided.disputed_terms.items()
    yield from (group for group, terms in disputed if looked.term in terms)
    signature = int(looked.traced.columns.signature[looked.row])
    if looked.runs and signature != UNKNOWN:
        yield from program.signatures[signature]


def _clocks(looked: Looked) -> Iterator[str]:
    """Choices about clocks that this course puts to the test."""
    for run in looked.runs:
        if _again(looked, run):
            yield "clocks/recovery"
        for leaf in run.judgement.clocks:
            clock = leaf.clock
            if clock.total:  # several lengths together: any of them may be what decides
                yield from _choices(clock)
            for start, closing in looked.clock(clock, run):
                begin = looked.counted_from(clock, start) or looked.steps[start][0]
                ends = _open_ends(looked) if closing is None else [looked.steps[closing][0]]
                for end in ends:
                    yield from _limits(begin, end, clock)


def _open_ends(looked: Looked) -> list[Span]:
    zone = looked.zone
    return [
        Span(each, each, each, zone.day_of(each), zone.day_of(each))
        for each in looked.known_until
        if abs(each) < NEVER // 2
    ]


def _choices(clock: Clock) -> Iterator[str]:
    """The choices that a limit leaves open."""
    if not clock.reached:
        yield "clocks/within_includes_limit"
    if clock.limit.days is not None:
        yield "clocks/days_are"


def _limits(begin: Span, end: Span, clock: Clock) -> Iterator[str]:
    """Choices about limits that decide a clock which ran to, or near, its limit."""
    days, length = clock.limit.days, clock.limit.microseconds
    calendar = (end.first_day - begin.last_day, end.last_day - begin.first_day)
    elapsed = (end.first - begin.last, end.last - begin.first)
    at_limit = any(0 <= each - length <= 1 for each in elapsed)
    if days is not None:
        at_limit = days in calendar
    if at_limit and not clock.reached:
        yield "clocks/within_includes_limit"
    if days is not None and [each > days for each in calendar] != [
        each > length for each in elapsed
    ]:
        yield "clocks/days_are"


def _again(looked: Looked, run: Run) -> bool:
    """Whether the event rises, or may rise, to this grade more than once."""
    grade = run.judgement.grade
    told = [each for _, each in looked.steps]
    reaches = [each >= grade or each == UNKNOWN_GRADE for each in told]
    falls = [each < grade or each == UNKNOWN_GRADE for each in told]
    first = reaches.index(True)
    return any(
        fallen and any(reaches[place + 1 :])
        for place, fallen in enumerate(falls[first + 1 :], first + 1)
    )


def _circumstances(explainer: Explainer) -> Iterator[str]:
    """Choices about what stands around the course: the phase, the patient, other events."""
    recorded = explainer.event
    rules = explainer.traced.program.rules
    yield "observed_in"
    if not explainer.runs and any(step.grade > 0 for step in recorded.course.steps):
        yield from (criterion.id for criterion in rules.criteria)
    if len(explainer.recorded.infusions) > 1:
        yield "window/anchor"
    if explainer.recorded.subject.window_completed is not None:
        yield "window/early_completion"
    yield from _course(explainer)
    yield from _causality(recorded, rules)
    yield from _syndromes(explainer)
    yield from _onsets(explainer)


def _course(explainer: Explainer) -> Iterator[str]:
    course = explainer.event.course
    if any(step.grade == UNKNOWN_GRADE for step in course.steps):
        yield "clocks/unknown_grades"
    if course.tail is Tail.SILENT and explainer.runs:
        yield "clocks/after_last_report"
    stopped = course.tail in {Tail.STOPPED, Tail.ENDED, Tail.FATAL}
    if stopped and course.stop is not None and course.stop.kind is StopKind.DEATH:
        yield "clocks/death_from_another_cause"


def _causality(recorded: RecordedEvent, rules: RuleSet) -> Iterator[str]:
    asked = rules.counts.related
    if asked is not None and assessors_differ(recorded.event, asked):
        yield "counts/related/where_assessors_differ"
    if asked is not None and related(recorded.event, asked) == NO:
        yield "counts/related/any_of"


def _syndromes(explainer: Explainer) -> Iterator[str]:
    recorded = explainer.event
    for index, syndrome in enumerate(explainer.traced.program.rules.syndromes):
        linked = recorded.event.part_of is not None
        concerned = recorded.term.name in {*syndrome.symptoms, *syndrome.own_clause}
        if concerned and (linked or explainer.terms & {syndrome.term, None}):
            yield f"syndromes/{index}"


def _onsets(explainer: Explainer) -> Iterator[str]:
    """Choices about the window that the onset puts to the test."""
    window = explainer.traced.program.rules.window
    course = explainer.event.course
    for run in explainer.runs:
        step = course.steps[run.start]
        for _, infusion in explainer.recorded.infusions:
            if infusion.first <= ALWAYS // 2 or step.span.first <= ALWAYS // 2:
                continue
            if step.precision is Precision.DAY and step.span.first_day == infusion.first_day:
                yield "window/rise_on_infusion_day"
            days = window.through.days or window.through.microseconds // 86_400_000_000
            if step.span.last_day - infusion.first_day - (days - window.first_day) in {0, 1}:
                yield "window/through"
        if is_never(explainer.bounds(run.judgement.counts, run)):
            yield "window/onset_from_grade"
            yield "refer_to_committee/first_reached_only"
