"""The evaluable patients of the cohorts, level by level, as they stand on a day."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.cohort.gate.patients import Known, Seen
from app.domain.cohort.gate.rules import CohortRules, GateRules

FIRST: Final = 3
FULL: Final = 6
TOO_MANY: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """The levels of the ladder, by place from 0 on, and who is in their cohorts."""

    rules: GateRules
    held: CohortRules
    known: Known
    day: date

    @property
    def in_cohorts(self) -> bool:
        """Whether the phase that is asked about has cohorts."""
        return self.known.phase in self.held.phases

    @property
    def at_the_top(self) -> bool:
        """Whether there is no level above the one that is asked about."""
        return self.known.place == len(self.rules.ladder) - 1

    def name(self, place: int) -> str:
        """The id of a level."""
        return self.rules.ladder[place].id

    def taken(self) -> tuple[Seen, ...]:
        """Who has a slot of this level: by the act that is asked about, or one after it."""
        act = self.known.counted
        return tuple(each for each in self._counted(self.known.place) if each.did(act))

    def treated(self, place: int) -> tuple[Seen, ...]:
        """Who was infused in the cohorts of a level, in order.

        Asked about a phase without cohorts, of the patients whose phase no record tells only the
        first are taken to be of them: as many as decide, and who may have had a DLT up to the
        sixth.
        """
        patients = tuple(each for each in self._counted(place) if each.infused)
        if self.in_cohorts:
            return patients
        decide = FULL if dlts_of(patients[:FULL]) else FIRST
        return tuple(
            each
            for number, each in enumerate(patients)
            if each.phase is not None
            or number < decide
            or (number < FULL and each.waits_for_a_verdict(self.day))
        )

    def later(self, place: int) -> tuple[Seen, ...]:
        """Who had a DLT at a level, and not in its cohorts."""
        cohort = {each.id for each in self.treated(place)}
        return tuple(
            each
            for each in self.known.patients
            if each.place == place and each.dlt is not None and each.id not in cohort
        )

    def tells_of_cohorts(self, place: int) -> bool:
        """Whether anything is told of the cohorts of a level, or may speak against it.

        Where nothing is, only the request itself says that people chose the dose.
        """
        return any(
            each.phase is not None or each.dlt is not None or each.waits_for_a_verdict(self.day)
            for each in self.treated(place)
        )

    def still_open(self, patients: tuple[Seen, ...]) -> tuple[Seen, ...]:
        """Whose outcome is not known on the day."""
        return tuple(each for each in patients if not each.complete(self.rules.window, self.day))

    def _counted(self, place: int) -> tuple[Seen, ...]:
        return tuple(
            each
            for each in self.known.patients
            if each.place == place and each.evaluable and each.in_one_of(self.held.phases)
        )


def dlts_of(patients: tuple[Seen, ...]) -> tuple[str, ...]:
    """The ids of those who had a DLT."""
    return tuple(each.id for each in patients if each.dlt)
