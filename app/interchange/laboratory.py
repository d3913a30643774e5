"""The rows of laboratory results (LB) become results, one of each row, with their baselines.

Nothing is graded here: the engine grades results over time, as courses of their own beside the
adverse events (app/domain/adjudication/laboratory.py, results.py), so that a row of AE needs no
copy of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from app.domain.case import LaboratoryBaseline
from app.domain.record.documents import Document
from app.domain.record.row_findings import row_finding
from app.domain.source_system import SourceSystem
from app.domain.time import Zone, zone_of
from app.interchange.cells import Cells
from app.interchange.held import last_change, standing
from app.interchange.made import HeldRow, Made, Part, Unmapped
from app.interchange.result_rows import FLAGS, Range, ResultRow, read_result

_Baselines = Mapping[tuple[str, str], tuple[ResultRow, ...]]


def results_of(rows: Sequence[HeldRow], system: SourceSystem) -> tuple[Part, ...]:
    """The results that the rows hold; those that may be of after the baseline have it."""
    parts: list[Part] = []
    unmapped: dict[Unmapped, None] = {}
    read: list[ResultRow] = []
    for row in standing(rows, "LB"):
        cells = Cells(row.fields, system)
        found = read_result(row, cells)
        unmapped |= dict.fromkeys(cells.unmapped)
        if isinstance(found, ResultRow):
            read.append(found)
        else:
            parts.append(found)
    baselines = _flagged(read)
    zone = zone_of(system.time_zone or "UTC")
    parts += [_made(each, baselines.get(each.measure, ()), zone) for each in read]
    return (*parts, *unmapped)


def _flagged(read: Iterable[ResultRow]) -> _Baselines:
    """By measure the rows that are flagged as its baseline, by the first flag that any has."""
    found: dict[tuple[str, str], list[ResultRow]] = {}
    for each in read:
        if each.flag is not None:
            found.setdefault(each.measure, []).append(each)
    first = {
        measure: min((row.flag or "" for row in rows), key=FLAGS.index)
        for measure, rows in found.items()
    }
    return {
        measure: tuple(row for row in rows if row.flag == first[measure])
        for measure, rows in found.items()
    }


def _made(each: ResultRow, flagged: Sequence[ResultRow], zone: Zone) -> Made:
    """The record of a result, held against the one row that is flagged as its baseline."""
    findings, result = each.findings, each.result
    held: tuple[HeldRow, ...] = (each.row,)
    is_flagged = any(row is each for row in flagged)
    if is_flagged and len(flagged) > 1:
        findings = (*findings, row_finding("baseline_flags_several", "/baseline"))
    if len(flagged) == 1 and not is_flagged and not _is_before(each, flagged[0], zone):
        baseline = _baseline(flagged[0])
        if baseline is not None:
            result, held = replace(result, baseline=baseline), (each.row, flagged[0].row)
    source, reason = last_change(held)
    return Made(
        kind="laboratory_result",
        record_id=each.row.key,
        document=Document(subject=each.row.subject, content=result),
        rows=tuple(row.key for row in held),
        findings=findings,
        source=source,
        reason=reason,
    )


def _is_before(each: ResultRow, baseline: ResultRow, zone: Zone) -> bool:
    """Whether a result is surely older than the baseline, and so not to be held against it."""
    then = baseline.result.measured_at.span(zone)
    return each.result.measured_at.span(zone).last < then.first


def _baseline(each: ResultRow) -> LaboratoryBaseline | None:
    """The value of a flagged row, and where it lay: as its source says, else by its limits."""
    value = each.number
    lay = _lay(each) if each.range is None else each.range
    return None if value is None and lay is None else LaboratoryBaseline(value=value, range=lay)


def _lay(each: ResultRow) -> Range | None:
    value, lln, uln = each.number, each.result.lln, each.result.uln
    if value is None:
        return None
    if uln is not None and value > uln:
        return "high"
    if lln is not None and value < lln:
        return "low"
    return None if uln is None or lln is None else "normal"
