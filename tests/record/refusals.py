"""Ways to ask for an operation that has to be refused."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from app.api.access import PERMISSIONS
from app.domain.record.origin import ROLES, Role
from tests.record.kinds import Operation
from tests.record.service import STUDY


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A request, why it has to be refused, and how."""

    why: str
    status: int
    code: str
    method: str
    path: str
    body: Any
    role: Role | None
    elsewhere: bool = False
    """The key is of another study."""
    headers: Mapping[str, str] = field(default_factory=dict)
    content: str | None = None
    """Sent instead of the body."""


def refusals(operation: Operation) -> Iterator[Refusal]:
    """Requests for the operation as it stands, each wrong in one way."""
    step = operation.step
    right = Refusal(
        why="", status=0, code="", method=step.method, path=step.path, body=step.body,
        role=step.role,
    )  # fmt: skip
    yield from _of_any(operation, right)
    if f"/{STUDY}" in step.path:
        yield replace(
            right, why="a key of another study", status=404, code="unknown_study", elsewhere=True
        )
        unknown = step.path.replace(STUDY, "NOT-THERE", 1)
        yield replace(right, why="no such study", status=404, code="unknown_study", path=unknown)
    elif "reason" not in step.body:
        yield replace(
            right, why="a key of one study alone", status=403, code="forbidden", elsewhere=True
        )
    yield from _of_versions(operation, right)
    yield from _of_one(operation, right)


def _of_any(operation: Operation, right: Refusal) -> Iterator[Refusal]:
    yield replace(right, why="no key", status=401, code="unauthorized", role=None)
    for role in ROLES:
        if role not in PERMISSIONS[operation.name]:
            yield replace(right, why=f"not of {role}", status=403, code="forbidden", role=role)
    wrong = {**right.body, "clinically_signifcant": True}
    yield replace(right, why="a misspelt field", status=422, code="invalid_request", body=wrong)
    yield replace(right, why="no object", status=422, code="invalid_request", body=[])
    yield replace(right, why="no JSON", status=400, code="not_json", content='{"')
    twice = '{"reason": 1, "reason": 2}'
    yield replace(right, why="a key twice", status=400, code="duplicate_key", content=twice)
    text = {"Content-Type": "text/plain"}
    yield replace(right, why="no JSON", status=415, code="unsupported_media_type", headers=text)
    query = f"{right.path}?dry_run=true"
    yield replace(right, why="a parameter", status=422, code="invalid_request", path=query)


def _of_versions(operation: Operation, right: Refusal) -> Iterator[Refusal]:
    """What the record has to be like before."""
    act, _, _ = operation.name.partition("_")
    if act not in {"put", "void", "restore", "correct"}:
        return
    other = {"If-Match": '"9.0123456789abcdef"'}
    yield replace(
        right, why="another version", status=412, code="precondition_failed", headers=other
    )
    weak = {"If-Match": 'W/"1.0123456789abcdef"'}
    yield replace(right, why="a weak tag", status=400, code="bad_header", headers=weak)
    is_new = operation.leaves[0].action.endswith(".created")
    if act == "put":
        headers = {"If-Match": "*"} if is_new else {"If-None-Match": "*"}
        yield replace(
            right, why="there or not", status=412, code="precondition_failed", headers=headers
        )
    if act in {"put", "correct"} and not is_new:
        body = {name: value for name, value in right.body.items() if name != "reason"}
        yield replace(right, why="no reason", status=422, code="reason_required", body=body)
    if act in {"void", "restore"}:
        body = {"reason": {"code": "lower case"}}
        yield replace(right, why="a bad code", status=422, code="invalid_request", body=body)
        path = _elsewhere(right.path)
        yield replace(right, why="no such record", status=404, code="unknown_record", path=path)
    if act == "void":
        path = f"{right.path}/restore"
        yield replace(
            right, why="not void", status=409, code="not_voided", method="POST", path=path
        )
    if act == "restore":
        path = right.path.removesuffix("/restore")
        yield replace(
            right, why="void already", status=409, code="record_voided", method="DELETE", path=path
        )


