"""Which terms a result is graded for, and by which analyte."""

from collections.abc import Callable
from typing import assert_never

from app.domain.case import LaboratoryMeasurement
from app.domain.errors import DomainError, Fault
from app.domain.laboratory.analyte import AmbiguousAnalyte, Analyte
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.criteria import TermCriteria

Named = Callable[[str], str | None]
"""The dictionary's name for a reported term; None where it knows none."""


class NotGraded(DomainError):
    """A result names nothing that can be graded; `fault` says what, at its place."""

    code = "not_graded"

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.message)


def chosen(
    result: LaboratoryMeasurement, catalogue: Catalogue, named: Named
) -> tuple[tuple[TermCriteria, Analyte], ...]:
    """The term that the result names, or every term that its analyte can grade.

    Raises NotGraded for a term or an analyte that is not known, is ambiguous, or does not belong
    to the other.
    """
    analyte = None if result.analyte is None else _analyte(result.analyte, catalogue)
    if result.term is not None:
        term = _term(result.term, catalogue, named)
        return ((term, _analyte_of(term, analyte, result, catalogue)),)
    if analyte is None:
        message = "name a term, or an analyte, or both"
        raise NotGraded(Fault(pointer="/term", code="missing", message=message))
    terms = catalogue.of_analyte(analyte.id)
    if not terms:
        message = f"{catalogue.criteria.title} have none for {analyte.title}"
        raise NotGraded(Fault(pointer="/analyte", code="no_criteria", message=message))
    return tuple((term, analyte) for term in terms)


def analyte_of(
    result: LaboratoryMeasurement, catalogue: Catalogue, named: Named
) -> Analyte | None:
    """What was measured, whether or not it grades a term; None where the result does not say."""
    try:
        return chosen(result, catalogue, named)[0][1]
    except NotGraded:
        found = catalogue.analytes.resolve(result.analyte or "")
        return found if result.term is None and isinstance(found, Analyte) else None


def _analyte(text: str, catalogue: Catalogue) -> Analyte:
    match catalogue.analytes.resolve(text):
        case Analyte() as analyte:
            return analyte
        case AmbiguousAnalyte() as ambiguous:
            message = ambiguous.message
            raise NotGraded(Fault(pointer="/analyte", code="ambiguous_analyte", message=message))
        case None:
            message = (
                "the analyte is not known: write an id, a CDISC test code or a LOINC code of "
                "docs/units.md, or name the term"
            )
            raise NotGraded(Fault(pointer="/analyte", code="unknown_analyte", message=message))
        case _ as other:
            assert_never(other)


def _term(text: str, catalogue: Catalogue, named: Named) -> TermCriteria:
    name = named(text)
    if name is None:
        message = (
            f"the term is not in {catalogue.criteria.dictionary}: write its name, such as "
            "'Neutrophil count decreased', or name the analyte"
        )
        raise NotGraded(Fault(pointer="/term", code="unknown_term", message=message))
    term = catalogue.terms.get(name)
    if term is None:
        why = catalogue.criteria.not_here.get(name, "its criteria have no numbers")
        message = f"{name!r} cannot be graded by a number: {why}"
        raise NotGraded(Fault(pointer="/term", code="no_criteria", message=message))
    return term


def _analyte_of(
    term: TermCriteria,
    analyte: Analyte | None,
    result: LaboratoryMeasurement,
    catalogue: Catalogue,
) -> Analyte:
    """The analyte named, else the only one that grades the term, or that has the unit."""
    graded_by = " or ".join(term.analytes)
    if analyte is not None:
        if analyte.id in term.analytes:
            return analyte
        message = f"{term.term} is not graded by {analyte.id}, but by {graded_by}"
        raise NotGraded(Fault(pointer="/analyte", code="other_analyte", message=message))
    known = [catalogue.analytes.by_id(each) for each in term.analytes]
    if len(known) > 1 and result.unit is not None:
        unit = result.unit
        known = [each for each in known if each.unit(unit, catalogue.units)] or known
    if len(known) == 1:
        return known[0]
    message = f"{term.term} is graded by {graded_by}: say which was measured"
    raise NotGraded(Fault(pointer="/analyte", code="missing", message=message))
