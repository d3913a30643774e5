"""Units: exact arithmetic, spellings, and the faults of a table."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.quantities import BadUnits, Unit, UnitTable, plain, read_units

GRAM = Unit(symbol="g/L", dimension="mass_concentration", factor=Fraction(1))
PER_DECILITRE = Unit(symbol="mg/dL", dimension="mass_concentration", factor=Fraction(1, 100))
CELSIUS = Unit(symbol="°C", dimension="temperature", factor=Fraction(1))
FAHRENHEIT = Unit(
    symbol="°F", dimension="temperature", factor=Fraction(5, 9), offset=Fraction(-160, 9)
)

NUMBERS = st.fractions()
UNITS = st.builds(
    Unit,
    symbol=st.just("unit"),
    dimension=st.just("temperature"),
    factor=st.fractions(min_value=Fraction(1, 10**9), max_value=10**9).filter(bool),
    offset=NUMBERS,
)


def test_a_unit_converts_within_its_dimension() -> None:
    assert PER_DECILITRE.to(Fraction(5000), GRAM) == 50
    assert GRAM.to(Fraction("0.1"), PER_DECILITRE) == 10


def test_temperatures_have_an_offset() -> None:
    assert CELSIUS.to(Fraction(38), FAHRENHEIT) == Fraction("100.4")
    assert FAHRENHEIT.to(Fraction(32), CELSIUS) == 0
    assert FAHRENHEIT.to(Fraction(-40), CELSIUS) == -40


def test_another_dimension_is_refused() -> None:
    with pytest.raises(ValueError, match="only a bridge of an analyte leads there"):
        GRAM.to(Fraction(1), CELSIUS)


@given(number=NUMBERS, one=UNITS, other=UNITS)
def test_there_and_back_is_exact(number: Fraction, one: Unit, other: Unit) -> None:
    assert other.to(one.to(number, other), one) == number


@given(number=NUMBERS, first=UNITS, second=UNITS, third=UNITS)
def test_two_steps_are_one(number: Fraction, first: Unit, second: Unit, third: Unit) -> None:
    assert second.to(first.to(number, second), third) == first.to(number, third)


@given(lower=NUMBERS, upper=NUMBERS, one=UNITS, other=UNITS)
def test_order_is_kept(lower: Fraction, upper: Fraction, one: Unit, other: Unit) -> None:
    assert (lower < upper) == (one.to(lower, other) < one.to(upper, other))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("x 10^9 / L", "10^9/L"),
        ("\u00d710⁹/L", "10^9/L"),
        ("10*9/L", "10^9/L"),
        ("10**9/L", "10^9/L"),
        ("10E9/L", "10^9/L"),
        ("x 10e9 /L", "10^9/L"),
        ("x10E+09/L", "10^9/L"),
        ("*10^3/µL", "10^3/uL"),
        ("1000/uL", "1000/uL"),
        ("109/L", "109/L"),
        ("10(9)/L", "10^9/L"),
        ("\u00d7 10 (12)/L", "10^12/L"),
        ("10 9/L", "10^9/L"),
        ("x10 9 / L", "10^9/L"),
        ("10 000/uL", "10000/uL"),
        ("10 g/L", "10g/L"),
        ("1E9/L", "10^9/L"),
        ("1e+09/L", "10^9/L"),
        ("E9/L", "10^9/L"),
        ("xE+9/L", "10^9/L"),
        ("Eq/L", "Eq/L"),
        ("g/dl.", "g/dl"),
        ("kg.m-2", "kg.m-2"),
        ("μmol/L", "umol/L"),
        ("kg/m²", "kg/m2"),
        ("kg/m^2", "kg/m2"),
        ("/mm³", "/mm3"),
        ("ml/min/1.73 m**2", "ml/min/1.73m2"),
        ("\uff45\uff31\uff0f\uff2c", "eQ/L"),
        ("", ""),
    ],
)
def test_typography_does_not_count(text: str, same: str) -> None:
    assert plain(text) == same


@given(st.text())
def test_what_is_plain_stays_so(text: str) -> None:
    assert plain(plain(text)) == plain(text)


def document(**changes: Any) -> dict[str, Any]:
    """Masses, where mg and Mg would be two units were both there; counts, where G/L is giga."""
    masses = {
        "id": "mass_concentration",
        "title": "Mass in a volume",
        "units": [
            {"symbol": "g/L", "factor": "1", "spellings": ["G/L"]},
            {"symbol": "mg/dL", "factor": "1/100"},
        ],
    }
    counts = {
        "id": "number_concentration",
        "title": "Number in a volume",
        "units": [
            {"symbol": "10^9/L", "factor": "1", "spellings": ["G/L", "K/uL"]},
            {"symbol": "/uL", "factor": "0.001"},
        ],
    }
    whole = {"id": "units-0", "title": "Units", "sources": [], "dimensions": [masses, counts]}
    return whole | changes


def table() -> UnitTable:
    return read_units(document(), "sha256:0")


BOTH = ("mass_concentration", "number_concentration")


@pytest.mark.parametrize(
    ("text", "dimensions", "symbol"),
    [
        ("G/L", ("mass_concentration",), "g/L"),
        ("G/L", ("number_concentration",), "10^9/L"),
        ("G/L", BOTH, None),
        ("g/L", BOTH, "g/L"),
        ("g/L", ("number_concentration",), None),
        ("MG/DL", BOTH, "mg/dL"),
        ("k/ul", BOTH, "10^9/L"),
        ("/µl", BOTH, "/uL"),
        ("g/l", BOTH, "g/L"),
        ("G/l", ("number_concentration",), "10^9/L"),
        ("g/l", ("number_concentration",), None),
        ("Mg/dL", BOTH, None),
        ("10^9/M", BOTH, None),
        ("10⁹/l", BOTH, "10^9/L"),
        ("g/L", (), None),
        ("g/L", ("no_such_dimension",), None),
    ],
)
def test_a_spelling_means_a_unit_of_the_dimensions(
    text: str, dimensions: tuple[str, ...], symbol: str | None
) -> None:
    unit = table().resolve(text, dimensions)
    assert (unit and unit.symbol) == symbol


def test_a_case_that_two_units_answer_to_means_neither() -> None:
    changed = document()
    changed["dimensions"][1]["units"][0]["spellings"] = ["Mg/Dl"]
    units = read_units(changed, "sha256:0")
    assert units.resolve("MG/DL", BOTH) is None
    assert units.resolve("MG/DL", ("mass_concentration",)) == units.resolve("mg/dL", BOTH)


def test_a_table_lists_dimensions_and_spellings() -> None:
    units = table()
    assert units.dimensions == BOTH
    assert [each.all_spellings for each in units.spellings("mass_concentration")] == [
        ("g/L", "G/L"),
        ("mg/dL",),
    ]
    assert units.spellings("time") == ()


@pytest.mark.parametrize("factor", ["", "a", "1/0", "1/0.0", "1e3", "٣", 1, 0.5, None])
def test_a_factor_is_an_exact_text(factor: object) -> None:
    changed = document()
    changed["dimensions"][0]["units"][1]["factor"] = factor
    with pytest.raises(BadUnits, match=r"/dimensions/0/units/1/factor: .*no exact number"):
        read_units(changed, "sha256:0")


def test_a_fraction_is_exact_as_it_is() -> None:
    changed = document()
    changed["dimensions"][0]["units"][1]["factor"] = Fraction(1, 3)
    units = read_units(changed, "sha256:0")
    assert units.spellings("mass_concentration")[1].unit.factor == Fraction(1, 3)


@pytest.mark.parametrize(
    ("units", "fault"),
    [
        ([], "/dimensions/0/units: "),
        ([{"symbol": "g/L", "factor": "2"}], "/dimensions/0/units/0: the first unit is the base"),
        (
            [{"symbol": "g/L", "factor": "1", "offset": "1"}],
            "/dimensions/0/units/0: the first unit is the base",
        ),
        (
            [{"symbol": "g/L", "factor": "1"}, {"symbol": "kg/L", "factor": "-1000"}],
            "/dimensions/0/units/1/factor: a factor is above 0",
        ),
        (
            [{"symbol": "m2", "factor": "1", "spellings": ["m²"]}],
            "/dimensions/0/units/0: 'm²' stands twice, written as m2",
        ),
        (
            [{"symbol": "mg", "factor": "1"}, {"symbol": "Mg", "factor": "1000000000"}],
            "/dimensions/0/units/1: only case tells 'Mg' from mg",
        ),
        ([{"symbol": "g/L", "factor": "1", "colour": "red"}], "/dimensions/0/units/0/colour: "),
    ],
)
def test_a_fault_is_named_at_its_place(units: list[object], fault: str) -> None:
    dimension = {"id": "mass", "title": "Mass", "units": units}
    with pytest.raises(BadUnits) as caught:
        read_units(document(dimensions=[dimension]), "sha256:0")
    assert fault in str(caught.value)
    assert caught.value.faults


def test_a_dimension_stands_once() -> None:
    dimension = {"id": "mass", "title": "Mass", "units": [{"symbol": "g", "factor": "1"}]}
    with pytest.raises(BadUnits) as caught:
        read_units(document(dimensions=[dimension, dimension]), "sha256:0")
    assert [fault.pointer for fault in caught.value.faults] == ["/dimensions/0", "/dimensions/1"]


def test_a_document_without_an_id_is_named_so() -> None:
    with pytest.raises(BadUnits, match=r"Table of units \(without id\) cannot be used"):
        read_units({}, "sha256:0")
