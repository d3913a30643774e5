"""Reads the commands of a fenced `sh` block: their words, and what the comments below promise.

Only what our pages use: assignments, `NAME=$(command)`, quotes over several lines, and comments
that begin a line. In those each "word" in quotation marks is to be found in the answer.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

_ASSIGNED = re.compile(r"^(?P<name>[A-Z]+)=(?:\$\((?P<command>.*)\)|(?P<value>\S*))$")
_FUNCTION = re.compile(r"^\w+\(\) \{")


@dataclass(kw_only=True)
class Command:
    """A command, the variable that its output goes to, and what it has to print."""

    words: list[str]
    into: str | None = None
    promises: list[str] = field(default_factory=list)


def commands(text: str) -> Iterator[Command]:
    """The commands of a block, in order; an assignment of a plain value is `echo` of it."""
    last: Command | None = None
    open_lines = ""
    for line in text.splitlines():
        if not open_lines and (not line or line.startswith("#") or _FUNCTION.match(line)):
            if last is not None and line.startswith("#"):
                last.promises += re.findall(r'"([^"]+)"', line)
            continue
        open_lines += line + "\n"
        try:
            shlex.split(open_lines)
        except ValueError:  # a quote goes on in the next line
            continue
        if last is not None:
            yield last
        last = _command(open_lines.strip())
        open_lines = ""
    assert not open_lines, f"a quote is never closed: {open_lines}"
    if last is not None:
        yield last


def _command(text: str) -> Command:
    assigned = _ASSIGNED.match(text)
    if assigned is None:
        return Command(words=shlex.split(text, comments=True))
    words = assigned["command"]
    return Command(
        words=["echo", assigned["value"]] if words is None else shlex.split(words),
        into=assigned["name"],
    )
