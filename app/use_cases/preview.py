"""How the first rows of a file would be read, and what nobody has said the meaning of.

Nothing is kept. The rows shown are assembled by themselves: what stands in other rows, or in the
record, may make more of them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO, Final, assert_never

from pydantic import TypeAdapter

from app.domain.errors import DomainError
from app.domain.record.findings import RecordFinding
from app.domain.record.kinds import CONTENT
from app.domain.source_system import SourceSystem
from app.interchange.assemble import assemble
from app.interchange.formats import Format, reader_of
from app.interchange.holding import Kept, Order, kept_after
from app.interchange.identity import Identified, identified
from app.interchange.made import HeldRow, Made
from app.interchange.rows import BadRow, LeftOut, ReadRow, RecordRow, SourceRow, UnreadableFile
from app.use_cases.record_lines import ReadItem
from app.use_cases.told_twice import each_told_once

MOST: Final = 200
_FINDINGS: Final = TypeAdapter(tuple[RecordFinding, ...])


@dataclass(slots=True, kw_only=True)
class Previewed:
    """What the first rows of a file are, as JSON would have it (schemas/jobs.py: Preview)."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    not_read: set[str] = field(default_factory=set)
    held: dict[tuple[str, str, str], Kept] = field(default_factory=dict)
    records: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    unmapped: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    is_whole: bool = False
    problem: UnreadableFile | None = None


def preview(
    stream: BinaryIO,
    format: Format,  # noqa: A002
    how: SourceSystem,
    read_item: ReadItem,
    rows: int,
) -> Previewed:
    """The first rows of a file that stands at its beginning."""
    seen = Previewed()
    reading = each_told_once(reader_of(format)(stream, how), how)
    try:
        for row in islice(reading, rows):
            _look_at(seen, row, how, read_item)
        seen.is_whole = next(reading, None) is None
    except UnreadableFile as error:
        seen.problem = error
    _assemble(seen, how)
    return seen


def _look_at(seen: Previewed, row: ReadRow, how: SourceSystem, read_item: ReadItem) -> None:
    told: dict[str, Any] = {"row": row.number, "place": row.place}
    match row:
        case SourceRow():
            seen.not_read |= set(row.unread)
            found = identified(row, how)
            if not isinstance(found, Identified):
                _look_at(seen, found, how, read_item)
                return
            at = (row.domain, found.subject, found.key)
            kept = kept_after(seen.held.get(at), Order(), row, found.subject, found.key, None)
            seen.held |= {} if kept is None else {at: kept}
            told |= {"outcome": "read", "domain": row.domain, "fields": dict(row.fields)}
            seen.rows.append({**told, "subject": found.subject, "key": found.key})
        case RecordRow():
            seen.rows.append({**told, **_of_record(row, read_item)})
        case BadRow():
            why = {"code": row.code, "problem": row.problem}
            seen.rows.append({**told, "outcome": "rejected", **why})
        case LeftOut() if row.number == 0:
            seen.not_read.add(row.what)
        case LeftOut():
            seen.rows.append({**told, "outcome": "left_out", "problem": row.what})
        case _:
            assert_never(row)


def _of_record(row: RecordRow, read_item: ReadItem) -> Mapping[str, Any]:
    try:
        sent = read_item(row.value)
    except DomainError as error:
        return {"outcome": "rejected", "code": error.code, "problem": str(error)}
    return {"outcome": "read", "subject": sent.document.subject, "key": sent.key}


def _assemble(seen: Previewed, how: SourceSystem) -> None:
    subjects: dict[str, list[HeldRow]] = {}
    for kept in seen.held.values():
        subjects.setdefault(kept.row.subject, []).append(kept.row)
    for rows in subjects.values():
        assembly = assemble(rows, how)
        seen.records += map(_record, assembly.made)
        seen.findings += (
            {"row": each.row, "code": each.code, "message": each.message}
            for each in assembly.findings
        )
        seen.unmapped.update(
            (each.variable, each.word, each.setting) for each in assembly.unmapped
        )


def _record(made: Made) -> dict[str, Any]:
    content = CONTENT[made.kind].dump_python(
        made.document.content, mode="json", by_alias=True, exclude_defaults=True
    )
    return {
        "kind": made.kind,
        "record_id": made.record_id,
        "subject": made.document.subject,
        "rows": list(made.rows),
        "content": content,
        "findings": _FINDINGS.dump_python(made.findings, mode="json"),
    }


def unmapped_words(counted: Counter[tuple[str, str, str]]) -> Iterator[dict[str, Any]]:
    """The words that mean nothing as yet, those of most rows first."""
    for (variable, word, setting), rows in sorted(
        counted.items(), key=lambda each: (-each[1], each[0])
    ):
        yield {"variable": variable, "word": word, "setting": setting, "rows": rows}
