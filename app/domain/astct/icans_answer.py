"""An ICANS grade with its reasons: the sentences of the answer are made here."""

from collections.abc import Iterator, Mapping
from typing import Final

from app.domain.astct.answer import (
    GradeAnswer,
    MissingComponent,
    RuleUsed,
    ScaleBounds,
    ScaleFinding,
)
from app.domain.astct.completions import Decision
from app.domain.astct.death import ICANS, because_of_death, causes, findings_of_death
from app.domain.astct.icans import (
    BY_AROUSAL,
    BY_ICE,
    NONCONVULSIVE,
    PROLONGED_AFTER_MIN,
    RESOLVED_RAPIDLY,
    UNAROUSABLE,
    IcansComponents,
    Tool,
    capd_recorded,
    icans_decision,
    tools_of,
)
from app.domain.astct.icans_readings import ICANS_READINGS
from app.domain.astct.readings import NO_CHOICE, Options, options_of, touched

_MISSING: Final[Mapping[str, str]] = {
    "age_years": "The age: under 12 years CAPD counts, from then on ICE.",
    "baseline_developmental_delay": "Whether there was a developmental delay before.",
    "ice_score": "The ICE score, 0 to 10.",
    "capd_score": "The CAPD score.",
    "capd_performable": "Whether CAPD could be performed at all.",
    "arousal": "What arouses the patient.",
    "arousal_attributable_to_other_cause": "Whether reduced arousal has another cause, such as "
    "sedation.",
    "seizure": "Whether there was a seizure, and of which course.",
    "seizure_duration_min": "How many minutes the seizure lasted: prolonged is more than 5.",
    "motor_weakness": "Whether there is hemiparesis or paraparesis.",
    "cerebral_edema": "Whether imaging shows oedema, focal or diffuse.",
    "raised_icp_signs": "Which signs of raised intracranial pressure there are; an empty list "
    "says none.",
    "intracranial_hemorrhage": "Whether the oedema comes with an intracranial haemorrhage.",
    "all_findings_attributable_to_other_cause": "Whether all of it has another cause.",
    "death.occurred": "Whether the patient died.",
    "death.principal_cause": "Of what, above all, the patient died.",
}
_AROUSED: Final[Mapping[str, str]] = {
    "spontaneous": "awakens spontaneously",
    "voice": "awakens to voice",
    "tactile": "awakens to touch alone",
    "vigorous_tactile": "needs vigorous or repeated touch to be aroused",
    "stupor": "is in stupor",
    "coma": "is in coma",
    "unarousable": "cannot be aroused",
}
_SEIZURES: Final[Mapping[str, str]] = {
    "clinical": "A clinical seizure",
    "clinical_resolved_rapidly": "A clinical seizure that resolved rapidly",
    "focal_resolved_rapidly": "A focal seizure that resolved rapidly",
    "nonconvulsive_eeg_resolves_with_intervention": "A nonconvulsive seizure on EEG that resolved "
    "with intervention",
    "repetitive_no_return_to_baseline": "Repeated seizures without return to baseline in between",
}


def grade_icans(case: IcansComponents, chosen: Mapping[str, str] = NO_CHOICE) -> GradeAnswer:
    """The ICANS grade of one assessment, and why. `chosen` are options of readings by id."""
    options = options_of(ICANS_READINGS, chosen)
    found = icans_decision(case, options)
    return GradeAnswer(
        scale="ASTCT-2019-ICANS",
        status="graded" if found.certain else "undetermined",
        grade=found.lowest if found.certain else None,
        bounds=ScaleBounds(min=found.lowest, max=found.highest),
        because=tuple(_because(case, options, found)),
        missing=tuple(MissingComponent(field=each, text=_MISSING[each]) for each in found.matters),
        readings=touched(ICANS_READINGS, options, lambda other: _bounds(case, other)),
        findings=tuple(icans_findings(case, options)),
    )


def _bounds(case: IcansComponents, options: Options) -> tuple[int, int]:
    found = icans_decision(case, options)
    return found.lowest, found.highest


# --- because ----------------------------------------------------------------------------------


def _because(case: IcansComponents, options: Options, found: Decision) -> Iterator[RuleUsed]:
    *domains, attribution, death = found.outcomes
    yield from because_of_death(case.death, ICANS, death)
    if True in attribution:
        text = (
            "All findings have another cause, so none of them counts."
            if attribution == {True}
            else "Whether all findings have another cause is not known; then none would count."
        )
        yield RuleUsed(rule="IC-R7", text=text)
    yield _of_score(case, options)
    yield _of_arousal(case)
    yield from _of_seizure(case, domains[1])
    if domains[2] != {0}:
        known = case.motor_weakness
        text = (
            "Whether there is deep focal weakness is not known: grade 4 if so."
            if known is None
            else f"Deep focal weakness ({known}): grade 4."
        )
        yield RuleUsed(rule="IC-R5", text=text)
    yield from _of_pressure(case, domains[3])
    if sum(min(each) > 0 for each in domains) + _both_of_cognition(case) > 1:
        yield RuleUsed(rule="IC-R7", text="Of several findings the most severe decides.")
    yield from _without_influence(case)


