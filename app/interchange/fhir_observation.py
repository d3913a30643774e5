"""FHIR's Observation as rows of LB: laboratory results and vital signs, R4 and R5 alike."""

from typing import Final

from app.interchange.fhir_codes import INTERPRETATIONS, LOINC
from app.interchange.fhir_elements import Cells, Concept, Element
from app.interchange.fhir_rows import (
    ENTERED_IN_ERROR,
    Rows,
    amount,
    left_out,
    only_one,
    period,
    row,
    subject_of,
    taken_back,
    unit_of,
)

_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
_READ_CATEGORIES: Final = {"laboratory", "vital-signs"}
_STANDS: Final = ("preliminary", "final", "amended", "corrected", "appended", "unknown")
_TAKEN_BACK: Final = ("cancelled", ENTERED_IN_ERROR)
_NO_RESULT_YET: Final = ("registered", "specimen-in-process", "held")
_VALUES: Final = (
    "valueQuantity", "valueCodeableConcept", "valueString", "valueBoolean", "valueInteger",
    "valueRange", "valueRatio", "valueSampledData", "valueTime", "valueDateTime", "valuePeriod",
    "valueAttachment", "valueReference",
)  # fmt: skip
_AS_TEXT: Final = ("valueString", "valueTime", "valueDateTime")
_NORMAL: Final = (None, "normal")


def observation(resource: Element) -> Rows:
    """A row for the result, and one for each component.

    A result without a value makes a row where it says why there is none, and is left out where
    it is a panel, or says nothing.
    """
    status = resource.text("status")
    if status in _NO_RESULT_YET:
        return left_out(f"Observation {status}, without a result yet")
    if status is None or status not in (*_STANDS, *_TAKEN_BACK):
        raise resource.wrong("status", "one of " + ", ".join((*_STANDS, *_TAKEN_BACK)))
    categories = {
        code for concept in resource.concepts("category") for code in concept.codes(_CATEGORY)
    }
    if categories and not categories & _READ_CATEGORIES:
        return left_out("Observation of category " + ", ".join(sorted(categories)))
    return _rows(resource, status)


def _rows(resource: Element, status: str) -> Rows:
    components = resource.children("component")
    holders: list[tuple[str | None, Element]] = [(None, resource)]
    holders += zip(_names(components), components, strict=True)
    if status in _TAKEN_BACK:
        subject = subject_of(resource, "subject")
        return tuple(taken_back("LB", resource, status, subject, part=part) for part, _ in holders)
    told = [(part, each) for part, each in holders if _says(each)]
    if not told:
        panel = resource.has("hasMember")
        return left_out("Observation that is a panel" if panel else "Observation without a value")
    unread = next((each for _, each in told if _kind(each) in _UNREAD), None)
    if unread is not None:
        return left_out(f"Observation with a {_kind(unread)}")
    subject = subject_of(resource, "subject")
    return tuple(
        row("LB", resource, _cells(resource, each, status), subject, part=part)
        for part, each in told
    )


def _names(components: list[Element]) -> list[str]:
    """What tells the components of a result apart: their LOINC codes, else their places."""
    codes = [_loinc(each.concept("code")) for each in components]
    if all(codes) and len(set(codes)) == len(codes):
        return [code or "" for code in codes]
    return [str(at) for at in range(len(components))]


def _says(holder: Element) -> bool:
    return _kind(holder) is not None or holder.has("dataAbsentReason")


def _kind(holder: Element) -> str | None:
    return only_one(holder, *_VALUES)


_UNREAD: Final = (
    "valueRange", "valueRatio", "valueSampledData", "valuePeriod", "valueAttachment",
    "valueReference",
)  # fmt: skip


def _cells(resource: Element, holder: Element, status: str) -> Cells:
    cells = Cells()
    cells.put("STATUS", status)
    _put_test(cells, holder)
    _put_times(cells, resource)
    _put_value(cells, holder)
    _put_range(cells, holder)
    for concept in holder.concepts("interpretation"):
        words = (INTERPRETATIONS.get((coding.system, coding.code)) for coding in concept.codings)
        cells.put("LBNRIND", next((word for word in words if word), concept.word))
    return cells


