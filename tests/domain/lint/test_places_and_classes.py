"""Pointers that lead somewhere, classes of terms, and sets of causality within readings."""

import pytest

from app.data.protocols import load
from app.domain.ctcae import Term
from app.domain.dlt.readings import decide
from app.domain.lint.classes import classes_of
from app.domain.lint.places import in_document, readings_in, values_of
from app.domain.lint.wording import is_placeholder
from app.use_cases.lint import linted_document
from tests.domain.lint.documents import codes, settled

DOCUMENT = {
    "dlt": {
        "criteria": [{"when": {"all": [{"term": "Fever"}]}}],
        "limit": {"reading": "R", "options": {"a/b": {"x": [1]}}},
    }
}


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("/dlt/criteria/0", "/dlt/criteria/0"),
        ("/dlt/criteria/0/at", "/dlt/criteria/0"),
        ("/dlt/criteria/1", "/dlt/criteria"),
        ("/dlt/criteria/0/when/all/all/0/term/term", "/dlt/criteria/0/when/all/0/term"),
        ("/dlt/limit/lasts/grade", "/dlt/limit"),
        ("/dlt/limit/options/a~1b/x/0", "/dlt/limit/options/a~1b/x/0"),
        ("", ""),
    ],
)
def test_a_pointer_leads_to_what_is_there(pointer: str, place: str) -> None:
    assert in_document(pointer, DOCUMENT) == place


def test_readings_and_values_are_found_with_their_places() -> None:
    assert [place for place, _ in readings_in(DOCUMENT)] == ["/dlt/limit"]
    assert list(values_of(DOCUMENT, "x")) == [("/dlt/limit/options/a~1b/x", [1])]
    assert list(values_of(DOCUMENT, "term")) == [("/dlt/criteria/0/when/all/0/term", "Fever")]


def term(name: str, *grades: int) -> Term:
    return Term(
        code=None, name=name, organ_class=None, grades=grades, laboratory=False, origin="ctcae"
    )


def test_a_class_has_every_grade_and_the_fewest() -> None:
    decided = decide(load("LCAR-AIO").ready.document)
    terms = [
        term("Mild", 1, 2),
        term("Grave", 3, 4),
        term("Both", 1, 2, 3),
        term("Least", 1),
        term("Fatal - Other, specify", 5),
    ]
    (known,) = classes_of(terms, [decided])
    assert [each.name for each in known.terms] == ["Both", "Grave", "Least"]
    assert known.size == 5


def test_terms_that_are_only_other_stand_for_themselves() -> None:
    decided = decide(load("LCAR-AIO").ready.document)
    (known,) = classes_of([term("Skin - Other, specify", 3)], [decided])
    assert [each.name for each in known.terms] == ["Skin - Other, specify"]


@pytest.mark.parametrize("text", ["?", "TBD", "n/a", "-", "xxx", "to be determined", "(tbc)", ""])
def test_a_placeholder_is_one(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", ["1", "5.1 a", "Closing paragraph", "Table X", "None of these"])
def test_a_locator_is_none(text: str) -> None:
    assert not is_placeholder(text)


@pytest.mark.no_cover
def test_each_option_of_a_set_of_causality_is_looked_at() -> None:
    document = settled()
    sets = {"more": ["possible", "probable", "definite"], "torn": ["possible", "definite"]}
    document["readings"].append(
        {
            "id": "R-CAUSE",
            "question": "Which causality counts?",
            "options": {"more": "Possible and above.", "torn": "Possible or definite."},
            "default": "more",
        }
    )
    document["dlt"]["counts"]["related"]["any_of"] = {"reading": "R-CAUSE", "options": sets}
    assert codes(linted_document(document)) == ["causality_gap"]


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("any_of", "found"),
    [(["unrelated", "unlikely"], []), (["possible", "definite"], ["causality_gap"])],
)
def test_a_condition_may_ask_for_any_part_of_the_scale(
    any_of: list[str], found: list[str]
) -> None:
    document = settled()
    document["dlt"]["criteria"][3]["when"] = {
        "all": [
            {"term": "Hypotension"},
            {"intervention": "vasopressor"},
            {"not": {"related": {"agent": "lymphodepletion", "any_of": any_of}}},
        ]
    }
    assert codes(linted_document(document)) == found


def test_a_document_without_dlts_is_looked_at_in_its_words_alone() -> None:
    document = settled()
    document["dlt"] = None
    document["stagger"] = [
        {
            "at": "TBD",
            "says": "Each waits for the one before.",
            "kind": "each_consecutive_pair",
            "gated_act": "infuse",
            "anchor": "infusion_start",
            "at_least": "P14D",
            "phases": ["escalation"],
        }
    ]
    document["readings"] = []
    report = linted_document(document)
    assert [(each.code, each.clauses) for each in report.findings] == [("placeholder_locator", ())]
    assert report.cases == 0


def test_where_causality_does_not_count_or_is_read_nothing_is_said_of_it() -> None:
    document = settled()
    document["dlt"]["counts"]["related"] = None
    assert codes(linted_document(document)) == []
    related = {"agent": "CELLS", "any_of": ["possible", "probable", "definite"]}
    document["readings"].append(
        {
            "id": "R-CAUSE",
            "question": "Does causality count?",
            "options": {"yes": "It does.", "no": "It does not."},
            "default": "yes",
        }
    )
    options = {"yes": related, "no": None}
    document["dlt"]["counts"]["related"] = {"reading": "R-CAUSE", "options": options}
    assert codes(linted_document(document)) == []
