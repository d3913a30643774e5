"""A patient's laboratory results beside the adverse events: what they say of which event.

A point of a series belongs to the event of its term in whose time it lies: from the first
recorded change on, to the end or to the next event of the term. Grave points that lead up to a
grave event, or go on after its end, belong to it too, since they contradict its dates. What
belongs to no event, nobody reported.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final, Literal

from app.domain.adjudication.computed import ComputedCourse, ComputedGrade
from app.domain.adjudication.in_order import Point
from app.domain.adjudication.laboratory import graded
from app.domain.adjudication.limits import with_limits
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import Finding
from app.domain.adjudication.series import GRAVE, Series
from app.domain.case import Assessment, Event, Subject
from app.domain.steps import span_of
from app.domain.time import NEVER, UNKNOWN_SPAN, Span, Zone

PREFIX: Final = "laboratory:"
_MOST_SHOWN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class WithResults:
    """A case with the events that its results make, courses beside those that were reported, and
    what is remarkable about the results.
    """

    subject: Subject
    courses: tuple[ComputedCourse, ...]
    findings: tuple[Finding, ...]


def is_of_results(event: str) -> bool:
    """Whether an id is one that results give their events."""
    return event.startswith(PREFIX)


def with_results(subject: Subject, protocol: ReadyProtocol, zone: Zone, cut: int) -> WithResults:
    """What the results that were measured by the cut say of a case."""
    if not subject.laboratory:
        return WithResults(subject=subject, courses=(), findings=())
    in_force = (each for each in subject.rulings if each.on.span(zone).first <= cut)
    rules = protocol.laboratory_with({r.reading: r.answer for r in in_force if r.reading})
    if rules is None:
        dictionary = protocol.dictionary.title
        message = f"Laboratory results are not graded: {dictionary} has no numeric criteria here."
        finding = Finding(code="laboratory_not_graded", message=message)
        return WithResults(subject=subject, courses=(), findings=(finding,))
    infused = _first_infusion(subject, protocol, zone, cut)
    measured, of_ranges = with_limits(subject, rules.catalogue, protocol.named, zone, cut)
    found = graded(measured, rules, protocol.named, zone, cut, infused)
    reported: dict[str | None, list[Event]] = {}
    for event in subject.events:
        term = protocol.resolve(event.term, event.meddra_code).name
        reported.setdefault(term, []).append(event)
    made = _Made(events=list(subject.events), findings=[*of_ranges, *found.findings])
    for series in found.series:
        of_term = reported.get(series.term, [])
        source = f"{protocol.dictionary.title} ({series.term})"
        if series.own and rules.own:
            source = rules.own.source
        owners = _owners(series, of_term, zone, infused)
        made.courses += _courses(series, owners, of_term, zone, source)
        _unreported(made, series, owners, rules.grading.unreported, source, infused)
    return WithResults(
        subject=replace(subject, events=tuple(made.events)),
        courses=tuple(made.courses),
        findings=tuple(made.findings),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owner:
    """The event that a point belongs to. One that only closes its course is not compared."""

    event: str
    compared: bool


@dataclass(slots=True, kw_only=True)
class _Made:
    """What results have made of a case so far."""

    events: list[Event]
    findings: list[Finding]
    courses: list[ComputedCourse] = field(default_factory=list)


def _unreported(
    made: _Made,
    series: Series,
    owners: Mapping[int, _Owner],
    unreported: Literal["finding", "event"],
    source: str,
    infused: Span | None,
) -> None:
    """Add what the results say that belong to no event.

    What the protocol's own bounds grade is always an event: the protocol asks for it by name.
    """
    free = [each for place, each in enumerate(series.points) if place not in owners]
    made.findings += _policy_used(series.term, free)
    if unreported == "finding" and not series.own:
        made.findings += _not_reported(series, owners, infused)
        return
    taken = {event.id for event in made.events}
    for told, points in _unreported_events(series, owners):
        event = _free(told, taken)
        made.events.append(event)
        if series.own:
            made.courses.append(_by_bounds(event.id, source, points))


def _first_infusion(
    subject: Subject, protocol: ReadyProtocol, zone: Zone, cut: int
) -> Span | None:
    """When the first infusion began of the window's agent, else of an investigational one."""
    if protocol.rules is not None:
        agents = {protocol.rules.decided.rules.window.agent.casefold()}
    else:
        roles = protocol.document.agents
        agents = {agent.casefold() for agent in roles if roles[agent] == "investigational"}
    spans = [
        span_of(each.start, zone)
        for each in subject.exposures or ()
        if each.agent.casefold() in agents
    ]
    return min((span for span in spans if span.first <= cut), default=None)


