"""CT1192: every option of every reading that adjudication knows decides some case."""

import pytest

from app.domain.case import Event
from tests.golden.trial import Choice, Trial, asked, ruled

CT1192 = Trial(protocol_id="NCT07339332", agent="CT1192")
ASK, NOT = "UNDETERMINED", "NOT_DLT"


def infection(grade: int | None, at: str, **recorded: object) -> Event:
    return CT1192.event("Lung infection", (grade, at), **recorded)  # type: ignore[arg-type]


SYNDROME = CT1192.event("Cytokine release syndrome", (2, "2026-03-04"), id="CRS-1")
DISPUTED = [CT1192.judgement("unrelated", "investigator"), CT1192.judgement("possible", "sponsor")]
COMPLETED = {"window_completed": {"on": "2026-03-15", "reason": "Progression"}}

CASES = [
    Choice("the afternoon of day 28", "R-WIN",
           {"day-28-inside": ASK, "day-28-outside": NOT, "elapsed-28-days": NOT},
           [infection(3, "2026-03-29T12:00+08:00")]),
    Choice("the morning of day 28", "R-WIN",
           {"day-28-inside": ASK, "day-28-outside": NOT, "elapsed-28-days": ASK},
           [infection(3, "2026-03-29T09:00+08:00")]),
    Choice("grade 2 on day 27 and grade 3 after the window", "R-ONSET",
           {"grade-reached-in-window": NOT, "event-begins-in-window": ASK},
           [CT1192.event("Lung infection", (2, "2026-03-28"), (3, "2026-04-02"))]),
    Choice("grade 1", "R-GRADE", {"grade-3-or-more": NOT, "any-grade": ASK},
           [CT1192.event("Headache", (1, "2026-03-05"))]),
    Choice("unlikely related", "R-CAUSE", {"possible-or-more": NOT, "unlikely-or-more": ASK},
           [infection(3, "2026-03-05", related="unlikely")]),
    Choice("the day after an early completion", "R-EARLY",
           {"completion-ends-window": NOT, "window-runs-on": ASK},
           [infection(3, "2026-03-16")], COMPLETED),
    Choice("the infusion day alone, at the baseline grade", "R-BASE",
           {"after-if-above-baseline": NOT, "after": ASK, "either": ASK},
           [infection(3, "2026-03-01", baseline_grade=3)]),
    Choice("hypotension within CRS", "R-SYN",
           {"judged-under-syndrome": NOT, "judged-alone": ASK},
           [CT1192.event("Hypotension", (3, "2026-03-05"), part_of="CRS-1"), SYNDROME]),
    Choice("an unknown grade of a term without grade 3", "R-TERM",
           {"grades-of-the-term": NOT, "all-grades": ASK},
           [CT1192.event("Alopecia", (None, "2026-03-05"))]),
]  # fmt: skip


@pytest.mark.parametrize("choice", CASES, ids=[each.says for each in CASES])
def test_the_option_decides(choice: Choice) -> None:
    found = {
        option: CT1192.verdict(
            *choice.events, readings={choice.reading: option}, **choice.recorded
        )
        for option in choice.verdicts
    }
    assert found == choice.verdicts


@pytest.mark.parametrize("choice", CASES, ids=[each.says for each in CASES])
def test_the_first_option_holds_unless_ruled_otherwise(choice: Choice) -> None:
    verdict = CT1192.verdict(*choice.events, **choice.recorded)
    assert verdict == next(iter(choice.verdicts.values()))


def test_a_dispute_is_left_to_the_committee_unless_ruled_otherwise() -> None:
    event = infection(3, "2026-03-05", causality=DISPUTED)
    assert set(asked(CT1192.first(event))) == {"causality", "committee_ruling"}


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
    event = infection(3, "2026-03-05", causality=DISPUTED)
    readings = {"R-ASSESSOR": option}
    assert CT1192.verdict(event, readings=readings, rulings=[ruled("yes")]) == verdict


def test_every_reading_with_options_has_a_case() -> None:
    decided = {choice.reading for choice in CASES} | {"R-ASSESSOR"}
    recorded_only = {
        "R-GATE-SLOTS",
        "R-GATE-DLT",
        "R-GATE-PHASE",
        "R-GATE-CLEARED",
        "R-GATE-EXPANSION",
    }
    several = {each.id for each in CT1192.document.readings if len(each.options) > 1}
    assert several == decided | recorded_only


def test_each_case_takes_every_option() -> None:
    options = {each.id: set(each.options) for each in CT1192.document.readings}
    assert [each.says for each in CASES if set(each.verdicts) != options[each.reading]] == []
