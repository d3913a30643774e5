"""Each reading of the IC19 document, with each of its options: a case that it decides.

A reading with one option says that the engine knows no other.
"""

import pytest

from app.domain.adjudication.result import EventAdjudication
from app.domain.case import Event
from app.domain.errors import BadProtocol
from tests.builders import caused_by, event, ic19, ic19_patient, ic19_protocol, subject

AKI, PNEUMONITIS, CRS = "Acute kidney injury", "Pneumonitis", "Cytokine release syndrome"
D28_11H = "2026-03-29T11:30+08:00"

GRADE_4_ON_DAY_28 = event(AKI, (4, "2026-03-29"), (3, "2026-04-01"), (2, "2026-04-02"))
GRADE_4_AFTER_28_TIMES_24_H = event(AKI, (4, D28_11H), (2, "2026-03-31"))
GRADE_4_WITHIN_28_TIMES_24_H = event(AKI, (4, "2026-03-29T09:30+08:00"), (2, "2026-03-31"))
CRS_5_DAYS = event(CRS, (3, "2026-03-03"), (2, "2026-03-08"))
CRS_72_HOURS = event(CRS, (3, "2026-03-03T08:00+08:00"), (2, "2026-03-06T08:00+08:00"))
CRS_TWICE = event(
    CRS,
    (3, "2026-03-03T08:00+08:00"),
    (2, "2026-03-04T20:00+08:00"),
    (3, "2026-03-05T08:00+08:00"),
    (2, "2026-03-07T20:00+08:00"),
)
RISES_AFTER_WINDOW = event(PNEUMONITIS, (1, "2026-03-20"), (4, "2026-04-05"), (1, "2026-04-07"))
SEVEN_DAYS = event(PNEUMONITIS, (3, "2026-03-10"), (2, "2026-03-17"))
SEVEN_DAYS_AND_AN_HOUR = event(
    PNEUMONITIS, (3, "2026-03-10T08:00+08:00"), (2, "2026-03-17T09:00+08:00")
)
NEUTROPENIA_3 = event(
    "Neutropenia", (3, "2026-03-06"), (2, "2026-04-20"), clinically_significant=True
)
NEUTROPENIA_4_THEN_3 = event(
    "Neutropenia",
    (4, "2026-03-04"),
    (3, "2026-03-20"),
    (2, "2026-04-20"),
    clinically_significant=True,
)
CRS_4 = event(CRS, (4, "2026-03-04T06:00+08:00"), (2, "2026-03-04T16:00+08:00"))
HYPOTENSION_WITH_FEVER = event(
    "Hypotension",
    (3, "2026-03-04T08:00+08:00"),
    (1, "2026-03-07T16:00+08:00"),
    interventions=["vasopressor"],
    other_crs_symptoms=["fever 38.8"],
)
INVESTIGATOR_ALONE = event(
    AKI,
    (4, "2026-03-10"),
    (2, "2026-03-13"),
    causality=caused_by("possible") + caused_by("unlikely", "sponsor"),
)
SPONSOR_ALONE = event(
    AKI,
    (4, "2026-03-10"),
    (2, "2026-03-13"),
    causality=caused_by("unlikely") + caused_by("possible", "sponsor"),
)
DIED_ON_DAY_4 = event(PNEUMONITIS, (3, "2026-03-10"), ongoing=True)
BASELINE_4_ON_INFUSION_DAY = event(AKI, (4, "2026-03-01"), (1, "2026-03-04"), baseline_grade=4)
BASELINE_0_ON_INFUSION_DAY = event(AKI, (4, "2026-03-01"), (1, "2026-03-04"))
ICANS_FROM_GRADE_1 = event(
    "ICANS", (1, "2026-03-03"), (3, "2026-03-06"), (1, "2026-03-10"), (0, "2026-04-02")
)
UNKNOWN_CHILLS = event("Chills", (None, "2026-03-06"), (0, "2026-03-08"))
FEBRILE_NEUTROPENIA = event("Febrile neutropenia", (3, "2026-03-07"), (0, "2026-03-17"))
FATAL_PANCYTOPENIA = event("Pancytopenia", (5, "2026-03-07"))
SEIZURE_IN_ICANS = event("Seizure", (3, "2026-03-06"), (2, "2026-03-10"), part_of="AE-2")
HYPOXIA_IN_CRS = event("Hypoxia", (4, "2026-03-06"), (2, "2026-03-10"), part_of="AE-2")
SILENT = event(PNEUMONITIS, (3, "2026-03-10"), ongoing=True, ongoing_as_of="2026-03-12")


