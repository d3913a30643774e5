"""The enrolment gate: what one answer costs, from the bytes of the request to those of it."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from pydantic import TypeAdapter

from app.domain.cohort.gate.findings import GateAnswer
from app.domain.cohort.gate.gate import gate
from app.domain.enrolment import gate_rules
from app.use_cases.adjudicate import ready_protocol
from app.use_cases.enrolment import EnrolmentRequest, answer
from benchmarks.measure import Cost, side_by_side

PATIENTS: Final = 40
_REQUEST: Final = TypeAdapter(EnrolmentRequest)
_ANSWER: Final = TypeAdapter(GateAnswer)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """What a gate answer costs."""

    few: Cost
    """Six patients and an open window: closed until a date."""
    many: Cost
    """The same with `PATIENTS` patients of the escalation."""
    decided: Cost
    """Of that the decision alone."""


def measure(repeats: int) -> GateResult:
    """All figures."""
    few, many = _body(6), _body(PATIENTS)
    asked = _REQUEST.validate_json(many)
    rules = gate_rules(ready_protocol(asked.protocol))
    for body in (few, many):
        told = _ANSWER.validate_json(_answered(body))
        if told.allowed or not told.reasons:
            raise RuntimeError(f"The gate is not closed as it should be: {told}")
    return GateResult(
        **side_by_side(
            {
                "few": lambda: _answered(few),
                "many": lambda: _answered(many),
                "decided": lambda: gate(rules, asked),
            },
            repeats,
        )
    )


def _answered(body: bytes) -> bytes:
    return _ANSWER.dump_json(answer(_REQUEST.validate_json(body)))


def _body(patients: int) -> bytes:
    """Level 2 of IC19 asked for while the last patient of level 1 is observed."""
    first = date(2025, 1, 1)
    infused = [first + timedelta(days=15 * number) for number in range(patients)]
    subjects: list[dict[str, Any]] = [
        {"id": f"{number:02}", "dose_level": "1", "infused": day.isoformat()}
        for number, day in enumerate(infused, 1)
    ]
    request = {
        "protocol": {"id": "NCT06886919"},
        "phase": "escalation",
        "dose_level": "2",
        "on": (infused[-1] + timedelta(days=1)).isoformat(),
        "subjects": subjects,
    }
    return json.dumps(request).encode()
