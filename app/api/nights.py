"""The nights of SQLite: the server that alone writes judges everybody again at a time of day."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from app.store.database import DatabaseUnavailable
from app.use_cases.importing import Workplace
from app.use_cases.jobs import Stopped
from app.use_cases.nightly import judge_all_again

_LOG = logging.getLogger("uvicorn.error")
_A_DAY: Final = timedelta(days=1)


@contextmanager
def nights(place: Workplace, time: str) -> Iterator[None]:
    """Judge everybody again at a UTC time such as 02:00, every day until the block ends.

    Without a time nothing is done. A night for which the server does not run is left out.
    """
    if not time:
        yield
        return
    ending = threading.Event()

    def work() -> None:
        while not ending.wait(until(time, place.clock()) / timedelta(seconds=1)):
            _night(replace(place, stopping=ending.is_set))

    thread = threading.Thread(target=work, name="nights", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def until(time: str, now: datetime) -> timedelta:
    """How long it is until a UTC time of day comes next: a day where it is just now."""
    hour, minute = map(int, time.split(":"))
    at = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return at - now if at > now else at + _A_DAY - now


def _night(place: Workplace) -> None:
    try:
        judge_all_again(place)
    except Stopped:
        return
    except DatabaseUnavailable:
        _LOG.warning("The nightly re-adjudication is left out: the database does not answer.")
    except Exception:  # noqa: BLE001 (of whatever kind: there are other nights)
        _LOG.exception("The nightly re-adjudication met a defect.")
