"""What is asked of a design: the plans that it can and cannot do."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from app.domain.cohort.design import NotOfThisDesign
from app.domain.cohort.operating_simulate import Simulated
from app.use_cases.designs import CharacteristicsRequest, characteristics

REQUEST = TypeAdapter(CharacteristicsRequest)
BOIN = {"kind": "boin", "target": 0.3}
TRUTH = [0.05, 0.15, 0.3]


def asked(design: dict[str, Any], method: str = "exact", **plan: Any) -> CharacteristicsRequest:
    return REQUEST.validate_python(
        {"design": design, "true_toxicity": TRUTH, "method": method, **plan}
    )


def refused(request: CharacteristicsRequest) -> list[str]:
    with pytest.raises(NotOfThisDesign) as error:
        characteristics(request)
    return [fault.pointer for fault in error.value.faults]


def test_a_simulation_is_near_the_enumeration_and_tells_how_near() -> None:
    plan: dict[str, Any] = {"cohorts": 4, "cohort_size": 3}
    exact = characteristics(asked(BOIN, **plan))
    drawn = characteristics(asked(BOIN, "simulate", seed=7, **plan))
    assert isinstance(drawn, Simulated)
    assert drawn.trials == 10_000
    error = drawn.standard_errors.probability_mtd[2]
    assert drawn.probability_mtd[2] == pytest.approx(exact.probability_mtd[2], abs=5 * error)


@pytest.mark.parametrize(
    ("request_", "pointers"),
    [
        (asked(BOIN), ["/cohorts", "/cohort_size"]),
        (asked(BOIN, cohorts=4), ["/cohort_size"]),
        (asked(BOIN, cohorts=4, cohort_size=3, start_level=4), ["/start_level"]),
        (asked({"kind": "rolling-six"}, cohorts=4, cohort_size=3), ["/design/kind"]),
        (
            asked({"kind": "tite-boin", "variant": "yuan-2018", "target": 0.3}),
            ["/design/kind"],
        ),
        (
            asked({"kind": "3+3"}, "simulate", cohorts=4, cohort_size=3, start_level=2),
            ["/cohorts", "/cohort_size", "/start_level", "/method"],
        ),
    ],
)
def test_what_a_design_cannot_do_is_refused(
    request_: CharacteristicsRequest, pointers: list[str]
) -> None:
    assert refused(request_) == pointers
