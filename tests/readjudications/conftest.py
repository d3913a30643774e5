"""Studies whose patients are judged again, over HTTP and beside it, each made once and copied."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from app.store.database import Database
from tests.readjudications.http import AT, Judging
from tests.readjudications.moves import small_study
from tests.readjudications.service import Rejudging
from tests.record.service import at_database
from tests.store.databases import copy_of


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def begun(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the study and its patients, to be copied."""
    database = copy_of(sqlite_template, tmp_path_factory.mktemp("begun"))
    with at_database(database) as service:
        anyio.run(Judging(service=service).begin)
    database.close()
    return Path(str(database.url.database))


@pytest.fixture
def record(begun: Path, tmp_path: Path) -> Iterator[Database]:
    database = copy_of(begun, tmp_path)
    yield database
    database.close()


@pytest.fixture
def judging(record: Database) -> Iterator[Judging]:
    with at_database(record) as service:
        service.watch.set(AT)
        yield Judging(service=service)


@pytest.fixture
def guarded(record: Database) -> Iterator[Judging]:
    """With authentication on."""
    with at_database(record, auth="on") as service:
        service.watch.set(AT)
        yield Judging(service=service)


@pytest.fixture(scope="session")
def small_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a small study, to be copied."""
    folder = tmp_path_factory.mktemp("small-study")
    database = copy_of(sqlite_template, folder)
    made = Rejudging(database=database)
    small_study(made)
    made.close()
    database.close()  # the last connection writes the log into the file
    return folder / "doseguard.db"


@pytest.fixture
def rejudging(small_template: Path, tmp_path: Path) -> Iterator[Rejudging]:
    """A small study that is judged again in three chunks, on SQLite."""
    database = copy_of(small_template, tmp_path)
    yield from in_chunks(database)
    database.close()


@pytest.fixture
def anywhere(database: Database) -> Iterator[Rejudging]:
    """The same, on each database."""
    for made in in_chunks(database):
        small_study(made)
        yield made


def in_chunks(database: Database) -> Iterator[Rejudging]:
    """A study of which two patients are judged at a time."""
    made = Rejudging(database=database)
    made.place = replace(made.place, patients=2, tried=2)
    yield made
    made.close()
