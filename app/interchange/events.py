"""The rows of one event become its record."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Final

from app.domain.case import AdverseEvent, Intervention, Seriousness
from app.domain.record.documents import Document
from app.domain.record.findings import RecordFinding
from app.domain.record.row_findings import row_finding, said
from app.domain.source_system import SourceSystem
from app.interchange import words
from app.interchange.about import About
from app.interchange.causality import united
from app.interchange.corrections import perhaps_corrected
from app.interchange.course import (
    Graded,
    beside,
    findings_about,
    numbered,
    reported_again,
    row_per_grade,
    worst_only,
)
from app.interchange.event_rows import EventRow
from app.interchange.grouping import EventGroup
from app.interchange.held import last_change
from app.interchange.identity import given_key
from app.interchange.made import HeldRow, Made

_CRITERIA: Final = tuple(each.name for each in fields(Seriousness))


def event_record(
    group: EventGroup,
    about: About,
    system: SourceSystem,
    *,
    part_of: str | None = None,
    gone: Iterable[HeldRow] = (),
) -> Made:
    """The record of an event: its rows, the findings about it, and what it is `part_of`.

    `gone` are rows that were taken back and belonged to it.
    """
    graded, odd = _graded(group, about, system)
    causality, differing = united(row.judged for row in group.rows)
    facts, contradicted = _facts(group.rows, about)
    last = max(group.rows, key=lambda row: (row.start is not None, _day(row), row.key))
    content = AdverseEvent(
        term=last.term,
        meddra_code=last.code,
        grades=graded.changes,
        ongoing=graded.ongoing,
        ongoing_as_of=graded.ongoing_as_of,
        worst_grade=graded.worst_grade,
        causality=causality,
        interventions=_interventions(group.rows),
        seriousness=_seriousness(group.rows),
        reported_grades=graded.reported,
        part_of=part_of,
        facts=facts,
    )
    findings = [
        *(each for row in group.rows for each in row.findings),
        *about.findings,
        *odd,
        *graded.findings,
        *(row_finding("judgements_differ", "/causality", agent) for agent in differing),
        *(row_finding("fact_contradicted", f"/facts/{name}", name) for name in contradicted),
    ]
    source, reason = last_change([*_rows(group, about), *gone])
    system_of, record_id = led_by(group, system)
    return Made(
        kind="adverse_event",
        record_id=record_id,
        document=Document(subject=last.row.subject, content=content),
        rows=_keys(group, about),
        findings=tuple(dict.fromkeys(findings)),
        source=source,
        reason=reason,
        system=system_of,
    )


def led_by(group: EventGroup, system: SourceSystem) -> tuple[str | None, str]:
    """The system that leads the record of an event, where it is another, and its id there."""
    keys = [(row.key, given_key(row.key, row.row.subject, "AE")) for row in group.rows]
    names = {group.record_id, *(name for pair in keys for name in pair)}
    mapped = {words.meaning(system.keys, name) for name in names} - {None}
    if len(mapped) == 1:
        leading, _, record_id = (mapped.pop() or "").partition(":")
        if leading and record_id:
            return leading, record_id
    return None, group.record_id


def _graded(
    group: EventGroup, about: About, system: SourceSystem
) -> tuple[Graded, list[RecordFinding]]:
    """The course by what the study collects, and what was odd about how the rows are tied.

    Where that is not told, one row is the whole event; several tied rows are later reports of it
    where they begin alike, else a row per grade; and findings about the grade of one row count.
    """
    untold = system.grade_collection is None
    rows, grades, odd = group.rows, about.grades, list[RecordFinding]()
    told = numbered(rows)
    if told is not None:
        return beside(told, grades, None), odd
    if untold and (grades or len(rows) > 1):
        odd.append(row_finding("grade_collection_not_told", "/grades"))
    odd += perhaps_corrected(rows, system)
    if group.joined:
        odd.append(row_finding("rows_joined_by_adjacency", "/grades"))
    odd += [
        row_finding("group_of_several_terms", "/term", said(*tie))
        for tie in group.of_several_terms
    ]
    if len(rows) > 1 or system.grade_collection == "row_per_grade":
        own = max((row.grade for row in rows if row.grade is not None), default=None)
        again = reported_again(rows, system) if untold else None
        return beside(again or row_per_grade(rows, system), grades, own), odd
    if grades and system.grade_collection != "worst_only":
        return findings_about(rows[0], grades, system), odd
    return beside(worst_only(rows[0], system), grades, rows[0].grade), odd


def _day(row: EventRow) -> str:
    return "" if row.start is None else row.start.text


def _seriousness(rows: Sequence[EventRow]) -> Seriousness | None:
    """Each criterion: true where a row says so, false where all do."""
    told = [row.seriousness or Seriousness() for row in rows]
    met = {}
    for name in _CRITERIA:
        values = {getattr(each, name) for each in told}
        met[name] = True if True in values else None if None in values else False
    return Seriousness(**met) if any(each is not None for each in met.values()) else None


def _interventions(rows: Sequence[EventRow]) -> tuple[Intervention, ...] | None:
    """What was given for the event; not known unless every row tells it."""
    known = [row.interventions for row in rows if row.interventions is not None]
    if len(known) < len(rows):
        return None
    kinds = sorted({each for row in known for each in row})
    return tuple(Intervention(kind=each) for each in kinds)


def _facts(
    rows: Sequence[EventRow], about: About
) -> tuple[dict[str, bool | str | None], tuple[str, ...]]:
    """The facts of all rows, and the names of those that rows answer differently."""
    answers: dict[str, set[bool | str]] = {}
    for told in (*(row.facts for row in rows), *about.facts):
        for name, value in told.items():
            answers.setdefault(name, set()).add(value)
    agreed = {name: next(iter(of)) for name, of in sorted(answers.items()) if len(of) == 1}
    return {**agreed}, tuple(sorted(answers.keys() - agreed.keys()))


def _keys(group: EventGroup, about: About) -> tuple[str, ...]:
    return tuple(sorted({*(row.key for row in _rows(group, about)), *about.told_by}))


def _rows(group: EventGroup, about: About) -> list[HeldRow]:
    """Every row that tells something of an event."""
    supplements = (each for row in group.rows for each in row.supplements)
    return [*(row.row for row in group.rows), *supplements, *about.rows]
