"""Bad input is answered with a clear problem: status, code, and the place of every fault."""

import json
from copy import deepcopy
from typing import Annotated, Any

import httpx
import pytest
from pydantic import StringConstraints, TypeAdapter, ValidationError

from app.api.faults import NO_NAMES, faults_of_validation
from app.data.protocols import load, protocol_ids
from tests.api.client import faults, is_problem
from tests.api.requests import changed, crs, one_patient

pytestmark = pytest.mark.anyio

EVENT = "/subject/events/0"
CRITERION = "/protocol/document/dlt/criteria/1"


async def refused(client: httpx.AsyncClient, request: Any) -> httpx.Response:
    answer = await client.post(
        "/v1/adjudicate",
        content=json.dumps(request),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 422, answer.text
    assert is_problem(answer)
    return answer


def with_document(*changes: tuple[str, Any]) -> dict[str, Any]:
    """A request that brings IC19's document, changed."""
    request = one_patient(protocol={"document": deepcopy(dict(load("NCT06886919").document))})
    for pointer, value in changes:
        request = changed(request, pointer, value)
    return request


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        ("/as_of", "2026-02-30", "bad_time"),
        ("/as_of", "2026-02", "bad_time"),
        ("/as_of", 20260530, "bad_time"),
        ("/time_zone", "Europe/Atlantis", "bad_time_zone"),
        ("/time_zone", "+25:00", "bad_time_zone"),
        ("/time_zone", "x" * 65, "too_long"),
        ("/protocol/id", "NCT00000000", "unknown_protocol"),
        ("/protocol/version", "99", "unknown_version"),
        ("/protocol/name", "IC19", "unknown_field"),
        ("/subject/id", "", "too_short"),
        ("/subject/id", 7, "wrong_type"),
        ("/subject/events", {}, "wrong_type"),
        ("/subject/death", "2026-03-09", "wrong_type"),
        (f"{EVENT}/clinically_signifcant", True, "unknown_field"),
        (f"{EVENT}/clinically_significant", "yes", "invalid"),
        (f"{EVENT}/grades/0/grade", 7, "bad_grade"),
        (f"{EVENT}/grades/0/grade", "3", "bad_grade"),
        (f"{EVENT}/grades/0/grade", True, "bad_grade"),
        (f"{EVENT}/grades/0/grade", 2.5, "bad_grade"),
        (f"{EVENT}/grades/0/from", "2026-02-30", "bad_time"),
        (f"{EVENT}/grades/0/from", "03/03/2026", "bad_time"),
        (f"{EVENT}/causality/0/relatedness", "perhaps", "not_an_option"),
        (f"{EVENT}/meddra_code", "10029366", "wrong_type"),
        (f"{EVENT}/meddra_code", -1, "out_of_range"),
        (f"{EVENT}/facts", {"optimal_supportive_care": [5]}, "invalid"),
        (f"{EVENT}/interventions", ["vasopressor", {"kynd": "x"}], "required"),
        ("/subject/time_zone", "+25:00", "bad_time_zone"),
        ("/subject/window_completed", {"on": "2026", "reason": "x"}, "bad_time"),
        ("/subject/window_completed", {"on": "2026-03", "reason": "x"}, "bad_time"),
        ("/subject/window_completed", {"on": "2026-03-15T10", "reason": "x"}, "bad_time"),
    ],
)
async def test_one_wrong_value(
    client: httpx.AsyncClient, pointer: str, value: Any, code: str
) -> None:
    answer = await refused(client, changed(one_patient(), pointer, value))
    found = faults(answer)
    assert code in {each for _, each in found}
    assert all(place.startswith(pointer) for place, _ in found)


async def test_every_fault_of_a_body_is_listed_at_once(client: httpx.AsyncClient) -> None:
    request = one_patient(as_of="tomorrow", protocol={"id": "NOPE"})
    for pointer, value in (
        (f"{EVENT}/grades/0/grade", 7),
        (f"{EVENT}/grades/1/from", "2026-02-30"),
        (f"{EVENT}/clinically_signifcant", True),
        ("/colour", "red"),
    ):
        request = changed(request, pointer, value)
    answer = await refused(client, request)
    assert answer.json()["code"] == "invalid_request"
    assert sorted(faults(answer)) == [
        ("/as_of", "bad_time"),
        ("/colour", "unknown_field"),
        ("/protocol/id", "unknown_protocol"),
        (f"{EVENT}/clinically_signifcant", "unknown_field"),
        (f"{EVENT}/grades/0/grade", "bad_grade"),
        (f"{EVENT}/grades/1/from", "bad_time"),
    ]


