"""What a case record answers to the facts that rules ask for, in three values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import assert_never, cast

from app.domain.case import Event, Ruling, Subject
from app.domain.course import Course
from app.domain.dlt.asked import Companion, Occurrence, Related
from app.domain.dlt.facts import ANSWERS, FROM_AN_INSTANT, NO, UNKNOWN, YES, Fact
from app.domain.dlt.number import NumberBound
from app.domain.dlt.occurrences import Nth, nth_occurrence
from app.domain.dlt.rule import Clocks, RuleSet, Syndrome
from app.domain.dlt.together import Together, together, unseen
from app.domain.dlt.treatment import kind_of_intervention, plain_word, treated, watched
from app.domain.time import NEVER, Span, Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTerm:
    """How an event's term was resolved; `name` is None where it was not."""

    name: str | None
    laboratory: bool | None = False
    """None where the candidates differ, or there are none."""
    grades: tuple[int, ...] = (1, 2, 3, 4, 5)
    suggestions: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    """The terms that an ambiguous report may mean."""
    note: str | None = None
    """How it was resolved, where it was not by its own name."""
    code_note: str | None = None
    """Whose the reported code is, where it is that of another version of the dictionary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """An event with its course and term, and the other events of its patient."""

    event: Event
    course: Course
    term: KnownTerm
    rulings: tuple[Ruling, ...] = ()
    outdated_rulings: tuple[Ruling, ...] = ()
    told: int | None = None
    """When its source spoke last, of an event of the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What the facts of an event may rest on besides the event itself."""

    subject: Subject
    courses: Mapping[str, Course]
    terms: Mapping[str, KnownTerm]
    interventions: Mapping[str, Sequence[str]]
    """Words by kind of intervention, from the protocol."""
    syndromes: tuple[str, ...]
    """Events that are, or may be, a syndrome of the rules."""
    groups: Mapping[str, Sequence[str]]
    """Terms by group, from the protocol."""
    zone: Zone
    cut: int
    measured: Mapping[str, Sequence[Span]] = field(default_factory=dict)
    """When results were measured that could show them, by term that results alone show."""


def answers(
    facts: Sequence[Fact], recorded: RecordedEvent, patient: Patient, rules: RuleSet
) -> tuple[list[int], dict[int, Together | Nth]]:
    """What the record says to each fact, and, by their numbers, of those that hold from an instant
    or a step of the course on, from when.
    """
    told: list[int] = []
    since: dict[int, Together | Nth] = {}
    for number, fact in enumerate(facts):
        if fact.kind not in FROM_AN_INSTANT:
            told.append(_answer(fact, recorded, patient, rules))
            continue
        found = _since(fact, recorded, patient, rules.clocks)
        told.append(found.told)
        since[number] = found
    return told, since


def _since(
    fact: Fact, recorded: RecordedEvent, patient: Patient, clocks: Clocks
) -> Together | Nth:
    if fact.kind == "occurrence":
        return _occurrence(fact, recorded, patient)
    if fact.timed is None:
        found = _companion(fact, recorded, patient)
    else:
        mine, words = (recorded.event, recorded.course), patient.interventions
        seen = watched(*mine, recorded.told, clocks, patient.zone, patient.cut)
        found = treated(fact.timed, fact.while_grade, mine, words, clocks, seen)
    return _ruled_since(found, _ruled(fact, recorded.rulings), patient.cut)


def _answer(fact: Fact, recorded: RecordedEvent, patient: Patient, rules: RuleSet) -> int:  # noqa: C901 - one case for each kind
    """What the record says: YES, NO or UNKNOWN. A signed ruling counts like any other fact."""
    ruled = _ruled(fact, recorded.rulings)
    if ruled is not None:
        return ruled
    event = recorded.event
    match fact.kind:
        case "related":
            return related(event, fact.related) if fact.related else UNKNOWN
        case "laboratory":
            return _laboratory(recorded)
        case "clinically_significant":
            return significance(event)
        case "intervention":
            return _intervention(event, fact.subject[0], patient.interventions)
        case "other_crs_symptoms":
            return _other_crs_symptoms(event, patient)
        case "alternative_cause":
            return _alternative_cause(event, fact.subject)
        case "fact":
            told = event.facts.get(fact.subject[0])
            return UNKNOWN if not isinstance(told, bool) else YES if told else NO
        case "number":
            return number(event, fact.number) if fact.number else UNKNOWN
        case "serious":
            return seriousness(event, fact.subject[0])
        case "under_syndrome":
            return _under_syndrome(recorded, patient, rules)
        case (
            "ruling" | "concurrent" | "occurrence" | "intervention_duration" | "intervention_start"
        ):
            return UNKNOWN  # nobody has ruled; the others begin at an instant (`_since`)
        case _:
            assert_never(fact.kind)


def _ruled(fact: Fact, rulings: Sequence[Ruling]) -> int | None:
    for ruling in reversed(rulings):
        about = ruling.about is None or ruling.about in fact.subject
        if ruling.question == fact.field and about and ruling.answer in ANSWERS[fact.kind]:
            return YES if ruling.answer == ANSWERS[fact.kind][0] else NO
    return None


def judgements_of(event: Event, agent: str, related: Related) -> list[tuple[str, bool]]:
    """Each assessor's judgement for an agent: (assessor, related or not)."""
    return [
        (each.assessor or "an assessor", each.relatedness in related.any_of)
        for each in event.causality
        if each.relatedness is not None and each.agent.casefold() == agent.casefold()
    ]


