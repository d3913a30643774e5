"""`doseguard design table`: tables to read, to print and for programs."""

import csv
import errno
import json
import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.cli import designs as command
from app.use_cases.design_pages import page_of
from app.use_cases.design_tables import WORDS, as_csv, printed
from app.use_cases.designs import table_of
from tests.cli.running import doseguard
from tests.use_cases.design_requests import DESIGNS, asked

BOIN = {"design": DESIGNS["boin"], "max_n": 6}


def written(folder: Path, name: str, value: Any) -> str:
    """A file with this text, or with this value as JSON."""
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return str(path)


def table(*arguments: str, stdin: str | None = None) -> str:
    result = doseguard("design", "table", *arguments, stdin=stdin)
    assert result.exit_code == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("kind", DESIGNS)
def test_a_table_to_read_has_every_decision(tmp_path: Path, kind: str) -> None:
    request = written(tmp_path, "request.json", {"design": DESIGNS[kind], "max_n": 21})
    lines = table(request).splitlines()
    told = printed(asked(DESIGNS[kind], 21))
    assert lines[0] == f"{told.published.name}: decisions for {told.patients}"
    found: list[tuple[int, int, str]] = []
    numbers: list[int] = []
    for line in lines[: lines.index(next(each for each in lines if each.startswith("Patients")))]:
        first, *cells = line.split() or [""]
        if line.startswith(" " * 4):
            numbers = [int(first), *map(int, cells)]
        elif first.isdecimal():
            # Where there are more DLTs than patients a cell is empty, and only at the left.
            letters = zip(numbers[-len(cells) :], cells, strict=True)
            found += [(n, int(first), each) for n, each in letters]
    assert sorted(found) == [
        (row.n, dlts, WORDS[each].letters)
        for row in told.rows
        for dlts, each in enumerate(row.decisions)
    ]


def test_a_table_to_read_says_the_limits_and_what_made_it() -> None:
    lines = table("--kind", "boin", "--target", "0.3", "--max-n", "6").splitlines()
    limits = lines[lines.index(next(each for each in lines if each.startswith("Patients"))) :]
    assert limits[1].split() == ["1", "0", "1", "none"]
    assert limits[6].split() == ["6", "1", "3", "4"]
    assert "lambda_e 0.236490685236468: a rate at or below it escalates" in lines
    assert any("cutoff_eliminate 0.95; " in line for line in lines)
    assert lines[-1].endswith(printed(asked(DESIGNS["boin"], 6)).digest)


@pytest.mark.parametrize("told_as", ["text", "csv", "html", "json"])
def test_a_table_without_a_row_says_which_there_are(tmp_path: Path, told_as: str) -> None:
    request = written(tmp_path, "request.json", {"design": DESIGNS["table"], "max_n": 2})
    result = doseguard("design", "table", request, "--format", told_as)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "/max_n: the table has no row up to 2, only for 3, 6 patients" in result.stderr


def test_a_design_that_is_not_known_is_answered_with_those_that_are() -> None:
    result = doseguard("design", "table", "--kind", "typo")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("/design/kind: 'typo' is none of '3+3', 'rolling-six', 'boin'")


def test_a_request_without_a_kind_is_asked_for_one() -> None:
    result = doseguard("design", "table", "-", stdin='{"design": {"target": 0.3}}')
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "/design/kind: is required [required]\n"


def test_a_long_kind_is_not_repeated_whole() -> None:
    result = doseguard("design", "table", "--kind", "x" * 200)
    assert f"/design/kind: '{'x' * 80}…' is none of " in result.stderr


@pytest.mark.parametrize("kind", DESIGNS)
def test_the_formats_are_those_of_the_service(tmp_path: Path, kind: str) -> None:
    request = written(tmp_path, "request.json", {"design": DESIGNS[kind], "max_n": 6})
    of_it = asked(DESIGNS[kind], 6)
    as_bytes = doseguard("design", "table", request, "--format", "csv").stdout_bytes
    assert as_bytes.decode() == as_csv(table_of(of_it))
    assert table(request, "--format", "html") == page_of(printed(of_it))
    rows = json.loads(table(request, "--format", "json"))["rows"]
    assert [tuple(each["decisions"]) for each in rows] == [
        each.decisions for each in table_of(of_it).rows
    ]


@pytest.mark.parametrize("text", [json.dumps(BOIN), yaml.safe_dump(BOIN)])
def test_a_request_is_json_or_yaml(tmp_path: Path, text: str) -> None:
    plain = table("--kind", "boin", "--target", "0.3", "--max-n", "6", "--format", "csv")
    name = "request.json" if text.startswith("{") else "request.yaml"
    assert table(written(tmp_path, name, text), "--format", "csv") == plain
    assert table("-", "--format", "csv", stdin=text) == plain


