"""Components as the record holds them: numbers as decimals or text, and faults at their place."""

import json
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter

from app.domain.astct.assessments import BadComponents, Scale, read_components
from app.domain.astct.crs import CrsComponents
from app.domain.astct.icans import IcansComponents
from app.domain.astct.ice import IceItems
from app.domain.case import ScaleAssessment

_KEPT = TypeAdapter(ScaleAssessment)


def kept(scale: str, components: dict[str, Any]) -> ScaleAssessment:
    """The assessment as it is after it was written to the record, and read again."""
    sent = _KEPT.validate_python({"scale": scale, "on": "2026-03-05", "components": components})
    return _KEPT.validate_python(json.loads(_KEPT.dump_json(sent)))


@pytest.mark.parametrize("number", [9, Decimal(9), "9", Decimal("9.0")], ids=repr)
def test_a_whole_number_is_one_however_it_was_kept(number: Any) -> None:
    read = read_components("icans", {"ice_score": number, "organ_toxicity": {"Ileus": "3"}})
    assert isinstance(read, IcansComponents)
    assert (read.ice_score, read.organ_toxicity) == (9, {"Ileus": 3})


def test_components_survive_the_record() -> None:
    sent: dict[str, Any] = {
        "temperature": 38.5,
        "temperature_unit": "C",
        "vasopressors": ["norepinephrine"],
        "hypotension": True,
        "oxygen_flow_l_min": 6,
        "organ_toxicity": {"Ileus": 3, "Anemia": None},
        "death": {"occurred": True, "principal_cause": "CRS"},
    }
    read = read_components("crs", kept("crs", sent).components)
    assert isinstance(read, CrsComponents)
    assert (read.temperature, read.oxygen_flow_l_min) == (Decimal("38.5"), Decimal(6))
    assert read.organ_toxicity == {"Ileus": 3, "Anemia": None}
    assert (read.vasopressors, read.hypotension) == (("norepinephrine",), True)
    assert read.death is not None
    assert (read.death.occurred, read.death.principal_cause) == (True, "CRS")


def test_points_survive_the_record() -> None:
    read = read_components("ice", kept("ice", {"year": 1, "month": 0}).components)
    assert isinstance(read, IceItems)
    assert (read.year, read.month, read.city) == (1, 0, None)


@pytest.mark.parametrize(
    ("scale", "components", "faults"),
    [
        ("crs", {"temprature": 38}, [("/temprature", "unknown_field", "did you mean 'temp")]),
        ("crs", {"zzz": 38}, [("/zzz", "unknown_field", "unknown component 'zzz' of crs")]),
        ("crs", {"fio2": 0.4}, [("/fio2", "unknown_field", "Lee 2014")]),
        ("crs", {"a/b": 1}, [("/a~1b", "unknown_field", "unknown component")]),
        ("crs", {"oxygen_device": "snorkel"}, [("/oxygen_device", "literal_error", "")]),
        ("crs", {"temperature": True}, [("/temperature", "value_error", "write a number")]),
        ("crs", {"death": {"x": 1}}, [("/death/x", "unknown_field", "unknown component 'x'")]),
        ("icans", {"ice_score": 11}, [("/ice_score", "less_than_equal", "")]),
        ("icans", {"ice_score": Decimal("8.5")}, [("/ice_score", "int_type", "")]),
        ("icans", {"raised_icp_signs": ["x"]}, [("/raised_icp_signs/0", "literal_error", "")]),
        ("icans", {"mmse": 3, "readings": {}}, [("/mmse", "unknown_field", "ICE or CAPD"),
                                               ("/readings", "unknown_field", "")]),
        ("ice", {"year": True}, [("/year", "int_type", "")]),
        ("ice", {"score": 8}, [("/score", "unknown_field", "unknown component 'score' of ice")]),
    ],
)  # fmt: skip
def test_what_the_scale_does_not_have_is_refused_at_its_place(
    scale: Scale, components: dict[str, Any], faults: list[tuple[str, str, str]]
) -> None:
    with pytest.raises(BadComponents) as refused:
        read_components(scale, components)
    found = refused.value.faults
    assert [(each.pointer, each.code) for each in found] == [fault[:2] for fault in faults]
    assert all(said in each.message for each, (_, _, said) in zip(found, faults, strict=True))
    below = refused.value.below("/components")
    assert [each.pointer for each in below.faults] == [
        f"/components{each.pointer}" for each in found
    ]
