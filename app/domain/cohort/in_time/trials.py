"""Trials under way, in calendar time: who was enrolled when, at which level, with what outcome.

All trials go on in step: each has had the same number of patients, so that numpy does the work.
Times are in DLT windows, from the arrival of the first patient.
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from app.domain.cohort.in_time.accrual import INSTANT
from app.domain.cohort.operating import Counted, Flags, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of one dose level of each trial at a time."""

    n: Ints
    dlts: Ints
    pending: Ints
    follow_up: Floats
    """Of the pending patients together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """Trials in step. Patients are rows in the order of their enrolment, trials are columns.

    Levels count from 0. `current` is the level treated last, or the one to start with; `closed`
    the lowest that is closed with those above it, or the number of levels.
    """

    levels: int
    who: Ints
    level: NDArray[np.int16]
    entered: Floats
    known_at: Floats
    """When the outcome is known: at the DLT, or when the window has passed."""
    dlt: Flags
    current: Ints
    closed: Ints

    @classmethod
    def start(cls, levels: int, start: int, many: int) -> Self:
        """So many trials without a patient."""
        nobody = np.zeros((0, many))
        return cls(
            levels=levels,
            who=np.arange(many),
            level=nobody.astype(np.int16),
            entered=nobody,
            known_at=nobody,
            dlt=nobody.astype(np.bool_),
            current=np.full(many, start),
            closed=np.full(many, levels),
        )

    def __len__(self) -> int:
        return len(self.who)

    @property
    def patients(self) -> int:
        """How many patients each of them has."""
        return len(self.level)

    def at(self, places: Ints | Flags) -> "Trials":
        """Some of them."""
        return replace(
            self,
            who=self.who[places],
            level=self.level[:, places],
            entered=self.entered[:, places],
            known_at=self.known_at[:, places],
            dlt=self.dlt[:, places],
            current=self.current[places],
            closed=self.closed[places],
        )

    def with_patient(self, now: Floats, known_at: Floats, dlt: Flags) -> "Trials":
        """One patient more in each, at its current level."""
        return replace(
            self,
            level=np.vstack((self.level, self.current.astype(np.int16))),
            entered=np.vstack((self.entered, now)),
            known_at=np.vstack((self.known_at, known_at)),
            dlt=np.vstack((self.dlt, dlt)),
        )

    def known(self, now: Floats) -> Flags:
        """Whose outcome is known."""
        return self.known_at <= now + INSTANT

    def followed(self, now: Floats) -> Floats:
        """How much of the window each patient was observed; all of it where the outcome is known.

        That is the linear weight of the TITE-CRM (Cheung & Chappell, Biometrics
        2000;56:1177-1182).
        """
        return np.where(self.known(now), 1.0, np.minimum(now - self.entered, 1))

    def seen(self, level: Ints, now: Floats) -> Seen:
        """What is known of a level of each trial."""
        here, known = self.level == level, self.known(now)
        pending = here & ~known
        return Seen(
            n=here.sum(axis=0),
            dlts=(here & known & self.dlt).sum(axis=0),
            pending=pending.sum(axis=0),
            follow_up=np.where(pending, now - self.entered, 0).sum(axis=0),
        )

    def by_level(self, which: Flags) -> Counted:
        """How many of some patients each level (row) has."""
        patient, trial = np.nonzero(which)
        place = self.level[patient, trial].astype(np.int64) * len(self) + trial
        counts = np.bincount(place, minlength=self.levels * len(self))
        return counts.reshape(self.levels, len(self)).astype(np.int16)

    def treated(self) -> Counted:
        """How many patients each level (row) has."""
        return self.by_level(np.ones_like(self.dlt))

    def next_outcome(self, now: Floats) -> Floats:
        """When the next outcome at the current level becomes known, of those that have any."""
        coming = (self.level == self.current) & ~self.known(now)
        first: Floats = np.where(coming, self.known_at, np.inf).min(axis=0, initial=np.inf)
        return first

    def last_outcome(self) -> Floats:
        """When the outcomes of all patients are known."""
        last: Floats = self.known_at.max(axis=0, initial=0)
        return last


class Act(IntEnum):
    """What comes next in a trial."""

    TREAT = 0
    WAIT = 1
    SELECT = 2
    STOP = 3
    """The lowest level is too toxic: no dose is the MTD."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What comes next in each trial: a patient at `level`, or nobody before the time `until`.

    `closed` is then the lowest level that is closed.
    """

    act: NDArray[np.int8]
    level: Ints
    closed: Ints
    until: Floats

    @classmethod
    def same_level(cls, trials: Trials) -> Self:
        """The next patient at the current level."""
        return cls(
            act=np.full(len(trials), Act.TREAT, np.int8),
            level=trials.current,
            closed=trials.closed,
            until=np.zeros(len(trials)),
        )


class Conduct(Protocol):
    """How trials are conducted by a design."""

    @property
    def levels(self) -> int:
        """How many dose levels there are."""

    @property
    def start(self) -> int:
        """The level of the first patient, from 0."""

    @property
    def patients(self) -> int:
        """The most patients of a trial."""

    def step(self, trials: Trials, now: Floats) -> Step:
        """What comes next, by what is known now; a trial that waits is asked again."""

    def mtd(self, treated: Counted, dlts: Counted) -> Ints:
        """The MTD of trials that came to their end, from 1 on, and 0 without one."""
