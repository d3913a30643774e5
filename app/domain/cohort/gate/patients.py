"""What is known of the other patients on the asked day, and how long each is waited for."""

from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.cohort.gate.findings import Finding, found
from app.domain.cohort.gate.request import GatePatient, GateRequest, Hold, Status
from app.domain.cohort.gate.rules import ACTS, Act, GateRules, GateWindow, StaggerRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A patient as known on the asked day: what is dated after it has not happened."""

    on: date
    id: str
    place: int
    phase: str | None
    enrolled: date | None
    lymphodepleted: date | None
    infused: date | None
    completed: date | None
    dlt: date | None
    cleared: date | None
    observed: date | None
    evaluable: bool
    status: Status | None
    pending_until: date | None

    def did(self, act: Act) -> bool:
        """Whether the act, or one after it, has been done."""
        done = {
            "enrol": self.enrolled,
            "lymphodeplete": self.lymphodepleted,
            "infuse": self.infused,
        }
        return any(done[each] is not None for each in ACTS[ACTS.index(act) :])

    def anchor(self, rule: StaggerRule) -> date | None:
        """From when the days of a wait count."""
        if rule.anchor == "infusion_completion" and self.completed is not None:
            return self.completed
        return self.infused

    def over_from(self, window: GateWindow | None) -> date | None:
        """The day on which the observation is over; None where no day is known."""
        if self.dlt is not None or self.infused is None:
            return self.dlt
        recorded = None if self.observed is None else self.observed + timedelta(days=1)
        if window is None:
            return recorded
        end = window.over_from(self.infused)
        return min(end, recorded) if recorded and window.early_completion else end

    def complete(self, window: GateWindow | None, day: date) -> bool:
        """Whether the outcome is known on that day."""
        if self.dlt is None and (self.waits_for_a_verdict(day) or self.runs_on(window)):
            return False
        over = self.over_from(window)
        return over is not None and over <= day

    def waits_for_a_verdict(self, day: date) -> bool:
        """Whether the verdict is still open on that day, whatever the window says."""
        if self.status == "PENDING":
            return self.pending_until is None or day <= self.pending_until
        return self.status == "UNDETERMINED"

    def runs_on(self, window: GateWindow | None) -> bool:
        """Whether the status says that the window is open, and the dates that it is over."""
        over = self.over_from(window)
        return self.status == "IN_WINDOW" and over is not None and over <= self.on

    def in_one_of(self, phases: tuple[str, ...]) -> bool:
        """Whether the patient is in one of the phases; an absent phase may be any."""
        return self.phase is None or self.phase in phases


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that is known on the asked day. The patients stand in the order of their infusions."""

    on: date
    phase: str
    place: int
    act: Act | None
    subject: str | None
    site: str | None
    holds: tuple[Hold, ...]
    patients: tuple[Seen, ...]


def known_of(rules: GateRules, request: GateRequest) -> Known:
    """What is known on the asked day of the patients other than the candidate."""
    others = (
        _seen(rules, patient, request.on)
        for patient in request.subjects
        if patient.id != request.subject
    )
    return Known(
        on=request.on,
        phase=request.phase,
        place=rules.places[request.dose_level],
        act=request.act,
        subject=request.subject,
        site=request.site,
        holds=request.holds,
        patients=tuple(sorted(others, key=_in_order)),
    )


def _seen(rules: GateRules, patient: GatePatient, on: date) -> Seen:
    def known(day: date | None) -> date | None:
        return day if day and day <= on else None

    dlt = known(patient.dlt.known_on) if patient.dlt else None
    evaluable = patient.evaluable and patient.status != "NOT_EVALUABLE"
    return Seen(
        on=on,
        id=patient.id,
        place=rules.places[patient.dose_level],
        phase=patient.phase,
        enrolled=known(patient.enrolled),
        lymphodepleted=known(patient.lymphodepleted),
        infused=known(patient.infused),
        completed=known(patient.infusion_completed),
        dlt=dlt,
        cleared=known(patient.cleared_on),
        observed=known(patient.window_completed_on),
        evaluable=evaluable or dlt is not None,
        status=patient.status,
        pending_until=_still(patient.pending_until, on),
    )


def _still(until: date | None, on: date) -> date | None:
    """Until when a verdict is pending; a day that has passed without one tells nothing."""
    return until if until is not None and until >= on else None


def _in_order(seen: Seen) -> tuple[date, date, str]:
    """Those who are not infused come last; on one day the id decides."""
    infused = seen.infused or date.max
    return infused, seen.completed or infused, seen.id


def windows_open(
    code: str, clause: str, intro: str, waited: tuple[Seen, ...], rules: GateRules
) -> tuple[Finding, ...]:
    """The finding that outcomes are waited for, and those of statuses that no window ends."""
    days = [each.over_from(rules.window) for each in waited]
    known = [day for day in days if day is not None]
    listed = ", ".join(
        f"{each.id} ({_until(each, day, rules)})" for each, day in zip(waited, days, strict=True)
    )
    window = found(
        code,
        clause,
        f"{intro}: the DLT observation is not over for {listed}.",
        tuple(each.id for each in waited),
        opens=max(known, default=None),
        dateless=len(known) < len(days),
    )
    return (window, *(status for each in waited for status in _status(each, clause)))


def _until(seen: Seen, over: date | None, rules: GateRules) -> str:
    if seen.infused is None:
        return "not infused yet"
    if over is None:
        return "until its completion is recorded"
    told = f"infused on {seen.infused}, over from {over} on"
    return f"{told}, and IN_WINDOW by its status" if seen.runs_on(rules.window) else told


def _status(seen: Seen, clause: str) -> tuple[Finding, ...]:
    if seen.status == "PENDING":
        until = seen.pending_until
        opens = None if until is None else until + timedelta(days=1)
        ends = "" if until is None else f" until {until}"
        text = f"Whether patient {seen.id} had a DLT is PENDING{ends}."
        return (found("SUBJECT_PENDING", clause, text, (seen.id,), opens=opens),)
    if seen.status == "UNDETERMINED":
        text = f"Whether patient {seen.id} had a DLT is UNDETERMINED until somebody decides it."
        return (found("SUBJECT_UNDETERMINED", clause, text, (seen.id,)),)
    return ()
