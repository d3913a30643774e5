"""Faults of words and names, and those for which a document cannot be used."""

import pytest

from tests.domain.lint.documents import Data, criterion, exception
from tests.domain.lint.planted import Planted, each, is_found, more, read


def _another_agent(document: Data) -> None:
    document["agents"]["MORE-CELLS"] = "investigational"


def _no_second_term(document: Data) -> None:
    document["groups"]["liver"] = read(
        document, "R-LIVER", document["groups"]["liver"], ["Liver trouble"]
    )


PLANTED = (
    # the text of clauses
    Planted(
        "no locator",
        lambda d: criterion(d, "grade-4").pop("at"),
        "no_locator",
        "/dlt/criteria/0",
        "error",
    ),
    Planted(
        "a blank locator",
        lambda d: criterion(d, "grade-3").update(at="  "),
        "no_locator",
        "/dlt/criteria/1/at",
        "error",
    ),
    Planted(
        "a locator to be determined",
        lambda d: exception(d, "liver").update(at="TBD"),
        "placeholder_locator",
        "/dlt/exceptions/1/at",
    ),
    Planted(
        "a question mark as locator",
        lambda d: criterion(d, "shock").update(at="??"),
        "placeholder_locator",
        "/dlt/criteria/3/at",
    ),
    Planted(
        "no paraphrase",
        lambda d: exception(d, "liver").pop("says"),
        "no_paraphrase",
        "/dlt/exceptions/1",
        "error",
        counted=True,
    ),
    Planted(
        "dots as paraphrase",
        lambda d: criterion(d, "seizure").update(says="..."),
        "no_paraphrase",
        "/dlt/criteria/2/says",
        counted=True,
    ),
    Planted(
        "a copied paraphrase",
        lambda d: criterion(d, "shock").update(says="grade 4 or 5"),
        "duplicate_paraphrase",
        "/dlt/criteria/3/says",
        counted=True,
    ),
    # causality
    Planted(
        "a misspelt word",
        lambda d: d["dlt"]["counts"]["related"].update(any_of=["posible", "definite"]),
        "causality_outside_scale",
        "/dlt/counts/related/any_of/0",
        "error",
    ),
    Planted(
        "a gap in the scale",
        lambda d: d["dlt"]["counts"]["related"].update(any_of=["possible", "definite"]),
        "causality_gap",
        "/dlt/counts/related/any_of",
        counted=True,
    ),
    Planted(
        "the least words alone",
        lambda d: d["dlt"]["counts"]["related"].update(any_of=["unlikely", "possible"]),
        "causality_gap",
        "/dlt/counts/related/any_of",
    ),
    Planted(
        "related to lymphodepletion",
        lambda d: d["dlt"]["counts"]["related"].update(agent="lymphodepletion"),
        "background_agent",
        "/dlt/counts/related/agent",
        counted=True,
    ),
    Planted(
        "related to a list of lymphodepletion",
        lambda d: d["dlt"]["counts"]["related"].update(agent=["lymphodepletion"]),
        "background_agent",
        "/dlt/counts/related/agent",
    ),
    Planted(
        "a window after lymphodepletion",
        lambda d: d["dlt"]["window"].update(agent="lymphodepletion"),
        "background_agent",
        "/dlt/window/agent",
        counted=True,
    ),
    Planted(
        "related to nobody's agent",
        lambda d: d["dlt"]["counts"]["related"].update(agent="CELL"),
        "unknown_agent",
        "/dlt",
        "error",
    ),
    Planted(
        "a condition about nobody's agent",
        lambda d: criterion(d, "shock").update(
            when={"related": {"agent": "CELL", "any_of": ["definite"]}}
        ),
        "unknown_agent",
        "/dlt/criteria/3/when/related/agent",
        "error",
    ),
    Planted(
        "nobody's agent by an option that does not hold",
        lambda d: d["dlt"]["counts"]["related"].update(agent=read(d, "R-AGENT", "CELLS", "CELL")),
        "unknown_agent",
        "/dlt/counts/related/agent",
        "error",
        counted=True,
    ),
    # names
    Planted(
        "a misspelt term",
        lambda d: d["groups"].update(neutropenia=["Neutropaenia"]),
        "unknown_term",
        "/groups/neutropenia/0",
        "error",
    ),
    Planted(
        "a term that only another option has",
        _no_second_term,
        "unknown_term",
        "/groups/liver",
        "error",
    ),
    Planted(
        "a misspelt group",
        lambda d: exception(d, "liver")["when"]["all"][0].update(group="livers"),
        "unknown_group",
        "/dlt/exceptions/1/when/all/0/group",
        "error",
    ),
    Planted(
        "an empty group",
        lambda d: d["groups"].update(liver=[]),
        "empty_group",
        "/groups/liver",
        counted=True,
    ),
    Planted(
        "a group that nobody asks for",
        lambda d: d["groups"].update({"skin / hair": ["Alopecia"]}),
        "unused_group",
        "/groups/skin ~1 hair",
    ),
    Planted(
        "an intervention that nobody asks for",
        lambda d: d["interventions"].update(oxygen=["nasal cannula"]),
        "unused_intervention",
        "/interventions",
        "note",
    ),
    Planted(
        "an own term that nobody names",
        lambda d: d["grading"]["own_terms"].append({"term": "IEC-HS", "grades": [3, 4]}),
        "unused_own_term",
        "/grading/own_terms/1",
        "note",
    ),
    Planted(
        "a grade that no bound gives",
        lambda d: d["grading"]["own_terms"].append(
            {
                "term": "ICANS or ammonia",
                "grades": [1, 2],
                "measured": [{"grade": 1, "all": [{"analytes": ["alt"], "above": "3 x ULN"}]}],
            }
        ),
        "unmeasured_grade",
        "/grading/own_terms/1/measured",
        counted=True,
    ),
    Planted(
        "an agent that nobody asks for",
        _another_agent,
        "unused_agent",
        "/agents/MORE-CELLS",
        counted=True,
    ),
    Planted(
        "grade 4 of a term without it",
        lambda d: more(d, "criteria", grade=4, when={"term": "Chills"}),
        "grade_not_in_term",
        "/dlt/criteria/4",
    ),
    Planted(
        "a limit at a grade that the term has not",
        lambda d: more(
            d,
            "exceptions",
            when={"term": "Chills"},
            limit={"lasts": {"grade": 4, "no_longer_than": "P3D"}},
        ),
        "grade_not_in_term",
        "/dlt/exceptions/3",
    ),
    # documents that cannot be used
    Planted(
        "a clause id that stands twice",
        lambda d: criterion(d, "seizure").update(id="shock"),
        "duplicate_id",
        "/dlt",
        "error",
        counted=True,
    ),
    Planted(
        "a criterion that time could un-make",
        lambda d: criterion(d, "grade-4").update(when={"peak": {"at_most": 4}}),
        "not_monotone",
        "/dlt/criteria/0",
        "error",
    ),
    Planted(
        "a key that the language has not",
        lambda d: criterion(d, "grade-4").update(longer="P7D"),
        "not_of_the_language",
        "/dlt/criteria/0/longer",
        "error",
    ),
    Planted(
        "a limit without a unit",
        lambda d: criterion(d, "grade-3").update(longer_than=7),
        "bad_duration",
        "/dlt/criteria/1/longer_than",
        "error",
    ),
    Planted(
        "a dictionary that is not there",
        lambda d: d["grading"].update(dictionary="ctcae-9"),
        "unknown_dictionary",
        "/grading/dictionary",
        "error",
    ),
)


@pytest.mark.parametrize("planted", each(PLANTED))
def test_a_planted_fault_is_found(planted: Planted) -> None:
    assert is_found(planted).examples == ()
