"""The columns that the current adjudications were evaluated from: one row for each patient."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Insert, and_, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from app.store.adjudications import CURRENT
from app.store.buffer import insert_row
from app.store.listed import LISTED, as_list
from app.store.tables import JudgedColumns, table_of

COLUMNS: Final = table_of(JudgedColumns)


class StoredColumns(NamedTuple):
    """The row of a patient. `told` is a JSON text."""

    study: str
    subject: str
    adjudication: str
    told: str
    columns: bytes


def put_columns(connection: Connection, stored: StoredColumns) -> None:
    """Write the columns of a patient, in place of those of an earlier adjudication."""
    insert_row(connection, _PUT[connection.dialect.name], stored._asdict())


def columns_of(
    connection: Connection, study: str, subjects: Sequence[str]
) -> dict[str, StoredColumns]:
    """The columns of some patients, by patient: of those whose current adjudication has some."""
    given = {"study": study, "listed": as_list(subjects)}
    rows = connection.execute(_OF_PATIENTS[connection.dialect.name], given).all()
    return {each.subject: each for each in map(StoredColumns._make, rows)}


def _put(inserted: Any) -> Insert:
    told = inserted(COLUMNS)
    new = {name: told.excluded[name] for name in ("adjudication", "told", "columns")}
    statement: Insert = told.on_conflict_do_update(index_elements=["study", "subject"], set_=new)
    return statement


_PUT: Final = {"sqlite": _put(sqlite.insert), "postgresql": _put(postgresql.insert)}
_OF_WHAT_STANDS: Final = and_(
    CURRENT.c.study == COLUMNS.c.study,
    CURRENT.c.subject == COLUMNS.c.subject,
    CURRENT.c.adjudication == COLUMNS.c.adjudication,
)
_OF_PATIENTS: Final = {
    dialect: select(*(COLUMNS.c[name] for name in StoredColumns._fields))
    .join(CURRENT, _OF_WHAT_STANDS)
    .where(COLUMNS.c.study == bindparam("study"), COLUMNS.c.subject.in_(listed))
    for dialect, listed in LISTED.items()
}
