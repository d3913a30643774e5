"""Draws as columns: what `encode` makes of the same records, without the records.

A second, vectorised reading of the record, so that a million events cost a second or two instead
of minutes; tests/benchmarks compares it with `encode` field by field.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.course import Tail
from app.domain.dlt.columns import UNKNOWN, Columns, Courses, Exposures
from app.domain.dlt.program import Program
from app.domain.steps import NEVER_DAY
from app.domain.time import DAY as MICROSECONDS_A_DAY
from app.domain.time import MINUTE, NEVER, zone_of
from benchmarks.generate import draws as d
from benchmarks.generate.draws import Draws, Flags, Numbers, Small, cut_day
from benchmarks.generate.mixes import SITE_ZONE

_OFFSET = zone_of(SITE_ZONE).offset or 0


def columns_of(draws: Draws, program: Program) -> Columns:
    """All drawn events as columns."""
    steps = _steps(draws)
    tails = _tails(draws, steps)
    signature = np.array(
        [program.signature_of_term[term.name or ""] for term in draws.terms], dtype=np.int16
    )
    return Columns(
        subject=draws.patient,
        signature=signature[draws.term],
        baseline=draws.baseline,
        possible_grades=_possible_grades(draws),
        facts=_facts(draws, program, steps, tails),
        since_first=np.zeros((len(program.joins), len(draws.patient)), dtype=np.int64),
        since_last=np.zeros((len(program.joins), len(draws.patient)), dtype=np.int64),
        since_assumed=np.zeros((len(program.joins), len(draws.patient)), dtype=np.int8),
        tail=tails.tail,
        through=tails.through,
        through_day=tails.through_day.astype(np.int32),
        ends_by=tails.ends_by,
        ends_by_day=tails.ends_by_day.astype(np.int32),
        offsets=steps.offsets,
        courses=steps.courses,
        exposures=_exposures(draws),
        cut=np.full(len(draws.patient), cut(), dtype=np.int64),
    )


def cut() -> int:
    """The last instant that the data cut includes."""
    return (cut_day() + 1) * MICROSECONDS_A_DAY - _OFFSET - 1


def _instant(minute: Numbers) -> Numbers:
    return minute * MINUTE - _OFFSET


@dataclass(frozen=True, slots=True, kw_only=True)
class _Steps:
    courses: Courses
    offsets: Numbers
    dropped: Flags
    """Whether a change lies after the cut."""
    recorded: Flags
    """Whether any change lies up to the cut."""
    first: Numbers
    last: Numbers
    """Index of the first and the last change of each event; 0 where there is none."""


def _steps(draws: Draws) -> _Steps:
    within = np.arange(d.MOST_CHANGES) < draws.length[:, None]
    lower, upper = _bounds(draws.time, draws.precision)
    kept = within & (_instant(lower) <= cut())
    lower, upper, exact = lower[kept], upper[kept], (draws.precision == d.INSTANT)[kept]
    grade = draws.grade[kept]
    first = _instant(lower)
    sup = np.where(exact, first, _instant(upper))
    last = np.where(exact, first, sup - 1)
    last_day = np.where(exact, lower, upper - 1) // d.MINUTES_A_DAY
    clipped = last > cut()
    last, sup = np.where(clipped, cut(), last), np.where(clipped, cut() + 1, sup)
    first_day = (lower // d.MINUTES_A_DAY).astype(np.int32)
    counts = kept.sum(axis=1)
    offsets = np.concatenate(([0], np.cumsum(counts)))
    seen_before = _seen_before(draws, counts, first)
    held, held_day = first - 1, first_day.copy()
    held[seen_before], held_day[seen_before] = first[seen_before - 1], first_day[seen_before - 1]
    courses = Courses(
        grade=grade,
        first=first,
        last=last,
        sup=sup,
        recorded=first,
        first_day=first_day,
        last_day=np.where(clipped, cut_day(), last_day).astype(np.int32),
        held_through=held,
        held_through_day=held_day,
    )
    recorded = counts > 0
    return _Steps(
        courses=courses,
        offsets=offsets,
        dropped=counts < draws.length,
        recorded=recorded,
        first=np.where(recorded, offsets[:-1], 0),
        last=np.where(recorded, offsets[1:] - 1, 0),
    )


def _bounds(time: Numbers, precision: Small) -> tuple[Numbers, Numbers]:
    """The first minute that a recorded time may be, and the first that it cannot be any more."""
    month = time.astype("datetime64[m]").astype("datetime64[M]")
    starts = (
        time,
        time // 60 * 60,
        time // d.MINUTES_A_DAY * d.MINUTES_A_DAY,
        month.astype("datetime64[m]").astype(np.int64),
    )
    ends = (
        time,
        starts[1] + 60,
        starts[2] + d.MINUTES_A_DAY,
        (month + 1).astype("datetime64[m]").astype(np.int64),
    )
    return np.choose(precision, starts), np.choose(precision, ends)


def _seen_before(draws: Draws, counts: Numbers, first: Numbers) -> Numbers:
    """Changes of laboratory courses: what was assessed before is the last that is known."""
    assessed = np.repeat(draws.last_assessed != d.NONE, counts)
    event = np.repeat(np.arange(len(draws)), counts)
    later = np.zeros(len(first), dtype=np.bool_)
    later[1:] = (event[1:] == event[:-1]) & (first[:-1] < first[1:])
    return np.flatnonzero(later & assessed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tails:
    tail: Small
    through: Numbers
    through_day: Numbers
    ends_by: Numbers
    ends_by_day: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stops:
    """End of the observation of each event's patient; NEVER where there was none by the cut."""

    first: Numbers
    day: Numbers
    by_death: Flags


