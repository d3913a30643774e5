"""What is exported and read again by our own readers is the same course of the same event."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.case import AdverseEvent
from app.interchange.exports import ExportFormat
from app.interchange.exports.events import ExportedEvent
from tests.interchange.exports.drawn import VERDICT, by_patient, events, exported, recorded
from tests.interchange.exports.reading import FORMATS, content_of, course_of, read_back, text_of


def read_events(wanted: ExportFormat, *told: ExportedEvent) -> list[AdverseEvent]:
    """The events of an export, read back."""
    return [content_of(made) for made in read_back(exported(wanted, *told), wanted)]


def end_of(event: AdverseEvent) -> tuple[bool | None, str | None]:
    """Whether it goes on and up to when."""
    return event.ongoing, text_of(event.ongoing_as_of)


def test_every_format_but_one_can_be_read_back() -> None:
    assert {*FORMATS} == {*get_args(ExportFormat)} - {"adam-csv"}  # it has no course


@pytest.mark.parametrize("wanted", FORMATS)
def test_a_course_comes_back_grade_by_grade(wanted: ExportFormat) -> None:
    event = recorded(
        (3, "2026-03-05T09:00+08:00"),
        (1, "2026-03-07"),
        (0, "2026-03"),
        ongoing=False,
        meddra_code=10016256,
        causality=[{"agent": "IC19", "relatedness": "possible", "assessor": "investigator"}],
        seriousness={"hospitalisation": True, "life_threatening": False},
        verdict=VERDICT,
    )
    (made,) = read_back(exported(wanted, event), wanted)
    read = content_of(made)
    assert (read.term, read.meddra_code) == ("Fatigue", 10016256)
    assert course_of(read) == course_of(event.event)
    assert read.seriousness == event.event.seriousness
    assert read.causality == event.event.causality
    assert made.findings == ()


@pytest.mark.parametrize("wanted", FORMATS)
def test_grades_without_times_come_back_in_their_order(wanted: ExportFormat) -> None:
    event = recorded((2, None), (4, None), (None, None), (2, None))
    (read,) = read_events(wanted, event)
    assert course_of(read) == ((None, 2), (None, 4), (None, None), (None, 2))


@pytest.mark.parametrize("wanted", FORMATS)
def test_two_events_of_one_term_that_touch_stay_two(wanted: ExportFormat) -> None:
    events = (
        recorded((2, "2026-03-05"), (0, "2026-03-07")),
        recorded((3, "2026-03-07"), key="edc:AE-2"),
    )
    read = read_events(wanted, *events)
    assert [course_of(each) for each in read] == [course_of(each.event) for each in events]


@pytest.mark.parametrize("wanted", FORMATS)
def test_a_formula_comes_back_as_it_was_recorded(wanted: ExportFormat) -> None:
    terms = ["=1+1", "'=1", "'", "@fever", "-"]
    told = [
        recorded((1, None), key=f"edc:{number}", term=term) for number, term in enumerate(terms)
    ]
    read = read_events(wanted, *told)
    assert [each.term for each in read] == terms


@pytest.mark.parametrize("wanted", FORMATS)
@settings(max_examples=20)
@given(drawn=st.lists(events(), min_size=1, max_size=4).map(by_patient))
def test_whatever_is_recorded_has_the_same_course_when_it_is_read_back(
    wanted: ExportFormat, drawn: list[ExportedEvent]
) -> None:
    told = [replace(each, key=f"edc:AE-{number}") for number, each in enumerate(drawn)]
    read = read_events(wanted, *told)
    assert [each.term for each in read] == [each.event.term for each in told]
    assert [course_of(each) for each in read] == [course_of(each.event) for each in told]
    assert [end_of(each) for each in read] == [end_of(each.event) for each in told]
    assert [each.worst_grade for each in read] == [each.event.worst_grade for each in told]
    assert [each.causality for each in read] == [each.event.causality for each in told]
