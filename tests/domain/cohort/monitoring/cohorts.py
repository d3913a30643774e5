"""Cohorts in a line: patients and their events, and what a rule decides of them."""

from typing import Any

from pydantic import TypeAdapter

from app.domain.cohort.monitoring.courses import Cut
from app.domain.cohort.monitoring.decide_events import EventsMonitored, decide_events
from app.domain.cohort.monitoring.events import EventLimit, MonitoredPatient, Vocabulary
from app.domain.time import PartialTime

RULE: TypeAdapter[EventLimit] = TypeAdapter(EventLimit)
PATIENT: TypeAdapter[MonitoredPatient] = TypeAdapter(MonitoredPatient)
DEATH: dict[str, Any] = {
    "name": "Death within 30 days",
    "minimum_grade": 5,
    "at_least": 1,
    "within_days": 30,
}
CRS: dict[str, Any] = {
    "name": "CRS of grade 4",
    "minimum_grade": 4,
    "at_least": 2,
    "terms": ["Cytokine release syndrome"],
}
LATER = "2026-06-30"
KNOWN = {
    "CRS": frozenset({"Cytokine release syndrome"}),
    "Cytokine release syndrome": frozenset({"Cytokine release syndrome"}),
    "Sepsis": frozenset({"Sepsis"}),
    "Death NOS": frozenset({"Death NOS"}),
}


def names_of(term: str) -> frozenset[str]:
    return KNOWN.get(term, frozenset())


def nearest(term: str) -> tuple[str, ...]:
    return ("Cytokine release syndrome",) if "syndrome" in term else ()


WORDS = Vocabulary(names_of=names_of, nearest=nearest)


def patient(*events: dict[str, Any], **more: Any) -> dict[str, Any]:
    told = {"id": "01", "infused": "2026-03-01"} | more
    return told | {"events": [{"id": str(at)} | event for at, event in enumerate(events, 1)]}


def event(on: str | None, grade: int | None, **more: Any) -> dict[str, Any]:
    return {"grades": [{"from": on, "grade": grade}]} | more


def decided(
    *patients: dict[str, Any],
    rule: dict[str, Any] = DEATH,
    as_of: str = LATER,
    zone: str = "UTC",
    **more: Any,
) -> EventsMonitored:
    return decide_events(
        RULE.validate_python(rule | more),
        [PATIENT.validate_python(each) for each in patients],
        Cut.of(PartialTime(as_of), zone),
        WORDS,
    )


def asks(got: EventsMonitored) -> list[str]:
    return [each.pointer.removeprefix("/cohort/patients/0") for each in got.missing]
