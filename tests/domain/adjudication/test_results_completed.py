"""Results whose time is known by the day: the verdict holds at every hour that each may be of."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.result import Adjudicated
from app.domain.time import PartialTime
from tests.builders import SHANGHAI, subject
from tests.domain.adjudication.laboratory_results import (
    OF_POTASSIUM,
    Result,
    as_events,
    counted,
    judged,
    potassium,
)
from tests.sparing import SPARING

HOURS = ("T02:00+08:00", "T13:00+08:00", "T22:00+08:00")
RULED = [dict(each, on="2026-02-01") for each in counted(OF_POTASSIUM)]
RESULTS = st.lists(
    st.builds(
        lambda day, hour, value: potassium(f"2026-03-{day:02}{hour}", value),
        st.sampled_from([4, 5, 9, 12, 13, 14]),
        st.sampled_from(["", "", "T12:00+08:00"]),
        st.sampled_from(["4.0", "5.7", "6.5", "7.5"]),
    ),
    min_size=2,
    max_size=4,
    unique_by=lambda each: (each["measured_at"], each["value"]),
)


def verdict(results: list[Result], as_of: str) -> str:
    """The verdict of the event that the results make; no event is no DLT."""
    return _verdict(judged(*results, rulings=RULED, as_of=as_of))


def verdicts_of(records: list[list[Result]], as_of: str) -> set[str]:
    """The same of many records, each of a patient of its own, judged together."""
    patients = [
        replace(subject(laboratory=each, rulings=RULED), id=f"S-{number}")
        for number, each in enumerate(records)
    ]
    return set(map(_verdict, adjudicate(patients, as_events(), PartialTime(as_of), SHANGHAI)))


def _verdict(answer: Adjudicated) -> str:
    return answer.events[0].verdict if answer.events else "NOT_DLT"


def completions(results: list[Result]) -> list[list[Result]]:
    """Every record that this one may stand for, by a few hours of each day."""
    choices = [
        [each]
        if "T" in each["measured_at"]
        else [{**each, "measured_at": each["measured_at"] + hour} for hour in HOURS]
        for each in results
    ]
    return [list(each) for each in product(*choices)]


@pytest.mark.parametrize("as_of", ["2026-05-30", "2026-03-14"])
@SPARING
@given(results=RESULTS)
def test_a_verdict_holds_at_every_hour(as_of: str, results: list[Result]) -> None:
    told = verdict(results, as_of)
    if told not in {"DLT", "NOT_DLT"}:
        return
    others = verdicts_of(completions(results), as_of)
    assert others <= {told, "UNDETERMINED"}, results


def test_most_of_them_are_decided_all_the_same() -> None:
    day = [potassium("2026-03-04", "7.5"), potassium("2026-03-05", "4.0")]
    assert verdict(day, "2026-05-30") == "DLT"
    assert verdicts_of(completions(day), "2026-05-30") == {"DLT"}
