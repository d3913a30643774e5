"""`doseguard readjudicate`: a study is judged again beside its database, without a server."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from app.api.dependencies import Record
from app.api.routes.readjudications import APPLIES, BODIES
from app.api.working import workplace
from app.cli.keys import AsJson, migrated, writer_of
from app.cli.terminal import paint, saying_what_is_wrong
from app.clock import Clock, random_id, system_clock
from app.domain.record.origin import OPERATOR
from app.loaded import leave_out_of_collection
from app.store.database import Database
from app.store.jobs import StoredJob
from app.store.readjudications import StoredChange, changes_of, changes_page
from app.store.writer import Unit, Writer
from app.use_cases.importing import Workplace
from app.use_cases.jobs import release, resume, take
from app.use_cases.readjudication_lines import as_csv
from app.use_cases.readjudication_texts import lines_of_change, lines_of_counts, moved
from app.use_cases.readjudications import (
    apply_dry_run,
    body_of,
    readjudication_of,
    submit_readjudication,
)
from app.use_cases.verdict_changes import Kind
from app.use_cases.working import work_on

Text = str | None
Texts = list[str] | None
_SHOWN: Final = 20
_ORDER: Final[tuple[Kind, ...]] = ("changed", "failed", "first", "restated")
"""What people look at first."""
_NEITHER: Final = "--apply and --resume say which job it is: leave out what is asked of a new one"

Version = Annotated[Text, typer.Option("--protocol-version", help="Judge as if it governed.")]
Effective = Annotated[Text, typer.Option(help="From which day on that version governs.")]
Applies = Annotated[Text, typer.Option("--applies-to", help="Whom: all, or new_patients.")]
Dictionary = Annotated[Text, typer.Option(help="Grade by this dictionary.")]
Readings = Annotated[
    Texts, typer.Option("--reading", metavar="ID=OPTION", help="The option of a reading.")
]
AsOf = Annotated[Text, typer.Option(help="Judge at this data cut.")]
Levels = Annotated[Texts, typer.Option("--dose-level", help="Only patients of it.")]
Phases = Annotated[Texts, typer.Option("--phase", help="Only patients in it.")]
Sites = Annotated[Texts, typer.Option("--site", help="Only patients of it.")]
Subjects = Annotated[Texts, typer.Option("--subject", help="Only this patient.")]
Terms = Annotated[Texts, typer.Option("--term", help="Only patients with an event so reported.")]
Real = Annotated[bool, typer.Option("--real", help="Keep what comes out; needs --reason.")]
Code = Annotated[Text, typer.Option("--reason", help="Why it is made real: a code.")]
Why = Annotated[Text, typer.Option("--why", help="Why, in words.")]
Apply = Annotated[Text, typer.Option("--apply", metavar="JOB", help="Make a dry run real.")]
Resume = Annotated[Text, typer.Option("--resume", metavar="JOB", help="Go on with a job.")]
Out = Annotated[
    Path | None, typer.Option(help="Write who came out otherwise here: .ndjson or .csv.")
]


def readjudicate(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="The study.")],
    protocol_version: Version = None,
    effective: Effective = None,
    applies_to: Applies = None,
    dictionary: Dictionary = None,
    reading: Readings = None,
    as_of: AsOf = None,
    dose_level: Levels = None,
    phase: Phases = None,
    site: Sites = None,
    subject: Subjects = None,
    term: Terms = None,
    real: Real = False,
    reason: Code = None,
    why: Why = None,
    apply: Apply = None,
    resume: Resume = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Judge a study again, without a server: what would come out otherwise, and by which clauses.

    Nothing is kept without --real or --apply. Exits with 0 where everybody came out the same, with
    1 where somebody did not or could not be judged, and with 2 where it was not done.
    """
    scope = {
        "dose_levels": dose_level, "phases": phase, "sites": site, "subjects": subject,
        "terms": term,
    }  # fmt: skip
    body = {
        "protocol_version": protocol_version, "effective": effective, "applies_to": applies_to,
        "dictionary_version": dictionary, "readings": _options(reading), "as_of": as_of,
        "scope": {name: each for name, each in scope.items() if each},
    }  # fmt: skip
    asked = {name: each for name, each in body.items() if each}
    write = None if out is None else _format(out)
    ask = _asked(study, asked, _reason(reason, why), real=real, apply=apply, resumed=resume)
    with saying_what_is_wrong(), migrated() as database, writer_of(database) as writer:
        job = _done(database, writer, ask, quiet=as_json)
        if out is not None and write is not None:
            write(database, job, out)
        _tell(database, job, as_json=as_json)
    raise typer.Exit(_status(job))


