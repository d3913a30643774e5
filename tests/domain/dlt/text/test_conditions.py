"""Every condition in words, and its negation said positively."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from app.domain.dlt.rule import Clocks, Condition
from app.domain.dlt.text.conditions import Joined, item_of, phrase_of
from app.domain.dlt.text.model import Item

_CONDITION: TypeAdapter[Any] = TypeAdapter(Condition)
DIFFER = "(where assessors differ across this line, it is unknown until the committee rules)"
DAYS_7 = "7 days (calendar days; the 7th day still counts as within)"
LONG_7 = "(calendar days; the 7th day is already too long)"


def phrase(condition: dict[str, Any], *, holds: bool = True, **clocks: Any) -> Any:
    return phrase_of(_CONDITION.validate_python(condition), Clocks(**clocks), holds=holds)


@pytest.mark.parametrize(
    ("condition", "said", "negated"),
    [
        (
            {"group": "lung"},
            "the term belongs to the group “lung”",
            "the term does not belong to the group “lung”",
        ),
        ({"term": "Nausea"}, "the term is “Nausea”", "the term is not “Nausea”"),
        (
            {"related": {"agent": "CELLS", "any_of": ["definite", "possible"]}},
            f"the causality to CELLS is possible or definite {DIFFER}",
            f"the causality to CELLS is unrelated, unlikely or probable {DIFFER}",
        ),
        (
            {"related": {"agent": ["CELLS", "A"], "any_of": ["definite", "probable"]}},
            f"the causality to at least one of CELLS and A is probable or definite {DIFFER}",
            f"the causality to each of CELLS and A is unrelated, unlikely or possible {DIFFER}",
        ),
        (
            {"related": {"agent": ["CELLS", "A", "B"], "any_of": ["definite", "probable"]}},
            f"the causality to at least one of CELLS, A and B is probable or definite {DIFFER}",
            f"the causality to each of CELLS, A and B is unrelated, unlikely or possible {DIFFER}",
        ),
        (
            {
                "related": {
                    "agent": "CELLS",
                    "any_of": ["unrelated", "unlikely", "possible", "probable", "definite"],
                    "where_assessors_differ": "sponsor",
                }
            },
            "the causality to CELLS is unrelated, unlikely, possible, probable or definite "
            "(where assessors differ across this line, the sponsor's counts)",
            "the causality to CELLS is none of unrelated, unlikely, possible, probable, definite "
            "(where assessors differ across this line, the sponsor's counts)",
        ),
        (
            {"laboratory": True},
            "the event is a laboratory finding",
            "the event is not a laboratory finding",
        ),
        (
            {"clinically_significant": False},
            "the finding was judged not clinically significant",
            "the finding was judged clinically significant",
        ),
        (
            {"intervention": "vasopressor"},
            "an intervention of the kind “vasopressor” was given",
            "no intervention of the kind “vasopressor” was given",
        ),
        (
            {"other_crs_symptoms": True},
            "there were other symptoms of CRS",
            "there were no other symptoms of CRS",
        ),
        (
            {"alternative_cause": ["infection", "disease"]},
            "an assessor named another cause: infection or disease",
            "no assessor named another cause: infection or disease",
        ),
        (
            {"fact": "planned", "equals": False},
            "the fact “planned” is recorded as false",
            "the fact “planned” is recorded as true",
        ),
        (
            {"number": {"name": "temperature", "unit": "Cel", "at_least": 38.5}},
            "the recorded number “temperature” is at least 38.5 Cel",
            "the recorded number “temperature” is below 38.5 Cel",
        ),
        (
            {"number": {"name": "delay", "above": 14}},
            "the recorded number “delay” is above 14",
            "the recorded number “delay” is at most 14",
        ),
        ({"serious": "any"}, "the event is serious", "the event is not serious"),
        (
            {"serious": "life_threatening"},
            "the event is serious by the criterion “life threatening”",
            "the event is not serious by the criterion “life threatening”",
        ),
        (
            {"concurrent": {"group": "fever", "grade": 2}},
            "another event of the group “fever” was at grade 2 or more at some time while this "
            "one was at the grade of the judged run or more",
            "no other event of the group “fever” was at grade 2 or more at some time while this "
            "one was at the grade of the judged run or more",
        ),
        (
            {"concurrent": {"term": "Fever", "while_grade": 3}},
            "another event of the term “Fever” was at grade 1 or more at some time while this "
            "one was at grade 3 or more",
            "no other event of the term “Fever” was at grade 1 or more at some time while this "
            "one was at grade 3 or more",
        ),
        (
            {"intervention": {"kind": "vasopressor", "longer_than": "PT24H"}},
            "an intervention of the kind “vasopressor” was given, without a gap, for longer than "
            "24 hours (exactly 24 hours still counts as within)",
            "no intervention of the kind “vasopressor” was given, without a gap, for longer than "
            "24 hours (exactly 24 hours still counts as within)",
        ),
        (
            {"intervention": {"kind": "ventilation", "at_least": "P2D"}},
            "an intervention of the kind “ventilation” was given, without a gap, for at least 2 "
            "days (calendar days; the 2nd day is enough)",
            "no intervention of the kind “ventilation” was given, without a gap, for at least 2 "
            "days (calendar days; the 2nd day is enough)",
        ),
        (
            {"intervention": {"kind": "ventilation", "at_least": "PT36H"}},
            "an intervention of the kind “ventilation” was given, without a gap, for at least 36 "
            "hours (exactly 36 hours is enough)",
            "no intervention of the kind “ventilation” was given, without a gap, for at least 36 "
            "hours (exactly 36 hours is enough)",
        ),
        (
            {"intervention": {"kind": "tocilizumab", "within": "P1D"}},
            "an intervention of the kind “tocilizumab” began within 1 day (calendar days; the 1st "
            "day still counts as within) of the start of the judged run, or before it",
            "no intervention of the kind “tocilizumab” began within 1 day (calendar days; the 1st "
            "day still counts as within) of the start of the judged run, nor before it",
        ),
        (
            {"occurrence": {"at_least": 3, "group": "fever"}},
            "the run is at least the third at the grade of the judged run or more of the group "
            "“fever”",
            "the run is not at least the third at the grade of the judged run or more of the "
            "group “fever”",
        ),
        (
            {"ruling": "Is it intolerable?"},
            "a person has answered “Is it intolerable?” with yes",
            "a person has answered “Is it intolerable?” with no",
        ),
        (
            {"peak": {"at_most": 3}},
            "the highest grade of the run is 3 or less",
            "the highest grade of the run is above 3",
        ),
        (
            {"peak": {"at_least": 2, "at_most": 3}},
            "the highest grade of the run is 2 or more and 3 or less",
            "the highest grade of the run is below 2 or above 3",
        ),
        (
            {"shift": {"at_least": 2}},
            "the highest grade of the run is at least 2 grades above its baseline",
            "the highest grade of the run is less than 2 grades above its baseline",
        ),
        ({"peak": {}}, "the highest grade of the run is any", "in no case"),
        (
            {"lasts": {"grade": 3, "longer_than": "P7D"}},
            f"a stretch at grade 3 or more lasts longer than {DAYS_7}",
            f"every stretch at grade 3 or more lasts no longer than {DAYS_7}",
        ),
        (
            {"lasts": {"grade": 5, "no_longer_than": "P7D"}},
            f"every stretch at grade 5 lasts no longer than {DAYS_7}",
            f"a stretch at grade 5 lasts longer than {DAYS_7}",
        ),
        ({"lasts": {"grade": 3}}, *["a stretch at grade 3 or more has no limit"] * 2),
        (
            {"recovers": {"to": 2, "within": "P7D"}},
            f"the event is at grade 2 or less within {DAYS_7} of the start of the judged run",
            f"the event is not at grade 2 or less within {DAYS_7} of the start of the judged run",
        ),
        (
            {"recovers": {"to": "baseline", "within": "P7D", "clock_from_grade": 1}},
            f"the event is at its baseline or below within {DAYS_7} of the start of each stretch "
            "at grade 1 or more",
            f"the event is not at its baseline or below within {DAYS_7} of the start of each "
            "stretch at grade 1 or more",
        ),
        (
            {"recovers": {"to": 0, "within": "P7D"}},
            f"the event is at grade 0 within {DAYS_7} of the start of the judged run",
            f"the event is not at grade 0 within {DAYS_7} of the start of the judged run",
        ),
        (
            {"lasts": {"grade": 3, "at_least": "P7D"}},
            f"a stretch at grade 3 or more lasts 7 days or longer {LONG_7}",
            f"every stretch at grade 3 or more lasts shorter than 7 days {LONG_7}",
        ),
        (
            {"lasts": {"grade": 3, "longer_than": "P7D", "counted_from": "first_infusion"}},
            f"a stretch at grade 3 or more lasts, counted from the first infusion, longer than "
            f"{DAYS_7}",
            f"every stretch at grade 3 or more lasts, counted from the first infusion, no longer "
            f"than {DAYS_7}",
        ),
        (
            {"lasts": {"grade": 3, "longer_than": "P7D", "total": True}},
            f"a stretch at grade 3 or more and the later ones of the event together last longer "
            f"than {DAYS_7}",
            f"every stretch at grade 3 or more and the later ones of the event together last no "
            f"longer than {DAYS_7}",
        ),
        (
            {"recovers": {"to": 2, "within": "P7D", "counted_from": "infusion"}},
            f"the event is at grade 2 or less within {DAYS_7} of the infusion",
            f"the event is not at grade 2 or less within {DAYS_7} of the infusion",
        ),
        (
            {
                "recovers": {
                    "to": 1,
                    "within": "P7D",
                    "counted_from": "infusion",
                    "clock_from_grade": 2,
                }
            },
            f"the event is at grade 1 or less within {DAYS_7} of the infusion, after each stretch "
            "at grade 2 or more",
            f"the event is not at grade 1 or less within {DAYS_7} of the infusion, after each "
            "stretch at grade 2 or more",
        ),
        ({"always": True}, "in every case", "in no case"),
        ({"always": False}, "in no case", "in every case"),
    ],
)
def test_each_kind(condition: dict[str, Any], said: str, negated: str) -> None:
    assert phrase(condition) == said
    assert phrase(condition, holds=False) == negated
    assert phrase({"not": condition}) == negated
    assert phrase({"not": {"not": condition}}) == said


def test_a_negation_goes_through_and_and_or_to_the_leaves() -> None:
    both = {"all": [{"laboratory": True}, {"any": [{"term": "A"}, {"term": "B"}]}]}
    assert phrase(both) == Joined(
        how="all",
        parts=(
            "the event is a laboratory finding",
            Joined(how="any", parts=("the term is “A”", "the term is “B”")),
        ),
    )
    assert phrase({"not": both}) == Joined(
        how="any",
        parts=(
            "the event is not a laboratory finding",
            Joined(how="all", parts=("the term is not “A”", "the term is not “B”")),
        ),
    )


@pytest.mark.parametrize("how", ["all", "any"])
def test_one_part_alone_needs_no_list(how: str) -> None:
    assert phrase({how: [{"term": "A"}]}) == "the term is “A”"


def test_several_parts_stand_below_the_sentence_as_a_list() -> None:
    parts = {"any": [{"term": "A"}, {"all": [{"term": "B"}, {"laboratory": False}]}]}
    assert item_of("It concerns a run where", phrase(parts)) == Item(
        text="It concerns a run where at least one of these holds:",
        below=(
            Item(text="the term is “A”"),
            Item(
                text="all of these hold:",
                below=(
                    Item(text="the term is “B”"),
                    Item(text="the event is not a laboratory finding"),
                ),
            ),
        ),
    )
    assert item_of("It counts where", phrase({"term": "A"})) == Item(
        text="It counts where the term is “A”."
    )


NAUSEA = "the term is “Nausea”"
NOT_NAUSEA = "the term is not “Nausea”"


@pytest.mark.parametrize(
    ("condition", "said", "negated"),
    [
        ({"any": [{"term": "Nausea"}, {"always": False}]}, NAUSEA, NOT_NAUSEA),
        ({"all": [{"always": True}, {"term": "Nausea"}]}, NAUSEA, NOT_NAUSEA),
        ({"any": [{"always": False}, {"always": False}]}, "in no case", "in every case"),
        ({"all": [{"always": True}]}, "in every case", "in no case"),
        (
            {"any": [{"term": "Nausea"}, {"always": True}]},
            Joined(how="any", parts=(NAUSEA, "in every case")),
            Joined(how="all", parts=(NOT_NAUSEA, "in no case")),
        ),
        (
            {"all": [{"term": "Nausea"}, {"always": False}]},
            Joined(how="all", parts=(NAUSEA, "in no case")),
            Joined(how="any", parts=(NOT_NAUSEA, "in every case")),
        ),
    ],
)
def test_what_decides_nothing_beside_others_is_not_said(
    condition: dict[str, Any], said: Any, negated: Any
) -> None:
    assert phrase(condition) == said
    assert phrase(condition, holds=False) == negated
