"""Every operation that writes leaves exactly the right audit events, and a refused one nothing."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anyio
import pytest
import rfc8785

from app.api.access import PERMISSIONS, STATELESS
from app.api.openapi import describe
from app.data.protocols import load
from app.domain.record.leaf import check_chain
from app.domain.record.origin import ROLES, Role
from app.store.database import Database
from tests.api.client import InProcess, is_problem
from tests.api.keys import bearer, issued
from tests.record.kinds import Judged, Left, Operation
from tests.record.operations import DIGESTS, OPERATIONS, begin
from tests.record.refusals import Refusal, refusals
from tests.record.service import Service, at_database, of_study
from tests.store.databases import copy_of

pytestmark = pytest.mark.anyio

AT = "2026-03-11T00:00:00+00:00"
ASKED = {"X-Request-Id": "req-7"}
IC19 = load("NCT06886919", "1").ready
UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
LEAF = frozenset(
    {
        "source_time", "on_behalf_of", "study", "site", "subject", "entity_version", "reason_code",
        "reason", "idempotency_key", "ruleset_digest", "dictionary_version",
    }
)  # fmt: skip
"""Fields that are null unless the table says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A file with the record that all operations start from, and a person's key of each role."""

    file: Path
    keys: Mapping[Role, str]
    elsewhere: Mapping[Role, str]
    """Keys of another study."""
    ids: Mapping[str, Role]


@pytest.fixture(scope="module")
def begun(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    database = copy_of(sqlite_template, tmp_path_factory.mktemp("begun"))
    with at_database(database) as service:
        anyio.run(begin, service)
    keys = {role: issued(database, role, person=True) for role in ROLES}
    elsewhere = {role: issued(database, role, "OTHER", person=True) for role in ROLES}
    database.close()
    return Begun(
        file=Path(str(database.url.database)),
        keys={role: each.token for role, each in keys.items()},
        elsewhere={role: each.token for role, each in elsewhere.items()},
        ids={each.key.id: role for role, each in keys.items()},
    )


@pytest.fixture
def asked(begun: Begun, tmp_path: Path) -> Iterator[Service]:
    database = copy_of(begun.file, tmp_path)
    with at_database(database, auth="on") as service:
        service.watch.set(AT)
        yield service
    database.close()


async def prepared(asked: Service, begun: Begun, operation: Operation) -> Operation:
    """The operation, with the id that the hold was given, after what comes first."""
    asked.headers.update(bearer(begun.keys["admin"]))
    hold = (await asked.get(of_study("holds")))["items"][0]["id"]
    for step in operation.first:
        headers = bearer(begun.keys[step.role])
        await asked.done(step.method, step.path, step.body, **headers)
    step = replace(operation.step, path=operation.step.path.format(hold=hold))
    leaves = [
        replace(each, entity_id=hold) if each.entity_id == "{hold}" else each
        for each in operation.leaves
    ]
    return replace(operation, step=step, leaves=leaves)


OF_JOBS = {
    "import_file",
    "preview_import",
    "assemble_system",
    "cancel_job",
    "resume_job",
    "readjudicate_study",
    "readjudicate_studies",
    "apply_readjudication",
}
"""What they leave in the trail is replayed (tests/use_cases/test_replay.py)."""


def test_every_operation_that_writes_is_tried() -> None:
    with at_database(Database("sqlite:////nowhere/at/all.db")) as service:
        transport = service.client._transport
        assert isinstance(transport, InProcess)
        paths = describe(transport.service, closed=True)["paths"].values()
    reads = {each["get"]["operationId"] for each in paths if "get" in each} | STATELESS
    assert {each.name for each in OPERATIONS} == PERMISSIONS.keys() - reads - OF_JOBS


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.title)
async def test_it_leaves_exactly_these_events(
    asked: Service, begun: Begun, operation: Operation
) -> None:
    operation = await prepared(asked, begun, operation)
    before = await asked.audit()
    step = operation.step
    asked_by = bearer(begun.keys[step.role]) | ASKED
    answer = await asked.done(step.method, step.path, step.body, **asked_by)
    events = (await asked.audit())[len(before) :]
    wanted = [event_of(each) for each in operation.leaves]
    wanted += [await event_of_judged(asked, each) for each in operation.judged]
    actor = next(each for each, role in begun.ids.items() if role == step.role)
    common = {
        "recorded_at": "2026-03-11T00:00:00.000000Z",
        "actor": actor,
        "actor_kind": "person",
        "actor_role": step.role,
        "auth_method": "api_key",
        "request_id": "req-7",
    }
    assert [told(each) for each in events] == [common | each for each in wanted]
    assert receipts_in(answer) == receipts_of(operation, events)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.title)
