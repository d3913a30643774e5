"""What is asked of stopping rules: which question goes with which rule, and what terms mean."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from app.domain.cohort.design import NotOfThisDesign
from app.domain.cohort.monitoring.decide import Monitored
from app.domain.cohort.monitoring.decide_events import EventsMonitored
from app.use_cases.monitoring import (
    MonitoringRequest,
    StoppingBoundaryRequest,
    StoppingCharacteristicsRequest,
    boundary_of,
    monitored,
    names_of,
    nearest,
    stopping_characteristics,
)

DECISION = TypeAdapter(MonitoringRequest)
POCOCK = {"kind": "pocock", "p0": 0.2, "alpha": 0.1, "max_n": 10}
DEATH = {
    "kind": "events",
    "name": "Death within 30 days",
    "minimum_grade": 5,
    "within_days": 30,
    "at_least": 1,
}
COUNTS = {"enrolled": 4, "toxicities": 3}
COHORT: dict[str, Any] = {"as_of": "2026-06-30", "time_zone": "UTC", "patients": []}


def asked(rule: dict[str, Any], **more: Any) -> MonitoringRequest:
    return DECISION.validate_python({"rule": rule, **more})


def refused(request: MonitoringRequest) -> list[tuple[str, str]]:
    with pytest.raises(NotOfThisDesign) as error:
        monitored(request)
    return [(fault.pointer, fault.code) for fault in error.value.faults]


def with_events(*counts: int, **event: Any) -> dict[str, Any]:
    """A cohort in which each patient has so many deaths."""
    course = {"grades": [{"from": "2026-03-05", "grade": 5}]}
    patients = [
        {
            "id": str(place),
            "infused": "2026-03-01",
            "events": [{"id": str(each), **course, **event} for each in range(count)],
        }
        for place, count in enumerate(counts)
    ]
    return COHORT | {"patients": patients}


def test_each_question_has_its_answer() -> None:
    by_counts = monitored(asked(POCOCK, counts=COUNTS))
    by_order = monitored(asked(POCOCK, outcomes=[True, True, True, False]))
    assert isinstance(by_counts, Monitored)
    assert isinstance(by_order, Monitored)
    assert (by_counts.judged, by_order.judged) == ("this_look", "all_looks")
    of_events = monitored(asked(DEATH, cohort=with_events(1)))
    assert isinstance(of_events, EventsMonitored)
    assert of_events.decision == "stop"


def test_no_outcomes_are_outcomes_of_nobody() -> None:
    assert monitored(asked(POCOCK, outcomes=[])).decision == "continue"


@pytest.mark.parametrize(
    ("request_", "faults"),
    [
        (asked(POCOCK), [("/counts", "required")]),
        (asked(POCOCK, counts=COUNTS, outcomes=[]), [("/counts", "invalid")]),
        (asked(POCOCK, counts=COUNTS, cohort=COHORT), [("/cohort", "invalid")]),
        (asked(DEATH), [("/cohort", "required")]),
        (
            asked(DEATH, counts=COUNTS, outcomes=[], cohort=COHORT),
            [("/counts", "invalid"), ("/outcomes", "invalid")],
        ),
        (asked(DEATH, cohort=with_events(1000, 1000, 1)), [("/cohort/patients", "too_many")]),
    ],
)
def test_a_question_of_another_rule_is_refused(
    request_: MonitoringRequest, faults: list[tuple[str, str]]
) -> None:
    assert refused(request_) == faults


def test_as_many_events_as_are_read() -> None:
    assert monitored(asked(DEATH, cohort=with_events(1000, 1000))).decision == "stop"


def test_a_count_of_events_is_no_boundary() -> None:
    rule = {"rule": DEATH}
    boundary = TypeAdapter(StoppingBoundaryRequest).validate_python(rule)
    rates = TypeAdapter(StoppingCharacteristicsRequest).validate_python(
        {**rule, "true_rates": [0.2]}
    )
    with pytest.raises(NotOfThisDesign, match="it stops with 1, whatever their number"):
        boundary_of(boundary)
    with pytest.raises(NotOfThisDesign, match="/rule/kind"):
        stopping_characteristics(rates)


@pytest.mark.parametrize(
    ("term", "meant"),
    [
        ("Cytokine relase syndrome", "'Cytokine release syndrome'"),
        ("Death", "'Death NOS'"),
        ("10052016", None),
        ("Infections and infestations", "'Infections and infestations - Other, specify'"),
    ],
)
def test_a_rule_of_a_term_that_no_version_knows_is_refused(term: str, meant: str | None) -> None:
    request = asked(DEATH | {"terms": [term]}, cohort=with_events(1, term="Death NOS"))
    with pytest.raises(NotOfThisDesign) as error:
        monitored(request)
    (fault,) = error.value.faults
    assert (fault.pointer, fault.code) == ("/rule/terms/0", "unknown_term")
    assert (f"did you mean {meant}" in fault.message) is (meant is not None)
    own = DEATH | {"own_terms": [term]}
    assert monitored(asked(own, cohort=with_events(1, term=term))).decision == "stop"


def test_each_version_suggests_its_nearest_term() -> None:
    assert nearest("lung infecton") == ("Lung infection", "Pneumonia")
    assert nearest("10052016") == ()


def test_terms_are_those_of_every_version_of_ctcae() -> None:
    assert names_of("CRS") == {"Cytokine release syndrome"}
    assert names_of("lung infection") == {"Lung infection", "Pneumonia"}
    assert names_of("A word that nobody knows") == frozenset()
    rule = DEATH | {"terms": ["Cytokine release syndrome", "ICANS"]}
    for term, decision in {
        "CRS": "stop",
        "icans": "stop",
        "Immune effector cell-associated neurotoxicity syndrome": "stop",
        "Sepsis": "continue",
        "A word that nobody knows": "undetermined",
        None: "undetermined",
    }.items():
        assert monitored(asked(rule, cohort=with_events(1, term=term))).decision == decision