def judged(case: Event, readings: dict[str, str]) -> EventAdjudication:
    """The case adjudicated; what it is part of stands beside it."""
    syndrome = "ICANS" if case is SEIZURE_IN_ICANS else CRS
    beside = event(syndrome, (2, "2026-03-05"), (0, "2026-03-12"), id="AE-2")
    return ic19(case, *([beside] if case.part_of else []), readings=readings)


def began(case: Event) -> str:
    """A readable name of a case: its term and when it began."""
    onset = case.grades[0].at
    return f"{case.term} {onset.text if onset else ''} over {case.baseline_grade}"


DEFAULTS = {
    "R-WIN": "day-28-inside",
    "R-ONSET": "grade-reached-in-window",
    "R-INCL": "limit-included",
    "R-SPEC": "specific-limit-replaces-general",
    "R-G4ONLY": "grade-4-only",
    "R-REC": "first-documented-recovery",
    "R-MAX": "exemption-stops-at-its-grade",
    "R-MISS": "undetermined",
    "R-DAY": "calendar-days",
    "R-DUR": "first-moment-off-minus-first-moment-on",
    "R-CRS": "crs-limit-applies",
    "R-ASSESSOR": "committee-decides",
    "R-DEATH": "committee-decides",
    "R-BASE": "after-if-above-baseline",
    "R-N6": "with-grade-3",
    "R-G4END": "leaving-grade-4",
    "R-REFER": "first-reached-after-window",
    "R-TERM": "grades-of-the-term",
    "R-FN": "febrile-neutropenia-not-covered",
    "R-H6": "up-to-grade-4",
    "R-SEIZ": "seizure-keeps-its-clause",
    "R-SYN": "judged-under-syndrome",
    "R-SILENCE": "unknown-after-last-report",
    "R-GATE-DLT": "gap-stays-open",
}

