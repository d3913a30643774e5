"""The grade of a FHIR adverse event: FHIR has no element for it, and guides have several.

`ae-grade` (R5) names codes of the NCI Thesaurus, `ctcae-grade` (R4) the numbers 0 to 5. The
backport's `severity-or-grade` writes 1 to 3 for a severity and for a grade alike: 1 to 3 are kept
as a severity, for a grade must not be made of one, and only 4 and 5 are grades.
"""

import re
from typing import Final

from app.interchange.fhir_codes import GRADES, SEVERITIES
from app.interchange.fhir_elements import Cells, Concept, Element
from app.interchange.fhir_json import Unfit

_GRADE_URLS: Final = ("StructureDefinition/ae-grade", "StructureDefinition/ctcae-grade")
_EITHER_URL: Final = "StructureDefinition/severity-or-grade"
_SEVERITY_URL: Final = "StructureDefinition/ae-severity"
_EITHER_SYSTEM: Final = "adverse-event-severity-or-grade-cs"
_EITHER: Final = {"1": "MILD", "2": "MODERATE", "3": "SEVERE"}
_SAID = re.compile(r"\bgrade\s*([0-5])\b", re.IGNORECASE)


def put_grade(cells: Cells, resource: Element) -> None:
    """AETOXGR and AESEV.

    Two grades that differ are refused: a verdict rests on the grade, and only its sender knows
    which of them holds.
    """
    for extension in resource.extensions(*_GRADE_URLS):
        cells.once("AETOXGR", _grade(extension), resource.path)
        cells.absent("AETOXGR", extension.absent("valueCodeableConcept"))
    for concept in _severities(resource):
        cells.once("AESEV", _severity(concept), resource.path)
    for extension in resource.extensions(_EITHER_URL):
        _put_either(cells, resource, extension)


def _grade(extension: Element) -> str | None:
    """The grade that an extension tells; one that cannot be read is kept as it was written."""
    whole = extension.number("valueInteger") or extension.text("valueCode")
    if whole is not None:
        return whole
    concept = extension.concept("valueCodeableConcept")
    if concept is None:
        return extension.text("valueString")
    told = {GRADES.get((coding.system, coding.code)) for coding in concept.codings} - {None}
    words = (concept.text, *(coding.display for coding in concept.codings))
    said = {found[1] for found in map(_SAID.search, filter(None, words)) if found}
    if len(told | (said if told else set())) > 1:
        every = ", ".join(sorted(each for each in told | said if each))
        raise Unfit(
            "contradiction",
            f"{extension.path} tells several grades ({every}): send the one that holds",
        )
    return told.pop() if told else concept.word


def _severities(resource: Element) -> list[Concept]:
    found = resource.concepts("severity")
    for extension in resource.extensions(_SEVERITY_URL):
        found += extension.concepts("valueCodeableConcept")
    return found


def _severity(concept: Concept) -> str | None:
    for coding in concept.codings:
        word = SEVERITIES.get((coding.system, coding.code))
        if word is not None:
            return word
    return concept.word


def _put_either(cells: Cells, resource: Element, extension: Element) -> None:
    for concept in extension.concepts("valueCodeableConcept"):
        codes = [
            coding.code
            for coding in concept.codings
            if (coding.system or "").endswith(_EITHER_SYSTEM)
        ]
        code = codes[0] if codes else None
        if code in {"4", "5"}:
            cells.once("AETOXGR", code, resource.path)
        elif any((coding.system, coding.code) in GRADES for coding in concept.codings):
            cells.once("AETOXGR", _grade(extension), resource.path)
        else:
            cells.once("AESEV", _EITHER.get(code or "") or _severity(concept), resource.path)
