"""The tables of the engine that carries chunks, on PostgreSQL, in a schema of their own."""

from typing import Any

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0006"
down_revision = "0005"

SCHEMA = "doseguard_engine"


def upgrade() -> None:
    """Make what the installed engine needs; SQLite needs none, where one process does all.

    The tables hold nothing that is not also in the record: for another version of the engine,
    another revision drops the schema and makes it again.
    """
    if op.get_context().dialect.name != "postgresql":
        return
    before = op.get_bind().exec_driver_sql("SHOW search_path").scalar_one()
    op.execute(f"CREATE SCHEMA {SCHEMA}")
    op.execute(f"SET LOCAL search_path TO {SCHEMA}")
    # The driver itself: it takes many statements at once, and none of their signs for its own.
    driver: Any = op.get_bind().connection.driver_connection
    driver.execute(SchemaManager.get_schema())
    op.execute(f"SET LOCAL search_path TO {before}")


def downgrade() -> None:
    """Drop them, with the tasks that wait: their jobs are in the record."""
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
