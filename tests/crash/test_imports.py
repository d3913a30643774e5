"""kill -9 of the server in the middle of an import: it is gone on with, and nothing shows it."""

import http.client
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from app.store.database import Database
from app.use_cases.replay import differences
from tests.crash.service import HOST, Forks, Service, pause
from tests.imports.files import record_lines
from tests.imports.service import STUDY, Importing

PATIENTS: Final = 200
FILE: Final = record_lines(PATIENTS, events=3)
ROWS: Final = 5 * PATIENTS
KINDS: Final = ("subject", "exposure", "adverse_event")
_A_LITTLE: Final = 0.02


def test_an_import_that_was_killed_is_as_an_undisturbed_one(
    database: Database,
    settings: Mapping[str, str],
    forked: Forks,
    chance: random.Random,
    tmp_path: Path,
) -> None:
    imported_through(forked, settings, database, chance, tmp_path, kills=3)


@pytest.mark.slow
def test_an_import_that_was_killed_twenty_times(
    database: Database,
    settings: Mapping[str, str],
    forked: Forks,
    chance: random.Random,
    tmp_path: Path,
) -> None:
    imported_through(forked, settings, database, chance, tmp_path, kills=20)


def imported_through(
    launcher: Forks,
    settings: Mapping[str, str],
    database: Database,
    chance: random.Random,
    folder: Path,
    *,
    kills: int,
) -> None:
    """The file is sent anew after each kill, at some moment of its import."""
    importing = Importing(database=database)
    importing.begin()
    service = Service(launcher, {**settings, "DOSEGUARD_JOB_LEASE_SECONDS": "0.5"}, folder)
    service.start()
    service.wait_until_ready()
    job = sent(service)
    for _ in range(kills):
        pause(chance.uniform(0, 0.6))
        service.kill()
        service.start()
        service.wait_until_ready()
        assert sent(service)["id"] == job["id"]
    told = finished(service, job["id"])
    service.kill()
    assert told["state"] == "succeeded", told
    assert told["counts"] == {"rows": ROWS, "accepted": ROWS, "records": {"created": ROWS}}
    with database.reading() as connection:
        assert list(differences(connection)) == []
    as_it_is = standing(importing)
    assert_undisturbed(as_it_is)
    importing.close()


def assert_undisturbed(as_it_is: Mapping[str, Any]) -> None:
    """Each record and verdict is there, once, and is what its line says."""
    lines = [json.loads(line) for line in FILE.splitlines()]
    events = [each for each in lines if each["kind"] == "adverse_event"]
    assert len(as_it_is["adverse_event"]) == len(events)
    for each in events:
        held, version = as_it_is["adverse_event"][f"edc:{each['source']['record_id']}"]
        assert version == 1
        assert held["grades"] == each["grades"]
    verdicts = {"0": "NOT_DLT", "1": "NOT_DLT", "2": "DLT"}
    for subject in as_it_is["subject"]:
        assert as_it_is["verdicts"][subject] == {
            f"edc:{subject}.AE.{number}": verdict for number, verdict in verdicts.items()
        }


def standing(importing: Importing) -> dict[str, Any]:
    """What the record says, with the version of each record."""
    found: dict[str, Any] = {}
    for kind in KINDS:
        held = importing.held(kind)
        contents = importing.contents(kind)
        found[kind] = {key: (contents[key], held[key].version) for key in held}
    found["verdicts"] = {each: importing.verdicts(each) for each in found["subject"]}
    return found


def sent(service: Service) -> Any:
    """The job that the file is answered with, sent until it is answered."""
    path = f"/v1/studies/{STUDY}/imports?system=edc"
    while (answer := asked(service, "POST", path, FILE)) is None:
        pause(_A_LITTLE)
    return answer


def finished(service: Service, job: str) -> Any:
    """The job, once it is over."""
    while True:
        told = asked(service, "GET", f"/v1/jobs/{job}")
        if told is not None and told["state"] not in {"queued", "running"}:
            return told
        pause(_A_LITTLE)


def asked(service: Service, method: str, path: str, body: str | None = None) -> Any:
    """What is answered, or None where nobody answers."""
    connection = http.client.HTTPConnection(HOST, service.port, timeout=60)
    try:
        connection.request(method, path, body=None if body is None else body.encode())
        answer = connection.getresponse()
        text = answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    assert answer.status in {200, 202}, text
    return json.loads(text)