def test_the_command_line_goes_before_the_file(tmp_path: Path) -> None:
    request = written(tmp_path, "request.json", BOIN)
    changed = table(request, "--target", "0.2", "--with", "cutoff_eliminate=0.9", "--max-n", "3")
    digest = printed(asked({"kind": "boin", "target": 0.2, "cutoff_eliminate": 0.9}, 3)).digest
    assert digest in changed


def test_other_parameters_are_json_or_else_text() -> None:
    i3 = ("--kind", "i3+3", "--target", "0.3", "--with", "interval=[0.25, 0.35]")
    assert printed(asked(DESIGNS["i3+3"])).digest in table(*i3)
    tite = ("--kind", "tite-boin", "--target", "0.3", "--with", "variant=lin-yuan-2020")
    assert printed(asked(DESIGNS["tite-boin"])).digest in table(*tite)
    three = {"kind": "3+3", "variant": "six-at-mtd"}
    assert printed(asked(three)).digest in table("--kind", "3+3", "--with", "variant=six-at-mtd")


def test_a_file_holds_the_same_without_colours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boin = ("--kind", "boin", "--target", "0.3")
    plain = table(*boin)
    monkeypatch.setattr(command, "paint", lambda text, tone: f"<{text}>")
    assert table(*boin) != plain
    for name in ("text", "html"):
        kept = tmp_path / f"table.{name}"
        assert table(*boin, "--format", name, "--output", str(kept)) == ""
        read = kept.read_text("utf-8")
        assert read == (plain if name == "text" else page_of(printed(asked(DESIGNS["boin"]))))


def test_the_example_of_the_readme_writes_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    (example,) = re.findall(r"`doseguard (design table --kind [^`]+)` writes", readme)
    monkeypatch.chdir(tmp_path)
    assert doseguard(*example.split()).exit_code == 0
    (page,) = tmp_path.glob("*.html")
    assert page.read_text("utf-8") == page_of(printed(asked(DESIGNS["boin"], 18)))


def test_faults_are_said_with_their_places(tmp_path: Path) -> None:
    wrong = {"design": {"kind": "boin", "target": 1, "phi3": 0.5}, "max_n": 201}
    result = doseguard("design", "table", written(tmp_path, "request.json", wrong))
    assert (result.exit_code, result.stdout) == (2, "")
    lines = result.stderr.splitlines()
    assert sorted(line.partition(":")[0] for line in lines) == [
        "/design/phi3",
        "/design/target",
        "/max_n",
    ]
    assert any("did you mean 'phi2'? [unknown_field]" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name a FILE, or a design with --kind"),
        (("--kind", "boin"), "/design/target: is required [required]"),
        (("--kind", "boin", "--with", "target"), "'target' is no parameter: write NAME=VALUE"),
        (("--kind", "boin", "--with", "target=\udcff"), "not UTF-8"),
        (("--kind", "boin", "--with", 'target={"a": 1, "a": 2}'), "stands more than once"),
        (("--kind", "nothing"), "/design"),
        (("--kind", "3+3", "--format", "pdf"), "--format"),
        (("gone.json",), "gone.json: No such file or directory."),
    ],
)
def test_what_cannot_be_asked(arguments: tuple[str, ...], said: str) -> None:
    result = doseguard("design", "table", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("request.json", b"{", "The body is not JSON"),
        ("request.json", b"[]", "/: write an object"),
        ("request.yaml", b"\xff", "byte 0 begins no character"),
        ("request.yaml", b"a: 1\na: 2\n", "key 'a' stands twice"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    for asks in (
        ("table", str(path), "--max-n", "3"),
        ("simulate", str(path)),
        ("compare", str(path)),
    ):
        result = doseguard("design", *asks)
        assert (result.exit_code, result.stdout) == (2, "")
        assert said in result.stderr


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    gone = tmp_path / "gone" / "table.html"
    result = doseguard("design", "table", "--kind", "3+3", "--output", str(gone))
    assert result.exit_code == 2
    assert f"{gone}: No such file or directory." in result.stderr


def test_an_output_that_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(told: object, *, err: bool = False, **_: object) -> None:
        if not err:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        said.append(told)

    said: list[object] = []
    monkeypatch.setattr("typer.echo", refuse)
    result = doseguard("design", "table", "--kind", "3+3")
    assert result.exit_code == 2
    assert said == ["standard output: No space left on device."]


def test_who_reads_no_further_ends_the_command_without_a_word() -> None:
    asks = ["design", "table", "--kind", "boin", "--target", "0.3"]
    process = subprocess.Popen(  # noqa: S603 (our own command)
        [sys.executable, "-c", "from app.cli import main; main()", *asks],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 1


def test_the_lines_of_csv_are_for_programs(tmp_path: Path) -> None:
    request = written(tmp_path, "request.json", BOIN)
    result = doseguard("design", "table", request, "--format", "csv")
    header, *lines = csv.reader(StringIO(result.stdout, newline=""))
    assert header == ["n", "dlts", "decision"]
    assert len(lines) == sum(n + 1 for n in range(1, 7))
