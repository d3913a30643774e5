"""The results of a re-adjudication as lines: NDJSON, or CSV with a row an event."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from typing import Any, Final

from app.interchange.exports.delimited import guarded

COLUMNS: Final = (
    "subject", "site", "dose_level", "kind", "protocol_old", "protocol_new", "status_old",
    "status_new", "event", "verdict_old", "verdict_new", "criterion_old", "criterion_new",
    "exception_old", "exception_new", "established_at_old", "established_at_new",
    "becomes_dlt_at_old", "becomes_dlt_at_new", "clauses", "adjudication_old", "adjudication_new",
    "problem",
)  # fmt: skip
_OF_EVENT: Final = ("verdict", "criterion", "exception", "established_at", "becomes_dlt_at")


def as_csv(documents: Iterable[str]) -> Iterator[str]:
    """A head, and a line for each event that is told of, or for the patient without one."""
    line = StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for document in documents:
        for row in _rows(json.loads(document)):
            writer.writerow([guarded(row.get(name) or "") for name in COLUMNS])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def _rows(change: Mapping[str, Any]) -> Iterator[dict[str, str | None]]:
    problem = change["problem"]
    of_patient: dict[str, str | None] = {
        **{name: change[name] for name in ("subject", "site", "dose_level", "kind")},
        **_both("protocol", change["protocol"]),
        **_both("adjudication", change["adjudication"]),
        **_both("status", {age: _status(change["status"][age]) for age in ("old", "new")}),
        "problem": None if problem is None else f"{problem['code']}: {problem['detail']}",
    }
    for event in change["events"]:
        of_event: dict[str, str | None] = {"event": event["id"]}
        for name in _OF_EVENT:
            of_event |= _both(name, {age: _value(event[age], name) for age in ("old", "new")})
        of_event["clauses"] = "; ".join(each["clause"] for each in event["clauses"])
        yield {**of_patient, **of_event}
    if not change["events"]:
        yield of_patient


def _both(name: str, pair: Mapping[str, str | None]) -> dict[str, str | None]:
    return {f"{name}_old": pair["old"], f"{name}_new": pair["new"]}


def _status(told: Mapping[str, str] | None) -> str | None:
    return None if told is None else told["status"]


def _value(told: Mapping[str, str | None] | None, name: str) -> str | None:
    return None if told is None else told[name]
