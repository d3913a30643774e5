"""The packaged units and analytes: exact, unambiguous, and true to their sources."""

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.data.criteria import load_analytes, load_criteria, load_units
from app.domain.laboratory.analyte import AmbiguousAnalyte, Analyte
from app.domain.laboratory.criteria import Absolute, Offset
from app.domain.quantities import SpelledUnit, Unit, plain

UNITS = load_units()
ANALYTES = load_analytes()
EVERY_ANALYTE = pytest.mark.parametrize("analyte", ANALYTES.analytes, ids=lambda each: each.id)

ATOMIC_WEIGHTS = {
    "H": "1.008", "C": "12.011", "N": "14.007", "O": "15.999", "Na": "22.990", "Mg": "24.305",
    "P": "30.974", "K": "39.098", "Ca": "40.078",
}  # fmt: skip
"""IUPAC, abridged standard atomic weights of 2021."""

SPELLINGS = {
    "hemoglobin": {
        "g/L": "g/L G/L gm/L mg/mL",
        "g/dL": "g/dL G/DL g/dl g/dl. gm/dL g%",
        "mmol/L": "mmol/L MMOL/L mmol/l mM",
    },
    "neutrophils": {
        "10^9/L": "10^9/L x10^9/L X10E9/L x10e9/L 10*9/L 10E9/L \u00d710⁹/l G/L GI/L Gpt/L "
        "10^3/uL 10*3/uL 10^3/µL 10³/mm³ K/uL K/mm3 THOU/uL thou/mcL 10^3/mm3 10^6/mL "
        "10(9)/L x10(9)/L 1E9/L E9/L E+9/L 1e+09/l x1000/mm3 10*3/mm3 G/l TSD/µl Tsd./µl",
        "10^6/L": "/mm3 /uL cells/uL cells/mm3 {cells}/uL /mm³ 10^6/L 10*6/L mio/L Mio/l 10(6)/L",
    },
    "white_blood_cells": {"10^8/L": "10^2/uL x100/µl"},
    "platelets": {"10^10/L": "10^4/uL", "10^11/L": "lakh/cumm"},
    "potassium": {"mEq/L": "mEq/L meq/L MEQ/L mval/L", "mmol/L": "mmol/L MMOL/L"},
    "creatinine": {
        "umol/L": "umol/L µmol/L \u03bcmol/L UMOL/L mcmol/L micromol/L",
        "mg/dL": "mg/dL MG/DL",
    },
    "alt": {
        "U/L": "U/L IU/L [IU]/L [iU]/L u/l mU/mL UNIT/L UI/L ui/l",
        "ukat/L": "ukat/L µkat/L microkat/L UKAT/L",
        "nkat/L": "nkat/L",
    },
    "tsh": {"mIU/L": "mIU/L uIU/mL m[IU]/L u[IU]/mL mU/L µU/mL mUI/L µUI/mL"},
    "inr": {"1": " 1 {INR} INR RATIO ratio {ratio}"},
    "blood_ph": {"pH": "pH [pH] PH 1"},
    "qtc": {"ms": "ms msec MSEC", "s": "s sec"},
    "aptt": {"s": "s sec SEC seconds"},
    "temperature": {"°C": "°C C Cel degC ℃", "°F": "°F F [degF] degF"},
    "systolic_bp": {"mmHg": "mmHg mm[Hg] MMHG", "kPa": "kPa"},
    "spo2": {"%": "%", "1": "1 fraction"},
    "egfr": {"mL/min/1.73m2": "mL/min/1.73m2 ml/min/1.73m² mL/min/{1.73_m2} mL/min/1.73m^2"},
    "weight": {"kg": "kg KG", "g": "g", "lb": "lb LB [lb_av] lbs"},
    "bmi": {"kg/m2": "kg/m2 kg/m² kg/m^2"},
    "urine_protein_24h": {"g/d": "g/24h g/d g/24hr g/(24.h) g/day", "mg/d": "mg/24h mg/d"},
    "urine_protein_creatinine_ratio": {
        "g/g": "mg/mg g/g",
        "mg/g": "mg/g mg/g{creat}",
        "g/mol": "mg/mmol g/mol mg/mmol{creat}",
    },
    "dlco": {"mL/min/mmHg": "mL/min/mmHg mL/min/mm[Hg]", "mmol/min/kPa": "mmol/min/kPa"},
    "sperm_concentration": {"10^9/L": "10^6/mL million/mL M/mL"},
    "urine_protein_dipstick": {"+": "+ {plus}"},
}

