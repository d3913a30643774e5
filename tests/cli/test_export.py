"""`doseguard export` writes what the service answers, or says why not."""

import asyncio
import shutil
from pathlib import Path
from typing import get_args

import pytest

from app.api.openapi import EXAMPLE_TIME
from app.cli import exports as command
from app.interchange.exports import ExportFormat
from app.store.database import Database, sqlite_url
from tests.cli.running import doseguard
from tests.record.service import STUDY, at_database


@pytest.fixture(scope="module")
def told(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the record of a study with one event, to be copied."""
    folder = tmp_path_factory.mktemp("told")
    shutil.copyfile(sqlite_template, folder / "doseguard.db")
    database = Database(sqlite_url(folder))
    asyncio.run(_tell(database))
    database.close()
    return folder


async def _tell(database: Database) -> None:
    with at_database(database) as service:
        await service.begin(at="2026-03-01T00:00:00+00:00")
        await service.patient()
        at = "2026-03-10T00:00:00+00:00"
        await service.event("AE-1", (4, "2026-03-05"), (0, "2026-03-07"), at=at)


@pytest.fixture
def record(told: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the record where the command looks for it."""
    monkeypatch.setattr(command, "system_clock", lambda: EXAMPLE_TIME)
    return Path(shutil.copytree(told, data_dir))


async def answered(folder: Path, **query: str) -> bytes:
    database = Database(sqlite_url(folder))
    path = f"/v1/studies/{STUDY}/exports/adverse-events"
    with at_database(database) as service:
        answer = await service.client.get(path, params=query)
    database.close()
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.parametrize("wanted", get_args(ExportFormat))
def test_it_writes_what_the_service_answers(record: Path, tmp_path: Path, wanted: str) -> None:
    file = tmp_path / "export"
    assert (
        doseguard("export", "--study", STUDY, "--format", wanted, "-o", str(file)).exit_code == 0
    )
    printed = doseguard("export", "--study", STUDY, "--format", wanted)
    assert printed.exit_code == 0
    expected = asyncio.run(answered(record, format=wanted))
    assert file.read_bytes() == printed.stdout_bytes == expected
    assert b"edc:AE-1" in expected


def test_it_tells_what_was_known_then(record: Path) -> None:
    told = doseguard("export", "--study", STUDY, "--format", "sdtm-csv", "--as-of", "2026-03-08")
    assert (told.exit_code, told.stdout.count("\n")) == (0, 1)
    assert record.exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--study", "NONE", "--format", "sdtm-csv"), "unknown_study"),
        (("--study", STUDY, "--format", "xpt"), "xpt"),
        (("--study", STUDY, "--format", "sdtm-csv", "--as-of", "2026-03"), "/query/as_of"),
        (("--study", STUDY, "--format", "sdtm-csv", "-o", "/not/there"), "/not/there"),
    ],
)
def test_what_cannot_be_written_is_said(
    record: Path, arguments: tuple[str, ...], says: str
) -> None:
    refused = doseguard("export", *arguments)
    assert (refused.exit_code, says in refused.stderr) == (2, True)
    assert record.exists()


def test_without_a_record_it_says_what_to_do(data_dir: Path) -> None:
    refused = doseguard("export", "--study", STUDY, "--format", "sdtm-csv")
    assert (refused.exit_code, "doseguard migrate" in refused.stderr) == (2, True)
    assert data_dir.exists()
