"""What an adjudication answers. Instants are ISO 8601 text in the site's zone."""

import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

VerdictWord = Literal["DLT", "NOT_DLT", "PENDING", "UNDETERMINED", "NOT_APPLICABLE"]
Status = Literal[
    "DLT", "UNDETERMINED", "PENDING", "IN_WINDOW", "NOT_EVALUABLE", "NO_DLT", "NOT_APPLICABLE"
]
MissingField = Literal[
    "causality", "clock_time", "baseline_grade", "assessment", "clinical_significance",
    "committee_ruling", "onset", "recovery", "dates", "grade", "follow_up", "death", "exposure",
    "term", "interventions", "intervention_duration", "intervention_start",
     "other_crs_symptoms", "syndrome", "laboratory", "alternative_cause",
    "fact", "number", "seriousness", "concurrent_event", "occurrence",
]  # fmt: skip
TruthWord = Literal["yes", "no", "unknown", "not_yet"]
ReasonKind = Literal[
    "verdict", "status", "event", "criterion", "exception", "fact", "onset", "reached", "peak",
    "clock",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A datum that could change the verdict, and what each answer to it would do."""

    field: MissingField
    event: str | None
    text: str
    would_settle: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong or remarkable in the record, which was kept as it is.

    `verdicts`, where a verdict hangs on it, says what the verdict is by each answer.
    """

    code: str
    message: str
    verdicts: Annotated[Mapping[str, str], Field(exclude_if=operator.not_)] = field(
        default_factory=dict, hash=False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One node of an explanation: a clause or a condition, what it came to, and why.

    `kind` is what the node speaks of: a `peak` is the highest grade of a run, a `clock` a
    duration against a limit, `reached` a grade that is reached, `onset` a window.
    `truth` is at the data cut: `not_yet` becomes true by the mere passing of time. `since` is the
    instant from which it is true, where that is known. `records` names what it rests on, as
    paths into the case with events by their id.
    """

    kind: ReasonKind
    clause: str | None
    at: str | None
    says: str
    truth: TruthWord
    since: str | None
    text: str
    records: tuple[str, ...]
    parts: "tuple[Reason, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why: as sentences, and as the tree that they were made from."""

    text: str
    tree: Reason


CounterfactualKind = Literal["clock", "grade", "causality", "fact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterfactual:
    """One datum that would have made a DLT none, or another event one, had it been otherwise.

    `kind` is what it is of: of a duration against a limit, of the grades, of the causality, or of
    another fact. `at` is the last day, or instant, that is within the limit. The sentence is true
    of the case with that one change, all else as it was recorded.
    """

    kind: CounterfactualKind
    sentence: str
    at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAdjudication:
    """The verdict of one event. `counterfactual` is there where it was asked for."""

    id: str
    verdict: VerdictWord
    criterion: str | None
    exception: str | None
    established_at: str | None
    becomes_dlt_at: str | None
    open: bool
    missing: tuple[Missing, ...]
    refer_to_committee: bool
    readings: tuple[str, ...]
    explanation: Explanation
    findings: tuple[Finding, ...]
    counterfactual: Annotated[tuple[Counterfactual, ...], Field(exclude_if=operator.not_)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSpan:
    """A DLT window: its start, and the first instant after it."""

    start: str | None
    end: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectAdjudication:
    """The status of one patient."""

    id: str
    status: Status
    until: str | None
    """End of the open window, or the earliest instant at which a pending event becomes a DLT."""
    reason: str | None
    window: tuple[WindowSpan, ...]
    missing: tuple[Missing, ...]
    explanation: Explanation
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjudicated:
    """One patient: every event in the order of the case, and the patient."""

    events: tuple[EventAdjudication, ...]
    subject: SubjectAdjudication
