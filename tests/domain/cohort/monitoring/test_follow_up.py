"""What ends the observation of a patient: loss to follow-up, death, or the data cut."""

from typing import Any

import pytest

from app.domain.cohort.design import NotOfThisDesign
from tests.domain.cohort.monitoring.cohorts import CRS, DEATH, asks, decided, event, patient

DIED: dict[str, Any] = {"death": {"date": "2026-03-10"}}
ANY_SEVERE: dict[str, Any] = DEATH | {"name": "Grade 3", "minimum_grade": 3}


@pytest.mark.parametrize(
    ("until", "decision"),
    [
        ("2026-03-05", "undetermined"),
        ("2026-03-30", "undetermined"),
        ("2026-03-31", "continue"),
        ("2026-03-31T08:00Z", "continue"),
        ("2026-07-10", "continue"),
        # Some day of March may be its first, some of April is after the window.
        ("2026-03", "undetermined"),
        ("2026-04", "continue"),
        (None, "continue"),
    ],
)
def test_a_patient_lost_early_may_have_had_an_event(until: str | None, decision: str) -> None:
    got = decided(patient(follow_up_until=until))
    assert got.decision == decision
    assert got.reached == {"continue": "no", "undetermined": "unknown"}[decision]
    assert (asks(got), got.open) == (
        ["/follow_up_until"] if decision == "undetermined" else [],
        (),
    )


def test_the_answer_says_who_is_lost() -> None:
    got = decided(patient(follow_up_until="2026-03-05"), patient(id="02"))
    assert (got.certain_count, got.possible_count) == (0, 1)
    assert [(each.patient, each.possible, each.lost_to_follow_up) for each in got.counted] == [
        ("01", 1, True)
    ]
    assert [each.question for each in got.missing] == [
        "Which events did patient 01 have after the follow-up?"
    ]


def test_a_patient_lost_before_the_cut_whose_window_is_open_is_waited_for_too() -> None:
    got = decided(patient(follow_up_until="2026-03-14"), as_of="2026-03-15")
    assert (got.decision, got.reached) == ("undetermined", "unknown")
    assert (asks(got), [each.patient for each in got.open]) == (["/follow_up_until"], ["01"])
    # Reviewed through the cut, nothing is unknown of the days until it.
    for until in ("2026-03-15", "2026-03-16"):
        got = decided(patient(follow_up_until=until), as_of="2026-03-15")
        assert (got.decision, got.reached, got.missing) == ("undetermined", "no", ())


def test_of_events_that_nobody_saw_there_may_be_any_number() -> None:
    lost = patient(event("2026-03-03", 5), follow_up_until="2026-03-05")
    got = decided(lost, at_least=4, counting="events")
    assert (got.decision, got.certain_count, got.reached) == ("undetermined", 1, "unknown")
    assert asks(got) == ["/follow_up_until"]
    # Of patients, one more event of one who counts changes nothing.
    got = decided(lost, at_least=2)
    assert (got.decision, got.missing) == ("continue", ())


def test_without_a_window_a_loss_is_never_made_up_for() -> None:
    got = decided(patient(follow_up_until="2026-06-29"), within_days=None)
    assert (got.decision, got.reached) == ("undetermined", "unknown")
    assert decided(patient(follow_up_until="2026-06-30"), within_days=None).reached == "no"


@pytest.mark.parametrize(
    ("on", "decision"),
    [
        ("2026-03-01", "stop"),
        ("2026-03-31", "stop"),
        ("2026-04-01", "continue"),
        ("2026-07-01", "continue"),
        ("2026", "undetermined"),
        (None, "undetermined"),
    ],
)
def test_a_death_is_an_event_of_grade_5(on: str | None, decision: str) -> None:
    got = decided(patient(death={"date": on}))
    assert got.decision == decision
    assert asks(got) == (["/death/date"] if decision == "undetermined" else [])
    assert [each.death for each in got.counted] == ([] if decision == "continue" else [True])


@pytest.mark.parametrize(
    ("terms", "reached"), [(None, "yes"), (["Death NOS"], "yes"), (["Sepsis"], "no")]
)
def test_a_death_counts_for_every_term_and_for_its_own(
    terms: list[str] | None, reached: str
) -> None:
    told = patient(death={"date": "2026-03-10", "cause": "Sepsis"})
    assert decided(told, terms=terms).reached == reached
    assert decided(told, terms=terms, minimum_grade=3).reached == reached