def _both_of_cognition(case: IcansComponents) -> bool:
    """Whether both a score and reduced consciousness are recorded, each of which would count."""
    scored = case.ice_score not in {None, 10} or bool(case.capd_score)
    reduced = case.arousal not in {None, "spontaneous"}
    return scored and reduced and case.arousal_attributable_to_other_cause is False


def _of_score(case: IcansComponents, options: Options) -> RuleUsed:
    tools = set(tools_of(case, options).values())
    if tools == {Tool.ICE}:
        return _of_ice(case)
    if tools == {Tool.CAPD}:
        return _of_capd(case)
    text = (
        "Whether ICE or CAPD counts is not known: CAPD under 12 years or with a delay, else ICE."
    )
    return RuleUsed(rule="IC-R8", text=text)


def _of_ice(case: IcansComponents) -> RuleUsed:
    score = case.ice_score
    if score is None:
        return RuleUsed(rule="IC-R1", text="ICE is not known: grade 0 to 3 of one who is awake.")
    if score > 0:
        return RuleUsed(rule="IC-R1", text=f"ICE {score}: grade {BY_ICE[score]}.")
    if case.arousal is None:
        text = "ICE 0: grade 3 of a patient who is awake, 4 of one who cannot be aroused."
    elif case.arousal in UNAROUSABLE and not case.arousal_attributable_to_other_cause:
        text = "ICE 0 of a patient who cannot be aroused: grade 4."
    else:
        text = "ICE 0, and not for being unarousable by the syndrome: grade 3."
    return RuleUsed(rule="IC-R2", text=text)


def _of_capd(case: IcansComponents) -> RuleUsed:
    score, able = case.capd_score, case.capd_performable
    if score is not None and able is False:
        text = f"CAPD {score} is recorded, and that it could not be performed, which is grade 4."
    elif score is not None:
        grade = 3 if score >= 9 else 1 if score else 0
        text = f"CAPD {score}: grade {grade} by itself."
    elif able is False:
        text = "CAPD could not be performed: grade 4."
    else:
        text = (
            "CAPD is not known: below 9 grade 1 by itself, from 9 on grade 3, 4 where impossible."
        )
    return RuleUsed(rule="IC-R8", text=text)


def _of_arousal(case: IcansComponents) -> RuleUsed:
    if case.arousal is None:
        text = "What arouses the patient is not known."
        return RuleUsed(rule="IC-R3", text=text)
    grade = BY_AROUSAL[case.arousal]
    told = f"The patient {_AROUSED[case.arousal]}"
    if grade == 0:
        return RuleUsed(rule="IC-R3", text=f"{told}: consciousness adds nothing.")
    counted = {
        True: ", which has another cause and does not count.",
        False: f": grade {grade}.",
        None: f": grade {grade}, unless it has another cause, which is not known.",
    }[case.arousal_attributable_to_other_cause]
    return RuleUsed(rule="IC-R3", text=told + counted)


def _of_seizure(case: IcansComponents, found: frozenset[int]) -> Iterator[RuleUsed]:
    if found == {0}:
        return
    minutes = case.seizure_duration_min
    lasted = "" if minutes is None else f" of {minutes} min"
    if case.seizure is None:
        text = "Whether there was a seizure is not known: grade 3 or 4 if so."
    elif len(found) > 1:
        text = f"{_SEIZURES[case.seizure]}{lasted}: grade 3 or 4."
    else:
        text = f"{_SEIZURES[case.seizure]}{lasted}: grade {max(found)}."
    yield RuleUsed(rule="IC-R4", text=text)


def _of_pressure(case: IcansComponents, found: frozenset[int]) -> Iterator[RuleUsed]:
    if case.intracranial_hemorrhage:
        text = "An intracranial haemorrhage is not of ICANS and does not raise the grade."
        if case.cerebral_edema not in {None, "none"}:
            text += " Whether the oedema with it counts is a reading."
        yield RuleUsed(rule="IC-R6", text=text)
    if found == {0}:
        return
    if len(found) > 1:
        grades = ", ".join(map(str, sorted(found)))
        text = f"Oedema and raised intracranial pressure: by what is recorded, one of {grades}."
    elif case.raised_icp_signs and found == {4}:
        text = (
            f"Signs of raised intracranial pressure ({', '.join(case.raised_icp_signs)}): grade 4."
        )
    else:
        text = f"Cerebral oedema on imaging, {case.cerebral_edema}: grade {max(found)}."
    yield RuleUsed(rule="IC-R6", text=text)


