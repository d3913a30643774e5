"""What is open in a study, until when, and what to ask the sites so that it can be settled."""

from typing import Any, Final

import pytest

from tests.record.service import Service, event, of_study

pytestmark = pytest.mark.anyio

ITEMS: Final = of_study("open-items")
QUERIES: Final = of_study("queries")


def on(day: int) -> str:
    return f"2026-03-{day:02}T12:00:00+08:00"


async def put(service: Service, subject: str, key: str, **recorded: Any) -> Any:
    path = of_study(f"adverse-events/by-source/edc/{key}")
    body = {**event((recorded.pop("grade", 3), "2026-03-05")), **recorded, "subject": subject}
    return await service.done("PUT", path, body, at=on(8))


@pytest.fixture
async def begun(service: Service) -> Service:
    """S-01 has a pending event, S-02 one without causality, S-03 none, S-04 a DLT and no more."""
    await service.begin(at=on(1))
    for number in range(1, 5):
        await service.patient(f"S-0{number}", at=on(2))
    await put(service, "S-01", "P", ongoing=True)
    await put(service, "S-02", "U", grade=4, ongoing=True, causality=[])
    await put(service, "S-04", "D", grade=4, ongoing=True)
    await put(service, "S-04", "M", grade=1, ongoing=True)
    return service


def told(items: list[Any]) -> list[tuple[str, str | None, str, str | None]]:
    return [(each["subject"], each["event"], each["verdict"], each["due"]) for each in items]


class TestOpenItems:
    async def test_the_first_due_stands_first_and_what_has_no_date_last(
        self, begun: Service
    ) -> None:
        """A DLT is not open, nor is an event that is none; the window of a DLT matters no more."""
        items = (await begun.get(ITEMS))["items"]
        assert told(items) == [
            ("S-01", "edc:P", "PENDING", "2026-03-12T16:00:00Z"),
            ("S-03", None, "IN_WINDOW", "2026-03-29T16:00:00Z"),
            ("S-02", "edc:U", "UNDETERMINED", None),
        ]
        assert [each["field"] for each in items[2]["missing"]] == ["causality"]

    @pytest.mark.parametrize(
        ("before", "number"),
        [
            ("2026-03-12T16:00:00Z", 0),
            ("2026-03-12T16:00:00.000001Z", 1),
            ("2026-03-12", 0),
            ("2026-03-13", 1),
            ("2026-03-29", 1),
            ("2026-03-30", 2),
        ],
    )
    async def test_only_what_is_due_before(self, begun: Service, before: str, number: int) -> None:
        """A day ends in the study's zone, and its own midnight is of the next."""
        assert len((await begun.get(ITEMS, due_before=before))["items"]) == number

    async def test_each_names_the_adjudication_that_says_so(self, begun: Service) -> None:
        for item in (await begun.get(ITEMS))["items"]:
            judged = await begun.get(f"/v1/adjudications/{item['adjudication']}")
            assert (judged["current"], judged["subject"]) == (True, item["subject"])

    async def test_a_patient_without_review_is_open_by_itself(self, begun: Service) -> None:
        begun.sweep("2026-04-01T00:00:00+08:00")
        items = (await begun.get(ITEMS))["items"]
        of_patient = next(each for each in items if each["subject"] == "S-03")
        assert (of_patient["event"], of_patient["verdict"]) == (None, "UNDETERMINED")
        assert [each["field"] for each in of_patient["missing"]] == ["follow_up"]
        assert of_patient["due"] is None

    async def test_an_event_known_to_become_a_dlt_is_due_though_undetermined(
        self, begun: Service
    ) -> None:
        """Whether vasopressors were given decides between 72 hours and 7 days."""
        term: dict[str, Any] = {"term": "Hypotension", "other_crs_symptoms": []}
        await put(begun, "S-03", "H", ongoing=True, **term)
        items = (await begun.get(ITEMS))["items"]
        item = next(each for each in items if each["event"] == "edc:H")
        assert (item["verdict"], item["due"]) == ("UNDETERMINED", "2026-03-12T16:00:00Z")
        assert "interventions" in [each["field"] for each in item["missing"]]

    async def test_what_is_settled_is_no_longer_there(self, begun: Service) -> None:
        await put(begun, "S-02", "U", grade=4, ongoing=True)
        items = (await begun.get(ITEMS))["items"]
        assert "S-02" not in [each["subject"] for each in items]

    async def test_they_come_in_pages(self, begun: Service) -> None:
        whole = (await begun.get(ITEMS))["items"]
        found: list[Any] = []
        url: str | None = f"{ITEMS}?limit=2"
        while url is not None:
            page = (await begun.client.get(url)).json()
            found += page["items"]
            url = page["next"]
        assert found == whole

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ({"due_before": "2026-03"}, "/query/due_before"),
            ({"due_before": "soon"}, "/query/due_before"),
            ({"after": "x"}, "/query/after"),
            ({"after": "-1"}, "/query/after"),
        ],
    )
    async def test_what_cannot_be_asked(
        self, begun: Service, query: dict[str, str], pointer: str
    ) -> None:
        answer = await begun.client.get(ITEMS, params=query)
        assert answer.status_code == 422
        assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]

    async def test_another_study_has_its_own(self, begun: Service) -> None:
        await begun.begin("OTHER")
        assert (await begun.get(of_study("open-items", "OTHER")))["items"] == []
        answer = await begun.client.get(of_study("open-items", "NOT-THERE"))
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_study")


