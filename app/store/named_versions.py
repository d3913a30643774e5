"""Versions of records by their numbers: what an adjudication names."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, select, tuple_

from app.domain.record.kinds import Kind
from app.store.records import Stored
from app.store.statements import tables, version_columns

_AT_ONCE: Final = 500


def named_versions(
    connection: Connection, kind: Kind, study: str, names: Collection[tuple[str, int]]
) -> dict[tuple[str, int], Stored]:
    """The versions of a study's records of a kind that have these keys and numbers.

    Those that are not there are left out.
    """
    versions, _ = tables(kind)
    name = tuple_(versions.c.key, versions.c.version)
    wanted = sorted(names)
    found = {}
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(*version_columns(kind)).where(
            versions.c.study == study, name.in_(wanted[start : start + _AT_ONCE])
        )
        for row in connection.execute(query):
            stored = Stored(**row._mapping)
            found[stored.key, stored.version] = stored
    return found
