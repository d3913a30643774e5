"""What our own export of FHIR says beside FHIR's elements (docs/exports.md), read back.

Grades in order, times as they were recorded, whether and up to when an event was known to go on,
who judged which agent, and what else the record holds of the event.
"""

from collections.abc import Mapping
from typing import Final

from app.interchange.exports import fhir, sdtm
from app.interchange.exports.columns import flag
from app.interchange.exports.recorded import PARTS, RecordedPart
from app.interchange.fhir_agents import agent_of
from app.interchange.fhir_elements import Cells, Element
from app.interchange.fhir_json import Unfit
from app.interchange.words import OUTCOMES

_PARTS: Final[Mapping[str, RecordedPart]] = {each.name: each for each in PARTS}
_READ: Final = frozenset({
    fhir.STEP, fhir.STEPS, fhir.WORST, fhir.ONGOING, fhir.ONGOING_AS_OF, fhir.RECORDED,
    fhir.VERDICT,
})  # fmt: skip


def is_ours(resource: Element) -> bool:
    """Whether our own export made a resource: it numbers its grade."""
    return any(resource.extensions(fhir.STEP))


def put_returned(cells: Cells, resource: Element) -> None:
    """Write AEGRPID, the number and the time of the grade, the worst one, AEENRTPT and AEENTPT;
    and, of a resource of our own, the judgements and what else the record holds.

    The outcome has to be written before: without our extension it says whether the event goes on.
    """
    for identifier in resource.children("identifier"):
        if identifier.text("system") == fhir.EVENT:
            cells.put("AEGRPID", identifier.text("value"))
    _put_numbers(cells, resource)
    for date in resource.children("_date"):
        for each in date.extensions(fhir.AS_RECORDED):
            cells.put("AESTDTC", each.text("valueString"))
    _put_end(cells, resource)
    if is_ours(resource):
        _refuse_strange(resource)
        _put_recorded(cells, resource)
        _put_judgements(cells, resource)


def _put_numbers(cells: Cells, resource: Element) -> None:
    for url, variable, element in (
        (fhir.STEP, sdtm.STEP, "valuePositiveInt"),
        (fhir.STEPS, sdtm.STEPS, "valueUnsignedInt"),
        (fhir.WORST, sdtm.WORST, "valueInteger"),
    ):
        for each in resource.extensions(url):
            cells.put(variable, each.number(element))


def _put_end(cells: Cells, resource: Element) -> None:
    for each in resource.extensions(fhir.ONGOING):
        cells.put("AEENRTPT", {"Y": "ONGOING", "N": "BEFORE"}.get(flag(each.flag("valueBoolean"))))
    for each in resource.extensions(fhir.ONGOING_AS_OF):
        if OUTCOMES.get(cells.fields.get("AEOUT", "")) == "not_recovered":
            cells.once("AEENRTPT", "ONGOING", resource.path)
        cells.put("AEENTPT", each.text("valueString"))


def _refuse_strange(resource: Element) -> None:
    """Refuse an extension of ours that this version does not know: a verdict may rest on it."""
    for each in resource.children("extension"):
        url = each.text("url") or ""
        if url.startswith(fhir.OURS) and url not in _READ:
            raise Unfit(
                "bad_element",
                f"{each.path} is {url[:200]!r}, which exports of this version do not have: import "
                "it with the version that made it, or leave the extension out",
            )


def _put_recorded(cells: Cells, resource: Element) -> None:
    for each in resource.extensions(fhir.RECORDED):
        for part in each.children("extension"):
            _put_part(cells, part)


def _put_part(cells: Cells, part: Element) -> None:
    name = part.text("url") or ""
    known = _PARTS.get(name)
    if known is None:
        raise part.wrong("url", "the name of a part of docs/exports.md")
    element = fhir.VALUES[known.shape]
    if not part.has(element):
        raise part.wrong(element, f"what is recorded as {name}, or leave the part out")
    match known.shape:
        case "flag":
            told = flag(part.flag(element))
        case "grade":
            told = part.number(element) or ""
        case _:
            told = part.text(element) or ""
    cells.once(known.variable, told, part.path)


def _put_judgements(cells: Cells, resource: Element) -> None:
    """Who judged the relation to which agent, and how, in our own columns."""
    number = 0
    for entity in resource.children("suspectEntity"):
        agent = agent_of(resource, entity, "instance", "instanceCodeableConcept")
        for causality in entity.children("causality"):
            concept = causality.concept("assessment")
            if concept is None or not concept.word:
                continue
            if agent is None:
                raise Unfit("bad_element", f"{entity.path} names no agent: write its display")
            author = causality.reference("author")
            who = None if author is None else author.display or author.told
            number += 1
            cells.put(f"DLTREL{number}", concept.word)
            cells.put(f"DLTRAG{number}", agent)
            cells.put(f"DLTRBY{number}", who)
