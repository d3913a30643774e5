"""A protocol made ready: how it reads terms, and what it is called."""

import pytest

from app.data.dictionaries import load
from app.domain.adjudication.protocol import conditions_of
from app.domain.errors import BadProtocol
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


@pytest.mark.parametrize("version", ["4.03", "5.0", "6.0"])
def test_the_dictionary_is_the_documents_choice(version: str) -> None:
    """Terms, grades, synonyms and the facts' digest are those of the version it names."""
    protocol = toy(grading={"dictionary": f"ctcae-{version}"})
    assert protocol.dictionary.id == f"ctcae-{version}"
    assert protocol.dictionary.digest == load(f"ctcae-{version}").digest
    assert protocol.dictionary.synonyms.dictionary_id == f"ctcae-{version}"
    found = protocol.resolve("Thrombocytopenia", None)
    assert found.name == ("Thrombocytopenia" if version == "6.0" else "Platelet count decreased")
    grades = {"4.03": (1, 3, 4, 5), "5.0": (1, 2, 3, 4, 5), "6.0": (1, 2, 3, 4, 5)}
    assert protocol.resolve("Hyponatremia", None).grades == grades[version]


@pytest.mark.parametrize("grades", [[3, 2], [3, 3], [0, 1]])
def test_a_term_of_its_own_that_cannot_exist(grades: list[int]) -> None:
    own = {"term": "ICANS", "grades": grades}
    with pytest.raises(BadProtocol, match="rising order") as error:
        toy(grading={"dictionary": "ctcae-5.0", "own_terms": [own]})
    assert [fault.pointer for fault in error.value.faults] == ["/grading/own_terms/0"]


def test_a_term_of_its_own_that_the_dictionary_has_by_another_name() -> None:
    own = {"term": "ICANS", "grades": [1, 2, 3, 4, 5], "laboratory": False}
    with pytest.raises(BadProtocol) as error:
        toy(grading={"dictionary": "ctcae-6.0", "own_terms": [own]})
    (fault,) = error.value.faults
    assert (fault.pointer, fault.code) == ("/grading/own_terms/0/term", "own_terms")
    assert fault.message == (
        "'ICANS' is 'Immune effector cell-associated neurotoxicity syndrome' in CTCAE 6.0: leave "
        "it out of the own terms, and write the dictionary's name in the rules"
    )


def test_a_rule_with_a_term_of_another_version() -> None:
    rule = clause("c", grade=3, when={"term": "Platelet count decreased"})
    with pytest.raises(BadProtocol, match=r"is not in CTCAE 6\.0; did you mean 'Thrombocyt"):
        toy(grading={"dictionary": "ctcae-6.0"}, criteria=[rule])


def test_a_code_of_another_version_is_told() -> None:
    protocol = toy()
    assert protocol.resolve("Anemia", 10002272).code_note is None
    assert protocol.resolve("Anemia", 10089920).name == "Anemia"
    for text in ("Anemia", "Frobnication", "Renal failure"):
        note = protocol.resolve(text, 10089920).code_note
        assert note is not None
        assert "'Systemic post-immunization reaction' in CTCAE 6.0" in note
