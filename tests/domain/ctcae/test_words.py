"""When two writings are the same word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ctcae.words import key, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anemia", "ANEMIA"),
        ("Back pain", "  back \t pain\n"),
        ("Rash maculo-papular", "Rash maculopapular"),
        ("Multi-organ failure", "multiorgan failure"),
        ("Chest pain - cardiac", "Chest pain (cardiac)"),
        ("Edema_limbs", "Edema: limbs."),
        ("Guillain-Barre syndrome", "Guillain\N{EN DASH}Barré syndrome"),
        ("Anemia", "anaemia"),
        ("Edema face", "Oedema face"),
        ("Gastroesophageal reflux disease", "Gastro-oesophageal reflux disease"),
        ("Tumor pain", "Tumour pain"),
        ("Generalized edema", "Generalised oedema"),
        ("Virilization", "Virilisation"),
        ("Leukopenia", "Leucopenia"),
        ("Leukoencephalopathy", "Leucoencephalopathy"),
    ],
)
def test_same_word(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Seizure", "?Seizure"),
        ("Hypotension", "Hypertension"),
        ("Anemia", "No anemia"),
        ("Mobitz type I", "Mobitz type II"),
        ("ALT increased", "ALT/AST increased"),
        ("Hypocalcemia", "Hypercalcemia"),
    ],
)
def test_other_word(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_words_are_folded_one_by_one() -> None:
    assert words("Gastro-oesophageal  TUMOUR") == ("gastro", "esophageal", "tumor")


def test_nothing_but_signs_is_no_word() -> None:
    assert key(" -- ") == ""
    assert words(" -- ") == ()


@given(st.text())
def test_outer_space_never_counts(text: str) -> None:
    assert key(f" {text}\n") == key(text)


@given(st.text(st.characters(codec="latin-1")))
def test_case_never_counts(text: str) -> None:
    assert key(text.casefold()) == key(text.upper()) == key(text)
