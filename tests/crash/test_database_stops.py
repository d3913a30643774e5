"""PostgreSQL crashes while clients write: they are told to come again, and nothing is lost.

The service is not started again: it finds the database by itself when that is back.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from app.store.database import Database
from app.store.migrate import upgrade
from tests.crash.checking import faults_of
from tests.crash.clients import Client, writing
from tests.crash.service import HOST, Forks, Service, pause, settings_of, started
from tests.crash.workload import STUDY, beginning
from tests.store.postgres import EmbeddedServer, Server, embedded_server

CLIENTS: Final = 6
_MOST_WRITES_BETWEEN: Final = 60
_LONGEST_COMMIT: Final = 0.02
OF_THE_RECORD: Final = (
    "/readyz",
    "/v1/audit-events",
    "/v1/studies",
    *(
        f"/v1/studies/{STUDY}{below}"
        for below in ("", "/adverse-events", "/holds", "/audit-events", "/adjudications")
    ),
)
OF_THE_PACKAGE: Final = ("/healthz", "/v1/dictionaries")


@dataclass(slots=True)
class Outages:
    """What was answered while the database was away, and how long it took to be found again."""

    many: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    seconds_until_ready: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A database of the test's own, on a server of the test's own, and the service's role."""

    server: EmbeddedServer
    database: Database
    role: str


@pytest.fixture
def kept(postgres_server: Server) -> Iterator[Kept]:
    if not isinstance(postgres_server, EmbeddedServer):
        pytest.skip("the tests run on a server that is not theirs")
    with (
        embedded_server() as server,
        server.role() as role,
        server.database() as database,
    ):
        upgrade(database, role)
        database.close()  # a connection that is kept would be of before the crash
        yield Kept(server=server, database=database, role=role)


def test_clients_are_told_to_come_again_and_nothing_is_lost(
    kept: Kept, forked: Forks, chance: random.Random, tmp_path: Path
) -> None:
    survives(kept, forked, chance, tmp_path, stops=1)


@pytest.mark.slow
def test_clients_are_told_to_come_again_and_nothing_is_lost_in_five_outages(
    kept: Kept, forked: Forks, chance: random.Random, tmp_path: Path
) -> None:
    survives(kept, forked, chance, tmp_path, stops=5)


def survives(
    kept: Kept, launcher: Forks, chance: random.Random, folder: Path, *, stops: int
) -> None:
    """Stop the database so often, then compare the record with what was acknowledged."""
    met = Outages()
    with started(launcher, settings_of(kept.database, kept.role), folder) as service:
        first = Client(HOST, service.port, service.up)
        first.acknowledged(beginning())
        with writing(HOST, service.port, service.up, CLIENTS) as load:
            for _ in range(stops):
                load.wait_for(chance.randint(CLIENTS, _MOST_WRITES_BETWEEN))
                pause(chance.uniform(0, _LONGEST_COMMIT))
                with stopped(kept.server, service, met):
                    load.wait_until(partial(load.everyone_was_refused, load.refused))
                    look_around(first, met)
                load.wait_for(CLIENTS)
        first.close()
        assert service.complaints() == [], service.said()
    tally = load.tally
    tally.add(first.tally)
    faults = faults_of(kept.database, tally.acknowledged)
    print(f"{met}\n{tally.told}\n{faults}")  # noqa: T201 (pytest shows it where the test fails)
    assert faults.none, faults
    # Any other answer than a whole 503 with Retry-After has failed its client already.
    assert tally.statuses.keys() == {200, 201, 503}
    assert tally.lost_connections.total() == 0


@contextmanager
def stopped(server: EmbeddedServer, service: Service, met: Outages) -> Iterator[None]:
    """A crash, a time without, and a start; until the service says that it is ready."""
    service.up.clear()
    server.stop_immediately()
    met.many += 1
    yield
    server.start()
    back = time.monotonic()
    service.wait_until_ready()
    met.seconds_until_ready.append(round(time.monotonic() - back, 3))


def look_around(asking: Client, met: Outages) -> None:
    """What needs the record says when to come again, what does not need it is answered."""
    for path in OF_THE_RECORD:
        answer = asking.got(path)
        assert answer.status == 503, (path, answer.text)
        assert answer.means_later, (path, answer.headers.items(), answer.text)
        met.statuses[answer.status] += 1
    for path in OF_THE_PACKAGE:
        answer = asking.got(path)
        assert answer.status == 200, (path, answer.text)
        met.statuses[answer.status] += 1
