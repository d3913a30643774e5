"""When all rows of a source system are assembled anew: asked for, or since its settings changed.

A job that nobody has begun does it by the settings that hold when it comes to each patient, so
settings that change meanwhile need no other. One that is under way has passed by patients already.
"""

import json
from typing import Final

from app.domain.record.origin import Origin
from app.store.audit import Receipt
from app.store.jobs import StoredJob, jobs_of_kind
from app.store.source_rows import has_rows
from app.store.writer import Unit
from app.use_cases.errors import UnknownSystem
from app.use_cases.imports import settings_of
from app.use_cases.jobs import submit
from app.use_cases.records import Precondition, Sent, Written, put

KIND: Final = "assembly"


def submit_assembly(
    unit: Unit, origin: Origin, study: str, system: str
) -> tuple[StoredJob, Receipt | None]:
    """The job that assembles all rows of a system by the settings as they stand: the one that
    nobody has begun, without a receipt, else a new one.

    Raises UnknownStudy, UnknownSystem.
    """
    for each in jobs_of_kind(unit.connection, study, KIND, is_open=True):
        if _is_of(each, system) and _is_yet_to_begin(each):
            return each, None
    stored, _ = settings_of(unit.connection, study, system)
    told = {"version": stored.version, "digest": stored.digest}
    # What came since the last time is assembled by now: the same settings have to be asked anew.
    return submit(unit, origin, study, KIND, {
        "system": system, "settings": told, "after": unit.audit.head.seq,
    })  # fmt: skip


def put_settings(
    unit: Unit, origin: Origin, study: str, sent: Sent, condition: Precondition, *, assemble: bool
) -> tuple[Written, StoredJob | None]:
    """Say how files of a system are read; and the job that assembles its rows by that, in the same
    transaction, where there are rows and other settings hold now.

    Raises what `put` does.
    """
    written = put(unit, origin, study, sent, condition)
    has_changed = written.written is not None and written.written.applied
    if not (assemble and has_changed and has_rows(unit.connection, study, sent.key)):
        return written, None
    return written, submit_assembly(unit, origin, study, sent.key)[0]


def assemble_once_more(unit: Unit, origin: Origin, job: StoredJob) -> None:
    """At the end of an import by settings that hold no more: where an assembly was asked for or
    worked since, it may have passed by patients before their rows came, so another is asked for.
    """
    told = json.loads(job.parameters)
    if told["settings"] is None:
        return
    try:
        holds, _ = settings_of(unit.connection, job.study, told["system"])
    except UnknownSystem:
        return
    if holds.version == told["settings"]["version"]:
        return
    asked = jobs_of_kind(unit.connection, job.study, KIND)
    if any(_is_of(each, told["system"]) and _may_have_overtaken(each, job) for each in asked):
        submit_assembly(unit, origin, job.study, told["system"])


def _may_have_overtaken(assembly: StoredJob, job: StoredJob) -> bool:
    """Whether it goes on, or was not over before the import was asked for; one that had waited
    since before then takes settings that changed meanwhile with it.
    """
    return not assembly.is_over or assembly.changed_at >= job.recorded_at


def _is_of(job: StoredJob, system: str) -> bool:
    return bool(json.loads(job.parameters)["system"] == system)


def _is_yet_to_begin(job: StoredJob) -> bool:
    """Whether all of it will be done: no step of it is committed."""
    return not job.is_over and job.counts == "{}"
