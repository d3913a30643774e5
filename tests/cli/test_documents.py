"""Protocol documents as files: what is wrong where, in YAML and in JSON."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.data.protocols import load
from tests.cli.running import doseguard
from tests.docs.examples import base_of

DIGEST = load("NCT06886919").ready.digest
GOOD = """\
# A trial with one criterion.
id: EXAMPLE
version: "1"
title: A trial
source: {registry: NCT00000000}
agents: {CELLS: investigational}
grading: {dictionary: ctcae-5.0}
phases: [{id: escalation}]
readings:
  - {id: R, question: "Which?", options: {a: A., b: B.}, default: a}
dlt:
  observed_in: [escalation]
  window: {anchor: each_infusion, agent: CELLS, first_day: 0, through: P28D}
  counts: {}
  criteria:
    - id: c
      at: "1"
      says: Grade 3.
      grade: {reading: R, options: {a: 3, b: 4}}
      when: {all: [{not: {term: Fever}}]}
"""


def written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, "utf-8")
    return str(path)


def test_a_document_that_can_be_used(tmp_path: Path) -> None:
    path = written(tmp_path, "good.yaml", GOOD)
    result = doseguard("validate", path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{path}: EXAMPLE version 1, sha256:")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "title: A trial",
            "titel: A trial",
            "4:1: /titel: unknown field 'titel'; did you mean 'title'? [unknown_field]",
        ),
        (
            "says: Grade",
            "say: Grade",
            "18:7: /dlt/criteria/0/say: unknown field 'say'; did you mean 'says'? [unknown_field]",
        ),
        (
            "a: 3, b: 4",
            "a: 3, b: 4, c: 5",
            "19:14: /dlt/criteria/0/grade: reading 'R' has the options a, b",
        ),
        ("title: A trial\n", "", "1:1: /title: is required [required]"),
        (
            "grade: {reading",
            "grade: 9 # {reading",
            "19:14: /dlt/criteria/0/grade: 9 is not a grade: ",
        ),
        (
            "a: 3,",
            "a: 9,",
            "19:40: /dlt/criteria/0/grade/options/a: 9 is not a grade: ",
        ),
        (
            "b: 4",
            "b: 9",
            "19:46: /dlt/criteria/0/grade/options/b: with R decided as b: 9 is not a grade: ",
        ),
        (", b: 4", "", "19:14: /dlt/criteria/0/grade: reading 'R' has the options a, b"),
        (", through: P28D", "", "13:11: /dlt/window/through: is required [required]"),
        ("term: Fever", "trm: Fever", "20:26: /dlt/criteria/0/when/all/0/not: a condition is "),
        ("P28D", "28", "13:72: /dlt/window/through: '28' is not a limit: "),
        ("agents: {", "agents: {CELLS: background, ", "6:29: key 'CELLS' stands twice [not_yaml]"),
        ("agents: {", "agents: [", "6:32: expected"),
        ("ctcae-5.0", "ctcae-7.0", "7:23: /grading/dictionary: "),
    ],
)
def test_a_fault_is_said_with_its_line_and_column(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in GOOD
    path = written(tmp_path, "bad.yaml", GOOD.replace(old, new))
    result = doseguard("validate", path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert any(line.startswith(f"{path}:{said}") for line in result.stderr.splitlines())


def test_every_fault_is_said_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD.replace("title", "titel").replace("phases: [{id: escalation}]", "phases: []")
    result = doseguard("validate", written(tmp_path, "bad.yaml", text))
    said = [line.partition("bad.yaml:")[2] for line in result.stderr.splitlines()]
    assert [line.split(" ")[0] for line in said] == ["1:1:", "4:1:", "8:9:"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{\n\t"id": "X",\n\t"version": 1\n}', "3:13: /version: write text [wrong_type]"),
        ('{"id": "X",\n "id": "Y"}', "2:2: /id: field 'id' stands more than once [duplicate_key]"),
        ('{"id": "X",\n "a": }', "2:7: Expecting value [not_json]"),
        ('{"id": "X",\n "a": NaN}', "2:7: NaN is no number [not_json]"),
        ("[1]", "1:1: a protocol document is an object [wrong_type]"),
    ],
)
@pytest.mark.parametrize("name", ["bad.json", "-"])
def test_json_too(tmp_path: Path, name: str, text: str, said: str) -> None:
    if name == "-":
        result = doseguard("validate", name, stdin=text)
    else:
        name = written(tmp_path, name, text)
        result = doseguard("validate", name)
    assert result.exit_code == 2
    assert f"{name}:{said}" in result.stderr.splitlines()


def test_a_file_that_is_not_there_and_one_that_is_no_text(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.yaml")
    assert doseguard("validate", gone).exit_code == 2
    (tmp_path / "bad.yaml").write_bytes(b"\xff")
    result = doseguard("validate", str(tmp_path / "bad.yaml"))
    assert result.exit_code == 2
    assert "not UTF-8" in result.stderr


def test_a_document_within_itself(tmp_path: Path) -> None:
    path = written(tmp_path, "x.yaml", "id: X\nnotes: &x [*x]\n")
    result = doseguard("validate", path)
    assert result.exit_code == 2
    assert result.stderr.endswith("it is within itself [not_canonical]\n")
    assert f"{path}:2:12: *x stands within" in doseguard("fmt", path).stderr


def test_a_bad_file_does_not_hide_the_good_one(tmp_path: Path) -> None:
    bad = written(tmp_path, "bad.yaml", "id: [")
    good = written(tmp_path, "good.yaml", GOOD)
    result = doseguard("validate", bad, good)
    assert result.exit_code == 2
    assert good in result.stdout
    assert bad in result.stderr


def test_the_same_content_has_the_same_digest_in_yaml_and_json(tmp_path: Path) -> None:
    document: dict[str, Any] = base_of("rule-language.md")
    as_json = written(tmp_path, "one.json", json.dumps(document))
    as_yaml = written(tmp_path, "one.yaml", json.dumps(document, indent=1))  # JSON is YAML, too
    first, second = doseguard("validate", as_json, as_yaml).stdout.splitlines()
    assert first.split("sha256:")[1] == second.split("sha256:")[1]


def test_a_document_that_a_request_is_judged_by_has_lines_too(tmp_path: Path) -> None:
    bad = written(tmp_path, "bad.yaml", GOOD.replace("b: 4", "c: 4"))
    request = written(tmp_path, "request.json", "{}")
    result = doseguard("adjudicate", request, "--protocol", bad)
    assert result.exit_code == 2
    assert f"{bad}:19:14: /dlt/criteria/0/grade: reading 'R' has" in result.stderr


UGLY = "version: '1'\nid: X # of the id\n"
PRETTY = 'id: X  # of the id\nversion: "1"\n'


def test_fmt_writes_what_is_not_formatted(tmp_path: Path) -> None:
    path = written(tmp_path, "x.yaml", UGLY)
    assert doseguard("fmt", path).stdout == f"{path}: formatted\n"
    assert Path(path).read_text("utf-8") == PRETTY
    assert doseguard("fmt", path).stdout == ""


def test_fmt_checks_without_writing(tmp_path: Path) -> None:
    ugly, pretty = written(tmp_path, "u.yaml", UGLY), written(tmp_path, "p.yaml", PRETTY)
    assert doseguard("fmt", "--check", pretty).exit_code == 0
    result = doseguard("fmt", "--check", ugly, pretty)
    assert (result.exit_code, result.stdout) == (1, f"{ugly}: not formatted\n")
    assert Path(ugly).read_text("utf-8") == UGLY


def test_fmt_prints_what_stdin_brings() -> None:
    assert doseguard("fmt", "-", stdin=UGLY).stdout == PRETTY
    assert doseguard("fmt", "-", stdin='{"version": "1",\t"id": "X"}').stdout == (
        '{\n  "id": "X",\n  "version": "1"\n}\n'
    )


def test_fmt_prints_the_other_kind_and_leaves_the_file(tmp_path: Path) -> None:
    text = '{"version": "1", "id": "\\ud83d\\ude00"}'
    path = written(tmp_path, "x.json", text)
    assert doseguard("fmt", path, "--to", "yaml").stdout == 'id: \U0001f600\nversion: "1"\n'
    assert Path(path).read_text("utf-8") == text
    result = doseguard("fmt", "-", "--to", "json", stdin=UGLY)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "comments" in result.stderr
    assert "[not_formatted]" in result.stderr


def test_fmt_says_where_a_file_cannot_be_read(tmp_path: Path) -> None:
    path = written(tmp_path, "x.yaml", "a: 1\na: 2\n")
    result = doseguard("fmt", path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{path}:2:1: key 'a' stands twice [not_yaml]\n"
