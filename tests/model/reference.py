"""The record as a few lines of Python: versions in lists, and what a request does to them.

It is written from the contract and knows nothing of the service's code. Verdicts it does not
foresee, but which patients are judged, and that nothing else changes.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, Literal

from tests.model.content import Content

Kind = Literal[
    "study",
    "site",
    "subject",
    "exposure",
    "adverse_event",
    "laboratory_result",
    "laboratory_range",
]
_TIME: Final = re.compile(r"\d{4}-\d{2}(-\d{2}(T\d{2}:\d{2}.*)?)?")
Result = Literal["created", "updated", "stale", "voided", "restored"]
ACTIONS: Final = {
    "created": "created",
    "updated": "corrected",
    "stale": "received_late",
    "voided": "voided",
    "restored": "restored",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A record as a client sends it."""

    kind: Kind
    key: str
    subject: str | None
    content: Content
    source: Content | None = None

    def is_same_as(self, other: "Sent") -> bool:
        """Whether the two documents are the same, whatever their sources say."""
        return (self.content, self.subject) == (other.content, other.subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the client says that it has seen: tags, anything (`*`), or nothing yet."""

    tags: tuple[str, ...] | None = None
    nothing: bool = False

    def holds(self, history: "History | None") -> bool:
        """Whether it is so."""
        if self.nothing and history is not None:
            return False
        if self.tags is None:
            return True
        return history is not None and ("*" in self.tags or history.current.etag in self.tags)

    @property
    def headers(self) -> dict[str, str]:
        """How a request says it."""
        said = {} if self.tags is None else {"If-Match": ", ".join(self.tags)}
        return {**said, **({"If-None-Match": "*"} if self.nothing else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a record."""

    number: int
    result: Result
    sent: Sent
    recorded_at: datetime
    seq: int

    @property
    def voided(self) -> bool:
        """Whether the record counts no more."""
        return self.result == "voided"

    def speaks_of_what_came(self, now: datetime) -> bool:
        """Whether a time that it stated ahead has come since: said again, it says more.

        From when to when a range holds is nothing that happens.
        """
        return self.sent.kind != "laboratory_range" and any(
            self.recorded_at < at <= now for at in _times(self.sent.content)
        )

    @property
    def etag(self) -> str:
        """The strong entity tag: the number, and the beginning of the digest."""
        document = {"content": self.sent.content}
        if self.sent.subject is not None:
            document["subject"] = self.sent.subject  # type: ignore[assignment]
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return f'"{self.number}.{sha256(text.encode()).hexdigest()[:16]}"'


def _times(value: Any) -> Iterator[datetime]:
    """The first instant of every time in a content; wall clocks are taken for UTC."""
    if isinstance(value, dict):
        for each in value.values():
            yield from _times(each)
    elif isinstance(value, list):
        for each in value:
            yield from _times(each)
    elif isinstance(value, str) and _TIME.fullmatch(value):
        at = datetime.fromisoformat(f"{value}-01" if len(value) == len("2026-03") else value)
        yield at if at.tzinfo else at.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class History:
    """All versions of a record in the order in which they came, and how far its source is."""

    versions: tuple[Version, ...] = ()
    sequence: int | None = None
    time: datetime | None = None

    @property
    def applied(self) -> tuple[Version, ...]:
        """Those that replaced what held before."""
        return tuple(each for each in self.versions if each.result != "stale")

    @property
    def current(self) -> Version:
        """The one that holds."""
        return self.applied[-1]

    def at(self, instant: datetime) -> Version | None:
        """The one that held."""
        known = [each for each in self.applied if each.recorded_at <= instant]
        return known[-1] if known else None

    def is_late(self, source: Content | None) -> bool:
        """Whether the source had sent something later: by its sequence, else by its time."""
        sequence, time = _order(source)
        if sequence is not None:
            return self.sequence is not None and sequence < self.sequence
        return time is not None and self.time is not None and time < self.time

    def heard(self, source: Content | None, now: datetime) -> "History":
        """The same after the source has sent what holds; a time that lies ahead counts as now."""
        sequence, said = _order(source)
        time = None if said is None else min(said, now)
        return replace(
            self,
            sequence=max(
                (each for each in (self.sequence, sequence) if each is not None), default=None
            ),
            time=max((each for each in (self.time, time) if each is not None), default=None),
        )


def _order(source: Content | None) -> tuple[int | None, datetime | None]:
    said = source or {}
    time = said.get("time")
    return said.get("sequence"), None if time is None else datetime.fromisoformat(time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What has to become of a request on one record."""

    status: int
    code: str | None = None
    result: str | None = None
    holds: Version | None = None
    written: Version | None = None
    affected: frozenset[str] = frozenset()

    def is_told_by(self, answer: Any) -> bool:
        """Whether an answer says this, in short."""
        told = answer.json()
        return (answer.status_code, told.get("result"), told.get("code")) == (
            self.status,
            self.result,
            self.code,
        )


@dataclass(slots=True)
class Reference:
    """All records of the study."""

    histories: dict[tuple[Kind, str], History] = field(default_factory=dict)
    seq: int = 0

    def copy(self) -> "Reference":
        """Another of the same content."""
        return Reference(dict(self.histories), self.seq)

    def put(self, sent: Sent, seen: Seen, now: datetime) -> Foreseen:
        """Record or correct."""
        history = self.histories.get((sent.kind, sent.key))
        if not seen.holds(history):
            return Foreseen(status=412, code="precondition_failed")
        if history is None:
            return self._written("created", sent, now, 201)
        current = history.current
        if history.is_late(sent.source):
            if self._is_known_late(history, sent):
                return Foreseen(status=200, result="stale", holds=current)
            return self._written("stale", sent, now)
        if current.voided:
            return Foreseen(status=409, code="record_voided")
        if current.sent.is_same_as(sent) and not current.speaks_of_what_came(now):
            self.histories[sent.kind, sent.key] = history.heard(sent.source, now)
            return Foreseen(status=200, result="unchanged", holds=current)
        return self._written("updated", sent, now)

    def void(self, kind: Kind, key: str, seen: Seen, now: datetime) -> Foreseen:
        """Take out."""
        return self._again("voided", "record_voided", kind, key, seen, now)

    def restore(self, kind: Kind, key: str, seen: Seen, now: datetime) -> Foreseen:
        """Let count again."""
        return self._again("restored", "not_voided", kind, key, seen, now)

    def live(self, kind: Kind = "subject") -> set[str]:
        """The keys of records that count."""
        return {
            key
            for (each, key), history in self.histories.items()
            if each == kind and not history.current.voided
        }

    def listed(self, kind: Kind, at: datetime | None = None) -> list[Version]:
        """What holds or held of all records of a kind, by key."""
        found = [
            history.current if at is None else history.at(at)
            for (each, _), history in sorted(self.histories.items())
            if each == kind
        ]
        return [each for each in found if each is not None]

    def _again(
        self, result: Result, code: str, kind: Kind, key: str, seen: Seen, now: datetime
    ) -> Foreseen:
        history = self.histories.get((kind, key))
        if history is None:
            return Foreseen(status=404, code="unknown_record")
        if not seen.holds(history):
            return Foreseen(status=412, code="precondition_failed")
        if history.current.voided is (result == "voided"):
            return Foreseen(status=409, code=code)
        return self._written(result, replace(history.current.sent, source=None), now)

    def _written(self, result: Result, sent: Sent, now: datetime, status: int = 200) -> Foreseen:
        if result in {"created", "updated", "restored"} and self._counts_twice(sent):
            return Foreseen(status=409, code="two_ways_of_exposure")
        history = self.histories.get((sent.kind, sent.key), History())
        before = history.current if history.versions else None
        self.seq += 1
        version = Version(
            number=len(history.versions) + 1,
            result=result,
            sent=sent,
            recorded_at=now,
            seq=self.seq,
        )
        longer = replace(history, versions=(*history.versions, version))
        if result != "stale":
            longer = longer.heard(sent.source, now)
        self.histories[sent.kind, sent.key] = longer
        return Foreseen(
            status=status,
            result=result,
            holds=longer.current,
            written=version,
            affected=self._judged(before, version),
        )

    def _judged(self, before: Version | None, version: Version) -> frozenset[str]:
        """The patients whose verdicts may change."""
        if version.result == "stale":
            return frozenset()
        if version.sent.kind == "study":
            return frozenset(self.live())
        if version.sent.kind == "site":
            return frozenset(
                each.sent.key
                for each in self.listed("subject")
                if not each.voided and each.sent.content.get("site") == version.sent.key
            )
        if version.sent.kind == "laboratory_range":
            return self._measured_there(version.sent.content) & self.live()
        concerned: Iterable[Any] = (version.sent.subject, before.sent.subject if before else None)
        return frozenset(concerned) & self.live()

    def _measured_there(self, stated: Content) -> frozenset[str]:
        """The patients with a result there, of the analyte of a range, that lacks a limit."""
        results = (each for each in self.listed("laboratory_result") if not each.voided)
        return frozenset(
            str(each.sent.subject)
            for each in results
            if each.sent.content["laboratory"] == stated["laboratory"]
            and each.sent.content.get("analyte", stated["analyte"]) == stated["analyte"]
            and not {"lln", "uln"} <= each.sent.content.keys()
        )

    def _counts_twice(self, sent: Sent) -> bool:
        """Whether exposures would stand in the patient's record and come by source as well."""
        if sent.kind == "subject":
            return bool(sent.content.get("exposures")) and any(
                each.sent.subject == sent.key and not each.voided
                for each in self.listed("exposure")
            )
        patient = self.histories.get(("subject", str(sent.subject)))
        return (
            sent.kind == "exposure"
            and patient is not None
            and not patient.current.voided
            and bool(patient.current.sent.content.get("exposures"))
        )

    @staticmethod
    def _is_known_late(history: History, sent: Sent) -> bool:
        return any(
            each.result == "stale"
            and each.sent.is_same_as(sent)
            and (each.sent.source or {}).get("sequence") == (sent.source or {}).get("sequence")
            for each in history.versions
        )
