"""Missing data about time.

Which clock or window a partly known time leaves open, and what would close it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import assert_never

from app.domain.adjudication.result import Missing, MissingField
from app.domain.adjudication.trace import Run, Traced, is_unsettled, narrowed
from app.domain.course import Course, StopKind, Tail
from app.domain.dlt.clock import Clock
from app.domain.dlt.columns import Columns
from app.domain.dlt.evaluate import Judge
from app.domain.dlt.formula import Counted, Every, Exceeded, Formula, Joins, Lapsed, Some
from app.domain.dlt.judge import verdict_of
from app.domain.dlt.program import Program
from app.domain.dlt.record import RecordedEvent
from app.domain.dlt.running import Bounds
from app.domain.dlt.words import (
    clock_words,
    step_words,
    stop_of_clock,
    stop_words,
    worst_words,
)
from app.domain.steps import Step
from app.domain.time import ALWAYS, Precision, Zone

#: The two answers to an open clock and to an open onset, as `would_settle` writes them.
CLOCK_ANSWERS = ("beyond_limit", "within_limit")
ONSET_ANSWERS = ("inside_window", "outside_window")
Leaf = Counted | Exceeded | Joins | Lapsed
"""What time alone may leave open."""
Question = Clock | tuple[type[Joins | Lapsed], int] | frozenset[int]
"""A clock, what is asked of a fact, or, by their grades, the onset of runs with the same start."""
_MOST_RUNS = 10  # a course that rises more often than this asks for the same data again and again
_FINE = {Precision.DAY, Precision.HOUR, Precision.INSTANT}


def temporal(
    columns: Columns, program: Program, events: Sequence[tuple[RecordedEvent, Zone]]
) -> Iterator[list[Missing]]:
    """What leaves completions of events undecided although their discrete unknowns are fixed.

    Of one completion after another: each row of `columns` is one, of the event at its place, with
    the zone of its patient.
    """
    answered = Answered(Traced.of(columns, program))
    for row, (recorded, zone) in enumerate(events):
        yield list(_of_completion(answered, row, recorded, zone))


def _of_completion(
    answered: "Answered", row: int, recorded: RecordedEvent, zone: Zone
) -> Iterator[Missing]:
    traced = answered.traced
    course = narrowed(recorded, traced.columns, row)
    for each in answered.open_questions(row):
        for field, text in _fields(traced, each.run, row, each.leaf, recorded, course, zone):
            yield Missing(
                field=field,
                event=recorded.event.id,
                text=_with_the_worst(text, recorded),
                would_settle=each.settles,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """What time leaves open of a run, and the verdict that each answer would leave."""

    run: Run
    leaf: Leaf
    settles: Mapping[str, str]


def _with_the_worst(text: str, recorded: RecordedEvent) -> str:
    """The sentence; and why so little is known, where that is that only the worst grade is."""
    worst = worst_words(recorded)
    if worst is None:
        return text
    return f"{text.removesuffix('.')}; {worst}{'.' if text.endswith('.') else ''}"


def _open_leaves(traced: Traced, run: Run, node: Formula, cut: int) -> Iterator[Leaf]:
    """The leaves that leave a node unsettled."""
    if not is_unsettled(traced.bounds(node, run), cut):
        return
    match node:
        case Every() | Some():
            for part in node.parts:
                yield from _open_leaves(traced, run, part, cut)
        case Counted() | Exceeded() | Joins() | Lapsed():
            yield node
        case _:
            raise TypeError(f"{node} cannot be unsettled in a completion")


class Answered:
    """Completions, judged with a leaf known to hold, and known not to."""

    def __init__(self, traced: Traced) -> None:
        self.traced = traced
        self._found: dict[tuple[Question, bool], Bounds] = {}
        self._open: dict[int, list[tuple[Run, Leaf]]] = {}

    def open_leaves(self, row: int) -> Sequence[tuple[Run, Leaf]]:
        """What time leaves open of one completion, whatever either answer would leave."""
        if row not in self._open:
            self._open[row] = list(self._open_leaves(row))
        return self._open[row]

    def _open_leaves(self, row: int) -> Iterator[tuple[Run, Leaf]]:
        traced, cut = self.traced, int(self.traced.columns.cut[row])
        unsettled = (
            run
            for run in traced.runs(row)
            if is_unsettled(traced.bounds(run.judgement.whole, run), cut)
        )
        for run in islice(unsettled, _MOST_RUNS):
            for leaf in _open_leaves(traced, run, run.judgement.whole, cut):
                yield run, leaf

    def open_questions(self, row: int) -> Iterator[OpenQuestion]:
        """What time leaves open of one completion, where the answers leave other verdicts."""
        for run, leaf in self.open_leaves(row):
            answers = ONSET_ANSWERS if isinstance(leaf, Counted) else CLOCK_ANSWERS
            settles = self.settles(run, row, leaf, answers)
            if len(set(settles.values())) > 1:  # else either leaves the same verdict
                yield OpenQuestion(run=run, leaf=leaf, settles=settles)

    def settles(self, run: Run, row: int, leaf: Leaf, answers: tuple[str, str]) -> dict[str, str]:
        """The verdict of one completion with each answer."""
        found, cut = {}, int(self.traced.columns.cut[row])
        question = self._question(run, row, leaf)
        for answer, holds in zip(answers, (True, False), strict=True):
            if (question, holds) not in self._found:
                self._found[question, holds] = self._judged(question, holds=holds)
            bounds = self._found[question, holds]
            early, late = int(bounds.early[row]), int(bounds.late[row])
            found[answer] = verdict_of(early, late, cut).name
        return found

    def _judged(self, question: Question, *, holds: bool) -> Bounds:
        """All completions, where every node that asks the same question has this answer."""

        def pin(node: Formula, grade: int) -> bool | None:
            return holds if _asks(question, node, grade) else None

        return Judge(self.traced.batch, pin=pin).decide()

    def _question(self, run: Run, row: int, leaf: Leaf) -> Question:
        if isinstance(leaf, Exceeded):
            return leaf.clock
        if isinstance(leaf, Joins | Lapsed):
            return type(leaf), leaf.fact
        alike = (other for other in self.traced.runs(row) if other.start == run.start)
        return frozenset(other.judgement.grade for other in alike)


def _asks(question: Question, node: Formula, grade: int) -> bool:
    """Whether a node, asked of runs at a grade, asks the same question."""
    match node:
        case Exceeded():
            return node.clock == question
        case Joins() | Lapsed():
            return (type(node), node.fact) == question
        case Counted():
            return isinstance(question, frozenset) and grade in question
        case _:
            return False


def _fields(
    traced: Traced,
    run: Run,
    row: int,
    leaf: Leaf,
    recorded: RecordedEvent,
    course: Course,
    zone: Zone,
) -> Iterator[tuple[MissingField, str]]:
    if isinstance(leaf, Counted):
        yield _onset(traced, row, course.steps[run.start], recorded, zone)
        return
    if isinstance(leaf, Joins | Lapsed):
        fact = traced.program.facts[leaf.fact]
        which = "the interventions" if isinstance(leaf, Joins) else "the event"
        yield (
            fact.field,
            f"The times of {which} are not known well enough to say of {recorded.event.id} "
            f"whether the limit has passed by the data cut: {fact.words}.",
        )
        return
    clock = leaf.clock
    elapsed = clock.is_elapsed(traced.program.rules.clocks)
    stop = stop_of_clock(clock)
    for start, closing in traced.clock(clock, run, row):
        begun = traced.counted_from(clock, start, row)
        said = clock_words(
            course,
            (start, closing),
            clock,
            begun,
            zone=zone,
            cut=int(traced.columns.cut[row]),
            elapsed=elapsed,
        )
        steps = [course.steps[start]] + ([] if closing is None else [course.steps[closing]])
        if begun is not None and not begun.exact:
            yield "exposure", f"{_ASKED['exposure'].format(event=recorded.event.id)} ({said})"
        for field in _clock_fields(course, steps, closing is None, elapsed=elapsed):
            asked = _ASKED[field].format(
                event=recorded.event.id, stop=stop, what=stop_words(course)
            )
            yield field, f"{asked} ({said})"


_ASKED: dict[MissingField, str] = {
    "recovery": "When {event} came to {stop} or less is not known well enough",
    "assessment": "No assessment shows when {event} came to {stop} or less",
    "clock_time": "The clock times of {event} are needed",
    "exposure": "The time of the infusion is not known well enough for {event}",
    "onset": "The onset of {event} is not known well enough",
    "dates": "The times of {event} contradict their order",
    "committee_ruling": "The {what} came before the limit of {event} was reached, so the "
    "committee has to rule",
    "follow_up": "The {what} came before the limit of {event} was reached",
}


def _clock_fields(
    course: Course, steps: Sequence[Step], still_open: bool, *, elapsed: bool
) -> Iterator[MissingField]:
    if any(step.contradicts for step in steps):
        yield "dates"
        return
    if still_open:
        yield from _tail_fields(course)
    else:
        final = steps[1]
        if final.held_through + 1 < final.span.first:
            yield "assessment"
        elif final.precision not in _FINE:
            yield "recovery"
    if steps[0].precision not in _FINE:
        yield "onset"
    elif elapsed and not all(step.span.exact or step.precision not in _FINE for step in steps):
        yield "clock_time"


def _tail_fields(course: Course) -> Iterator[MissingField]:
    match course.tail:
        case Tail.SILENT | Tail.ENDED:
            yield "recovery"
        case Tail.ASSESSED:
            yield "assessment"
        case Tail.STOPPED:
            if course.stop is not None and course.stop.kind is StopKind.DEATH:
                yield "committee_ruling"
            else:
                yield "recovery"
                yield "follow_up"
        case Tail.GOES_ON | Tail.FATAL:
            return
        case _:
            assert_never(course.tail)


def _onset(
    traced: Traced, row: int, step: Step, recorded: RecordedEvent, zone: Zone
) -> tuple[MissingField, str]:
    exposures, subject = traced.columns.exposures, traced.columns.subject[row]
    own = slice(*exposures.offsets[subject : subject + 2])
    first, last = exposures.first[own], exposures.last[own]
    event = recorded.event.id
    if step.contradicts:
        return (
            "dates",
            f"The times of {event} contradict their order, so its onset may lie inside or "
            "outside a window.",
        )
    if (first <= ALWAYS // 2).any():
        return (
            "exposure",
            f"No infusion of {traced.program.rules.window.agent} up to the data cut, or not its "
            f"time, is recorded, so the window of {event} is not known.",
        )
    if (first != last).any() and step.precision in _FINE:
        return (
            "exposure",
            f"The time of an infusion is not known well enough to say whether {event} "
            "began after it.",
        )
    if step.precision in _FINE:
        return (
            "clock_time",
            f"The clock time of the onset of {event} ({step_words(step, zone)}) is "
            "needed: it may lie inside or outside a window.",
        )
    return (
        "onset",
        f"The onset of {event} ({step_words(step, zone)}) may lie inside or outside a window.",
    )
