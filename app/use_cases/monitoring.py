"""What is asked of the rules that stop an expansion cohort or a phase II part: nothing is stored.

The request's types stand here, since service and commands read them both.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Final

from pydantic import Field

from app.domain.case import STRICT, ZoneName
from app.domain.cohort.design import NotOfThisDesign
from app.domain.cohort.monitoring.boundary import BoundaryRule, StoppingBoundary
from app.domain.cohort.monitoring.characteristics import StoppingCharacteristics
from app.domain.cohort.monitoring.characteristics import characteristics as of_boundary
from app.domain.cohort.monitoring.courses import Cut
from app.domain.cohort.monitoring.decide import (
    Monitored,
    MonitoredCounts,
    Outcomes,
    decide_counts,
    decide_outcomes,
)
from app.domain.cohort.monitoring.decide_events import EventsMonitored, decide_events
from app.domain.cohort.monitoring.events import EventLimit, MonitoredPatient, Vocabulary
from app.domain.cohort.monitoring.rules import AnyStoppingRule
from app.domain.errors import Fault
from app.use_cases.adjudicate import DataCut
from app.use_cases.dictionaries import every_dictionary

_Probability = Annotated[float, Field(ge=0, le=1)]
_MOST_EVENTS: Final = 2_000
"""More than a cohort has of the grades that stop one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppingBoundaryRequest:
    """The boundary of a stopping rule."""

    __pydantic_config__ = STRICT
    rule: AnyStoppingRule


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppingCharacteristicsRequest:
    """How a boundary does where the true rates of toxicity are these."""

    __pydantic_config__ = STRICT
    rule: AnyStoppingRule
    true_rates: Annotated[tuple[_Probability, ...], Field(min_length=1, max_length=50)]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoredCohort:
    """The patients who were infused, as they were recorded, and the data cut.

    `time_zone` is that of the site: its calendar days count.
    """

    __pydantic_config__ = STRICT
    as_of: DataCut
    time_zone: ZoneName
    patients: Annotated[tuple[MonitoredPatient, ...], Field(max_length=1_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringRequest:
    """What a stopping rule decides now.

    A boundary is asked about `counts`, or about the `outcomes` in the order of enrolment, true
    where there was a toxicity and null while it is pending: then every look until now is judged.
    A count of named events is asked about a `cohort`.
    """

    __pydantic_config__ = STRICT
    rule: AnyStoppingRule
    counts: MonitoredCounts | None = None
    outcomes: Outcomes | None = None
    cohort: MonitoredCohort | None = None


def boundary_of(asked: StoppingBoundaryRequest) -> StoppingBoundary:
    """The boundary. Raises NotOfThisDesign for a rule that is none."""
    return _boundary_rule(asked.rule).boundary


def monitored(asked: MonitoringRequest) -> Monitored | EventsMonitored:
    """The decision, and what it may still be. Raises NotOfThisDesign."""
    rule = asked.rule
    if isinstance(rule, EventLimit):
        return _of_events(rule, asked)
    _refuse(asked, ("cohort",), "a boundary is asked about counts or outcomes: leave it out")
    if asked.counts is not None and asked.outcomes is not None:
        told = "outcomes tell the counts: give one of the two"
        raise NotOfThisDesign(Fault(pointer="/counts", message=told))
    if asked.outcomes is not None:
        return decide_outcomes(rule, asked.outcomes)
    if asked.counts is not None:
        return decide_counts(rule, asked.counts)
    told = "a boundary is asked about counts, or about outcomes in the order of enrolment"
    raise NotOfThisDesign(Fault(pointer="/counts", message=told, code="required"))


def stopping_characteristics(asked: StoppingCharacteristicsRequest) -> StoppingCharacteristics:
    """The exact characteristics. Raises NotOfThisDesign for a rule that is no boundary."""
    return of_boundary(_boundary_rule(asked.rule).boundary, asked.true_rates)


def _of_events(rule: EventLimit, asked: MonitoringRequest) -> EventsMonitored:
    told = "a count of named events is asked about a cohort: leave it out"
    _refuse(asked, ("counts", "outcomes"), told)
    if asked.cohort is None:
        told = "a count of named events needs the patients and their events"
        raise NotOfThisDesign(Fault(pointer="/cohort", message=told, code="required"))
    events = sum(len(patient.events) for patient in asked.cohort.patients)
    if events > _MOST_EVENTS:
        told = f"{events:,} events are more than {_MOST_EVENTS:,}: leave out lower grades"
        raise NotOfThisDesign(Fault(pointer="/cohort/patients", message=told, code="too_many"))
    cut = Cut.of(asked.cohort.as_of, asked.cohort.time_zone)
    return decide_events(rule, asked.cohort.patients, cut, _WORDS)


def _refuse(asked: MonitoringRequest, fields: tuple[str, ...], told: str) -> None:
    faults = [
        Fault(pointer=f"/{name}", message=told)
        for name in fields
        if getattr(asked, name) is not None
    ]
    if faults:
        raise NotOfThisDesign(*faults)


def _boundary_rule(rule: AnyStoppingRule) -> BoundaryRule:
    if isinstance(rule, EventLimit):
        told = (
            "a count of named events is no boundary in numbers of patients: it stops with "
            f"{rule.at_least}, whatever their number; ask what it decides of a cohort"
        )
        raise NotOfThisDesign(Fault(pointer="/rule/kind", message=told))
    return rule


@lru_cache(maxsize=4096)
def names_of(term: str) -> frozenset[str]:
    """What each version of CTCAE calls a term, in words or by its code."""
    found = (dictionary.named(term) for dictionary in every_dictionary())
    return frozenset(name for name in found if name is not None)


def nearest(term: str) -> tuple[str, ...]:
    """The term of each version of CTCAE that comes nearest, each once; not to a code."""
    if term.strip().isdecimal():
        return ()
    found = (dictionary.suggest(term, 1) for dictionary in every_dictionary())
    return tuple(dict.fromkeys(name for names in found for name in names))


_WORDS: Final = Vocabulary(names_of=names_of, nearest=nearest)
