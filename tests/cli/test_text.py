"""`doseguard text`: the rules of a protocol in sentences."""

import json
import re
from pathlib import Path

import yaml

from app.data.protocols import load
from app.use_cases.protocol_texts import page_of, text_of
from tests.cli.running import doseguard
from tests.domain.dlt.toy import document


def test_it_prints_a_built_in_protocol_as_markdown() -> None:
    result = doseguard("text", "LCAR-AIO")
    assert result.exit_code == 0
    assert result.stdout == text_of(load("LCAR-AIO").ready).markdown


def test_a_version_can_be_named() -> None:
    assert doseguard("text", "LCAR-AIO:1").stdout == doseguard("text", "LCAR-AIO").stdout
    result = doseguard("text", "LCAR-AIO:9")
    assert (result.exit_code, "unknown_version" in result.stderr) == (2, True)


def test_a_page_goes_to_a_file(tmp_path: Path) -> None:
    page = tmp_path / "rules.html"
    result = doseguard("text", "LCAR-AIO", "--format", "html", "--output", str(page))
    assert (result.exit_code, result.stdout) == (0, "")
    assert page.read_text("utf-8") == page_of(load("LCAR-AIO").ready)


def test_a_document_of_ones_own(tmp_path: Path) -> None:
    draft = tmp_path / "draft.yaml"
    draft.write_text(yaml.safe_dump(document(title="A draft")), "utf-8")
    shown = json.loads(doseguard("text", str(draft), "--format", "json").stdout)
    assert shown["title"] == "A draft"
    assert shown["markdown"].startswith("# A draft\n")
    piped = doseguard("text", "-", stdin=draft.read_text("utf-8"))
    assert piped.stdout == shown["markdown"]


def test_what_is_no_protocol_is_refused(tmp_path: Path) -> None:
    assert "unknown_protocol" in doseguard("text", "NONE").stderr
    draft = tmp_path / "draft.json"
    draft.write_text(json.dumps(document(criteria=[]), indent=1), "utf-8")
    result = doseguard("text", str(draft))
    assert (result.exit_code, result.stdout) == (2, "")
    assert re.search(r"draft\.json:\d+:\d+: /dlt/criteria: ", result.stderr)
    assert doseguard("text", str(tmp_path / "none.yaml")).exit_code == 2
