"""Counts of named events that are not settled: what the answer asks for, and how it says so."""

from typing import Any

import pytest

from tests.domain.cohort.monitoring.cohorts import CRS, asks, decided, event, patient


@pytest.mark.parametrize(
    ("told", "more", "pointers"),
    [
        (event("2026-03-05", None), {}, ["/events/0/grades/0/grade"]),
        (event(None, 5), {}, ["/events/0/grades/0/from"]),
        (event("2026", None), {}, ["/events/0/grades/0/grade", "/events/0/grades/0/from"]),
        ({}, {}, ["/events/0/grades"]),
        (event("2026-03-05", 5), {"of": "related"}, ["/events/0/related"]),
        (event("2026-03-05", 5, term="Word"), {"terms": ["CRS"]}, ["/events/0/term"]),
    ],
)
def test_the_answer_names_what_is_missing(
    told: dict[str, Any], more: dict[str, Any], pointers: list[str]
) -> None:
    got = decided(patient(told), **more)
    assert (got.decision, got.reached) == ("undetermined", "unknown")
    assert asks(got) == pointers


def test_the_day_of_the_infusion_can_be_what_is_missing() -> None:
    got = decided(patient(event("2026-04-10", 5), infused="2026-03"))
    assert [(each.event, each.question) for each in got.missing] == [
        (None, "On which day was patient 01 infused?")
    ]
    got = decided(patient(event("2026-04", 5), infused="2026-03"))
    assert asks(got) == ["/events/0/grades/0/from", "/infused"]


def test_what_cannot_matter_is_not_asked() -> None:
    told = patient(
        event("2026-03-05", 3, related=None),
        event("2026-05-05", None),
        event("2026-03-06", None),
        {"grades": [{"from": "2026-03-07", "grade": None}, {"from": "2026-05-07", "grade": None}]},
    )
    assert asks(decided(told)) == ["/events/2/grades/0/grade", "/events/3/grades/0/grade"]
    # One that counts for certain settles it.
    died = told | {"events": [*told["events"], {"id": "9", **event("2026-03-10", 5)}]}
    assert decided(died).missing == ()
    # Of several events of one patient, those that count are not asked about.
    got = decided(died, counting="events", at_least=2)
    assert asks(got) == ["/events/2/grades/0/grade", "/events/3/grades/0/grade"]


def test_other_events_of_a_patient_who_counts_are_not_asked_about() -> None:
    died = patient(event("2026-03-05", 5), event("2026-03-06", None))
    unsure = patient(event("2026-03-05", None), id="02")
    got = decided(died, unsure, at_least=2)
    assert [(each.patient, each.event) for each in got.missing] == [("02", "1")]


def test_an_event_that_counts_by_one_change_or_another_is_not_asked_about() -> None:
    # Infused until the 15th the first change is in the window, from the 16th on the last.
    course = [("2026-03-15", 5), ("2026-03-16", 4), ("2026-04-15", 5)]
    twice = {"grades": [{"from": on, "grade": grade} for on, grade in course]}
    told = patient(twice, event("2026-03-31", None), infused="2026-03")
    got = decided(told, counting="events", at_least=2)
    assert (got.certain_count, got.possible_count) == (1, 2)
    assert asks(got) == ["/events/1/grades/0/grade"]


def test_nothing_is_asked_once_it_is_decided() -> None:
    died, unsure = patient(event("2026-03-05", 5)), patient(event("2026-03-05", None), id="02")
    got = decided(died, unsure, as_of="2026-03-10")
    assert (got.decision, got.certain_count, got.possible_count) == ("stop", 1, 2)
    assert (got.missing, got.open) == ((), ())
    assert [(each.patient, each.certain, each.possible, each.events) for each in got.counted] == [
        ("01", 1, 1, ("1",)),
        ("02", 0, 1, ("1",)),
    ]


def test_the_grade_before_is_asked_for() -> None:
    course = [("2026-02-20", None), ("2026-03-05", 5)]
    told = patient({"grades": [{"from": on, "grade": grade} for on, grade in course]})
    assert asks(decided(told)) == ["/events/0/grades/0/grade"]
    unknown = patient({"grades": [{"from": on, "grade": None} for on, _ in course]})
    assert asks(decided(unknown)) == ["/events/0/grades/0/grade", "/events/0/grades/1/grade"]


@pytest.mark.parametrize(
    ("infused", "on", "questions"),
    [
        ("2026-03-01T10:30Z", "2026-03-01T10", ["event"]),
        ("2026-03-01", "2026-03-01T00:05Z", ["infused"]),
        ("2026-03-01", "2026-03-01T00", ["event", "infused"]),
        ("2026-03-01T10", "2026-03-01T10", ["event", "infused"]),
    ],
)
def test_the_clock_times_of_one_day_are_asked_for(
    infused: str, on: str, questions: list[str]
) -> None:
    words = {
        "event": "At which time of the day did event 1 of patient 01 reach this grade?",
        "infused": "At which time of the day was patient 01 infused?",
    }
    pointers = {"event": "/events/0/grades/0/from", "infused": "/infused"}
    got = decided(patient(event(on, 5), infused=infused))
    assert got.decision == "undetermined"
    assert [each.question for each in got.missing] == [words[each] for each in questions]
    assert asks(got) == [pointers[each] for each in questions]


def test_the_clock_time_of_a_death_is_asked_for() -> None:
    got = decided(patient(infused="2026-03-01T10:30Z", death={"date": "2026-03-01T10"}))
    assert [(each.pointer, each.question) for each in got.missing] == [
        ("/cohort/patients/0/death/date", "At which time of the day did patient 01 die?")
    ]
    # By the day alone, nobody who was infused had died before.
    got = decided(patient(infused="2026-03-01T10:30Z", death={"date": "2026-03-01"}))
    assert (got.decision, got.missing) == ("stop", ())


def test_every_question_in_words() -> None:
    told = patient(
        event("2026", None, term="Word"),
        {"term": "Cytokine release syndrome"},
        infused="2026-03",
    )
    got = decided(told, rule=CRS, of="related", at_least=1, within_days=30)
    assert [each.question for each in got.missing] == [
        "Is event 1 of patient 01 one of the rule's terms?",
        "Is event 1 of patient 01 related to the treatment?",
        "Is the grade of event 1 of patient 01 4 or above?",
        "On which day did event 1 of patient 01 reach this grade?",
        "Is event 2 of patient 01 related to the treatment?",
        "Which grades did event 2 of patient 01 have, and from when?",
        "On which day was patient 01 infused?",
    ]


def test_the_answer_gives_its_numbers() -> None:
    died, unsure = patient(event("2026-03-05", 5)), patient(event("2026-03-05", None), id="02")
    got = decided(died, unsure, patient(id="03"), as_of="2026-03-10", at_least=3)
    assert [(each.rule, each.text) for each in got.because] == [
        (
            "events.count",
            "Death within 30 days: 1 patient for certain and 2 at most count; 3 stop.",
        ),
        ("events.open", "3 of 3 patients can still have an event that counts."),
    ]
    got = decided(died)
    assert [each.text for each in got.because] == [
        "Death within 30 days: 1 patient counts; 1 stops."
    ]
    got = decided(patient(), as_of="2026-03-10", at_least=1, counting="events")
    assert [each.text for each in got.because] == [
        "Death within 30 days: 0 events count; 1 stops.",
        "1 of 1 patient can still have an event that counts.",
    ]
    got = decided(died)
    assert (got.name, got.counting, got.at_least) == ("Death within 30 days", "patients", 1)
