"""Each row of laboratory results is a result: the value with its own unit, limits and baseline."""

from typing import Any, ClassVar

import pytest

from app.domain.source_system import SourceSystem
from app.interchange.laboratory import results_of
from app.interchange.made import HeldRow
from tests.interchange.domain_rows import PATIENT, PLAIN, codes, contents, held, made, unmapped

ON = "2026-03-05T08:00"


def measured(
    code: str = "ALT", value: str = "200", key: str | None = None, **cells: str
) -> HeldRow:
    usual = {"LBTESTCD": code, "LBORRES": value, "LBORRESU": "U/L", "LBDTC": ON}
    return held("LB", key, cells={**usual, **cells})


def told(*rows: HeldRow, system: SourceSystem = PLAIN) -> list[dict[str, Any]]:
    return contents(results_of(rows, system))


def found(*rows: HeldRow, system: SourceSystem = PLAIN) -> list[str]:
    return codes(results_of(rows, system))


class TestResult:
    def test_is_a_record_of_its_row(self) -> None:
        row = measured(key="LB-7", LBORNRLO="10", LBORNRHI="40.0", LBNAM="Central")
        (record,) = made(results_of((row,), PLAIN))
        assert (record.kind, record.record_id, record.rows) == (
            "laboratory_result",
            "LB-7",
            ("LB-7",),
        )
        assert record.document.subject == PATIENT
        assert told(row) == [
            {
                "analyte": "alt",
                "value": "200",
                "unit": "U/L",
                "lln": "10",
                "uln": "40.0",
                "laboratory": "Central",
                "measured_at": ON,
            }
        ]

    def test_is_not_made_of_a_row_taken_back(self) -> None:
        row = held("LB", LBTESTCD="ALT", LBORRES="1", LBDTC=ON, removed=True)
        assert results_of((row,), PLAIN) == ()

    @pytest.mark.parametrize("on", ["", "UNK", "last week"])
    def test_needs_its_time(self, on: str) -> None:
        assert told(measured(LBDTC=on)) == []
        assert found(measured(LBDTC=on)) == ["measurement_undated"]

    def test_of_a_day_is_of_that_day(self) -> None:
        assert told(measured(LBDTC="2026-03-05"))[0]["measured_at"] == "2026-03-05"

    def test_says_nothing_of_fasting(self) -> None:
        assert told(measured(LBFAST="Y")) == told(measured())


class TestNotDone:
    def test_makes_nothing(self) -> None:
        row = measured(value="", LBSTAT="NOT DONE", LBREASND="HEMOLYZED")
        assert (told(row), found(row)) == ([], ["test_not_done"])

    def test_with_a_result_makes_nothing_either(self) -> None:
        row = measured(LBSTAT="not done")
        assert (told(row), found(row)) == ([], ["result_of_test_not_done"])

    def test_is_not_said_by_a_blank_result(self) -> None:
        row = measured(value="")
        assert (told(row), found(row)) == ([], ["result_missing"])

    @pytest.mark.parametrize("value", ["x" * 201, "a\tb"])
    def test_nor_by_one_that_no_record_can_hold(self, value: str) -> None:
        assert (told(measured(value=value)), found(measured(value=value))) == (
            [],
            ["result_unreadable"],
        )


