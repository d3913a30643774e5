"""The status of one patient, from the verdicts of the events and what ended the observation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from app.domain.adjudication.result import (
    EventAdjudication,
    Explanation,
    Finding,
    Missing,
    MissingField,
    Reason,
    Status,
    SubjectAdjudication,
    TruthWord,
    VerdictWord,
    WindowSpan,
)
from app.domain.course import Stop, StopKind, stop_of
from app.domain.dlt.encode import RecordedSubject
from app.domain.dlt.rule import Window
from app.domain.dlt.words import instant_words, window_words
from app.domain.time import ALWAYS, Zone

#: What a ruling on a death inside a window may say of the patient, and the status that follows.
DEATH_RULINGS: Mapping[str, Status] = {"dlt": "DLT", "not_dlt": "NO_DLT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What the patient's status is, and why."""

    status: Status
    text: str
    until: str | None = None
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowBounds:
    """Bounds of one window: its start, and the first instant after it (None: not known)."""

    start_first: int
    start_exact: bool
    end_first: int | None
    end_last: int | None


def windows_of(recorded: RecordedSubject, window: Window) -> list[WindowBounds]:
    """The DLT windows of a patient, one for each infusion that opens one."""
    infusions = [span for _, span in recorded.infusions]
    found = []
    for span in infusions[:1] if window.anchor == "first_infusion" else infusions:
        if span.first <= ALWAYS // 2:
            found.append(
                WindowBounds(
                    start_first=span.first, start_exact=False, end_first=None, end_last=None
                )
            )
            continue
        first, last = (
            _end(day, instant, window, recorded.zone)
            for day, instant in ((span.first_day, span.first), (span.last_day, span.last))
        )
        cap = _cap(recorded, window)
        if cap is not None:
            first, last = min(first, cap), min(last, cap)
        found.append(
            WindowBounds(
                start_first=span.first, start_exact=span.exact, end_first=first, end_last=last
            )
        )
    return found


def _end(day: int, instant: int, window: Window, zone: Zone) -> int:
    if window.through.days is None:
        return instant + window.through.microseconds + 1
    return zone.midnight(day + window.through.days - window.first_day + 1)


def _cap(recorded: RecordedSubject, window: Window) -> int | None:
    """First instant after a window that was completed early."""
    completed = recorded.subject.window_completed
    if completed is None or not window.early_completion:
        return None
    span = completed.on.span(recorded.zone)
    return None if span.first > recorded.cut else recorded.zone.midnight(span.last_day + 1)


def status_of(
    recorded: RecordedSubject,
    window: Window,
    events: Sequence[EventAdjudication],
    findings: tuple[Finding, ...],
) -> SubjectAdjudication:
    """The patient's status at the cut, by precedence."""
    bounds = windows_of(recorded, window)
    opinion = by_events(events) or _by_observation(recorded, window, bounds)
    zone = recorded.zone
    spans = tuple(
        WindowSpan(
            start=zone.text(each.start_first) if each.start_first > ALWAYS // 2 else None,
            end=zone.text(each.end_last) if each.end_last is not None else None,
        )
        for each in bounds
    )
    text = f"{opinion.status}: {opinion.text}"
    truth: TruthWord = (
        "unknown"
        if opinion.status == "UNDETERMINED"
        else "not_yet"
        if opinion.status in {"PENDING", "IN_WINDOW"}
        else "yes"
    )
    said = window_words(window, tuple(span for _, span in recorded.infusions), zone)
    parts = tuple(_event_reason(each) for each in events)
    tree = Reason(
        kind="status",
        clause=None,
        at=None,
        says=f"the patient's status is {opinion.status}",
        truth=truth,
        since=None,
        text=f"{text} ({said})",
        records=("/exposures",),
        parts=parts,
    )
    return SubjectAdjudication(
        id=recorded.subject.id,
        status=opinion.status,
        until=opinion.until,
        reason=opinion.text,
        window=spans,
        missing=opinion.missing,
        explanation=Explanation(text=text, tree=tree),
        findings=findings,
    )


def _event_reason(event: EventAdjudication) -> Reason:
    truth: TruthWord = {
        "DLT": "yes",
        "NOT_DLT": "no",
        "PENDING": "not_yet",
        "UNDETERMINED": "unknown",
        "NOT_APPLICABLE": "no",
    }[event.verdict]  # type: ignore[assignment]
    return Reason(
        kind="event",
        clause=event.criterion,
        at=None,
        says=f"event {event.id} is a DLT",
        truth=truth,
        since=event.established_at or event.becomes_dlt_at,
        text=event.verdict,
        records=(f"/events/{event.id}",),
        parts=(),
    )


