"""Re-adjudications: the patients of each chunk, what came of it, and whose verdicts changed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = ("readjudication_chunks", "readjudication_results", "readjudication_changes")

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
    """Make the tables, then their guards: they are only appended to."""
    op.create_table(
        "readjudication_chunks",
        sa.Column("job", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("subjects", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job", "number"),
    )
    op.create_table(
        "readjudication_results",
        sa.Column("job", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job", "number"),
    )
    op.create_table(
        "readjudication_changes",
        sa.Column("job", sa.String(36), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job", "subject"),
    )
    op.create_index("ix_readjudication_changes_seq", "readjudication_changes", ["seq"])
    on_postgresql = op.get_context().dialect.name == "postgresql"
    for table in TABLES:
        for guard in POSTGRESQL_GUARDS if on_postgresql else SQLITE_GUARDS:
            op.execute(guard.format(table))


def downgrade() -> None:
    """Drop them, with their rows."""
    for table in TABLES:
        op.drop_table(table)
