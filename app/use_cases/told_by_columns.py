"""What another version tells otherwise of patients, told by their columns alone.

Where all that comes out otherwise of a patient can be read off the columns that were kept, nothing
else is read: neither the record nor the explanations that stand.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from app.domain.adjudication.status import by_events
from app.domain.diff.agreement import Agreement
from app.domain.dlt.packed import Packed
from app.use_cases.held_against import Held, Otherwise, held_against
from app.use_cases.kept_columns import KeptColumns
from app.use_cases.summaries import SUMMARY, Summary
from app.use_cases.verdict_changes import (
    ChangedEvent,
    ChangedPatient,
    ToldStatus,
    short,
    status_of,
)
from app.use_cases.versions import Compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a version, by its number, tells otherwise of a patient."""

    changed: ChangedPatient
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A patient, with the events that other rules concern, and those whose columns serve them."""

    told: KeptColumns
    packed: Packed
    served: Sequence[int]
    concerned: Set[int]


def asked_of(told: KeptColumns, packed: Packed, pair: Compared, as_of: int) -> Asked | None:
    """What the new version of a pair is asked of a patient who stands at an instant.

    None where more than events hangs on the version: where it differs in what every verdict rests
    on, is named in words, or grades otherwise what was computed. Whether an event is taken to go
    on may hang on the others, too.
    """
    agreed = pair.agreed
    is_named = told.verdicts.named and pair.old.name != pair.new.name
    if agreed is None or is_named or (told.computed and not agreed.grades_alike):
        return None
    concerned = _concerned(told, agreed)
    if concerned and pair.look_beside and told.verdicts.silent:
        return None
    served = () if told.computed or told.last_datum != as_of else _served(told, concerned)
    return Asked(told=told, packed=packed, served=served, concerned=concerned)


def _concerned(told: KeptColumns, agreed: Agreement) -> Set[int]:
    """The places of the events whose verdicts what was altered may concern."""
    if agreed.alters_nothing:
        return frozenset()
    return {place for place, term in enumerate(told.terms) if term is None or term in agreed.terms}


def _served(told: KeptColumns, concerned: Set[int]) -> list[int]:
    """Those of these events whose columns are what judging them again would begin with.

    A later cut than that of the last datum, an event that is taken to go on, and a grade that was
    computed come of verdicts themselves.
    """
    places = concerned - told.verdicts.assumed
    return sorted(place for place in places if told.terms[place] is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is told otherwise, by patient; and the places of the events of whom it is not known."""

    otherwise: Mapping[str, Told]
    left: Mapping[str, Set[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """How patients are held against another version.

    `now` is the instant by which verdicts have fallen due. `summaries` reads the JSON texts of
    what stands of some patients; without it nothing is told of what is otherwise.
    """

    pair: Compared
    now: int
    summaries: Callable[[Sequence[str]], Mapping[str, str]] | None

    def against(self, patients: Mapping[str, Asked]) -> Answer:
        """What the new version tells of patients."""
        held = [
            Held(subject=subject, told=each.told, packed=each.packed, places=each.served)
            for subject, each in patients.items()
        ]
        found = held_against(held, self.pair, telling=self.summaries is not None)
        left = {
            subject: each.concerned - found.same.get(subject, frozenset())
            for subject, each in patients.items()
        }
        known = {
            subject: events
            for subject, events in found.otherwise.items()
            if events and left[subject] == events.keys() and self._stay(patients[subject], events)
        }
        if not known or self.summaries is None:
            return Answer(otherwise={}, left=left)
        summaries = self.summaries(list(known))
        told = {
            subject: self._told(patients[subject].told, summaries[subject], events)
            for subject, events in known.items()
        }
        return Answer(otherwise={key: each for key, each in told.items() if each}, left=left)

    def _stay(self, asked: Asked, events: Mapping[int, Otherwise]) -> bool:
        """Whether judging from the record would leave these verdicts as they are.

        It goes on where one has fallen due. An undetermined event may be taken to go on; and what
        is pending, too, may settle others.
        """
        return not any(
            (each.instant is not None and each.instant <= self.now)
            or (each.new.verdict == "UNDETERMINED" and place in asked.told.verdicts.silent)
            or (each.new.verdict == "PENDING" and self.pair.look_beside)
            for place, each in events.items()
        )

    def _told(self, kept: KeptColumns, text: str, events: Mapping[int, Otherwise]) -> Told | None:
        """What is told of a patient; None where the columns are not of what stands, or that cannot
        be read, which is told where the patient is judged whole.
        """
        try:
            summary = SUMMARY.validate_json(text)
        except ValueError:
            return None
        if len(summary.events) != len(kept.terms):
            return None
        if any(each.old != short(summary.events[place]) for place, each in events.items()):
            return None
        changed = _changed(summary, events, kept.verdicts.observed)
        return Told(changed=changed, version=self.pair.new.document.version)


def _changed(
    summary: Summary, events: Mapping[int, Otherwise], observed: ToldStatus
) -> ChangedPatient:
    """What is told otherwise of a patient; `observed` is the status if no event decides it."""
    judged = [
        replace(
            each,
            verdict=events[place].new.verdict,
            becomes_dlt_at=events[place].new.becomes_dlt_at,
        )
        if place in events
        else each
        for place, each in enumerate(summary.events)
    ]
    opinion, status = by_events(judged), observed
    if opinion is not None:
        status = ToldStatus(status=opinion.status, until=opinion.until, reason=opinion.text)
    old = status_of(summary.subject)
    same_words = all(each.old.verdict == each.new.verdict for each in events.values())
    told = (
        ChangedEvent(id=summary.events[place].id, old=each.old, new=each.new, clauses=each.clauses)
        for place, each in events.items()
    )
    return ChangedPatient(
        kind="restated" if same_words and old.status == status.status else "changed",
        old=old,
        new=status,
        events=tuple(sorted(told, key=lambda each: each.id)),
    )