def related(event: Event, asked: Related) -> int:
    """Whether the event is related to the agent, or to any of the agents.

    Unknown where nobody judged or assessors differ.
    """
    return max(_related_to(event, agent, asked) for agent in asked.agents)


def _related_to(event: Event, agent: str, asked: Related) -> int:
    judged = judgements_of(event, agent, asked)
    if (
        asked.where_assessors_differ in {"investigator", "sponsor"}
        and len({held for _, held in judged}) > 1
    ):
        judged = [pair for pair in judged if pair[0].casefold() == asked.where_assessors_differ]
    held = {related for _, related in judged}
    if len(held) == 1:
        return YES if True in held else NO
    if len(held) > 1 and asked.where_assessors_differ == "any_related":
        return YES
    return UNKNOWN


def assessors_differ(event: Event, asked: Related) -> bool:
    """Whether assessors of some agent stand on both sides of the line between related and not."""
    return any(
        len({held for _, held in judgements_of(event, agent, asked)}) > 1 for agent in asked.agents
    )


def _laboratory(recorded: RecordedEvent) -> int:
    if recorded.event.laboratory is not None:
        return YES if recorded.event.laboratory else NO
    if recorded.term.laboratory is None:
        return UNKNOWN
    return YES if recorded.term.laboratory else NO


def significance(event: Event) -> int:
    """Clinical significance; unknown where the two places that may say it disagree."""
    told = {
        event.clinically_significant,
        event.significance.value if event.significance else None,
    } - {None}
    if len(told) != 1:
        return UNKNOWN
    return YES if True in told else NO


def number(event: Event, asked: NumberBound) -> int:
    """Whether a recorded number keeps a bound.

    Unknown where none is recorded, and where its unit is another one than the rule's.
    """
    told = asked.told_by(event.facts.get(asked.name))
    return UNKNOWN if told is None else YES if told else NO


def seriousness(event: Event, criterion: str) -> int:
    """Whether the event is serious, by one criterion or by any of them."""
    told = event.seriousness
    if told is None:
        return UNKNOWN
    names = [each.name for each in fields(told)] if criterion == "any" else [criterion]
    held = [getattr(told, name) for name in names]
    if True in held:
        return YES
    return UNKNOWN if None in held else NO


def _ruled_since(found: Together, ruled: int | None, cut: int) -> Together:
    """What was found, unless a ruling says so: it says it of the time before the cut."""
    if ruled is None:
        return found
    return Together(told=ruled, first=min(found.first, cut), last=min(found.last, cut))


def _companion(fact: Fact, recorded: RecordedEvent, patient: Patient) -> Together:
    """Whether an event that the rule asks for was there at the same time, and from when on.

    An event whose term is not known may be such a one.
    """
    asked = cast(Companion, fact.companion)
    terms = (asked.term,) if asked.group is None else patient.groups.get(asked.group, ())
    others = []
    for name, course in patient.courses.items():
        told = _is_one_of(patient.terms[name], terms)
        if name != recorded.event.id and told != NO:
            others.append((course, told == YES))
    mine, cut = recorded.course, patient.cut
    found = together(mine, fact.while_grade, others, asked.grade, cut)
    for each in terms:
        seen = patient.measured.get(each or "")
        if seen is not None:
            found = unseen(found, mine, fact.while_grade, seen, cut)
    return found


