"""A network that cuts replies short: every request is done once, however often it is sent."""

import random
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from app.store.database import Database
from tests.crash.checking import faults_of
from tests.crash.clients import Client, writing
from tests.crash.proxy import NOTHING, losing_replies
from tests.crash.service import HOST, Forks, started
from tests.crash.workload import beginning

CLIENTS: Final = 6
_WHOLE_REPLIES: Final = 16_000  # bytes of a few; most are of 2,000 to 8,000


@pytest.mark.parametrize("requests", [60, pytest.param(1000, marks=pytest.mark.slow)])
def test_every_request_is_done_once(
    database: Database,
    settings: Mapping[str, str],
    requests: int,
    forked: Forks,
    chance: random.Random,
    tmp_path: Path,
) -> None:
    def passes() -> int:
        return chance.choice((NOTHING, 0, chance.randint(1, _WHOLE_REPLIES)))

    never_up = threading.Event()  # nobody knows when the network is well: all wait a little
    with (
        started(forked, settings, tmp_path) as service,
        losing_replies(service.port, passes) as network,
    ):
        first = Client(HOST, network.port, never_up)
        first.acknowledged(beginning())
        first.close()
        with writing(HOST, network.port, never_up, CLIENTS) as load:
            load.wait_for(requests)
        complaints = service.complaints()
    tally = load.tally
    tally.add(first.tally)
    faults = faults_of(database, tally.acknowledged)
    print(f"{network.cuts} cuts\n{tally.told}\n{faults}")  # noqa: T201 (pytest shows failures')
    assert faults.none, faults
    assert tally.statuses.keys() <= {200, 201, 409}
    assert tally.lost_connections.total() > requests // 10
    assert complaints == []
