"""What a record says about an event's facts, and the ways in which the rest may be filled in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from random import Random

from app.domain.case import Event
from app.domain.dlt.asked import Related
from app.domain.dlt.rule import (
    AllOf,
    AlternativeCauseIs,
    AnyOf,
    Condition,
    FactIs,
    HasIntervention,
    IsRelated,
    IsSerious,
    Not,
    NumberIs,
    RuledBy,
    RuleSet,
)
from tests.oracle.history import Facts

WORDS = ("unrelated", "unlikely", "possible", "probable", "definite")


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the dictionary: its name, whether it is a laboratory finding, and its grades."""

    name: str
    laboratory: bool = False
    grades: tuple[int, ...] = (1, 2, 3, 4, 5)


def conditions_in(rules: RuleSet) -> Iterator[Condition]:
    """Every condition that a rule set states, with its parts."""
    pending = [rules.counts.unless, *(c.when for c in rules.criteria)]
    pending += [part for e in rules.exceptions for part in (e.when, e.limit)]
    while pending:
        condition = pending.pop()
        match condition:
            case None:
                continue
            case AllOf():
                pending.extend(condition.all)
            case AnyOf():
                pending.extend(condition.any)
            case Not():
                pending.append(condition.negated)
            case _:
                pass
        yield condition


def filled(
    event: Event,
    term: Term,
    rules: RuleSet,
    asked: Sequence[Condition],
    kinds: Mapping[str, Sequence[str]],
    under_syndrome: bool | None,
    rng: Random,
) -> Facts:
    """One way in which every fact that is asked for may be, given what was recorded."""

    def told(known: bool | None) -> bool:
        return rng.random() < 0.5 if known is None else known

    laboratory = term.laboratory if event.laboratory is None else event.laboratory
    related = [c.related for c in asked if isinstance(c, IsRelated)]
    related += [rules.counts.related] if rules.counts.related else []
    return Facts(
        term=term.name,
        laboratory=laboratory,
        significant=told(_significant(event)),
        relatedness=_relatedness(event, related, rng),
        interventions={
            c.intervention: told(_intervention(event, c.intervention, kinds))
            for c in asked
            if isinstance(c, HasIntervention) and isinstance(c.intervention, str)
        },
        other_crs_symptoms=told(
            None if event.other_crs_symptoms is None else bool(event.other_crs_symptoms)
        ),
        causes={
            c.alternative_cause: told(_cause(event, c.alternative_cause))
            for c in asked
            if isinstance(c, AlternativeCauseIs)
        },
        named={c.fact: told(_named(event, c.fact)) for c in asked if isinstance(c, FactIs)},
        numbers={repr(c): told(_number(event, c)) for c in asked if isinstance(c, NumberIs)},
        serious={
            c.serious: told(_serious(event, c.serious)) for c in asked if isinstance(c, IsSerious)
        },
        rulings={c.ruling: told(None) for c in asked if isinstance(c, RuledBy)},
        under_syndrome=told(under_syndrome),
    )


def _significant(event: Event) -> bool | None:
    told = {event.clinically_significant} | (
        {event.significance.value} if event.significance else set()
    )
    told -= {None}
    return told.pop() if len(told) == 1 else None


def _relatedness(event: Event, asked: Sequence[Related], rng: Random) -> dict[str, bool]:
    """One word for each agent that nobody judged; the settled answer where somebody did."""
    words: dict[str, str] = {}
    answers = {}
    for each in asked:
        held = []
        for agent in [each.agent] if isinstance(each.agent, str) else each.agent:
            word = words.setdefault(agent.casefold(), rng.choice(WORDS))
            known = _related(event, agent, each)
            held.append(word in each.any_of if known is None else known)
        answers[repr(each)] = any(held)
    return answers


def _related(event: Event, agent: str, asked: Related) -> bool | None:
    judged = [
        c for c in event.causality if c.agent.casefold() == agent.casefold() and c.relatedness
    ]
    sides = {c.relatedness in asked.any_of for c in judged}
    if len(sides) > 1 and asked.where_assessors_differ == "any_related":
        return True
    if len(sides) > 1 and asked.where_assessors_differ in {"investigator", "sponsor"}:
        who = asked.where_assessors_differ
        sides = {
            c.relatedness in asked.any_of for c in judged if (c.assessor or "").casefold() == who
        }
    return sides.pop() if len(sides) == 1 else None


def _intervention(event: Event, kind: str, kinds: Mapping[str, Sequence[str]]) -> bool | None:
    if event.interventions is None:
        return None
    given = {each.kind.casefold() for each in event.interventions}
    meant = {kind.casefold(), *(word.casefold() for word in kinds.get(kind, ()))}
    if given & meant:
        return True
    every = {name.casefold() for name in kinds} | {
        w.casefold() for ws in kinds.values() for w in ws
    }
    return False if given <= every else None


def _cause(event: Event, causes: Sequence[str]) -> bool | None:
    if event.alternative_causes is None:
        return None
    return any(each.cause in causes for each in event.alternative_causes)


def _named(event: Event, name: str) -> bool | None:
    value = event.facts.get(name)
    return value if isinstance(value, bool) else None


def _number(event: Event, condition: NumberIs) -> bool | None:
    """Numbers of generated events are written without a unit, or in the rule's."""
    told = event.facts.get(condition.number.name)
    if not isinstance(told, str):
        return None
    figure, *unit = told.split()
    if unit and unit != [condition.number.unit]:
        return None
    asked, number = condition.number, float(figure)
    return (
        (asked.above is None or number > asked.above)
        and (asked.at_least is None or number >= asked.at_least)
        and (asked.below is None or number < asked.below)
        and (asked.at_most is None or number <= asked.at_most)
    )


def _serious(event: Event, by: str) -> bool | None:
    told = asdict(event.seriousness) if event.seriousness else {by: None}
    held = list(told.values()) if by == "any" else [told[by]]
    return True if any(held) else None if None in held else False
