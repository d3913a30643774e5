"""The shipped files: the facts of CTCAE 5.0 and nothing else, and synonyms that are safe."""

import json
import runpy
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.data.dictionaries import available, load, load_synonyms, synonyms_of
from app.domain.ctcae import Resolved
from app.domain.ctcae.errors import UnknownDictionary
from tests.domain.ctcae.builders import DICTIONARY, FACTS, OWN_TERMS, SYNONYMS

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "app" / "data" / "dictionaries"
NCI_TEXT = ROOT.parent / "shared" / "data" / "ctcae"

VERSIONS = ("ctcae-4.03", "ctcae-5.0", "ctcae-6.0")
DIGESTS = {
    "ctcae-4.03": "sha256:49983546bc37538158b5c5ec2d7d35e512054d86de858bdc653ef3d618587c62",
    "synonyms-4.03-1": "sha256:93dd569aac0f4d4cb6ec5466f72f0d21080b1bc2bbe60ddb834f8f99fa00329c",
    "ctcae-5.0": "sha256:a5ae1e47b22efdccfc45658697f25be24a0fe619bbaf1151914d8916693defe3",
    "synonyms-1": "sha256:6f701019494a8b85b369941c4fd69a28b7c89ca618de434c358a8436fbbb6a31",
    "ctcae-6.0": "sha256:852212fa6c1376fc0ca22fe950b27cdc648d28ed8eb3923a6d04d345678bd2f7",
    "synonyms-6.0-1": "sha256:2c32b2c21c37107151f48784969a2e0e70d28223f7602fc5546711583b1aa3c4",
}


def document(document_id: str) -> Any:
    return json.loads((SHIPPED / f"{document_id}.json").read_text("utf-8"))


def test_ids_and_digests() -> None:
    assert available() == VERSIONS
    assert (FACTS.id, FACTS.title, SYNONYMS.id) == ("ctcae-5.0", "CTCAE 5.0", "synonyms-1")
    shipped = [each for name in VERSIONS for each in (load(name), synonyms_of(name))]
    assert {each.id: each.digest for each in shipped} == DIGESTS


def test_adding_to_a_dictionary_leaves_the_facts_digest() -> None:
    assert DICTIONARY.digest == FACTS.digest
    assert DICTIONARY.terms == FACTS.terms + OWN_TERMS


def test_unknown_ids_name_the_known() -> None:
    known = r"use 'ctcae-4\.03' or 'ctcae-5\.0' or 'ctcae-6\.0'"
    with pytest.raises(UnknownDictionary, match=f"no dictionary 'ctcae-7'; {known}"):
        load("ctcae-7")
    with pytest.raises(UnknownDictionary, match=known):
        synonyms_of("ctcae-7")
    with pytest.raises(UnknownDictionary, match="or 'synonyms-1' or"):
        load_synonyms("ctcae-5.0")


@pytest.mark.parametrize(
    ("name", "count", "laboratory", "lack"),
    [
        ("ctcae-4.03", 790, 50, {1: 185, 2: 89, 3: 66, 4: 262, 5: 299}),
        ("ctcae-5.0", 837, 58, {1: 192, 2: 92, 3: 87, 4: 286, 5: 343}),
        ("ctcae-6.0", 850, 60, {1: 198, 2: 96, 3: 96, 4: 287, 5: 338}),
    ],
)
def test_counts_are_those_of_ctcae(
    name: str, count: int, laboratory: int, lack: dict[int, int]
) -> None:
    terms = load(name).terms
    assert len(terms) == len({term.code for term in terms}) == count
    assert len(load(name).organ_classes) == 26
    assert {g: sum(not term.has_grade(g) for term in terms) for g in range(1, 6)} == lack
    assert sum(term.laboratory for term in terms) == laboratory
    assert {term.origin for term in terms} == {"ctcae"}


@pytest.mark.parametrize("name", VERSIONS)
def test_the_file_counts_itself_rightly(name: str) -> None:
    facts = load(name)
    assert document(name)["counts"] == {
        "organ_classes": len(facts.organ_classes),
        "terms": len(facts.terms),
        "laboratory": sum(term.laboratory for term in facts.terms),
        "with_grade": {
            str(g): sum(term.has_grade(g) for term in facts.terms) for g in range(1, 6)
        },
    }


@pytest.mark.parametrize("name", VERSIONS)
def test_other_specify_stands_once_in_each_organ_class(name: str) -> None:
    facts = load(name)
    others = Counter(term.organ_class for term in facts.terms if term.is_other)
    assert others == dict.fromkeys(facts.organ_classes, 1)


@pytest.mark.parametrize(
    ("name", "code", "grades", "laboratory"),
    [
        ("Anemia", 10002272, (1, 2, 3, 4, 5), True),
        ("Neutrophil count decreased", 10029366, (1, 2, 3, 4), True),
        ("Febrile neutropenia", 10016288, (3, 4, 5), False),
        ("Eosinophilia", 10014950, (1, 3), True),
        ("Death NOS", 10011914, (5,), False),
        ("Cytokine release syndrome", 10052015, (1, 2, 3, 4, 5), False),
    ],
)
def test_samples(name: str, code: int, grades: tuple[int, ...], laboratory: bool) -> None:
    term = FACTS.term(name)
    assert (term.code, term.grades, term.laboratory) == (code, grades, laboratory)


