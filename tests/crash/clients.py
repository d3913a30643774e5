"""Clients that write, and send each request again until it is acknowledged."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from tests.crash.workload import Made, Write, Writes, writes

GIVE_UP_AFTER: Final = 180.0
_AGAIN_AFTER: Final = 0.05
_ACKNOWLEDGED: Final = frozenset({200, 201})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request was answered."""

    status: int
    headers: http.client.HTTPMessage
    text: bytes

    @property
    def value(self) -> Any:
        return json.loads(self.text)

    @property
    def means_later(self) -> bool:
        """Whether it is a whole problem that says when to come again: 503, or a key in use."""
        if self.headers["Content-Type"] != "application/problem+json":
            return False
        told = self.value
        later = (self.status, told["code"]) in {
            (503, "database_unavailable"),
            (409, "idempotency_key_in_use"),
        }
        return later and told["status"] == self.status and self.headers["Retry-After"] == "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """A write, and the answer that said it is kept."""

    write: Write
    answer: Answer


@dataclass(slots=True)
class Tally:
    """What became of requests."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    lost_connections: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """Count another's as well."""
        self.acknowledged += other.acknowledged
        self.statuses += other.statuses
        self.lost_connections += other.lost_connections

    @property
    def makes(self) -> list[Made]:
        """All that has to be there."""
        return [made for each in self.acknowledged for made in each.write.makes]

    @property
    def told(self) -> str:
        """All of it in a line."""
        statuses = ", ".join(
            f"{status} {many} times" for status, many in sorted(self.statuses.items())
        )
        return (
            f"{len(self.acknowledged)} acknowledged requests that make {len(self.makes)} versions "
            f"or holds; statuses {statuses}; {self.lost_connections.total()} connections lost"
        )


class Client:
    """One client, with one connection that is made again when it is lost."""

    def __init__(
        self, host: str, port: int, up: threading.Event, changed: threading.Condition | None = None
    ) -> None:
        """`up` is set while nothing is known to be wrong; `changed` is told of every attempt."""
        self.tally = Tally()
        self.is_waiting = False
        """Whether a request is under way."""
        self.is_abandoned = False
        """Set where nobody is interested any more."""
        self._connection = http.client.HTTPConnection(host, port, timeout=GIVE_UP_AFTER)
        self._up = up
        self._changed = changed or threading.Condition()

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def acknowledged(self, write: Write) -> Answer:
        """Send it until it is acknowledged; anything but a problem that says so is a failure."""
        began = time.monotonic()
        while not self.is_abandoned and time.monotonic() - began < GIVE_UP_AFTER:
            answer = self.sent(write)
            if answer is not None and answer.status in _ACKNOWLEDGED:
                self.tally.acknowledged.append(Acknowledged(write=write, answer=answer))
            with self._changed:
                self._changed.notify_all()
            if answer is not None:
                if answer.status in _ACKNOWLEDGED:
                    return answer
                assert answer.means_later, (write, answer.status, answer.text)
            self._up.wait(_AGAIN_AFTER)
        raise AssertionError(f"never acknowledged: {write}")

    def got(self, path: str) -> Answer:
        """What a path answers. Raises OSError and HTTPException."""
        return self._exchanged("GET", path)

    def sent(self, write: Write) -> Answer | None:
        """Send it once; None where the connection was lost before the answer was whole."""
        self.is_waiting = True
        try:
            answer = self._exchanged(
                write.method, write.path, json.dumps(write.body), write.headers
            )
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            self.tally.lost_connections[type(error).__name__] += 1
            return None
        finally:
            self.is_waiting = False
        self.tally.statuses[answer.status] += 1
        return answer

    def _exchanged(
        self,
        method: str,
        path: str,
        body: str | None = None,
        more: Mapping[str, str] | None = None,
    ) -> Answer:
        headers = {"Content-Type": "application/json", **(more or {})}
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        text = response.read()
        # Cut short in its headers, the end of the connection counts as that of the body.
        if response.headers.get("Content-Length") != str(len(text)):
            raise http.client.IncompleteRead(text)
        return Answer(status=response.status, headers=response.headers, text=text)


class Load:
    """Clients that write at once until they are told to finish."""

    def __init__(self, host: str, port: int, up: threading.Event, clients: int) -> None:
        self._changed = threading.Condition()
        self.clients = [Client(host, port, up, self._changed) for _ in range(clients)]
        self._finish = threading.Event()
        self._futures: list[Future[None]] = []

    @property
    def acknowledged(self) -> int:
        """How many requests were, by now."""
        return sum(len(each.tally.acknowledged) for each in self.clients)

    @property
    def under_way(self) -> int:
        """How many requests are, about now."""
        return sum(each.is_waiting for each in self.clients)

    @property
    def refused(self) -> list[int]:
        """How often each client was told to come again by now."""
        return [each.tally.statuses[503] for each in self.clients]

    def wait_for(self, more: int) -> None:
        """Wait until so many more requests are acknowledged."""
        enough = self.acknowledged + more
        self.wait_until(lambda: self.acknowledged >= enough)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds, which is looked at whenever a client is answered."""
        with self._changed:
            done = self._changed.wait_for(lambda: condition() or self._has_failed(), GIVE_UP_AFTER)
        assert done, "the clients got no further"
        self._raise_failures()

    def everyone_was_refused(self, before: list[int]) -> bool:
        """Whether each client has been told to come again since then."""
        return all(now > then for now, then in zip(self.refused, before, strict=True))

    def run(self, pool: ThreadPoolExecutor) -> None:
        """Start all clients."""
        for number, client in enumerate(self.clients):
            self._futures.append(pool.submit(self._write, client, writes(str(number))))

    def finish(self) -> None:
        """Let each client have its last request acknowledged, and stop."""
        self._finish.set()
        for each in self._futures:
            each.result()

    @property
    def tally(self) -> Tally:
        """What became of all requests."""
        whole = Tally()
        for each in self.clients:
            whole.add(each.tally)
        return whole

    def _write(self, client: Client, wanted: Writes) -> None:
        try:
            write = next(wanted)
            while not self._finish.is_set():
                write = wanted.send(client.acknowledged(write).value)
        finally:
            client.close()
            with self._changed:
                self._changed.notify_all()

    def _has_failed(self) -> bool:
        return any(each.done() for each in self._futures)

    def _raise_failures(self) -> None:
        for each in self._futures:
            if each.done():
                each.result()


@contextmanager
def writing(host: str, port: int, up: threading.Event, clients: int) -> Iterator[Load]:
    """Clients that write as long as the block runs, and are then done with what they began."""
    load = Load(host, port, up, clients)
    with ThreadPoolExecutor(clients) as pool:
        load.run(pool)
        try:
            yield load
        except BaseException:
            for each in load.clients:
                each.is_abandoned = True
            raise
        load.finish()
