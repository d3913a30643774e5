"""CRS by ASTCT 2019: fever, hypotension, hypoxia.

The table and its footnotes are the rules CRS-R1 to CRS-R11. What is not recorded stands for all
that it could be: the grade is given only where every completion has the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from app.domain.astct.completions import Decision, Part, Possible, decide, either
from app.domain.astct.components import STRICT, Number
from app.domain.astct.crs_readings import CrsOptions
from app.domain.astct.death import CRS, ScaleDeath, part_of_death
from app.domain.astct.drugs import TERLIPRESSIN, VASOPRESSIN, masks_fever, support_of
from app.domain.astct.readings import Options
from app.domain.case import Flag, Name
from app.domain.grade import DEATH, Grade

Unit = Literal["C", "F"]
Device = Literal[
    "none", "nasal_cannula", "blow_by", "high_flow_nasal_cannula", "facemask", "nonrebreather",
    "venturi", "cpap", "bipap", "mechanical_ventilation",
]  # fmt: skip

FEVER_FROM: Final[Mapping[str, Decimal]] = {"C": Decimal("38.0"), "F": Decimal("100.4")}
PLAUSIBLE: Final[Mapping[str, tuple[int, int]]] = {"C": (25, 45), "F": (77, 113)}
"""Body temperatures, both ends included. The two ranges share nothing."""
LOW_FLOW_L_MIN: Final = 6
LOW, HIGH, POSITIVE_PRESSURE = 2, 3, 4
"""Grades of hypoxia by what it requires."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrsComponents:
    """What a CRS grade is made of, at one time. Null is not known, except where said otherwise.

    `masking_therapy` is what was given against fever or cytokines, null that nothing was;
    `vasopressors` are drugs by name, `[]` that none was given; `death` null means that there was
    none; an absent `…_attributable_to_other_cause` is false. `organ_toxicity` is CTCAE grades by
    term and never influences the grade.
    """

    __pydantic_config__ = STRICT

    temperature: Annotated[Number, Field(ge=-1000, le=1000)] | None = None
    temperature_unit: Unit | None = None
    fever_attributable_to_other_cause: Flag = False
    masking_therapy: Name | None = None
    fever_earlier_in_episode: Flag = None
    hypotension: Flag = None
    vasopressors: Annotated[tuple[Name, ...], Field(max_length=100)] | None = None
    hypotension_attributable_to_other_cause: Flag = False
    hypoxia: Flag = None
    oxygen_device: Device | None = None
    oxygen_flow_l_min: Annotated[Number, Field(ge=0, le=1000)] | None = None
    hypoxia_attributable_to_other_cause: Flag = False
    organ_toxicity: dict[Name, Grade | None] | None = None
    death: ScaleDeath | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrsRequest(CrsComponents):
    """The components, and readings that are chosen otherwise than by default."""

    __pydantic_config__ = STRICT

    readings: CrsOptions = field(default_factory=dict)


class Fever(Enum):
    """What fever does to the grade."""

    PRESENT = "present"
    WAIVED = "waived"
    """No longer required, after therapy that masks it (CRS-R2)."""
    ABSENT = "absent"


class Vasopressors(Enum):
    """What was given, as the table tells it apart."""

    NONE = "none"
    VASOPRESSIN = "vasopressin"
    ONE = "one"
    """One beside vasopressin, with or without it."""
    SEVERAL = "several"
    """Several beside vasopressin, with or without it."""


def crs_decision(case: CrsComponents, options: Options) -> Decision:
    """The grades of all completions. Outcomes: fever, hypotension, hypoxia, death."""
    parts = (
        _fever(case, options),
        _hypotension(case, options),
        _hypoxia(case, options),
        part_of_death(case.death, CRS),
    )
    return decide(parts, _combined)


def _combined(fever: Fever, hypotension: int, hypoxia: int, of_it: bool) -> int:
    if of_it:
        return DEATH
    if fever is Fever.ABSENT:
        return 0
    return max(hypotension, hypoxia, 1 if fever is Fever.PRESENT else 0)


# --- fever ------------------------------------------------------------------------------------


def unit_of(case: CrsComponents, options: Options) -> str | None:
    """The unit of the temperature, where it has one in which it is a body temperature."""
    if case.temperature is None:
        return None
    if case.temperature_unit is not None:
        candidates: tuple[str, ...] = (case.temperature_unit,)
    else:
        by_plausibility = options["temperature-without-unit"] == "by-plausibility"
        candidates = get_args(Unit) if by_plausibility else ()
    return next((each for each in candidates if is_plausible(case.temperature, each)), None)


def is_plausible(temperature: Decimal, unit: str) -> bool:
    """Whether it is a body temperature in that unit."""
    lowest, highest = PLAUSIBLE[unit]
    return lowest <= temperature <= highest


def _fever(case: CrsComponents, options: Options) -> Part:
    unit = unit_of(case, options)
    if case.temperature is None or unit is None:
        feverish: tuple[bool, ...] = (True, False)
    else:
        feverish = (case.temperature >= FEVER_FROM[unit],)
    masked = (
        (False,) if case.masking_therapy is None else either(masks_fever(case.masking_therapy))
    )
    waived = {
        "undetermined": (True, False),
        "fever-required": (False,),
        "fever-waived": (True,),
    }[options["masking-before-onset"]]
    return Part(
        of=(
            Possible(field=_asked_of_fever(case), values=feverish),
            Possible(
                field="fever_attributable_to_other_cause",
                values=either(case.fever_attributable_to_other_cause),
            ),
            Possible(field="masking_therapy", values=masked),
            Possible(
                field="fever_earlier_in_episode", values=either(case.fever_earlier_in_episode)
            ),
            Possible(field="fever_earlier_in_episode", values=waived),
        ),
        outcome=_fever_of,
    )


