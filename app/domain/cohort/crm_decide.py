"""What the CRM and the TITE-CRM decide next, with patients who have no outcome yet.

O'Quigley, Pepe & Fisher, Biometrics 1990;46:33-48; Cheung & Chappell, Biometrics
2000;56:1177-1182.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Final

from app.domain.cohort.action import (
    Acted,
    Action,
    ActionIf,
    Ladder,
    LevelCounts,
    Limits,
    level_faults,
)
from app.domain.cohort.crm import (
    Crm,
    Data,
    Fit,
    Patient,
    TiteCrm,
    data_of,
    fit,
    fit_data,
    patient_faults,
)
from app.domain.cohort.design import (
    Decided,
    Decision,
    NotOfThisDesign,
    Outcome,
    RuleUsed,
    Selected,
    checked_trial,
    several,
)
from app.domain.cohort.ending import Move, stop, treat, wait
from app.domain.errors import Fault

MOST_COMPLETIONS: Final = 1_000
"""The most ways, by DLTs of each level, in which pending patients may turn out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envelope:
    """The model with what is known now, and the levels that it may still recommend.

    `levels` are these, each with the numbers of DLTs among the pending patients that lead to it.
    """

    now: Fit
    levels: dict[int, set[int]]
    pending: int


def decide_crm(
    design: Crm | TiteCrm,
    patients: Sequence[Patient],
    current_level: int,
    no_skipping: bool = True,
) -> Decided:
    """What the model says of the current level, and what it may say once all outcomes are known.

    The CRM (O'Quigley 1990) waits while pending outcomes matter; the TITE-CRM (Cheung & Chappell
    2000) decides with the weights of the pending patients. Raises NotOfThisDesign.
    """
    envelope = _envelope(design, patients, current_level, Limits())
    if not patients:
        return _nobody(design)
    return _decided(design, envelope, current_level, no_skipping=no_skipping)


def act_crm(
    design: Crm | TiteCrm,
    patients: Sequence[Patient],
    current_level: int,
    limits: Limits,
) -> Acted:
    """What the model says, and the action: at most one level above the current one is treated.

    Goodman, Zahurak & Piantadosi, Stat Med 1995;14:1149-1161, do not skip levels. Raises
    NotOfThisDesign.
    """
    envelope = _envelope(design, patients, current_level, limits)
    trial = _Trial(design, patients, current_level, limits)
    if not patients:
        return Acted(
            design_says=_nobody(design),
            action=trial.first(),
            closed_from=limits.closed_from,
            would_act=(),
        )
    actions = {level: trial.action(level) for level in sorted(envelope.levels)}
    if design.kind == "tite-crm":
        action = trial.action(envelope.now.recommended_level)
    elif len({(each.kind, each.level, each.patients) for each in actions.values()}) == 1:
        action = next(iter(actions.values()))
    else:
        action = wait(trial.ladder, trial.ladder.pending_at)
    return Acted(
        design_says=_decided(design, envelope, current_level, no_skipping=True),
        action=action,
        closed_from=limits.closed_from,
        would_act=tuple(
            ActionIf(
                dlts=tuple(sorted(envelope.levels[level])),
                design_says=_versus(level, current_level),
                action=each,
            )
            for level, each in actions.items()
            if envelope.pending
        ),
    )


def select_crm(design: Crm | TiteCrm, treated: Sequence[int], dlts: Sequence[int]) -> Selected:
    """The level closest to the target at the end of a trial, all of whose outcomes are known.

    O'Quigley 1990. Raises NotOfThisDesign where the lists cannot be of one trial of this model.
    """
    checked_trial(treated, dlts)
    if len(treated) != len(design.skeleton):
        told = (
            f"{several(len(treated), 'level')} told, and the skeleton has {len(design.skeleton)}"
        )
        raise NotOfThisDesign(Fault(pointer="/treated", message=told, code="dose_level"))
    data: Data = Counter()
    for level, (n, with_dlt) in enumerate(zip(treated, dlts, strict=True)):
        data[level, True, 1.0] += with_dlt
        data[level, False, 1.0] += n - with_dlt
    highest = max((level for level, n in enumerate(treated, 1) if n), default=0)
    return _closest_open(design, fit_data(design, data), highest)


