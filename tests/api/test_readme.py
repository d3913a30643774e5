"""What the README shows and promises holds."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import typer
from typer.main import get_command

from app.cli import commands
from app.data.protocols import protocol_ids

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
