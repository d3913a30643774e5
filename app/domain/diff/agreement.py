"""How far two versions of a protocol judge alike: of which terms no rule says anything else.

An amendment mostly alters some limits. Of an event whose term none of them concerns, both versions
tell the same, whatever is recorded of it; and of one that they concern, the columns that the one
version was judged by serve the other as well, where it asks for no other facts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Final

import numpy as np

from app.domain.adjudication.protocol import ReadyProtocol, Rules
from app.domain.adjudication.series import LaboratoryRules
from app.domain.diff.clauses import clauses_altered, same_around
from app.domain.dlt import formula as f
from app.domain.dlt.boundaries import boundaries_of
from app.domain.dlt.columns import Columns
from app.domain.dlt.program import Program
from app.domain.dlt.protocol import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What is otherwise between two versions that agree on all that clauses rest on."""

    clauses: frozenset[str]
    """The ids of criteria and exceptions that one of them lacks, or says otherwise."""
    terms: frozenset[str]
    """The terms of the dictionary for which the rules come to something else."""
    facts: tuple[int, ...] | None
    """Where each fact of the new version stands among those of the old one; None where the new
    one asks for one that the old one does not.
    """
    grades_alike: bool
    """Whether laboratory results and assessments come to the same: what a limit asks of a grade
    decides which grades have to be told apart.
    """

    @property
    def alters_nothing(self) -> bool:
        """Whether nothing is otherwise of any term, nor of one that is not known: of that, what is
        missing may hang on the order of all facts.
        """
        in_order = self.facts is not None and list(self.facts) == sorted(self.facts)
        return not self.clauses and not self.terms and in_order


_OF_THE_TRIAL: Final = frozenset(
    {
        "version", "title", "source", "notes", "design", "stagger", "enrolment",
        "planned_subjects", "follow_up", "dlt",
    }
)  # fmt: skip
"""What a document says of other things than of verdicts, and the rules themselves, which are
compared by what they are compiled to.
"""


def agreement(old: ReadyProtocol, new: ReadyProtocol) -> Agreement | None:
    """What is otherwise between two versions.

    None where they differ in what every verdict rests on: the window, what counts, the clocks,
    groups, readings, how events are graded. Then nothing is known to be alike.
    """
    if old.rules is None or new.rules is None:
        return None
    altered = clauses_altered(old, new)
    alike = (
        same_around(old, new)
        and _said(old.document) == _said(new.document)
        and _touched(old.rules, new.rules) == _touched(new.rules, old.rules)
    )
    if not alike:
        return None
    return Agreement(
        clauses=altered,
        terms=_terms(old.rules.program, new.rules.program),
        facts=_places(old.rules, new.rules),
        grades_alike=_graded(old.laboratory) == _graded(new.laboratory)
        and _scaled(old, old.rules) == _scaled(new, new.rules),
    )


def carried_over(
    columns: Columns, terms: Sequence[str], old: Program, new: Program, facts: Sequence[int]
) -> Columns:
    """Columns that were made for the old version, for the new one.

    `terms` are those of the events; `facts` is where each of the new facts stands.
    """
    joins = [old.joins.index(facts[each]) for each in new.joins]
    return replace(
        columns,
        facts=columns.facts[list(facts)],
        since_first=columns.since_first[joins],
        since_last=columns.since_last[joins],
        since_assumed=columns.since_assumed[joins],
        signature=np.array([new.signature_of_term[each] for each in terms], dtype=np.int16),
    )


def _said(document: Document) -> Mapping[str, Any]:
    return {
        each.name: getattr(document, each.name)
        for each in fields(document)
        if each.name not in _OF_THE_TRIAL
    }


def _graded(laboratory: LaboratoryRules | None) -> Any:
    if laboratory is None:
        return None
    parts = (laboratory.grading, laboratory.policy, laboratory.boundaries, laboratory.own)
    return laboratory.catalogue.digest, *parts


def _scaled(protocol: ReadyProtocol, rules: Rules) -> Mapping[str, frozenset[int]]:
    """The lines between the grades of the terms that a scale grades. A clause may draw some for a
    term of which it comes to nothing.
    """
    decided = rules.decided
    return boundaries_of(decided.rules, decided.groups, protocol.document.grading.scales)


def _touched(rules: Rules, other: Rules) -> Mapping[str, Any]:
    """The readings that all parts of the definition rest on, but for clauses that the other one
    lacks: a clause names its readings of every event that it looks at, whatever it asks of it.
    """
    lacking = _clauses(rules) - _clauses(other)
    touched = rules.decided.touched
    return {part: readings for part, readings in touched.items() if part not in lacking}


def _clauses(rules: Rules) -> set[str]:
    decided = rules.decided.rules
    return {each.id for each in decided.criteria} | {each.id for each in decided.exceptions}


def _places(old: Rules, new: Rules) -> tuple[int, ...] | None:
    was, now = old.program.facts, new.program.facts
    return tuple(map(was.index, now)) if set(now) <= set(was) else None


def _terms(old: Program, new: Program) -> frozenset[str]:
    same: dict[tuple[int, int], bool] = {}
    found = set()
    for term, number in old.signature_of_term.items():
        pair = number, new.signature_of_term[term]
        if pair not in same:
            same[pair] = _rules(old, pair[0]) == _rules(new, pair[1])
        if not same[pair]:
            found.add(term)
    return frozenset(found)


def _rules(program: Program, signature: int) -> Any:
    """All that is asked of events of a signature, as values that can be compared.

    With the facts in the order in which what is missing is told.
    """
    judgements = tuple(as_value(each, program) for each in program.judgements[signature])
    facts = [program.facts[each] for each in np.flatnonzero(program.asked[signature])]
    return program.signatures[signature], judgements, facts


def as_value(value: Any, program: Program) -> Any:
    """A part of a judgement as a value that is equal to that of another one which asks the same:
    with the facts themselves where it has their numbers.
    """
    if isinstance(value, tuple):
        return tuple(as_value(each, program) for each in value)
    if isinstance(value, f.Joined):
        return type(value), as_value(value.parts, program)
    if not is_dataclass(value):
        return value
    parts = (
        program.facts[part] if name == "fact" else as_value(part, program)
        for name, part in ((each.name, getattr(value, each.name)) for each in fields(value))
    )
    return type(value), *parts
