"""docs/linter.md names every finding there is, and those of the documents that we have."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

import pytest

from app.data.protocols import load, make_ready, protocol_ids, versions
from app.domain.lint.cases import MOST_CASES
from app.domain.lint.finding import Code, LintReport
from app.domain.lint.lint import lint
from app.domain.lint.profiles import MOST_FORMS
from app.domain.lint.variants import MOST_OPTIONS
from tests.docs.examples import DOCS
from tests.domain.lint.documents import of_built_in
from tests.golden.definitions.test_definitions import ENCODED, read

PAGE: Final = (DOCS / "linter.md").read_text("utf-8")
ROW: Final = re.compile(
    r"^\| (\S+ \S+) \| ([a-z]+) \| `([a-z_]+)` \| (/\S*) \| (.*) \|$", re.MULTILINE
)
CODES: Final = re.compile(r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \| [a-z, ]+ \| .+ \|$", re.MULTILINE)


def documents() -> dict[str, Mapping[str, Any]]:
    """Every document that is built in or a published definition, by its id and version."""
    built_in = [load(name, each).document for name in protocol_ids() for each in versions(name)]
    golden = [read(f"{name}.yaml") for name in ENCODED]
    return {f"{each['id']} {each['version']}": each for each in (*built_in, *golden)}


DOCUMENTS: Final = documents()
SHOWN: Final = ("DEF-03 1", "DEF-25 1")
"""Definitions of the gate, which have findings. The others are for the night."""


def test_every_code_is_explained() -> None:
    explained = [code for row in CODES.findall(PAGE) for code in re.findall(r"`([a-z_]+)`", row)]
    assert sorted(explained) == sorted(get_args(Code))


def report(name: str) -> LintReport:
    document = DOCUMENTS[name]
    if document["id"] in protocol_ids():
        return of_built_in(document["id"], document["version"])
    return lint(make_ready(document), document)


def asked() -> Iterator[Any]:
    for name in DOCUMENTS:
        in_gate = name in SHOWN or not name.startswith("DEF-")
        yield name if in_gate else pytest.param(name, marks=pytest.mark.slow)


@pytest.mark.parametrize("name", list(asked()))
def test_the_findings_of_a_document_are_those_of_the_page(name: str) -> None:
    found = report(name).findings
    listed = [tuple(each) for document, *each, _ in ROW.findall(PAGE) if document == name]
    assert [(each.severity, each.code, each.pointer) for each in found] == listed


def test_the_page_lists_findings_of_these_documents_and_why_each_stays() -> None:
    rows = ROW.findall(PAGE)
    assert {"NCT06886919 1", "DEF-25 1"} <= {each[0] for each in rows} <= DOCUMENTS.keys()
    assert [each for each in rows if not re.fullmatch(r"[A-Z].{20,}\.", each[-1])] == []


def test_the_budgets_are_those_of_the_code() -> None:
    assert f"a budget of {MOST_CASES:,} such cases" in PAGE
    assert f"more than {4 * MOST_FORMS} answers" in PAGE
    assert f"all combinations up to {MOST_FORMS} of them" in PAGE
    assert f"more than {MOST_OPTIONS} options beside the defaults" in PAGE
