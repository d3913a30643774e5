"""`doseguard worker`: it does what servers were asked for, until it is told to stop."""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli.worker import _WithoutWords
from app.store.database import Database
from app.use_cases.replay import differences
from tests.cli.running import doseguard
from tests.engine.service import VERSION, begun, over, patients
from tests.store.postgres import Server


@pytest.fixture(autouse=True)
def loggers() -> Iterator[None]:
    """As they were: a worker is a process of its own, which sets them."""
    logger = logging.getLogger("uvicorn.error")
    before = (list(logger.handlers), logger.level, logger.propagate)
    yield
    logger.handlers, logger.level, logger.propagate = before


def test_on_sqlite_it_says_who_does_the_work(data_dir: Path) -> None:
    result = doseguard("worker")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "SQLite has one process that writes" in result.stderr
    assert not data_dir.exists()


def test_tables_of_before_are_refused(
    postgres_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres_server.database() as empty:
        _use(monkeypatch, empty)
        result = doseguard("worker")
    assert result.exit_code == 2
    assert "run `doseguard migrate`" in result.stderr


def test_it_does_jobs_until_it_is_told_to_stop(
    app_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of any kind: this one is planned by its lease, and its chunks are carried."""
    rejudging = begun(app_database, patients(2))
    job = rejudging.asked(**VERSION).job
    _use(monkeypatch, app_database)
    monkeypatch.setenv("DOSEGUARD_JOB_LEASE_SECONDS", "0.6")

    def tell() -> None:
        over(rejudging, job)
        os.kill(os.getpid(), signal.SIGINT)

    telling = threading.Thread(target=tell)
    telling.start()
    result = doseguard("worker", "--concurrency", "2")
    telling.join()
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Doseguard 0.1.0 works on postgresql+psycopg://")
    assert result.stdout.endswith("The work at hand is done; the worker ends.\n")
    assert "of-a-test" not in result.stdout  # the password
    assert rejudging.job(job).state == "succeeded"
    with app_database.reading() as connection:
        assert list(differences(connection)) == []
    rejudging.close()


def test_errors_are_logged_without_their_words() -> None:
    """They may be a patient's."""
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "It failed.", (), _failed())
    text = _WithoutWords("%(levelname)s %(message)s").format(record)
    assert text.startswith("ERROR It failed.\n")
    assert text.endswith("\nKeyError")
    assert "in _failed" in text
    assert "S-0001" not in text


def _failed() -> Any:
    """An error that names a patient, as logging is given it."""
    patients: dict[str, str] = {}
    try:
        patients["-".join(("S", "0001"))]
    except KeyError as error:
        return type(error), error, error.__traceback__


def _use(monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DOSEGUARD_DATABASE_URL", url)
