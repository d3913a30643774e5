"""What a count of named events refuses: terms that nobody knows, and records that cannot be."""

from collections.abc import Iterator, Sequence
from typing import Final

from app.domain.cohort.monitoring.courses import Cut
from app.domain.cohort.monitoring.events import EventLimit, MonitoredPatient, Vocabulary
from app.domain.errors import Fault

PATIENTS: Final = "/cohort/patients"
"""Where the patients stand in a request."""


def unknown_terms(rule: EventLimit, words: Vocabulary) -> Iterator[Fault]:
    """The rule's terms that no dictionary knows: no event would ever be one of them."""
    for place, term in enumerate(rule.terms or ()):
        if not words.names_of(term):
            meant = words.nearest(term)
            either = " or ".join(map(repr, meant))
            way_out = f"did you mean {either}?" if meant else "write one of its terms."
            told = (
                f"no version of CTCAE knows the term {term!r}; {way_out} A term of the trial's "
                "own stands in own_terms"
            )
            yield Fault(pointer=f"/rule/terms/{place}", message=told, code="unknown_term")


def twice(patients: Sequence[MonitoredPatient]) -> Iterator[Fault]:
    """Ids that an earlier patient, or an earlier event of the patient, has."""
    seen: set[str] = set()
    for place, patient in enumerate(patients):
        if patient.id in seen:
            told = "an earlier patient has this id; give each its own"
            yield Fault(pointer=f"{PATIENTS}/{place}/id", message=told, code="duplicate_id")
        seen.add(patient.id)
        events: set[str] = set()
        for at, event in enumerate(patient.events):
            if event.id in events:
                told = "an earlier event of the patient has this id; give each its own"
                pointer = f"{PATIENTS}/{place}/events/{at}/id"
                yield Fault(pointer=pointer, message=told, code="duplicate_id")
            events.add(event.id)


def dates(patients: Sequence[MonitoredPatient], cut: Cut) -> Iterator[Fault]:
    """Infusions after the data cut; ends of the follow-up, and deaths, known to be before them."""
    zone = cut.zone
    for place, patient in enumerate(patients):
        if patient.infused is None:
            continue
        at, infused = f"{PATIENTS}/{place}", patient.infused.span(zone)
        if cut.clipped(patient.infused) is None:
            told = (
                f"infused on {patient.infused.text}, after the data cut: leave the patient out, "
                "or give a later as_of"
            )
            yield Fault(pointer=f"{at}/infused", message=told, code="dates")
        until, death = patient.follow_up_until, patient.death
        if until is not None and until.span(zone).last_day < infused.first_day:
            told = (
                f"follow-up until {until.text} ended before the infusion, {patient.infused.text}: "
                "give the last day through which events were reviewed after it"
            )
            yield Fault(pointer=f"{at}/follow_up_until", message=told, code="dates")
        died = None if death is None else death.date
        if died is not None and died.span(zone).last < infused.first:
            told = (
                f"a death on {died.text} was before the infusion, {patient.infused.text}: "
                "correct one of them"
            )
            yield Fault(pointer=f"{at}/death/date", message=told, code="dates")
