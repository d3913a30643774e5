"""Both sides of what a document may write: the last value that is read, the first that is not."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from app.domain.adjudication.protocol import read_document
from app.domain.errors import BadProtocol
from tests.builders import event
from tests.domain.dlt.toy import GRADE_4, clause, document, first, toy

pytestmark = pytest.mark.no_cover


def asked(**condition: Any) -> dict[str, Any]:
    """A document whose one criterion asks for a condition."""
    return {"criteria": [clause("c", grade=1, when=condition)]}


def design(**parts: Any) -> dict[str, Any]:
    return {"design": {"kind": "target_rate", **parts}}


def ladder(**parts: Any) -> dict[str, Any]:
    return {"ladder": {"levels": [{"id": "1", "cells": 1}], **parts}}


def level(**parts: Any) -> dict[str, Any]:
    return {"ladder": {"levels": [{"id": "1", "cells": 1, **parts}]}}


def phase(**parts: Any) -> dict[str, Any]:
    return {"phases": [{"id": "escalation", **parts}]}


def lasting(grade: int) -> dict[str, Any]:
    return asked(lasts={"grade": grade, "longer_than": "P7D"})


def told_number(**parts: Any) -> dict[str, Any]:
    return asked(number={"name": "temperature", "at_least": 38, **parts})


def own_term(term: str, grades: Sequence[int] = (1, 2, 3)) -> dict[str, Any]:
    own = {"term": term, "grades": grades}
    return {"grading": {"dictionary": "ctcae-5.0", "own_terms": [own]}}


def criterion(**parts: Any) -> dict[str, Any]:
    return {"criteria": [{**GRADE_4, **parts}]}


BOUNDS: list[tuple[Callable[[Any], dict[str, Any]], list[Any], list[Any]]] = [
    (lambda grade: criterion(grade=grade), [1, 5], [0, 6]),
    (lambda grade: asked(shift={"at_least": grade}), [1, 5], [0, 6]),
    (lambda grade: asked(peak={"at_least": grade}), [0, 5], [-1, 6]),
    (lasting, [1, 5], [0, 6]),
    (lambda count: phase(planned_subjects=count), [1], [0]),
    (lambda count: phase(cap_per_dose_level=count), [1], [0]),
    (lambda count: {"planned_subjects": count}, [1], [0]),
    (lambda size: design(cohort_size=size), [1], [0]),
    (lambda size: design(expanded_cohort=size), [1], [0]),
    (lambda rate: design(target_percent=rate), [1, 99], [0, 100]),
    (lambda cells: level(cells=cells), [1], [0]),
    (lambda cells: level(alternatives=[cells]), [1], [0]),
    (lambda count: ladder(planned_levels=count), [1], [0]),
    (lambda count: ladder(de_escalation_levels=count), [0, 1], [-1]),
    (lambda percent: ladder(tolerance_percent=percent), [0, 100], [-1, 101]),
    # How long names, ids and sentences may be.
    (lambda name: {"source": {"registry": name}}, ["x", "x" * 200], ["", " ", "x" * 201]),
    (own_term, ["x", "x" * 200], ["", " ", "x" * 201]),
    (lambda name: criterion(id=name), ["x", "x" * 80], ["", "x" * 81, "-x", "x y"]),
    (lambda says: criterion(says=says), ["x", "x" * 2000], ["", "x" * 2001]),
    (lambda name: told_number(name=name), ["x", "x" * 200], ["", "x" * 201]),
    (lambda unit: told_number(unit=unit), ["x", "x" * 200], ["", "x" * 201]),
    (lambda bound: told_number(at_least=bound), ["9" * 18, "-0.5"], ["9" * 19, "NaN"]),
    # Lists that need not be longer than one, and may not be empty.
    (lambda grades: own_term("x", grades), [[3]], [[]]),
    (lambda phases: {"observed_in": phases}, [["escalation"]], [[]]),
    (lambda criteria: {"criteria": criteria}, [[GRADE_4]], [[]]),
    (lambda parts: asked(all=parts), [[{"always": True}]], [[]]),
    (lambda parts: asked(any=parts), [[{"always": True}]], [[]]),
    (lambda causes: asked(alternative_cause=causes), [["infection"]], [[]]),
    (lambda words: asked(related={"agent": "IC19", "any_of": words}), [["possible"]], [[]]),
]  # fmt: skip


WITHIN = [made(value) for made, within, _ in BOUNDS for value in within]
OUTSIDE = [made(value) for made, _, outside in BOUNDS for value in outside]


@pytest.mark.parametrize("parts", WITHIN)
def test_within(parts: dict[str, Any]) -> None:
    assert toy(**parts).rules is not None


@pytest.mark.parametrize("parts", OUTSIDE)
def test_outside(parts: dict[str, Any]) -> None:
    with pytest.raises(BadProtocol):
        toy(**parts)


@pytest.mark.parametrize("first_day", [0, 1])
def test_the_infusion_day_is_0_or_1(first_day: int) -> None:
    window = {"anchor": "each_infusion", "agent": "IC19", "through": "P28D"}
    assert toy(window={**window, "first_day": first_day}).rules is not None
    with pytest.raises(BadProtocol):
        toy(window={**window, "first_day": first_day + 2})


def test_documents_are_of_the_first_schema() -> None:
    assert read_document(document()).schema_number == 1
    assert read_document(document(schema_number=1)).schema_number == 1
    with pytest.raises(BadProtocol):
        toy(schema_number=2)


def test_a_rise_of_one_grade_may_be_asked_for() -> None:
    protocol = toy(criteria=[clause("c", grade=1, when={"shift": {"at_least": 1}})])
    case = {0: "DLT", 1: "NOT_DLT"}
    for baseline, verdict in case.items():
        reported = event("Chills", (1, "2026-03-05"), (0, "2026-03-06"), baseline_grade=baseline)
        assert first(protocol, reported).verdict == verdict
