"""Sentences about times, clocks, windows and facts: made here and nowhere else."""

from datetime import date
from functools import lru_cache
from typing import Final, assert_never

from app.domain.case import Event
from app.domain.course import Course, StopKind, Tail
from app.domain.dlt.clock import Clock
from app.domain.dlt.facts import Fact
from app.domain.dlt.record import RecordedEvent, assessors_differ
from app.domain.dlt.rule import Window
from app.domain.dlt.worst import bound_of
from app.domain.grade import DEATH
from app.domain.steps import UNKNOWN_GRADE, Step
from app.domain.time import ALWAYS, MINUTE, NEVER, Precision, Span, Zone, duration_words

_EPOCH_DAY = date(1970, 1, 1).toordinal()


def instant_words(instant: int, zone: Zone) -> str:
    """`2026-03-03 08:00 +08:00`; seconds only where there are any."""
    clock, offset = _clock_and_offset(instant, zone)
    return f"{clock} {offset}"


@lru_cache(maxsize=16_384)
def _clock_and_offset(instant: int, zone: Zone) -> tuple[str, str]:
    local = zone.local(instant)
    text = local.isoformat(
        sep=" ", timespec="auto" if local.second or local.microsecond else "minutes"
    )
    return text[:-6], text[-6:]


def _clock(instant: int, zone: Zone) -> str:
    return _clock_and_offset(instant, zone)[0]


def _offset(instant: int, zone: Zone) -> str:
    return _clock_and_offset(instant, zone)[1]


def day_words(day: int) -> str:
    """`2026-03-03`."""
    return date.fromordinal(day + _EPOCH_DAY).isoformat()


def step_words(step: Step, zone: Zone) -> str:
    """When a step began, as it was recorded."""
    if step.recorded is None:
        return "an unknown time"
    if step.contradicts or step.span.first <= ALWAYS // 2:
        return f"an unknown time (recorded as {step.recorded})"
    if step.precision is Precision.INSTANT and step.span.exact:
        return instant_words(step.span.first, zone)
    return step.recorded


def worst_words(recorded: RecordedEvent) -> str | None:
    """That the worst grade recorded bounds the unknown ones.

    None where it bounds nothing, or no grade is unknown.
    """
    bound = bound_of(recorded.event)
    if bound is None or all(step.grade != UNKNOWN_GRADE for step in recorded.course.steps):
        return None
    return f"the worst grade recorded of the whole event, {bound}, bounds those not known"


COUNTED_FROM: Final = {"infusion": "the infusion", "first_infusion": "the first infusion"}
"""What a clock is counted from, where that is not the onset."""


def clock_words(
    course: Course,
    steps: tuple[int, int | None],
    clock: Clock,
    counted_from: Span | None,
    *,
    zone: Zone,
    cut: int,
    elapsed: bool,
) -> str:
    """The arithmetic of one clock: from when to when, how long, against which limit.

    `steps` are those at which it starts and stops (None: not stopped); `counted_from` is the
    infusion from which it is counted, if it is.
    """
    begin, closing = course.steps[steps[0]], steps[1]
    counted = counted_from or begin.span
    stop = stop_of_clock(clock)
    above = f"grade {clock.grade}" if clock.grade == DEATH else f"grade {clock.grade} or more"
    waits = clock.stop != clock.grade - 1
    if closing is None:
        end, length = _open_words(course, counted, zone, cut, elapsed=elapsed)
        label = f"time to {stop} or less" if waits else above
        text = f"{label} from {step_words(begin, zone)}, {end}"
    else:
        final = course.steps[closing]
        label = f"time to {stop} or less" if waits else f"grade {clock.grade}"
        text = f"{label} from {_between(begin, final, zone)}"
        length = _length(counted, _fall(final), elapsed=elapsed)
    if counted_from is not None and length:
        length = f"{length} from {_infusion_words(clock, counted_from, zone)}"
    return (
        f"{text} = {length}; {limit_words(clock)}" if length else f"{text}; {limit_words(clock)}"
    )


def stop_of_clock(clock: Clock) -> str:
    """`grade 2`, or `baseline`: what stops a clock."""
    return "baseline" if clock.stop == "baseline" else f"grade {clock.stop}"


def limit_words(clock: Clock) -> str:
    """`limit 72 h`, and from where, or of what, it is counted."""
    told = f"limit {clock.limit.words}"
    if clock.counted_from != "onset":
        told += f" from {COUNTED_FROM[clock.counted_from]}"
    if clock.total:
        told += " in total"
    return f"{told}, itself beyond it" if clock.reached else told


def clock_says(clock: Clock) -> str:
    """`longer than 72 h before grade 2 or less`: the condition."""
    words = clock.limit.words
    told = f"{words} or longer" if clock.reached else f"longer than {words}"
    if clock.total:
        return f"{told} at grade {clock.grade} or more in total"
    if clock.counted_from != "onset":
        told += f" from {COUNTED_FROM[clock.counted_from]}"
    return f"{told} before {stop_of_clock(clock)} or less"


def _infusion_words(clock: Clock, given: Span, zone: Zone) -> str:
    name = COUNTED_FROM[clock.counted_from]
    if given.first <= ALWAYS // 2:
        return f"{name} at an unknown time"
    if given.exact:
        return f"{name} of {instant_words(given.first, zone)}"
    first, last = day_words(given.first_day), day_words(given.last_day)
    return f"{name} of {first}" if first == last else f"{name} between {first} and {last}"


def _fall(step: Step) -> Span:
    """When the step's grade may have begun, where an assessment only found it later."""
    if step.held_through + 1 < step.span.first:
        return Span(
            step.held_through, step.span.last, step.span.sup, step.held_day, step.span.last_day
        )
    return step.span


