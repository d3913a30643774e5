"""Who need not be judged again: patients whose verdicts rest on what they would rest on now.

That is so where their records, and all else that an adjudication names, are the same; and where
only the protocol version is another one, if what it says otherwise concerns none of their events,
or comes to the same when it is held against the columns that were kept (`kept_columns`).
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Final

from pydantic_core import from_json

from app.domain.dlt.words import day_words
from app.domain.errors import DomainError
from app.domain.record.kinds import Kind
from app.domain.time import instant_of, zone_of
from app.store.protocols import Activation
from app.store.readjudications import (
    Counting,
    Standing,
    counting_of,
    last_of_entities,
    summaries_of,
)
from app.use_cases.adjudicate import engine_version
from app.use_cases.case import governing
from app.use_cases.kept_columns import KeptColumns, kept_columns
from app.use_cases.snapshot import Snapshot
from app.use_cases.told_by_columns import Asked, Hold, Told, asked_of
from app.use_cases.versions import Compared, Versions

_LABORATORY: Final[Kind] = "laboratory_result"
_RANGE: Final[Kind] = "laboratory_range"
_OF_RANGES: Final = ("laboratory_range", "site")
"""What decides which ranges the results of a laboratory rest on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rested:
    """Who would be judged as they stand, and who need be judged in part alone.

    It may leave out some: they are judged, and come out the same.
    """

    settled: Set[str] = frozenset()
    otherwise: Mapping[str, Told] = field(default_factory=dict)
    """By patient, what is told otherwise, where columns tell all of it."""
    concerned: Mapping[str, Set[int]] = field(default_factory=dict)
    """By patient, the places of the events of whom other rules may tell something else."""


def resting(
    snapshot: Snapshot,
    standing: Mapping[str, Standing],
    now: datetime,
    versions: Versions,
    *,
    telling: bool,
) -> Rested:
    """Who rests on what they would rest on now, by the versions that would judge them.

    Nothing of a record is read but when it was written. What comes out otherwise is told where
    `telling`: that suffices where nothing is kept.
    """
    able = {key: each for key, each in standing.items() if each.due is None or each.due > now}
    if not able:
        return Rested()
    basis = _Basis(snapshot=snapshot, standing=able)
    same = [key for key, each in able.items() if basis.is_the_same(each)]
    newest = max((each.seq for each in snapshot.activations), default=0)
    settled = set()
    if snapshot.supposed is None and versions.are_unaltered:
        settled = {key for key in same if able[key].seq > newest}
    others = [key for key in same if key not in settled]
    by = _ByColumns(snapshot=snapshot, now=instant_of(now), versions=versions, telling=telling)
    found = by.rested({key: able[key] for key in others})
    return replace(found, settled=found.settled | settled)


@dataclass(frozen=True, kw_only=True)
class _Basis:
    """What some patients rest on, but for the protocol version."""

    snapshot: Snapshot
    standing: Mapping[str, Standing]

    @cached_property
    def _held(self) -> Mapping[str, Mapping[Kind, Counting]]:
        return counting_of(self.snapshot.connection, self.snapshot.study, list(self.standing))

    @cached_property
    def _ranged(self) -> int:
        """The last event of the trail that may have altered which ranges results rest on."""
        return last_of_entities(self.snapshot.connection, self.snapshot.study, _OF_RANGES)

    def is_the_same(self, before: Standing) -> bool:
        """Whether the records, their zone, the dictionary and the engine are those of before.

        What was recorded after an adjudication has a later place in the trail. So as many records
        as it names, all of them older, are those that it names.
        """
        held, snapshot = self._held[before.subject], self.snapshot
        if any(each.seq > before.seq for each in held.values()):
            return False
        if _LABORATORY in held and before.seq <= self._ranged:
            return False
        own, patient = snapshot.patient_record(before.subject), snapshot.patient(before.subject)
        if own is None:
            return False
        inputs = from_json(before.inputs)
        protocol = snapshot.protocol(before.protocol, before.protocol_version)
        subject = {"key": own.key, "version": own.version, "digest": own.digest}
        records = dict(inputs["records"])
        records.pop(_RANGE, None)
        own_before = records.pop("subject", None)
        return bool(
            inputs["engine_version"] == engine_version()
            and inputs["protocol"]["digest"] == protocol.digest
            and inputs["dictionary"]["digest"] == protocol.dictionary.digest
            and inputs["synonyms"]["digest"] == protocol.dictionary.synonyms.digest
            and inputs["time_zone"] == snapshot.zone_of_patient(patient)
            and own_before == [subject]
            and {kind: len(each) for kind, each in records.items()}
            == {kind: each.number for kind, each in held.items()}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByColumns:
    """The same by the columns that were kept, of patients who rest on the same but for rules."""

    snapshot: Snapshot
    now: int
    versions: Versions
    telling: bool
    _governed: dict[tuple[int, str | None], Activation | None] = field(default_factory=dict)

    def rested(self, standing: Mapping[str, Standing]) -> Rested:
        """Who rests, and who does in part."""
        connection, study = self.snapshot.connection, self.snapshot.study

        def summaries(subjects: Sequence[str]) -> Mapping[str, str]:
            return summaries_of(connection, [standing[each] for each in subjects])

        kept = kept_columns(connection, study, list(standing)) if standing else {}
        concerned: dict[str, Set[int]] = {}
        asked: dict[Compared, dict[str, Asked]] = {}
        for subject, (told, packed) in kept.items():
            before = standing[subject]
            pair = self._compared(before, told)
            held = None if pair is None else asked_of(told, packed, pair, instant_of(before.as_of))
            if pair is not None and held is not None:
                concerned[subject] = held.concerned
                if held.served:
                    asked.setdefault(pair, {})[subject] = held
        otherwise: dict[str, Told] = {}
        for pair, patients in asked.items():
            hold = Hold(pair=pair, now=self.now, summaries=summaries if self.telling else None)
            found = hold.against(patients)
            otherwise |= found.otherwise
            concerned |= found.left
        return Rested(
            settled={subject for subject, places in concerned.items() if not places},
            otherwise=otherwise,
            concerned={
                subject: places
                for subject, places in concerned.items()
                if places and subject not in otherwise and not kept[subject][0].computed
            },
        )

    def _compared(self, before: Standing, told: KeptColumns) -> Compared | None:
        """The version by which a patient stands beside the one that would judge; None where none
        would, and where it cannot be used, which is told of those whom it would judge.
        """
        activation = self._governing(before, told)
        try:
            return None if activation is None else self.versions.compared(before, activation)
        except DomainError:
            return None

    def _governing(self, before: Standing, told: KeptColumns) -> Activation | None:
        """The activation that governs a patient at the cut of what stands, and did at all cuts
        from which judging came to that one; None where there is no such activation.
        """
        zone = zone_of(told.zone)
        days = {zone.day_of(each) for each in (told.last_datum, instant_of(before.as_of))}
        found = {self._governing_on(day, told.infused) for day in days}
        return found.pop() if len(found) == 1 else None

    def _governing_on(self, day: int, infused: str | None) -> Activation | None:
        """The same on a day (days since 1970-01-01)."""
        if (day, infused) not in self._governed:
            self._governed[day, infused] = governing(
                self.snapshot.activations, infused, day_words(day)
            )
        return self._governed[day, infused]
