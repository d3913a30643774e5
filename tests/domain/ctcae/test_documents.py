"""A document that cannot be used is refused with every fault at its place."""

from typing import Any

import pytest

from app.domain.ctcae import Dictionary, SynonymMap
from app.domain.ctcae.errors import BadDictionary, BadDocument, BadSynonyms
from tests.domain.ctcae.builders import document, entry, small, synonyms

HYPOTENSION = entry("Hypotension", 1)


def faults(error: pytest.ExceptionInfo[BadDocument]) -> dict[str, str]:
    return {fault.pointer: fault.message for fault in error.value.faults}


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("code", "1", "is '1', and should be a whole number"),
        ("code", True, "is True, and should be a whole number"),
        ("code", None, "is None, and should be a whole number"),
        ("grades", "1-5", "is '1-5', and should be a list of whole numbers"),
        ("grades", [True], "is [True], and should be a list of whole numbers"),
        ("laboratory", 0, "is 0, and should be true or false"),
        ("name", None, "is None, and should be a text"),
        ("name", " ", "is ' ', and should be a text"),
    ],
)
def test_a_part_of_the_wrong_type(part: str, value: object, message: str) -> None:
    with pytest.raises(BadDictionary) as error:
        small(HYPOTENSION | {part: value})
    assert faults(error)[f"/organ_classes/0/terms/0/{part}"] == message


@pytest.mark.parametrize("grades", [[0, 1], [1, 6], [3, 2], [2, 2], []])
def test_grades_that_do_not_exist(grades: list[int]) -> None:
    with pytest.raises(BadDictionary, match="of 'Hypotension' do not exist") as error:
        small(HYPOTENSION | {"grades": grades})
    assert list(faults(error)) == ["/organ_classes/0/terms/0"]


def test_a_name_that_stands_twice() -> None:
    with pytest.raises(BadDictionary) as error:
        small(HYPOTENSION, entry("HYPO-TENSION", 2))
    assert faults(error) == {"/terms/1/name": "'HYPO-TENSION' is the same as 'Hypotension'"}


def test_a_code_that_stands_twice() -> None:
    with pytest.raises(BadDictionary) as error:
        small(HYPOTENSION, entry("Flushing", 1))
    assert faults(error) == {"/terms/1/code": "1 is the code of 'Hypotension' too"}


def test_all_faults_at_once() -> None:
    broken = document(HYPOTENSION | {"code": None, "laboratory": None}, HYPOTENSION)
    del broken["title"]
    with pytest.raises(
        BadDictionary, match="Dictionary 'small-1' cannot be used: /title"
    ) as error:
        Dictionary.of(broken, digest="")
    assert list(faults(error)) == [
        "/title",
        "/organ_classes/0/terms/0/code",
        "/organ_classes/0/terms/0/laboratory",
    ]


@pytest.mark.parametrize(
    ("organ_classes", "place"),
    [(None, "/organ_classes"), ([3], "/organ_classes/0"), ([{}], "/organ_classes/0/terms")],
)
def test_no_organ_classes(organ_classes: Any, place: str) -> None:
    with pytest.raises(BadDictionary) as error:
        Dictionary.of(document() | {"organ_classes": organ_classes}, digest="")
    assert place in faults(error)


def test_a_synonym_map_of_the_wrong_shape() -> None:
    with pytest.raises(BadSynonyms) as error:
        SynonymMap.of(
            {"id": 1, "protocol_terms": "ICANS", "synonyms": [{"words": [3]}], "ambiguous": {}},
            digest="",
        )
    assert sorted(faults(error)) == [
        "/ambiguous",
        "/dictionary",
        "/id",
        "/protocol_terms",
        "/synonyms/0/words",
    ]


def test_a_word_that_stands_twice() -> None:
    with pytest.raises(BadSynonyms, match="'Low-BP' and 'low bp' are one word: keep one"):
        synonyms(("low bp", "Hypotension"), ambiguous={"Low-BP": ["Hypotension"]})


def test_the_same_word_written_the_same_twice() -> None:
    with pytest.raises(BadSynonyms, match="are one word"):
        synonyms(("low bp", "Hypotension"), ("low bp", "Flushing"))
