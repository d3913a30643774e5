"""The gate's rules, from a protocol document: ladder, stagger, cohorts and DLT window joined."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.cohort.design import NotOfThisDesign
from app.domain.cohort.gate.rules import (
    Cap,
    CohortRules,
    GateRules,
    GateWindow,
    LaterPhases,
    Level,
    StaggerRule,
    TakenReading,
    Variant,
)
from app.domain.dlt.asked import STRICT
from app.domain.dlt.protocol import Document, Ladder, Stagger
from app.domain.dlt.readings import choose, faults_of
from app.domain.dlt.rule import Id, Sentence
from app.domain.errors import BadProtocol, Fault
from app.domain.time import Limit, LimitText


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohorts:
    """The cohorts of a 3+3, and the phases that have them.

    `at` and `says` are told where the cohorts are not those of the document's design.
    """

    __pydantic_config__ = STRICT
    variant: Variant
    phases: tuple[Id, ...]
    at: Sentence | None = None
    says: Sentence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """What holds in the phases without cohorts (`LaterPhases` of the gate's rules)."""

    __pydantic_config__ = STRICT
    opens: Literal["after_own_cohort", "as_told", "any_dose"] = "after_own_cohort"
    dlts: Literal["person_decides", "not_counted"] = "person_decides"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedWindow:
    """For how long a cohort waits; `through` null: until a completion is recorded."""

    __pydantic_config__ = STRICT
    anchor: Literal["each_infusion", "first_infusion"] = "each_infusion"
    first_day: Literal[0, 1]
    through: LimitText | None
    early_completion: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StaggerSettings:
    """What the gate has to know of every stagger rule, and the text may leave open.

    `opens` says whether a wait of 14 days is over on day 14 or after it, `clearance` whether one
    that was recorded before counts, `phases` stands in the place of the rules' own where it is
    told.
    """

    __pydantic_config__ = STRICT
    dlt_closes: bool = False
    across_doses: bool = False
    opens: Literal["on_last_day", "after_last_day"] = "on_last_day"
    clearance: Literal["any_day", "after_wait"] = "any_day"
    phases: tuple[Id, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What a document says of who may be dosed next, beside ladder and stagger.

    Without `window` that of the DLT definition holds. `study_cap` is the most patients of all
    phases. `committee_admits` says that the text leaves each patient to a committee: a document
    with neither cohorts nor a stagger rule has to, since nothing but caps and holds shuts then.
    """

    __pydantic_config__ = STRICT
    cohorts: Cohorts | None = None
    window: ObservedWindow | None = None
    expansion: Expansion = Expansion()
    stagger: StaggerSettings = StaggerSettings()
    study_cap: Annotated[int, Field(ge=1)] | None = None
    committee_admits: bool = False


_ENROLMENT = TypeAdapter(Enrolment)
_OBSERVED: Final = ("anchor", "first_day", "through", "early_completion")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingsTaken:
    """Which option of a document's readings holds, and where `enrolment` rests on them."""

    options: Mapping[str, TakenReading]
    used: tuple[tuple[str, str], ...]
    """The path in `enrolment` (empty: all of it) and the reading."""

    @classmethod
    def of(cls, document: Document, overrides: Mapping[str, str]) -> "ReadingsTaken":
        """Of a document whose readings can all be decided."""
        chosen = {each.id: overrides.get(each.id, each.default) for each in document.readings}
        return cls(
            options={
                each.id: TakenReading(
                    id=each.id, option=chosen[each.id], says=each.options[chosen[each.id]]
                )
                for each in document.readings
            },
            used=tuple(_used(document.enrolment, "", chosen)),
        )

    def of_parts(self, *parts: str) -> tuple[TakenReading, ...]:
        """What parts of `enrolment`, by their paths, rest on: within them, or around them."""
        return self.named(
            {
                reading
                for place, reading in self.used
                if any(f"{part}/".startswith(f"{place}/" if place else "") for part in parts)
                or any(place.startswith(f"{part}/") for part in parts)
            }
        )

    def named(self, readings: Collection[str]) -> tuple[TakenReading, ...]:
        """The options of these, in the order of the document."""
        return tuple(taken for name, taken in self.options.items() if name in readings)


def _used(value: Any, path: str, chosen: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Where a value names a reading, by its path, also within the option that holds."""
    if isinstance(value, list):
        for inner in value:
            yield from _used(inner, path, chosen)
    elif isinstance(value, Mapping) and set(value) == {"reading", "options"}:
        yield path, value["reading"]
        yield from _used(value["options"][chosen[value["reading"]]], path, chosen)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _used(inner, f"{path}/{key}".removeprefix("/"), chosen)


def gate_rules(protocol: ReadyProtocol, overrides: Mapping[str, str] | None = None) -> GateRules:
    """The rules of enrolment, by the document's readings. Raises BadProtocol with every fault."""
    document = protocol.document
    if document.enrolment is None:
        raise BadProtocol(document.id, (_silent(document),))
    stated = _stated(document, overrides or {})
    if faults := (*_unknown_phases(document, stated), *_no_rule(document, stated)):
        raise BadProtocol(document.id, faults)
    taken = ReadingsTaken.of(document, overrides or {})
    observed = _observed_by(protocol, taken)
    try:
        return GateRules(
            ladder=_levels(document.ladder),
            phases=tuple(phase.id for phase in document.phases),
            cohorts=_cohorts(document, stated, taken),
            window=_window(protocol, stated.window, observed),
            no_window=observed,
            stagger=tuple(_stagger(each, stated.stagger, taken) for each in document.stagger),
            caps=tuple(_caps(document, stated.study_cap, taken.of_parts("study_cap"))),
        )
    except NotOfThisDesign as error:
        raise BadProtocol(document.id, error.faults) from error


def _silent(document: Document) -> Fault:
    if document.stagger:
        told = (
            "the document has stagger rules and no part 'enrolment', which says what the gate has "
            "to know besides: add it, as {} where the stagger rules are all, or with 'cohorts' "
            "and what else the text states (docs/rule-language.md)"
        )
    else:
        told = (
            "the document has no part 'enrolment': its text states neither cohorts nor a stagger "
            "rule, so nothing says who may be dosed next"
        )
    return Fault(pointer="/enrolment", message=told)


def _no_rule(document: Document, stated: Enrolment) -> tuple[Fault, ...]:
    if stated.cohorts is not None or document.stagger or stated.committee_admits:
        return ()
    told = (
        "with neither cohorts nor a stagger rule the gate would always be open: state one of "
        "them, or 'committee_admits: true' where the text leaves each patient to a committee"
    )
    return (Fault(pointer="/enrolment", message=told, code="no_rule"),)


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


def _cohorts(document: Document, stated: Enrolment, taken: ReadingsTaken) -> CohortRules | None:
    if stated.cohorts is None:
        return None
    design, cohorts = document.design, stated.cohorts
    of_the_design = " ".join(design.says) if design.kind == "3+3" else ""
    usual = "Cohorts of three, and three more after one DLT."
    return CohortRules(
        variant=cohorts.variant,
        phases=cohorts.phases,
        at=cohorts.at or design.at or document.source.section or document.source.registry,
        says=cohorts.says or of_the_design or usual,
        later=LaterPhases(
            opens=stated.expansion.opens,
            dlts=stated.expansion.dlts,
            readings=taken.of_parts("expansion/opens"),
            dlt_readings=taken.of_parts("expansion/dlts"),
        ),
        readings=taken.of_parts("cohorts"),
    )


def _window(
    protocol: ReadyProtocol, stated: ObservedWindow | None, readings: tuple[TakenReading, ...]
) -> GateWindow | None:
    if stated is not None:
        return (
            None
            if stated.through is None
            else GateWindow(
                through=stated.through,
                first_day=stated.first_day,
                early_completion=stated.early_completion,
                anchor=stated.anchor,
                readings=readings,
            )
        )
    if protocol.rules is None:
        return None
    window = protocol.rules.decided.rules.window
    return GateWindow(
        through=window.through,
        first_day=window.first_day,
        early_completion=window.early_completion,
        anchor=window.anchor,
        readings=readings,
    )


def _observed_by(protocol: ReadyProtocol, taken: ReadingsTaken) -> tuple[TakenReading, ...]:
    """The readings that say how long a patient is observed, in either place."""
    own = taken.of_parts("window")
    if protocol.rules is None or "window" in (protocol.document.enrolment or {}):
        return own
    touched = protocol.rules.decided.touched
    decide = {part: touched.get(f"window/{part}", ()) for part in _OBSERVED}
    parts = {each for place, of in touched.items() if place.startswith("window/") for each in of}
    named = {each for of in decide.values() for each in of}
    named |= set(touched.get("window", ())) - parts  # of the window as a whole
    return own + taken.named(named)


def _stagger(stated: Stagger, settings: StaggerSettings, taken: ReadingsTaken) -> StaggerRule:
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
        clearance=settings.clearance,
        readings=taken.of_parts("stagger/opens", "stagger/across_doses", "stagger/phases"),
        clearance_readings=taken.of_parts("stagger/clearance"),
        dlt_readings=taken.of_parts("stagger/dlt_closes"),
    )


def _caps(
    document: Document, study_cap: int | None, readings: tuple[TakenReading, ...]
) -> list[Cap]:
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
        caps.append(Cap(at=at, says=says, most=study_cap, readings=readings))
    return caps
