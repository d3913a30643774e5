"""What is asked of designs over scenarios: the plans that they can and cannot do."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.domain.cohort.comparison import Compared, Found
from app.domain.cohort.design import NotOfThisDesign
from app.domain.cohort.in_time.simulate import SimulatedInTime
from app.domain.cohort.operating_simulate import Simulated
from app.use_cases import operating
from app.use_cases.operating import (
    CharacteristicsRequest,
    ComparisonRequest,
    characteristics,
    compared,
)

REQUEST = TypeAdapter(CharacteristicsRequest)
COMPARISON = TypeAdapter(ComparisonRequest)
FOUND: TypeAdapter[Found] = TypeAdapter(Found)
BOIN = {"kind": "boin", "target": 0.3}
ROLLING = {"kind": "rolling-six"}
TITE = {"kind": "tite-boin", "variant": "yuan-2018", "target": 0.3}
CRM = {"kind": "crm", "target": 0.3, "skeleton": [0.1, 0.2, 0.35]}
TITE_CRM = {**CRM, "kind": "tite-crm"}
THREE = {"kind": "3+3"}
TRUTH = [0.05, 0.15, 0.3]
PLAN: dict[str, Any] = {"cohorts": 4, "cohort_size": 3}
ACCRUAL = {"interarrival": 0.25}
TABLE = {
    "kind": "table",
    "target": 0.3,
    "rows": [{"n": 3, "decisions": ["escalate", "stay", "suspend", "suspend"]}],
}


def asked(design: dict[str, Any], method: str = "exact", **plan: Any) -> CharacteristicsRequest:
    return REQUEST.validate_python(
        {"design": design, "true_toxicity": TRUTH, "method": method, **plan}
    )


def in_time(design: dict[str, Any], **plan: Any) -> CharacteristicsRequest:
    return asked(design, "simulate", trials=200, accrual=ACCRUAL, **plan)


def pointers(error: pytest.ExceptionInfo[NotOfThisDesign]) -> list[str]:
    return [fault.pointer for fault in error.value.faults]


def test_a_simulation_is_near_the_enumeration_and_tells_how_near() -> None:
    exact = characteristics(asked(BOIN, **PLAN))
    drawn = characteristics(asked(BOIN, "simulate", seed=7, **PLAN))
    assert isinstance(drawn, Simulated)
    assert drawn.trials == 10_000
    error = drawn.standard_errors.probability_mtd[2]
    assert drawn.probability_mtd[2] == pytest.approx(exact.probability_mtd[2], abs=5 * error)


@pytest.mark.parametrize(
    "request_",
    [
        in_time(THREE),
        in_time(ROLLING, start_level=2),
        in_time(BOIN, **PLAN),
        in_time(TITE, **PLAN),
        in_time(CRM, **PLAN),
        in_time(TITE_CRM, **PLAN),
    ],
)
def test_every_design_runs_in_calendar_time(request_: CharacteristicsRequest) -> None:
    found = characteristics(request_)
    assert isinstance(found, SimulatedInTime)
    assert found.duration > 1
    assert FOUND.validate_json(FOUND.dump_json(found)) == found


def test_the_crm_is_simulated_without_time_too() -> None:
    found = characteristics(asked(CRM, "simulate", trials=200, **PLAN))
    assert type(found) is Simulated
    assert sum(found.expected_treated) == pytest.approx(12)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (asked(BOIN), ["/cohorts", "/cohort_size"]),
        (asked(BOIN, cohorts=4), ["/cohort_size"]),
        (asked(BOIN, **PLAN, start_level=4), ["/start_level"]),
        (asked(BOIN, **PLAN, accrual=ACCRUAL), ["/accrual"]),
        (asked(TABLE, **PLAN), ["/design"]),
        (
            asked(THREE, "simulate", **PLAN, start_level=2),
            ["/cohorts", "/cohort_size", "/start_level", "/method"],
        ),
        (in_time(THREE, cohorts=4, start_level=2), ["/cohorts", "/start_level"]),
        (asked(ROLLING, **PLAN), ["/cohorts", "/cohort_size", "/accrual", "/method"]),
        (asked(ROLLING, "simulate"), ["/accrual"]),
        (in_time(ROLLING, start_level=4), ["/start_level"]),
        (asked(TITE, "simulate", **PLAN), ["/accrual"]),
        (in_time(TITE), ["/cohorts", "/cohort_size"]),
        (asked(CRM, **PLAN), ["/method"]),
        (asked(TITE_CRM, "simulate", **PLAN), ["/accrual"]),
        (in_time({**CRM, "skeleton": [0.1, 0.2]}, **PLAN), ["/true_toxicity"]),
    ],
)
def test_what_a_design_cannot_do_is_refused(
    request_: CharacteristicsRequest, expected: list[str]
) -> None:
    with pytest.raises(NotOfThisDesign) as error:
        characteristics(request_)
    assert pointers(error) == expected


def test_the_way_out_of_a_design_that_needs_accrual_is_told() -> None:
    with pytest.raises(NotOfThisDesign, match=r'as in {"interarrival": 0\.25}') as error:
        characteristics(asked(ROLLING, "simulate"))
    assert error.value.faults[0].code == "required"


@pytest.mark.parametrize(
    "request_",
    [
        asked(BOIN, **PLAN),
        asked(THREE),
        asked(BOIN, "simulate", trials=1_500, **PLAN),
        asked(CRM, "simulate", trials=1_500, **PLAN),
        asked(TITE, "simulate", trials=1_500, accrual=ACCRUAL, **PLAN),
    ],
)
def test_the_progress_begins_with_none_and_ends_with_all(
    request_: CharacteristicsRequest,
) -> None:
    told: list[tuple[int, int]] = []
    found = characteristics(request_, lambda *each: told.append(each))
    total = request_.trials
    assert (told[0], told[-1]) == ((0, total), (total, total))
    assert told == sorted(told)
    assert found == characteristics(request_)


def comparison(**changes: Any) -> ComparisonRequest:
    return COMPARISON.validate_python(
        {
            "designs": [
                {"name": "3+3", "design": THREE},
                {"name": "BOIN", "design": BOIN, **PLAN},
            ],
            "scenarios": [
                {"name": "the middle", "true_toxicity": [0.1, 0.3, 0.5]},
                {"name": "too toxic", "true_toxicity": [0.5, 0.6, 0.7]},
            ],
            "target": 0.3,
            "method": "exact",
            **changes,
        }
    )


def test_each_design_is_compared_in_each_scenario() -> None:
    found = compared(comparison())
    assert found.too_toxic == pytest.approx(0.42)
    assert [(each.name, each.true_mtd) for each in found.scenarios] == [
        ("the middle", 2),
        ("too toxic", None),
    ]
    for scenario in found.scenarios:
        assert [each.name for each in scenario.designs] == ["3+3", "BOIN"]
        for design, kind in zip(scenario.designs, (THREE, BOIN), strict=True):
            plan = PLAN if kind is BOIN else {}
            alone = characteristics(
                REQUEST.validate_python(
                    {
                        "design": kind,
                        "true_toxicity": scenario.true_toxicity,
                        "method": "exact",
                        **plan,
                    }
                )
            )
            assert design.characteristics == alone
            assert design.duration is None
    boin = found.scenarios[0].designs[1]
    figures = boin.characteristics
    assert boin.probability_correct == figures.probability_mtd[1]
    assert boin.probability_above == figures.probability_mtd[2]
    assert boin.share_treated_above == figures.expected_treated[2] / boin.expected_n
    none = found.scenarios[1].designs[1]
    assert none.probability_correct == none.characteristics.probability_no_mtd
    assert none.share_treated_above == pytest.approx(1)


def test_in_calendar_time_durations_are_compared() -> None:
    request = comparison(
        method="simulate",
        accrual=ACCRUAL,
        trials=300,
        designs=[
            {"name": "3+3", "design": THREE},
            {"name": "BOIN", "design": BOIN, **PLAN},
            {"name": "TITE-BOIN", "design": TITE, **PLAN},
        ],
    )
    found = compared(request)
    three, boin, tite = found.scenarios[0].designs
    assert isinstance(three.characteristics, SimulatedInTime)
    assert boin.duration is not None
    assert tite.duration is not None
    assert tite.duration < boin.duration
    answer = TypeAdapter(Compared)
    assert answer.validate_json(answer.dump_json(found)) == found


def test_3_plus_3_is_enumerated_beside_simulated_designs() -> None:
    found = compared(comparison(method="simulate", trials=300))
    three, boin = (each.characteristics for each in found.scenarios[0].designs)
    assert not isinstance(three, Simulated)
    assert isinstance(boin, Simulated)


def test_the_progress_is_that_of_all() -> None:
    told: list[tuple[int, int]] = []
    compared(comparison(method="simulate", trials=300), lambda *each: told.append(each))
    assert (told[0], told[-1]) == ((0, 1_200), (1_200, 1_200))
    assert told == sorted(told)
    assert (600, 1_200) in told


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"designs": [{"name": "A", "design": CRM, **PLAN}, {"name": "B", "design": BOIN}]},
            ["/method", "/designs/1/cohorts", "/designs/1/cohort_size"],
        ),
        (
            {"designs": [{"name": "A", "design": THREE}, {"name": "A", "design": THREE}]},
            ["/designs/1/name"],
        ),
        (
            {"scenarios": [{"name": "A", "true_toxicity": [0.3]}] * 2},
            ["/scenarios/1/name"],
        ),
        (
            {
                "designs": [{"name": "A", "design": CRM, **PLAN}],
                "scenarios": [
                    {"name": "A", "true_toxicity": TRUTH},
                    {"name": "B", "true_toxicity": [0.3]},
                ],
                "method": "simulate",
            },
            ["/scenarios/1/true_toxicity"],
        ),
        ({"accrual": ACCRUAL}, ["/accrual"]),
        ({"start_level": 2}, ["/start_level"]),
        ({"designs": [{"name": "A", "design": TABLE, **PLAN}]}, ["/designs/0/design"]),
        (
            {
                "designs": [{"name": "A", "design": TABLE, **PLAN}],
                "method": "simulate",
                "accrual": ACCRUAL,
            },
            ["/designs/0/design"],
        ),
    ],
)
def test_what_cannot_be_compared_is_refused_at_its_place(
    changes: dict[str, Any], expected: list[str]
) -> None:
    with pytest.raises(NotOfThisDesign) as error:
        compared(comparison(**changes))
    assert pointers(error) == expected


def many(count: int) -> list[dict[str, Any]]:
    return [{"name": str(place), "true_toxicity": TRUTH} for place in range(count)]


def test_no_more_than_so_many_trials_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operating, "MOST_TRIALS_COMPARED", 1_200)
    compared(comparison(method="simulate", trials=300))
    with pytest.raises(NotOfThisDesign, match=r"1,204 trials, more than 1,200: .* 300 each"):
        compared(comparison(method="simulate", trials=301))


def test_no_more_than_so_many_are_enumerated() -> None:
    monkey = comparison(scenarios=many(20))
    assert len(compared(monkey).scenarios) == 20
    three = [{"name": str(place), "design": THREE} for place in range(3)]
    with pytest.raises(NotOfThisDesign, match="60 enumerations, more than 40") as error:
        compared(comparison(scenarios=many(20), designs=three))
    assert pointers(error) == ["/method"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"scenarios": many(21)}, "at most 20"),
        ({"designs": []}, "at least 1"),
        ({"trials": 100_001}, "less than or equal to 100000"),
        ({"target": 0}, "greater than 0"),
    ],
)
def test_what_is_no_comparison(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        comparison(**changes)


SLOW: dict[str, Any] = {"cohorts": 200, "cohort_size": 1, "accrual": {"interarrival": 0.01}}


def test_what_takes_too_long_is_refused_with_what_does_not() -> None:
    with pytest.raises(NotOfThisDesign, match="100,000 trials of 200 patients take too") as error:
        characteristics(asked(TITE_CRM, "simulate", trials=100_000, **SLOW))
    assert pointers(error) == ["/trials"]
    with pytest.raises(NotOfThisDesign, match="too long with 10,000 trials each") as error:
        compared(
            comparison(
                designs=[{"name": "A", "design": TITE_CRM, "cohorts": 200, "cohort_size": 1}],
                accrual=SLOW["accrual"],
                method="simulate",
            )
        )
    assert pointers(error) == ["/trials"]
