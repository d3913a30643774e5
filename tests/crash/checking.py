"""What the record holds after a crash: all that was acknowledged, once, and a whole trail."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, select

from app.domain.record.kinds import Kind
from app.domain.record.leaf import check_chain
from app.store.adjudications import ADJUDICATIONS, CURRENT
from app.store.audit import leaves
from app.store.database import Database
from app.store.holds import HOLDS, LIFTINGS
from app.store.record_tables import POINTERS, VERSIONS
from app.store.tables import table_of
from app.use_cases.replay import differences
from tests.crash.clients import Acknowledged
from tests.crash.workload import Made

KINDS: Final[tuple[Kind, ...]] = ("study", "subject", "adverse_event")
_OF_ROWS: Final = frozenset({*KINDS, "hold", "adjudication"})
_MOVED: Final = "adjudication.reinstated"  # it makes an adjudication current, and writes none


@dataclass(slots=True)
class Faults:
    """What is not as it has to be, in words."""

    lost: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    @property
    def none(self) -> bool:
        """Whether all is well."""
        return not (self.lost or self.duplicates or self.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the database holds: versions by kind and key, holds by reason, leaves by number."""

    versions: dict[tuple[str, str], list[Any]]
    holds: dict[str, list[Any]]
    liftings: dict[str, Any]
    adjudications: dict[str, int]
    trail: list[tuple[int, str, str]]

    @classmethod
    def by(cls, connection: Connection) -> "Held":
        """All of it."""
        versions: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for kind in KINDS:
            table = table_of(VERSIONS[kind])
            for row in connection.execute(select(table).order_by(table.c.key, table.c.version)):
                versions[kind, row.key].append(row)
        holds: dict[str, list[Any]] = defaultdict(list)
        for row in connection.execute(select(HOLDS)):
            holds[row.reason].append(row)
        found = connection.execute(select(ADJUDICATIONS.c.id, ADJUDICATIONS.c.seq))
        return cls(
            versions=dict(versions),
            holds=dict(holds),
            liftings={row.hold: row for row in connection.execute(select(LIFTINGS))},
            adjudications={row.id: row.seq for row in found},
            trail=list(leaves(connection)),
        )


def faults_of(database: Database, acknowledged: Sequence[Acknowledged]) -> Faults:
    """Compare the record with what its clients were told; nobody else may have written to it."""
    with database.reading() as connection:
        held = Held.by(connection)
        faults = Faults()
        for each in acknowledged:
            for made in each.write.makes:
                faults.lost += _lost(held, made)
            faults.others += _untrue(held, each)
        faults.duplicates += _duplicates(held)
        faults.others += _beyond(
            held, [made for each in acknowledged for made in each.write.makes]
        )
        faults.others += _trail(held)
        faults.others += _pointers(connection, held)
        faults.others += [each.text for each in differences(connection)]
        if database.is_sqlite:
            answer = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
            faults.others += [] if answer == ["ok"] else [str(each) for each in answer]
    return faults


def _lost(held: Held, made: Made) -> Iterator[str]:
    """Whether what was acknowledged is not there, or is another."""
    if made.kind == "hold":
        placed = held.holds.get(made.key, ())
        if not placed or (made.result == "lifted" and placed[0].id not in held.liftings):
            yield f"{made}: there is no such hold"
        return
    rows = held.versions.get((made.kind, made.key), ())
    found = [row for row in rows if row.version == made.version]
    if not found:
        yield f"{made}: not among {[row.version for row in rows]}"
    elif found[0].result != made.result or f'"{made.mark}"' not in found[0].document:
        yield f"{made}: stands as {found[0].result} {found[0].document}"


def _untrue(held: Held, acknowledged: Acknowledged) -> Iterator[str]:
    """What an answer says of the record and does not hold: versions, receipts, verdicts."""
    told = acknowledged.answer.value
    for each in (*told.get("items", ()), *([told] if "record" in told else ())):
        record = each["record"]
        rows = held.versions.get((record["kind"], record["key"]), ())
        found = [row.digest for row in rows if row.version == record["version"]]
        if found != [record["digest"]]:
            yield f"{record['key']} was acknowledged as {record['digest']}, not {found}"
        yield from _receipt(held, each["audit"], record["key"])
    if "hold" in told:
        yield from _receipt(held, told["audit"], told["hold"]["id"])
    for each in told.get("adjudications", ()):
        if each["adjudication"] not in held.adjudications:
            yield f"adjudication {each['adjudication']} was answered and is not there"


