"""The gate's rules, from a protocol document: ladder, stagger, cohorts and DLT window joined."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.cohort.design import NotOfThisDesign
from app.domain.cohort.gate.rules import (
    Cap,
    CohortRules,
    GateRules,
    GateWindow,
    Level,
    StaggerRule,
    Variant,
)
from app.domain.dlt.protocol import Document, Ladder, Stagger
from app.domain.dlt.readings import choose, faults_of
from app.domain.dlt.rule import STRICT, Id
from app.domain.errors import BadProtocol, Fault
from app.domain.time import Limit, LimitText


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohorts:
    """The cohorts of a 3+3, and the phases that have them."""

    __pydantic_config__ = STRICT
    variant: Variant
    phases: tuple[Id, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedWindow:
    """For how long a cohort waits; `through` null: until a completion is recorded."""

    __pydantic_config__ = STRICT
    first_day: Literal[0, 1]
    through: LimitText | None
    early_completion: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StaggerSettings:
    """What the gate has to know of every stagger rule, and the text may leave open.

    `opens` says whether a wait of 14 days is over on day 14 or after it, `phases` stands in the
    place of the rules' own where it is told.
    """

    __pydantic_config__ = STRICT
    dlt_closes: bool = False
    across_doses: bool = False
    opens: Literal["on_last_day", "after_last_day"] = "on_last_day"
    phases: tuple[Id, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What a document says of who may be dosed next, beside ladder and stagger.

    Without `window` that of the DLT definition holds. `study_cap` is the most patients of all
    phases.
    """

    __pydantic_config__ = STRICT
    cohorts: Cohorts | None = None
    window: ObservedWindow | None = None
    stagger: StaggerSettings = StaggerSettings()
    study_cap: Annotated[int, Field(ge=1)] | None = None


_ENROLMENT = TypeAdapter(Enrolment)


def gate_rules(protocol: ReadyProtocol, overrides: Mapping[str, str] | None = None) -> GateRules:
    """The rules of enrolment, by the document's readings. Raises BadProtocol with every fault."""
    document = protocol.document
    if document.enrolment is None:
        told = (
            "the document has no part 'enrolment': its text states neither cohorts nor a stagger "
            "rule, so nothing says who may be dosed next"
        )
        raise BadProtocol(document.id, (Fault(pointer="/enrolment", message=told),))
    stated = _stated(document, overrides or {})
    if faults := tuple(_unknown_phases(document, stated)):
        raise BadProtocol(document.id, faults)
    try:
        return GateRules(
            ladder=_levels(document.ladder),
            phases=tuple(phase.id for phase in document.phases),
            cohorts=_cohorts(document, stated.cohorts),
            window=_window(protocol, stated.window),
            stagger=tuple(_stagger(each, stated.stagger) for each in document.stagger),
            caps=tuple(_caps(document, stated.study_cap)),
        )
    except NotOfThisDesign as error:
        raise BadProtocol(document.id, error.faults) from error


def _stated(document: Document, overrides: Mapping[str, str]) -> Enrolment:
    chosen: Any = choose(document, document.enrolment, "/enrolment", overrides)
    try:
        return _ENROLMENT.validate_python(chosen)
    except ValidationError as error:
        raise BadProtocol(document.id, faults_of(error, "/enrolment")) from error


def _unknown_phases(document: Document, stated: Enrolment) -> list[Fault]:
    known = [phase.id for phase in document.phases]
    named = [
        ("/enrolment/cohorts/phases", stated.cohorts.phases if stated.cohorts else ()),
        ("/enrolment/stagger/phases", stated.stagger.phases or ()),
        *(
            (f"/stagger/{place}/phases", each.phases)
            for place, each in enumerate(document.stagger)
        ),
    ]
    return [
        Fault(
            pointer=pointer,
            message=f"there is no phase {phase!r}; there are {', '.join(known)}",
            code="unknown_phase",
        )
        for pointer, phases in named
        for phase in phases
        if phase not in known
    ]


def _levels(ladder: Ladder) -> tuple[Level, ...]:
    """The rungs in rising order. Where only their number is stated they are numbered: from -1
    downwards below the start, from 1 upwards.
    """
    if ladder.levels:
        return tuple(Level(id=each.id, role=each.role) for each in ladder.levels)
    below = [
        Level(id=str(-number), role="de_escalation")
        for number in range(ladder.de_escalation_levels, 0, -1)
    ]
    above = [
        Level(id=str(number), role="start" if number == 1 else "escalation")
        for number in range(1, (ladder.planned_levels or 1) + 1)
    ]
    return (*below, *above)


def _cohorts(document: Document, stated: Cohorts | None) -> CohortRules | None:
    if stated is None:
        return None
    design = document.design
    return CohortRules(
        variant=stated.variant,
        phases=stated.phases,
        at=design.at or document.source.section or document.source.registry,
        says=" ".join(design.says) or "Cohorts of three, and three more after one DLT.",
    )


def _window(protocol: ReadyProtocol, stated: ObservedWindow | None) -> GateWindow | None:
    if stated is not None:
        return (
            None
            if stated.through is None
            else GateWindow(
                through=stated.through,
                first_day=stated.first_day,
                early_completion=stated.early_completion,
            )
        )
    if protocol.rules is None:
        return None
    window = protocol.rules.decided.rules.window
    return GateWindow(
        through=window.through,
        first_day=window.first_day,
        early_completion=window.early_completion,
    )


def _stagger(stated: Stagger, settings: StaggerSettings) -> StaggerRule:
    at_least = stated.at_least
    if settings.opens == "after_last_day" and at_least.days is not None:
        at_least = Limit(f"P{at_least.days + 1}D")
    return StaggerRule(
        at=stated.at,
        says=stated.says,
        kind=stated.kind,
        gated_act=stated.gated_act,
        anchor=stated.anchor,
        at_least=at_least,
        phases=stated.phases if settings.phases is None else settings.phases,
        needs_clearance=stated.needs_clearance,
        across_doses=settings.across_doses,
        dlt_closes=settings.dlt_closes,
    )


def _caps(document: Document, study_cap: int | None) -> list[Cap]:
    at = document.design.at or document.source.registry
    caps = [
        Cap(
            at=at,
            says=f"At most {phase.cap_per_dose_level} patients of a dose level.",
            most=phase.cap_per_dose_level,
            phase=phase.id,
            per_level=True,
        )
        for phase in document.phases
        if phase.cap_per_dose_level is not None
    ]
    if study_cap is not None:
        says = f"At most {study_cap} patients in the study."
        caps.append(Cap(at=at, says=says, most=study_cap))
    return caps
