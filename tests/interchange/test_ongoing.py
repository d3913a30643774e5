"""Whether an event goes on: as of when, and when the data contradict themselves."""

from dataclasses import replace

import pytest

from app.domain.record.origin import Source
from app.domain.time import PartialTime
from tests.interchange.event_rows import WORST, ae, codes, event, held, record, steps


class TestOngoing:
    def test_holds_as_of_its_time(self) -> None:
        row = ae(start="2026-03-05", grade=3, AEENRTPT="ONGOING", AEENTPT="2026-03-20")
        told = event(row, WORST)
        assert told.ongoing is True
        assert told.ongoing_as_of is not None
        assert told.ongoing_as_of.text == "2026-03-20"

    def test_at_a_time_that_nobody_can_read_is_not_known(self) -> None:
        row = ae(start="2026-03-05", grade=3, AEENRTPT="ONGOING", AEENTPT="END OF STUDY")
        assert event(row, WORST).ongoing is None
        assert codes(record(row, WORST)) == ["date_unreadable"]

    @pytest.mark.parametrize(
        ("cells", "ongoing", "as_of"),
        [
            ({"AEENRTPT": "BEFORE", "AEENTPT": "2026-03-20"}, False, None),
            ({"AEENRTPT": "U"}, None, None),
            ({"AEONGO": "Y"}, None, None),  # as of when, nothing says
            ({"AEONG": "N"}, False, None),
            ({"AEENRF": "AFTER"}, None, None),  # after what, no row of DM says
            ({"AEOUT": "NOT RECOVERED/NOT RESOLVED", "AEDTC": "2026-03-09"}, True, "2026-03-09"),
            ({"AEOUT": "RECOVERING/RESOLVING"}, None, None),
            ({"AEOUT": "UNKNOWN"}, None, None),
        ],
    )
    def test_is_told_in_many_ways(
        self, cells: dict[str, str], ongoing: bool | None, as_of: str | None
    ) -> None:
        told = event(ae(start="2026-03-05", grade=3, **cells), WORST)
        assert told.ongoing is ongoing
        assert (told.ongoing_as_of.text if told.ongoing_as_of else None) == as_of

    @pytest.mark.parametrize(
        "cells", [{"AEONGO": "Y"}, {"AEOUT": "RECOVERING/RESOLVING"}, {"AEENRTPT": "ONGOING"}]
    )
    def test_without_a_time_is_as_of_when_the_source_wrote_it(self, cells: dict[str, str]) -> None:
        row = ae(start="2026-03-05", grade=3, **cells)
        assert event(row, WORST).ongoing is None
        assert "ongoing_undated" in codes(record(row, WORST))
        dated = replace(row, source=Source(time=PartialTime("2026-03-20T08:00Z")))
        told = event(dated, WORST)
        assert told.ongoing is True
        assert told.ongoing_as_of == PartialTime("2026-03-20T08:00Z")
        assert "ongoing_undated" not in codes(record(dated, WORST))

    def test_after_the_reference_period_is_as_of_its_end(self) -> None:
        patient = held("DM", "S-01|DM", RFENDTC="2026-03-28")
        told = event([ae(start="2026-03-05", grade=3, AEENRF="AFTER"), patient], WORST)
        assert told.ongoing is True
        assert told.ongoing_as_of is not None
        assert told.ongoing_as_of.text == "2026-03-28"

    @pytest.mark.parametrize(
        "cells",
        [
            {"AEENRTPT": "ONGOING", "AEENTPT": "2026-03-20"},
            {"AEONGO": "Y"},
            {"AEOUT": "NOT RECOVERED/NOT RESOLVED"},
        ],
    )
    def test_and_ended_contradict_each_other(self, cells: dict[str, str]) -> None:
        row = ae(start="2026-03-05", end="2026-03-09", grade=3, **cells)
        assert steps(event(row, WORST))[-1] == ("2026-03-09", None)
        assert event(row, WORST).ongoing is None
        assert codes(record(row, WORST)) == ["ongoing_and_ended"]

    @pytest.mark.parametrize(
        "cells",
        [
            {"AEENRTPT": "ONGOING", "AEENTPT": "2026-03-20", "AEOUT": "RECOVERED/RESOLVED"},
            {"AEONGO": "Y", "AEOUT": "FATAL"},
            {"AEONGO": "N", "AEOUT": "NOT RECOVERED/NOT RESOLVED"},
        ],
    )
    def test_against_the_outcome_is_not_known(self, cells: dict[str, str]) -> None:
        row = ae(start="2026-03-05", grade=5 if cells["AEOUT"] == "FATAL" else 3, **cells)
        assert event(row, WORST).ongoing is None
        assert codes(record(row, WORST)) == ["ongoing_and_outcome"]

    def test_before_the_end_is_none_after_it(self) -> None:
        row = ae(
            start="2026-03-05", end="2026-03-20", grade=3, AEENRTPT="ONGOING", AEENTPT="2026-03-09"
        )
        assert steps(event(row, WORST))[-1] == ("2026-03-20", 0)
        assert codes(record(row, WORST)) == []
