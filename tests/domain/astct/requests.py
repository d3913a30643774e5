"""Requests to be graded, to be changed by the tests."""

from typing import Any, Final

from pydantic import TypeAdapter

from app.domain.astct.answer import GradeAnswer
from app.domain.astct.crs import CrsRequest
from app.domain.astct.crs_answer import grade_crs
from app.domain.astct.icans import IcansRequest
from app.domain.astct.icans_answer import grade_icans

_CRS: Final = TypeAdapter(CrsRequest)
_ICANS: Final = TypeAdapter(IcansRequest)

FEBRILE: Final[dict[str, Any]] = {
    "temperature": 38.5,
    "temperature_unit": "C",
    "masking_therapy": None,
    "fever_earlier_in_episode": False,
    "hypotension": False,
    "vasopressors": [],
    "hypoxia": False,
    "oxygen_device": "none",
    "oxygen_flow_l_min": None,
    "death": None,
}
"""Fever and nothing else: grade 1."""
ADULT: Final[dict[str, Any]] = {
    "age_years": 45,
    "baseline_developmental_delay": False,
    "ice_score": 10,
    "arousal": "spontaneous",
    "seizure": "none",
    "seizure_duration_min": None,
    "motor_weakness": "none",
    "cerebral_edema": "none",
    "raised_icp_signs": [],
    "intracranial_hemorrhage": False,
    "death": None,
}
"""An adult without a finding: grade 0."""
CHILD: Final[dict[str, Any]] = {
    **ADULT,
    "age_years": 6,
    "ice_score": None,
    "capd_score": 4,
    "capd_performable": True,
}
"""A child with a CAPD of 4: grade 1."""


def crs(**changes: Any) -> GradeAnswer:
    """The grade of a patient with fever, changed."""
    return crs_of({**FEBRILE, **changes})


def crs_of(request: dict[str, Any]) -> GradeAnswer:
    """The grade of a whole request."""
    asked = _CRS.validate_python(request)
    return grade_crs(asked, asked.readings)


def icans(base: dict[str, Any] = ADULT, /, **changes: Any) -> GradeAnswer:
    """The grade of an adult without a finding, changed; or of another."""
    asked = _ICANS.validate_python({**base, **changes})
    return grade_icans(asked, asked.readings)


def bounds(answer: GradeAnswer) -> tuple[int, int]:
    """Between what the grade lies."""
    return answer.bounds.min, answer.bounds.max


def asks(answer: GradeAnswer) -> list[str]:
    """What is missing."""
    return [each.field for each in answer.missing]


def rules(answer: GradeAnswer) -> list[str]:
    """The rules that the answer names."""
    return [each.rule for each in answer.because]


def codes(answer: GradeAnswer) -> list[str]:
    """The findings."""
    return [each.code for each in answer.findings]
