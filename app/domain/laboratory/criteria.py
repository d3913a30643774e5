"""The numeric criteria of a dictionary's terms, as data: what is measured, and what is a grade.

A grade is the highest whose clause is met, so each clause states only the edge at which its grade
begins; the printed end of a band is where the next grade begins. Printed bands that leave a gap
(QTc 480 to 481 ms) are read as half-open: a band begins at its printed number.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from app.domain.errors import Fault, Unusable
from app.domain.quantities import Word, faults_of

STRICT = ConfigDict(extra="forbid")
NUMERIC_GRADES = (1, 2, 3, 4)


class BadCriteria(Unusable):
    """The criteria document cannot be used."""

    code = "bad_criteria"
    kind = "Criteria document"


class Limit(StrEnum):
    """What a threshold is told from, where it is not a number of its own."""

    ULN = "ULN"
    LLN = "LLN"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absolute:
    """A number in each unit in which the dictionary prints it."""

    printed: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiple:
    """So many times a limit."""

    factor: Fraction
    of: Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """A limit plus an amount, below it where the amount is negative; the amount has a unit."""

    of: Limit
    amount: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Percent:
    """The baseline changed by so many percent of it; a fall is negative."""

    change: Decimal


Threshold = Absolute | Multiple | Offset | Percent

_NUMBER = r"(?P<number>\d+(?:\.\d+)?)"
_MULTIPLE = re.compile(rf"{_NUMBER} x (?P<of>ULN|LLN|baseline)", re.ASCII)
_AMOUNT = re.compile(rf"{_NUMBER}(?: +(?P<unit>\S.*))?", re.ASCII)
_OFFSET = re.compile(rf"(?P<of>ULN|LLN|baseline) (?P<sign>[+-]) {_NUMBER} (?P<unit>\S+)", re.ASCII)


def _threshold(value: Any) -> Any:
    """Read `1.5 x ULN`, `baseline + 60 ms`, `baseline - 25 %` or `{unit: number, …}`."""
    if isinstance(value, Mapping) and value:
        return Absolute(printed=tuple((unit, _number(text)) for unit, text in value.items()))
    read = _relative(value) if isinstance(value, str) else None
    if read is None:
        raise ValueError(
            f"{value!r} is no threshold: write '1.5 x ULN', 'baseline + 60 ms', "
            "'baseline - 25 %', or a number for each unit"
        )
    return read


def _number(text: Any) -> Decimal:
    if not isinstance(text, str) or not re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        raise ValueError(f"{text!r} is no number: write it as text, such as '10.0'")
    return Decimal(text)


def _relative(text: str) -> Multiple | Offset | Percent | None:
    if found := _MULTIPLE.fullmatch(text):
        return Multiple(factor=Fraction(found["number"]), of=Limit(found["of"]))
    found = _OFFSET.fullmatch(text)
    if found is None:
        return None
    amount = Decimal(found["sign"] + found["number"])
    if found["unit"] != "%":
        return Offset(of=Limit(found["of"]), amount=amount, unit=found["unit"])
    return Percent(change=amount) if found["of"] == Limit.BASELINE else None


def threshold_of(text: str) -> Threshold | None:
    """A threshold in one line: `3 x ULN`, `baseline - 25 %`, `200 mg/dL`, or `1.5` of what has no
    unit; None where it is none.
    """
    relative, amount = _relative(text), _AMOUNT.fullmatch(text)
    if relative is not None or amount is None:
        return relative
    return Absolute(printed=((amount["unit"] or "1", Decimal(amount["number"])),))


def _listed(value: Any) -> Any:
    """One threshold stands for a list of one."""
    return value if isinstance(value, list | tuple) else [value]


AThreshold = Annotated[Threshold, BeforeValidator(_threshold)]
Thresholds = Annotated[tuple[AThreshold, ...], BeforeValidator(_listed)]
Grades = Annotated[int, Field(ge=1, le=4)]


class Edge(StrEnum):
    """On which side of its threshold a value meets a clause."""

    BELOW = "below"
    AT_MOST = "at_most"
    ABOVE = "above"
    AT_LEAST = "at_least"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One way to reach a grade: thresholds that all hold, under conditions, or a fact alone.

    Each edge has one threshold, or a list of them.
    `baseline` says for which baselines the clause is written. `given` are facts that must hold
    and `unless` facts that must not; facts are what a form can tell beside the number.
    `alone` marks a fact that counts whatever the number is: treatment may have mended it.
    `implied` marks a number that the text says in words only ("laboratory finding").
    """

    __pydantic_config__ = STRICT

    below: Thresholds = ()
    at_most: Thresholds = ()
    above: Thresholds = ()
    at_least: Thresholds = ()
    baseline: Literal["normal", "abnormal"] | None = None
    given: tuple[Word, ...] = ()
    unless: tuple[Word, ...] = ()
    analyte: Word | None = None
    implied: bool = False
    alone: bool = False

    @property
    def bounds(self) -> Iterator[tuple[Edge, Threshold]]:
        """Each edge with its threshold."""
        for edge in Edge:
            for threshold in getattr(self, edge.value):
                yield edge, threshold

    @property
    def numeric(self) -> bool:
        """Whether a number has a part in it."""
        return any(True for _ in self.bounds)

    def serves(self, analyte: str) -> bool:
        """Whether the clause is written for this analyte."""
        return self.analyte is None or self.analyte == analyte


