"""The worker beside the service: it does jobs while the service runs, one after the other."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from app.api.dependencies import Record
from app.api.record_items import faults_in, sent_in
from app.clock import NewId
from app.store.database import DatabaseUnavailable
from app.use_cases.importing import Workplace
from app.use_cases.jobs import LEASE
from app.use_cases.working import work_on_next

_LOG = logging.getLogger("uvicorn.error")


def workplace(record: Record, new_id: NewId, lease: timedelta = LEASE) -> Workplace:
    """Where a worker of this process works."""
    return Workplace(
        database=record.database,
        writer=record.writer,
        worker=str(new_id()),
        clock=record.clock,
        read_item=sent_in,
        tell_faults=faults_in,
        lease=lease,
    )


@contextmanager
def working(record: Record, place: Workplace) -> Iterator[None]:
    """Do jobs in a thread until the block ends; the step at hand is finished.

    Several times in a lease it looks for jobs that another process was asked for, or lost.
    """
    waiting, ending = threading.Event(), threading.Event()
    seconds = place.lease.total_seconds() / 6

    def work() -> None:
        while not ending.is_set():
            waiting.clear()
            if not _did(place, ending):
                waiting.wait(seconds)

    record.wake = waiting.set
    thread = threading.Thread(target=work, name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        waiting.set()
        thread.join()


def _did(place: Workplace, ending: threading.Event) -> bool:
    """Whether there was a job to be done."""
    try:
        return work_on_next(place, ending.is_set)
    except DatabaseUnavailable:
        _LOG.warning("The worker waits: the database does not answer.")
    except Exception:  # noqa: BLE001 (of whatever kind: other jobs wait as well)
        _LOG.exception("The worker met a defect; it goes on with the next job.")
    return False
