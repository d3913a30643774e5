"""What our own export of FHIR says beside FHIR's elements (docs/exports.md), read back.

Grades in order, times as they were recorded, and up to when an event was known to go on.
"""

from app.interchange.exports import fhir, sdtm
from app.interchange.fhir_elements import Cells, Element
from app.interchange.words import OUTCOMES


def put_returned(cells: Cells, resource: Element) -> None:
    """Write AEGRPID, the number and the time of the grade, the worst one, AEENRTPT and AEENTPT.

    The outcome has to be written before: only of an event that goes on is it said until when.
    """
    for identifier in resource.children("identifier"):
        if identifier.text("system") == fhir.EVENT:
            cells.put("AEGRPID", identifier.text("value"))
    for url, variable, element in (
        (fhir.STEP, sdtm.STEP, "valuePositiveInt"),
        (fhir.WORST, sdtm.WORST, "valueInteger"),
    ):
        for each in resource.extensions(url):
            cells.put(variable, each.number(element))
    for date in resource.children("_date"):
        for each in date.extensions(fhir.AS_RECORDED):
            cells.put("AESTDTC", each.text("valueString"))
    if OUTCOMES.get(cells.fields.get("AEOUT", "")) == "not_recovered":
        _put_end(cells, resource)


def _put_end(cells: Cells, resource: Element) -> None:
    for each in resource.extensions(fhir.ONGOING_AS_OF):
        cells.put("AEENRTPT", "ONGOING")
        cells.put("AEENTPT", each.text("valueString"))
