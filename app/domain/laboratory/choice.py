"""Which terms a result is graded for, and by which analyte."""

from collections.abc import Callable

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
        raise _refused("/term", "missing", "Name a term, or an analyte, or both.")
    terms = catalogue.of_analyte(analyte.id)
    if not terms:
        raise _refused(
            "/analyte",
            "no_criteria",
            f"{catalogue.criteria.title} have none for {analyte.title}.",
        )
    return tuple((term, analyte) for term in terms)


def _analyte(text: str, catalogue: Catalogue) -> Analyte:
    match catalogue.analytes.resolve(text):
        case Analyte() as analyte:
            return analyte
        case AmbiguousAnalyte() as ambiguous:
            raise _refused("/analyte", "ambiguous_analyte", ambiguous.message)
        case None:
            raise _refused(
                "/analyte",
                "unknown_analyte",
                f"Analyte {text!r} is not known: write an id, a CDISC test code or a LOINC code "
                "of docs/units.md, or name the term.",
            )


def _term(text: str, catalogue: Catalogue, named: Named) -> TermCriteria:
    name = named(text)
    if name is None:
        raise _refused(
            "/term",
            "unknown_term",
            f"Term {text!r} is not in {catalogue.criteria.dictionary}: write its name, such as "
            "'Neutrophil count decreased', or name the analyte.",
        )
    term = catalogue.terms.get(name)
    if term is None:
        why = catalogue.criteria.not_here.get(name, "its criteria have no numbers")
        raise _refused("/term", "no_criteria", f"{name!r} cannot be graded by a number: {why}.")
    return term


def _analyte_of(
    term: TermCriteria,
    analyte: Analyte | None,
    result: LaboratoryMeasurement,
    catalogue: Catalogue,
) -> Analyte:
    """The analyte named, else the only one that grades the term, or that has the unit."""
    if analyte is not None:
        if analyte.id in term.analytes:
            return analyte
        raise _refused(
            "/analyte",
            "other_analyte",
            f"{term.term} is not graded by {analyte.id}, but by {' or '.join(term.analytes)}.",
        )
    known = [catalogue.analytes.by_id(each) for each in term.analytes]
    if len(known) > 1 and result.unit is not None:
        unit = result.unit
        known = [a for a in known if catalogue.units.resolve(unit, a.dimensions)] or known
    if len(known) == 1:
        return known[0]
    raise _refused(
        "/analyte",
        "missing",
        f"{term.term} is graded by {' or '.join(term.analytes)}: say which was measured.",
    )


def _refused(pointer: str, code: str, message: str) -> NotGraded:
    return NotGraded(Fault(pointer=pointer, message=message, code=code))
