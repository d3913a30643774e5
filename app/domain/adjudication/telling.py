"""How much is told of what is judged, and what is noted of it."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Final

from app.domain.adjudication.judged_columns import JudgedColumns
from app.domain.adjudication.result import EventAdjudication


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How much an answer tells.

    A `brief` one has the same verdicts, instants and referrals, and of all that explains them only
    what is missing. Of `known` events, by id, it is known already what is told: they are told so,
    and not judged; no two patients may share such an id, as those of events that results make are
    shared. `noted` is filled with what was evaluated, by the place of each subject whose
    events were judged by the protocol as it is.
    """

    brief: bool = False
    known: Mapping[str, EventAdjudication] = field(default_factory=dict)
    noted: MutableMapping[int, JudgedColumns] | None = None


EVERYTHING: Final = Telling()
"""Every event, with its explanation."""
IN_BRIEF: Final = Telling(brief=True)
