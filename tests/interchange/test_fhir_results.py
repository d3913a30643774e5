"""Observation: results as they were sent, each with its limits, and what is no result."""

from typing import Any

import pytest

from app.interchange.rows import SourceRow
from tests.interchange.fhir_examples import (
    ABSENT,
    LOINC,
    administration,
    bad_row_of,
    concept,
    extension,
    left_out_of,
    observation,
    quantity,
    row_of,
    rows_of,
    without,
)

CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"


def test_a_result_with_its_limits() -> None:
    limits = {"low": quantity(125), "high": quantity(350)}
    row = row_of(
        observation(referenceRange=[limits], interpretation=[concept(INTERPRETATION, "L")])
    )

    assert (row.domain, row.key, row.subject) == ("LB", "Observation.ob-1", "pt-1")
    assert row.fields == {
        "STATUS": "final",
        "LBTEST": "Platelets",
        "LBLOINC": "777-3",
        "LBDTC": "2026-03-05T08:00:00+08:00",
        "LBORRES": "48",
        "LBORRESU": "10*9/L",
        "LBORNRLO": "125",
        "LBORNRHI": "350",
        "LBNRIND": "LOW",
        "LBREFID": "ob-1",
    }


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ({"valueQuantity": quantity(3.42, comparator="<")}, "<3.42"),
        ({"valueQuantity": quantity(0.50)}, "0.5"),
        ({"valueCodeableConcept": {"text": "positive"}}, "positive"),
        ({"valueString": "2+"}, "2+"),
        ({"valueBoolean": False}, "false"),
        ({"valueInteger": 3}, "3"),
    ],
)
def test_values(value: Any, cell: str) -> None:
    assert row_of(without(observation(), "valueQuantity") | value).fields["LBORRES"] == cell


@pytest.mark.parametrize("written", ["0.50", "48.000", "1E2", "1.5e-3", "-0"])
def test_numbers_keep_their_digits(written: str) -> None:
    from tests.interchange.fhir_examples import ndjson, read

    (row,) = read(ndjson(observation(valueQuantity=quantity(4711))).replace("4711", written))

    assert isinstance(row, SourceRow)
    assert row.fields["LBORRES"] == written


@pytest.mark.parametrize(
    "value",
    [
        {"value": "48"},
        {"value": True},
        {"value": 48, "comparator": "ad"},
        {"value": 10**40},
        {"value": {"a": 1}},
    ],
)
def test_amounts_that_are_none_are_refused(value: Any) -> None:
    assert bad_row_of(observation(valueQuantity=value)).code == "bad_element"


def test_the_unit_is_ucum_s_where_there_is_one() -> None:
    plain = observation(valueQuantity={"value": 48, "unit": "G/L", "code": "x", "system": "local"})

    assert row_of(observation()).fields["LBORRESU"] == "10*9/L"
    assert row_of(plain).fields["LBORRESU"] == "G/L"


@pytest.mark.parametrize(
    ("ranges", "told"),
    [
        ([{"low": quantity(1), "type": {"coding": [{"code": "normal"}]}}], {"LBORNRLO": "1"}),
        ([{"low": quantity(1), "type": {"coding": [{"code": "therapeutic"}]}}], {}),
        (
            [{"low": quantity(1)}, {"low": quantity(2)}],
            {
                "LBORNRLO_ABSENT": "several reference ranges",
                "LBORNRHI_ABSENT": "several reference ranges",
            },
        ),
        ([{"high": quantity(1, "/uL")}], {"LBORNRHI_ABSENT": "stated in /uL"}),
        ([{"high": {"value": 1}}], {"LBORNRHI": "1"}),
        ([{"text": "125 to 350"}], {"LBSTNRC": "125 to 350"}),
    ],
)
def test_only_the_one_normal_range_in_the_unit_of_the_value(
    ranges: Any, told: dict[str, str]
) -> None:
    fields = row_of(observation(referenceRange=ranges)).fields

    assert {name: fields[name] for name in fields if "NR" in name} == told


def test_a_limit_with_a_comparator_is_refused() -> None:
    limit = {"low": quantity(1, comparator=">")}

    assert bad_row_of(observation(referenceRange=[limit])).code == "bad_element"


@pytest.mark.parametrize(
    ("time", "told"),
    [
        ({"effectiveInstant": "2026-03-05T08:00:00Z"}, {"LBDTC": "2026-03-05T08:00:00Z"}),
        (
            {"effectivePeriod": {"start": "2026-03-05", "end": "2026-03-06"}},
            {"LBDTC": "2026-03-05", "LBENDTC": "2026-03-06"},
        ),
        (
            {"_effectiveDateTime": {"extension": [extension(ABSENT, valueCode="unknown")]}},
            {"LBDTC_ABSENT": "unknown"},
        ),
        ({}, {}),
    ],
)
def test_when_it_was_measured(time: Any, told: dict[str, str]) -> None:
    fields = row_of(without(observation(), "effectiveDateTime") | time).fields

    assert {name: fields[name] for name in fields if "DTC" in name} == told


