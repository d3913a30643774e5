"""Protocol documents in files: read as YAML or JSON, with the line and column of every fault."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import typer

from app.api.errors import items_of
from app.api.faults import faults_of_domain, unknown_field
from app.api.pointers import parts_of, pointer_into_document
from app.api.schemas.problem import FaultItem
from app.data.key_order import KeyOrder
from app.data.positions import Positions, positions_in_json, positions_in_yaml
from app.data.protocols import make_ready
from app.data.strict_json import NotJson, NotUtf8, read_json
from app.data.strict_yaml import NotYaml, read_yaml
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.errors import BadProtocol, DomainError, Fault
from app.domain.protocol_schema import protocol_schema

_OF_KEYS = frozenset({"unknown_field", "duplicate_key"})
_OF_READINGS = frozenset({"unknown_reading", "unknown_option"})
STDIN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFile:
    """A file as it is written."""

    name: str
    text: str
    is_yaml: bool

    def value(self) -> dict[str, Any]:
        """The document. Raises NotYaml, what `read_json` raises, and BadProtocol."""
        value = read_yaml(self.text) if self.is_yaml else read_json(self.text.encode())
        if not isinstance(value, dict):
            fault = Fault(
                pointer="", message="a protocol document is an object", code="wrong_type"
            )
            raise BadProtocol(self.name, (fault,))
        return value

    def positions(self) -> Positions:
        """The places of what stands in it."""
        return positions_in_yaml(self.text) if self.is_yaml else positions_in_json(self.text)


def is_document_file(name: str) -> bool:
    """Whether a name is that of a file, not a protocol's id."""
    return name == STDIN or Path(name).suffix.lower() in {".yaml", ".yml", ".json"}


def document_file(name: str) -> DocumentFile:
    """A file, or what stdin brings for `-`. Raises NotUtf8 and OSError."""
    content = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotUtf8(f"The file is not UTF-8: byte {error.start} begins no character.") from error
    is_json = Path(name).suffix.lower() == ".json" or (
        name == STDIN and text.lstrip()[:1] in {"{", "["}
    )
    return DocumentFile(name=name, text=text, is_yaml=not is_json)


def say_faults(file: DocumentFile, error: DomainError, value: Any = None) -> None:
    """Every fault as `file:line:column: pointer: message [code]`, on stderr."""
    for line in faults_told(file, error, value):
        typer.echo(line, err=True)


def faults_told(file: DocumentFile, error: DomainError, value: Any = None) -> Iterator[str]:
    """The lines of `say_faults`; `value` is the document, where it could be read."""
    if isinstance(error, NotYaml | NotJson):
        told = f"{error.line}:{error.column}: {error.why}" if error.why else f" {error}"
        yield f"{file.name}:{told} [{error.code}]"
        return
    items = _telling(_items(error, value))
    told = error.told if isinstance(error, WithOption) else ""
    positions = file.positions()
    for item in sorted(items, key=lambda each: positions.of(each.pointer)):
        line, column = positions.of(item.pointer, key=item.code in _OF_KEYS)
        place = f"{item.pointer}: " if item.pointer else ""
        yield f"{file.name}:{line}:{column}: {place}{told}{item.message} [{item.code}]"
    if not items:
        yield f"{file.name}: {error} [{error.code}]"


def _items(error: DomainError, value: Any) -> list[FaultItem]:
    """The faults; those of a document with pointers that lead through its readings."""
    if not isinstance(error, BadProtocol) or value is None:
        return list(items_of(error))
    items = faults_of_domain(
        replace(
            fault,
            pointer=pointer_into_document(
                value,
                parts_of(fault.pointer),
                may_be_absent=fault.code == "missing",
                about_reading=fault.code in _OF_READINGS,
            ),
        )
        for fault in error.faults
    )
    return [_with_the_likeliest(item, value) for item in items]


def _with_the_likeliest(item: FaultItem, value: Any) -> FaultItem:
    """The fault; of a key that there is not, with the one that was meant, most likely."""
    if item.code != "unknown_field":
        return item
    *path, name = parts_of(item.pointer)
    known = key_order().known(value, path)
    return replace(item, message=unknown_field(str(name), known))


@cache
def key_order() -> KeyOrder:
    """The keys of documents, and their order."""
    return KeyOrder(protocol_schema())


def _telling(items: list[FaultItem]) -> list[FaultItem]:
    """Without the lists that are too short only because items of them are wrong."""
    return [
        item
        for item in items
        if item.code != "too_short"
        or not any(other.pointer.startswith(f"{item.pointer}/") for other in items)
    ]


def usable(value: Mapping[str, Any]) -> ReadyProtocol:
    """The document made ready by each option of each of its readings, not by the defaults alone.

    Raises BadProtocol with every fault of the first choice that has some, and WithOption where
    that is no default.
    """
    made = make_ready(value)
    for place, reading in enumerate(made.document.readings):
        for option in reading.options:
            if option == reading.default:
                continue
            try:
                made.with_readings({reading.id: option})
            except BadProtocol as error:
                raise WithOption(value, place, option, error.faults) from error
    return made


class WithOption(BadProtocol):
    """The document cannot be used where a reading is decided otherwise than by its default."""

    def __init__(
        self, value: Mapping[str, Any], place: int, option: str, faults: tuple[Fault, ...]
    ) -> None:
        readings = [dict(each) for each in value["readings"]]
        readings[place]["default"] = option
        self.value = {**value, "readings": readings}
        """The document with this option as its default."""
        self.told = f"with {readings[place]['id']} decided as {option}: "
        super().__init__(str(value["id"]), faults)
