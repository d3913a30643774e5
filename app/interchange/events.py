"""The rows of one event become its record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import Any, Final

from app.domain.case import AdverseEvent, Intervention, Seriousness
from app.domain.record.documents import Document
from app.domain.record.findings import RecordFinding
from app.domain.record.row_findings import row_finding, said
from app.domain.source_system import SourceSystem
from app.interchange import words
from app.interchange.about import About
from app.interchange.corrections import perhaps_corrected
from app.interchange.course import (
    Graded,
    beside,
    findings_about,
    not_as_exported,
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
from app.interchange.returned import treated_otherwise, united_judgements, united_returned

_CRITERIA: Final = tuple(each.name for each in fields(Seriousness))
_AS_RECORDED: Final = (
    "baseline_grade", "laboratory", "clinically_significant", "significance", "other_crs_symptoms",
    "assessments", "alternative_causes",
)  # fmt: skip
"""Fields that no rows tell but those of our own exports."""


def event_record(
    group: EventGroup,
    about: About,
    system: SourceSystem,
    *,
    links: Mapping[str, str | None] = MappingProxyType({}),
    gone: Iterable[HeldRow] = (),
) -> Made:
    """The record of an event: its rows, the findings about it, and its `links`, by field, to the
    events that it is part of, or the same as.

    `gone` are rows that were taken back and belonged to it.
    """
    graded, odd = _graded(group, about, system)
    content, more = _content(group, about, graded, links)
    findings = [
        *(each for row in group.rows for each in row.findings),
        *about.findings,
        *odd,
        *graded.findings,
        *more,
    ]
    source, reason = last_change([*_rows(group, about), *gone])
    system_of, record_id = led_by(group, system)
    return Made(
        kind="adverse_event",
        record_id=record_id,
        document=Document(subject=group.rows[0].row.subject, content=content),
        rows=_keys(group, about),
        findings=tuple(dict.fromkeys(findings)),
        source=source,
        reason=reason,
        system=system_of,
    )


def _content(
    group: EventGroup, about: About, graded: Graded, links: Mapping[str, str | None]
) -> tuple[AdverseEvent, list[RecordFinding]]:
    """The event, and what was odd about what its rows tell beside its course."""
    rows = group.rows
    told, differing = united_returned(row.returned for row in rows)
    causality, judged = united_judgements((row.judged for row in rows), told.get("causality"))
    facts, contradicted = _facts(rows, about, told.get("facts", {}))
    interventions, treated = _interventions(rows, told)
    last = max(rows, key=lambda row: (row.start is not None, _day(row), row.key))
    beside: dict[str, Any] = {name: told[name] for name in _AS_RECORDED if name in told}
    content = AdverseEvent(
        term=last.term,
        meddra_code=last.code,
        grades=graded.changes,
        ongoing=graded.ongoing,
        ongoing_as_of=graded.ongoing_as_of,
        worst_grade=graded.worst_grade,
        causality=causality,
        interventions=interventions,
        seriousness=_seriousness(rows),
        reported_grades=(*told.get("reported_grades", ()), *graded.reported),
        facts=facts,
        **{**beside, **links},
    )
    return content, [
        *(row_finding("returned_differs", f"/{name}", name) for name in sorted(differing)),
        *(row_finding("judgements_differ", "/causality", agent) for agent in judged),
        *(row_finding("fact_contradicted", f"/facts/{name}", name) for name in contradicted),
        *treated,
    ]


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
    odd += not_as_exported(rows)
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


def _interventions(
    rows: Sequence[EventRow], told: Mapping[str, Any]
) -> tuple[tuple[Intervention, ...] | None, list[RecordFinding]]:
    """What was given for the event, and what was odd about it: as it was recorded, where our own
    export tells it; else not known unless every row tells it.
    """
    ours = [row.returned for row in rows if row.returned is not None]
    if not any("interventions" in row.unread for row in ours):
        otherwise = dict.fromkeys(filter(None, (treated_otherwise(row, told) for row in ours)))
        if otherwise:
            code = "interventions_contradicted"
            return None, [row_finding(code, "/interventions", each) for each in otherwise]
    recorded = told.get("interventions", ())
    known = [row.interventions for row in rows if row.interventions is not None]
    if "interventions" not in told and len(known) < len(rows):
        return None, []
    kinds = {each for row in known for each in row} - {each.kind for each in recorded}
    return (*recorded, *(Intervention(kind=each) for each in sorted(kinds))), []


def _facts(
    rows: Sequence[EventRow], about: About, recorded: Mapping[str, bool | str | None]
) -> tuple[dict[str, bool | str | None], tuple[str, ...]]:
    """The facts of all rows, with those that our own export tells, and the names of those that
    are answered differently.
    """
    answers: dict[str, set[bool | str | None]] = {}
    for told in (*(row.facts for row in rows), *about.facts, recorded):
        for name, value in told.items():
            answers.setdefault(name, set()).add(value)
    agreed = {name: next(iter(of)) for name, of in sorted(answers.items()) if len(of) == 1}
    return agreed, tuple(sorted(answers.keys() - agreed.keys()))


def _keys(group: EventGroup, about: About) -> tuple[str, ...]:
    return tuple(sorted({*(row.key for row in _rows(group, about)), *about.told_by}))


def _rows(group: EventGroup, about: About) -> list[HeldRow]:
    """Every row that tells something of an event."""
    supplements = (each for row in group.rows for each in row.supplements)
    return [*(row.row for row in group.rows), *supplements, *about.rows]