EQUAL = [
    ("glucose", "55 mg/dL", "3.05", "mmol/L", Decimal("0.01")),
    ("cholesterol", "300 mg/dL", "7.75", "mmol/L", Decimal("0.01")),
    ("triglycerides", "150 mg/dL", "1.69", "mmol/L", Decimal("0.01")),
    ("corrected_calcium", "11.5 mg/dL", "2.87", "mmol/L", Decimal("0.01")),
    ("magnesium", "3.0 mg/dL", "1.23", "mmol/L", Decimal("0.01")),
    ("hemoglobin", "10 g/dL", "6.21", "mmol/L", Decimal("0.01")),
    ("creatinine", "1 mg/dL", "88.4", "umol/L", Decimal("0.05")),
    ("bilirubin", "1 mg/dL", "17.1", "umol/L", Decimal("0.05")),
    ("urate", "1 mg/dL", "59.48", "umol/L", Decimal("0.01")),
    ("phosphate", "1 mg/dL", "0.3229", "mmol/L", Decimal("0.0001")),
    ("urine_protein_creatinine_ratio", "0.5 mg/mg", "56.56", "mg/mmol", Decimal("0.01")),
    ("potassium", "5.5 mEq/L", "5.5", "mmol/L", 0),
    ("ionized_calcium", "2.5 mEq/L", "1.25", "mmol/L", 0),
    ("platelets", "75000 /mm3", "75", "10^9/L", 0),
    ("alt", "1 U/L", "1/60", "ukat/L", 0),
    ("temperature", "100.4 °F", "38", "°C", 0),
    ("weight", "1 lb", "0.45359237", "kg", 0),
    ("pao2", "1 mmHg", "0.133322387415", "kPa", 0),
    ("qtc", "0.5 s", "500", "ms", 0),
    ("spo2", "0.9 1", "90", "%", 0),
    ("urine_protein_24h", "3500 mg/24 h", "3.5", "g/d", 0),
]
"""Numbers that textbooks, or the dictionary itself, print beside each other."""


def converted(analyte: Analyte, number: Fraction, start: Unit, end: Unit) -> Fraction:
    if start.dimension == end.dimension:
        return start.to(number, end)
    bridge = analyte.bridge(start.dimension, end.dimension)
    assert bridge is not None
    bases = [UNITS.spellings(each)[0].unit for each in (start.dimension, end.dimension)]
    return bases[1].to(start.to(number, bases[0]) * bridge.factor, end)


def unit_of(analyte: Analyte, text: str) -> Unit:
    unit = analyte.unit(text, UNITS)
    assert unit is not None, f"{text!r} of {analyte.id}"
    return unit


def test_each_document_has_a_digest() -> None:
    digests = {UNITS.digest, ANALYTES.digest}
    assert len(digests) == 2
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in digests)


@pytest.mark.parametrize(
    ("analyte", "symbol", "text"),
    [
        (analyte, symbol, text)
        for analyte, units in SPELLINGS.items()
        for symbol, texts in units.items()
        for text in texts.split(" ")
    ],
)
def test_the_usual_spellings_mean_their_unit(analyte: str, symbol: str, text: str) -> None:
    assert unit_of(ANALYTES.by_id(analyte), text).symbol == symbol


def test_a_power_may_stand_apart() -> None:
    platelets = ANALYTES.by_id("platelets")
    for text in ("10 9/L", "x 10 9 / L", "x10 9/l"):
        assert unit_of(platelets, text).symbol == "10^9/L"


