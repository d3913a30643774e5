"""Laboratory grading over HTTP: one result, several, and as many as there are, line by line."""

import json
from typing import Any, Final

import httpx
import pytest

from tests.api.client import client_of, faults, is_problem

pytestmark = pytest.mark.anyio

PATH = "/v1/grade/lab"
NDJSON = {"Content-Type": "application/x-ndjson"}
NEUTROPHILS = {
    "term": "Neutrophil count decreased",
    "value": 0.49,
    "unit": "K/uL",
    "lln": 2,
    "uln": None,
    "baseline": None,
}


async def graded(client: httpx.AsyncClient, body: Any) -> Any:
    answer = await client.post(PATH, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def lines(client: httpx.AsyncClient, body: bytes, query: str = "") -> list[Any]:
    answer = await client.post(PATH + query, content=body, headers=NDJSON)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_by_a_term_there_is_one_answer_with_its_reasons(client: httpx.AsyncClient) -> None:
    answer = await graded(client, NEUTROPHILS)
    assert answer.pop("criteria_digest").startswith("sha256:")
    assert answer == {
        "term": "Neutrophil count decreased",
        "meddra_code": 10029366,
        "analyte": "neutrophils",
        "direction": "low",
        "status": "graded",
        "grade": 4,
        "bounds": {"min": 4, "max": 4},
        "number_bounds": {"min": 4, "max": 4},
        "reason_code": "number_decides",
        "because": {
            "clause": "Numeric criteria of CTCAE 5.0: Neutrophil count decreased, grade 4, "
            "clause 1: below 500 /mm3 or 0.5 10^9/L.",
            "threshold": "0.5",
            "unit": "10^9/L",
            "conversion": None,
            "assumptions": [],
        },
        "missing": [],
        "findings": [],
    }


@pytest.mark.parametrize("unit", ["", " ", None])
async def test_an_empty_unit_is_none(client: httpx.AsyncClient, unit: str | None) -> None:
    inr = {"term": "INR increased", "value": "1.4", "uln": "1.1", "unit": unit}
    assert (await graded(client, inr))["grade"] == 1
    dipstick = {"analyte": "urine_protein_dipstick", "value": "2+", "unit": unit}
    found = await graded(client, dipstick | {"term": "Proteinuria", "facts": {"child": False}})
    assert (found["grade"], found["findings"]) == (2, [])
    [line, _] = await lines(client, json.dumps(NEUTROPHILS | {"unit": unit}).encode())
    counted = line["answer"]
    assert (counted["grade"], counted["reason_code"]) == (None, "unit_missing")
    assert counted["findings"] == []


async def test_a_range_in_an_empty_unit_has_none(client: httpx.AsyncClient) -> None:
    result = {"term": "INR increased", "value": "1.4", "unit": "", "laboratory": "L"}
    stated = {"laboratory": "L", "analyte": "INR", "sex": "any", "valid_from": "2026-01-01"}
    ranges = [stated | {"unit": " ", "uln": "1.1"}]
    [found] = (await graded(client, {"results": [result], "ranges": ranges}))["results"]
    assert found["grade"] == 1


async def test_by_an_analyte_every_term_is_answered(client: httpx.AsyncClient) -> None:
    body = {"analyte": "K", "value": "<3.42", "unit": "mEq/L", "lln": 3.5, "uln": 5.1}
    answer = await graded(client, body)
    terms = {each["term"]: each["grade"] for each in answer["results"]}
    assert terms == {"Hyperkalemia": 0, "Hypokalemia": 2}


async def test_several_are_answered_in_their_order(client: httpx.AsyncClient) -> None:
    several = [
        NEUTROPHILS,
        {"analyte": "HGB", "value": "79", "unit": "G/L", "lln": 140},
        {**NEUTROPHILS, "value": 1.2},
    ]
    one, every, other = (await graded(client, {"results": several}))["results"]
    assert (one["grade"], other["grade"]) == (4, 2)
    assert {each["term"] for each in every["results"]} == {"Anemia", "Hemoglobin increased"}
    alone = [await graded(client, each) for each in several]
    assert alone == [one, every, other]


async def test_each_result_is_graded_by_its_own_policy(client: httpx.AsyncClient) -> None:
    potassium = {"term": "Hypokalemia", "value": 3.2, "unit": "mmol/L", "lln": 3.5}
    policies: list[Any] = [{}, {"symptoms": "absent"}, {"symptoms": "bounds"}]
    several = [{**potassium, "policy": each} for each in policies]
    answer = await graded(client, {"results": several})
    assert [each["grade"] for each in answer["results"]] == [2, 1, None]
    assert {(e["bounds"]["min"], e["bounds"]["max"]) for e in answer["results"]} == {(1, 4)}


async def test_a_word_that_reports_use_is_read_as_its_term(client: httpx.AsyncClient) -> None:
    answer = await graded(client, {**NEUTROPHILS, "term": "Neutropenia"})
    assert answer["term"] == "Neutrophil count decreased"


async def test_a_term_may_be_named_by_its_code(client: httpx.AsyncClient) -> None:
    assert (await graded(client, {**NEUTROPHILS, "term": "10029366"}))["grade"] == 4
    answer = await client.post(PATH, json={**NEUTROPHILS, "term": "10029367"})
    assert faults(answer) == [("/term", "unknown_term")]


ESCAPED = b'{"term": "Anemia", "value": 9.1, "unit": "g/dL", "laboratory": "\\ud83c\\udfe5"}'


async def test_an_escaped_character_beside_a_decimal(client: httpx.AsyncClient) -> None:
    sent = {"Content-Type": "application/json"}
    answer = await client.post(PATH, content=ESCAPED, headers=sent)
    assert (answer.status_code, answer.json()["grade"]) == (200, 2)
    half = ESCAPED.replace(b"\\udfe5", b"")
    refused = await client.post(PATH, content=half, headers=sent)
    assert (refused.status_code, refused.json()["code"]) == (400, "not_json")
    first, second, total = await lines(client, b"\n".join([ESCAPED, half]))
    assert (first["answer"]["grade"], second["problem"]["code"]) == (2, "not_json")
    assert total == {"lines": 2, "graded": 1, "refused": 1}


async def test_every_digit_of_a_number_counts(client: httpx.AsyncClient) -> None:
    text = json.dumps(NEUTROPHILS).replace("0.49", "0.49999999999999999999999999")
    sent = {"Content-Type": "application/json"}
    assert (await client.post(PATH, content=text, headers=sent)).json()["grade"] == 4
    text = text.replace("0.49999999999999999999999999", "0.5")
    assert (await client.post(PATH, content=text, headers=sent)).json()["grade"] == 3


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"term": "neutropaenic feeling"}, ("/term", "unknown_term")),
        ({"term": "Headache"}, ("/term", "no_criteria")),
        ({"term": None}, ("/term", "required")),
        ({"term": None, "analyte": "calcium"}, ("/analyte", "ambiguous_analyte")),
        ({"term": None, "analyte": "unobtainium"}, ("/analyte", "unknown_analyte")),
        ({"analyte": "platelets"}, ("/analyte", "other_analyte")),
        ({"facts": {"bleading": True}}, ("/facts/bleading", "unknown_fact")),
        ({"facts": {"bleeding": "yes"}}, ("/facts/bleeding", "wrong_type")),
        ({"policy": {"symptoms": "maybe"}}, ("/policy/symptoms", "not_an_option")),
        ({"policy": {"symptom": "worst"}}, ("/policy/symptom", "unknown_field")),
        ({"baseline": {"value": 3, "range": "raised"}}, ("/baseline/range", "not_an_option")),
        ({"ulm": 3}, ("/ulm", "unknown_field")),
        ({"measured_at": "2026-02-30"}, ("/measured_at", "bad_time")),
        ({"lln": "two"}, ("/lln", "wrong_type")),
        ({"age_years": -1}, ("/age_years", "out_of_range")),
    ],
)
async def test_what_cannot_be_graded_is_refused_at_its_place(
    client: httpx.AsyncClient, change: Any, fault: Any
) -> None:
    answer = await client.post(PATH, json={**NEUTROPHILS, **change})
    assert is_problem(answer)
    assert (answer.status_code, faults(answer)) == (422, [fault])
    several = await client.post(PATH, json={"results": [NEUTROPHILS, {**NEUTROPHILS, **change}]})
    assert faults(several) == [(f"/results/1{fault[0]}", fault[1])]


