"""Complete records that a partial record may be, drawn one after another.

Times that are not exact are drawn at the ends of their interval, in between, and around every
instant at which an answer may flip; unknown grades, baselines and facts are drawn from what they
may be; what happened after the last report is drawn too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from app.domain.case import Event, Subject
from app.domain.dlt.rule import Lasts, Recovers, RuleSet
from app.domain.time import (
    ALWAYS,
    DAY,
    MICROSECOND,
    MINUTE,
    NEVER,
    Limit,
    PartialTime,
    Span,
    Zone,
    last_instant_of_cut,
)
from tests.oracle.facts import Term, conditions_in, filled
from tests.oracle.history import Change, Facts, Given, History
from tests.oracle.treatment import Treating, timed

LONG_AGO = 400 * DAY
STYLES = ("first", "last", "ends", "flips", "any", "any")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One event's record, read at a cut: what the oracle and the engine are both given."""

    rules: RuleSet
    groups: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, Sequence[str]]
    subject: Subject
    event: Event
    terms: tuple[Term, ...]
    """The terms that it may be; one where its term was resolved."""
    zone: Zone
    as_of: PartialTime
    under_syndrome: bool | None = False

    @property
    def cut(self) -> int:
        """The last instant that the cut includes."""
        return last_instant_of_cut(self.as_of, self.zone)


@dataclass(slots=True)
class _Step:
    first: int
    last: int
    sup: int
    recorded: int
    grade: int | None
    exact: bool
    rise: bool = field(default=False)
    untold: bool = field(default=False)


