"""A term has only the grades that it has: for every term of every version, each grade 0 to 5."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.data.dictionaries import available, load
from tests.builders import event
from tests.domain.dlt.toy import clause, patient, toy

ANY = clause("any", grade=3)
GRADES = range(6)
pytestmark = pytest.mark.no_cover  # 75,000 events that all go the same way
DEFAULT = "ctcae-5.0"
PLACES = ("grades", "reported_grades", "assessments", "baseline_grade", "worst_grade")


def reported(place: str, grade: int) -> dict[str, Any]:
    """An event's record with the grade in one place, and 0 in its course otherwise."""
    of_place: dict[str, dict[str, Any]] = {
        "grades": {"grades": [{"from": "2026-03-10", "grade": grade}]},
        "reported_grades": {"reported_grades": [{"grade": grade, "source": "EDC"}]},
        "assessments": {"assessments": [{"on": "2026-03-10", "grade": grade}]},
        "baseline_grade": {"baseline_grade": grade},
        "worst_grade": {"worst_grade": grade},
    }
    return {"grades": [{"from": "2026-03-10", "grade": 0}]} | of_place[place]


def asked() -> Iterator[Any]:
    """Every place with the grades of one version; those of the others are for the night."""
    for dictionary_id in available():
        marks = () if dictionary_id == DEFAULT else pytest.mark.slow
        for place in PLACES:
            yield pytest.param(dictionary_id, place, marks=marks)


@pytest.mark.parametrize(("dictionary_id", "place"), list(asked()))
def test_a_grade_passes_exactly_when_the_term_has_it(dictionary_id: str, place: str) -> None:
    """0, looked for and absent, always passes. By the words and by the code."""
    protocol = toy(grading={"dictionary": dictionary_id}, criteria=[ANY])
    terms = load(dictionary_id).terms
    for grade in GRADES:
        recorded = reported(place, grade)
        events = [
            event(term.name, id=f"{number}", meddra_code=term.code, **recorded)
            for number, term in enumerate(terms)
        ]
        for term, judged in zip(terms, patient(protocol, *events).events, strict=True):
            found = [each.message for each in judged.findings if each.code == "grade_not_in_term"]
            told = f"{term.name} has no grade {grade}; the number orders the course all the same."
            assert found == ([] if grade in (0, *term.grades) else [told])
