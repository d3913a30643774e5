"""Components of CRS, ICANS and ICE that come as findings about the syndrome."""

from dataclasses import replace
from decimal import Decimal

from app.interchange.made import HeldRow
from tests.interchange.event_rows import (
    PLAIN,
    WORST,
    ae,
    assessments,
    codes_of,
    held,
    row_codes,
)

CRS = ae("C", "2026-03-03", "2026-03-09", 2, AETERM="Cytokine release syndrome", AELNKID="1")


def part(key: str, test: str, value: str, on: str = "2026-03-04T08:00", **more: str) -> HeldRow:
    cells = {"FAOBJ": "CRS", "FATESTCD": test, "FAORRES": value, "FADTC": on, **more}
    return held("FA", key, **cells)


def test_components_of_one_time_are_one_assessment_of_its_event() -> None:
    rows = [
        CRS,
        part("1", "TEMPERATURE", "38.9", FAORRESU="C"),
        part("2", "HYPOTENSION", "Y"),
        part("3", "VASOPRESSORS", "Norepinephrine; vasopressin"),
        part("4", "OXYGEN_DEVICE", "Nasal cannula"),
        part("5", "TEMPERATURE", "37.0", "2026-03-05T08:00", FAORRESU="C"),
    ]
    first, second = assessments(rows, WORST)
    assert (first.scale, first.on.text, first.event) == ("crs", "2026-03-04T08:00", "C")
    assert first.components == {
        "temperature": Decimal("38.9"),
        "temperature_unit": "C",
        "hypotension": True,
        "vasopressors": ("norepinephrine", "vasopressin"),
        "oxygen_device": "nasal_cannula",
    }
    assert second.components == {"temperature": Decimal("37.0"), "temperature_unit": "C"}
    assert row_codes(rows, WORST) == []


def test_short_codes_are_components_where_the_settings_say_so() -> None:
    rows = [CRS, part("1", "TEMP", "39")]
    assert assessments(rows) == []
    system = replace(WORST, facts={"TEMP": "temperature"})
    assert assessments(rows, system)[0].components == {"temperature": Decimal(39)}


def test_none_of_a_list_is_not_unknown() -> None:
    (none,) = assessments([CRS, part("1", "VASOPRESSORS", "none")])
    assert none.components == {"vasopressors": ()}
    (unknown,) = assessments([CRS, part("1", "VASOPRESSORS", "UNK")])
    assert unknown.components == {}


def test_points_of_ice_and_icans() -> None:
    rows = [
        part("1", "ICE_SCORE", "7", FAOBJ="ICANS"),
        part("2", "YEAR", "1", FAOBJ="ICE"),
        part("3", "OBJECTS_NAMED", "3", FAOBJ="ICE"),
    ]
    found = {each.scale: each for each in assessments(rows)}
    assert found["icans"].components == {"ice_score": 7}
    assert found["ice"].components == {"year": 1, "objects_named": 3}
    assert found["icans"].event is None


def test_what_cannot_be_read_is_unknown() -> None:
    rows = [CRS, part("1", "OXYGEN_DEVICE", "a mask?"), part("2", "HYPOXIA", "Y")]
    (told,) = assessments(rows)
    assert told.components == {"hypoxia": True}
    assert codes_of("assessment", rows) == [["component_unreadable"]]


def test_two_values_of_one_time_are_unknown() -> None:
    rows = [CRS, part("1", "HYPOXIA", "Y"), part("2", "HYPOXIA", "N", FALOC="again")]
    assert assessments(rows)[0].components == {}
    assert codes_of("assessment", rows) == [["component_unreadable"]]


def test_without_a_time_nothing_is_graded() -> None:
    rows = [CRS, part("1", "HYPOXIA", "Y", on="yesterday")]
    assert assessments(rows, PLAIN) == []
    assert row_codes(rows, PLAIN) == [("1", "assessment_without_time")]


def test_its_grade_is_no_component() -> None:
    rows = [CRS, part("1", "TOXGR", "2", FALNKID="1")]
    assert assessments(rows) == []
    assert row_codes(rows) == []
