"""Other rules, held against the columns that verdicts were given by."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.diff.agreement import Agreement, carried_over
from app.domain.dlt.columns import Columns, Index
from app.domain.dlt.judge import Verdict, Verdicts, judge
from app.domain.dlt.packed import BadColumns, Packed, together
from app.store.readjudications import Standing
from app.use_cases.versions import Compared

_LOG = logging.getLogger("uvicorn.error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A patient with events that the rules may say otherwise of."""

    before: Standing
    packed: Packed
    terms: Sequence[str | None]
    events: Sequence[int]
    """Their places among the patient's events."""


def told_the_same(patients: Sequence[Held], pair: Compared) -> dict[str, set[int]]:
    """By patient, the events of which the new version tells what the old one told, for the same
    reason.

    Of an event that stays undetermined, what is missing may be otherwise: it is not among them.
    """
    agreed, old, new = pair.agreed, pair.old.rules, pair.new.rules
    if agreed is None or agreed.facts is None or old is None or new is None:
        return {}
    try:
        columns, verdicts = together([each.packed for each in patients])
    except BadColumns as error:
        _LOG.warning("Columns that were kept cannot be used, the record is: %s.", error)
        return {}
    rows = _rows(patients, columns)
    terms = [each.terms[place] or "" for each in patients for place in each.events]
    asked = carried_over(columns.take(rows), terms, old.program, new.program, agreed.facts)
    same = iter(_same(verdicts, rows, judge(asked, new.program)).tolist())
    found = {}
    for each in patients:
        told = {place for place in each.events if next(same)}
        found[each.before.subject] = told - _standing_by(each, agreed) if told else told
    return found


def _rows(patients: Sequence[Held], columns: Columns) -> Index:
    """The rows of the events that are asked for."""
    first = np.searchsorted(columns.subject, np.arange(len(patients)))
    return np.array(
        [int(begin) + place for begin, each in zip(first, patients, strict=True)
         for place in each.events],
        dtype=np.int64,
    )  # fmt: skip


def _same(before: Verdicts, rows: Index, again: Verdicts) -> NDArray[np.bool_]:
    """Which events are determined, and as they were."""
    same: NDArray[np.bool_] = (
        (again.verdict == before.verdict[rows])
        & (again.at == before.at[rows])
        & (again.referred == before.referred[rows])
        & (again.verdict != int(Verdict.UNDETERMINED))
    )
    return same


def _standing_by(held: Held, agreed: Agreement) -> set[int]:
    """The events that stand by a clause that the new version says otherwise."""
    events = json.loads(held.before.summary)["events"]
    if len(events) != len(held.terms):  # whatever that is of, it is not of these
        return set(held.events)
    return {
        place
        for place in held.events
        if agreed.clauses & {events[place]["criterion"], events[place]["exception"]}
    }
