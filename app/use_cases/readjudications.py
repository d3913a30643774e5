"""Re-adjudications: everything is judged again, and people see what moved and why.

A dry run writes nothing but what would come out. A real run keeps what came out otherwise. Both
are jobs over chunks of patients (`readjudicating`), and a dry run is made real where nothing has
moved since.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection

from app.domain.record.origin import Origin, Reason
from app.store.audit import Receipt
from app.store.jobs import StoredJob, job_of
from app.store.protocols import Activation, activations
from app.store.readjudications import Moved, moved_since
from app.store.writer import Unit
from app.use_cases.adjudicate import engine_version
from app.use_cases.errors import DataMoved, NotApplicable, UnknownJob
from app.use_cases.jobs import submit
from app.use_cases.protocols import Amendment, activate_version
from app.use_cases.records import require_study
from app.use_cases.suppositions import (
    ReadjudicationBody,
    check,
    faults_of,
    supposed_activation,
)

KIND: Final = "readjudication"
BODY: Final = TypeAdapter(ReadjudicationBody)
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A job that was asked for, and the version that it let govern, if any."""

    job: StoredJob
    receipt: Receipt
    activation: Activation | None


def submit_readjudication(
    unit: Unit, origin: Origin, study: str, body: ReadjudicationBody, applies: str | None = None
) -> Submitted:
    """The job that judges a study again; a real run activates the version that it names first.

    `applies` is the dry run that is made real. Raises UnknownStudy, BadReadjudication.
    """
    require_study(unit, study)
    check(unit.connection, study, body)
    activation = None if body.dry_run else _activated(unit, origin, study, body)
    parameters: dict[str, Any] = {
        "request": json.loads(BODY.dump_json(body)),
        "engine_version": engine_version(),
        # What came since the last time makes it another job, although it is asked for alike.
        "after": unit.audit.head.seq,
        "applies": applies,
    }
    job, receipt = submit(unit, origin, study, KIND, parameters)
    if receipt is None:
        raise RuntimeError(f"job {job.id} was asked for after event {unit.audit.head.seq}")
    return Submitted(job=job, receipt=receipt, activation=activation)


def apply_dry_run(
    unit: Unit, origin: Origin, study: str, job_id: str, reason: Reason
) -> Submitted:
    """Make a dry run real: a job that keeps what came out otherwise.

    Raises UnknownJob, NotApplicable, and DataMoved where what it rests on is not what it was.
    """
    dry = readjudication_of(unit.connection, study, job_id)
    tried = body_of(dry)
    if not tried.dry_run:
        raise NotApplicable(job_id, "it was no dry run")
    if dry.state != "succeeded":
        raise NotApplicable(job_id, f"it is {dry.state}, and only one that is done can be")
    real = replace(tried, dry_run=False, reason=reason)
    faults = tuple(faults_of(real))
    if faults:
        raise NotApplicable(
            job_id, "; ".join(each.pointer + ": " + each.message for each in faults)
        )
    _require_unmoved(unit, dry)
    return submit_readjudication(unit, origin, study, real, applies=job_id)


def readjudication_of(connection: Connection, study: str, job_id: str) -> StoredJob:
    """A re-adjudication of a study. Raises UnknownJob."""
    job = job_of(connection, job_id)
    if job is None or job.study != study or job.kind != KIND:
        raise UnknownJob(job_id)
    return job


def body_of(job: StoredJob) -> ReadjudicationBody:
    """What was asked for."""
    return BODY.validate_python(parameters_of(job)["request"])


def parameters_of(job: StoredJob) -> Mapping[str, Any]:
    """What the job rests on."""
    found: Mapping[str, Any] = json.loads(job.parameters)
    return found


def _activated(
    unit: Unit, origin: Origin, study: str, body: ReadjudicationBody
) -> Activation | None:
    """The activation of the version that is named, unless it is the last already."""
    supposed = supposed_activation(unit.connection, study, body, unit.recorded_at)
    if supposed is None or body.reason is None:
        return None
    last = activations(unit.connection, study)[-1]
    names = ("protocol", "version", "digest", "effective", "applies_to")
    if all(getattr(last, name) == getattr(supposed, name) for name in names):
        return None
    amendment = Amendment(
        protocol=supposed.protocol,
        version=supposed.version,
        effective=supposed.effective,
        applies_to=supposed.applies_to,
        reason=body.reason,
    )
    return activate_version(unit, origin, study, amendment)[0]


def _require_unmoved(unit: Unit, dry: StoredJob) -> None:
    told = parameters_of(dry)
    if told["engine_version"] != engine_version():
        raise DataMoved(
            dry.id, f"version {engine_version()} of the service judges, not "
            f"{told['engine_version']}",
        )  # fmt: skip
    moved = moved_since(unit.connection, dry.study, told["after"])
    if moved:
        raise DataMoved(dry.id, _words_of(moved))


def _words_of(moved: list[Moved]) -> str:
    """What moved, in a clause: kinds and patients, the first few by name."""
    kinds = sorted({each.entity.replace("_", " ") for each in moved})
    subjects = list(dict.fromkeys(each.subject for each in moved if each.subject is not None))
    of_all = any(each.subject is None for each in moved)
    shown = ", ".join(repr(each) for each in subjects[:_SHOWN])
    more = f" and {len(subjects) - _SHOWN} more" if len(subjects) > _SHOWN else ""
    whose = [f"of {'patient' if len(subjects) == 1 else 'patients'} {shown}{more}"]
    parts = [*(whose if subjects else []), *(["of the whole study"] if of_all else [])]
    return f"there were new or changed records ({', '.join(kinds)}) {' and '.join(parts)}"
