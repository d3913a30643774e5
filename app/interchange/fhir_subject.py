"""FHIR's Patient and ResearchSubject as rows of DM: the person, and the person in the study."""

from collections.abc import Mapping
from typing import Final

from app.interchange.fhir_elements import Cells, Element
from app.interchange.fhir_json import Unfit
from app.interchange.fhir_rows import (
    ENTERED_IN_ERROR,
    Rows,
    only_one,
    period,
    row,
    subject_of,
    taken_back,
)

_SEXES: Final[Mapping[str, str]] = {"male": "M", "female": "F"}


def patient(resource: Element) -> Rows:
    """Sex, birth and death. A record that another has replaced is refused, for both tell of one
    person: `active` false, or a link that says `replaced-by`.
    """
    for link in resource.children("link"):
        if link.text("type") == "replaced-by":
            other = link.reference("other")
            raise Unfit(
                "replaced",
                f"the Patient was replaced by {other.told if other else 'another'}: send that one",
            )
    if resource.flag("active") is False:
        raise Unfit(
            "replaced",
            "Patient.active is false, so the record is not in use: send the one that is, or leave "
            "`active` out where this one holds",
        )
    cells = Cells()
    gender = resource.text("gender")
    cells.put("SEX", _SEXES.get(gender or ""))
    if gender is not None and gender not in _SEXES:
        cells.put("GENDER", gender)
    cells.absent("SEX", resource.absent("gender"))
    cells.text("BRTHDTC", resource, "birthDate")
    _put_death(cells, resource)
    own = resource.text("id")
    number = next(
        (each for each in (e.text("value") for e in resource.children("identifier")) if each), None
    )
    if own is None and number is None:
        raise Unfit("no_identity", "the Patient has neither an id nor an identifier: send its id")
    return (row("DM", resource, cells, own or number or ""),)


def _put_death(cells: Cells, resource: Element) -> None:
    """DTHFL is Y where the patient died; that one is alive is told by no cell (SDTM)."""
    name = only_one(resource, "deceasedBoolean", "deceasedDateTime")
    cells.text("DTHDTC", resource, "deceasedDateTime")
    if name == "deceasedDateTime" or resource.flag("deceasedBoolean"):
        cells.put("DTHFL", "Y")
    cells.absent("DTHFL", resource.absent("deceasedBoolean"))


def research_subject(resource: Element) -> Rows:
    """The arm and the number in the study: R4's `individual` and `assignedArm`, R5's `subject`
    and `assignedComparisonGroup`.
    """
    status = resource.text("status")
    only_one(resource, "individual", "subject")
    subject = subject_of(resource, "individual", "subject")
    if status == ENTERED_IN_ERROR:
        return (taken_back("DM", resource, status, subject),)
    cells = Cells()
    cells.put("STATUS", status)
    numbers = [each.text("value") for each in resource.children("identifier")]
    if len(numbers) == 1:
        cells.put("SUBJID", numbers[0])
    for variable, names in (
        ("ARMCD", ("assignedArm", "assignedComparisonGroup")),
        ("ACTARMCD", ("actualArm", "actualComparisonGroup")),
    ):
        name = only_one(resource, *names)
        cells.put(variable, resource.text(name) if name else None)
        for each in names:
            cells.absent(variable, resource.absent(each))
    period(cells, resource, "period", "PARTICIPATION_START", "RFPENDTC")
    study = resource.reference("study")
    cells.put("STUDYREF", (study.told or study.display) if study else None)
    return (row("DM", resource, cells, subject),)
