"""Four clients correct the same event from the same version: one does, and three are told so."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

import httpx
import pytest
from sqlalchemy import select

from app.clock import system_clock
from app.store.database import Database
from app.store.record_tables import AdverseEventVersion
from app.store.tables import table_of
from tests.api.client import client_of, is_problem
from tests.crash.checking import faults_of
from tests.crash.clients import Acknowledged, Client
from tests.crash.service import HOST, Forks, settings_of, started
from tests.crash.workload import SYSTEM, Write, beginning, event, hold, patient

AT_ONCE: Final = 4
SUBJECT: Final = "S-1"
RECORD: Final = "S-1.1"
ROUNDS: Final = (30, pytest.param(300, marks=pytest.mark.slow))
BEGINNING: Final = (
    beginning(),
    patient(SUBJECT),
    event(SUBJECT, RECORD, 0, version=1, result="created"),
)


class Told(NamedTuple):
    """What a contender was answered: the status, and the event's tag or the problem's code."""

    status: int
    what: str


@pytest.mark.anyio
@pytest.mark.parametrize("rounds", ROUNDS)
async def test_in_one_process(database: Database, rounds: int) -> None:
    async with client_of(database, clock=system_clock, auth="off") as client:
        begun = [await sent(client, write) for write in BEGINNING]
        etag = begun[-1].headers["ETag"]
        for number in range(1, rounds + 1):
            contenders = [correction(number, each, etag) for each in range(AT_ONCE)]
            answers = await asyncio.gather(*(sent(client, each) for each in contenders))
            assert all(is_problem(each) for each in answers if each.status_code != 200)
            etag = tag_of_the_one([
                Told(each.status_code, each.headers.get("ETag") or each.json()["code"])
                for each in answers
            ])  # fmt: skip
    assert versions_of_the_event(database) == list(range(1, rounds + 2))


def test_in_two_processes(
    postgres_database: Database, app_role: str, forked: Forks, tmp_path: Path
) -> None:
    settings = settings_of(postgres_database, app_role)
    contended(forked, settings, postgres_database, tmp_path, rounds=10)


@pytest.mark.slow
def test_in_two_processes_at_length(
    database: Database, settings: Mapping[str, str], forked: Forks, tmp_path: Path
) -> None:
    contended(forked, settings, database, tmp_path, rounds=300)


def contended(
    launcher: Forks, settings: Mapping[str, str], database: Database, folder: Path, *, rounds: int
) -> None:
    """Each contender also writes an event of its own, and all place one hold by one key."""
    with ExitStack() as until_the_end:
        services = [
            until_the_end.enter_context(started(launcher, settings, folder)) for _ in range(2)
        ]
        clients = [
            Client(HOST, services[each % 2].port, services[each % 2].up) for each in range(AT_ONCE)
        ]
        for client in clients:
            until_the_end.callback(client.close)
        begun = [clients[0].acknowledged(write) for write in BEGINNING]
        pool = until_the_end.enter_context(ThreadPoolExecutor(AT_ONCE))
        etag = str(begun[-1].headers["ETag"])
        for number in range(1, rounds + 1):
            etag = tag_of_the_one(one_round(pool, clients, number, etag))
    assert versions_of_the_event(database) == list(range(1, rounds + 2))
    faults = faults_of(
        database, [each for client in clients for each in client.tally.acknowledged]
    )
    assert faults.none, faults


def one_round(
    pool: ThreadPoolExecutor, clients: Sequence[Client], number: int, etag: str
) -> list[Told]:
    """Everybody at once, first the correction, then what nobody else forbids."""
    barrier = threading.Barrier(AT_ONCE, timeout=60)

    def contend(contender: int) -> Told:
        client, write = clients[contender], correction(number, contender, etag)
        barrier.wait()
        answer = client.sent(write)
        assert answer is not None
        if answer.status == 200:
            client.tally.acknowledged.append(Acknowledged(write=write, answer=answer))
        own = f"S-{contender}-{number}"
        client.acknowledged(event(own, f"{own}.1", 0, version=1, result="created"))
        client.acknowledged(hold(f"S-{number}"))
        return Told(answer.status, answer.headers["ETag"] or answer.value["code"])

    return list(pool.map(contend, range(AT_ONCE)))


def correction(number: int, contender: int, etag: str) -> Write:
    """What one of four sends in a round; no two send the same."""
    return event(
        SUBJECT, RECORD, number * AT_ONCE + contender, version=number + 1, result="updated",
        **{"If-Match": etag},
    )  # fmt: skip


def tag_of_the_one(told: Sequence[Told]) -> str:
    """The tag that the one who corrected it was given; the others were refused for it."""
    refused = Told(412, "precondition_failed")
    (won,) = [each for each in told if each != refused]
    assert won.status == 200
    return won.what


async def sent(client: httpx.AsyncClient, write: Write) -> httpx.Response:
    return await client.request(
        write.method, write.path, json=dict(write.body), headers=dict(write.headers)
    )


def versions_of_the_event(database: Database) -> list[int]:
    table = table_of(AdverseEventVersion)
    of_the_event = select(table.c.version).where(table.c.key == f"{SYSTEM}:{RECORD}")
    with database.reading() as connection:
        return list(connection.execute(of_the_event.order_by(table.c.version)).scalars())