async def test_all_faults_are_told_at_once(client: httpx.AsyncClient) -> None:
    wrong = {"term": "no such", "facts": {"bleading": True}}
    answer = await client.post(PATH, json={"results": [wrong, NEUTROPHILS, {"value": 3}]})
    assert faults(answer) == [
        ("/results/0/facts/bleading", "unknown_fact"),
        ("/results/0/term", "unknown_term"),
        ("/results/2/term", "required"),
    ]
    assert "did you mean 'bleeding'?" in answer.text


async def test_a_refused_term_is_not_repeated(client: httpx.AsyncClient) -> None:
    answer = await client.post(PATH, json={"term": "Jane Roe's neutrophils", "value": 1})
    assert answer.status_code == 422
    assert "Roe" not in answer.text


async def test_lines_are_answered_line_by_line(client: httpx.AsyncClient) -> None:
    body = b"\n".join(
        [
            json.dumps(NEUTROPHILS).encode(),
            b"",
            b'{"term": "Headache"}',
            b'{"term": ',
            b'{"analyte": "PLAT", "value": 24, "unit": "GI/L", "lln": 150}',
            b'{"results": []}',
        ]
    )
    first, no_numbers, broken, last, nested, total = await lines(client, body)
    assert first == {"line": 1, "answer": await graded(client, NEUTROPHILS)}
    assert (no_numbers["line"], no_numbers["problem"]["code"]) == (3, "not_graded")
    assert no_numbers["problem"]["errors"][0]["pointer"] == "/term"
    assert (broken["line"], broken["problem"]["status"]) == (4, 400)
    assert [each["grade"] for each in last["answer"]["results"]] == [4]
    assert (nested["line"], nested["problem"]["code"]) == (6, "invalid_request")
    assert total == {"lines": 5, "graded": 2, "refused": 3}


