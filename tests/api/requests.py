"""Requests to adjudicate, to be changed by the tests."""

from copy import deepcopy
from typing import Any


def one_patient(**changes: Any) -> dict[str, Any]:
    """A patient with grade 3 CRS for 72 hours and one minute: a DLT by IC19."""
    request = {
        "protocol": {"id": "NCT06886919", "version": "1"},
        "as_of": "2026-05-30",
        "time_zone": "+08:00",
        "subject": {
            "id": "S-01",
            "exposures": [{"agent": "IC19", "start": "2026-03-01T10:00:00+08:00"}],
            "events": [crs("AE-1", until="2026-03-06T08:01:00+08:00")],
        },
    }
    return {**request, **changes}


def crs(event_id: str, *, until: str) -> dict[str, Any]:
    """Grade 3 CRS from 2026-03-03 08:00 until then."""
    return {
        "id": event_id,
        "term": "Cytokine release syndrome",
        "grades": [
            {"from": "2026-03-03T08:00:00+08:00", "grade": 3},
            {"from": until, "grade": 2},
        ],
        "ongoing": False,
        "baseline_grade": 0,
        "causality": [{"agent": "IC19", "relatedness": "possible", "assessor": "investigator"}],
    }


def changed(request: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """The request with another value at a place of it; the place may be new."""
    request = deepcopy(request)
    *parents, last = pointer.split("/")[1:]
    part: Any = request
    for name in parents:
        part = part[int(name) if isinstance(part, list) else name]
    part[int(last) if isinstance(part, list) else last] = value
    return request
