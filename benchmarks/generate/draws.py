"""The dice: what was recorded of each patient and event, before any of it is interpreted.

Times are minutes of the site's wall clock since 1970-01-01T00:00. One draw is read in two ways:
`columns.py` makes the evaluator's columns of it, `cases.py` ordinary case records.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.dlt.record import KnownTerm
from benchmarks.generate import mixes
from benchmarks.generate.mixes import Mix

MOST_CHANGES = 5
MINUTES_A_DAY = 1440
NONE = -1

INSTANT, HOUR, DAY, MONTH = range(4)
DIED, WITHDREW, LOST = 1, 2, 3
NOT_ONGOING, NOT_SAID, ONGOING = -1, 0, 1
NOBODY_JUDGED, WITHOUT_ANSWER, NOT_RELATED, RELATED, ASSESSORS_DIFFER = range(5)
SERIOUSNESS_UNKNOWN, NOT_LIFE_THREATENING, NOT_FATAL = range(3)

Numbers = NDArray[np.int64]
Small = NDArray[np.int8]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patients:
    """Shapes are (patients,)."""

    infused: Numbers
    infused_again: Numbers
    """NONE where there was one infusion."""
    infused_by_day: Flags
    """Whether only the day of the infusions was recorded."""
    stop: Small
    stop_day: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """Shapes are (events,), or (events, MOST_CHANGES) for what is said of each change."""

    terms: tuple[KnownTerm, ...]
    patients: Patients
    patient: Numbers
    term: Numbers
    length: Numbers
    time: Numbers
    precision: Small
    grade: Small
    """NONE where it is not known."""
    ongoing: Small
    seen_day: Numbers
    """Day on which the event was last said to go on; NONE where that was not recorded."""
    last_assessed: Numbers
    """Time of the last assessment; NONE for an event that is no laboratory course."""
    baseline: Small
    seriousness: Small
    causality: Small
    significant: Small
    vasopressor: Small
    other_symptoms: Small
    part_of: Numbers
    """The event that this one is recorded as a symptom of; NONE where it is not."""

    def __len__(self) -> int:
        return len(self.patient)


def cut_day() -> int:
    """The day of the data cut."""
    return int(np.datetime64(mixes.DATA_CUT, "D").astype(np.int64))


def draw(mix: Mix, events: int, protocol: ReadyProtocol, seed: int) -> Draws:
    """Events of a mix, about ten to a patient, the same for the same seed."""
    rng = np.random.default_rng(seed)
    terms = tuple(protocol.resolve(name, None) for name, _ in mixes.TERMS)
    patient = _patient_of_event(rng, events)
    patients = _patients(rng, int(patient[-1]) + 1)
    weights = np.array([weight for _, weight in mixes.TERMS], dtype=np.float64)
    term = rng.choice(len(terms), size=events, p=weights / weights.sum())
    laboratory = np.array([each.laboratory for each in terms])[term]
    kept_open = rng.random(events) < mix.kept_open
    peak = 1 + rng.choice(5, size=events, p=mix.worst_grade)
    peak = np.minimum(peak, np.array([max(each.grades) for each in terms])[term])
    length = rng.choice(np.arange(1, 6), size=events, p=(0.2, 0.34, 0.26, 0.12, 0.08))
    time = _times(rng, patients.infused[patient])
    length = _up_to_cut(rng, time, length)
    grade = _grades(rng, peak, length, kept_open)
    ongoing, seen_day = _tails(rng, kept_open, time, length)
    assessed = laboratory & (rng.random(events) < mixes.ASSESSED_AMONG_LABORATORY)
    assessed &= (grade != NONE).all(axis=1)
    last_time = time[np.arange(events), length - 1]
    precision = _precision(rng, (events, MOST_CHANGES))
    precision[assessed] = INSTANT
    seriousness = rng.choice(3, size=events, p=(0.5, 0.25, 0.25)).astype(np.int8)
    seriousness[(grade != NONE).all(axis=1)] = SERIOUSNESS_UNKNOWN
    return Draws(
        terms=terms,
        patients=patients,
        patient=patient,
        term=term,
        length=length,
        time=time,
        precision=precision,
        grade=grade,
        ongoing=ongoing,
        seen_day=seen_day,
        last_assessed=np.where(assessed, last_time + rng.integers(0, 20_000, size=events), NONE),
        baseline=_unless(
            rng, mixes.UNKNOWN_BASELINE, rng.choice(4, size=events, p=(0.83, 0.12, 0.04, 0.01))
        ),
        seriousness=seriousness,
        causality=_causality(rng, events),
        significant=np.where(laboratory, _fact(rng, events, yes=0.4), 0).astype(np.int8),
        vasopressor=_fact(rng, events, yes=0.3),
        other_symptoms=_fact(rng, events, yes=0.4),
        part_of=_part_of(rng, patient, term, protocol),
    )


def _patient_of_event(rng: np.random.Generator, events: int) -> Numbers:
    sizes = rng.integers(5, 16, size=events // 5 + 1)
    return np.repeat(np.arange(len(sizes)), sizes)[:events]


def _patients(rng: np.random.Generator, count: int) -> Patients:
    end = (cut_day() + 1) * MINUTES_A_DAY
    infused = end - rng.integers(3 * MINUTES_A_DAY, 150 * MINUTES_A_DAY, size=count)
    again = infused + rng.integers(14 * MINUTES_A_DAY, 40 * MINUTES_A_DAY, size=count)
    twice = (rng.random(count) < mixes.SECOND_INFUSION) & (again < end)
    return Patients(
        infused=infused,
        infused_again=np.where(twice, again, NONE),
        infused_by_day=rng.random(count) < mixes.INFUSION_BY_DAY,
        stop=rng.choice(4, size=count, p=mixes.STOPS).astype(np.int8),
        stop_day=infused // MINUTES_A_DAY + rng.integers(5, 90, size=count),
    )


def _times(rng: np.random.Generator, infused: Numbers) -> Numbers:
    """Rising times: the onset around the infusion, then gaps of hours, days and weeks."""
    count = len(infused)
    hours, days = 60, MINUTES_A_DAY
    onset = np.choose(
        rng.choice(4, size=count, p=(0.04, 0.08, 0.70, 0.18)),
        (
            rng.integers(-10 * days, 0, size=count),
            rng.integers(0, 14 * hours, size=count),
            rng.integers(0, 28 * days, size=count),
            rng.integers(28 * days, 60 * days, size=count),
        ),
    )
    end = (cut_day() + 1) * MINUTES_A_DAY
    first = np.minimum(infused + onset, end - rng.integers(1, 2 * days, size=count))
    shape = (count, MOST_CHANGES - 1)
    gaps = np.choose(
        rng.choice(4, size=shape, p=(0.3, 0.4, 0.22, 0.08)),
        (
            rng.integers(1 * hours, 80 * hours, size=shape),
            rng.integers(1 * days, 9 * days, size=shape),
            rng.integers(5 * days, 16 * days, size=shape),
            rng.integers(16 * days, 40 * days, size=shape),
        ),
    )
    return np.concatenate((first[:, None], first[:, None] + np.cumsum(gaps, axis=1)), axis=1)


def _up_to_cut(rng: np.random.Generator, time: Numbers, length: Numbers) -> Numbers:
    """How many changes are recorded: those up to the cut, but for a few that came in later."""
    known = (time < (cut_day() + 1) * MINUTES_A_DAY).sum(axis=1)
    return np.where(
        rng.random(len(length)) < mixes.RECORDED_AFTER_CUT, length, np.minimum(length, known)
    )


def _grades(rng: np.random.Generator, peak: Numbers, length: Numbers, kept_open: Flags) -> Small:
    """Up to the worst grade and down again, some with a second rise; a fatal event ends with 5."""
    count = len(peak)
    column = np.arange(MOST_CHANGES)
    closed = ~kept_open & (length > 1) & (peak < 5)
    turn = np.minimum(rng.choice(3, size=count, p=(0.6, 0.3, 0.1)), length - 1 - closed)
    turn[peak == 5] = length[peak == 5] - 1
    grade = np.maximum(peak[:, None] - np.abs(column - turn[:, None]), 1)
    again = (turn == 0) & (length >= 4) & (rng.random(count) < mixes.SECOND_RISE / 0.12)
    grade[again, 2] = peak[again]
    grade[closed, length[closed] - 1] = 0
    unknown = np.flatnonzero(rng.random(count) < mixes.UNKNOWN_GRADE)
    grade[unknown, rng.integers(0, length[unknown])] = NONE
    return grade.astype(np.int8)


def _tails(
    rng: np.random.Generator, kept_open: Flags, time: Numbers, length: Numbers
) -> tuple[Small, Numbers]:
    count = len(length)
    kind = rng.choice(3, size=count, p=mixes.OPEN_TAILS)
    ongoing = np.where(kept_open, np.where(kind == 1, NOT_SAID, ONGOING), NOT_ONGOING)
    last = time[np.arange(count), length - 1] // MINUTES_A_DAY
    seen = np.minimum(last + rng.integers(0, 30, size=count), cut_day() - 1)
    return ongoing.astype(np.int8), np.where(kept_open & (kind == 2), seen, NONE)


def _precision(rng: np.random.Generator, shape: tuple[int, int]) -> Small:
    kinds = (1 - mixes.PARTLY_DATED, *(mixes.PARTLY_DATED * share for share in (0.05, 0.85, 0.10)))
    return rng.choice((INSTANT, HOUR, DAY, MONTH), size=shape, p=kinds).astype(np.int8)


def _unless(rng: np.random.Generator, unknown: float, value: Numbers) -> Small:
    return np.where(rng.random(len(value)) < unknown, NONE, value).astype(np.int8)


def _fact(rng: np.random.Generator, count: int, *, yes: float) -> Small:
    """Yes, no, or not recorded: 1, -1, 0."""
    told = np.where(rng.random(count) < yes, 1, -1)
    return np.where(rng.random(count) < mixes.UNKNOWN_FACT, 0, told).astype(np.int8)


def _causality(rng: np.random.Generator, count: int) -> Small:
    half = mixes.UNKNOWN_FACT / 2
    differ = mixes.ASSESSORS_DIFFER
    shares = (half, half, 0.25 - half - differ, 0.75 - half, differ)
    kinds = (NOBODY_JUDGED, WITHOUT_ANSWER, NOT_RELATED, RELATED, ASSESSORS_DIFFER)
    return rng.choice(kinds, size=count, p=shares).astype(np.int8)


def _part_of(
    rng: np.random.Generator, patient: Numbers, term: Numbers, protocol: ReadyProtocol
) -> Numbers:
    """Most symptoms of a patient's first CRS or ICANS event are linked to it."""
    assert protocol.rules is not None
    count = len(patient)
    names = [name for name, _ in mixes.TERMS]
    linked = np.full(count, NONE)
    for syndrome in protocol.rules.decided.rules.syndromes:
        events = np.flatnonzero(term == names.index(syndrome.term))
        first = np.full(int(patient[-1]) + 1, NONE)
        first[patient[events][::-1]] = events[::-1]
        symptom = _is_one_of(term, names, syndrome.symptoms) & (
            rng.random(count) < mixes.LINKED_SYMPTOM
        )
        linked = np.where(symptom, first[patient], linked)
    return linked


def _is_one_of(term: Numbers, names: Sequence[str], wanted: Sequence[str]) -> Flags:
    flags: Flags = np.array([name in wanted for name in names])[term]
    return flags
