"""The commands: what they print, where, and with which status they exit."""

import http.client
import json
import re
import signal
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from app.cli import terminal
from app.data.protocols import load, protocol_ids
from tests.api.requests import changed, crs, one_patient
from tests.api.server import get, serving
from tests.cli.running import doseguard

IN_TIME = changed(one_patient(), "/subject/events/0", crs("AE-1", until="2026-03-06T08:00+08:00"))


def written(folder: Path, name: str, value: Any) -> str:
    """A file with this text, or with this value as JSON."""
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return str(path)


def test_version() -> None:
    result = doseguard("--version")
    assert (result.exit_code, result.stdout) == (0, "doseguard 0.1.0\n")


def test_adjudicate_says_the_verdict_when_and_why(tmp_path: Path) -> None:
    result = doseguard("adjudicate", written(tmp_path, "request.json", one_patient()))
    assert result.exit_code == 0
    assert "Patient S-01: DLT" in result.stdout
    assert "AE-1: DLT (by grade-3-persisting, established at 2026-03-06T08:00" in result.stdout
    assert "72 h 1 min; limit 72 h" in " ".join(result.stdout.split())


def test_adjudicate_as_json_prints_what_the_service_answers(tmp_path: Path) -> None:
    result = doseguard("adjudicate", "--json", written(tmp_path, "request.json", one_patient()))
    answer = json.loads(result.stdout)
    assert answer["events"][0]["verdict"] == "DLT"
    assert answer["protocol"]["digest"] == load("NCT06886919").ready.digest


def test_adjudicate_reads_yaml_as_it_stands(tmp_path: Path) -> None:
    """An unquoted date stays the text that was written."""
    text = re.sub(r"'(2026[^']*)'", r"\1", yaml.safe_dump(one_patient()))
    assert "as_of: 2026-05-30\n" in text
    result = doseguard("adjudicate", "--json", written(tmp_path, "request.yaml", text))
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["as_of"] == "2026-05-30"


@pytest.mark.parametrize("text", [json.dumps(one_patient()), yaml.safe_dump(one_patient())])
def test_adjudicate_reads_standard_input(text: str) -> None:
    result = doseguard("adjudicate", "-", "--json", stdin=text)
    assert json.loads(result.stdout)["subject"]["status"] == "DLT"


def test_adjudicate_reads_a_request_a_line(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(each) for each in (one_patient(), IN_TIME)) + "\n\n"
    result = doseguard("adjudicate", "--json", written(tmp_path, "requests.ndjson", lines))
    verdicts = [json.loads(line)["events"][0]["verdict"] for line in result.stdout.splitlines()]
    assert verdicts == ["DLT", "NOT_DLT"]


def test_adjudicate_reads_a_list(tmp_path: Path) -> None:
    path = written(tmp_path, "requests.json", [one_patient(), IN_TIME])
    result = doseguard("adjudicate", path)
    assert result.stdout.index("S-01: DLT") < result.stdout.index("S-01: NO_DLT")


def test_the_command_line_may_name_the_protocol_and_the_cut(tmp_path: Path) -> None:
    request = one_patient()
    del request["protocol"], request["as_of"]
    path = written(tmp_path, "request.json", request)
    result = doseguard(
        "adjudicate", path, "--json", "--protocol", "NCT06886919", "--as-of", "2026-03-04"
    )
    answer = json.loads(result.stdout)
    assert (answer["protocol"]["id"], answer["as_of"]) == ("NCT06886919", "2026-03-04")
    assert answer["events"][0]["verdict"] == "PENDING"


def test_the_command_line_may_bring_a_document(tmp_path: Path) -> None:
    document = {**load("NCT06886919").document, "version": "draft"}
    draft = written(tmp_path, "draft.yaml", yaml.safe_dump(document))
    path = written(tmp_path, "request.json", one_patient())
    result = doseguard("adjudicate", path, "--json", "--protocol", draft)
    assert json.loads(result.stdout)["protocol"]["version"] == "draft"