DECIDED: list[tuple[str, str, Event, str]] = [
    ("R-WIN", "day-28-inside", GRADE_4_ON_DAY_28, "DLT"),
    ("R-WIN", "day-28-outside", GRADE_4_ON_DAY_28, "NOT_DLT"),
    ("R-WIN", "day-28-inside", GRADE_4_AFTER_28_TIMES_24_H, "DLT"),
    ("R-WIN", "elapsed-28-days", GRADE_4_AFTER_28_TIMES_24_H, "NOT_DLT"),
    ("R-WIN", "elapsed-28-days", GRADE_4_WITHIN_28_TIMES_24_H, "DLT"),
    ("R-ONSET", "grade-reached-in-window", RISES_AFTER_WINDOW, "NOT_DLT"),
    ("R-ONSET", "event-begins-in-window", RISES_AFTER_WINDOW, "DLT"),
    ("R-INCL", "limit-included", CRS_72_HOURS, "NOT_DLT"),
    ("R-INCL", "limit-excluded", CRS_72_HOURS, "DLT"),
    ("R-INCL", "limit-included", SEVEN_DAYS, "NOT_DLT"),
    ("R-INCL", "limit-excluded", SEVEN_DAYS, "DLT"),
    ("R-SPEC", "specific-limit-replaces-general", CRS_5_DAYS, "DLT"),
    ("R-SPEC", "specific-limit-only-exempts", CRS_5_DAYS, "NOT_DLT"),
    ("R-G4ONLY", "grade-4-only", NEUTROPENIA_3, "NOT_DLT"),
    ("R-G4ONLY", "grades-3-and-4", NEUTROPENIA_3, "DLT"),
    ("R-REC", "first-documented-recovery", CRS_TWICE, "NOT_DLT"),
    ("R-REC", "last-recovery", CRS_TWICE, "DLT"),
    ("R-MAX", "exemption-stops-at-its-grade", CRS_4, "DLT"),
    ("R-MAX", "grade-4-peak-covered", CRS_4, "NOT_DLT"),
    ("R-DAY", "calendar-days", SEVEN_DAYS_AND_AN_HOUR, "NOT_DLT"),
    ("R-DAY", "elapsed-days", SEVEN_DAYS_AND_AN_HOUR, "DLT"),
    ("R-CRS", "crs-limit-applies", HYPOTENSION_WITH_FEVER, "DLT"),
    ("R-CRS", "general-limit-applies", HYPOTENSION_WITH_FEVER, "NOT_DLT"),
    ("R-ASSESSOR", "committee-decides", INVESTIGATOR_ALONE, "UNDETERMINED"),
    ("R-ASSESSOR", "investigator-decides", INVESTIGATOR_ALONE, "DLT"),
    ("R-ASSESSOR", "investigator-decides", SPONSOR_ALONE, "NOT_DLT"),
    ("R-ASSESSOR", "sponsor-decides", SPONSOR_ALONE, "DLT"),
    ("R-ASSESSOR", "sponsor-decides", INVESTIGATOR_ALONE, "NOT_DLT"),
    ("R-ASSESSOR", "any-related", SPONSOR_ALONE, "DLT"),
    ("R-BASE", "after-if-above-baseline", BASELINE_4_ON_INFUSION_DAY, "NOT_DLT"),
    ("R-BASE", "after", BASELINE_4_ON_INFUSION_DAY, "DLT"),
    ("R-BASE", "after-if-above-baseline", BASELINE_0_ON_INFUSION_DAY, "DLT"),
    ("R-BASE", "either", BASELINE_0_ON_INFUSION_DAY, "UNDETERMINED"),
    ("R-N6", "with-grade-3", ICANS_FROM_GRADE_1, "NOT_DLT"),
    ("R-N6", "with-icans", ICANS_FROM_GRADE_1, "DLT"),
    ("R-G4END", "leaving-grade-4", NEUTROPENIA_4_THEN_3, "NOT_DLT"),
    ("R-G4END", "recovery-to-grade-2", NEUTROPENIA_4_THEN_3, "DLT"),
    ("R-TERM", "grades-of-the-term", UNKNOWN_CHILLS, "NOT_DLT"),
    ("R-TERM", "all-grades", UNKNOWN_CHILLS, "UNDETERMINED"),
    ("R-FN", "febrile-neutropenia-not-covered", FEBRILE_NEUTROPENIA, "DLT"),
    ("R-FN", "febrile-neutropenia-covered", FEBRILE_NEUTROPENIA, "NOT_DLT"),
    ("R-H6", "up-to-grade-4", FATAL_PANCYTOPENIA, "DLT"),
    ("R-H6", "any-grade", FATAL_PANCYTOPENIA, "NOT_DLT"),
    ("R-SEIZ", "seizure-keeps-its-clause", SEIZURE_IN_ICANS, "DLT"),
    ("R-SEIZ", "seizure-judged-under-icans", SEIZURE_IN_ICANS, "NOT_DLT"),
    ("R-SYN", "judged-under-syndrome", HYPOXIA_IN_CRS, "NOT_DLT"),
    ("R-SYN", "judged-alone", HYPOXIA_IN_CRS, "DLT"),
    ("R-SILENCE", "unknown-after-last-report", SILENT, "UNDETERMINED"),
    ("R-SILENCE", "persists-after-last-report", SILENT, "DLT"),
]


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("reading", "option", "case", "expected"),
    DECIDED,
    ids=[f"{each[0]}-{each[1]}-{began(each[2])}-{each[3]}" for each in DECIDED],
)
def test_the_option_decides(reading: str, option: str, case: Event, expected: str) -> None:
    assert judged(case, {reading: option}).verdict == expected


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("committee-decides", "UNDETERMINED"),
        ("event-ends-at-death", "NOT_DLT"),
        ("limit-exceeded-at-death", "DLT"),
    ],
)
def test_r_death_decides_what_a_death_from_another_cause_means(option: str, expected: str) -> None:
    judged = ic19(DIED_ON_DAY_4, readings={"R-DEATH": option}, death={"date": "2026-03-14"})
    assert judged.verdict == expected


