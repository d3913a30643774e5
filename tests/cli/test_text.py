"""`doseguard text`: the rules of a protocol in sentences."""

import json
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


def test_a_version_can_be_named(tmp_path: Path) -> None:
    assert doseguard("text", "LCAR-AIO", "--version", "1").exit_code == 0
    result = doseguard("text", "LCAR-AIO", "--version", "9")
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
    draft.write_text("[]", "utf-8")
    assert "not_an_object" in doseguard("text", str(draft)).stderr
    draft.write_text(json.dumps(document(criteria=[])), "utf-8")
    result = doseguard("text", str(draft))
    assert (result.exit_code, "/dlt/criteria" in result.stderr) == (2, True)
    draft.write_text(json.dumps(document()), "utf-8")
    result = doseguard("text", str(draft), "--version", "1")
    assert (result.exit_code, "leave --version out" in result.stderr) == (2, True)
    assert doseguard("text", str(tmp_path / "none.yaml")).exit_code == 2
