"""A rule tree as closures over a dictionary, each node noted in a trace: the usual way.

The closures are made once from the same decided rule set. They answer true or false at a moment:
at the cut, or for ever, which tells a pending event from one that can never be a DLT. A known
record needs no third value, what is decided is not asked further, and no instants are computed:
this is less than the engine does, not more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from app.domain.dlt import rule as r
from app.domain.dlt.program import Program
from app.domain.dlt.rule import Condition, Criterion, ExceptionClause, RuleSet
from app.domain.time import Limit
from benchmarks.rivals.known import KnownEvent

Word = Literal["NOT_DLT", "DLT", "PENDING"]


@dataclass(slots=True)
class Run:
    """A stretch at or above a grade; `end` is the first change below it, None while it goes on."""

    start: int
    end: int | None
    peak: int


@dataclass(slots=True)
class Asked:
    """What a node is asked about."""

    event: KnownEvent
    run: Run
    for_ever: bool


Trace = list[tuple[str, bool]]
Node = Callable[[Asked, Trace], bool]
Evaluator = Callable[[KnownEvent, Trace], Word]


def evaluator(program: Program) -> Evaluator:
    """Closures for a rule set, made once."""
    rules = program.rules
    counts = _counts(rules)
    criteria = [(each.grade, _criterion(each, rules, counts)) for each in rules.criteria]

    def holds(event: KnownEvent, trace: Trace, *, for_ever: bool) -> bool:
        for grade, node in criteria:
            for run in runs(event, grade):
                if node(Asked(event, run, for_ever), trace):
                    return True
        return False

    def verdict(event: KnownEvent, trace: Trace) -> Word:
        if not holds(event, trace, for_ever=True):
            return "NOT_DLT"
        return "DLT" if holds(event, trace, for_ever=False) else "PENDING"

    return verdict


def runs(event: KnownEvent, grade: int) -> list[Run]:
    """All runs of an event at or above a grade."""
    found: list[Run] = []
    open_run: Run | None = None
    for place, (_, _, at) in enumerate(event["changes"]):
        if at >= grade and open_run is None:
            open_run = Run(place, None, at)
            found.append(open_run)
        elif at >= grade and open_run is not None:
            open_run.peak = max(open_run.peak, at)
        elif open_run is not None:
            open_run.end = place
            open_run = None
    return found


def _noted(name: str, ask: Callable[[Asked], bool]) -> Node:
    def node(asked: Asked, trace: Trace) -> bool:
        answer = ask(asked)
        trace.append((name, answer))
        return answer

    return node


def _all(name: str, parts: list[Node]) -> Node:
    def node(asked: Asked, trace: Trace) -> bool:
        answer = True
        for part in parts:
            if not part(asked, trace):
                answer = False
                break
        trace.append((name, answer))
        return answer

    return node


def _any(name: str, parts: list[Node]) -> Node:
    def node(asked: Asked, trace: Trace) -> bool:
        answer = False
        for part in parts:
            if part(asked, trace):
                answer = True
                break
        trace.append((name, answer))
        return answer

    return node


def _not(name: str, part: Node) -> Node:
    def node(asked: Asked, trace: Trace) -> bool:
        answer = not part(asked, trace)
        trace.append((name, answer))
        return answer

    return node


def _counts(rules: RuleSet) -> Node:
    parts = [
        _noted("in window", lambda asked: _in_window(asked, rules.window)),
        _noted("related", lambda asked: asked.event["related"]),
        _noted("not under a syndrome", lambda asked: not asked.event["under_syndrome"]),
    ]
    if rules.counts.unless is not None:
        parts.append(_not("counts", _condition(rules.counts.unless, 0)))
    return _all("counts", parts)


def _in_window(asked: Asked, window: r.Window) -> bool:
    instant, day, _ = asked.event["changes"][asked.run.start]
    through = (window.through.days or 0) - window.first_day
    return any(
        instant >= infused and day <= infused_day + through
        for infused, infused_day in asked.event["infusions"]
    )


def _criterion(criterion: Criterion, rules: RuleSet, counts: Node) -> Node:
    """Counts, and: exceeds its own limit or that of an exception in its place; no exception."""
    grade = criterion.grade
    own = _noted("grade reached", lambda _: True)
    if criterion.longer_than is not None:
        own = _exceeds(grade, grade - 1, criterion.longer_than, grade)
    general: list[Node] = [own]
    replacing: list[Node] = []
    kept: list[Node] = []
    for clause in rules.exceptions:
        spared = _not("not concerned", _condition(clause.when, grade))
        if criterion.id in clause.replaces:
            general.append(spared)
            scope = _condition(clause.when, grade, limit_stays=True)
            replacing.append(_all(clause.id, [scope, _broken(clause, grade)]))
        else:
            kept.append(_any(clause.id, [spared, _broken(clause, grade)]))
    limits = _any("limits", [_all("own limit", general), *replacing])
    when = [] if criterion.when is None else [_condition(criterion.when, grade)]
    return _all(criterion.id, [counts, *when, limits, *kept])


def _broken(clause: ExceptionClause, grade: int) -> Node:
    if clause.limit is None:
        return _noted("without limit", lambda _: False)
    return _not("limit broken", _condition(clause.limit, grade))


def _condition(condition: Condition, grade: int, *, limit_stays: bool = False) -> Node:
    """One condition. With `limit_stays`, a peak above the scope does not lift the limit."""
    match condition:
        case r.AllOf():
            return _all(
                "all", [_condition(part, grade, limit_stays=limit_stays) for part in condition.all]
            )
        case r.AnyOf():
            return _any(
                "any", [_condition(part, grade, limit_stays=limit_stays) for part in condition.any]
            )
        case r.Peak():
            most = 5 if limit_stays else condition.peak.at_most
            return _noted("peak", lambda asked: asked.run.peak <= most)
        case r.Lasts():
            limit = condition.lasts.no_longer_than
            assert limit is not None
            at = condition.lasts.grade
            return _not("lasts", _exceeds(at, at - 1, limit, grade))
        case r.Recovers():
            recovery = condition.recovers
            return _not(
                "recovers",
                _exceeds(recovery.clock_from_grade or grade, recovery.to, recovery.within, grade),
            )
        case _:
            return _fact(condition)


def _fact(condition: Condition) -> Node:
    match condition:
        case r.InGroup():
            group = condition.group
            return _noted("group", lambda asked: group in asked.event["groups"])
        case r.IsLaboratory():
            wanted = condition.laboratory
            return _noted("laboratory", lambda asked: asked.event["laboratory"] is wanted)
        case r.IsSignificant():
            significant = condition.clinically_significant
            return _noted(
                "significant", lambda asked: asked.event["clinically_significant"] is significant
            )
        case r.HasIntervention():
            kind = condition.intervention
            return _noted("intervention", lambda asked: kind in asked.event["interventions"])
        case r.OtherCrsSymptoms():
            told = condition.other_crs_symptoms
            return _noted(
                "other symptoms", lambda asked: asked.event["other_crs_symptoms"] is told
            )
        case _:
            raise NotImplementedError(f"IC19's default rules have no {condition}")


def _exceeds(grade: int, stop: int | Literal["baseline"], limit: Limit, judged: int) -> Node:
    """Whether a clock from a stretch at `grade`, the run or one within it, exceeds a limit."""

    def ask(asked: Asked) -> bool:
        event, run = asked.event, asked.run
        low = event["baseline"] if stop == "baseline" else stop
        starts = [run.start] if grade == judged else _starts_within(event, run, grade)
        return any(_runs_out(asked, start, low, limit) for start in starts)

    return _noted(f"exceeds {limit.text}", ask)


def _starts_within(event: KnownEvent, run: Run, grade: int) -> list[int]:
    end = len(event["changes"]) if run.end is None else run.end
    return [each.start for each in runs(event, grade) if run.start <= each.start < end]


def _runs_out(asked: Asked, start: int, low: int, limit: Limit) -> bool:
    changes = asked.event["changes"]
    began, began_day, _ = changes[start]
    stopped = next((change for change in changes[start:] if change[2] <= low), None)
    if stopped is not None and limit.days is not None:
        return stopped[1] - began_day > limit.days
    if stopped is not None:
        return stopped[0] - began > limit.microseconds
    if asked.for_ever or changes[-1][2] == 5:  # a death by the event is no recovery
        return True
    if limit.days is not None:
        return asked.event["cut_day"] - began_day > limit.days
    return asked.event["cut"] - began >= limit.microseconds
