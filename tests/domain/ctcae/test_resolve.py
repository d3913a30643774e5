"""What a reported text, with or without a code, turns out to be."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ctcae import Conflicting, Resolved, Term, Unresolved
from app.domain.ctcae.errors import UnknownTerm
from tests.domain.ctcae.builders import DICTIONARY, FACTS, SYNONYMS, small

ANEMIA = DICTIONARY.term("Anemia")
HYPOTENSION = DICTIONARY.term("Hypotension")
ICANS = DICTIONARY.term("ICANS")
OTHER_NERVOUS = DICTIONARY.term("Nervous system disorders - Other, specify")
NOT_IN_CTCAE = 10029354

AMERICAN_AND_BRITISH = [
    ("emia", "aemia"),
    ("hem", "haem"),
    ("edema", "oedema"),
    ("rrhea", "rrhoea"),
    ("pnea", "pnoea"),
    ("esoph", "oesoph"),
    ("esthesia", "aesthesia"),
    ("gyneco", "gynaeco"),
    ("cecal", "caecal"),
    ("fecal", "faecal"),
    ("fetal", "foetal"),
    ("leuk", "leuc"),
    ("tumor", "tumour"),
    ("color", "colour"),
    ("odor", "odour"),
    ("ized", "ised"),
    ("ization", "isation"),
]

WRITINGS = [*(t.name for t in DICTIONARY.terms), *(s.word for s in SYNONYMS.synonyms)]


def code_of(term: Term) -> int:
    assert term.code is not None
    return term.code


def test_every_name_resolves_to_its_term() -> None:
    for term in DICTIONARY.terms:
        assert DICTIONARY.resolve(term.name) == Resolved(term=term, by="name")
        assert DICTIONARY.resolve(term.name, term.code) == Resolved(term=term, by="name")


def test_a_term_is_named_by_its_name_a_synonym_or_its_code() -> None:
    found = [DICTIONARY.named(text) for text in ("anaemia", f" {ANEMIA.code} ", "Anemias of old")]
    assert found == ["Anemia", "Anemia", None]
    assert DICTIONARY.named("1") is None


@given(st.sampled_from(WRITINGS) | st.text(max_size=12))
def test_a_word_alone_names_the_term_that_it_resolves_to(text: str) -> None:
    resolved = DICTIONARY.resolve(text)
    term = resolved.term if isinstance(resolved, Resolved) else None
    assert DICTIONARY.by_word(text) == term


def test_every_synonym_resolves_to_its_term() -> None:
    for entry in SYNONYMS.synonyms:
        term = DICTIONARY.term(entry.term)
        assert DICTIONARY.resolve(entry.word) == Resolved(term=term, by="synonym")


def test_every_code_resolves_to_its_term() -> None:
    for term in FACTS.terms:
        assert DICTIONARY.resolve("", term.code) == Resolved(term=term, by="code")


@given(
    st.sampled_from(WRITINGS),
    st.sampled_from([str.upper, str.lower, str.title, str.swapcase]),
    st.sampled_from([" ", "  ", "\t", "-", " - ", ", "]),
)
def test_case_spaces_and_punctuation_do_not_matter(
    text: str, case: Callable[[str], str], gap: str
) -> None:
    assert DICTIONARY.resolve(f" {gap.join(case(text).split())}. ") == DICTIONARY.resolve(text)


@pytest.mark.parametrize(("american", "british"), AMERICAN_AND_BRITISH)
def test_british_spelling_resolves_the_same(american: str, british: str) -> None:
    spelled = re.compile(american, re.IGNORECASE)
    names = [term.name for term in FACTS.terms if spelled.search(term.name)]
    assert names
    for name in names:
        assert DICTIONARY.resolve(spelled.sub(british, name)) == DICTIONARY.resolve(name)


@given(st.text(), st.one_of(st.none(), st.integers()))
def test_any_text_gets_an_answer(text: str, code: int | None) -> None:
    answer = DICTIONARY.resolve(text, code)
    if not isinstance(answer, Resolved):
        assert answer.text == text
        assert repr(text) in answer.message


def test_an_unknown_text_comes_with_suggestions() -> None:
    answer = DICTIONARY.resolve("Neutrophil cuont decreased")
    assert isinstance(answer, Unresolved)
    assert not answer.ambiguous
    assert answer.suggestions[0] == "Neutrophil count decreased"
    assert "is not known; did you mean 'Neutrophil count decreased' or" in answer.message


def test_a_text_like_nothing_says_the_way_out() -> None:
    answer = DICTIONARY.resolve("zzzzzz")
    assert answer == Unresolved(text="zzzzzz", suggestions=())
    assert answer.message.endswith("report a term of the dictionary or its code.")


def test_a_doubted_term_is_not_the_term() -> None:
    answer = DICTIONARY.resolve("?Seizure")
    assert answer == Unresolved(text="?Seizure", suggestions=("Seizure",))


def test_an_ambiguous_word_resolves_to_none() -> None:
    answer = DICTIONARY.resolve("RASH")
    assert isinstance(answer, Unresolved)
    assert answer.ambiguous
    assert answer.text == "RASH"
    assert "may mean 'Rash maculo-papular' or 'Rash acneiform'" in answer.message


def test_a_code_among_the_meanings_settles_an_ambiguous_word() -> None:
    meant = DICTIONARY.term("Rash acneiform")
    assert DICTIONARY.resolve("Rash", meant.code) == Resolved(term=meant, by="code")


def test_a_code_beside_the_meanings_does_not() -> None:
    answer = DICTIONARY.resolve("Rash", ANEMIA.code)
    assert isinstance(answer, Unresolved)
    assert answer.ambiguous


def test_text_and_code_in_conflict() -> None:
    code = code_of(HYPOTENSION)
    answer = DICTIONARY.resolve("Anaemia", code)
    assert answer == Conflicting(text="Anaemia", code=code, by_text=ANEMIA, by_code=HYPOTENSION)
    assert answer.message == (
        f"Term 'Anaemia' means 'Anemia', but its code {code} means 'Hypotension': "
        "correct one of them."
    )


def test_a_synonym_and_a_code_in_conflict() -> None:
    assert isinstance(DICTIONARY.resolve("Neutropenia", ANEMIA.code), Conflicting)


def test_a_code_that_the_dictionary_does_not_have_says_nothing() -> None:
    assert DICTIONARY.resolve("Anemia", NOT_IN_CTCAE) == Resolved(term=ANEMIA, by="name")
    assert isinstance(DICTIONARY.resolve("Wasting", NOT_IN_CTCAE), Unresolved)


def test_an_unknown_text_with_a_code_is_the_codes_term() -> None:
    assert DICTIONARY.resolve("Hgb 6.5", ANEMIA.code) == Resolved(term=ANEMIA, by="code")


def test_other_specify_confirms_a_protocol_term() -> None:
    assert DICTIONARY.resolve("ICANS", OTHER_NERVOUS.code) == Resolved(term=ICANS, by="name")


def test_other_specify_contradicts_a_ctcae_term() -> None:
    assert isinstance(DICTIONARY.resolve("Seizure", OTHER_NERVOUS.code), Conflicting)


def test_another_code_contradicts_a_protocol_term() -> None:
    assert isinstance(DICTIONARY.resolve("ICANS", ANEMIA.code), Conflicting)


def test_other_specify_does_not_swallow_an_unknown_text() -> None:
    assert isinstance(DICTIONARY.resolve("Neurologic toxicity", OTHER_NERVOUS.code), Unresolved)
    assert DICTIONARY.resolve("", OTHER_NERVOUS.code) == Resolved(term=OTHER_NERVOUS, by="code")


def test_a_rule_names_a_term_exactly() -> None:
    assert DICTIONARY.term("Neutrophil count decreased").code == 10029366
    for inexact in ("Neutropenia", "neutrophil count decreased"):
        with pytest.raises(UnknownTerm, match="did you mean 'Neutrophil count decreased'"):
            DICTIONARY.term(inexact)


def test_an_unknown_term_names_the_way_out() -> None:
    with pytest.raises(UnknownTerm) as error:
        DICTIONARY.term("neutropaenia")
    assert str(error.value) == (
        "Term 'neutropaenia' is not in CTCAE 5.0; did you mean 'Neutrophil count decreased'?"
    )
    assert error.value.suggestions == ("Neutrophil count decreased",)
    with pytest.raises(UnknownTerm, match=r"is not in Small 1; write a term of it, or let"):
        small().term("zzzzzz")


def test_by_code() -> None:
    assert DICTIONARY.by_code(code_of(ANEMIA)) is ANEMIA
    assert DICTIONARY.by_code(NOT_IN_CTCAE) is None
