"""`doseguard api-key`: the first key by command, a token told once, and what is refused."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from app.cli import keys as command
from app.domain.record.origin import ROLES
from app.store.audit import leaves
from app.store.database import Database, sqlite_url
from tests.api.client import client_of
from tests.api.keys import bearer, with_study
from tests.cli.running import doseguard

TOKEN = re.compile(r"dg_([0-9a-f]{32})_([A-Za-z0-9_-]{43})")
ADMIN = ["api-key", "create", "--role", "admin", "--all-studies", "--name", "Trials office"]


@pytest.fixture
def migrated(data_dir: Path) -> str:
    """The URL of the record that the commands work on."""
    assert doseguard("migrate").exit_code == 0
    return sqlite_url(data_dir)


def created(*arguments: str) -> tuple[str, str]:
    """Token and id of a new key."""
    result = doseguard(*(arguments or ADMIN))
    assert result.exit_code == 0, result.stderr
    found = TOKEN.fullmatch(result.stdout.removesuffix("\n"))
    assert found is not None
    return found[0], found[1]


@pytest.mark.anyio
async def test_the_first_key_opens_the_service(migrated: str) -> None:
    token, _ = created()
    database = Database(migrated)
    async with client_of(database, lambda: datetime.now(UTC), auth="on") as client:  # noqa: TID251
        assert (await status(client, token), await status(client, token[:-1])) == (200, 401)
    database.close()


async def status(client: httpx.AsyncClient, token: str) -> int:
    return (await client.get("/v1/dictionaries", headers=bearer(token))).status_code


@pytest.mark.usefixtures("migrated")
def test_the_token_alone_is_printed_and_explained_beside() -> None:
    result = doseguard(*ADMIN)
    found = TOKEN.fullmatch(result.stdout.removesuffix("\n"))
    assert found is not None
    assert f"Key {found[1]} of role admin opens all studies" in result.stderr
    assert found[2] not in result.stderr


def test_the_secret_is_nowhere_in_the_database(migrated: str, data_dir: Path) -> None:
    token, key_id = created()
    held = b"".join(path.read_bytes() for path in data_dir.iterdir())
    assert key_id.encode() in held
    assert token[36:].encode() not in held
    assert token[36:] not in doseguard("api-key", "list", "--json").stdout


def test_a_key_as_json(migrated: str) -> None:
    with_study(database := Database(migrated), "IC19-SLE")
    database.close()
    arguments = [
        "--role", "site_user", "--study", "IC19-SLE", "--name", " Zoë ", "--person",
        "--expires", "2999-12-31", "--json",
    ]  # fmt: skip
    result = doseguard("api-key", "create", *arguments)
    (line,) = result.stdout.splitlines()
    shown = json.loads(line)
    found = TOKEN.fullmatch(shown.pop("token"))
    assert found is not None
    assert shown.pop("audit").keys() == {"seq", "leaf_hash"}
    assert shown == {
        "id": found[1],
        "name": "Zoë",
        "role": "site_user",
        "study": "IC19-SLE",
        "person": True,
        "state": "active",
        "created_at": shown["created_at"],
        "expires_at": "3000-01-01T00:00:00.000000Z",
        "revoked_at": None,
        "revocation_reason": None,
    }
    assert json.loads(doseguard("api-key", "list", "--json").stdout) == [shown]


def test_keys_are_listed_with_their_state(migrated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)  # noqa: TID251
    _, one = created()
    _, other = created(*ADMIN, "--person")
    _, last = created(*ADMIN, "--expires", f"{now + timedelta(days=1):%Y-%m-%d}")
    doseguard("api-key", "revoke", other, "--reason", "left")
    monkeypatch.setattr(command, "system_clock", lambda: now + timedelta(days=3))
    first, second, third = doseguard("api-key", "list").stdout.splitlines()
    assert first == f"{one}  active  admin, all studies, a machine's  Trials office"
    assert second == f"{other}  revoked (left)  admin, all studies, a person's  Trials office"
    assert third.startswith(f"{last}  expired  admin, all studies, a machine's, until ")


@pytest.mark.usefixtures("migrated")
def test_without_keys_the_list_says_how_to_make_one() -> None:
    result = doseguard("api-key", "list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "doseguard api-key create --role admin --all-studies --name NAME" in result.stderr
    assert json.loads(doseguard("api-key", "list", "--json").stdout) == []


def test_a_revoked_key_says_so_and_is_audited(migrated: str) -> None:
    _, key_id = created()
    result = doseguard("api-key", "revoke", key_id, "--reason", "left the project")
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"Key {key_id} is revoked." in result.stdout
    again = doseguard("api-key", "revoke", key_id, "--reason", "left the project")
    assert again.exit_code == 2
    assert "was revoked already" in again.stderr
    database = Database(migrated)
    with database.reading() as connection:
        events = [json.loads(text) for _, text, _ in leaves(connection)]
    database.close()
    assert [(each["action"], each["actor"]) for each in events] == [
        ("api_key.created", "command"), ("api_key.revoked", "command"),
    ]  # fmt: skip
    assert events[1]["reason"] == "left the project"


def said(*arguments: str) -> str:
    """What a refused command says, in one line."""
    result = doseguard("api-key", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    return " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.usefixtures("migrated")
def test_an_unknown_role_is_answered_with_the_roles() -> None:
    text = said("create", "--role", "boss", "--all-studies", "--name", "n")
    assert all(f"'{role}'" in text for role in ROLES)


@pytest.mark.usefixtures("migrated")
def test_a_study_has_to_be_there() -> None:
    text = said("create", "--role", "admin", "--study", "NOT-THERE", "--name", "n")
    assert "There is no study 'NOT-THERE'" in text


@pytest.mark.usefixtures("migrated")
@pytest.mark.parametrize("given", [[], ["--study", "S1", "--all-studies"]])
def test_a_key_is_of_one_study_or_of_all(given: list[str]) -> None:
    text = said("create", "--role", "admin", "--name", "n", *given)
    assert "write either --study STUDY or --all-studies" in text


@pytest.mark.usefixtures("migrated")
@pytest.mark.parametrize(
    ("day", "way_out"),
    [
        ("2020-01-01", "2020-01-01 has passed: write the last day on which it is to work"),
        ("tomorrow", "'tomorrow' is no date: write one such as 2027-06-30"),
        ("9999-12-31", "leave it out for a key without end"),
    ],
)
def test_a_day_that_no_key_can_end_on(day: str, way_out: str) -> None:
    assert way_out in said(*ADMIN[1:], "--expires", day)


@pytest.mark.usefixtures("migrated")
@pytest.mark.parametrize("name", ["", "  ", "n" * 201, "two\nlines"])
def test_a_name_that_says_nothing(name: str) -> None:
    assert "--name" in said("create", "--role", "admin", "--all-studies", "--name", name)


@pytest.mark.usefixtures("migrated")
@pytest.mark.parametrize("reason", ["", " ", "n" * 4001])
def test_a_reason_that_says_nothing(reason: str) -> None:
    _, key_id = created()
    assert "--reason" in said("revoke", key_id, "--reason", reason)


@pytest.mark.usefixtures("migrated")
def test_an_unknown_key_cannot_be_revoked() -> None:
    text = said("revoke", "nothing", "--reason", "r")
    assert "There is no key 'nothing': `doseguard api-key list` shows the ids." in text


@pytest.mark.parametrize(
    "arguments", [ADMIN[1:], ["list"], ["revoke", "nothing", "--reason", "r"]]
)
def test_without_tables_the_way_out_is_named(arguments: list[str]) -> None:
    assert "run `doseguard migrate`" in said(*arguments)