async def test_a_refused_one_leaves_nothing(
    asked: Service, begun: Begun, operation: Operation
) -> None:
    """No audit event, no version, no adjudication, no answer kept for an Idempotency-Key."""
    operation = await prepared(asked, begun, operation)
    before = asked.rows()
    wrong = []
    for refusal in refusals(operation):
        answer = await refused(asked, begun, refusal)
        told = (answer.status_code, answer.json()["code"])
        if told != (refusal.status, refusal.code) or not is_problem(answer):
            wrong.append((refusal.why, told, (refusal.status, refusal.code)))
    assert wrong == []
    assert [name for name, rows in asked.rows().items() if rows != before[name]] == []
    step = operation.step
    headers = bearer(begun.keys[step.role]) | {"Idempotency-Key": "K-1"}
    answered = await asked.send(step.method, step.path, step.body, **headers)
    assert answered.status_code in {200, 201}, "it was refused for another reason than it says"
    assert "Idempotent-Replayed" not in answered.headers


async def test_the_trail_can_be_checked_from_its_listing(asked: Service, begun: Begun) -> None:
    """Each hash is made again from the answer alone, by another library."""
    asked.headers.update(bearer(begun.keys["auditor"]))
    leaves = []
    for event in await asked.audit():
        hashed = event.pop("leaf_hash")
        leaf = rfc8785.dumps(event)
        assert hashed == f"sha256:{hashlib.sha256(bytes(1) + leaf).hexdigest()}"
        leaves.append((event["seq"], leaf.decode(), hashed))
    assert check_chain(leaves) is None
    assert len(leaves) > len(ROLES)


async def refused(asked: Service, begun: Begun, refusal: Refusal) -> Any:
    keys = begun.elsewhere if refusal.elsewhere else begun.keys
    key = {} if refusal.role is None else bearer(keys[refusal.role])
    content = refusal.content if refusal.content is not None else json.dumps(refusal.body)
    headers = {"Content-Type": "application/json", "Idempotency-Key": "K-1", **key}
    return await asked.client.request(
        refusal.method, refusal.path, content=content, headers={**headers, **refusal.headers}
    )


def event_of(left: Left) -> dict[str, Any]:
    """The event that has to stand there, without what differs each time."""
    digest = left.more.get("ruleset_digest")
    return {
        **dict.fromkeys(LEAF),
        **left.more,
        "ruleset_digest": DIGESTS[digest]() if digest else None,
        "action": left.action,
        "entity": left.entity,
        "entity_id": left.entity_id,
        "changes": [
            {**each, "new": DIGESTS[each["new"]]()} if is_digest(each.get("new")) else dict(each)
            for each in left.changes
        ],
    }


def is_digest(value: Any) -> bool:
    """Whether the value stands for a digest."""
    return isinstance(value, str) and value in DIGESTS


async def event_of_judged(asked: Service, judged: Judged) -> dict[str, Any]:
    """The event of the adjudication that now stands, with the digests that it has."""
    stands = await asked.verdicts(judged.subject)
    all_of_them = await asked.adjudications(judged.subject)
    before: Any = None
    if judged.act == "reinstated":
        before = all_of_them[-1]
    elif stands["supersedes"] is not None:
        before = next(each for each in all_of_them if each["id"] == stands["supersedes"])
    changes = [dict(each) for each in judged.changes]
    for name in ("input_digest", "answer_digest"):
        old = (await asked.get(before["href"]))[name] if before else None
        if old != stands[name]:
            said = {"path": f"/{name}", "new": stands[name]}
            changes.append(said if old is None else {**said, "old": old})
    return {
        **dict.fromkeys(LEAF),
        "action": f"adjudication.{judged.act}",
        "entity": "adjudication",
        "entity_id": stands["id"],
        "entity_version": stands["number"],
        "study": "IC19-SLE",
        "site": judged.site,
        "subject": judged.subject,
        "reason_code": judged.cause,
        "changes": sorted(changes, key=lambda each: str(each["path"])),
        "ruleset_digest": IC19.digest,
        "dictionary_version": IC19.dictionary.id,
    }


def told(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event without what differs each time, which is looked at here."""
    said = dict(event)
    assert UUID.fullmatch(said.pop("event_id"))
    assert re.fullmatch(r"\d+\.\d+\.\d+", said.pop("software_version"))
    for name in ("seq", "previous", "leaf_hash"):
        del said[name]
    if said["action"] == "hold.placed":
        assert UUID.fullmatch(said["entity_id"])
        said["entity_id"] = None
    return said


def receipts_in(answer: Any) -> list[Any]:
    """Every receipt that an answer holds."""
    if "items" in answer:
        return [each["audit"] for each in answer["items"]]
    return [answer["audit"]]


def receipts_of(operation: Operation, events: list[Any]) -> list[dict[str, Any]]:
    """Those of what the operation did: of a new study, that of its activation, the later one."""
    own = events[: len(operation.leaves)]
    if operation.name == "create_study":
        own = own[1:]
    return [{"seq": each["seq"], "leaf_hash": each["leaf_hash"]} for each in own]
