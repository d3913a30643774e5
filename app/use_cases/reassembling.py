"""Rows that are kept are identified and assembled anew, after their system's settings changed."""

import json
from collections.abc import Iterator
from functools import partial
from itertools import accumulate
from typing import Final

from app.domain.record.origin import Origin
from app.store.jobs import StoredJob
from app.store.source_rows import count_subjects, subjects_with_rows
from app.store.writer import Unit
from app.use_cases.assembling import follow_each
from app.use_cases.chunk import Chunk, send_back
from app.use_cases.errors import UnknownSystem
from app.use_cases.formerly_led import key_maps_before
from app.use_cases.identifying import regroup
from app.use_cases.importing import Workplace, tell_regrouped
from app.use_cases.imports import settings_of
from app.use_cases.jobs import Progress, step
from app.use_cases.set_aside import Aside, judged, setting_aside
from app.use_cases.source_rows import Sender

CHUNK: Final = 20
"""Patients that are committed together, where they have few rows."""
_ROWS: Final = 2_000
"""Patients who have so many rows are committed without another."""


def run_assembly(place: Workplace, job: StoredJob) -> Iterator[StoredJob]:
    """Do it, some patients at a time: the job after each step. Raises LeaseLost."""
    while not job.is_over:
        job = setting_aside(job, partial(_without, place, job))
        yield job


def _without(place: Workplace, job: StoredJob, aside: Aside) -> StoredJob:
    """The job after a step, without the patients who are set aside."""

    def stepped(unit: Unit) -> StoredJob:
        work = partial(_assembled, job, aside, unit)
        return step(unit, place.worker, job, work, place.lease, place.clock)

    return place.writer.run(stepped)


def _assembled(job: StoredJob, aside: Aside, unit: Unit, origin: Origin) -> Progress:
    """Some patients: their rows identified anew, and the records of all concerned."""
    system = json.loads(job.parameters)["system"]
    made = Chunk(counts=json.loads(job.counts))
    try:
        _, how = settings_of(unit.connection, job.study, system)
    except UnknownSystem as error:  # void since it was asked for
        told = {"code": error.code, "detail": str(error), "line": None, "column": None}
        return Progress(done=job.done, counts=json.loads(job.counts), problem=told)
    sender = Sender(study=job.study, system=system, job=job.id)
    last = made.counts.get("last", "")
    following = subjects_with_rows(unit.connection, job.study, system, after=last, limit=CHUNK)
    so_far = accumulate((rows for _, rows in following), initial=0)
    subjects = [
        name for (name, _), before in zip(following, so_far, strict=False) if before < _ROWS
    ]
    moved = regroup(unit, sender, subjects, how, unit.audit.head.seq + 1)
    tell_regrouped(made, moved, job, unit, origin)
    concerned = sorted({*subjects, *moved.subjects})
    maps = key_maps_before(unit.connection, job.study, system, how)
    for subject, followed in follow_each(unit, origin, sender, concerned, how, aside, maps):
        made.follow(subject, followed, ())
    judged(unit, origin, job.study, made.written, aside)
    send_back(made, job, unit, origin)
    for each in made.written:
        made.count_named("records", each.result)
    done = job.done + len(subjects)
    is_last = len(following) < CHUNK and len(subjects) == len(following)
    every = count_subjects(unit.connection, job.study, system)
    return Progress(
        done=done,
        total=done if is_last else max(done, every),
        counts={**made.counts, "last": subjects[-1] if subjects else last},
        is_last=is_last,
    )
