"""Exports of a study's adverse events: what stands in the record, with the verdict that stands."""

import csv
import json
from io import StringIO
from typing import Any, Final

import pytest

from app.interchange.exports import MEDIA
from app.use_cases import exports
from tests.interchange.exports.reading import FORMATS, content_of, course_of, read_back
from tests.record.service import Service, by_source, event, of_study

pytestmark = pytest.mark.anyio

EXPORT: Final = of_study("exports/adverse-events")
SEVERE: Final = ((4, "2026-03-05T09:00+08:00"), (0, "2026-03"))


def on(day: int) -> str:
    return f"2026-03-{day:02}T12:00:00+08:00"


async def put(service: Service, subject: str, key: str, day: int = 8, **recorded: Any) -> Any:
    body = {**event(*recorded.pop("changes", SEVERE)), **recorded, "subject": subject}
    return await service.done("PUT", by_source(key), body, at=on(day))


async def text_of(service: Service, wanted: str, **query: str) -> str:
    answer = await service.client.get(EXPORT, params={"format": wanted, **query})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == MEDIA[wanted]  # type: ignore[index]
    return answer.text


async def rows_of(
    service: Service, wanted: str = "adam-csv", **query: str
) -> list[dict[str, str]]:
    text = await text_of(service, wanted, **query)
    return list(csv.DictReader(StringIO(text, newline=""), strict=True))


async def told(service: Service, **query: str) -> list[tuple[str, str, str]]:
    """Patient, event and verdict of each row of ADaM."""
    rows = await rows_of(service, **query)
    return [(row["USUBJID"], row["AEGRPID"], row["DLTVERD"]) for row in rows]


async def filled(service: Service) -> Service:
    """S-01 has a DLT and a mild event, S-02 nothing, S-03 an event without causality."""
    await service.begin(at=on(1))
    for number in range(1, 4):
        await service.patient(f"S-0{number}", at=on(2))
    await put(service, "S-01", "D")
    await put(service, "S-01", "M", changes=((1, "2026-03-04"), (0, "2026-03-05")))
    await put(service, "S-03", "U", causality=[], ongoing=True, changes=[(4, "2026-03-05")])
    return service


@pytest.fixture
async def begun(service: Service) -> Service:
    return await filled(service)


@pytest.fixture
async def anywhere(any_service: Service) -> Service:
    """The same on SQLite and on PostgreSQL."""
    return await filled(any_service)


async def test_every_event_stands_there_with_the_verdict_that_stands(begun: Service) -> None:
    page = await begun.get(of_study("adjudications"))
    standing = [
        (each["subject"], verdict["id"], verdict["verdict"])
        for each in page["items"]
        for verdict in each["verdicts"]["events"]
    ]
    assert await told(begun) == sorted(standing)
    assert {verdict for _, _, verdict in standing} == {"DLT", "NOT_DLT", "UNDETERMINED"}


async def test_the_verdict_names_its_adjudication_and_what_would_settle_it(
    begun: Service,
) -> None:
    rows = await rows_of(begun, "sdtm-csv")
    for row in rows:
        made = await begun.get(f"/v1/adjudications/{row['DLTADJ']}")
        assert (made["subject"], made["as_of"]) == (row["USUBJID"], row["DLTASOF"])
        (verdict,) = [e for e in made["verdicts"]["events"] if e["id"] == row["AEGRPID"]]
        assert row["DLTCRIT"] == (verdict["criterion"] or "")
        assert row["DLTESTAB"] == (verdict["established_at"] or "")
        assert row["DLTMISS"] == "; ".join(each["field"] for each in verdict["missing"])
        assert row["DLTPROT"] == "NCT06886919"
    assert {row["DLTMISS"] for row in rows} >= {"", "causality"}


async def test_every_format_tells_of_the_same_grades(begun: Service) -> None:
    rows = await rows_of(begun, "sdtm-csv")
    grades = [(row["AEGRPID"], row["AETOXGR"]) for row in rows]
    assert len(grades) == 5
    whole = json.loads(await text_of(begun, "dataset-json"))
    names = [each["name"] for each in whole["columns"]]
    group, grade = names.index("AEGRPID"), names.index("AETOXGR")
    assert [(row[group], row[grade]) for row in whole["rows"]] == grades
    lines = (await text_of(begun, "dataset-ndjson")).splitlines()
    assert [json.loads(line) for line in lines[1:]] == whole["rows"]
    resources = map(json.loads, (await text_of(begun, "fhir-ndjson")).splitlines())
    assert [
        (each["identifier"]["value"], each["extension"][0]["valueCodeableConcept"]["coding"][0])
        for each in resources
    ] == [
        (
            key,
            {
                "system": "http://hl7.org/fhir/us/ctcae/CodeSystem/ctcae-grade-code-system",
                "code": each,
            },
        )
        for key, each in grades
    ]


async def test_an_event_of_a_patient_who_is_not_recorded_has_no_verdict_yet(
    begun: Service,
) -> None:
    await put(begun, "S-09", "P", day=9)
    assert ("S-09", "edc:P", "") in await told(begun)
    await begun.patient("S-09", at=on(10))
    assert ("S-09", "edc:P", "DLT") in await told(begun)
    assert ("S-09", "edc:P", "") in await told(begun, as_of=on(9))


