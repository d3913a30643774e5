"""What an event form may answer to the facts that the rules ask of one class of terms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any, assert_never, get_args

from app.domain.case import (
    AlternativeCause,
    Causality,
    Intervention,
    Relatedness,
    Seriousness,
)
from app.domain.dlt.asked import Companion, Occurrence, TimedIntervention
from app.domain.dlt.facts import Fact, FactKind
from app.domain.lint.dimensions import Dimensions
from app.domain.lint.shapes import DAY, HOUR
from app.domain.time import MINUTE as MICROSECONDS_OF_A_MINUTE

SCALE: tuple[Relatedness, ...] = get_args(Relatedness)
"""The words for causality, rising."""
_PLAINEST: tuple[Relatedness, ...] = (
    "possible", "probable", "definite", "unrelated", "unlikely",
)  # fmt: skip

Form = Mapping[str, Any]
"""Fields of an event; under `treated` its interventions with times, under `rulings`, `syndrome`
and `companions` what stands beside it, and under `aside` whether an event with these answers
counts for nothing, whatever its course.
"""
LATE = 2 * DAY + HOUR // 2
LONG_BEFORE = -1000 * DAY
MOST_FORMS = 96
"""More answers than this of one class of terms are not tried with each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Another event of the patient: of a group, of a term, or else of the judged event's own."""

    group: str | None
    term: str | None
    grade: int
    begins: int
    """Minute after the infusion; one before every course, or within most of them."""
    ends: int | None = None
    """Minute at which it is over; None where it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Treated:
    """An intervention for the event, by minutes after the infusion."""

    kind: str
    begins: int
    ends: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A term, and what its event form answers."""

    term: str
    form: Form


def forms_of(asked: Dimensions) -> tuple[tuple[Form, ...], int]:
    """The answers to try, each a form; and how many of those that count were cut off.

    Every combination where there are few. Else every answer, and every two of them, beside the
    first of all others, and beside the last.
    """
    dimensions = [_related(facts, asked.counting) for facts in _by_agent(asked.facts)]
    numbers: dict[str, list[Fact]] = {}
    for fact in asked.facts:
        if fact.kind == "number":
            numbers.setdefault(fact.subject[0], []).append(fact)
        elif fact.kind != "related":
            dimensions.append(_options(fact))
    dimensions += [_numbers(facts) for facts in numbers.values()]
    companions = {
        (each.companion.group, each.companion.term, each.companion.grade): each.companion
        for each in asked.facts
        if each.companion
    }.values()
    dimensions += [_companions(each) for each in companions]
    dimensions += [_earlier(each.occurrence) for each in asked.facts if each.occurrence]
    timed = dict.fromkeys(each.timed for each in asked.facts if each.timed)
    dimensions += [_treated(each) for each in timed]
    dimensions = [each for each in dimensions if each]
    every = 1
    for each in dimensions:
        every *= len(each)
    chosen = list(product(*dimensions)) if every <= MOST_FORMS else _pairs(dimensions)
    forms = [_merged(each) for each in chosen]
    kept, cut = forms[: 4 * MOST_FORMS], forms[4 * MOST_FORMS :]
    return tuple(kept), sum(1 for each in cut if "aside" not in each)


def _pairs(dimensions: Sequence[Sequence[Form]]) -> list[tuple[Form, ...]]:
    """All answers but one or two are those of a pattern: first the first, then the last."""
    found: dict[tuple[int, ...], None] = {}
    for pattern in (0, -1):
        usual = [pattern % len(each) for each in dimensions]
        found[tuple(usual)] = None
        for one, first in enumerate(dimensions):
            for two, second in enumerate(dimensions[one:], start=one):
                for place, other in product(range(len(first)), range(len(second))):
                    changed = list(usual)
                    changed[one], changed[two] = place, other
                    found[tuple(changed)] = None
    return [
        tuple(each[place] for each, place in zip(dimensions, chosen, strict=True))
        for chosen in found
    ]


def _merged(parts: Iterable[Form]) -> Form:
    form: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            if name not in form:
                form[name] = value
            elif isinstance(value, dict):
                form[name] = {**form[name], **value}
            elif isinstance(value, Seriousness):
                form[name] = _both(form[name], value)
            else:
                form[name] = (*form[name], *value)
    return form


def _both(one: Seriousness, other: Seriousness) -> Seriousness:
    """Serious by whatever either is serious by."""
    return Seriousness(**{name: getattr(one, name) or getattr(other, name) for name in _SERIOUS})


_SERIOUS = (
    "life_threatening", "death", "hospitalisation", "disability", "congenital_anomaly",
    "medically_important",
)  # fmt: skip


def _by_agent(facts: Sequence[Fact]) -> list[list[Fact]]:
    agents: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.kind == "related":
            agents.setdefault(fact.subject[0], []).append(fact)
    return list(agents.values())


