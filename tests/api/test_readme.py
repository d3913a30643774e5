"""What the README shows and promises holds."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path
from string import Template

import httpx
import pytest
import typer
from typer.main import get_command

from app.cli import commands
from app.clock import system_clock
from app.data.protocols import protocol_ids
from app.store.database import Database, sqlite_url
from tests.api.client import client_of
from tests.cli.running import doseguard
from tests.docs import shell

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def body_of_the_curl() -> str:
    (body,) = re.findall(r"^curl .* -d '(.*?)'$", README, re.MULTILINE | re.DOTALL)
    return str(body)


async def verdict_of(client: httpx.AsyncClient, body: str) -> str:
    (path,) = re.findall(r"^curl -s http://127.0.0.1:8000(\S+) ", README, re.MULTILINE)
    headers = {"Content-Type": "application/json"}
    answer = await client.post(path, content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["events"][0]["verdict"])


async def test_the_request_is_answered_as_the_sentence_below_it_says(
    client: httpx.AsyncClient,
) -> None:
    said = (
        "Grade 3 lasted 72 hours and one minute where this protocol allows 72 hours, so the "
        "answer is `DLT`; take the minute away and it is `NOT_DLT`."
    )
    assert said in README
    body = body_of_the_curl()
    earlier = body.replace("T08:01:00", "T08:00:00")
    assert earlier != body
    assert await verdict_of(client, body) == "DLT"
    assert await verdict_of(client, earlier) == "NOT_DLT"


async def test_nothing_about_the_request_is_odd(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/adjudicate", json=json.loads(body_of_the_curl()))
    assert answer.json()["events"][0]["findings"] == answer.json()["subject"]["findings"] == []


class Shell:
    """Runs what the README shows: our command in this process, `ask` through a client."""

    def __init__(self, service: httpx.AsyncClient) -> None:
        self.service = service
        self.variables = {"URL": ""}

    async def run(self, command: shell.Command) -> str:
        """What the command prints."""
        tonight = system_clock().strftime("%Y-%m-%dT23:59:59Z")
        words = [word.replace("$(date -u +%FT23:59:59Z)", tonight) for word in command.words]
        program, *arguments = [Template(word).substitute(self.variables) for word in words]
        match program:
            case "doseguard":
                result = doseguard(*arguments)
                assert result.exit_code == 0, result.stderr
                return result.stdout.strip()
            case "ask":
                return await self.ask(arguments)
            case "echo":
                return arguments[0].removeprefix("http://127.0.0.1:8000")
            case _:
                pytest.fail(f"the README runs {program}")

    async def ask(self, arguments: list[str]) -> str:
        """As the function of that name in the README."""
        options = dict(pairwise(arguments))
        (url,) = [each for each in arguments if each.startswith("/v1/")]
        body = options.get("-d")
        method = options.get("-X", "GET" if body is None else "POST")
        headers = {
            "Authorization": f"Bearer {self.variables['KEY']}",
            "Content-Type": "application/json",
        }
        answer = await self.service.request(method, url, content=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.text


def shown(heading: str) -> list[shell.Command]:
    """The commands of the last `sh` block below a heading."""
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    *_, block = re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return list(shell.commands(block))


@pytest.fixture
async def at_the_prompt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shell]:
    """A shell in an empty folder, after what the quick start runs before it serves."""
    monkeypatch.setenv("DOSEGUARD_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DOSEGUARD_DATABASE_URL", raising=False)
    *first, last = shown("Quick start")
    assert last.words == ["doseguard", "serve"]
    database = Database(sqlite_url(tmp_path))
    async with client_of(database, system_clock) as service:
        prompt = Shell(service)
        for command in first:
            await prompt.run(command)
        yield prompt
    database.close()


async def test_the_five_minutes_go_as_it_says(at_the_prompt: Shell) -> None:
    tour = shown("Five minutes")
    assert sum("ask" in command.words for command in tour) >= 8
    for command in tour:
        printed = await at_the_prompt.run(command)
        if command.into is not None:
            at_the_prompt.variables[command.into] = printed
        missing = [each for each in command.promises if f'"{each}"' not in printed]
        assert missing == [], (command.words, printed)


def test_the_function_of_the_tour_asks_as_the_test_does() -> None:
    (asks,) = re.findall(r"^ask\(\) \{ (.+); \}$", README, re.MULTILINE)
    headers = '-H "Authorization: Bearer $KEY" -H "Content-Type: application/json"'
    assert asks == f'curl -s {headers} "$@"'


def every_command(group: typer.core.TyperGroup) -> Iterator[tuple[str, typer.core.TyperCommand]]:
    for name, command in group.commands.items():
        if isinstance(command, typer.core.TyperGroup):
            yield from ((f"{name} {below}", each) for below, each in every_command(command))
        else:
            assert isinstance(command, typer.core.TyperCommand)
            yield name, command


def test_every_command_stands_in_it_with_its_options() -> None:
    rows = re.findall(r"^\| `([a-z-]+(?: [a-z]+)?)([^`]*)` \|", README, re.MULTILINE)
    documented = {name: set(re.findall(r"--[a-z-]+", options)) for name, options in rows}
    group = get_command(commands)
    assert isinstance(group, typer.core.TyperGroup)
    there_are = dict(every_command(group))
    assert documented.keys() & there_are.keys() == there_are.keys()
    for name, command in there_are.items():
        options = {each for option in command.params for each in option.opts if each[:2] == "--"}
        assert documented[name] == options, name


def test_its_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert [link for link in links if not (ROOT / link.partition("#")[0]).exists()] == []


def test_every_page_of_the_documentation_is_linked() -> None:
    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    pages |= {f"docs/protocols/{each}.md" for each in protocol_ids()}
    assert {page for page in pages if f"]({page})" not in README} == set()
