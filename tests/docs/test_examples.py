"""Every fenced example of docs/ runs, and the language page shows the whole language."""

import dataclasses
import doctest
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from app.data.protocols import make_ready
from app.domain.dlt import protocol, rule
from app.domain.dlt.facts import ANSWERS, FIELD_OF
from app.domain.errors import BadProtocol
from tests.docs.examples import (
    DOCS,
    PAGES,
    Block,
    base_of,
    blocks,
    changed,
    differences,
    judged,
    protocol_of,
)

BLOCKS = [block for page in PAGES for block in blocks(page)]
KINDS = {"document", "rules", "refused", "part", "cases", "grades"}


def of(*kinds: str) -> list[Any]:
    return [pytest.param(block, id=block.place) for block in BLOCKS if block.kind in kinds]


def test_no_block_of_yaml_goes_unread() -> None:
    assert [b.place for b in BLOCKS if b.language == "yaml" and b.kind not in KINDS] == []


@pytest.mark.parametrize("block", of("rules", "cases"))
def test_the_cases_are_decided_as_the_page_says(block: Block) -> None:
    ready = protocol_of(block)
    cases = block.content["cases"]
    assert cases
    wrong = {
        f"case {number}": found
        for number, case in enumerate(cases, start=1)
        if (found := list(differences(case, judged(case, ready))))
    }
    assert wrong == {}


@pytest.mark.parametrize("block", of("cases", "rules"))
def test_every_case_promises_something(block: Block) -> None:
    assert [
        case for case in block.content["cases"] if not case.keys() & {"answer", "status"}
    ] == []


@pytest.mark.parametrize("block", of("document", "part"))
def test_the_document_can_be_used(block: Block) -> None:
    assert make_ready(changed(base_of(block.page), block.content)).rules is not None


@pytest.mark.parametrize("block", of("refused"))
def test_the_document_is_refused(block: Block) -> None:
    with pytest.raises(BadProtocol, match=block.content["because"]):
        make_ready(changed(base_of(block.page), block.content))


@pytest.mark.parametrize("page", sorted({b.page for b in BLOCKS if b.language == "python"}))
def test_the_python_of_a_page_runs_from_top_to_bottom(page: str) -> None:
    names: dict[str, Any] = {}
    for block in BLOCKS:
        if (block.page, block.language) != (page, "python"):
            continue
        if ">>>" not in block.text:
            exec(compile(block.text, block.place, "exec"), names)  # noqa: S102 (our own page)
            continue
        session = doctest.DocTestParser().get_doctest(block.text, names, "", page, block.line)
        said: list[str] = []
        runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
        runner.run(session, out=said.append, clear_globs=False)
        assert said == []
        names = session.globs


@pytest.mark.parametrize("module", [rule, protocol], ids=["rule", "protocol"])
def test_the_language_page_shows_every_key(module: Any) -> None:
    shown = {
        key for b in BLOCKS if b.page == "rule-language.md" and b.kind for key in keys(b.content)
    }
    types = [
        each
        for each in vars(module).values()
        if dataclasses.is_dataclass(each) and each.__module__ == module.__name__
    ]
    names = {field.name for each in types for field in dataclasses.fields(each)}
    assert (names - {"negated", "schema_number"}) - shown == set()


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from value
        for part in value.values():
            yield from keys(part)
    elif isinstance(value, list):
        for part in value:
            yield from keys(part)


def test_the_verdicts_page_lists_every_answer_to_a_fact() -> None:
    rows = (DOCS / "verdicts.md").read_text("utf-8").splitlines()
    for kind, (yes, no) in ANSWERS.items():
        said = [row for row in rows if row.startswith(f"| `{FIELD_OF[kind]}` |")]
        assert any(row.endswith(f"| `{yes}`, `{no}` |") for row in said), kind
