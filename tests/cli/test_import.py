"""`doseguard import` imports a file beside the database, and says what became of it."""

import asyncio
import io
import json
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.cli import imports as command
from app.domain.record.origin import OPERATOR
from app.store.database import Database, sqlite_url
from app.store.jobs import StoredJob
from app.use_cases.jobs import cancel
from app.use_cases.replay import differences
from app.use_cases.working import work_on
from tests.cli.running import doseguard
from tests.imports.files import AE, AE_HEAD, AE_ROWS, HOW, record_lines
from tests.imports.http import SYSTEM
from tests.record.service import STUDY, at_database
from tests.store.rows import contents

OF = ("--study", STUDY, "--system", "edc")
LINES = record_lines(12)
SNAPSHOT = ("--snapshot", "--extract", "2")
VOID = (*SNAPSHOT, "--absent", "void")


@pytest.fixture(scope="module")
def begun(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the record of a study with a source system, to be copied."""
    folder = tmp_path_factory.mktemp("begun")
    shutil.copyfile(sqlite_template, folder / "doseguard.db")
    database = Database(sqlite_url(folder))
    asyncio.run(_begin(database))
    database.close()
    return folder


async def _begin(database: Database) -> None:
    with at_database(database) as service:
        await service.begin(at="2026-06-01T00:00:00+00:00")
        await service.done("PUT", SYSTEM, dict(HOW))


@pytest.fixture
def record(begun: Path, data_dir: Path) -> Iterator[Database]:
    """A copy of the record where the command looks for it."""
    shutil.copytree(begun, data_dir)
    database = Database(sqlite_url(data_dir))
    yield database
    database.close()


@pytest.fixture
def ae(tmp_path: Path) -> str:
    """A file of adverse events."""
    return _file(tmp_path, "ae.csv", AE)


def _file(folder: Path, name: str, content: str) -> str:
    path = folder / name
    path.write_text(content, "utf-8", newline="")
    return str(path)


def test_a_file_is_imported(record: Database, ae: str) -> None:
    done = doseguard("import", ae, *OF)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "succeeded: 4 rows, 4 accepted, 0 unchanged, 0 stale, 0 rejected, 0 left out.",
        "  records created: 4",
    ]
    assert done.stderr == ""
    with record.reading() as connection:
        assert list(differences(connection)) == []


def test_the_same_file_again_changes_nothing_and_says_so(record: Database, ae: str) -> None:
    doseguard("import", ae, *OF)
    before = _held(record)
    again = doseguard("import", ae, *OF)
    assert again.exit_code == 0
    assert again.stderr.startswith("It was imported before, by job ")
    assert "4 accepted" in again.stdout
    assert _held(record) == before


def test_refused_rows_are_written_and_told_by_the_status(record: Database, tmp_path: Path) -> None:
    file = _file(tmp_path, "ae.csv", AE.replace("Fatigue,3", "Fatigue,9"))
    rejected = tmp_path / "rejected.ndjson"
    done = doseguard("import", file, *OF, "--rejected", str(rejected))
    assert done.exit_code == 1
    assert "3 accepted, 0 unchanged, 0 stale, 1 rejected" in done.stdout
    (told,) = map(json.loads, rejected.read_text("utf-8").splitlines())
    assert (told["place"], told["code"]) == ("line 3", "bad_grade")
    again = doseguard("import", file, *OF)
    assert again.exit_code == 1


def test_a_record_that_is_refused_is_told_by_the_status(record: Database, tmp_path: Path) -> None:
    patient = {
        "kind": "subject",
        "id": "S-01",
        "exposures": [{"agent": "IC19", "start": "2026-03-01"}],
    }
    doseguard("import", _file(tmp_path, "own.ndjson", json.dumps(patient)), *OF)
    ex = "DOMAIN,USUBJID,EXSPID,EXTRT,EXSTDTC\nEX,S-01,1,IC19,2026-03-02\n"
    rejected = tmp_path / "rejected.ndjson"
    done = doseguard("import", _file(tmp_path, "ex.csv", ex), *OF, "--rejected", str(rejected))
    assert (done.exit_code, "records refused: 1" in done.stdout) == (1, True)
    (told,) = map(json.loads, rejected.read_text("utf-8").splitlines())
    assert told["record"]["key"] == "edc:S-01|EX|1"


def test_nothing_refused_is_an_empty_file(record: Database, ae: str, tmp_path: Path) -> None:
    rejected = tmp_path / "rejected.ndjson"
    assert doseguard("import", ae, *OF, "--rejected", str(rejected)).exit_code == 0
    assert rejected.read_text("utf-8") == ""


def test_what_a_snapshot_lacks_is_void(record: Database, tmp_path: Path) -> None:
    rows = "".join(AE_ROWS[2].replace("B1", f"C{each}") for each in range(20))
    doseguard("import", _file(tmp_path, "ae.csv", AE_HEAD + rows), *OF, "--extract", "1")
    shorter = AE_HEAD + rows.replace(AE_ROWS[2].replace("B1", "C7"), "")
    file = _file(tmp_path, "shorter.csv", shorter)
    why = ("--reason", "DELETED_AT_SOURCE", "--why", "the site deleted it")
    done = doseguard("import", file, *OF, *VOID, *why)
    assert done.exit_code == 0, done.output
    assert "  records voided: 1" in done.stdout
    assert "  rows that came before and that it lacks: 1, void: 1" in done.stdout
    with record.reading() as connection:
        assert list(differences(connection)) == []


def test_a_snapshot_that_lacks_too_much_is_said(record: Database, tmp_path: Path) -> None:
    doseguard("import", _file(tmp_path, "ae.csv", AE), *OF, "--extract", "1")
    file = _file(tmp_path, "shorter.csv", AE.replace(AE_ROWS[1], ""))
    done = doseguard("import", file, *OF, *VOID, "--reason", "GONE")
    assert done.exit_code == 2
    assert done.stderr.startswith("The snapshot lacks 1 of the 4 rows of AE")
    assert "  rows that came before and that it lacks: 1\n" in done.stdout
    assert done.stdout.startswith("failed: 3 rows, 0 accepted, 3 unchanged")
    told = doseguard("import", file, *OF, *SNAPSHOT)
    assert told.exit_code == 1


def test_a_malformed_file_is_not_imported(record: Database, tmp_path: Path) -> None:
    broken = '<?xml version="1.0"?>\n<ODM>\n<ClinicalData>\n</ODM>\n'
    done = doseguard("import", _file(tmp_path, "odm.xml", broken), *OF)
    assert done.exit_code == 2
    assert done.stderr.startswith("line 4")
    assert "failed: 0 rows" in done.stdout
    assert _held(record)["adverse_event_versions"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--study", STUDY, "--system", "rave"), "source-systems/rave"),
        (("--study", "NONE", "--system", "edc"), "NONE"),
        (("--study", "NONE", "--system", "edc", "--format", "records-ndjson"), "NONE"),
        ((*OF, "--format", "excel"), "'excel' is none of"),
        ((*OF, "--extracted-at", "soon"), "'soon' is not a time"),
        ((*OF, "--extract", "x" * 201), "1 to 200"),
        ((*OF, "--extract", ""), "1 to 200"),
        ((*OF, "--extracted-at", "2026-05-01"), "to the minute"),
        ((*OF, "--preview", "0"), "--preview"),
        ((*OF, "--preview", "201"), "--preview"),
        (("--system", "edc"), "--study"),
        ((*OF, "--absent", "void", "--reason", "GONE"), "--snapshot"),
        ((*OF, *SNAPSHOT, "--absent", "void"), "--reason"),
        ((*OF, *SNAPSHOT, "--reason", "GONE"), "--absent void"),
        ((*OF, *SNAPSHOT, "--absent", "gone"), "--absent"),
        ((*OF, *VOID, "--reason", "gone"), "'gone' has to be a code"),
        ((*OF, *VOID, "--reason", "GONE", "--why", ""), "1 to 3900"),
        ((*OF, *VOID, "--reason", "GONE", "--why", "x" * 3901), "1 to 3900"),
        ((*OF, *VOID, "--why", "they are gone"), "--reason CODE"),
    ],
)
def test_what_cannot_be_done_is_said_and_keeps_nothing(
    record: Database, ae: str, arguments: tuple[str, ...], said: str
) -> None:
    before = _held(record)
    done = doseguard("import", ae, *arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert _held(record) == before


def test_a_file_that_is_not_there_or_of_no_format_is_said(
    record: Database, tmp_path: Path
) -> None:
    gone = str(tmp_path / "gone.csv")
    done = doseguard("import", gone, *OF)
    assert (done.exit_code, gone in done.stderr) == (2, True)
    done = doseguard("import", _file(tmp_path, "data.bin", "%PDF-1.7"), *OF)
    assert (done.exit_code, "a PDF" in done.stderr) == (2, True)


def test_without_a_record_there_is_nothing_to_import_into(ae: str) -> None:
    done = doseguard("import", ae, *OF)
    assert (done.exit_code, "doseguard migrate" in done.stderr) == (2, True)


def test_it_tells_a_program_what_became_of_it(record: Database, ae: str) -> None:
    done = doseguard("import", ae, *OF, "--json")
    told = json.loads(done.stdout)
    assert (told["state"], told["done"], told["total"]) == ("succeeded", 4, 4)
    assert told["counts"]["accepted"] == 4
    assert told["problem"] is None


def test_a_preview_is_what_the_service_answers(record: Database, ae: str) -> None:
    before = _held(record)
    done = doseguard("import", ae, *OF, "--preview", "2")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert told == asyncio.run(_previewed(record))
    assert [each["key"] for each in told["rows"]] == ["S-01|AE|A1", "S-01|AE|A2"]
    assert _held(record) == before


async def _previewed(database: Database) -> Any:
    with at_database(database) as service:
        path = f"/v1/studies/{STUDY}/imports:preview?system=edc&rows=2"
        answer = await service.client.post(path, content=AE)
    return answer.json()


def test_a_preview_of_a_malformed_file_says_where(record: Database, tmp_path: Path) -> None:
    done = doseguard("import", _file(tmp_path, "odm.xml", "<ODM>\n</odm>"), *OF, "--preview", "5")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["problem"]["line"] == 2
    assert done.stderr.startswith("line 2")


def test_a_server_may_be_at_it(record: Database, ae: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "take", lambda *_: None)
    done = doseguard("import", ae, *OF)
    assert done.exit_code == 2
    assert done.stderr.startswith("Another process is importing it")
    assert "queued: 0 rows" in done.stdout


def test_who_stops_it_lets_go(
    record: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _file(tmp_path, "all.ndjson", LINES)

    def interrupted(*arguments: Any) -> Iterator[StoredJob]:
        yield next(iter(work_on(*arguments)))
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "work_on", interrupted)
    assert doseguard("import", file, *OF).exit_code != 0
    monkeypatch.setattr(command, "work_on", work_on)
    done = doseguard("import", file, *OF)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "60 rows, 60 accepted" in done.stdout


def test_a_job_that_was_cancelled_meanwhile_is_not_told_as_running(
    record: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled(place: Any, job: StoredJob) -> Iterator[StoredJob]:
        work = work_on(place, job)
        yield next(work)
        place.writer.run(lambda unit: cancel(unit, OPERATOR, job.id))
        yield from work

    monkeypatch.setattr(command, "work_on", cancelled)
    done = doseguard("import", _file(tmp_path, "all.ndjson", LINES), *OF)
    assert (done.exit_code, "cancelled: 0 rows" in done.stdout) == (2, True)


class Terminal(io.StringIO):
    """What takes itself for a terminal."""

    def isatty(self) -> bool:  # type: ignore[explicit-override]
        return True


@pytest.mark.parametrize(("quiet", "shown"), [(False, True), (True, False)])
def test_a_bar_is_shown_where_somebody_looks(
    monkeypatch: pytest.MonkeyPatch, *, quiet: bool, shown: bool
) -> None:
    stderr = Terminal()
    monkeypatch.setattr(sys, "stderr", stderr)
    with command._progress(quiet=quiet) as tell:
        for done in (0, 20, 60):
            tell(_at(done))
    assert ("Rows" in stderr.getvalue()) is shown
    assert ("60/60" in stderr.getvalue()) is shown


def _at(done: int) -> StoredJob:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    return StoredJob(
        id="job", study=STUDY, kind="import", request_digest="", parameters="{}", origin="{}",
        state="running", done=done, total=60, counts="{}", problem=None, worker=None,
        leased_until=None, recorded_at=at, changed_at=at, seq=1,
    )  # fmt: skip


def _held(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.reading() as connection:
        return contents(connection)
