"""A rule set and a record, judged by the core and by the oracle."""

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.domain.case import Event, Subject
from app.domain.dlt.program import Program, TermFacts, program_of
from app.domain.dlt.rule import RuleSet
from app.domain.time import PartialTime, last_instant_of_cut, zone_of
from tests.oracle.comparison import Comparison, compare
from tests.oracle.completions import Recorded
from tests.oracle.engine import Answer, answers
from tests.oracle.facts import Term
from tests.oracle.requests import cases
from tests.oracle.strategies import GROUPS, LABORATORY, Data, rule_sets

_RULES = TypeAdapter(RuleSet)
_SUBJECT = TypeAdapter(Subject)
KINDS = {"vasopressor": ("noradrenaline",), "oxygen": ("nasal cannula",)}
TERMS = tuple(Term(name, laboratory) for name, laboratory in LABORATORY.items())


@dataclass(frozen=True, kw_only=True)
class ReadRules:
    """A rule set with what it needs, and as the core compiles it."""

    rules: RuleSet
    groups: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, Sequence[str]]
    terms: tuple[Term, ...]
    program: Program


def read_rules(rules: Data) -> ReadRules:
    """A generated rule set."""
    return _read(json.dumps(rules))


@lru_cache(maxsize=4)
def _read(rules: str) -> ReadRules:
    read = _RULES.validate_json(rules)
    terms = [TermFacts(name=term.name, laboratory=term.laboratory) for term in TERMS]
    program = program_of(read, GROUPS, terms)
    return ReadRules(rules=read, groups=GROUPS, kinds=KINDS, terms=TERMS, program=program)


@dataclass(frozen=True)
class Pair:
    """Rules and a request with one event, as data, and how to read the rules."""

    rules: Data
    case: Data
    read: Callable[[Data], ReadRules] = field(default=read_rules, repr=False)

    def program(self) -> Program:
        """The rules as the core compiles them."""
        return self.read(self.rules).program

    def recorded(self) -> Recorded:
        """The record that both judge."""
        read = self.read(self.rules)
        subject = _SUBJECT.validate_python(self.case["subject"])
        event = _known(subject.events[0], self.case)
        meant = tuple(term for term in read.terms if term.name == event.term)
        return Recorded(
            rules=read.rules,
            groups=read.groups,
            kinds=read.kinds,
            subject=subject,
            event=event,
            terms=meant or read.terms,
            zone=zone_of(self.case["time_zone"]),
            as_of=PartialTime(self.case["as_of"]),
        )

    def answer(self) -> Answer:
        """The core's answer."""
        return answers([self.recorded()], self.program())[0]

    def compared(self, draws: int = 150) -> Comparison:
        """The core's answer beside those of the completions."""
        return compare(self.recorded(), self.answer(), zlib.crc32(repr(self).encode()), draws)


def _known(event: Event, case: Data) -> Event:
    """The event without the interventions that lie after the cut."""
    zone = zone_of(case["time_zone"])
    cut = last_instant_of_cut(PartialTime(case["as_of"]), zone)
    given = event.interventions and tuple(
        each
        for each in event.interventions
        if each.start is None or each.start.span(zone).first <= cut
    )
    return replace(event, interventions=given)


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """Generated rules with a generated request."""
    return Pair(draw(rule_sets()), draw(cases()))


CASES: Final = 5
"""Requests for each rule set, where many pairs are drawn: compiling rules takes its time."""


@st.composite
def several(draw: st.DrawFn) -> list[Pair]:
    """The same generated rules with several requests."""
    rules = draw(rule_sets())
    return [Pair(rules, draw(cases())) for _ in range(CASES)]
