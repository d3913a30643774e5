"""A term is a name and the grades that exist."""

import pytest

from app.domain.ctcae import protocol_term
from app.domain.ctcae.errors import BadTerm
from tests.domain.ctcae.builders import FACTS


def test_grades_that_exist() -> None:
    neutropenia = FACTS.term("Febrile neutropenia")
    assert [grade for grade in range(-1, 7) if neutropenia.has_grade(grade)] == [0, 3, 4, 5]


def test_a_protocol_term_has_all_grades_and_no_code() -> None:
    icans = protocol_term("ICANS")
    assert (icans.grades, icans.code, icans.organ_class) == ((1, 2, 3, 4, 5), None, None)
    assert (icans.laboratory, icans.origin, icans.is_other) == (False, "protocol", False)


def test_a_protocol_term_may_say_otherwise() -> None:
    term = protocol_term("B cells decreased", grades=(1, 2), laboratory=True)
    assert (term.grades, term.laboratory) == ((1, 2), True)


def test_other_specify_is_known() -> None:
    assert FACTS.term("Vascular disorders - Other, specify").is_other


@pytest.mark.parametrize("name", ["", " ", " ICANS", "IEC  HS"])
def test_a_name_is_words(name: str) -> None:
    with pytest.raises(BadTerm, match="is not a term's name"):
        protocol_term(name)


@pytest.mark.parametrize("grades", [(), (0, 1), (6,), (2, 1), (1, 1)])
def test_grades_rise_from_1_to_5(grades: tuple[int, ...]) -> None:
    with pytest.raises(BadTerm, match="do not exist: write each of 1 to 5"):
        protocol_term("ICANS", grades=grades)
