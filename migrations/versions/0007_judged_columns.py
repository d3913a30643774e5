"""The columns that current adjudications were evaluated from: one row for each patient.

They are changed with what is current, and prove nothing: the table has no guards. Adjudications
that were made before have none, and are judged from the record.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "judged_columns",
        sa.Column("study", sa.String(200), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("adjudication", sa.String(36), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("columns", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("study", "subject"),
    )


def downgrade() -> None:
    """Drop it, with its rows."""
    op.drop_table("judged_columns")
