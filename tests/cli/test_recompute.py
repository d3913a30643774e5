"""`doseguard replay` lists what is told otherwise, and exits with 1 where that matters."""

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from sqlalchemy import text

from app.cli.recompute import replay
from app.domain.record.canonical import digest_of
from app.store.adjudications import Adjudications
from app.store.database import Database, sqlite_url
from app.use_cases.recompute import ObstacleCode
from tests.cli.running import doseguard
from tests.docs.examples import DOCS, blocks
from tests.record.service import STUDY, at_database
from tests.store.attacks import drop_guards

Answer = dict[str, Any]


@pytest.fixture(scope="module")
def told(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the record of a study with two adjudications, to be copied."""
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
        ended = ((3, "2026-03-05"), (0, "2026-03-07"))
        await service.event("AE-1", *ended, ongoing=False, at="2026-03-10T00:00:00+00:00")


@pytest.fixture
def record(told: Path, data_dir: Path) -> Path:
    """A copy of the record where the command looks for it."""
    return Path(shutil.copytree(told, data_dir))


def answered(folder: Path, change: Callable[[Answer], object]) -> None:
    """The record, had the last answer been another."""
    database = Database(sqlite_url(folder))
    with database.writing() as connection:
        drop_guards(connection)
        kept = Adjudications(connection=connection, study=STUDY).current("S-01")
        assert kept is not None
        answer = json.loads(kept.answer)
        change(answer)
        written = json.dumps(answer)
        connection.execute(
            text("UPDATE adjudications SET answer = :a, answer_digest = :d WHERE id = :id"),
            {"a": written, "d": digest_of(written), "id": kept.id},
        )
    database.close()


def was_a_dlt(answer: Answer) -> None:
    answer["events"][0].update(verdict="DLT", criterion="grade-3-persisting")
    answer["engine_version"] = "0.0.9"


def was_said_otherwise(answer: Answer) -> None:
    answer["subject"]["explanation"]["text"] = "Said otherwise."


def test_the_same_exits_with_0(record: Path) -> None:
    result = doseguard("replay")
    assert (result.exit_code, result.stderr) == (0, "")
    first, *rest = result.stdout.splitlines()
    assert first == "2 adjudications recomputed; answered alike: 2."
    assert {line.partition(": ")[2] for line in rest} == {"0"}


def test_another_verdict_exits_with_1_and_is_listed(record: Path) -> None:
    answered(record, was_a_dlt)
    result = doseguard("replay")
    assert result.exit_code == 1
    heading, verdict, reason, *rest = result.stdout.splitlines()
    assert heading.split()[:2] == ["study", "patient"]
    assert verdict.split() == [
        STUDY, "S-01", "2", "2026-03-10", "00:00:00Z", "verdict",
        "events/edc:AE-1/verdict:", "DLT", "->", "NOT_DLT",
    ]  # fmt: skip
    assert reason.endswith("events/edc:AE-1/criterion: grade-3-persisting -> null")
    assert rest == [
        "2 adjudications recomputed; answered alike: 1.",
        "  with another verdict or status: 1",
        "  with other reasons: 1",
        "  in other words: 0",
        "  that cannot be recomputed: 0",
        "  made with another engine version: 1",
    ]


def test_other_words_are_listed_and_exit_with_0(record: Path) -> None:
    answered(record, was_said_otherwise)
    result = doseguard("replay")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1].endswith("  words       subject/explanation")


def test_what_cannot_be_recomputed_exits_with_1(record: Path) -> None:
    answered(record, lambda answer: answer.pop("events"))
    result = doseguard("replay")
    assert result.exit_code == 1
    assert "cannot      its answer has another shape" in result.stdout
    assert "[answer_not_read]" in result.stdout
    first, _ = map(json.loads, doseguard("replay", "--json").stdout.splitlines())
    assert first["cannot"]["code"] == "answer_not_read"


def test_as_json_there_is_a_line_for_each_that_differs_and_one_for_all(record: Path) -> None:
    answered(record, was_a_dlt)
    result = doseguard("replay", "--json")
    assert result.exit_code == 1
    differing, last = map(json.loads, result.stdout.splitlines())
    verdict, reason, provenance = differing.pop("differs")
    assert verdict == {
        "kind": "verdict", "path": "/events/edc:AE-1/verdict", "old": "DLT", "new": "NOT_DLT",
    }  # fmt: skip
    assert (reason["kind"], provenance["path"]) == ("reason", "/engine_version")
    assert (differing["subject"], differing["number"]) == ("S-01", 2)
    assert last["ok"] is False
    assert last["counts"] == {
        "recomputed": 2, "same": 1, "verdict": 1, "reason": 1, "words": 0, "provenance": 1,
        "impossible": 0,
    }  # fmt: skip


def test_the_page_shows_what_it_prints(record: Path) -> None:
    answered(record, was_a_dlt)
    shown = next(each.text for each in blocks(DOCS / "replay.md") if each.kind == "printed")
    assert doseguard("replay").stdout == shown


def test_the_page_lists_why_an_adjudication_cannot_be_recomputed() -> None:
    _, _, below = (DOCS / "replay.md").read_text("utf-8").partition("| code | because |")
    codes = [row.split("`")[1] for row in below.partition("\n\n")[0].splitlines()[2:]]
    assert sorted(codes) == sorted(get_args(ObstacleCode))


@pytest.mark.parametrize(
    ("options", "number"),
    [
        (["--current"], 1),
        (["--limit", "1"], 1),
        (["--since", "2026-03-10"], 1),
        (["--since", "2026-03-11"], 0),
        (["--study", STUDY], 2),
    ],
)
def test_only_what_is_asked_for(record: Path, options: list[str], number: int) -> None:
    last = json.loads(doseguard("replay", "--json", *options).stdout)
    assert last["counts"]["recomputed"] == number


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--study", "NONE"], "There is no study 'NONE'"),
        (["--since", "March"], "'March' is no date"),
        (["--limit", "0"], "greater than or equal to 1"),
        (["--data-dir", "nowhere"], "nowhere/doseguard.db is not there"),
    ],
)
def test_what_cannot_be_asked_for_exits_with_2(
    record: Path, options: list[str], says: str
) -> None:
    result = doseguard("replay", *options)
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.split())


def test_a_folder_that_is_named_counts_whatever_the_settings_say(
    told: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOSEGUARD_DATABASE_URL", "postgresql://nobody@nowhere/none")
    result = doseguard("replay", "--data-dir", str(told))
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("2 adjudications recomputed")
    assert not data_dir.exists()


def test_a_bar_on_a_terminal_gives_way_to_what_differs(
    record: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(record, was_a_dlt)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with pytest.raises(typer.Exit):
        replay(data_dir=record)
    printed = capsys.readouterr()
    assert "\r\x1b[K" in printed.err
    assert "Adjudications" in printed.err
    assert "2/2" in printed.err
    assert "NOT_DLT" in printed.out
