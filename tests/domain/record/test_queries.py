"""Every missing datum is a question that an EDC system can put to the site."""

import re
from typing import Any, get_args

import pytest

from app.data.protocols import load
from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.result import Missing, MissingField
from app.domain.record.queries import DataQuery, query_of
from app.domain.time import PartialTime
from tests.builders import LATER, SHANGHAI, caused_by, event, ic19, ic19_protocol, subject


def missing(field: Any, **told: Any) -> Missing:
    return Missing(**{"field": field, "event": "AE-1", "text": "", "would_settle": {}, **told})


@pytest.mark.parametrize("field", get_args(MissingField))
def test_every_field_has_a_form_a_variable_and_a_request(field: MissingField) -> None:
    asked = query_of(missing(field, text="It is not recorded."))
    assert re.fullmatch(r"[A-Z]{2}", asked.form)
    assert re.fullmatch(rf"{asked.form}[A-Z]{{3,6}}|DTHDTC", asked.field)
    assert re.fullmatch(r"It is not recorded\. Please [^.?]*\.", asked.text)


@pytest.mark.parametrize(
    ("field", "form", "variable"),
    [
        ("causality", "AE", "AEREL"),
        ("onset", "AE", "AESTDTC"),
        ("recovery", "AE", "AEENDTC"),
        ("grade", "AE", "AETOXGR"),
        ("clinical_significance", "LB", "LBCLSIG"),
        ("exposure", "EX", "EXSTDTC"),
        ("death", "DM", "DTHDTC"),
        ("follow_up", "DS", "DSSTDTC"),
    ],
)
def test_where_the_answer_belongs(field: MissingField, form: str, variable: str) -> None:
    asked = query_of(missing(field))
    assert (asked.form, asked.field) == (form, variable)


@pytest.mark.parametrize(
    ("answers", "variable"),
    [
        (("inside_window", "outside_window"), "AESTDTC"),
        (("beyond_limit", "within_limit"), "AEENDTC"),
        ((), "AEENDTC"),
    ],
)
def test_the_clock_time_of_the_onset_or_of_the_end(
    answers: tuple[str, ...], variable: str
) -> None:
    settles = dict.fromkeys(answers, "DLT")
    assert query_of(missing("clock_time", would_settle=settles)).field == variable


@pytest.mark.parametrize(
    ("answers", "form"), [(("true", "false"), "FA"), ((), "FA"), (("escalation",), "DM")]
)
def test_a_fact_of_the_event_or_the_phase_of_the_trial(
    answers: tuple[str, ...], form: str
) -> None:
    settles = dict.fromkeys(answers, "DLT")
    assert query_of(missing("fact", would_settle=settles)).form == form


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("It is not known", "It is not known."),
        ("It is not known.", "It is not known."),
        ("A person has to rule: was it prompt?", "A person has to rule: was it prompt?"),
    ],
)
def test_what_is_missing_is_said_first(text: str, told: str) -> None:
    asked = query_of(missing("grade", text=text)).text
    assert asked == f"{told} Please record which grade it was."


def test_what_an_adjudication_misses_is_asked_for() -> None:
    told = ic19(event("Lung infection", (4, "2026-03-05"), causality=caused_by(None)))
    assert [query_of(each) for each in told.missing] == [
        DataQuery(
            form="AE",
            field="AEREL",
            text="The causality of AE-1 to IC19 is not recorded. Please record how the "
            "investigator judges the relation to this agent.",
        )
    ]


def test_the_infusion_is_asked_for_once_for_the_patient() -> None:
    patient = subject(infused=[])
    told = adjudicate([patient], ic19_protocol(), PartialTime(LATER), SHANGHAI)[0]
    assert [query_of(each).field for each in told.subject.missing] == ["EXSTDTC"]


def test_the_phase_that_an_adjudication_misses_is_asked_for() -> None:
    protocol = load("NCT07339332").ready
    told = adjudicate([subject()], protocol, PartialTime(LATER), SHANGHAI)[0]
    assert query_of(told.subject.missing[0]).field == "ARMCD"