def _without_influence(case: IcansComponents) -> Iterator[RuleUsed]:
    for name, grade in (
        ("Tremor", case.tremor_ctcae_grade),
        ("Myoclonus", case.myoclonus_ctcae_grade),
    ):
        if grade is not None:
            text = f"{name} is graded by CTCAE and does not change the ICANS grade."
            yield RuleUsed(rule="IC-R5", text=text)
    if case.organ_toxicity:
        terms = ", ".join(case.organ_toxicity)
        text = f"Organ toxicity ({terms}) is graded by CTCAE and does not change the ICANS grade."
        yield RuleUsed(rule="IC-R7", text=text)


# --- findings ---------------------------------------------------------------------------------


def icans_findings(case: IcansComponents, options: Options) -> Iterator[ScaleFinding]:
    """What is odd about the components; each stands as it was recorded."""
    yield from _unused_scores(case, options)
    yield from _odd_scores(case)
    yield from _odd_seizure(case)
    yield from _odd_haemorrhage(case)
    death, elsewhere = case.death, case.all_findings_attributable_to_other_cause
    yield from findings_of_death(death, ICANS)
    if death and death.occurred and elsewhere and causes(death, ICANS) == (True,):
        yield ScaleFinding(
            code="death_contradicts_attribution",
            field="all_findings_attributable_to_other_cause",
            text="All findings are said to have another cause, and the death to be of ICANS.",
        )


def _unused_scores(case: IcansComponents, options: Options) -> Iterator[ScaleFinding]:
    tools = set(tools_of(case, options).values())
    if tools == {Tool.CAPD} and case.ice_score is not None:
        text = "CAPD counts here, under 12 years or with a developmental delay; ICE is not used."
        yield ScaleFinding(code="ice_not_used", field="ice_score", text=text)
    if tools == {Tool.ICE} and capd_recorded(case):
        text = "ICE counts here, from 12 years; CAPD is used only with a developmental delay."
        yield ScaleFinding(code="capd_not_used", field="capd_score", text=text)


def _odd_scores(case: IcansComponents) -> Iterator[ScaleFinding]:
    unarousable = case.arousal in UNAROUSABLE
    if case.capd_score is not None and case.capd_performable is False:
        text = "A CAPD score is recorded, and that CAPD could not be performed."
        yield ScaleFinding(code="score_and_unable", field="capd_performable", text=text)
    if unarousable and (case.ice_score or (case.capd_score is not None)):
        text = "A score is recorded of a patient who cannot be aroused; arousal decides."
        yield ScaleFinding(code="score_while_unarousable", field="arousal", text=text)
    unable = case.ice_score == 0 or case.capd_performable is False
    if unarousable and case.arousal_attributable_to_other_cause and unable:
        text = "Who is unarousable of another cause cannot be scored: the reading decides."
        yield ScaleFinding(code="unable_while_sedated", field="arousal", text=text)


def _odd_seizure(case: IcansComponents) -> Iterator[ScaleFinding]:
    minutes = case.seizure_duration_min
    if minutes is None:
        return
    if case.seizure == "none" and minutes > 0:
        text = "A duration is recorded, and that there was no seizure."
        yield ScaleFinding(code="duration_without_seizure", field="seizure", text=text)
    if case.seizure == NONCONVULSIVE and minutes > PROLONGED_AFTER_MIN:
        text = f"The seizure on EEG is said to have resolved, and to have lasted {minutes} min."
        code = "nonconvulsive_but_long"
        yield ScaleFinding(code=code, field="seizure_duration_min", text=text)
    if case.seizure in RESOLVED_RAPIDLY and minutes > PROLONGED_AFTER_MIN:
        text = f"The seizure is said to have resolved rapidly, and to have lasted {minutes} min."
        code = "resolved_rapidly_but_long"
        yield ScaleFinding(code=code, field="seizure_duration_min", text=text)


def _odd_haemorrhage(case: IcansComponents) -> Iterator[ScaleFinding]:
    if not case.intracranial_hemorrhage:
        return
    if case.cerebral_edema not in {None, "none"}:
        text = "Oedema comes with a haemorrhage: whether it counts is a reading."
        yield ScaleFinding(code="oedema_with_haemorrhage", field="cerebral_edema", text=text)
    if case.raised_icp_signs:
        text = "Signs of raised pressure come with a haemorrhage: whether they count is a reading."
        code = "raised_icp_with_haemorrhage"
        yield ScaleFinding(code=code, field="raised_icp_signs", text=text)
