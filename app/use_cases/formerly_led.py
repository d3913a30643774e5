"""Records that another system leads, and to which a key map sent rows that it sends there no more.

`keys` of a source system says which of its events another system leads, and its rows are then
written there. Where that was wrong, what they made stands beside what they make now.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from app.domain.record.kinds import key_of
from app.domain.source_system import SourceSystem
from app.interchange.assemble import assemble
from app.interchange.made import Assembly, HeldRow
from app.store.records import Records
from app.store.writer import Unit
from app.use_cases.provenance import Provenance
from app.use_cases.snapshot import content_of

_AT_ONCE: Final = 500
KeyMap = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerlyLed:
    """A record that rows made under a key map that holds no more.

    `row` is one of the rows; `is_ours` says that nobody but the rows of the system ever wrote it.
    """

    key: str
    row: str
    is_ours: bool


def key_maps_before(
    connection: Connection, study: str, system: str, how: SourceSystem
) -> tuple[KeyMap, ...]:
    """The key maps of earlier versions of a system's settings, each once, but for today's."""
    records = Records(connection=connection, kind="source_system", study=study)
    found: list[KeyMap] = []
    after: int | None = 0
    while after is not None:
        page = records.history(system, after=after, limit=_AT_ONCE)
        for each in page:
            keys = content_of("source_system", each, SourceSystem).keys
            if keys != how.keys and keys not in found:
                found.append(keys)
        after = page[-1].version if len(page) == _AT_ONCE else None
    return tuple(found)


def formerly_led(
    unit: Unit, study: str, system: str, rows: Sequence[HeldRow], assembly: Assembly,
    how: SourceSystem, maps: Sequence[KeyMap],
) -> Iterator[FormerlyLed]:  # fmt: skip
    """The records that count whose last version rows of a system made, and make no more."""
    now = {(each.system, each.record_id) for each in assembly.made}
    records = Records(connection=unit.connection, kind="adverse_event", study=study)
    asked: set[tuple[str, str]] = set()
    for keys in maps:
        for made in assemble(rows, replace(how, keys=dict(keys))).made:
            if made.system is None or (made.system, made.record_id) in now | asked:
                continue
            asked.add((made.system, made.record_id))
            key = key_of(made.system, made.record_id)
            holding = records.holding(key)
            if holding is None or holding.stored.voided:
                continue
            provenance = Provenance(unit=unit, records=records, key=key)
            if provenance.last_maker() == system:
                is_ours = provenance.makers() == {system}
                yield FormerlyLed(key=key, row=made.rows[0], is_ours=is_ours)