def _closest_open(design: Crm | TiteCrm, found: Fit, highest: int) -> Selected:
    """The level closest to the target, of those up to the highest that may be the MTD."""
    estimates = found.probability_toxicity
    if not highest:
        text = "No open level was given to any patient: none can be the MTD."
        none = (RuleUsed(rule=f"{design.kind}.no-mtd", text=text),)
        return Selected(mtd=None, estimates=estimates, because=none)
    level = min(found.recommended_level, highest)
    text = (
        f"Level {level} has an estimated toxicity of {estimates[level - 1]:.3f}, of the levels "
        f"that are open and were treated, or lie below one, the closest to the target of "
        f"{design.target:g}."
    )
    because = (RuleUsed(rule=f"{design.kind}.mtd", text=text),)
    return Selected(mtd=level, estimates=estimates, because=because)


class _Trial:
    """The ladder of a trial by a model, and what a recommended level leads to on it."""

    def __init__(
        self,
        design: Crm | TiteCrm,
        patients: Sequence[Patient],
        current_level: int,
        limits: Limits,
    ) -> None:
        self._design, self._patients = design, patients
        levels = range(1, len(design.skeleton) + 1)
        counts = tuple(_counts(patients, level) for level in levels)
        self.ladder = Ladder(levels=counts, current_level=current_level, limits=limits)

    def action(self, recommended: int) -> Action:
        """What follows where the model recommends this level."""
        ladder, current = self.ladder, self.ladder.current_level
        closed = ladder.limits.closed_from or len(ladder.levels) + 1
        if closed == 1:
            return stop(ladder.counts(1))
        to = min(recommended, current + 1, closed - 1)
        unobserved = to > current and not self._observed(current)
        move = Move(
            of=current, decision=_versus(recommended, current), to=current if unobserved else to
        )
        action = treat(self._selected, ladder, closed, move, None)
        if not unobserved:
            return action
        text = f"Nobody at level {current} was observed yet: none above it is treated."
        why = RuleUsed(rule=f"{self._design.kind}.unobserved", text=text)
        return replace(action, because=(why, *action.because[-1:]))

    def first(self) -> Action:
        """Where the trial begins: the level that is named, or the highest open one below it."""
        ladder, current = self.ladder, self.ladder.current_level
        closed = ladder.limits.closed_from or len(ladder.levels) + 1
        if closed == 1:
            return stop(ladder.counts(1))
        move = Move(of=current, decision="cohort_not_full", to=min(current, closed - 1))
        return treat(self._selected, ladder, closed, move, None)

    def _observed(self, level: int) -> bool:
        """Whether anything is known of a level: a DLT, or follow-up."""
        here = (each for each in self._patients if each.dose_level == level)
        return any(each.dlt or each.weight for each in here)

    def _selected(self, closed: int) -> Selected:
        """The level that the model recommends at the end, below those that are closed."""
        highest = max((each.dose_level for each in self._patients), default=0)
        highest = min(highest, closed - 1)
        return _closest_open(self._design, fit(self._design, self._patients), highest)


def _nobody(design: Crm | TiteCrm) -> Decided:
    """That nobody was treated, so that nothing is decided."""
    text = "No patient was treated yet."
    return Decided(
        decision="cohort_not_full",
        certain=False,
        possible=("cohort_not_full",),
        because=(RuleUsed(rule=f"{design.kind}.cohort-not-full", text=text),),
    )


def _counts(patients: Sequence[Patient], level: int) -> LevelCounts:
    here = [each.dlt for each in patients if each.dose_level == level]
    return LevelCounts(enrolled=len(here), dlts=here.count(True), pending=here.count(None))


