"""A CRS grade with its reasons: the sentences of the answer are made here."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from app.domain.astct.answer import (
    GradeAnswer,
    MissingComponent,
    RuleUsed,
    ScaleBounds,
    ScaleFinding,
)
from app.domain.astct.completions import Decision
from app.domain.astct.crs import (
    FEVER_FROM,
    LOW_FLOW_L_MIN,
    PLAUSIBLE,
    CrsComponents,
    Fever,
    crs_decision,
    is_plausible,
    unit_of,
)
from app.domain.astct.crs_readings import CRS_READINGS
from app.domain.astct.death import CRS, because_of_death, findings_of_death
from app.domain.astct.drugs import MASKING, VASOPRESSORS, likeliest, masks_fever, support_of
from app.domain.astct.readings import NO_CHOICE, Options, options_of, touched

_RULES: Final[Mapping[int, str]] = {2: "CRS-R4", 3: "CRS-R5", 4: "CRS-R6"}
_DEVICES: Final[Mapping[str, str]] = {
    "none": "no oxygen",
    "nasal_cannula": "oxygen by nasal cannula",
    "blow_by": "blow-by oxygen",
    "high_flow_nasal_cannula": "oxygen by high-flow nasal cannula",
    "facemask": "oxygen by facemask",
    "nonrebreather": "oxygen by nonrebreather mask",
    "venturi": "oxygen by Venturi mask",
    "cpap": "CPAP",
    "bipap": "BiPAP",
    "mechanical_ventilation": "mechanical ventilation",
}
_MISSING: Final[Mapping[str, str]] = {
    "temperature": "The temperature: without it, whether there is a fever is not known.",
    "temperature_unit": "The unit of the temperature, C or F.",
    "fever_attributable_to_other_cause": "Whether the fever has another cause.",
    "masking_therapy": "Whether what was given masks a fever.",
    "fever_earlier_in_episode": "Whether there was a fever before the therapy that masks it.",
    "hypotension": "Whether there is hypotension.",
    "vasopressors": "Which vasopressors are given; an empty list says that none is.",
    "hypotension_attributable_to_other_cause": "Whether the hypotension has another cause.",
    "hypoxia": "Whether there is hypoxia.",
    "oxygen_device": "How the oxygen is given that the hypoxia requires.",
    "oxygen_flow_l_min": "The flow of oxygen: low is up to 6 L/min.",
    "hypoxia_attributable_to_other_cause": "Whether the hypoxia has another cause.",
    "death.occurred": "Whether the patient died.",
    "death.principal_cause": "Of what, above all, the patient died.",
}


def grade_crs(case: CrsComponents, chosen: Mapping[str, str] = NO_CHOICE) -> GradeAnswer:
    """The CRS grade of one assessment, and why. `chosen` are options of readings by id."""
    options = options_of(CRS_READINGS, chosen)
    found = crs_decision(case, options)
    return GradeAnswer(
        scale="ASTCT-2019-CRS",
        status="graded" if found.certain else "undetermined",
        grade=found.lowest if found.certain else None,
        bounds=ScaleBounds(min=found.lowest, max=found.highest),
        because=tuple(_because(case, options, found)),
        missing=tuple(MissingComponent(field=each, text=_MISSING[each]) for each in found.matters),
        readings=touched(CRS_READINGS, options, lambda other: _bounds(case, other)),
        findings=tuple(crs_findings(case)),
    )


def _bounds(case: CrsComponents, options: Options) -> tuple[int, int]:
    found = crs_decision(case, options)
    return found.lowest, found.highest


# --- because ----------------------------------------------------------------------------------


def _because(case: CrsComponents, options: Options, found: Decision) -> Iterator[RuleUsed]:
    fever, hypotension, hypoxia, death = found.outcomes
    yield from because_of_death(case.death, CRS, death)
    yield _of_temperature(case, options)
    yield from _of_masking(case, fever)
    yield from _of_hypotension(case, options, hypotension)
    yield from _of_hypoxia(case, hypoxia)
    if fever == {Fever.PRESENT} and hypotension == hypoxia == {0}:
        text = "Fever without hypotension and hypoxia that count: grade 1."
        yield RuleUsed(rule="CRS-R3", text=text)
    if min(hypotension) > 0 and min(hypoxia) > 0:
        text = "Hypotension and hypoxia: the more severe decides."
        yield RuleUsed(rule="CRS-R7", text=text)
    if case.organ_toxicity:
        terms = ", ".join(case.organ_toxicity)
        text = f"Organ toxicity ({terms}) is graded by CTCAE and does not change the CRS grade."
        yield RuleUsed(rule="CRS-R8", text=text)


def _of_temperature(case: CrsComponents, options: Options) -> RuleUsed:
    unit = unit_of(case, options)
    if case.temperature is None or unit is None:
        text = (
            "Whether there is a fever is not known: no temperature that can be read is recorded."
        )
        return RuleUsed(rule="CRS-R1", text=text)
    limit = "38.0 °C" if unit == "C" else "100.4 °F"
    shown = f"{case.temperature} °{unit}"
    if case.temperature < FEVER_FROM[unit]:
        return RuleUsed(rule="CRS-R1", text=f"{shown} is no fever, which begins at {limit}.")
    told = {
        True: "is a fever of another cause, which does not count.",
        False: f"is a fever, {limit} or more.",
        None: "is a fever; whether of another cause is not known.",
    }[case.fever_attributable_to_other_cause]
    return RuleUsed(rule="CRS-R1", text=f"{shown} {told}")


def _of_masking(case: CrsComponents, fever: frozenset[Fever]) -> Iterator[RuleUsed]:
    if fever == {Fever.PRESENT}:
        return
    if case.masking_therapy is None:
        if fever == {Fever.ABSENT}:
            text = (
                "Without fever, and without therapy that masks it, there is no CRS of any grade."
            )
            yield RuleUsed(rule="CRS-R1", text=text)
        return
    drug = case.masking_therapy
    if Fever.ABSENT not in fever and case.fever_earlier_in_episode:
        text = f"After a fever, {drug} was given: fever is no longer required."
    elif Fever.ABSENT not in fever:
        text = f"{drug} was given; by the reading, fever is not required then."
    elif Fever.WAIVED in fever:
        text = f"{drug} was given; whether it took away a fever of CRS is not known."
    else:
        text = f"{drug} was given, and there was no fever before: fever is still required."
    yield RuleUsed(rule="CRS-R2", text=text)


def _of_hypotension(
    case: CrsComponents, options: Options, found: frozenset[int]
) -> Iterator[RuleUsed]:
    if len(found) > 1:
        yield from _open("Hypotension", found)
        return
    (grade,) = found
    if grade == 0:
        if case.hypotension and case.hypotension_attributable_to_other_cause:
            text = "The hypotension has another cause and does not count."
            yield RuleUsed(rule="CRS-R7", text=text)
        else:
            yield RuleUsed(rule="CRS-R3", text="There is no hypotension that counts.")
        return
    support = support_of(case.vasopressors or ())
    counted = [*support.vasopressors]
    counted += support.inotropes if options["inotropes"] == "counted" else ()
    counted += support.oral if options["oral-vasopressors"] == "counted" else ()
    drugs = ", ".join(counted)
    text = {
        2: "Hypotension that requires no vasopressor: grade 2.",
        3: f"Hypotension on one vasopressor, vasopressin beside it or not ({drugs}): grade 3.",
        4: f"Hypotension on several vasopressors, vasopressin not counted ({drugs}): grade 4.",
    }[grade]
    yield RuleUsed(rule=_RULES[grade], text=text)


def _of_hypoxia(case: CrsComponents, found: frozenset[int]) -> Iterator[RuleUsed]:
    device = case.oxygen_device
    if len(found) > 1:
        yield from _open("Hypoxia", found)
        return
    (grade,) = found
    if grade:
        flow = "" if case.oxygen_flow_l_min is None else f" at {case.oxygen_flow_l_min} L/min"
        text = f"Hypoxia that requires {_DEVICES[str(device)]}{flow}: grade {grade}."
        yield RuleUsed(rule=_RULES[grade], text=text)
    elif case.hypoxia and case.hypoxia_attributable_to_other_cause:
        text = "The hypoxia has another cause and does not count."
        yield RuleUsed(rule="CRS-R7", text=text)
    elif device not in {None, "none"} and case.hypoxia is False:
        yield _support_without_hypoxia(str(device))
    else:
        yield RuleUsed(rule="CRS-R3", text="There is no hypoxia that counts.")


def _support_without_hypoxia(device: str) -> RuleUsed:
    given = _DEVICES[device]
    if device == "mechanical_ventilation":
        text = (
            "Ventilation without hypoxia, such as to protect the airway, is no grade 4 by itself."
        )
        return RuleUsed(rule="CRS-R11", text=text)
    text = f"{given[:1].upper()}{given[1:]} without hypoxia, such as for comfort, is no hypoxia."
    return RuleUsed(rule="CRS-R10", text=text)


def _open(what: str, found: Iterable[int]) -> Iterator[RuleUsed]:
    """A component of which several grades are possible; 0 is none that counts."""
    for grade in sorted(found):
        if grade:
            text = f"{what} may be grade {grade} by what is recorded."
            yield RuleUsed(rule=_RULES[grade], text=text)


# --- findings ---------------------------------------------------------------------------------


def crs_findings(case: CrsComponents) -> Iterator[ScaleFinding]:
    """What is odd about the components; each stands as it was recorded."""
    yield from _odd_temperature(case)
    yield from _odd_drugs(case)
    yield from _odd_oxygen(case)
    yield from findings_of_death(case.death, CRS)


def _odd_temperature(case: CrsComponents) -> Iterator[ScaleFinding]:
    number = case.temperature
    if number is not None:
        units = [case.temperature_unit] if case.temperature_unit else list(PLAUSIBLE)
        if not any(is_plausible(number, each) for each in units):
            ranges = " or ".join("{} to {} °".format(*PLAUSIBLE[each]) + each for each in units)
            text = (
                f"It is no body temperature ({ranges}): is the unit right? The fever is not known."
            )
            yield ScaleFinding(code="implausible_temperature", field="temperature", text=text)
    drug = case.masking_therapy
    if drug is not None and masks_fever(drug) is None:
        near = likeliest(drug, MASKING)
        hint = f"did you mean {near}?" if near else "write the drug's name, or null for none."
        text = f"{drug!r} is not known to mask a fever; {hint}"
        yield ScaleFinding(code="unknown_masking_therapy", field="masking_therapy", text=text)


def _odd_drugs(case: CrsComponents) -> Iterator[ScaleFinding]:
    support = support_of(case.vasopressors or ())
    for name in support.unknown:
        near = likeliest(name, VASOPRESSORS)
        hint = f"did you mean {near}?" if near else "it may be one or not; write it by its name."
        text = f"{name!r} is not known as a vasopressor; {hint}"
        yield ScaleFinding(code="unknown_vasopressor", field="vasopressors", text=text)
    for name in support.twice:
        text = f"{name} is named more than once, and counts once."
        yield ScaleFinding(code="named_twice", field="vasopressors", text=text)
    for name in support.inotropes:
        text = f"{name} is an inotrope; whether it counts as a vasopressor is a reading."
        yield ScaleFinding(code="inotrope", field="vasopressors", text=text)
    for name in support.oral:
        text = f"{name} is taken by mouth; whether it counts as a vasopressor is a reading."
        yield ScaleFinding(code="oral_vasopressor", field="vasopressors", text=text)
    if case.hypotension is False and (support.vasopressors or support.oral or support.unknown):
        text = "A vasopressor is recorded, and that there is no hypotension."
        code = "vasopressor_without_hypotension"
        yield ScaleFinding(code=code, field="hypotension", text=text)


def _odd_oxygen(case: CrsComponents) -> Iterator[ScaleFinding]:
    device, flow = case.oxygen_device, case.oxygen_flow_l_min
    if device not in {None, "none"} and case.hypoxia is False:
        text = f"{_DEVICES[str(device)]} is recorded, and that there is no hypoxia."
        yield ScaleFinding(code="oxygen_without_hypoxia", field="hypoxia", text=text)
    nothing_given = device == "none" or (device == "nasal_cannula" and flow == 0)
    if nothing_given and case.hypoxia:
        text = "Hypoxia is recorded and no oxygen; the table grades by what oxygen it requires."
        yield ScaleFinding(code="hypoxia_without_oxygen", field="oxygen_device", text=text)
    if flow is None:
        return
    if device == "none" and flow > 0:
        text = "A flow of oxygen is recorded, and that none was given."
        yield ScaleFinding(code="flow_without_device", field="oxygen_flow_l_min", text=text)
    if device == "high_flow_nasal_cannula" and flow <= LOW_FLOW_L_MIN:
        text = f"The device is a high-flow one and {flow} L/min is low: the reading decides."
        yield ScaleFinding(
            code="high_flow_device_at_low_flow", field="oxygen_flow_l_min", text=text
        )
    if device == "blow_by" and flow > LOW_FLOW_L_MIN:
        text = f"Blow-by oxygen is low-flow and {flow} L/min is high: the reading decides."
        yield ScaleFinding(code="blow_by_at_high_flow", field="oxygen_flow_l_min", text=text)
