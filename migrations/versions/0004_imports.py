"""Imports: source systems and how they are read, files, jobs, rows, and rows that were refused."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INSTANT = sa.String(27)
NAME = sa.String(200)
KEY = sa.String(420)
DIGEST = sa.String(71)

APPEND_ONLY = (
    "source_system_versions",
    "imported_files",
    "file_pieces",
    "source_row_versions",
    "import_lines",
)
CHANGING = ("source_systems", "jobs", "source_rows")

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
    """Make the tables, then the guards of those that are only appended to."""
    _source_systems()
    _files()
    _jobs()
    _rows()
    on_postgresql = op.get_context().dialect.name == "postgresql"
    for table in APPEND_ONLY:
        for guard in POSTGRESQL_GUARDS if on_postgresql else SQLITE_GUARDS:
            op.execute(guard.format(table))


def downgrade() -> None:
    """Drop them, with their rows."""
    for table in (*APPEND_ONLY, *CHANGING):
        op.drop_table(table)


def _source_systems() -> None:
    op.create_table(
        "source_systems",
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
        "source_system_versions",
        sa.Column("study", NAME, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", NAME),
        sa.Column("result", sa.String(16), nullable=False),
        sa.Column("applied", sa.Boolean(), nullable=False),
        sa.Column("schema_number", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("sequence", sa.BigInteger()),
        sa.Column("source", sa.Text()),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("study", "key", "version"),
    )


def _files() -> None:
    op.create_table(
        "imported_files",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "file_pieces",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "number"),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("study", NAME, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("request_digest", DIGEST, nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger()),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text()),
        sa.Column("worker", sa.String(64)),
        sa.Column("leased_until", INSTANT),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_jobs_study", "jobs", ["study", "seq"])
    op.create_index("ix_jobs_request", "jobs", ["study", "request_digest"], unique=True)
    op.create_index("ix_jobs_state", "jobs", ["state"])


def _rows() -> None:
    op.create_table(
        "source_rows",
        sa.Column("study", NAME, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("system", NAME, nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("current", sa.Integer(), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("extract", NAME),
        sa.Column("sequence", sa.BigInteger()),
        sa.Column("source_time", INSTANT),
        sa.PrimaryKeyConstraint("study", "key"),
    )
    op.create_index("ix_source_rows_subject", "source_rows", ["study", "system", "subject"])
    op.create_table(
        "source_row_versions",
        sa.Column("study", NAME, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("sequence", sa.BigInteger()),
        sa.Column("job", sa.String(36), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("study", "key", "version"),
    )
    op.create_table(
        "import_lines",
        sa.Column("job", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job", "number"),
    )
