"""Protocol versions that were added, and which version governs a study's patients from when on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, bindparam, insert, select

from app.store.tables import ProtocolActivation, ProtocolDocument, table_of

DOCUMENTS: Final = table_of(ProtocolDocument)
ACTIVATIONS: Final = table_of(ProtocolActivation)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedProtocol:
    """A version that was added; `document` is its canonical JSON."""

    id: str
    version: str
    digest: str
    document: str
    recorded_at: datetime
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """From `effective` (a date in the study's zone) on, this version governs.

    `applies_to` all patients, or `new_patients`: those first infused on that day or later.
    """

    study: str
    number: int
    protocol: str
    version: str
    digest: str
    effective: str
    applies_to: Literal["all", "new_patients"]
    reason: str
    recorded_at: datetime
    seq: int


def add_protocol(connection: Connection, added: AddedProtocol) -> None:
    """Write a version, which nothing will change."""
    connection.execute(insert(DOCUMENTS), _values(added))


def added_protocol(connection: Connection, protocol: str, version: str) -> AddedProtocol | None:
    """A version that was added, or None."""
    query = select(DOCUMENTS).where(DOCUMENTS.c.id == protocol, DOCUMENTS.c.version == version)
    row = connection.execute(query).first()
    return None if row is None else AddedProtocol(**row._mapping)


def added_versions(connection: Connection) -> list[tuple[str, str]]:
    """Id and version of all that were added, in the order in which they were."""
    query = select(DOCUMENTS.c.id, DOCUMENTS.c.version).order_by(DOCUMENTS.c.seq)
    return [(row.id, row.version) for row in connection.execute(query)]


def activate(connection: Connection, activation: Activation) -> None:
    """Write that a version governs from a day on."""
    connection.execute(insert(ACTIVATIONS), _values(activation))


def activations(
    connection: Connection, study: str, known_at: datetime | None = None
) -> list[Activation]:
    """The activations of a study in order, as they were known at an instant."""
    rows = connection.execute(_OF_STUDY, {"study": study})
    found = [Activation(**row._mapping) for row in rows]
    return [each for each in found if known_at is None or each.recorded_at <= known_at]


_OF_STUDY: Final = (
    select(ACTIVATIONS)
    .where(ACTIVATIONS.c.study == bindparam("study"))
    .order_by(ACTIVATIONS.c.number)
)


def _values(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in type(value).__dataclass_fields__}
