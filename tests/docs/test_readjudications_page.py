"""docs/readjudications.md: its requests can be made, and its lists are those of the code."""

import json
from dataclasses import fields
from typing import Any, Final, get_args

import pytest

from app.api.routes.readjudications import MANY
from app.data.protocols import load
from app.data.samples.exchanges import exchanges
from app.use_cases.readjudicating import counts_of
from app.use_cases.readjudications import BODY
from app.use_cases.suppositions import ReadjudicationBody, Scope, faults_of
from app.use_cases.verdict_changes import Kind
from tests.docs.examples import DOCS, Block, blocks

PAGE: Final = DOCS / "readjudications.md"
TEXT: Final = PAGE.read_text("utf-8")


def of(kind: str) -> list[Any]:
    return [pytest.param(each, id=each.place) for each in blocks(PAGE) if each.kind == kind]


@pytest.mark.parametrize("block", of("body"))
def test_a_request_can_be_made(block: Block) -> None:
    assert list(faults_of(BODY.validate_json(block.text))) == []


@pytest.mark.parametrize("block", of("body"))
def test_its_readings_are_options_of_a_protocol(block: Block) -> None:
    document = load("NCT06886919", "1").document
    options = {each["id"]: each["options"] for each in document["readings"]}
    for reading, option in BODY.validate_json(block.text).readings.items():
        assert option in options[reading]


@pytest.mark.parametrize("block", of("bodies"))
def test_a_request_of_several_studies_can_be_made(block: Block) -> None:
    assert list(faults_of(MANY.adapter.validate_json(block.text))) == []


def test_every_field_is_listed() -> None:
    section = TEXT.partition("## Try")[2].partition("## Look")[0]
    names = {each.name for model in (ReadjudicationBody, Scope) for each in fields(model)}
    assert {each for each in names if f"`{each}`" not in section} == set()


def test_every_count_is_listed() -> None:
    section = TEXT.partition("## Look")[2].partition("## Apply")[0]
    assert {each for each in counts_of([], []) if f"`{each}`" not in section} == set()
    assert {each for each in get_args(Kind) if f"| `{each}` |" not in section} == set()


def test_the_line_is_what_the_service_answered() -> None:
    """The clauses, which are long, are left out; ids are the story's own."""
    (block,) = blocks_of_results()
    (shown,) = [
        each
        for each in exchanges()
        if each.operation == "list_readjudication_results" and each.media == "application/x-ndjson"
    ]
    told = json.loads(str(shown.answer))
    assert told["adjudication"].keys() == {"old", "new"}
    told["adjudication"] = {"old": "…", "new": None}
    for event in told["events"]:
        event["clauses"] = ["…"]
    assert json.loads(block.text) == told


def blocks_of_results() -> list[Block]:
    return [each for each in blocks(PAGE) if each.kind == "result"]
