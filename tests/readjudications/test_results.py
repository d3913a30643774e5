"""What a re-adjudication tells: who came out otherwise, from what to what, by which clauses."""

import csv
import io
import json
from typing import Any

import pytest

from app.api.schemas.readjudications import PatientChange
from app.interchange.exports.delimited import unguarded
from app.use_cases.readjudication_lines import COLUMNS
from tests.readjudications.http import AMENDED, CRS, FEVER, LEVEL, REAL, Judging
from tests.record.service import of_study

pytestmark = pytest.mark.anyio

KEY = f"edc:{FEVER}"


async def told(judging: Judging, job: str, **query: Any) -> list[dict[str, Any]]:
    answer = await judging.results(job, **query)
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(each) for each in answer.text.splitlines()]


async def rows(judging: Judging, job: str, **query: Any) -> list[dict[str, str]]:
    answer = await judging.results(job, format="csv", **query)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.text.endswith("\r\n")
    reader = csv.DictReader(io.StringIO(answer.text, newline=""))
    assert tuple(reader.fieldnames or ()) == COLUMNS
    return list(reader)


async def test_a_line_has_what_stood_what_came_out_and_the_clauses(judging: Judging) -> None:
    job = (await judging.done(**AMENDED))["id"]
    one, other = await told(judging, job)
    assert one.keys() == PatientChange.__dataclass_fields__.keys()
    assert [one["subject"], other["subject"]] == ["S-01", "S-04"]
    assert (other["site"], other["dose_level"], other["kind"]) == ("02", LEVEL, "changed")
    assert other["protocol"] == {"old": "1", "new": "2"}
    stands = await judging.service.verdicts("S-04")
    assert other["adjudication"] == {"old": stands["id"], "new": None}
    assert other["status"]["old"]["status"] == "DLT"
    assert other["status"]["new"]["status"] == "NO_DLT"
    assert f"{KEY} is a DLT" in other["status"]["old"]["reason"]
    (event,) = other["events"]
    assert event["id"] == KEY
    assert (event["old"]["verdict"], event["new"]["verdict"]) == ("DLT", "NOT_DLT")
    assert (event["old"]["exception"], event["new"]["exception"]) == (None, "crs-g3-72h")
    (clause,) = [each for each in event["clauses"] if each["clause"] == "crs-g3-72h"]
    assert (clause["old"]["truth"], clause["new"]["truth"]) == ("no", "yes")
    (old,) = [each for each in clause["old"]["conditions"] if "72 h" in each["says"]]
    assert old["truth"] == "yes"
    assert any("7 days" in each["says"] for each in clause["new"]["conditions"])


async def test_its_counts_say_from_what_to_what(judging: Judging) -> None:
    counts = (await judging.done(**AMENDED))["counts"]
    assert counts == {
        "unchanged": 2, "changed": 2, "restated": 0, "first": 0, "failed": 0, "not_there": 0,
        "verdicts": {"DLT": {"NOT_DLT": 2}}, "statuses": {"DLT": {"NO_DLT": 2}},
        "newly_pending": 0, "newly_undetermined": 0,
    }  # fmt: skip


async def test_a_real_run_names_the_adjudications_that_it_made(judging: Judging) -> None:
    job = (await judging.done(**REAL, **AMENDED))["id"]
    for each in await told(judging, job):
        stands = await judging.service.verdicts(each["subject"])
        made = {"old": stands["supersedes"], "new": stands["id"]}
        assert each["adjudication"] == made


async def test_a_table_has_a_row_an_event_and_runs_nothing(judging: Judging) -> None:
    """A cell that a spreadsheet would take for a formula is guarded; commas are quoted."""
    job = (await judging.done(**AMENDED))["id"]
    one, other = await rows(judging, job)
    assert (one["subject"], one["dose_level"], one["event"]) == ("S-01", "1", "edc:AE-1")
    assert other["dose_level"] == f"'{LEVEL}"
    assert unguarded(other["dose_level"]) == LEVEL
    assert other["event"] == KEY
    assert (other["verdict_old"], other["verdict_new"]) == ("DLT", "NOT_DLT")
    assert (other["status_old"], other["status_new"]) == ("DLT", "NO_DLT")
    assert (other["protocol_old"], other["protocol_new"]) == ("1", "2")
    assert "crs-g3-72h" in other["clauses"].split("; ")
    assert (other["adjudication_new"], other["problem"]) == ("", "")


async def test_of_a_kind_alone(judging: Judging) -> None:
    job = (await judging.done(**AMENDED))["id"]
    assert len(await told(judging, job, kind="changed")) == 2
    assert await told(judging, job, kind="restated") == []
    assert await rows(judging, job, kind="restated") == []


@pytest.mark.parametrize(("name", "value"), [("kind", "unchanged"), ("format", "xlsx")])
async def test_of_no_other_kind_or_format(judging: Judging, name: str, value: str) -> None:
    job = (await judging.done(**AMENDED))["id"]
    path = of_study(f"re-adjudications/{job}/results?{name}={value}")
    answer = await judging.service.client.get(path)
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["pointer"].split("/")[1:3], fault["code"]) == (["query", name], "not_an_option")


async def test_before_it_is_done_there_is_nothing_to_tell(judging: Judging) -> None:
    job = (await judging.asked(**AMENDED))["id"]
    assert await told(judging, job) == []
    assert await rows(judging, job) == []


@pytest.mark.parametrize(
    ("scope", "concerned"),
    [
        ({}, {"S-01", "S-02", "S-03", "S-04"}),
        ({"sites": ["02"]}, {"S-02", "S-03", "S-04"}),
        ({"dose_levels": [LEVEL]}, {"S-04"}),
        ({"terms": [CRS.upper()]}, {"S-01", "S-02", "S-04"}),
        ({"sites": ["01"], "dose_levels": ["2"]}, set()),
    ],
)
async def test_only_patients_of_the_scope_are_judged(
    judging: Judging, scope: dict[str, Any], concerned: set[str]
) -> None:
    job = await judging.done(**AMENDED, scope=scope)
    assert job["progress"] == {"done": len(concerned), "total": len(concerned)}
    changed = {each["subject"] for each in await told(judging, job["id"])}
    assert changed == concerned & {"S-01", "S-04"}
