"""What is known of the other patients on the asked day, and how long each is waited for."""

from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.cohort.gate.findings import Finding, found
from app.domain.cohort.gate.request import GatePatient, GateRequest, Hold, Status
from app.domain.cohort.gate.rules import (
    ACTS,
    Act,
    CohortRules,
    GateRules,
    GateWindow,
    StaggerRule,
)


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
    last_infused: date | None
    completed: date | None
    is_being_infused: bool
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
        """From when the days of a wait count; None where that is not known yet."""
        if rule.anchor == "infusion_completion":
            return None if self.is_being_infused else self.completed or self.infused
        return self.infused

    def cleared_for(self, rule: StaggerRule, opens: date) -> bool:
        """Whether a clearance lets others follow, of which a known DLT is not the news."""
        if self.cleared is None or (self.dlt is not None and self.cleared < self.dlt):
            return False
        return rule.clearance == "any_day" or self.cleared >= opens

    def observed_from(self, window: GateWindow | None) -> date | None:
        """The infusion that the observation counts from."""
        if window is not None and window.anchor == "first_infusion":
            return self.infused
        return self.last_infused or self.infused

    def over_from(self, window: GateWindow | None) -> date | None:
        """The day on which the observation is over; None where no day is known."""
        begun = self.observed_from(window)
        if self.dlt is not None or begun is None:
            return self.dlt
        ended = self.observed if self.observed is not None and self.observed >= begun else None
        recorded = None if ended is None else ended + timedelta(days=1)
        if window is None:
            return recorded
        end = window.over_from(begun)
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

    @property
    def counted(self) -> Act:
        """The act by which places are taken: the earliest, where none is asked about."""
        return self.act or "enrol"


def known_of(rules: GateRules, request: GateRequest) -> Known:
    """What is known on the asked day of the patients other than the candidate.

    Who has been infused is no candidate, and counts, also where the request is about them.
    """
    everybody = (_seen(rules, patient, request.on) for patient in request.subjects)
    others = (each for each in everybody if each.id != request.subject or each.infused)
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
        last_infused=known(patient.last_infused),
        completed=known(patient.infusion_completed),
        is_being_infused=bool(patient.infusion_completed and patient.infusion_completed > on),
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
    code: str, held: CohortRules, intro: str, waited: tuple[Seen, ...], rules: GateRules
) -> tuple[Finding, ...]:
    """The finding that outcomes are waited for, and those of statuses that no window ends."""
    clause, readings = held.at, held.readings
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
        readings=readings + rules.window_readings,
        opens=max(known, default=None),
        dateless=len(known) < len(days),
    )
    return (window, *open_verdicts(clause, waited))


def _until(seen: Seen, over: date | None, rules: GateRules) -> str:
    if seen.infused is None:
        return "not infused yet"
    if over is None:
        return "until its completion is recorded"
    begun = seen.observed_from(rules.window)
    last = "" if begun == seen.infused else "last "
    told = f"{last}infused on {begun}, over from {over} on"
    return f"{told}, and IN_WINDOW by its status" if seen.runs_on(rules.window) else told


def open_verdicts(clause: str, patients: tuple[Seen, ...]) -> tuple[Finding, ...]:
    """The statuses that wait for a verdict."""
    return tuple(finding for each in patients for finding in _status(each, clause))


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
