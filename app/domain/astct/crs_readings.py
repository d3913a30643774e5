"""What the paper leaves open of CRS, and how it is read (docs/grading-crs-icans.md)."""

from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema

from app.domain.astct.readings import Book, ScaleReading, book_of, chosen_of, schema_of
from app.domain.case import Name

CRS_READINGS: Final[Book] = book_of(
    ScaleReading(
        id="temperature-without-unit",
        question="In which unit is a temperature that was recorded without one?",
        options={
            "unknown": "it is not known, and so is the fever",
            "by-plausibility": "in the one in which it is a body temperature",
        },
        default="unknown",
        source="CRS-R1",
    ),
    ScaleReading(
        id="masking-before-onset",
        question="Antipyretics, steroids or anticytokine therapy were given before any fever: "
        "can hypotension or hypoxia without fever be CRS?",
        options={
            "undetermined": "it may be: the fever may have been masked",
            "fever-required": "no: without fever there is no CRS",
            "fever-waived": "yes, as if there had been a fever",
        },
        default="undetermined",
        source="CRS-R2",
    ),
    ScaleReading(
        id="vasopressin-alone",
        question="Is vasopressin as the only drug a vasopressor?",
        options={
            "vasopressor": "yes: grade 3",
            "not-a-vasopressor": "no: hypotension that requires none, grade 2",
        },
        default="vasopressor",
        source="CRS-R5",
    ),
    ScaleReading(
        id="terlipressin",
        question="Does terlipressin count towards multiple vasopressors?",
        options={
            "vasopressor": "yes: vasopressin alone is excluded",
            "as-vasopressin": "no: it is like vasopressin",
        },
        default="vasopressor",
        source="CRS-R6",
    ),
    ScaleReading(
        id="inotropes",
        question="Is an inotrope such as dobutamine a vasopressor?",
        options={"not-counted": "no", "counted": "yes"},
        default="not-counted",
        source="CRS-R5",
    ),
    ScaleReading(
        id="oral-vasopressors",
        question="Is a drug by mouth that raises the pressure, such as midodrine, a vasopressor?",
        options={"undetermined": "it may be", "counted": "yes", "not-counted": "no"},
        default="undetermined",
        source="CRS-R5",
    ),
    ScaleReading(
        id="vasopressor-without-hypotension",
        question="A vasopressor is recorded, and that there is no hypotension: which holds?",
        options={
            "undetermined": "either may",
            "counted": "the vasopressor: it keeps the pressure up",
            "not-counted": "that there is no hypotension",
        },
        default="undetermined",
        source="CRS-R5",
    ),
    ScaleReading(
        id="high-flow-device-at-low-flow",
        question="What is oxygen by a high-flow device that is set to 6 L/min or less?",
        options={
            "device": "high-flow, by its device: grade 3",
            "flow": "low-flow, by its flow: grade 2",
        },
        default="device",
        source="CRS-R5",
    ),
    ScaleReading(
        id="blow-by-at-high-flow",
        question="What is blow-by oxygen at more than 6 L/min?",
        options={
            "device": "low-flow, by its device: grade 2",
            "flow": "high-flow, by its flow: grade 3",
        },
        default="device",
        source="CRS-R4",
    ),
    ScaleReading(
        id="hypoxia-without-oxygen",
        question="Hypoxia is recorded, and that no oxygen was given: which grade is it?",
        options={
            "undetermined": "the requirement is not known: grade 2 to 4",
            "lowest": "the lowest requirement: grade 2",
            "not-graded": "none, since no oxygen was required",
        },
        default="undetermined",
        source="CRS-R4",
    ),
)

CrsOptions = Annotated[
    dict[Name, Name],
    AfterValidator(chosen_of(CRS_READINGS)),
    WithJsonSchema(schema_of(CRS_READINGS)),
]
"""The chosen option of readings, by their ids; the others have their defaults."""
