"""From conditions to formulas, for the terms of one signature."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, assert_never

from app.domain.dlt import formula as f
from app.domain.dlt.asked import Related
from app.domain.dlt.clauses import asked_of_terms, conditions_in, conditions_within
from app.domain.dlt.clock import Clock
from app.domain.dlt.facts import Fact
from app.domain.dlt.questions import FactCondition, asked_by
from app.domain.dlt.rule import (
    AllOf,
    Always,
    AnyOf,
    Condition,
    Criterion,
    ExceptionClause,
    HasCompanion,
    HasIntervention,
    InGroup,
    IsRelated,
    IsTerm,
    Lasts,
    Not,
    Peak,
    Recovers,
    Recurs,
    RuleSet,
    Shifts,
)
from app.domain.errors import BadProtocol, Fault
from app.domain.grade import DEATH

Signature = tuple[str, ...]
"""The groups and named terms, among those that the rules ask for, that a term belongs to."""


#: Readings of conditions (clauses for each signature of terms) that compiling may take.
MOST_WORK = 200_000
MOST_FACTS = 64
_SYMPTOM: Final = "symptom:"


class Builder:
    """Turns conditions into formulas; negation is pushed to the leaves."""

    def __init__(self, rules: RuleSet, groups: Mapping[str, tuple[str, ...]]) -> None:
        self.rules = rules
        self.groups = groups
        self.facts: list[Fact] = []
        self.faults: dict[str, Fault] = {}
        self._asked = asked_of_terms(rules)
        self._looked_at: dict[str, frozenset[str]] = {}
        self._of_criteria: dict[tuple[str, Signature], tuple[f.Formula, f.Formula, f.Formula]] = {}
        self._of_exceptions: dict[tuple[str, str, Signature], f.ExceptionPart] = {}
        self._judgements: dict[tuple[object, ...], f.Judgement] = {}
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
        """Refuse rules that time could un-make. Raises `BadProtocol`."""
        if self.faults:
            raise BadProtocol("definition of a DLT", tuple(self.faults.values()))

    def _not_monotone(self, message: str) -> None:
        at = self._place
        self.faults[at] = Fault(pointer=at, message=message, code="not_monotone")

    def _bad_clock(self, message: str) -> None:
        at = self._place
        self.faults[at] = Fault(pointer=at, message=message, code="bad_clock")

    def signature(self, term: str) -> Signature:
        """What the rules can tell about a term."""
        told = [f"group:{g}" for g in sorted(self._asked[0]) if term in self.groups.get(g, ())]
        told += [f"term:{t}" for t in sorted(self._asked[1]) if t == term]
        told += [
            f"{_SYMPTOM}{s.term}"
            for s in self.rules.syndromes
            if term in s.symptoms and term not in s.own_clause
        ]
        return tuple(told)

    def fact(self, fact: Fact) -> int:
        """The row of a fact, which is new where nothing asked for it before."""
        if fact not in self.facts:
            self.facts.append(fact)
            if len(self.facts) > MOST_FACTS:
                message = f"more than {MOST_FACTS} different facts are asked for"
                fault = Fault(pointer="/dlt", message=message, code="too_large")
                raise BadProtocol("definition of a DLT", (fault,))
        return self.facts.index(fact)

    def judgement(self, criterion: Criterion, signature: Signature) -> f.Judgement:
        """What a criterion asks of a run of such a term: one object for all of which it is alike.

        Most clauses look at few of the groups that a signature tells, so they are read once for
        what they look at.
        """
        place = self._place = f"/dlt/criteria/{self.rules.criteria.index(criterion)}"
        seen = place, self._seen(signature, self.rules.counts.unless, criterion.when)
        if seen not in self._of_criteria:
            self._of_criteria[seen] = (
                self._counts(signature, criterion.grade),
                self._of(criterion.when, signature, criterion.grade, holds=True),
                self._own(criterion),
            )
        parts = tuple(
            self._exception(each, criterion, place, signature)
            for each in self.rules.exceptions
            if each.bears_on(criterion.id)
        )
        concerned = tuple(part for part in parts if part.not_concerned is not f.TRUE)
        made_of = place, *self._of_criteria[seen], *concerned
        if made_of not in self._judgements:
            self._judgements[made_of] = f.judgement(
                criterion.id, criterion.grade, *self._of_criteria[seen], concerned
            )
        return self._judgements[made_of]

    def _seen(self, signature: Signature, *conditions: Condition | None) -> Signature:
        """As much of a signature as the conditions of the clause at this place look at."""
        if self._place not in self._looked_at:
            self._looked_at[self._place] = frozenset(
                _told_of(each)
                for each in conditions_within(conditions)
                if isinstance(each, InGroup | IsTerm)
            )
        asked = self._looked_at[self._place]
        return tuple(each for each in signature if each in asked or each.startswith(_SYMPTOM))

    def _own(self, criterion: Criterion) -> f.Formula:
        """The criterion's own grade and limit."""
        limit = criterion.longer_than or criterion.at_least
        if limit is None:
            return f.Reached()
        if criterion.longer_than and criterion.at_least:
            self._bad_clock("a criterion has one limit: longer_than or at_least")
        grade, reached = criterion.grade, criterion.longer_than is None
        return f.Exceeded(Clock(grade=grade, stop=grade - 1, limit=limit, reached=reached))

    def _counts(self, signature: Signature, grade: int) -> f.Formula:
        counts = self.rules.counts
        parts: list[f.Formula] = [f.Counted()]
        if counts.related is not None:
            parts.append(self._related(counts.related, holds=True))
        if counts.unless is not None:
            parts.append(self._of(counts.unless, signature, grade, holds=False))
        if any(told.startswith(_SYMPTOM) for told in signature):
            parts.append(f.FactHolds(self.fact(Fact(kind="under_syndrome")), False))
        return f.every(*parts)

    def _exception(
        self, clause: ExceptionClause, criterion: Criterion, of: str, signature: Signature
    ) -> f.ExceptionPart:
        """A clause beside the criterion at `of`."""
        self._place = f"/dlt/exceptions/{self.rules.exceptions.index(clause)}"
        seen = self._place, of, self._seen(signature, clause.when, clause.limit)
        if seen not in self._of_exceptions:
            self._of_exceptions[seen] = self._beside(clause, criterion, signature)
        return self._of_exceptions[seen]

    def _beside(
        self, clause: ExceptionClause, criterion: Criterion, signature: Signature
    ) -> f.ExceptionPart:
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
            case InGroup() | IsTerm():
                return f.TRUE if (_told_of(condition) in signature) is holds else f.FALSE
            case Always():
                return f.TRUE if condition.always is holds else f.FALSE
            case Peak():
                return self._peak(condition, grade, holds=holds)
            case Shifts():
                return self._shift(condition, holds=holds)
            case IsRelated():
                return self._related(condition.related, holds=holds)
            case HasCompanion():
                return self._companion(condition, grade, holds=holds)
            case Recurs():
                return self._occurrence(condition, grade, holds=holds)
            case HasIntervention():
                return self._intervention(condition, grade, holds=holds)
            case Lasts() | Recovers():
                return self._clock(condition, grade, holds=holds)
            case _:
                return self._fact(condition, holds=holds)

    def _fact(self, condition: FactCondition, *, holds: bool) -> f.Formula:
        fact, wanted = asked_by(condition)
        return f.FactHolds(self.fact(fact), wanted is holds)

    def _related(self, related: Related, *, holds: bool) -> f.Formula:
        """A question for each agent, so that what is missing can be told of each."""
        asked = [
            Fact(kind="related", subject=each.agents, related=each) for each in related.of_each
        ]
        parts = [f.FactHolds(self.fact(each), holds) for each in asked]
        return f.some(*parts) if holds else f.every(*parts)

    def _intervention(self, condition: HasIntervention, grade: int, *, holds: bool) -> f.Formula:
        asked = condition.intervention
        if isinstance(asked, str):
            return f.FactHolds(self.fact(Fact(kind="intervention", subject=(asked,))), holds)
        if asked.within is not None:
            fact = Fact(
                kind="intervention_start", subject=(asked.label,), timed=asked, while_grade=grade
            )
            number = self.fact(fact)
            return f.Joins(number) if holds else f.Lapsed(number, asked.limit)
        if not holds:
            self._not_monotone(
                "the mere passing of time would un-make a DLT here: a criterion may ask that an "
                "intervention lasts longer than a limit, an exception only within a not"
            )
            return f.FALSE
        return f.Joins(
            self.fact(Fact(kind="intervention_duration", subject=(asked.label,), timed=asked))
        )

    def _companion(self, condition: HasCompanion, grade: int, *, holds: bool) -> f.Formula:
        if not holds:
            self._not_monotone(
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

    def _occurrence(self, condition: Recurs, grade: int, *, holds: bool) -> f.Formula:
        if not holds:
            self._not_monotone(
                "another occurrence would un-make a DLT here: occurrence may stand in a "
                "criterion, and in an exception only within a not"
            )
            return f.FALSE
        asked = condition.occurrence
        counted = replace(asked, grade=asked.grade or grade)
        fact = Fact(kind="occurrence", subject=(counted.words,), occurrence=counted)
        return f.IsNth(self.fact(fact), counted.grade or grade)

    def _shift(self, condition: Shifts, *, holds: bool) -> f.Formula:
        if not holds:
            self._not_monotone(
                "a later rise would un-make a DLT here: shift may only stand in a criterion, and "
                "in an exception only within a not"
            )
        return f.RunRises(condition.shift.at_least)

    def _peak(self, condition: Peak, grade: int, *, holds: bool) -> f.Formula:
        """Bounds of the peak, as far as they are monotone.

        A run that has reached a grade has reached it.
        """
        least, most = condition.peak.at_least, condition.peak.at_most
        reaches_least = f.TRUE if least <= grade else f.RunReaches(least)
        above_most = f.FALSE if most >= DEATH else f.RunReaches(most + 1)
        if holds:
            if above_most is not f.FALSE and not self._limit_stays:
                self._not_monotone(
                    "a later rise would un-make a DLT here: peak at_most may stand in the when "
                    "of an exception, and in a criterion only within a not"
                )
            return reaches_least
        if reaches_least is not f.TRUE:
            self._not_monotone(
                "a later rise would un-make a DLT here: peak at_least may stand in a "
                "criterion, and in the when of an exception only within a not"
            )
        return above_most

    def _clock(self, condition: Lasts | Recovers, grade: int, *, holds: bool) -> f.Formula:
        match condition:
            case Lasts():
                run, exceeds = condition.lasts, condition.lasts.exceeds
                if len(run.limits) != 1:
                    self._bad_clock(
                        "lasts needs exactly one of longer_than, at_least, no_longer_than and "
                        "shorter_than"
                    )
                    return f.FALSE
                clock = Clock(
                    grade=run.grade,
                    stop=run.grade - 1,
                    limit=run.limits[0],
                    reached=run.reached,
                    counted_from=run.counted_from,
                    total=run.total,
                )
            case Recovers():
                recovery, exceeds = condition.recovers, False
                clock = Clock(
                    grade=recovery.clock_from_grade or grade,
                    stop=recovery.to,
                    limit=recovery.within,
                    counted_from=recovery.counted_from,
                )
            case _:
                assert_never(condition)
        self._count(clock)
        if exceeds is not holds:
            way = (
                "a criterion may ask that a grade lasts longer than a limit, an exception that it "
                "lasts no longer"
                if isinstance(condition, Lasts)
                else "in a criterion, write not: {recovers: …}; in an exception, leave the not out"
            )
            self._not_monotone(f"the mere passing of time would un-make a DLT here: {way}")
        return f.Exceeded(clock)

    def _count(self, clock: Clock) -> None:
        """Refuse clocks of which nobody could say from where they are counted."""
        if clock.total and clock.counted_from != "onset":
            self._bad_clock(
                "a total adds up stretches from their onsets, so it cannot be counted from an "
                "infusion: leave out total or counted_from"
            )
        if clock.counted_from == "infusion" and self.rules.window.anchor == "first_infusion":
            self._bad_clock(
                "the window knows the first infusion alone: write counted_from: first_infusion"
            )


def _told_of(condition: InGroup | IsTerm) -> str:
    """What the signature of a term tells for which the condition holds."""
    if isinstance(condition, InGroup):
        return f"group:{condition.group}"
    return f"term:{condition.term}"
