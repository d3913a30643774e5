"""What rows of a patient told once and tell no more: left in the record, or taken out of it.

A blank takes nothing back: a field that the source told stays as it is recorded, and that is
told. What rows told that turn out to be of another patient never was of this one, and goes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Final

from app.domain.case import SubjectData
from app.domain.record.kinds import BY_SOURCE
from app.domain.source_system import SourceSystem
from app.interchange.made import HeldRow, Made
from app.interchange.patients import patients_of
from app.store.records import Records, of_patient
from app.store.source_rows import is_told_by_rows
from app.store.writer import Unit
from app.use_cases.provenance import Provenance
from app.use_cases.snapshot import content_of

_DOMAINS: Final = ("DM", "DS")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldBefore:
    """Of a patient's record, what rows told: fields that stay, and fields that have to go.

    `row` is one of the rows. `is_nobodys` says that rows made all of the record, and that nothing
    is left of the patient.
    """

    row: str
    stays: tuple[str, ...]
    goes: tuple[str, ...]
    is_nobodys: bool


def told_before(
    unit: Unit, study: str, subject: str, rows: Sequence[HeldRow], made: Made | None,
    how: SourceSystem,
) -> ToldBefore | None:  # fmt: skip
    """What rows of a patient told that they tell no more; None where there is nothing of it."""
    own = [row for row in rows if row.domain in _DOMAINS]
    moved = [row for row in own if row.moved is not None]
    if not moved and not any(row.before or row.removed for row in own):
        return None
    records = Records(connection=unit.connection, kind="subject", study=study)
    holding = records.holding(subject)
    if holding is None or holding.stored.voided:
        return None
    held = content_of("subject", holding.stored, SubjectData)
    provenance = Provenance(unit=unit, records=records, key=subject)
    governed = frozenset(() if made is None else made.governs or ())
    elsewhere = dict(_told(moved, how))
    once = dict(_told(_as_they_were(own), how))

    def is_theirs(name: str, values: Iterable[Any]) -> bool:
        value = getattr(held, name)
        if name in governed or value is None or value not in values:
            return False
        return provenance.is_of_rows(attrgetter(name))

    goes = tuple(name for name, values in elsewhere.items() if is_theirs(name, values))
    stays = tuple(
        name for name, values in once.items() if name not in goes and is_theirs(name, values)
    )
    nobodys = bool(moved) and made is None and _is_nobodys(unit, study, subject, provenance)
    if not (goes or stays or nobodys):
        return None
    return ToldBefore(row=own[0].key, stays=stays, goes=goes, is_nobodys=nobodys)


def _as_they_were(rows: Iterable[HeldRow]) -> Iterator[HeldRow]:
    """Rows that were taken back, and those that others were before they changed."""
    for row in rows:
        if row.removed and row.moved is None:
            yield row
        for cells in row.before:
            yield replace(row, fields=cells)


def _told(rows: Iterable[HeldRow], how: SourceSystem) -> Iterator[tuple[str, list[Any]]]:
    """The fields that rows tell, each by itself or together, and the values."""
    standing = [replace(row, removed=False) for row in rows]
    found: dict[str, list[Any]] = {}
    for some in (*((row,) for row in standing), standing):
        for each in patients_of(some, how):
            if isinstance(each, Made):
                for name in each.governs or ():
                    found.setdefault(name, []).append(getattr(each.document.content, name))
    yield from sorted(found.items())


def _is_nobodys(unit: Unit, study: str, subject: str, provenance: Provenance) -> bool:
    if is_told_by_rows(unit.connection, study, subject):
        return False
    rest: Mapping[Any, Sequence[Any]] = of_patient(unit.connection, BY_SOURCE, study, subject)
    return not any(rest.values()) and None not in provenance.makers()
