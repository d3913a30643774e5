"""What Alembic runs: the migrations, on the connection that app/store/migrate.py hands over."""

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import app.store.tables  # noqa: F401 (they are what the metadata is of)
from app.store.types import WIDTH, UtcInstant


def plain(kind: str, item: Any, _: object) -> str | Literal[False]:
    """Write our column types as SQLAlchemy's own: a migration outlives the code of its day."""
    match item:
        case UtcInstant() if kind == "type":
            return f"sa.String({WIDTH})"
        case AutoString() if kind == "type":
            return f"sa.String({item.length})"
        case _:
            return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_item=plain,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
