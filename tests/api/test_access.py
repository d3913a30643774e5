"""Who may do what: every operation by every role, in its own study and in another."""

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.access import CHECKED_INSIDE, OPEN_OPERATIONS, PERMISSIONS, STATELESS
from app.api.openapi import EXAMPLE_TIME
from app.domain.record.origin import ROLES, Role
from app.store.database import Database, sqlite_url
from tests.api.client import InProcess, client_of, is_problem
from tests.api.keys import bearer, issued, with_study

pytestmark = pytest.mark.anyio

PAGE = Path(__file__).parents[2] / "docs" / "access.md"
OWN, OTHER = "OWN", "OTHER"
NOWHERE = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation of the description that wants a key."""

    name: str
    method: str
    path: str
    parameters: Mapping[str, Any]

    @property
    def is_of_a_study(self) -> bool:
        return "{study}" in self.path

    def url(self, study: str) -> str:
        """Its path in a study; what else stands in the path is made up."""
        given = {
            name: 1 if schema.get("type") == "integer" else "made-up"
            for name, schema in self.parameters.items()
        }
        return self.path.format(**{**given, "study": study})


@pytest.fixture(scope="module")
def operations() -> Sequence[Operation]:
    return list(described(service_of(client_of())))


def described(app: FastAPI) -> Iterator[Operation]:
    for path, methods in get_openapi(title="", version="", routes=app.routes)["paths"].items():
        for method, each in methods.items():
            if path.startswith("/v1/"):
                inside = [given for given in each.get("parameters", ()) if given["in"] == "path"]
                yield Operation(
                    name=each["operationId"],
                    method=method.upper(),
                    path=path,
                    parameters={given["name"]: given["schema"] for given in inside},
                )


def service_of(client: httpx.AsyncClient) -> FastAPI:
    transport = client._transport
    assert isinstance(transport, InProcess)
    return transport.service


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """A database with two studies, and tokens of every role."""

    database: Database
    own: Mapping[Role, str]
    everywhere: Mapping[Role, str]
    expired: Mapping[Role, str]


@pytest.fixture(scope="module")
def keys(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keys]:
    folder = tmp_path_factory.mktemp("keys")
    shutil.copyfile(sqlite_template, folder / sqlite_template.name)
    database = Database(sqlite_url(folder))
    for study in (OWN, OTHER):
        with_study(database, study)
    yield Keys(
        database=database,
        own={role: issued(database, role, OWN).token for role in ROLES},
        everywhere={role: issued(database, role).token for role in ROLES},
        expired={
            role: issued(database, role, OWN, expires_at=EXAMPLE_TIME).token for role in ROLES
        },
    )
    database.close()


def code_of(answer: httpx.Response) -> str:
    """The code of a refusal at the door; "let in" for whatever happened behind it."""
    if answer.status_code >= 400:
        code = str(answer.json()["code"])
        refusals = {"unauthorized": 401, "forbidden": 403, "unknown_study": 404}
        if code in refusals:
            assert is_problem(answer)
            assert answer.status_code == refusals[code]
            return code
    assert answer.status_code not in {401, 403}
    return "let in"


def expected(operation: Operation, role: Role, study: str) -> str:
    """What a key of this role and of the study OWN is answered in a study."""
    if role not in PERMISSIONS.get(operation.name, frozenset()):
        return "forbidden"
    if operation.is_of_a_study:
        return "let in" if study == OWN else "unknown_study"
    return "let in" if operation.name in STATELESS | CHECKED_INSIDE else "forbidden"


@pytest.mark.parametrize("role", ROLES)
async def test_a_key_of_one_study_opens_what_its_role_may_do_there(
    keys: Keys, operations: Sequence[Operation], role: Role
) -> None:
    headers = bearer(keys.own[role])
    wrong = []
    async with client_of(keys.database, auth="on", headers=headers) as client:
        for operation in operations:
            for study in (OWN, OTHER, "NOT-THERE"):
                answer = await client.request(operation.method, operation.url(study))
                told, right = code_of(answer), expected(operation, role, study)
                if told != right:
                    wrong.append((operation.name, study, told, right))
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
async def test_a_key_of_all_studies_opens_what_its_role_may_do_anywhere(
    keys: Keys, operations: Sequence[Operation], role: Role
) -> None:
    headers = bearer(keys.everywhere[role])
    wrong = []
    async with client_of(keys.database, auth="on", headers=headers) as client:
        for operation in operations:
            for study in (OWN, OTHER):
                answer = await client.request(operation.method, operation.url(study))
                may = role in PERMISSIONS.get(operation.name, frozenset())
                told, right = code_of(answer), "let in" if may else "forbidden"
                if told != right:
                    wrong.append((operation.name, study, told, right))
    assert wrong == []


@pytest.mark.parametrize("role", [None, *ROLES])
async def test_without_a_key_or_with_one_that_expired_nothing_opens(
    keys: Keys, operations: Sequence[Operation], role: Role | None
) -> None:
    headers = {} if role is None else bearer(keys.expired[role])
    wrong = []
    async with client_of(keys.database, auth="on", headers=headers) as client:
        for operation in operations:
            for study in (OWN, OTHER):
                answer = await client.request(operation.method, operation.url(study))
                if code_of(answer) != "unauthorized":
                    wrong.append((operation.name, study, answer.status_code))
    assert wrong == []


async def test_another_study_is_told_as_one_that_does_not_exist(
    keys: Keys, operations: Sequence[Operation]
) -> None:
    """But for its name, which the asker gave."""
    studies = [each for each in operations if each.is_of_a_study and each.method == "GET"]
    headers = bearer(keys.own["auditor"]) | {"X-Request-Id": "the-same"}
    async with client_of(keys.database, auth="on", headers=headers) as client:
        for operation in studies:
            there = await client.get(operation.url(OTHER))
            not_there = await client.get(operation.url("NEVER"))
            assert there.text.replace(OTHER, "…") == not_there.text.replace("NEVER", "…")
            assert there.headers == not_there.headers


async def adjudicated(database: Database, study: str) -> str:
    """A study with a patient; the id of the patient's adjudication."""
    begun = {
        "id": study,
        "title": f"Study {study}",
        "time_zone": "+08:00",
        "protocol": {"id": "NCT06886919", "version": "1"},
    }
    async with client_of(database, auth="off") as client:
        assert (await client.post("/v1/studies", json=begun)).status_code == 201
        url = f"/v1/studies/{study}/subjects/S-1"
        answer = await client.put(url, json={"phase": "escalation", "dose_level": "1"})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["adjudications"][0]["adjudication"])


