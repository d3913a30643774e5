"""kill -9 of the server while clients write: what was acknowledged is there, and is there once.

The clients send each request again until it is acknowledged.
"""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

import pytest

from app.store.database import Database, sqlite_url
from tests.crash.checking import faults_of
from tests.crash.clients import Client, Load, writing
from tests.crash.service import HOST, Forks, Launcher, Processes, Service, pause, started
from tests.crash.workload import beginning

CLIENTS: Final = 6
_MOST_WRITES_BETWEEN: Final = 40
_LONGEST_COMMIT: Final = 0.02
_LONGEST_MIGRATION: Final = 0.2


@dataclass(slots=True)
class Kills:
    """How often, and what it met."""

    while_serving: int = 0
    while_starting: int = 0
    under_way: int = 0
    """Requests that had no answer yet when the server was killed."""
    starts: list[float] = field(default_factory=list)
    """Seconds from the start to the first answer that the service is ready."""

    @property
    def all(self) -> int:
        return self.while_serving + self.while_starting

    @property
    def told(self) -> str:
        """All of it in a line."""
        return (
            f"{self.while_serving} kills while serving and {self.while_starting} while starting, "
            f"{self.under_way} requests under way; ready after {median(self.starts):.2f} s, "
            f"{max(self.starts):.2f} s at most"
        )


def test_nothing_acknowledged_is_lost_or_done_twice(
    database: Database,
    settings: Mapping[str, str],
    forked: Forks,
    chance: random.Random,
    tmp_path: Path,
) -> None:
    survives(forked, settings, database, chance, tmp_path, kills=3 if database.is_sqlite else 2)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_or_done_twice_in_sixty_kills(
    database: Database, settings: Mapping[str, str], chance: random.Random, tmp_path: Path
) -> None:
    survives(Processes(), settings, database, chance, tmp_path, kills=60, early=0.15)


@pytest.mark.slow
def test_a_first_start_that_is_killed_is_done_again(
    forked: Forks, chance: random.Random, tmp_path: Path
) -> None:
    """The first start makes the record: it is there whole, or not at all."""
    met: Counter[str] = Counter()
    for number in range(20):
        folder = tmp_path / str(number)
        service = Service(forked, {"DOSEGUARD_DATA_DIR": str(folder)}, tmp_path)
        service.start()
        pause(chance.uniform(0, _LONGEST_MIGRATION))
        service.kill()
        was_begun = (folder / "doseguard.db").exists()
        with started(forked, service.settings, tmp_path) as again:
            client = Client(HOST, again.port, again.up)
            client.acknowledged(beginning())
            client.close()
            is_made_now = "The record is new" in again.said()
        met["made" if not is_made_now else "begun" if was_begun else "nothing"] += 1
        database = Database(sqlite_url(folder))
        faults = faults_of(database, client.tally.acknowledged)
        database.close()
        assert faults.none, faults
    print(met)  # noqa: T201 (pytest shows it where the test fails)


def survives(
    launcher: Launcher,
    settings: Mapping[str, str],
    database: Database,
    chance: random.Random,
    folder: Path,
    *,
    kills: int,
    early: float = 0.0,
) -> None:
    """Kill so often, a share of it early, before the server serves; then compare the record."""
    met = Kills()
    with started(launcher, settings, folder) as service:
        first = Client(HOST, service.port, service.up)
        first.acknowledged(beginning())
        with writing(HOST, service.port, service.up, CLIENTS) as load:
            while met.all < kills:
                strike(service, load, met, chance, early)
            load.wait_for(CLIENTS)
        for client in load.clients:
            answered_as_before(client)
        first.close()
        complaints = service.complaints()
    tally = load.tally
    tally.add(first.tally)
    faults = faults_of(database, tally.acknowledged)
    print(f"{met.told}\n{tally.told}\n{faults}")  # noqa: T201 (pytest shows it where the test fails)
    assert faults.none, faults
    assert tally.statuses.keys() <= {200, 201, 409, 503}
    assert met.under_way >= kills
    assert complaints == []


def strike(service: Service, load: Load, met: Kills, chance: random.Random, early: float) -> None:
    """Kill once while requests are under way, and perhaps again while the server starts."""
    load.wait_for(chance.randint(1, _MOST_WRITES_BETWEEN))
    pause(chance.choice((0, chance.uniform(0, _LONGEST_COMMIT))))
    met.under_way += load.under_way
    service.kill()
    met.while_serving += 1
    service.start()
    while chance.random() < early:
        pause(chance.uniform(0, max(met.starts, default=0)))
        service.kill()
        met.while_starting += 1
        service.start()
    met.starts.append(service.wait_until_ready())


def answered_as_before(client: Client) -> None:
    """What was sent with a key is answered, after all the crashes, as it was acknowledged."""
    keyed = [each for each in client.tally.acknowledged if "Idempotency-Key" in each.write.headers]
    for before in keyed[-3:]:
        again = client.sent(before.write)
        assert again is not None
        assert again.headers["Idempotent-Replayed"] == "true"
        assert (again.status, again.text) == (before.answer.status, before.answer.text)
    client.close()
