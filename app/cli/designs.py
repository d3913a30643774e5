"""`doseguard design`: a decision table to read or to print, and how a design does in trials."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer
from pydantic import TypeAdapter

from app.api.routes.designs import CHARACTERISTICS, COMPARISONS, TABLES
from app.cli.keys import AsJson
from app.cli.reading import value_in
from app.cli.terminal import paint, saying_what_is_wrong, write
from app.data.strict_json import NotJson, read_json
from app.domain.cohort.comparison import Compared, Found
from app.domain.cohort.design import DecisionTable
from app.domain.cohort.in_time.simulate import Progress, silent
from app.use_cases.design_lines import lines_of_table
from app.use_cases.design_pages import page_of
from app.use_cases.design_tables import as_csv, printed
from app.use_cases.designs import TableRequest, table_of
from app.use_cases.operating import characteristics, compared
from app.use_cases.operating_lines import lines_of_characteristics, lines_of_comparison
from app.use_cases.readable import Paint, Tone

commands = typer.Typer(
    help="Print a design's decision table, tell how it does, compare it.",
    no_args_is_help=True,
)

_TABLE: Final = TypeAdapter(DecisionTable)
_CHARACTERISTICS: Final[TypeAdapter[Found]] = TypeAdapter(Found)
_COMPARED: Final = TypeAdapter(Compared)
Request = Annotated[str, typer.Argument(help="The request as JSON or YAML; - is stdin.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]
Told = Literal["text", "csv", "html", "json"]


@commands.command()
def table(
    file: Annotated[
        str | None, typer.Argument(help="The request as JSON or YAML; - is stdin.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="The design, such as boin or 3+3.")] = None,
    target: Annotated[float | None, typer.Option(help="The target rate of DLTs.")] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="NAME=VALUE", help="Another parameter of the design."),
    ] = None,
    max_n: Annotated[int | None, typer.Option(help="The most patients of a level.")] = None,
    told_as: Annotated[
        Told, typer.Option("--format", help="A page to print is html; csv is for programs.")
    ] = "text",
    output: Annotated[Path | None, typer.Option(help="Write it to this file.")] = None,
) -> None:
    """Print a design's decision table: of a request in a file, of a design named here, or both."""
    if file is None and kind is None:
        raise typer.BadParameter("name a FILE, or a design with --kind")
    with saying_what_is_wrong():
        request = {} if file is None else value_in(file)
        named = {"kind": kind, "target": target}
        changes = {name: each for name, each in named.items() if each is not None}
        changes |= dict(map(_parameter, parameters or ()))
        request = _changed(request, changes, {} if max_n is None else {"max_n": max_n})
        content = _told(TABLES.checked(request), told_as, paint if output is None else _plain)
    write(content, output)


@commands.command()
def simulate(file: Request, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Tell how a design does where the true toxicity of each level is known."""
    with saying_what_is_wrong():
        asked = CHARACTERISTICS.checked(value_in(file))
        with _progress(quiet=quiet) as progress:
            found = characteristics(asked, progress)
    if as_json:
        write(_CHARACTERISTICS.dump_json(found, indent=2) + b"\n")
    else:
        write(_lines(lines_of_characteristics(asked.true_toxicity, found, paint)))


@commands.command()
def compare(file: Request, as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Compare designs over scenarios of true toxicity."""
    with saying_what_is_wrong():
        asked = COMPARISONS.checked(value_in(file))
        with _progress(quiet=quiet) as progress:
            found = compared(asked, progress)
    if as_json:
        write(_COMPARED.dump_json(found, indent=2) + b"\n")
    else:
        write(_lines(lines_of_comparison(found, paint)))


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress]:
    """Shows on a terminal how many trials are done; on stderr, since stdout is the answer's."""
    if quiet or not sys.stderr.isatty():
        yield silent
        return
    with typer.progressbar(length=1, label="Trials", file=sys.stderr) as bar:

        def told(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield told


def _parameter(told: str) -> tuple[str, Any]:
    """Name and value of an option; what is no JSON is text."""
    name, is_one, value = told.partition("=")
    if not is_one:
        raise typer.BadParameter(f"{told!r} is no parameter: write NAME=VALUE")
    try:
        return name, read_json(value.encode(errors="surrogateescape"))
    except NotJson:
        return name, value


def _changed(request: Any, design: Mapping[str, Any], changes: Mapping[str, Any]) -> Any:
    """The request with what the command line says; one that is no object is refused later."""
    if not isinstance(request, dict):
        return request
    before = request.get("design", {})
    if design and isinstance(before, dict):
        changes = {"design": {**before, **design}, **changes}
    return {**request, **changes}


def _told(asked: TableRequest, told_as: Told, colours: Paint) -> bytes:
    match told_as:
        case "text":
            return _lines(lines_of_table(printed(asked), colours))
        case "csv":
            return as_csv(table_of(asked)).encode()
        case "html":
            return page_of(printed(asked)).encode()
        case "json":
            return _TABLE.dump_json(table_of(asked), indent=2) + b"\n"


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _plain(text: str, _: Tone) -> str:
    """Nothing of a terminal's stands in a file."""
    return text