def _related(facts: Sequence[Fact], counting: frozenset[Fact]) -> list[Form]:
    """A word for each set of the rules' lines that it lies within; then assessors who differ.

    Where causality is asked of an event before anything else, that it is not related is tried
    with few courses: no clause forgives or makes a DLT of it.
    """
    agent = facts[0].subject[0]
    aside: Form = {"aside": (True,)} if counting.issuperset(facts) else {}
    words: dict[tuple[bool, ...], Relatedness] = {}
    for word in _PLAINEST:
        inside = tuple(word in fact.related.any_of for fact in facts if fact.related)
        words.setdefault(inside, word)
    chosen = list(words.values())
    forms: list[Form] = [
        {"causality": (_judged(agent, word, None),), **({} if any(inside) else aside)}
        for inside, word in words.items()
    ]
    asking = any(f.related and f.related.where_assessors_differ != "unknown" for f in facts)
    if asking and len(chosen) > 1:
        for one, two in ((chosen[0], chosen[-1]), (chosen[-1], chosen[0])):
            both = (_judged(agent, one, "investigator"), _judged(agent, two, "sponsor"))
            forms.append({"causality": both, **aside})
    return forms


def _judged(agent: str, word: Relatedness, assessor: str | None) -> Causality:
    return Causality(agent=agent, relatedness=word, assessor=assessor)


def _numbers(facts: Sequence[Fact]) -> list[Form]:
    """A number on each bound of its name and just beside it."""
    name = facts[0].subject[0]
    found: dict[str, None] = {}
    for asked in (each.number for each in facts if each.number):
        unit = f" {asked.unit}" if asked.unit else ""
        for bound in (asked.above, asked.at_least, asked.below, asked.at_most):
            if bound is None:
                continue
            grain = Decimal(1).scaleb(min(0, int(bound.as_tuple().exponent)))
            for value in (bound, bound + grain, bound - grain):
                found[f"{value:f}{unit}"] = None
    return [{"facts": {name: each}} for each in found]


def _companions(asked: Companion) -> list[Form]:
    """Another event that is there all the time, one that begins later, and none."""
    begun, late = (
        Beside(group=asked.group, term=asked.term, grade=asked.grade, begins=each)
        for each in (-DAY, LATE)
    )
    return [{"companions": (begun,)}, {"companions": (late,)}, {}]


def _treated(asked: TimedIntervention) -> list[Form]:
    """Interventions on both sides of the limit, and none."""
    grain = DAY if asked.limit.days is not None else 1
    length = asked.limit.microseconds // MICROSECONDS_OF_A_MINUTE
    if asked.within is not None:
        times = [(-DAY, -DAY + HOUR), (LATE + length, LATE + length + HOUR)]
    else:
        other = grain if asked.longer_than is not None else -grain
        times = [(-DAY, -DAY + each) for each in (length, length + other)]
    forms: list[Form] = [
        {"treated": (Treated(kind=asked.kind, begins=begins, ends=ends),)}
        for begins, ends in times
    ]
    return [*forms, {"treated": ()}]


def _earlier(asked: Occurrence) -> list[Form]:
    """As many other events as the rule asks for, each over before the next; and none."""
    before = tuple(
        Beside(
            group=asked.group,
            term=asked.term,
            grade=asked.grade or 1,
            begins=begun,
            ends=begun + DAY,
        )
        for begun in (LONG_BEFORE + 2 * DAY * number for number in range(asked.at_least - 1))
    )
    return [{"companions": before}, {}]


def _options(fact: Fact) -> list[Form]:  # noqa: C901 - one case for each kind
    """The two answers to a fact: that it holds first, then that it does not."""
    kind: FactKind = fact.kind
    match kind:
        case "laboratory" | "related" | "number" | "concurrent" | "occurrence":
            return []  # told by the term, and by the functions above
        case "intervention_duration" | "intervention_start":
            return []  # the same
        case "clinically_significant":
            return [{"clinically_significant": each} for each in (True, False)]
        case "intervention":
            given = Intervention(kind=fact.subject[0])
            return [{"interventions": (given,)}, {"interventions": ()}]
        case "other_crs_symptoms":
            return [{"other_crs_symptoms": ("fever",)}, {"other_crs_symptoms": ()}]
        case "alternative_cause":
            named = AlternativeCause(cause=fact.subject[0])
            return [{"alternative_causes": (named,)}, {"alternative_causes": ()}]
        case "fact":
            return [{"facts": {fact.subject[0]: each}} for each in (True, False)]
        case "serious":
            by = "medically_important" if fact.subject[0] == "any" else fact.subject[0]
            none = dict.fromkeys(_SERIOUS, False)
            return [
                {"seriousness": Seriousness(**{**none, by: True})},
                {"seriousness": Seriousness(**none)},
            ]
        case "ruling":
            return [{"rulings": ((fact.subject[0], each),)} for each in ("yes", "no")]
        case "under_syndrome":
            return [{}, {"syndrome": (True,)}]
        case _:
            assert_never(kind)
