"""Adverse events in the variables of SDTM, one row for each grade that an event had.

So AESTDTC and AEENDTC are of the grade. AEGRPID ties the rows of an event, and AESPID is of the
row alone, since rows are known by it. What the record holds beside SDTM's variables stands in the
first row of the event (recorded.py). How they are read back is in docs/exports.md: grades row by
row, and an end date that ends the grade.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from app.domain.case import AdverseEvent
from app.domain.grade import DEATH
from app.domain.time import PartialTime
from app.interchange.exports.columns import (
    SERIOUSNESS,
    VERDICT,
    Cell,
    Column,
    Table,
    causality_cells,
    causality_columns,
    serious,
    verdict_cells,
)
from app.interchange.exports.events import ExportedEvent, Judge, Reckoning
from app.interchange.exports.recorded import (
    TREATMENT,
    recorded_cells,
    recorded_columns,
    treatment_cells,
)

STEP: Final = "DLTSTEP"
"""The number of a grade change within its event: whoever reads it needs no times to order them."""
STEPS: Final = "DLTSTEPS"
"""How many grade changes the event has, so that a row that is missing is missed, were it the last.
0 where its one row tells of none.
"""
WORST: Final = "DLTWORST"
"""The worst grade of the event, as a source told it: none of its course was above."""


def ae_table(reckoning: Reckoning) -> Table:
    """The columns of the table AE, of events of which this much is known."""
    return Table(
        name="AE",
        label="Adverse Events",
        records=reckoning.changes,
        columns=(
            Column(name="STUDYID", label="Study Identifier", key=1),
            Column(name="DOMAIN", label="Domain Abbreviation"),
            Column(name="USUBJID", label="Unique Subject Identifier", key=2),
            Column(name="AESEQ", label="Sequence Number", type="integer", key=3),
            Column(name="AESPID", label="Sponsor-Defined Identifier"),
            Column(name="AEGRPID", label="Group ID"),
            Column(name="AETERM", label="Reported Term for the Adverse Event"),
            Column(name="AEDECOD", label="Dictionary-Derived Term"),
            Column(name="AELLTCD", label="Lowest Level Term Code"),
            Column(name="AETOXGR", label="Standard Toxicity Grade"),
            *TREATMENT,
            *SERIOUSNESS,
            Column(name="AESTDTC", label="Start Date/Time of Adverse Event"),
            Column(name="AEENDTC", label="End Date/Time of Adverse Event"),
            Column(name="AEENRTPT", label="End Relative to Reference Time Point"),
            Column(name="AEENTPT", label="End Reference Time Point"),
            Column(name="AEOUT", label="Outcome of Adverse Event"),
            Column(name=STEP, label="Doseguard: Number of the Grade Change", type="integer"),
            Column(name=STEPS, label="Doseguard: Grade Changes of the Event", type="integer"),
            Column(name=WORST, label="Doseguard: No Grade Was Above"),
            *recorded_columns(),
            *VERDICT,
            *causality_columns(reckoning.judges),
        ),
    )


def ae_rows(
    events: Iterable[ExportedEvent], judges: tuple[Judge, ...]
) -> Iterator[tuple[Cell, ...]]:
    """The rows of events that come by patient."""
    patient, number = None, 0
    for each in events:
        if each.subject != patient:
            patient, number = each.subject, 0
        for row in _rows_of(each, number, judges):
            yield row
            number += 1


def _rows_of(
    each: ExportedEvent, before: int, judges: tuple[Judge, ...]
) -> Iterator[tuple[Cell, ...]]:
    """One row a grade change; `before` is how many rows the patient has already."""
    event, course = each.event, each.course
    code = "" if event.meddra_code is None else str(event.meddra_code)
    of_event = (event.term, "", code)
    treatment = treatment_cells(event.interventions)
    seriousness, verdict = serious(event.seriousness), verdict_cells(each.verdict)
    causality = causality_cells(event.causality, judges)
    for step, (change, after) in enumerate(zip(course, (*course[1:], None), strict=True), start=1):
        is_last = after is None
        yield (
            each.study,
            "AE",
            each.subject,
            before + step,
            f"{each.key}#{step}",
            each.key,
            *of_event,
            "" if change.grade is None else str(change.grade),
            *treatment,
            *seriousness,
            text_of(change.at),
            "" if after is None else text_of(after.at),
            *(_end(event) if is_last else ("", "")),
            _outcome(event) if is_last else "",
            step,
            len(event.grades),
            "" if event.worst_grade is None else str(event.worst_grade),
            *recorded_cells(event if step == 1 else None),
            *verdict,
            *causality,
        )


def _end(event: AdverseEvent) -> tuple[str, str]:
    """Whether the event goes on, and as of when; of one that is over, that it is."""
    if event.ongoing is None:
        return "", text_of(event.ongoing_as_of)
    return "ONGOING" if event.ongoing else "BEFORE", text_of(event.ongoing_as_of)


def _outcome(event: AdverseEvent) -> str:
    """What the last grade says of it: death, or that it is gone."""
    last = event.grades[-1].grade if event.grades else None
    if last == DEATH:
        return "FATAL"
    return "RECOVERED/RESOLVED" if last == 0 and event.ongoing is not True else ""


def text_of(time: PartialTime | None) -> str:
    """A time as it was recorded."""
    return "" if time is None else time.text