class TestAnalyte:
    @pytest.mark.parametrize(
        ("cells", "analyte"),
        [
            ({"LBTESTCD": "NEUT"}, "neutrophils"),
            ({"LBTESTCD": "neut"}, "neutrophils"),
            ({"LBTESTCD": "", "LBLOINC": "751-8"}, "neutrophils"),
            ({"LBTESTCD": "NEUT", "LBLOINC": "751-8"}, "neutrophils"),
            ({"LBTESTCD": "LOCAL1", "LBLOINC": "751-8"}, "neutrophils"),
            ({"LBTESTCD": "NEUT", "LBLOINC": "0-0"}, "neutrophils"),
            ({"LBTESTCD": "", "LBTEST": "Hemoglobin"}, "hemoglobin"),
        ],
    )
    def test_is_that_of_the_code(self, cells: dict[str, str], analyte: str) -> None:
        assert told(measured(**cells))[0]["analyte"] == analyte

    def test_is_what_the_settings_say(self) -> None:
        system = SourceSystem(analytes={"L77": "neutrophils", "CA": "corrected_calcium"})
        assert told(measured("L77"), system=system)[0]["analyte"] == "neutrophils"
        assert told(measured("CA"), system=system)[0]["analyte"] == "corrected_calcium"

    def test_that_nobody_knows_makes_nothing_and_is_asked_for(self) -> None:
        parts = results_of((measured("RBC"), measured("RBC")), PLAIN)
        assert contents(parts) == []
        assert codes(parts) == ["analyte_unmapped", "analyte_unmapped"]
        assert unmapped(parts) == [("analytes", "LBTESTCD", "RBC")]

    def test_that_may_be_several_makes_nothing(self) -> None:
        parts = results_of((measured("CA"),), PLAIN)
        assert (contents(parts), codes(parts)) == ([], ["analyte_ambiguous"])
        assert unmapped(parts) == [("analytes", "LBTESTCD", "CA")]

    def test_by_a_loinc_code_that_may_be_several_makes_nothing(self) -> None:
        assert found(measured("CACRALB", LBLOINC="17861-6")) == ["analyte_ambiguous"]

    def test_that_its_codes_contradict_makes_nothing(self) -> None:
        row = measured("HGB", LBLOINC="751-8")
        assert (told(row), found(row)) == ([], ["analyte_contradicted"])

    def test_that_is_not_named_makes_nothing(self) -> None:
        row = measured("")
        assert (told(row), found(row)) == ([], ["analyte_not_named"])

    def test_that_the_settings_misname_makes_nothing(self) -> None:
        system = SourceSystem(analytes={"ALT": "the liver"})
        assert found(measured(), system=system) == ["analyte_unknown"]


class TestSpecimen:
    @pytest.mark.parametrize(
        "specimen", ["BLOOD", "Serum or Plasma", "PLASMA", "", "VENOUS BLOOD"]
    )
    def test_of_blood_is_graded(self, specimen: str) -> None:
        assert told(measured("GLUC", LBSPEC=specimen))[0]["analyte"] == "glucose"

    @pytest.mark.parametrize(
        "cells",
        [
            {"LBSPEC": "URINE"},
            {"LBSPEC": "CEREBROSPINAL FLUID"},
            {"LBSPEC": "CORD BLOOD"},
            {"LBSPEC": "血清"},
            {"LBCAT": "URINALYSIS"},
        ],
    )
    def test_of_anything_else_is_not(self, cells: dict[str, str]) -> None:
        row = measured("GLUC", **cells)
        assert (told(row), found(row)) == ([], ["specimen_differs"])

    def test_goes_before_the_category(self) -> None:
        row = measured("GLUC", LBSPEC="SERUM", LBCAT="URINALYSIS")
        assert told(row)[0]["analyte"] == "glucose"

    def test_asks_the_settings_by_the_test_with_it(self) -> None:
        row = measured("GLUC", LBSPEC="血清")
        assert unmapped(results_of((row,), PLAIN)) == [("analytes", "LBTESTCD", "GLUC/血清")]
        system = SourceSystem(analytes={"GLUC/血清": "glucose"})
        assert told(row, system=system)[0]["analyte"] == "glucose"
        assert found(measured("GLUC", LBSPEC="URINE"), system=system) == ["specimen_differs"]

    def test_is_not_forgotten_by_a_setting_without_it(self) -> None:
        system = SourceSystem(analytes={"SUGAR": "glucose", "2350-7": "glucose"})
        assert found(measured("SUGAR", LBSPEC="URINE"), system=system) == ["specimen_differs"]
        by_loinc = measured("", LBLOINC="2350-7", LBSPEC="URINE")
        assert told(by_loinc, system=system)[0]["analyte"] == "glucose"

    def test_contradicts_a_loinc_code(self) -> None:
        row = measured("", LBLOINC="2345-7", LBSPEC="URINE")
        assert (told(row), found(row)) == ([], ["specimen_differs"])
        assert unmapped(results_of((row,), PLAIN)) == [("analytes", "LBLOINC", "2345-7")]

    def test_of_protein_is_never_guessed(self) -> None:
        assert found(measured("PROT", LBCAT="CHEMISTRY")) == ["analyte_ambiguous"]
        assert found(measured("PROT", LBSPEC="URINE")) == ["analyte_ambiguous"]

    def test_of_protein_by_dipstick_is_told_by_the_method(self) -> None:
        row = measured("PROT", "2+", LBSPEC="URINE", LBMETHOD="DIPSTICK", LBORRESU="")
        (result,) = told(row)
        assert (result["analyte"], result["value"]) == ("urine_protein_dipstick", "2+")
        assert found(measured("PROT", LBSPEC="SERUM", LBMETHOD="DIPSTICK")) == [
            "analyte_ambiguous"
        ]

    def test_of_protein_by_a_mapping_of_its_specimen(self) -> None:
        system = SourceSystem(analytes={"PROT/URINE": "urine_protein_24h"})
        row = measured("PROT", "3.6", LBORRESU="g/d", LBCAT="Urinalysis")
        assert told(row, system=system)[0]["analyte"] == "urine_protein_24h"
        assert found(measured("PROT", LBSPEC="SERUM"), system=system) == ["analyte_ambiguous"]

    def test_of_oxygen_is_not_that_of_a_vein(self) -> None:
        row = measured("PO2", "40", LBORRESU="mmHg", LBSPEC="VENOUS BLOOD")
        assert (told(row), found(row)) == ([], ["specimen_differs"])
        assert told(measured("PO2", "40", LBORRESU="mmHg", LBSPEC="ARTERIAL BLOOD"))


