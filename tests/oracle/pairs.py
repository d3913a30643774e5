"""A rule set and a record, judged by the core and by the oracle."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.domain.case import Subject
from app.domain.dlt.program import Program, TermFacts, program_of
from app.domain.dlt.rule import RuleSet
from app.domain.time import PartialTime, zone_of
from tests.oracle.comparison import Comparison, compare
from tests.oracle.completions import Recorded
from tests.oracle.engine import Answer, answers
from tests.oracle.facts import Term
from tests.oracle.strategies import GROUPS, LABORATORY, Data, cases, rule_sets

_RULES = TypeAdapter(RuleSet)
_SUBJECT = TypeAdapter(Subject)
KINDS = {"vasopressor": ("noradrenaline",), "oxygen": ("nasal cannula",)}
TERMS = tuple(Term(name, laboratory) for name, laboratory in LABORATORY.items())


class Judged:
    """Rules and a request that both sides judge."""

    rules: Data
    case: Data

    def program(self) -> Program:
        """The rules as the core compiles them."""
        raise NotImplementedError

    def recorded(self) -> Recorded:
        """The record that both judge."""
        raise NotImplementedError

    def answer(self) -> Answer:
        """The core's answer."""
        return answers([self.recorded()], self.program())[0]

    def compared(self, draws: int = 150) -> Comparison:
        """The core's answer beside those of the completions."""
        return compare(self.recorded(), self.answer(), zlib.crc32(repr(self).encode()), draws)


@dataclass(frozen=True)
class Pair(Judged):
    """Rules and a request, as data."""

    rules: Data
    case: Data

    def program(self) -> Program:
        """The rules as the core compiles them."""
        terms = [TermFacts(name=term.name, laboratory=term.laboratory) for term in TERMS]
        return program_of(_RULES.validate_python(self.rules), GROUPS, terms)

    def recorded(self) -> Recorded:
        """The record that both judge."""
        return recorded_of(_RULES.validate_python(self.rules), GROUPS, KINDS, self.case, TERMS)


def recorded_of(
    rules: RuleSet,
    groups: Mapping[str, tuple[str, ...]],
    kinds: Mapping[str, tuple[str, ...]],
    case: Data,
    terms: tuple[Term, ...],
) -> Recorded:
    """A request with one event, read."""
    subject = _SUBJECT.validate_python(case["subject"])
    event = subject.events[0]
    meant = tuple(term for term in terms if term.name == event.term)
    return Recorded(
        rules=rules,
        groups=groups,
        kinds=kinds,
        subject=subject,
        event=event,
        terms=meant or terms,
        zone=zone_of(case["time_zone"]),
        as_of=PartialTime(case["as_of"]),
    )


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """Generated rules with a generated request."""
    return Pair(draw(rule_sets()), draw(cases()))
