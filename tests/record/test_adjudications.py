"""Adjudications are appended: one for each state of knowledge, chained, whole, kept for ever."""

import json
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.time import PartialTime, last_instant_of_cut, zone_of
from app.use_cases.judging import moment_of
from tests.api.client import is_problem
from tests.oracle.requests import cases
from tests.record.service import STUDY, Service, at_database, by_source, event, of_study
from tests.record.two_paths import stored
from tests.store.databases import copy_of

pytestmark = pytest.mark.anyio

PATH = by_source("AE-1")
WHY = {"reason": {"code": "DUPLICATE"}}
SEVERE: Final = ((4, "2026-03-05"), (0, "2026-03-06"))
MILD: Final = ((3, "2026-03-05"), (0, "2026-03-06"))


def on(day: int) -> str:
    return f"2026-03-{day:02}T12:00:00+08:00"


@pytest.fixture
async def begun(any_service: Service) -> Service:
    await any_service.begin(at=on(1))
    await any_service.patient(at=on(2))
    return any_service


async def corrected(service: Service) -> list[Any]:
    """S-01's event is of grade 4, then 3, then void: four adjudications with the patient's."""
    await service.event("AE-1", *SEVERE, at=on(8))
    await service.event("AE-1", *MILD, at=on(9))
    await service.done("PUT", by_source("AE-2"), {"subject": "S-01", "term": "Rash"}, at=on(10))
    return await service.adjudications()


class TestTheChain:
    async def test_each_names_the_one_before_it(self, begun: Service) -> None:
        items = await corrected(begun)
        assert [each["number"] for each in items] == [1, 2, 3, 4]
        assert items[0]["supersedes"] is None
        before = [each["id"] for each in items[:-1]]
        assert [each["supersedes"] for each in items[1:]] == before

    async def test_only_the_last_stands(self, begun: Service) -> None:
        items = await corrected(begun)
        standing = (await begun.get(of_study("adjudications")))["items"]
        assert standing == items[-1:]
        current = [(await begun.get(each["href"]))["current"] for each in items]
        assert current == [False, False, False, True]

    async def test_one_that_is_superseded_stays_as_it_was(self, begun: Service) -> None:
        await begun.event("AE-1", *SEVERE, at=on(8))
        stood = await begun.verdicts()
        await begun.event("AE-1", *MILD, at=on(9))
        now = await begun.get(f"/v1/adjudications/{stood['id']}")
        assert now == {**stood, "current": False}

    async def test_each_says_why_it_was_made(self, begun: Service) -> None:
        await corrected(begun)
        await begun.done("DELETE", by_source("AE-2"), WHY, at=on(11))
        await begun.done("POST", f"{by_source('AE-2')}/restore", WHY, at=on(12))
        await begun.patient(dose_level="2", at=on(13))
        await begun.done("PUT", f"/v1/studies/{STUDY}", {"title": "-", "time_zone": "UTC"})
        begun.sweep("2026-03-30T00:00:00+00:00")
        causes = [each["cause"] for each in await begun.adjudications()]
        assert causes == [
            "patient", "ingest", "correction", "ingest", "restoration", "patient", "study", "time",
        ]  # fmt: skip

    async def test_what_leaves_the_inputs_of_before_reinstates_it(self, begun: Service) -> None:
        """AE-2 is void, so that AE-1 alone is what stands: as before AE-2 came."""
        items = await corrected(begun)
        voided = await begun.done("DELETE", by_source("AE-2"), WHY, at=on(11))
        assert [each["adjudication"] for each in voided["adjudications"]] == [items[2]["id"]]
        assert (await begun.verdicts())["id"] == items[2]["id"]
        assert await begun.adjudications() == items
        event = (await begun.audit())[-1]
        assert (event["action"], event["entity_id"]) == ("adjudication.reinstated", items[2]["id"])
        await begun.event("AE-1", *SEVERE, at=on(12))
        last = (await begun.adjudications())[-1]
        assert (last["number"], last["supersedes"]) == (5, items[2]["id"])


class TestOneOfThem:
    async def test_it_is_whole_and_its_digests_can_be_made_again(self, begun: Service) -> None:
        await begun.event("AE-1", *SEVERE, at=on(8))
        href = (await begun.adjudications())[-1]["href"]
        text = (await begun.client.get(href)).text
        head, _, verdicts = text.removesuffix("}").partition(',"verdicts":')
        view = json.loads(text)
        assert view["answer_digest"] == f"sha256:{sha256(verdicts.encode()).hexdigest()}"
        inputs = rfc8785.dumps(view["inputs"])
        assert view["input_digest"] == f"sha256:{sha256(inputs).hexdigest()}"
        assert inputs.decode() in head

    async def test_it_names_every_version_that_it_rests_on(self, begun: Service) -> None:
        await corrected(begun)
        inputs = (await begun.verdicts())["inputs"]
        event = await begun.get(PATH)
        named = {"key": "edc:AE-1", "version": 2, "digest": event["digest"]}
        assert inputs["records"]["adverse_event"][0] == named
        assert inputs["records"]["subject"][0]["version"] == 1
        assert inputs["protocol"]["id"] == "NCT06886919"
        assert inputs["time_zone"] == "+08:00"
        governed = (await begun.verdicts())["governed_by"]
        assert governed == "NCT06886919 version 1, by activation 1 of the study"

    async def test_every_verdict_is_explained(self, begun: Service) -> None:
        await begun.event("AE-1", *SEVERE, at=on(8))
        verdicts = (await begun.verdicts())["verdicts"]
        told = verdicts["events"][0]["explanation"]["text"]
        assert told.startswith("DLT since 2026-03-05 00:00 +08:00: criterion grade-4-or-5 (")
        assert told.endswith("): grade 4 or more reached: 2026-03-05.")
        assert "edc:AE-1" in verdicts["subject"]["explanation"]["text"]

    @pytest.mark.parametrize("wrong", ["nothing", "00000000-0000-4000-8000-000000000001"])
    async def test_one_that_is_not_there(self, begun: Service, wrong: str) -> None:
        answer = await begun.client.get(f"/v1/adjudications/{wrong}")
        assert is_problem(answer)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_adjudication")

    async def test_a_patient_who_is_not_there(self, begun: Service) -> None:
        for path in ("subjects/S-09/adjudication", "subjects/S-09/adjudication?as_of=2026-03-20"):
            answer = await begun.client.get(of_study(path))
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_record")


