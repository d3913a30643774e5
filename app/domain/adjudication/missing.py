"""What is missing: each datum that could change an undetermined verdict, and what it would do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from app.domain.adjudication.outcomes import (
    FACTS_FROM,
    UNKNOWN_BASELINE,
    Unknown,
    asked_facts,
    completed,
    unknown_fact,
    unknown_grade_at,
)
from app.domain.adjudication.result import Missing, MissingField
from app.domain.adjudication.temporal import temporal
from app.domain.case import Event
from app.domain.dlt.build import Signature
from app.domain.dlt.columns import UNKNOWN, Columns, rows_where
from app.domain.dlt.completions import Completions, enumerable, parts_of
from app.domain.dlt.facts import FIELD_OF, Fact
from app.domain.dlt.facts import UNKNOWN as UNKNOWN_FACT
from app.domain.dlt.program import Program
from app.domain.dlt.record import RecordedEvent, assessors_differ
from app.domain.dlt.words import step_words
from app.domain.dlt.worst import bound_of
from app.domain.time import Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A discrete unknown of an event, in words."""

    unknown: Unknown
    field: MissingField
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """An undetermined event, and its discrete unknowns."""

    recorded: RecordedEvent
    zone: Zone
    cut: int
    unknowns: tuple[_Told, ...]

    def missing(self, told: _Told, would_settle: Mapping[str, str]) -> Missing:
        """That it is missing, and what each answer would leave."""
        return Missing(
            field=told.field,
            event=self.recorded.event.id,
            text=told.text,
            would_settle=would_settle,
        )


def missing_of_each(
    columns: Columns, program: Program, events: Sequence[tuple[RecordedEvent, Zone]]
) -> list[tuple[Missing, ...]]:
    """What could settle each of some undetermined events, with the zone of its patient.

    `columns` hold these events alone, in their order. Of each the same is told as if it were
    alone: together they only take fewer passes.
    """
    asked = [
        _Asked(
            recorded=recorded,
            zone=zone,
            cut=int(columns.cut[row]),
            unknowns=tuple(_unknowns(columns, row, program, recorded, zone)),
        )
        for row, (recorded, zone) in enumerate(events)
    ]
    found = [tuple(each.missing(told, {}) for told in each.unknowns) for each in asked]
    few = rows_where(enumerable(columns, program))
    for rows in parts_of(columns, program, few):
        some = [asked[row] for row in rows.tolist()]
        of_each = _by_completions(columns.take(rows), program, some)
        for row, missing in zip(rows.tolist(), of_each, strict=True):
            found[row] = missing
    return found


def _by_completions(
    columns: Columns, program: Program, asked: Sequence[_Asked]
) -> list[tuple[Missing, ...]]:
    """The discrete unknowns that matter, and what time leaves open in completions."""
    whole = completed(columns, program)
    timed = _timed(whole.open, program, asked)
    found = []
    of_each = zip(asked, whole.outcomes, whole.verdicts, timed, strict=True)
    for each, outcomes, judged, more in of_each:
        missing = [
            each.missing(told, told.unknown.settles(outcomes, each.cut))
            for told in each.unknowns
            if told.unknown.matters(judged)
        ]
        for one in more:
            if all(one.field != other.field for other in missing):
                missing.append(one)
        found.append(tuple(missing))
    return found


def _timed(
    rows: Completions, program: Program, asked: Sequence[_Asked]
) -> list[list[Missing]]:  # fmt: skip
    """What time leaves open in these completions of each event, one after the other."""
    found: list[list[Missing]] = [[] for _ in asked]
    if len(rows.origin):
        of = rows.origin.tolist()
        events = [(asked[event].recorded, asked[event].zone) for event in of]
        for event, missing in zip(of, temporal(rows.columns, program, events), strict=True):
            found[event] += missing
    return found


