"""`doseguard lint`: what is printed, and with which status it exits."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.domain.lint import cases
from tests.cli.running import doseguard
from tests.domain.lint.documents import clean, criterion, settled


def written(folder: Path, document: Any, name: str = "trial.yaml") -> str:
    path = folder / name
    path.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    return str(path)


def test_a_document_without_findings_exits_with_0(tmp_path: Path) -> None:
    result = doseguard("lint", written(tmp_path, settled()))
    assert result.exit_code == 0
    assert result.stdout.startswith("CLEAN version 1: nothing found on ")


def test_notes_are_told_and_exit_with_0(tmp_path: Path) -> None:
    result = doseguard("lint", written(tmp_path, clean()))
    assert result.exit_code == 0
    told = result.stdout
    assert re.search(
        r"^note stricter_exemption \S+/trial.yaml:\d+:\d+ /dlt/exceptions/2$", told, re.M
    )
    assert "  e.g. Cytokine release syndrome: grade 3 for 4 days, then gone" in told
    assert "       NOT_DLT: R-LIMIT: only-exempts\n" in told
    assert "DLT at 2026-03-07T08:00:00+00:00: R-LIMIT: replaces (as decided)\n" in told
    assert told.splitlines()[-1].startswith("CLEAN version 1: 1 note on ")


def test_cases_that_were_not_tried_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, settled())
    assert "more are beyond the budget" not in doseguard("lint", path).stdout
    monkeypatch.setattr(cases, "MOST_CASES", 1_000)
    told = doseguard("lint", path).stdout
    assert re.search(
        r" on \d+ boundary cases; \d+ more are beyond the budget, and were not tried$", told, re.M
    )


def test_a_warning_exits_with_1(tmp_path: Path) -> None:
    document = settled()
    criterion(document, "grade-4")["at"] = "TBD"
    path = written(tmp_path, document)
    result = doseguard("lint", path)
    assert result.exit_code == 1
    line = next(
        n for n, each in enumerate(Path(path).read_text().splitlines(), 1) if "TBD" in each
    )
    assert f"warning placeholder_locator {path}:{line}:" in result.stdout
    assert " /dlt/criteria/0/at\n" in result.stdout
    assert "CLEAN version 1: 1 warning on " in result.stdout


def test_a_document_that_cannot_be_used_has_findings(tmp_path: Path) -> None:
    document = settled()
    document["groups"]["liver"] = ["Livor"]
    document["dlt"]["counts"]["related"]["any_of"] = []
    result = doseguard("lint", written(tmp_path, document))
    assert result.exit_code == 1
    assert "error not_of_the_language " in result.stdout
    assert " /dlt/counts/related/any_of\n" in result.stdout
    assert result.stdout.splitlines()[-1] == "CLEAN version 1: 1 error"


def test_a_document_without_a_name_is_called_by_its_file(tmp_path: Path) -> None:
    path = written(tmp_path, {"id": 1})
    result = doseguard("lint", path)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1].startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("content", "told"),
    [("a: [", "not_yaml"), ("- a list\n", "a protocol document is an object")],
)
def test_what_is_no_document_exits_with_2(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "trial.yaml"
    path.write_text(content, "utf-8")
    result = doseguard("lint", str(path))
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stdout == ""


def test_a_file_or_id_that_is_not_there_exits_with_2_and_the_others_are_linted() -> None:
    result = doseguard("lint", "nowhere.yaml", "NO-SUCH-TRIAL", "NCT06340750:1")
    assert result.exit_code == 2
    assert "nowhere.yaml: No such file" in result.stderr
    assert "NO-SUCH-TRIAL: " in result.stderr
    assert "NCT06340750 version 1: nothing found\n" in result.stdout


def test_json_is_a_list_of_reports() -> None:
    result = doseguard("lint", "--json", "-", "NCT06340750", stdin=yaml.safe_dump(clean()))
    assert result.exit_code == 0
    first, second = json.loads(result.stdout)
    assert (first["id"], second["id"]) == ("CLEAN", "NCT06340750")
    assert [each["code"] for each in first["findings"]] == ["stricter_exemption"]
    assert first["findings"][0]["examples"][0]["subject"]["events"][0]["term"]
    assert second["findings"] == []
