"""Many trials fitted at once: as the CRM fits each of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.cohort import crm_many
from app.domain.cohort.crm import Patient, TiteCrm, fit
from app.domain.cohort.crm_many import ManyFits

SKELETON = (0.05, 0.12, 0.25, 0.4)
DESIGN = TiteCrm(skeleton=SKELETON, target=0.25)
NEAR = 1e-6


@st.composite
def designs(draw: st.DrawFn) -> TiteCrm:
    percents = draw(st.sets(st.floats(0.1, 94.9), min_size=2, max_size=8))
    return TiteCrm(
        skeleton=tuple(percent / 100 for percent in sorted(percents)),
        target=draw(st.floats(0.05, 0.6)),
        model=draw(st.sampled_from(["empiric", "logistic"])),
        intercept=draw(st.sampled_from([3, 5, 10])),
        prior_variance=draw(st.sampled_from([1e-4, 0.01, 0.5, 1.34, 10.0, 100.0])),
    )


def patients_of(design: TiteCrm, most: int) -> st.SearchStrategy[list[Patient]]:
    patient = st.builds(
        Patient,
        dose_level=st.integers(1, len(design.skeleton)),
        dlt=st.booleans(),
        weight=st.one_of(st.floats(0, 1), st.just(1.0)),
    )
    return st.lists(patient, max_size=most)


def fitted(grid: ManyFits, trials: Sequence[list[Patient]]) -> tuple[list[float], list[int]]:
    """Parameters and levels, of trials with different numbers of pending patients."""
    levels = len(grid.design.skeleton)
    toxic = np.zeros((levels, len(trials)), np.int64)
    safe = np.zeros_like(toxic)
    most = max(map(len, trials), default=0)
    level, weight = np.zeros((most, len(trials)), np.int64), np.zeros((most, len(trials)))
    for trial, patients in enumerate(trials):
        for place, each in enumerate(patients):
            if each.dlt:
                toxic[each.dose_level - 1, trial] += 1
            elif each.weight == 1:
                safe[each.dose_level - 1, trial] += 1
            else:
                level[place, trial], weight[place, trial] = each.dose_level - 1, each.weight
    counts = toxic, safe, level, weight
    return grid.parameter(*counts).tolist(), grid.recommended(*counts).tolist()


@settings(deadline=None)
@given(st.data())
def test_each_trial_is_fitted_as_by_itself(data: st.DataObject) -> None:
    design, size = data.draw(designs()), data.draw(st.sampled_from([1, 6, 30]))
    trials = data.draw(st.lists(patients_of(design, size), min_size=1, max_size=3))
    parameters, levels = fitted(ManyFits.of(design, size), trials)
    for patients, parameter, level in zip(trials, parameters, levels, strict=True):
        alone = fit(design, patients)
        assert parameter == pytest.approx(alone.parameter, abs=NEAR, rel=0)
        # Another level only where both are as close to the target.
        rates = np.abs(np.array(alone.probability_toxicity) - design.target)
        assert rates[level - 1] <= rates[alone.recommended_level - 1] + NEAR


@pytest.mark.parametrize("model", ["empiric", "logistic"])
@pytest.mark.parametrize("dlt", [True, False])
@pytest.mark.parametrize("variance", [1e-4, 1.34, 100])
def test_two_hundred_patients_alike(model: Any, dlt: bool, variance: float) -> None:
    design = TiteCrm(skeleton=SKELETON, target=0.25, model=model, prior_variance=variance)
    for level in (1, 4):
        patients = [Patient(dose_level=level, dlt=dlt)] * 200
        ((parameter,), _) = fitted(ManyFits.of(design, 200), [patients])
        assert parameter == pytest.approx(fit(design, patients).parameter, abs=NEAR, rel=0)


def test_weight_0_adds_nothing_and_nobody_leaves_the_prior() -> None:
    grid = ManyFits.of(DESIGN, 6)
    some = [Patient(dose_level=2, dlt=True), Patient(dose_level=2, dlt=False, weight=0.5)]
    none = Patient(dose_level=4, dlt=False, weight=0)
    (with_none, without), levels = fitted(grid, [[*some, none], some])
    assert with_none == pytest.approx(without, abs=1e-12)
    assert levels[0] == levels[1]
    ((prior,), (level,)) = fitted(grid, [[]])
    assert prior == pytest.approx(0, abs=1e-9)
    assert level == 3


def test_trials_in_blocks_are_the_same_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = ManyFits.of(DESIGN, 40)
    pending = [Patient(dose_level=1 + n % 4, dlt=False, weight=n / 40) for n in range(40)]
    trials = [pending[:many] for many in range(40)]
    parameters, levels = fitted(grid, trials)
    for together in (1, 3 * len(grid.nodes)):
        monkeypatch.setattr(crm_many, "_CELLS", together)
        again = fitted(grid, trials)
        assert again[0] == pytest.approx(parameters, abs=1e-12)
        assert again[1] == levels


def test_a_surely_toxic_model_underflows_without_harm() -> None:
    # At the lower end of so wide a prior, 16 patients without a DLT are as good as impossible.
    wide = TiteCrm(skeleton=SKELETON, target=0.25, prior_variance=100)
    nearly = [Patient(dose_level=4, dlt=False, weight=1 - 1e-15)] * 40
    ((parameter,), _) = fitted(ManyFits.of(wide, 40), [nearly])
    assert parameter == pytest.approx(fit(wide, nearly).parameter, abs=NEAR, rel=0)
