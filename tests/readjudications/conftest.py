"""A study over HTTP whose patients are judged again, with its record made once."""

from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from app.store.database import Database
from tests.readjudications.http import AT, Judging
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
