"""Patients of whom only those events are judged that other rules may tell something else of.

What is told of their other events is what stands: they rest on the same records, and no rule says
anything else of their terms.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from app.domain.adjudication.result import EventAdjudication
from app.domain.adjudication.telling import Telling
from app.use_cases.judging import Manner
from app.use_cases.summaries import SUMMARY, unexplained


def told_in_part(
    summaries: Mapping[str, str], concerned: Mapping[str, Set[int]], manner: Manner
) -> tuple[Manner, Sequence[str]]:
    """The manner in which some patients are judged in part, and those whose verdicts can be read.

    `summaries` are those of what stands, as JSON texts. `concerned` are the places of the events
    that are judged; the others are told without their explanations. None of these patients has
    results or assessments: ids of events that results make are not of one patient alone.
    """
    known: dict[str, EventAdjudication] = {}
    readable = []
    for subject, places in concerned.items():
        try:
            summary = SUMMARY.validate_json(summaries[subject])
        except ValueError:  # it is told where the patient is judged whole
            continue
        readable.append(subject)
        for place, event in enumerate(summary.events):
            if place not in places:
                known[event.id] = unexplained(event)
    return replace(manner, telling=Telling(known=known)), readable