class TestQueries:
    async def test_each_missing_datum_is_a_question_for_a_field_of_the_edc(
        self, begun: Service
    ) -> None:
        items = (await begun.get(QUERIES))["items"]
        assert [(each["subject"], each["event"]) for each in items] == [("S-02", "edc:U")]
        query = items[0]
        assert (query["form"], query["field"]) == ("AE", "AEREL")
        assert query["text"].endswith(
            "Please record how the investigator judges the relation to this agent."
        )
        assert query["missing"]["would_settle"] == {"related": "DLT", "not_related": "NOT_DLT"}

    async def test_a_patients_own_questions_name_no_event(self, begun: Service) -> None:
        begun.sweep("2026-04-01T00:00:00+08:00")
        items = (await begun.get(QUERIES, subject="S-03"))["items"]
        assert [(each["event"], each["form"], each["field"]) for each in items] == [
            (None, "DS", "DSSTDTC")
        ]

    async def test_the_same_question_keeps_its_id(self, begun: Service) -> None:
        """Though the adjudication that asks it is another one."""
        before = (await begun.get(QUERIES))["items"]
        await put(begun, "S-02", "V", grade=1, ongoing=True)
        after = (await begun.get(QUERIES))["items"]
        assert [each["id"] for each in after] == [each["id"] for each in before]
        assert after[0]["adjudication"] != before[0]["adjudication"]

    async def test_it_is_gone_once_it_is_answered(self, begun: Service) -> None:
        await put(begun, "S-02", "U", grade=4, ongoing=True)
        assert (await begun.get(QUERIES))["items"] == []

    async def test_an_answer_settles_as_it_was_said_to(self, begun: Service) -> None:
        would = (await begun.get(QUERIES))["items"][0]["missing"]["would_settle"]
        unrelated = [{**event()["causality"][0], "relatedness": "unrelated"}]
        for answer, causality in (("related", event()["causality"]), ("not_related", unrelated)):
            done = await put(begun, "S-02", "U", grade=4, ongoing=True, causality=causality)
            verdicts = done["adjudications"][0]["verdicts"]["events"]
            assert verdicts[0]["verdict"] == would[answer]

    async def test_those_of_one_patient(self, begun: Service) -> None:
        assert (await begun.get(QUERIES, subject="S-01"))["items"] == []
        assert len((await begun.get(QUERIES, subject="S-02"))["items"]) == 1

    async def test_they_come_in_pages(self, begun: Service) -> None:
        for number in range(3):
            await put(begun, "S-02", f"U{number}", grade=4, ongoing=True, causality=[])
        whole = (await begun.get(QUERIES))["items"]
        assert len(whole) == 4
        page = await begun.get(QUERIES, limit=3)
        rest = (await begun.client.get(page["next"])).json()
        assert [*page["items"], *rest["items"]] == whole
