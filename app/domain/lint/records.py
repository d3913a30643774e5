"""Boundary cases as patients' records: what an example shows, and what the evaluator reads."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, assert_never

from pydantic import TypeAdapter

from app.domain.case import (
    Death,
    Event,
    Exposure,
    GradeChange,
    Intervention,
    Ruling,
    Subject,
    WindowCompletion,
    Withdrawal,
)
from app.domain.lint.profiles import Beside, Form, Treated
from app.domain.lint.shapes import Shape
from app.domain.time import MINUTE as MICROSECONDS_OF_A_MINUTE
from app.domain.time import PartialTime, duration_words

INFUSED: Final = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""The minute 0 of every shape; seconds of daylight saving disturb no limit in UTC."""
ZONE: Final = "UTC"
EVENT: Final = "AE-1"
_SYNDROME: Final = "AE-2"
_SUBJECT: Final = TypeAdapter(Subject)


@lru_cache(maxsize=4096)  # courses of one document have few times, and cases are many
def instant(minute: int) -> PartialTime:
    """A minute after the infusion as a recorded time."""
    return PartialTime((INFUSED + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%MZ"))


@lru_cache(maxsize=4096)
def day(minute: int) -> PartialTime:
    """The day of a minute after the infusion."""
    return PartialTime((INFUSED + timedelta(minutes=minute)).strftime("%Y-%m-%d"))


def subject_of(
    shape: Shape,
    term: str,
    form: Form,
    *,
    agent: str,
    phase: str,
    ruled: int,
    syndrome: str | None = None,
    groups: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Subject:
    """The record of one patient with one event; beside it, where it is a symptom, the syndrome.

    `ruled` is the minute at which the rulings of the form are made.
    """
    told = _fields(form)
    rulings = tuple(told.pop("rulings", ()))
    companions = told.pop("companions", ())
    linked = bool(told.pop("syndrome", ())) and syndrome is not None
    event = Event(
        id=EVENT,
        term=term,
        grades=tuple(
            GradeChange(at=day(at) if shape.day_only and not number else instant(at), grade=grade)
            for number, (at, grade) in enumerate(shape.steps)
        ),
        ongoing=_ongoing(shape),
        baseline_grade=shape.baseline,
        part_of=_SYNDROME if linked else None,
        **told,
    )
    beside = (_syndrome(shape, syndrome),) if linked and syndrome is not None else ()
    return Subject(
        id="P-1",
        phase=phase,
        exposures=tuple(Exposure(agent=agent, start=instant(at)) for at in shape.infusions),
        events=(event, *beside, *_companions(companions, term, groups)),
        rulings=tuple(
            Ruling(
                on=instant(ruled),
                by="Safety committee",
                event=EVENT,
                question="committee_ruling",
                about=question,
                answer=answer,
            )
            for question, answer in rulings
        ),
        **_stopped(shape),
    )


def _fields(form: Form) -> dict[str, Any]:
    """The fields of an event, and what stands beside it."""
    told = {name: value for name, value in form.items() if name != "aside"}
    if "treated" in told:
        words = told.get("interventions", ())
        told["interventions"] = tuple(_interventions(words, told.pop("treated")))
    return told


def _interventions(
    words: Sequence[Intervention], treated: Sequence[Treated]
) -> Iterator[Intervention]:
    """A word beside one of its kind with times would leave open whether there was another."""
    kinds = {each.kind for each in treated}
    yield from (each for each in words if each.kind not in kinds)
    for each in treated:
        yield Intervention(kind=each.kind, start=instant(each.begins), end=instant(each.ends))


def _ongoing(shape: Shape) -> bool | None:
    match shape.ending:
        case "over" | "undated":
            return False
        case "silent":
            return None
        case "goes_on" | "death" | "withdrawal" | "follow_up":
            return True
        case _:
            assert_never(shape.ending)


def _stopped(shape: Shape) -> Mapping[str, Any]:
    """What ended the observation, and when the window was completed."""
    told: dict[str, Any] = {}
    if shape.stopped is not None:
        at = instant(shape.stopped)
        match shape.ending:
            case "death":
                told["death"] = Death(date=at, cause="another cause")
            case "withdrawal":
                told["withdrawal"] = Withdrawal(date=at)
            case "follow_up":
                told["follow_up_until"] = at
            case "over" | "goes_on" | "silent" | "undated":
                pass
            case _:
                assert_never(shape.ending)
    if shape.completed_on is not None:
        told["window_completed"] = WindowCompletion(
            on=day(shape.completed_on), reason="completed early"
        )
    return told


def _syndrome(shape: Shape, term: str) -> Event:
    """The syndrome that the symptom is linked to; it is mild and goes on."""
    begun = GradeChange(at=instant(min(shape.steps[0][0], 0)), grade=1)
    return Event(id=_SYNDROME, term=term, grades=(begun,), ongoing=True, baseline_grade=0)


def _companions(
    companions: Sequence[Beside], own: str, groups: Mapping[str, Sequence[str]]
) -> Iterator[Event]:
    """The other events that a rule asks for; of a group, its first term."""
    for number, each in enumerate(companions, start=3):
        terms = [each.term or own] if each.group is None else groups.get(each.group, ())
        for term in terms[:1]:
            grades = [GradeChange(at=instant(each.begins), grade=each.grade)]
            if each.ends is not None:
                grades.append(GradeChange(at=instant(each.ends), grade=0))
            yield Event(
                id=f"AE-{number}",
                term=term,
                grades=tuple(grades),
                ongoing=each.ends is None,
                baseline_grade=0,
            )


def as_json(subject: Subject) -> Mapping[str, Any]:
    """The record as a request writes it."""
    told: Mapping[str, Any] = _SUBJECT.dump_python(
        subject, mode="json", by_alias=True, exclude_defaults=True
    )
    return told


def words_of(shape: Shape, subject: Subject) -> str:
    """`Chills: grade 3 for 72 h, then 0; causality possible`."""
    event = subject.events[0]
    parts = [*_courses_in_words(shape), *_facts_in_words(event, subject)]
    return f"{event.term}: {'; '.join(parts)}"


def _courses_in_words(shape: Shape) -> list[str]:
    told = []
    for number, (at, grade) in enumerate(shape.steps):
        name = "a grade that was not recorded" if grade is None else f"grade {grade}"
        if number + 1 < len(shape.steps):
            told.append(f"{name} for {_length(shape.steps[number + 1][0] - at)}")
        else:
            told.append(name if grade else "gone")
    course = ", then ".join(told)
    begun = shape.steps[0][0]
    where = f"{_length(abs(begun))} {'after' if begun >= 0 else 'before'} the infusion"
    said = [f"{course}, from {where}" + (", dated by the day" if shape.day_only else "")]
    if shape.baseline:
        said.append(f"baseline grade {shape.baseline}")
    endings = {
        "goes_on": "it goes on", "silent": "nothing was reported after that",
        "undated": "it is over, and nobody wrote down since when",
        "death": "the patient died of another cause", "withdrawal": "the patient withdrew",
        "follow_up": "the follow-up ended",
    }  # fmt: skip
    if shape.ending != "over":
        stopped = "" if shape.stopped is None else f" {_length(shape.stopped)} after the infusion"
        said.append(endings[shape.ending] + stopped)
    if len(shape.infusions) > 1:
        said.append(f"a second infusion {_length(shape.infusions[1])} after the first")
    if shape.completed_on is not None:
        said.append(f"window completed early, {_length(shape.completed_on)} after the infusion")
    return said


def _length(minutes: int) -> str:
    days, rest = divmod(minutes, 1440)
    if days and not rest:
        return f"{days} day{'' if days == 1 else 's'}"
    return duration_words(minutes * MICROSECONDS_OF_A_MINUTE)


def _facts_in_words(event: Event, subject: Subject) -> list[str]:
    return [*_judged_in_words(event), *_told_in_words(event), *_beside_in_words(event, subject)]


def _judged_in_words(event: Event) -> Iterator[str]:
    for each in event.causality:
        by = f" by the {each.assessor}" if each.assessor else ""
        yield f"causality to {each.agent} {each.relatedness}{by}"
    if event.clinically_significant is not None:
        yield f"{'' if event.clinically_significant else 'not '}clinically significant"
    if event.seriousness is not None:
        serious = [n for n in event.seriousness.__slots__ if getattr(event.seriousness, n)]
        yield ", ".join(serious).replace("_", " ") or "not serious"


def _told_in_words(event: Event) -> Iterator[str]:
    if event.interventions is not None:
        told = dict.fromkeys(_intervention_in_words(each) for each in event.interventions)
        yield ", ".join(told) or "no intervention"
    if event.other_crs_symptoms is not None:
        yield f"{'' if event.other_crs_symptoms else 'no '}other symptoms of CRS"
    if event.alternative_causes is not None:
        causes = ", ".join(each.cause for each in event.alternative_causes)
        yield f"another cause: {causes or 'none'}"
    yield from (f"{name}: {_answer(value)}" for name, value in event.facts.items())


def _intervention_in_words(given: Intervention) -> str:
    if given.start is None or given.end is None:
        return given.kind
    return f"{given.kind} from {given.start.text} to {given.end.text}"


def _beside_in_words(event: Event, subject: Subject) -> Iterator[str]:
    yield from (f"{each.about} {each.answer}" for each in subject.rulings)
    for each in subject.events[1:]:
        if each.id == event.part_of:
            yield f"part of {each.term}"
        else:
            begun = each.grades[0]
            since = begun.at.text if begun.at else "a time that is not known"
            if len(each.grades) > 1:
                yield f"{each.term} of grade {begun.grade} before it, from {since}, and over"
            else:
                yield f"{each.term} of grade {begun.grade} beside it from {since} on"


def _answer(value: bool | str | None) -> str:
    """A fact as a reader says it."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
