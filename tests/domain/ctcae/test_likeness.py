"""Suggestions for what is not found, and pages of what is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ctcae import Dictionary, Term
from app.domain.ctcae.errors import BadPage, UnknownOrganClass
from tests.domain.ctcae.builders import DICTIONARY, FACTS, entry, small
from tests.sparing import SPARING

NAMES = [term.name for term in DICTIONARY.terms]


@st.composite
def typos(draw: st.DrawFn) -> tuple[str, str]:
    """A term's name, and the name with one letter lost, wrong, added or swapped."""
    name = draw(st.sampled_from(NAMES))
    at = draw(st.integers(0, len(name) - 1))
    letter = draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    swapped = name[at : at + 2][::-1]
    return name, draw(
        st.sampled_from(
            [
                name[:at] + name[at + 1 :],
                name[:at] + letter + name[at + 1 :],
                name[:at] + letter + name[at:],
                name[:at] + swapped + name[at + 2 :],
            ]
        )
    )


@SPARING
@given(typos())
def test_a_typo_gets_suggestions(typo: tuple[str, str]) -> None:
    name, written = typo
    suggestions = DICTIONARY.suggest(written)
    assert suggestions
    assert len(name) < 7 or name in suggestions


@given(st.text(max_size=400), st.integers(1, 5))
def test_suggestions_are_terms_and_no_more_than_asked(text: str, limit: int) -> None:
    suggestions = DICTIONARY.suggest(text, limit)
    assert len(suggestions) == len(set(suggestions)) <= limit
    assert set(suggestions) <= set(NAMES)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("neutro", "Neutrophil count decreased"),
        ("thrombocytopaenia", "Platelet count decreased"),
        ("haemophagocytic lymphohistiocytosi", "Hemophagocytic lymphohistiocytosis"),
        ("count platelet", "Platelet count decreased"),
        ("patient had severe neutropenia after infusion", "Neutrophil count decreased"),
        ("Rash", "Rash maculo-papular"),
        ("Naisea", "Nausea"),  # the American spelling of the typo is two letters away
    ],
)
def test_the_likeliest_comes_first(text: str, first: str) -> None:
    assert DICTIONARY.suggest(text, 1) == (first,)


def test_nothing_is_like_nothing() -> None:
    assert DICTIONARY.suggest(" - ") == ()
    assert DICTIONARY.suggest("qqqqqqq") == ()


def test_an_ambiguous_words_meanings_are_its_suggestions() -> None:
    assert DICTIONARY.suggest("Renal failure", 1) == ("Acute kidney injury",)


def names(dictionary: Dictionary, q: str = "", organ_class: str | None = None) -> list[str]:
    return [term.name for term in dictionary.search(q, organ_class, limit=1_000).terms]


def test_without_a_text_all_terms_by_name() -> None:
    assert names(small()) == ["Flushing", "Hypertension", "Hypotension"]
    assert names(small(), "  ") == names(small())
    assert len(names(FACTS)) == 837


def test_nearest_first_then_by_name() -> None:
    dictionary = small(
        entry("Tumor pain", 11), entry("Spain fever", 12), entry("Pain of skin", 13),
        entry("Pain", 14), entry("Back pain", 25), entry("Fall", 26),
    )  # fmt: skip
    assert names(dictionary, "PAIN") == [
        "Pain", "Pain of skin", "Back pain", "Tumor pain", "Spain fever",
    ]  # fmt: skip


def test_synonyms_and_british_spelling_lead_to_terms() -> None:
    assert "Neutrophil count decreased" in names(DICTIONARY, "neutropenia")
    assert names(DICTIONARY, "hypokalaemia") == ["Hypokalemia"]


def test_the_start_of_a_code_finds_a_term() -> None:
    assert names(FACTS, "10002272") == ["Anemia"]
    assert names(small(), "7") == []


def test_signs_alone_find_nothing() -> None:
    assert names(FACTS, "--") == []


def test_an_organ_class_narrows() -> None:
    in_class = names(FACTS, "pain", "cardiac disorders")
    assert in_class == ["Chest pain - cardiac"]
    assert len(names(FACTS, organ_class="Blood and lymphatic system disorders")) == 12


def test_an_unknown_organ_class() -> None:
    with pytest.raises(UnknownOrganClass, match="'Hearts' is not in Small 1; it has Vascular dis"):
        small().search(organ_class="Hearts")


@SPARING
@given(st.sampled_from(["", "pain", "in", "neutro"]), st.integers(40, 300))
def test_pages_make_the_whole_list(q: str, limit: int) -> None:
    gathered: list[Term] = []
    page = DICTIONARY.search(q, limit=limit)
    gathered += page.terms
    while page.next is not None:
        assert len(page.terms) == limit
        page = DICTIONARY.search(q, limit=limit, after=page.next)
        gathered += page.terms
    assert tuple(gathered) == DICTIONARY.search(q, limit=10_000).terms


def test_the_last_page_has_no_next() -> None:
    assert small().search(limit=2).next == "Hypertension"
    assert small().search(limit=3).next is None
    assert small().search(limit=2, after="Hypertension").next is None


def test_a_cursor_of_another_list() -> None:
    with pytest.raises(BadPage, match="'Flushing' is not of this list"):
        small().search("hyper", after="Flushing")


@pytest.mark.parametrize("limit", [0, -1])
def test_a_page_holds_something(limit: int) -> None:
    with pytest.raises(BadPage, match="ask for 1 or more"):
        small().search(limit=limit)
