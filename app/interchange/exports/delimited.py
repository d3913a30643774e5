"""Tables as CSV (RFC 4180, UTF-8) that a spreadsheet opens without running what is in it.

Spreadsheets take a cell that begins with = + - @ or a tab for a formula, quoted or not. Following
OWASP's advice on CSV injection such a cell gets an apostrophe before it. So that nothing is lost,
a cell which begins with an apostrophe already gets one too: whoever takes one apostrophe away from
each cell that begins with one has what was recorded.
"""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Final

from app.interchange.exports.columns import Cell, Table

GUARD: Final = "'"
_FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 (their full-width forms count too)


def guarded(text: str) -> str:
    """The text as it stands in a cell."""
    return GUARD + text if text.startswith((*_FORMULA, GUARD)) else text


def unguarded(cell: str) -> str:
    """The text that a cell holds."""
    return cell.removeprefix(GUARD)


def as_csv(table: Table, rows: Iterable[tuple[Cell, ...]]) -> Iterator[str]:
    """The names of the columns, then a line a row."""
    line = StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    yield line.getvalue()
    for row in rows:
        line.seek(0)
        line.truncate()
        writer.writerow([each if isinstance(each, int) else guarded(each) for each in row])
        yield line.getvalue()
