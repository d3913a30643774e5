"""Several limits on what an event was treated with, of which the record falls silent.

Silence is persistence only where all that is open lies ahead of the cut: a PENDING event names its
instant. Where it leaves a limit open that has run out, what may have been done in it bears on the
others too, so that no instant is sure.
"""

from typing import Any

import pytest

from tests.builders import fields
from tests.domain.dlt.toy import clause
from tests.domain.dlt.treated import BEGUN, OPEN, given, judged, told

SILENT_FROM_NOON = {"ongoing": True, "ongoing_as_of": "2026-03-05T12:00+08:00"}
LIMITS = ("PT12H", "PT24H")


def soon(limit: str, kind: str = "vasopressor") -> dict[str, Any]:
    return {"intervention": {"kind": kind, "within": limit}}


def unless_treated(first: str, second: str, kind: str = "vasopressor") -> tuple[Any, ...]:
    """Exempt when it began within the one limit, as long as another keeps the other."""
    return (clause("e", when=soon(first), limit=soon(second, kind), replaces=["c"]),)


@pytest.mark.parametrize("kind", ["vasopressor", "ventilation"])
@pytest.mark.parametrize(
    ("as_of", "verdict", "at"),
    [
        # Neither limit has run out: whoever is not treated in time is a DLT at the first.
        ("2026-03-05T19:59+08:00", "PENDING", "2026-03-05T20:00:00+08:00"),
        # One began after noon perhaps, and kept the second limit too: then it never is one.
        ("2026-03-05T20:00+08:00", "UNDETERMINED", None),
        ("2026-03-06T07:59+08:00", "UNDETERMINED", None),
        ("2026-03-06T08:00+08:00", "UNDETERMINED", None),
    ],
)
def test_what_may_have_begun_in_silence_keeps_a_limit_ahead_too(
    as_of: str, verdict: str, at: str | None, kind: str
) -> None:
    exceptions = unless_treated("PT12H", "PT24H", kind)
    found = judged(
        None, [], *OPEN, as_of=as_of, event_tells=SILENT_FROM_NOON, exceptions=exceptions
    )
    assert told(found) == (verdict, at)
    if verdict == "UNDETERMINED":
        assert set(fields(found)) == {"intervention_start"}


@pytest.mark.parametrize(
    ("as_of", "verdict", "at"),
    [
        ("2026-03-05T19:59+08:00", "PENDING", "2026-03-05T20:00:00+08:00"),
        # It ended after noon perhaps, and then neither limit was ever passed.
        ("2026-03-05T20:01+08:00", "UNDETERMINED", None),
        ("2026-03-06T08:01+08:00", "UNDETERMINED", None),
    ],
)
def test_what_may_have_ended_in_silence_does_not_go_on_to_a_limit_ahead(
    as_of: str, verdict: str, at: str | None
) -> None:
    longer = [{"intervention": {"kind": "vasopressor", "longer_than": of}} for of in LIMITS]
    found = judged(
        {"any": longer},
        [given(BEGUN, ongoing=True)],
        *OPEN,
        as_of=as_of,
        event_tells=SILENT_FROM_NOON,
    )
    assert told(found) == (verdict, at)


def test_a_record_that_speaks_of_the_cut_leaves_nothing_open() -> None:
    exceptions = unless_treated("PT12H", "PT24H")
    found = judged(
        None,
        [],
        *OPEN,
        as_of="2026-03-05T20:01+08:00",
        event_tells={"ongoing": True},
        exceptions=exceptions,
    )
    assert told(found) == ("DLT", "2026-03-05T20:00:00+08:00")


def test_one_limit_that_silence_does_not_touch_leaves_another_pending() -> None:
    exceptions = unless_treated("PT2H", "PT24H", "ventilation")
    found = judged(
        None,
        [given("2026-03-05T09:00+08:00")],
        *OPEN,
        as_of="2026-03-05T21:00+08:00",
        event_tells=SILENT_FROM_NOON,
        exceptions=exceptions,
    )
    assert told(found) == ("PENDING", "2026-03-06T08:00:00+08:00")
