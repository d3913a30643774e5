"""The limits of normal of a patient's results, as far as their laboratories' ranges tell them."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Final

from app.domain.adjudication.result import Finding
from app.domain.case import LaboratoryResult, Subject
from app.domain.laboratory.analyte import Analyte
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.choice import Named, analyte_of
from app.domain.laboratory.ranges import (
    Circumstances,
    Limits,
    ages_at,
    by_analyte,
    is_asked,
    limits_for,
)
from app.domain.time import Zone

_MOST_SHOWN: Final = 5


def with_limits(
    subject: Subject, catalogue: Catalogue, named: Named, zone: Zone, cut: int
) -> tuple[tuple[LaboratoryResult, ...], tuple[Finding, ...]]:
    """The results with the limits of their laboratories where they bring none, and from which
    ranges those are, or why there are none.

    That a laboratory does not say enough is told of results without any limit; one may be all
    that is needed. Results that were measured after the cut are left as they are.
    """
    asking = {
        place
        for place, each in enumerate(subject.laboratory)
        if is_asked(each) and each.measured_at.span(zone).first <= cut
    }
    if not asking:
        return subject.laboratory, ()
    ranges = by_analyte(subject.laboratory_ranges, catalogue.analytes)
    results: list[LaboratoryResult] = []
    told: dict[tuple[str, str], list[int]] = {}
    for place, each in enumerate(subject.laboratory):
        analyte = analyte_of(each, catalogue, named) if place in asking else None
        found = None
        if analyte is not None:
            who = _circumstances(subject, each, zone)
            found = limits_for(each, ranges, analyte, catalogue, who)
        if isinstance(found, Limits):
            told.setdefault(("range_used", found.message), []).append(place)
            results.append(replace(each, lln=found.lln, uln=found.uln))
            continue
        results.append(each)
        has_none = each.lln is None and each.uln is None
        if found is not None and (has_none or found.why == "range_limit_differs"):
            told.setdefault((found.why, found.message), []).append(place)
    return tuple(results), tuple(chain(_unknown(subject, catalogue), _findings(told)))


def _circumstances(subject: Subject, result: LaboratoryResult, zone: Zone) -> Circumstances:
    span = result.measured_at.span(zone)
    days = zone.local(span.first).date(), zone.local(span.last).date()
    ages = ages_at(result.age_years, subject.birth_year, days)
    return Circumstances(sex=subject.sex, ages=ages, days=days)


def _unknown(subject: Subject, catalogue: Catalogue) -> Iterator[Finding]:
    """Ranges of what is not known to be an analyte."""
    for each in subject.laboratory_ranges:
        if not isinstance(catalogue.analytes.resolve(each.analyte), Analyte):
            message = f"Range {each.key} is not used: it names no analyte that is known."
            yield Finding(code="laboratory_range_not_used", message=message)


def _findings(told: dict[tuple[str, str], list[int]]) -> Iterator[Finding]:
    for (code, message), places in told.items():
        numbers = [str(place + 1) for place in places[:_MOST_SHOWN]]
        more = len(places) - len(numbers)
        last = f"{more} more" if more else numbers.pop()
        listed = f"{', '.join(numbers)} and {last}" if numbers else last
        noun = "result" if len(places) == 1 else "results"
        yield Finding(code=f"laboratory_{code}", message=f"Laboratory {noun} {listed}: {message}.")
