"""From cases to recorded subjects.

Zones, cuts, infusions, courses, terms, rulings and findings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.adjudication.cuts import Cuts, cuts_of
from app.domain.adjudication.known import is_outdated, known_at
from app.domain.adjudication.protocol import ReadyProtocol, Rules
from app.domain.adjudication.result import Finding
from app.domain.adjudication.results import is_of_results
from app.domain.adjudication.scales import component_faults
from app.domain.adjudication.status import DEATH_RULINGS
from app.domain.adjudication.temporal import CLOCK_ANSWERS
from app.domain.case import Exposure, Ruling, Subject
from app.domain.course import Observation, Stop, course_of, stop_of
from app.domain.dlt.encode import RecordedSubject
from app.domain.dlt.facts import ANSWERS, FIELD_OF
from app.domain.dlt.record import RecordedEvent
from app.domain.dlt.rule import Clocks
from app.domain.errors import BadCase, BadTime, BadZone, Fault
from app.domain.laboratory.choice import analyte_of
from app.domain.steps import span_of
from app.domain.time import PartialTime, Span, Zone, last_instant_of_cut, zone_of

_DEATH_RULING = {CLOCK_ANSWERS[0]: "exceeds_limit", CLOCK_ANSWERS[1]: "ends_event"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One patient's record, ready to be judged."""

    number: int
    """Place among the subjects of the request."""
    recorded: RecordedSubject
    protocol: ReadyProtocol
    """With the readings that rulings decided."""
    phase: str | None
    events: frozenset[str]
    """Ids of all events of the case."""
    findings: tuple[Finding, ...]


def prepare(
    subjects: Sequence[Subject],
    protocol: ReadyProtocol,
    as_of: Cuts,
    time_zone: str | None,
    *,
    kept: Mapping[str, int] | None = None,
) -> list[Prepared]:
    """Read every case at its cut. Raises `BadCase` with all faults of all cases."""
    faults: list[Fault] = []
    prepared: list[Prepared] = []
    variants: dict[tuple[tuple[str, str], ...], ReadyProtocol] = {(): protocol}
    for number, (subject, at) in enumerate(zip(subjects, cuts_of(as_of, subjects), strict=True)):
        found = _faults(subject, protocol, f"/{number}")
        zone = _zone(subject, at, time_zone, f"/{number}", found)
        cut = _cut(at, zone, found)
        if found or zone is None or cut is None:
            faults += [fault for fault in found if fault not in faults]
            continue
        overrides = tuple(
            sorted((r.reading, r.answer) for r in _in_force(subject, zone, cut) if r.reading)
        )
        if overrides not in variants:
            variants[overrides] = protocol.with_readings(dict(overrides))
        prepared.append(
            _prepare(
                number,
                subject,
                variants[overrides],
                zone,
                cut,
                assumed=subject.time_zone is None and time_zone is None,
                kept=kept,
            )
        )
    if faults:
        raise BadCase(tuple(faults))
    return prepared


def _prepare(
    number: int,
    subject: Subject,
    protocol: ReadyProtocol,
    zone: Zone,
    cut: int,
    *,
    assumed: bool,
    kept: Mapping[str, int] | None,
) -> Prepared:
    rulings = _in_force(subject, zone, cut)
    infusions = _infusions(subject, protocol.rules, zone, cut)
    phases = [phase.id for phase in protocol.document.phases]
    return Prepared(
        number=number,
        recorded=RecordedSubject(
            subject=subject,
            zone=zone,
            cut=cut,
            events=_recorded_events(subject, protocol, zone, cut, rulings, kept or {}),
            infusions=infusions,
            rulings=tuple(ruling for ruling in rulings if ruling.event is None),
            measured=_measured(subject, protocol, zone, cut),
            silent=kept is not None and subject.follow_up_until is None,
        ),
        protocol=protocol,
        phase=subject.phase or (phases[0] if len(phases) == 1 else None),
        events=frozenset(event.id for event in subject.events),
        findings=(
            *_findings(subject, protocol, assumed=assumed),
            *_order_findings(stop_of(subject, zone, cut), infusions),
        ),
    )


def _measured(
    subject: Subject, protocol: ReadyProtocol, zone: Zone, cut: int
) -> Mapping[str, tuple[Span, ...]]:
    """When results were measured by the cut that a bound of a measured term asks for."""
    rules = protocol.laboratory
    if rules is None or rules.own is None or protocol.rules is None:
        return {}
    if not protocol.rules.program.joins:
        return {}
    spans: dict[str, list[Span]] = {}
    for each in subject.laboratory:
        span = each.measured_at.span(zone)
        analyte = analyte_of(each, rules.catalogue, protocol.named)
        if analyte is not None and span.first <= cut and each.value is not None:
            spans.setdefault(analyte.id, []).append(span)
    return {
        term.name: tuple(span for analyte in term.analytes for span in spans.get(analyte, ()))
        for term in rules.own.terms
    }


