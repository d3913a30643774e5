"""Draws as ordinary case records, patient by patient."""

import numpy as np

from app.domain.case import (
    Assessment,
    Causality,
    Death,
    Event,
    Exposure,
    GradeChange,
    Intervention,
    Relatedness,
    Seriousness,
    Subject,
    Withdrawal,
)
from app.domain.time import PartialTime
from benchmarks.generate import draws as d
from benchmarks.generate.draws import Draws
from benchmarks.generate.mixes import AGENT, SITE_ZONE


def subject_of(draws: Draws, patient: int) -> Subject:
    """One drawn patient with all events, as the service would receive them."""
    patients = draws.patients
    times = [patients.infused[patient], patients.infused_again[patient]]
    precision = d.DAY if patients.infused_by_day[patient] else d.INSTANT
    stop, stop_day = patients.stop[patient], PartialTime(_day(int(patients.stop_day[patient])))
    rows = np.flatnonzero(draws.patient == patient)
    return Subject(
        id=f"S-{patient}",
        time_zone=SITE_ZONE,
        exposures=tuple(
            Exposure(agent=AGENT, start=_time(int(each), precision))
            for each in times
            if each != d.NONE
        ),
        events=tuple(event_of(draws, int(row)) for row in rows),
        death=Death(date=stop_day) if stop == d.DIED else None,
        withdrawal=Withdrawal(date=stop_day) if stop == d.WITHDREW else None,
        follow_up_until=stop_day if stop == d.LOST else None,
    )


def event_of(draws: Draws, row: int) -> Event:
    """One drawn event as it would be recorded."""
    seen, part_of = int(draws.seen_day[row]), int(draws.part_of[row])
    ongoing = int(draws.ongoing[row])
    vasopressor, symptoms = int(draws.vasopressor[row]), int(draws.other_symptoms[row])
    return Event(
        id=f"AE-{row}",
        term=draws.terms[draws.term[row]].name or "",
        grades=_changes(draws, row),
        ongoing=None if ongoing == d.NOT_SAID else ongoing == d.ONGOING,
        ongoing_as_of=None if seen == d.NONE else PartialTime(_day(seen)),
        baseline_grade=_known(int(draws.baseline[row])),
        clinically_significant=_flag(int(draws.significant[row])),
        causality=_causality(int(draws.causality[row])),
        interventions=None if vasopressor == 0 else _given(vasopressor),
        other_crs_symptoms=None if symptoms == 0 else ("Rash",) if symptoms > 0 else (),
        seriousness=_seriousness(int(draws.seriousness[row])),
        assessments=_assessments(draws, row),
        part_of=None if part_of == d.NONE else f"AE-{part_of}",
    )


def _changes(draws: Draws, row: int) -> tuple[GradeChange, ...]:
    return tuple(
        GradeChange(
            at=_time(int(draws.time[row, place]), int(draws.precision[row, place])),
            grade=_known(int(draws.grade[row, place])),
        )
        for place in range(int(draws.length[row]))
    )


def _assessments(draws: Draws, row: int) -> tuple[Assessment, ...]:
    """Each change was seen at an assessment, and a last one confirmed the last grade."""
    last = int(draws.last_assessed[row])
    if last == d.NONE:
        return ()
    times = [int(draws.time[row, place]) for place in range(int(draws.length[row]))]
    grades = [_known(int(draws.grade[row, place])) for place in range(len(times))]
    seen = zip((*times, last), (*grades, grades[-1]), strict=True)
    return tuple(Assessment(on=_time(time, d.INSTANT), grade=grade) for time, grade in seen)


def _causality(kind: int) -> tuple[Causality, ...]:
    words: tuple[Relatedness | None, ...]
    match kind:
        case d.NOBODY_JUDGED:
            words = ()
        case d.WITHOUT_ANSWER:
            words = (None,)
        case d.NOT_RELATED:
            words = ("unlikely",)
        case d.RELATED:
            words = ("possible",)
        case _:
            words = ("unlikely", "possible")
    return tuple(
        Causality(agent=AGENT, relatedness=word, assessor=assessor)
        for word, assessor in zip(words, ("investigator", "sponsor"), strict=False)
    )


def _given(vasopressor: int) -> tuple[Intervention, ...]:
    kinds = ("norepinephrine", "paracetamol") if vasopressor > 0 else ("paracetamol",)
    return tuple(Intervention(kind=kind) for kind in kinds)


def _seriousness(kind: int) -> Seriousness | None:
    if kind == d.NOT_LIFE_THREATENING:
        return Seriousness(life_threatening=False)
    return Seriousness(death=False) if kind == d.NOT_FATAL else None


def _flag(value: int) -> bool | None:
    return None if value == 0 else value > 0


def _known(grade: int) -> int | None:
    return None if grade == d.NONE else grade


def _time(minute: int, precision: int) -> PartialTime:
    text = str(np.datetime64(minute, "m"))
    match precision:
        case d.INSTANT:
            return PartialTime(text + SITE_ZONE)
        case d.HOUR:
            return PartialTime(text[:13] + SITE_ZONE)
        case d.DAY:
            return PartialTime(text[:10])
        case _:
            return PartialTime(text[:7])


def _day(day: int) -> str:
    return str(np.datetime64(day, "D"))
