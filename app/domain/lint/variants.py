"""A document's readings, one option at a time, and changes of single clauses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from app.domain.adjudication.protocol import ReadyProtocol, Rules
from app.domain.adjudication.result import VerdictWord
from app.domain.dlt.columns import Index
from app.domain.dlt.judge import Verdict
from app.domain.dlt.protocol import Document
from app.domain.dlt.readings import Decided, decide
from app.domain.dlt.rule import Always, Criterion, ExceptionClause, RuleSet
from app.domain.lint.bench import Bench, Verdicts, concerned
from app.domain.lint.finding import Answer, Example
from app.domain.lint.profiles import Profile
from app.domain.lint.records import ZONE, as_json, words_of
from app.domain.lint.shapes import Shape
from app.domain.time import ALWAYS, NEVER, zone_of

MOST_OPTIONS: Final = 120
"""Options beside the defaults that are tried; further ones are told as not examined."""
_SAMPLE: Final = 8
AS_WRITTEN: Final = "as written"
_WORDS: Final[tuple[VerdictWord, ...]] = ("NOT_DLT", "DLT", "PENDING", "UNDETERMINED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option of a reading beside its default, all other readings as decided."""

    reading: str
    name: str
    decided: Decided

    @property
    def label(self) -> str:
        """`R-SPEC: specific-limit-only-exempts`."""
        return f"{self.reading}: {self.name}"


def options_of(document: Document) -> tuple[Option, ...]:
    """Every option that is not the default of its reading."""
    return tuple(
        Option(reading=each.id, name=name, decided=decide(document, {each.id: name}))
        for each in document.readings
        for name in each.options
        if name != each.default
    )


class Workshop:
    """A protocol's boundary cases, its readings, and changes of its clauses."""

    def __init__(self, ready: ReadyProtocol, decided: Decided) -> None:
        self.ready = ready
        every = options_of(ready.document)
        self.options = every[:MOST_OPTIONS]
        self.not_examined = every[MOST_OPTIONS:]
        self.bench = Bench(ready, (decided, *(each.decided for each in self.options)))
        self.base = self.bench.base
        self.rules: RuleSet = self.base.decided.rules

    @cached_property
    def written(self) -> Verdicts:
        """What the document decides of all cases."""
        return self.bench.judged(self.base)

    @cached_property
    def by_option(self) -> tuple[tuple[Option, Rules], ...]:
        """Every option with its rules."""
        return tuple(zip(self.options, self.bench.variants[1:], strict=True))

    def changed(
        self, rules: RuleSet, within: Rules | None = None, *, about: str | None = None
    ) -> Rules:
        """Other rules in the place of the document's, or of those of an option.

        With `about`, for the terms alone that this clause may concern.
        """
        unchanged = within or self.base
        terms = None if about is None else concerned(unchanged.program, about)
        return self.bench.compiled(unchanged.decided, rules, terms)

    def unlike(self, one: Rules, other: Rules, rows: Index) -> Index:
        """Cases that two variants decide otherwise; none only where there are none.

        Every eighth is tried first: where many differ, a few of them are enough.
        """
        for part in (rows[::_SAMPLE], rows):
            judged = self.written.of(part) if one is self.base else self.bench.judged(one, part)
            found = judged.unlike(self.bench.judged(other, part))
            if found.size:
                return found
        return rows[:0]

    def rows_of(self, clause: str, rules: Rules | None = None) -> Index:
        """The cases of terms that a clause may concern."""
        return self.bench.rows_of_terms(concerned((rules or self.base).program, clause))

    def plainest(self, rows: Index) -> int:
        """The case that a reader takes in first."""
        cases = self.bench.cases

        def rank(row: int) -> tuple[tuple[int, ...], int]:
            return cases.shapes[cases.shape[row]].plainness, int(cases.profile[row])

        return min((int(row) for row in rows), key=rank)

    def example(self, row: int, under: Sequence[tuple[str, Rules]]) -> Example:
        """A case with its verdict under each of some rules."""
        subject = self.bench.subject(row, under[0][1])
        shape = self.bench.cases.shapes[self.bench.cases.shape[row]]
        return Example(
            says=words_of(shape, subject),
            as_of=self.bench.as_of.text,
            subject=as_json(subject),
            answers=tuple(self._answer(row, label, rules) for label, rules in under),
        )

    def worked(
        self, shape: Shape, profile: Profile, under: Sequence[tuple[str, Rules]]
    ) -> Example:
        """A case that is none of the boundary cases, with its verdict under some rules."""
        first = under[0][1]
        subject = self.bench.record(shape, profile, first)
        return Example(
            says=words_of(shape, subject),
            as_of=self.bench.as_of.text,
            subject=as_json(subject),
            answers=tuple(
                _told(label, self.bench.judged_alone(shape, profile, rules))
                for label, rules in under
            ),
        )

    def _answer(self, row: int, label: str, rules: Rules) -> Answer:
        return _told(label, self.bench.judged(rules, np.array([row])))


def _told(label: str, found: Verdicts) -> Answer:
    """What was decided of one case."""
    at = int(found.at[0])
    return Answer(
        under=label,
        verdict=_WORDS[Verdict(int(found.verdict[0]))],
        at=zone_of(ZONE).text(at) if ALWAYS < at < NEVER else None,
    )


def without(rules: RuleSet, *clauses: str) -> RuleSet:
    """The rules as if these criteria and exceptions were not in them."""
    return replace(
        rules,
        criteria=tuple(
            replace(each, when=Always(always=False)) if each.id in clauses else each
            for each in rules.criteria
        ),
        exceptions=tuple(each for each in rules.exceptions if each.id not in clauses),
    )


def with_exceptions(rules: RuleSet, *exceptions: ExceptionClause) -> RuleSet:
    """The rules with these exceptions only."""
    return replace(rules, exceptions=exceptions)


def alone(rules: RuleSet, criterion: Criterion) -> RuleSet:
    """The rules with one criterion and no exception."""
    return replace(rules, criteria=(criterion,), exceptions=())


def replacing(rules: RuleSet, clause: str, criteria: Sequence[str]) -> RuleSet:
    """The rules where an exception replaces these criteria, and no other."""
    return replace(
        rules,
        exceptions=tuple(
            replace(each, replaces=tuple(criteria)) if each.id == clause else each
            for each in rules.exceptions
        ),
    )
