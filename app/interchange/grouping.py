"""Which rows of AE are one event, by what the study collects and what ties the rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.source_system import SourceSystem
from app.interchange.event_rows import EventRow
from app.interchange.identity import made_key
from app.interchange.made import HeldRow
from app.interchange.relations import Relation, same_number
from app.interchange.stretches import Stretch, adjoins, ends_later

GROUP, SPONSOR_ID = "AEGRPID", "AESPID"
_TIES: Final = (GROUP, SPONSOR_ID)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventGroup:
    """The rows of one event, in the order of their keys, and the id of its record.

    `joined` says that nothing but their times ties some of them; `of_several_terms` names the
    groups (variable and id) that tie them to rows of other terms.
    """

    rows: tuple[EventRow, ...]
    record_id: str
    joined: bool = False
    of_several_terms: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """By what its term is known."""
        return frozenset().union(*(row.names for row in self.rows))


def groups_of(
    rows: Sequence[EventRow], relations: Iterable[Relation], system: SourceSystem
) -> tuple[EventGroup, ...]:
    """The events that rows of AE tell, in the order of their ids.

    Where a row is a whole event, each is one. Else rows of one term are one event that AEGRPID,
    AESPID or RELREC tie; and, where each row is a time at one grade and has no AEGRPID, those of
    one term of which one begins where another ends.
    """
    ordered = sorted(rows, key=lambda row: row.key)
    if system.grade_collection in {"worst_only", "findings_about"}:
        groups = [EventGroup(rows=(row,), record_id=row.key) for row in ordered]
        return tuple(sorted(groups, key=lambda group: group.record_id))
    united = _United(ordered)
    shared = _shared(ordered)
    for members in (*shared.values(), *_related(ordered, relations)):
        for of_one_term in _by_name(members).values():
            for other in of_one_term[1:]:
                united.join(of_one_term[0], other)
    joined: set[str] = set()
    per_grade = system.grade_collection == "row_per_grade"
    if per_grade:
        joined = united.join_adjacent(ordered)
    return tuple(
        sorted(
            (_group(members, shared, joined, per_grade) for members in united.all()),
            key=lambda group: group.record_id,
        )
    )


def ids_of(row: HeldRow) -> tuple[str, ...]:
    """Every id that a record made of a row of AE could have, or could have had before."""
    found = [row.key]
    for cells in (row.fields, *row.before):
        for variable in _TIES:
            value = same_number(cells.get(variable, ""))
            if value:
                found.append(_tie_id(row.subject, variable, value))
    return tuple(dict.fromkeys(found))


class _United:
    """Rows that are one event, by their keys."""

    def __init__(self, rows: Sequence[EventRow]) -> None:
        self._rows = {row.key: row for row in rows}
        self._root = {key: key for key in self._rows}

    def root(self, row: EventRow) -> str:
        key = row.key
        while self._root[key] != key:
            self._root[key] = self._root[self._root[key]]
            key = self._root[key]
        return key

    def join(self, one: EventRow, other: EventRow) -> None:
        first, last = sorted((self.root(one), self.root(other)))
        self._root[last] = first

    def all(self) -> Iterator[tuple[EventRow, ...]]:
        members: dict[str, list[EventRow]] = {}
        for row in self._rows.values():
            members.setdefault(self.root(row), []).append(row)
        return (tuple(each) for each in members.values())

    def join_adjacent(self, rows: Sequence[EventRow]) -> set[str]:
        """Joins rows of one term that touch in time; the keys of those that only this ties."""
        free = [row for row in rows if not row.cell(GROUP) and row.start is not None]
        ties: list[tuple[EventRow, EventRow]] = []
        for members in _by_name(free).values():
            stretches = sorted(((row.stretch, row) for row in members), key=_in_time)
            longest, of_longest = stretches[0]
            for stretch, row in stretches[1:]:
                if adjoins(longest, stretch) and self.root(of_longest) != self.root(row):
                    ties.append((of_longest, row))
                if ends_later(stretch, longest):
                    longest, of_longest = stretch, row
        for one, other in ties:
            self.join(one, other)
        return {row.key for pair in ties for row in pair}


def _in_time(pair: tuple[Stretch, EventRow]) -> tuple[int, int, int, int, int, str]:
    return pair[0].order


def _by_name(rows: Iterable[EventRow]) -> Mapping[str, list[EventRow]]:
    """Rows by each name of their term: those of one name are of one term."""
    named: dict[str, list[EventRow]] = {}
    for row in rows:
        for name in sorted(row.names):
            named.setdefault(name, []).append(row)
    return named


def _shared(rows: Sequence[EventRow]) -> Mapping[tuple[str, str], list[EventRow]]:
    """The rows that have each AEGRPID and AESPID."""
    shared: dict[tuple[str, str], list[EventRow]] = {}
    for row in rows:
        for variable in _TIES:
            value = same_number(row.cell(variable))
            if value:
                shared.setdefault((variable, value), []).append(row)
    return shared


def _related(rows: Sequence[EventRow], relations: Iterable[Relation]) -> Iterator[list[EventRow]]:
    by_key = {row.key: row for row in rows}
    for relation in relations:
        yield [by_key[each.key] for each in relation.of("AE") if each.key in by_key]


def _group(
    members: tuple[EventRow, ...],
    shared: Mapping[tuple[str, str], list[EventRow]],
    joined: set[str],
    per_grade: bool,
) -> EventGroup:
    keys = {row.key for row in members}
    told = sorted({tie for tie, rows in shared.items() if any(row.key in keys for row in rows)})
    whole = [tie for tie in told if {row.key for row in shared[tie]} <= keys]
    several = tuple(tie for tie in told if tie not in whole)
    return EventGroup(
        rows=members,
        record_id=_record_id(members, whole, per_grade=per_grade),
        joined=bool(keys & joined),
        of_several_terms=several,
    )


def _record_id(
    members: tuple[EventRow, ...], whole: Sequence[tuple[str, str]], *, per_grade: bool
) -> str:
    """The id of what ties all of the rows, which does not depend on which of them have come.

    Else the first of their keys. A row alone keeps its own key, unless others of its event may
    follow.
    """
    if per_grade or len(members) > 1:
        for variable in _TIES:
            values = {same_number(row.cell(variable)) for row in members}
            if len(values) == 1 and (variable, *values) in whole:
                return _tie_id(members[0].row.subject, variable, values.pop())
    return min(row.key for row in members)


def _tie_id(subject: str, variable: str, value: str) -> str:
    return made_key(subject, "AE", (variable, value))
