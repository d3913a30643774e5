"""A measurement in a line, graded as a request grades it."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from app.data.criteria import load_catalogue
from app.domain.case import LaboratoryMeasurement
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.grading import LaboratoryGrade, grades, read
from app.domain.laboratory.policy import WORST, Policy
from app.domain.laboratory.reading import Row

RESULTS = TypeAdapter(LaboratoryMeasurement)
ULN_40 = {"unit": "U/L", "uln": 40}


@cache
def catalogue() -> Catalogue:
    return load_catalogue("ctcae-5.0")


def named(text: str) -> str | None:
    """A dictionary that knows the terms with numbers, and one without."""
    known = {term.casefold(): term for term in (*catalogue().terms, "Febrile neutropenia")}
    return known.get(text.casefold())


def measured(**told: Any) -> LaboratoryMeasurement:
    """A measurement; numbers may be written as text."""
    numbers = ("lln", "uln", "percent_change_from_baseline", "age_years")
    told |= {name: Decimal(str(told[name])) for name in numbers if told.get(name) is not None}
    if isinstance(told.get("value"), int | float):
        told["value"] = Decimal(str(told["value"]))
    if isinstance(told.get("baseline"), int | str):
        told["baseline"] = {"value": Decimal(told["baseline"])}
    return RESULTS.validate_python(told)


def graded(policy: Policy = WORST, /, **told: Any) -> LaboratoryGrade:
    """The one answer to a measurement that names its term."""
    [answer] = grades(read(measured(**told), catalogue(), named), catalogue(), policy)
    return answer


def row(**told: Any) -> Row:
    """How a measurement is read."""
    [chosen] = read(measured(**told), catalogue(), named)
    return chosen.row


def codes(answer: LaboratoryGrade) -> list[str]:
    return [finding.code for finding in answer.findings]


def asked(answer: LaboratoryGrade) -> list[str]:
    return [missing.field for missing in answer.missing]


def bounds(answer: LaboratoryGrade) -> tuple[int, int]:
    return answer.bounds.min, answer.bounds.max


def number_bounds(answer: LaboratoryGrade) -> tuple[int, int]:
    return answer.number_bounds.min, answer.number_bounds.max


def told(answer: LaboratoryGrade) -> tuple[str, int | None, tuple[int, int]]:
    """Status, grade and bounds."""
    return answer.status, answer.grade, bounds(answer)


def facts(*present: str, **others: bool) -> Mapping[str, bool]:
    return dict.fromkeys(present, True) | others
