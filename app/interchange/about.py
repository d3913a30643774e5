"""Findings about events (FA): to which event each belongs, and what it tells of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from app.domain.record.findings import RecordFinding
from app.domain.record.row_findings import row_finding, said
from app.domain.source_system import SourceSystem
from app.domain.time import PartialTime
from app.interchange import words
from app.interchange.cells import Cells
from app.interchange.course import GradeFound
from app.interchange.event_rows import EventRow
from app.interchange.grouping import EventGroup
from app.interchange.held import of_row
from app.interchange.made import HeldRow, RowFinding, Unmapped
from app.interchange.relations import Relation, same_number
from app.interchange.stretches import Stretch, surely_before

GRADE_TESTS: Final = frozenset({"SEV", "TOXGR", "GRADE"})
"""The tests of FA (FATESTCD) that give a grade, or a severity that may be one."""

SYNDROMES: Final[Mapping[str, Literal["crs", "icans"]]] = {
    "CRS": "crs",
    "CYTOKINE RELEASE SYNDROME": "crs",
    "ICANS": "icans",
    "IMMUNE EFFECTOR CELL-ASSOCIATED NEUROTOXICITY SYNDROME": "icans",
    "IMMUNE EFFECTOR CELL ASSOCIATED NEUROTOXICITY SYNDROME": "icans",
}
"""The syndromes that ASTCT grades and symptoms are part of, by their terms."""

_LINKS: Final = (
    ("FALNKID", "AELNKID"),
    ("FALNKGRP", "AELNKGRP"),
    ("FALNKGRP", "AELNKID"),
    ("FAGRPID", "AEGRPID"),
)
_TERMS: Final = ("AETERM", "AEDECOD", "AEMODIFY", "AELLT")
_LONGEST_FACT: Final = 4000


@dataclass(slots=True)
class About:
    """What findings tell of one event."""

    grades: list[GradeFound] = field(default_factory=list)
    facts: list[dict[str, bool | str]] = field(default_factory=list)
    rows: list[HeldRow] = field(default_factory=list)
    told_by: list[str] = field(default_factory=list)
    findings: list[RecordFinding] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A finding with the event that it is about, and whether only term and time say so."""

    row: HeldRow
    group: EventGroup
    by_term: bool = False


class Links:
    """The events of a patient, by everything that a finding may name them by."""

    def __init__(self, groups: Sequence[EventGroup], relations: Iterable[Relation]) -> None:
        self._by_variable: dict[tuple[str, str], list[EventGroup]] = {}
        self._by_term: dict[str, list[EventGroup]] = {}
        of_row: dict[str, EventGroup] = {}
        for group in groups:
            for name in sorted({name for _, name in _LINKS}):
                for value in sorted({same_number(row.cell(name)) for row in group.rows} - {""}):
                    self._by_variable.setdefault((name, value), []).append(group)
            for term in sorted(_objects(group)):
                self._by_term.setdefault(term, []).append(group)
            of_row |= {row.key: group for row in group.rows}
        self._related: dict[str, dict[str, EventGroup]] = {}
        for relation in relations:
            tied = [of_row[each.key] for each in relation.of("AE") if each.key in of_row]
            for finding in relation.of("FA"):
                named = self._related.setdefault(finding.key, {})
                named |= {group.record_id: group for group in tied}

    def of(self, row: HeldRow, system: SourceSystem) -> Linked | None:
        """The one event that a finding is about; None where there is none, or several."""
        named = self._by_term.get(_object(row), [])
        itself = {group.record_id for group in named}
        for candidates in self._candidates(row):
            one = candidates
            if len(candidates) > 1:
                one = [group for group in candidates if group.record_id in itself]
            if len(one) == 1:
                return Linked(row=row, group=one[0])
            if candidates:
                return None
        time = Cells(row.fields, system).date(_time_variable(row))
        within = [group for group in named if _is_within(time, group.rows)]
        return Linked(row=row, group=within[0], by_term=True) if len(within) == 1 else None

    def _candidates(self, row: HeldRow) -> Iterator[list[EventGroup]]:
        """The events that each kind of link leads to, the surest kind first."""
        related = self._related.get(row.key, {})
        yield [group for _, group in sorted(related.items())]
        for ours, theirs in _LINKS:
            value = same_number(row.fields.get(ours, ""))
            yield self._by_variable.get((theirs, value), []) if value else []


def _object(row: HeldRow) -> str:
    """The object of a finding as terms are compared; the scale of a syndrome."""
    found = words.folded(row.fields.get("FAOBJ", ""))
    return SYNDROMES.get(found, found)


def _objects(group: EventGroup) -> set[str]:
    """What an object may be called that is the event itself."""
    terms = {words.folded(each.cell(name)) for each in group.rows for name in _TERMS}
    terms |= {words.folded(each.term) for each in group.rows}
    return {SYNDROMES.get(term, term) for term in terms} - {""}


def scale_of(group: EventGroup) -> str | None:
    """The syndrome that an event is, where it is one."""
    found = {SYNDROMES.get(words.folded(row.term)) for row in group.rows}
    return found.pop() if len(found) == 1 else None


def read_finding(
    found: Linked, about: About, system: SourceSystem
) -> Iterator[RowFinding | Unmapped]:
    """Adds what a finding tells to what is known about its event; else says why it tells nothing.

    A finding about something else than the event itself, such as a symptom of it, is no grade of
    the event, although it is linked to it.
    """
    row, cells = found.row, Cells(found.row.fields, system)
    test, shown = words.folded(cells.text("FATESTCD")), cells.text("FASTRESC", "FAORRES")
    name = system.facts.get(test)
    itself = _object(row) in {"", *_objects(found.group)}
    if name is not None and shown:
        value = words.flag(shown)
        about.facts.append({name: shown[:_LONGEST_FACT] if value is None else value})
    elif test in GRADE_TESTS and itself and shown:
        grade = words.grade(shown)
        if grade is None:
            grade = words.meaning(system.severity_grades, shown)
        if grade is None:
            code = "severity_unmapped" if test == "SEV" else "grade_unreadable"
            yield of_row(row, code, said(test, shown))
            if test == "SEV":
                yield Unmapped(variable="FASTRESC", word=shown[:200], setting="severity_grades")
            return
        about.grades.append(_grade(cells, row, grade))
        about.findings += cells.findings
    else:
        yield of_row(row, "finding_not_used", said(test or "FATESTCD", shown))
        return
    about.rows.append(row)
    if found.by_term:
        about.findings.append(row_finding("finding_joined_by_term"))


def _grade(cells: Cells, row: HeldRow, grade: int) -> GradeFound:
    variable = _time_variable(row)
    stretch = Stretch(
        start=cells.date(variable, "/grades"),
        end=cells.date("FAENDTC", "/grades"),
        grade=grade,
        key=row.key,
    )
    return GradeFound(stretch=stretch, told=said(variable, cells.text(variable)))


def _time_variable(row: HeldRow) -> str:
    return "FASTDTC" if row.fields.get("FASTDTC", "").strip() else "FADTC"


def _is_within(time: PartialTime | None, rows: Iterable[EventRow]) -> bool:
    return time is not None and any(
        not (row.start is not None and surely_before(time, row.start))
        and not (row.end is not None and surely_before(row.end, time))
        for row in rows
    )
