"""Write the tables of laboratory criteria again, from the data that is packaged.

    python -m tools.criteria_table

docs/grading-laboratory-criteria.md is written whole; of docs/grading-laboratory.md what stands
below the heading of its facts.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

from app.data.criteria import load_catalogue, load_criteria
from app.domain.laboratory import wording
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.criteria import (
    NUMERIC_GRADES,
    Absolute,
    Clause,
    Limit,
    Multiple,
    Offset,
    Percent,
    TermCriteria,
    Threshold,
)
from app.domain.laboratory.ladder import Apart, Ladder, Number, Rung, ladder_of
from app.domain.quantities import UnitTable

DOCS: Final = Path(__file__).parents[1] / "docs"
CRITERIA: Final = DOCS / "grading-laboratory-criteria.md"
GRADING: Final = DOCS / "grading-laboratory.md"
FACTS: Final = "## The facts\n"
DICTIONARY: Final = "ctcae-5.0"

#: The other system's unit, of measurements whose thresholds are printed in one system only.
OTHER_UNIT: Final = {
    "white_blood_cells": "10^9/L",
    "lymphocytes": "10^9/L",
    "hemoglobin": "g/L",
    "fibrinogen": "g/L",
    "potassium": "mEq/L",
    "sodium": "mEq/L",
    "ionized_calcium": "mg/dL",
    "egfr": "mL/s/1.73m2",
    "creatinine_clearance": "mL/s/1.73m2",
    "dlco": "mmol/min/kPa",
    "pao2": "kPa",
    "systolic_bp": "kPa",
    "diastolic_bp": "kPa",
    "urine_protein_creatinine_ratio": "mg/mmol",
}
_INTRODUCTION: Final = """\
# The criteria of laboratory grading

What each grade asks for, as the service reads CTCAE 5.0: {terms} terms that one number can \
grade. [grading-laboratory.md](grading-laboratory.md) says how they are applied. The thresholds \
are facts of NCI's dictionary; the words are ours.

`{id}`, {digest}

- A grade is the highest whose row is met; one line of a row is enough. So each line says only \
where its grade begins.
- **Number** gives the threshold in every unit in which CTCAE prints it. Several may differ by \
rounding; a result is held against the one in its own unit, or in a unit of the same dimension.
- **Converted** is ours: where CTCAE prints one system of units only, the threshold in the other, \
with how it was moved. All units of [units.md](units.md) work alike.
- **A fact alone** raises somebody to the grade whose number shows the finding, however little of \
it.

"""


def pages(grading: str) -> tuple[str, str]:
    """The page of the criteria, and the page of grading with its facts as the data has them."""
    catalogue = load_catalogue(DICTIONARY)
    _, digest = load_criteria(DICTIONARY)
    introduction = _INTRODUCTION.format(
        terms=len(catalogue.criteria.terms), id=catalogue.criteria.id, digest=digest
    )
    whole = introduction + "\n".join((*_terms(catalogue), *_not_here(catalogue))) + "\n"
    facts = "\n".join(_facts(catalogue))
    return whole, f"{grading.partition(FACTS)[0]}{FACTS}\n{facts}\n"


def _terms(catalogue: Catalogue) -> Iterator[str]:
    for term in catalogue.criteria.terms:
        ladders = [each for name in term.analytes if (each := _converted(term, name, catalogue))]
        yield f"## {term.term}\n"
        yield f"{term.code}, {_DIRECTIONS[term.direction]}, told from {_listed(term.analytes)}."
        yield f"Needs {_needs(term)}.\n"
        yield "| grade | number | converted | a fact alone |"
        yield "|---|---|---|---|"
        if term.absent is not None:
            yield _row("none", wording.clause(term.absent), "", "")
        for grade in NUMERIC_GRADES:
            if clauses := term.grades.get(grade):
                yield _grade_row(term, grade, clauses, ladders)
        yield ""
        if hows := dict.fromkeys(how for each in ladders for how in _hows(each, catalogue.units)):
            yield f"Converted: {'; '.join(hows)}.\n"
        if term.note:
            yield f"{' '.join(term.note.split())}\n"


_DIRECTIONS: Final = {
    "low": "graded by a fall",
    "high": "graded by a rise",
    "change": "graded by the change from baseline",
}
_LIMITS: Final = {
    Limit.LLN: "the lower limit of normal",
    Limit.ULN: "the upper limit of normal",
    Limit.BASELINE: "the baseline",
}


def _needs(term: TermCriteria) -> str:
    """The inputs that some clause asks for, beside the value."""
    clauses = [clause for found in term.grades.values() for clause in found if clause.numeric]
    if term.absent is not None:
        clauses.append(term.absent)
    bounds = [threshold for clause in clauses for _, threshold in clause.bounds]
    limits = {limit for each in bounds if (limit := _of(each))}
    needs = ["the value"]
    if any(isinstance(each, Absolute | Offset) for each in bounds):
        needs.append("its unit")
    needs += [name for limit, name in _LIMITS.items() if limit in limits]
    if any(clause.baseline for clause in clauses) and Limit.BASELINE not in limits:
        needs.append("whether the baseline was normal")
    facts = {fact for clause in clauses for fact in (*clause.given, *clause.unless)}
    needs += [f"the fact `{fact}`" for fact in sorted(facts)]
    if term.adults_only:
        needs.append("an age of 18 or more, where it is told")
    return ", ".join(needs)


def _of(threshold: Threshold) -> Limit | None:
    match threshold:
        case Multiple() | Offset():
            return threshold.of
        case Percent():
            return Limit.BASELINE
        case Absolute():
            return None


def _grade_row(
    term: TermCriteria, grade: int, clauses: tuple[Clause, ...], ladders: list[Ladder]
) -> str:
    several = len(term.analytes) > 1
    numbers, converted = [], []
    for clause in clauses:
        if not clause.numeric:
            continue
        whose = f"`{clause.analyte}` " if several and clause.analyte else ""
        implied = " (in words)" if clause.implied else ""
        numbers.append(f"{whose}{wording.clause(clause)}{implied}")
    for ladder in ladders:
        of_grade = [rung for rung in ladder.rungs if rung.grade == grade]
        converted += [text for rung in of_grade if (text := _moved(rung, ladder))]
    facts = [
        f"`{clause.given[0]}`{' (whatever the number is)' if clause.alone else ''}"
        for clause in clauses
        if not clause.numeric
    ]
    return _row(str(grade), "<br>".join(numbers), "<br>".join(converted), "<br>".join(facts))


def _converted(term: TermCriteria, analyte: str, catalogue: Catalogue) -> Ladder | None:
    """The term in the other system's unit, where its numbers are printed in one system only."""
    text = OTHER_UNIT.get(analyte)
    if text is None:
        return None
    known = catalogue.analytes.by_id(analyte)
    unit = known.unit(text, catalogue.units)
    ladder = ladder_of(term, known, unit, catalogue.units)
    return ladder if ladder.conversions else None


