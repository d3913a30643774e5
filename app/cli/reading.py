"""What stands in a file that a command is given: one value, as JSON or YAML."""

import sys
from pathlib import Path
from typing import Any

from app.api.strict_json import NotUtf8, read_json
from app.data.strict_yaml import read_yaml


def value_in(file: str) -> Any:
    """The value of a file; `-` is standard input, which is YAML unless it begins as JSON.

    Numbers with a fraction are floats. Raises OSError, NotUtf8, and what `read_json` and
    `read_yaml` raise.
    """
    content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    is_yaml = Path(file).suffix.lower() in {".yaml", ".yml"} or (
        file == "-" and not content.lstrip().startswith((b"{", b"["))
    )
    if not is_yaml:
        return read_json(content)
    try:
        return read_yaml(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise NotUtf8(f"The file is not UTF-8: byte {error.start} begins no character.") from error
