"""CRM and TITE-CRM: the shared cases, the quadrature's accuracy, laws, and what is refused."""

import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.domain.cohort import crm, crm_decide
from app.domain.cohort.crm import Crm, Patient, TiteCrm, fit
from app.domain.cohort.crm_decide import decide_crm
from app.domain.cohort.design import Decided, NotOfThisDesign
from app.domain.errors import BadValue
from tests.sparing import SPARING

CASES = Path(__file__).parents[4] / "shared" / "cases" / "crm.json"
SKELETON = (0.05, 0.1, 0.2, 0.35, 0.5)
DESIGN = Crm(skeleton=SKELETON, target=0.2)
TITE = TiteCrm(skeleton=SKELETON, target=0.2)
KINDS: dict[str, type[Crm | TiteCrm]] = {"crm": Crm, "tite-crm": TiteCrm}


def shared() -> list[Any]:
    if not CASES.is_file():
        skipped = pytest.mark.skip(reason="../shared/cases/crm.json is not there")
        return [pytest.param({}, marks=skipped, id="shared-cases")]
    cases = json.loads(CASES.read_text("utf-8"))["cases"]
    return [pytest.param(case, id=f"{case['id']} {case['title']}") for case in cases]


@pytest.mark.parametrize("case", shared())
def test_the_shared_cases(case: dict[str, Any]) -> None:
    asked, expected = case["request"], case["expect"]
    design = TypeAdapter(KINDS[asked["design"]["kind"]]).validate_python(asked["design"])
    patients = TypeAdapter(tuple[Patient, ...]).validate_python(asked["subjects"])
    got = fit(design, patients)
    rates = pytest.approx(expected["probability_toxicity"], abs=1e-5, rel=0)
    assert got.probability_toxicity == rates
    assert got.recommended_level == expected["recommended_level"]


def seen(level: int, *dlts: bool | None, weight: float = 1) -> list[Patient]:
    return [Patient(dose_level=level, dlt=dlt, weight=weight) for dlt in dlts]


@st.composite
def designs(draw: st.DrawFn) -> Crm | TiteCrm:
    percents = draw(st.sets(st.integers(1, 94), min_size=2, max_size=8))
    return TiteCrm(
        skeleton=tuple(percent / 100 for percent in sorted(percents)),
        target=draw(st.floats(0.05, 0.6)),
        model=draw(st.sampled_from(["empiric", "logistic"])),
        prior_variance=draw(st.sampled_from([1e-4, 0.01, 0.5, 1.34, 10.0, 100.0])),
    )


def patients_of(design: Crm | TiteCrm) -> st.SearchStrategy[list[Patient]]:
    patient = st.builds(
        Patient,
        dose_level=st.integers(1, len(design.skeleton)),
        dlt=st.booleans(),
        weight=st.one_of(st.floats(0, 1), st.just(1.0)),
    )
    return st.lists(patient, max_size=40)


@SPARING
@given(st.data(), st.sampled_from([1, 1, 25]))
def test_a_ten_times_finer_grid_gives_the_same(data: st.DataObject, times: int) -> None:
    design = data.draw(designs())
    patients = crm.data_of(data.draw(patients_of(design)) * times)
    coarse = crm._posterior_mean(design, patients)
    fine = crm._posterior_mean(design, patients, finer=10)
    assert coarse == pytest.approx(fine, abs=1e-9, rel=0)


@SPARING
@given(st.data())
def test_one_more_dlt_never_raises_the_recommended_level(data: st.DataObject) -> None:
    design = data.draw(designs())
    patients = data.draw(patients_of(design))
    fewer = fit(design, patients)
    if patients:
        place = data.draw(st.integers(0, len(patients) - 1))
        patients[place] = replace(patients[place], dlt=True)
    more = fit(design, patients)
    assert more.recommended_level <= fewer.recommended_level
    pairs = zip(more.probability_toxicity, fewer.probability_toxicity, strict=True)
    assert all(high >= low - 1e-9 for high, low in pairs)


