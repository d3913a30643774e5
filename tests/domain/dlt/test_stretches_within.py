"""A limit at a higher grade than the run's: on each stretch within it, the earliest decides."""

import pytest

from tests.builders import Change, event
from tests.domain.dlt.toy import clause, first, toy

LIMITS = {"P3D": {"longer_than": "P3D"}, "PT72H": {"longer_than": "PT72H"}}
PROTOCOLS = {
    name: toy(criteria=[clause("c", grade=2, when={"lasts": {"grade": 3, **limit}})])
    for name, limit in LIMITS.items()
}
BEGAN: Change = (2, "2026-03-05")
OVER: Change = (0, "2026-04-20")


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize(
    ("within", "verdict"),
    [
        ([(3, "2026-03-06"), (2, "2026-03-08")], "NOT_DLT"),
        ([(3, "2026-03-06"), (2, "2026-03-11")], "DLT"),
        # When it fell is not known: on the 6th, at the end of the month, or in between.
        ([(3, "2026-03-06"), (2, "2026-03")], "UNDETERMINED"),
        # Of two stretches, one that is too long suffices, whichever it is.
        ([(3, "2026-03-06"), (2, "2026-03-07"), (3, "2026-03-10"), (2, "2026-03-15")], "DLT"),
        ([(3, "2026-03-06"), (2, "2026-03-11"), (3, "2026-03-12"), (2, "2026-03-13")], "DLT"),
        ([(3, "2026-03-06"), (2, "2026-03-07"), (3, "2026-03-10"), (2, "2026-03-11")], "NOT_DLT"),
        ([(3, "2026-03-06"), (2, "2026-03-07"), (3, "2026-03-10"), (2, None)], "UNDETERMINED"),
        ([(3, "2026-03-06"), (2, "2026-03-11"), (3, "2026-03-12"), (2, None)], "DLT"),
    ],
)
def test_any_stretch_within_the_run(limit: str, within: list[Change], verdict: str) -> None:
    case = event("Chills", BEGAN, *within, OVER)
    assert first(PROTOCOLS[limit], case).verdict == verdict


def test_the_first_that_is_too_long_establishes_it() -> None:
    within = [(3, "2026-03-06"), (2, "2026-03-15"), (3, "2026-03-16"), (2, "2026-03-30")]
    judged = first(PROTOCOLS["P3D"], event("Chills", BEGAN, *within, OVER))
    assert judged.established_at == "2026-03-10T00:00:00+08:00"
