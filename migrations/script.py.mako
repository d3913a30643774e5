"""${message[0].upper() + message[1:]}.

A table that is only appended to needs its guards, here and in the list of app/store/tables.py. On
SQLite a batch that makes the table again drops them: make them again too.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision).replace("'", '"')}
down_revision = ${repr(down_revision).replace("'", '"')}


def upgrade() -> None:
    """Change the tables, and keep their rows."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Change them back."""
    ${downgrades if downgrades else "pass"}
