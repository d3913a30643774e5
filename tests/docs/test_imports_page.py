"""docs/imports.md lists every code with which a row of a file may come back."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import app.interchange
from app.data import strict_json
from app.domain.source_system import SourceSystem
from app.interchange import formats, identity
from app.interchange.formats import FORMATS
from app.use_cases import told_twice
from tests.docs.examples import DOCS

PAGE: Final = (DOCS / "imports.md").read_text("utf-8")
FOLDER: Final = Path(app.interchange.__file__).parent
_CODE: Final = re.compile(r"[a-z]+(?:_[a-z0-9]+)+")


def listed() -> set[str]:
    """The codes of the table."""
    section = PAGE.partition("### Why a row comes back")[2].partition("###")[0]
    cells = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return {code for cell in cells for code in re.findall(r"`(\w+)`", cell)} - {"code"}


def readers() -> set[Path]:
    """The modules that refuse rows of files, and what they import; FHIR has its page."""
    found: set[Path] = set()
    waiting = [Path(str(each.__file__)) for each in (formats, identity, told_twice)]
    while waiting:
        path = waiting.pop()
        if path in found or path.name.startswith("fhir"):
            continue
        found.add(path)
        waiting += (FOLDER / f"{name}.py" for name in _imported(path))
    return found


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            _, _, name = node.module.partition("app.interchange.")
            if name and "." not in name:
                yield name


def codes_in(source: str) -> set[str]:
    """What looks like a code, and is given to a call or stands first of two: code and problem."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        given: list[ast.expr] = []
        if isinstance(node, ast.Call):
            given = [*node.args, *(each.value for each in node.keywords if each.arg == "code")]
        elif isinstance(node, ast.Tuple) and len(node.elts) == 2:
            given = node.elts[:1]
        for each in given:
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                found |= {each.value} if _CODE.fullmatch(each.value) else set()
    return found


def test_every_code_is_listed() -> None:
    given = {code for path in readers() for code in codes_in(path.read_text("utf-8"))}
    json = {each.code for each in (strict_json.NotJson, strict_json.TooDeep)}
    assert listed() == given | json | {strict_json.DuplicateKey.code}


def test_the_readers_are_all_looked_at() -> None:
    names = {path.stem for path in readers()}
    assert {"delimited", "dataset_json", "xpt", "odm", "rave", "ndjson", "identity"} <= names
    assert codes_in('refuse(row, "no_subject", "why")\nx = "too_long", "why"\ny = "no_code"') == {
        "no_subject", "too_long",
    }  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)  # fmt: skip
def test_every_format_is_listed(format: str) -> None:  # noqa: A002
    assert f"| `{format}` |" in PAGE


def test_every_setting_is_listed() -> None:
    section = PAGE.partition("## Source systems")[2].partition("##")[0]
    assert {each for each in SourceSystem.__dataclass_fields__ if f"`{each}`" not in section} == {
        "name"
    }


@pytest.mark.parametrize(
    "page", ["imported-events.md", "imported-rows.md", "imports-fhir.md", "exports.md"]
)
def test_the_pages_beside_it_are_named(page: str) -> None:
    assert f"({page}" in PAGE
