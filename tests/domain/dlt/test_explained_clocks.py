"""What an explanation says of a clock: of one that decides nothing, or that the cut bounds."""

from typing import Any

import pytest

from tests.builders import event
from tests.domain.dlt.toy import clause, first, toy

ONSET = "2026-03-02T10:00+08:00"


def clocks(criterion: dict[str, Any], *later: tuple[int, str], **told: Any) -> list[str]:
    """The clocks that the explanation of the only run shows."""
    cut = told.pop("as_of", "2026-04-20")
    case = event("Pneumonitis", (3, ONSET), *later, **told)
    (run,) = first(toy(criteria=[criterion]), case, as_of=cut).explanation.tree.parts
    return [part.text for part in run.parts if part.kind == "clock"]


@pytest.mark.parametrize("laboratory", [True, False])
def test_a_clock_is_shown_also_where_a_fact_has_decided_already(laboratory: bool) -> None:
    limited = clause("long", grade=3, longer_than="PT72H", when={"laboratory": laboratory})
    assert clocks(limited, (1, "2026-03-06T10:00+08:00")) == [
        "grade 3 from 2026-03-02 10:00 to 2026-03-06 10:00 +08:00 = 96 h; limit 72 h"
    ]


@pytest.mark.parametrize(
    ("cut", "length"),
    [
        ("2026-03-05T12:00:30+08:00", "0 h to 74 h 30 s"),
        ("2026-03-05", "0 h to 86 h"),
        ("2026-03-06T12:00:30+08:00", "0 h to 86 h"),
    ],
)
def test_a_fall_of_the_day_of_the_cut_had_happened_by_the_cut(cut: str, length: str) -> None:
    """It is known at assessments, so that it may have come at any time after the first of them."""
    seen = [{"on": ONSET, "grade": 3}, {"on": "2026-03-05", "grade": 1}]
    limited = clause("long", grade=3, longer_than="PT72H")
    (text,) = clocks(limited, (1, "2026-03-05"), assessments=seen, as_of=cut)
    assert f"by 2026-03-05 = {length}; limit 72 h" in text