class TestSides:
    STANDARD: ClassVar = {
        "LBSTRESC": "3.33",
        "LBSTRESN": "3.33",
        "LBSTRESU": "ukat/L",
        "LBSTNRLO": "0.2",
        "LBSTNRHI": "0.7",
    }

    def test_the_original_goes_first(self) -> None:
        assert told(measured(LBORNRHI="40", **self.STANDARD)) == told(measured(LBORNRHI="40"))

    @pytest.mark.parametrize(
        "cells",
        [
            {"LBORRESU": "furlong"},
            {"LBORRESU": ""},
            {"LBORRES": "3,33"},
            {"LBORRES": "", "LBORRESU": ""},
        ],
    )
    def test_the_standard_one_goes_before_what_cannot_be_read(self, cells: dict[str, str]) -> None:
        row = measured(**{"LBORNRLO": "10", "LBORNRHI": "40", **self.STANDARD, **cells})
        (result,) = told(row)
        assert (result["value"], result["unit"]) == ("3.33", "ukat/L")
        assert (result["lln"], result["uln"]) == ("0.2", "0.7")
        assert found(row) == []
        assert unmapped(results_of((row,), PLAIN)) == []

    def test_limits_of_the_other_side_are_never_taken(self) -> None:
        row = measured(**self.STANDARD)
        (result,) = told(row)
        assert "lln" not in result
        assert "uln" not in result
        assert found(row) == ["standard_limits_not_used"]
        assert found(measured(LBORNRHI="40", **self.STANDARD)) == []

    def test_where_neither_can_be_read_the_original_is_kept(self) -> None:
        row = measured(LBORRESU="furlong", LBSTRESC="3.33", LBSTRESU="mile")
        assert told(row)[0]["unit"] == "furlong"
        assert found(row) == ["unit_unmapped"]
        assert unmapped(results_of((row,), PLAIN)) == [("units", "LBORRESU", "furlong")]

    def test_a_bound_is_kept_as_text(self) -> None:
        row = measured("BILI", "", LBORRESU="", LBSTRESC="<3.42", LBSTRESN="", LBSTRESU="umol/L")
        assert told(row)[0]["value"] == "<3.42"
        assert told(measured("BILI", "<0.2", LBORRESU="mg/dL"))[0]["value"] == "<0.2"

    def test_a_number_serves_where_the_text_lacks(self) -> None:
        row = measured(value="", LBORRESU="", LBSTRESN="3.33", LBSTRESU="ukat/L")
        assert told(row)[0]["value"] == "3.33"

    def test_a_number_keeps_its_digits(self) -> None:
        assert told(measured(value="200.50"))[0]["value"] == "200.50"

    def test_a_word_stays_what_was_measured(self) -> None:
        assert told(measured(value="clotted"))[0]["value"] == "clotted"


class TestUnits:
    def test_are_what_the_settings_say(self) -> None:
        system = SourceSystem(units={"IE pro Liter": "U/L"})
        row = measured(LBORRESU="IE pro Liter")
        assert (told(row, system=system)[0]["unit"], found(row, system=system)) == ("U/L", [])
        assert found(row) == ["unit_unmapped"]

    def test_that_are_none_are_not_asked_for(self) -> None:
        row = measured("INR", "1.4", LBORRESU="")
        assert ("unit" in told(row)[0], found(row)) == (False, [])

    def test_that_only_a_sum_can_convert_are_left_to_the_grading(self) -> None:
        """Its finding says what to do; a mapping would be wrong."""
        row = measured("CREATCLR", "28", LBORRESU="mL/min")
        assert (told(row)[0]["unit"], found(row)) == ("mL/min", [])


