"""The versions beside each other: what a term is in another one, and whose a code is."""

import json
from typing import Any

import pytest

from app.data.dictionaries import available, load, synonyms_of, versions
from app.domain.ctcae import Edition, Resolved, Unresolved, Versions, protocol_term
from app.domain.ctcae.errors import BadChanges
from tests.domain.ctcae.builders import document, entry
from tests.domain.ctcae.test_shipped import SHIPPED

CHANGES = json.loads((SHIPPED / "ctcae-changes-1.json").read_text("utf-8"))["changes"]
KNOWN = {each: load(each).with_synonyms(synonyms_of(each)) for each in available()}
FIVE = KNOWN["ctcae-5.0"]
THROMBOCYTOPENIA = 10043554
"""A code of CTCAE 6.0 alone."""


def counterparts(dictionary_id: str, name: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    term = load(dictionary_id).term(name)
    return {
        each.edition.id: (each.relation, tuple(term.name for term in each.terms))
        for each in versions().counterparts(dictionary_id, term)
    }


@pytest.mark.parametrize(
    ("dictionary_id", "name", "expected"),
    [
        (
            "ctcae-5.0",
            "Neutrophil count decreased",
            {
                "ctcae-4.03": ("same", ("Neutrophil count decreased",)),
                "ctcae-6.0": ("same", ("Neutrophil count decreased",)),
            },
        ),
        (
            "ctcae-4.03",
            "Platelet count decreased",
            {
                "ctcae-5.0": ("same", ("Platelet count decreased",)),
                "ctcae-6.0": ("renamed", ("Thrombocytopenia",)),
            },
        ),
        (
            "ctcae-6.0",
            "Thrombocytopenia",
            {
                "ctcae-4.03": ("renamed", ("Platelet count decreased",)),
                "ctcae-5.0": ("renamed", ("Platelet count decreased",)),
            },
        ),
        (
            "ctcae-5.0",
            "Lower gastrointestinal hemorrhage",
            {
                "ctcae-4.03": ("same", ("Lower gastrointestinal hemorrhage",)),
                "ctcae-6.0": ("replaced", ("Hematochezia", "Melena")),
            },
        ),
        (
            "ctcae-6.0",
            "Candidiasis",
            {"ctcae-4.03": ("none", ()), "ctcae-5.0": ("replaced", ("Thrush",))},
        ),
        (
            "ctcae-6.0",
            "Immune effector cell-associated neurotoxicity syndrome",
            {"ctcae-4.03": ("none", ()), "ctcae-5.0": ("none", ())},
        ),
        (
            "ctcae-4.03",
            "Female genital tract fistula",
            {
                "ctcae-5.0": ("replaced", ("Uterine fistula", "Vaginal fistula")),
                "ctcae-6.0": ("replaced", ("Uterine fistula", "Vaginal fistula")),
            },
        ),
        (
            "ctcae-5.0",
            "Trochlear nerve disorder",
            {
                "ctcae-4.03": ("renamed", ("IVth nerve disorder",)),
                "ctcae-6.0": ("same", ("Trochlear nerve disorder",)),
            },
        ),
    ],
)
def test_what_a_term_is_in_the_other_versions(
    dictionary_id: str, name: str, expected: dict[str, tuple[str, tuple[str, ...]]]
) -> None:
    assert counterparts(dictionary_id, name) == expected


def test_a_protocols_own_term_is_in_no_version() -> None:
    found = versions().counterparts("ctcae-5.0", protocol_term("ICANS"))
    assert [(each.edition.id, each.relation) for each in found] == [
        ("ctcae-4.03", "none"),
        ("ctcae-6.0", "none"),
    ]


def test_a_kept_name_keeps_its_code() -> None:
    """What the table of changes rests on: NCI gives a renamed term a new code, and only that."""
    for older, newer in zip(available(), available()[1:], strict=False):
        before = {term.name: term.code for term in load(older).terms}
        after = {term.name: term.code for term in load(newer).terms}
        assert {n for n in before if before[n] == after.get(n)} == before.keys() & after.keys()
        assert len({*before.values(), *after.values()}) == len(before.keys() | after.keys())


def test_from_a_renamed_term_and_back() -> None:
    for change in CHANGES:
        if change["kind"] == "renamed":
            (new,) = change["became"]
            assert counterparts(change["from"], change["term"])[change["to"]] == (
                "renamed",
                (new["term"],),
            )
            assert counterparts(change["to"], new["term"])[change["from"]] == (
                "renamed",
                (change["term"],),
            )


def test_a_terms_former_name_is_a_word_for_it() -> None:
    """Renamed terms are synonyms of each other, in whichever version, by word or by code."""
    for change in CHANGES:
        if change["kind"] == "renamed":
            (new,) = change["became"]
            newer, older = KNOWN[change["to"]], KNOWN[change["from"]]
            if newer.id == "ctcae-6.0":  # the map of 5.0 is older than the table
                found = newer.resolve(change["term"])
                assert found == Resolved(term=newer.term(new["term"]), by="synonym")
            by_code = newer.resolve("", change["code"])
            assert isinstance(by_code, Resolved)
            assert (by_code.term.name, by_code.by) == (new["term"], "code")
            by_code = older.resolve("", new["code"])
            assert isinstance(by_code, Resolved)
            assert (by_code.term.name, by_code.by) == (change["term"], "code")


class TestACodeOfAnotherVersion:
    """It goes with the answer, never speaks against the words, and settles what they leave open
    only where it is the same event.
    """

    def test_words_that_resolve_stand(self) -> None:
        found = FIVE.resolve("Anemia", THROMBOCYTOPENIA)
        assert isinstance(found, Resolved)
        assert (found.term.name, found.by) == ("Anemia", "name")
        assert found.elsewhere is not None
        assert found.elsewhere.message == (
            "Code 10043554 is 'Thrombocytopenia' in CTCAE 6.0; CTCAE 5.0 has no such code, and "
            "calls the event 'Platelet count decreased'."
        )

    def test_unknown_words_are_settled_by_the_same_event(self) -> None:
        found = FIVE.resolve("PLT low", THROMBOCYTOPENIA)
        assert isinstance(found, Resolved)
        assert (found.term.name, found.by) == ("Platelet count decreased", "code")

    def test_by_what_the_name_means_here(self) -> None:
        """ICANS is no term of CTCAE 5.0, but one of this protocol's own."""
        code = 10083347
        assert isinstance(FIVE.resolve("neurotox gr 2", code), Unresolved)
        found = FIVE.with_terms([protocol_term("ICANS")]).resolve("neurotox gr 2", code)
        assert isinstance(found, Resolved)
        assert found.term.name == "ICANS"

    def test_what_comes_nearest_is_suggested_first(self) -> None:
        found = FIVE.resolve("Yeast", 10007152)
        assert isinstance(found, Unresolved)
        assert found.suggestions[0] == "Thrush"
        assert found.elsewhere is not None
        assert found.elsewhere.message.endswith(
            "CTCAE 5.0 has no such code; nearest to it comes 'Thrush'."
        )

    def test_an_ambiguous_word_keeps_its_meanings(self) -> None:
        found = FIVE.resolve("Renal failure", THROMBOCYTOPENIA)
        assert isinstance(found, Unresolved)
        assert found.ambiguous
        assert found.suggestions == ("Acute kidney injury", "Chronic kidney disease")
        settled = FIVE.resolve("Lower respiratory tract infection", 10035664)
        assert isinstance(settled, Resolved)
        assert settled.term.name == "Lung infection"

    def test_versions_that_share_a_code_are_named_together(self) -> None:
        found = KNOWN["ctcae-4.03"].code_elsewhere(10040555)
        assert found is not None
        assert found.message == (
            "Code 10040555 is 'Shingles' in CTCAE 5.0 and CTCAE 6.0; CTCAE 4.03 has no such code."
        )

    def test_a_code_of_no_version_says_nothing(self) -> None:
        assert FIVE.resolve("Anemia", 12) == FIVE.resolve("Anemia")
        assert FIVE.code_elsewhere(12) is None

    @pytest.mark.parametrize("dictionary_id", available())
    def test_what_resolves_by_words_never_becomes_another_term(self, dictionary_id: str) -> None:
        known = KNOWN[dictionary_id]
        for elsewhere in known.elsewhere:
            assert known.by_code(elsewhere.code) is None
            found = known.resolve("Fatigue", elsewhere.code)
            assert isinstance(found, Resolved)
            assert found.term.name == "Fatigue"


OLD = Edition.of(document(entry("Low BP", 1), entry("Fever", 2), entry("Fall", 3)) | {"id": "old"})
NEW = Edition.of(document(entry("Hypotension", 11), entry("Fever", 2)) | {"id": "new"})
RENAMED = {
    "from": "old",
    "to": "new",
    "kind": "renamed",
    "code": 1,
    "term": "Low BP",
    "became": [{"code": 11, "term": "Hypotension"}],
}


def joined(*changes: dict[str, Any], dictionaries: Any = ("old", "new")) -> Versions:
    return Versions.of(
        (OLD, NEW),
        {"id": "changes", "dictionaries": list(dictionaries), "changes": list(changes)},
    )


def test_a_table_of_changes_joins_versions() -> None:
    (found,) = joined(RENAMED).counterparts("old", OLD.terms[0])
    assert (found.relation, [term.name for term in found.terms]) == ("renamed", ["Hypotension"])


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ([RENAMED | {"code": 7}], "/changes/0/code"),
        ([RENAMED | {"term": "Lower BP"}], "/changes/0/code"),
        ([RENAMED | {"code": 2, "term": "Fever"}], "/changes/0/code"),
        ([RENAMED, RENAMED], "/changes/1/code"),
        ([RENAMED | {"became": []}], "/changes/0/became"),
        ([RENAMED | {"became": [{"code": 11, "term": "Low BP"}]}], "/changes/0/became"),
        ([RENAMED | {"kind": "same"}], "/changes/0/kind"),
        ([RENAMED | {"became": [{"code": 2, "term": "Fever"}]}], "/changes/0/kind"),
        ([RENAMED | {"became": None}], "/changes/0/became"),
    ],
)
def test_a_table_that_the_versions_contradict(changes: list[dict[str, Any]], pointer: str) -> None:
    with pytest.raises(BadChanges) as error:
        joined(*changes)
    assert pointer in [fault.pointer for fault in error.value.faults]


def test_a_table_of_other_versions() -> None:
    with pytest.raises(BadChanges, match="other versions than there are"):
        joined(dictionaries=("new", "old"))
