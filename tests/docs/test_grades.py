"""docs/grading-crs-icans.md: its examples run, and its tables are those of the code."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from pydantic import TypeAdapter

from app.domain.astct.answer import GradeAnswer, ScoreAnswer
from app.domain.astct.crs import CrsRequest
from app.domain.astct.crs_answer import grade_crs
from app.domain.astct.crs_readings import CRS_READINGS
from app.domain.astct.icans import IcansRequest
from app.domain.astct.icans_answer import grade_icans
from app.domain.astct.icans_readings import ICANS_READINGS
from app.domain.astct.ice import IceItems, score_ice
from tests.docs.examples import DOCS, blocks

PAGE: Final = DOCS / "grading-crs-icans.md"
TEXT: Final = PAGE.read_text("utf-8")
BLOCKS: Final = [each for each in blocks(PAGE) if each.kind == "grades"]
CASES: Final = [
    pytest.param(block.content["scale"], {**block.content["base"], **case}, id=f"{block.line}-{n}")
    for block in BLOCKS
    for n, case in enumerate(block.content["cases"], start=1)
]
ROW: Final = re.compile(r"^\| ([a-z0-9-]+) \| .+ \| (.+) \|$", re.MULTILINE)
CODE: Final = re.compile(r'(?:code=|code = )"(\w+)"')
DOMAIN: Final = DOCS.parent / "app" / "domain" / "astct"


def answered(scale: str, request: Mapping[str, Any]) -> GradeAnswer | ScoreAnswer:
    match scale:
        case "crs":
            crs = TypeAdapter(CrsRequest).validate_python(request)
            return grade_crs(crs, crs.readings)
        case "icans":
            icans = TypeAdapter(IcansRequest).validate_python(request)
            return grade_icans(icans, icans.readings)
        case _:
            return score_ice(TypeAdapter(IceItems).validate_python(request))


def differences(answer: GradeAnswer | ScoreAnswer, promised: Any) -> Iterator[str]:
    value = answer.score if isinstance(answer, ScoreAnswer) else answer.grade
    told = {
        "grade": value,
        "bounds": [answer.bounds.min, answer.bounds.max],
        "asks": [each.field for each in answer.missing],
        "readings": [each.id for each in answer.readings],
        "findings": [each.code for each in answer.findings],
    }
    wanted = promised if isinstance(promised, Mapping) else {"grade": promised}
    if "bounds" in wanted and value is not None:
        yield f"it is graded {value}"
    for key, each in wanted.items():
        if told[key] != each:
            yield f"{key}: {told[key]}, the page says {each}"


@pytest.mark.parametrize(("scale", "case"), CASES)
def test_a_case_is_graded_as_the_page_says(scale: str, case: dict[str, Any]) -> None:
    promised = case.pop("answer")
    assert list(differences(answered(scale, case), promised)) == []


def test_it_lists_readings_and_options_with_the_default_in_bold() -> None:
    said = {reading: options.split(", ") for reading, options in ROW.findall(TEXT)}
    del said["reading"]  # the heading
    assert said == {
        each.id: [f"**{o}**" if o == each.default else o for o in each.options]
        for each in (*CRS_READINGS.values(), *ICANS_READINGS.values())
    }


def test_it_says_of_every_finding_what_it_means() -> None:
    made = {
        code for path in DOMAIN.glob("*_answer.py") for code in CODE.findall(path.read_text())
    } | set(CODE.findall((DOMAIN / "death.py").read_text()))
    _, _, below = TEXT.partition("| finding |")
    said = set(re.findall(r"`(\w+)`", below.partition("\n\n")[0]))
    assert made == said


def test_it_explains_every_rule_that_answers_name() -> None:
    named = {
        rule
        for path in DOMAIN.glob("*.py")
        for rule in re.findall(r'"((?:CRS|IC)-R\d+)"', path.read_text())
    }
    said = set(re.findall(r"^\| ((?:CRS|IC)-R\d+) \|", TEXT, re.MULTILINE))
    assert named == said