def test_each_component_is_a_row_of_its_own() -> None:
    components = [
        {
            "code": concept(LOINC, "8480-6", text="Systolic"),
            "valueQuantity": quantity(90, "mm[Hg]"),
        },
        {
            "code": concept(LOINC, "8462-4", text="Diastolic"),
            "valueQuantity": quantity(50, "mm[Hg]"),
        },
        {"code": concept(LOINC, "8478-0", text="Mean")},
    ]
    pressure = without(observation(component=components), "valueQuantity")
    rows = rows_of(pressure)

    assert [
        (row.key, row.place, row.fields["LBORRES"]) for row in rows if isinstance(row, SourceRow)
    ] == [
        ("Observation.ob-1~8480-6", "line 1/component/8480-6", "90"),
        ("Observation.ob-1~8462-4", "line 1/component/8462-4", "50"),
    ]
    assert [row.number for row in rows] == [1, 2]
    taken_back = rows_of(pressure | {"status": "entered-in-error"})
    assert {row.change for row in taken_back if isinstance(row, SourceRow)} == {"removed"}
    assert {row.key for row in rows if isinstance(row, SourceRow)} < {
        row.key for row in taken_back if isinstance(row, SourceRow)
    }


def test_a_result_with_components_has_them_beside_its_own_row() -> None:
    part = {"code": {"text": "Reticulocytes"}, "valueString": "few"}
    rows = rows_of(observation(component=[part, part]))

    assert [row.key for row in rows if isinstance(row, SourceRow)] == [
        "Observation.ob-1",
        "Observation.ob-1~0",
        "Observation.ob-1~1",
    ]


def test_a_result_that_is_absent_says_why() -> None:
    absent = concept(
        "http://terminology.hl7.org/CodeSystem/data-absent-reason",
        "not-performed",
        "Not Performed",
    )
    fields = row_of(without(observation(dataAbsentReason=absent), "valueQuantity")).fields

    assert fields["LBORRES_ABSENT"] == "Not Performed"
    assert fields["LBSTAT"] == "NOT DONE"
    assert "LBORRES" not in fields


@pytest.mark.parametrize(
    ("elements", "what"),
    [
        ({"hasMember": [{"reference": "Observation/x"}]}, "Observation that is a panel"),
        ({}, "Observation without a value"),
        ({"valueRatio": {}}, "Observation with a valueRatio"),
        ({"status": "registered"}, "Observation registered, without a result yet"),
        ({"category": [concept(CATEGORY, "survey")]}, "Observation of category survey"),
    ],
)
def test_what_is_no_result_is_left_out(elements: Any, what: str) -> None:
    assert left_out_of(without(observation(), "valueQuantity") | elements) == what


@pytest.mark.parametrize("code", ["laboratory", "vital-signs"])
def test_categories_that_are_read(code: str) -> None:
    both = [concept(CATEGORY, "exam"), concept(CATEGORY, code)]

    assert row_of(observation(category=both)).domain == "LB"


@pytest.mark.parametrize(
    ("status", "change"),
    [
        ("final", "whole"), ("preliminary", "whole"), ("amended", "whole"), ("corrected", "whole"),
        ("unknown", "whole"), ("cancelled", "removed"), ("entered-in-error", "removed"),
    ],
)  # fmt: skip
def test_the_status_of_a_result(status: str, change: str) -> None:
    row = row_of(observation(status=status))

    assert (row.change, row.fields["STATUS"]) == (change, status)
    assert row.reason == (status if change == "removed" else None)


@pytest.mark.parametrize("status", [None, "done", 1])
def test_a_status_that_does_not_exist_is_refused(status: Any) -> None:
    assert bad_row_of(observation(status=status)).code == "bad_element"
    assert bad_row_of(administration(status=status)).code == "bad_element"


def test_a_local_code_is_no_code_of_cdisc() -> None:
    fields = row_of(observation(code=concept("local", "CA", text="CA 19-9"))).fields

    assert fields["LBCODING"] == "local|CA"
    assert not {"LBTESTCD", "LBLOINC"} & fields.keys()
    assert bad_row_of(without(observation(), "code")).code == "bad_element"


def test_of_two_loinc_codes_none_is_taken_but_a_chosen_one() -> None:
    two: list[dict[str, Any]] = [{"system": LOINC, "code": each} for each in ("777-3", "26515-7")]

    assert "LBLOINC" not in row_of(observation(code={"coding": two})).fields
    two[1]["userSelected"] = True
    assert row_of(observation(code={"coding": two})).fields["LBLOINC"] == "26515-7"
