"""Stopping rules over HTTP: what is answered, and what is refused at which place."""

from typing import Any

import httpx
import pytest

from tests.api.client import faults, is_problem

pytestmark = pytest.mark.anyio

POCOCK = {"kind": "pocock", "p0": 0.2, "alpha": 0.1, "max_n": 6}
BETA = {
    "kind": "beta-binomial",
    "prior": {"a": 1, "b": 1},
    "rate": 0.3,
    "cutoff": 0.9,
    "max_n": 10,
    "looks": [5, 10],
}
DEATH = {
    "kind": "events",
    "name": "Death within 30 days",
    "minimum_grade": 5,
    "within_days": 30,
    "at_least": 1,
}
COHORT = {
    "as_of": "2026-03-20",
    "time_zone": "+08:00",
    "patients": [
        {
            "id": "01",
            "infused": "2026-03-01",
            "events": [{"id": "AE-1", "grades": [{"from": "2026-03", "grade": None}]}],
        }
    ],
}


async def answered(client: httpx.AsyncClient, operation: str, body: Any) -> Any:
    answer = await client.post(f"/v1/monitoring/{operation}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_boundary(client: httpx.AsyncClient) -> None:
    assert await answered(client, "boundary", {"rule": BETA}) == {
        "max_n": 10,
        "rows": [{"n": 5, "stop_at": 3}, {"n": 10, "stop_at": 5}],
        "pointwise_level": None,
        "crossing_probability": None,
    }
    pocock = await answered(client, "boundary", {"rule": POCOCK})
    assert [row["stop_at"] for row in pocock["rows"]] == [None, 2, 3, 3, 3, 4]
    assert 0 < pocock["pointwise_level"] <= pocock["crossing_probability"] <= 0.1


async def test_a_decision_by_counts_and_by_order(client: httpx.AsyncClient) -> None:
    counts = {"enrolled": 5, "toxicities": 2, "pending": 1}
    got = await answered(client, "decide", {"rule": BETA, "counts": counts})
    assert got == {
        "decision": "undetermined",
        "certain": False,
        "possible": ["continue", "stop"],
        "judged": "this_look",
        "look": {"n": 5, "stop_at": 3},
        "next_look": {"n": 10, "stop_at": 5},
        "crossed_at": None,
        "because": [
            {
                "rule": "beta-binomial.look",
                "text": "2 toxicities among 5 patients, 1 pending: 3 stop at this look.",
            }
        ],
        "would_decide": [
            {"decision": "continue", "toxicities": [0]},
            {"decision": "stop", "toxicities": [1]},
        ],
    }
    order = {"rule": BETA, "outcomes": [True, True, None, False, True, False]}
    got = await answered(client, "decide", order)
    assert (got["decision"], got["crossed_at"], got["judged"]) == ("stop", 5, "all_looks")


async def test_a_decision_by_named_events(client: httpx.AsyncClient) -> None:
    got = await answered(client, "decide", {"rule": DEATH, "cohort": COHORT})
    assert (got["decision"], got["reached"]) == ("undetermined", "unknown")
    assert [each["pointer"] for each in got["missing"]] == [
        "/cohort/patients/0/events/0/grades/0/grade"
    ]
    assert got["open"] == [{"patient": "01", "until": "2026-03-31"}]


async def test_a_patient_lost_to_follow_up(client: httpx.AsyncClient) -> None:
    lost = {"id": "01", "infused": "2026-03-01", "follow_up_until": "2026-03-05"}
    cohort = {**COHORT, "as_of": "2026-06-30", "patients": [lost]}
    got = await answered(client, "decide", {"rule": DEATH, "cohort": cohort})
    assert (got["decision"], got["reached"], got["open"]) == ("undetermined", "unknown", [])
    assert [each["pointer"] for each in got["missing"]] == ["/cohort/patients/0/follow_up_until"]
    assert got["counted"] == [
        {
            "patient": "01",
            "certain": 0,
            "possible": 1,
            "events": [],
            "death": False,
            "lost_to_follow_up": True,
        }
    ]
    died = {**lost, "follow_up_until": None, "death": {"date": "2026-03-31"}}
    cohort["patients"] = [died]
    got = await answered(client, "decide", {"rule": DEATH, "cohort": cohort})
    assert (got["decision"], got["counted"][0]["death"]) == ("stop", True)


async def test_operating_characteristics(client: httpx.AsyncClient) -> None:
    body = {"rule": BETA, "true_rates": [0, 0.3, 1]}
    got = await answered(client, "operating-characteristics", body)
    never, sometimes, always = got["rates"]
    assert got["boundary"]["rows"] == [{"n": 5, "stop_at": 3}, {"n": 10, "stop_at": 5}]
    assert (never["probability_stop"], never["expected_patients"]) == (0, 10)
    assert (always["probability_stop"], always["expected_toxicities"]) == (1, 5)
    assert [each["n"] for each in sometimes["stops_after"]] == [5, 10]
    # Three or more of five under 0.3: 10 * 0.027 * 0.49 + 5 * 0.0081 * 0.7 + 0.00243.
    assert sometimes["stops_after"][0]["probability"] == pytest.approx(0.16308)


@pytest.mark.parametrize(
    ("operation", "body", "pointer", "code"),
    [
        ("boundary", {"rule": {**POCOCK, "alpha": 1}}, "/rule/alpha", "out_of_range"),
        ("boundary", {"rule": {**POCOCK, "kind": "simon"}}, "/rule/kind", "not_an_option"),
        ("boundary", {"rule": {"max_n": 5}}, "/rule/kind", "required"),
        ("boundary", {"rule": {**BETA, "min_n": 3}}, "/rule", "bad_value"),
        ("boundary", {"rule": DEATH}, "/rule/kind", "invalid"),
        ("boundary", {"rule": {**POCOCK, "p1": 0.3}}, "/rule/p1", "unknown_field"),
        (
            "decide",
            {"rule": POCOCK, "counts": {"enrolled": 3, "toxicities": 2, "pending": 2}},
            "/counts",
            "bad_value",
        ),
        ("decide", {"rule": POCOCK, "outcomes": [False] * 7}, "/outcomes", "too_many"),
        ("decide", {"rule": POCOCK, "outcomes": [1]}, "/outcomes/0", "invalid"),
        ("decide", {"rule": DEATH}, "/cohort", "required"),
        (
            "decide",
            {"rule": DEATH, "cohort": {**COHORT, "as_of": "2026-03"}},
            "/cohort/as_of",
            "bad_time",
        ),
        (
            "decide",
            {"rule": DEATH, "cohort": {**COHORT, "patients": [{"id": "01"}]}},
            "/cohort/patients/0/infused",
            "required",
        ),
        (
            "decide",
            {"rule": {**DEATH, "terms": ["CRS", "Death"]}, "cohort": COHORT},
            "/rule/terms/1",
            "unknown_term",
        ),
        (
            "decide",
            {
                "rule": DEATH,
                "cohort": {**COHORT, "patients": [{"id": "01", "infused": "2026-03-21"}]},
            },
            "/cohort/patients/0/infused",
            "dates",
        ),
        (
            "decide",
            {
                "rule": DEATH,
                "cohort": {
                    **COHORT,
                    "patients": [
                        {"id": "1", "infused": "2026-03-01", "followed_until": "2026-03-05"}
                    ],
                },
            },
            "/cohort/patients/0/followed_until",
            "unknown_field",
        ),
        (
            "operating-characteristics",
            {"rule": POCOCK, "true_rates": [1.5]},
            "/true_rates/0",
            "out_of_range",
        ),
    ],
)
async def test_what_is_refused(
    client: httpx.AsyncClient, operation: str, body: Any, pointer: str, code: str
) -> None:
    answer = await client.post(f"/v1/monitoring/{operation}", json=body)
    assert is_problem(answer)
    assert answer.status_code == 422
    assert faults(answer) == [(pointer, code)]
