"""IC19's default rules as a decision graph of GoRules' zen engine.

A decision table finds the limit of a run by group, grade and peak; an expression node compares it
with durations that were computed before, and draws the verdict. The graph is asked about one run
at a time and knows nothing of courses, windows or dates: what makes them is not timed.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import zen

from benchmarks.rivals.closures import Run, runs
from benchmarks.rivals.known import KnownEvent

_LONG = 10**6
_HAEMATOLOGY_WITH_LIMIT = ("neutropenia", "anemia", "thrombocytopenia")
_HAEMATOLOGY = ("leukopenia", "lymphocyte reduction", "other blood cell reduction")
_TWO_WEEKS = ("transaminases and bilirubin", "hemophagocytic syndrome")
_INPUTS = ("group", "grade", "peak", "vasopressor")
_OUTPUTS = ("days", "hours", "days_at_4", "days_to_baseline")
_NEVER = str(2 * _LONG)

#: Conditions, then limits that have to be exceeded: all of `days`, `hours` and `days_at_4` for a
#: DLT, or `days_to_baseline` alone. -1 is exceeded at once.
_ROWS: tuple[tuple[tuple[str, str, str, str], tuple[str, str, str, str]], ...] = (
    *(
        ((f'"{group}"', "4", "<= 4", ""), ("-1", "-1", "28", _NEVER))
        for group in _HAEMATOLOGY_WITH_LIMIT
    ),
    *(
        ((f'"{group}"', "3", "<= 4", ""), ("7", "-1", "28", _NEVER))
        for group in _HAEMATOLOGY_WITH_LIMIT
    ),
    *(((f'"{group}"', "", "<= 4", ""), (_NEVER, "-1", "-1", _NEVER)) for group in _HAEMATOLOGY),
    (("", "4", "", ""), ("-1", "-1", "-1", _NEVER)),
    *(((f'"{group}"', "", "<= 3", ""), ("14", "-1", "-1", _NEVER)) for group in _TWO_WEEKS),
    (('"chills"', "", "", ""), ("-1", "72", "-1", _NEVER)),
    (('"cytokine release syndrome"', "", "", ""), ("-1", "72", "-1", _NEVER)),
    (('"hypotension"', "", "", "true"), ("-1", "72", "-1", _NEVER)),
    (('"icans"', "", "", ""), ("7", "-1", "-1", "28")),
    (('"seizure"', "", "", ""), ("3", "-1", "-1", _NEVER)),
    (("", "", "", ""), ("7", "-1", "-1", _NEVER)),
)


Ask = Callable[[dict[str, Any]], str]


def as_decision() -> Ask:
    """The graph as zen's first example uses it: one decision, made from JSON."""
    decision = zen.ZenEngine().create_decision(json.dumps(_document()))
    return lambda context: decision.evaluate(context)["result"]["verdict"]


def from_static_loader() -> Ask:
    """The graph from a static loader, which zen prepares once: its fastest way that was found."""
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"ic19": _document()}}})
    return lambda context: engine.evaluate("ic19", context)["result"]["verdict"]


def contexts(event: KnownEvent) -> Iterator[dict[str, Any]]:
    """What the graph is asked: one context for each run of each criterion's grade."""
    for grade in (3, 4):
        for run in runs(event, grade):
            yield _context(event, run, grade)


def verdict_of_runs(answers: Iterable[str]) -> str:
    """The verdict of an event from those of its runs."""
    given = set(answers)
    return next((word for word in ("DLT", "PENDING") if word in given), "NOT_DLT")


def _context(event: KnownEvent, run: Run, grade: int) -> dict[str, Any]:
    instant, day, _ = event["changes"][run.start]
    within = [each for each in runs(event, 4) if run.start <= each.start and _inside(each, run)]
    return {
        "group": next(iter(event["groups"]), "other"),
        "grade": grade,
        "peak": run.peak,
        "vasopressor": "vasopressor" in event["interventions"],
        "related": event["related"],
        "laboratory": event["laboratory"],
        "significant": event["clinically_significant"] is not False,
        "under_syndrome": event["under_syndrome"],
        "in_window": any(
            instant >= infused and day <= on + 28 for infused, on in event["infusions"]
        ),
        "now": _durations(event, run, within, grade, for_ever=False),
        "finally": _durations(event, run, within, grade, for_ever=True),
    }


