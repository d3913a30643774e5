"""One cell of a decision table: what the evaluator found for every answer, in the fewest words."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal, TypeAlias

from app.domain.adjudication.possible import are_independent, is_possible, number_for, numbers_of
from app.domain.dlt.facts import ANSWERS, NO, UNKNOWN, YES, Fact
from app.domain.dlt.text.facts import fact_phrase

Answers: TypeAlias = tuple[int, ...]
"""YES or NO to each fact; UNKNOWN where it does not matter."""
CellVerdict: TypeAlias = Literal["DLT", "NOT_DLT", "DEPENDS", "UNDETERMINED"]
MOST_FACTS: Final = 6
"""More facts that a verdict hangs on are named, but not put into one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactAnswer:
    """An answer to a question of an event, as a ruling gives it; a number, as the form has it."""

    question: str
    about: str | None
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellCase:
    """What the verdict is where these questions are answered so."""

    answers: tuple[FactAnswer, ...]
    verdict: Literal["DLT", "NOT_DLT"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictCell:
    """The verdict at a grade for a duration; DEPENDS where other facts decide, as `cases` say."""

    grade: int
    verdict: CellVerdict
    says: str
    cases: tuple[CellCase, ...] = ()


def cell_of(grade: int, facts: Sequence[Fact], found: Mapping[Answers, str]) -> VerdictCell:
    """A cell from the verdict of every completion.

    `facts` are those that the completions fix; an answer that is UNKNOWN stands for both. Answers
    that no record gives together decide nothing.
    """
    if len(set(found.values())) == 1:
        return _plain(grade, next(iter(found.values())))
    asked, table = _whole(facts, found)
    verdicts = set(table.values())
    if len(verdicts) == 1:
        return _plain(grade, verdicts.pop())
    if verdicts != {"DLT", "NOT_DLT"}:
        return _plain(grade, "UNDETERMINED")
    asked, table = _needed(asked, table)
    if len(asked) > MOST_FACTS:
        named = "; ".join(fact_phrase(fact, holds=True) for fact in asked)
        says = f"depends on whether: {named}"
        return VerdictCell(grade=grade, verdict="DEPENDS", says=says)
    return VerdictCell(
        grade=grade,
        verdict="DEPENDS",
        says=_sentence(asked, table),
        cases=tuple(
            CellCase(
                answers=tuple(_answers(asked, key)),
                verdict="DLT" if verdict == "DLT" else "NOT_DLT",
            )
            for key, verdict in sorted(table.items(), reverse=True)
        ),
    )


def unlisted(grade: int) -> VerdictCell:
    """A cell that hangs on more facts than can be tried."""
    says = "depends on more facts than can be tried"
    return VerdictCell(grade=grade, verdict="DEPENDS", says=says)


def _plain(grade: int, verdict: str) -> VerdictCell:
    match verdict:
        case "DLT":
            return VerdictCell(grade=grade, verdict="DLT", says="DLT")
        case "NOT_DLT":
            return VerdictCell(grade=grade, verdict="NOT_DLT", says="no DLT")
        case _:
            return VerdictCell(grade=grade, verdict="UNDETERMINED", says="not determined by these")


def _answers(facts: Sequence[Fact], key: Answers) -> Iterator[FactAnswer]:
    """The answers of one case. Several questions of one number have one number for an answer."""
    for fact, told in zip(facts, key, strict=True):
        if fact.number is None:
            yes, no = ANSWERS[fact.kind]
            about = fact.subject[0] if fact.subject else None
            answer = yes if told == YES else no
            yield FactAnswer(question=fact.field, about=about, answer=answer)
    for name in numbers_of(facts):
        number = number_for(name, facts, key)
        yield FactAnswer(question="number", about=name, answer=f"{number:f}")


def _whole(
    facts: Sequence[Fact], found: Mapping[Answers, str]
) -> tuple[list[Fact], Mapping[Answers, str]]:
    """The facts that differ, and the verdict of each possible answer to all of them."""
    places = [place for place, told in enumerate(zip(*found, strict=True)) if len(set(told)) > 1]
    asked = [facts[place] for place in places]
    table = {
        each: verdict
        for answers, verdict in found.items()
        for each in product(
            *((YES, NO) if answers[place] == UNKNOWN else (answers[place],) for place in places)
        )
    }
    if are_independent(asked):
        return asked, table
    return asked, {each: verdict for each, verdict in table.items() if is_possible(asked, each)}


def _needed(
    facts: Sequence[Fact], table: Mapping[Answers, str]
) -> tuple[list[Fact], Mapping[Answers, str]]:
    """The facts without which the verdict is not told, and the verdicts by these alone."""
    kept = list(facts)
    for place in reversed(range(len(facts))):
        fewer: dict[Answers, str] = {}
        for key, verdict in table.items():
            if fewer.setdefault((*key[:place], *key[place + 1 :]), verdict) != verdict:
                break
        else:
            table = fewer
            del kept[place]
    return kept, table


def _sentence(facts: Sequence[Fact], table: Mapping[Answers, str]) -> str:
    """`DLT, unless …`, or `no DLT, unless …` where that takes fewer words."""
    kept, left = (
        _cover({key for key, verdict in table.items() if verdict == which}, table)
        for which in ("DLT", "NOT_DLT")
    )
    shorter = _size(facts, left) <= _size(facts, kept)
    rule, exceptions = ("DLT", left) if shorter else ("no DLT", kept)
    said = [
        " and ".join(
            fact_phrase(fact, holds=told == YES)
            for fact, told in zip(facts, cube, strict=True)
            if told
        )
        for cube in exceptions
    ]
    whole = said[0] if len(said) == 1 else " or ".join(f"({each})" for each in said)
    return f"{rule}, unless {whole}"


def _size(facts: Sequence[Fact], cubes: Sequence[Answers]) -> tuple[int, int, int]:
    """How many answers they are, in how many cases, and how many say that something is not so.

    "Not clinically significant" is a judgement, as "significant" is.
    """
    told = [(fact, answer) for cube in cubes for fact, answer in zip(facts, cube, strict=True)]
    denied = [fact for fact, answer in told if answer == NO]
    judged = sum(fact.kind == "clinically_significant" for fact in denied)
    return sum(answer != 0 for _, answer in told), len(cubes), len(denied) - judged


def _cover(points: Collection[Answers], table: Mapping[Answers, str]) -> list[Answers]:
    """A few prime implicants that hold these points of the table and no other (Quine, 1952;
    greedily chosen). There is at least one point.
    """
    every = product((YES, NO), repeat=len(next(iter(points))))
    primes = _primes([each for each in every if each in points or each not in table])
    uncovered, chosen = set(points), []
    while uncovered:
        best = max(primes, key=lambda cube: (sum(_in(each, cube) for each in uncovered), cube))
        chosen.append(best)
        uncovered = {each for each in uncovered if not _in(each, best)}
    return sorted(chosen, reverse=True)


def _primes(points: Collection[Answers]) -> list[Answers]:
    cubes, primes = set(points), set[Answers]()
    while cubes:
        wider = {
            (*cube[:place], 0, *cube[place + 1 :])
            for cube in cubes
            for place, told in enumerate(cube)
            if told and (*cube[:place], -told, *cube[place + 1 :]) in cubes
        }
        primes |= {cube for cube in cubes if not any(_in(cube, each) for each in wider)}
        cubes = wider
    return sorted(primes)


def _in(point: Answers, cube: Answers) -> bool:
    """Whether a point, or a smaller cube, lies in a cube."""
    return all(wide in {0, told} for told, wide in zip(point, cube, strict=True))
