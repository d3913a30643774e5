"""ICANS by ASTCT 2019: cognition and consciousness, seizure, motor weakness, raised pressure.

The tables for adults and for children and their footnotes are the rules IC-R1 to IC-R9. What is
not recorded stands for all that it could be: the grade is given only where every completion has
the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from app.domain.astct.completions import Decision, Part, Possible, decide, either
from app.domain.astct.components import STRICT, Number
from app.domain.astct.death import ICANS, ScaleDeath, part_of_death
from app.domain.astct.icans_readings import IcansOptions
from app.domain.astct.readings import Options
from app.domain.case import Flag, Name
from app.domain.grade import DEATH, Grade

Arousal = Literal[
    "spontaneous", "voice", "tactile", "vigorous_tactile", "stupor", "coma", "unarousable"
]
Seizure = Literal[
    "none", "clinical", "clinical_resolved_rapidly", "focal_resolved_rapidly",
    "nonconvulsive_eeg_resolves_with_intervention", "repetitive_no_return_to_baseline",
]  # fmt: skip
Weakness = Literal["none", "hemiparesis", "paraparesis"]
Oedema = Literal["none", "focal", "diffuse"]
RaisedPressure = Literal[
    "papilledema", "cranial_nerve_vi_palsy", "cushing_triad", "decerebrate_posturing",
    "decorticate_posturing",
]  # fmt: skip

ADULT_FROM_YEARS: Final[Mapping[str, int]] = {"under-12": 12, "twelve-and-under": 13}
PROLONGED_AFTER_MIN: Final = 5
CAPD_GRADE_3_FROM: Final = 9

BY_AROUSAL: Final[Mapping[str, int]] = {
    "spontaneous": 0,
    "voice": 2,
    "tactile": 3,
    "vigorous_tactile": 4,
    "stupor": 4,
    "coma": 4,
    "unarousable": 4,
}
BY_ICE: Final = (3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 0)
"""The grade of an ICE score from 0 to 10; 0 of an unarousable patient is grade 4 by arousal."""
_BY_OEDEMA: Final[Mapping[str, int]] = {"none": 0, "focal": 3, "diffuse": 4}
RESOLVED_RAPIDLY: Final = frozenset({"clinical_resolved_rapidly", "focal_resolved_rapidly"})
NONCONVULSIVE: Final = "nonconvulsive_eeg_resolves_with_intervention"
UNAROUSABLE: Final = frozenset(each for each, grade in BY_AROUSAL.items() if grade == 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class IcansComponents:
    """What an ICANS grade is made of, at one time. Null is not known, except where said otherwise.

    `raised_icp_signs` and `death`: `[]` and null say that there were none; an absent
    `…_attributable_to_other_cause` is false. `tremor_ctcae_grade`, `myoclonus_ctcae_grade` and
    `organ_toxicity` never influence the grade, nor does a haemorrhage raise it.
    """

    __pydantic_config__ = STRICT

    age_years: Annotated[Number, Field(ge=0, le=150)] | None = None
    baseline_developmental_delay: Flag = None
    ice_score: Annotated[int | None, Field(strict=True, ge=0, le=10)] = None
    capd_score: Annotated[int | None, Field(strict=True, ge=0, le=32)] = None
    capd_performable: Flag = None
    arousal: Arousal | None = None
    arousal_attributable_to_other_cause: Flag = False
    seizure: Seizure | None = None
    seizure_duration_min: Annotated[Number, Field(ge=0, le=100_000)] | None = None
    motor_weakness: Weakness | None = None
    cerebral_edema: Oedema | None = None
    raised_icp_signs: Annotated[tuple[RaisedPressure, ...], Field(max_length=20)] | None = None
    intracranial_hemorrhage: Flag = None
    tremor_ctcae_grade: Grade | None = None
    myoclonus_ctcae_grade: Grade | None = None
    organ_toxicity: dict[Name, Grade | None] | None = None
    all_findings_attributable_to_other_cause: Flag = False
    death: ScaleDeath | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IcansRequest(IcansComponents):
    """The components, and readings that are chosen otherwise than by default."""

    __pydantic_config__ = STRICT

    readings: IcansOptions = field(default_factory=dict)


class Tool(Enum):
    """The score that counts."""

    ICE = "ICE"
    CAPD = "CAPD"


def icans_decision(
    case: IcansComponents, options: Options, ice: tuple[int, int] | None = None
) -> Decision:
    """The grades of all completions. `ice` bounds the score where it is not known itself.

    Outcomes: cognition and consciousness, seizure, weakness, oedema and raised pressure, whether
    all of it has another cause, death.
    """
    parts = (
        _cognition(case, options, ice),
        _seizure(case, options),
        _weakness(case),
        _pressure(case, options),
        _attribution(case),
        part_of_death(case.death, ICANS),
    )
    return decide(parts, _combined)


def _combined(
    cognition: int, seizure: int, weakness: int, pressure: int, of_other_cause: bool, of_it: bool
) -> int:
    if of_it:
        return DEATH
    return 0 if of_other_cause else max(cognition, seizure, weakness, pressure)


# --- cognition and consciousness --------------------------------------------------------------


def tools_of(case: IcansComponents, options: Options) -> Mapping[tuple[bool, bool], Tool | None]:
    """The score that counts, by whether the patient is a child and has a delay; None: either."""
    return {
        (child, delay): Tool.CAPD if child else _from_12(case, delay, options)
        for child in children(case, options)
        for delay in delays(case, options)
    }


def children(case: IcansComponents, options: Options) -> tuple[bool, ...]:
    """Whether the patient is of an age at which CAPD is used."""
    if case.age_years is None:
        return (True, False)
    return (case.age_years < ADULT_FROM_YEARS[options["age-for-capd"]],)


def delays(case: IcansComponents, options: Options) -> tuple[bool, ...]:
    """Whether there is a developmental delay."""
    if case.baseline_developmental_delay is None and options["delay-not-stated"] == "none":
        return (False,)
    return either(case.baseline_developmental_delay)


def capd_recorded(case: IcansComponents) -> bool:
    """Whether anything of CAPD was."""
    return case.capd_score is not None or case.capd_performable is False


def _from_12(case: IcansComponents, delay: bool, options: Options) -> Tool | None:
    if not delay:
        return Tool.ICE
    ice, capd = case.ice_score is not None, capd_recorded(case)
    if ice and capd:
        by_capd = options["tool-with-delay"] == "capd-if-recorded"
        return Tool.CAPD if by_capd else Tool.ICE
    if ice or capd:
        return Tool.ICE if ice else Tool.CAPD
    return None


def _scores(case: IcansComponents, ice: tuple[int, int] | None) -> tuple[int, ...]:
    """The ICE scores that are possible, or one for each grade that they are."""
    if case.ice_score is not None:
        return (case.ice_score,)
    return (0, 3, 7, 10) if ice is None else tuple(range(ice[0], ice[1] + 1))


def _cognition(case: IcansComponents, options: Options, ice: tuple[int, int] | None) -> Part:
    tools = tools_of(case, options)
    sedated = {"counted": (True,), "undetermined": (True, False), "not-counted": (False,)}[
        options["unable-while-sedated"]
    ]

    def outcome(
        child: bool, delay: bool, ice: int, capd: int, able: bool, arousal: str,
        of_other_cause: bool, unable_counts: bool, by_capd: bool,
    ) -> int:  # fmt: skip
        tool = tools[child, delay] or (Tool.CAPD if by_capd else Tool.ICE)
        score, unable = _by_capd(capd, able) if tool is Tool.CAPD else (BY_ICE[ice], ice == 0)
        level = BY_AROUSAL[arousal]
        if of_other_cause and level == 4 and unable and not unable_counts:
            score = 0
        return max(score, 0 if of_other_cause else level)

    return Part(
        of=(
            Possible(field="age_years", values=children(case, options)),
            Possible(field="baseline_developmental_delay", values=delays(case, options)),
            Possible(field="ice_score", values=_scores(case, ice)),
            Possible(
                field="capd_score",
                values=(0, 1, 9) if case.capd_score is None else (case.capd_score,),
            ),
            Possible(field="capd_performable", values=_able(case, options)),
            Possible(
                field="arousal",
                values=("spontaneous", "voice", "tactile", "unarousable")
                if case.arousal is None
                else (case.arousal,),
            ),
            Possible(
                field="arousal_attributable_to_other_cause",
                values=either(case.arousal_attributable_to_other_cause),
            ),
            Possible(field="arousal_attributable_to_other_cause", values=sedated),
            Possible(
                field="capd_score",
                values=(True, False) if None in tools.values() else (False,),
            ),
        ),
        outcome=outcome,
    )


def _able(case: IcansComponents, options: Options) -> tuple[bool, ...]:
    """Whether CAPD can be performed. A score shows that it could."""
    if case.capd_score is None:
        return either(case.capd_performable)
    if case.capd_performable is not False:
        return (True,)
    return {"undetermined": (True, False), "score": (True,), "unable": (False,)}[
        options["capd-score-and-unable"]
    ]


def _by_capd(score: int, able: bool) -> tuple[int, bool]:
    """The grade, and whether CAPD could not be performed."""
    if not able:
        return 4, True
    if score >= CAPD_GRADE_3_FROM:
        return 3, False
    return (1 if score else 0), False


# --- the other domains ------------------------------------------------------------------------


def _seizure(case: IcansComponents, options: Options) -> Part:
    duration = case.seizure_duration_min
    prolonged = None if duration is None else duration > PROLONGED_AFTER_MIN
    which = {"undetermined": (3, 4), "kind": (3,), "duration": (4,)}
    rapid = which[options["resolved-rapidly-but-long"]]
    on_eeg = which[options["nonconvulsive-but-long"]]

    def outcome(kind: str, long: bool, resolved_but_long: int, resolved_on_eeg: int) -> int:
        if kind in RESOLVED_RAPIDLY:
            return resolved_but_long
        return {
            "none": 0,
            "clinical": 4 if long else 3,
            NONCONVULSIVE: resolved_on_eeg,
            "repetitive_no_return_to_baseline": 4,
        }[kind]

    return Part(
        of=(
            Possible(
                field="seizure",
                values=get_args(Seizure) if case.seizure is None else (case.seizure,),
            ),
            Possible(field="seizure_duration_min", values=either(prolonged)),
            Possible(field="seizure_duration_min", values=rapid if prolonged else (3,)),
            Possible(field="seizure_duration_min", values=on_eeg if prolonged else (3,)),
        ),
        outcome=outcome,
    )


def _weakness(case: IcansComponents) -> Part:
    known = case.motor_weakness
    return Part(
        of=(
            Possible(
                field="motor_weakness", values=get_args(Weakness) if known is None else (known,)
            ),
        ),
        outcome=lambda weakness: 0 if weakness == "none" else 4,
    )


def _pressure(case: IcansComponents, options: Options) -> Part:
    excluded = options["oedema-with-haemorrhage"] == "not-counted"
    signs_excluded = options["raised-icp-with-haemorrhage"] == "not-counted"
    signs = None if case.raised_icp_signs is None else bool(case.raised_icp_signs)

    def outcome(oedema: str, signs: bool, haemorrhage: bool) -> int:
        by_oedema = 0 if haemorrhage and excluded else _BY_OEDEMA[oedema]
        by_signs = 4 if signs and not (haemorrhage and signs_excluded) else 0
        return max(by_oedema, by_signs)

    known = case.cerebral_edema
    return Part(
        of=(
            Possible(
                field="cerebral_edema", values=get_args(Oedema) if known is None else (known,)
            ),
            Possible(field="raised_icp_signs", values=either(signs)),
            Possible(field="intracranial_hemorrhage", values=either(case.intracranial_hemorrhage)),
        ),
        outcome=outcome,
    )


def _attribution(case: IcansComponents) -> Part:
    return Part(
        of=(
            Possible(
                field="all_findings_attributable_to_other_cause",
                values=either(case.all_findings_attributable_to_other_cause),
            ),
        ),
        outcome=lambda of_other_cause: of_other_cause,
    )