def _moved(rung: Rung, ladder: Ladder) -> str:
    """The thresholds of a rung that are numbers, in the unit of the ladder."""
    unit = OTHER_UNIT[ladder.analyte.id]
    whose = f"`{ladder.analyte.id}` " if rung.clause.analyte else ""
    parts = []
    for test in rung.tests:
        if isinstance(test, Number):
            parts.append(f"{wording.EDGES[test.edge]} {_short(test.at)} {unit}")
        elif isinstance(test, Apart):
            sign = "-" if test.amount < 0 else "+"
            parts.append(
                f"{wording.EDGES[test.edge]} {test.of} {sign} {_short(abs(test.amount))} {unit}"
            )
    return whose + ", ".join(parts) if parts else ""


def _short(number: Fraction) -> str:
    """To six digits; where that is not exact, it is said."""
    shown = f"{float(number):.6g}"
    return shown if Fraction(shown) == number else f"about {shown}"


def _hows(ladder: Ladder, units: UnitTable) -> Iterator[str]:
    """How the thresholds came into the ladder's unit."""
    for text in dict.fromkeys(_units_of(ladder)):
        printed = ladder.analyte.printed_unit(text, units)
        for each in ladder.conversions:
            if printed is not None and printed.symbol == each.printed:
                because = each.because or "by the factors of the units"
                yield f"from {text} to {OTHER_UNIT[ladder.analyte.id]}, {because}"


def _units_of(ladder: Ladder) -> Iterator[str]:
    """The units as they are printed."""
    for rung in ladder.rungs:
        for _, threshold in rung.clause.bounds:
            match threshold:
                case Absolute():
                    yield from (unit for unit, _ in threshold.printed)
                case Offset():
                    yield threshold.unit
                case Multiple() | Percent():
                    pass


def _not_here(catalogue: Catalogue) -> Iterator[str]:
    yield "## Terms that are not graded here\n"
    yield "Their texts have a number, or speak of a limit or of the baseline, and one result does"
    yield "not decide them.\n"
    yield "| why | terms |"
    yield "|---|---|"
    reasons: dict[str, list[str]] = {}
    for term, why in catalogue.criteria.not_here.items():
        reasons.setdefault(" ".join(why.split()), []).append(term)
    for why, terms in reasons.items():
        yield _row(why, "; ".join(terms))


def _facts(catalogue: Catalogue) -> Iterator[str]:
    criteria = catalogue.criteria
    yield "| fact | true means | asked for by |"
    yield "|---|---|---|"
    for fact, meaning in criteria.facts.items():
        asking = [term.term for term in criteria.terms if fact in term.facts]
        named = ", ".join(asking) if len(asking) <= _SHOWN else f"{len(asking)} terms"
        symptom = " A symptom." if fact in criteria.symptoms else ""
        yield _row(f"`{fact}`", f"{meaning}{symptom}", named)


_SHOWN: Final = 4


def _listed(analytes: tuple[str, ...]) -> str:
    return " or ".join(f"`{each}`" for each in analytes)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    criteria_page, grading_page = pages(GRADING.read_text("utf-8"))
    CRITERIA.write_text(criteria_page, "utf-8")
    GRADING.write_text(grading_page, "utf-8")
