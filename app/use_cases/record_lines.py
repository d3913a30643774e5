"""Lines in the service's own form: what they send, and what is asked for at once on their way."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.domain.errors import DomainError
from app.domain.record.kinds import Kind
from app.interchange.rows import ReadRow, RecordRow
from app.store.records import Records
from app.store.writer import Unit
from app.use_cases.records import Sent

ReadItem = Callable[[dict[str, Any]], Sent]
"""What a line in the service's own form sends. Raises DomainError."""


def sent_by(
    unit: Unit, study: str, rows: Sequence[ReadRow], read_item: ReadItem
) -> Mapping[int, Sent | DomainError]:
    """What the lines among some rows send, by place, or why they send nothing.

    What holds of their records and of their patients is read at once, for who writes them next.
    """
    found: dict[int, Sent | DomainError] = {}
    keys: dict[Kind, set[str]] = {"subject": set()}
    for place, row in enumerate(rows):
        if not isinstance(row, RecordRow):
            continue
        try:
            sent = found[place] = read_item(row.value)
        except DomainError as error:
            found[place] = error
            continue
        keys.setdefault(sent.kind, set()).add(sent.key)
        if sent.document.subject is not None:
            keys["subject"].add(sent.document.subject)
    for kind, several in keys.items():
        Records(connection=unit.connection, kind=kind, study=study).look_ahead(several)
    return found
