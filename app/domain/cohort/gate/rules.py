"""What a protocol says about letting the next patient in, as plain values.

Each rule carries `at`, where it stands in its source, `says`, what it says there, and `readings`,
what was taken where the text leaves the rule open.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Final, Literal

from app.domain.cohort.design import NotOfThisDesign
from app.domain.errors import Fault
from app.domain.time import DAY, Limit

Act = Literal["enrol", "lymphodeplete", "infuse"]
Role = Literal["start", "escalation", "back_up", "de_escalation"]
Variant = Literal["no-de-escalation", "de-escalation", "six-at-mtd"]
Kind = Literal["first_pair", "each_consecutive_pair", "sentinel", "between_cohorts"]

ACTS: Final[tuple[Act, ...]] = ("enrol", "lymphodeplete", "infuse")
"""What is done with a patient, in its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenReading:
    """The option that holds of a point that the prose leaves open: no rule of the text itself."""

    id: str
    option: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A rung of the dose ladder."""

    id: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterPhases:
    """What holds in the phases without cohorts, such as an expansion.

    `opens` says at which doses: those whose own cohort is decided and let them; these, and those
    of whose cohort nothing is told (`as_told`); or any that is not known to exceed the MTD. `dlts`
    says what a DLT observed there does: it shuts its level and those above until a person has
    recorded that others may follow, or it does not count.
    `readings` decide `opens`, and `dlt_readings` decide `dlts`.
    """

    opens: Literal["after_own_cohort", "as_told", "any_dose"] = "after_own_cohort"
    dlts: Literal["person_decides", "not_counted"] = "person_decides"
    readings: tuple[TakenReading, ...] = ()
    dlt_readings: tuple[TakenReading, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortRules:
    """The cohorts of a 3+3 design: Storer, Biometrics 1989;45:925-937 (design B and its kin).

    `six-at-mtd` and `de-escalation` fill a level without DLTs up to six where the next one exceeds
    the MTD; `six-at-mtd` also where there is no next one.
    """

    variant: Variant
    phases: tuple[str, ...]
    at: str
    says: str
    later: LaterPhases = LaterPhases()
    readings: tuple[TakenReading, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GateWindow:
    """How long a patient is observed for DLTs after the first infusion, or after each.

    `first_day` is the number of the day of the infusion. A recorded completion ends the window
    before its time only with `early_completion`.
    """

    through: Limit
    first_day: Literal[0, 1] = 0
    early_completion: bool = False
    anchor: Literal["each_infusion", "first_infusion"] = "each_infusion"
    readings: tuple[TakenReading, ...] = ()

    def over_from(self, infused: date) -> date:
        """The first day after the window of a patient infused on that day."""
        if self.through.days is None:
            return infused + timedelta(days=_whole_days(self.through) + 1)
        return infused + timedelta(days=self.through.days - self.first_day + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaggerRule:
    """A wait between patients.

    `gated_act` is what the next patient waits with, `anchor` from when the days of the patient
    who is waited for count. Without `across_doses` only patients of the same level are waited for.
    With `dlt_closes` a DLT before the end of the wait shuts it until the patient is cleared. A
    clearance counts on `any_day`, or only `after_wait`; one that a known DLT came after, never.
    `clearance_readings` and `dlt_readings` decide these two beside `readings`.
    """

    at: str
    says: str
    kind: Kind
    gated_act: Act
    anchor: Literal["infusion_start", "infusion_completion"]
    at_least: Limit
    phases: tuple[str, ...]
    needs_clearance: bool = False
    across_doses: bool = False
    dlt_closes: bool = False
    clearance: Literal["any_day", "after_wait"] = "any_day"
    readings: tuple[TakenReading, ...] = ()
    clearance_readings: tuple[TakenReading, ...] = ()
    dlt_readings: tuple[TakenReading, ...] = ()

    def over_from(self, anchor: date) -> date:
        """The first day on which the wait is over.

        Days compare calendar dates. The hour of the anchor is not known, so that hours are over
        for certain only on the day after the last on which they may end.
        """
        if self.at_least.days is None:
            return anchor + timedelta(days=_whole_days(self.at_least) + 1)
        return anchor + timedelta(days=self.at_least.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The most patients of the study, or of one of its phases, in all or on each dose level."""

    at: str
    says: str
    most: int
    phase: str | None = None
    per_level: bool = False
    readings: tuple[TakenReading, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GateRules:
    """All that decides whether the next patient may be let in.

    The ladder goes from the lowest dose to the highest. Without a window, by `no_window` where
    that is a reading, only a recorded completion ends a patient's observation. Raises
    NotOfThisDesign where the ladder has not one start or names a level twice.
    """

    ladder: tuple[Level, ...]
    phases: tuple[str, ...]
    cohorts: CohortRules | None = None
    window: GateWindow | None = None
    no_window: tuple[TakenReading, ...] = ()
    stagger: tuple[StaggerRule, ...] = ()
    caps: tuple[Cap, ...] = ()

    def __post_init__(self) -> None:
        starts = [level.id for level in self.ladder if level.role == "start"]
        faults = []
        if len(starts) != 1:
            told = f"a ladder has one level with the role start; this one has {len(starts)}"
            faults.append(Fault(pointer="/ladder", message=told, code="ladder"))
        if len(self.places) != len(self.ladder):
            told = "a level stands twice in the ladder: give each an id of its own"
            faults.append(Fault(pointer="/ladder", message=told, code="ladder"))
        if faults:
            raise NotOfThisDesign(*faults)

    @cached_property
    def places(self) -> dict[str, int]:
        """The place of each level in the ladder, from 0 on."""
        return {level.id: place for place, level in enumerate(self.ladder)}

    @cached_property
    def start(self) -> int:
        """The place of the level with which the trial begins."""
        return next(place for place, level in enumerate(self.ladder) if level.role == "start")

    @property
    def window_readings(self) -> tuple[TakenReading, ...]:
        """The readings that say how long a patient is observed."""
        return self.no_window if self.window is None else self.window.readings


def applies(gated: Act, asked: Act | None) -> bool:
    """Whether what gates one act gates the asked one: it does where that is the same or later."""
    return asked is None or ACTS.index(asked) >= ACTS.index(gated)


def _whole_days(limit: Limit) -> int:
    return -(-limit.microseconds // DAY)
