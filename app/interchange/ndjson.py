"""The service's own records, one JSON object a line (docs/imports.md)."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from app.data.strict_json import DuplicateKey, NotJson, TooDeep, read_json
from app.domain.source_system import SourceSystem
from app.interchange.bounded import Line, decoded, fault_of, lines_of, shown, text_of, too_long
from app.interchange.rows import BadRow, ReadRow, RecordRow


def read_records(
    stream: BinaryIO,
    system: SourceSystem,  # noqa: ARG001  our own words need no settings
) -> Iterator[ReadRow]:
    """Records of a file of lines; blank lines are none. Numbers keep every digit (Decimal)."""
    number = 0
    for line in lines_of(text_of(stream)):
        text = decoded(line.content)
        if text.strip():
            number += 1
            yield _record(number, line, text)


def _record(number: int, line: Line, text: str) -> RecordRow | BadRow:
    place = f"line {line.number}"
    fault = _fault(line, text)
    value = None if fault else _value(line.content)
    if isinstance(value, dict):
        return RecordRow(number=number, place=place, value=value)
    code, problem = fault or value or ("not_a_record", "it is no JSON object: write {…}")
    return BadRow(number=number, place=place, code=code, problem=problem, original=shown(text))


def _fault(line: Line, text: str) -> tuple[str, str] | None:
    if not line.whole:
        return "row_too_long", too_long()
    return fault_of(text, line.number)


def _value(content: bytes) -> dict[str, Any] | tuple[str, str] | None:
    """The object on a line; code and problem where it cannot be read, None if it is another."""
    try:
        value = read_json(content, exact=True)
    except NotJson as error:
        why = f"{error.why} at column {error.column}" if error.why else str(error)
        return error.code, f"it is not JSON: {why}" if error.why else why
    except TooDeep as error:
        return error.code, str(error)
    except DuplicateKey as error:
        places = ", ".join(fault.pointer for fault in error.faults[:5])
        return error.code, f"{places} stands more than once, so one datum would be lost"
    if not isinstance(value, dict):
        return None
    if b"\\u0000" in content and _holds_nul(value):
        return "nul_character", "it escapes NUL (\\u0000), which stands in no text: leave it out"
    return value


def _holds_nul(value: object) -> bool:
    match value:
        case str():
            return "\0" in value
        case dict():
            return any(_holds_nul(name) or _holds_nul(part) for name, part in value.items())
        case list():
            return any(map(_holds_nul, value))
        case _:
            return False
