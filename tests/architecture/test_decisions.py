"""Each decision record has its sections, and names checks that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECORDS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
SECTIONS = ["Context", "Decision", "Consequences", "Enforced by"]


def test_numbers_are_consecutive() -> None:
    assert [int(record.name[:4]) for record in RECORDS] == list(range(len(RECORDS)))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_sections_stand_in_order(record: Path) -> None:
    assert re.findall(r"^## (.+)$", record.read_text("utf-8"), re.MULTILINE) == SECTIONS


@pytest.mark.parametrize("record", RECORDS[1:], ids=lambda record: record.stem)
def test_the_named_checks_exist(record: Path) -> None:
    enforced_by = record.read_text("utf-8").partition("## Enforced by")[2]
    makefile = (ROOT / "Makefile").read_text("utf-8")
    gates = re.findall(r"`make check-([a-z]+)`", enforced_by)
    paths = re.findall(r"`(tests/[^`]*)`", enforced_by)
    assert gates or paths
    assert [gate for gate in gates if f"\ncheck-{gate}:" not in makefile] == []
    assert [path for path in paths if not (ROOT / path).exists()] == []