Ask = Callable[[Unit], StoredJob]
"""Asks for the job, or for it to go on."""


def _asked(
    study: str,
    asked: dict[str, Any],
    reason: dict[str, str] | None,
    *,
    real: bool,
    apply: str | None,
    resumed: str | None,
) -> Ask:
    """How the job is asked for. Raises BadParameter; exits where the values are wrong."""
    if apply is None and resumed is None:
        named = {**asked, "dry_run": not real, "reason": reason}
        with saying_what_is_wrong():
            body = BODIES.checked(named)
        return lambda unit: submit_readjudication(unit, OPERATOR, study, body).job
    if asked or real or (apply is not None and resumed is not None):
        raise typer.BadParameter(_NEITHER)
    if resumed is not None:
        if reason is not None:
            raise typer.BadParameter("--resume takes no --reason: the job has its own")
        return lambda unit: _resumed(unit, study, resumed)
    if reason is None:
        raise typer.BadParameter("--apply makes a dry run real: say why with --reason CODE")
    with saying_what_is_wrong():
        because = APPLIES.checked({"reason": reason}).reason
    return lambda unit: apply_dry_run(unit, OPERATOR, study, apply or "", because).job


def _resumed(unit: Unit, study: str, job_id: str) -> StoredJob:
    """A job of the study that is to go on; one that waits already does. Raises UnknownJob."""
    job = readjudication_of(unit.connection, study, job_id)
    return resume(unit, OPERATOR, job_id)[0] if job.state in {"failed", "cancelled"} else job


def _options(readings: list[str] | None) -> dict[str, str]:
    """The option of each reading. Raises BadParameter."""
    found: dict[str, str] = {}
    for each in readings or ():
        name, is_told, option = each.partition("=")
        if not is_told or not name or not option:
            raise typer.BadParameter(f"{each!r}: write a reading as ID=OPTION, such as R-1=yes")
        if name in found:
            raise typer.BadParameter(f"--reading {name} is given twice, and has one option")
        found[name] = option
    return found


def _reason(code: str | None, why: str | None) -> dict[str, str] | None:
    """Raises BadParameter."""
    if code is None:
        if why is not None:
            raise typer.BadParameter("--why says more of a reason: name its --reason CODE too")
        return None
    return {"code": code} if why is None else {"code": code, "text": why}


def _done(database: Database, writer: Writer, ask: Ask, *, quiet: bool) -> StoredJob:
    """The job, done as far as it is to be done here."""
    leave_out_of_collection()
    record = Record(database=database, writer=writer, clock=system_clock)
    place = workplace(record, random_id)

    def taken(unit: Unit) -> tuple[StoredJob, StoredJob | None]:
        """At once, so that no server takes the job in between."""
        job = ask(unit)
        return job, None if job.is_over else take(unit, place.worker, job.id)

    job, held = writer.run(taken)
    if held is None:
        say = "It was done before" if job.is_over else "Another process is at it"
        typer.echo(f"{say}, as job {job.id}; nothing is done here.", err=True)
        return job
    try:
        _work(place, held, quiet=quiet)
    except KeyboardInterrupt:
        typer.echo(
            f"Stopped; what is written stays. A server goes on with job {job.id}, and so does: "
            f"doseguard readjudicate {job.study} --resume {job.id}",
            err=True,
        )
        raise typer.Exit(2) from None
    finally:
        writer.run(lambda unit: release(unit, place.worker, job.id))
    with database.reading() as connection:
        return readjudication_of(connection, job.study, job.id)