async def test_lines_without_reasons(client: httpx.AsyncClient) -> None:
    [first, total] = await lines(client, json.dumps(NEUTROPHILS).encode(), "?detail=grade")
    assert first["answer"] == {
        "term": "Neutrophil count decreased",
        "meddra_code": 10029366,
        "status": "graded",
        "grade": 4,
        "bounds": {"min": 4, "max": 4},
        "number_bounds": {"min": 4, "max": 4},
        "told_bounds": {"min": 4, "max": 4},
        "reason_code": "number_decides",
    }
    assert total == {"lines": 1, "graded": 1, "refused": 0}


async def test_no_lines(client: httpx.AsyncClient) -> None:
    assert await lines(client, b"\n\n") == [{"lines": 0, "graded": 0, "refused": 0}]


async def test_more_lines_than_are_read_at_once(client: httpx.AsyncClient) -> None:
    values = [each / 100 for each in range(2500)]
    body = b"\n".join(json.dumps({**NEUTROPHILS, "value": each}).encode() for each in values)
    *answers, total = await lines(client, body, "?detail=grade")
    assert [each["line"] for each in answers] == list(range(1, 2501))
    edges = (0.5, 1, 1.5, 2)
    assert [each["answer"]["grade"] for each in answers] == [
        4 - sum(value >= edge for edge in edges) for value in values
    ]
    assert total == {"lines": 2500, "graded": 2500, "refused": 0}


async def test_lines_may_be_more_bytes_than_a_body() -> None:
    settings: Any = {"auth": "off", "max_body_bytes": 300, "max_ndjson_bytes": 3000}
    line = json.dumps(NEUTROPHILS).encode() + b"\n"
    async with client_of(**settings) as client:
        assert len(await lines(client, line * 10)) == 11
        too_many = await client.post(PATH, content=line * 40, headers=NDJSON)
        assert (too_many.status_code, too_many.json()["code"]) == (413, "body_too_large")
        as_json = await client.post(PATH, json={"results": [NEUTROPHILS] * 10})
        assert as_json.status_code == 413
        elsewhere = await client.post("/v1/adjudicate", content=line * 10, headers=NDJSON)
        assert elsewhere.status_code == 413


async def test_long_bodies_of_lines_are_kept_on_disk(client: httpx.AsyncClient) -> None:
    wide = {**NEUTROPHILS, "facts": {}, "unit": "K/uL"}
    line = json.dumps(wide).encode()
    padded = line + b" " * (3 * 1024 * 1024 - len(line)) + b"\n"
    *answers, total = await lines(client, padded * 3, "?detail=grade")
    assert [each["answer"]["grade"] for each in answers] == [4, 4, 4]
    assert total["lines"] == 3