@dataclass(frozen=True, slots=True, kw_only=True)
class TermCriteria:
    """The criteria of one term.

    `analytes` are the measurements that can grade it. `absent`, where given, is the clause under
    which the term is surely absent; else it is absent where no numeric clause can be met.
    `note` says in our own words how a silent or misprinted point is read.
    """

    __pydantic_config__ = STRICT

    term: str
    code: Annotated[int, Field(ge=10_000_000)]
    direction: Literal["low", "high", "change"]
    analytes: tuple[Word, ...]
    grades: dict[Grades, tuple[Clause, ...]]
    adults_only: bool = False
    absent: Clause | None = None
    note: str | None = None

    def clauses(self, analyte: str) -> Iterator[tuple[int, int, Clause]]:
        """(grade, number of the clause within the grade, clause) for this analyte, rising."""
        for grade in NUMERIC_GRADES:
            for number, clause in enumerate(self.grades.get(grade, ()), start=1):
                if clause.serves(analyte):
                    yield grade, number, clause

    @property
    def facts(self) -> frozenset[str]:
        """Every fact that a clause asks for."""
        return frozenset(
            fact
            for clauses in self.grades.values()
            for clause in clauses
            for fact in (*clause.given, *clause.unless)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """A criteria document: the terms of one dictionary that numbers can grade."""

    __pydantic_config__ = STRICT

    id: str
    title: str
    dictionary: str
    source: str
    terms: tuple[TermCriteria, ...]
    facts: dict[Word, str]
    """What each fact means, in our own words."""
    symptoms: tuple[Word, ...] = ()
    """The facts that a policy may take as present where a number stands beside them."""
    not_here: dict[str, str] = field(default_factory=dict)
    """Terms whose text has numbers that one result cannot be held against, and why."""


_CRITERIA = TypeAdapter(Criteria)


def read_criteria(document: Mapping[str, Any]) -> Criteria:
    """Validate a criteria document. Raises BadCriteria with every fault."""
    name = str(document.get("id", "(without id)"))
    try:
        criteria = _CRITERIA.validate_python(document)
    except ValidationError as error:
        raise BadCriteria(name, faults_of(error)) from error
    if faults := tuple(_faults(criteria)):
        raise BadCriteria(name, faults)
    return criteria


def _faults(criteria: Criteria) -> Iterator[Fault]:
    seen: set[str] = set()
    asked: set[str] = set()
    if not criteria.terms:
        yield Fault(pointer="/terms", message="there are none")
    for number, term in enumerate(criteria.terms):
        at = f"/terms/{number}"
        if term.term in seen:
            yield Fault(pointer=at, message=f"{term.term!r} stands twice")
        if term.term in criteria.not_here:
            yield Fault(pointer=at, message=f"{term.term!r} stands in not_here too")
        seen.add(term.term)
        asked |= term.facts
        for fact in sorted(term.facts - set(criteria.facts)):
            yield Fault(pointer=at, message=f"fact {fact!r} is not among the document's facts")
        yield from _term_faults(at, term)
    for fact in sorted(set(criteria.facts) - asked):
        yield Fault(pointer=f"/facts/{fact}", message="no clause asks for it")
    for fact in sorted(set(criteria.symptoms) - set(criteria.facts)):
        yield Fault(pointer="/symptoms", message=f"{fact!r} is not among the document's facts")


def _term_faults(at: str, term: TermCriteria) -> Iterator[Fault]:
    if not term.analytes:
        yield Fault(pointer=f"{at}/analytes", message="there are none")
    for analyte in term.analytes:
        if not any(clause.numeric for _, _, clause in term.clauses(analyte)):
            yield Fault(pointer=at, message=f"no number grades {term.term} by {analyte}")
    yield from _clause_faults(at, term)
    if term.absent is not None and not term.absent.numeric:
        yield Fault(pointer=f"{at}/absent", message="a clause without a number shows no absence")


def _clause_faults(at: str, term: TermCriteria) -> Iterator[Fault]:
    for grade, clauses in term.grades.items():
        for place, clause in enumerate(clauses):
            where = f"{at}/grades/{grade}/{place}"
            if clause.analyte is not None and clause.analyte not in term.analytes:
                yield Fault(pointer=where, message=f"{clause.analyte!r} is not its analyte")
            if not clause.numeric and (len(clause.given) != 1 or clause.unless):
                yield Fault(pointer=where, message="a clause without a number is one fact")
            if clause.numeric and clause.alone:
                yield Fault(pointer=where, message="a clause with a number does not stand alone")