@pytest.mark.parametrize(
    ("pointer", "meant"),
    [
        (f"{EVENT}/clinically_signifcant", "clinically_significant"),
        (f"{EVENT}/grades/0/grad", "grade"),
        (f"{EVENT}/interventions/0/kynd", "kind"),
        ("/subject/exposure", "exposures"),
        ("/timezone", "time_zone"),
    ],
)
async def test_a_misspelt_field_is_refused_with_the_one_that_was_meant(
    client: httpx.AsyncClient, pointer: str, meant: str
) -> None:
    request = changed(one_patient(), f"{EVENT}/interventions", [{"kind": "vasopressor"}])
    answer = await refused(client, changed(request, pointer, None))
    field = pointer.rpartition("/")[2]
    message = f"unknown field {field!r}; did you mean {meant!r}?"
    assert [(item["pointer"], item["message"]) for item in answer.json()["errors"]] == [
        (pointer, message)
    ]


async def test_a_field_like_no_other_gets_no_suggestion(client: httpx.AsyncClient) -> None:
    answer = await refused(client, one_patient(qqqq=1))
    assert answer.json()["errors"][0]["message"] == "unknown field 'qqqq'"


@pytest.mark.parametrize("body", [None, 3, "text", [], True])
async def test_a_body_that_is_no_object(client: httpx.AsyncClient, body: Any) -> None:
    answer = await refused(client, body)
    assert faults(answer) == [("", "wrong_type")]
    assert answer.json()["detail"] == "Write an object."


async def test_an_empty_object_misses_what_is_required(client: httpx.AsyncClient) -> None:
    assert faults(await refused(client, {})) == [
        ("/protocol", "required"),
        ("/as_of", "required"),
        ("/subject", "required"),
    ]


async def test_exactly_one_of_subject_and_subjects(client: httpx.AsyncClient) -> None:
    answer = await refused(client, one_patient(subjects=[one_patient()["subject"]]))
    assert faults(answer) == [("", "one_of_two")]
    assert answer.json()["detail"] == "Give exactly one of subject and subjects."


async def test_several_patients_are_at_least_one(client: httpx.AsyncClient) -> None:
    request = one_patient(subjects=[])
    del request["subject"]
    answer = await refused(client, request)
    assert faults(answer) == [("/subjects", "too_short")]
    assert answer.json()["detail"] == "/subjects: should have at least 1 item"


async def test_a_patient_that_stands_twice_is_refused(client: httpx.AsyncClient) -> None:
    ids = ("S-01", "S-02", "S-01", "S-01")
    request = one_patient(subjects=[{**one_patient()["subject"], "id": each} for each in ids])
    del request["subject"]
    assert faults(await refused(client, request)) == [
        ("/subjects/2/id", "duplicate_id"),
        ("/subjects/3/id", "duplicate_id"),
    ]


async def test_exactly_one_of_id_and_document(client: httpx.AsyncClient) -> None:
    request = one_patient(protocol={"id": "NCT06886919", "document": {}})
    assert faults(await refused(client, request)) == [("/protocol", "one_of_two")]


async def test_an_unknown_protocol_names_those_there_are(client: httpx.AsyncClient) -> None:
    answer = await refused(client, one_patient(protocol={"id": "NCT00000000"}))
    message = answer.json()["errors"][0]["message"]
    assert all(protocol_id in message for protocol_id in protocol_ids())


async def test_faults_of_several_patients_point_at_each(client: httpx.AsyncClient) -> None:
    request = one_patient(subjects=[one_patient()["subject"] for _ in range(2)])
    del request["subject"]
    request = changed(request, "/subjects/0/events/0/grades/0/grade", 6)
    request = changed(request, "/subjects/1/events/0/grades/1/grade", -1)
    assert faults(await refused(client, request)) == [
        ("/subjects/0/events/0/grades/0/grade", "bad_grade"),
        ("/subjects/1/events/0/grades/1/grade", "bad_grade"),
    ]


async def test_an_event_id_that_stands_twice_is_a_bad_case(client: httpx.AsyncClient) -> None:
    events = [crs("AE-1", until="2026-03-05"), crs("AE-1", until="2026-03-06")]
    request = changed(one_patient(), "/subject/events", events)
    answer = await refused(client, request)
    assert answer.json()["code"] == "bad_case"
    assert faults(answer) == [("/subject/events/1/id", "duplicate_id")]
    other = {**one_patient()["subject"], "id": "S-02"}
    request["subjects"] = [other, request.pop("subject")]
    assert faults(await refused(client, request)) == [("/subjects/1/events/1/id", "duplicate_id")]