def _inside(inner: Run, outer: Run) -> bool:
    return outer.end is None or inner.start < outer.end


def _durations(
    event: KnownEvent, run: Run, within: list[Run], grade: int, *, for_ever: bool
) -> dict[str, float]:
    days, hours = _lasting(event, run.start, grade - 1, for_ever=for_ever)
    at_4 = [_lasting(event, each.start, 3, for_ever=for_ever)[0] for each in within]
    to_baseline, _ = _lasting(event, run.start, event["baseline"], for_ever=for_ever)
    return {
        "days": days,
        "hours": hours,
        "days_at_4": max(at_4, default=0),
        "days_to_baseline": to_baseline,
    }


def _lasting(event: KnownEvent, start: int, low: int, *, for_ever: bool) -> tuple[int, float]:
    """Calendar days and hours from a change to the first at or below a grade."""
    changes = event["changes"]
    began, began_day, _ = changes[start]
    stopped = next((change for change in changes[start:] if change[2] <= low), None)
    if stopped is not None:
        return stopped[1] - began_day, (stopped[0] - began) / 3_600_000_000
    if for_ever or changes[-1][2] == 5:
        return _LONG, _LONG
    # The cut's last instant stands for the moment after it: a limit that ends there has run out.
    return event["cut_day"] - began_day, (event["cut"] + 1 - began) / 3_600_000_000


def _document() -> dict[str, Any]:
    nodes = [
        {"id": "in", "name": "run", "type": "inputNode", "position": {"x": 0, "y": 0}},
        {
            "id": "limits",
            "name": "limits",
            "type": "decisionTableNode",
            "content": _table(),
            "position": {"x": 1, "y": 0},
        },
        {
            "id": "verdict",
            "name": "verdict",
            "type": "expressionNode",
            "content": _verdict(),
            "position": {"x": 2, "y": 0},
        },
        {"id": "out", "name": "answer", "type": "outputNode", "position": {"x": 3, "y": 0}},
    ]
    steps = (("in", "limits"), ("limits", "verdict"), ("verdict", "out"))
    edges = [{"id": f"{a}-{b}", "sourceId": a, "targetId": b, "type": "edge"} for a, b in steps]
    return {"nodes": nodes, "edges": edges}


def _table() -> dict[str, Any]:
    return {
        "hitPolicy": "first",
        "passThrough": True,
        "inputs": [
            {"id": name, "name": name, "type": "expression", "field": name} for name in _INPUTS
        ],
        "outputs": [
            {"id": f"limit_{name}", "name": name, "type": "expression", "field": f"limit.{name}"}
            for name in _OUTPUTS
        ],
        "rules": [
            {
                "_id": f"row-{number}",
                **dict(zip(_INPUTS, conditions, strict=True)),
                **dict(zip((f"limit_{name}" for name in _OUTPUTS), limits, strict=True)),
            }
            for number, (conditions, limits) in enumerate(_ROWS)
        ],
    }


def _verdict() -> dict[str, Any]:
    counts = "in_window and related and not under_syndrome and (not laboratory or significant)"
    over = (
        "({0}.days > limit.days and {0}.hours > limit.hours and {0}.days_at_4 > limit.days_at_4)"
        " or {0}.days_to_baseline > limit.days_to_baseline"
    )
    expressions = (
        ("counts", counts),
        ("over_now", over.format("now")),
        ("over_finally", over.format("finally")),
        (
            "verdict",
            "$.counts and $.over_finally ? ($.over_now ? 'DLT' : 'PENDING') : 'NOT_DLT'",
        ),
    )
    return {
        "passThrough": True,
        "expressions": [{"id": key, "key": key, "value": value} for key, value in expressions],
    }