class Drawing:
    """Draws complete records of one partial record."""

    def __init__(self, recorded: Recorded, rng: Random) -> None:
        self.recorded = recorded
        self.rng = rng
        self.zone, self.cut = recorded.zone, recorded.cut
        self.asked = tuple(conditions_in(recorded.rules))
        self.limits = _limits(recorded.rules)
        self.style = "any"
        self.anchors: list[int] = []
        self.recorded_at = [span.first for span in self._recorded_spans()]
        self.dropped = False
        self.last_span = (self.cut, self.cut)
        self.last_shown = ALWAYS
        self.infusion_spans: dict[int, tuple[int, int]] = {}
        self.all_infusion_spans: list[tuple[int, int]] = []
        self.persisting: tuple[Given, ...] = ()

    def draw(self) -> History | None:
        """One complete record through its last change; None where a draw contradicts itself."""
        rng, recorded = self.rng, self.recorded
        self.style = rng.choice(STYLES)
        self.anchors = list(self.recorded_at)
        term = rng.choice(recorded.terms)
        infusions = self._infusions()
        self.anchors += infusions
        event = recorded.event
        baseline = event.baseline_grade if event.baseline_grade is not None else rng.randrange(5)
        steps = self._steps(term)
        placed = self._placed(steps, infusions, baseline)
        if placed is None:
            return None
        self.anchors += [change.at for change in placed]
        self.last_shown = placed[-1].at if placed else ALWAYS
        changes = tuple(self._fallen_earlier(placed))
        treatment = Treating(self, changes).drawn()
        self.persisting = treatment.persisting
        return History(
            zone=self.zone,
            changes=changes,
            given=treatment.given,
            unseen=treatment.unseen,
            infusions=tuple(infusions),
            baseline=baseline,
            facts=self._facts(term),
            quoted_infusions={
                at: span[1] + 1 if span[0] < span[1] == at else at
                for at, span in self.infusion_spans.items()
            },
            cap_day=self._cap_day(),
        )

    def _facts(self, term: Term) -> Facts:
        recorded = self.recorded
        return filled(
            recorded.event,
            term,
            recorded.rules,
            self.asked,
            recorded.kinds,
            recorded.under_syndrome,
            self.rng,
        )

    # --- times --------------------------------------------------------------------------------

    def _recorded_spans(self) -> list[Span]:
        recorded = self.recorded
        times = [change.at for change in recorded.event.grades]
        times += [exposure.start for exposure in recorded.subject.exposures or ()]
        times += [assessment.on for assessment in recorded.event.assessments]
        times += [each.start for each in recorded.event.interventions or ()]
        return [time.span(self.zone) for time in times if time is not None]

    def within(self, first: int, last: int) -> int:
        """An instant of an interval, both ends included."""
        rng = self.rng
        if first >= last:
            return first
        style = (
            rng.choice(("first", "last", "flips", "any")) if self.style == "any" else self.style
        )
        if last - first > LONG_AGO // 2 and style == "any":
            style = "flips"
        match style:
            case "first":
                return first
            case "last":
                return last
            case "ends":
                return rng.choice((first, last))
            case "flips":
                return max(first, min(last, self._flip()))
            case _:
                return rng.randint(first, last)

    def _flip(self) -> int:
        """An instant around one at which an answer may flip."""
        rng = self.rng
        anchor = rng.choice(self.anchors) if self.anchors else self.cut
        limit = rng.choice(self.limits)
        kind = rng.randrange(4)
        if kind == 0:
            at = anchor
        elif kind == 1:
            at = anchor + rng.choice((-1, 1)) * limit.microseconds
        else:
            days = (limit.microseconds // DAY) * rng.choice((-1, 0, 1)) + rng.choice((0, 1))
            at = self.zone.midnight(self.zone.day_of(anchor) + days)
        return at + rng.choice((-MINUTE, -MICROSECOND, 0, MICROSECOND, MINUTE))

    def span(self, time: PartialTime | None) -> tuple[int, int] | None:
        """The instants up to the cut that a time may be; None where it lies after the cut."""
        if time is None:
            return self.long_ago(), self.cut
        span = time.span(self.zone)
        return None if span.first > self.cut else (span.first, min(span.last, self.cut))

    def long_ago(self) -> int:
        """Before everything that was recorded."""
        return min([*self.recorded_at, self.cut]) - LONG_AGO

    def _infusions(self) -> list[int]:
        """Instants of the infusions; where none is recorded there may have been one, or none."""
        agent = self.recorded.rules.window.agent.casefold()
        given = [e for e in self.recorded.subject.exposures or () if e.agent.casefold() == agent]
        spans = [span for span in (self.span(e.start) for e in given) if span is not None]
        if not spans and self.rng.random() < 0.8:
            spans = [(self.long_ago(), self.cut)]
        self.all_infusion_spans = spans
        drawn = [(self.within(*span), span) for span in spans]
        # Of two at the same instant, the partly dated one is what leaves open which came first.
        self.infusion_spans = dict(sorted(drawn, key=lambda each: each[1][0] < each[1][1]))
        return sorted(self.infusion_spans)

    def _cap_day(self) -> int:
        completed = self.recorded.subject.window_completed
        span = self.span(completed.on) if completed else None
        return self.zone.day_of(self.within(*span)) if span else NEVER

    # --- grades -------------------------------------------------------------------------------

    def _steps(self, term: Term) -> list[_Step]:
        event = self.recorded.event
        changes = [(change.at, change.grade) for change in event.grades]
        changes = (
            changes or [(each.on, each.grade) for each in event.assessments] or [(None, None)]
        )
        steps = []
        for at, grade in changes:
            span = self.span(at)
            if span is not None:
                whole = at.span(self.zone) if at else None
                sup = self.cut + 1 if whole is None else min(whole.sup, self.cut + 1)
                sup = span[0] if span[0] == span[1] else sup
                recorded = whole.first if whole else ALWAYS
                exact = whole.exact if whole else False
                steps.append(_Step(*span, sup, recorded, grade, exact, untold=at is None))
        self.dropped = len(steps) < len(changes)
        self._unknown_grades(steps, term)
        self._contradictions(steps)
        if event.worst_grade is not None:
            _in_order(steps, self.long_ago())
        if steps:
            self.last_span = (steps[-1].first, steps[-1].last)
        before = 0
        for step in steps:
            step.rise = (step.grade or 0) > before
            before = step.grade or 0
        return steps

    def _unknown_grades(self, steps: list[_Step], term: Term) -> None:
        """5 only in the last step, and what the term and the seriousness allow.

        Of a change never 0, which an assessment may have shown.
        """
        rules, serious = self.recorded.rules, self.recorded.event.seriousness
        grades = set(term.grades) - {0} if rules.clocks.unknown_grades == "of_the_term" else set()
        grades = grades or {1, 2, 3, 4, 5}
        if serious is not None and serious.death is False:
            grades = {g for g in grades if g <= 4} or grades
        if serious is not None and serious.life_threatening is False:
            grades = {g for g in grades if g <= 3} or grades
        grades = self._up_to_the_worst(grades)
        if self.recorded.event.assessments and not self.recorded.event.grades:
            grades |= {0}
        for place, step in enumerate(steps):
            if step.grade is None:
                last = place == len(steps) - 1
                step.grade = self.rng.choice([g for g in sorted(grades) if g < 5 or last] or [4])

    def _up_to_the_worst(self, grades: set[int]) -> set[int]:
        """Those up to the worst grade recorded; all where the record contradicts it."""
        event = self.recorded.event
        worst, serious = event.worst_grade, event.seriousness
        if worst is None:
            return grades
        listed = [change.grade for change in event.grades]
        listed += [shown.grade for shown in event.assessments]
        if any((grade or 0) > worst for grade in listed):
            return grades
        if serious is not None and serious.death is True and worst < 5:
            return grades
        return {g for g in grades if g <= worst} or {g for g in range(6) if 0 < g <= worst} or {0}

    def _contradictions(self, steps: list[_Step]) -> None:
        """All times of a pair that contradicts the order of the list are unknown."""
        wrong = {
            place
            for later in range(len(steps))
            for earlier in range(later)
            if steps[later].last < steps[earlier].first
            for place in (earlier, later)
        }
        for place in wrong:
            step = steps[place]
            step.first, step.last, step.exact = self.long_ago(), self.cut, False
            step.sup = self.cut + 1

    def _placed(
        self, steps: list[_Step], infusions: list[int], baseline: int
    ) -> list[Change] | None:
        """Instants in the order of the list, with the grade at the infusion as recorded."""
        for infusion in infusions:
            for step in steps:
                if step.rise and self._undated(step, infusion):
                    self._relate(step, infusion, baseline, first=infusion == min(infusions))
        changes: list[Change] = []
        earliest = first = ALWAYS
        for place, step in enumerate(steps):
            earliest = max(earliest, step.first)
            latest = min(each.last for each in steps[place:])
            if earliest > latest:
                return None
            at = self.within(earliest, latest)
            quoted = step.sup if at == step.last and not step.exact else at
            first = max(first, step.first)
            changes.append(Change(at, step.grade or 0, quoted, step.recorded, first))
            self.anchors.append(at)
            earliest = at
        return changes

    def _undated(self, step: _Step, infusion: int) -> bool:
        """Whether the record leaves open on which side of an infusion a change lies.

        Which of several infusions was the first may be open too; its interval spans them.
        """
        first, last = self.infusion_spans[infusion]
        if infusion == min(self.infusion_spans):
            first = min(span[0] for span in self.all_infusion_spans)
            last = min(span[1] for span in self.all_infusion_spans)
        return step.first <= last and step.last >= first and not (step.exact and first == last)

    def _relate(self, step: _Step, infusion: int, baseline: int, *, first: bool) -> None:
        """A rise above the baseline lies after the first infusion, any other before it.

        Dated by the day alone, it follows the reading; so does one on a later infusion's day, but
        the baseline says nothing against its lying after that.
        """
        window = self.recorded.rules.window
        day, reading = self.zone.day_of, window.rise_on_infusion_day
        one_day = day(step.first) == day(step.last)
        if one_day and reading == "either":
            return
        after = (step.grade or 0) > baseline or (one_day and reading == "after")
        if not first:
            span = self.infusion_spans[infusion]
            same = {day(step.first), day(step.last), day(span[0]), day(span[1])}
            dated = len(same) == 1 and not step.exact and window.anchor == "each_infusion"
            if not after or not dated:
                return
        if after:
            step.first = max(step.first, infusion)
        else:
            step.last, step.sup = min(step.last, infusion - 1), min(step.sup, infusion)

    def _fallen_earlier(self, changes: list[Change]) -> list[Change]:
        """Between two assessments a fall may have happened at any time."""
        if not self.was_assessed():
            return changes
        fallen: list[Change] = changes[:1]
        for before, change in pairwise(changes):
            known = [
                at for at, grade in self.assessed() if grade > change.grade and at < change.at
            ]
            seen = max(known, default=ALWAYS)
            earliest = max(seen, before.at, fallen[-1].at) + 1
            if change.grade < before.grade and earliest < change.at:
                at = self.within(earliest, change.at)
                change = Change(at, change.grade, at, change.recorded)
            fallen.append(change)
        return fallen

    def was_assessed(self) -> bool:
        """Whether an assessment was made by the cut, whatever it showed."""
        return any(self.span(each.on) is not None for each in self.recorded.event.assessments)

    def assessed(self) -> list[tuple[int, int]]:
        """Instants and grades of the assessments up to the cut that showed a grade."""
        spans = [(self.span(each.on), each.grade) for each in self.recorded.event.assessments]
        return sorted(
            (self.within(*span), grade)
            for span, grade in spans
            if span is not None and grade is not None
        )


def _in_order(steps: list[_Step], long_ago: int) -> None:
    """A time that nobody recorded lies between the times before and after it."""
    for place, step in enumerate(steps):
        if step.untold:
            step.first = max(each.first for each in steps[: place + 1])
            step.recorded = step.first if step.first > long_ago else ALWAYS
            after = min(steps[place:], key=lambda each: each.last)
            step.last, step.sup = after.last, after.sup
            step.exact = step.first == step.last


def _limits(rules: RuleSet) -> list[Limit]:
    """Every limit that a rule set states."""
    limits = [rules.window.through]
    limits += [each for c in rules.criteria for each in (c.longer_than, c.at_least) if each]
    for condition in conditions_in(rules):
        if isinstance(condition, Lasts):
            limits += condition.lasts.limits
        if isinstance(condition, Recovers):
            limits.append(condition.recovers.within)
        if (asked := timed(condition)) is not None:
            limits.append(asked.limit)
    return limits