async def test_at_most_a_hundred_faults_are_listed(client: httpx.AsyncClient) -> None:
    answer = await refused(client, one_patient() | {f"x{number}": 1 for number in range(150)})
    assert len(answer.json()["errors"]) == 100
    assert "150 faults" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("pointer", "value", "code"),
    [
        (f"{CRITERION}/longr_than", "P7D", "unknown_field"),
        (f"{CRITERION}/when", {"term": "Neutropaenia"}, "unknown_term"),
        (f"{CRITERION}/when", {"group": "no such group"}, "unknown_group"),
        (f"{CRITERION}/when", {"colour": "red"}, "unknown_condition"),
        ("/protocol/document/grading/dictionary", "ctcae-9.9", "unknown_dictionary"),
        ("/protocol/document/planned_subjects", 10**20, "not_canonical"),
        ("/protocol/document/readings/0/id", {}, "wrong_type"),
        ("/protocol/document", [], "wrong_type"),
        ("/protocol/document/id", "IC\x0019", "bad_format"),
    ],
)
async def test_a_fault_of_an_inline_document(
    client: httpx.AsyncClient, pointer: str, value: Any, code: str
) -> None:
    answer = await refused(client, with_document((pointer, value)))
    found = faults(answer)
    assert code in {each for _, each in found}
    wanted = "/protocol/document" if code == "not_canonical" else pointer
    if code in {"unknown_term", "unknown_group"}:  # at the name that is not there
        wanted += "/" + code.removeprefix("unknown_")
    assert wanted in {place for place, _ in found}


@pytest.mark.parametrize(
    ("pointer", "value", "message"),
    [
        (f"{CRITERION}/longer_than", "28", "'28' is not a limit"),
        (f"{CRITERION}/longer_than", 7, "'7' is not a limit"),
        (f"{CRITERION}/longer_than", "P1M", "'P1M' is not a limit"),
        (f"{CRITERION}/grade", 7, "7 is not a grade"),
    ],
)
async def test_a_value_of_an_inline_document_that_cannot_be(
    client: httpx.AsyncClient, pointer: str, value: Any, message: str
) -> None:
    answer = await refused(client, with_document((pointer, value)))
    assert [item["pointer"] for item in answer.json()["errors"]] == [pointer]
    assert answer.json()["errors"][0]["message"].startswith(message)


async def test_too_many_are_said_in_plain_words(client: httpx.AsyncClient) -> None:
    grades = [{"from": None, "grade": 1}] * 501
    answer = await refused(client, changed(one_patient(), f"{EVENT}/grades", grades))
    assert answer.json()["detail"] == f"{EVENT}/grades: should have at most 500 items"


async def test_a_fault_of_an_item_makes_no_list_too_short(client: httpx.AsyncClient) -> None:
    answer = await refused(client, with_document(("/protocol/document/dlt/criteria", [{}])))
    assert {code for _, code in faults(answer)} == {"required"}
    answer = await refused(client, with_document(("/protocol/document/dlt/criteria", [])))
    assert faults(answer) == [("/protocol/document/dlt/criteria", "too_short")]


async def test_a_condition_of_two_kinds_is_not_told_to_be_what_it_is(
    client: httpx.AsyncClient,
) -> None:
    both = {"group": "haematological", "term": "Neutropenia"}
    answer = await refused(client, with_document((f"{CRITERION}/when", both)))
    messages = [item["message"] for item in answer.json()["errors"]]
    assert messages == ["field 'group' does not go with the others that stand here"]


async def test_a_term_that_no_dictionary_has_names_the_likeliest(
    client: httpx.AsyncClient,
) -> None:
    request = with_document((f"{CRITERION}/when", {"term": "Neutropaenia"}))
    message = (await refused(client, request)).json()["errors"][0]["message"]
    assert "did you mean 'Neutrophil count decreased'" in message


async def test_a_fault_below_a_reading_points_into_the_option_that_holds(
    client: httpx.AsyncClient,
) -> None:
    window = "/protocol/document/dlt/window/through/options/day-28-inside"
    answer = await refused(client, with_document((window, "28")))
    assert [place for place, _ in faults(answer)] == [window]


async def test_faults_of_document_and_case_are_listed_together(
    client: httpx.AsyncClient,
) -> None:
    request = with_document((f"{CRITERION}/grade", 7), (f"{EVENT}/grades/0/grade", 7))
    places = {place for place, _ in faults(await refused(client, request))}
    assert places == {f"{CRITERION}/grade", f"{EVENT}/grades/0/grade"}


@pytest.mark.parametrize("text", ["a\x00", "a\nb", "\x7f"])
def test_a_control_character_is_named_as_such(text: str) -> None:
    adapter = TypeAdapter(Annotated[str, StringConstraints(pattern=r"^[a-z ]*$")])
    with pytest.raises(ValidationError) as error:
        adapter.validate_python(text)
    (item,) = faults_of_validation(error.value.errors(), text, NO_NAMES)
    said = "leave out control characters, such as a tab, a line break or NUL"
    assert (item.code, item.message) == ("bad_format", said)
