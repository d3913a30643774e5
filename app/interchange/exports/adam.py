"""Adverse events in the variables of ADaM (ADAE), one row for each event.

Nothing is imputed: ASTDT and AENDT are there only where the record has the whole date, and the
flags of imputation are blank in every row. TRTEMFL is left to the analysis, which knows its
definition of treatment-emergent.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from app.domain.case import AdverseEvent
from app.domain.grade import DEATH
from app.domain.time import PartialTime, Precision
from app.interchange.exports.columns import (
    SERIOUSNESS,
    VERDICT,
    Cell,
    Column,
    Table,
    causality_cells,
    causality_columns,
    flag,
    serious,
    verdict_cells,
)
from app.interchange.exports.events import (
    EventVerdict,
    ExportedEvent,
    Judge,
    Reckoning,
    may_be_worse,
    worst_known,
)
from app.interchange.exports.sdtm import text_of

_DATED: Final = frozenset({Precision.DAY, Precision.HOUR, Precision.INSTANT})
_DATE: Final = len("2026-03-01")


def adae_table(reckoning: Reckoning) -> Table:
    """The columns of the table ADAE, of events of which this much is known."""
    return Table(
        name="ADAE",
        label="Adverse Events Analysis Dataset",
        records=reckoning.events,
        columns=(
            Column(name="STUDYID", label="Study Identifier", key=1),
            Column(name="DOMAIN", label="Domain Abbreviation"),
            Column(name="USUBJID", label="Unique Subject Identifier", key=2),
            Column(name="AESEQ", label="Sequence Number", type="integer", key=3),
            Column(name="AEGRPID", label="Group ID"),
            Column(name="AETERM", label="Reported Term for the Adverse Event"),
            Column(name="AEDECOD", label="Dictionary-Derived Term"),
            Column(name="AELLTCD", label="Lowest Level Term Code"),
            Column(name="AESTDTC", label="Start Date/Time of Adverse Event"),
            Column(name="ASTDT", label="Analysis Start Date"),
            Column(name="ASTDTF", label="Analysis Start Date Imputation Flag"),
            Column(name="AEENDTC", label="End Date/Time of Adverse Event"),
            Column(name="AENDT", label="Analysis End Date"),
            Column(name="AENDTF", label="Analysis End Date Imputation Flag"),
            Column(name="ATOXGR", label="Analysis Toxicity Grade"),
            *SERIOUSNESS,
            Column(name="DLTFL", label="Doseguard: DLT Flag"),
            Column(name="DLTGRUNK", label="Doseguard: May Have Been Worse"),
            *VERDICT,
            *causality_columns(reckoning.judges),
        ),
    )


def adae_rows(
    events: Iterable[ExportedEvent], judges: tuple[Judge, ...]
) -> Iterator[tuple[Cell, ...]]:
    """The rows of events that come by patient."""
    patient, number = None, 0
    for each in events:
        if each.subject != patient:
            patient, number = each.subject, 0
        number += 1
        yield _row_of(each, number, judges)


def _row_of(each: ExportedEvent, number: int, judges: tuple[Judge, ...]) -> tuple[Cell, ...]:
    event = each.event
    start, end, worst = _start(event), _end(event), worst_known(event)
    return (
        each.study,
        "ADAE",
        each.subject,
        number,
        each.key,
        event.term,
        "",
        "" if event.meddra_code is None else str(event.meddra_code),
        text_of(start),
        _date_of(start),
        "",
        text_of(end),
        _date_of(end),
        "",
        "" if worst is None else str(worst),
        *serious(event.seriousness),
        _dlt_flag(each.verdict),
        flag(may_be_worse(event)),
        *verdict_cells(each.verdict),
        *causality_cells(event.causality, judges),
    )


def _start(event: AdverseEvent) -> PartialTime | None:
    """When it began: with the first change that is not to grade 0."""
    return next((each.at for each in event.grades if each.grade != 0), None)


def _end(event: AdverseEvent) -> PartialTime | None:
    """When it ended: with the last change, if that is to grade 0 or death."""
    last = event.grades[-1] if event.grades else None
    return last.at if last is not None and last.grade in {0, DEATH} else None


def _date_of(time: PartialTime | None) -> str:
    """The date as it was recorded, where it is whole."""
    return time.text[:_DATE] if time is not None and time.precision in _DATED else ""


def _dlt_flag(of: EventVerdict | None) -> str:
    """Y and N where the verdict is so; blank while it is pending or undetermined, and where the
    event is none that the protocol judges.
    """
    return {"DLT": "Y", "NOT_DLT": "N"}.get("" if of is None else of.verdict, "")
