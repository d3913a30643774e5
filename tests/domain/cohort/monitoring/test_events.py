"""Counts of named events: both sides of each limit, and what is not known."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.cohort.design import NotOfThisDesign
from tests.domain.cohort.monitoring.cohorts import (
    CRS,
    DEATH,
    LATER,
    RULE,
    decided,
    event,
    patient,
)


@pytest.mark.parametrize(
    ("told", "decision"),
    [
        (event("2026-03-31", 5), "stop"),
        (event("2026-04-01", 5), "continue"),
        (event("2026-03-01", 5), "stop"),
        (event("2026-02-28", 5), "continue"),
        (event("2026-03-31", 4), "continue"),
        (event("2026-03-31", None), "undetermined"),
        (event(None, 5), "undetermined"),
        (event(None, 4), "continue"),
        ({}, "undetermined"),
        # A month that reaches out of the window, and one that does not reach into it.
        (event("2026-04", 5), "continue"),
        (event("2026-03", 5), "stop"),
        (event("2026-02", 5), "continue"),
        (event("2026", 5), "undetermined"),
        # The course: it became fatal within the window, or after it.
        ({"grades": [{"from": "2026-03-20", "grade": 3}, {"from": "2026-03-31", "grade": 5}]},
         "stop"),
        ({"grades": [{"from": "2026-03-20", "grade": 3}, {"from": "2026-04-01", "grade": 5}]},
         "continue"),
        # Its order says that the fatal change was in the window.
        ({"grades": [{"from": "2026-03-20", "grade": 3}, {"from": None, "grade": 5},
                     {"from": "2026-03-31", "grade": 4}]}, "stop"),
        # After the data cut.
        (event("2026-07-01", 5), "continue"),
    ],
)  # fmt: skip
def test_one_death_within_thirty_days(told: dict[str, Any], decision: str) -> None:
    assert decided(patient(told)).decision == decision


@pytest.mark.parametrize(
    ("changes", "reached"),
    [
        # It was as bad before the infusion: an improvement, or a worsening, reaches nothing.
        ([("2026-02-20", 4), ("2026-03-05", 3)], "no"),
        ([("2026-02-20", 3), ("2026-03-05", 4)], "no"),
        ([("2026-02-20", 2), ("2026-03-05", 4)], "yes"),
        ([("2026-02-20", 4), ("2026-02-25", 2), ("2026-03-05", 3)], "yes"),
        ([("2026-02-20", 4), ("2026-03-02", 2), ("2026-03-05", 3)], "yes"),
        ([("2026-02-20", None), ("2026-03-05", 3)], "unknown"),
        ([("2026-02-20", 4), ("2026-03-05", None), ("2026-03-06", 3)], "unknown"),
        ([("2026-02-20", 4), ("2026-03-05", None)], "no"),
        # One of the two did, whichever.
        ([("2026-03-05", None), ("2026-03-06", 3)], "yes"),
        ([("2026-03-01", None), ("2026-04-01", 3)], "unknown"),
        ([("2026-03-31", 2), ("2026-04-01", 3)], "no"),
        ([("2026-02-20", 2), ("2026-03-02", None), ("2026-03-05", 3)], "yes"),
        # It may have become so before the infusion, or after it.
        ([(None, 3), ("2026-03-05", 4)], "unknown"),
        ([("2026-02-20", 2), (None, 3), ("2026-03-05", 4)], "unknown"),
        ([("2026-03-02", 2), (None, 3), ("2026-03-05", 4)], "yes"),
        ([("2026-03-01T08:00Z", 2), (None, 3)], "unknown"),
    ],
)
def test_an_event_counts_when_it_reaches_the_grade(
    changes: list[tuple[str | None, int | None]], reached: str
) -> None:
    course = {"grades": [{"from": on, "grade": grade} for on, grade in changes]}
    assert decided(patient(course), minimum_grade=3).reached == reached


def test_days_are_those_of_the_site() -> None:
    told = patient(event("2026-03-31T20:00Z", 5))
    assert decided(told).decision == "stop"
    assert decided(told, zone="+08:00").decision == "continue"


def test_without_a_window_an_event_counts_whenever_it_comes_after() -> None:
    more: dict[str, Any] = {"within_days": None}
    assert decided(patient(event("2026-06-10", 5)), **more).decision == "stop"
    assert decided(patient(event("2026-02-10", 5)), **more).reached == "no"
    # Whenever the infusion was, the last day was not before it.
    last = patient(event(LATER, 5), infused=None)
    assert decided(last, **more).decision == "stop"
    assert decided(patient(event("2026-06-29", 5), infused=None), **more).reached == "unknown"


@pytest.mark.parametrize(
    ("as_of", "decision", "until"),
    [
        ("2026-03-30", "undetermined", date(2026, 3, 31)),
        ("2026-03-31", "continue", None),
        ("2026-03-31T12:00Z", "undetermined", date(2026, 3, 31)),
        ("2026-03-31T23:59:59.999999Z", "continue", None),
    ],
)
def test_a_window_is_open_until_its_last_day_is_over(
    as_of: str, decision: str, until: date | None
) -> None:
    got = decided(patient(), as_of=as_of)
    assert (got.decision, got.reached) == (decision, "no")
    assert [each.until for each in got.open] == ([until] if until else [])


def test_the_last_day_of_a_window_may_be_unknown() -> None:
    got = decided(patient(infused=None), patient(infused="2026-03", id="02"), as_of="2026-04-15")
    assert got.decision == "undetermined"
    assert [(each.patient, each.until) for each in got.open] == [
        ("01", None),
        ("02", date(2026, 4, 30)),
    ]
    assert [each.until for each in decided(patient(), within_days=None).open] == [None]
    # Clipped to the cut: it was infused by then.
    assert decided(patient(infused="2026-03"), as_of="2026-03-10").open[0].until == date(
        2026, 4, 9
    )


@pytest.mark.parametrize(
    ("term", "is_term"),
    [
        ("Cytokine release syndrome", "yes"),
        ("cytokine  RELEASE syndrome", "yes"),
        ("CRS", "yes"),
        ("Sepsis", "no"),
        ("A word that nobody knows", "unknown"),
        (None, "unknown"),
    ],
)
def test_which_terms_count(term: str | None, is_term: str) -> None:
    got = decided(patient(event("2026-03-05", 4, term=term)), rule=CRS, at_least=1)
    assert got.reached == is_term
    # A rule without terms counts every one.
    more: dict[str, Any] = {"at_least": 1, "terms": None}
    assert decided(patient(event("2026-03-05", 4, term=term)), rule=CRS, **more).reached == "yes"


def test_a_term_that_only_the_protocol_knows_is_compared_as_it_is_written() -> None:
    own: dict[str, Any] = {"at_least": 1, "terms": None, "own_terms": ["Own syndrome"]}
    own |= {"rule": CRS}
    for term, reached in (("own syndrome", "yes"), ("Sepsis", "no"), ("Other", "unknown")):
        assert decided(patient(event("2026-03-05", 4, term=term)), **own).reached == reached


@pytest.mark.parametrize(
    ("more", "reached"),
    [
        ({"term": "CRS"}, "yes"),
        ({"term": "own  SYNDROME"}, "yes"),
        ({"term": "Sepsis"}, "no"),
        ({"term": "Other"}, "unknown"),
    ],
)
def test_own_terms_stand_beside_the_others(more: dict[str, Any], reached: str) -> None:
    own: dict[str, Any] = {"own_terms": ["Own syndrome"], "rule": CRS, "at_least": 1}
    assert decided(patient(event("2026-03-05", 4, **more)), **own).reached == reached


def test_an_own_term_that_a_dictionary_knows_is_that_of_the_dictionary() -> None:
    own: dict[str, Any] = {"terms": None, "own_terms": ["CRS"], "rule": CRS, "at_least": 1}
    told = patient(event("2026-03-05", 4, term="Cytokine release syndrome"))
    assert decided(told, **own).decision == "stop"


def test_a_rule_of_terms_that_nobody_knows_is_refused() -> None:
    # It would stop nothing, for certain, whatever happens.
    terms = ["CRS", "Cytokine relase syndrome", "Sepsis", "Death"]
    with pytest.raises(NotOfThisDesign) as error:
        decided(patient(), rule=CRS, terms=terms)
    assert [(each.pointer, each.code, each.message) for each in error.value.faults] == [
        (
            "/rule/terms/1",
            "unknown_term",
            "no version of CTCAE knows the term 'Cytokine relase syndrome'; did you mean "
            "'Cytokine release syndrome'? A term of the trial's own stands in own_terms",
        ),
        (
            "/rule/terms/3",
            "unknown_term",
            "no version of CTCAE knows the term 'Death'; write one of its terms. A term of the "
            "trial's own stands in own_terms",
        ),
    ]


def with_terms(count: int) -> dict[str, Any]:
    return patient(*(event("2026-03-05", 4, term=f"Word {each}") for each in range(count)))


def test_more_unknown_terms_than_are_looked_up_are_refused() -> None:
    one: dict[str, Any] = {"rule": CRS, "at_least": 1, "within_days": 30}
    assert decided(with_terms(200), **one).decision == "undetermined"
    with pytest.raises(NotOfThisDesign, match="more than 200 different terms") as error:
        decided(with_terms(201), **one)
    assert [(each.pointer, each.code) for each in error.value.faults] == [
        ("/cohort/patients", "too_many")
    ]
    # The same word is looked up once, whoever has it; without terms none is.
    again = with_terms(200) | {"id": "02"}
    assert decided(with_terms(200), again, **one).possible_count == 2
    assert decided(with_terms(201), **one, terms=None).decision == "stop"


def test_unknown_terms_that_cannot_reach_the_limit_do_not_matter() -> None:
    # One patient, whatever the terms mean, is not two.
    rule: dict[str, Any] = {"rule": CRS, "within_days": 30}
    got = decided(with_terms(201), **rule)
    assert (got.decision, got.certain, got.possible_count) == ("continue", True, 1)
    assert got.because[-1].rule == "events.terms-unread"
    assert decided(with_terms(200), **rule).because[-1].rule == "events.count"


@pytest.mark.parametrize(
    ("related", "of", "decision"),
    [
        (True, "related", "stop"),
        (False, "related", "continue"),
        (None, "related", "undetermined"),
        (True, "all", "stop"),
        (False, "all", "stop"),
        (None, "all", "stop"),
    ],
)
def test_related_events(related: bool | None, of: str, decision: str) -> None:
    assert decided(patient(event("2026-03-05", 5, related=related)), of=of).decision == decision


def test_a_patient_counts_once_unless_events_are_counted() -> None:
    twice = patient(event("2026-03-05", 4), event("2026-03-25", 4))
    rule = DEATH | {"minimum_grade": 4, "at_least": 2}
    got = decided(twice, rule=rule)
    assert (got.decision, got.certain_count, got.possible_count) == ("continue", 1, 1)
    got = decided(twice, rule=rule, counting="events")
    assert (got.decision, got.certain_count, got.possible_count) == ("stop", 2, 2)
    # The same event at two grades is one event.
    rising = {"grades": [{"from": "2026-03-05", "grade": 4}, {"from": "2026-03-06", "grade": 5}]}
    assert decided(patient(rising), rule=rule, counting="events").certain_count == 1


def test_what_can_still_come_is_at_most_one_event_of_each_open_patient() -> None:
    first, second = patient(id="01"), patient(id="02")
    asked: dict[str, Any] = {"as_of": "2026-03-15", "at_least": 2}
    assert decided(first, **asked).decision == "continue"
    assert decided(first, second, **asked).decision == "undetermined"
    assert decided(first, counting="events", **asked).decision == "undetermined"
    died = patient(event("2026-03-05", 5), id="03")
    assert decided(first, died, **asked).decision == "undetermined"
    # An open window of one whose event may count already adds nothing.
    unsure = patient(event("2026-03-05", None))
    assert decided(unsure, **asked).decision == "continue"


def test_two_events_can_be_certain_together_where_neither_is_alone() -> None:
    # Infused somewhere in March: until the 20th the first is in the window, after it the second.
    told = patient(event("2026-03-20", 5), event("2026-04-20", 5), infused="2026-03")
    assert decided(told).decision == "stop"
    assert decided(told, counting="events").certain_count == 1
    assert decided(told, counting="events").possible_count == 1
    for alone in told["events"]:
        assert decided(told | {"events": [alone]}).decision == "undetermined"


def test_times_that_contradict_their_order_are_taken_as_unknown() -> None:
    course = [{"from": "2026-04-05", "grade": 5}, {"from": "2026-04-04", "grade": 5}]
    assert decided(patient({"grades": course})).decision == "undetermined"
    third = [*course, {"from": "2026-03-10", "grade": 5}]
    assert decided(patient({"grades": third})).decision == "undetermined"
    # Whatever those two were, this one is in the window.
    first = [{"from": "2026-03-10", "grade": 5}, *course]
    assert decided(patient({"grades": first})).decision == "stop"


def test_nobody_is_nothing() -> None:
    got = decided()
    assert (got.decision, got.possible, got.reached) == ("continue", ("continue",), "no")


@pytest.mark.parametrize(
    ("patients", "pointers"),
    [
        ([patient(), patient()], ["/1/id"]),
        ([patient({"id": "7"}, {"id": "7"})], ["/0/events/1/id"]),
        ([patient(infused="2026-07-01"), patient(id="02", infused="2026-06-30")], ["/0/infused"]),
        ([patient(infused="2026-06"), patient(id="02", infused="2026-07")], ["/1/infused"]),
    ],
)  # fmt: skip
def test_patients_that_contradict_themselves_are_refused(
    patients: list[dict[str, Any]], pointers: list[str]
) -> None:
    with pytest.raises(NotOfThisDesign) as error:
        decided(*patients)
    found = [fault.pointer.removeprefix("/cohort/patients") for fault in error.value.faults]
    assert found == pointers


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"minimum_grade": 0}, "greater than or equal to 1"),
        ({"minimum_grade": 6}, "is not a grade"),
        ({"at_least": 0}, "greater than or equal to 1"),
        ({"within_days": -1}, "greater than or equal to 0"),
        ({"within_days": 30.5}, "valid integer"),
        ({"terms": []}, "at least 1 item"),
        ({"own_terms": []}, "at least 1 item"),
        ({"name": ""}, "at least 1 character"),
        ({"of": "serious"}, "'all' or 'related'"),
        ({"counting": "subjects"}, "'patients' or 'events'"),
        ({"anchor": "enrolment"}, "'infusion'"),
        ({"grade": 5}, "grade"),
    ],
)
def test_rules_that_cannot_be_are_refused(more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        RULE.validate_python(DEATH | more)
