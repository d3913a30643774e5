"""Trials run in calendar time, patient by patient, all at once."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from app.domain.cohort.in_time.accrual import Accrual
from app.domain.cohort.in_time.trials import Act, Conduct, Step, Trials
from app.domain.cohort.operating import NO_MTD, Counted, Flags, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Trials that are over; counts have a row for each level, everything a column for each trial.

    `duration` is from the arrival of the first patient until the last outcome is known, `waited`
    the mean time from arrival to enrolment of a trial's patients, both in DLT windows.
    """

    mtd: Ints
    treated: Counted
    dlts: Counted
    duration: Floats
    turned_away: Ints
    waited: Floats

    @classmethod
    def none_yet(cls, levels: int, many: int) -> Self:
        """Places for so many trials."""
        return cls(
            mtd=np.full(many, NO_MTD),
            treated=np.zeros((levels, many), np.int16),
            dlts=np.zeros((levels, many), np.int16),
            duration=np.zeros(many),
            turned_away=np.zeros(many, np.int64),
            waited=np.zeros(many),
        )

    def add(self, conduct: Conduct, trials: Trials, over: Flags, stopped: Flags) -> None:
        """Write down some of the trials, which are over; some of these were stopped."""
        if not over.any():
            return
        ended = trials.at(over)
        treated, dlts = ended.treated(), ended.by_level(ended.dlt)
        self.treated[:, ended.who] = treated
        self.dlts[:, ended.who] = dlts
        self.duration[ended.who] = ended.last_outcome()
        self.waited[ended.who] /= ended.patients
        chosen = conduct.mtd(treated, dlts)
        self.mtd[ended.who] = np.where(stopped[over], NO_MTD, chosen)


def run(
    conduct: Conduct,
    true_toxicity: tuple[float, ...],
    accrual: Accrual,
    many: int,
    numbers: np.random.Generator,
) -> Finished:
    """So many trials, each with its own arrivals and outcomes.

    After each arrival the design is asked; while it waits, it is asked again whenever an outcome
    becomes known, and whoever arrives then waits too or is turned away.
    """
    rates = np.array(true_toxicity)
    trials = Trials.start(conduct.levels, conduct.start, many)
    finished = Finished.none_yet(conduct.levels, many)
    arrived, now = np.zeros(many), np.zeros(many)
    for patient in range(conduct.patients):
        if patient:
            arrived = arrived + accrual.gaps(len(trials), numbers)
            now = np.maximum(arrived, now)
        asked = _Asked(conduct=conduct, accrual=accrual, numbers=numbers)
        step, arrived, now, away = asked.until_answered(trials, arrived, now)
        finished.turned_away[trials.who] += away
        over = step.act != Act.TREAT
        finished.add(conduct, trials, over, step.act == Act.STOP)
        on = ~over
        trials = replace(trials, current=step.level, closed=step.closed).at(on)
        arrived, now = arrived[on], now[on]
        if not len(trials):
            return finished
        finished.waited[trials.who] += now - arrived
        rate = rates[trials.current]
        # Above 0, so that no DLT is known before the patient is enrolled.
        drawn, at = numbers.random(len(trials)), 1 - numbers.random(len(trials))
        dlt = drawn < rate
        takes = np.where(dlt, accrual.times_to_dlt(rate, at), 1.0)
        trials = trials.with_patient(now, now + takes, dlt)
    everyone = np.ones(len(trials), np.bool_)
    finished.add(conduct, trials, everyone, ~everyone)
    return finished


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A design that is asked until it says something else than to wait."""

    conduct: Conduct
    accrual: Accrual
    numbers: np.random.Generator

    def until_answered(
        self, trials: Trials, arrived: Floats, now: Floats
    ) -> tuple[Step, Floats, Floats, Ints]:
        """The answer; when the patient arrived for whom it is and when it is given; and how many
        were turned away.
        """
        step = self.conduct.step(trials, now)
        arrived, now, away = arrived.copy(), now.copy(), np.zeros(len(trials), np.int64)
        while len(waits := np.flatnonzero(step.act == Act.WAIT)):
            until = step.until[waits]
            if self.accrual.while_suspended == "queue":
                now[waits] = until
            else:
                now[waits], more = self.accrual.next_let_in(arrived[waits], until, self.numbers)
                arrived[waits] = now[waits]
                away[waits] += more
            again = self.conduct.step(trials.at(waits), now[waits])
            for name in ("act", "level", "closed", "until"):
                getattr(step, name)[waits] = getattr(again, name)
        return step, arrived, now, away