def test_whether_a_death_is_related_is_told_by_an_event() -> None:
    told = patient(death={"date": "2026-03-10"})
    got = decided(told, of="related")
    assert (got.decision, [(each.pointer, each.question) for each in got.missing]) == (
        "undetermined",
        [
            (
                "/cohort/patients/0/death",
                "Is the death of patient 01 related to the treatment? Give it as an event of "
                "grade 5.",
            )
        ],
    )
    for related, decision in ((True, "stop"), (False, "continue")):
        event_ = event("2026-03-10", 5, related=related)
        assert decided(told | patient(event_) | DIED, of="related").decision == decision


def test_a_death_that_an_event_may_be_is_counted_once() -> None:
    rule: dict[str, Any] = {"rule": ANY_SEVERE, "counting": "events", "at_least": 2}
    for on in ("2026-03-10", "2026-03", None):
        assert decided(patient(event(on, 5), **DIED), **rule).certain_count <= 1
        assert decided(patient(event(on, 5), **DIED), **rule).possible_count == 1
    # Another event, or a fatal one of another day, is another.
    assert decided(patient(event("2026-03-09", 4), **DIED), **rule).decision == "stop"
    assert decided(patient(event("2026-03-09", 5), **DIED), **rule).decision == "stop"
    assert decided(patient(event("2026-07-09", 5), **DIED), **rule).certain_count == 1


def test_a_death_counts_beside_an_event_that_was_as_bad_before() -> None:
    course = [{"from": "2026-02-20", "grade": 4}, {"from": "2026-03-10", "grade": 5}]
    told = patient({"grades": course}, **DIED)
    assert decided(told, rule=ANY_SEVERE).decision == "stop"
    assert decided(patient({"grades": course}), rule=ANY_SEVERE).decision == "continue"


def test_nothing_comes_after_a_death() -> None:
    died = patient(death={"date": "2026-03-04"})
    assert decided(died, rule=CRS, at_least=1, as_of="2026-03-10").decision == "continue"
    # By the cut it is not known to come.
    got = decided(patient(death={"date": "2026-03-11"}), as_of="2026-03-10")
    assert (got.decision, got.reached) == ("undetermined", "no")


def test_days_between_the_follow_up_and_a_death_are_unknown() -> None:
    told = patient(follow_up_until="2026-03-05", death={"date": "2026-03-20"})
    assert decided(told, rule=CRS, at_least=1, within_days=30).reached == "unknown"
    assert decided(told, rule=CRS, at_least=1, within_days=4).reached == "no"
    on_the_day = told | {"follow_up_until": "2026-03-20"}
    assert decided(on_the_day, rule=CRS, at_least=1, within_days=30).reached == "no"
    # Who died in April had no fatal event in March, but may have had others.
    late = told | {"death": {"date": "2026-04-02"}}
    assert decided(late).decision == "continue"
    assert decided(late, minimum_grade=4).decision == "undetermined"
    assert decided(late, terms=["Sepsis"]).decision == "undetermined"


@pytest.mark.parametrize(
    ("more", "pointers"),
    [
        ({"follow_up_until": "2026-02-28"}, ["/follow_up_until"]),
        ({"follow_up_until": "2026-02"}, ["/follow_up_until"]),
        ({"follow_up_until": "2026-03-01"}, []),
        ({"follow_up_until": "2026"}, []),
        ({"death": {"date": "2026-02-28"}}, ["/death/date"]),
        ({"death": {"date": "2026-03-01"}}, []),
        ({"death": {"date": None}}, []),
        ({"infused": None, "death": {"date": "2026-01-01"}}, []),
        (
            {"follow_up_until": "2026-02-28", "death": {"date": "2026-02-28"}},
            ["/follow_up_until", "/death/date"],
        ),
        # The day of the infusion was reviewed, whatever the hour; nobody is infused after death.
        ({"infused": "2026-03-01T10:00Z", "follow_up_until": "2026-03-01T09:00Z"}, []),
        ({"infused": "2026-03-01T10:00Z", "death": {"date": "2026-03-01T09"}}, ["/death/date"]),
    ],
)
def test_what_ended_before_the_infusion_is_refused(
    more: dict[str, Any], pointers: list[str]
) -> None:
    if not pointers:
        decided(patient(**more))
        return
    with pytest.raises(NotOfThisDesign) as error:
        decided(patient(**more))
    faults = error.value.faults
    assert [each.pointer.removeprefix("/cohort/patients/0") for each in faults] == pointers
    assert {each.code for each in faults} == {"dates"}