def _envelope(
    design: Crm | TiteCrm, patients: Sequence[Patient], current_level: int, limits: Limits
) -> _Envelope:
    faults = patient_faults(design, patients)
    faults += level_faults(current_level, limits, len(design.skeleton))
    if patients and all(each.dose_level != current_level for each in patients):
        told = (
            f"nobody was treated at level {current_level}: write the level of the patient who was "
            "treated last"
        )
        faults.append(Fault(pointer="/current_level", message=told, code="dose_level"))
    pending = Counter(each.dose_level - 1 for each in patients if each.dlt is None)
    completions = prod(count + 1 for count in pending.values())
    if completions > MOST_COMPLETIONS:
        told = (
            f"{pending.total()} pending patients can turn out in {completions} ways by level, "
            f"more than the {MOST_COMPLETIONS} that are tried: wait for some of them"
        )
        faults.append(Fault(pointer="/subjects", message=told, code="too_many"))
    if faults:
        raise NotOfThisDesign(*faults)
    known = [each for each in patients if each.dlt is not None]
    levels: dict[int, set[int]] = {}
    for dlts, data in _completed(data_of(known), pending):
        levels.setdefault(fit_data(design, data).recommended_level, set()).add(dlts)
    now = fit_data(design, data_of(known if design.kind == "crm" else patients))
    return _Envelope(now=now, levels=levels, pending=pending.total())


def _decided(
    design: Crm | TiteCrm, envelope: _Envelope, current: int, *, no_skipping: bool
) -> Decided:
    found: dict[Decision, set[int]] = {}
    for level, dlts in envelope.levels.items():
        found.setdefault(_versus(level, current), set()).update(dlts)
    possible = tuple(sorted(found))
    if design.kind == "crm":
        decision = possible[0] if len(possible) == 1 else None
    else:
        decision = _versus(envelope.now.recommended_level, current)
    because = _closest_says(design, envelope.now, current, no_skipping=no_skipping)
    return Decided(
        decision=decision,
        certain=possible == (decision,),
        possible=possible,
        because=(*because, *_pending_says(design, envelope.pending, possible)),
        would_decide=tuple(
            Outcome(decision=each, dlts=tuple(sorted(dlts))) for each, dlts in found.items()
        ),
    )


def _versus(recommended: int, current: int) -> Decision:
    if recommended > current:
        return "escalate"
    return "stay" if recommended == current else "de_escalate"


def _completed(known: Data, pending: Counter[int]) -> Iterator[tuple[int, Data]]:
    """Every way in which the pending patients can turn out, with its number of DLTs."""
    levels = sorted(pending)
    for dlts in product(*(range(pending[level] + 1) for level in levels)):
        data = known.copy()
        for level, with_dlt in zip(levels, dlts, strict=True):
            data[level, True, 1.0] += with_dlt
            data[level, False, 1.0] += pending[level] - with_dlt
        yield sum(dlts), data


def _closest_says(
    design: Crm | TiteCrm, now: Fit, current: int, *, no_skipping: bool
) -> tuple[RuleUsed, ...]:
    level = now.recommended_level
    told = (
        f"With what is known now, level {level} has an estimated toxicity of "
        f"{now.probability_toxicity[level - 1]:.3f}, the closest to the target of "
        f"{design.target:g}; the current level is {current}."
    )
    closest = RuleUsed(rule=f"{design.kind}.closest", text=told)
    if not no_skipping or level <= current + 1:
        return (closest,)
    told = f"No level is skipped: the next one is {current + 1}."
    return (closest, RuleUsed(rule=f"{design.kind}.no-skipping", text=told))


def _pending_says(
    design: Crm | TiteCrm, pending: int, possible: tuple[Decision, ...]
) -> tuple[RuleUsed, ...]:
    if not pending:
        return ()
    if len(possible) == 1:
        then = f"whatever these are, the decision is then {possible[0]}."
    elif design.kind == "crm":
        then = f"the CRM waits for them; still possible: {', '.join(possible)}."
    else:
        then = f"the TITE-CRM does not wait; still possible: {', '.join(possible)}."
    who = "One patient has" if pending == 1 else f"{pending} patients have"
    told = f"{who} no outcome yet: {then}"
    return (RuleUsed(rule=f"{design.kind}.pending", text=told),)