def _owners(
    series: Series, reported: Sequence[Event], zone: Zone, infused: Span | None
) -> Mapping[int, _Owner]:
    """The event of each point, by its place."""
    points = series.points
    timed = sorted(
        ((*_times(event, zone), event) for event in reported),
        key=lambda each: (each[0].first, each[2].id),
    )
    owners: dict[int, _Owner] = {}
    for number, (starts, ends, event) in enumerate(timed):
        limit = timed[number + 1][0].first if number + 1 < len(timed) else NEVER
        inside = [
            place
            for place, each in enumerate(points)
            if starts.first <= each.span.first < limit and place not in owners
        ]
        before = inside[0] if inside else len(points)
        while (
            _begins_grave(event, series.grave)
            and before > 0
            and before - 1 not in owners
            and points[before - 1].grade >= series.grave
            and (infused is None or points[before - 1].span.last >= infused.first)
        ):
            before -= 1
            owners[before] = _Owner(event=event.id, compared=True)
        going_on = False
        for place in inside:
            ended = points[place].span.first > ends
            grave = points[place].grade >= series.grave
            goes_on = grave and going_on
            if ended and points[place].reach >= series.grave and not goes_on:
                break  # a rise of its own, or it may be one
            owners[place] = _Owner(event=event.id, compared=not ended or grave)
            if ended and not grave:
                break
            going_on = grave
    return owners


def _times(event: Event, zone: Zone) -> tuple[Span, int]:
    """When an event began, and the last instant at which it may have been there."""
    changes = [(change.at, change.grade) for change in event.grades]
    changes = changes or [(shown.on, shown.grade) for shown in event.assessments]
    if not changes:
        return UNKNOWN_SPAN, NEVER
    at, grade = changes[-1]
    return span_of(changes[0][0], zone), span_of(at, zone).last if grade == 0 else NEVER


def _begins_grave(event: Event, grave: int) -> bool:
    first = next((change.grade for change in event.grades), None)
    return first is None or first >= grave


def _courses(
    series: Series,
    owners: Mapping[int, _Owner],
    reported: Sequence[Event],
    zone: Zone,
    source: str,
) -> Iterator[ComputedCourse]:
    """The computed courses of the events that have points to compare.

    An end that was recorded ends the computed course too, where no result speaks of later.
    """
    for event in reported:
        owned = [
            (point, owners[place].compared)
            for place, point in enumerate(series.points)
            if place in owners and owners[place].event == event.id
        ]
        if not any(compared for _, compared in owned):
            continue
        grades = [_computed(point, compared=compared) for point, compared in owned]
        end = event.grades[-1].at if event.grades and event.grades[-1].grade == 0 else None
        if end is not None and owned[-1][0].span.first <= end.span(zone).last:
            grades.append(ComputedGrade(on=end, lowest=0, highest=0, compared=False))
        yield ComputedCourse(
            event=event.id,
            source=source,
            grades=tuple(grades),
            findings=tuple(_policy_used(series.term, [point for point, _ in owned])),
        )


def _computed(point: Point, *, compared: bool) -> ComputedGrade:
    return ComputedGrade(
        on=point.on,
        lowest=point.lowest,
        highest=point.highest,
        taken=point.taken,
        missing=point.missing,
        shows=point.shows,
        compared=compared,
        possible=point.possible,
        unsure=point.taken is None,
    )


