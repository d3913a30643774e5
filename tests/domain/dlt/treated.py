"""Cases of one event of grade 3 that was treated, under a rule of one condition."""

from collections.abc import Mapping
from typing import Any

from app.domain.adjudication.result import EventAdjudication
from tests.builders import Change, event
from tests.domain.dlt.toy import clause, first, toy

BEGUN = "2026-03-05T08:00+08:00"
RUN: tuple[Change, ...] = ((3, BEGUN), (0, "2026-03-20T08:00+08:00"))
OPEN: tuple[Change, ...] = ((3, BEGUN),)
LONG = {"intervention": {"kind": "vasopressor", "longer_than": "PT24H"}}
SOON = {"intervention": {"kind": "tocilizumab", "within": "PT24H"}}
KINDS = {"vasopressor": ["norepinephrine", "dopamine"], "tocilizumab": [], "ventilation": []}


def judged(
    when: Any,
    interventions: Any,
    *changes: Change,
    as_of: str = "2026-05-30",
    event_tells: Mapping[str, Any] | None = None,
    exceptions: tuple[Any, ...] = (),
    clocks: Mapping[str, Any] | None = None,
    **patient: Any,
) -> EventAdjudication:
    """An event of grade 3 by "grade 3, when …"."""
    criterion = clause("c", grade=3, **({"when": when} if when else {}))
    protocol = toy(
        criteria=[criterion],
        exceptions=exceptions,
        interventions=KINDS,
        clocks=clocks or {},
        groups={"lungs": ["Pneumonitis"]},
    )
    told = {"ongoing": not changes, **(event_tells or {})}
    case = event("Pneumonitis", *(changes or OPEN), interventions=interventions, **told)
    return first(protocol, case, as_of=as_of, **patient)


def given(
    start: str | None, end: str | None = None, kind: str = "vasopressor", **more: Any
) -> Any:
    """An intervention as a request records it."""
    return {"kind": kind, "start": start, "end": end, **more}


def told(found: EventAdjudication) -> tuple[str, str | None]:
    """The verdict, and when it is or becomes a DLT."""
    return found.verdict, found.established_at or found.becomes_dlt_at


HOUR_24 = "2026-03-06T08:00:00+08:00"
