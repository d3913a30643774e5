"""Generated patients as records, and an amendment of the protocol that judges them."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Final

from app.data import protocols
from app.domain.case import AdverseEvent, Subject, SubjectData
from app.domain.record.documents import Document
from app.domain.record.kinds import key_of
from app.use_cases.ingest import Item
from app.use_cases.records import Precondition, Sent
from benchmarks.generate.cases import subject_of
from benchmarks.generate.draws import draw
from benchmarks.generate.mixes import GRAVE, Mix

PROTOCOL: Final = "NCT06886919"
SYSTEM: Final = "edc"
_OF_SUBJECT: Final = tuple(each.name for each in fields(SubjectData))
_OF_EVENT: Final = tuple(each.name for each in fields(AdverseEvent))


def amended(version: str = "2", crs: str = "P7D") -> Mapping[str, Any]:
    """IC19's protocol with other limits: CRS 7 days, not 72 hours; neutropenia 21 days, not 28."""
    document: dict[str, Any] = copy.deepcopy(dict(protocols.load(PROTOCOL, "1").document))
    document["version"] = version
    exceptions = {each["id"]: each for each in document["dlt"]["exceptions"]}
    assert exceptions["crs-g3-72h"]["limit"]["lasts"]["no_longer_than"] == "PT72H"
    exceptions["crs-g3-72h"]["limit"]["lasts"]["no_longer_than"] = crs
    neutropenia = exceptions["neutropenia-g4-28d"]
    neutropenia["limit"] = _shorter(neutropenia["limit"])
    return document


def _shorter(limit: Any) -> Any:
    """Every limit of 28 days within a condition as one of 21."""
    if isinstance(limit, dict):
        return {key: _shorter(value) for key, value in limit.items()}
    if isinstance(limit, list):
        return [_shorter(each) for each in limit]
    return "P21D" if limit == "P28D" else limit


def generated(events: int, mix: Mix = GRAVE, seed: int = 7) -> Iterator[Subject]:
    """Patients with about ten events each."""
    drawn = draw(mix, events, protocols.load(PROTOCOL, "1").ready, seed)
    for patient in range(int(drawn.patient[-1]) + 1):
        yield subject_of(drawn, patient)


def items_of(subject: Subject) -> list[Item]:
    """What an EDC system would send of a patient."""
    own = SubjectData(**{name: getattr(subject, name) for name in _OF_SUBJECT})
    sent = [
        Sent(kind="subject", key=subject.id, document=Document(subject=subject.id, content=own))
    ]
    for event in subject.events:
        content = AdverseEvent(**{name: getattr(event, name) for name in _OF_EVENT})
        document = Document(subject=subject.id, content=content)
        sent.append(Sent(kind="adverse_event", key=key_of(SYSTEM, event.id), document=document))
    return [Item(sent=each, condition=Precondition()) for each in sent]
