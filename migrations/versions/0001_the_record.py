"""The record: studies, patients, events, adjudications, the trail, and the guards on them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INSTANT = sa.String(27)
DIGEST = sa.String(71)
NAME = sa.String(200)
KEY = sa.String(420)
ID = sa.String(36)
KEY_ID = sa.String(32)

RECORDS = {  # pointers and versions; those of patients are looked up by patient
    "studies": ("study_versions", False),
    "sites": ("site_versions", False),
    "subjects": ("subject_versions", True),
    "exposures": ("exposure_versions", True),
    "adverse_events": ("adverse_event_versions", True),
    "laboratory_results": ("laboratory_result_versions", True),
    "assessments": ("assessment_versions", True),
}
APPEND_ONLY = (
    "adjudications",
    "adverse_event_versions",
    "api_key_revocations",
    "api_keys",
    "assessment_versions",
    "audit_events",
    "exposure_versions",
    "hold_liftings",
    "holds",
    "laboratory_result_versions",
    "protocol_activations",
    "protocol_documents",
    "site_versions",
    "study_versions",
    "subject_versions",
)

SQLITE_GUARDS = (
    "CREATE TRIGGER {0}_no_update BEFORE UPDATE ON {0} "
    "BEGIN SELECT RAISE(ABORT, '{0} is append-only'); END",
    "CREATE TRIGGER {0}_no_delete BEFORE DELETE ON {0} "
    "BEGIN SELECT RAISE(ABORT, '{0} is append-only'); END",
)
POSTGRESQL_REFUSAL = """
CREATE FUNCTION doseguard_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$
"""
POSTGRESQL_GUARDS = (  # ALWAYS: also when a session says that it only replays a replica
    "CREATE TRIGGER {0}_no_change BEFORE UPDATE OR DELETE ON {0} "
    "FOR EACH ROW EXECUTE FUNCTION doseguard_refuse()",
    "CREATE TRIGGER {0}_no_truncate BEFORE TRUNCATE ON {0} "
    "FOR EACH STATEMENT EXECUTE FUNCTION doseguard_refuse()",
    "ALTER TABLE {0} ENABLE ALWAYS TRIGGER {0}_no_change",
    "ALTER TABLE {0} ENABLE ALWAYS TRIGGER {0}_no_truncate",
)


def upgrade() -> None:
    """Make the tables, then the guards."""
    for pointers, (versions, of_patients) in RECORDS.items():
        _make_pointers(pointers)
        _make_versions(versions)
        if of_patients:
            for table in (pointers, versions):
                op.create_index(f"ix_{table}_subject", table, ["study", "subject"])
    _make_protocols()
    _make_adjudications()
    _make_holds()
    _make_api_keys()
    _make_audit_events()
    _make_idempotent_answers()
    _make_guards()


def downgrade() -> None:
    """Drop all of it, with its rows."""
    for table in (
        *("idempotent_answers", "audit_events", "api_key_revocations", "api_keys"),
        *("hold_liftings", "holds", "current_adjudications", "adjudications"),
        *("protocol_activations", "protocol_documents"),
    ):
        op.drop_table(table)
    for pointers, (versions, _) in reversed(RECORDS.items()):
        op.drop_table(versions)
        op.drop_table(pointers)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION doseguard_refuse()")


def _make_pointers(table: str) -> None:
    op.create_table(
        table,
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


def _make_versions(table: str) -> None:
    op.create_table(
        table,
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


def _make_protocols() -> None:
    op.create_table(
        "protocol_documents",
        sa.Column("id", NAME, nullable=False),
        sa.Column("version", NAME, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", "version"),
    )
    op.create_table(
        "protocol_activations",
        sa.Column("study", NAME, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("protocol", NAME, nullable=False),
        sa.Column("version", NAME, nullable=False),
        sa.Column("digest", DIGEST, nullable=False),
        sa.Column("effective", sa.String(10), nullable=False),
        sa.Column("applies_to", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("study", "number"),
    )


def _make_adjudications() -> None:
    op.create_table(
        "adjudications",
        sa.Column("id", ID, nullable=False),
        sa.Column("study", NAME, nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("protocol", NAME, nullable=False),
        sa.Column("protocol_version", NAME, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("cause", sa.String(32), nullable=False),
        sa.Column("input_digest", DIGEST, nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("answer_digest", DIGEST, nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("supersedes", ID),
        sa.Column("due", INSTANT),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("study", "subject", "input_digest", name="uq_adjudications_input"),
        sa.UniqueConstraint("study", "subject", "number", name="uq_adjudications_number"),
    )
    op.create_index("ix_adjudications_study_seq", "adjudications", ["study", "seq"])
    op.create_table(
        "current_adjudications",
        sa.Column("study", NAME, nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("adjudication", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due", INSTANT),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("study", "subject"),
    )
    op.create_index("ix_current_adjudications_due", "current_adjudications", ["due"])


def _make_holds() -> None:
    op.create_table(
        "holds",
        sa.Column("id", ID, nullable=False),
        sa.Column("study", NAME, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reported_by", NAME, nullable=False),
        sa.Column("effective_from", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_holds_study", "holds", ["study"])
    op.create_table(
        "hold_liftings",
        sa.Column("hold", ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lifted_by", NAME, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hold"),
        sa.ForeignKeyConstraint(["hold"], ["holds.id"]),
    )


def _make_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", KEY_ID, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("study", NAME),
        sa.Column("person", sa.Boolean(), nullable=False),
        sa.Column("secret_digest", sa.String(64), nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "api_key_revocations",
        sa.Column("key", KEY_ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.ForeignKeyConstraint(["key"], ["api_keys.id"]),
    )


def _make_audit_events() -> None:
    op.create_table(
        "audit_events",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("study", NAME),
        sa.Column("subject", NAME),
        sa.Column("actor", NAME, nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("entity", sa.String(32), nullable=False),
        sa.Column("entity_id", KEY, nullable=False),
        sa.Column("reason_code", sa.String(64)),
        sa.Column("leaf", sa.Text(), nullable=False),
        sa.Column("leaf_hash", DIGEST, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("event_id"),
        sa.CheckConstraint("seq > 0", name="ck_audit_events_seq"),
    )
    op.create_index("ix_audit_events_study", "audit_events", ["study", "seq"])
    op.create_index("ix_audit_events_entity", "audit_events", ["entity", "entity_id", "seq"])
    op.create_index("ix_audit_events_recorded_at", "audit_events", ["recorded_at"])


def _make_idempotent_answers() -> None:
    op.create_table(
        "idempotent_answers",
        sa.Column("actor", NAME, nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("request_digest", DIGEST, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("actor", "key"),
    )
    op.create_index("ix_idempotent_answers_recorded_at", "idempotent_answers", ["recorded_at"])


def _make_guards() -> None:
    guards: tuple[str, ...] = SQLITE_GUARDS
    if op.get_context().dialect.name == "postgresql":
        op.execute(POSTGRESQL_REFUSAL)
        guards = POSTGRESQL_GUARDS
    for table in APPEND_ONLY:
        for guard in guards:
            op.execute(guard.format(table))
