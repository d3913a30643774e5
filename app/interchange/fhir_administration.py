"""FHIR's MedicationAdministration as a row of EX, R4 and R5 alike.

R4's `effective[x]` is R5's `occurence[x]`, which R5 spells so; the right spelling is read as well.
"""

from typing import Final

from app.interchange.fhir_agents import medication_of
from app.interchange.fhir_elements import Cells, Element
from app.interchange.fhir_json import Unfit
from app.interchange.fhir_rows import (
    ENTERED_IN_ERROR,
    Rows,
    amount,
    only_one,
    period,
    row,
    subject_of,
    taken_back,
)

_GIVEN: Final = ("in-progress", "on-hold", "completed", "stopped")
_NOT_GIVEN: Final = ("not-done", ENTERED_IN_ERROR)
_TIMES: Final = ("effective", "occurence", "occurrence")


def medication_administration(resource: Element) -> Rows:
    """The row of an administration; one that did not take place takes an earlier row back."""
    status = resource.text("status")
    if status is None or status not in (*_GIVEN, *_NOT_GIVEN):
        if status == "unknown":
            raise Unfit(
                "unknown_status",
                f"{resource.path}.status is unknown: nobody can say whether the dose was given; "
                "send it as completed, stopped or not-done",
            )
        raise resource.wrong("status", "one of " + ", ".join((*_GIVEN, *_NOT_GIVEN)))
    subject = subject_of(resource, "subject")
    if status in _NOT_GIVEN:
        return (taken_back("EX", resource, status, subject),)
    cells = Cells()
    cells.put("STATUS", status)
    cells.put("EXTRT", medication_of(resource, resource))
    for name in ("medicationCodeableConcept", "medicationReference", "medication"):
        cells.absent("EXTRT", resource.absent(name))
    _put_times(cells, resource)
    dosage = resource.child("dosage")
    dose = dosage.child("dose") if dosage else None
    if dose is not None:
        amount(cells, dose, "EXDOSE", "EXDOSU")
    route = dosage.concept("route") if dosage else None
    cells.put("EXROUTE", route.word if route else None)
    return (row("EX", resource, cells, subject),)


def _put_times(cells: Cells, resource: Element) -> None:
    kinds = ("DateTime", "Period", "Timing")
    name = only_one(resource, *(f"{each}{kind}" for each in _TIMES for kind in kinds))
    if name is not None and name.endswith("Timing"):
        raise resource.wrong(name, "a dateTime or a Period")
    if name is not None and name.endswith("Period"):
        period(cells, resource, name, "EXSTDTC", "EXENDTC")
    for each in _TIMES:
        cells.once("EXSTDTC", resource.text(f"{each}DateTime"), resource.path)
        cells.absent("EXSTDTC", resource.absent(f"{each}DateTime"))
