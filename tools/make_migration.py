"""Write the migration from the newest revision to what app/store/tables.py says now.

    make migration m="what changes"

The difference is found against a SQLite database that is migrated for it and then thrown away.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command

from app.store.database import Database, sqlite_url
from app.store.migrate import config_for, revisions, upgrade


def make_migration(message: str) -> None:
    """Write a numbered file into migrations/versions."""
    with TemporaryDirectory() as folder:
        database = Database(sqlite_url(Path(folder)))
        upgrade(database)
        with database.reading() as connection:
            number = f"{len(revisions()) + 1:04}"
            command.revision(config_for(connection), message, autogenerate=True, rev_id=number)
        database.close()


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        raise SystemExit('Say what changes: make migration m="add the sponsor of a study"')
    make_migration(sys.argv[1].strip())
