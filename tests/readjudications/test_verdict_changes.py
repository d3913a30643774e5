"""What is told between two answers about a patient: which events, and by which clauses."""

from copy import deepcopy
from functools import cache
from typing import Any, Final

import pytest
from pydantic import TypeAdapter

from app.data.protocols import make_ready
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.case import Subject
from app.domain.time import PartialTime
from app.use_cases.adjudicate import OneAnswer
from app.use_cases.answering import judge
from app.use_cases.summaries import summary_of
from app.use_cases.verdict_changes import (
    ChangedEvent,
    ChangedPatient,
    as_document,
    changed_patient,
    kind_of,
)
from tests.builders import LATER, event, ic19_protocol, subject
from tests.readjudications.patients import amended
from tests.use_cases.test_verdicts import case_of

CRS: Final = "Cytokine release syndrome"
ALTERED: Final = {"crs-g3-72h", "neutropenia-g4-28d"}
ANSWER: Final = TypeAdapter(OneAnswer)


@cache
def version_2() -> ReadyProtocol:
    """CRS of grade 3 may last 7 days, where version 1 lets it last 72 hours."""
    return make_ready(amended())


def crs(until: str = "2026-03-08", **recorded: Any) -> Any:
    """CRS of grade 3 from the 3rd to a day: five days, unless it is told otherwise."""
    return event(CRS, (3, "2026-03-03T10:00+08:00"), (1, f"{until}T10:00+08:00"), **recorded)


def followed(*events: Any) -> Subject:
    return subject(*events, follow_up_until="2026-05-31")


def answered(
    patient: Subject, protocol: ReadyProtocol | None = None, as_of: str = LATER
) -> OneAnswer:
    """Judged by version 1, unless it is told otherwise."""
    return judge(case_of(patient), protocol or ic19_protocol(), PartialTime(as_of))


def told(old: OneAnswer | None, new: OneAnswer) -> ChangedPatient:
    """What is told of two answers, the older as it is stored."""
    kind = "first" if old is None else kind_of(summary_of(old), new, ALTERED)
    assert kind is not None
    stored = None if old is None else ANSWER.dump_json(old, by_alias=True).decode()
    return changed_patient(kind, stored, new, ALTERED)


def only(changed: ChangedPatient) -> ChangedEvent:
    (found,) = changed.events
    return found


def test_the_same_answer_is_no_change() -> None:
    answer = answered(followed(crs()))
    assert kind_of(summary_of(answer), answer, set()) is None
    unmoved = followed(crs("2026-03-05"))
    assert kind_of(summary_of(answered(unmoved)), answered(unmoved, version_2()), ALTERED) is None


def test_another_verdict_is_changed_by_the_clause_that_holds_otherwise() -> None:
    patient = followed(crs())
    found = told(answered(patient), answered(patient, version_2()))
    assert found.kind == "changed"
    assert found.old is not None
    assert found.new is not None
    assert (found.old.status, found.new.status) == ("DLT", "NO_DLT")
    one = only(found)
    assert one.old is not None
    assert one.new is not None
    assert (one.old.verdict, one.old.exception) == ("DLT", None)
    assert (one.new.verdict, one.new.exception) == ("NOT_DLT", "crs-g3-72h")
    clauses = {each.clause: each for each in one.clauses}
    clause = clauses["crs-g3-72h"]
    assert clause.old is not None
    assert clause.new is not None
    assert (clause.old.truth, clause.new.truth) == ("no", "yes")
    assert [each.truth for each in clause.old.conditions if "72 h" in each.says] == ["yes"]
    assert [each.truth for each in clause.new.conditions if "7 days" in each.says] == ["no"]


def test_a_clause_of_one_version_alone_has_nothing_on_the_other_side() -> None:
    document = deepcopy(dict(amended()))
    exceptions = document["dlt"]["exceptions"]
    document["dlt"]["exceptions"] = [each for each in exceptions if each["id"] != "crs-g3-72h"]
    patient = followed(crs("2026-03-05"))
    one = only(told(answered(patient), answered(patient, make_ready(document))))
    gone = next(each for each in one.clauses if each.clause == "crs-g3-72h")
    assert gone.old is not None
    assert (gone.old.truth, gone.new) == ("yes", None)


def test_another_instant_of_the_same_verdict_is_restated() -> None:
    """As if the infection had been told to begin a day later, from one cut to the next."""
    early, late = (
        followed(event("Lung infection", (3, f"2026-03-0{day}"), (0, "2026-03-20")))
        for day in (4, 5)
    )
    found = told(answered(early), answered(late))
    assert found.kind == "restated"
    one = only(found)
    assert one.old is not None
    assert one.new is not None
    assert one.old.verdict == one.new.verdict == "DLT"
    assert one.old.established_at != one.new.established_at


def test_other_data_that_are_missing_restate_it() -> None:
    def infection(**recorded: Any) -> Subject:
        return followed(event("Lung infection", (3, "2026-03-04"), ongoing=None, **recorded))

    old, new = answered(infection(causality=[])), answered(infection())
    assert old.events[0].verdict == new.events[0].verdict == "UNDETERMINED"
    assert told(old, new).kind == "restated"


def test_who_was_not_judged_before_has_nothing_old() -> None:
    found = told(None, answered(followed(crs())))
    assert (found.kind, found.old) == ("first", None)
    one = only(found)
    assert (one.old, one.clauses) == (None, ())
    assert one.new is not None
    assert one.new.verdict == "DLT"


def test_an_event_that_was_voided_or_came_in_between_has_one_side_alone() -> None:
    both = answered(followed(crs(), crs(id="AE-2")))
    one = answered(followed(crs()))
    gone = told(both, one)
    assert gone.kind == "changed"
    assert (only(gone).id, only(gone).new, only(gone).clauses) == ("AE-2", None, ())
    came = told(one, both)
    assert (came.kind, only(came).id, only(came).old) == ("changed", "AE-2", None)


def test_events_that_stay_are_not_told_of() -> None:
    patient = followed(crs(), event("Fatigue", (1, "2026-03-04"), (0, "2026-03-05"), id="AE-2"))
    assert only(told(answered(patient), answered(patient, version_2()))).id == "AE-1"


def test_a_status_alone_is_a_change_without_events() -> None:
    patient = followed(crs("2026-03-05"))
    found = told(answered(patient, as_of="2026-03-20"), answered(patient))
    assert (found.kind, found.events) == ("changed", ())
    assert found.old is not None
    assert found.new is not None
    assert (found.old.status, found.new.status) == ("IN_WINDOW", "NO_DLT")


@pytest.mark.parametrize("is_first", [True, False])
def test_it_is_told_as_json(*, is_first: bool) -> None:
    patient = followed(crs())
    found = told(None if is_first else answered(patient), answered(patient, version_2()))
    document = as_document(found)
    assert document.keys() == {"kind", "old", "new", "events"}
    assert document["kind"] == found.kind
    for one, each in zip(document["events"], found.events, strict=True):
        assert one["id"] == each.id
        assert [clause["clause"] for clause in one["clauses"]] == [
            clause.clause for clause in each.clauses
        ]
