"""Write the samples of the present version to tests/replay/<version>/, a file a study.

    python -m tools.replay_samples

The same code writes the same files. Those of a version that was released are never written again.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from app.api.dependencies import Record
from app.data.protocols import has
from app.data.samples.study import steps
from app.main import create_app
from app.settings import Settings
from app.store.adjudications import Adjudications, Wanted, due_by, judged_studies
from app.store.database import Database, sqlite_url
from app.store.migrate import upgrade
from app.store.named_versions import named_versions
from app.store.protocols import added_protocol
from app.store.types import written
from app.use_cases.adjudicate import engine_version
from app.use_cases.recompute import inputs_of
from app.use_cases.sweep import sweep
from tools.replay_samples.trials import TRIALS, Sent, Trial
from tools.telling import called

ROOT: Final = Path(__file__).parents[2]
OUTPUT: Final = ROOT / "tests" / "replay"
NOW: Final = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)
"""The day on which the demonstration is told, and the end of all."""
_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_EXPECTED: Final = """\
# What this version tells otherwise than release {version} did, by the line of CHANGELOG.md under
# "Verdicts that change" that says so, told by its beginning (null, where words or provenance alone
# differ), with the differences as the test prints them:
#
# - changelog: An event that is over by a data cut
#   differences: ["DEMO-1 101/3 verdict /events/edc:101.AE.1/verdict"]
[]
"""


class Player:
    """A service that is told what came, and lets time do in between what it does."""

    def __init__(self, database: Database) -> None:
        numbers = count(1)
        self.now = NOW - timedelta(days=1000)
        self.app = create_app(
            Settings(auth="off"),
            lambda: self.now,
            lambda: UUID(int=next(numbers), version=4),
            database,
        )
        self.record: Record = self.app.state.record

    def play(self, told: list[Sent]) -> None:
        """Send every request at its time."""
        for each in sorted(told, key=lambda sent: datetime.fromisoformat(sent.at)):
            self.wait(datetime.fromisoformat(each.at))
            body = json.dumps(each.body).encode()
            headers = {"content-type": "application/json"}
            sent = called(self.app, each.method, each.path, "", headers, body)
            answer = asyncio.run(sent)
            if answer.status not in {200, 201}:
                raise SystemExit(f"{each.method} {each.path}: {answer.status} {answer.body}")

    def wait(self, until: datetime) -> None:
        """Let every verdict fall due that does so by then."""
        while (due := self._next_due(until)) is not None:
            self.now = due
            sweep(self.record.database, self.record.writer, due)
        self.now = until

    def _next_due(self, until: datetime) -> datetime | None:
        with self.record.database.reading() as connection:
            for study, subject in due_by(connection, until, limit=1):
                current = Adjudications(connection=connection, study=study).current(subject)
                return current.due if current else None
        return None


def requests() -> Iterator[Sent]:
    """What came of every study: of the demonstration's, and of those beside it."""
    for step in steps(NOW):
        yield Sent(step.at.isoformat(), step.method, step.path, step.body)
    for trial in TRIALS:
        yield from _of_trial(trial)


def _of_trial(trial: Trial) -> Iterator[Sent]:
    study = {
        "id": trial.study,
        "title": "A sample, all of it invented",
        "protocol": {"id": trial.protocol, "version": "1"},
        "time_zone": "Asia/Shanghai",
    }
    yield Sent("2026-03-01T00:00Z", "POST", "/v1/studies", study)
    for sent in trial.steps:
        is_whole = sent.path.startswith("/")
        path = sent.path if is_whole else f"/v1/studies/{trial.study}/{sent.path}"
        yield sent._replace(path=path)


def lines_of(connection: Connection, study: str) -> Iterator[str]:
    """A study's adjudications after all that they name, a JSON object a line."""
    store = Adjudications(connection=connection, study=study)
    kept = store.page(Wanted(current=False), after=0, limit=10_000)
    inputs = [inputs_of(each) for each in kept]
    for name, version in sorted({(each.protocol.id, each.protocol.version) for each in inputs}):
        if not has(name, version):
            added = added_protocol(connection, name, version)
            document = json.loads(added.document) if added else None
            yield _line("protocol", {"id": name, "version": version, "document": document})
    for kind, key, number in sorted({name for each in inputs for name in each.names}):
        (stored,) = named_versions(connection, kind, study, [(key, number)]).values()
        told = asdict(stored) | {"document": json.loads(stored.document)}
        yield _line("version", {"kind": kind, **told})
    for each in kept:
        told = asdict(each) | {
            name: json.loads(getattr(each, name)) for name in ("inputs", "answer")
        }
        del told["summary"]
        yield _line("adjudication", told)


def _line(what: str, told: dict[str, Any]) -> str:
    plain = {
        name: written(each) if isinstance(each, datetime) else each for name, each in told.items()
    }
    return _JSON.encode({what: plain})


def samples() -> dict[str, str]:
    """The files by name."""
    with TemporaryDirectory() as folder, closing(Database(sqlite_url(Path(folder)))) as database:
        upgrade(database)
        player = Player(database)
        with closing(player.record.writer):
            player.play(list(requests()))
            player.wait(NOW)
        with database.reading() as connection:
            return {
                f"{study.lower()}.ndjson": "".join(
                    f"{each}\n" for each in lines_of(connection, study)
                )
                for study in judged_studies(connection)
            }


def main() -> None:
    """Write them, unless they are of a version that was released."""
    version = engine_version()
    folder = OUTPUT / version
    is_released = f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")
    if folder.is_dir() and is_released:
        sys.exit(f"Version {version} is released: its samples stay as they are.")
    made = samples()
    folder.mkdir(exist_ok=True)
    for name, text in made.items():
        (folder / name).write_text(text, "utf-8")
    expected = folder / "expected-differences.yaml"
    if not expected.exists():
        expected.write_text(_EXPECTED.format(version=version), "utf-8")


if __name__ == "__main__":
    main()