def _put_test(cells: Cells, holder: Element) -> None:
    """LBLOINC and LBTEST. A local code is no LBTESTCD, for those are CDISC's: it is kept apart."""
    code = holder.concept("code")
    if code is None:
        raise holder.wrong("code", "what was measured")
    cells.put("LBTEST", code.text or code.word)
    loinc = _loinc(code)
    cells.put("LBLOINC", loinc)
    others = [each for each in code.codings if each.system != LOINC or loinc is None]
    cells.put("LBCODING", "; ".join(each.told for each in others))


def _loinc(code: Concept | None) -> str | None:
    """The one LOINC code, or the one of several that a person chose."""
    found = [each for each in code.codings if each.system == LOINC and each.code] if code else []
    if len({each.code for each in found}) > 1:
        found = [each for each in found if each.chosen]
    return found[0].code if len({each.code for each in found}) == 1 else None


def _put_times(cells: Cells, resource: Element) -> None:
    names = ("effectiveDateTime", "effectiveInstant")
    name = only_one(resource, *names, "effectivePeriod", "effectiveTiming")
    if name == "effectiveTiming":
        raise resource.wrong(name, "an effectiveDateTime or an effectivePeriod")
    if name == "effectivePeriod":
        period(cells, resource, name, "LBDTC", "LBENDTC")
    for each in names:
        cells.once("LBDTC", resource.text(each), resource.path)
        cells.absent("LBDTC", resource.absent(each))


def _put_value(cells: Cells, holder: Element) -> None:
    match _kind(holder):
        case "valueQuantity":
            quantity = holder.child("valueQuantity")
            if quantity is not None:
                amount(cells, quantity, "LBORRES", "LBORRESU")
        case "valueCodeableConcept":
            concept = holder.concept("valueCodeableConcept")
            cells.put("LBORRES", concept.word if concept else None)
        case "valueBoolean":
            cells.put("LBORRES", "true" if holder.flag("valueBoolean") else "false")
        case "valueInteger":
            cells.put("LBORRES", holder.number("valueInteger"))
        case name:
            cells.put("LBORRES", holder.text(name) if name in _AS_TEXT else None)
            cells.absent("LBORRES", holder.absent(name or "valueString"))
    reason = holder.concept("dataAbsentReason")
    if reason is not None:
        cells.absent("LBORRES", reason.word)
        if "not-performed" in {coding.code for coding in reason.codings}:
            cells.put("LBSTAT", "NOT DONE")


def _put_range(cells: Cells, holder: Element) -> None:
    """The limits of the one normal range, in the unit of the value.

    Of several that might hold (by age or sex) none is chosen here, and limits in another unit are
    not converted: either is told beside the blank limits.
    """
    ranges = [each for each in holder.children("referenceRange") if _is_normal(each)]
    if len(ranges) > 1:
        cells.absent("LBORNRLO", "several reference ranges")
        cells.absent("LBORNRHI", "several reference ranges")
        return
    for each in ranges:
        cells.text("LBSTNRC", each, "text")
        for name, variable in (("low", "LBORNRLO"), ("high", "LBORNRHI")):
            limit = each.child(name)
            if limit is not None:
                _put_limit(cells, limit, variable)


def _put_limit(cells: Cells, limit: Element, variable: str) -> None:
    if limit.text("comparator") is not None:
        raise limit.wrong("comparator", "a limit without one")
    unit = unit_of(limit)
    if unit is not None and unit != cells.fields.get("LBORRESU"):
        cells.absent(variable, f"stated in {unit}")
        return
    cells.put(variable, limit.number("value"))


def _is_normal(reference_range: Element) -> bool:
    kind = reference_range.concept("type")
    return kind is None or "normal" in {coding.code for coding in kind.codings}
