"""The demonstration: what it enters, what it shows, and that it is the same on every day."""

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import Result

from app.cli import demo
from app.data.samples.study import STUDY, dated, steps
from app.domain.record.leaf import check_chain
from app.store.audit import leaves
from app.store.database import Database, sqlite_url
from app.use_cases import answering
from tests.api.client import client_of
from tests.api.server import get
from tests.cli.running import doseguard

pytestmark = pytest.mark.anyio

NOW = datetime.fromisoformat("2026-11-28T23:59:00+08:00")
LEAP_DAY = datetime.fromisoformat("2028-02-29T00:00:00+08:00")  # its first minute
SPRING = datetime.fromisoformat("2027-03-01T12:00:00Z")
VERDICTS = {"DLT", "NOT_DLT", "PENDING", "UNDETERMINED", "NOT_APPLICABLE"}
STATUSES = VERDICTS - {"NOT_DLT"} | {"IN_WINDOW", "NOT_EVALUABLE", "NO_DLT"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    """What the demonstration prints on that day, and the folder in which its record is kept."""
    folder = tmp_path_factory.mktemp("demo")
    return demonstrated(NOW, folder), folder


@pytest.fixture
async def client(shown: tuple[Result, Path]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service on the record that was kept, on the same day."""
    database = Database(sqlite_url(shown[1]))
    async with client_of(database, lambda: NOW, auth="off") as client:
        yield client
    database.close()


def demonstrated(now: datetime, folder: Path) -> Result:
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(demo, "system_clock", lambda: now)
        result = doseguard("demo", "--once", "--port", "0", "--data-dir", str(folder))
    assert result.exit_code == 0, result.stderr
    return result


async def every(client: httpx.AsyncClient, path: str) -> Sequence[Mapping[str, Any]]:
    items: list[Mapping[str, Any]] = []
    url: str | None = path
    while url is not None:
        answer = await client.get(url)
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        url = answer.json()["next"]
    return items


async def patients(client: httpx.AsyncClient) -> Mapping[str, Mapping[str, Any]]:
    """What the service says of every patient, by the patient's id."""
    studies = await every(client, "/v1/studies")
    found = [
        each
        for study in studies
        for each in await every(client, f"/v1/studies/{study['key']}/adjudications")
    ]
    return {each["subject"]: each["verdicts"] for each in found}


async def test_every_verdict_and_every_status_occurs(client: httpx.AsyncClient) -> None:
    found = await patients(client)
    assert len(found) == 12
    assert {each["subject"]["status"] for each in found.values()} == STATUSES
    assert {event["verdict"] for each in found.values() for event in each["events"]} == VERDICTS


async def test_what_is_open_ends_after_today(client: httpx.AsyncClient) -> None:
    items = await every(client, f"/v1/studies/{STUDY}/open-items")
    due = [datetime.fromisoformat(each["due"]) for each in items if each["due"]]
    assert len(due) >= 2
    assert min(due) > NOW


async def test_what_it_enters_is_of_every_kind(client: httpx.AsyncClient) -> None:
    events = await every(client, "/v1/audit-events?limit=200")
    assert {each["action"] for each in events} >= {
        "study.created", "site.created", "subject.corrected", "exposure.created",
        "adverse_event.corrected", "adverse_event.received_late", "adverse_event.voided",
        "adverse_event.restored", "laboratory_result.created", "assessment.created",
        "hold.placed", "adjudication.made", "adjudication.reinstated",
    }  # fmt: skip
    assert {each["reason_code"] for each in events} >= {"TIME", "CORRECTION", "NOT_TRANSMITTED"}
    together = [each["request_id"] for each in events if each["subject"] == "102"]
    assert any(together.count(each) == 4 for each in together)  # a batch of three, judged once


async def test_what_came_is_all_that_is_there(client: httpx.AsyncClient) -> None:
    for study in await every(client, "/v1/studies"):
        for kind in ("subjects", "adverse-events", "laboratory-results", "exposures"):
            for each in await every(client, f"/v1/studies/{study['key']}/{kind}"):
                codes = {finding["code"] for finding in each["findings"]}
                assert codes <= {"no_exposure", "laboratory_without_assessments"}, each["key"]


def test_the_trail_holds_and_time_goes_forward(shown: tuple[Result, Path]) -> None:
    database = Database(sqlite_url(shown[1]))
    with database.reading() as connection:
        trail = list(leaves(connection))
    database.close()
    assert check_chain(trail) is None
    times = [json.loads(text)["recorded_at"] for _, text, _ in trail]
    assert times == sorted(times)
    assert times[0] < "2026-07-22"


async def test_the_past_can_be_asked_for(client: httpx.AsyncClient) -> None:
    _, at = demo.TO_TRY[1]
    before = (await client.get(dated(at, NOW))).json()
    assert before["verdicts"]["events"][0]["verdict"] == "NOT_DLT"
    now = (await client.get(demo.TO_TRY[0][1])).json()
    assert now["verdicts"]["events"][0]["verdict"] == "DLT"


@pytest.mark.parametrize("now", [LEAP_DAY, pytest.param(SPRING, marks=pytest.mark.slow)], ids=str)
async def test_it_is_the_same_on_every_day(
    client: httpx.AsyncClient, now: datetime, tmp_path: Path
) -> None:
    demonstrated(now, tmp_path)
    database = Database(sqlite_url(tmp_path))
    async with client_of(database, lambda: now, auth="off") as another:
        then = await patients(another)
    database.close()
    assert words(then) == words(await patients(client))


def words(found: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    return {
        subject: (each["subject"]["status"], [event["verdict"] for event in each["events"]])
        for subject, each in found.items()
    }


@pytest.mark.parametrize("now", [NOW, LEAP_DAY, SPRING], ids=str)
def test_nothing_is_entered_that_has_not_come(now: datetime) -> None:
    past = steps(now)
    assert [each.at for each in past] == sorted(each.at for each in past)
    assert past[-1].at < now
    assert "D-" not in json.dumps([(each.path, each.body) for each in past])
    assert {each.by for each in past} == demo.KEYS.keys()


def test_days_are_counted_back_from_the_sites_day() -> None:
    late = datetime.fromisoformat("2026-11-27T16:00:00Z")  # the 28th has begun at the sites
    assert dated("D-0 and D-28T09:30, not DEMO-1 nor D-x", late) == (
        "2026-11-28 and 2026-10-31T09:30+08:00, not DEMO-1 nor D-x"
    )
    assert dated("D-0", late - timedelta(microseconds=1)) == "2026-11-27"


def test_the_tables_say_who_stands_how_and_why(shown: tuple[Result, Path]) -> None:
    said = shown[0].stdout
    lines = said.splitlines()
    for word in STATUSES:
        assert re.search(rf"^  \d{{3}}  {word}\b", said, re.MULTILINE), word
    for word in VERDICTS:
        assert re.search(rf"^ {{7}}{word} ", said, re.MULTILINE), word
    assert "  302  IN_WINDOW       until 2026-12-19 00:00" in lines
    assert "  106  UNDETERMINED    asks for follow_up" in lines
    assert max(map(len, lines[: lines.index("KEY=" + key_in(said))])) <= 100


def test_corrections_are_told_with_their_reasons(shown: tuple[Result, Path]) -> None:
    said = " ".join(shown[0].stdout.split())
    assert (
        "2026-08-14 11:00 101 Cytokine release syndrome: NOT_DLT → DLT corrected, "
        "SOURCE_VERIFICATION: The nursing chart has the fall to grade 2 at 20:16, not at 19:50."
    ) in said
    assert "103 Lung infection: PENDING → UNDETERMINED time passed" in said
    assert "201 Hypokalemia: DLT → not counted voided, WRONG_PATIENT: " in said
    assert "201 Hypokalemia: not counted → DLT restored, WRONG_PATIENT_RETRACTED: " in said
    assert "kept without being applied 2026-11-27 08:00 203 Lung infection, version 2" in said
    assert "What is stopped dose level 2: Patient 201 has a DLT" in said


def key_in(said: str) -> str:
    found = re.search(r"^KEY=(dg_\S+)$", said, re.MULTILINE)
    assert found is not None
    return found[1]


def test_the_record_that_was_kept_is_shown_again(shown: tuple[Result, Path]) -> None:
    first, folder = shown
    again = demonstrated(NOW + timedelta(minutes=1), folder)
    until = "\nServing at "
    assert again.stdout.partition(until)[0] == first.stdout.partition(until)[0]
    assert key_in(again.stdout) != key_in(first.stdout)


def test_a_record_that_is_no_demonstration_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOSEGUARD_DATA_DIR", str(tmp_path))
    assert doseguard("migrate").exit_code == 0
    result = doseguard("demo", "--once", "--port", "0", "--data-dir", str(tmp_path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "holds a record that is no demonstration" in result.stderr


def test_without_a_folder_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    result = doseguard("demo", "--once", "--port", "0")
    assert result.exit_code == 0, result.stderr
    assert list(tmp_path.iterdir()) == []


def test_it_says_when_its_service_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(answering, "adjudicate", fail)
    result = doseguard("demo", "--once", "--port", "0")
    assert result.exit_code == 1
    assert "The service answers 500: " in result.stderr
    assert '"code":"internal_error"' in result.stderr


def test_it_serves_what_it_invites_to_until_it_is_interrupted(
    monkeypatch: pytest.MonkeyPatch, shown: tuple[Result, Path]
) -> None:
    said: list[str] = []
    answers: list[int] = []

    def try_it_then_interrupt() -> None:
        told = "\n".join(said)
        urls = re.findall(r'^curl -s -H "Authorization: Bearer \$KEY" "(.+)"$', told, re.MULTILINE)
        answers.extend(get(*split(url), key_in(told)) for url in urls)
        answers.append(get(*split(urls[0]), "dg_none"))
        answers.append(get(split(urls[0])[0], "/docs"))
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "wait_for_interrupt", try_it_then_interrupt)
    monkeypatch.setattr("typer.echo", lambda line="", **_: said.append(line))
    result = doseguard("demo", "--port", "0", "--data-dir", str(shown[1]))
    assert result.exit_code == 0, result.exception
    assert answers == [200, 200, 200, 401, 200]
    assert "\nStopped." in said


def split(url: str) -> tuple[str, str]:
    """The address, and the path with its query."""
    scheme, _, rest = url.partition("//")
    host, slash, path = rest.partition("/")
    return f"{scheme}//{host}", slash + path