async def test_what_names_no_study_in_its_path_shows_a_key_its_own(
    sqlite_database: Database,
) -> None:
    own, other = [await adjudicated(sqlite_database, study) for study in (OWN, OTHER)]
    token = issued(sqlite_database, "auditor", OWN).token
    async with client_of(sqlite_database, auth="on", headers=bearer(token)) as client:
        studies = (await client.get("/v1/studies")).json()
        assert [each["key"] for each in studies["items"]] == [OWN]
        assert studies["next"] is None
        trail = await client.get("/v1/audit-events", params={"limit": 200})
        assert {each["study"] for each in trail.json()["items"]} == {OWN}
        for answer in (trail, await client.get("/v1/studies", params={"limit": 1})):
            assert OTHER not in f"{answer.text} {answer.headers}"
        assert (await client.get(f"/v1/adjudications/{own}")).status_code == 200
        there = await client.get(f"/v1/adjudications/{other}")
        not_there = await client.get(f"/v1/adjudications/{NOWHERE}")
    assert there.status_code == not_there.status_code == 404
    assert is_problem(there)
    assert there.json()["detail"] == not_there.json()["detail"].replace(NOWHERE, other)


async def test_a_refusal_names_the_operation_the_role_and_who_may(
    sqlite_database: Database,
) -> None:
    app_of_one_route = client_of(sqlite_database, auth="on")
    add_route(service_of(app_of_one_route), "create_study")
    token = issued(sqlite_database, "auditor").token
    async with app_of_one_route as client:
        answer = await client.get("/v1/tried", headers=bearer(token))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert answer.json()["detail"] == (
        "Role auditor may not create_study: ask with a key of admin."
    )


@pytest.mark.parametrize("role", ROLES)
async def test_what_the_table_leaves_out_nobody_may(sqlite_database: Database, role: Role) -> None:
    token = issued(sqlite_database, role).token
    client = client_of(sqlite_database, auth="on", headers=bearer(token))
    add_route(service_of(client), "forgotten")
    async with client:
        answer = await client.get("/v1/tried")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert "nobody may" in answer.json()["detail"]


async def test_with_authentication_off_everything_opens() -> None:
    client = client_of(auth="off")
    add_route(service_of(client), "forgotten")
    async with client:
        assert (await client.get("/v1/tried")).status_code == 200


async def test_the_role_is_looked_at_before_the_request(sqlite_database: Database) -> None:
    """Nobody learns from a fault what an operation that is not theirs would take."""
    token = issued(sqlite_database, "auditor").token
    client = client_of(sqlite_database, auth="on", headers=bearer(token))
    add_route(service_of(client), "create_study")
    async with client:
        assert (await client.get("/v1/tried", params={"no": "such"})).status_code == 403


def add_route(app: FastAPI, name: str) -> None:
    """An operation of that name at /v1/tried."""
    router = APIRouter()

    @router.get("/v1/tried", name=name)
    async def tried() -> str:
        return "done"

    app.include_router(router)


def test_the_table_has_every_operation_that_is_not_open_and_no_other(
    operations: Sequence[Operation],
) -> None:
    assert {each.name for each in operations} == PERMISSIONS.keys()
    assert OPEN_OPERATIONS.isdisjoint(PERMISSIONS)


def test_the_page_shows_the_table() -> None:
    shown: dict[str, frozenset[str]] = {}
    for row in re.findall(r"^\| (`.*?`) \| (.+?) \|$", PAGE.read_text("utf-8"), re.MULTILINE):
        names, roles = (re.findall(r"`(\w+)`", column) for column in row)
        assert roles == sorted(roles)
        assert not shown.keys() & set(names)
        shown |= dict.fromkeys(names, frozenset(roles or ROLES))
    assert shown == PERMISSIONS
