"""A DLT definition as a table: terms, how long a grade lasts, and the verdict at each grade.

Nothing is read from the rules but the limits that they write: every cell is what the evaluator
answers for a worked case of it. The worked case of a cell begins soon after the infusion, stays at
its grade for the longest time that the row's duration allows, is then over, and was absent at
baseline.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

import numpy as np

from app.domain.adjudication.cell import Answers, VerdictCell, cell_of, unlisted
from app.domain.adjudication.duration_edges import UTC, Lasting, edges_of, lasting_of
from app.domain.adjudication.prepare import prepare
from app.domain.adjudication.protocol import ReadyProtocol, Rules
from app.domain.case import Causality, Event, Exposure, GradeChange, Relatedness, Subject
from app.domain.dlt.build import Signature
from app.domain.dlt.columns import Columns
from app.domain.dlt.completions import enumerable
from app.domain.dlt.encode import encode
from app.domain.dlt.facts import UNKNOWN
from app.domain.dlt.judge import completed, verdict_of
from app.domain.dlt.program import Program
from app.domain.grade import DEATH
from app.domain.time import HOUR, MINUTE, PartialTime

INFUSED: Final = PartialTime("2026-01-05T08:00:00Z")
_CUT: Final = PartialTime("2199-12-31")
_STRENGTH: Final[tuple[Relatedness, ...]] = (
    "unrelated", "unlikely", "possible", "probable", "definite",
)  # fmt: skip
MOST_CELLS: Final = 10_000
MOST_COMPLETIONS: Final = 100_000
"""Worked cases, with every answer to the facts that they hang on, that a table may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TermClass:
    """Terms that the rules cannot tell apart, and one of them."""

    name: str
    example: str
    laboratory: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationRow:
    """What holds of these terms where a grade lasts so long, at each grade from 1 to 5.

    `until` is when the worked case is over, which began at the table's `start`. An event of grade
    5 is a death and has no duration.
    """

    terms: tuple[TermClass, ...]
    lasts: str
    until: str
    cells: tuple[VerdictCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTable:
    """Terms by duration by grade. `left_out` says why there are no rows, where there are none."""

    assumes: tuple[str, ...]
    start: str
    causality: Mapping[str, Relatedness]
    """By agent, what is assumed."""
    rows: tuple[DurationRow, ...]
    left_out: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The worked case of a cell."""

    term: TermClass
    signature: Signature
    lasting: Lasting
    grade: int


def decision_table(protocol: ReadyProtocol) -> RuleTable | None:
    """The table of a protocol; None where it states no DLT definition."""
    rules = protocol.rules
    if rules is None:
        return None
    program = rules.program
    start = _start(rules)
    asked = [
        _Asked(term=term, signature=signature, lasting=lasting, grade=grade)
        for signature, term in _classes(protocol, program)
        for lasting in _lastings(program, signature, start)
        for grade in range(1, DEATH + 1)
    ]
    causality = _causality(program)
    empty = RuleTable(
        assumes=tuple(_assumed(causality)), start=UTC.text(start), causality=causality, rows=()
    )
    if len(asked) > MOST_CELLS:
        return replace(empty, left_out=f"A table of the verdicts would have {len(asked):,} cells.")
    columns = _columns(asked, protocol, rules, start, causality)
    if _completions(columns, program) > MOST_COMPLETIONS:
        told = "The verdicts hang on too many facts, of too many terms, for a table of them."
        return replace(empty, left_out=told)
    cells = _cells(asked, columns, program)
    return replace(empty, rows=tuple(_rows(asked, cells)))


def _completions(columns: Columns, program: Program) -> int:
    """How many answers the cells take together, at the most."""
    unknown = (columns.facts == UNKNOWN) & program.asked[columns.signature].T
    few = enumerable(columns, program)
    return int(np.where(few, 2.0 ** unknown.sum(axis=0), 0).sum())


def _start(rules: Rules) -> int:
    """When a worked case begins: two hours after the infusion, or earlier in a short window."""
    through = rules.decided.rules.window.through
    infused = INFUSED.span(UTC).first
    if through.days is not None:
        return infused + 2 * HOUR
    return infused + min(2 * HOUR, through.microseconds // 2 // MINUTE * MINUTE)


def _lastings(program: Program, signature: Signature, start: int) -> tuple[Lasting, ...]:
    clocks = program.rules.clocks
    judged = program.judgements[program.signatures.index(signature)]
    asked = [node.clock for each in judged for node in each.clocks]
    edges = edges_of(asked, clocks, start, INFUSED.span(UTC).first)
    return lasting_of(edges, start)


def _classes(protocol: ReadyProtocol, program: Program) -> Iterator[tuple[Signature, TermClass]]:
    """What the rules can tell of a term, those that they name first."""
    terms = protocol.dictionary.terms
    asks = program.fact("laboratory") is not None
    for signature in sorted(program.signatures, key=lambda told: (told == (), told)):
        number = program.signatures.index(signature)
        of_it = [term for term in terms if program.signature_of_term[term.name] == number]
        flags = {term.laboratory if asks else None for term in of_it}
        for flag in sorted(flags, key=bool):
            those = [term for term in of_it if flag is None or term.laboratory is flag]
            example = max(those, key=lambda term: len(term.grades))
            name = _name(signature, laboratory=bool(flag) and len(flags) > 1)
            yield (
                signature,
                TermClass(name=name, example=example.name, laboratory=example.laboratory),
            )


def _name(signature: Signature, *, laboratory: bool) -> str:
    words = []
    for told in signature:
        kind, _, name = told.partition(":")
        words.append(f"a symptom of {name}" if kind == "symptom" else name)
    if not words:
        return "any other laboratory finding" if laboratory else "any other term"
    named = " and ".join(words)
    return f"{named} (laboratory terms)" if laboratory else named


def _causality(program: Program) -> dict[str, Relatedness]:
    """By agent the causality that the most of the rules' questions take for related."""
    asked = [fact.related for fact in program.facts if fact.related is not None]
    counts = program.rules.counts.related
    found: dict[str, Relatedness] = {}
    for agent in sorted({agent for each in asked for agent in each.agents}):
        own = [each.any_of for each in asked if agent in each.agents]
        first = counts.any_of if counts is not None and agent in counts.agents else _STRENGTH
        found[agent] = max(
            first, key=lambda word: (sum(word in each for each in own), _STRENGTH.index(word))
        )
    return found


def _assumed(causality: Mapping[str, Relatedness]) -> Iterator[str]:
    yield "The event begins inside a DLT window and was absent at baseline."
    yield from (f"Its causality to {agent} is {word}." for agent, word in causality.items())
    yield "It is a laboratory finding where the dictionary says so of its term."
    yield "It stays at one grade for as long as the row says, and is then over; grade 5 is death."
    yield "The record links it to no syndrome, and the patient has no other event."
    yield "Nothing else is recorded; where that decides, the cell says so."


def _columns(
    asked: Sequence[_Asked],
    protocol: ReadyProtocol,
    rules: Rules,
    start: int,
    causality: Mapping[str, Relatedness],
) -> Columns:
    subjects = [_worked(each, rules, start, causality) for each in asked]
    prepared = prepare(subjects, protocol, _CUT, UTC.name)
    recorded = [each.recorded for each in prepared]
    return encode(recorded, rules.program, protocol.document.interventions)


def _worked(
    each: _Asked, rules: Rules, start: int, causality: Mapping[str, Relatedness]
) -> Subject:
    fatal = each.grade == DEATH
    changes = [GradeChange(at=PartialTime(UTC.text(start)), grade=each.grade)]
    if not fatal:
        changes.append(GradeChange(at=PartialTime(UTC.text(each.lasting.until)), grade=0))
    event = Event(
        id="AE-1",
        term=each.term.example,
        grades=tuple(changes),
        ongoing=None if fatal else False,
        baseline_grade=0,
        causality=tuple(
            Causality(agent=agent, relatedness=word) for agent, word in causality.items()
        ),
    )
    decided = rules.decided.rules
    return Subject(
        id="S-01",
        phase=decided.observed_in[0],
        exposures=(Exposure(agent=decided.window.agent, start=INFUSED),),
        events=(event,),
    )


def _cells(asked: Sequence[_Asked], columns: Columns, program: Program) -> list[VerdictCell]:
    """The cell of every worked case: the verdict of each completion of what is not recorded."""
    few = np.flatnonzero(enumerable(columns, program))
    rows, bounds, _ = completed(columns.take(few), program)
    found: dict[int, dict[Answers, str]] = {}
    facts = rows.columns.facts.T.tolist()
    for place, origin in enumerate(rows.origin.tolist()):
        early, late = int(bounds.early[place]), int(bounds.late[place])
        verdict = verdict_of(early, late, int(rows.columns.cut[place])).name
        found.setdefault(int(few[origin]), {})[tuple(facts[place])] = verdict
    return [
        cell_of(each.grade, program.facts, found[row]) if row in found else unlisted(each.grade)
        for row, each in enumerate(asked)
    ]


def _rows(asked: Sequence[_Asked], cells: Sequence[VerdictCell]) -> Iterator[DurationRow]:
    """Rows by terms and duration; what no cell tells apart is one row."""
    found: dict[tuple[tuple[Lasting, tuple[VerdictCell, ...]], ...], list[TermClass]] = {}
    pairs = list(zip(asked, cells, strict=True))
    for term, of_term in groupby(pairs, key=lambda pair: pair[0].term):
        told: list[tuple[Lasting, tuple[VerdictCell, ...]]] = []
        for lasting, of_duration in groupby(of_term, key=lambda pair: pair[0].lasting):
            row = tuple(cell for _, cell in of_duration)
            if told and told[-1][1] == row:
                lasting = replace(lasting, beyond=told.pop()[0].beyond)
            told.append((lasting, row))
        found.setdefault(tuple(told), []).append(term)
    for durations, terms in found.items():
        for lasting, row in durations:
            until = UTC.text(lasting.until)
            yield DurationRow(terms=tuple(terms), lasts=lasting.words, until=until, cells=row)
