"""How a FHIR resource names what was given."""

from app.interchange.fhir_elements import Element, Reference
from app.interchange.fhir_rows import key_to


def agent_of(resource: Element, holder: Element, reference: str, concept: str) -> str | None:
    """What was given: its name, or what points to it where the resource does not hold the name.

    An administration is told by the key of its row ("MedicationAdministration.id"), so that no
    other resource of the same id is taken for it.
    """
    written = holder.concept(concept)
    if written is not None:
        return written.word
    found = holder.reference(reference)
    if found is None:
        return None
    if found.told is not None and found.told.startswith("#"):
        return _contained(resource, found.told[1:], found)
    if found.type == "MedicationAdministration" and found.id is not None:
        return key_to(found.type, found.id)
    return found.display or found.told


def medication_of(resource: Element, holder: Element) -> str | None:
    """The medication of an administration: R4's medication[x], R5's CodeableReference."""
    either = holder.child("medication")
    if either is not None:
        return agent_of(resource, either, "reference", "concept")
    return agent_of(resource, holder, "medicationReference", "medicationCodeableConcept")


def _contained(resource: Element, own_id: str, found: Reference) -> str | None:
    """The name of a medication that stands within the resource."""
    for each in resource.children("contained"):
        if each.text("id") != own_id:
            continue
        if each.text("resourceType") == "MedicationAdministration":
            return medication_of(each, each) or found.display or found.told
        code = each.concept("code")
        return (code and code.word) or found.display or found.told
    return found.display or found.told
