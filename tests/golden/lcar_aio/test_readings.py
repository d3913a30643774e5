"""LCAR-AIO: every option of every reading decides some case."""

import pytest

from app.domain.case import Event
from tests.golden.trial import Choice, Trial, asked, ruled

LCAR_AIO = Trial(protocol_id="LCAR-AIO", agent="LCAR-AIO")
ASK, NOT = "UNDETERMINED", "NOT_DLT"


def sepsis(at: str, **recorded: object) -> Event:
    return LCAR_AIO.event("Sepsis", (4, at), **recorded)  # type: ignore[arg-type]


SYNDROME = LCAR_AIO.event("Cytokine release syndrome", (2, "2026-03-04"), id="CRS-1")
DISPUTED = [
    LCAR_AIO.judgement("unrelated", "investigator"),
    LCAR_AIO.judgement("definite", "sponsor"),
]
TWICE = {"infused": ["2026-03-01T10:00+08:00", "2026-04-10T10:00+08:00"]}

CASES = [
    Choice("Day 31, 30 times 24 hours after the infusion", "R-WIN",
           {"day-30-last": NOT, "thirty-days-after": ASK, "elapsed-30-days": ASK},
           [sepsis("2026-03-31T10:00+08:00")]),
    Choice("a minute later", "R-WIN",
           {"day-30-last": NOT, "thirty-days-after": ASK, "elapsed-30-days": NOT},
           [sepsis("2026-03-31T10:01+08:00")]),
    Choice("Day 32", "R-WIN",
           {"day-30-last": NOT, "thirty-days-after": NOT, "elapsed-30-days": NOT},
           [sepsis("2026-04-01")]),
    Choice("after a second infusion", "R-AGAIN",
           {"each-infusion": ASK, "first-infusion": NOT}, [sepsis("2026-04-12")], TWICE),
    Choice("grade 2 on Day 28 and grade 3 after the window", "R-ONSET",
           {"grade-reached-in-window": NOT, "event-begins-in-window": ASK},
           [LCAR_AIO.event("Lung infection", (2, "2026-03-28"), (3, "2026-04-02"))]),
    Choice("in the expansion", "R-PHASE",
           {"every-phase": ASK, "escalation-only": "NOT_APPLICABLE"},
           [sepsis("2026-03-05")], {"phase": "expansion"}),
    Choice("serious at grade 2", "R-SEVERE", {"grade-3-or-more": NOT, "serious": ASK},
           [LCAR_AIO.event("Lung infection", (2, "2026-03-05"), facts={"serious": True})]),
    Choice("grade 3 and not serious", "R-SEVERE", {"grade-3-or-more": ASK, "serious": NOT},
           [LCAR_AIO.event("Lung infection", (3, "2026-03-05"), facts={"serious": False})]),
    Choice("possibly related", "R-CAUSE",
           {"possible-or-more": ASK, "probable-or-more": NOT, "definite": NOT},
           [sepsis("2026-03-05", related="possible")]),
    Choice("probably related", "R-CAUSE",
           {"possible-or-more": ASK, "probable-or-more": ASK, "definite": NOT},
           [sepsis("2026-03-05", related="probable")]),
    Choice("the infusion day alone, at the baseline grade", "R-BASE",
           {"after-if-above-baseline": NOT, "after": ASK, "either": ASK},
           [sepsis("2026-03-01", baseline_grade=4)]),
    Choice("hypotension within CRS", "R-SYN",
           {"judged-under-syndrome": NOT, "judged-alone": ASK},
           [LCAR_AIO.event("Hypotension", (3, "2026-03-05"), part_of="CRS-1"), SYNDROME]),
    Choice("an unknown grade of a term without grade 3", "R-TERM",
           {"grades-of-the-term": NOT, "all-grades": ASK},
           [LCAR_AIO.event("Alopecia", (None, "2026-03-05"))]),
]  # fmt: skip


@pytest.mark.no_cover
@pytest.mark.parametrize("choice", CASES, ids=[each.says for each in CASES])
def test_the_option_decides(choice: Choice) -> None:
    found = {
        option: LCAR_AIO.verdict(
            *choice.events, readings={choice.reading: option}, **choice.recorded
        )
        for option in choice.verdicts
    }
    assert found == choice.verdicts


@pytest.mark.parametrize("choice", CASES, ids=[each.says for each in CASES])
def test_the_first_option_holds_unless_ruled_otherwise(choice: Choice) -> None:
    verdict = LCAR_AIO.verdict(*choice.events, **choice.recorded)
    assert verdict == next(iter(choice.verdicts.values()))


def test_a_dispute_is_left_to_the_committee_unless_ruled_otherwise() -> None:
    event = sepsis("2026-03-05", causality=DISPUTED)
    assert set(asked(LCAR_AIO.first(event))) == {"causality", "committee_ruling"}


@pytest.mark.parametrize(
    ("option", "verdict"),
    [
        ("committee-decides", "UNDETERMINED"),
        ("investigator-decides", "NOT_DLT"),
        ("sponsor-decides", "DLT"),
        ("any-related", "DLT"),
    ],
)
def test_whose_causality_counts(option: str, verdict: str) -> None:
    event = sepsis("2026-03-05", causality=DISPUTED)
    readings = {"R-ASSESSOR": option}
    assert LCAR_AIO.verdict(event, readings=readings, rulings=[ruled("yes")]) == verdict


def test_every_reading_with_options_has_a_case() -> None:
    decided = {choice.reading for choice in CASES} | {"R-ASSESSOR"}
    assert {each.id for each in LCAR_AIO.document.readings if len(each.options) > 1} == decided


def test_each_case_takes_every_option() -> None:
    options = {each.id: set(each.options) for each in LCAR_AIO.document.readings}
    assert [each.says for each in CASES if set(each.verdicts) != options[each.reading]] == []
