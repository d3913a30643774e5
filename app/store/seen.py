"""What has been seen of a file: names and what each told, on disk where they are many."""

import sqlite3
from typing import Final

_BEGIN: Final = (
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "CREATE TABLE seen (name BLOB PRIMARY KEY, told BLOB, place TEXT) WITHOUT ROWID",
)


class Seen:
    """A mapping of digests in bounded memory: a database of its own, that goes when it does."""

    def __init__(self) -> None:
        # Whoever ends the reading of a file may be another thread than the one that read it.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for statement in _BEGIN:
            self._database.execute(statement)

    def before(self, name: bytes) -> tuple[bytes, str] | None:
        """What was told by this name last, and where."""
        query = "SELECT told, place FROM seen WHERE name = ?"
        found: tuple[bytes, str] | None = self._database.execute(query, (name,)).fetchone()
        return found

    def remember(self, name: bytes, told: bytes, place: str) -> None:
        """This was told by the name."""
        statement = "INSERT OR REPLACE INTO seen VALUES (?, ?, ?)"
        self._database.execute(statement, (name, told, place))

    def close(self) -> None:
        """Forget it all."""
        self._database.close()
