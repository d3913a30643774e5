"""The sentences of dictionaries, as they were imported."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TABLE = "dictionary_texts"
SQLITE_GUARDS = (
    "CREATE TRIGGER {0}_no_update BEFORE UPDATE ON {0} "
    "BEGIN SELECT RAISE(ABORT, '{0} is append-only'); END",
    "CREATE TRIGGER {0}_no_delete BEFORE DELETE ON {0} "
    "BEGIN SELECT RAISE(ABORT, '{0} is append-only'); END",
)
POSTGRESQL_GUARDS = (
    "CREATE TRIGGER {0}_no_change BEFORE UPDATE OR DELETE ON {0} "
    "FOR EACH ROW EXECUTE FUNCTION doseguard_refuse()",
    "CREATE TRIGGER {0}_no_truncate BEFORE TRUNCATE ON {0} "
    "FOR EACH STATEMENT EXECUTE FUNCTION doseguard_refuse()",
    "ALTER TABLE {0} ENABLE ALWAYS TRIGGER {0}_no_change",
    "ALTER TABLE {0} ENABLE ALWAYS TRIGGER {0}_no_truncate",
)


def upgrade() -> None:
    """Make the table, then its guards."""
    op.create_table(
        TABLE,
        sa.Column("dictionary", sa.String(200), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("source_digest", sa.String(71), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("dictionary", "number"),
    )
    on_postgresql = op.get_context().dialect.name == "postgresql"
    for guard in POSTGRESQL_GUARDS if on_postgresql else SQLITE_GUARDS:
        op.execute(guard.format(TABLE))


def downgrade() -> None:
    """Drop it: whoever has the publications can import them again."""
    op.drop_table(TABLE)
