"""When a complete record becomes a DLT: run by run, clause by clause, instant by instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from app.domain.dlt.asked import TimedIntervention
from app.domain.dlt.rule import (
    AllOf,
    AlternativeCauseIs,
    Always,
    AnyOf,
    Condition,
    Criterion,
    FactIs,
    HasCompanion,
    HasIntervention,
    InGroup,
    IsLaboratory,
    IsRelated,
    IsSerious,
    IsSignificant,
    IsTerm,
    Lasts,
    Not,
    NumberIs,
    OtherCrsSymptoms,
    Peak,
    Recovers,
    Recurs,
    RuledBy,
    RuleSet,
    Shifts,
)
from app.domain.time import ALWAYS, NEVER, Limit
from tests.oracle.history import Change, History, runs_of
from tests.oracle.occurrences import is_nth
from tests.oracle.treatment import Timing

Run = tuple[int, int]
Told = (
    HasIntervention
    | OtherCrsSymptoms
    | AlternativeCauseIs
    | FactIs
    | NumberIs
    | IsSerious
    | RuledBy
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a clock is counted."""

    reached: bool = False
    """Whether the limit itself is beyond."""
    counted_from: str = "onset"
    total: bool = False


PLAIN = Asked()


class Judgement:
    """One complete record under one rule set. Limits, windows and grades as the protocol says."""

    def __init__(
        self, rules: RuleSet, groups: Mapping[str, tuple[str, ...]], history: History
    ) -> None:
        self.rules = rules
        self.groups = groups
        self.history = history
        self.risen = False
        """Whether a peak above `at_most` is overlooked: it ended an exemption, not a limit."""
        self.growing = True
        """Whether time may only make true what is asked for: in criteria, not in exceptions."""
        self.instants: set[int] = set()
        """Every instant at which some clock runs out: where an answer may change."""

    def becomes_dlt_at(self) -> int | None:
        """The first instant at which the record is a DLT; None where it never becomes one."""
        self.is_dlt_at(ALWAYS)
        self.is_dlt_at(NEVER)
        self.instants |= {change.recorded for change in self.history.changes}
        return next((t for t in sorted(self.instants) if self.is_dlt_at(t)), None)

    def is_dlt_at(self, t: int) -> bool:
        """Whether the record is a DLT when everything through `t` is known."""
        verdicts = [
            self.run_is_dlt(criterion, run, t)
            for criterion in self.rules.criteria
            for run in runs_of(self.history.changes, criterion.grade)
        ]
        return any(verdicts)

    def run_is_dlt(self, criterion: Criterion, run: Run, t: int) -> bool:
        """Whether one criterion makes one run a DLT."""
        if not self.looked_at(run):
            return False
        grade, unless = criterion.grade, self.rules.counts.unless
        self.growing = True
        concerned = self.holds(criterion.when, grade, run, t)
        self.growing = False
        excused = unless is not None and self.holds(unless, grade, run, t)
        own = self.criterion_holds(criterion, run, t)
        kept, replaced, scope_ended = [], [], []
        for clause in self.rules.exceptions:
            if clause.exempts_from is not None and criterion.id not in clause.exempts_from:
                continue
            scope = self.holds(clause.when, grade, run, t)
            if criterion.id not in clause.replaces:
                kept.append(scope and self.holds(clause.limit, grade, run, t))
                continue
            # A rise above the clause's grade ends the exemption; the limit stays in force.
            self.risen = self.growing = True
            concerned_once = self.holds(clause.when, grade, run, t)
            self.risen = self.growing = False
            replaced.append(concerned_once and not self.holds(clause.limit, grade, run, t))
            scope_ended.append(not scope)
        if excused or not concerned or any(kept):
            return False
        reached = t >= self.history.changes[run[0]].recorded
        return reached and (any(replaced) or (own and all(scope_ended)))

    def criterion_holds(self, criterion: Criterion, run: Run, t: int) -> bool:
        """At once when the grade is reached, or when it has lasted longer than the limit."""
        limit = criterion.longer_than or criterion.at_least
        if limit is None:
            return t >= self.history.changes[run[0]].recorded
        asked = Asked(reached=criterion.longer_than is None)
        return self.exceeded(run[0], criterion.grade - 1, limit, t, asked)

    def looked_at(self, run: Run) -> bool:
        """Whether the run lies in a window, is related, and no symptom of a syndrome."""
        related, facts = self.rules.counts.related, self.history.facts
        held = related is None or facts.relatedness[repr(related)]
        return held and not facts.under_syndrome and self.in_window(self.onset_of(run))

    def onset_of(self, run: Run) -> int:
        """The run's start, or that of the stretch around it which the window asks for."""
        asked = self.rules.window.onset_from_grade
        start = run[0]
        if asked is not None:
            around = [r for r in runs_of(self.history.changes, asked) if r[0] <= start < r[1]]
            start = min((r[0] for r in around), default=start)
        return self.history.changes[start].at

    def in_window(self, onset: int) -> bool:
        """Whether an onset lies in a window: not before the infusion nor after the end."""
        window, zone = self.rules.window, self.history.zone
        infusions = sorted(self.history.infusions)
        for infusion in infusions if window.anchor == "each_infusion" else infusions[:1]:
            days = window.through.days
            if days is None:
                inside = onset <= infusion + window.through.microseconds
            else:
                inside = zone.day_of(onset) <= zone.day_of(infusion) + days - window.first_day
            if window.early_completion and zone.day_of(onset) > self.history.cap_day:
                inside = False
            if inside and onset >= infusion:
                return True
        return False

    def is_referred(self) -> bool:
        """Whether the referral's grade is first reached after an infusion outside every window."""
        referral = self.rules.refer_to_committee
        if referral is None or not self.history.infusions:
            return False
        first = min(self.history.infusions)
        runs = runs_of(self.history.changes, referral.grade)
        onsets = [onset for onset in (self.onset_of(run) for run in runs) if onset >= first]
        outside = [not self.in_window(onset) for onset in onsets]
        return any(outside[:1] if referral.first_reached_only else outside)

    def exceeded(self, start: int, stop: int, limit: Limit, t: int, asked: Asked = PLAIN) -> bool:
        """Whether by `t` the clock from a change to the first grade at or below `stop` ran out."""
        if asked.total:
            return self.total_exceeded(start, stop, limit, t, asked)
        begin = self.history.changes[start]
        counted_from = begin if asked.counted_from == "onset" else self.infusion(begin, asked)
        end = self.end_of(start, stop)
        runs_out = self.runs_out(begin, counted_from, end, limit, asked, used=0)
        if runs_out is not None:
            self.instants.add(runs_out)
        return runs_out is not None and t >= runs_out

    def total_exceeded(self, start: int, stop: int, limit: Limit, t: int, asked: Asked) -> bool:
        """Whether the stretch that begins here and the later ones together exceed a limit."""
        changes, used = self.history.changes, 0
        for run in runs_of(changes, stop + 1):
            if run[0] < start:
                continue
            begin, end = changes[run[0]], changes[run[1]].at if run[1] < len(changes) else None
            runs_out = self.runs_out(begin, begin, end, limit, asked, used=used)
            if runs_out is not None:
                self.instants.add(runs_out)
                return t >= runs_out
            assert end is not None
            used += self.length(begin.at, end, limit)
        return False

    def length(self, begin: int, end: int, limit: Limit) -> int:
        """How long a stretch lasted: in days where the limit is compared by dates."""
        if limit.days is not None and self.rules.clocks.days_are == "calendar":
            return self.history.zone.day_of(end) - self.history.zone.day_of(begin)
        return end - begin

    def infusion(self, onset: Change, asked: Asked) -> Change:
        """The infusion that a clock is counted from, as if it were a change."""
        given = sorted(self.history.infusions) or [ALWAYS // 2]
        before = [each for each in given if each <= onset.at]
        at = before[-1] if before and asked.counted_from == "infusion" else given[0]
        return Change(at, 0, self.history.quoted_infusions.get(at, at), at)

    def runs_out(
        self,
        begin: Change,
        counted_from: Change,
        end: int | None,
        limit: Limit,
        asked: Asked,
        used: int,
    ) -> int | None:
        """When the limit is exceeded, of which a part was `used` up before; None: it never is."""
        history, clocks = self.history, self.rules.clocks
        fatal_at = history.fatal_at
        strict = clocks.within_includes_limit and not asked.reached
        if limit.days is not None and clocks.days_are == "calendar":
            over = max(0, limit.days - used) + (1 if strict else 0)
            day = history.zone.day_of(counted_from.at) + over
            runs_out = history.zone.midnight(day)
            exceeds = end is None or history.zone.day_of(end) >= day
            fatal_at = history.fatal_day_at
        else:
            length = max(0, limit.microseconds - used)
            runs_out = counted_from.quoted + length
            exceeds = end is None or end - counted_from.at > length - (0 if strict else 1)
        if counted_from is not begin:
            # What begins after the limit has run out is beyond it from its start.
            runs_out = max(runs_out, begin.quoted)
        if end is None and fatal_at is not None:
            runs_out = min(runs_out, max(fatal_at, begin.earliest))
        return runs_out if exceeds else None

    def end_of(self, start: int, stop: int) -> int | None:
        """When the clock from a change stops; None where it never does."""
        changes = self.history.changes
        ends = [
            place
            for place in range(start, len(changes))
            if changes[place].grade <= stop and (place == start or changes[place - 1].grade > stop)
        ]
        if not ends:
            return None
        if self.rules.clocks.recovery == "first_documented":
            return changes[ends[0]].at
        return changes[ends[-1]].at if changes[-1].grade <= stop else None

    def stretches(self, run: Run, run_grade: int, grade: int) -> list[Run]:
        """The run, the stretch around it, or the stretches within it, at or above a grade."""
        stretches = runs_of(self.history.changes, grade)
        if grade > run_grade:
            return [s for s in stretches if run[0] <= s[0] and s[1] <= run[1]]
        return [s for s in stretches if s[0] <= run[0] < s[1]]

    def holds(  # noqa: C901 - one case for each kind
        self, condition: Condition | None, grade: int, run: Run, t: int
    ) -> bool:
        """Whether a condition holds of a run at `grade`, as far as time has passed through `t`."""
        match condition:
            case None:
                return True
            case Always():
                return condition.always
            case Not():
                self.growing = not self.growing
                negated = self.holds(condition.negated, grade, run, t)
                self.growing = not self.growing
                return not negated
            case HasIntervention(intervention=TimedIntervention() as asked):
                return self.treated(asked, run, t)
            case AllOf():
                return all(self.parts(condition.all, grade, run, t))
            case AnyOf():
                return any(self.parts(condition.any, grade, run, t))
            case HasCompanion():
                return False  # the patient has this one event
            case Peak() | Shifts() | Lasts() | Recovers() | Recurs():
                return self.timed(condition, grade, run, t)
            case _:
                return self.fact(condition)

    def parts(self, parts: Sequence[Condition], grade: int, run: Run, t: int) -> list[bool]:
        """Whether each part holds; all are asked, so that no clock is overlooked."""
        return [self.holds(part, grade, run, t) for part in parts]

    def timed(
        self, condition: Peak | Shifts | Lasts | Recovers | Recurs, grade: int, run: Run, t: int
    ) -> bool:
        """A condition that time may change."""
        match condition:
            case Peak():
                least, most = condition.peak.at_least, condition.peak.at_most
                peak = self.peak_of(run, t)
                return least <= peak and (self.risen or peak <= most)
            case Shifts():
                return self.peak_of(run, t) - self.history.baseline >= condition.shift.at_least
            case Lasts():
                lasts = condition.lasts
                (limit,) = lasts.limits
                asked = Asked(
                    reached=lasts.at_least is not None or lasts.shorter_than is not None,
                    counted_from=lasts.counted_from,
                    total=lasts.total,
                )
                stretches = self.stretches(run, grade, lasts.grade)
                clocks = [self.exceeded(s[0], lasts.grade - 1, limit, t, asked) for s in stretches]
                longer = lasts.longer_than is not None or lasts.at_least is not None
                return any(clocks) is longer
            case Recovers():
                recovery = condition.recovers
                stop = self.history.baseline if recovery.to == "baseline" else recovery.to
                clock_from = recovery.clock_from_grade
                starts = [run] if clock_from is None else self.stretches(run, grade, clock_from)
                asked = Asked(counted_from=recovery.counted_from)
                late = [self.exceeded(s[0], stop, recovery.within, t, asked) for s in starts]
                return not any(late)
            case Recurs():
                return is_nth(condition.occurrence, self.history, self.groups, grade, run, t)
            case _:
                assert_never(condition)

    def treated(self, asked: TimedIntervention, run: Run, t: int) -> bool:
        """Interventions that were long enough by `t`, or one that was begun in time.

        Where time may only unmake it, one may still be begun until the limit runs out.
        """
        history = self.history
        timing = Timing(asked, self.rules.clocks, history.zone)
        if asked.within is None:
            long_enough = timing.long_enough_at(history.given)
            self.instants |= {each for each in (long_enough,) if each is not None}
            return long_enough is not None and t >= long_enough
        begin = history.changes[run[0]]
        begun = timing.begun_at((*history.given, *history.unseen), begin.at)
        lapses = timing.runs_out(begin.at, begin.quoted)
        self.instants |= {each for each in (begun, lapses) if each is not None}
        if self.growing:
            return begun is not None and t >= begun
        return begun is not None or t < lapses

    def peak_of(self, run: Run, t: int) -> int:
        """The highest grade that the run was recorded to have reached by `t`."""
        start, *later = self.history.changes[run[0] : run[1]]
        return max([start.grade, *(change.grade for change in later if change.recorded <= t)])

    def fact(
        self, condition: InGroup | IsTerm | IsRelated | IsLaboratory | IsSignificant | Told
    ) -> bool:
        """What the term, the assessors and the laboratory say."""
        facts = self.history.facts
        match condition:
            case InGroup():
                return facts.term in self.groups.get(condition.group, ())
            case IsTerm():
                return facts.term == condition.term
            case IsRelated():
                return facts.relatedness[repr(condition.related)]
            case IsLaboratory():
                return facts.laboratory is condition.laboratory
            case IsSignificant():
                return facts.significant is condition.clinically_significant
            case _:
                return self.told(condition)

    def told(self, condition: Told) -> bool:
        """What the event's own form says."""
        facts = self.history.facts
        match condition:
            case HasIntervention():
                assert isinstance(condition.intervention, str)
                return facts.interventions[condition.intervention]
            case OtherCrsSymptoms():
                return facts.other_crs_symptoms is condition.other_crs_symptoms
            case AlternativeCauseIs():
                return facts.causes[condition.alternative_cause]
            case FactIs():
                return facts.named[condition.fact] is condition.equals
            case NumberIs():
                return facts.numbers[repr(condition)]
            case IsSerious():
                return facts.serious[condition.serious]
            case RuledBy():
                return facts.rulings[condition.ruling]
            case _:
                assert_never(condition)
