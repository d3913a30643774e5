"""How the machine acts: a request, what has to become of it, and that nothing else did."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import httpx

from app.api.openapi import EXAMPLE_TIME
from tests.model.checks import Checked, Count, NewDatabase, is_shown, refused
from tests.model.content import later
from tests.model.reference import Foreseen, Kind, Seen, Sent
from tests.model.service import body_of, path_of

BelievedHow = Literal["nothing said", "right", "wrong", "any", "both", "none yet"]
REASON: Final = {"reason": {"code": "DATA_ENTRY", "text": "it was another patient's"}}
UNREAD: Final = Foreseen(status=422, code="invalid_request")
"""What becomes of an item that cannot be read."""
_KINDS: Final[tuple[Kind, ...]] = (
    "site",
    "subject",
    "exposure",
    "adverse_event",
    "laboratory_result",
    "laboratory_range",
)
_NO_TAG: Final = '"999.0000000000000000"'


@dataclass(frozen=True, slots=True)
class Kept:
    """A request that was sent with an Idempotency-Key, and what it was answered."""

    request: tuple[str, str, Any]
    status: int
    text: str
    at: datetime


class Acting(Checked):
    """Sends requests, and settles each with the reference."""

    def __init__(self, new_database: NewDatabase, count: Count) -> None:
        super().__init__(new_database, count)
        self.kept: dict[str, Kept] = {}

    def send(
        self, method: str, path: str, body: Any, key: str | None, **headers: str
    ) -> httpx.Response:
        """One request, perhaps with an Idempotency-Key."""
        given = headers if key is None else {**headers, "Idempotency-Key": key}
        return self.system.run(self.system.ask(method, path, body, given))

    def keep(
        self, method: str, path: str, body: Any, key: str | None, answer: httpx.Response
    ) -> None:
        """Remember what a key was answered; it was answered for the first time."""
        assert "Idempotent-Replayed" not in answer.headers
        if key is not None:
            request = (method, path, body)
            self.kept[key] = Kept(request, answer.status_code, answer.text, self.now)

    def replayed(self, method: str, path: str, body: Any, key: str | None) -> bool:
        """Whether the key is taken: then the first answer comes again, or it is refused."""
        kept = None if key is None else self.kept.get(key)
        if kept is None:
            return False
        for request in (kept.request, (method, path, body)):
            answer = self.send(*request, key)
            if request == kept.request:
                assert (answer.status_code, answer.text) == (kept.status, kept.text)
                assert answer.headers.get("Idempotent-Replayed") == "true"
            else:
                refused(answer, 422, "idempotency_key_reused")
        self.settle()
        return True

    def seen(self, kind: Kind, key: str, believed: BelievedHow) -> Seen:
        """What a client says that it has seen of a record."""
        history = self.reference.histories.get((kind, key))
        right = _NO_TAG if history is None else history.current.etag
        match believed:
            case "nothing said":
                return Seen()
            case "right":
                return Seen(tags=(right,))
            case "wrong":
                return Seen(tags=(_NO_TAG,))
            case "any":
                return Seen(tags=("*",))
            case "both":
                return Seen(tags=(_NO_TAG, right))
            case "none yet":
                return Seen(nothing=True)

    def of_now(self, content: Any) -> Any:
        """What was written for the first week, as if written for the last one."""
        return later(content, ((self.now - EXAMPLE_TIME).days // 7 - 1) * 7)

    def one_of(
        self, place: int, kinds: tuple[Kind, ...] = _KINDS, *, voided: bool | None = None
    ) -> tuple[Kind, str]:
        """One of the records that are there, if there is one of this standing."""
        found = sorted(
            (kind, key)
            for (kind, key), history in self.reference.histories.items()
            if kind in kinds
        )
        histories = self.reference.histories
        wanted = [each for each in found if voided in {None, histories[each].current.voided}]
        return (wanted or found)[place % len(wanted or found)]

    def some_record(self, place: int, *, voided: bool) -> tuple[Kind, str]:
        """One of this standing most of the time, or of the other, or one that is not there."""
        if place % 8 == 0:
            return self.one_of(place, voided=not voided)
        return ("site", "never") if place % 8 == 1 else self.one_of(place, voided=voided)

    def sent(
        self, kind: Kind, key: str, subject: str | None, content: Any, source: Any = None
    ) -> Sent:
        """A record as it is sent this week."""
        of_now, said = self.of_now(content), self.of_now(source)
        return Sent(kind=kind, key=key, subject=subject, content=of_now, source=said)

    def put(self, sent: Sent, believed: BelievedHow) -> None:
        """Put a record, and settle what becomes of it."""
        now = self.step()
        if sent.kind == "study" and believed == "none yet":
            believed = "wrong"  # its correction takes If-Match only
        seen = self.seen(sent.kind, sent.key, believed)
        foreseen = self.reference.put(sent, seen, now)
        self.touched = (sent.kind, sent.key)
        path = path_of(sent.kind, sent.key)
        answer = self.system.run(self.system.ask("PUT", path, body_of(sent), seen.headers))
        self.settle_all([foreseen])
        self.answered(answer, foreseen)

    async def together(self, sent: Iterable[Sent], seen: Seen) -> list[httpx.Response]:
        """Put records at once."""
        return await asyncio.gather(
            *(
                self.system.ask("PUT", path_of(each.kind, each.key), body_of(each), seen.headers)
                for each in sent
            )
        )

    def change_standing(
        self, method: str, record: tuple[Kind, str], believed: BelievedHow, key: str | None
    ) -> None:
        """Void (DELETE) or restore (POST) a record, and settle what becomes of it."""
        now, (kind, name) = self.step(), record
        path = path_of(kind, name) + ("" if method == "DELETE" else "/restore")
        if self.replayed(method, path, REASON, key):
            return
        # These two take If-Match only.
        seen = self.seen(kind, name, "wrong" if believed == "none yet" else believed)
        act = self.reference.void if method == "DELETE" else self.reference.restore
        foreseen = act(kind, name, seen, now)
        answer = self.send(method, path, REASON, key, **seen.headers)
        self.touched = record
        self.settle_all([foreseen])
        self.answered(answer, foreseen)
        if foreseen.code is None:
            self.keep(method, path, REASON, key, answer)

    def settle_all(self, done: Iterable[Foreseen]) -> None:
        """The trail tells these writes in their order, and their patients are judged."""
        done = list(done)
        self.settle(
            versions=[each.written for each in done if each.written is not None],
            judged={subject for each in done for subject in each.affected},
        )

    def due(self) -> set[str]:
        """The patients whose verdicts time alone may have changed by now."""
        return {
            subject
            for subject in self.reference.live()
            if (due := self.standing[subject].due) is not None and due <= self.now
        }


def item_of(sent: Sent, seen: Seen, is_broken: bool) -> dict[str, Any]:
    """A record as an item of a batch."""
    system, _, record_id = sent.key.partition(":")
    source = {**(sent.source or {}), "system": system, "record_id": record_id}
    tags = {} if seen.tags is None else {"if_match": ", ".join(seen.tags)}
    new = {"if_none_match": "*"} if seen.nothing else {}
    broken = {"tem": "Rash"} if is_broken else {}
    return {**sent.content, "subject": sent.subject, "source": source, **tags, **new, **broken}


def is_item(item: Mapping[str, Any], foreseen: Foreseen, *, dry: bool) -> None:
    """An item of a batch was answered as foreseen."""
    if foreseen.code is not None:
        assert (item["result"], item["refusal"]["code"]) == ("rejected", foreseen.code)
        assert item["refusal"]["status"] == foreseen.status
        assert item["record"] is item["audit"] is None
        return
    assert (item["result"], item["refusal"]) == (foreseen.result, None)
    assert foreseen.holds is not None
    is_shown(item["record"], foreseen.holds)
    seq = item["audit"]["seq"] if item["audit"] else None
    assert seq == (foreseen.written.seq if foreseen.written and not dry else None)
