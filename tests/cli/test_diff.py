"""`doseguard diff`: two files, or built-in versions, compared."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from app.data.protocols import load
from tests.cli.running import doseguard
from tests.docs.examples import base_of


def written(folder: Path, name: str, document: dict[str, Any]) -> str:
    path = folder / name
    path.write_text(json.dumps(document), "utf-8")
    return str(path)


def test_it_says_what_was_changed_and_which_cases_differ(tmp_path: Path) -> None:
    old = base_of("rule-language.md")
    new = deepcopy(old)
    new["version"] = "2"
    new["dlt"]["criteria"][1]["longer_than"] = "P10D"
    result = doseguard(
        "diff", written(tmp_path, "old.json", old), written(tmp_path, "new.json", new)
    )
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[:2] == ["changed about version (wording)", '  /version: "1" -> "2"']
    assert lines[2:4] == [
        "changed criterion grade-3",
        '  /dlt/criteria/1/longer_than: "P7D" -> "P10D"',
    ]
    assert lines[4].startswith("e.g. ")
    assert lines[5].startswith("  DLT by grade-3 at ")
    assert lines[6] == "  NOT_DLT"
    assert lines[-2].endswith("boundary cases are decided otherwise.")
    assert lines[-1] == "EXAMPLE version 1 -> version 2: verdicts may differ."


def test_the_same_document_twice() -> None:
    result = doseguard("diff", "NCT06886919", "NCT06886919:1")
    assert result.stdout == ("NCT06886919 version 1 -> version 1: both are the same document.\n")


def test_as_json(tmp_path: Path) -> None:
    other = {**load("NCT06340750").document, "title": "Another title"}
    path = written(tmp_path, "other.json", other)
    answer = json.loads(doseguard("diff", "NCT06340750", path, "--json").stdout)
    assert answer["effect"] == "wording"
    assert answer["old"]["digest"] == load("NCT06340750").ready.digest
    assert [each["id"] for each in answer["differences"]] == ["title"]


def test_what_cannot_be_compared(tmp_path: Path) -> None:
    bad = written(tmp_path, "bad.json", {"id": "X"})
    result = doseguard("diff", "NCT06340750", bad)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{bad}:1:1: /version: is required [required]" in result.stderr
    unknown = doseguard("diff", "NCT06340750", "NCT06340750:9")
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "unknown_version" in unknown.stderr
