"""FHIR's AdverseEvent as a row of AE, R4 and R5 alike (https://hl7.org/fhir/R5/adverseevent.html).

R4's `event`, `date`, `outcome` (one) and `suspectEntity.instance` are R5's `code`,
`occurrence[x]`, `outcome` (a list) and `suspectEntity.instance[x]`. The R4 backport of
HL7's guide for research writes what R4 has no element for as extensions. `detected` is when the
event was noticed, and no start.
"""

from collections.abc import Iterator
from typing import Final

from app.interchange.fhir_agents import agent_of
from app.interchange.fhir_codes import MEDDRA, NCIT, OUTCOMES, SERIOUS_BY, SERIOUSNESS, Codes
from app.interchange.fhir_elements import Cells, Coding, Concept, Element
from app.interchange.fhir_grade import put_grade
from app.interchange.fhir_json import Unfit
from app.interchange.fhir_returned import is_ours, put_returned
from app.interchange.fhir_rows import (
    ENTERED_IN_ERROR,
    Rows,
    left_out,
    only_one,
    period,
    row,
    subject_of,
    taken_back,
)

_GUIDE: Final = "http://hl7.org/fhir/uv/ae-research-backport-ig/StructureDefinition"
_STATUS_URL: Final = f"{_GUIDE}/status"
MODIFIERS: Final = (
    _STATUS_URL,
    "http://hl7.org/fhir/uv/ae-research-ig/StructureDefinition/status",
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-AdverseEvent.status",
)
"""R5's status in R4: an extension that modifies, and is read."""

_STATUSES: Final = ("in-progress", "completed", ENTERED_IN_ERROR, "unknown")
_RESOLVED: Final = (
    "StructureDefinition/adverse-event-resolved-date",
    "StructureDefinition/resolve-date",
)
_CRITERIA: Final = (
    "StructureDefinition/seriousness-criteria",
    "StructureDefinition/adverse-event-seriousness-outcome",
)


def adverse_event(resource: Element) -> Rows:
    """The row of an adverse event; one that might have happened and did not is left out."""
    status = _status(resource)
    if status == ENTERED_IN_ERROR:
        return (taken_back("AE", resource, status, subject_of(resource, "subject")),)
    actuality = resource.text("actuality")
    if actuality == "potential":
        return left_out("AdverseEvent that was potential, not actual")
    if actuality != "actual":
        raise resource.wrong("actuality", '"actual", or "potential" where nothing happened')
    cells = Cells()
    cells.put("STATUS", status)
    _put_number(cells, resource)
    _put_term(cells, resource)
    _put_times(cells, resource)
    put_grade(cells, resource)
    _put_seriousness(cells, resource)
    _put_outcome(cells, resource)
    put_returned(cells, resource)
    _put_treatments(cells, resource)
    cells.put("AEEFFECT", _pointed_to(resource, "resultingCondition", "resultingEffect"))
    cells.put("STUDYREF", _pointed_to(resource, "study"))
    related = tuple(_related(resource))
    return (row("AE", resource, cells, subject_of(resource, "subject"), related=related),)


def _status(resource: Element) -> str | None:
    told = {resource.text("status")}
    for holder in ("modifierExtension", "extension"):
        told |= {
            each.text("valueCode")
            for each in resource.children(holder)
            if each.text("url") in MODIFIERS
        }
    statuses = sorted(each for each in told if each)
    if len(statuses) > 1:
        raise Unfit("contradiction", f"{resource.path} has the statuses {statuses}: send one")
    if statuses and statuses[0] not in _STATUSES:
        raise resource.wrong("status", "one of " + ", ".join(_STATUSES))
    return statuses[0] if statuses else None


def _put_number(cells: Cells, resource: Element) -> None:
    """AESPID: the business identifier, which several resources of one event may share."""
    numbers = [each.text("value") for each in resource.children("identifier")]
    if len(numbers) == 1:
        cells.put("AESPID", numbers[0])


def _put_term(cells: Cells, resource: Element) -> None:
    """What was reported, and its codes.

    A code of MedDRA does not say its level. It is written as that of a lowest level term, for
    every preferred term is one too, with the same code; CTCAE's terms are lowest level terms.
    """
    name = only_one(resource, "event", "code")
    concept = resource.concept(name) if name else None
    if name is None or concept is None:
        return
    cells.absent("AETERM", resource.absent(name))
    cells.put("AETERM", concept.text or concept.word)
    others = list(concept.codings)
    for systems, term, code in ((MEDDRA, "AELLT", "AELLTCD"), ((NCIT,), "AENCIT", "AENCITCD")):
        found = _the_one(concept, systems)
        if found is not None:
            cells.put(term, found.display)
            cells.put(code, found.code)
            others = [each for each in others if each.system not in systems]
    cells.put("AECODING", "; ".join(each.told for each in others))


def _the_one(concept: Concept, systems: tuple[str, ...]) -> Coding | None:
    """The code of a system: the only one, or the one that was chosen by a person."""
    found = [each for each in concept.codings if each.system in systems and each.code]
    if len({each.code for each in found}) > 1:
        found = [each for each in found if each.chosen]
    return found[0] if len({each.code for each in found}) == 1 else None


