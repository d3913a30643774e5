"""Patients of whom only those events are judged that other rules may tell something else of.

What is told of their other events is what stands: they rest on the same records, and no rule says
anything else of their terms.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from app.domain.adjudication.result import EventAdjudication
from app.domain.adjudication.telling import Telling
from app.store.adjudications import Adjudications
from app.use_cases.judging import Manner
from app.use_cases.snapshot import Snapshot
from app.use_cases.verdicts import ANSWER


def told_in_part(
    snapshot: Snapshot, concerned: Mapping[str, Set[int]], manner: Manner
) -> tuple[Manner, Sequence[str]]:
    """The manner in which some patients are judged in part, and those whose answer can be read.

    `concerned` are the places of the events that are judged. None of these patients has results
    or assessments: ids of events that results make are not of one patient alone.
    """
    store = Adjudications(connection=snapshot.connection, study=snapshot.study)
    known: dict[str, EventAdjudication] = {}
    readable = []
    for subject, stands in store.currents(list(concerned)).items():
        try:
            answer = ANSWER.validate_json(stands.answer)
        except ValueError:  # it is told where the patient is judged whole
            continue
        readable.append(subject)
        for place, event in enumerate(answer.events):
            if place not in concerned[subject]:
                known[event.id] = event
    return replace(manner, telling=Telling(known=known)), readable