def _unknowns(
    columns: Columns, row: int, program: Program, recorded: RecordedEvent, zone: Zone
) -> Iterator[_Told]:
    """Every discrete unknown of an event that the rules could ask for."""
    event = recorded.event
    if int(columns.signature[row]) == UNKNOWN:
        yield _term(program, recorded, columns, row)
    for number in asked_facts(columns, row, program):
        fact = program.facts[number]
        yield _Told(
            unknown=unknown_fact(number, program),
            field=_field(fact),
            text=_fact_text(fact, recorded),
        )
    if int(columns.baseline[row]) == UNKNOWN:
        text = f"The grade of {event.id} at the first infusion (baseline_grade) is not recorded."
        yield _Told(unknown=UNKNOWN_BASELINE, field="baseline_grade", text=text)
    grades_from = FACTS_FROM + len(program.facts)
    bound = bound_of(event)
    worst = "" if bound is None else f"; the worst grade recorded bounds it to {bound}"
    begins = int(columns.offsets[row])
    for place, step in enumerate(recorded.course.steps):
        if int(columns.courses.grade[begins + place]) == UNKNOWN:
            text = f"The grade of {event.id} from {step_words(step, zone)} is not known{worst}."
            yield _Told(unknown=unknown_grade_at(grades_from + place), field="grade", text=text)


def _term(program: Program, recorded: RecordedEvent, columns: Columns, row: int) -> _Told:
    laboratory = program.fact("laboratory")
    places: tuple[int, ...] = (0,)
    told = 0
    if laboratory is not None:
        places, told = (0, FACTS_FROM + laboratory), int(columns.facts[laboratory, row])
    answers: dict[tuple[int, ...], str] = {}
    for number, flag in program.term_classes:
        key = (number, told or (1 if flag else -1))
        distinguished = flag and told == UNKNOWN_FACT and laboratory is not None
        answers[key[: len(places)]] = _class_words(program.signatures[number], distinguished)
    note = recorded.term.note or f"Term {recorded.event.term!r} was not resolved."
    return _Told(unknown=Unknown(places=places, answers=answers), field="term", text=note)


def _class_words(signature: Signature, laboratory: bool) -> str:
    """What a term would be, by what the rules ask of terms."""
    words = []
    for told in signature:
        kind, _, name = told.partition(":")
        words.append(f"a symptom of {name}" if kind == "symptom" else name)
    return ", ".join(words) or ("another laboratory term" if laboratory else "another term")


def _field(fact: Fact) -> MissingField:
    return FIELD_OF[fact.kind]


def _fact_text(fact: Fact, recorded: RecordedEvent) -> str:  # noqa: C901 - one case for each kind
    event = recorded.event
    about = ", ".join(fact.subject)
    match fact.kind:
        case "related":
            if fact.related is not None and assessors_differ(event, fact.related):
                return (
                    f"Assessors differ on whether {event.id} is related to {about}; the "
                    "committee has to rule."
                )
            return f"The causality of {event.id} to {about} is not recorded."
        case "laboratory":
            return f"It is not recorded whether {event.id} is a laboratory finding."
        case "clinically_significant":
            if event.clinically_significant is not None:
                return f"The record says both that {event.id} is clinically significant and not."
            return f"It is not recorded whether {event.id} is clinically significant."
        case "intervention":
            return f"It is not recorded whether {about} was given for {event.id}."
        case "other_crs_symptoms":
            return f"It is not recorded whether {event.id} came with other symptoms of CRS."
        case "alternative_cause":
            return f"It is not recorded whether another cause of {event.id} was named ({about})."
        case "fact":
            return f"The fact {about!r} of {event.id} is not recorded."
        case "number":
            return _number_text(fact, event)
        case "concurrent" | "occurrence" | "intervention_duration" | "intervention_start":
            return f"It is not known of {event.id} whether {fact.words}."
        case "serious":
            which = "" if about == "any" else f", by {about.replace('_', ' ')}"
            return f"It is not recorded whether {event.id} is serious{which}."
        case "ruling":
            return f"A person has to rule on {event.id}: {about}"
        case "under_syndrome":
            return (
                f"It is not recorded whether {event.id} is part of a syndrome that the "
                "patient had at the time (part_of)."
            )
        case _:
            assert_never(fact.kind)


def _number_text(fact: Fact, event: Event) -> str:
    """Why a number is not known: none is recorded, or one that cannot be compared."""
    name = fact.subject[0]
    unit = fact.number.unit if fact.number else None
    wanted = f"a number in {unit}" if unit else "a number without a unit"
    if event.facts.get(name) is None:
        return f"The number {name!r} of {event.id} is not recorded; the rule asks for {wanted}."
    return (
        f"The number {name!r} of {event.id} is recorded as {event.facts[name]!r}, which is not "
        f"{wanted}."
    )
