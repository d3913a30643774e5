"""Exports of a study's adverse events with the verdicts that stand (docs/exports.md).

An export is made whole before any of it is handed on, on disk where it is long: one that a failure
cut off could not be told from one that is complete.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from sqlalchemy import Connection

from app.domain.case import AdverseEvent
from app.domain.record.documents import read_once
from app.domain.time import PartialTime
from app.interchange.exports import ExportFormat, Made, written
from app.interchange.exports.events import EventVerdict, ExportedEvent, reckoned
from app.store.adjudications import Adjudications, StoredAdjudication
from app.store.records import Records, Stored
from app.use_cases.adjudicate import engine_version
from app.use_cases.order import source_time
from app.use_cases.records import source_of
from app.use_cases.summaries import SUMMARY

_PATIENTS_AT_ONCE: Final = 100
_IN_MEMORY: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedEvents:
    """The adverse events of a study that count, by patient: as often as one goes through them.

    Those of a patient who is not recorded yet are among them, without a verdict; those of one who
    is voided are not. `known_at` is the instant whose record is told, None for now.
    """

    connection: Connection
    study: str
    known_at: datetime | None = None

    def __iter__(self) -> Iterator[ExportedEvent]:
        records = Records(connection=self.connection, kind="adverse_event", study=self.study)
        after: str | None = None
        while patients := records.patients(self.known_at, after=after, limit=_PATIENTS_AT_ONCE):
            after = patients[-1]
            yield from self._of(patients)

    def _of(self, patients: list[str]) -> Iterator[ExportedEvent]:
        """The events of some patients, page by page so that memory does not grow with all."""
        of_kind = Records(connection=self.connection, kind="adverse_event", study=self.study)
        events: dict[str, list[ExportedEvent]] = {each: [] for each in patients}
        verdicts = self._verdicts(patients)
        for stored in of_kind.of_patients(patients, self.known_at):
            subject = stored.subject or ""
            events[subject].append(
                ExportedEvent(
                    study=self.study,
                    subject=subject,
                    key=stored.key,
                    event=_event_of(stored),
                    verdict=verdicts.get(stored.key),
                )
            )
        voided = self._voided(patients)
        for patient in patients:
            if patient not in voided:
                yield from events[patient]

    def _verdicts(self, patients: list[str]) -> dict[str, EventVerdict]:
        """The verdicts that stand, by the keys of events."""
        store = Adjudications(connection=self.connection, study=self.study)
        standing = store.of_patients(patients, self.known_at)
        return {key: told for each in standing for key, told in _verdicts_of(each)}

    def _voided(self, patients: list[str]) -> frozenset[str]:
        records = Records(connection=self.connection, kind="subject", study=self.study)
        return records.voided_among(patients, self.known_at)


def export(events: ExportedEvents, wanted: ExportFormat, now: datetime) -> IO[bytes]:
    """A file with the whole export, at its beginning; whoever asks for it closes it."""
    reckoning = reckoned(events)
    made = Made(study=events.study, at=_text(now), version=engine_version())
    file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (closed by who asks)
    try:
        for piece in written(wanted, events, reckoning, made):
            file.write(piece.encode())
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def _event_of(stored: Stored) -> AdverseEvent:
    content = read_once("adverse_event", stored.schema_number, stored.document).content
    if not isinstance(content, AdverseEvent):
        raise TypeError(f"adverse event {stored.key!r} holds {type(content).__name__}")
    if content.ongoing is not True or content.ongoing_as_of is not None:
        return content
    # Who reads the export would take it for known up to the export's own time.
    told = source_time(source_of(stored)) or stored.recorded_at
    as_of = PartialTime(_text(min(told, stored.recorded_at)))
    return replace(content, ongoing_as_of=as_of)


def _verdicts_of(stored: StoredAdjudication) -> Iterator[tuple[str, EventVerdict]]:
    for each in SUMMARY.validate_json(stored.summary).events:
        yield (
            each.id,
            EventVerdict(
                verdict=each.verdict,
                criterion=each.criterion,
                exception=each.exception,
                established_at=each.established_at,
                becomes_dlt_at=each.becomes_dlt_at,
                open=each.open,
                missing=tuple(dict.fromkeys(missing.field for missing in each.missing)),
                refer_to_committee=each.refer_to_committee,
                adjudication=stored.id,
                as_of=_text(stored.as_of),
                protocol=stored.protocol,
                protocol_version=stored.protocol_version,
            ),
        )


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
