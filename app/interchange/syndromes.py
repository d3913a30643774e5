"""Which events are symptoms of CRS or ICANS, by what the data say and never by a guess.

With them, the links between events that our own exports tell: part of, and the same as.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from app.domain.record.kinds import key_of
from app.domain.record.row_findings import row_finding, said
from app.domain.source_system import SourceSystem
from app.interchange import words
from app.interchange.about import SYNDROMES, About, scale_of
from app.interchange.events import led_by
from app.interchange.exports.recorded import PARTS, RecordedPart
from app.interchange.grouping import GROUP, EventGroup
from app.interchange.identity import given_key
from app.interchange.relations import Relation, same_number
from app.interchange.returned import united_returned

_LINKS: Final = tuple(each for each in PARTS if each.name in {"part_of", "synonym_of"})
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
        self._ours = {
            row.cell(GROUP): each
            for each in groups
            for row in each.rows
            if row.returned is not None
        }
        self._syndromes = [each for each in groups if scale_of(each) is not None]
        self._related: dict[str, set[str]] = {}
        for relation in relations:
            keys = {each.key for each in relation.of("AE")}
            for key in keys:
                self._related.setdefault(key, set()).update(keys)

    def links_of(self, group: EventGroup, about: About) -> Mapping[str, str | None]:
        """The events that another is part of, or the same as, by the name of the field."""
        told, _ = united_returned(row.returned for row in group.rows)
        links = {
            part.name: self._recorded(group, told[part.name], part, about)
            for part in _LINKS
            if part.name in told
        }
        return links if "part_of" in links else {**links, "part_of": self.of(group, about)}

    def _recorded(self, group: EventGroup, name: str, part: RecordedPart, about: About) -> str:
        """The event that another was linked to, by its name here.

        One that is not there stands as it was recorded, and so ties as little as it did there.
        """
        systems = {row.cell(GROUP).partition(":")[0] for row in group.rows if row.returned}
        for key in (name, *(key_of(system, name) for system in sorted(systems))):
            if key in self._ours:
                return named(self._ours[key], self._system)
        about.findings.append(
            row_finding("link_not_found", f"/{part.name}", said(part.variable, name))
        )
        return name

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