@pytest.mark.parametrize("model", ["empiric", "logistic"])
def test_without_data_the_skeleton_stands(model: Any) -> None:
    got = fit(replace(DESIGN, model=model), ())
    assert got.parameter == pytest.approx(0, abs=1e-12)
    assert got.probability_toxicity == pytest.approx(SKELETON)
    assert got.recommended_level == 3


def test_the_top_and_the_first_level_where_all_are_on_one_side() -> None:
    assert fit(DESIGN, seen(5, *[False] * 60)).recommended_level == 5
    assert fit(DESIGN, seen(1, *[True] * 60)).recommended_level == 1


def test_a_dlt_counts_whole_and_weight_0_adds_nothing() -> None:
    whole = fit(TITE, seen(2, True, False))
    assert fit(TITE, [*seen(2, True, weight=0.1), *seen(2, False)]) == whole
    assert fit(TITE, [*seen(2, True, False), *seen(4, False, weight=0)]) == whole
    assert fit(DESIGN, [*seen(2, True, False), *seen(4, False, weight=0)]) == whole
    half = fit(TITE, [*seen(2, True), *seen(2, False, weight=0.5)])
    assert half.parameter < whole.parameter


def pointers(refused: pytest.ExceptionInfo[NotOfThisDesign]) -> list[str]:
    return [fault.pointer for fault in refused.value.faults]


def test_what_has_no_answer_is_refused_at_its_place() -> None:
    with pytest.raises(NotOfThisDesign, match=r"no dose level 6: .* 1 to 5") as refused:
        fit(DESIGN, [*seen(1, True), *seen(6, True), *seen(2, None)])
    assert pointers(refused) == ["/subjects/1/dose_level", "/subjects/2/dlt"]
    with pytest.raises(NotOfThisDesign, match=r"no weight 0\.5: .*TITE-CRM") as refused:
        fit(DESIGN, seen(1, False, weight=0.5))
    assert pointers(refused) == ["/subjects/0/weight"]
    with pytest.raises(NotOfThisDesign, match="no dose level 0") as refused:
        decide_crm(DESIGN, (), 0)
    assert pointers(refused) == ["/current_level"]


def test_too_many_completions_are_refused() -> None:
    pending = [patient for level in range(1, 6) for patient in seen(level, *[None] * 5)]
    with pytest.raises(NotOfThisDesign, match=r"25 pending .* 7776 ways .* 1000") as refused:
        decide_crm(TITE, pending, 1)
    assert pointers(refused) == ["/subjects"]


def test_the_most_completions_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crm_decide, "MOST_COMPLETIONS", 4)
    decide_crm(DESIGN, seen(1, *[None] * 3), 1)
    with pytest.raises(NotOfThisDesign, match="5 ways"):
        decide_crm(DESIGN, seen(1, *[None] * 4), 1)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"skeleton": (0.2, 0.1)}, "does not rise"),
        ({"skeleton": (0.2, 0.2)}, "does not rise"),
        ({"skeleton": (0.2, 0.96), "model": "logistic"}, r"rates below 0\.9526, not 0\.96"),
        ({"skeleton": (0.2,)}, "at least 2"),
        ({"skeleton": (0.0, 0.2)}, "greater than 0"),
        ({"target": 1}, "less than 1"),
        ({"prior_variance": 0}, "greater than or equal to"),
    ],
)
def test_what_is_no_design_is_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        TypeAdapter(Crm).validate_python({"skeleton": SKELETON, "target": 0.2} | wrong)


def test_a_skeleton_that_falls_is_refused_also_in_code() -> None:
    with pytest.raises(BadValue, match="does not rise"):
        Crm(skeleton=(0.3, 0.2), target=0.2)


def says(got: Decided) -> str:
    return " ".join(each.text for each in got.because)


