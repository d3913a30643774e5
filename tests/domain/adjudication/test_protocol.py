"""A protocol made ready: how it reads terms, and what it is called."""

from app.domain.adjudication.protocol import conditions_of
from tests.domain.dlt.toy import clause, toy


def test_a_protocol_is_named_by_id_and_version() -> None:
    assert toy().name == "TOY version 1"


def test_a_term_of_its_own_is_known() -> None:
    grading = {
        "dictionary": "ctcae-5.0",
        "own_terms": [{"term": "ICANS", "grades": [1, 2, 3, 4, 5], "laboratory": False}],
    }
    assert toy(grading=grading).resolve("ICANS", None).name == "ICANS"
    assert toy().resolve("ICANS", None).name is None


def test_a_term_resolves_with_its_facts() -> None:
    found = toy().resolve("Neutropenia", None)
    assert (found.name, found.laboratory) == ("Neutrophil count decreased", True)
    assert found.note == ("'Neutropenia' was read as 'Neutrophil count decreased' (by synonym).")
    assert toy().resolve("Neutrophil count decreased", None).note is None


def test_what_does_not_resolve_suggests() -> None:
    found = toy().resolve("Neutrophil count", None)
    assert found.name is None
    assert "Neutrophil count decreased" in found.suggestions


def test_conditions_are_found_wherever_they_stand() -> None:
    nested = {"all": [{"not": {"group": "lungs"}}, {"any": [{"always": True}]}]}
    protocol = toy(criteria=[clause("c", grade=3, when=nested)], groups={"lungs": ["Pneumonitis"]})
    assert protocol.rules is not None
    found = dict(conditions_of(protocol.rules.decided.rules))
    assert found["/dlt/criteria/0/when/all/0/not"]["group"] == "lungs"
    assert found["/dlt/criteria/0/when/all/1/any/0"]["always"] is True
