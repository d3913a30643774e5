"""Statements on records, made once: making them anew costs more than running them."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    CompoundSelect,
    Insert,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    insert,
    literal,
    select,
    union_all,
    update,
)

from app.domain.record.kinds import Kind
from app.store.listed import LISTED
from app.store.record_tables import POINTERS, VERSIONS, Version
from app.store.tables import table_of

ORDER: Final = ("sequence", "source_time")
"""What a source orders its messages on a record by."""
COLUMNS: Final = tuple(Version.model_fields)


def tables(kind: Kind) -> tuple[Table, Table]:
    """The versions and the pointers of a kind."""
    return table_of(VERSIONS[kind]), table_of(POINTERS[kind])


def version_columns(kind: Kind) -> Sequence[Any]:
    """The columns of a kind's versions."""
    versions, _ = tables(kind)
    return [versions.c[name] for name in COLUMNS]


def currents(kind: Kind, *more: Any) -> Select[Any]:
    """Current versions of all records of a kind."""
    versions, pointers = tables(kind)
    same = and_(
        versions.c.study == pointers.c.study,
        versions.c.key == pointers.c.key,
        versions.c.version == pointers.c.current,
    )
    return select(*version_columns(kind), *more).select_from(pointers).join(versions, same)


@cache
def holding(kind: Kind) -> Select[Any]:
    """What holds of the record `key` of `study`, how far its history goes, and its order."""
    _, pointers = tables(kind)
    order = (pointers.c.sequence.label("highest"), pointers.c.source_time)
    return currents(kind, pointers.c.latest, *order).where(
        pointers.c.study == bindparam("study"), pointers.c.key == bindparam("key")
    )


@cache
def holdings(kind: Kind, dialect: str) -> Select[Any]:
    """The same of the records that are `listed`."""
    _, pointers = tables(kind)
    order = (pointers.c.sequence.label("highest"), pointers.c.source_time)
    return currents(kind, pointers.c.latest, *order).where(
        pointers.c.study == bindparam("study"), pointers.c.key.in_(LISTED[dialect])
    )


@cache
def of_patients(kinds: tuple[Kind, ...]) -> CompoundSelect[Any]:
    """What holds of all records of these kinds that count, of patients `subjects` of `study`."""
    parts = []
    for kind in kinds:
        _, pointers = tables(kind)
        parts.append(
            currents(kind, literal(kind).label("kind"), pointers.c.subject.label("patient")).where(
                pointers.c.study == bindparam("study"),
                pointers.c.subject.in_(bindparam("subjects", expanding=True)),
                pointers.c.voided.is_(False),
            )
        )
    return union_all(*parts)


@cache
def new_version(kind: Kind) -> Insert:
    """Write a version."""
    return insert(tables(kind)[0])


@cache
def new_pointer(kind: Kind) -> Insert:
    """Write the pointer of a record's first version."""
    return insert(tables(kind)[1])


@cache
def moved_pointer(kind: Kind, *, applied: bool) -> Update:
    """Move the pointer of `at_key` of `at_study` on, if it is where `at_latest` says."""
    _, pointers = tables(kind)
    names = ["latest"]
    if applied:
        names += ["current", "subject", "voided", *ORDER]
    return (
        update(pointers)
        .where(
            pointers.c.study == bindparam("at_study"),
            pointers.c.key == bindparam("at_key"),
            pointers.c.latest == bindparam("at_latest"),
        )
        .values({name: bindparam(name) for name in names})
    )


@cache
def moved_order(kind: Kind) -> Update:
    """Remember how far the source of the record `at_key` of `at_study` has come."""
    _, pointers = tables(kind)
    return (
        update(pointers)
        .where(pointers.c.study == bindparam("at_study"), pointers.c.key == bindparam("at_key"))
        .values({name: bindparam(name) for name in ORDER})
    )
