"""The record that a command finds: new, of this version, of another, or none."""

import json
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from app.cli import service
from app.store.database import Database, sqlite_url
from app.store.migrate import head, is_at_head
from tests.api.server import get, serving
from tests.cli.running import doseguard


@pytest.fixture
def never_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """`serve` ends where it would begin to wait for requests."""
    monkeypatch.setattr(service, "run", lambda *_: None)


def served() -> str:
    result = doseguard("serve", "--port", "0")
    assert result.exit_code == 0, result.stderr
    return result.stdout


@pytest.mark.usefixtures("never_serves")
def test_serve_makes_a_new_record_in_a_folder_of_its_own(data_dir: Path) -> None:
    told = served()
    assert f"The record is new: {sqlite_url(data_dir)}" in told
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    database = Database(sqlite_url(data_dir))
    assert is_at_head(database)
    database.close()
    assert "The record is new" not in served()


@pytest.mark.usefixtures("never_serves")
def test_serve_says_how_to_make_a_key_as_long_as_none_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    way_out = "doseguard api-key create --role admin --all-studies --name NAME"
    assert way_out in served()
    created = doseguard(*way_out.split()[1:], "--json")
    assert created.exit_code == 0
    assert way_out not in served()
    key_id = json.loads(created.stdout)["id"]
    doseguard("api-key", "revoke", key_id, "--reason", "r")
    assert way_out in served()
    monkeypatch.setenv("DOSEGUARD_AUTH", "off")
    assert way_out not in served()


@pytest.mark.usefixtures("never_serves")
def test_serve_leaves_a_database_alone_that_holds_anything(data_dir: Path) -> None:
    data_dir.mkdir()
    database = Database(sqlite_url(data_dir))
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE somebody_elses (id INTEGER)"))
    result = doseguard("serve", "--port", "0")
    assert result.exit_code == 2
    assert "run `doseguard migrate`" in result.stderr
    assert not is_at_head(database)
    database.close()


@pytest.mark.usefixtures("never_serves")
def test_serve_and_migrate_refuse_the_record_of_a_later_version(data_dir: Path) -> None:
    served()
    database = Database(sqlite_url(data_dir))
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    assert doseguard("serve", "--port", "0").exit_code == 2
    result = doseguard("migrate")
    assert result.exit_code == 2
    assert "run the version that migrated it, or a newer one" in result.stderr


@pytest.mark.usefixtures("never_serves")
def test_serve_does_not_migrate_postgresql_by_itself(
    bare_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = bare_database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DOSEGUARD_DATABASE_URL", url)
    result = doseguard("serve", "--port", "0")
    assert result.exit_code == (0 if bare_database.is_sqlite else 2)
    assert is_at_head(bare_database) == bare_database.is_sqlite


def test_a_database_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOSEGUARD_DATABASE_URL", "postgresql://u:a-password@127.0.0.1:1/x")
    for command in (["serve", "--port", "0"], ["migrate"], ["api-key", "list"]):
        result = doseguard(*command)
        assert result.exit_code == 2
        assert "does not answer" in result.stderr
        assert "a-password" not in result.output


@pytest.mark.parametrize("url", ["nothing", "sqlite://", "mysql://u:a-password@h/x"])
def test_a_url_of_no_database(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DOSEGUARD_DATABASE_URL", url)
    result = doseguard("migrate")
    assert result.exit_code == 2
    assert "DOSEGUARD_DATABASE_URL" in result.stderr
    assert "a-password" not in result.output


def test_a_data_directory_that_cannot_be_made(data_dir: Path) -> None:
    data_dir.write_text("a file")
    result = doseguard("migrate")
    assert result.exit_code == 2
    assert str(data_dir) in result.stderr


def test_migrate_says_what_it_did(data_dir: Path) -> None:
    url = sqlite_url(data_dir)
    assert doseguard("migrate").stdout == f"{url} is at revision {head()}; it was new.\n"
    assert doseguard("migrate").stdout == f"{url} is at revision {head()} already.\n"


def test_migrate_gives_a_role_what_the_service_needs(
    postgres_database: Database, app_role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres_database.url.set(password="a-password")  # noqa: S106
    monkeypatch.setenv("DOSEGUARD_DATABASE_URL", url.render_as_string(hide_password=False))
    result = doseguard("migrate", "--app-role", app_role)
    assert result.exit_code == 0, result.stderr
    assert f"Role {app_role} may " in result.stdout
    assert "a-password" not in result.output


def test_sqlite_has_no_role_to_give_anything_to() -> None:
    result = doseguard("migrate", "--app-role", "somebody")
    assert result.exit_code == 2
    assert "SQLite has no roles" in result.stderr


def test_a_key_that_is_made_while_the_service_runs_opens_it_at_once(data_dir: Path) -> None:
    with serving(DOSEGUARD_DATA_DIR=str(data_dir)) as (_, address):
        token = doseguard(
            "api-key", "create", "--role", "auditor", "--all-studies", "--name", "n"
        ).stdout.strip()
        assert get(address, "/v1/dictionaries") == 401
        assert get(address, "/v1/dictionaries", token) == 200