def _put_times(cells: Cells, resource: Element) -> None:
    name = only_one(resource, "date", "occurrenceDateTime", "occurrencePeriod", "occurrenceTiming")
    if name == "occurrenceTiming":
        raise resource.wrong(name, "an occurrenceDateTime or an occurrencePeriod")
    if name == "occurrencePeriod":
        period(cells, resource, name, "AESTDTC", "AEENDTC")
    for each in ("date", "occurrenceDateTime"):
        cells.once("AESTDTC", resource.text(each), resource.path)
        cells.absent("AESTDTC", resource.absent(each))
    for extension in resource.extensions(*_RESOLVED):
        cells.once("AEENDTC", extension.text("valueDateTime"), resource.path)
        cells.absent("AEENDTC", extension.absent("valueDateTime"))
    cells.text("AEDTC", resource, "recordedDate")
    cells.text("AEDETDTC", resource, "detected")


def _put_seriousness(cells: Cells, resource: Element) -> None:
    """AESER and the criteria that are told; one that is not told stays blank, which is not N."""
    concept = resource.concept("seriousness")
    if concept is not None:
        word = _meant(concept, SERIOUSNESS, resource)
        by = _criteria(concept)
        cells.put("AESER", word or ("Y" if by else concept.word))
        for criterion in by:
            cells.put(criterion, "Y")
    cells.absent("AESER", resource.absent("seriousness"))
    unknown = [
        word
        for extension in resource.extensions(*_CRITERIA)
        for word in _put_criterion(cells, resource, extension)
    ]
    cells.put("AESCRIT", "; ".join(unknown))


def _put_criterion(cells: Cells, resource: Element, extension: Element) -> Iterator[str]:
    """Write what an extension tells of criteria; the words of those that nobody has mapped."""
    concepts, present = extension.concepts("valueCodeableConcept"), True
    for part in extension.children("extension"):
        if part.text("url") == "criterionCode":
            concepts += part.concepts("valueCodeableConcept")
        elif part.text("url") == "criterionPresent":
            told = part.flag("valueBoolean")
            if told is None:
                return
            present = told
    for concept in concepts:
        criteria = _criteria(concept)
        for criterion in criteria:
            cells.once(criterion, "Y" if present else "N", resource.path)
        if not criteria and concept.word and present:
            yield concept.word


def _criteria(concept: Concept) -> list[str]:
    told = (SERIOUS_BY.get((coding.system, coding.code)) for coding in concept.codings)
    return [each for each in told if each is not None]


def _put_outcome(cells: Cells, resource: Element) -> None:
    """AEOUT; of several outcomes that differ all words, which then ask for the settings."""
    told = [
        _meant(concept, OUTCOMES, resource) or concept.word
        for concept in resource.concepts("outcome")
    ]
    cells.put("AEOUT", "; ".join(dict.fromkeys(each for each in told if each)))
    cells.absent("AEOUT", resource.absent("outcome"))


def _meant(concept: Concept, codes: Codes, resource: Element) -> str | None:
    """What the codes of a concept say. Raises Unfit where they say different things."""
    told = {codes.get((coding.system, coding.code)) for coding in concept.codings} - {None}
    if len(told) > 1:
        every = ", ".join(sorted(each for each in told if each))
        raise Unfit("contradiction", f"{resource.path} tells both {every}: send one of them")
    return told.pop() if told else None


def _put_treatments(cells: Cells, resource: Element) -> None:
    """AETRT: the names of what was done for the event.

    AECONTRT stays blank. A Y would say that the event was treated, and by nothing else: a dose of
    the study's own agent that was reduced is a mitigating action as well, and the list is open.
    """
    names = []
    for action in resource.children("mitigatingAction"):
        names.append(agent_of(resource, action, "itemReference", "itemCodeableConcept"))
    for extension in resource.extensions("StructureDefinition/mitigating-action"):
        for part in extension.children("extension"):
            if part.text("url") == "item":
                names.append(agent_of(resource, part, "valueReference", "valueCodeableConcept"))
    cells.put("AETRT", "; ".join(dict.fromkeys(each for each in names if each)))


def _pointed_to(resource: Element, *names: str) -> str:
    """What references point to: their words, else the references themselves."""
    told = [each.as_reference() for name in names for each in resource.children(name)]
    return "; ".join(each.display or each.told or "" for each in told)


def _related(resource: Element) -> Iterator[tuple[str, str]]:
    """The agents that were judged, and the word of each judgement as it was written; those of our
    own export stand in cells, with who judged.
    """
    for entity in () if is_ours(resource) else resource.children("suspectEntity"):
        name = only_one(entity, "instance", "instanceReference", "instanceCodeableConcept")
        reference = "instance" if name == "instance" else "instanceReference"
        agent = agent_of(resource, entity, reference, "instanceCodeableConcept")
        for causality in entity.children("causality"):
            for name in ("assessment", "entityRelatedness"):
                yield from _judged(agent, causality.concept(name))
    for extension in resource.extensions("StructureDefinition/suspect-entity"):
        parts = {part.text("url"): part for part in extension.children("extension")}
        instance, causality_part = parts.get("instance"), parts.get("causality")
        if instance is None or causality_part is None:
            continue
        agent = agent_of(resource, instance, "valueReference", "valueCodeableConcept")
        for part in causality_part.children("extension"):
            if part.text("url") == "entityRelatedness":
                yield from _judged(agent, part.concept("valueCodeableConcept"))


def _judged(agent: str | None, concept: Concept | None) -> Iterator[tuple[str, str]]:
    if agent is not None and concept is not None and concept.word is not None:
        yield agent, concept.word
