"""`doseguard import`: a file into the record, without a server."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from app.api.dependencies import Record
from app.api.job_views import preview_view
from app.api.record_items import sent_in
from app.api.working import workplace
from app.cli.keys import AsJson, migrated, writer_of
from app.cli.terminal import saying_what_is_wrong
from app.clock import random_id, system_clock
from app.domain.record.origin import OPERATOR, Reason
from app.domain.source_system import SourceSystem
from app.domain.time import PartialTime, Precision
from app.interchange.formats import FORMATS, Format
from app.store.database import Database
from app.store.files import digest_in
from app.store.jobs import StoredJob
from app.store.source_rows import lines_of
from app.store.writer import Writer
from app.use_cases.imports import (
    LONGEST_EXTRACT,
    LONGEST_WHY,
    Absent,
    ImportRequest,
    format_of,
    how_to_read,
    import_of,
    keep_file,
    submit_import,
)
from app.use_cases.jobs import release, take
from app.use_cases.preview import MOST, preview
from app.use_cases.working import work_on

_REASON = TypeAdapter(Reason)
_NO_REASON = (
    "--reason {!r} has to be a code of capitals, digits and underscores, such as "
    f"DELETED_AT_SOURCE, and --why a text of 1 to {LONGEST_WHY} characters"
)
_SHOWN = ("accepted", "unchanged", "stale", "rejected", "left_out")


WhatIsAbsent = Annotated[
    Absent, typer.Option(help="What becomes of rows that a snapshot lacks: told, or void.")
]
Code = Annotated[
    str | None, typer.Option("--reason", metavar="CODE", help="Why they are void: a code.")
]
Why = Annotated[str | None, typer.Option(help="Why, in words.")]
Rejected = Annotated[
    Path | None, typer.Option(help="Write the rows that were refused here, as NDJSON.")
]
Show = Annotated[
    int | None,
    typer.Option("--preview", min=1, max=MOST, help="Show how so many rows would be read, only."),
]


def import_file(
    file: Annotated[Path, typer.Argument(help="As the source system wrote it.")],
    study: Annotated[str, typer.Option(help="The study that it is of.")],
    system: Annotated[str, typer.Option(help="The system of record, whose settings are used.")],
    told: Annotated[
        str | None,
        typer.Option("--format", help=f"{', '.join(FORMATS)}; else recognised by the content."),
    ] = None,
    extract: Annotated[str | None, typer.Option(help="The extract that it belongs to.")] = None,
    extracted_at: Annotated[
        str | None, typer.Option(help="When the extract was made, to the minute.")
    ] = None,
    snapshot: Annotated[
        bool, typer.Option("--snapshot", help="It has all rows: tell those that it lacks.")
    ] = False,
    absent: WhatIsAbsent = "flag",
    reason: Code = None,
    why: Why = None,
    rejected: Rejected = None,
    show: Show = None,
    as_json: AsJson = False,
) -> None:
    """Import a file into the record, without a server; exits with 1 where rows, or records that
    they make, were refused or are absent, and with 2 where the file was not imported as asked.
    """
    with saying_what_is_wrong(), file.open("rb") as stream:
        chosen = format_of(stream, file.name, None, _format(told))
        request = ImportRequest(
            study=study,
            system=system,
            format=chosen,
            extract=_name(extract),
            extracted_at=_instant(extracted_at),
            is_snapshot=snapshot,
            absent=absent,
            reason=_reason(reason, why),
        )
        with migrated() as database, writer_of(database) as writer:
            if show is not None:
                _preview(database, request, stream, show)
                return
            digest, _ = digest_in(stream)
            stream.seek(0)
            job = _imported(database, writer, request, digest, stream, quiet=as_json)
            if rejected is not None:
                _write_rejected(database, job, rejected)
    _tell(job, as_json=as_json)
    raise typer.Exit(_status(job))


def _format(told: str | None) -> Format | None:
    for each in FORMATS:
        if told == each:
            return each
    if told is not None:
        raise typer.BadParameter(f"{told!r} is none of {', '.join(FORMATS)}")
    return None


def _name(extract: str | None) -> str | None:
    """The name of an extract. Raises BadParameter."""
    if extract is not None and not 0 < len(extract) <= LONGEST_EXTRACT:
        raise typer.BadParameter(
            f"the name of an extract has 1 to {LONGEST_EXTRACT} characters, and this "
            f"{len(extract)}: {extract[:40]!r}"
        )
    return extract


def _reason(code: str | None, why: str | None) -> Reason | None:
    """Why absent rows are void. Raises BadParameter."""
    if code is None:
        if why is not None:
            raise typer.BadParameter("--why says more of a reason: name its --reason CODE too")
        return None
    try:
        reason = _REASON.validate_python({"code": code, "text": why})
    except ValidationError as error:
        raise typer.BadParameter(_NO_REASON.format(code[:80])) from error
    if why is not None and len(why) > LONGEST_WHY:
        raise typer.BadParameter(_NO_REASON.format(code))
    return reason


def _instant(text: str | None) -> PartialTime | None:
    """When an extract was made. Raises BadTime, BadParameter."""
    if text is None:
        return None
    time = PartialTime(text)
    if time.precision is not Precision.INSTANT:
        raise typer.BadParameter(f"{text!r}: write when the extract was made to the minute")
    return time


def _imported(
    database: Database,
    writer: Writer,
    request: ImportRequest,
    digest: str,
    stream: Any,
    *,
    quiet: bool,
) -> StoredJob:
    """The job, done as far as it is to be done here."""
    _how(database, request)  # refused before anything is kept
    body = keep_file(database, writer, digest, stream)
    job, _ = writer.run(lambda unit: submit_import(unit, OPERATOR, request, body))
    record = Record(database=database, writer=writer, clock=system_clock)
    place = workplace(record, random_id)
    held = writer.run(lambda unit: take(unit, place.worker, job.id))
    if held is None:
        say = "It was imported before" if job.is_over else "Another process is importing it"
        typer.echo(f"{say}, by job {job.id}; nothing is done here.", err=True)
        return job
    try:
        with _progress(quiet=quiet) as tell:
            for step in work_on(place, held):
                tell(step)
    finally:  # where somebody stops it, the next goes on at once
        writer.run(lambda unit: release(unit, place.worker, job.id))
    with database.reading() as connection:
        return import_of(connection, request.study, job.id)


def _how(database: Database, request: ImportRequest) -> SourceSystem:
    """Raises what `how_to_read` does."""
    with database.reading() as connection:
        return how_to_read(connection, request)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[StoredJob], None]]:
    """A bar on stderr, where somebody looks."""
    stderr = sys.stderr
    if quiet or not stderr.isatty():
        yield _silently
        return
    with typer.progressbar(length=1, label="Rows", file=stderr, show_pos=True) as bar:

        def tell(job: StoredJob) -> None:
            bar.length = job.total or 1
            bar.update(job.done - bar.pos)

        yield tell


def _silently(_: StoredJob) -> None:
    """Tell nothing."""


def _write_rejected(database: Database, job: StoredJob, path: Path) -> None:
    with database.reading() as connection, path.open("w", encoding="utf-8") as out:
        for line in lines_of(connection, job.id):
            out.write(f"{line}\n")


def _tell(job: StoredJob, *, as_json: bool) -> None:
    counts = json.loads(job.counts)
    problem = None if job.problem is None else json.loads(job.problem)
    if as_json:
        told = {"id": job.id, "state": job.state, "done": job.done, "total": job.total}
        typer.echo(json.dumps({**told, "counts": counts, "problem": problem}))
        return
    if problem is not None:
        typer.echo(problem["detail"], err=True)
    rows = ", ".join(f"{counts.get(each, 0)} {each.replace('_', ' ')}" for each in _SHOWN)
    typer.echo(f"{job.state}: {job.done} rows, {rows}.")
    for name, number in sorted(counts.get("records", {}).items()):
        typer.echo(f"  records {name}: {number}")
    if counts.get("absent"):
        void = counts.get("absent_voided")
        typer.echo(
            f"  rows that came before and that it lacks: {counts['absent']}"
            + (f", void: {void}" if void else "")
        )
    for name, number in sorted(counts.get("left_out_by", {}).items()):
        typer.echo(f"  left out: {name}: {number}")
    if counts.get("not_read") or counts.get("items_not_read"):
        names = [*counts.get("not_read", ()), *counts.get("items_not_read", ())]
        typer.echo(f"  not read: {', '.join(names)}")


def _status(job: StoredJob) -> int:
    """With what it exits."""
    if job.state != "succeeded":
        return 2
    counts = json.loads(job.counts)
    return 1 if counts.get("lines", 0) > counts.get("absent_voided", 0) else 0


def _preview(database: Database, request: ImportRequest, stream: Any, rows: int) -> None:
    """The same as the service answers; exits with 2 where the file cannot be read."""
    how = _how(database, request)
    seen = preview(stream, request.format, how, sent_in, rows)
    told = preview_view(request.format, seen)
    typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
    if seen.problem is not None:
        typer.echo(str(seen.problem), err=True)
        raise typer.Exit(2)