@pytest.mark.parametrize(
    ("patients", "current", "decision"),
    [
        (seen(1, False, False, False), 1, "escalate"),
        (seen(3, False, False, False, False, True), 3, "stay"),
        (seen(3, True, True, True), 3, "de_escalate"),
    ],
)
@pytest.mark.parametrize("design", [DESIGN, TITE])
def test_decisions_with_all_outcomes_known(
    design: Crm | TiteCrm, patients: list[Patient], current: int, decision: str
) -> None:
    got = decide_crm(design, patients, current)
    assert (got.decision, got.certain, got.possible) == (decision, True, (decision,))
    level = fit(design, patients).recommended_level
    rate = fit(design, patients).probability_toxicity[level - 1]
    assert f"level {level} has an estimated toxicity of {rate:.3f}" in says(got)
    assert f"target of 0.2; the current level is {current}." in says(got)


def test_no_level_is_skipped_unless_wanted() -> None:
    patients = seen(1, *[False] * 12)
    assert "No level is skipped: the next one is 2." in says(decide_crm(DESIGN, patients, 1))
    assert "skipped" not in says(decide_crm(DESIGN, patients, 1, no_skipping=False))


def test_the_crm_waits_and_the_tite_crm_does_not() -> None:
    patients = [*seen(2, False, False), *seen(2, None, None, weight=1)]
    waits, decides = decide_crm(DESIGN, patients, 2), decide_crm(TITE, patients, 2)
    assert waits.decision is None
    assert not waits.certain
    assert decides.decision == "escalate"
    assert not decides.certain
    assert waits.possible == decides.possible == ("de_escalate", "escalate", "stay")
    listed = "still possible: de_escalate, escalate, stay."
    assert f"2 patients have no outcome yet: the CRM waits for them; {listed}" in says(waits)
    assert f"the TITE-CRM does not wait; {listed}" in says(decides)
    assert sorted(dlt for each in waits.would_decide for dlt in each.dlts) == [0, 1, 2]


def test_pending_outcomes_that_do_not_matter_are_not_waited_for() -> None:
    got = decide_crm(DESIGN, seen(1, *[False] * 20, None), 1)
    assert (got.decision, got.certain) == ("escalate", True)
    assert "whatever these are, the decision is then escalate." in says(got)


@settings(max_examples=30)
@given(st.data(), st.sampled_from([DESIGN, TITE]))
def test_a_certain_decision_is_that_of_every_completion(
    data: st.DataObject, design: Crm | TiteCrm
) -> None:
    patient = st.builds(Patient, dose_level=st.integers(1, 5), dlt=st.booleans())
    patients = data.draw(st.lists(patient, max_size=12))
    pending = data.draw(st.lists(st.integers(1, 5), max_size=3))
    treated = [*(each.dose_level for each in patients), *pending]
    assume(treated)
    current = data.draw(st.sampled_from(treated))
    waiting = [Patient(dose_level=level, dlt=None) for level in pending]
    got = decide_crm(design, [*patients, *waiting], current)
    every = set()
    for dlts in product((False, True), repeat=len(pending)):
        known = [replace(each, dlt=dlt) for each, dlt in zip(waiting, dlts, strict=True)]
        every.add(decide_crm(design, [*patients, *known], current).decision)
    assert set(got.possible) == every
    assert got.certain == (every == {got.decision})


def test_a_narrow_peak_above_a_wide_plateau_is_integrated_as_well() -> None:
    design = TiteCrm(skeleton=(0.01, 0.02), target=0.5, model="logistic", prior_variance=100)
    patients = [*seen(1, False, True, True, True), *seen(1, False, weight=0.75)] * 25
    coarse = crm._posterior_mean(design, crm.data_of(patients))
    fine = crm._posterior_mean(design, crm.data_of(patients), finer=10)
    assert coarse == pytest.approx(fine, abs=1e-9, rel=0)