@pytest.mark.parametrize("name", VERSIONS)
def test_no_sentence_slipped_in(name: str) -> None:
    facts = document(name)
    longest = max(len(term.name) for term in load(name).terms)
    assert [text for text in texts(facts) if len(text) > longest] == []
    groups = facts["organ_classes"]
    assert {tuple(group) for group in groups} == {("name", "terms")}
    assert {tuple(term) for group in groups for term in group["terms"]} == {
        ("code", "name", "grades", "laboratory")
    }


def texts(part: object) -> Iterator[str]:
    match part:
        case str():
            yield part
        case dict():
            for value in part.values():
                yield from texts(value)
        case list():
            for value in part:
                yield from texts(value)
        case _:
            pass


@pytest.mark.parametrize("name", VERSIONS)
def test_one_term_a_line(name: str) -> None:
    lines = (SHIPPED / f"{name}.json").read_text("utf-8").splitlines()
    count = len(load(name).terms)
    assert sum('"code":' in line and '"grades":' in line for line in lines) == count


def test_synonyms_lead_to_terms_and_own_terms() -> None:
    targets = {synonym.term for synonym in SYNONYMS.synonyms}
    own = set(SYNONYMS.protocol_terms)
    assert own == {"ICANS", "Hemophagocytic lymphohistiocytosis", "IEC-HS"}
    assert targets <= {term.name for term in FACTS.terms} | own
    assert own <= targets


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("Neutropenia", "Neutrophil count decreased"),
        ("thrombocytopaenia", "Platelet count decreased"),
        ("Leucopenia", "White blood cell decreased"),
        ("Lymphocytopenia", "Lymphocyte count decreased"),
        ("Hyperbilirubinaemia", "Blood bilirubin increased"),
        ("CRS", "Cytokine release syndrome"),
        ("Immune effector cell-associated neurotoxicity syndrome", "ICANS"),
        ("Haemophagocytic syndrome", "Hemophagocytic lymphohistiocytosis"),
        ("Convulsion", "Seizure"),
        ("Rigors", "Chills"),
        ("Pneumonia", "Lung infection"),
    ],
)
def test_words_that_reports_use(word: str, name: str) -> None:
    assert DICTIONARY.resolve(word) == Resolved(term=DICTIONARY.term(name), by="synonym")


@pytest.mark.parametrize(
    "word",
    [
        "Status epilepticus", "Septic shock", "Organising pneumonia", "Agranulocytosis",
        "Blood pressure decreased", "Macrophage activation syndrome", "Cytokine storm",
        "Neurotoxicity", "Tachycardia", "SjS", "Rigor", "Asthenia", "Oliguria",
        "Deep vein thrombosis", "Transaminases increased", "Epilepsy", "Congestive heart failure",
    ],
)  # fmt: skip
def test_broader_and_narrower_words_stay_unresolved(word: str) -> None:
    assert not isinstance(DICTIONARY.resolve(word), Resolved)


def test_ambiguous_words_and_their_meanings() -> None:
    for entry in SYNONYMS.ambiguous:
        answer = DICTIONARY.resolve(entry.word)
        assert not isinstance(answer, Resolved)
        assert DICTIONARY.suggest(entry.word, 9) == entry.may_mean


def test_the_example_in_the_docs_runs(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "dictionaries.md").read_text("utf-8")
    example = tmp_path / "example.py"
    example.write_text(page.partition("```python\n")[2].partition("```")[0], "utf-8")
    made = runpy.run_path(str(example))["dictionary"]
    answer = made.resolve("Neutropenia")
    assert answer == Resolved(term=FACTS.term("Neutrophil count decreased"), by="synonym")


@pytest.mark.skipif(
    not NCI_TEXT.is_dir(), reason="NCI's text is not in ../shared/data/ctcae beside the checkout"
)
class TestAgainstNci:
    """The facts against NCI's text, which is not part of the project."""

    @pytest.mark.parametrize("version", ["4.03", "5.0", "6.0"])
    def test_each_term(self, version: str) -> None:
        source = json.loads((NCI_TEXT / f"ctcae-v{version}.json").read_text("utf-8"))
        facts = load(f"ctcae-{version}")
        assert {(t.code, t.name, t.organ_class, t.grades) for t in facts.terms} == {
            (
                entry["meddra_code"],
                entry["term"],
                entry["soc"],
                tuple(int(g) for g in "12345" if entry["grades"][g] is not None),
            )
            for entry in source
        }

    def test_laboratory_terms(self) -> None:
        listed = json.loads((NCI_TEXT / "laboratory-terms-v5.0.json").read_text("utf-8"))
        assert {t.name for t in FACTS.terms if t.laboratory} == set(listed["terms"])

    @pytest.mark.parametrize("version", ["4.03", "5.0", "6.0"])
    def test_the_tool_makes_the_shipped_file(self, version: str, tmp_path: Path) -> None:
        tool = runpy.run_path(str(ROOT / "tools" / "make_ctcae_facts.py"))
        output = tmp_path / "facts.json"
        inputs = [NCI_TEXT / f"ctcae-v{version}.json", NCI_TEXT / "laboratory-terms-v5.0.json"]
        tool["main"]([version, *map(str, inputs), str(output)])
        assert output.read_bytes() == (SHIPPED / f"ctcae-{version}.json").read_bytes()
