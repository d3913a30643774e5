"""From a rule set to formulas, one small program for each signature of terms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.dlt import formula as f
from app.domain.dlt.build import Builder, Signature
from app.domain.dlt.facts import FROM_AN_INSTANT, Fact
from app.domain.dlt.rule import Criterion, ExceptionClause, RuleSet
from app.domain.dlt.simplify import Classes, Idle, classes_of, idle_facts


@dataclass(frozen=True, slots=True, kw_only=True)
class TermFacts:
    """What a program has to know of a term."""

    name: str
    laboratory: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A rule set with its readings decided, ready to judge runs of events."""

    rules: RuleSet
    facts: tuple[Fact, ...]
    groups: Mapping[str, tuple[str, ...]]
    """Terms by the groups of the protocol."""
    signatures: tuple[Signature, ...]
    signature_of_term: Mapping[str, int]
    term_classes: tuple[tuple[int, bool], ...]
    """Every (signature, laboratory) that a term may have: what an unresolved term may be."""
    judgements: tuple[tuple[f.Judgement, ...], ...]
    """By signature."""
    asked: NDArray[np.bool_]
    """Which facts matter. Shape (signatures, facts)."""
    asked_both_ways: NDArray[np.bool_]
    """Which facts some part asks to hold and another not to hold. Shape (signatures, facts)."""
    settles: Idle
    classes: Mapping[int, Classes]
    """By grade of the criteria."""
    asks_baseline: NDArray[np.bool_]
    """By signature."""
    joins: tuple[int, ...]
    """The facts that hold from an instant or a step on: rows of `Columns.since_first`."""
    least_grade: int
    """No event below this grade can be a DLT or be referred."""

    def fact(self, kind: str) -> int | None:
        """Row of the only fact of a kind, where the rules ask for it."""
        return next((row for row, fact in enumerate(self.facts) if fact.kind == kind), None)

    def criterion(self, clause: str) -> Criterion:
        """A criterion by its id."""
        return next(each for each in self.rules.criteria if each.id == clause)

    def exception(self, clause: str) -> ExceptionClause:
        """An exception by its id."""
        return next(each for each in self.rules.exceptions if each.id == clause)


def program_of(
    rules: RuleSet, groups: Mapping[str, tuple[str, ...]], terms: Iterable[TermFacts]
) -> Program:
    """Compile a rule set.

    `groups` maps names to terms; `terms` are all terms of the dictionary and the protocol.
    Raises `BadProtocol` where a clause could be un-made by the mere passing of time.
    """
    builder = Builder(rules, groups)
    every_term = tuple(terms)
    names = {term.name: builder.signature(term.name) for term in every_term}
    signatures = tuple(sorted(set(names.values()) | {()}))
    builder.weigh(len(signatures))
    number = {signature: index for index, signature in enumerate(signatures)}
    judgements = tuple(tuple(builder.judgement(c, s) for c in rules.criteria) for s in signatures)
    builder.raise_faults()
    facts = tuple(builder.facts)
    asked = np.zeros((len(signatures), len(facts)), dtype=np.bool_)
    both_ways = np.zeros_like(asked)
    baseline = np.zeros(len(signatures), dtype=np.bool_)
    for row, judged in enumerate(judgements):
        both_ways[row, sorted(f.asked_both_ways(*(each.whole for each in judged)))] = True
        for each in judged:
            asked[row, sorted(f.facts_in(each.whole))] = True
            baseline[row] |= any(_of_baseline(node) for node in f.walk(each.whole))
    referral = rules.refer_to_committee
    return Program(
        rules=rules,
        facts=facts,
        groups=groups,
        signatures=signatures,
        signature_of_term={name: number[signature] for name, signature in names.items()},
        term_classes=tuple(
            sorted(
                {(number[names[t.name]], t.laboratory) for t in every_term} | {(number[()], False)}
            )
        ),
        judgements=judgements,
        asked=asked,
        asked_both_ways=both_ways,
        settles=idle_facts(judgements, asked),
        classes={c.grade: classes_of(judgements, c.grade) for c in rules.criteria},
        asks_baseline=baseline,
        joins=tuple(row for row, fact in enumerate(facts) if fact.kind in FROM_AN_INSTANT),
        least_grade=min(
            [c.grade for c in rules.criteria] + ([referral.grade] if referral else [])
        ),
    )


def _of_baseline(node: f.Formula) -> bool:
    return isinstance(node, f.RunRises) or (
        isinstance(node, f.Exceeded) and node.clock.stop == "baseline"
    )
