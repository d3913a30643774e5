"""The grades of one syndrome over time, from assessments of its components.

A later assessment rests on earlier ones: once there was a fever of CRS and something was given
that masks it, fever is no longer required for the rest of the event (CRS-R2). What a later
assessment states itself stands, also against what was stated before; a finding says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from app.domain.astct.answer import ScaleFinding
from app.domain.astct.completions import Decision
from app.domain.astct.crs import CrsComponents, Fever, crs_decision
from app.domain.astct.crs_answer import crs_findings
from app.domain.astct.crs_readings import CRS_READINGS
from app.domain.astct.icans import IcansComponents, icans_decision
from app.domain.astct.icans_answer import icans_findings
from app.domain.astct.icans_readings import ICANS_READINGS
from app.domain.astct.readings import NO_CHOICE, options_of
from app.domain.time import PartialTime

_OF_THE_PATIENT: Final = ("age_years", "baseline_developmental_delay")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrsAssessed:
    """A CRS assessment; `stated` are the components that it names, null or not."""

    on: PartialTime
    components: CrsComponents
    stated: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class IcansAssessed:
    """An ICANS assessment, with the ICE score that items of the same time sum up to."""

    on: PartialTime
    components: IcansComponents
    ice_score: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedAt:
    """What an assessment came to, with what earlier ones add to it."""

    on: PartialTime
    components: CrsComponents | IcansComponents
    """As they were graded."""
    lowest: int
    highest: int
    missing: tuple[str, ...]
    findings: tuple[ScaleFinding, ...]


def crs_course(
    serial: Sequence[CrsAssessed], chosen: Mapping[str, str] = NO_CHOICE
) -> tuple[GradedAt, ...]:
    """The CRS grades of one event, from its assessments in order of time."""
    options = options_of(CRS_READINGS, chosen)
    febrile, masking = False, None
    graded = []
    for each in serial:
        case = _carried(each, febrile, masking)
        found = crs_decision(case, options)
        odd = (*_against_before(each, febrile, masking), *crs_findings(case))
        graded.append(_graded(each.on, case, found, odd))
        febrile = (
            febrile
            or found.outcomes[0] == {Fever.PRESENT}
            or case.fever_earlier_in_episode is True
        )
        masking = case.masking_therapy or masking
    return tuple(graded)


def _carried(each: CrsAssessed, febrile: bool, masking: str | None) -> CrsComponents:
    """The components, with what was before where the assessment does not say otherwise."""
    case = each.components
    if febrile and case.fever_earlier_in_episode is None:
        case = replace(case, fever_earlier_in_episode=True)
    if masking is not None and "masking_therapy" not in each.stated:
        case = replace(case, masking_therapy=masking)
    return case


def _against_before(
    each: CrsAssessed, febrile: bool, masking: str | None
) -> Iterator[ScaleFinding]:
    case = each.components
    if febrile and case.fever_earlier_in_episode is False:
        text = "It says that there was no fever before, and an earlier assessment shows one."
        code = "earlier_fever_contradicted"
        yield ScaleFinding(code=code, field="fever_earlier_in_episode", text=text)
    if masking is not None and "masking_therapy" in each.stated and case.masking_therapy is None:
        text = f"It says that no therapy masks a fever, and {masking} was recorded before."
        yield ScaleFinding(code="masking_contradicted", field="masking_therapy", text=text)


def icans_course(
    serial: Sequence[IcansAssessed], chosen: Mapping[str, str] = NO_CHOICE
) -> tuple[GradedAt, ...]:
    """The ICANS grades of one event, from its assessments in order of time.

    Age and developmental delay are the patient's: where an assessment leaves them out, those of
    another one hold.
    """
    options = options_of(ICANS_READINGS, chosen)
    of_patient = {
        name: next((value for each in serial if (value := _told(each, name)) is not None), None)
        for name in _OF_THE_PATIENT
    }
    graded = []
    for each in serial:
        case = each.components
        lacking = {name: of_patient[name] for name in _OF_THE_PATIENT if _told(each, name) is None}
        case = replace(case, **lacking)
        if case.ice_score is None:
            case = replace(case, ice_score=each.ice_score)
        odd = (*_other_score(each), *icans_findings(case, options))
        graded.append(_graded(each.on, case, icans_decision(case, options), odd))
    return tuple(graded)


def _told(each: IcansAssessed, name: str) -> Any:
    return getattr(each.components, name)


def _other_score(each: IcansAssessed) -> Iterator[ScaleFinding]:
    own = each.components.ice_score
    if own is not None and each.ice_score not in {None, own}:
        text = f"It says ICE {own}, and the items of the same time sum up to {each.ice_score}."
        yield ScaleFinding(code="ice_score_contradicted", field="ice_score", text=text)


def _graded(
    on: PartialTime,
    case: CrsComponents | IcansComponents,
    found: Decision,
    findings: tuple[ScaleFinding, ...],
) -> GradedAt:
    return GradedAt(
        on=on,
        components=case,
        lowest=found.lowest,
        highest=found.highest,
        missing=found.matters,
        findings=findings,
    )