def _asked_of_fever(case: CrsComponents) -> str:
    """What is body temperature in some unit lacks that unit; any other number is wrong itself."""
    number = case.temperature
    if number is None or case.temperature_unit is not None:
        return "temperature"
    known = any(is_plausible(number, each) for each in get_args(Unit))
    return "temperature_unit" if known else "temperature"


def _fever_of(
    feverish: bool, of_other_cause: bool, masked: bool, earlier: bool, waived_all_the_same: bool
) -> Fever:
    if feverish and not of_other_cause:
        return Fever.PRESENT
    if masked and (earlier or waived_all_the_same):
        return Fever.WAIVED
    return Fever.ABSENT


# --- hypotension ------------------------------------------------------------------------------


def _hypotension(case: CrsComponents, options: Options) -> Part:
    given = vasopressors_of(case, options)
    recorded = case.vasopressors is not None and given != (Vasopressors.NONE,)
    counted = {
        "undetermined": (True, False),
        "counted": (True,),
        "not-counted": (False,),
    }[options["vasopressor-without-hypotension"]]
    alone = LOW if options["vasopressin-alone"] == "not-a-vasopressor" else HIGH

    def outcome(of_other_cause: bool, low: bool, drugs: Vasopressors, shown: bool) -> int:
        if of_other_cause or not (low or (shown and drugs is not Vasopressors.NONE)):
            return 0
        return {
            Vasopressors.NONE: 2,
            Vasopressors.VASOPRESSIN: alone,
            Vasopressors.ONE: 3,
            Vasopressors.SEVERAL: 4,
        }[drugs]

    return Part(
        of=(
            Possible(
                field="hypotension_attributable_to_other_cause",
                values=either(case.hypotension_attributable_to_other_cause),
            ),
            Possible(field="hypotension", values=either(case.hypotension)),
            Possible(field="vasopressors", values=given),
            Possible(field="hypotension", values=counted if recorded else (False,)),
        ),
        outcome=outcome,
    )


def vasopressors_of(case: CrsComponents, options: Options) -> tuple[Vasopressors, ...]:
    """What may have been given. A name that is not known may be any vasopressor, or none."""
    if case.vasopressors is None:
        return tuple(Vasopressors)
    support = support_of(case.vasopressors)
    like_vasopressin = {VASOPRESSIN}
    if options["terlipressin"] == "as-vasopressin":
        like_vasopressin.add(TERLIPRESSIN)
    others = [each for each in support.vasopressors if each not in like_vasopressin]
    if options["inotropes"] == "counted":
        others += support.inotropes
    vasopressin = not like_vasopressin.isdisjoint(support.vasopressors)
    oral = {"undetermined": (0, len(support.oral)), "counted": (len(support.oral),)}.get(
        options["oral-vasopressors"], (0,)
    )
    unknown = len(support.unknown)
    found = (
        _kind_of(len(others) + by_mouth + more, vasopressin or more_vasopressin)
        for by_mouth in oral
        for more in range(unknown + 1)
        for more_vasopressin in ((False, True) if more < unknown else (False,))
    )
    return tuple(dict.fromkeys(found))


def _kind_of(others: int, vasopressin: bool) -> Vasopressors:
    if others == 0:
        return Vasopressors.VASOPRESSIN if vasopressin else Vasopressors.NONE
    return Vasopressors.ONE if others == 1 else Vasopressors.SEVERAL


# --- hypoxia ----------------------------------------------------------------------------------

_BY_DEVICE: Final[Mapping[str, int]] = {
    "none": 0,
    "facemask": HIGH,
    "nonrebreather": HIGH,
    "venturi": HIGH,
    "cpap": POSITIVE_PRESSURE,
    "bipap": POSITIVE_PRESSURE,
    "mechanical_ventilation": POSITIVE_PRESSURE,
}


def _hypoxia(case: CrsComponents, options: Options) -> Part:
    untreated = {"undetermined": (2, 3, 4), "lowest": (2,), "not-graded": (0,)}[
        options["hypoxia-without-oxygen"]
    ]
    flow = case.oxygen_flow_l_min
    is_low = either(None if flow is None else flow <= LOW_FLOW_L_MIN)

    def outcome(
        of_other_cause: bool, low: bool, device: str, low_flow: bool, without_oxygen: int
    ) -> int:
        if of_other_cause or not low:
            return 0
        if device == "nasal_cannula" and flow == 0:
            return without_oxygen
        return requirement_of(device, low_flow, options) or without_oxygen

    return Part(
        of=(
            Possible(
                field="hypoxia_attributable_to_other_cause",
                values=either(case.hypoxia_attributable_to_other_cause),
            ),
            Possible(field="hypoxia", values=either(case.hypoxia)),
            Possible(
                field="oxygen_device",
                values=get_args(Device) if case.oxygen_device is None else (case.oxygen_device,),
            ),
            Possible(field="oxygen_flow_l_min", values=is_low),
            Possible(field="oxygen_device", values=untreated),
        ),
        outcome=outcome,
    )


def requirement_of(device: str, low_flow: bool, options: Options) -> int:
    """The grade of hypoxia that requires this; 0 where no oxygen is given."""
    by_flow = LOW if low_flow else HIGH
    match device:
        case "nasal_cannula":
            return by_flow
        case "blow_by":
            return by_flow if options["blow-by-at-high-flow"] == "flow" else LOW
        case "high_flow_nasal_cannula":
            return by_flow if options["high-flow-device-at-low-flow"] == "flow" else HIGH
        case _:
            return _BY_DEVICE[device]
