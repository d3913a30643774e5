"""A fault that is planted into a document without findings, and that the linter has to find."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from app.domain.lint.finding import LintFinding
from app.use_cases.lint import linted_document
from tests.domain.lint.documents import Data, codes, settled


@dataclass(frozen=True)
class Planted:
    """A fault, by what is done to the document; and how it is told."""

    name: str
    plant: Callable[[Data], Any]
    code: str
    pointer: str
    severity: str = "warning"
    counted: bool = False
    """Whether it alone reaches branches of the linter: then it is traced."""


def reading(document: Data, name: str, one: str, other: str) -> None:
    document["readings"].append(
        {"id": name, "question": "Which one?", "options": {"one": one, "two": other},
         "default": "one"}
    )  # fmt: skip


def read(document: Data, name: str, one: Any, other: Any) -> Data:
    reading(document, name, "The first.", "The second.")
    return {"reading": name, "options": {"one": one, "two": other}}


def more(document: Data, part: str, **clause: Any) -> None:
    document["dlt"][part].append({"id": "more", "at": "5.9", "says": "One more clause.", **clause})


def each(planted: tuple[Planted, ...]) -> list[Any]:
    """The faults as parameters of a test."""
    return [
        pytest.param(one, id=one.name, marks=() if one.counted else pytest.mark.no_cover)
        for one in planted
    ]


def is_found(planted: Planted) -> LintFinding:
    """Plant it and lint: it is told once at its place, and says what to do."""
    document = settled()
    planted.plant(document)
    report = linted_document(document)
    found = [one for one in report.findings if one.code == planted.code]
    assert found, codes(report)
    at_its_place = [one for one in found if one.pointer == planted.pointer]
    assert at_its_place, [one.pointer for one in found]
    (finding,) = at_its_place
    assert finding.severity == planted.severity
    assert finding.way_out
    assert report.clean is not any(one.severity != "note" for one in report.findings)
    assert _is_there(document, finding)
    return finding


def _is_there(document: Data, finding: LintFinding) -> bool:
    """Whether the pointer leads somewhere."""
    here: Any = document
    for raw in finding.pointer.split("/")[1:]:
        part = raw.replace("~1", "/").replace("~0", "~")
        here = here[int(part)] if isinstance(here, list) else here[part]
    return True