class TestMadeAgain:
    async def test_every_one_can_be_made_again_from_what_was_known_then(
        self, begun: Service
    ) -> None:
        """Keys in an order that no dictionary has, moves, a void, a limit and a window's end."""
        for day, key in enumerate(("b", "AE-10", "AE-2", "Z", "ä", "a:b"), 3):
            ongoing = {"ongoing": True} if key == "AE-2" else {}
            await begun.event(key, (3, "2026-03-05"), at=on(day), **ongoing)
        await begun.done("PUT", by_source("b"), event(*MILD, subject="S-02"), at=on(10))
        await begun.done("DELETE", by_source("Z"), WHY, at=on(11))
        await begun.patient(dose_level="2", at=on(12))
        begun.sweep(on(14))
        begun.sweep("2026-03-30T00:00:00+08:00")
        made = await begun.adjudications()
        assert len(made) > 8
        for each in made:
            kept = await begun.get(each["href"])
            query = {"as_of": kept["as_of"], "known_at": kept["recorded_at"]}
            again = await begun.verdicts(**query)
            for whole in (kept, again):
                del whole["inputs"]["as_of"], whole["verdicts"]["as_of"]
            assert again["inputs"] == kept["inputs"]
            assert again["verdicts"] == kept["verdicts"]


class TestTheList:
    async def test_by_status_and_by_patient(self, begun: Service) -> None:
        await begun.patient("S-02", at=on(3))
        await begun.event("AE-1", *SEVERE, at=on(8))
        path = of_study("adjudications")
        for query, subjects in (
            ({"verdict": "DLT"}, ["S-01"]),
            ({"verdict": "IN_WINDOW"}, ["S-02"]),
            ({"verdict": "PENDING"}, []),
            ({"subject": "S-02"}, ["S-02"]),
            ({}, ["S-02", "S-01"]),
        ):
            items = (await begun.get(path, **query))["items"]
            assert [each["subject"] for each in items] == subjects
        answer = await begun.client.get(path, params={"verdict": "BAD"})
        assert answer.status_code == 422

    @pytest.mark.parametrize(
        ("since", "numbers"),
        [
            ("2026-03-08T03:59:59.999999Z", [2, 3, 4]),
            ("2026-03-08T04:00:00Z", [3, 4]),
            ("2026-03-08", [3, 4]),
            ("2026-03-07", [2, 3, 4]),
            ("2026-03-10", []),
        ],
    )
    async def test_those_made_since(self, begun: Service, since: str, numbers: list[int]) -> None:
        """After an instant, or after the end of a day in the study's zone."""
        await corrected(begun)
        query = {"changed_since": since, "current": "false"}
        items = (await begun.get(of_study("adjudications"), **query))["items"]
        assert [each["number"] for each in items] == numbers

    async def test_where_the_list_ended_is_where_to_go_on(self, begun: Service) -> None:
        first = (await begun.get(of_study("adjudications"), current="false", limit=1))["items"]
        await corrected(begun)
        after = first[-1]["audit_seq"]
        rest = await begun.get(of_study("adjudications"), current="false", after=after)
        assert [each["number"] for each in rest["items"]] == [2, 3, 4]


class TestRunAgain:
    async def test_the_same_records_give_nothing_new(self, begun: Service) -> None:
        await begun.event("AE-1", *SEVERE, at=on(8))
        rows = begun.rows()
        await begun.event("AE-1", *SEVERE, at=on(20))
        assert begun.sweep(on(21)) == 0
        assert begun.rows() == rows


@given(
    case=cases(),
    looks=st.lists(st.integers(1, 40 * 24 * 60), max_size=4),
)
@settings(
    max_examples=max(10, settings.default.max_examples // 20 if settings.default else 0),
    suppress_health_check=[HealthCheck.too_slow],
)
async def test_what_stands_does_not_depend_on_who_looked_and_when(
    sqlite_template: Path, case: dict[str, Any], looks: list[int]
) -> None:
    """Swept at some minutes after the cut and then at the end, or at the end alone."""
    request = {"protocol": {"id": "NCT06886919", "version": "1"}, **case}
    cut = last_instant_of_cut(PartialTime(request["as_of"]), zone_of(request["time_zone"]))
    end = 41 * 24 * 60
    found = []
    for moments in ([*sorted(looks), end], [end]):
        with TemporaryDirectory() as folder:
            database = copy_of(sqlite_template, Path(folder))
            with at_database(database) as service:
                await stored(service, request)
                for minutes in moments:
                    moment = moment_of(cut + minutes * 60_000_000)
                    service.sweep(moment.isoformat())
                    assert service.sweep() == 0
                kept = await service.verdicts(request["subject"]["id"])
            database.close()
        found.append((kept["as_of"], kept["due"], kept["input_digest"], kept["verdicts"]))
    assert found[0] == found[1]
