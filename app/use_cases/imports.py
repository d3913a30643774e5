"""Imports: a file is kept as it was sent, and a job reads it into the record.

The same file with the same parameters is the same import. The file is read once to reckon up its
rows, so that one which cannot be read as a whole changes nothing; then in chunks, each committed
with its effects, the verdicts that follow, and how far the import has come.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, Literal

from sqlalchemy import Connection

from app.domain.record.origin import Origin, Reason
from app.domain.source_system import SourceSystem
from app.domain.time import PartialTime
from app.interchange.formats import Format, detect
from app.store.audit import Receipt
from app.store.database import Database
from app.store.files import StoredFile, add_file, add_piece, file_of, pieces_in
from app.store.jobs import StoredJob, job_of
from app.store.records import Records, Stored
from app.store.writer import Unit, Writer
from app.use_cases.errors import (
    ReasonWithoutVoid,
    SnapshotOfNothing,
    UnknownJob,
    UnknownStudy,
    UnknownSystem,
    VoidWithoutReason,
    VoidWithoutSnapshot,
)
from app.use_cases.jobs import submit
from app.use_cases.snapshot import Snapshot, content_of

KIND: Final = "import"
Absent = Literal["flag", "void"]
OURS: Final[Format] = "records-ndjson"
"""The service's own form, which needs no settings."""
LONGEST_EXTRACT: Final = 200
"""Characters of the name of an extract."""
LONGEST_WHY: Final = 3_900
"""Characters of why absent rows become void, beside which the import is named."""
HEAD: Final = 64 * 1024
"""Bytes by which a format is recognised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What is to be imported, and how.

    `extract` names the extract that a file belongs to: files of one extract share their sequence
    numbers (AESEQ). `extracted_at` says when it was made, for rows that do not say it.
    """

    study: str
    system: str
    format: Format
    extract: str | None = None
    extracted_at: PartialTime | None = None
    is_snapshot: bool = False
    """Whether the file has all rows of its domains: then those that it lacks are told."""
    absent: Absent = "flag"
    """Whether the rows that a snapshot lacks are only told, or become void."""
    reason: Reason | None = None
    """Why they become void."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A file that was sent: its SHA-256, how many bytes and pieces it has."""

    sha256: str
    size: int
    pieces: int


def settings_of(connection: Connection, study: str, system: str) -> tuple[Stored, SourceSystem]:
    """How files of a system are read, and which version says so. Raises UnknownSystem."""
    holding = Records(connection=connection, kind="source_system", study=study).holding(system)
    if holding is None or holding.stored.voided:
        raise UnknownSystem(study, system)
    return holding.stored, content_of("source_system", holding.stored, SourceSystem)


def how_to_read(connection: Connection, request: ImportRequest) -> SourceSystem:
    """How a file is read: by the settings of its system, the service's own form by none.

    Raises UnknownStudy, UnknownSystem, and what `require_sense` does: asked before the file is
    kept.
    """
    if Snapshot(connection=connection, study=request.study).study_record is None:
        raise UnknownStudy(request.study)
    require_sense(request)
    if request.format == OURS:
        return SourceSystem()
    return settings_of(connection, request.study, request.system)[1]


def require_sense(request: ImportRequest) -> None:
    """Refuse a snapshot of no extract, rows to be void that nothing lacks, and a void without why.

    Raises SnapshotOfNothing, VoidWithoutSnapshot, VoidWithoutReason, ReasonWithoutVoid.
    """
    if request.is_snapshot and request.extract is None:
        raise SnapshotOfNothing
    if request.absent == "flag":
        if request.reason is not None:
            raise ReasonWithoutVoid
        return
    has_rows = request.format != OURS
    if not request.is_snapshot or not has_rows:
        raise VoidWithoutSnapshot(request.format, has_rows=has_rows)
    if request.reason is None:
        raise VoidWithoutReason


def format_of(
    stream: BinaryIO, filename: str | None, media_type: str | None, told: Format | None
) -> Format:
    """The format of a file, told or recognised; the stream stands at its beginning again.

    Raises UnreadableFile.
    """
    if told is not None:
        return told
    head = stream.read(HEAD)
    stream.seek(0)
    return detect(head, filename, media_type)


def keep_file(database: Database, writer: Writer, digest: str, stream: BinaryIO) -> Body:
    """Keep the bytes of a file, a piece at a time, unless it is there already."""
    with database.reading() as connection:
        known = file_of(connection, digest)
    if known is not None:
        return Body(sha256=digest, size=known.size, pieces=known.pieces)
    size = number = 0
    for number, piece in enumerate(pieces_in(stream), start=1):
        size += len(piece)
        writer.run(_piece_writer(digest, number - 1, piece))
    return Body(sha256=digest, size=size, pieces=number)


def submit_import(
    unit: Unit, origin: Origin, request: ImportRequest, body: Body
) -> tuple[StoredJob, Receipt | None]:
    """The job that imports a file whose pieces are kept.

    Raises UnknownStudy, UnknownSystem, and what `require_sense` does.
    """
    require_sense(request)
    parameters: dict[str, Any] = {
        "system": request.system,
        "format": request.format,
        "file": {"sha256": body.sha256, "size": body.size},
        "extract": request.extract,
        "extracted_at": request.extracted_at.text if request.extracted_at else None,
        "snapshot": request.is_snapshot,
        **_void_absent(request),
        **_settings(unit, request),
    }
    job, receipt = submit(unit, origin, request.study, KIND, parameters)
    if receipt is not None and file_of(unit.connection, body.sha256) is None:
        add_file(
            unit.connection,
            StoredFile(
                sha256=body.sha256,
                size=body.size,
                pieces=body.pieces,
                recorded_at=unit.recorded_at,
                seq=receipt.seq,
            ),
        )
    return job, receipt


def import_of(connection: Connection, study: str, job_id: str) -> StoredJob:
    """An import of a study. Raises UnknownJob."""
    job = job_of(connection, job_id)
    if job is None or job.study != study or job.kind != KIND:
        raise UnknownJob(job_id)
    return job


def require_lines(connection: Connection, study: str, job_id: str) -> None:
    """Raises UnknownJob unless it is a job of the study that tells of single rows."""
    job = job_of(connection, job_id)
    if job is None or job.study != study:
        raise UnknownJob(job_id)


def file_of_import(connection: Connection, study: str, job_id: str) -> StoredFile:
    """The file of an import. Raises UnknownJob."""
    told = json.loads(import_of(connection, study, job_id).parameters)
    file = file_of(connection, told["file"]["sha256"])
    if file is None:
        raise LookupError(f"job {job_id}: its file is not there")
    return file


def _void_absent(request: ImportRequest) -> Mapping[str, Any]:
    """Why rows that it lacks become void, where they do: other imports are asked for as ever."""
    if request.reason is None:
        return {}
    return {"void_absent": {"code": request.reason.code, "text": request.reason.text}}


def _settings(unit: Unit, request: ImportRequest) -> Mapping[str, Any]:
    """The version of the settings that the import rests on; none for the service's own form."""
    if request.format == OURS:
        return {"settings": None}
    stored, _ = settings_of(unit.connection, request.study, request.system)
    return {"settings": {"version": stored.version, "digest": stored.digest}}


def _piece_writer(digest: str, number: int, piece: bytes) -> Callable[[Unit], None]:
    def write(unit: Unit) -> None:
        add_piece(unit.connection, digest, number, piece, unit.audit.head.seq)

    return write