def _elsewhere(path: str) -> str:
    """The same path, of a record that is not there."""
    rest, end = path.removesuffix("/restore"), "/restore" if path.endswith("/restore") else ""
    other = "1999-12-31" if "/laboratory-ranges/" in path else "NOT-THERE"
    return f"{rest.rpartition('/')[0]}/{other}{end}"


def _of_one(operation: Operation, right: Refusal) -> Iterator[Refusal]:
    """What is wrong for this operation alone."""
    own = _OF_ONE.get(operation.name)
    if own is not None:
        yield from own(right)
    if operation.leaves[0].action == "subject.corrected":
        body = {**right.body, "exposures": [{"agent": "IC19", "start": "2026-03-01"}]}
        yield replace(right, why="two ways", status=409, code="two_ways_of_exposure", body=body)


def _of_new_study(right: Refusal) -> Iterator[Refusal]:
    there = {**right.body, "id": STUDY}
    yield replace(right, why="it exists", status=409, code="study_exists", body=there)
    for name in ({"id": "NCT0"}, {"id": "NCT06886919", "version": "9"}):
        body = {**right.body, "protocol": name}
        yield replace(right, why=f"{name}", status=422, code="invalid_request", body=body)


def _of_exposure(right: Refusal) -> Iterator[Refusal]:
    body = {**right.body, "subject": "S-03"}
    yield replace(right, why="two ways", status=409, code="two_ways_of_exposure", body=body)


def _of_range(right: Refusal) -> Iterator[Refusal]:
    faulty: tuple[dict[str, Any], ...] = (
        {"lln": "351"},
        {"lln": None, "uln": None},
        {"valid_to": "2025-12-31"},
        {"uln": "1E+40"},
    )
    for changed in faulty:
        body = {**right.body, **changed}
        yield replace(right, why=f"{changed}", status=422, code="bad_range", body=body)
    places = (("female", "F"), ("/18-65/", "/65-18/"), ("platelets", "bilirubin of what"))
    for old, new in places:
        path = right.path.replace(old, new)
        yield replace(right, why=new, status=422, code="invalid_request", path=path)


def _of_new_protocol(right: Refusal) -> Iterator[Refusal]:
    document = right.body["document"]
    there = {"document": {**document, "version": "1", "title": "Another"}}
    yield replace(right, why="it stands", status=409, code="version_exists", body=there)
    broken = {"document": {**document, "grading": None}}
    yield replace(right, why="a faulty document", status=422, code="invalid_request", body=broken)


def _of_amendment(right: Refusal) -> Iterator[Refusal]:
    for changed in ({"id": "NCT0"}, {"version": "9"}, {"effective": "2026-03"}):
        body = {**right.body, **changed}
        yield replace(right, why=f"{changed}", status=422, code="invalid_request", body=body)


def _of_lifting(right: Refusal) -> Iterator[Refusal]:
    path = right.path.replace(right.path.split("/")[-2], "not-there")
    yield replace(right, why="no such hold", status=404, code="unknown_hold", path=path)


def _of_batch(right: Refusal) -> Iterator[Refusal]:
    good, other = right.body["items"]
    for why, item in {
        "twice": good,
        "no such grade": {**other, "baseline_grade": 9},
        "not there": {**other, "if_match": "*"},
        "no identity": {**other, "source": {"system": "edc"}},
    }.items():
        items = {**right.body, "items": [good, item]}
        yield replace(right, why=why, status=422, code="batch_rejected", body=items)
    many = {**right.body, "items": [good] * 501}
    yield replace(right, why="too many", status=413, code="batch_too_large", body=many)
    faulty: tuple[dict[str, Any], ...] = ({"mode": None}, {"items": []}, {"dry_run": "no"})
    for changed in faulty:
        yield replace(
            right, why=f"{changed}", status=422, code="invalid_request",
            body={**right.body, **changed},
        )  # fmt: skip


_OF_ONE: Final[Mapping[str, Callable[[Refusal], Iterator[Refusal]]]] = {
    "create_study": _of_new_study,
    "put_exposure": _of_exposure,
    "put_laboratory_range": _of_range,
    "batch_adverse_events": _of_batch,
    "add_protocol": _of_new_protocol,
    "activate_protocol": _of_amendment,
    "lift_hold": _of_lifting,
}
