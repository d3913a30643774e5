"""How many records of a patient count, and when the last was written, is read off indexes.

They begin with what they were on before, so that nothing else asks them otherwise.
"""

from collections.abc import Sequence

from alembic import op

revision = "0008"
down_revision = "0007"

_KINDS = ("exposure", "adverse_event", "laboratory_result", "assessment")
_BEFORE = ("study", "subject")


def upgrade() -> None:
    """Make them wider."""
    _made_of(("study", "subject", "applied", "seq"), ("study", "subject", "voided"))


def downgrade() -> None:
    """Make them as they were."""
    _made_of(_BEFORE, _BEFORE)


def _made_of(versions: Sequence[str], pointers: Sequence[str]) -> None:
    for kind in _KINDS:
        for table, columns in ((f"{kind}_versions", versions), (f"{kind}s", pointers)):
            op.drop_index(f"ix_{table}_subject", table)
            op.create_index(f"ix_{table}_subject", table, list(columns))
