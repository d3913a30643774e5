"""A request is judged by the protocol that it chooses; what it cannot be judged by is refused."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.data.protocols import load
from app.domain.errors import BadCase
from app.use_cases.adjudicate import (
    BuiltInProtocol,
    InlineProtocol,
    ManyAnswer,
    ManySubjects,
    OneAnswer,
    OneSubject,
    Refused,
    Request,
    answer,
    ready_protocol,
)
from tests.api.requests import changed, one_patient

REQUEST: TypeAdapter[OneSubject | ManySubjects] = TypeAdapter(Request)


def read(request: dict[str, Any]) -> OneSubject | ManySubjects:
    return REQUEST.validate_python(request)


def test_one_patient_has_one_answer() -> None:
    answered = answer(read(one_patient()))
    assert isinstance(answered, OneAnswer)
    assert (answered.subject.status, answered.events[0].verdict) == ("DLT", "DLT")


def test_several_have_several() -> None:
    patient = one_patient()["subject"]
    request = one_patient(subjects=[patient, {**patient, "id": "S-02"}])
    del request["subject"]
    answered = answer(read(request))
    assert isinstance(answered, ManyAnswer)
    assert [each.subject.status for each in answered.subjects] == ["DLT", "DLT"]


def test_a_request_that_was_read_is_read_again_as_it_is() -> None:
    for request in (one_patient(), one_patient(protocol={"document": load("LCAR-AIO").document})):
        once = read(request)
        assert REQUEST.validate_python(once) is once


def test_the_same_document_is_made_ready_once() -> None:
    document = dict(load("NCT06886919").document)
    shuffled = dict(reversed(document.items()))
    first = ready_protocol(InlineProtocol(document=document))
    assert ready_protocol(InlineProtocol(document=shuffled)) is first
    assert first.digest == ready_protocol(BuiltInProtocol(id="NCT06886919")).digest


@pytest.mark.parametrize(
    ("choice", "pointer", "code"),
    [
        (BuiltInProtocol(id="X"), "/id", "unknown_protocol"),
        (BuiltInProtocol(id="LCAR-AIO", version="0"), "/version", "unknown_version"),
        (InlineProtocol(document={}), "/document/id", "missing"),
    ],
)
def test_a_protocol_that_is_not_there(
    choice: BuiltInProtocol | InlineProtocol, pointer: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        ready_protocol(choice)
    assert (pointer, code) in {(fault.pointer, fault.code) for fault in refused.value.faults}


def test_a_bad_case_points_into_the_request() -> None:
    request = changed(one_patient(), "/subject/events/0/id", "AE-2")
    request["subject"]["events"] *= 2
    with pytest.raises(BadCase) as bad:
        answer(read(request))
    assert [fault.pointer for fault in bad.value.faults] == ["/subject/events/1/id"]


@pytest.mark.parametrize("as_of", ["2026", "2026-03", "2026-03-01T10"])
def test_a_data_cut_is_a_date_or_an_instant(as_of: str) -> None:
    with pytest.raises(
        ValidationError, match="is no data cut: write a date, or a time to the minute"
    ):
        read(one_patient(as_of=as_of))
