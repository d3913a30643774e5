"""Small ODM files, written for tests."""

import io
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, cast
from xml.sax.saxutils import escape, quoteattr

from app.domain.source_system import SourceSystem
from app.interchange.rows import BadRow, LeftOut, Reader, ReadRow, SourceRow, UnreadableFile

NAMESPACE = "http://www.cdisc.org/ns/odm/v1.3"
_KEPT = {"\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}


def attributes(**said: str | None) -> str:
    return "".join(
        f" {name.replace('__', ':')}={quoteattr(value, _KEPT)}"
        for name, value in said.items()
        if value is not None
    )


def odm(*inside: str, file_type: str | None = "Snapshot", **said: str) -> bytes:
    head = attributes(FileType=file_type, **said)
    mdsol = ' xmlns:mdsol="http://www.mdsol.com/ns/odm/metadata"'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ODM xmlns="{NAMESPACE}"{mdsol}{head}>'
        f"{''.join(inside)}</ODM>"
    ).encode()


def clinical(*inside: str, study: str = "S") -> str:
    return f"<ClinicalData{attributes(StudyOID=study)}>{''.join(inside)}</ClinicalData>"


def item(oid: str, value: str | None, inside: str = "", **said: str) -> str:
    return f"<ItemData{attributes(ItemOID=oid, Value=value, **said)}>{inside}</ItemData>"


def typed(kind: str, oid: str, value: str) -> str:
    text = escape(value, {"\r": "&#13;"})
    return f"<ItemData{kind}{attributes(ItemOID=oid)}>{text}</ItemData{kind}>"


def group(*items: str, oid: str = "IG.AE", repeat: str | None = None, **said: str) -> str:
    head = attributes(ItemGroupOID=oid, ItemGroupRepeatKey=repeat, **said)
    return f"<ItemGroupData{head}>{''.join(items)}</ItemGroupData>"


def subject(
    *groups: str,
    key: str = "P-1",
    event: tuple[str, str | None] = ("SE.1", None),
    form: tuple[str, str | None] = ("F.AE", None),
    record: str = "",
    **said: str,
) -> str:
    """A subject with one form in one event."""
    return (
        f"<SubjectData{attributes(SubjectKey=key, **said)}>{record}"
        f"<StudyEventData{attributes(StudyEventOID=event[0], StudyEventRepeatKey=event[1])}>"
        f"<FormData{attributes(FormOID=form[0], FormRepeatKey=form[1])}>{''.join(groups)}"
        "</FormData></StudyEventData></SubjectData>"
    )


def audit(
    source_id: str | None, at: str = "2026-03-01T08:00:00", user: str = "u1", reason: str = ""
) -> str:
    said = "" if source_id is None else f"<SourceID>{source_id}</SourceID>"
    return (
        f'<AuditRecord><UserRef UserOID={quoteattr(user)}/><LocationRef LocationOID="L"/>'
        f"<DateTimeStamp>{at}</DateTimeStamp><ReasonForChange>{reason}</ReasonForChange>{said}"
        "</AuditRecord>"
    )


def trickle(parts: Iterator[bytes], most: int) -> BinaryIO:
    """A file that gives at most so many bytes at a time, made as they are asked for."""
    return cast(BinaryIO, _Trickle(parts, most))


class _Trickle:
    def __init__(self, parts: Iterator[bytes], most: int) -> None:
        self._parts, self._most, self._held = parts, most, b""

    def read(self, size: int) -> bytes:
        if not self._held:
            self._held = next(self._parts, b"")
        most = min(size, self._most)
        given, self._held = self._held[:most], self._held[most:]
        return given


def rows_of(reader: Reader, file: bytes | BinaryIO, **settings: object) -> list[ReadRow]:
    stream = io.BytesIO(file) if isinstance(file, bytes) else file
    return list(reader(stream, SourceSystem(**settings)))  # type: ignore[arg-type]


def only(reader: Reader, file: bytes, **settings: object) -> ReadRow:
    (row,) = rows_of(reader, file, **settings)
    return row


def source_row(reader: Reader, file: bytes, **settings: object) -> SourceRow:
    row = only(reader, file, **settings)
    assert isinstance(row, SourceRow), row
    return row


def bad_row(reader: Reader, file: bytes, **settings: object) -> BadRow:
    row = only(reader, file, **settings)
    assert isinstance(row, BadRow), row
    return row


def left_out(reader: Reader, file: bytes, **settings: object) -> str:
    row = only(reader, file, **settings)
    assert isinstance(row, LeftOut), row
    return row.what


def refusal(read: Callable[[], object]) -> UnreadableFile:
    try:
        read()
    except UnreadableFile as problem:
        return problem
    raise AssertionError("the file was read")


def kinds(rows: list[ReadRow]) -> Mapping[str, int]:
    """How many rows of each kind: a domain and its change, what was left out, or a fault."""
    found: dict[str, int] = {}
    for row in rows:
        match row:
            case SourceRow():
                name = f"{row.domain} {row.change}"
            case LeftOut():
                name = f"left out: {row.what}"
            case BadRow():
                name = f"bad: {row.code}"
            case _:
                raise AssertionError(row)
        found[name] = found.get(name, 0) + 1
    return found
