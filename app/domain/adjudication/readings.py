"""Which readings touch an event's verdict."""

from collections.abc import Iterator

from app.domain.adjudication.explain import Explainer
from app.domain.adjudication.protocol import Rules
from app.domain.adjudication.trace import Run, is_never
from app.domain.course import UNKNOWN_GRADE, StopKind, Tail
from app.domain.dlt.columns import UNKNOWN
from app.domain.dlt.formula import Exceeded, walk
from app.domain.dlt.facts import NO
from app.domain.dlt.record import assessors_differ, related
from app.domain.time import ALWAYS, Precision


def readings_of(explainer: Explainer, rules: Rules) -> tuple[str, ...]:
    """The chosen options of every reading that the verdict may rest on, in the document's order."""
    places = {*_clauses(explainer, rules), *_clocks(explainer), *_circumstances(explainer)}
    return options_of(rules, places)


def options_of(rules: Rules, places: set[str]) -> tuple[str, ...]:
    """The chosen options of the readings used in these clauses, groups and parts."""
    touched = rules.decided.touched
    found = {reading for place in places for reading in touched.get(place, ())}
    return tuple(option for reading, option in rules.decided.options.items() if reading in found)


def _clauses(explainer: Explainer, rules: Rules) -> Iterator[str]:
    """Clauses that look at the event, and the groups that its term belongs to."""
    for run in explainer.runs:
        yield run.judgement.criterion
        for part in run.judgement.exceptions:
            if not _surely_not_concerned(explainer, part.not_concerned, run):
                yield part.clause
    name = explainer.event.term.name
    yield from (group for group, terms in rules.decided.disputed_terms.items() if name in terms)
    signature = int(explainer.traced.columns.signature[explainer.row])
    if explainer.runs and signature != UNKNOWN:
        yield from explainer.traced.program.signatures[signature]


def _surely_not_concerned(explainer: Explainer, formula: object, run: Run) -> bool:
    return explainer.bounds(formula, run)[1] <= ALWAYS  # type: ignore[arg-type]


def _clocks(explainer: Explainer) -> Iterator[str]:
    """Choices about clocks that this course puts to the test."""
    course = explainer.course
    for run in explainer.runs:
        for leaf in walk(run.judgement.whole):
            if not isinstance(leaf, Exceeded):
                continue
            if _again(explainer, run):
                yield "clocks/recovery"
            for start, closing in explainer.clock(leaf, run):
                if closing is None:
                    continue
                begin, end = course.steps[start].span, course.steps[closing].span
                days = leaf.limit.days
                length = (
                    end.last_day - begin.first_day if days is not None else end.last - begin.first
                )
                if length == (days if days is not None else leaf.limit.microseconds):
                    yield "clocks/within_includes_limit"
                exact = (
                    course.steps[start].precision
                    is course.steps[closing].precision
                    is Precision.INSTANT
                )
                if (
                    days is not None
                    and exact
                    and (length > days) != (end.first - begin.first > leaf.limit.microseconds)
                ):
                    yield "clocks/days_are"


def _again(explainer: Explainer, run: Run) -> bool:
    """Whether the event rises to this grade more than once."""
    events = explainer.traced.stretches(run).event
    return int((events == explainer.row).sum()) > 1


def _circumstances(explainer: Explainer) -> Iterator[str]:
    recorded = explainer.event
    course, rules = recorded.course, explainer.traced.program.rules
    if any(step.grade == UNKNOWN_GRADE for step in course.steps):
        yield "clocks/unknown_grades"
    if course.tail is Tail.SILENT and explainer.runs:
        yield "clocks/after_last_report"
    if (
        course.tail in {Tail.STOPPED, Tail.ENDED, Tail.FATAL}
        and course.stop is not None
        and course.stop.kind is StopKind.DEATH
    ):
        yield "clocks/death_from_another_cause"
    if rules.counts.related is not None and assessors_differ(recorded.event, rules.counts.related):
        yield "counts/related/where_assessors_differ"
    if rules.counts.related is not None and related(recorded.event, rules.counts.related) == NO:
        yield "counts/related/any_of"
    if not explainer.runs and any(step.grade > 0 for step in course.steps):
        yield from (criterion.id for criterion in rules.criteria)
    yield "observed_in"
    if len(explainer.recorded.infusions) > 1:
        yield "window/anchor"
    if explainer.recorded.subject.window_completed is not None:
        yield "window/early_completion"
    for index, syndrome in enumerate(rules.syndromes):
        if recorded.term.name in {*syndrome.symptoms, *syndrome.own_clause} and _syndrome_present(
            explainer, syndrome.term
        ):
            yield f"syndromes/{index}"
    yield from _onsets(explainer)


def _syndrome_present(explainer: Explainer, term: str) -> bool:
    return any(each.term.name == term for each in explainer.recorded.events)


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