def _between(begin: Step, final: Step, zone: Zone) -> str:
    until = step_words(final, zone)
    if ALWAYS // 2 < final.held_through < final.span.first - 1:
        until = f"some time after {day_words(final.held_day)} and by {until}"
    exact = _said_exactly(begin) and _said_exactly(final)
    if exact and _offset(begin.span.first, zone) == _offset(final.span.first, zone):
        return f"{_clock(begin.span.first, zone)} to {until}"
    return f"{step_words(begin, zone)} to {until}"


def _said_exactly(step: Step) -> bool:
    return step.precision is Precision.INSTANT and step.span.exact and not step.contradicts


def _length(begin: Span, end: Span, *, elapsed: bool) -> str:
    if begin.first <= ALWAYS // 2 or end.last >= NEVER // 2:
        return "an unknown time"
    if not elapsed:
        least, most = max(0, end.first_day - begin.last_day), end.last_day - begin.first_day
        return (
            f"{most} day{'' if most == 1 else 's'}" if least == most else f"{least} to {most} days"
        )
    least, most = max(0, end.first - _edge(begin)), _edge(end) - begin.first
    if least == most:
        return duration_words(most)
    return f"{duration_words(least)} to {duration_words(most)}"


def _edge(span: Span) -> int:
    """The bound to quote for a span's end.

    The last instant of a day or an hour is a microsecond before its end: quote the end. Where
    daylight saving leaves two instants, quote the later one.
    """
    return span.sup if span.sup % MINUTE == 0 else span.last


def until_words(instant: int, zone: Zone) -> str:
    """An instant that is still included: `the end of 2026-03-04`, or the instant itself."""
    day = zone.day_of(instant)
    if zone.midnight(day + 1) == instant + 1:
        return f"the end of {day_words(day)}"
    return instant_words(instant, zone)


def _open_words(
    course: Course, begin: Span, zone: Zone, cut: int, *, elapsed: bool
) -> tuple[str, str]:
    match course.tail:
        case Tail.GOES_ON:
            # A date cuts at the following midnight: so far the event has lasted until then.
            now = cut + 1 if (cut + 1) % MINUTE == 0 else cut
            here = Span(now, now, now, zone.day_of(cut), zone.day_of(cut))
            return (
                f"going on at the data cut ({until_words(cut, zone)})",
                _length(begin, here, elapsed=elapsed) + " so far",
            )
        case Tail.SILENT:
            return f"known to go on until {_known_until(course, zone)}, not known after that", ""
        case Tail.ENDED:
            return f"ended at an unknown time by {_ended_by(course, cut, zone)}", ""
        case Tail.ASSESSED:
            return f"last shown on {_known_until(course, zone)}", ""
        case Tail.STOPPED:
            return f"not recovered by the {stop_words(course)}, which stopped the clock", ""
        case Tail.FATAL:
            return f"until death ({day_words(course.ends_by_day)}), which is no recovery", ""
        case _:
            assert_never(course.tail)


def _ended_by(course: Course, cut: int, zone: Zone) -> str:
    if course.ends_by >= cut - 1:
        return "the data cut"
    return f"the {stop_words(course)}" if course.stop else instant_words(course.ends_by, zone)


def _known_until(course: Course, zone: Zone) -> str:
    unknown = course.through <= ALWAYS // 2
    return "an unknown time" if unknown else until_words(course.through, zone)


def stop_words(course: Course) -> str:
    """What stopped the clocks of an event."""
    if course.stop is None:
        return "end of observation"
    when = course.stop.recorded or "an unknown date"
    match course.stop.kind:
        case StopKind.DEATH:
            return f"death on {when}"
        case StopKind.WITHDRAWAL:
            return f"withdrawal on {when}"
        case StopKind.FOLLOW_UP:
            return f"end of follow-up on {when}"
        case _:
            assert_never(course.stop.kind)


@lru_cache(maxsize=1024)
def window_words(window: Window, infusions: tuple[Span, ...], zone: Zone) -> str:
    """The DLT windows of a patient."""
    if not infusions:
        return f"window: no infusion of {window.agent} up to the data cut is recorded"
    parts = []
    for span in infusions[:1] if window.anchor == "first_infusion" else infusions:
        if span.first <= ALWAYS // 2:
            parts.append("an infusion at an unknown time")
            continue
        start = instant_words(span.first, zone) if span.exact else day_words(span.first_day)
        parts.append(f"{start} to {window_end_words(window, span, zone)}")
    return f"window{'s' if len(parts) > 1 else ''} {' and '.join(parts)}"


def window_end_words(window: Window, infusion: Span, zone: Zone) -> str:
    """The last day, or instant, of a window."""
    if window.through.days is None:
        return instant_words(infusion.last + window.through.microseconds, zone)
    last = infusion.last_day + window.through.days - window.first_day
    return f"the end of {day_words(last)}"


def fact_words(fact: Fact, answer: int, event: Event) -> str:
    """What the record says to a fact."""
    if fact.kind == "related" and fact.related is not None:
        (agent,) = fact.subject
        told = [
            f"{each.relatedness} ({each.assessor or 'assessor not named'})"
            for each in event.causality
            if each.relatedness and each.agent.casefold() == agent.casefold()
        ]
        differ = assessors_differ(event, fact.related)
        record = (
            "not recorded" if not told else ", ".join(told) + ("; they differ" if differ else "")
        )
        return f"causality to {agent}: {record}"
    record = {1: "yes", 0: "not known", -1: "no"}[answer]
    under = f", under {event.part_of}" if fact.kind == "under_syndrome" and event.part_of else ""
    return f"{fact.words}: {record}{under}"
