"""kill -9 of the server in the middle of a re-adjudication: nothing is lost, nothing is twice."""

import http.client
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import select

from app.store.adjudications import ADJUDICATIONS
from app.store.audit import EVENTS
from app.store.database import Database, sqlite_url
from app.store.jobs import job_of
from app.store.readjudications import count_chunks, count_results
from app.use_cases.replay import differences
from tests.builders import subject
from tests.crash.service import HOST, Forks, Service, pause, settings_of
from tests.readjudications.alone import judged_alone, standing, told_between, told_by
from tests.readjudications.moves import crs
from tests.readjudications.service import STUDY, WHY, Rejudging, counts

AT_ONCE: Final = 2
"""Patients of a chunk here, so that few patients have many chunks."""
DAYS: Final = (7, 9, 10, 15)
"""In March, the ends of CRS that began on the 5th: each is judged otherwise, or is not."""
_A_LITTLE: Final = 0.02
ASKED: Final = {
    "protocol_version": "2",
    "dry_run": False,
    "reason": {"code": "AMENDMENT", "text": "Limits of CRS"},
}


@pytest.mark.parametrize(
    ("kills", "chunks"), [(3, 30), pytest.param(50, 200, marks=pytest.mark.slow)]
)
def test_a_job_that_was_killed_is_as_an_undisturbed_one(
    sqlite_database: Database,
    forked: Forks,
    chance: random.Random,
    tmp_path: Path,
    kills: int,
    chunks: int,
) -> None:
    rejudging = Rejudging(database=sqlite_database)
    rejudging.begin()
    rejudging.told([patient(number) for number in range(chunks * AT_ONCE)])
    old, new = standing(rejudging), judged_alone(rejudging, rejudging.now, "2")
    told = told_between(old, new)
    undisturbed = undisturbed_run(sqlite_database, tmp_path / "undisturbed")
    assert told_by(undisturbed[1]) == told

    job, struck = killed(forked, sqlite_database, chance, tmp_path, kills)
    assert struck > kills / 2
    assert job["state"] == "succeeded", job
    with sqlite_database.reading() as connection:
        assert (
            count_chunks(connection, job["id"]) == count_results(connection, job["id"]) == chunks
        )
        made = Counter(connection.execute(select(ADJUDICATIONS.c.subject)).scalars())
        proofs = select(EVENTS.c.seq).where(EVENTS.c.action == "job.judged")
        assert len(connection.execute(proofs).all()) == chunks
        assert list(differences(connection)) == []
        stored = job_of(connection, job["id"])
    assert stored is not None
    assert stored.done == stored.total == chunks * AT_ONCE
    assert (counts(stored), without_ids(rejudging.changes(stored))) == undisturbed
    assert made == {key: 2 if key in told else 1 for key in old}
    assert standing(rejudging) == new
    rejudging.close()


def killed(
    launcher: Forks, database: Database, chance: random.Random, folder: Path, kills: int
) -> tuple[Any, int]:
    """The job after so many kills, before each of which it had come further; how many struck it
    before it was over.
    """
    settings = {
        **settings_of(database),
        "DOSEGUARD_JOB_LEASE_SECONDS": "0.1",
        "DOSEGUARD_TEST_PATIENTS_AT_ONCE": str(AT_ONCE),
    }
    service = Service(launcher, settings, folder)
    service.start()
    service.wait_until_ready()
    job = asked(service, "POST", f"/v1/studies/{STUDY}/re-adjudications", ASKED)
    done, struck = further(database, job["id"], -1), 0
    while done is not None and struck < kills:
        pause(chance.uniform(0, 0.01))
        service.kill()
        struck += 1
        service.start()
        service.wait_until_ready()
        done = further(database, job["id"], done)
    while (now := asked(service, "GET", f"/v1/jobs/{job['id']}"))["state"] == "running":
        pause(_A_LITTLE)
    service.kill()
    return now, struck


def further(database: Database, job: str, done: int) -> int | None:
    """How far the job is, once it is further; None once it is over."""
    while True:
        with database.reading() as connection:
            found = job_of(connection, job)
        assert found is not None
        if found.is_over:
            return None
        if found.total is not None and found.done > done:
            return found.done
        pause(_A_LITTLE / 10)


def patient(number: int) -> Any:
    """One of four kinds."""
    key = f"S-{number:04}"
    day = DAYS[number % len(DAYS)]
    return subject(crs(key, until=f"2026-03-{day:02}T08:00+08:00"), id=key)


def undisturbed_run(database: Database, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the same job counts and tells on a copy of the record, when nobody kills it."""
    folder.mkdir()
    with database.engine.connect() as connection:
        connection.exec_driver_sql("VACUUM INTO ?", (str(folder / "doseguard.db"),))
    copy = Database(sqlite_url(folder))
    rejudging = Rejudging(database=copy)
    job = rejudging.run(dry_run=False, reason=WHY, protocol_version="2")
    found = counts(job), without_ids(rejudging.changes(job))
    rejudging.close()
    copy.close()
    return found


def without_ids(changes: dict[str, Any]) -> dict[str, Any]:
    """What is told, without the ids of adjudications that it made."""
    return {
        key: {**each, "adjudication": {"old": each["adjudication"]["old"]}}
        for key, each in changes.items()
    }


def asked(service: Service, method: str, path: str, body: Any = None) -> Any:
    """What is answered."""
    connection = http.client.HTTPConnection(HOST, service.port, timeout=60)
    try:
        sent = None if body is None else json.dumps(body).encode()
        connection.request(method, path, sent, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    assert answer.status in {200, 202}, text
    return json.loads(text)