async def test_what_is_void_is_left_out_until_it_is_restored(anywhere: Service) -> None:
    reason = {"reason": {"code": "ERROR", "text": "entered for another patient"}}
    all_of_them = await told(anywhere)
    await anywhere.done("DELETE", by_source("M"), reason, at=on(9))
    await anywhere.done("DELETE", of_study("subjects/S-03"), reason, at=on(9))
    assert await told(anywhere) == [("S-01", "edc:D", "DLT")]
    assert await told(anywhere, as_of=on(9)) == [("S-01", "edc:D", "DLT")]
    assert await told(anywhere, as_of=on(8)) == all_of_them
    await anywhere.done("POST", by_source("M") + "/restore", reason, at=on(10))
    await anywhere.done("POST", of_study("subjects/S-03") + "/restore", reason, at=on(10))
    assert await told(anywhere) == all_of_them


async def test_as_of_tells_what_was_known_then(anywhere: Service) -> None:
    await put(anywhere, "S-01", "D", day=9, changes=((2, "2026-03-05"), (0, "2026-03-06")))
    await put(anywhere, "S-02", "M", day=10, changes=((4, "2026-03-04"), (0, "2026-03-05")))
    now = await rows_of(anywhere, "sdtm-csv")
    assert [(row["USUBJID"], row["AEGRPID"], row["AETOXGR"]) for row in now] == [
        ("S-01", "edc:D", "2"),
        ("S-01", "edc:D", "0"),
        ("S-02", "edc:M", "4"),
        ("S-02", "edc:M", "0"),
        ("S-03", "edc:U", "4"),
    ]
    then = await rows_of(anywhere, "sdtm-csv", as_of=on(9))
    assert [(row["USUBJID"], row["AEGRPID"], row["AETOXGR"], row["DLTVERD"]) for row in then] == [
        ("S-01", "edc:D", "2", "NOT_DLT"),
        ("S-01", "edc:D", "0", "NOT_DLT"),
        ("S-01", "edc:M", "1", "NOT_DLT"),
        ("S-01", "edc:M", "0", "NOT_DLT"),
        ("S-03", "edc:U", "4", "UNDETERMINED"),
    ]
    assert await told(anywhere, as_of="2026-03-07") == []  # all came on the next day


async def test_a_study_is_read_some_patients_at_a_time(
    anywhere: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(anywhere, "S-02", "A", day=9)
    whole, before = await told(anywhere), await told(anywhere, as_of=on(8))
    for most in (1, 2):
        monkeypatch.setattr(exports, "_PATIENTS_AT_ONCE", most)
        assert await told(anywhere) == whole
        assert await told(anywhere, as_of=on(8)) == before
    assert len(whole) == 4


async def test_another_study_is_none_of_it(begun: Service) -> None:
    await begun.begin("OTHER")
    path = of_study("exports/adverse-events", "OTHER")
    answer = await begun.client.get(path, params={"format": "dataset-json"})
    assert answer.json()["rows"] == []


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({}, 422, "invalid_request"),
        ({"format": "xpt"}, 422, "invalid_request"),
        ({"format": "sdtm-csv", "as_of": "2026-03"}, 422, "invalid_request"),
        ({"format": "sdtm-csv", "asof": "2026-03-01"}, 422, "invalid_request"),
    ],
)
async def test_what_cannot_be_exported_is_refused(
    service: Service, query: dict[str, str], status: int, code: str
) -> None:
    await service.begin()
    answer = await service.client.get(EXPORT, params=query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_study_that_is_not_there_is_not_found(service: Service) -> None:
    answer = await service.client.get(EXPORT, params={"format": "sdtm-csv"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_study")


async def test_a_long_export_is_the_same_from_disk(
    begun: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await text_of(begun, "sdtm-csv")
    monkeypatch.setattr(exports, "_IN_MEMORY", 1)
    assert await text_of(begun, "sdtm-csv") == whole


async def test_the_courses_of_the_record_come_back_from_every_export(begun: Service) -> None:
    await put(begun, "S-02", "N", changes=((None, "2026-03"), (3, None), (1, None)), ongoing=True)
    await put(begun, "S-02", "F", term="=1+1", changes=((2, "2026"), (5, "2026-03-06T09:00")))
    held = []
    for item in (await begun.get(of_study("adverse-events")))["items"]:
        grades = item["content"]["grades"]
        held.append((item["subject"], tuple((each["from"], each["grade"]) for each in grades)))
    assert len(held) == 5
    for wanted in FORMATS:
        made = read_back(await text_of(begun, wanted), wanted)
        read = [(each.document.subject, course_of(content_of(each))) for each in made]
        assert sorted(read, key=repr) == sorted(held, key=repr)


async def test_a_formula_that_was_recorded_is_none_in_the_csv(begun: Service) -> None:
    await put(begun, "S-02", "F", term='=HYPERLINK("http://x","Fever")')
    (cell,) = {row["AETERM"] for row in await rows_of(begun) if row["AEGRPID"] == "edc:F"}
    assert cell == '\'=HYPERLINK("http://x","Fever")'
