"""What cannot be in a request to the gate, all at once."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from app.domain.cohort.design import NotOfThisDesign
from app.domain.cohort.gate.request import GatePatient, GateRequest, Hold
from app.domain.cohort.gate.rules import GateRules
from app.domain.errors import Fault
from app.domain.time import FIRST_YEAR, LAST_YEAR

_AFTER_INFUSION: Final = (
    "last_infused",
    "infusion_completed",
    "dlt",
    "cleared_on",
    "window_completed_on",
)
_ORDER: Final = (
    ("enrolled", "lymphodepleted"),
    ("enrolled", "infused"),
    ("lymphodepleted", "infused"),
    *(("infused", name) for name in _AFTER_INFUSION),
    ("infusion_completed", "cleared_on"),
)
_STILL_OPEN: Final = ("UNDETERMINED", "PENDING", "IN_WINDOW")
_PATIENT_DAYS: Final = ("enrolled", "lymphodepleted", "infused", *_AFTER_INFUSION, "pending_until")


def check(rules: GateRules, request: GateRequest) -> None:
    """Refuse what the rules do not know and what contradicts itself. Raises NotOfThisDesign."""
    faults = (
        *_named(rules, "", request.dose_level, request.phase),
        *_years("/on", request.on),
        *_twice(request.subjects),
        *(
            fault
            for number, hold in enumerate(request.holds)
            for fault in _hold(rules, hold, f"/holds/{number}")
        ),
        *(
            fault
            for number, patient in enumerate(request.subjects)
            for fault in _patient(rules, patient, f"/subjects/{number}", request.on)
        ),
    )
    if faults:
        raise NotOfThisDesign(*faults)


def _named(rules: GateRules, at: str, level: str | None, phase: str | None) -> Iterator[Fault]:
    if level is not None and level not in rules.places:
        told = f"there is no dose level {level!r}; there are {_listed(rules.places)}"
        yield Fault(pointer=f"{at}/dose_level", message=told, code="unknown_level")
    if phase is not None and phase not in rules.phases:
        told = f"there is no phase {phase!r}; there are {_listed(rules.phases)}"
        yield Fault(pointer=f"{at}/phase", message=told, code="unknown_phase")


def _listed(names: dict[str, int] | tuple[str, ...]) -> str:
    return ", ".join(repr(name) for name in names)


def _years(pointer: str, day: date | None) -> Iterator[Fault]:
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        told = f"{day}: the year must be {FIRST_YEAR} to {LAST_YEAR}"
        yield Fault(pointer=pointer, message=told, code="dates")


def _twice(patients: tuple[GatePatient, ...]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for number, patient in enumerate(patients):
        first = seen.setdefault(patient.id, number)
        if first != number:
            told = f"patient {patient.id} is also /subjects/{first}: give each patient once"
            yield Fault(pointer=f"/subjects/{number}/id", message=told, code="duplicate_id")


def _hold(rules: GateRules, hold: Hold, at: str) -> Iterator[Fault]:
    if not isinstance(hold.scope, str):
        yield from _named(rules, f"{at}/scope", hold.scope.dose_level, None)
    begun, lifted = hold.effective_from, hold.lifted_on
    if begun is not None and lifted is not None and lifted < begun:
        told = f"a hold from {begun} on cannot have been lifted on {lifted}"
        yield Fault(pointer=f"{at}/lifted_on", message=told, code="dates")


def _patient(rules: GateRules, patient: GatePatient, at: str, on: date) -> Iterator[Fault]:
    yield from _named(rules, at, patient.dose_level, patient.phase)
    days = {name: _day(patient, name) for name in _PATIENT_DAYS}
    for name, day in days.items():
        yield from _years(f"{at}/{name}", day)
    for before, after in _ORDER:
        yield from _ordered(days, before, after, at)
    for name in _AFTER_INFUSION:
        if days[name] is not None and days["infused"] is None:
            told = f"patient {patient.id} has not been infused: tell when, or leave {name} out"
            yield Fault(pointer=f"{at}/{name}", message=told, code="dates")
    yield from _status(patient, at, on)


def _day(patient: GatePatient, name: str) -> date | None:
    if name == "dlt":
        return patient.dlt.known_on if patient.dlt else None
    day: date | None = getattr(patient, name)
    return day


def _ordered(days: dict[str, date | None], before: str, after: str, at: str) -> Iterator[Fault]:
    first, second = days[before], days[after]
    if first is not None and second is not None and second < first:
        told = f"{after} on {second} cannot come before {before} on {first}"
        yield Fault(pointer=f"{at}/{after}", message=told, code="dates")


def _status(patient: GatePatient, at: str, on: date) -> Iterator[Fault]:
    known = patient.dlt is not None and patient.dlt.known_on <= on
    if patient.status == "DLT" and not known:
        told = f"the status DLT needs a dlt known on {on}, and there is none"
        yield Fault(pointer=f"{at}/status", message=told, code="status")
    if patient.status not in {None, "DLT"} and known:
        told = f"the status {patient.status} contradicts the dlt, which is known on {on}"
        yield Fault(pointer=f"{at}/status", message=told, code="status")
    if not patient.evaluable and patient.status in _STILL_OPEN:
        told = (
            f"a patient whose status is {patient.status} may still have a DLT, and is evaluable "
            "then: leave evaluable out, or give the status NOT_EVALUABLE"
        )
        yield Fault(pointer=f"{at}/evaluable", message=told, code="status")
    if patient.pending_until is not None and patient.status != "PENDING":
        told = "pending_until belongs to the status PENDING: tell both, or neither"
        yield Fault(pointer=f"{at}/pending_until", message=told, code="status")
