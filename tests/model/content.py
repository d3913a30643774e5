"""What the model sends: few of each kind, so that steps meet each other again and again."""

import json
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

Content = Mapping[str, Any]

STUDY: Final = "S1"
SUBJECTS: Final = ("S-01", "S-02", "S-03")
SITES: Final = ("01", "02")
EVENTS: Final = ("rave:1", "rave:2", "edc:1", "edc:a b~1")
EXPOSURES: Final = ("rave:x", "rave:y")
RESULTS: Final = ("lims:1", "lims:2", "lims:3")
RANGES: Final[Mapping[str, Content]] = {
    "Central/neutrophils/any/any/2026-01-01": {
        "laboratory": "Central",
        "analyte": "neutrophils",
        "valid_from": "2026-01-01",
    },
    "Central/neutrophils/female/18-/2026-02-01": {
        "laboratory": "Central",
        "analyte": "neutrophils",
        "sex": "female",
        "age_from": 18,
        "valid_from": "2026-02-01",
    },
    "Local/alt/any/any/2026-01-01": {
        "laboratory": "Local",
        "analyte": "alt",
        "valid_from": "2026-01-01",
    },
}
"""What each range is for, by its key."""
ZONES: Final = ("+08:00", "America/New_York", "Europe/Zurich")
PROTOCOL: Final = "NCT06886919"
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def _course(*changes: tuple[str | None, int | None]) -> list[dict[str, Any]]:
    return [{"from": at, "grade": grade} for at, grade in changes]


def _event(term: str, *changes: tuple[str | None, int | None], **more: Any) -> Content:
    causality = [{"agent": "IC19", "relatedness": "possible", "assessor": "investigator"}]
    course = {"grades": _course(*changes)} if changes else {}
    written = {"term": term, **course, "baseline_grade": 0, "causality": causality, **more}
    return {name: value for name, value in written.items() if value is not None}


COURSES: Final[tuple[Content, ...]] = (
    _event("Neutropenia", ("2026-03-03", 3), ongoing=True),
    _event("Neutropenia", ("2026-03-03", 4), ongoing=True, interventions=[]),
    _event(
        "Cytokine release syndrome",
        ("2026-03-03T08:00:00+08:00", 3),
        ("2026-03-06T08:01:00+08:00", 2),
        ongoing=False,
    ),
    _event("Cytokine release syndrome", ("2026-03-02T20:15:00Z", 3), ongoing=True),
    _event("Rash", ("2026-03-05", 2), ("2026-03-08", 0), ongoing=False),
    _event("Nobody knows this term", ("2026-03-04", 3), ongoing=True),
    _event("Lung infection", ("2026-03", 3), ongoing=True),
    _event("Lung infection", ("2026-03-20", 3), ("2026-04-10", 1), ongoing=False),
    _event("Lung infection", ("2026-03-05", 3), ("2026-03-11", 2), causality=None, ongoing=True),
    _event("Hypotension", ("2026-03-04T10:00", 3), ongoing=True, part_of="1"),
    _event("Headache", ("2026-03-04T23:30", 3), ongoing=True, ongoing_as_of="2026-03-09"),
    _event("Fatigue", ("2026-03-10", 3), ("2026-03-13", None), synonym_of="2"),
    _event("Nausea"),
)  # fmt: skip

