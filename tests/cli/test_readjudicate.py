"""`doseguard readjudicate` judges a study again beside the database, and says what moved."""

import csv
import io
import json
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import anyio
import pytest

from app.cli import readjudications as command
from app.domain.record.origin import OPERATOR
from app.store.database import Database, sqlite_url
from app.store.jobs import StoredJob
from app.use_cases.jobs import cancel
from app.use_cases.readjudication_texts import lines_of_change, lines_of_counts
from app.use_cases.replay import differences
from app.use_cases.working import work_on
from tests.cli.running import doseguard
from tests.docs.examples import DOCS, blocks
from tests.readjudications.http import AT, FEVER, LEVEL, Judging
from tests.record.service import STUDY, at_database
from tests.store.rows import contents

AMENDED: Final = (STUDY, "--protocol-version", "2")
PAGE: Final = DOCS / "readjudications.md"
WHY: Final = ("--reason", "AMENDMENT", "--why", "CRS may last 7 days")
JOB: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def begun(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the record of a study of four patients, to be copied."""
    folder = tmp_path_factory.mktemp("begun")
    shutil.copyfile(sqlite_template, folder / "doseguard.db")
    database = Database(sqlite_url(folder))
    with at_database(database) as service:
        anyio.run(Judging(service=service).begin)
    database.close()
    return folder


@pytest.fixture
def record(begun: Path, data_dir: Path) -> Iterator[Database]:
    """A copy of the record where the command looks for it."""
    shutil.copytree(begun, data_dir)
    database = Database(sqlite_url(data_dir))
    yield database
    database.close()


def test_an_amendment_is_tried(record: Database) -> None:
    before = _verdicts(record)
    done = doseguard("readjudicate", *AMENDED)
    assert done.exit_code == 1, done.output
    first, *lines = done.stdout.splitlines()
    job = _job(first)
    assert first == f"Dry run {job} succeeded: 4 patients judged."
    (shown,) = [each for each in blocks(PAGE) if each.kind == "printed"]
    assert shown.text == done.stdout.replace(job, "JOB")
    assert lines == [
        "  2 unchanged, 2 changed, 0 restated, 0 first, 0 failed",
        "  events    DLT → NOT_DLT: 2",
        "  patients  DLT → NO_DLT: 2",
        "S-01          changed   DLT → NO_DLT",
        "  edc:AE-1  DLT → NOT_DLT  by grade-3-persisting → crs-g3-72h",
        "S-04          changed   DLT → NO_DLT",
        f"  edc:{FEVER}  DLT → NOT_DLT  by grade-3-persisting → crs-g3-72h",
        f"Nothing is kept. To make it real: doseguard readjudicate {STUDY} --apply {job} "
        "--reason CODE",
    ]
    assert done.stderr == ""
    assert _verdicts(record) == before


def test_what_governs_moves_nothing(record: Database) -> None:
    done = doseguard("readjudicate", STUDY)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[1:] == [
        "  4 unchanged, 0 changed, 0 restated, 0 first, 0 failed"
    ]


def test_what_was_tried_is_made_real(record: Database) -> None:
    job = _job(doseguard("readjudicate", *AMENDED).stdout)
    done = doseguard("readjudicate", STUDY, "--apply", job, *WHY)
    assert done.exit_code == 1, done.output
    assert done.stdout.startswith("Job ")
    assert "Nothing is kept" not in done.stdout
    assert "2 changed" in done.stdout
    after = doseguard("readjudicate", *AMENDED)
    assert after.exit_code == 0
    again = doseguard("readjudicate", STUDY, "--apply", job, *WHY)
    assert (again.exit_code, "[data_moved]" in again.stderr) == (2, True)
    with record.reading() as connection:
        assert list(differences(connection)) == []


def test_it_is_made_real_at_once(record: Database) -> None:
    done = doseguard("readjudicate", *AMENDED, "--real", *WHY, "--json")
    assert done.exit_code == 1, done.output
    told = json.loads(done.stdout)
    assert (told["state"], told["dry_run"], told["done"], told["total"]) == (
        "succeeded", False, 4, 4,
    )  # fmt: skip
    assert told["counts"]["verdicts"] == {"DLT": {"NOT_DLT": 2}}
    assert told["problem"] is None


def test_every_option_reaches_what_is_asked(record: Database) -> None:
    done = doseguard(
        "readjudicate", *AMENDED, "--effective", "2026-03-01", "--applies-to", "new_patients",
        "--dictionary", "ctcae-5.0", "--reading", "R-INCL=limit-excluded",
        "--reading", "R-WIN=day-28-inside", "--as-of", "2026-05-01", "--dose-level", LEVEL,
        "--dose-level", "1", "--site", "02", "--subject", "S-04", "--subject", "S-02",
        "--term", "cytokine release syndrome", "--phase", "escalation", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    with record.reading() as connection:
        (parameters,) = [row[4] for row in contents(connection)["jobs"]]
    assert json.loads(parameters)["request"] == {
        "protocol_version": "2", "effective": "2026-03-01", "applies_to": "new_patients",
        "dictionary_version": "ctcae-5.0", "as_of": "2026-05-01", "dry_run": True,
        "readings": {"R-INCL": "limit-excluded", "R-WIN": "day-28-inside"}, "reason": None,
        "scope": {
            "dose_levels": [LEVEL, "1"], "phases": ["escalation"], "sites": ["02"],
            "subjects": ["S-04", "S-02"], "terms": ["cytokine release syndrome"],
        },
    }  # fmt: skip


def test_nobody_in_the_scope_is_said(record: Database) -> None:
    done = doseguard("readjudicate", *AMENDED, "--subject", "S-99")
    assert (done.exit_code, "Nobody is in the scope." in done.stdout) == (0, True)


def test_only_the_scope_is_judged(record: Database) -> None:
    done = doseguard("readjudicate", *AMENDED, "--site", "01")
    assert ": 1 patient judged." in done.stdout
    assert "0 unchanged, 1 changed" in done.stdout
    assert "S-04" not in done.stdout


WRONG: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (("NONE",), "NONE"),
    ((STUDY, "--protocol-version", "7"), "/protocol_version: "),
    ((STUDY, "--effective", "2026-03-01"), "[needs_version]"),
    ((*AMENDED, "--effective", "soon"), "/effective: write a date"),
    ((*AMENDED, "--applies-to", "some"), "new_patients"),
    ((STUDY, "--reading", "R-INCL"), "ID=OPTION"),
    ((STUDY, "--reading", "R-INCL="), "ID=OPTION"),
    ((STUDY, "--reading", "R-INCL=a", "--reading", "R-INCL=b"), "given twice"),
    ((STUDY, "--reading", "R-INCL=maybe"), "[unknown_option]"),
    ((STUDY, "--as-of", "2026-03"), "/as_of: "),
    ((STUDY, "--real"), "[reason_required]"),
    ((STUDY, "--real", "--reason", "why"), "/reason/code: "),
    ((STUDY, "--real", "--why", "so"), "--reason CODE"),
    ((STUDY, "--real", *WHY, "--as-of", "2026-03-12"), "[dry_run_only]"),
    ((STUDY, "--apply", "J"), "--reason CODE"),
    ((STUDY, "--apply", "J", *WHY), "[unknown_job]"),
    ((STUDY, "--apply", "J", *WHY, "--real"), "leave out"),
    ((STUDY, "--apply", "J", "--resume", "J"), "leave out"),
    ((STUDY, "--resume", "J", "--site", "01"), "leave out"),
    ((STUDY, "--resume", "J", *WHY), "takes no --reason"),
    ((STUDY, "--resume", "J"), "[unknown_job]"),
    ((STUDY, "--out", "changes.xlsx"), ".ndjson or in .csv"),
)


def test_what_cannot_be_done_is_said_and_keeps_nothing(record: Database) -> None:
    before = _held(record)
    for arguments, said in WRONG:
        done = doseguard("readjudicate", *arguments)
        assert done.exit_code == 2, done.output
        assert said in _unwrapped(done.stderr), arguments
    assert _held(record) == before


def _unwrapped(text: str) -> str:
    """Without the frame that an error of usage stands in."""
    return re.sub(r"[\s│]+", " ", text)


def test_who_changed_is_written_as_lines_and_as_a_table(record: Database, tmp_path: Path) -> None:
    lines, table = tmp_path / "changes.ndjson", tmp_path / "changes.CSV"
    assert doseguard("readjudicate", *AMENDED, "--out", str(lines)).exit_code == 1
    told = [json.loads(each) for each in lines.read_text("utf-8").splitlines()]
    assert [each["subject"] for each in told] == ["S-01", "S-04"]
    assert doseguard("readjudicate", *AMENDED, "--out", str(table)).exit_code == 1
    text = table.read_bytes().decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [each["dose_level"] for each in rows] == ["1", f"'{LEVEL}"]
    nowhere = tmp_path / "nowhere" / "changes.csv"
    done = doseguard("readjudicate", *AMENDED, "--out", str(nowhere))
    assert (done.exit_code, str(nowhere) in done.stderr) == (2, True)


def test_without_a_record_there_is_nothing_to_judge() -> None:
    done = doseguard("readjudicate", STUDY)
    assert (done.exit_code, "doseguard migrate" in done.stderr) == (2, True)


def test_who_stops_it_is_told_how_it_goes_on(
    record: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(place: Any, job: StoredJob) -> Iterator[StoredJob]:
        work = work_on(replace(place, patients=1), job)
        yield next(work)
        yield next(work)
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "work_on", interrupted)
    stopped = doseguard("readjudicate", *AMENDED, "--real", *WHY)
    assert stopped.exit_code == 2
    job = _job(stopped.stderr)
    assert f"doseguard readjudicate {STUDY} --resume {job}" in stopped.stderr
    monkeypatch.setattr(command, "work_on", work_on)
    done = doseguard("readjudicate", STUDY, "--resume", job)
    assert (done.exit_code, done.stderr) == (1, "")
    assert "4 patients judged" in done.stdout
    assert "2 unchanged, 2 changed" in done.stdout
    over = doseguard("readjudicate", STUDY, "--resume", job)
    assert over.stderr.startswith(f"It was done before, as job {job}")
    assert over.exit_code == 1
    with record.reading() as connection:
        assert list(differences(connection)) == []


def test_one_that_was_cancelled_meanwhile_is_resumed(
    record: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled(place: Any, job: StoredJob) -> Iterator[StoredJob]:
        work = work_on(place, job)
        yield next(work)
        place.writer.run(lambda unit: cancel(unit, OPERATOR, job.id))
        yield from work

    monkeypatch.setattr(command, "work_on", cancelled)
    stopped = doseguard("readjudicate", *AMENDED)
    assert (stopped.exit_code, "cancelled: 0 of 4 patients" in stopped.stdout) == (2, True)
    monkeypatch.setattr(command, "work_on", work_on)
    done = doseguard("readjudicate", STUDY, "--resume", _job(stopped.stdout))
    assert (done.exit_code, "2 changed" in done.stdout) == (1, True)


def test_a_server_may_be_at_it(record: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "take", lambda *_: None)
    done = doseguard("readjudicate", STUDY)
    assert done.exit_code == 2
    assert done.stderr.startswith("Another process is at it")
    assert "queued: 0 patients" in done.stdout


def test_only_the_first_are_shown(record: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_SHOWN", 1)
    done = doseguard("readjudicate", *AMENDED)
    assert "S-01" in done.stdout
    assert "S-04" not in done.stdout
    assert "… and 1 more; --out FILE has them all." in done.stdout


def test_who_changed_is_shown_before_who_is_restated(record: Database) -> None:
    """Whether 72 hours are within 72 hours is a reading, which version 2 does not ask for."""

    async def recorded() -> None:
        with at_database(record) as service:
            service.watch.set(AT)
            await service.patient("A-1", follow_up_until="2026-05-31")
            await Judging(service=service).crs("AE-7", "A-1", "2026-03-06")

    anyio.run(recorded)
    done = doseguard("readjudicate", *AMENDED)
    shown = re.findall(r"^(\S+) +(changed|restated)", done.stdout, re.MULTILINE)
    assert shown == [("S-01", "changed"), ("S-04", "changed"), ("A-1", "restated")]


class Terminal(io.StringIO):
    """What takes itself for a terminal."""

    def isatty(self) -> bool:  # type: ignore[explicit-override]
        return True


@pytest.mark.parametrize("quiet", [False, True])
def test_a_bar_shows_how_fast_it_goes(monkeypatch: pytest.MonkeyPatch, *, quiet: bool) -> None:
    stderr = Terminal()
    monkeypatch.setattr(sys, "stderr", stderr)
    at = datetime(2026, 6, 1, tzinfo=UTC)
    clock = iter(at + timedelta(seconds=each) for each in (0, 0, *[2] * 20))
    with command._progress(quiet=quiet, clock=lambda: next(clock)) as tell:
        for done in (10, 30, 60):
            tell(_at(done))
    assert ("Patients" in stderr.getvalue()) is not quiet
    assert ("60/60" in stderr.getvalue()) is not quiet
    assert ("25 a second" in stderr.getvalue()) is not quiet


def _at(done: int) -> StoredJob:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    return StoredJob(
        id="job", study=STUDY, kind="readjudication", request_digest="", parameters="{}",
        origin="{}", state="running", done=done, total=60, counts="{}", problem=None, worker=None,
        leased_until=None, recorded_at=at, changed_at=at, seq=1,
    )  # fmt: skip


def test_what_is_told_of_a_patient() -> None:
    told = {"verdict": "DLT", "criterion": "c", "exception": None}
    change: dict[str, Any] = {
        "subject": "S-1",
        "kind": "restated",
        "status": {"old": {"status": "DLT"}, "new": {"status": "DLT"}},
        "problem": None,
        "events": [
            {"id": "AE-1", "old": told, "new": told, "clauses": [{"clause": "c"}]},
            {"id": "AE-2", "old": told, "new": None, "clauses": []},
            {"id": "AE-3", "old": None, "new": {**told, "verdict": "PENDING"}, "clauses": []},
        ],
    }
    assert list(lines_of_change(change, lambda text, _: text)) == [
        "S-1           restated  DLT",
        "  AE-1  DLT  by c",
        "  AE-2  DLT → none  by c → none",
        "  AE-3  none → PENDING  by none → c",
    ]
    failed = {
        "subject": "S-2", "kind": "failed", "status": {"old": None, "new": None}, "events": [],
        "problem": {"code": "bad_case", "detail": "It contradicts itself."},
    }  # fmt: skip
    assert list(lines_of_change(failed, lambda text, _: text)) == [
        "S-2           failed",
        "  It contradicts itself. [bad_case]",
    ]


def test_what_is_told_of_counts() -> None:
    counts = {
        "unchanged": 3, "changed": 1, "restated": 0, "first": 0, "failed": 0, "not_there": 2,
        "verdicts": {"none": {"PENDING": 1}, "DLT": {"UNDETERMINED": 1}}, "statuses": {},
        "newly_pending": 1, "newly_undetermined": 1,
    }  # fmt: skip
    assert list(lines_of_counts(counts, lambda text, tone: f"{text}:{tone}")) == [
        "  3 unchanged, 1 changed, 0 restated, 0 first, 0 failed, 2 not there",
        "  events    DLT:bad → UNDETERMINED:open: 1",
        "  events    none:plain → PENDING:open: 1",
        "  newly PENDING:open: 1",
        "  newly UNDETERMINED:open: 1",
    ]


def _job(text: str) -> str:
    """The id of the job that is named."""
    found = JOB.search(text)
    assert found is not None, text
    return found[0]


def _held(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.reading() as connection:
        return contents(connection)


def _verdicts(database: Database) -> list[tuple[Any, ...]]:
    """The adjudications that were ever made."""
    return _held(database)["adjudications"]
