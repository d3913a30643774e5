"""Which terms a result is graded for, and by which analyte; what cannot be says what to send."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.choice import NotGraded, chosen
from tests.domain.laboratory.measured import catalogue, measured, named


def choose(**told: Any) -> list[tuple[str, str]]:
    return [
        (term.term, analyte.id) for term, analyte in chosen(measured(**told), catalogue(), named)
    ]


def refused(**told: Any) -> tuple[str, str | None, str]:
    with pytest.raises(NotGraded) as error:
        choose(**told)
    fault = error.value.fault
    assert str(error.value) == fault.message
    return fault.pointer, fault.code, fault.message


def test_a_term_is_graded_by_its_one_analyte() -> None:
    assert choose(term="anemia") == [("Anemia", "hemoglobin")]


def test_an_analyte_is_graded_by_every_term_that_it_can_grade() -> None:
    assert choose(analyte="K") == [("Hyperkalemia", "potassium"), ("Hypokalemia", "potassium")]


def test_both_must_belong_together() -> None:
    assert choose(term="Hypercalcemia", analyte="ionized_calcium") == [
        ("Hypercalcemia", "ionized_calcium")
    ]
    assert refused(term="Anemia", analyte="K") == (
        "/analyte",
        "other_analyte",
        "Anemia is not graded by potassium, but by hemoglobin",
    )


def test_of_several_analytes_the_unit_may_say_which() -> None:
    assert choose(term="Hypoxia", unit="mmHg") == [("Hypoxia", "pao2")]
    assert choose(term="Hypoxia", unit="%") == [("Hypoxia", "spo2")]
    assert refused(term="Hypoxia", unit="g/L")[1] == "missing"


@pytest.mark.parametrize("unit", [None, "mmol/L"])
def test_else_the_result_has_to_say_it(unit: str | None) -> None:
    assert refused(term="Hypercalcemia", unit=unit) == (
        "/analyte",
        "missing",
        "Hypercalcemia is graded by corrected_calcium or ionized_calcium: say which was measured",
    )


def test_nothing_named_is_nothing_to_grade() -> None:
    assert refused(value=3) == ("/term", "missing", "name a term, or an analyte, or both")


def test_an_unknown_name_is_told_with_the_way_out() -> None:
    assert refused(analyte="kalium")[:2] == ("/analyte", "unknown_analyte")
    assert refused(term="Neutropaenia") == (
        "/term",
        "unknown_term",
        "the term is not in ctcae-5.0: write its name, such as 'Neutrophil count decreased', or "
        "name the analyte",
    )


def test_an_ambiguous_analyte_says_which_there_are() -> None:
    assert refused(analyte="calcium") == (
        "/analyte",
        "ambiguous_analyte",
        "'calcium' does not say which measurement is meant: calcium is graded corrected for "
        "albumin, or ionized: send corrected_calcium or ionized_calcium.",
    )


def test_a_term_without_numbers_says_why() -> None:
    pointer, code, message = refused(term="Febrile neutropenia")
    assert (pointer, code) == ("/term", "no_criteria")
    assert message.startswith("'Febrile neutropenia' cannot be graded by a number: It takes")


def test_an_analyte_that_no_term_is_graded_by_has_no_criteria() -> None:
    full = catalogue()
    anemia = replace(full.criteria, terms=(full.terms["Anemia"],))
    small = Catalogue(criteria=anemia, analytes=full.analytes, units=full.units, digest="")
    with pytest.raises(NotGraded) as error:
        chosen(measured(analyte="K"), small, named)
    assert (error.value.fault.code, error.value.fault.message) == (
        "no_criteria",
        "Numeric criteria of CTCAE 5.0 have none for Potassium",
    )