@pytest.mark.parametrize(
    ("analyte", "text"),
    [
        ("white_blood_cells", "10^9/M"),
        ("white_blood_cells", "10^10"),
        ("neutrophils", "%"),
        ("lymphocytes", "%"),
        ("eosinophils", "percent"),
        ("platelets", "g/L"),
        ("platelets", "109/L"),
        ("hemoglobin", "%"),
        ("hemoglobin", "10^9/L"),
        ("albumin", "mmol/L"),
        ("egfr", "mL/min"),
        ("egfr", "mL/min/BSA"),
        ("urine_protein_creatinine_ratio", ""),
        ("ejection_fraction", ""),
        ("potassium", ""),
        ("alt", "mg/dL"),
        ("weight", "stone"),
        ("creatinine_clearance", "mL/min"),
        ("hemoglobin", "ng/dL"),
        ("hemoglobin", "mg/dL"),
        ("potassium", "mol/L"),
        ("potassium", "mg/dL"),
        ("cholesterol", "umol/L"),
        ("cholesterol", "ug/dL"),
        ("cd4_lymphocytes", "10^8/L"),
        ("fibrinogen", "g/dL"),
        ("neutrophils", "10^12/L"),
        ("platelets", "g/l"),
        ("urine_protein_creatinine_ratio", "1"),
        ("urine_protein_creatinine_ratio", "ratio"),
        ("glucose", "Mmol/L"),
        ("glucose", "Mg/dL"),
        ("sodium", "Meq/L"),
        ("tsh", ""),
        ("bmi", ""),
    ],
)
def test_what_is_no_unit_of_an_analyte_is_not_known(analyte: str, text: str) -> None:
    assert ANALYTES.by_id(analyte).unit(text, UNITS) is None


@pytest.mark.parametrize("stem", ["mil", "MIL", "mill", "billion", "bil", "trillion", "miles"])
@pytest.mark.parametrize("volume", ["mm3", "uL", "mL", "L"])
def test_a_word_for_two_sizes_is_no_spelling(stem: str, volume: str) -> None:
    assert UNITS.resolve(f"{stem}/{volume}", UNITS.dimensions) is None


def test_every_unit_is_one_that_something_is_reported_in() -> None:
    used = {unit for analyte in ANALYTES.analytes for unit in analyte.units}
    assert {each.unit for each in UNITS.units} == used


@EVERY_ANALYTE
def test_every_spelling_means_one_unit_of_an_analyte(analyte: Analyte) -> None:
    for spelled in spellings(analyte):
        for text in spelled.all_spellings:
            assert unit_of(analyte, text) == spelled.unit


@EVERY_ANALYTE
def test_case_never_makes_another_unit_of_it(analyte: Analyte) -> None:
    for spelled in spellings(analyte):
        for text in spelled.all_spellings:
            for other in (text.upper(), text.lower(), text.swapcase(), text.capitalize()):
                found = analyte.unit(other, UNITS)
                assert found in (None, spelled.unit), f"{text} as {other}"


@EVERY_ANALYTE
def test_upper_case_is_understood(analyte: Analyte) -> None:
    for unit in analyte.units:
        assert unit_of(analyte, unit.symbol.upper()) == unit


@EVERY_ANALYTE
def test_only_what_has_no_unit_needs_none(analyte: Analyte) -> None:
    without = {"inr", "blood_ph", "urine_protein_dipstick"}
    assert (analyte.unit(None, UNITS) is not None) == (analyte.id in without)


@EVERY_ANALYTE
def test_other_units_are_not_known(analyte: Analyte) -> None:
    for other in analyte.other_units:
        assert other.way_out.endswith(".")
        for text in other.units:
            assert analyte.unit(text, UNITS) is None
            assert analyte.way_out(text.upper()) == other.way_out


def spellings(analyte: Analyte) -> list[SpelledUnit]:
    return [
        each
        for dimension in analyte.dimensions
        for each in UNITS.spellings(dimension)
        if each.unit in analyte.units
    ]


@EVERY_ANALYTE
def test_every_dimension_of_an_analyte_leads_to_its_others_or_is_told_apart(
    analyte: Analyte,
) -> None:
    apart = {"pancreatic_enzymes"}  # three tests under one name
    for start in analyte.dimensions:
        for end in analyte.dimensions:
            if start != end and analyte.id not in apart:
                there, back = analyte.bridge(start, end), analyte.bridge(end, start)
                assert there is not None
                assert back is not None
                assert there.factor * back.factor == 1
                assert there.because == back.because


