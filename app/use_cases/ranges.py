"""Ranges of laboratories in the record: how they are named, and which results may use them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import AfterValidator

from app.data.criteria import load_analytes
from app.domain.case import LaboratoryResult
from app.domain.errors import BadValue
from app.domain.laboratory.analyte import AmbiguousAnalyte
from app.domain.laboratory.ranges import is_asked, lacks_limit, may_use
from app.domain.reference_range import PathName, ReferenceRange, age_text, read_age
from app.store.records import Stored


class UnknownAnalyte(BadValue):
    """No analyte has that id, name or code."""

    code = "unknown_analyte"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} is no analyte that the criteria ask for: write an id, a CDISC test code or "
            "a LOINC code of docs/units.md."
        )


class UnclearAnalyte(BadValue):
    """More than one analyte may be meant."""

    code = "ambiguous_analyte"


def analyte_id(text: str) -> str:
    """The id of an analyte by any of its names. Raises UnknownAnalyte, UnclearAnalyte."""
    found = load_analytes().resolve(text)
    if found is None:
        raise UnknownAnalyte(text)
    if isinstance(found, AmbiguousAnalyte):
        raise UnclearAnalyte(found.message)
    return found.id


def _age_span(text: str) -> str:
    return age_text(*read_age(text))


AnalyteId = Annotated[PathName, AfterValidator(analyte_id)]
"""An analyte by any of its names; it becomes its id."""
AgeSpan = Annotated[str, AfterValidator(_age_span)]
"""Ages as the key of a range has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A patient's laboratory results, and the ranges that their limits may be taken from.

    A result that lacks a limit and names no laboratory is of `laboratory`, that of the site, where
    the site has but one.
    """

    results: tuple[LaboratoryResult, ...]
    ranges: tuple[tuple[Stored, ReferenceRange], ...]
    laboratory: str | None

    @classmethod
    def of(
        cls,
        results: Sequence[LaboratoryResult],
        *,
        laboratory: Callable[[], str | None],
        ranges: Callable[[], Sequence[tuple[Stored, ReferenceRange]]],
    ) -> "Measured":
        """What is asked for is read only where a result depends on it."""
        unnamed = [each.laboratory is None and lacks_limit(each) for each in results]
        of_site = laboratory() if any(unnamed) else None
        if of_site is not None:
            results = [
                replace(each, laboratory=of_site) if is_unnamed else each
                for each, is_unnamed in zip(results, unnamed, strict=True)
            ]
        asking = [each for each in results if is_asked(each)]
        analytes = load_analytes()
        return cls(
            results=tuple(results),
            ranges=tuple(
                (stored, each)
                for stored, each in (ranges() if asking else ())
                if any(may_use(result, each, analytes) for result in asking)
            ),
            laboratory=of_site,
        )
