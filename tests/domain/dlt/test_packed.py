"""Columns are the same after they were bytes, each patient's and those of all together."""

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.judged_columns import JudgedColumns
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.telling import Telling
from app.domain.case import Subject
from app.domain.dlt.judge import judge
from app.domain.dlt.packed import BadColumns, Packed, packed, together
from app.domain.time import PartialTime
from tests.builders import event, subject
from tests.domain.dlt.toy import clause, toy

CUT = PartialTime("2026-05-30")
RISE, FALL = (3, "2026-03-03T10:00+08:00"), (1, "2026-03-08")


def cases() -> list[Subject]:
    """One, no and two events; zones and infusions of their own."""
    fever = event("Fever", RISE, FALL, id="AE-1")
    chills = event("Chills", (3, "2026-03-04"), id="AE-2", ongoing=True)
    several = ("2026-03-01T10:00:00+08:00", "2026-03-20T10:00:00+08:00")
    return [
        subject(fever, id="S-1"),
        subject(id="S-2", infused=several),
        subject(chills, event("Fever", RISE, id="AE-3"), id="S-3", time_zone="Europe/Berlin"),
    ]


def noted(protocol: ReadyProtocol) -> list[JudgedColumns]:
    found: dict[int, JudgedColumns] = {}
    adjudicate(cases(), protocol, CUT, None, telling=Telling(noted=found))
    return [found[place] for place in sorted(found)]


def values(of: Any) -> Any:
    """Everything in it, so that it can be compared."""
    if isinstance(of, np.ndarray):
        return of.dtype.str, of.shape, of.tolist()
    if is_dataclass(of):
        return {each.name: values(getattr(of, each.name)) for each in fields(of)}
    return of


def rules(**more: Any) -> ReadyProtocol:
    with_fever = {"concurrent": {"term": "Fever", "grade": 3}}
    return toy(criteria=[clause("one", grade=3, when=with_fever)], **more)


def test_what_was_packed_is_judged_as_before() -> None:
    protocol = rules()
    kept = noted(protocol)
    assert [each.terms for each in kept] == [("Fever",), (), ("Chills", "Fever")]
    columns, verdicts = together([each.packed for each in kept])
    program = protocol.rules.program if protocol.rules else None
    assert program is not None
    assert values(judge(columns, program)) == values(verdicts)
    assert len(columns) == 3
    assert columns.subject.tolist() == [0, 2, 2]
    assert [each.name for each in columns.exposures.zones] == ["+08:00", "+08:00", "Europe/Berlin"]


def test_packing_again_gives_the_same_bytes() -> None:
    kept = [each.packed for each in noted(rules())]
    columns, verdicts = together(kept)
    stops = np.cumsum([0, 1, 0, 2]).tolist()
    again = [
        packed(columns, verdicts, patient, stops[patient], stops[patient + 1])
        for patient in range(3)
    ]
    assert again == kept
    alone, of_alone = together(kept[:1])
    assert packed(alone, of_alone, 0, 0, 1) == kept[0]


def test_arrays_are_of_the_kinds_that_the_evaluator_has() -> None:
    kept = noted(rules())
    columns, _ = together([each.packed for each in kept])
    kinds = {
        name: getattr(columns, name).dtype.str
        for name in ("subject", "signature", "facts", "since_first", "through_day", "offsets")
    }
    assert kinds == {
        "subject": "<i8", "signature": "<i2", "facts": "|i1", "since_first": "<i8",
        "through_day": "<i4", "offsets": "<i8",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda data: data[:5], "columns without a head"),
        (lambda data: b"\x09\x00" + data[2:], "columns of format 9; this engine reads format 3"),
        (lambda data: data[:30], "columns that end before "),
        (lambda data: data + b"12", "columns with 2 bytes too many"),
    ],
    ids=["no head", "another format", "too short", "too long"],
)
def test_other_bytes_are_told(spoil: Any, says: str) -> None:
    kept = noted(rules())[0].packed
    with pytest.raises(BadColumns, match=says):
        together([Packed(data=spoil(kept.data), zone=kept.zone)])


def test_columns_with_other_facts_do_not_go_together() -> None:
    other = toy(criteria=[clause("one", grade=3)])
    kept = [noted(rules())[0].packed, noted(other)[2].packed]
    with pytest.raises(BadColumns, match="columns of several rule sets: facts"):
        together(kept)
