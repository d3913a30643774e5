"""The service against the model, on both databases: shortly each time, and at length."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from app.store.database import Database
from tests.model.checks import Count, NewDatabase
from tests.model.machine import RecordMachine
from tests.store.databases import copy_of
from tests.store.postgres import Server

SHORT: Final = {"sqlite": (5, 15), "postgresql": (2, 15)}
"""Machines, and steps of each."""
LONG: Final = {"sqlite": 20_000, "postgresql": 2_000}
"""Steps at least, of machines of this many:"""
STEPS_OF_A_LONG_ONE: Final = 50


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest) -> NewDatabase:
    """Makes migrated databases of a kind."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        return lambda: file_of(template)
    server: Server = request.getfixturevalue("postgres_server")
    database: Database = request.getfixturevalue("postgres_template")
    return lambda: server.database(database)


@contextmanager
def file_of(template: Path) -> Iterator[Database]:
    """A migrated SQLite file, in memory where that can be."""
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
    with TemporaryDirectory(dir=memory) as folder:
        database = copy_of(template, Path(folder))
        try:
            yield database
        finally:
            database.close()


def run(
    new_database: NewDatabase, count: Count, machines: int, steps: int, *, shrink: bool = True
) -> None:
    """Run so many machines of so many steps."""
    given = settings(
        max_examples=machines,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, *([Phase.shrink] if shrink else [])),
        print_blob=True,
        report_multiple_bugs=False,
    )

    class Machine(RecordMachine):
        def __init__(self) -> None:
            super().__init__(new_database, count)

    run_state_machine_as_test(Machine, settings=given)


def test_the_service_does_what_the_model_says(
    new_database: NewDatabase, request: pytest.FixtureRequest
) -> None:
    count = Count()
    machines, steps = SHORT[kind_of(request)]
    run(new_database, count, machines, steps)
    assert count.machines >= machines


@pytest.mark.slow
def test_the_service_does_what_the_model_says_at_length(
    new_database: NewDatabase,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    count = Count()
    wanted = LONG[kind_of(request)]
    while count.steps < wanted:
        run(new_database, count, 10, STEPS_OF_A_LONG_ONE)
        with capsys.disabled():
            sys.stdout.write(f"\n{kind_of(request)}: {count.steps} steps, no violation")


def kind_of(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on."""
    kind: str = request.node.callspec.params["new_database"]
    return kind