class TestLimits:
    @pytest.mark.parametrize("limit", ["<40", "40 U/L", "negative", "1e999"])
    def test_that_are_no_numbers_are_none(self, limit: str) -> None:
        row = measured(LBORNRHI=limit)
        assert "uln" not in told(row)[0]
        assert found(row) == ["limit_not_numeric"]

    def test_of_the_laboratory_of_the_settings_serve_where_one_is_missing(self) -> None:
        system = SourceSystem(laboratory="Local")
        assert told(measured(LBORNRHI="40"), system=system)[0]["laboratory"] == "Local"
        both = measured(LBORNRLO="10", LBORNRHI="40")
        assert "laboratory" not in told(both, system=system)[0]
        assert told(measured(LBNAM="Central"), system=system)[0]["laboratory"] == "Central"

    def test_of_a_laboratory_that_has_no_name(self) -> None:
        row = measured(LBNAM="a\tb")
        assert ("laboratory" in told(row)[0], found(row)) == (False, ["laboratory_not_named"])


class TestBaseline:
    def rows(self, **cells: str) -> tuple[HeldRow, HeldRow]:
        flagged = {"LBBLFL": "Y", "LBORNRLO": "10", "LBORNRHI": "40", "LBDTC": "2026-02-28"}
        return measured(value="60", key="LB-0", **{**flagged, **cells}), measured(key="LB-1")

    def test_is_that_of_the_flagged_row(self) -> None:
        rows = self.rows()
        before, after = told(*rows)
        assert after["baseline"] == {"value": "60", "range": "high"}
        assert "baseline" not in before
        records = made(results_of(rows, PLAIN))
        assert [each.rows for each in records] == [("LB-0",), ("LB-1", "LB-0")]

    @pytest.mark.parametrize(
        ("cells", "expected"),
        [
            ({"LBNRIND": "NORMAL"}, {"value": "60", "range": "normal"}),
            ({"LBNRIND": "ABNORMAL"}, {"value": "60", "range": "high"}),
            ({"LBORRES": "40"}, {"value": "40", "range": "normal"}),
            ({"LBORRES": "10"}, {"value": "10", "range": "normal"}),
            ({"LBORRES": "9"}, {"value": "9", "range": "low"}),
            ({"LBORNRLO": "", "LBORRES": "40"}, {"value": "40"}),
            ({"LBORRES": "<5", "LBNRIND": "LOW"}, {"range": "low"}),
            ({"LBORRES": "<5"}, None),
        ],
    )
    def test_lay_where_the_source_says_or_its_limits(
        self, cells: dict[str, str], expected: dict[str, str] | None
    ) -> None:
        assert told(*self.rows(**cells))[1].get("baseline") == expected

    def test_is_held_against_nothing_of_before(self) -> None:
        flagged = self.rows(LBDTC="2026-03-05T08:01")
        assert "baseline" not in told(*flagged)[1]
        assert "baseline" in told(*self.rows(LBDTC="2026-03-05T08:00"))[1]
        assert "baseline" in told(*self.rows(LBDTC="2026-03-05"))[1]

    def test_is_of_the_same_test_and_unit(self) -> None:
        flagged, alt = self.rows()
        ast, other = measured("AST", key="LB-2"), measured(LBORRESU="ukat/L", key="LB-3")
        spelled = measured(LBORRESU="IU/L", key="LB-4")
        held_against = [
            each.record_id
            for each in made(results_of((flagged, alt, ast, other, spelled), PLAIN))
            if "LB-0" in each.rows[1:]
        ]
        assert held_against == ["LB-1", "LB-4"]

    def test_is_none_where_several_are_flagged(self) -> None:
        flagged, alt = self.rows()
        second = measured(value="61", key="LB-2", LBBLFL="Y", LBDTC="2026-02-27")
        results = told(flagged, alt, second)
        assert [each.get("baseline") for each in results] == [None, None, None]
        assert found(flagged, alt, second) == ["baseline_flags_several"] * 2

    def test_is_flagged_by_the_last_before_exposure_too(self) -> None:
        flagged, alt = self.rows(LBBLFL="", LBLOBXFL="Y")
        assert told(flagged, alt)[1]["baseline"]["value"] == "60"
        own = measured(value="50", key="LB-2", LBBLFL="Y", LBDTC="2026-02-20")
        assert told(flagged, alt, own)[1]["baseline"]["value"] == "50"
        assert found(flagged, alt, own) == []

    def test_is_not_flagged_by_a_no(self) -> None:
        assert "baseline" not in told(*self.rows(LBBLFL="N"))[1]
