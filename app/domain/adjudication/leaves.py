"""The leaves of an explanation: one question to the record, and what it answers."""

from typing import Final

from app.domain.adjudication.result import Reason, ReasonKind, TruthWord
from app.domain.dlt.facts import Fact

_PATHS: Final = {
    "related": "causality",
    "laboratory": "laboratory",
    "clinically_significant": "clinically_significant",
    "intervention": "interventions",
    "intervention_duration": "interventions",
    "intervention_start": "interventions",
    "other_crs_symptoms": "other_crs_symptoms",
    "alternative_cause": "alternative_causes",
    "fact": "facts",
    "number": "facts",
    "concurrent": "events",
    "occurrence": "events",
    "serious": "seriousness",
    "ruling": "rulings",
    "under_syndrome": "part_of",
}


def leaf(
    kind: ReasonKind, says: str, truth: TruthWord, since: str | None, text: str, *records: str
) -> Reason:
    """A question, its answer at the data cut, and the records that give it."""
    return Reason(
        kind=kind,
        clause=None,
        at=None,
        says=says,
        truth=truth,
        since=since,
        text=text,
        records=records,
        parts=(),
    )


def path_of(fact: Fact) -> str:
    """Where an event's record answers a fact."""
    path = _PATHS[fact.kind]
    return f"{path}/{fact.subject[0]}" if fact.kind in ("fact", "number") else path
