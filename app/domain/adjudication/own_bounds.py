"""The bounds by which laboratory results grade a protocol's own terms, read and made ready.

A bound is one grade of a term of criteria, so that it is moved into the unit of a result, and
held against it, exactly as the criteria of a dictionary are (docs/grading-laboratory.md).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, assert_never

from app.domain.case import LaboratoryResult
from app.domain.dlt.measured import MeasuredGrade, ResultBound
from app.domain.dlt.protocol import Document
from app.domain.errors import BadProtocol, Fault
from app.domain.laboratory.analyte import AmbiguousAnalyte, Analyte
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.choice import Named, analyte_of
from app.domain.laboratory.criteria import (
    Absolute,
    Clause,
    Criteria,
    Offset,
    TermCriteria,
    Threshold,
    threshold_of,
)
from app.domain.laboratory.grading import Chosen
from app.domain.laboratory.reading import row_of

_OF_NO_TERM: Final = 0
"""In the place of a code of MedDRA, which a bound has not."""
_HOW: Final = "write '3 x ULN', '200 mg/dL', 'baseline + 60 ms' or 'baseline - 25 %'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A grade, and the bounds that give it while all hold at one time."""

    grade: int
    bounds: tuple[TermCriteria, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredTerm:
    """A term of the protocol's own, and the ways to be graded."""

    name: str
    ways: tuple[Way, ...]

    @property
    def analytes(self) -> frozenset[str]:
        """What it is measured by."""
        return frozenset(a for way in self.ways for bound in way.bounds for a in bound.analytes)


@dataclass(frozen=True, kw_only=True)
class OwnBounds:
    """The measured terms of a document. `catalogue` is of their bounds alone."""

    terms: tuple[MeasuredTerm, ...]
    catalogue: Catalogue
    source: str
    """Stands in sentences: "the bounds of EXAMPLE version 1"."""

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of the measured terms."""
        return frozenset(each.name for each in self.terms)

    def read(self, result: LaboratoryResult, main: Catalogue, named: Named) -> tuple[Chosen, ...]:
        """A result, for each bound that asks for its analyte; `main` are the other criteria."""
        analyte = analyte_of(result, main, named)
        if analyte is None:
            return ()
        return tuple(
            Chosen(
                term=bound,
                analyte=analyte,
                row=row_of(result, bound, analyte, self.catalogue),
            )
            for bound in self.catalogue.of_analyte(analyte.id)
        )


def own_bounds(document: Document, main: Catalogue | None) -> OwnBounds | None:
    """The measured terms of a document, with the analytes and units of `main`; None without any.

    Raises `BadProtocol` with every fault.
    """
    measured = [
        (f"/grading/own_terms/{number}/measured", own)
        for number, own in enumerate(document.grading.own_terms)
        if own.measured
    ]
    if not measured:
        return None
    if main is None:
        message = "there are no analytes here that results could be measured of"
        raise _bad(document, [_fault(measured[0][0], message)])
    faults: list[Fault] = []
    bounds: dict[str, TermCriteria] = {}
    terms = []
    for pointer, own in measured:
        ways = []
        for place, step in enumerate(own.measured):
            if step.grade not in own.grades:
                message = f"{own.term!r} has no grade {step.grade}: its grades are {own.grades}"
                faults.append(_fault(f"{pointer}/{place}/grade", message))
            ways.append(_way(step, f"{pointer}/{place}", main, bounds, faults))
        terms.append(MeasuredTerm(name=own.term, ways=tuple(ways)))
    if faults:
        raise _bad(document, faults)
    name = f"the bounds of {document.id} version {document.version}"
    criteria = Criteria(
        id=document.id,
        title=name,
        dictionary=document.grading.dictionary,
        source=name,
        terms=tuple(bounds.values()),
        facts=dict(main.criteria.facts),  # they are no bound's, and no other finding's
    )
    catalogue = Catalogue(
        criteria=criteria, analytes=main.analytes, units=main.units, digest=main.digest
    )
    return OwnBounds(terms=tuple(terms), catalogue=catalogue, source=name)


def _way(
    step: MeasuredGrade,
    pointer: str,
    main: Catalogue,
    bounds: dict[str, TermCriteria],
    faults: list[Fault],
) -> Way:
    found = []
    for place, bound in enumerate(step.all):
        told = list(_bound(bound, f"{pointer}/all/{place}", main))
        faults += [each for each in told if isinstance(each, Fault)]
        for each in told:
            if isinstance(each, TermCriteria):
                found.append(bounds.setdefault(each.term, each))
    return Way(grade=step.grade, bounds=tuple(found))


def _bound(bound: ResultBound, pointer: str, main: Catalogue) -> Iterator[TermCriteria | Fault]:
    """A bound as criteria of one grade, or what is wrong with it."""
    threshold = threshold_of(bound.at)
    if threshold is None:
        yield _fault(f"{pointer}/{bound.kind}", f"{bound.at!r} is no bound: {_HOW}")
        return
    analytes = []
    for place, text in enumerate(bound.analytes):
        match main.analytes.resolve(text):
            case Analyte() as analyte:
                analytes.append(analyte)
                if not _has_unit(analyte, threshold, main):
                    known = ", ".join(each.symbol for each in analyte.units)
                    message = (
                        f"{bound.at!r} has no unit of {analyte.title}, which are {known}: {_HOW}"
                    )
                    yield _fault(f"{pointer}/{bound.kind}", message)
            case AmbiguousAnalyte() as ambiguous:
                yield _fault(f"{pointer}/analytes/{place}", ambiguous.message)
            case None:
                message = (
                    f"the analyte {text!r} is not known: write an id, a CDISC test code or a "
                    "LOINC code of docs/units.md"
                )
                yield _fault(f"{pointer}/analytes/{place}", message)
            case _ as other:
                assert_never(other)
    ids = tuple(dict.fromkeys(each.id for each in analytes))
    yield TermCriteria(
        term=f"{' or '.join(ids)} {bound.kind.replace('_', ' ')} {bound.at}",
        code=_OF_NO_TERM,
        direction=_direction(bound),
        analytes=ids,
        grades={1: (_clause(bound, threshold),)},
    )


def _clause(bound: ResultBound, threshold: Threshold) -> Clause:
    asked, nothing = (threshold,), ()
    return Clause(
        above=nothing if bound.above is None else asked,
        at_least=nothing if bound.at_least is None else asked,
        below=nothing if bound.below is None else asked,
        at_most=nothing if bound.at_most is None else asked,
    )


def _direction(bound: ResultBound) -> Literal["low", "high"]:
    return "high" if bound.kind in {"above", "at_least"} else "low"


def _has_unit(analyte: Analyte, threshold: Threshold, main: Catalogue) -> bool:
    """Whether a bound in a unit can be held against results of the analyte."""
    match threshold:
        case Absolute():
            units = [unit for unit, _ in threshold.printed]
        case Offset():
            units = [threshold.unit]
        case _:
            return True
    return all(analyte.printed_unit(each, main.units) is not None for each in units)


def _fault(pointer: str, message: str) -> Fault:
    return Fault(pointer=pointer, message=message, code="own_terms")


def _bad(document: Document, faults: list[Fault]) -> BadProtocol:
    return BadProtocol(document.id, tuple(faults))