def test_faults_are_said_with_their_places(tmp_path: Path) -> None:
    request = changed(one_patient(as_of="tomorrow"), "/subject/events/0/grades/0/grade", 7)
    result = doseguard("adjudicate", written(tmp_path, "request.json", request))
    assert (result.exit_code, result.stdout) == (2, "")
    first, second = result.stderr.splitlines()
    assert first.startswith("/as_of: ")
    assert first.endswith("[bad_time]")
    assert second.startswith("/subject/events/0/grades/0/grade: 7 is not a grade")


def test_one_wrong_request_does_not_hold_up_the_others(tmp_path: Path) -> None:
    path = written(tmp_path, "requests.json", [3, one_patient()])
    result = doseguard("adjudicate", path)
    assert result.exit_code == 2
    assert result.stderr == "request 1: /: write an object [wrong_type]\n"
    assert "Patient S-01: DLT" in result.stdout


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("request.json", b"{", "The body is not JSON: line 1, column 2"),
        ("request.json", b'{"a": 1, "a": 2}', "/a: field 'a' stands more than once"),
        ("request.json", b"\xff", "not UTF-8"),
        ("request.yaml", b"\xff", "not UTF-8"),
        ("request.yaml", b"a: 1\na: 2\n", "line 2, column 1: key 'a' stands twice"),
        ("request.yaml", b"a: [", "line 1, column 5"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    result = doseguard("adjudicate", str(path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.parametrize("option", ["file", "protocol"])
def test_a_file_that_is_not_there(tmp_path: Path, option: str) -> None:
    there, gone = written(tmp_path, "request.json", one_patient()), str(tmp_path / "gone.yaml")
    arguments = [gone] if option == "file" else [there, "--protocol", gone]
    result = doseguard("adjudicate", *arguments)
    assert result.exit_code == 2
    assert "gone.yaml: No such file or directory." in result.stderr


def test_protocols_are_listed() -> None:
    result = doseguard("protocols")
    assert result.exit_code == 0
    for protocol_id in protocol_ids():
        assert f"{protocol_id} version 1: " in result.stdout
    assert load("NCT06886919").ready.digest in result.stdout
    assert result.stdout.count("(states no DLT rules)") == 2


def test_openapi_prints_the_committed_description() -> None:
    committed = Path(__file__).parents[2] / "openapi" / "openapi.json"
    assert doseguard("openapi").stdout == committed.read_text("utf-8")


def test_serve_answers_and_stops_when_told() -> None:
    with serving(DOSEGUARD_AUTH="off") as (process, address):
        assert get(address, "/readyz") == 200
        assert get(address, "/v1/protocols") == 200
        process.send_signal(signal.SIGINT)
        _, logged = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "Traceback" not in logged


def test_serve_closes_the_door_by_default() -> None:
    with serving() as (_, address):
        assert get(address, "/healthz") == 200
        assert get(address, "/v1/protocols") == 401


def test_ten_megabytes_are_answered_although_they_are_not_read() -> None:
    with serving(DOSEGUARD_AUTH="off") as (_, address):
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/v1/adjudicate", b" " * 10_485_760, headers)
        answer = connection.getresponse()
        assert answer.status == 413
        assert json.loads(answer.read())["code"] == "body_too_large"
        connection.close()


def test_serve_without_authentication_is_refused_on_the_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOSEGUARD_AUTH", "off")
    result = doseguard("serve", "--host", "0.0.0.0")  # noqa: S104
    assert (result.exit_code, result.stdout) == (2, "")
    assert "DOSEGUARD_AUTH=off is refused on '0.0.0.0'" in result.stderr


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOSEGUARD_MAX_BODY_BYTES", "0")
    result = doseguard("serve")
    assert result.exit_code == 2
    assert result.stderr.startswith("max_body_bytes: ")


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_that_is_taken(command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = doseguard(command, "--port", str(port))
    assert result.exit_code == 2
    assert f"127.0.0.1:{port}: Address already in use; --port 0" in result.stderr


@pytest.mark.parametrize(("no_color", "coloured"), [(None, True), ("1", False)])
def test_verdicts_have_colours_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, no_color: str | None, coloured: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr("sys.stdout", SimpleNamespace(isatty=lambda: True))
    assert ("\x1b[" in terminal.paint("DLT", "bad")) == coloured
    assert terminal.paint("plain", "plain") == "plain"
