"""Of which undetermined events two versions of a protocol miss the same data.

What is missing is told in words that rest on the record. Whether two versions would tell the same
can be known without them: it is so where every completion comes to the same under both, and the
same questions about time stay open. So nothing has to be read but columns.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.domain.adjudication.outcomes import Completed, asked_facts, completed
from app.domain.adjudication.temporal import Answered
from app.domain.adjudication.trace import Traced
from app.domain.diff.agreement import as_value
from app.domain.dlt.columns import Columns
from app.domain.dlt.completions import enumerable
from app.domain.dlt.program import Program

_AT_ONCE: Final = 64  # events whose completions are evaluated together: each may have thousands


def missing_alike(
    was: Columns, old: Program, now: Columns, new: Program
) -> NDArray[np.bool_]:  # fmt: skip
    """Of which undetermined events both versions tell that the same data are missing.

    `was` are the events as the old version reads them, `now` the same in the same order for the
    new one; their terms are known. Shape (events,). Where the versions ask for other facts it is
    not looked for.
    """
    alike = np.zeros(len(was), dtype=np.bool_)
    if old.facts != new.facts:
        return alike
    few = enumerable(was, old), enumerable(now, new)
    for row in range(len(was)):
        asked = list(asked_facts(was, row, old)) == list(asked_facts(now, row, new))
        alike[row] = asked and few[0][row] == few[1][row]
    asked_again = np.flatnonzero(alike & few[0])
    for start in range(0, len(asked_again), _AT_ONCE):
        rows = asked_again[start : start + _AT_ONCE]
        same = zip(_told(was.take(rows), old), _told(now.take(rows), new), strict=True)
        alike[rows] = [one == other for one, other in same]
    return alike


def _told(columns: Columns, program: Program) -> Sequence[Any]:
    """For each event what its completions come to, and what time leaves open of them."""
    whole = completed(columns, program)
    return [
        # the first part of a key is the number of the signature, which is the version's own
        ({key[1:]: span for key, span in outcomes.items()}, questions)
        for outcomes, questions in zip(whole.outcomes, _questions(whole, program), strict=True)
    ]


def _questions(whole: Completed, program: Program) -> list[list[Any]]:
    """What is asked about time, by event, with what either answer leaves."""
    found: list[list[Any]] = [[] for _ in whole.outcomes]
    if len(whole.open.origin):
        answered = Answered(Traced.of(whole.open.columns, program))
        for row, event in enumerate(whole.open.origin.tolist()):
            found[event].append(
                [
                    (
                        each.run.start,
                        each.run.judgement.grade,
                        as_value(each.leaf, program),
                        each.settles,
                    )
                    for each in answered.open_questions(row)
                ]
            )
    return found
