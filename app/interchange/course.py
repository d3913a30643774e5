"""Rows of one event become its course, by how the study collects grades (docs/imports.md).

With the worst grade alone, it is known that the grade was never above it and was reached at some
time, and nothing else: recovery in between is unknown, not zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

from app.domain.case import GradeChange, ReportedGrade
from app.domain.grade import DEATH
from app.domain.record.findings import RecordFinding
from app.domain.record.row_findings import row_finding
from app.domain.source_system import SourceSystem
from app.domain.time import PartialTime
from app.interchange import words
from app.interchange.dates import read_date
from app.interchange.event_rows import EventRow
from app.interchange.exports.sdtm import STEP, STEPS, WORST
from app.interchange.stretches import InOrder, Stretch, at_some_time, in_order, surely_before

EpisodeEnd = Literal["event", "grade"] | None

MOST_CHANGES: Final = 500
"""The most grade changes that an event can have (app.domain.case)."""
_LONGEST_TOLD: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """The grades of an event over time, how it ended, and what was odd about it."""

    changes: tuple[GradeChange, ...]
    ongoing: bool | None = None
    ongoing_as_of: PartialTime | None = None
    worst_grade: int | None = None
    reported: tuple[ReportedGrade, ...] = ()
    findings: tuple[RecordFinding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeFound:
    """A grade that a finding about an event (FA) tells, with its time."""

    stretch: Stretch
    told: str
    """The finding, as a message shows it."""


def worst_only(row: EventRow, system: SourceSystem) -> Graded:
    """The course of an event of which one row gives the worst grade."""
    grade, start = row.grade, row.start
    ends = row.end is not None or row.fatal
    after, findings = _after_end(row, system.episode_end or "event")
    end = GradeChange(at=row.end, grade=DEATH if grade == DEATH else after)
    changes: tuple[GradeChange, ...]
    if grade is None:
        changes = (GradeChange(at=start, grade=None), *((end,) if ends else ()))
    elif grade == 0:
        changes = (GradeChange(at=start, grade=0),)
    elif grade == DEATH:
        changes = (GradeChange(at=start, grade=None), end)
    elif grade == 1 and not row.fatal:  # not below 1 while it was there
        changes = (GradeChange(at=start, grade=1), *((end,) if ends else ()))
    else:
        through = at_some_time(start, grade)
        changes = (*(through[:-1] if row.fatal else through), *((end,) if ends else ()))
    findings = (*findings, *_risen((row,)))
    return _ended(row, changes, findings, worst=None if row.fatal else grade)


def numbered(rows: Sequence[EventRow]) -> Graded | None:
    """The course whose rows number its changes, as our own exports do (docs/exports.md).

    None where a number is missing, a row says that there are more or fewer, or one does not end
    when the next begins: then a row was not read. Else the order is told, and no time is needed
    for it.
    """
    told = {row.cell(STEP): row for row in rows}
    if told.keys() != {str(number) for number in range(1, len(rows) + 1)}:
        return None
    counts, only = {row.cell(STEPS) for row in rows} - {""}, len(rows) == 1
    if counts - {str(len(rows)), "0" if only else ""}:
        return None
    ordered = [told[str(number)] for number in range(1, len(rows) + 1)]
    if ordered[-1].end is not None or any(
        one.end not in {None, other.start} for one, other in pairwise(ordered)
    ):
        return None
    worst, findings = _worst_told(rows)
    last = ordered[-1]
    nothing = counts != {"1"} and only and last.grade is None and last.start is None
    return Graded(
        changes=()
        if nothing
        else tuple(GradeChange(at=row.start, grade=row.grade) for row in ordered),
        ongoing=last.ongoing,
        ongoing_as_of=last.ongoing_as_of,
        worst_grade=worst,
        findings=findings,
    )


def not_as_exported(rows: Sequence[EventRow]) -> tuple[RecordFinding, ...]:
    """That the rows of an event of our own export are not all there, or no more as it wrote them:
    then by times alone its course may be another.
    """
    if all(row.returned is None for row in rows) or numbered(rows) is not None:
        return ()
    told = (
        f"{name} {', '.join(sorted({row.cell(name) or 'blank' for row in rows}))}"
        for name in (STEP, STEPS)
    )
    return (row_finding("returned_incomplete", "/grades", " of ".join(told)[:_LONGEST_TOLD]),)


def _worst_told(rows: Sequence[EventRow]) -> tuple[int | None, tuple[RecordFinding, ...]]:
    """The worst grade of which all rows of our own export tell; a cell of which no grade can be
    read is told with its row.
    """
    cells = {row.cell(WORST) for row in rows}
    grades = {words.grade(cell) for cell in cells}
    if len(grades) == 1:
        return grades.pop(), ()
    if any(cell and words.grade(cell) is None for cell in cells):
        return None, ()
    return None, (row_finding("returned_differs", "/worst_grade", "worst_grade"),)


def row_per_grade(rows: Sequence[EventRow], system: SourceSystem) -> Graded:
    """The course of an event of which each row is a time at one grade."""
    by_key = {row.key: row for row in rows}
    ordered = in_order([row.stretch for row in rows], ended=system.episode_end == "event")
    last = [by_key[key] for key in ordered.last]
    grades = [row.grade for row in rows]
    open_ = None in grades or (any(row.fatal for row in rows) and DEATH not in grades)
    worst = None if open_ else max(each for each in grades if each is not None)
    findings = [row_finding("rows_overlap", "/grades")] if ordered.overlap else []
    findings += _risen(rows)
    return _closed(ordered, last, system.episode_end, worst=worst, findings=tuple(findings))


def reported_again(rows: Sequence[EventRow], system: SourceSystem) -> Graded | None:
    """The course of an event of which each row is a later report, with the worst grade so far.

    Such rows have one start, and each a day of its own on which it was collected (AEDTC): the last
    says how the event ended. None where the rows are no such reports.
    """
    days = [read_date(row.cell("AEDTC"), system.date_order).time for row in rows]
    dated = sorted(
        ((day, row) for day, row in zip(days, rows, strict=True) if day is not None),
        key=lambda pair: pair[0].text,
    )
    in_turn = all(surely_before(one[0], other[0]) for one, other in pairwise(dated))
    if len({row.start for row in rows}) > 1 or len(dated) < len(rows) or not in_turn:
        return None
    grades = [row.grade for row in rows]
    known = [each for each in grades if each is not None]
    worst = max(known) if len(known) == len(grades) else None
    fatal = any(row.fatal for row in rows)
    return worst_only(replace(dated[-1][1], grade=worst, fatal=fatal), system)


def findings_about(row: EventRow, found: Sequence[GradeFound], system: SourceSystem) -> Graded:
    """The course of an event of which findings give the grades at their times.

    The row's own dates frame them. Where its own grade is above theirs, nobody knows when it was
    reached: then it is the worst grade of the event, and the findings stand beside it.
    """
    highest = max((each.stretch.grade or 0 for each in found), default=0)
    if row.grade is not None and row.grade > highest and row.grade != DEATH:
        return beside(worst_only(row, system), found, row.grade)
    inside = in_order([each.stretch for each in found], ended=False)
    findings = [row_finding("rows_overlap", "/grades")] if inside.overlap else []
    findings += [
        row_finding("finding_outside_event", "/grades", each.told)
        for each in found
        if _is_outside(row, each.stretch.start)
    ]
    reported: tuple[ReportedGrade, ...] = ()
    if row.grade is not None and row.grade < highest:
        findings.append(row_finding("grade_and_findings_differ", "/grades", f"{row.grade}"))
        reported = (ReportedGrade(grade=row.grade, source="AE"),)
    first = inside.changes[0].at
    opening: tuple[GradeChange, ...] = ()
    if row.start is not None and first is not None and surely_before(row.start, first):
        opening = (GradeChange(at=row.start, grade=None),)
    closing, more = _closing(row, inside, system.episode_end or "event")
    worst = None if row.fatal or reported else row.grade
    changes = (*opening, *inside.changes, *closing)
    return _ended(row, changes, (*findings, *more), worst=worst, reported=reported)


def beside(graded: Graded, found: Sequence[GradeFound], own: int | None) -> Graded:
    """A course with the grades that findings tell as reported grades: both stand."""
    reported = tuple(
        ReportedGrade(grade=each.stretch.grade, source="FA", on=each.stretch.start)
        for each in sorted(found, key=lambda each: each.stretch.key)
    )
    differ = [each for each in reported if own is not None and each.grade != own]
    code = "grade_and_findings_differ"
    findings = (row_finding(code, "/grades", f"{own}"),) if differ else ()
    return replace(
        graded,
        reported=(*graded.reported, *reported),
        findings=(*graded.findings, *findings),
    )


def _closing(
    row: EventRow, inside: InOrder, means: EpisodeEnd
) -> tuple[tuple[GradeChange, ...], tuple[RecordFinding, ...]]:
    """How a row of AE ends the course that findings tell; not at all where one comes later."""
    times = [each.at for each in inside.changes if each.at is not None]
    later = row.end is not None and any(surely_before(row.end, each) for each in times)
    if inside.changes[-1].grade == DEATH or later:
        return (), ()
    if row.grade == DEATH or row.fatal:
        grade = DEATH if row.grade == DEATH else None
        return (GradeChange(at=row.end, grade=grade),), ()
    if row.end is None:
        return (), ()
    after, findings = _after_end(row, means)
    return (GradeChange(at=row.end, grade=after),), findings


def _is_outside(row: EventRow, time: PartialTime | None) -> bool:
    if time is None:
        return False
    early = row.start is not None and surely_before(time, row.start)
    return early or (row.end is not None and surely_before(row.end, time))


def _risen(rows: Sequence[EventRow]) -> tuple[RecordFinding, ...]:
    """That an event was fatal, and none of its grades is 5."""
    grades = [row.grade for row in rows if row.grade is not None]
    fatal = any(row.fatal for row in rows) and grades and DEATH not in grades
    return (row_finding("fatal_below_grade_5", "/grades"),) if fatal else ()


def _after_end(row: EventRow, means: EpisodeEnd) -> tuple[int | None, tuple[RecordFinding, ...]]:
    """The grade after an end: 0 where it ended the event, else not known."""
    if row.end is None or row.fatal or not row.end_is_sure or row.outcome == "unknown":
        return None, ()
    if row.outcome == "recovered_with_sequelae":
        return None, (row_finding("sequelae_after_end", "/grades"),)
    if means is None:
        return None, (row_finding("episode_end_not_told", "/grades"),)
    return (0 if means == "event" else None), ()


def _closed(
    ordered: InOrder,
    last: Sequence[EventRow],
    means: EpisodeEnd,
    *,
    worst: int | None,
    findings: tuple[RecordFinding, ...],
) -> Graded:
    """A course with what followed its last row; where several may be the last, if all agree."""
    told = [_after_end(row, means) for row in last]
    grades = {grade for grade, _ in told}
    changes = ordered.changes
    more = tuple(each for _, some in told for each in some)
    fatal = any(row.fatal for row in last)
    if (ordered.end is not None or fatal) and changes[-1].grade not in {0, DEATH}:
        after = grades.pop() if len(grades) == 1 else None
        changes = (*changes, GradeChange(at=ordered.end, grade=after))
        ongoing = False if after == 0 else None
        return _limited(changes, ongoing, None, worst, (), (*findings, *dict.fromkeys(more)))
    says = {row.ongoing for row in last}
    until = {row.ongoing_as_of for row in last}
    agree = len(says) == len(until) == 1 and changes[-1].grade not in {0, DEATH}
    ongoing = says.pop() if agree else None
    return _limited(changes, ongoing, until.pop() if agree else None, worst, (), findings)


def _ended(
    row: EventRow,
    changes: tuple[GradeChange, ...],
    findings: tuple[RecordFinding, ...],
    *,
    worst: int | None,
    reported: tuple[ReportedGrade, ...] = (),
) -> Graded:
    last = changes[-1].grade
    ongoing = False if last == 0 else None if last == DEATH else row.ongoing
    as_of = row.ongoing_as_of if ongoing else None
    return _limited(changes, ongoing, as_of, worst, reported, findings)


def _limited(
    changes: tuple[GradeChange, ...],
    ongoing: bool | None,
    as_of: PartialTime | None,
    worst: int | None,
    reported: tuple[ReportedGrade, ...],
    findings: tuple[RecordFinding, ...],
) -> Graded:
    """A course that an event can have: of too many changes, that each grade was reached."""
    if len(changes) > MOST_CHANGES:
        known = [each.grade for each in changes if each.grade is not None]
        peak = at_some_time(changes[0].at, max(known)) if known else changes[:1]
        changes = (*peak, changes[-1])
        findings = (*findings, row_finding("too_many_changes", "/grades"))
    bounds = worst is not None and any(each.grade is None for each in changes)
    return Graded(
        changes=changes,
        ongoing=ongoing,
        ongoing_as_of=as_of,
        worst_grade=worst if bounds else None,
        reported=reported,
        findings=findings,
    )
