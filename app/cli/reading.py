"""What stands in a file that a command is given: one value, as JSON or YAML."""

import sys
from pathlib import Path
from typing import Any, Final

from app.data.strict_json import NotUtf8, read_json
from app.data.strict_yaml import read_yaml

STDIN: Final = "-"


def content_of(file: str) -> bytes:
    """The bytes of a file; `-` is standard input. Raises OSError."""
    return sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()


def value_in(file: str, *, exact: bool = False) -> Any:
    """The value of a file; standard input is YAML unless it begins as JSON.

    Numbers of JSON with a fraction are floats, or `exact`, with every digit. Raises OSError,
    NotUtf8, and what `read_json` and `read_yaml` raise.
    """
    content = content_of(file)
    is_yaml = Path(file).suffix.lower() in {".yaml", ".yml"} or (
        file == STDIN and not content.lstrip().startswith((b"{", b"["))
    )
    if not is_yaml:
        return read_json(content, exact=exact)
    try:
        return read_yaml(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise NotUtf8(f"The file is not UTF-8: byte {error.start} begins no character.") from error