def test_r_refer_decides_whether_a_later_rise_is_referred() -> None:
    again = event(AKI, (3, "2026-03-20"), (2, "2026-03-22"), (4, "2026-04-10"), (1, "2026-04-12"))
    first = ic19(again, readings={"R-REFER": "first-reached-after-window"})
    every = ic19(again, readings={"R-REFER": "any-rise-after-window"})
    assert (first.refer_to_committee, every.refer_to_committee) == (False, True)


@pytest.mark.parametrize(
    ("reading", "only"),
    [("R-MISS", "undetermined"), ("R-DUR", "first-moment-off-minus-first-moment-on")],
)
def test_a_reading_with_one_option_says_that_there_is_no_other(reading: str, only: str) -> None:
    found = {each.id: each for each in ic19_protocol().document.readings}[reading]
    assert list(found.options) == [only]
    assert "The engine knows no other option" in found.options[only]


#: Decided by cases of their own above, with a single option, or not read by adjudication.
ELSEWHERE = {"R-DEATH", "R-REFER", "R-MISS", "R-DUR", "R-GATE-DLT"}


@pytest.mark.parametrize("option", ["gap-stays-open", "gap-closes"])
def test_the_reading_of_the_enrolment_gate_changes_no_verdict(option: str) -> None:
    answer = ic19(GRADE_4_ON_DAY_28, readings={"R-GATE-DLT": option})
    assert answer.verdict == "DLT"
    assert option not in answer.readings


def test_every_option_of_every_reading_has_a_case_here() -> None:
    declared = {
        (reading.id, option)
        for reading in ic19_protocol().document.readings
        for option in reading.options
    }
    shown = {(reading, option) for reading, option, _, _ in DECIDED}
    elsewhere = {pair for pair in declared if pair[0] in ELSEWHERE}
    assert declared == shown | elsewhere


def test_the_defaults_are_those_that_the_case_files_use() -> None:
    defaults = {each.id: each.default for each in ic19_protocol().document.readings}
    assert defaults == DEFAULTS


def decisive() -> list[tuple[str, Event]]:
    """The options, as they stand, whose alternatives give another verdict of the same case."""
    found = []
    for reading, option, case, expected in DECIDED:
        others = {each[3] for each in DECIDED if each[0] == reading and each[2] is case}
        if others != {expected} and DEFAULTS[reading] == option:
            found.append((option, case))
    return found


@pytest.mark.parametrize(
    ("option", "case"), decisive(), ids=[f"{each[0]}-{began(each[1])}" for each in decisive()]
)
def test_a_reading_is_shown_where_another_option_would_change_the_verdict(
    option: str, case: Event
) -> None:
    assert option in judged(case, {}).readings


def test_the_reading_of_a_death_is_shown() -> None:
    assert "committee-decides" in ic19(DIED_ON_DAY_4, death={"date": "2026-03-14"}).readings


def test_a_signed_ruling_switches_a_reading_for_the_patient() -> None:
    ruling = {
        "on": "2026-03-09",
        "reading": "R-MAX",
        "answer": "grade-4-peak-covered",
        "by": "SRC",
    }
    patient = ic19_patient(subject(CRS_4, rulings=[ruling]))
    assert (patient.events[0].verdict, patient.subject.status) == ("NOT_DLT", "NO_DLT")
    assert "grade-4-peak-covered" in patient.events[0].readings


def test_an_option_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadProtocol, match="'day-30-inside' is no option; there are day-28-inside"):
        ic19_protocol(("R-WIN", "day-30-inside"))
    with pytest.raises(BadProtocol, match="there is no reading 'R-MOON'"):
        ic19_protocol(("R-MOON", "full"))
