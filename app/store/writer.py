"""The one writer of a process: requests queue up and are committed together, each by itself.

Every write waits for the disk once per commit. Those that arrive while one commit is under way
share the next, each inside a savepoint of its own, and all are answered after it. The transaction
holds the write lock of the database, so numbers of the audit trail have no gaps however many
processes write.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Connection

from app.clock import Clock, NewId
from app.store.audit import AuditTrail
from app.store.buffer import Buffer
from app.store.database import Database, is_outage

T = TypeVar("T")

GROUP: Final = 64
"""Requests that share a commit at most."""


@dataclass(slots=True, kw_only=True)
class Unit:
    """What one request writes with: the connection, its place in time, and the audit trail."""

    connection: Connection
    recorded_at: datetime
    audit: AuditTrail
    new_id: NewId
    read: dict[str, Any] = field(default_factory=dict)
    """What the request has read so far of a study, by study: nobody else writes meanwhile."""


@dataclass(slots=True)
class _Waiting(Generic[T]):
    work: Callable[[Unit], T]
    answer: "Future[T]"

    def run(self, unit: Unit, buffer: Buffer) -> Callable[[], None]:
        """Do the work in a savepoint; what to tell the caller once the group is committed."""
        head = replace(unit.audit.head)
        savepoint = unit.connection.begin_nested()
        try:
            result = self.work(unit)
            buffer.finish()
            savepoint.commit()
        except Exception as error:
            if is_outage(error):  # of everyone in the group, not of this request
                raise
            buffer.drop()
            savepoint.rollback()
            unit.audit.head = head
            return _teller(self.answer.set_exception, error)
        return _teller(self.answer.set_result, result)


class Writer:
    """Does what is submitted, in order, in groups; starts its thread when it is first needed."""

    def __init__(
        self, database: Database, clock: Clock, new_id: NewId, *, group: int = GROUP
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._group = group
        self._queue: SimpleQueue[_Waiting[Any] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def submit(self, work: Callable[[Unit], T]) -> "Future[T]":
        """Do the work in a transaction. The future has its result once that is committed.

        What the work raises goes to the future, and nothing that it wrote remains. Where the
        commit fails, the future raises DatabaseUnavailable.
        """
        waiting = _Waiting(work, Future())
        with self._starting:
            if self._thread is None:
                # A queue of its own, so that it never takes the end of the thread before.
                self._queue = SimpleQueue()
                self._thread = threading.Thread(
                    target=self._run, args=(self._queue,), name="writer", daemon=True
                )
                self._thread.start()
            self._queue.put(waiting)
        return waiting.answer

    def run(self, work: Callable[[Unit], T]) -> T:
        """Submit and wait."""
        return self.submit(work).result()

    def close(self) -> None:
        """Finish what was submitted, and stop."""
        with self._starting:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._queue.put(None)
        if thread is not None:
            thread.join()

    def _run(self, queue: "SimpleQueue[_Waiting[Any] | None]") -> None:
        while True:
            group = self._next_group(queue)
            wanted = [each for each in group if each is not None]
            live = [each for each in wanted if each.answer.set_running_or_notify_cancel()]
            if live:
                self._commit(live)
            if len(wanted) < len(group):
                return

    def _next_group(
        self, queue: "SimpleQueue[_Waiting[Any] | None]"
    ) -> list[_Waiting[Any] | None]:
        group = [queue.get()]
        while len(group) < self._group and group[-1] is not None:
            try:
                group.append(queue.get_nowait())
            except Empty:
                break
        return group

    def _commit(self, group: Sequence[_Waiting[Any]]) -> None:
        try:
            with self._database.writing() as connection:
                trail = AuditTrail(connection=connection, new_id=self._new_id)
                buffer = Buffer(connection=connection)
                buffer.attach()
                tell = [each.run(self._unit(connection, trail), buffer) for each in group]
                buffer.require_nothing_waits()
        except Exception as error:  # noqa: BLE001 (whatever it is, every caller is told)
            for each in group:
                each.answer.set_exception(error)
        else:
            for each_teller in tell:
                each_teller()

    def _unit(self, connection: Connection, trail: AuditTrail) -> Unit:
        now = self._clock()
        last = trail.head.recorded_at
        return Unit(
            connection=connection,
            # The trail's times never run backwards, whatever the clock does.
            recorded_at=now if last is None or now > last else last,
            audit=trail,
            new_id=self._new_id,
        )


def _teller(tell: Callable[[Any], None], what: object) -> Callable[[], None]:
    return lambda: tell(what)
