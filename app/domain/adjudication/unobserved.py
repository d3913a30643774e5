"""Where no DLT is observed: the text states no definition, or the phase observes none."""

from collections.abc import Mapping
from dataclasses import replace

from app.domain.adjudication.findings import findings_of
from app.domain.adjudication.prepare import Prepared
from app.domain.adjudication.readings import options_of
from app.domain.adjudication.result import (
    Adjudicated,
    EventAdjudication,
    Explanation,
    Missing,
    Reason,
    SubjectAdjudication,
)
from app.domain.course import Tail


def not_applicable(prepared: Prepared) -> Adjudicated:
    """Every event and the patient are NOT_APPLICABLE, which is never "no DLT"."""
    protocol, subject = prepared.protocol, prepared.recorded.subject
    if protocol.rules is None:
        why = f"{protocol.name} states no definition of a DLT"
    else:
        why = f"phase {prepared.phase} of {protocol.name} observes no DLT"
    events = tuple(
        EventAdjudication(
            id=recorded.event.id,
            verdict="NOT_APPLICABLE",
            criterion=None,
            exception=None,
            established_at=None,
            becomes_dlt_at=None,
            open=bool(recorded.course.steps)
            and recorded.course.steps[-1].grade != 0
            and recorded.course.tail in {Tail.GOES_ON, Tail.SILENT, Tail.ASSESSED},
            missing=(),
            refer_to_committee=False,
            readings=options_of(protocol.rules, {"observed_in"}) if protocol.rules else (),
            explanation=_explanation(f"event {recorded.event.id} is a DLT", why),
            findings=findings_of(recorded, protocol, prepared.events),
        )
        for recorded in prepared.recorded.events
    )
    return Adjudicated(
        events=events,
        subject=SubjectAdjudication(
            id=subject.id,
            status="NOT_APPLICABLE",
            until=None,
            reason=why,
            window=(),
            missing=(),
            explanation=_explanation("the patient has a DLT status", why),
            findings=prepared.findings,
        ),
    )


def _explanation(says: str, why: str) -> Explanation:
    text = f"NOT_APPLICABLE: {why}."
    return Explanation(
        text=text,
        tree=Reason(
            kind="verdict",
            clause=None,
            at=None,
            says=says,
            truth="no",
            since=None,
            text=text,
            records=(),
            parts=(),
        ),
    )


def phase_decides(prepared: Prepared) -> bool:
    """Whether the phase is not recorded, and there is one in which no DLT is observed."""
    return prepared.phase is None and not set(_phases(prepared)) <= _observed(prepared)


def _phases(prepared: Prepared) -> list[str]:
    return [phase.id for phase in prepared.protocol.document.phases]


def _observed(prepared: Prepared) -> set[str]:
    rules = prepared.protocol.rules
    return set(rules.decided.rules.observed_in) if rules else set()


def phase_missing(prepared: Prepared, answer: Adjudicated) -> Adjudicated:
    """Nothing is determined where the phase decides and is not recorded."""
    if not phase_decides(prepared):
        return answer
    phases, observed = _phases(prepared), _observed(prepared)
    events = tuple(_undetermined(each, phases, observed) for each in answer.events)
    settles = {
        phase: answer.subject.status if phase in observed else "NOT_APPLICABLE" for phase in phases
    }
    missing = _phase(None, settles)
    text = f"UNDETERMINED: {missing.text}"
    tree = replace(answer.subject.explanation.tree, truth="unknown", text=text)
    subject = replace(
        answer.subject,
        status="UNDETERMINED",
        reason="the phase of the trial is not recorded",
        missing=(missing, *answer.subject.missing),
        explanation=Explanation(text=text, tree=tree),
    )
    return Adjudicated(events=events, subject=subject)


def _undetermined(
    event: EventAdjudication, phases: list[str], observed: set[str]
) -> EventAdjudication:
    settles = {phase: event.verdict if phase in observed else "NOT_APPLICABLE" for phase in phases}
    missing = _phase(event.id, settles)
    text = f"UNDETERMINED: {missing.text} Where DLTs are observed: {event.explanation.text}"
    tree = replace(event.explanation.tree, truth="unknown", since=None, text=text)
    return replace(
        event,
        verdict="UNDETERMINED",
        criterion=None,
        exception=None,
        established_at=None,
        becomes_dlt_at=None,
        missing=(missing, *event.missing),
        explanation=Explanation(text=text, tree=tree),
    )


def _phase(event: str | None, settles: Mapping[str, str]) -> Missing:
    return Missing(
        field="fact",
        event=event,
        text="The phase of the trial (phase) is not recorded, and not every phase observes DLTs.",
        would_settle=settles,
    )
