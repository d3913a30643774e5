"""All that the rows of one patient's adverse events make: AE, SUPPAE, FA and RELREC together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.record.kinds import Kind
from app.domain.record.row_findings import said
from app.domain.source_system import SourceSystem
from app.domain.time import PartialTime
from app.interchange.about import About, Links, read_finding
from app.interchange.assessment_records import (
    Component,
    assessment_ids,
    assessments_of,
    component_of,
)
from app.interchange.cells import Cells
from app.interchange.corrections import perhaps_corrected
from app.interchange.course import not_as_exported
from app.interchange.event_rows import EventRow, denial_of, is_event, read_event
from app.interchange.events import event_record
from app.interchange.grouping import EventGroup, groups_of, ids_of
from app.interchange.held import of_row, standing
from app.interchange.identity import given_key
from app.interchange.made import HeldRow, Part, RowFinding
from app.interchange.relations import Relation, relations_of, supplements_of
from app.interchange.syndromes import Syndromes, named


@dataclass(slots=True)
class _Events:
    """The events of a patient, and what is known about each by the id of its group."""

    groups: tuple[EventGroup, ...]
    relations: tuple[Relation, ...]
    about: dict[str, About] = field(default_factory=dict)

    def of(self, group: EventGroup) -> About:
        return self.about.setdefault(group.record_id, About())


def events_of(rows: Sequence[HeldRow], system: SourceSystem) -> tuple[Part, ...]:
    """The adverse events and assessments that the rows tell of, and what was odd about the rest.

    Every row of AE, SUPPAE, FA and RELREC that was not taken back is of a record, or a finding.
    """
    told: list[Part] = []
    read = tuple(_read(rows, system, told))
    relations, loose = relations_of(standing(rows, "RELREC"), _still(rows))
    told += [of_row(each, "relation_not_linked", _relation(each)) for each in loose]
    events = _Events(groups=groups_of(read, relations, system), relations=relations)
    _relate(events, rows, told)
    _add_findings(events, rows, system, told)
    syndromes, gone = Syndromes(events.groups, relations, system), _gone(rows)
    for group in events.groups:
        told += (part for row in group.rows for part in row.unmapped)
        about = events.of(group)
        links, late = syndromes.links_of(group, about), gone.get(group.record_id, ())
        told.append(event_record(group, about, system, links=links, gone=late))
        every = tuple(row.key for row in group.rows)
        incomplete = dict.fromkeys(not_as_exported(group.rows), every)
        for finding, keys in {**perhaps_corrected(group.rows, system), **incomplete}.items():
            # With the rows as well: a record that stays as it was tells nothing new.
            code, message = finding.code, finding.message
            told += (RowFinding(row=key, code=code, message=message) for key in keys)
    return tuple(told)


def could_make(rows: Iterable[HeldRow]) -> Iterator[tuple[Kind, str]]:
    """The events and assessments that rows could make under any settings."""
    for row in rows:
        if row.domain == "AE":
            yield from (("adverse_event", each) for each in ids_of(row))
        elif row.domain == "FA":
            yield from (("assessment", each) for each in assessment_ids(row))


def _read(rows: Sequence[HeldRow], system: SourceSystem, told: list[Part]) -> Iterator[EventRow]:
    """The rows of AE that tell an event; what the others and their supplements are, in `told`."""
    held = standing(rows, "AE")
    supplements, loose = supplements_of(standing(rows, "SUPPAE"), held)
    told += [of_row(each, "supplement_not_linked", _supplement(each)) for each in loose]
    administered = {
        name: row.fields.get("EXTRT", "").strip()
        for row in standing(rows, "EX")
        for name in (row.key, given_key(row.key, row.subject, row.domain))
    }
    reference = _reference(rows, system)
    for row in held:
        beside = supplements.get(row.key, ())
        denial = denial_of(row)
        if denial is None and is_event(row, beside):
            yield read_event(row, beside, system, administered=administered, reference=reference)
            continue
        code, what = ("nothing_told", "") if denial is None else ("no_event", denial)
        told.append(of_row(row, code, what))
        told += [of_row(each, "supplement_not_linked", _supplement(each)) for each in beside]


def _reference(
    rows: Sequence[HeldRow], system: SourceSystem
) -> tuple[PartialTime | None, PartialTime | None]:
    """The patient's first and last day of the reference period, where one row tells them."""
    held = standing(rows, "DM")
    if len(held) != 1:
        return None, None
    cells = Cells(held[0].fields, system)
    return cells.date("RFSTDTC"), cells.date("RFENDTC")


def _still(rows: Sequence[HeldRow]) -> tuple[HeldRow, ...]:
    return tuple(each for each in rows if not each.removed)


def _relate(events: _Events, rows: Sequence[HeldRow], told: list[Part]) -> None:
    """Notes with each event the rows of RELREC that tie it to others."""
    by_key = {each.key: each for each in standing(rows, "RELREC")}
    of_key = {row.key: group for group in events.groups for row in group.rows}
    for relation in events.relations:
        keys = (each.key for each in relation.of("AE"))
        tied = {of_key[key].record_id: of_key[key] for key in keys if key in of_key}
        for group in tied.values():
            events.of(group).told_by += relation.told_by
        if not tied:
            loose = (by_key[key] for key in relation.told_by)
            told += [of_row(each, "relation_not_linked", _relation(each)) for each in loose]


def _gone(rows: Iterable[HeldRow]) -> Mapping[str, list[HeldRow]]:
    """The rows of AE that were taken back, by the ids of the records that they could be of."""
    found: dict[str, list[HeldRow]] = {}
    for row in rows:
        if row.removed and row.domain == "AE":
            for name in ids_of(row):
                found.setdefault(name, []).append(row)
    return found


def _add_findings(
    events: _Events, rows: Sequence[HeldRow], system: SourceSystem, told: list[Part]
) -> None:
    """What the rows of FA tell about each event, and the assessments that they are part of."""
    components: list[Component] = []
    links = Links(events.groups, events.relations)
    for row in standing(rows, "FA"):
        found = links.of(row, system)
        part = component_of(row, system)
        if part is not None:
            scale, name = part
            event = None if found is None else named(found.group, system)
            components.append(Component(row=row, scale=scale, name=name, event=event))
        elif found is not None:
            told += read_finding(found, events.of(found.group), system)
        else:
            told.append(of_row(row, "finding_not_linked", _finding(row)))
    told += assessments_of(components, system)


def _relation(row: HeldRow) -> str:
    return said("RELID", row.fields.get("RELID", "").strip())


def _supplement(row: HeldRow) -> str:
    return said("QNAM", row.fields.get("QNAM", "").strip())


def _finding(row: HeldRow) -> str:
    return said("FATESTCD", row.fields.get("FATESTCD", "").strip())
