"""Each row of exposure is an administration of an agent, unless it says that nothing was given."""

from typing import Any

import pytest

from app.domain.record.origin import Source
from app.domain.source_system import SourceSystem
from app.interchange.exposures import exposures_of
from app.interchange.made import HeldRow
from tests.interchange.domain_rows import PATIENT, PLAIN, codes, contents, held, made, unmapped

AGENTS = SourceSystem(agents={"BRAND X": "IC19", "Flu": "fludarabine"})


def given(**cells: str) -> HeldRow:
    return held("EX", cells={"EXTRT": "IC19", "EXSTDTC": "2026-03-01T10:00", **cells})


def told(row: HeldRow, system: SourceSystem = PLAIN) -> list[dict[str, Any]]:
    return contents(exposures_of((row,), system))


def found(row: HeldRow, system: SourceSystem = PLAIN) -> list[str]:
    return codes(exposures_of((row,), system))


class TestAdministration:
    def test_is_a_record_of_its_row(self) -> None:
        source = Source(sequence=3)
        row = held("EX", "EX-7", EXTRT="IC19", EXSTDTC="2026-03-01", source=source, reason="typo")
        (record,) = made(exposures_of((row,), PLAIN))
        assert (record.kind, record.record_id, record.rows) == ("exposure", "EX-7", ("EX-7",))
        assert record.document.subject == PATIENT
        assert (record.source, record.reason, record.governs) == (source, "typo", None)

    def test_has_its_times_as_they_were_written(self) -> None:
        assert told(given(EXENDTC="2026-03-01T10:30")) == [
            {"agent": "IC19", "start": "2026-03-01T10:00", "end": "2026-03-01T10:30"}
        ]

    def test_has_no_dose_level_of_its_dose(self) -> None:
        assert told(given(EXDOSE="54", EXDOSU="mg")) == told(given())

    def test_of_every_day_are_many(self) -> None:
        rows = [given(EXSTDTC=f"2026-03-0{day}") for day in range(1, 6)]
        assert len(made(exposures_of(rows, PLAIN))) == 5

    def test_is_not_made_of_a_row_taken_back(self) -> None:
        row = held("EX", EXTRT="IC19", EXSTDTC="2026-03-01", removed=True)
        assert exposures_of((row,), PLAIN) == ()


class TestStart:
    def test_that_is_blank_is_unknown(self) -> None:
        row = given(EXSTDTC="")
        assert told(row) == [{"agent": "IC19", "start": None}]
        assert found(row) == ["start_missing"]

    def test_that_cannot_be_read_is_unknown(self) -> None:
        row = given(EXSTDTC="soon")
        assert told(row) == [{"agent": "IC19", "start": None}]
        assert found(row) == ["date_unreadable"]

    def test_of_a_month_is_the_month(self) -> None:
        assert told(given(EXSTDTC="2026-03")) == [{"agent": "IC19", "start": "2026-03"}]

    def test_is_in_the_zone_of_the_settings(self) -> None:
        system = SourceSystem(time_zone="Asia/Shanghai")
        assert told(given(), system) == [{"agent": "IC19", "start": "2026-03-01T10:00+08:00"}]


class TestEnd:
    def test_that_is_blank_is_not_told(self) -> None:
        assert found(given(EXENDTC="")) == []

    def test_that_cannot_be_read_is_not_told(self) -> None:
        row = given(EXENDTC="soon")
        assert told(row) == told(given())
        assert found(row) == ["date_unreadable"]


class TestAgent:
    def test_is_the_treatment_without_settings(self) -> None:
        parts = exposures_of((given(EXTRT="XANOMELINE"),), PLAIN)
        assert contents(parts)[0]["agent"] == "XANOMELINE"
        assert unmapped(parts) == []

    def test_is_what_the_settings_say(self) -> None:
        assert told(given(EXTRT=" brand  x "), AGENTS)[0]["agent"] == "IC19"

    def test_may_be_the_agent_itself_beside_settings(self) -> None:
        parts = exposures_of((given(EXTRT="Fludarabine"),), AGENTS)
        assert contents(parts)[0]["agent"] == "Fludarabine"
        assert unmapped(parts) == []

    def test_that_the_settings_lack_is_asked_for_once(self) -> None:
        parts = exposures_of((given(EXTRT="Mesna"), given(EXTRT="Mesna")), AGENTS)
        assert [each["agent"] for each in contents(parts)] == ["Mesna", "Mesna"]
        assert unmapped(parts) == [("agents", "EXTRT", "Mesna")]

    @pytest.mark.parametrize("treatment", ["", "x" * 201, "two\nlines"])
    def test_that_cannot_be_one_makes_nothing(self, treatment: str) -> None:
        row = given(EXTRT=treatment)
        assert told(row) == []
        assert found(row) == ["treatment_not_named"]

    def test_may_be_written_in_any_script(self) -> None:
        name = "治験薬\u3000A"
        assert told(given(EXTRT=name))[0]["agent"] == name


class TestNotGiven:
    @pytest.mark.parametrize(
        "cells",
        [{"EXOCCUR": "N"}, {"EXOCCUR": "n", "EXDOSE": "0"}, {"EXSTAT": "NOT DONE"}],
    )
    def test_makes_nothing(self, cells: dict[str, str]) -> None:
        row = given(**cells)
        assert told(row) == []
        assert found(row) == ["not_given"]

    @pytest.mark.parametrize("cells", [{"EXOCCUR": "Y"}, {"EXOCCUR": ""}, {"EXSTAT": ""}])
    def test_is_only_what_says_so(self, cells: dict[str, str]) -> None:
        assert told(given(**cells)) == told(given())
        assert found(given(**cells)) == []

    def test_is_not_a_dose_of_placebo(self) -> None:
        row = given(EXTRT="PLACEBO", EXDOSE="0")
        assert told(row)[0]["agent"] == "PLACEBO"
        assert found(row) == []

    def test_is_perhaps_a_dose_of_nothing(self) -> None:
        assert told(given(EXDOSE="0.0")) == told(given())
        assert found(given(EXDOSE="0.0")) == ["dose_zero"]
        assert found(given(EXDOSE="0.1")) == []
        assert found(given(EXDOSE="as needed")) == []
        assert found(given(EXDOSE="sNaN")) == []
        assert found(given(EXDOSE="0", EXOCCUR="Y")) == []
