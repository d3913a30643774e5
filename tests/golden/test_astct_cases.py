"""The shared case files of CRS, ICANS and ICE, graded by the same functions as every request.

They stand beside the repository, in `../shared/cases`; where they do not, these tests are skipped.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import TypeAdapter

from app.domain.astct.crs import CrsRequest
from app.domain.astct.crs_answer import grade_crs
from app.domain.astct.icans import IcansRequest
from app.domain.astct.icans_answer import grade_icans
from app.domain.astct.ice import IceItems, score_ice
from tests.golden.test_shared_cases import mismatches

CASES: Final = Path(__file__).parents[3] / "shared" / "cases"


def _crs(request: Any) -> Any:
    asked = TypeAdapter(CrsRequest).validate_python(request)
    return grade_crs(asked, asked.readings)


def _icans(request: Any) -> Any:
    asked = TypeAdapter(IcansRequest).validate_python(request)
    return grade_icans(asked, asked.readings)


def _ice(request: Any) -> Any:
    return score_ice(TypeAdapter(IceItems).validate_python(request))


GRADERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "crs": _crs,
    "icans-adult": _icans,
    "icans-child": _icans,
    "ice": _ice,
}


def shared_cases(name: str) -> list[Any]:
    path = CASES / f"{name}.json"
    if not path.is_file():
        skipped = pytest.mark.skip(reason=f"../shared/cases/{name}.json is not there")
        return [pytest.param(name, {}, marks=skipped, id=name)]
    cases = json.loads(path.read_text("utf-8"))["cases"]
    return [pytest.param(name, case, id=case["id"]) for case in cases]


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("name", "case"), [each for name in GRADERS for each in shared_cases(name)]
)
def test_the_grade_is_the_expected_one(name: str, case: dict[str, Any]) -> None:
    answer = GRADERS[name](case["request"])
    assert mismatches(case["expect"], asdict(answer)) == []
    named = {each.rule for each in answer.because}
    assert named & {*case["rules"], "ICE"} or case["rules"] == ["UNK"]
