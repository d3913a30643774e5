"""What clients write: patients, events with corrections, batches, holds, and what each makes.

Every content is sent for one version only, so that one which is there twice was written twice.
"""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

STUDY: Final = "CRASH-1"
TITLE: Final = "What outlives a crash"
SYSTEM: Final = "edc"
_REASON: Final = {"code": "ENTERED_IN_ERROR", "text": "of another patient"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A version that a write has to leave, exactly once; `mark` stands in its content.

    A hold has no version: `key` is its reason, `result` says that it was placed or lifted.
    """

    kind: str
    key: str
    version: int
    result: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A request that changes the record, and what there is once it was acknowledged."""

    method: str
    path: str
    body: Mapping[str, Any]
    makes: tuple[Made, ...]
    headers: Mapping[str, str] = field(default_factory=dict)


Writes = Generator[Write, Any, None]
"""Yields writes; is sent what each was answered."""


def writes(client: str) -> Writes:
    """The writes of one client, without end; no two clients write the same records."""
    for number in count():
        subject = f"S-{client}-{number}"
        yield patient(subject)
        yield from _corrected_event(subject, f"{subject}.1")
        yield from _batch(subject, [f"{subject}.{each}" for each in range(2, 6)])
        yield from _voided_event(subject, f"{subject}.6")
        yield from _hold(subject)


def beginning() -> Write:
    """The study that all write to."""
    return Write(
        method="POST",
        path="/v1/studies",
        body={
            "id": STUDY,
            "title": TITLE,
            "time_zone": "Asia/Shanghai",
            "protocol": {"id": "NCT06886919", "version": "1"},
        },
        makes=(Made(kind="study", key=STUDY, version=1, result="created", mark=TITLE),),
        headers=_by_key("the-study"),
    )


def patient(subject: str) -> Write:
    """A patient who was infused once."""
    return Write(
        method="PUT",
        path=f"/v1/studies/{STUDY}/subjects/{subject}",
        body={
            "dose_level": subject,
            "exposures": [{"agent": "IC19", "start": "2026-03-01T10:00:00+08:00"}],
        },
        makes=(Made(kind="subject", key=subject, version=1, result="created", mark=subject),),
    )


def event(
    subject: str, record_id: str, sequence: int, *, version: int, result: str, **headers: str
) -> Write:
    """An event by its source, at one place of its sequence."""
    mark = _mark(record_id, sequence)
    return Write(
        method="PUT",
        path=path_of(record_id),
        body={**_content(subject, mark), "source": {"sequence": sequence}},
        makes=(_made(record_id, version, result, mark),),
        headers=headers,
    )


def hold(subject: str) -> Write:
    """A stop for one patient, by a key."""
    reason = f"hold-{subject}"
    return Write(
        method="POST",
        path=f"/v1/studies/{STUDY}/holds",
        body={"scope": {"subject": subject}, "reason": reason, "reported_by": "a monitor"},
        makes=(Made(kind="hold", key=reason, version=0, result="placed", mark=reason),),
        headers=_by_key(reason),
    )


def batch(subject: str, new: Iterable[str], corrected: Iterable[str] = ()) -> Write:
    """New events, and the fourth versions of others, by a key."""
    items, makes = [], []
    told = [(each, 1, 1, "created") for each in new] + [
        (each, 9, 4, "updated") for each in corrected
    ]
    for record_id, sequence, version, result in told:
        mark = _mark(record_id, sequence)
        source = {"system": SYSTEM, "record_id": record_id, "sequence": sequence}
        items.append({**_content(subject, mark), "source": source})
        makes.append(_made(record_id, version, result, mark))
    return Write(
        method="POST",
        path=f"/v1/studies/{STUDY}/adverse-events/batch",
        body={"mode": "atomic", "items": items},
        makes=tuple(makes),
        headers=_by_key(f"batch-{subject}-{items[0]['source']['record_id']}"),
    )


def path_of(record_id: str) -> str:
    """Where an event stands."""
    return f"/v1/studies/{STUDY}/adverse-events/by-source/{SYSTEM}/{record_id}"


def _corrected_event(subject: str, record_id: str) -> Writes:
    """Its third version was written by the source before its second: kept, and not applied."""
    yield event(subject, record_id, 1, version=1, result="created")
    yield event(subject, record_id, 5, version=2, result="updated")
    yield event(subject, record_id, 3, version=3, result="stale")


def _batch(subject: str, record_ids: list[str]) -> Writes:
    yield batch(subject, record_ids, corrected=[f"{subject}.1"])


def _voided_event(subject: str, record_id: str) -> Writes:
    """Sent twice, each of these would be refused the second time, were it not for the key."""
    yield event(subject, record_id, 1, version=1, result="created")
    mark = _mark(record_id, 1)
    for method, end, version, result in (
        ("DELETE", "", 2, "voided"),
        ("POST", "/restore", 3, "restored"),
    ):
        yield Write(
            method=method,
            path=path_of(record_id) + end,
            body={"reason": _REASON},
            makes=(_made(record_id, version, result, mark),),
            headers=_by_key(f"{result}-{record_id}"),
        )


def _hold(subject: str) -> Writes:
    placed = hold(subject)
    answer = yield placed
    yield Write(
        method="POST",
        path=f"{placed.path}/{answer['hold']['id']}/lift",
        body={"reason": "resolved", "lifted_by": "a committee"},
        makes=(
            Made(kind="hold", key=f"hold-{subject}", version=0, result="lifted", mark="resolved"),
        ),
        headers=_by_key(f"lift-{subject}"),
    )


def _content(subject: str, mark: str) -> dict[str, Any]:
    return {
        "subject": subject,
        "term": "Cytokine release syndrome",
        "grades": [
            {"from": "2026-03-03T08:00:00+08:00", "grade": 3},
            {"from": "2026-03-06T08:01:00+08:00", "grade": 2},
        ],
        "ongoing": False,
        "baseline_grade": 0,
        "causality": [{"agent": "IC19", "relatedness": "possible", "assessor": "investigator"}],
        "facts": {"mark": mark},
    }


def _mark(record_id: str, sequence: int) -> str:
    return f"{record_id}#{sequence}"


def _made(record_id: str, version: int, result: str, mark: str) -> Made:
    key = f"{SYSTEM}:{record_id}"
    return Made(kind="adverse_event", key=key, version=version, result=result, mark=mark)


def _by_key(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}
