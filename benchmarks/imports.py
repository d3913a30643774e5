"""Imports of every format, with adjudication and audit, beside a bare bulk insert of documents.

Each file has patients of its own, so that every row is new. What is inserted barely are the
versions of records that such a file made: the same columns, in a table without keys, in one
transaction. Reading alone is measured too, so that one sees where the time goes.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import Column, MetaData, Table, insert, select

from app.interchange.formats import Format, reader_of
from app.interchange.rows import ReadRow
from app.store.database import Database, sqlite_url
from app.store.migrate import upgrade
from app.store.statements import tables
from app.use_cases.importing import CHUNK
from benchmarks.generate.files import EVENTS, HOW, WRITERS, known
from benchmarks.measure import Cost, Run, side_by_side
from tests.imports.service import Importing, counts
from tests.store.postgres import embedded_server

PATIENTS: Final = 40
READ: Final = 400
"""Patients of a file that is only read."""
BARE: Final = "bare insert"
RECORDS: Final = "records-ndjson"
_BARE_ROWS: Final = 5_000
_SETTINGS: Final[Mapping[str, Any]] = {
    "grade_collection": HOW.grade_collection,
    "causality_agents": HOW.causality_agents,
    "causality": {"POSSIBLE": "possible", "UNRELATED": "unrelated"},
}


class NotWhole(AssertionError):
    """Rows were refused, or made no records: then the speed says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Seconds per row, by database and format, beside those of the bare insert."""

    costs: Mapping[str, Mapping[str, Cost]]
    reading: Mapping[str, Cost]

    def ratio(self, database: str, name: str) -> float:
        """Rows that are imported while one is barely inserted, by CPU time."""
        costs = self.costs[database]
        return costs[BARE].cpu / costs[name].cpu


@dataclass(slots=True, kw_only=True)
class Contender:
    """A study in a database, which files are imported into."""

    importing: Importing
    numbers: Iterator[int]

    def prepare(self) -> None:
        """Create the study."""
        self.importing.begin()
        self.importing.place = replace(self.importing.place, chunk=CHUNK)
        self.importing.system(**_SETTINGS)

    def file(self, name: str) -> bytes:
        """A file of patients of its own, who are known already where it does not tell of them."""
        start = next(self.numbers) * PATIENTS
        patients = range(start, start + PATIENTS)
        if name != RECORDS:
            self.importing.sent(known(patients), RECORDS)
        return WRITERS[name][1](patients)

    def run(self, format: Format, files: Iterator[bytes]) -> None:  # noqa: A002
        """Import the next file, from the request on."""
        told = counts(self.importing.sent(next(files), format))
        made = told.get("records", {}).get("created", 0) if format != "rave-audit" else 1
        if told.get("accepted") != told["rows"] or "refused" in told["records"] or not made:
            raise NotWhole(f"{format}: {told}")


def measure(repeats: int) -> Imported:
    """All formats in turn on each database, in one run of this process."""
    with ExitStack() as stack:
        databases = {
            "SQLite": Database(sqlite_url(Path(stack.enter_context(TemporaryDirectory())))),
            "PostgreSQL": stack.enter_context(stack.enter_context(embedded_server()).database()),
        }
        costs = {name: _on(each, repeats) for name, each in databases.items()}
    return Imported(costs=costs, reading=_reading(repeats))


def rows_of(name: str, patients: int) -> int:
    """The rows of a file of so many patients."""
    format_of_it, write = WRITERS[name]
    return sum(1 for row in _read(format_of_it, write(range(patients))) if row.number)


def _on(database: Database, repeats: int) -> Mapping[str, Cost]:
    upgrade(database)
    contender = Contender(importing=Importing(database=database), numbers=count())
    contender.prepare()
    runs: dict[str, Run] = {}
    for name, (format_of_it, _) in WRITERS.items():
        files = iter([contender.file(name) for _ in range(repeats + 1)])
        runs[name] = partial(contender.run, format_of_it, files)
    runs[BARE] = _bare(database, contender)
    costs = side_by_side(runs, repeats)
    contender.importing.close()
    database.close()
    rows = {name: rows_of(name, PATIENTS) for name in WRITERS} | {BARE: _BARE_ROWS}
    return {name: each.of_each(rows[name]) for name, each in costs.items()}


def _bare(database: Database, contender: Contender) -> Run:
    """Insert what an import wrote: the versions of events of one file, again and again."""
    contender.importing.sent(contender.file(RECORDS), RECORDS)
    versions, _ = tables("adverse_event")
    with database.reading() as connection:
        found = connection.execute(select(versions).limit(PATIENTS * EVENTS)).mappings().all()
    values = [dict(found[place % len(found)]) for place in range(_BARE_ROWS)]
    columns = (Column(each.name, each.type, nullable=True) for each in versions.columns)
    table = Table("bare", MetaData(), *columns)
    statement = insert(table)

    def run() -> None:
        with database.writing() as connection:
            connection.execute(statement, values)

    with database.writing() as connection:
        table.create(connection)
    return run


def _read(format: Format, content: bytes) -> list[ReadRow]:  # noqa: A002
    return list(reader_of(format)(io.BytesIO(content), HOW))


def _reading(repeats: int) -> Mapping[str, Cost]:
    """Seconds per row of reading a file of many patients, by format."""
    runs: dict[str, Run] = {}
    for name, (format_of_it, write) in WRITERS.items():
        runs[name] = partial(_read, format_of_it, write(range(READ)))
    costs = side_by_side(runs, repeats)
    return {name: each.of_each(rows_of(name, READ)) for name, each in costs.items()}
