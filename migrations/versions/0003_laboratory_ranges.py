"""The limits of normal that laboratories state, in versions."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

POINTERS = "laboratory_ranges"
VERSIONS = "laboratory_range_versions"
INSTANT = sa.String(27)
NAME = sa.String(200)
KEY = sa.String(420)

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
    """Make both tables, then the guards of the versions."""
    op.create_table(
        POINTERS,
        sa.Column("study", NAME, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("subject", NAME),
        sa.Column("current", sa.Integer(), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("voided", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.BigInteger()),
        sa.Column("source_time", INSTANT),
        sa.PrimaryKeyConstraint("study", "key"),
    )
    op.create_table(
        VERSIONS,
        sa.Column("study", NAME, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", NAME),
        sa.Column("result", sa.String(16), nullable=False),
        sa.Column("applied", sa.Boolean(), nullable=False),
        sa.Column("schema_number", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("sequence", sa.BigInteger()),
        sa.Column("source", sa.Text()),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("study", "key", "version"),
    )
    on_postgresql = op.get_context().dialect.name == "postgresql"
    for guard in POSTGRESQL_GUARDS if on_postgresql else SQLITE_GUARDS:
        op.execute(guard.format(VERSIONS))


def downgrade() -> None:
    """Drop both, with their rows."""
    op.drop_table(VERSIONS)
    op.drop_table(POINTERS)
