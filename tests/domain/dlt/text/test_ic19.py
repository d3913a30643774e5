"""What IC19's rules say to a reader: the sentences on which its verdicts turn."""

import pytest

from tests.domain.dlt.text.reading import below, built_in

WITHIN_7 = "(calendar days; the 7th day still counts as within)"
WITHIN_28 = "(calendar days; the 28th day still counts as within)"
REPLACES = (
    "- Its limit stands in place of that of grade-3-persisting: a run that breaks it is a DLT by "
    "grade-3-persisting, even one that grade-3-persisting alone would have let pass. A run that "
    "rises above grade 3 is no longer exempt, but keeps this limit."
)


@pytest.fixture(scope="module")
def text() -> str:
    return built_in("NCT06886919")


def test_where_dlts_are_looked_for(text: str) -> None:
    assert below(text, "## Where DLTs are looked for")[:4] == [
        "- DLTs are looked for in the phase escalation; in any other the question does not arise.",
        "- A DLT window opens with each infusion of IC19.",
        "- The day of the infusion is day 0, and the window ends with the end of day 28, a "
        "calendar day at the site.",
        "- A run counts when it begins inside a window: the criterion's grade has to be reached "
        "there, while duration and recovery may be observed later.",
    ]


def test_what_counts(text: str) -> None:
    assert below(text, "## What counts") == [
        "- An event counts only where the causality to IC19 is possible, probable or definite "
        "(where assessors differ across this line, it is unknown until the committee rules).",
        "- An event does not count where all of these hold:",
        "  - the event is a laboratory finding",
        "  - the finding was judged not clinically significant",
    ]


def test_a_criterion_stands_beside_its_clause(text: str) -> None:
    said = below(text, "### grade-3-persisting")
    assert said[0] == (
        "> **Definition of DLT, item 2**: A grade 3 event that has not improved to grade 2 or "
        "less after 7 days, unless it is a laboratory finding without clinical significance."
    )
    assert said[1] == (
        f"- A run at grade 3 or more is a DLT when it lasts longer than 7 days {WITHIN_7} before "
        "the event is at grade 2 or less."
    )
    assert "its limit stands in place of this criterion's: liver-g3-14d" in said[3]
    assert below(text, "### grade-4-or-5")[1:] == [
        "- A run at grade 4 or more is a DLT as soon as that grade is reached.",
        "- It looks at every run that counts.",
        "- An exception that concerns the run takes it out as long as the exception holds.",
    ]
    seizure = below(text, "### seizure-g3-3d")
    assert seizure[2] == "- It looks only at a run where the term belongs to the group “seizure”."


def test_an_exception_that_only_exempts(text: str) -> None:
    assert below(text, "### neutropenia-g4-28d")[1:] == [
        "- It concerns a run where all of these hold:",
        "  - the term belongs to the group “neutropenia”",
        "  - the highest grade of the run is 4 or less",
        "- Such a run is no DLT as long as every stretch at grade 4 or more lasts no longer than "
        f"28 days {WITHIN_28}.",
        "- Where that no longer holds, the criteria decide as if this exception did not exist.",
    ]
    assert below(text, "### leukopenia")[-2:] == [
        "- Nothing else has to hold: such a run is no DLT by any criterion.",
        "- It has no limit that could be broken.",
    ]


def test_and_within_or_stands_in_lists(text: str) -> None:
    assert below(text, "### crs-g3-72h")[1:] == [
        "- It concerns a run where all of these hold:",
        "  - at least one of these holds:",
        "    - the term belongs to the group “cytokine release syndrome”",
        "    - all of these hold:",
        "      - the term belongs to the group “hypotension”",
        "      - an intervention of the kind “vasopressor” was given",
        "      - there were other symptoms of CRS",
        "  - the highest grade of the run is 3 or less",
        "- Such a run is no DLT as long as every stretch at grade 3 or more lasts no longer than "
        "72 hours (exactly 72 hours still counts as within).",
        REPLACES,
    ]


def test_two_limits_of_one_exception(text: str) -> None:
    assert below(text, "### icans-g3-7d-baseline-28d")[4:] == [
        "- Such a run is no DLT as long as all of these hold:",
        f"  - every stretch at grade 3 or more lasts no longer than 7 days {WITHIN_7}",
        f"  - the event is at its baseline or below within 28 days {WITHIN_28} of the start of "
        "the judged run",
        REPLACES,
    ]


def test_referral_and_syndromes(text: str) -> None:
    referred = below(text, "## Referral to the committee")[1]
    assert "first reaches grade 3 or more after every DLT window goes to the committee" in referred
    symptoms = below(text, "## Symptoms of a syndrome")
    assert symptoms[0].endswith("Fever; Hypotension; Hypoxia; Chills; Sinus tachycardia.")
    assert symptoms[1].endswith("by the clause that names it: Hypotension; Chills.")


def test_groups_list_their_terms(text: str) -> None:
    assert (
        "- **hemophagocytic syndrome:** 2 terms: Hemophagocytic lymphohistiocytosis; IEC-HS."
        in (below(text, "## Groups of terms"))
    )


def test_a_reading_shows_what_each_option_would_change(text: str) -> None:
    assert below(text, "### R-N6") == [
        "When does the clock of the return to baseline start? Nobody is named who ruled; the "
        "default is with-grade-3.",
        "- **with-grade-3 (holds):** With grade 3, like that of the remission to grade 2; a late "
        "return to baseline alone makes it a DLT.",
        "- **with-icans:** With the first ICANS of any grade.",
        "  - **exception icans-g3-7d-baseline-28d:** Such a run is no DLT as long as all of these "
        "hold:",
        f"    - every stretch at grade 3 or more lasts no longer than 7 days {WITHIN_7}",
        f"    - the event is at its baseline or below within 28 days {WITHIN_28} of the start of "
        "each stretch at grade 1 or more",
    ]


def test_what_several_clauses_would_say_alike_is_said_once(text: str) -> None:
    (clauses,) = [line for line in below(text, "### R-SPEC") if "as if this exception" in line]
    assert clauses.count("exception ") == 7  # six clauses, and the sentence's own word
    assert "exception liver-g3-14d, exception hemophagocytic-g3-14d" in clauses


def test_a_reading_that_no_rule_asks_for_says_so(text: str) -> None:
    assert "No rule of the document hangs on it." in below(text, "### R-DUR")


def test_a_reading_of_the_enrolment_gate(text: str) -> None:
    assert below(text, "### R-GATE-DLT")[-1] == (
        "  - **enrolment gate:** stagger, dlt\\_closes: yes"
    )
