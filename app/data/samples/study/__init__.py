"""The demonstration: studies that never were, as the requests by which they would have come in.

One file a patient, and one for the studies themselves. In every text `D-12` stands for the date
12 days before the day on which the demonstration runs, and `D-12T08:00` for that time of day; so
what is pending is pending whenever it runs. `on` is when a request reached the service, `by` who
sent it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from importlib.resources import files
from typing import Any, Final

SITES_TIME: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""The zone of the studies, which knows no daylight saving."""

STUDY: Final = "DEMO-1"
"""The first of the studies: a record that has it is a demonstration."""

_METHODS: Final = ("POST", "PUT", "DELETE")
_DAY: Final = re.compile(r"(?<![\w-])D-(?P<days>\d+)(?P<time>T\d\d:\d\d)?(?!\w)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request: when it reached the service, and who sent it."""

    at: datetime
    by: str
    method: str
    path: str
    body: Any


def steps(now: datetime) -> tuple[Step, ...]:
    """All requests up to now, in the order in which they came."""
    return tuple(sorted(_steps(now), key=lambda step: step.at))


def dated(text: str, now: datetime) -> str:
    """The text with its days counted back from the sites' present day."""
    today = now.astimezone(SITES_TIME).date()

    def date(found: re.Match[str]) -> str:
        day = (today - timedelta(days=int(found["days"]))).isoformat()
        return day if found["time"] is None else f"{day}{found['time']}+08:00"

    return _DAY.sub(date, text)


def _steps(now: datetime) -> Iterator[Step]:
    folder = files(__name__)
    for name in sorted(entry.name for entry in folder.iterdir()):
        if not name.endswith(".json"):
            continue
        for step in json.loads(dated(folder.joinpath(name).read_text("utf-8"), now))["steps"]:
            (method,) = (each for each in _METHODS if each in step)
            yield Step(
                at=datetime.fromisoformat(step["on"]),
                by=step["by"],
                method=method,
                path=step[method],
                body=step["body"],
            )
