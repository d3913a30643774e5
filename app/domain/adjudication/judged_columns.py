"""What a patient's verdicts were evaluated from: columns that later rules can be held against."""

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass

from app.domain.adjudication.prepare import Prepared
from app.domain.adjudication.status import Opinion, by_observation
from app.domain.adjudication.unobserved import phase_decides
from app.domain.dlt.columns import Columns
from app.domain.dlt.judge import Verdicts
from app.domain.dlt.packed import Packed, packed
from app.domain.dlt.rule import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedColumns:
    """The events of a patient as columns, with the verdicts that the rules gave them."""

    packed: Packed
    observed: Opinion
    """The patient's status, were there no event that decides it."""
    terms: tuple[str | None, ...]
    """The term of each event; None where it is not known, or may be one of several."""
    computed: bool = False
    """Whether results or assessments were graded: then more is told than the events' verdicts."""


def note(
    judged: MutableMapping[int, JudgedColumns],
    group: Sequence[Prepared],
    columns: Columns,
    verdicts: Verdicts,
    window: Window,
) -> None:
    """Note the columns of each patient of a batch, by their places in the request.

    None of those of whom nothing is determined because their phase is not known: what is told of
    their events is not what the rules gave.
    """
    start = 0
    for patient, each in enumerate(group):
        events = each.recorded.events
        stop = start + len(events)
        if not phase_decides(each):
            judged[each.number] = JudgedColumns(
                packed=packed(columns, verdicts, patient, start, stop),
                observed=by_observation(each.recorded, window),
                terms=tuple(event.term.name for event in events),
            )
        start = stop
