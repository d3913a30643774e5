"""Patients who never were, of trials that the demonstration does not show.

Each step is when it came, a method, a path below the study, and what was sent. Together with the
demonstration there is a patient under each built-in protocol, every verdict word, results with and
without limits, and assessments of CRS, ICANS and ICE.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from app.data.protocols import load

INFUSED: Final = "2026-03-01T10:00+08:00"


class Sent(NamedTuple):
    """One request; a path that begins with a slash is not below the study."""

    at: str
    method: str
    path: str
    body: Any


class Trial(NamedTuple):
    """A study, the protocol that it begins under, and what came."""

    study: str
    protocol: str
    steps: tuple[Sent, ...]


def _patient(at: str, subject: str, agent: str, **more: Any) -> Sent:
    body = {"phase": "escalation", "exposures": [{"agent": agent, "start": INFUSED}], **more}
    return Sent(at, "PUT", f"subjects/{subject}", body)


def _event(
    at: str, key: str, subject: str, agent: str, term: str, *grades: tuple[int, str], **more: Any
) -> Sent:
    judgement = {"agent": agent, "relatedness": "possible", "assessor": "investigator"}
    body = {
        "subject": subject,
        "term": term,
        "grades": [{"from": since, "grade": grade} for grade, since in grades],
        "baseline_grade": 0,
        "causality": [judgement],
        **more,
    }
    return Sent(at, "PUT", f"adverse-events/by-source/edc/{key}", body)


def _result(at: str, key: str, analyte: str, on: str, value: str, **more: Any) -> Sent:
    time = f"{on}T08:00+08:00"
    body = {"subject": "L-01", "analyte": analyte, "measured_at": time, "value": value, **more}
    return Sent(at, "PUT", f"laboratory-results/by-source/lab/{key}", body)


def _assessed(
    at: str, key: str, scale: str, on: str, components: Mapping[str, Any], event: str
) -> Sent:
    body = {"subject": "A-01", "scale": scale, "on": on, "event": event, "components": components}
    return Sent(at, "PUT", f"assessments/by-source/edc/{key}", body)


_RANGE: Final = "laboratory-ranges/Central/neutrophils/any/18-/2026-01-01"
_COUNTS: Final = {"unit": "10*9/L"}
_STATED: Final = {**_COUNTS, "lln": "1.8", "uln": "7.5"}
_ON_A_VASOPRESSOR: Final = {
    "temperature": 39.1, "temperature_unit": "C", "hypotension": True,
    "vasopressors": ["norepinephrine"], "hypoxia": False,
}  # fmt: skip
_AWAKE: Final = {
    "age_years": 45, "arousal": "spontaneous", "seizure": "none", "motor_weakness": "none",
    "cerebral_edema": "none", "raised_icp_signs": [],
}  # fmt: skip
_ICE: Final = {
    "year": 0, "month": 0, "city": 1, "hospital": 1, "objects_named": 3, "follows_command": 1,
    "writes_sentence": 1, "counts_backwards": 0,
}  # fmt: skip
_AMENDED: Final = {**load("LCAR-AIO").document, "version": "2"}
_AMENDMENT: Final = {
    "version": "2", "effective": "2026-04-01", "applies_to": "all",
    "reason": {"code": "AMENDMENT_1"},
}  # fmt: skip

LCAR_AIO: Final = Trial(
    "SAMPLE-LCAR-AIO",
    "LCAR-AIO",
    (
        _patient("2026-03-02T02:00Z", "B-01", "LCAR-AIO"),
        _event("2026-03-06T02:00Z", "B-01.AE.1", "B-01", "LCAR-AIO", "Lung infection",
               (2, "2026-03-05"), ongoing=True),
        _patient("2026-03-31T02:00Z", "B-01", "LCAR-AIO", follow_up_until="2026-03-31"),
        _patient("2026-03-02T02:30Z", "B-02", "LCAR-AIO"),
        _event("2026-03-07T02:00Z", "B-02.AE.1", "B-02", "LCAR-AIO", "Sepsis",
               (4, "2026-03-05"), (2, "2026-03-10"), (0, "2026-03-14"), ongoing=False),
        _event("2026-03-20T02:00Z", "B-02.AE.2", "B-02", "LCAR-AIO", "Seizure",
               (3, "2026-03"), causality=[]),
        Sent("2026-04-01T02:00Z", "POST", "/v1/protocols", {"document": _AMENDED}),
        Sent("2026-04-01T02:10Z", "POST", "protocol", _AMENDMENT),
        _patient("2026-04-08T02:00Z", "B-02", "LCAR-AIO", follow_up_until="2026-04-07"),
    ),
)  # fmt: skip
RELMA_CEL: Final = Trial(
    "SAMPLE-RELMA-CEL",
    "NCT05765006",
    (
        _patient("2026-03-02T02:00Z", "R-01", "Relma-cel"),
        _event("2026-03-06T02:00Z", "R-01.AE.1", "R-01", "Relma-cel", "Sepsis",
               (3, "2026-03-05"), (0, "2026-03-09"), ongoing=False),
    ),
)  # fmt: skip
LMY_920: Final = Trial(
    "SAMPLE-LMY-920",
    "NCT06340750",
    (
        _patient("2026-03-02T02:00Z", "M-01", "LMY-920"),
        _event("2026-03-06T02:00Z", "M-01.AE.1", "M-01", "LMY-920", "Alopecia", (4, "2026-03-05")),
    ),
)
IC19: Final = Trial(
    "SAMPLE-IC19",
    "NCT06886919",
    (
        Sent("2026-03-01T00:30Z", "PUT", "sites/01", {"laboratories": ["Central"]}),
        Sent("2026-03-01T00:40Z", "PUT", "sites/02", {"time_zone": "Asia/Tokyo"}),
        Sent("2026-03-01T00:50Z", "PUT", _RANGE,
             {**_COUNTS, "lln": "2.0", "uln": "7.0"}),
        _patient("2026-03-02T02:00Z", "L-01", "IC19", site="01", sex="female", birth_year=1984),
        _result("2026-03-06T02:00Z", "L-1", "neutrophils", "2026-03-05", "0.3", **_STATED),
        _result("2026-03-20T02:00Z", "L-2", "neutrophils", "2026-03-18", "0.4", **_COUNTS),
        _result("2026-04-03T02:00Z", "L-3", "neutrophils", "2026-04-02", "0.4", **_STATED),
        _result("2026-04-03T02:10Z", "L-4", "alt", "2026-04-02", "410", unit="U/L"),
        _event("2026-04-04T02:00Z", "L-01.AE.1", "L-01", "IC19", "Neutrophil count decreased",
               (3, "2026-03-04"), (1, "2026-04-20"), clinically_significant=True),
        Sent("2026-04-05T02:00Z", "PUT", _RANGE,
             {**_COUNTS, "lln": "1.9", "uln": "7.0"}),
        _patient("2026-04-22T02:00Z", "L-01", "IC19", site="01", sex="female", birth_year=1984,
                 follow_up_until="2026-04-21"),
        _patient("2026-03-02T03:00Z", "A-01", "IC19", site="02"),
        _event("2026-03-04T02:00Z", "A-01.AE.1", "A-01", "IC19", "Cytokine release syndrome",
               (2, "2026-03-03T10:00+09:00"), interventions=["tocilizumab"]),
        _assessed("2026-03-04T02:10Z", "CRS-1", "crs", "2026-03-03T13:00+09:00",
                  _ON_A_VASOPRESSOR, "A-01.AE.1"),
        _event("2026-03-05T02:00Z", "A-01.AE.2", "A-01", "IC19", "ICANS",
               (1, "2026-03-04T10:00+09:00")),
        _assessed("2026-03-05T02:10Z", "ICE-1", "ice", "2026-03-04T12:00+09:00", _ICE,
                  "A-01.AE.2"),
        _assessed("2026-03-05T02:20Z", "ICANS-1", "icans", "2026-03-04T12:00+09:00", _AWAKE,
                  "A-01.AE.2"),
        _assessed("2026-03-07T02:00Z", "CRS-2", "crs", "2026-03-06T14:00+09:00",
                  _ON_A_VASOPRESSOR, "A-01.AE.1"),
        Sent("2026-03-09T02:00Z", "PUT", "subjects/N-01", {"dose_level": "1"}),
    ),
)  # fmt: skip
TRIALS: Final = (LCAR_AIO, RELMA_CEL, LMY_920, IC19)
