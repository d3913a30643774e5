"""What findings say: every code with its severity, and its message with the way out.

These are about any record as it was sent; those about the rows that records are made of are in
row_findings.py. Each stands in docs/record.md.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

Severity = Literal["info", "warning", "error"]
"""An error: the data cannot all be true. A warning: something lacks, or is odd. Else an info."""


class Told(NamedTuple):
    """What a code stands for: how bad it is, and what is said, in one sentence."""

    severity: Severity
    message: str


CODES: Final[Mapping[str, Told]] = MappingProxyType({
    "sequence_repeated": Told(
        "warning",
        "The source sent other content under the same sequence before, and what came last holds: "
        "give each change a sequence of its own.",
    ),
    "unknown_subject": Told(
        "warning",
        "The patient is not recorded yet, so the record is kept and decides nothing until the "
        "patient is recorded.",
    ),
    "time_in_future": Told(
        "error",
        "This time lies after the record arrived: correct it, or send it again when it has come.",
    ),
    "end_before_start": Told("error", "The end lies before the start: correct one of the two."),
    "no_grade": Told(
        "warning",
        "No grade was recorded, so every grade of the term is possible: send the grades with "
        "their times.",
    ),
    "order_contradicted": Told(
        "error",
        "This time contradicts the order of the grade changes, so it is taken as unknown: correct "
        "it, or send the changes in their order.",
    ),
    "ongoing_after_end": Told(
        "error",
        "The event is reported as ongoing, but its last grade ends it: correct one of the two.",
    ),
    "fatal_without_grade_5": Told(
        "error",
        "The event is reported as fatal, but no grade 5 is among its grades: send that grade with "
        "its time, or correct the seriousness.",
    ),
    "grade_5_without_death": Told(
        "warning",
        "Grade 5 was recorded, but no date of the patient's death: record the death with the "
        "patient, or correct the grade.",
    ),
    "grade_after_death": Told(
        "error", "A grade is recorded after grade 5: correct the grade, or the order."
    ),
    "change_after_death": Told(
        "error",
        "This time lies after the patient's death: correct it, or the date of the death.",
    ),
    "onset_before_infusion": Told(
        "warning",
        "The event began before the first exposure: send its grade at that time "
        "(baseline_grade).",
    ),
    "partial_date_at_infusion": Told(
        "warning",
        "This time may lie before or after the first exposure: send it more finely, or the grade "
        "at the exposure (baseline_grade) where only the clock time lacks.",
    ),
    "grade_above_worst": Told(
        "error",
        "This grade is above the worst grade of the whole event, which then bounds nothing: "
        "correct one of the two.",
    ),
    "baseline_above_first_grade": Told(
        "warning",
        "The grade at baseline is above the first grade of the course: correct one of the two, "
        "unless the event had already improved.",
    ),
    "relatedness_missing": Told(
        "warning",
        "This assessor has given no judgement, so it counts for nothing: send the relatedness.",
    ),
    "laboratory_without_assessments": Told(
        "info",
        "A laboratory grade is known only when it is measured: send the assessments, else the "
        "grade counts as known between the changes.",
    ),
    "unit_missing": Told(
        "warning", "No unit was sent, so the value is read in the unit of its limits: send it."
    ),
    "limits_missing": Told(
        "warning",
        "Neither limit of normal was sent, so the value cannot be compared with them: send lln "
        "and uln, or the laboratory whose ranges are recorded.",
    ),
    "value_missing": Told("warning", "No value was sent: send it, or void the result."),
    "value_not_numeric": Told(
        "warning", "The value is no number, so it is kept as text: send the number that was "
        "measured, if there is one.",
    ),
    "no_exposure": Told(
        "info",
        "No exposure was sent with the patient, so no window is known from this record alone: "
        "send the exposures, here or each by its source.",
    ),
    "stopped_before_infusion": Told(
        "error",
        "The {what} lies before an exposure: correct one of the two dates.",
    ),
})  # fmt: skip
"""Every code that a record can be flagged with on arrival."""