async def test_another_detail_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{PATH}?detail=all", json=NEUTROPHILS)
    assert faults(answer) == [("/query/detail", "not_an_option")]


class TestRanges:
    """Several measurements may bring the ranges of their laboratories."""

    RANGE: Final = {
        "laboratory": "Central",
        "analyte": "NEUT",
        "sex": "female",
        "valid_from": "2026-01-01",
        "unit": "/uL",
        "lln": "2000",
        "uln": "7000",
    }
    RESULT: Final = {
        "term": "Neutrophil count decreased",
        "value": "1.7",
        "unit": "10*9/L",
        "laboratory": "Central",
        "sex": "female",
        "measured_at": "2026-03-05T08:00+08:00",
    }

    async def told(
        self, client: httpx.AsyncClient, *changes: dict[str, Any]
    ) -> list[tuple[int | None, list[str]]]:
        body = {"results": [{**self.RESULT, **each} for each in changes], "ranges": [self.RANGE]}
        answer = await graded(client, body)
        return [
            (each["grade"], [finding["code"] for finding in each["findings"]])
            for each in answer["results"]
        ]

    async def test_limits_are_those_of_the_laboratory(self, client: httpx.AsyncClient) -> None:
        found = await self.told(client, {}, {"lln": "1.5", "uln": "7"}, {"laboratory": None})
        assert found == [(1, ["range_used"]), (0, []), (None, [])]

    async def test_why_there_are_none_is_told(self, client: httpx.AsyncClient) -> None:
        changes: list[dict[str, Any]] = [
            {"laboratory": "Local"},
            {"sex": "male"},
            {"sex": None},
            {"measured_at": "2025-12-31"},
            {"measured_at": None},
        ]
        assert await self.told(client, *changes) == [
            (None, ["no_range"]),
            (None, ["no_range"]),
            (None, ["range_needs_sex"]),
            (None, ["no_range"]),
            (None, ["range_needs_day"]),
        ]

    async def test_the_range_is_named(self, client: httpx.AsyncClient) -> None:
        answer = await graded(client, {"results": [self.RESULT], "ranges": [self.RANGE]})
        assert answer["results"][0]["findings"] == [
            {
                "code": "range_used",
                "message": "Limits of laboratory Central were used, range "
                "Central/NEUT/female/any/2026-01-01 (2000 to 7000 /uL).",
            }
        ]

    async def test_it_is_told_of_every_term_of_an_analyte(self, client: httpx.AsyncClient) -> None:
        result = {**self.RESULT, "term": None, "analyte": "platelets"}
        body = {"results": [result], "ranges": [{**self.RANGE, "analyte": "PLAT"}]}
        [answer] = (await graded(client, body))["results"]
        assert [each["code"] for term in answer["results"] for each in term["findings"]] == [
            "range_used"
        ] * len(answer["results"])

    async def test_a_range_that_cannot_be_used_is_refused(self, client: httpx.AsyncClient) -> None:
        ranges = [self.RANGE, {**self.RANGE, "analyte": "of nothing"}]
        body = {"results": [self.RESULT, {**self.RESULT, "term": "Headache"}], "ranges": ranges}
        answer = await client.post(PATH, json=body)
        assert faults(answer) == [
            ("/ranges/1/analyte", "unknown_analyte"),
            ("/results/1/term", "no_criteria"),
        ]
        body = {"results": [self.RESULT], "ranges": [{**self.RANGE, "lln": "7001"}]}
        answer = await client.post(PATH, json=body)
        assert faults(answer) == [("/ranges/0/uln", "bad_range")]

    async def test_one_measurement_brings_its_own_limits(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(PATH, json={**self.RESULT, "ranges": [self.RANGE]})
        assert faults(answer) == [("/ranges", "unknown_field")]


async def test_more_results_than_a_request_brings_are_refused() -> None:
    async with client_of(auth="off", max_body_bytes=10**7) as client:
        answer = await client.post(PATH, json={"results": [{"term": "Anemia"}] * 10_001})
    assert faults(answer) == [("/results", "too_long")]
    assert "send more as NDJSON" in answer.text