def _recorded_events(
    subject: Subject,
    protocol: ReadyProtocol,
    zone: Zone,
    cut: int,
    rulings: Sequence[Ruling],
    kept: Mapping[str, int],
) -> tuple[RecordedEvent, ...]:
    stop = stop_of(subject, zone, cut)
    clocks = protocol.rules.decided.rules.clocks if protocol.rules else Clocks()
    events = []
    for whole in subject.events:
        event = known_at(whole, zone, cut)
        own = tuple(r for r in rulings if r.event == event.id and not is_outdated(r, event, zone))
        seen = Observation(
            zone=zone,
            cut=cut,
            stop=stop,
            death_from_another_cause=_ruled_death(own) or clocks.death_from_another_cause,
            persists_in_silence=clocks.after_last_report == "persists",
            told=kept.get(event.id),
        )
        term = protocol.resolve(event.term, event.meddra_code)
        outdated = tuple(r for r in rulings if r.event == event.id and r not in own)
        events.append(
            RecordedEvent(
                event=event,
                course=course_of(event, seen),
                term=term,
                rulings=own,
                outdated_rulings=outdated,
                told=seen.told,
            )
        )
    return tuple(events)


def _ruled_death(rulings: Sequence[Ruling]) -> str | None:
    answers = [
        _DEATH_RULING[r.answer]
        for r in rulings
        if r.question == "committee_ruling" and r.answer in _DEATH_RULING
    ]
    return answers[-1] if answers else None


def _in_force(subject: Subject, zone: Zone, cut: int) -> list[Ruling]:
    """Rulings that had been made by the cut."""
    return [ruling for ruling in subject.rulings if ruling.on.span(zone).first <= cut]


def _infusions(
    subject: Subject, rules: Rules | None, zone: Zone, cut: int
) -> tuple[tuple[Exposure, Span], ...]:
    if rules is None:
        return ()
    agent = rules.decided.rules.window.agent.casefold()
    found = []
    for exposure in subject.exposures or ():
        span = span_of(exposure.start, zone)
        if exposure.agent.casefold() == agent and span.first <= cut:
            if span.last > cut:
                span = span._replace(last=cut, sup=cut + 1, last_day=zone.day_of(cut))
            found.append((exposure, span))
    return tuple(sorted(found, key=lambda pair: pair[1]))


def zone_and_cut(
    subject: Subject, as_of: PartialTime, time_zone: str | None
) -> tuple[Zone, int] | None:
    """The site's zone, and the last instant at the cut; None where `prepare` finds a fault."""
    faults: list[Fault] = []
    zone = _zone(subject, as_of, time_zone, "", faults)
    cut = _cut(as_of, zone, faults)
    return None if zone is None or cut is None else (zone, cut)


def _zone(
    subject: Subject, as_of: PartialTime, time_zone: str | None, pointer: str, faults: list[Fault]
) -> Zone | None:
    """The site's zone: the subject's, the request's, or the offset of its first infusion."""
    name = subject.time_zone or time_zone
    if name is None:
        starts = [
            exposure.start.offset_text for exposure in subject.exposures or () if exposure.start
        ]
        name = next((offset for offset in starts if offset), None) or as_of.offset_text
    if name is None:
        faults.append(
            Fault(
                pointer=f"{pointer}/time_zone",
                message="write the site's zone (time_zone): calendar days are counted in it",
                code="missing",
            )
        )
        return None
    try:
        return zone_of(name)
    except BadZone as error:
        faults.append(Fault(pointer=f"{pointer}/time_zone", message=str(error), code=error.code))
        return None


def _cut(as_of: PartialTime, zone: Zone | None, faults: list[Fault]) -> int | None:
    if zone is None:
        return None
    try:
        return last_instant_of_cut(as_of, zone)
    except BadTime as error:
        faults.append(Fault(pointer="/as_of", message=str(error), code=error.code))
        return None


def _faults(subject: Subject, protocol: ReadyProtocol, pointer: str) -> list[Fault]:
    faults = []
    seen: set[str] = set()
    for place, event in enumerate(subject.events):
        if event.id in seen:
            faults.append(
                Fault(
                    pointer=f"{pointer}/events/{place}/id",
                    message=f"event id {event.id!r} stands more than once; give each event its "
                    "own",
                    code="duplicate_id",
                )
            )
        seen.add(event.id)
    phases = [phase.id for phase in protocol.document.phases]
    if subject.phase is not None and subject.phase not in phases:
        faults.append(
            Fault(
                pointer=f"{pointer}/phase",
                message=f"{protocol.name} has no phase {subject.phase!r}; it has "
                f"{', '.join(phases)}",
                code="unknown_phase",
            )
        )
    for place, ruling in enumerate(subject.rulings):
        message = _ruling_fault(ruling, seen, protocol)
        if message:
            faults.append(
                Fault(pointer=f"{pointer}/rulings/{place}", message=message, code="bad_ruling")
            )
    faults += component_faults(subject, pointer)
    return faults


