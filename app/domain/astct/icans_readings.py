"""What the paper leaves open of ICANS, and how it is read (docs/grading-crs-icans.md)."""

from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema

from app.domain.astct.readings import Book, ScaleReading, book_of, chosen_of, schema_of
from app.domain.case import Name

ICANS_READINGS: Final[Book] = book_of(
    ScaleReading(
        id="age-for-capd",
        question="Up to which age is CAPD used?",
        options={
            "under-12": "under 12 years",
            "twelve-and-under": "12 years and under, as a public terminology prints it",
        },
        default="under-12",
        source="IC-R8",
    ),
    ScaleReading(
        id="delay-not-stated",
        question="What does it mean that nobody recorded a developmental delay?",
        options={
            "none": "that there is none, so CAPD is not used from 12 years",
            "unknown": "that it is not known",
        },
        default="none",
        source="IC-R8",
    ),
    ScaleReading(
        id="tool-with-delay",
        question="Which score counts from 12 years with a developmental delay?",
        options={
            "capd-if-recorded": "CAPD where it was recorded, else ICE",
            "ice-if-recorded": "ICE where it was recorded, else CAPD",
        },
        default="capd-if-recorded",
        source="IC-R8",
    ),
    ScaleReading(
        id="capd-score-and-unable",
        question="A CAPD score is recorded, and that CAPD could not be performed: which holds?",
        options={
            "undetermined": "either may",
            "score": "the score",
            "unable": "that it could not be performed: grade 4",
        },
        default="undetermined",
        source="IC-R8",
    ),
    ScaleReading(
        id="unable-while-sedated",
        question="The patient is unarousable of another cause, such as sedation: "
        "does an ICE of 0, or being unable to perform CAPD, count?",
        options={
            "counted": "yes, as the score that was recorded: ICE 0 is grade 3, unable grade 4",
            "undetermined": "it may",
            "not-counted": "no: it has the other cause too",
        },
        default="counted",
        source="IC-R3",
    ),
    ScaleReading(
        id="resolved-rapidly-but-long",
        question="A seizure is recorded that resolved rapidly and lasted more than 5 minutes: "
        "which holds?",
        options={
            "undetermined": "either may",
            "kind": "that it resolved rapidly: grade 3",
            "duration": "its duration: grade 4",
        },
        default="undetermined",
        source="IC-R4",
    ),
    ScaleReading(
        id="nonconvulsive-but-long",
        question="A nonconvulsive seizure on EEG is recorded that resolved with intervention and "
        "lasted more than 5 minutes: which holds?",
        options={
            "undetermined": "either may",
            "kind": "that it resolved with intervention: grade 3",
            "duration": "its duration: grade 4",
        },
        default="undetermined",
        source="IC-R4",
    ),
    ScaleReading(
        id="oedema-with-haemorrhage",
        question="Does oedema count that comes with an intracranial haemorrhage?",
        options={
            "not-counted": "no: haemorrhage with or without oedema is not of ICANS",
            "counted": "yes, as without haemorrhage",
        },
        default="not-counted",
        source="IC-R6",
    ),
    ScaleReading(
        id="raised-icp-with-haemorrhage",
        question="Do signs of raised intracranial pressure count beside a haemorrhage?",
        options={
            "counted": "yes: oedema alone is excluded",
            "not-counted": "no: they come with the haemorrhage",
        },
        default="counted",
        source="IC-R6",
    ),
)

IcansOptions = Annotated[
    dict[Name, Name],
    AfterValidator(chosen_of(ICANS_READINGS)),
    WithJsonSchema(schema_of(ICANS_READINGS)),
]
"""The chosen option of readings, by their ids; the others have their defaults."""
