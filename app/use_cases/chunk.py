"""The rows that an import commits together; what becomes of them is counted, and sent back."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection

from app.domain.record.canonical import canonical, digest_of
from app.domain.record.origin import Origin
from app.domain.source_system import SourceSystem
from app.interchange.identity import Identified, identified
from app.interchange.made import RowFinding
from app.interchange.rows import ReadRow, RecordRow, SourceRow
from app.store.jobs import StoredJob
from app.store.source_rows import add_lines, rows_of_each
from app.store.writer import Unit
from app.use_cases.assembling import Followed, Refused
from app.use_cases.jobs import prove
from app.use_cases.records import Written
from app.use_cases.source_rows import Sender

NAMED: Final = 200
"""Names of what was left out that are told apart; the rest are counted together."""
_MOST: Final = 10_000
"""Rows of one patient that are committed together at most."""
_HELD: Final = 5_000
"""Rows that are held of the patients whom a step follows, unless one patient has more."""
_MOSTLY_KNOWN: Final = 50
"""Of so many rows one changed something: then one of so many patients is followed, at least."""

SET_ASIDE: Final = "assembly_failed"
_SET_ASIDE: Final = (
    "the service met a defect of its own with the rows of this patient: they are kept, and the "
    "record does not follow them yet; report the id of the defect, which the log has too, and "
    "ask for an assembly of the source system once it is mended"
)


@dataclass(slots=True, kw_only=True)
class Chunk:
    """What becomes of some rows."""

    counts: dict[str, Any]
    refused: list[dict[str, Any]] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)

    def count(self, what: str, number: int = 1) -> None:
        """So many more of it."""
        self.counts[what] = self.counts.get(what, 0) + number

    def count_named(self, what: str, name: str, number: int = 1) -> None:
        """So many more of it by that name; of many names, the first are told."""
        named = self.counts.setdefault(what, {})
        name = name if name in named or len(named) < NAMED else "others"
        named[name] = named.get(name, 0) + number

    def refuse(self, row: ReadRow, code: str, problem: str, original: Any, **more: Any) -> None:
        """A row that is sent back to be mended; with number 0, something about the whole file,
        which is told once.
        """
        if row.number == 0:
            if code in self.counts.get("findings", {}):
                return
            self.count_named("findings", code)
        else:
            self.count("rejected")
        told = {"row": row.number, "place": row.place, "code": code, "problem": problem, **more}
        self.refused.append({**told, "original": original})

    def follow(self, subject: str, followed: Followed, keys: Container[str]) -> None:
        """What following a patient's rows did; findings only of the rows with these keys."""
        if followed.defect is not None:
            self._set_aside(subject, followed.defect)
        self.written += followed.written
        for found in followed.findings:
            if found.row in keys:
                self.find(found)
        for told in followed.told:
            self.find(told)
        for each in followed.refused:
            self.count_named("records", "refused")
            self.refused.append(_told(each, subject))

    def _set_aside(self, subject: str, defect: str) -> None:
        told = {"subject": subject, "defect": defect}
        self.refused.append({"set_aside": told, "code": SET_ASIDE, "problem": _SET_ASIDE})
        self.count("set_aside")
        self.count_named("findings", SET_ASIDE)

    def find(self, found: RowFinding) -> None:
        """What is remarkable about a row that no record carries, as it stood when the row came."""
        told = {"finding": found.row, "code": found.code, "problem": found.message}
        self.refused.append(told)
        self.count_named("findings", found.code)


def send_back(made: Chunk, job: StoredJob, unit: Unit, origin: Origin) -> None:
    """Write what is told of single rows, with the event that proves it."""
    if not made.refused:
        return
    first = made.counts.get("lines", 0) + 1
    made.count("lines", len(made.refused))
    lines = [(first + place, canonical(each)) for place, each in enumerate(made.refused)]
    seq = prove(unit, origin, job, "refused", lines_digest(lines))
    add_lines(unit.connection, job.id, lines, seq)


def lines_digest(lines: Sequence[tuple[int, str]]) -> str:
    """SHA-256 of the numbers and documents of refused rows."""
    return digest_of(canonical([[number, digest_of(document)] for number, document in lines]))


def chunks_of(rows: Iterable[ReadRow], *, done: int, size: int) -> Iterator[list[ReadRow]]:
    """The rows behind those that are done, as they are committed together.

    Some `size` at once, to the end of a patient's, since all rows of a patient are assembled and
    judged each time; within twice the size, or as many as came of the patient in a row before, so
    that the work of a patient with many rows grows as they do. Where chunks end rests on the file
    alone. What is told once of the whole file (number 0) is no row, and comes each time.
    """
    chunk: list[ReadRow] = []
    passed = filled = run = 0
    last: str | None = None
    for row in rows:
        if row.number:
            whose = _whose(row)
            goes_on = whose is not None and whose == last
            most = max(2 * size, min(run - filled, _MOST)) if goes_on else size
            if filled >= most:
                if any(each.number for each in chunk):
                    yield chunk
                    chunk = []
                filled = 0
            run, last = run + 1 if goes_on else 1, whose
            filled += 1
            if passed < done:
                passed += 1
                continue
        chunk.append(row)
    if chunk:
        yield chunk


def most_held(counts: Mapping[str, Any]) -> int:
    """How many rows the patients of a step may have, by what came of the rows before.

    Only who has a row that says something new is followed: a file that is mostly known, such as
    every night's, need not be done in small steps.
    """
    new = int(counts.get("accepted", 0))
    came = new + int(counts.get("unchanged", 0)) + int(counts.get("stale", 0))
    return _HELD * min(came // max(new, 1), _MOSTLY_KNOWN) if came else _HELD


def in_one_step(
    connection: Connection, sender: Sender, rows: Sequence[ReadRow], how: SourceSystem, most: int
) -> Sequence[ReadRow]:
    """The first of some rows: as many as can be followed while others wait to write.

    All rows of each patient concerned are assembled and judged, those that are held too. So a file
    that goes from patient to patient and back is done in smaller steps: those in one have at most
    `most` rows, or are one patient. Every step has a row.
    """
    first: dict[str, SourceRow] = {}
    for row in rows:
        if isinstance(row, SourceRow) and (whose := _whose(row)) is not None:
            first.setdefault(whose, row)
    found = {whose: identified(row, how) for whose, row in first.items()}
    patients = {whose: e.subject for whose, e in found.items() if isinstance(e, Identified)}
    subjects = sorted(set(patients.values()))
    held = rows_of_each(connection, sender.study, sender.system, subjects)
    seen: set[str] = set()
    work = 0
    for place, row in enumerate(rows):
        whose = _whose(row)
        if whose in patients and whose not in seen:
            work += held.get(patients[whose], 0)
            if seen and work > most:
                return rows[:place]
            seen.add(whose)
    return rows


def _whose(row: ReadRow) -> str | None:
    """The patient as the row names it: only whether it is the same as before matters."""
    match row:
        case SourceRow():
            return row.subject or row.fields.get("USUBJID")
        case RecordRow():
            name = row.value.get("id" if row.value.get("kind") == "subject" else "subject")
            return name if isinstance(name, str) else None
        case _:
            return None


def _told(refused: Refused, subject: str) -> dict[str, Any]:
    """A record that the rows make and that was refused: the rows themselves are kept."""
    return {
        "record": {"kind": refused.kind, "key": refused.key, "subject": subject},
        "rows": list(refused.rows),
        "code": refused.error.code,
        "problem": str(refused.error),
    }