class Judged(Protocol):
    """An event, as far as the patient's status hangs on it."""

    @property
    def id(self) -> str:
        """The event's id."""

    @property
    def verdict(self) -> VerdictWord:
        """Its verdict."""

    @property
    def becomes_dlt_at(self) -> str | None:
        """When it becomes a DLT, where it is pending."""

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What is missing of it."""


def by_events(events: Sequence[Judged]) -> Opinion | None:
    """The status that verdicts decide; None where it is left to how far the patient was seen."""
    named = {
        verdict: [each for each in events if each.verdict == verdict]
        for verdict in ("DLT", "UNDETERMINED", "PENDING")
    }
    if named["DLT"]:
        return Opinion(status="DLT", text=f"{_ids(named['DLT'])} {_is(named['DLT'])} a DLT")
    if named["UNDETERMINED"]:
        missing = tuple(each for event in named["UNDETERMINED"] for each in event.missing)
        return Opinion(
            status="UNDETERMINED",
            text=f"whether {_ids(named['UNDETERMINED'])} {_is(named['UNDETERMINED'])} a DLT is "
            "not determined",
            missing=missing,
        )
    if named["PENDING"]:
        due = min(
            (each.becomes_dlt_at or "" for each in named["PENDING"]), key=datetime.fromisoformat
        )
        return Opinion(
            status="PENDING",
            text=f"{_ids(named['PENDING'])} becomes a DLT if the present grade persists, at "
            f"the earliest at {due}",
            until=due,
        )
    return None


def _ids(events: Sequence[Judged]) -> str:
    return ", ".join(each.id for each in events)


def _is(events: Sequence[Judged]) -> str:
    return "is" if len(events) == 1 else "are"


def by_observation(recorded: RecordedSubject, window: Window) -> Opinion:
    """The status of a patient without an event that decides it."""
    return _by_observation(recorded, window, windows_of(recorded, window))


def _by_observation(
    recorded: RecordedSubject, window: Window, bounds: Sequence[WindowBounds]
) -> Opinion:
    ends = [each.end_last for each in bounds if each.end_last is not None]
    if not bounds or len(ends) < len(bounds):
        return _without_window(window, bool(bounds))
    end = max(ends)
    stopped = _dead(recorded, end) or _withdrawn(recorded, end)
    if stopped is not None:
        return stopped
    when = instant_words(end, recorded.zone)
    if recorded.cut + 1 < end:
        text = f"no DLT so far; the window is open until {when}"
        return Opinion(status="IN_WINDOW", text=text, until=recorded.zone.text(end))
    unreviewed = _unreviewed(recorded, end)
    if unreviewed is not None:
        asked = (
            "Record that events were reviewed through the window's last day (follow_up_until); "
            f"it ends at {when}."
        )
        return Opinion(
            status="UNDETERMINED", text=unreviewed, missing=(_missing("follow_up", asked, {}),)
        )
    return Opinion(status="NO_DLT", text=f"no event is a DLT, and the window ended at {when}")


def _unreviewed(recorded: RecordedSubject, end: int) -> str | None:
    """Why it is not known that there was no other event in the window, where it is not."""
    if recorded.silent:
        return "nobody recorded that events were reviewed through the end of the window"
    stop = stop_of(recorded.subject, recorded.zone, recorded.cut)
    if stop is None or stop.kind is not StopKind.FOLLOW_UP or stop.first + 1 >= end:
        return None
    return f"events were reviewed until {stop.recorded}, not through the end of the window"


def _without_window(window: Window, infused: bool) -> Opinion:
    if infused:
        text = "the time of an infusion is not recorded"
        asked = f"Record when {window.agent} was infused."
    else:
        text = f"no infusion of {window.agent} up to the data cut is recorded"
        asked = f"Record the infusions of {window.agent}."
    return Opinion(status="UNDETERMINED", text=text, missing=(_missing("exposure", asked, {}),))


def _dead(recorded: RecordedSubject, end: int) -> Opinion | None:
    """A death inside a window is never simply not evaluable: the committee rules."""
    death = _stop_by(recorded, StopKind.DEATH)
    if death is None or death.first >= end:
        return None
    when = death.recorded or "an unknown date"
    for ruling in reversed(recorded.rulings):
        if ruling.question == "death":
            text = (
                f"the death on {when} was ruled {ruling.answer} by {ruling.by} ({ruling.on.text})"
            )
            return Opinion(status=DEATH_RULINGS[ruling.answer], text=text)
    asked = (
        f"The patient died on {when}, inside a DLT window; whether the death is a DLT needs "
        "a ruling."
    )
    return Opinion(
        status="UNDETERMINED",
        text="the patient died inside a window without a DLT; the committee has to rule",
        missing=(_missing("death", asked, dict(DEATH_RULINGS)),),
    )


def _withdrawn(recorded: RecordedSubject, end: int) -> Opinion | None:
    withdrawal = _stop_by(recorded, StopKind.WITHDRAWAL)
    if withdrawal is None or withdrawal.first >= end:
        return None
    reason = recorded.subject.withdrawal.reason if recorded.subject.withdrawal else None
    when = withdrawal.recorded or "an unknown date"
    said = f" ({reason})" if reason else ""
    return Opinion(
        status="NOT_EVALUABLE", text=f"withdrawn on {when} before the window ended{said}"
    )


def _stop_by(recorded: RecordedSubject, kind: StopKind) -> Stop | None:
    """A death or withdrawal, whatever else ended the observation first."""
    subject = recorded.subject
    alone = replace(
        subject,
        death=subject.death if kind is StopKind.DEATH else None,
        withdrawal=subject.withdrawal if kind is StopKind.WITHDRAWAL else None,
        follow_up_until=None,
    )
    return stop_of(alone, recorded.zone, recorded.cut)


def _missing(field: MissingField, text: str, settles: Mapping[str, str]) -> Missing:
    return Missing(field=field, event=None, text=text, would_settle=settles)
