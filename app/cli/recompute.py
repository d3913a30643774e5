"""`doseguard replay`: every verdict that was ever given, given again by the present engine."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from app.cli.keys import AsJson, migrated
from app.cli.terminal import paint
from app.use_cases.recompute import Recomputed
from app.use_cases.recompute_lines import (
    Tally,
    heading,
    lines_of_recomputed,
    lines_of_tally,
    recomputed_as_json,
)
from app.use_cases.recompute_record import Asked, how_many, recompute


def _day(text: str) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no date: write one such as 2026-03-01") from error
    return datetime.combine(day, time.min, tzinfo=UTC)


def replay(
    study: Annotated[str | None, typer.Option(help="Only this study.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(parser=_day, metavar="DATE", help="Only those of this day (UTC) or later."),
    ] = None,
    current: Annotated[bool, typer.Option("--current", help="Only those that stand.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="So many at most.")] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="The folder of the record, whatever the settings say.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Give every stored verdict again by this version, and list what differs.

    Exits with 1 where a verdict or its reasons differ, or an adjudication cannot be recomputed.
    Nothing is written.
    """
    asked = Asked(study=study, since=since, current=current, limit=limit)
    tally = Tally()
    with (
        migrated(data_dir) as database,
        _progress(how_many(database, asked), quiet=as_json) as say,
    ):
        is_headed = as_json
        for found in recompute(database, asked):
            tally.add(found)
            lines = _lines(found, as_json=as_json)
            if lines and not is_headed:
                lines, is_headed = [heading(paint), *lines], True
            say(lines)
    if as_json:
        told = {"ok": tally.is_well, "counts": tally.counts, "made_with_another": tally.moved}
        typer.echo(json.dumps(told))
    else:
        typer.echo("\n".join(lines_of_tally(tally)))
    if not tally.is_well:
        raise typer.Exit(1)


def _lines(found: Recomputed, *, as_json: bool) -> list[str]:
    """What is told of an adjudication; nothing where it is the same."""
    if not as_json:
        return list(lines_of_recomputed(found, paint))
    if found.obstacle is None and not found.changes:
        return []
    return [json.dumps(recomputed_as_json(found), ensure_ascii=False)]


@contextmanager
def _progress(total: int, *, quiet: bool) -> Iterator[Callable[[Sequence[str]], None]]:
    """Tells lines, adjudication by adjudication; with a bar on stderr, where somebody looks."""
    stderr = sys.stderr
    if quiet or not stderr.isatty():
        yield _tell
        return
    with typer.progressbar(length=total, label="Adjudications", file=stderr, show_pos=True) as bar:

        def tell(lines: Sequence[str]) -> None:
            if lines:
                stderr.write("\r\x1b[K")  # the bar gives way, and comes again below
                stderr.flush()
                _tell(lines)
            bar.update(1)

        yield tell


def _tell(lines: Sequence[str]) -> None:
    for line in lines:
        typer.echo(line)
