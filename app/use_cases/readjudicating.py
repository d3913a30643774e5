"""The work of a re-adjudication: patients in chunks, each judged by whoever takes it.

A chunk is judged from one state of the record, beside all others, and then written in one
transaction with its result, which it can have only once: done twice or by two workers at once, it
has its effects once. Patients of whom something was recorded in between are judged again within
that transaction, so that what is written is of the record as it stands.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, get_args

from sqlalchemy import Connection

from app.domain.record.canonical import canonical, digest_of
from app.domain.record.origin import Origin
from app.store.adjudications import Adjudications
from app.store.audit import head_of
from app.store.jobs import StoredJob, job_of
from app.store.readjudications import (
    StoredChange,
    StoredResult,
    add_chunks,
    add_result,
    count_chunks,
    count_results,
    is_done,
    subjects_of,
    waiting_chunks,
)
from app.store.writer import Unit
from app.use_cases.importing import Carry, Workplace
from app.use_cases.jobs import (
    Lease,
    LeaseLost,
    Progress,
    follow,
    hand_over,
    prove,
    step,
    take,
)
from app.use_cases.judging import Manner
from app.use_cases.readjudications import body_of, parameters_of
from app.use_cases.rejudging import Again, failed, judged_again, keep_again, moved_among
from app.use_cases.scopes import patients_in
from app.use_cases.snapshot import Snapshot
from app.use_cases.suppositions import alteration, supposed_activation
from app.use_cases.verdict_changes import Kind, as_document, changed_patient


def run_readjudication(place: Workplace, job: StoredJob) -> Iterator[StoredJob]:
    """Do a re-adjudication that the worker holds, from where it stands: the job after each step.

    Raises LeaseLost.
    """
    if job.total is None:
        job = planned(place, job)
        yield job
    with place.database.reading() as connection:
        waiting = waiting_chunks(connection, job.id)
    if place.carry is not None and waiting:
        yield place.writer.run(partial(_carried, place, place.carry, job, waiting))
        return
    for number in waiting:
        job = _stepped(place, job, number)
        yield job


def planned(place: Workplace, job: StoredJob) -> StoredJob:
    """The job once it is written which patients are judged together. Raises LeaseLost."""
    body = body_of(job)
    with place.database.reading() as connection:
        subjects = list(patients_in(connection, job.study, body.scope))
    size = place.tried if body.dry_run else place.patients
    chunks = [subjects[start : start + size] for start in range(0, len(subjects), size)]

    def work(unit: Unit, origin: Origin) -> Progress:
        seq = prove(unit, origin, job, "planned", chunks_digest(chunks))
        add_chunks(unit.connection, job.id, chunks, seq)
        return Progress(done=0, total=len(subjects), counts=counts_of([], []), is_last=not chunks)

    return place.writer.run(
        lambda unit: step(unit, place.worker, job, partial(work, unit), place.lease, place.clock)
    )


def _carried(
    place: Workplace, carry: Carry, job: StoredJob, waiting: Sequence[int], unit: Unit
) -> StoredJob:
    """The job once its chunks are on their way to whoever is free. Raises LeaseLost."""
    held = take(unit, place.worker, job.id, place.lease)
    if held is None:
        raise LeaseLost
    carry(unit, job.id, waiting)
    hand_over(unit, place.worker, job.id)
    return held


def do_chunk(place: Workplace, job_id: str, number: int) -> StoredJob | None:
    """Judge a chunk of a job that no single worker holds; None where there is nothing to do."""
    with place.database.reading() as connection:
        job = job_of(connection, job_id)
        if job is None or job.is_over or is_done(connection, job_id, number):
            return None
    chunk = _judged(place, job, number)
    return place.writer.run(
        lambda unit: follow(unit, job_id, partial(_written, unit, chunk=chunk))
    )  # fmt: skip


def _stepped(place: Workplace, job: StoredJob, number: int) -> StoredJob:
    # A chunk is short enough to be finished by a worker that is to stop, and may outlast a lease.
    lease = Lease(
        writer=place.writer, worker=place.worker, job=job.id, length=place.lease,
        clock=place.clock, stopping=lambda: False,
    )  # fmt: skip
    chunk = _judged(place, job, number, lease.keep)

    def work(unit: Unit, origin: Origin) -> Progress:
        did = _written(unit, job, origin, chunk=chunk)
        if did is None:
            raise RuntimeError(f"chunk {number} of job {job.id} was done by nobody who holds it")
        return did

    return place.writer.run(
        lambda unit: step(unit, place.worker, job, partial(work, unit), place.lease, place.clock)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A patient who was judged again, with what is told of the change, if there is one."""

    again: Again
    changed: dict[str, Any] | None

    def kept_back(self) -> "_Told":
        """Without the answer, of which nothing is to be kept."""
        return replace(self, again=replace(self.again, judged=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    """A chunk that was judged from the record as it stood after event `seq` of the trail, so many
    patients `at_once`.
    """

    number: int
    told: Mapping[str, _Told]
    seq: int
    at_once: int


def _judged(
    place: Workplace, job: StoredJob, number: int, keep: Callable[[], None] = lambda: None
) -> _Chunk:
    """`keep` is called whenever some of the patients are judged. Raises what it raises."""
    with place.database.reading() as connection:
        subjects = subjects_of(connection, job.id, number)
        if subjects is None:
            raise LookupError(f"job {job.id} has no chunk {number}")
        seq = head_of(connection).seq
        told: dict[str, _Told] = {}
        for some in _told(connection, job, subjects, place.at_once):
            told |= some
            keep()
        return _Chunk(number=number, told=told, seq=seq, at_once=place.at_once)


def _told(
    connection: Connection, job: StoredJob, subjects: Sequence[str], at_once: int
) -> Iterator[dict[str, _Told]]:
    """What is told of some patients, by patient, some of them at a time."""
    body = body_of(job)
    supposed = None
    if body.dry_run:
        supposed = supposed_activation(connection, job.study, body, job.recorded_at)
    snapshot = Snapshot(connection=connection, study=job.study, supposed=supposed)
    manner = Manner(as_of=body.as_of, altered=alteration(connection, body), is_tried=body.dry_run)

    def told(found: Sequence[Again]) -> dict[str, _Told]:
        old = _answers(connection, job.study, found)
        each = [_told_of(one, old.get(one.subject)) for one in found]
        return {one.again.subject: one.kept_back() if body.dry_run else one for one in each}

    # Not a loop, whose variable would hold the answers of some while the next are judged.
    again = judged_again(snapshot, subjects, _now_of(connection, job), manner, at_once=at_once)
    yield from map(told, again)


def _now_of(connection: Connection, job: StoredJob) -> datetime:
    """By when verdicts have fallen due: of a dry run that is made real, when that was asked for,
    so that it comes to what was looked at. What has fallen due since the sweep writes, as always.
    """
    applies = parameters_of(job)["applies"]
    dry = None if applies is None else job_of(connection, applies)
    return job.recorded_at if dry is None else dry.recorded_at


def _told_of(again: Again, old: str | None) -> _Told:
    """What is told of a patient; one of whom what stands cannot be read has failed."""
    try:
        return _Told(again=again, changed=_document(again, old))
    except Exception as error:  # noqa: BLE001 (one patient's defect keeps no other waiting)
        again = failed(again, error)
        return _Told(again=again, changed=_document(again, None))


def _answers(connection: Connection, study: str, found: Sequence[Again]) -> dict[str, str]:
    """The answers that stand of patients of whom something came out otherwise, by patient."""
    asked = [
        each.subject for each in found if each.change in {"changed", "restated"} and not each.told
    ]
    store = Adjudications(connection=connection, study=study)
    return {key: each.answer for key, each in store.currents(asked).items()} if asked else {}


def _document(again: Again, old: str | None) -> dict[str, Any] | None:
    """What is told of a patient who changed; the adjudication that is made comes later."""
    if again.change is None:
        return None
    before, judged, patient = again.before, again.judged, again.patient
    version, changed = None, None
    if again.told is not None:
        version, changed = again.told.version, again.told.changed
    elif judged is not None:
        version = judged.answer.protocol.version
        changed = changed_patient(again.change, old, judged.answer, again.altered)
    told = {"old": None, "new": None, "events": []} if changed is None else as_document(changed)
    return {
        "subject": again.subject,
        "kind": again.change,
        "dose_level": None if patient is None else patient.dose_level,
        "site": None if patient is None else patient.site,
        "problem": None if again.problem is None else asdict(again.problem),
        "protocol": {
            "old": None if before is None else before.protocol_version,
            "new": version,
        },
        "adjudication": {"old": None if before is None else before.id, "new": None},
        "status": {"old": told["old"], "new": told["new"]},
        "events": told["events"],
    }


def _written(unit: Unit, job: StoredJob, origin: Origin, *, chunk: _Chunk) -> Progress | None:
    """Write a chunk and its result, unless it has one: how far the job is then."""
    if is_done(unit.connection, job.id, chunk.number):
        return None
    told = {**chunk.told, **_moved(unit, job, chunk)}
    dry = body_of(job).dry_run
    documents = []
    for subject, each in sorted(told.items()):
        if each.changed is not None:
            made = None if dry else keep_again(unit, origin, job.study, each.again)
            document = {**each.changed}
            document["adjudication"] = {**document["adjudication"], "new": made}
            documents.append((subject, document))
    counts = counts_of([each.again for each in told.values()], [one for _, one in documents])
    _add(unit, origin, job, chunk.number, counts, documents)
    is_last = count_results(unit.connection, job.id) == count_chunks(unit.connection, job.id)
    return Progress(
        done=job.done + len(told), counts=added(json.loads(job.counts), counts), is_last=is_last
    )


def _moved(unit: Unit, job: StoredJob, chunk: _Chunk) -> dict[str, _Told]:
    """The patients of whom something was recorded since the chunk was judged, judged again."""
    concerned = moved_among(unit.connection, job.study, chunk.told, chunk.seq)
    found: dict[str, _Told] = {}
    if concerned:
        for some in _told(unit.connection, job, concerned, chunk.at_once):
            found |= some
    return found


def _add(
    unit: Unit,
    origin: Origin,
    job: StoredJob,
    number: int,
    counts: Mapping[str, Any],
    documents: Sequence[tuple[str, dict[str, Any]]],
) -> None:
    """Write the result and the changes, proved by one event of the trail."""
    texts = [(subject, one["kind"], canonical(one)) for subject, one in documents]
    digest = result_digest(number, canonical(counts), [text for _, _, text in texts])
    seq = prove(unit, origin, job, "judged", digest)
    changes = [
        StoredChange(job=job.id, subject=subject, number=number, kind=kind, document=text, seq=seq)
        for subject, kind, text in texts
    ]
    result = StoredResult(
        job=job.id,
        number=number,
        counts=canonical(counts),
        digest=digest,
        recorded_at=unit.recorded_at,
        seq=seq,
    )
    add_result(unit.connection, result, changes)


def chunks_digest(chunks: Sequence[Sequence[str]]) -> str:
    """What proves which patients are judged together."""
    return digest_of(canonical([list(each) for each in chunks]))


def result_digest(number: int, counts: str, documents: Sequence[str]) -> str:
    """What proves the result of a chunk: its counts and its changes, each as its text."""
    return digest_of(canonical([number, counts, *documents]))


def counts_of(found: Sequence[Again], documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How many patients came out how, and how many verdicts and statuses went where."""
    counts: dict[str, Any] = {
        "unchanged": sum(each.change is None and each.patient is not None for each in found),
        "not_there": sum(each.change is None and each.patient is None for each in found),
        "verdicts": {},
        "statuses": {},
        "newly_pending": 0,
        "newly_undetermined": 0,
    }
    for kind in get_args(Kind):
        counts[kind] = sum(each.change == kind for each in found)
    for document in documents:
        old, new = document["status"]["old"], document["status"]["new"]
        if old and new and old["status"] != new["status"]:
            _count(counts["statuses"], old["status"], new["status"])
        for event in document["events"]:
            old, new = event["old"], event["new"]
            if new and (old is None or old["verdict"] != new["verdict"]):
                _count(counts["verdicts"], old["verdict"] if old else "none", new["verdict"])
                counts["newly_pending"] += new["verdict"] == "PENDING"
                counts["newly_undetermined"] += new["verdict"] == "UNDETERMINED"
    return counts


def _count(counts: dict[str, dict[str, int]], old: str, new: str) -> None:
    to = counts.setdefault(old, {})
    to[new] = to.get(new, 0) + 1


def added(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Two sets of counts together."""
    found = dict(one)
    for name, value in other.items():
        if isinstance(value, Mapping):
            found[name] = added(found.get(name, {}), value)
        else:
            found[name] = found.get(name, 0) + value
    return found