def _receipt(held: Held, receipt: dict[str, Any] | None, entity_id: str) -> Iterator[str]:
    """Whether the trail has the event of a receipt; None is of a request that wrote nothing."""
    if receipt is None:
        return
    seq, text, hashed = (*held.trail[receipt["seq"] - 1 : receipt["seq"]], (0, "{}", ""))[0]
    if (seq, hashed) != (receipt["seq"], receipt["leaf_hash"]):
        yield f"receipt {receipt} of {entity_id} is not in the trail"
    elif json.loads(text)["entity_id"] != entity_id:
        yield f"receipt {receipt} is not of {entity_id}"


def _duplicates(held: Held) -> Iterator[str]:
    """What is there twice: a content that was sent once, a standing, a hold."""
    for (_, key), rows in held.versions.items():
        sent = Counter(row.digest for row in rows if row.result not in {"voided", "restored"})
        moved = Counter(
            row.result for row in rows if row.result in {"created", "voided", "restored"}
        )
        yield from (
            f"{key}: {what} {many} times" for what, many in (sent + moved).items() if many > 1
        )
    yield from (f"{reason}: {len(rows)} holds" for reason, rows in held.holds.items() if rows[1:])


def _beyond(held: Held, makes: Sequence[Made]) -> Iterator[str]:
    """What nobody was told of."""
    expected = {(made.kind, made.key, made.version) for made in makes if made.kind != "hold"}
    there = {
        (kind, row.key, row.version) for (kind, _), rows in held.versions.items() for row in rows
    }
    yield from (f"{each} is there unasked" for each in sorted(there - expected))
    reasons = {made.key for made in makes if made.kind == "hold"}
    yield from (f"hold {each} is there unasked" for each in sorted(held.holds.keys() - reasons))


def _trail(held: Held) -> Iterator[str]:
    """Whether the trail is whole, and tells of each row once, and of nothing else."""
    broken = check_chain(held.trail)
    if broken is not None:
        yield f"the trail breaks at {broken.seq}: {broken.reason}"
    told = Counter(
        (leaf["entity"], leaf["entity_id"], leaf["seq"])
        for leaf in (json.loads(text) for _, text, _ in held.trail)
        if leaf["entity"] in _OF_ROWS and leaf["action"] != _MOVED
    )
    rows = [(kind, row.key, row.seq) for (kind, _), each in held.versions.items() for row in each]
    rows += [("hold", row.id, row.seq) for each in held.holds.values() for row in each]
    rows += [("hold", row.hold, row.seq) for row in held.liftings.values()]
    rows += [("adjudication", each, seq) for each, seq in held.adjudications.items()]
    yield from (f"{each} stands in no event" for each in (Counter(rows) - told))
    yield from (f"event {each} tells of nothing that is there" for each in (told - Counter(rows)))


def _pointers(connection: Connection, held: Held) -> Iterator[str]:
    """Whether each record points at what was applied last."""
    for kind in KINDS:
        pointers = {row.key: row for row in connection.execute(select(table_of(POINTERS[kind])))}
        for (of, key), rows in held.versions.items():
            if of != kind:
                continue
            applied = max(row.version for row in rows if row.applied)
            pointer = pointers.get(key)
            if pointer is None or (pointer.current, pointer.latest) != (applied, rows[-1].version):
                yield f"the pointer of {key} is {pointer}, and not {applied}, {rows[-1].version}"
    told = [json.loads(text) for _, text, _ in held.trail]
    last = {
        each["subject"]: each["entity_id"] for each in told if each["entity"] == "adjudication"
    }
    current = {row.subject: row.adjudication for row in connection.execute(select(CURRENT))}
    if current != last:
        unlike = current.items() ^ last.items()
        yield f"other adjudications are current than the trail says: {unlike}"
