"""docs/linter.md names every finding there is, and those of the built-in documents."""

import re
from typing import get_args

from app.data.protocols import load, protocol_ids, versions
from app.domain.lint.cases import MOST_CASES
from app.domain.lint.finding import Code
from app.domain.lint.lint import lint
from app.domain.lint.profiles import MOST_FORMS
from app.domain.lint.variants import MOST_OPTIONS
from tests.docs.examples import DOCS

PAGE = (DOCS / "linter.md").read_text("utf-8")
ROW = re.compile(r"^\| (\S+ \S+) \| `([a-z_]+)` \| (/\S*) \| .+ \|$", re.MULTILINE)
CODES = re.compile(r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \| [a-z, ]+ \| .+ \|$", re.MULTILINE)


def test_every_code_is_explained() -> None:
    explained = [code for row in CODES.findall(PAGE) for code in re.findall(r"`([a-z_]+)`", row)]
    assert sorted(explained) == sorted(get_args(Code))


def test_the_findings_of_the_built_in_documents_are_those_of_the_page() -> None:
    found = []
    for protocol_id in protocol_ids():
        for version in versions(protocol_id):
            known = load(protocol_id, version)
            report = lint(known.ready, known.document)
            assert report.clean
            found += [
                (f"{protocol_id} {version}", each.code, each.pointer) for each in report.findings
            ]
    assert ROW.findall(PAGE) == found


def test_the_budgets_are_those_of_the_code() -> None:
    assert f"some {MOST_CASES:,} such cases at most" in PAGE
    assert f"all combinations up to {MOST_FORMS} of them" in PAGE
    assert f"more than {MOST_OPTIONS} options beside the defaults" in PAGE