def _ruling_fault(ruling: Ruling, events: set[str], protocol: ReadyProtocol) -> str | None:
    """Why a ruling cannot be applied; None where it can."""
    if ruling.reading is not None:
        return _reading_fault(ruling, ruling.reading, protocol)
    if ruling.event is None and ruling.question == "death":
        return _answer_fault(ruling, "death", tuple(DEATH_RULINGS))
    if ruling.event is None or ruling.question is None:
        return (
            "write the event and the question that the ruling answers, or the reading that it "
            "decides"
        )
    laboratory = protocol.laboratory
    derived = laboratory is not None and (
        laboratory.grading.unreported == "event" or laboratory.own is not None
    )
    if ruling.event not in events and not (derived and is_of_results(ruling.event)):
        return f"there is no event {ruling.event!r} in this case"
    facts = protocol.rules.program.facts if protocol.rules else ()
    asked = [fact.subject[0] for fact in facts if fact.field == ruling.question and fact.subject]
    if len(asked) > 1 and ruling.about is None:
        return (
            f"the rules ask for {ruling.question} of several: say which (about): "
            f"{', '.join(asked)}"
        )
    answers = _answers()
    if ruling.question not in answers:
        return (
            f"{ruling.question!r} is no question that a ruling can answer; there are "
            f"{', '.join(answers)}"
        )
    return _answer_fault(ruling, ruling.question, answers[ruling.question])


def _reading_fault(ruling: Ruling, reading: str, protocol: ReadyProtocol) -> str | None:
    options = {each.id: tuple(each.options) for each in protocol.document.readings}
    if ruling.event is not None or ruling.question is not None:
        return "a ruling is on a reading, or on a question of an event, not on both"
    if reading not in options:
        return f"{protocol.name} has no reading {reading!r}; it has {', '.join(options) or 'none'}"
    return _answer_fault(ruling, reading, options[reading])


def _answer_fault(ruling: Ruling, question: str, answers: tuple[str, ...]) -> str | None:
    if ruling.answer in answers:
        return None
    return f"{ruling.answer!r} is no answer to {question}; there are {', '.join(answers)}"


def _answers() -> dict[str, tuple[str, ...]]:
    """What a ruling may answer, by question."""
    answers: dict[str, tuple[str, ...]] = {FIELD_OF[kind]: pair for kind, pair in ANSWERS.items()}
    answers["committee_ruling"] += CLOCK_ANSWERS
    answers["baseline_grade"] = ("0", "1", "2", "3", "4", "5")
    return answers


def _order_findings(
    stop: Stop | None, infusions: tuple[tuple[Exposure, Span], ...]
) -> tuple[Finding, ...]:
    if stop is None or not infusions or stop.last >= infusions[0][1].first:
        return ()
    message = (
        f"The {stop.kind.value} ({stop.recorded}) lies before the first infusion; both stand."
    )
    return (Finding(code="stopped_before_infusion", message=message),)


def _findings(subject: Subject, protocol: ReadyProtocol, *, assumed: bool) -> tuple[Finding, ...]:
    findings = []
    agents = {agent.casefold() for agent in protocol.document.agents}
    if assumed:
        findings.append(
            Finding(
                code="time_zone_assumed",
                message="No time_zone was given; calendar days are counted at the offset of the "
                "recorded times.",
            )
        )
    for agent in sorted({exposure.agent for exposure in subject.exposures or ()}):
        if agent.casefold() not in agents:
            findings.append(
                Finding(
                    code="unknown_agent",
                    message=f"Exposure to {agent!r}: {protocol.name} knows "
                    f"{', '.join(protocol.document.agents)}.",
                )
            )
    levels = [level.id for level in protocol.document.ladder.levels]
    if subject.dose_level is not None and levels and subject.dose_level not in levels:
        findings.append(
            Finding(
                code="unknown_dose_level",
                message=f"Dose level {subject.dose_level!r}: {protocol.name} has "
                f"{', '.join(levels)}.",
            )
        )
    if subject.window_completed is not None and not (
        protocol.rules and protocol.rules.decided.rules.window.early_completion
    ):
        findings.append(
            Finding(
                code="early_completion_not_allowed",
                message=f"{protocol.name} does not provide for an early completion of the "
                "window; it is not applied.",
            )
        )
    return tuple(findings)