_INFUSED: Final = {"agent": "IC19", "start": "2026-03-01T10:00:00+08:00"}
PATIENTS: Final[tuple[Content, ...]] = (
    {"exposures": [_INFUSED]},
    {"exposures": [_INFUSED], "dose_level": "2"},
    {"exposures": [_INFUSED], "site": "01", "dose_level": "1"},
    {"exposures": [{"agent": "IC19", "start": "2026-03-02T01:00"}], "site": "02"},
    {"exposures": [_INFUSED], "follow_up_until": "2026-04-10", "phase": "escalation"},
    {"exposures": [{"agent": "IC19", "start": "2026-03-15"}], "phase": "no such phase"},
    {"exposures": [_INFUSED], "death": {"date": "2026-03-18", "cause": "sepsis"}},
    {"exposures": [_INFUSED], "withdrawal": {"date": "2026-03-19"}, "time_zone": "Asia/Tokyo"},
    {},
    {"site": "01"},
    {"exposures": [_INFUSED], "sex": "female", "birth_year": 1980},
    {"exposures": [_INFUSED], "sex": "male"},
)
ADMINISTRATIONS: Final[tuple[Content, ...]] = (
    _INFUSED,
    {"agent": "IC19", "start": "2026-03-02", "dose_level": "2"},
    {"agent": "IC19", "start": None},
)
MEASURED: Final[tuple[Content, ...]] = tuple(
    {"measured_at": "2026-03-05T08:00:00+08:00", **each}
    for each in (
        {"analyte": "neutrophils", "value": "0.4", "unit": "10*9/L", "laboratory": "Central"},
        {"analyte": "neutrophils", "value": "1.7", "unit": "10*9/L", "laboratory": "Central"},
        {"analyte": "alt", "value": "300", "unit": "U/L", "laboratory": "Local", "uln": "40"},
        {"analyte": "alt", "value": "300", "laboratory": "Local", "lln": "5", "uln": "40"},
        {"analyte": "platelets", "value": "84", "laboratory": "Central"},
        {"laboratory": "Central"},
    )
)
LIMITS: Final[tuple[Content, ...]] = (
    {"unit": "10*9/L", "lln": "2.0", "uln": "7.0"},
    {"unit": "10*9/L", "lln": "1.5", "valid_to": "2027-03-20"},
    {"unit": "U/L", "uln": "40"},
)
PLACES: Final[tuple[Content, ...]] = (
    {"time_zone": "+08:00"},
    {"time_zone": "America/New_York", "name": "Zürich/𝄞"},
    {"name": "without a zone"},
)
SOURCES: Final[tuple[Content | None, ...]] = (
    None,
    {"sequence": 1},
    {"sequence": 2},
    {"sequence": 3, "time": "2026-03-06T00:00:00Z"},
    {"sequence": 4, "user": "a nurse", "audit_id": "77"},
    {"time": "2026-03-05T00:00:00+08:00"},
    {"time": "2026-03-12T06:30:00Z", "user": "a nurse"},
    {"time": "2026-05-01T00:00:00Z"},
)
AMENDED: Final = (("m1", "P7D", "P3D"), ("m2", "PT72H", "PT24H"), ("m3", "P28D", "P14D"))
"""Versions that are added: one limit of the protocol becomes another."""


def later(content: Any, days: int) -> Any:
    """The content with all its days so much later."""
    moved: Any = json.loads(_DAY.sub(lambda found: _later(found[0], days), json.dumps(content)))
    return moved


def _later(day: str, days: int) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except ValueError:  # some are no days, to be refused
        return day


def amended(document: Mapping[str, Any], version: str, old: str, new: str) -> dict[str, Any]:
    """The document with another limit, under a version of its own."""
    text = json.dumps({**document, "version": version})
    changed: dict[str, Any] = json.loads(text.replace(f'"{old}"', f'"{new}"'))
    return changed


BROKEN: Final[tuple[tuple[str, str, Any, int], ...]] = (
    ("PUT", "/adverse-events/by-source/rave/1", {**COURSES[0]}, 422),
    ("PUT", "/adverse-events/by-source/rave/1", {**COURSES[0], "subject": "S-01", "tem": 1}, 422),
    ("PUT", "/subjects/S-01", {"time_zone": "Mars/Olympus"}, 422),
    ("PUT", "/subjects/S-01", {"follow_up_until": "2026-02-30"}, 422),
    ("PUT", "/subjects/S 01", {}, 422),
    ("PUT", "/adverse-events/by-source/rave/never", [], 422),
    ("DELETE", "/adverse-events/by-source/rave/never", {"reason": {"code": "X"}}, 404),
    ("DELETE", "/subjects/S-01", {}, 422),
    ("POST", "/adverse-events/by-source/rave/never/restore", {"reason": {"code": "X"}}, 404),
    ("POST", "/adverse-events/batch", {"mode": "all", "items": []}, 422),
    ("POST", "/holds", {"scope": {"country": "CH"}, "reason": "x", "reported_by": "y"}, 422),
    ("POST", "/holds/nothing/lift", {"reason": "x", "lifted_by": "y"}, 404),
    (
        "POST",
        "/protocol",
        {
            "version": "never",
            "effective": "2026-03-10",
            "applies_to": "all",
            "reason": {"code": "X"},
        },
        422,
    ),
)
"""What is refused whatever the record holds: method, path below the study, body, status."""
