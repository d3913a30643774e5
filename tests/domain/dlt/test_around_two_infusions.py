"""A rise that lies around a second infusion: in the first window, or in the second, so in one.

Only when it is divided at that infusion does each part lie in a window for sure.
"""

from typing import Any

import pytest

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.case import Subject
from app.domain.time import PartialTime
from tests.builders import SHANGHAI, event, subject
from tests.domain.dlt.toy import clause, first, toy

WINDOW = {"anchor": "each_infusion", "agent": "IC19", "first_day": 0}
HOURS = {**WINDOW, "through": "PT672H", "rise_on_infusion_day": "either"}
DAYS = {**WINDOW, "through": "P28D"}


INFUSED = ("2026-02-03T12:00+08:00", "2026-03-03T10:00+08:00")
MIDNIGHT = "2026-03-05T00:00:00+08:00"
"""708 hours after the first infusion."""


def since_first_infusion(*others: dict[str, Any]) -> ReadyProtocol:
    lasts = {"grade": 3, "longer_than": "PT708H", "counted_from": "first_infusion"}
    late = clause("late", grade=3, when={"lasts": lasts})
    return toy(criteria=[late, *others], window=HOURS)


@pytest.mark.parametrize(
    ("cut", "verdict"),
    [
        ("2026-03-04T23:59+08:00", "PENDING"),
        ("2026-03-05T00:00+08:00", "DLT"),
        ("2026-03-05T00:01+08:00", "DLT"),
    ],
)
def test_a_limit_that_runs_out_exactly_at_the_cut(cut: str, verdict: str) -> None:
    """The first window ends at noon of the day of the rise, the second begins at ten."""
    case = event("Pneumonitis", (3, "2026-03-03"), ongoing=True)
    found = first(since_first_infusion(), case, as_of=cut, infused=INFUSED)
    assert (found.verdict, found.established_at or found.becomes_dlt_at) == (verdict, MIDNIGHT)


@pytest.mark.parametrize("cut", ["2026-03-05T00:00+08:00", "2026-03-05T00:01+08:00"])
def test_so_it_is_where_another_clause_would_hold_only_later(cut: str) -> None:
    """The worse grade lies in the second window for sure, and lasts a day at ten."""
    worse = clause("worse", grade=4, longer_than="PT24H")
    changes = ((3, "2026-03-03"), (4, "2026-03-04T10:00+08:00"))
    case = event("Pneumonitis", *changes, ongoing=True)
    found = first(since_first_infusion(worse), case, as_of=cut, infused=INFUSED)
    assert (found.verdict, found.established_at) == ("DLT", MIDNIGHT)


ZONES = (SHANGHAI, "America/New_York", "America/New_York", SHANGHAI)
OFFSETS = {SHANGHAI: ("+08:00", "+08:00"), "America/New_York": ("-05:00", "-04:00")}


def infused_twice(zone: str, name: str, *changes: tuple[int, str]) -> Subject:
    winter, summer = OFFSETS[zone]
    infused = (f"2026-02-15T10:00{winter}", f"2026-03-10T10:00{summer}")
    case = event("Pneumonitis", *changes, ongoing=True)
    return subject(case, infused=infused, time_zone=zone, id=name)


def test_a_batch_of_several_zones_is_divided_each_in_its_own() -> None:
    """Limit 32 days, from the first of March at the earliest: not run out by the first of April.

    The last patient's rise needs no division and stays undecided in the same batch.
    """
    protocol = toy(criteria=[clause("long", grade=3, longer_than="P32D")], window=DAYS)
    patients = [
        infused_twice(zone, f"S-{number}", (3, "2026-03")) for number, zone in enumerate(ZONES)
    ]
    undecided = infused_twice(SHANGHAI, "S-9", (3, "2026-01"), (2, "2026-02-20"), (3, "2026-02"))
    cut = PartialTime("2026-04-01T12:00Z")
    together = adjudicate([undecided, *patients], protocol, cut, None)
    told = [each.events[0] for each in together]
    assert told[0].verdict == "UNDETERMINED"
    assert [each.verdict for each in told[1:]] == ["PENDING"] * len(ZONES)
    assert [each.becomes_dlt_at for each in told[1:]] == [
        f"2026-05-03T00:00:00{OFFSETS[zone][1]}" for zone in ZONES
    ]