def _is_one_of(term: KnownTerm, terms: Sequence[str | None]) -> int:
    """Whether an event's term is among some; one that is not known may be."""
    if term.name is None:
        return UNKNOWN
    meant = {each in terms for each in (term.candidates or (term.name,))}
    return UNKNOWN if len(meant) > 1 else YES if True in meant else NO


def _occurrence(fact: Fact, recorded: RecordedEvent, patient: Patient) -> Nth:
    """From which step of its course on an event is the N-th of its kind of the patient.

    A ruling may have said so of what is not known. Two records that are linked as one event are
    not two occurrences.
    """
    asked, mine = cast(Occurrence, fact.occurrence), recorded.event
    terms: Sequence[str | None] = (asked.term or recorded.term.name,)
    if asked.group is not None:
        terms = patient.groups.get(asked.group, ())
    own = _is_one_of(recorded.term, terms)
    anything = terms == (None,)  # its own term, and nobody knows which that is
    same = {each.id: each.synonym_of for each in patient.subject.events}
    others = []
    for name, course in patient.courses.items():
        told = UNKNOWN if anything else _is_one_of(patient.terms[name], terms)
        linked = same.get(name) == mine.id or mine.synonym_of == name
        if name != mine.id and not linked and told != NO:
            others.append((course, told == own == YES and same.get(name) is None))
    found = nth_occurrence(
        recorded.course, others, asked.grade or 1, asked.at_least, sure=own == YES
    )
    if own == NO:
        found = Nth(told=NO, first=NEVER, last=NEVER)
    ruled = _ruled(fact, recorded.rulings)
    if ruled is None:
        return found
    if ruled == YES:
        place = 0 if found.told == NO else found.first
    else:
        place = NEVER if found.told == YES else found.last
    return Nth(told=ruled, first=place, last=place)


def _intervention(event: Event, kind: str, words: Mapping[str, Sequence[str]]) -> int:
    if event.interventions is None:
        return UNKNOWN
    kinds = {kind_of_intervention(each.kind, words) for each in event.interventions}
    if kind in kinds:
        return YES
    return UNKNOWN if None in kinds else NO


def _other_crs_symptoms(event: Event, patient: Patient) -> int:
    if event.other_crs_symptoms is not None:
        return YES if event.other_crs_symptoms else NO
    linked = patient.terms.get(event.part_of or "")
    return YES if linked is not None and linked.name == "Cytokine release syndrome" else UNKNOWN


def _alternative_cause(event: Event, causes: Sequence[str]) -> int:
    if event.alternative_causes is None:
        return UNKNOWN
    named = {plain_word(each.cause) for each in event.alternative_causes}
    return YES if named & set(map(plain_word, causes)) else NO


def _under_syndrome(recorded: RecordedEvent, patient: Patient, rules: RuleSet) -> int:
    """Linked to a recorded syndrome of which the term is a symptom: yes.

    Overlapping but not linked: unknown.
    """
    name = recorded.term.name
    possible = [
        each
        for each in rules.syndromes
        if name is None or (name in each.symptoms and name not in each.own_clause)
    ]
    if recorded.event.part_of is not None:
        target = patient.terms.get(recorded.event.part_of)
        return (
            YES
            if target is not None
            and any(target.name == each.term for each in possible)
            and name is not None
            else UNKNOWN
        )
    return UNKNOWN if any(_overlaps(recorded, patient, each) for each in possible) else NO


def _overlaps(recorded: RecordedEvent, patient: Patient, syndrome: Syndrome) -> bool:
    mine = recorded.course
    for other in patient.syndromes:
        course = patient.courses[other]
        if other == recorded.event.id or not mine.steps or not course.steps:
            continue
        if patient.terms[other].name not in {syndrome.term, None}:
            continue  # an unresolved term may be the syndrome
        if mine.steps[0].span.first <= _end(course) and course.steps[0].span.first <= _end(mine):
            return True
    return False


def _end(course: Course) -> int:
    """Latest instant at which the event may still be there."""
    last = course.steps[-1]
    return last.span.last if last.grade == 0 else course.ends_by
