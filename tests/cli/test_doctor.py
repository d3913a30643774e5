"""`doseguard doctor` says what is wrong, names it, and with which status it is."""

import asyncio
import json
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.api.openapi import EXAMPLE_TIME
from app.cli import checkup as command
from app.store.database import Database, sqlite_url
from app.use_cases import checkup
from tests.cli.running import doseguard
from tests.store.attacks import drop_guards
from tests.store.postgres import as_role
from tests.use_cases.record_story import tell

LATER = EXAMPLE_TIME + timedelta(days=21)
NAMES = [
    "settings", "database", "tables", "guards", "durability", "rights", "keys", "audit trail",
    "replay", "pointers", "sweep", "clock",
]  # fmt: skip


@pytest.fixture(scope="module")
def told(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the record of a story, to be copied."""
    file = tmp_path_factory.mktemp("told") / "doseguard.db"
    shutil.copyfile(sqlite_template, file)
    database = Database(sqlite_url(file.parent))
    asyncio.run(tell(database))
    database.close()
    return file


@pytest.fixture(autouse=True)
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """What the command takes for now: soon after the story."""

    def set_clock(now: datetime) -> None:
        monkeypatch.setattr(command, "system_clock", lambda: now)

    set_clock(LATER)
    return set_clock


@pytest.fixture
def record(told: Path, data_dir: Path) -> Path:
    """A copy of the record where the command looks for it."""
    data_dir.mkdir(mode=0o700)
    return Path(shutil.copyfile(told, data_dir / "doseguard.db"))


def checks(exit_code: int) -> dict[str, dict[str, Any]]:
    result = doseguard("doctor", "--json")
    assert result.exit_code == exit_code, result.stdout
    answer = json.loads(result.stdout)
    assert answer["ok"] == (exit_code == 0)
    return {each["name"]: each for each in answer["checks"]}


def failing(change: Callable[[Connection], object], record: Path) -> dict[str, str]:
    """What fails after a change, and its message."""
    database = Database(sqlite_url(record.parent))
    with database.writing() as connection:
        change(connection)
    database.close()
    found = checks(1).items()
    return {name: each["message"] for name, each in found if each["status"] == "fail"}


def tampered(*statements: str) -> Callable[[Connection], None]:
    """Changes that the guards are taken away for."""

    def change(connection: Connection) -> None:
        drop_guards(connection)
        for statement in statements:
            assert connection.execute(text(statement)).rowcount == 1

    return change


@pytest.mark.usefixtures("record")
def test_a_sound_record_is_a_line_for_each_check() -> None:
    result = doseguard("doctor")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line[6:18].strip() for line in lines if line.startswith("ok")] == NAMES
    assert set(checks(0)) == set(NAMES)


def test_without_a_record_the_way_out_is_named_and_none_is_made(data_dir: Path) -> None:
    assert "run `doseguard migrate`" in checks(1)["database"]["message"]
    assert not data_dir.exists()


def test_a_database_that_is_not_migrated(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o700)
    (data_dir / "doseguard.db").touch()
    found = checks(1)
    assert "run `doseguard migrate`" in found["tables"]["message"]
    assert "replay" not in found


def test_a_file_that_is_no_database(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o700)
    (data_dir / "doseguard.db").write_bytes(b"nothing" * 1000)
    assert "fail" in {each["status"] for each in checks(1).values()}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DOSEGUARD_PORT", "70000"),
        ("DOSEGUARD_DATABASE_URL", "mysql://u:a-password@h/x"),
        ("DOSEGUARD_DATABASE_URL", "postgresql://u:a-password@127.0.0.1:1/x"),
    ],
)
def test_settings_that_cannot_be(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    result = doseguard("doctor")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1].startswith("fail")
    assert "a-password" not in result.output


def test_a_leaf_that_was_changed(record: Path) -> None:
    change = "UPDATE audit_events SET leaf = replace(leaf, 'Zürich', 'Zurich') WHERE seq = 9"
    found = failing(tampered(change), record)
    assert found["audit trail"].startswith("event 9: its hash is not that of its text.")
    assert "site_versions (S1, 01, 1): document is" in found["replay"]
    assert "adjudications_no_delete" in found["guards"]


def test_an_event_that_was_deleted(record: Path) -> None:
    delete = "DELETE FROM audit_events WHERE action = 'adverse_event.received_late'"
    found = failing(tampered(delete), record)
    assert "is missing" in found["audit trail"]
    assert "adverse_event_versions (S1, rave:1, 3): it is there" in found["replay"]
    assert "adverse_event_versions (S1, rave:1, 3) names seq of audit_events" in found["pointers"]


def test_a_document_that_was_changed(record: Path) -> None:
    change = (
        "UPDATE adverse_event_versions SET document = replace(document, 'Fatigue', 'Nausea') "
        "WHERE key = 'rave:1' AND version = 2"
    )
    found = failing(tampered(change), record)
    assert "audit trail" not in found
    assert "adverse_event_versions (S1, rave:1, 2): document is sha256:" in found["replay"]


def test_a_pointer_that_was_moved(record: Path) -> None:
    """Pointers change, so that no guard keeps them: the trail does."""
    move = text("UPDATE adverse_events SET current = 2 WHERE key = 'rave:1'")
    found = failing(lambda connection: connection.execute(move), record)
    assert found.keys() == {"replay"}
    assert "adverse_events (S1, rave:1): current is 2, and 6 by the trail" in found["replay"]


def test_a_pointer_to_nothing(record: Path) -> None:
    move = text("UPDATE adverse_events SET current = 9 WHERE key = 'rave:1'")
    found = failing(lambda connection: connection.execute(move), record)
    assert (
        "adverse_events (S1, rave:1) names study, key, current of adverse_event_versions, which "
        "is not there"
    ) in found["pointers"]


def test_a_version_that_a_verdict_rests_on(record: Path) -> None:
    change = "UPDATE subject_versions SET digest = 'x' WHERE key = 'S-01'"
    found = failing(tampered(change), record)
    assert "rests on subject S-01 version 1, which is not there" in found["pointers"]


def test_a_protocol_that_is_not_what_was_activated(record: Path) -> None:
    change = "UPDATE protocol_documents SET document = replace(document, 'P7D', 'P8D')"
    found = failing(tampered(change), record)
    assert "version draft is not the one that was activated" in found["pointers"]


@pytest.mark.usefixtures("record")
def test_a_clock_that_goes_back(at: Callable[[datetime], None]) -> None:
    at(EXAMPLE_TIME)
    found = checks(1)
    assert found["clock"]["status"] == "fail"
    assert "it is 2026-03-01T02:00:00.000000Z" in found["clock"]["message"]


@pytest.mark.usefixtures("record")
def test_verdicts_that_nobody_swept_are_a_warning(at: Callable[[datetime], None]) -> None:
    at(EXAMPLE_TIME + timedelta(days=60))
    found = checks(0)["sweep"]
    assert found["status"] == "warn"
    assert "the verdicts of 2 patients" in found["message"]


@pytest.mark.usefixtures("record")
def test_a_service_that_anybody_or_nobody_can_use(
    at: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    at(EXAMPLE_TIME + timedelta(days=30_000))
    assert checks(0)["keys"]["status"] == "warn"
    monkeypatch.setenv("DOSEGUARD_AUTH", "off")
    assert checks(0)["settings"]["status"] == "warn"


def test_others_may_read_the_file(record: Path) -> None:
    record.parent.chmod(0o755)
    record.chmod(0o644)
    found = checks(0)["database"]
    assert found["status"] == "warn"
    assert f"chmod 700 {record.parent}" in found["message"]


def test_a_table_that_is_lost(record: Path) -> None:
    def drop(connection: Connection) -> None:
        connection.exec_driver_sql("DROP TABLE hold_liftings")

    assert {"guards", "replay", "pointers"} <= failing(drop, record).keys()


def test_postgresql(
    postgres_database: Database, app_role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(tell(postgres_database))
    for database, rights in (
        (postgres_database, "warn"),
        (as_role(postgres_database, app_role), "ok"),
    ):
        url = database.url.render_as_string(hide_password=False)
        monkeypatch.setenv("DOSEGUARD_DATABASE_URL", url)
        found = checks(0)
        assert {name for name, each in found.items() if each["status"] != "ok"} == (
            {"rights"} if rights == "warn" else set()
        )
        database.close()
    monkeypatch.setattr(checkup, "OLDEST_POSTGRESQL", 99)
    assert "too old" in checks(1)["durability"]["message"]
