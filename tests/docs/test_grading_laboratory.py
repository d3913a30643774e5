"""docs/grading-laboratory.md: its examples run, and its tables are those of code and data."""

import json
import re
from dataclasses import fields
from typing import Any, Final, get_args, get_type_hints

import pytest

from app.data.criteria import load_catalogue
from app.domain.laboratory.evaluate import Reason, Status
from app.domain.laboratory.policy import Policy
from app.domain.laboratory.ranges import Why
from app.use_cases.grade_laboratory import MOST_RESULTS
from tests.api.client import client_of
from tests.docs.examples import DOCS, blocks
from tools.criteria_table import CRITERIA, GRADING, pages

pytestmark = pytest.mark.anyio

PATH: Final = "/v1/grade/lab"
TEXT: Final = GRADING.read_text("utf-8")
BLOCKS: Final = blocks(GRADING)
CASES: Final = [
    pytest.param(json.loads(line), id=f"{block.line}-{number}")
    for block in BLOCKS
    if block.kind == "results"
    for number, line in enumerate(block.text.splitlines(), start=1)
]
DOMAIN: Final = DOCS.parent / "app" / "domain" / "laboratory"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def asked(body: str) -> dict[str, Any]:
    async with client_of(auth="off") as client:
        headers = {"Content-Type": "application/json"}
        answer = await client.post(PATH, content=body, headers=headers)
    found: dict[str, Any] = answer.json()
    return found


def told(answer: dict[str, Any], key: str) -> Any:
    """What an answer says, in the short form of the page."""
    match key:
        case "bounds" | "number_bounds":
            return [answer[key]["min"], answer[key]["max"]]
        case "missing":
            return [each["field"] for each in answer["missing"]]
        case "findings":
            return [each["code"] for each in answer["findings"]]
        case "threshold" | "conversion" | "assumptions":
            return answer["because"][key]
        case "terms":
            return {each["term"]: each["grade"] for each in answer["results"]}
        case "refused":
            return answer["errors"][0]["code"]
        case _:
            return answer[key]


@pytest.mark.parametrize("case", CASES)
async def test_a_case_is_answered_as_the_page_says(case: dict[str, Any]) -> None:
    answer = await asked(json.dumps(case["send"]))
    assert {key: told(answer, key) for key in case["answer"]} == case["answer"]


async def test_the_whole_answer_is_the_one_of_the_page() -> None:
    (command,) = [each.text for each in BLOCKS if each.language == "sh"]
    (shown,) = [json.loads(each.text) for each in BLOCKS if each.kind == "answer"]
    (body,) = re.findall(r"-d '(.*)'", command, re.DOTALL)
    assert PATH in command
    answer = await asked(body)
    assert answer.pop("criteria_digest").startswith(shown.pop("criteria_digest").rstrip("…"))
    assert answer == shown


def section(title: str) -> str:
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def codes_of_rows(title: str) -> set[str]:
    """The codes in the first column of a section's table."""
    rows = re.findall(r"^\| (`.+?) \|", section(title), re.MULTILINE)
    return {code for row in rows for code in re.findall(r"`(\w+)`", row)}


def test_every_status_and_reason_is_explained() -> None:
    assert codes_of_rows("Status and bounds") == {each.name.lower() for each in Status}
    assert codes_of_rows("Reason codes") == {each.name.lower() for each in Reason}


def test_every_finding_is_explained() -> None:
    made = {"range_used", *get_args(Why)}
    for path in DOMAIN.glob("*.py"):
        made |= set(
            re.findall(r'(?:\.note\(\s*|Finding\(\s*code=)"(\w+)"', path.read_text("utf-8"))
        )
    assert {"unit_unknown", "printed_units_differ"} <= made
    assert codes_of_rows("Findings") == made


def test_every_key_of_the_policy_is_shown_with_its_default_in_bold() -> None:
    said = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", section("The policy"), re.MULTILINE))
    types = get_type_hints(Policy)
    assert said == {
        field.name: ", ".join(
            f"**{option}**" if option == field.default else option
            for option in get_args(types[field.name])
        )
        for field in fields(Policy)
        if field.name != "version"
    }


def test_the_tables_are_those_of_the_data() -> None:
    """Else `make tables` writes them again."""
    criteria, grading = pages(TEXT)
    assert CRITERIA.read_text("utf-8") == criteria
    assert grading == TEXT


def test_every_term_is_shown_or_told_why_not() -> None:
    criteria = load_catalogue("ctcae-5.0").criteria
    written = CRITERIA.read_text("utf-8")
    assert [
        each for each in criteria.terms if f"\n## {each.term}\n\n{each.code}," not in written
    ] == []
    missing = written.partition("## Terms that are not graded here\n")[2]
    assert [term for term in criteria.not_here if term not in missing] == []
    assert f"the {len(criteria.terms)} terms" in TEXT


def test_its_numbers_are_those_of_the_service() -> None:
    assert f"up to {MOST_RESULTS:,}" in TEXT
