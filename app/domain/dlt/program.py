"""From a rule set to formulas, one small program for each signature of terms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from app.domain.dlt import formula as f
from app.domain.dlt.clauses import asked_of_terms, conditions_in
from app.domain.dlt.facts import Fact
from app.domain.dlt.rule import (
    AllOf,
    AlternativeCauseIs,
    Always,
    AnyOf,
    Condition,
    Criterion,
    ExceptionClause,
    FactIs,
    HasCompanion,
    HasIntervention,
    InGroup,
    IsLaboratory,
    IsRelated,
    IsSerious,
    IsSignificant,
    IsTerm,
    Lasts,
    Not,
    NumberIs,
    OtherCrsSymptoms,
    Peak,
    Recovers,
    Related,
    RuledBy,
    RuleSet,
)
from app.domain.dlt.simplify import Classes, Idle, classes_of, idle_facts
from app.domain.errors import BadProtocol, Fault
from app.domain.grade import DEATH

Signature = tuple[str, ...]
"""The groups and named terms, among those that the rules ask for, that a term belongs to."""


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
    settles: Idle
    classes: Mapping[int, Classes]
    """By grade of the criteria."""
    asks_baseline: NDArray[np.bool_]
    """By signature."""
    joins: tuple[int, ...]
    """The facts that hold from an instant on: rows of `Columns.since_first` and `since_last`."""
    least_grade: int
    """No event below this grade can be a DLT or be referred."""

    def fact(self, kind: str) -> int | None:
        """Row of the only fact of a kind, where the rules ask for it."""
        return next((row for row, fact in enumerate(self.facts) if fact.kind == kind), None)


def program_of(
    rules: RuleSet, groups: Mapping[str, tuple[str, ...]], terms: Iterable[TermFacts]
) -> Program:
    """Compile a rule set.

    `groups` maps names to terms; `terms` are all terms of the dictionary and the protocol.
    Raises `BadProtocol` where a clause could be un-made by the mere passing of time.
    """
    builder = _Builder(rules, groups)
    every_term = tuple(terms)
    names = {term.name: builder.signature(term.name) for term in every_term}
    signatures = tuple(sorted(set(names.values()) | {()}))
    builder.weigh(len(signatures))
    number = {signature: index for index, signature in enumerate(signatures)}
    judgements = tuple(tuple(builder.judgement(c, s) for c in rules.criteria) for s in signatures)
    builder.raise_faults()
    facts = tuple(builder.facts)
    asked = np.zeros((len(signatures), len(facts)), dtype=np.bool_)
    baseline = np.zeros(len(signatures), dtype=np.bool_)
    for row, judged in enumerate(judgements):
        for each in judged:
            asked[row, sorted(f.facts_in(each.whole))] = True
            baseline[row] |= any(
                isinstance(n, f.Exceeded) and n.stop == "baseline" for n in f.walk(each.whole)
            )
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
        settles=idle_facts(judgements, asked),
        classes={c.grade: classes_of(judgements, c.grade) for c in rules.criteria},
        asks_baseline=baseline,
        joins=tuple(row for row, fact in enumerate(facts) if fact.kind == "concurrent"),
        least_grade=min(
            [c.grade for c in rules.criteria] + ([referral.grade] if referral else [])
        ),
    )


#: Readings of conditions (clauses for each signature of terms) that compiling may take.
MOST_WORK = 200_000
MOST_FACTS = 64


class _Builder:
    """Turns conditions into formulas; negation is pushed to the leaves."""

    def __init__(self, rules: RuleSet, groups: Mapping[str, tuple[str, ...]]) -> None:
        self.rules = rules
        self.groups = groups
        self.facts: list[Fact] = []
        self.faults: dict[str, str] = {}
        self._asked = asked_of_terms(rules)
        self._place = ""
        self._limit_stays = False

    def weigh(self, signatures: int) -> None:
        """Refuse rules that take too long to compile: a clause is read for each signature."""
        conditions = sum(1 for _ in conditions_in(self.rules))
        work = signatures * len(self.rules.criteria) * (conditions + 1)
        if work > MOST_WORK:
            message = (
                f"{len(self.rules.criteria)} criteria and {conditions} conditions for "
                f"{signatures} kinds of terms are {work} readings; {MOST_WORK} are the most. Use "
                "fewer clauses, or larger groups"
            )
            fault = Fault(pointer="/dlt", message=message, code="too_large")
            raise BadProtocol("definition of a DLT", (fault,))

    def raise_faults(self) -> None:
        if self.faults:
            faults = tuple(
                Fault(pointer=p, message=m, code="not_monotone") for p, m in self.faults.items()
            )
            raise BadProtocol("definition of a DLT", faults)

    def signature(self, term: str) -> Signature:
        """What the rules can tell about a term."""
        told = [f"group:{g}" for g in sorted(self._asked[0]) if term in self.groups.get(g, ())]
        told += [f"term:{t}" for t in sorted(self._asked[1]) if t == term]
        told += [
            f"symptom:{s.term}"
            for s in self.rules.syndromes
            if term in s.symptoms and term not in s.own_clause
        ]
        return tuple(told)

    def fact(self, fact: Fact) -> int:
        if fact not in self.facts:
            self.facts.append(fact)
            if len(self.facts) > MOST_FACTS:
                message = f"more than {MOST_FACTS} different facts are asked for"
                fault = Fault(pointer="/dlt", message=message, code="too_large")
                raise BadProtocol("definition of a DLT", (fault,))
        return self.facts.index(fact)

    def judgement(self, criterion: Criterion, signature: Signature) -> f.Judgement:
        self._place = f"/dlt/criteria/{self.rules.criteria.index(criterion)}"
        counts = self._counts(signature, criterion.grade)
        when = self._of(criterion.when, signature, criterion.grade, holds=True)
        own: f.Formula = f.Reached()
        if criterion.longer_than is not None:
            own = f.Exceeded(criterion.grade, criterion.grade - 1, criterion.longer_than)
        parts = tuple(self._exception(e, criterion, signature) for e in self.rules.exceptions)
        concerned = tuple(part for part in parts if part.not_concerned is not f.TRUE)
        kept = [
            f.some(part.not_concerned, part.broken) for part in concerned if part.concerns is None
        ]
        general = f.every(
            own, *(part.not_concerned for part in concerned if part.concerns is not None)
        )
        replaced = [
            f.every(f.Reached(), part.concerns, part.broken)
            for part in concerned
            if part.concerns is not None
        ]
        whole = f.every(counts, when, f.some(general, *replaced), *kept)
        return f.Judgement(
            criterion=criterion.id,
            grade=criterion.grade,
            counts=counts,
            when=when,
            own=own,
            exceptions=concerned,
            whole=whole,
            clocks=tuple(node for node in f.walk(whole) if isinstance(node, f.Exceeded)),
        )

    def _counts(self, signature: Signature, grade: int) -> f.Formula:
        counts = self.rules.counts
        parts: list[f.Formula] = [f.Counted()]
        if counts.related is not None:
            parts.append(f.FactHolds(self._related(counts.related), True))
        if counts.unless is not None:
            parts.append(self._of(counts.unless, signature, grade, holds=False))
        if any(told.startswith("symptom:") for told in signature):
            parts.append(f.FactHolds(self.fact(Fact(kind="under_syndrome")), False))
        return f.every(*parts)

    def _related(self, related: Related) -> int:
        return self.fact(Fact(kind="related", subject=(related.agent,), related=related))

    def _exception(
        self, clause: ExceptionClause, criterion: Criterion, signature: Signature
    ) -> f.ExceptionPart:
        self._place = f"/dlt/exceptions/{self.rules.exceptions.index(clause)}"
        grade = criterion.grade
        concerns: f.Formula | None = None
        if criterion.id in clause.replaces:
            # Its limit stays in force when the run rises above the exception's grade: only the
            # exemption is lost.
            self._limit_stays = True
            concerns = self._of(clause.when, signature, grade, holds=True)
            self._limit_stays = False
        return f.ExceptionPart(
            clause=clause.id,
            not_concerned=self._of(clause.when, signature, grade, holds=False),
            broken=self._of(clause.limit, signature, grade, holds=False),
            concerns=concerns,
        )

    def _of(  # noqa: C901 - one case for each kind
        self, condition: Condition | None, signature: Signature, grade: int, *, holds: bool
    ) -> f.Formula:
        """The formula of a condition, or of its negation. A missing condition always holds."""
        match condition:
            case None:
                return f.TRUE if holds else f.FALSE
            case AllOf():
                parts = [self._of(part, signature, grade, holds=holds) for part in condition.all]
                return f.every(*parts) if holds else f.some(*parts)
            case AnyOf():
                parts = [self._of(part, signature, grade, holds=holds) for part in condition.any]
                return f.some(*parts) if holds else f.every(*parts)
            case Not():
                return self._of(condition.negated, signature, grade, holds=not holds)
            case InGroup():
                return f.TRUE if (f"group:{condition.group}" in signature) is holds else f.FALSE
            case IsTerm():
                return f.TRUE if (f"term:{condition.term}" in signature) is holds else f.FALSE
            case Always():
                return f.TRUE if condition.always is holds else f.FALSE
            case Peak():
                return self._peak(condition, grade, holds=holds)
            case HasCompanion():
                return self._companion(condition, grade, holds=holds)
            case Lasts() | Recovers():
                return self._clock(condition, grade, holds=holds)
            case _:
                return self._fact(condition, holds=holds)

    def _fact(  # noqa: C901 - one case for each kind
        self,
        condition: IsRelated
        | IsLaboratory
        | IsSignificant
        | HasIntervention
        | OtherCrsSymptoms
        | AlternativeCauseIs
        | FactIs
        | NumberIs
        | IsSerious
        | RuledBy,
        *,
        holds: bool,
    ) -> f.Formula:
        match condition:
            case IsRelated():
                return f.FactHolds(self._related(condition.related), holds)
            case IsLaboratory():
                return f.FactHolds(
                    self.fact(Fact(kind="laboratory")), condition.laboratory is holds
                )
            case IsSignificant():
                return f.FactHolds(
                    self.fact(Fact(kind="clinically_significant")),
                    condition.clinically_significant is holds,
                )
            case HasIntervention():
                return f.FactHolds(
                    self.fact(Fact(kind="intervention", subject=(condition.intervention,))), holds
                )
            case OtherCrsSymptoms():
                return f.FactHolds(
                    self.fact(Fact(kind="other_crs_symptoms")),
                    condition.other_crs_symptoms is holds,
                )
            case AlternativeCauseIs():
                return f.FactHolds(
                    self.fact(Fact(kind="alternative_cause", subject=condition.alternative_cause)),
                    holds,
                )
            case FactIs():
                return f.FactHolds(
                    self.fact(Fact(kind="fact", subject=(condition.fact,))),
                    condition.equals is holds,
                )
            case NumberIs():
                asked = condition.number
                return f.FactHolds(
                    self.fact(Fact(kind="number", subject=(asked.name,), number=asked)), holds
                )
            case IsSerious():
                return f.FactHolds(
                    self.fact(Fact(kind="serious", subject=(condition.serious,))), holds
                )
            case RuledBy():
                return f.FactHolds(
                    self.fact(Fact(kind="ruling", subject=(condition.ruling,))), holds
                )
            case _:
                assert_never(condition)

    def _companion(self, condition: HasCompanion, grade: int, *, holds: bool) -> f.Formula:
        if not holds:
            self.faults[self._place] = (
                "an event that comes later would un-make a DLT here: concurrent may stand in a "
                "criterion, and in an exception only within a not"
            )
            return f.FALSE
        asked = condition.concurrent
        fact = Fact(
            kind="concurrent",
            subject=(asked.group or asked.term or "",),
            companion=asked,
            while_grade=asked.while_grade or grade,
        )
        return f.Joins(self.fact(fact))

    def _peak(self, condition: Peak, grade: int, *, holds: bool) -> f.Formula:
        """Bounds of the peak, as far as they are monotone.

        A run that has reached a grade has reached it.
        """
        least, most = condition.peak.at_least, condition.peak.at_most
        reaches_least = f.TRUE if least <= grade else f.RunReaches(least)
        above_most = f.FALSE if most >= DEATH else f.RunReaches(most + 1)
        if holds:
            if above_most is not f.FALSE and not self._limit_stays:
                self.faults[self._place] = (
                    "a later rise would un-make a DLT here: peak at_most may only bound "
                    "the scope of an exception"
                )
            return reaches_least
        if reaches_least is not f.TRUE:
            self.faults[self._place] = (
                "a later rise would un-make a DLT here: peak at_least may not stand in "
                "the scope of an exception"
            )
        return above_most

    def _clock(self, condition: Lasts | Recovers, grade: int, *, holds: bool) -> f.Formula:
        match condition:
            case Lasts():
                run = condition.lasts
                limit = run.longer_than or run.no_longer_than
                exceeds = run.longer_than is not None
                if limit is None or (run.longer_than and run.no_longer_than):
                    self.faults[self._place] = (
                        "lasts needs exactly one of longer_than and no_longer_than"
                    )
                    return f.FALSE
                clock = f.Exceeded(run.grade, run.grade - 1, limit)
            case Recovers():
                recovery = condition.recovers
                exceeds = False
                clock = f.Exceeded(
                    recovery.clock_from_grade or grade, recovery.to, recovery.within
                )
            case _:
                assert_never(condition)
        if exceeds is not holds:
            self.faults[self._place] = (
                "the mere passing of time would un-make a DLT here: a criterion may ask "
                "that a grade lasts longer than "
                "a limit, an exception that it lasts no longer"
            )
        return clock