def _stops(draws: Draws) -> _Stops:
    patients = draws.patients
    start = _instant(patients.stop_day * d.MINUTES_A_DAY)
    end = start + MICROSECONDS_A_DAY - 1
    lost = patients.stop == d.LOST
    happened = (patients.stop != 0) & np.where(lost, end < cut(), start <= cut())
    first = np.where(happened, np.where(lost, end, start), NEVER)
    return _Stops(
        first=first[draws.patient],
        day=patients.stop_day[draws.patient],
        by_death=(happened & (patients.stop == d.DIED))[draws.patient],
    )


def _tails(draws: Draws, steps: _Steps) -> _Tails:
    courses, stops = steps.courses, _stops(draws)
    last_grade = np.where(steps.recorded, courses.grade[steps.last], 0)
    fatal = last_grade == 5
    over = (last_grade == 0) | fatal
    reported_ended = ~over & (draws.ongoing == d.NOT_ONGOING) & ~steps.dropped
    ended = reported_ended & ~stops.by_death
    unresolved = reported_ended & stops.by_death
    still_open = ~over & ~reported_ended
    known = _last_known(draws, steps)
    stop_counts = (
        still_open & (stops.first != NEVER) & ~(known.silent & (known.through < stops.first))
    )
    silent = known.silent & still_open & ~stop_counts
    assessed = known.assessed & ~steps.dropped & still_open & ~stop_counts & ~silent
    seen, seen_day = known.seen, known.seen_day
    dying, dying_day = courses.first[steps.last], courses.first_day[steps.last].astype(np.int64)
    no_sooner, no_sooner_day = (
        np.where(steps.dropped, dying, seen),
        np.where(steps.dropped, dying_day, seen_day),
    )
    at_stop = np.maximum(np.minimum(known.through, stops.first), no_sooner)
    at_stop_day = np.maximum(np.minimum(known.through_day, stops.day), no_sooner_day)
    kinds = [fatal, ended | unresolved, stop_counts, silent | assessed]
    tails = [
        np.full(len(draws), Tail.FATAL),
        np.where(unresolved, Tail.STOPPED, Tail.ENDED),
        np.full(len(draws), Tail.STOPPED),
        np.where(silent, Tail.SILENT, Tail.ASSESSED),
    ]
    return _Tails(
        tail=np.select(kinds, tails, Tail.GOES_ON).astype(np.int8),
        through=np.select(kinds, [dying, seen, at_stop, known.through], NEVER),
        through_day=np.select(
            kinds, [dying_day, seen_day, at_stop_day, known.through_day], NEVER_DAY
        ),
        ends_by=np.select(
            [fatal, ended], [courses.sup[steps.last], np.full(len(draws), cut() - 1)], NEVER
        ),
        ends_by_day=np.select(
            [fatal, ended],
            [courses.last_day[steps.last], np.full(len(draws), cut_day())],
            NEVER_DAY,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """Until when an open event is known, by its last change, a last report or an assessment."""

    through: Numbers
    through_day: Numbers
    silent: Flags
    assessed: Flags
    seen: Numbers
    """The last change, or a later assessment."""
    seen_day: Numbers


def _last_known(draws: Draws, steps: _Steps) -> _Known:
    first, day = (
        steps.courses.first[steps.last],
        steps.courses.first_day[steps.last].astype(np.int64),
    )
    assessed = draws.last_assessed != d.NONE
    on = np.where(assessed & (_instant(draws.last_assessed) <= cut()), draws.last_assessed, 0)
    seen, seen_day = np.maximum(_instant(on), first), np.maximum(on // d.MINUTES_A_DAY, day)
    not_said = ~steps.dropped & (draws.ongoing == d.NOT_SAID)
    reported = ~steps.dropped & (draws.ongoing == d.ONGOING) & (draws.seen_day != d.NONE)
    by_assessment = assessed & ~steps.dropped
    kinds = [by_assessment, not_said, reported]
    last_report = np.maximum(_instant(draws.seen_day * d.MINUTES_A_DAY), first)
    return _Known(
        through=np.select(kinds, [seen, first, last_report], NEVER),
        through_day=np.select(kinds, [seen_day, day, np.maximum(draws.seen_day, day)], NEVER_DAY),
        silent=not_said | reported,
        assessed=assessed,
        seen=seen,
        seen_day=seen_day,
    )


def _possible_grades(draws: Draws) -> NDArray[np.uint8]:
    """Bits of the grades that an unknown grade may be: by term, and by what seriousness says."""
    masks = np.zeros((len(draws.terms), 3), dtype=np.uint8)
    for row, term in enumerate(draws.terms):
        for kind, worst in (
            (d.SERIOUSNESS_UNKNOWN, 5),
            (d.NOT_LIFE_THREATENING, 3),
            (d.NOT_FATAL, 4),
        ):
            masks[row, kind] = sum(1 << grade for grade in term.grades if grade <= worst)
    possible: NDArray[np.uint8] = masks[draws.term, draws.seriousness]
    return possible


def _facts(draws: Draws, program: Program, steps: _Steps, tails: _Tails) -> Small:
    laboratory = np.where(np.array([term.laboratory for term in draws.terms]), 1, -1)[draws.term]
    linked = np.where(draws.part_of == d.NONE, UNKNOWN, draws.term[draws.part_of])
    of_crs = linked == _number(draws, "Cytokine release syndrome")
    told = {
        "related": np.select(
            [draws.causality == d.RELATED, draws.causality == d.NOT_RELATED], [1, -1], 0
        ),
        "laboratory": laboratory,
        "clinically_significant": draws.significant,
        "intervention": draws.vasopressor,
        "other_crs_symptoms": np.where(
            (draws.other_symptoms == 0) & of_crs, 1, draws.other_symptoms
        ),
        "under_syndrome": _under_syndrome(draws, program, steps, tails),
    }
    return np.array([told[fact.kind] for fact in program.facts], dtype=np.int8)


def _number(draws: Draws, name: str) -> int:
    return next(row for row, term in enumerate(draws.terms) if term.name == name)


def _under_syndrome(draws: Draws, program: Program, steps: _Steps, tails: _Tails) -> Small:
    """Linked to its syndrome: yes. Linked to something else, or overlapping: unknown."""
    answer = np.where(draws.part_of == d.NONE, -1, 0)
    begins = steps.courses.first[steps.first]
    over = steps.courses.grade[steps.last] == 0
    ends = np.where(over, steps.courses.last[steps.last], tails.ends_by)
    for syndrome in program.rules.syndromes:
        symptoms = [
            row
            for row, term in enumerate(draws.terms)
            if term.name in syndrome.symptoms and term.name not in syndrome.own_clause
        ]
        symptom = np.isin(draws.term, symptoms)
        of_it = draws.term == _number(draws, syndrome.term)
        answer[symptom & (draws.part_of != d.NONE) & of_it[draws.part_of]] = 1
        mine, other = _pairs(
            draws.patient,
            np.flatnonzero(symptom & (draws.part_of == d.NONE) & steps.recorded),
            np.flatnonzero(of_it & steps.recorded),
        )
        overlap = (begins[mine] <= ends[other]) & (begins[other] <= ends[mine])
        answer[mine[overlap]] = 0
    return answer.astype(np.int8)


def _pairs(patient: Numbers, mine: Numbers, others: Numbers) -> tuple[Numbers, Numbers]:
    """Every pair of the two kinds of events within a patient."""
    low = np.searchsorted(patient[others], patient[mine], side="left")
    counts = np.searchsorted(patient[others], patient[mine], side="right") - low
    nth = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(mine, counts), others[np.repeat(low, counts) + nth]


def _exposures(draws: Draws) -> Exposures:
    patients = draws.patients
    both = np.column_stack((patients.infused, patients.infused_again))
    given = both != d.NONE
    minute = both[given]
    by_day = np.repeat(patients.infused_by_day, given.sum(axis=1))
    day = minute // d.MINUTES_A_DAY
    first = np.where(by_day, _instant(day * d.MINUTES_A_DAY), _instant(minute))
    return Exposures(
        offsets=np.concatenate(([0], np.cumsum(given.sum(axis=1)))),
        first=first,
        last=np.where(by_day, first + MICROSECONDS_A_DAY - 1, first),
        first_day=day.astype(np.int32),
        last_day=day.astype(np.int32),
        cap_day=np.full(len(given), NEVER_DAY, dtype=np.int32),
        zones=(zone_of(SITE_ZONE),),
    )
