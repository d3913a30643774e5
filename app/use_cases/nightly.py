"""The nightly re-adjudication: every patient is judged again, and only what differs is written.

What stands rests on the version of the service, the protocol and the data of its day. Where
judging again comes to the same, nothing is written: no job, no event, no row.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from app.domain.record.origin import NIGHTLY
from app.store.audit import head_of
from app.store.readjudications import counting_patients, study_ids
from app.store.writer import Unit
from app.use_cases.importing import Workplace
from app.use_cases.jobs import Stopped
from app.use_cases.rejudging import Again, judged_again, keep_again, moved_among
from app.use_cases.snapshot import Snapshot
from app.use_cases.sweep import sweep

_LOG = logging.getLogger("uvicorn.error")
_NOTHING: Final = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What a night came to: patients judged again, those kept, those who could not be judged."""

    judged: int
    kept: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Differing:
    """Patients of a study who came out otherwise from the record after event `seq`."""

    study: str
    found: Sequence[Again]
    seq: int


def judge_all_again(place: Workplace) -> Night:
    """Judge every patient of every study again, and keep what comes out otherwise.

    Patients are judged in chunks, each from one state of the record, while others write. What time
    alone has changed is swept first, so that it is told apart. Raises Stopped between two chunks
    where the worker is to stop, DatabaseUnavailable; done again, it goes on with what is left.
    """
    with suppress(ExceptionGroup):  # of patients who cannot be judged; the sweep itself tells
        sweep(place.database, place.writer, place.clock())
    with place.database.reading() as connection:
        studies = study_ids(connection)
    judged = kept = failed = 0
    for study in studies:
        after = ""
        while (looked := _looked(place, study, after)) is not None:
            after, number, differing = looked
            judged += number
            wrote, lost = _NOTHING if not differing.found else _kept(place, differing)
            kept, failed = kept + wrote, failed + lost
    night = Night(judged=judged, kept=kept, failed=failed)
    _LOG.info(
        "The nightly re-adjudication judged %d patients again: %d came out otherwise, "
        "%d could not be judged.", night.judged, night.kept, night.failed,
    )  # fmt: skip
    return night


def _looked(place: Workplace, study: str, after: str) -> tuple[str, int, _Differing] | None:
    """The next patients of a study: the last of them, how many, and who came out otherwise."""
    if place.stopping():
        raise Stopped
    with place.database.reading() as connection:
        page = counting_patients(connection, study, after=after, limit=place.patients)
        if not page:
            return None
        subjects = [each[0] for each in page]
        seq = head_of(connection).seq
        snapshot = Snapshot(connection=connection, study=study)
        found = _differing(snapshot, subjects, place.clock())
        return subjects[-1], len(subjects), _Differing(study=study, found=found, seq=seq)


def _differing(snapshot: Snapshot, subjects: Sequence[str], now: datetime) -> list[Again]:
    again = judged_again(snapshot, subjects, now, at_once=len(subjects))
    found = {each.subject: each for some in again for each in some}
    return [found[each] for each in subjects if found[each].change is not None]


def _kept(place: Workplace, differing: _Differing) -> tuple[int, int]:
    """How many were kept, and how many could not be judged."""
    failed = sum(each.judged is None for each in differing.found)
    if failed == len(differing.found):
        return 0, failed
    return place.writer.run(partial(_write, differing))


def _write(differing: _Differing, unit: Unit) -> tuple[int, int]:
    """Keep what still differs; whom something concerns that came meanwhile is judged anew."""
    study = differing.study
    moved = moved_among(
        unit.connection, study, [each.subject for each in differing.found], differing.seq
    )
    found = [each for each in differing.found if each.subject not in moved]
    if moved:
        snapshot = Snapshot(connection=unit.connection, study=study)
        found += _differing(snapshot, moved, unit.recorded_at)
    kept = sum(keep_again(unit, NIGHTLY, study, each) is not None for each in found)
    return kept, len(found) - kept