def _work(place: Workplace, held: StoredJob, *, quiet: bool) -> None:
    with _progress(quiet=quiet) as tell:
        tell(held)
        for step in work_on(place, held):
            tell(step)


@contextmanager
def _progress(
    *, quiet: bool, clock: Clock = system_clock
) -> Iterator[Callable[[StoredJob], None]]:
    """A bar on stderr with the rate and the time that is left, where somebody looks."""
    stderr = sys.stderr
    if quiet or not stderr.isatty():
        yield _silently
        return
    began = clock()
    first: int | None = None

    def rate(done: int | None) -> str:
        seconds = (clock() - began).total_seconds()
        if done is None or first is None or seconds <= 0:
            return ""
        return f"{(done - first) / seconds:.0f} a second"

    with typer.progressbar(
        length=1, label="Patients", file=stderr, show_pos=True, show_eta=True,
        item_show_func=rate,
    ) as bar:  # fmt: skip

        def tell(job: StoredJob) -> None:
            nonlocal first
            first = job.done if first is None else first
            bar.length = job.total or 1
            bar.current_item = job.done
            bar.update(job.done - bar.pos)

        yield tell


def _silently(_: StoredJob) -> None:
    """Tell nothing."""


Write = Callable[[Database, StoredJob, Path], None]


def _format(out: Path) -> Write:
    """How the file is written, by its ending. Raises BadParameter."""
    match out.suffix.lower():
        case ".ndjson":
            return lambda database, job, path: _write(database, job, path, _lines)
        case ".csv":
            return lambda database, job, path: _write(database, job, path, as_csv)
        case _:
            raise typer.BadParameter(f"{out}: --out ends in .ndjson or in .csv")


def _lines(documents: Iterator[str]) -> Iterator[str]:
    return (f"{each}\n" for each in documents)


def _write(
    database: Database,
    job: StoredJob,
    path: Path,
    parts: Callable[[Iterator[str]], Iterator[str]],
) -> None:
    with (
        database.reading() as connection,
        path.open("w", encoding="utf-8", newline="") as file,
    ):
        file.writelines(parts(changes_of(connection, job.id)))


def _tell(database: Database, job: StoredJob, *, as_json: bool) -> None:
    counts = json.loads(job.counts)
    problem = None if job.problem is None else json.loads(job.problem)
    body = body_of(job)
    if as_json:
        told = {"id": job.id, "state": job.state, "done": job.done, "total": job.total}
        more = {"dry_run": body.dry_run, "counts": counts, "problem": problem}
        typer.echo(json.dumps({**told, **more}))
        return
    if problem is not None:
        typer.echo(problem["detail"], err=True)
    what = "Dry run" if body.dry_run else "Job"
    of = job.done if job.total in {None, job.done} else f"{job.done} of {job.total}"
    patients = "patient" if job.total == 1 else "patients"
    typer.echo(f"{what} {job.id} {job.state}: {of} {patients} judged.")
    if job.total == 0:
        typer.echo("  Nobody is in the scope.")
    for line in lines_of_counts(counts, paint):
        typer.echo(line)
    _tell_patients(database, job, moved(counts))
    if body.dry_run and job.state == "succeeded" and moved(counts):
        typer.echo(
            "Nothing is kept. To make it real: "
            f"doseguard readjudicate {job.study} --apply {job.id} --reason CODE"
        )


def _tell_patients(database: Database, job: StoredJob, many: int) -> None:
    shown: list[StoredChange] = []
    with database.reading() as connection:
        for kind in _ORDER:
            left = _SHOWN - len(shown)
            shown += changes_page(connection, job.id, [kind], after="", limit=left) if left else []
    for each in shown:
        for line in lines_of_change(json.loads(each.document), paint):
            typer.echo(line)
    if many > len(shown):
        typer.echo(f"… and {many - len(shown)} more; --out FILE has them all.")


def _status(job: StoredJob) -> int:
    """With what it exits."""
    if job.state != "succeeded":
        return 2
    return 1 if moved(json.loads(job.counts)) else 0
