"""The image runs as nobody in particular, and compose.yaml holds no password.

`make check-containers` lints both files; here is what no linter asks.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy.engine import make_url

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("migrate", "service", "worker")
REQUIRED = re.compile(r"\$\{[A-Z_]+:\?[^}]+\}")


def test_the_base_is_pinned_to_a_version() -> None:
    stages = {words[2] for words in map(str.split, instructions("FROM")) if words[1:2] == ["AS"]}
    bases = {words.split()[0] for words in instructions("FROM")} - stages
    assert [base for base in bases if not re.search(r":\d+\.\d+", base)] == []


def test_the_image_holds_what_the_lock_names() -> None:
    runs = list(instructions("RUN"))
    assert any(re.search(r"\buv==\d", run) for run in runs)
    syncs = [run for run in runs if run.startswith("uv sync")]
    assert syncs
    assert [run for run in syncs if "--frozen --no-dev" not in run] == []


def test_the_image_runs_as_a_numeric_user_who_is_not_root() -> None:
    *_, user = instructions("USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)


def test_the_health_check_asks_the_served_port_by_python_alone() -> None:
    (check,) = instructions("HEALTHCHECK")
    program, *arguments = json.loads(check.partition(" CMD ")[2])
    (command,) = map(json.loads, instructions("CMD"))
    port = command[command.index("--port") + 1]
    assert program == "python"
    assert f"http://127.0.0.1:{port}/healthz" in arguments[-1]


def test_what_is_copied_is_there_and_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    sources = [
        source
        for words in map(str.split, instructions("COPY"))
        if not words[0].startswith("--from")
        for source in words[:-1]
    ]
    assert ignored[0] == "*"
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert [source for source in sources if f"!{source}" not in ignored] == []


@pytest.mark.parametrize("name", OURS)
def test_our_containers_can_write_and_do_little(name: str) -> None:
    ours = SERVICES[name]
    assert ours["read_only"] is True
    assert ours["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in ours["security_opt"]
    assert "user" not in ours
    assert "privileged" not in ours


def test_every_password_is_asked_for_and_none_has_a_default() -> None:
    passwords = [
        value
        for service in SERVICES.values()
        for key, value in service["environment"].items()
        if "PASSWORD" in key
    ]
    assert passwords
    assert [password for password in passwords if not REQUIRED.fullmatch(password)] == []
    assert ":-" not in (ROOT / "compose.yaml").read_text("utf-8")


def test_the_urls_carry_no_password() -> None:
    assert {make_url(database_url(name)).password for name in OURS} == {None}


def test_the_migration_runs_once_before_the_others() -> None:
    migrate, *others = (SERVICES[name] for name in OURS)
    assert migrate["restart"] == "no"
    assert migrate["depends_on"]["database"]["condition"] == "service_healthy"
    waits = [each["depends_on"]["migrate"]["condition"] for each in others]
    assert set(waits) == {"service_completed_successfully"}


def test_the_service_connects_as_the_role_that_may_only_insert() -> None:
    owner, role, of_worker = (make_url(database_url(name)).username for name in OURS)
    assert of_worker == role
    assert owner == SERVICES["database"]["environment"]["POSTGRES_USER"]
    assert SERVICES["migrate"]["command"][-2:] == ["--app-role", role]
    assert f"CREATE ROLE {role} LOGIN" in COMPOSE["configs"]["application-role"]["content"]


def test_the_worker_is_one() -> None:
    assert SERVICES["worker"]["command"] == ["doseguard", "worker"]
    assert "ports" not in SERVICES["worker"]


def test_the_service_is_published_on_loopback_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def database_url(name: str) -> str:
    url: str = SERVICES[name]["environment"]["DOSEGUARD_DATABASE_URL"]
    return url


def instructions(word: str) -> Iterator[str]:
    """What follows the word in each instruction of the Dockerfile that begins with it."""
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        first, _, rest = line.strip().partition(" ")
        if first == word:
            yield " ".join(rest.split())
