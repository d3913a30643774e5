"""docs/record.md: what it says of the record is what the record does."""

import json
import re
from dataclasses import fields
from datetime import timedelta
from typing import Any, get_args

import pytest

from app.domain.record.canonical import canonical, digest_of
from app.domain.record.finding_codes import CODES
from app.domain.record.leaf import AuditRecord
from app.domain.record.row_findings import ROW_CODES
from app.settings import Settings
from app.store.database import Database
from app.store.record_tables import POINTERS
from app.store.tables import CHANGING
from app.use_cases.sweep import KEPT_FOR
from app.use_cases.verdicts import Cause
from tests.api.client import client_of
from tests.docs.examples import DOCS, blocks

pytestmark = pytest.mark.anyio

PAGE = DOCS / "record.md"
TEXT = PAGE.read_text("utf-8")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def checker() -> dict[str, Any]:
    """The names that the Python of the page defines."""
    names: dict[str, Any] = {}
    (block,) = [each for each in blocks(PAGE) if each.language == "python"]
    exec(compile(block.text, block.place, "exec"), names)  # noqa: S102 (our own page)
    return names


@pytest.fixture
async def trail(sqlite_database: Database) -> list[dict[str, Any]]:
    """A trail as the service answers it, of texts that are written in several ways."""
    study = {"id": "S", "title": "Größe 🩸 \u2028", "time_zone": "UTC"}
    async with client_of(sqlite_database, auth="off") as client:
        body = {**study, "protocol": {"id": "NCT06886919"}}
        assert (await client.post("/v1/studies", json=body)).status_code == 201
        for number in range(3):
            sent = {
                "dose_level": str(number),
                "reason": {"code": "WHY", "text": 'a "quote" \\ 🧪'},
            }
            answer = await client.put("/v1/studies/S/subjects/1", json=sent)
            assert answer.status_code in {200, 201}
        answer = await client.get("/v1/audit-events?limit=200")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def rows(heading: str) -> list[list[str]]:
    """The cells of the table whose first column has that heading."""
    _, _, below = TEXT.partition(f"| {heading} |")
    lines = below.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_every_finding_on_arrival_stands_in_it() -> None:
    said = {code.strip("` "): severity for code, severity, _ in rows("code")}
    assert said == {code: told.severity for code, told in CODES.items()}


def test_every_finding_of_rows_stands_in_it() -> None:
    said = {code.strip("` "): severity for code, severity, _ in rows("row code")}
    assert said == {code: told.severity for code, told in ROW_CODES.items()}


def test_every_cause_stands_in_it() -> None:
    said = {each for cell, _ in rows("cause") for each in re.findall(r"`(\w+)`", cell)}
    assert said == set(get_args(Cause))


def test_the_leaf_of_the_page_is_whole_and_has_its_hash(checker: dict[str, Any]) -> None:
    (block,) = [each for each in blocks(PAGE) if each.kind == "leaf"]
    event = json.loads(block.text)
    assert set(event) == {each.name for each in fields(AuditRecord)} | {"leaf_hash"}
    assert checker["leaf_hash"](event) == event["leaf_hash"]


async def test_its_lines_check_a_trail(checker: dict[str, Any], trail: list[Any]) -> None:
    assert len(trail) > 6
    assert checker["first_break"](trail) is None


async def test_its_lines_find_what_was_tampered_with(
    checker: dict[str, Any], trail: list[Any]
) -> None:
    first_break = checker["first_break"]
    rewritten = {**trail[2], "reason": "another"}
    assert first_break([*trail[:2], rewritten, *trail[3:]]) == 3
    rewritten["leaf_hash"] = checker["leaf_hash"](rewritten)
    assert first_break([*trail[:2], rewritten, *trail[3:]]) == 4
    assert first_break([*trail[:2], *trail[3:]]) == 3
    assert first_break([trail[1], trail[0], *trail[2:]]) == 1


async def test_its_inputs_are_those_of_an_adjudication(sqlite_database: Database) -> None:
    async with client_of(sqlite_database, auth="off") as client:
        study = {"id": "S", "title": "A study", "time_zone": "UTC"}
        await client.post("/v1/studies", json={**study, "protocol": {"id": "NCT06886919"}})
        await client.put("/v1/studies/S/subjects/1", json={"dose_level": "1"})
        answer = (await client.get("/v1/studies/S/subjects/1/adjudication")).text
    told = json.loads(answer)
    said = {each for cell, _ in rows("field") for each in re.findall(r"`(\w+)`", cell)}
    assert said == set(told["inputs"])
    assert told["input_digest"] == digest_of(canonical(told["inputs"]))
    verdicts = answer.partition('"verdicts":')[2].removesuffix("}")
    assert told["answer_digest"] == digest_of(verdicts)


def test_its_numbers_are_those_of_the_code() -> None:
    assert timedelta(days=7) == KEPT_FOR
    assert "kept for seven days" in TEXT
    assert f"every {Settings.model_fields['sweep_seconds'].default} seconds" in TEXT


def test_it_names_all_that_changes() -> None:
    pointers = {str(each.__tablename__) for each in POINTERS.values()}
    others = CHANGING - pointers
    assert all(f"`{each}`" in TEXT for each in others)
    assert len(others) == 5
