"""What a person reads of a design on a terminal: its decision table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from app.domain.cohort.design import Decision, TableRow
from app.use_cases.design_tables import WORDS, Limits, Printed, blocks, patients_of
from app.use_cases.readable import Paint, Tone

_TONES: Final[Mapping[Decision, Tone]] = MappingProxyType(
    {
        "escalate": "good",
        "stay": "plain",
        "expand": "plain",
        "cohort_not_full": "faint",
        "suspend": "open",
        "de_escalate": "open",
        "exceeds_mtd": "bad",
        "eliminate": "bad",
    }
)
_CELL: Final = 4


def lines_of_table(table: Printed, paint: Paint) -> Iterator[str]:
    """A decision table in lines without line ends."""
    yield f"{table.published.name}: decisions for {table.patients}"
    made = "; ".join(f"{name} {value}" for name, value in table.parameters)
    yield paint(made, "faint")
    for rows in blocks(table.rows):
        yield ""
        yield from _decisions(rows, paint)
    yield ""
    for each in table.decisions:
        word = WORDS[each]
        letters = paint(f"{word.letters:<3}", _TONES[each])
        yield f"{letters}{word.name}: {word.means}"
    yield ""
    yield from _limits(table.limits)
    yield ""
    if table.boundaries is not None:
        limits = table.boundaries
        yield f"lambda_e {limits.lambda_e!r}: a rate at or below it escalates"
        yield f"lambda_d {limits.lambda_d!r}: a rate at or above it de-escalates"
    yield from table.notes
    if table.published.sources:
        yield f"Published in: {'; '.join(table.published.sources)}."
    yield paint(f"Doseguard {table.engine}, request {table.digest}", "faint")


def aligned(lines: Iterable[Sequence[str]]) -> Iterator[str]:
    """The columns to the right, each as wide as its widest cell."""
    every = list(lines)
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    for line in every:
        cells = (f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _decisions(rows: Sequence[TableRow], paint: Paint) -> Iterator[str]:
    yield paint(f"DLTs among {patients_of(rows)}", "faint")
    numbers = "".join(f"{row.n:>{_CELL}}" for row in rows)
    yield paint(f"{'':>{_CELL}}{numbers}", "faint")
    for dlts in range(rows[-1].n + 1):
        cells = "".join(_cell(row, dlts, paint) for row in rows)
        yield paint(f"{dlts:>{_CELL}}", "faint") + cells.rstrip(" ")


def _cell(row: TableRow, dlts: int, paint: Paint) -> str:
    if dlts > row.n:
        return " " * _CELL
    decision = row.decisions[dlts]
    return paint(f"{WORDS[decision].letters:>{_CELL}}", _TONES[decision])


def _limits(limits: Limits) -> Iterator[str]:
    heads = ("Patients", *limits.headings)
    yield from aligned(
        [
            heads,
            *(
                (str(n), *("none" if each is None else str(each) for each in numbers))
                for n, numbers in limits.rows
            ),
        ]
    )
