"""Analytes: their names, their bridges, and the faults of a document."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from app.domain.laboratory.analyte import (
    AmbiguousAnalyte,
    Analyte,
    Analytes,
    BadAnalytes,
    read_analytes,
)
from app.domain.quantities import UnitTable, read_units

DIMENSIONS = {
    "mass_concentration": [
        {"symbol": "g/L", "factor": "1"},
        {"symbol": "kg/L", "factor": "1000"},
    ],
    "substance_concentration": [{"symbol": "mmol/L", "factor": "1", "spellings": ["mM"]}],
    "equivalents": [{"symbol": "mEq/L", "factor": "1"}],
    "grade_word": [{"symbol": "+", "factor": "1", "spellings": [""]}],
}
CALCIUM = {
    "id": "ionized_calcium",
    "title": "Ionized calcium",
    "dimensions": ["substance_concentration", "mass_concentration", "equivalents"],
    "units": ["mmol/L", "g/L", "mEq/L"],
    "molar_mass": {"number": "40.078", "of": "Ca"},
    "charge": 2,
    "synonyms": ["free  calcium"],
    "cdisc": ["CAION"],
    "loinc": ["1995-0"],
}
BICARBONATE = {
    "id": "bicarbonate",
    "title": "Bicarbonate",
    "dimensions": ["substance_concentration", "equivalents"],
    "units": ["mmol/L", "mEq/L"],
    "charge": 1,
}
DIPSTICK = {
    "id": "urine_protein_dipstick",
    "title": "Protein in urine by dipstick",
    "dimensions": ["grade_word"],
    "units": ["+"],
    "words": {"negative": "0", "trace": "0.5", "1+": "1"},
}
AMBIGUOUS = {
    "names": ["calcium", "CA"],
    "candidates": ["ionized_calcium"],
    "way_out": "send ionized_calcium",
}


def units() -> UnitTable:
    dimensions = [
        {"id": each, "title": each, "units": listed} for each, listed in DIMENSIONS.items()
    ]
    document = {"id": "units-0", "title": "Units", "sources": [], "dimensions": dimensions}
    return read_units(document, "sha256:0")


def read(*analytes: dict[str, Any], ambiguous: tuple[dict[str, Any], ...] = ()) -> Analytes:
    document = {
        "id": "analytes-0",
        "title": "Analytes",
        "sources": [],
        "analytes": list(analytes),
        "ambiguous": list(ambiguous),
    }
    return read_analytes(document, "sha256:0", units())


def faults(*analytes: dict[str, Any], ambiguous: tuple[dict[str, Any], ...] = ()) -> list[str]:
    with pytest.raises(BadAnalytes) as caught:
        read(*analytes, ambiguous=ambiguous)
    return [f"{fault.pointer}: {fault.message}" for fault in caught.value.faults]


@pytest.mark.parametrize(
    "text",
    [
        "ionized_calcium", "Ionized calcium", "IONIZED  CALCIUM", " free calcium ", "caion",
        "CAION", "1995-0",
    ],
)  # fmt: skip
def test_an_analyte_is_known_by_every_name(text: str) -> None:
    found = read(CALCIUM).resolve(text)
    assert isinstance(found, Analyte)
    assert found.id == "ionized_calcium"


def test_a_name_that_nothing_has_is_not_known() -> None:
    assert read(CALCIUM).resolve("cadmium") is None


def test_an_ambiguous_name_says_what_to_send() -> None:
    found = read(CALCIUM, ambiguous=(AMBIGUOUS,)).resolve("Calcium")
    assert isinstance(found, AmbiguousAnalyte)
    assert found.candidates == ("ionized_calcium",)
    assert found.message == (
        "'Calcium' does not say which measurement is meant: send ionized_calcium."
    )


def test_only_an_id_is_an_id() -> None:
    analytes = read(CALCIUM, ambiguous=(AMBIGUOUS,))
    assert analytes.by_id("ionized_calcium").title == "Ionized calcium"
    for name in ("caion", "calcium", "cadmium"):
        with pytest.raises(KeyError, match=name):
            analytes.by_id(name)


@pytest.mark.parametrize(
    ("start", "end", "factor"),
    [
        ("mass_concentration", "substance_concentration", Fraction(1000) / Fraction("40.078")),
        ("substance_concentration", "mass_concentration", Fraction("40.078") / 1000),
        ("substance_concentration", "equivalents", Fraction(2)),
        ("equivalents", "substance_concentration", Fraction(1, 2)),
        ("mass_concentration", "equivalents", Fraction(2000) / Fraction("40.078")),
    ],
)
def test_molar_mass_and_charge_make_bridges(start: str, end: str, factor: Fraction) -> None:
    bridge = read(CALCIUM).by_id("ionized_calcium").bridge(start, end)
    assert bridge is not None
    assert (bridge.from_dimension, bridge.to_dimension, bridge.factor) == (start, end, factor)


def test_a_bridge_says_why() -> None:
    calcium = read(CALCIUM).by_id("ionized_calcium")
    assert [bridge.because for bridge in calcium.bridges] == [
        "molar mass 40.078 g/mol (Ca)",
        "1 mmol of charge 2 is 2 mEq",
        "molar mass 40.078 g/mol (Ca); 1 mmol of charge 2 is 2 mEq",
    ]


def test_a_molar_mass_may_say_what_it_stands_for() -> None:
    molar_mass = {"number": "40.078", "of": "Ca", "note": "the ion"}
    calcium = read(CALCIUM | {"molar_mass": molar_mass}).by_id("ionized_calcium")
    assert calcium.bridges[0].because == "molar mass 40.078 g/mol (Ca: the ion)"


def test_a_charge_alone_bridges_no_mass() -> None:
    bicarbonate = read(BICARBONATE).by_id("bicarbonate")
    assert bicarbonate.bridge("substance_concentration", "equivalents") is not None
    assert bicarbonate.bridge("mass_concentration", "equivalents") is None


def test_a_bridge_may_be_stated() -> None:
    stated = BICARBONATE | {
        "bridges": [
            {
                "from_dimension": "equivalents",
                "to_dimension": "substance_concentration",
                "factor": "1/3",
                "because": "of an example",
            }
        ],
        "charge": None,
    }
    bridge = read(stated).by_id("bicarbonate").bridge("equivalents", "substance_concentration")
    assert bridge is not None
    assert bridge.factor == Fraction(1, 3)


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("negative", Decimal(0)),
        ("TRACE", Decimal("0.5")),
        (" 1 + ", Decimal(1)),
        ("much", None),
    ],
)
def test_a_result_in_words_stands_for_a_number(word: str, number: Decimal | None) -> None:
    assert read(DIPSTICK).by_id("urine_protein_dipstick").number_of(word) == number


def test_analytes_can_be_told_apart_by_hash() -> None:
    analytes = read(CALCIUM, BICARBONATE, DIPSTICK).analytes
    assert len(set(analytes)) == 3


def test_an_unknown_dimension_is_a_fault() -> None:
    assert faults(BICARBONATE | {"dimensions": ["substance_concentration", "volume"]}) == [
        "/analytes/0: there is no dimension 'volume'",
        "/analytes/0: it has a bridge but no dimension 'equivalents'",
        "/analytes/0/units/1: 'mEq/L' is the symbol of no unit of its dimensions",
        "/analytes/0/units: none is of its dimension 'volume'",
    ]


def test_its_units_are_some_of_each_of_its_dimensions() -> None:
    listed = ["mM", "mEq/L", "+", "mEq/L"]
    assert faults(BICARBONATE | {"units": listed}) == [
        "/analytes/0/units/0: 'mM' is the symbol of no unit of its dimensions",
        "/analytes/0/units/2: '+' is the symbol of no unit of its dimensions",
        "/analytes/0/units/3: 'mEq/L' stands twice",
        "/analytes/0/units: none is of its dimension 'substance_concentration'",
    ]


def test_a_unit_is_accepted_or_is_another() -> None:
    other = {"units": ["g/L", " MMOL / L"], "way_out": "Convert it."}
    assert faults(BICARBONATE | {"other_units": [other]}) == [
        "/analytes/0/units: 'mmol/L' is also among the other units"
    ]


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("mM", "mmol/L"),
        ("MMOL/L", "mmol/L"),
        ("g/l", "g/L"),
        ("kg/L", None),
        ("+", None),
        ("", None),
        (None, None),
    ],
)
def test_a_result_is_in_a_unit_of_its_analyte(text: str | None, symbol: str | None) -> None:
    unit = read(CALCIUM).by_id("ionized_calcium").unit(text, units())
    assert (unit and unit.symbol) == symbol


def test_what_has_no_unit_needs_none() -> None:
    unit = read(DIPSTICK).by_id("urine_protein_dipstick").unit(None, units())
    assert unit is not None
    assert unit.symbol == "+"


def test_a_threshold_may_be_printed_in_a_unit_that_no_laboratory_uses() -> None:
    unit = read(CALCIUM).by_id("ionized_calcium").printed_unit("kg/L", units())
    assert unit is not None
    assert unit.symbol == "kg/L"


def test_a_unit_that_is_met_may_have_a_way_out() -> None:
    other = {"units": ["kg/L", "kg/dL"], "way_out": "Divide it by 1000."}
    calcium = read(CALCIUM | {"other_units": [other]}).by_id("ionized_calcium")
    assert calcium.unit("KG / L", units()) is None
    assert calcium.way_out("KG / DL") == "Divide it by 1000."
    assert calcium.way_out("t/L") is None


def test_a_name_stands_once() -> None:
    assert faults(CALCIUM, BICARBONATE | {"synonyms": ["CaIon"]}) == [
        "/analytes/1: 'caion' already stands at /analytes/0"
    ]
    assert faults(CALCIUM, ambiguous=(AMBIGUOUS | {"names": ["calcium", "Calcium"]},)) == [
        "/ambiguous/0: 'calcium' already stands at /ambiguous/0"
    ]


def test_a_candidate_is_an_analyte() -> None:
    assert faults(CALCIUM, ambiguous=(AMBIGUOUS | {"candidates": ["total_calcium"]},)) == [
        "/ambiguous/0: there is no analyte 'total_calcium'"
    ]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"id": "Ionized Calcium"}, "/analytes/0/id"),
        ({"dimensions": []}, "/analytes/0/dimensions"),
        ({"units": []}, "/analytes/0/units"),
        ({"other_units": [{"units": []}]}, "/analytes/0/other_units/0/units"),
        ({"charge": 0}, "/analytes/0/charge"),
        ({"molar_mass": {"number": 40.078, "of": "Ca"}}, "/analytes/0/molar_mass/number"),
        ({"cdisc": ["caion"]}, "/analytes/0/cdisc/0"),
        ({"loinc": ["1995"]}, "/analytes/0/loinc/0"),
        ({"colour": "white"}, "/analytes/0/colour"),
    ],
)
def test_a_fault_is_named_at_its_place(change: dict[str, Any], place: str) -> None:
    assert faults(CALCIUM | change)[0].partition(": ")[0] == place


def test_a_document_without_an_id_is_named_so() -> None:
    with pytest.raises(BadAnalytes, match=r"Document of analytes \(without id\) cannot be used"):
        read_analytes({}, "sha256:0", units())
