"""What the writer has at hand within one unit: rows that wait to be inserted, and what is held.

Most of what a statement costs is paid for each statement, and not for each row. So rows that a
unit adds one by one go to the database together: before anything else is asked of its connection,
whatever that is, and so at the latest when its savepoint is released. Nothing can be read without
them, and a transaction that would be committed without them fails.

What was read or written of a record is known without asking again: nobody else writes meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Insert, event

_OPTION: Final = "doseguard_buffer"


class RowsForgotten(RuntimeError):
    """A transaction would be committed without some of its rows: a defect, no request's fault."""

    def __init__(self, number: int) -> None:
        super().__init__(f"{number} rows were not written before the commit")


@dataclass(slots=True, kw_only=True)
class Buffer:
    """What is at hand on one connection, from the beginning of a unit to its end."""

    connection: Connection
    known: dict[Any, Any] = field(default_factory=dict)
    """What is known of records (`app.store.records`)."""
    _waiting: dict[Insert, list[Mapping[str, Any]]] = field(default_factory=dict)
    _is_writing: bool = False

    def insert(self, statement: Insert, row: Mapping[str, Any]) -> None:
        """Insert a row, soon. All rows of a statement have the same columns."""
        self._waiting.setdefault(statement, []).append(row)

    def write(self) -> None:
        """Insert what waits: table by table in the order of the first row of each."""
        if self._is_writing:
            return
        self._is_writing = True
        try:
            for statement, rows in self._waiting.items():
                self.connection.execute(statement, rows if len(rows) > 1 else rows[0])
        finally:
            self._is_writing = False
        self._waiting = {}  # not before: what could not be written is not forgotten

    def drop(self) -> None:
        """Forget what waits, and all that is known: what the unit did is taken back."""
        self._waiting = {}
        self.known = {}

    def finish(self) -> None:
        """Insert what waits, and forget what is known: the unit is at its end."""
        self.write()
        self.known = {}

    def attach(self) -> None:
        """Take what is inserted on the connection from now on, and mind what is asked of it."""
        self.connection.execution_options(**{_OPTION: self})
        event.listen(self.connection, "before_cursor_execute", self._before_statement)

    def _before_statement(self, *_: Any) -> None:
        if self._waiting:
            self.write()

    def require_nothing_waits(self) -> None:
        """Raises RowsForgotten: the transaction must not be committed as it is."""
        if self._waiting:
            raise RowsForgotten(sum(map(len, self._waiting.values())))


def buffer_of(connection: Connection) -> Buffer | None:
    """What is at hand on a connection; None on one that is not the writer's."""
    found: Buffer | None = connection.get_execution_options().get(_OPTION)
    return found


def insert_row(connection: Connection, statement: Insert, row: Mapping[str, Any]) -> None:
    """Insert a row: together with others, where the connection is the writer's."""
    buffer = buffer_of(connection)
    if buffer is None:
        connection.execute(statement, row)
    else:
        buffer.insert(statement, row)
