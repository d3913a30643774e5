"""One case by two paths: sent whole and judged at once, or stored record by record."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from app.domain.time import PartialTime, last_instant_of_cut, zone_of
from tests.record.service import Service, by_source, new_study, of_study

SYSTEM: Final = "edc:"
"""What the record puts before the ids of a system's events."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_THE_PATIENTS: Final = (
    "assessments", "events", "id", "laboratory", "laboratory_ranges", "rulings",
)  # fmt: skip


async def stateless(service: Service, request: Mapping[str, Any]) -> dict[str, Any]:
    """The verdicts that POST /v1/adjudicate gives."""
    return comparable(await service.done("POST", "/v1/adjudicate", request))


async def stored(service: Service, request: Mapping[str, Any]) -> dict[str, Any]:
    """The verdicts that stand once the case has been stored, at the last instant of its cut.

    `follow_up_until` is the cut: a request without it means followed up to there, and the record
    takes that for silence.
    """
    subject, zone = request["subject"], request["time_zone"]
    own_zone = zone_of(subject.get("time_zone") or zone)
    cut = last_instant_of_cut(PartialTime(request["as_of"]), own_zone)
    service.watch.now = _EPOCH + timedelta(microseconds=cut)
    study = new_study(protocol=request["protocol"], time_zone=zone)
    await service.done("POST", "/v1/studies", study)
    patient = {name: value for name, value in subject.items() if name not in _NOT_THE_PATIENTS}
    if patient.get("follow_up_until") is None:
        patient["follow_up_until"] = request["as_of"]
    await service.done("PUT", of_study(f"subjects/{subject['id']}"), patient)
    for event in subject["events"]:
        body = {name: value for name, value in event.items() if name != "id"}
        sent = {"subject": subject["id"], **body}
        await service.done("PUT", by_source(event["id"]), sent)
    for number, assessment in enumerate(subject.get("assessments", ())):
        sent = {"subject": subject["id"], **assessment}
        await service.done("PUT", by_source(f"A-{number}", "assessments"), sent)
    return comparable((await service.verdicts(subject["id"]))["verdicts"])


def comparable(answer: Mapping[str, Any]) -> dict[str, Any]:
    """All that is answered but the data cut's words, with the ids that were sent."""
    said: dict[str, Any] = _with_ids_as_sent(dict(answer))
    del said["as_of"]
    said["events"] = {each["id"]: each for each in said["events"]}
    return said


def _with_ids_as_sent(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_ids_as_sent(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_ids_as_sent(part) for part in value]
    return value.replace(SYSTEM, "") if isinstance(value, str) else value
