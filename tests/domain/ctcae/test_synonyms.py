"""A synonym leads to one term that is there, and never away from a term of that name."""

import pytest

from app.domain.ctcae import Resolved, Unresolved, protocol_term
from app.domain.ctcae.errors import BadDictionary, BadSynonyms
from tests.domain.ctcae.builders import small, synonyms


def test_a_synonym_leads_to_its_term() -> None:
    dictionary = small().with_synonyms(synonyms(("Low BP", "Hypotension")))
    assert dictionary.resolve("low bp") == Resolved(
        term=dictionary.term("Hypotension"), by="synonym"
    )


def test_without_the_map_the_word_is_unknown() -> None:
    assert isinstance(small().resolve("low bp"), Unresolved)


def test_a_map_belongs_to_one_dictionary() -> None:
    with pytest.raises(BadSynonyms, match=r"made for 'ctcae-6\.0', not for 'small-1'"):
        small().with_synonyms(synonyms(dictionary="ctcae-6.0"))


def test_a_synonym_that_leads_nowhere() -> None:
    with pytest.raises(BadSynonyms, match="'hypotension' is no term: write one's exact name"):
        small().with_synonyms(synonyms(("Low BP", "hypotension")))


def test_an_ambiguous_word_that_leads_nowhere() -> None:
    with pytest.raises(BadSynonyms, match="'Shock' is no term"):
        small().with_synonyms(synonyms(ambiguous={"Collapse": ["Shock", "Hypotension"]}))


def test_a_synonym_that_is_a_terms_name() -> None:
    with pytest.raises(BadSynonyms, match="'flushing' means 'Hypotension', and is a term's own"):
        small().with_synonyms(synonyms(("flushing", "Hypotension")))


def test_an_ambiguous_word_that_is_a_terms_name() -> None:
    with pytest.raises(BadSynonyms, match="'Flushing' is a term's own name: drop the word"):
        small().with_synonyms(synonyms(ambiguous={"Flushing": ["Hypotension", "Hypertension"]}))


def test_a_synonym_of_a_protocol_term_sleeps_until_a_protocol_has_it() -> None:
    dictionary = small().with_synonyms(
        synonyms(
            ("HLH", "Hemophagocytosis"),
            ambiguous={"MAS": ["Hemophagocytosis"]},
            protocol_terms=["Hemophagocytosis"],
        )
    )
    assert dictionary.resolve("HLH") == Unresolved(text="HLH", suggestions=())
    assert dictionary.resolve("MAS") == Unresolved(text="MAS", suggestions=())
    awake = dictionary.with_terms([protocol_term("Hemophagocytosis")])
    assert awake.resolve("HLH") == Resolved(term=awake.term("Hemophagocytosis"), by="synonym")
    assert awake.resolve("MAS") == Unresolved(
        text="MAS", suggestions=("Hemophagocytosis",), ambiguous=True
    )


def test_the_order_of_adding_does_not_matter() -> None:
    terms, words = [protocol_term("ICANS")], synonyms(("Low BP", "Hypotension"))
    assert small().with_terms(terms).with_synonyms(words) == small().with_synonyms(
        words
    ).with_terms(terms)


def test_a_protocol_may_settle_an_ambiguous_word() -> None:
    words = synonyms(ambiguous={"Collapse": ["Hypotension", "Flushing"]})
    dictionary = small().with_synonyms(words).with_terms([protocol_term("Collapse")])
    assert dictionary.resolve("collapse") == Resolved(term=dictionary.term("Collapse"), by="name")


def test_a_protocol_may_not_take_a_synonym_for_a_term() -> None:
    dictionary = small().with_synonyms(synonyms(("Low BP", "Hypotension")))
    with pytest.raises(BadSynonyms, match="'Low BP' means 'Hypotension', and is a term's own"):
        dictionary.with_terms([protocol_term("Low BP")])


def test_a_protocol_may_not_repeat_itself() -> None:
    icans = protocol_term("ICANS")
    with pytest.raises(BadDictionary, match="'ICANS' is the same as 'ICANS'"):
        small().with_terms([icans, icans])


def test_a_protocol_may_not_repeat_a_term() -> None:
    with pytest.raises(BadDictionary, match="'HYPOTENSION' is the same as 'Hypotension'"):
        small().with_terms([protocol_term("HYPOTENSION")])