def _policy_used(term: str, points: Sequence[Point]) -> Iterator[Finding]:
    """The finding of grades that the protocol's own policy tells where others are possible."""
    assumed = [each for each in points if each.assumed]
    if not assumed:
        return
    told = "; ".join(
        f"grade {each.grade} of {each.lowest} to {each.highest} on {each.on.text} ({each.shows})"
        for each in assumed[:_MOST_SHOWN]
    )
    more = len(assumed) - _MOST_SHOWN
    yield Finding(
        code="laboratory_policy_used",
        message=f"{term}: the policy of the protocol tells {told}"
        + (f"; and {more} more" if more > 0 else "")
        + f". Not told: {_listed(assumed)}.",
    )


def _listed(points: Sequence[Point]) -> str:
    """What is missing of points, each once, as far as there is room."""
    missing = [*dict.fromkeys(each for point in points for each in point.missing)]
    return ", ".join(missing[:_MOST_SHOWN]) + (" and more" if len(missing) > _MOST_SHOWN else "")


def _by_bounds(event: str, source: str, points: Sequence[Point]) -> ComputedCourse:
    """The course of an event that the protocol's own bounds make, and which results make it."""
    met = [each for each in points if each.taken]
    told = "; ".join(
        f"grade {each.taken} on {each.on.text}: {each.shows}" for each in met[:_MOST_SHOWN]
    )
    more = f"; and {len(met) - _MOST_SHOWN} more" if len(met) > _MOST_SHOWN else ""
    finding = Finding(code="laboratory_bound_met", message=f"{told}{more}.")
    return ComputedCourse(
        event=event,
        source=source,
        grades=tuple(_computed(each, compared=True) for each in points),
        findings=(finding,) if met else (),
    )


def _unreported_events(
    series: Series, owners: Mapping[int, _Owner]
) -> Iterator[tuple[Event, Sequence[Point]]]:
    """The stretches that belong to no event, each as an event of its own.

    One that follows an event is named after it, so that a ruling never passes to another.
    """
    for owned, places in groupby(range(len(series.points)), key=lambda place: place in owners):
        stretch = list(places)
        points = [series.points[place] for place in stretch]
        if owned or all(each.taken == 0 for each in points):
            continue
        after = owners.get(stretch[0] - 1)
        shown = tuple(Assessment(on=each.on, grade=each.taken) for each in points)
        event = Event(
            id=f"{PREFIX}{series.term}" + (f" after {after.event}" if after else ""),
            term=series.term,
            meddra_code=series.code,
            laboratory=True,
            assessments=() if series.own else shown,
            ongoing=True,  # as far as anybody knows: only a result can show the end
            baseline_grade=series.baseline,
        )
        yield event, points


def _free(event: Event, taken: set[str]) -> Event:
    """The event under an id that no other event of the case has."""
    name = event.id
    while name in taken:
        name = PREFIX + name
    return replace(event, id=name)


def _not_reported(
    series: Series, owners: Mapping[int, _Owner], infused: Span | None
) -> Iterator[Finding]:
    """The findings of points since the infusion that are grave, or may be, and that no event
    reports: one of each kind for the term.
    """
    least = max(GRAVE, (series.baseline or 0) + 1)
    free = [
        each
        for place, each in enumerate(series.points)
        if place not in owners
        and each.reach >= least
        and (infused is None or each.span.last >= infused.first)
    ]
    grave = [each for each in free if each.grade >= least]
    if grave:
        worst = max(grave, key=lambda each: each.grade)
        yield Finding(
            code="laboratory_not_reported",
            message=f"{series.term}: the results reach grade {worst.grade} on {worst.on.text} "
            f"({worst.shows}), and no adverse event of that time reports it.",
        )
    # of what cannot be read a finding says so already
    unsure = [each for each in free if each.grade < least and not each.unread]
    if unsure:
        worst = max(unsure, key=lambda each: each.reach)
        more = "" if len(unsure) == 1 else f" So it is with {len(unsure) - 1} more."
        yield Finding(
            code="laboratory_not_reported",
            message=f"{series.term}: the results may reach grade {worst.reach} on {worst.on.text} "
            f"({worst.shows}), and no adverse event of that time reports it; missing: "
            f"{_listed(unsure)}.{more}",
        )
