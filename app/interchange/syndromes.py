"""Which events are symptoms of CRS or ICANS, by what the data say and never by a guess."""

from collections.abc import Iterable, Sequence
from typing import Final

from app.domain.record.kinds import key_of
from app.domain.record.row_findings import row_finding, said
from app.domain.source_system import SourceSystem
from app.interchange import words
from app.interchange.about import SYNDROMES, About, scale_of
from app.interchange.events import led_by
from app.interchange.grouping import EventGroup
from app.interchange.identity import given_key
from app.interchange.relations import Relation, same_number

_IDS: Final = ("AESPID", "AEREFID", "AELNKID", "AEGRPID")


def named(group: EventGroup, system: SourceSystem) -> str:
    """How another record names an event: by the leading system too, where it is another."""
    leading, record_id = led_by(group, system)
    return record_id if leading is None else key_of(leading, record_id)


class Syndromes:
    """The events of a patient that others may be part of."""

    def __init__(
        self, groups: Sequence[EventGroup], relations: Iterable[Relation], system: SourceSystem
    ) -> None:
        self._groups, self._system = groups, system
        self._syndromes = [each for each in groups if scale_of(each) is not None]
        self._related: dict[str, set[str]] = {}
        for relation in relations:
            keys = {each.key for each in relation.of("AE")}
            for key in keys:
                self._related.setdefault(key, set()).update(keys)

    def of(self, group: EventGroup, about: About) -> str | None:
        """The one event that another is part of: by a variable, else by RELREC or AELNKGRP.

        A variable that names no one event is a finding.
        """
        told = next((row.syndrome for row in group.rows if row.syndrome is not None), None)
        if told is None:
            found = [] if scale_of(group) is not None else self._tied(group)
        else:
            found = [each for each in self._groups if _is_named(each, told[1])]
            if len(found) != 1 or found[0] is group:
                about.findings.append(row_finding("syndrome_not_found", "/part_of", said(*told)))
                return None
        return named(found[0], self._system) if len(found) == 1 else None

    def _tied(self, group: EventGroup) -> list[EventGroup]:
        tied = {key for row in group.rows for key in self._related.get(row.key, ())}
        links = {row.cell("AELNKGRP") for row in group.rows} - {""}
        return [
            each
            for each in self._syndromes
            if any(row.key in tied or row.cell("AELNKGRP") in links for row in each.rows)
        ]


def _is_named(group: EventGroup, name: str) -> bool:
    """Whether an event is meant by an id of one of its rows, or by its term."""
    ids = {same_number(row.cell(each)) for row in group.rows for each in _IDS} - {""}
    ids |= {group.record_id, *(row.key for row in group.rows)}
    ids |= {given_key(row.key, row.row.subject, "AE") for row in group.rows}
    wanted = words.folded(name)
    terms = {words.folded(row.term) for row in group.rows}
    scale = SYNDROMES.get(wanted)
    return (
        same_number(name) in ids
        or wanted in terms
        or (scale is not None and scale == scale_of(group))
    )