def test_a_millimetre_of_mercury_is_conventional() -> None:
    mercury, kilopascal = (unit_of(ANALYTES.by_id("pao2"), each) for each in ("mmHg", "kPa"))
    assert mercury.to(Fraction(1000), kilopascal) == Fraction("13.5951") * Fraction("9.80665")


def pairs() -> Iterator[tuple[Analyte, Unit, Unit]]:
    for analyte in ANALYTES.analytes:
        for start in analyte.units:
            for end in analyte.units:
                same = start.dimension == end.dimension
                if same or analyte.bridge(start.dimension, end.dimension):
                    yield analyte, start, end


@given(st.sampled_from(list(pairs())), st.fractions())
def test_every_conversion_there_and_back_is_exact(
    pair: tuple[Analyte, Unit, Unit], number: Fraction
) -> None:
    analyte, start, end = pair
    assert converted(analyte, converted(analyte, number, start, end), end, start) == number


@pytest.mark.parametrize(("name", "given", "number", "unit", "within"), EQUAL)
def test_a_conversion_agrees_with_what_is_printed(
    name: str, given: str, number: str, unit: str, within: Decimal | int
) -> None:
    analyte = ANALYTES.by_id(name)
    value, _, start = given.partition(" ")
    found = converted(analyte, Fraction(value), unit_of(analyte, start), unit_of(analyte, unit))
    assert abs(found - Fraction(number)) <= within


@EVERY_ANALYTE
def test_a_molar_mass_is_the_sum_of_its_atoms(analyte: Analyte) -> None:
    for bridge in analyte.bridges:
        for number, formula in re.findall(
            r"([\d.]+) g/mol \((?:\w+, )?([A-Z]\w*)", bridge.because
        ):
            atoms = re.findall(r"([A-Z][a-z]?)(\d*)", formula)
            total = sum(Decimal(ATOMIC_WEIGHTS[each]) * int(count or 1) for each, count in atoms)
            assert Decimal(number) == total


@EVERY_ANALYTE
def test_every_name_leads_to_its_analyte(analyte: Analyte) -> None:
    for name in analyte.names:
        assert ANALYTES.resolve(name) is analyte
        assert ANALYTES.resolve(name.upper()) is analyte


@EVERY_ANALYTE
def test_loinc_codes_have_their_check_digit(analyte: Analyte) -> None:
    for code in analyte.loinc:
        number, _, check = code.partition("-")
        doubled = str(int(number[::-1][::2][::-1]) * 2)
        total = sum(map(int, doubled + number[::-1][1::2]))
        assert (10 - total % 10) % 10 == int(check), code


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("calcium", ("corrected_calcium", "ionized_calcium")),
        ("CA", ("corrected_calcium", "ionized_calcium")),
        ("17861-6", ("corrected_calcium", "ionized_calcium")),
        ("Troponin", ("troponin_i", "troponin_t")),
        ("PH", ("blood_ph",)),
        ("NEUTLE", ("neutrophils",)),
        ("770-8", ("neutrophils",)),
    ],
)
def test_an_ambiguous_name_decides_nothing(text: str, candidates: tuple[str, ...]) -> None:
    found = ANALYTES.resolve(text)
    assert isinstance(found, AmbiguousAnalyte)
    assert found.candidates == candidates
    assert all(each in found.message for each in candidates)


def test_words_are_plain_and_in_lower_case() -> None:
    for analyte in ANALYTES.analytes:
        assert [word for word in analyte.words if word != plain(word.casefold())] == []


def test_the_criteria_ask_only_for_what_is_known() -> None:
    criteria, _ = load_criteria("ctcae-5.0")
    for term in criteria.terms:
        for name in term.analytes:
            analyte = ANALYTES.by_id(name)
            for _, _, clause in term.clauses(name):
                for _, threshold in clause.bounds:
                    match threshold:
                        case Absolute(printed=printed):
                            for text, _ in printed:
                                unit_of(analyte, text)
                        case Offset(unit=text):
                            unit_of(analyte, text)
                        case _:
                            pass
