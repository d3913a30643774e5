"""Examples in words, as a reader says them."""

from typing import Any

import pytest

from app.domain.case import AlternativeCause, Causality, Intervention, Seriousness
from app.domain.lint.profiles import Beside, Treated
from app.domain.lint.records import as_json, subject_of, words_of
from app.domain.lint.shapes import DAY, HOUR, Shape, course

PLAIN = course((2 * DAY, 3), (5 * DAY, 0))


def says(shape: Shape = PLAIN, **form: Any) -> str:
    subject = subject_of(
        shape,
        "Fever",
        form,
        agent="CELLS",
        phase="escalation",
        ruled=60 * DAY,
        syndrome="Cytokine release syndrome",
        groups={"nerves": ("Seizure",), "nobody": ()},
    )
    assert as_json(subject)["events"][0]["term"] == "Fever"
    return words_of(shape, subject)


def test_a_course_is_told_in_days_and_hours() -> None:
    assert says() == "Fever: grade 3 for 3 days, then gone, from 2 days after the infusion"
    hours = course((-DAY, 2), (-DAY + 25 * HOUR, 3), (-DAY + 26 * HOUR, 5))
    assert says(hours) == (
        "Fever: grade 2 for 25 h, then grade 3 for 1 h, then grade 5, from 1 day before the "
        "infusion"
    )


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("goes_on", "it goes on"),
        ("silent", "nothing was reported after that"),
        ("undated", "it is over, and nobody wrote down since when"),
    ],
)
def test_what_is_known_of_the_end_is_told(ending: Any, told: str) -> None:
    assert says(Shape(steps=((DAY, 3),), ending=ending)).endswith(f"; {told}")


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("death", "the patient died of another cause"),
        ("withdrawal", "the patient withdrew"),
        ("follow_up", "the follow-up ended"),
    ],
)
def test_what_ended_the_observation_is_told(ending: Any, told: str) -> None:
    stopped = Shape(steps=((DAY, 3),), ending=ending, stopped=9 * DAY)
    assert says(stopped).endswith(f"; {told} 9 days after the infusion")


def test_an_ending_at_no_time_stops_nothing() -> None:
    endings: tuple[Any, ...] = ("over", "goes_on", "silent", "undated")
    for ending in endings:
        shape = Shape(steps=((DAY, 3),), ending=ending, stopped=9 * DAY)
        subject = subject_of(shape, "Fever", {}, agent="A", phase="p", ruled=0)
        assert (subject.death, subject.withdrawal, subject.follow_up_until) == (None, None, None)


def test_what_else_a_shape_may_have_is_told() -> None:
    shape = Shape(
        steps=((HOUR, None), (2 * DAY, 0)),
        baseline=1,
        day_only=True,
        infusions=(0, 20 * DAY),
        completed_on=15 * DAY,
    )
    assert says(shape) == (
        "Fever: a grade that was not recorded for 47 h, then gone, from 1 h after the infusion, "
        "dated by the day; baseline grade 1; a second infusion 20 days after the first; window "
        "completed early, 15 days after the infusion"
    )
    assert shape.last == 20 * DAY


def test_answers_are_told() -> None:
    told = says(
        causality=(
            Causality(agent="CELLS", relatedness="possible", assessor="investigator"),
            Causality(agent="CELLS", relatedness="unlikely"),
        ),
        clinically_significant=False,
        seriousness=Seriousness(life_threatening=True, hospitalisation=True),
        interventions=(Intervention(kind="vasopressor"),),
        other_crs_symptoms=(),
        alternative_causes=(AlternativeCause(cause="infection"),),
        facts={"treated": True, "came_back": False, "temperature": "39 Cel"},
        rulings=(("Is it grave?", "yes"),),
    )
    assert told.partition("infusion; ")[2] == (
        "causality to CELLS possible by the investigator; causality to CELLS unlikely; "
        "not clinically significant; life threatening, hospitalisation; vasopressor; no other "
        "symptoms of CRS; another cause: infection; treated: yes; came_back: no; temperature: "
        "39 Cel; Is it grave? yes"
    )


def test_that_there_was_nothing_is_told() -> None:
    told = says(
        clinically_significant=True,
        seriousness=Seriousness(),
        interventions=(),
        other_crs_symptoms=("fever",),
        alternative_causes=(),
    )
    assert told.partition("infusion; ")[2] == (
        "clinically significant; not serious; no intervention; other symptoms of CRS; another "
        "cause: none"
    )


def test_interventions_with_times_are_told() -> None:
    treated = Treated(kind="oxygen", begins=0, ends=DAY)
    word = (Intervention(kind="vasopressor"),)
    assert says(treated=(treated,), interventions=word).partition("infusion; ")[2] == (
        "vasopressor, oxygen from 2026-03-02T08:00Z to 2026-03-03T08:00Z"
    )
    plain = (Intervention(kind="oxygen"),)  # the same, without its times
    assert says(treated=(treated,), interventions=plain).partition("infusion; ")[2] == (
        "oxygen from 2026-03-02T08:00Z to 2026-03-03T08:00Z"
    )
    assert says(treated=()).partition("infusion; ")[2] == "no intervention"


def test_other_events_are_told() -> None:
    beside = Beside(group="nerves", term=None, grade=2, begins=DAY)
    nobody = Beside(group="nobody", term=None, grade=2, begins=DAY)
    told = says(syndrome=(True,), companions=(beside, nobody))
    assert told.partition("infusion; ")[2] == (
        "part of Cytokine release syndrome; Seizure of grade 2 beside it from 2026-03-03T08:00Z on"
    )
    earlier = Beside(group="nerves", term=None, grade=2, begins=-2 * DAY, ends=-DAY)
    assert says(companions=(earlier,)).partition("infusion; ")[2] == (
        "Seizure of grade 2 before it, from 2026-02-28T08:00Z, and over"
    )
