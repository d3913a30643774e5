"""CRS by ASTCT 2019: both sides of every limit, and what the record may leave open."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.domain.astct.crs import CrsRequest
from tests.domain.astct.requests import asks, bounds, codes, crs, crs_of, rules

LOW = {"hypotension": True}
SHORT = {"hypoxia": True}


@pytest.mark.parametrize(
    ("temperature", "unit", "grade"),
    [
        (38, "C", 1),
        ("38.0", "C", 1),
        (37.9, "C", 0),
        ("37.999", "C", 0),
        (100.4, "F", 1),
        (100.3, "F", 0),
        (25, "C", 0),
        (45, "C", 1),
        (77, "F", 0),
        (113, "F", 1),
    ],
)
def test_fever_begins_at_38_0_degrees(temperature: Any, unit: str, grade: int) -> None:
    answer = crs(temperature=temperature, temperature_unit=unit)
    assert (answer.grade, answer.findings) == (grade, ())


@pytest.mark.parametrize(
    ("temperature", "unit"),
    [(24.9, "C"), (45.1, "C"), (98.6, "C"), (76.9, "F"), (113.1, "F"), (38, "F"), (50, None)],
)
def test_what_is_no_body_temperature_leaves_the_fever_open(temperature: float, unit: Any) -> None:
    answer = crs(temperature=temperature, temperature_unit=unit)
    assert (bounds(answer), asks(answer)) == ((0, 1), ["temperature"])
    assert codes(answer) == ["implausible_temperature"]


def test_a_temperature_without_unit_lacks_it() -> None:
    answer = crs(temperature=38.5, temperature_unit=None)
    assert (bounds(answer), asks(answer)) == ((0, 1), ["temperature_unit"])
    read = crs(
        temperature=98.6,
        temperature_unit=None,
        readings={"temperature-without-unit": "by-plausibility"},
    )
    assert (read.grade, [each.id for each in read.readings]) == (0, ["temperature-without-unit"])
    still = crs(
        temperature=60,
        temperature_unit=None,
        readings={"temperature-without-unit": "by-plausibility"},
    )
    assert asks(still) == ["temperature"]


@pytest.mark.parametrize(
    ("drugs", "grade"),
    [
        ([], 2),
        (["vasopressin"], 3),
        (["norepinephrine"], 3),
        (["norepinephrine", "vasopressin"], 3),
        (["NOREPINEPHRINE", "Noradrenaline", "levarterenol"], 3),
        (["norepinephrine", "phenylephrine"], 4),
        (["norepinephrine + adrenaline"], 4),
        (["norepinephrine", "angiotensin II", "argipressin"], 4),
        (["dobutamine"], 2),
        (["norepinephrine", "milrinone"], 3),
        (["terlipressin"], 3),
        (["terlipressin", "norepinephrine"], 4),
    ],
)
def test_vasopressors_are_counted_without_vasopressin(drugs: list[str], grade: int) -> None:
    assert crs(**LOW, vasopressors=drugs).grade == grade


@pytest.mark.parametrize(
    ("reading", "drugs", "grade"),
    [
        ({"vasopressin-alone": "not-a-vasopressor"}, ["vasopressin"], 2),
        ({"terlipressin": "as-vasopressin"}, ["terlipressin", "norepinephrine"], 3),
        ({"inotropes": "counted"}, ["norepinephrine", "milrinone"], 4),
        ({"inotropes": "counted"}, ["dobutamine"], 3),
    ],
)
def test_other_readings_of_drugs(reading: dict[str, str], drugs: list[str], grade: int) -> None:
    answer = crs(**LOW, vasopressors=drugs, readings=reading)
    assert answer.grade == grade
    assert [(each.id, each.option) for each in answer.readings] == [*reading.items()]


@pytest.mark.parametrize(
    ("drugs", "between"),
    [
        (["wonderine"], (2, 3)),
        (["wonderine", "wonderine"], (2, 3)),
        (["wonderine", "marveline"], (2, 4)),
        (["norepinephrine", "wonderine"], (3, 4)),
        (["norepinephrine", "dopamine", "wonderine"], (4, 4)),
    ],
)
def test_a_name_that_is_not_known_may_be_a_vasopressor_or_none(
    drugs: list[str], between: tuple[int, int]
) -> None:
    answer = crs(**LOW, vasopressors=drugs)
    assert bounds(answer) == between
    assert "unknown_vasopressor" in codes(answer)


def test_terlipressin_like_vasopressin_is_read_like_it() -> None:
    answer = crs(
        **LOW,
        vasopressors=["terlipressin"],
        readings={"terlipressin": "as-vasopressin", "vasopressin-alone": "not-a-vasopressor"},
    )
    assert answer.grade == 2
    assert [each.id for each in answer.readings] == ["vasopressin-alone", "terlipressin"]


def test_vasopressors_that_nobody_recorded() -> None:
    answer = crs(**LOW, vasopressors=None)
    assert (bounds(answer), asks(answer)) == ((2, 4), ["vasopressors"])
    assert crs(hypotension=False, vasopressors=None).grade == 1


@pytest.mark.parametrize(
    ("option", "between"),
    [("undetermined", (1, 3)), ("counted", (3, 3)), ("not-counted", (1, 1))],
)
def test_a_vasopressor_without_hypotension_contradicts(
    option: str, between: tuple[int, int]
) -> None:
    answer = crs(vasopressors=["dopamine"], readings={"vasopressor-without-hypotension": option})
    assert bounds(answer) == between
    assert codes(answer) == ["vasopressor_without_hypotension"]


def test_a_vasopressor_where_hypotension_is_not_recorded() -> None:
    answer = crs(hypotension=None, vasopressors=["dopamine"])
    assert (bounds(answer), asks(answer)) == ((1, 3), ["hypotension"])


@pytest.mark.parametrize(
    ("device", "flow", "grade"),
    [
        ("nasal_cannula", 0.5, 2),
        ("nasal_cannula", 6, 2),
        ("nasal_cannula", 6.1, 3),
        ("blow_by", None, 2),
        ("blow_by", 10, 2),
        ("high_flow_nasal_cannula", None, 3),
        ("high_flow_nasal_cannula", 6, 3),
        ("facemask", 5, 3),
        ("nonrebreather", None, 3),
        ("venturi", None, 3),
        ("cpap", None, 4),
        ("bipap", None, 4),
        ("mechanical_ventilation", None, 4),
    ],
)
def test_hypoxia_is_graded_by_device_and_flow(device: str, flow: Any, grade: int) -> None:
    answer = crs(**SHORT, oxygen_device=device, oxygen_flow_l_min=flow)
    assert answer.grade == grade
    no_hypoxia = crs(oxygen_device=device, oxygen_flow_l_min=flow)
    assert (no_hypoxia.grade, "oxygen_without_hypoxia" in codes(no_hypoxia)) == (1, True)
    assert rules(no_hypoxia)[2] == ("CRS-R11" if device == "mechanical_ventilation" else "CRS-R10")


@pytest.mark.parametrize(
    ("device", "flow", "reading", "grade"),
    [
        ("high_flow_nasal_cannula", 6, "high-flow-device-at-low-flow", 2),
        ("high_flow_nasal_cannula", 6.1, "high-flow-device-at-low-flow", 3),
        ("blow_by", 6, "blow-by-at-high-flow", 2),
        ("blow_by", 6.1, "blow-by-at-high-flow", 3),
    ],
)
def test_flow_may_be_read_before_the_device(
    device: str, flow: float, reading: str, grade: int
) -> None:
    answer = crs(**SHORT, oxygen_device=device, oxygen_flow_l_min=flow, readings={reading: "flow"})
    assert answer.grade == grade


@pytest.mark.parametrize(
    ("changes", "between", "asked"),
    [
        ({"oxygen_device": "nasal_cannula"}, (2, 3), ["oxygen_flow_l_min"]),
        ({"oxygen_device": "nasal_cannula", "oxygen_flow_l_min": 0}, (2, 4), ["oxygen_device"]),
        ({"oxygen_device": "none"}, (2, 4), ["oxygen_device"]),
        ({"oxygen_device": "none", "oxygen_flow_l_min": 2}, (2, 4), ["oxygen_device"]),
        ({"oxygen_device": None}, (2, 4), ["oxygen_device", "oxygen_flow_l_min"]),
        ({"oxygen_device": None, "oxygen_flow_l_min": 2}, (2, 4), ["oxygen_device"]),
        ({"oxygen_device": "cpap", "hypoxia": None}, (1, 4), ["hypoxia"]),
    ],
)
def test_oxygen_that_is_not_known(
    changes: dict[str, Any], between: tuple[int, int], asked: list[str]
) -> None:
    answer = crs(**{**SHORT, **changes})
    assert (bounds(answer), asks(answer)) == (between, asked)


def test_no_flow_beside_no_device_is_nothing_odd() -> None:
    assert crs(oxygen_device="none", oxygen_flow_l_min=0).findings == ()
    assert codes(crs(oxygen_device="none", oxygen_flow_l_min=2)) == ["flow_without_device"]


@pytest.mark.parametrize("part", ["hypotension", "hypoxia"])
def test_what_has_another_cause_does_not_count(part: str) -> None:
    given = {
        "hypotension": True,
        "hypoxia": True,
        "oxygen_device": "cpap",
        "vasopressors": ["dopamine"],
    }
    name = f"{part}_attributable_to_other_cause"
    other = 4 if part == "hypotension" else 3
    assert crs(**given, **{name: True}).grade == other
    assert "CRS-R7" in rules(crs(**given, **{name: True}))
    assert crs(**given, **{name: False}).grade == 4
    unknown = crs(**{**given, "oxygen_device": "blow_by"}, **{name: None})
    assert bounds(unknown) == ((2, 3) if part == "hypotension" else (3, 3))
    absent = crs(**given)
    assert absent.grade == 4


def test_a_fever_of_another_cause_is_none() -> None:
    assert crs(fever_attributable_to_other_cause=True, **LOW).grade == 0
    unknown = crs(fever_attributable_to_other_cause=None, **LOW)
    assert (bounds(unknown), asks(unknown)) == ((0, 2), ["fever_attributable_to_other_cause"])


@pytest.mark.parametrize(
    ("masking", "earlier", "between", "asked"),
    [
        (None, True, (0, 0), []),
        ("tocilizumab", True, (2, 2), []),
        ("tocilizumab", None, (0, 2), ["fever_earlier_in_episode"]),
        ("tocilizumab", False, (0, 2), ["fever_earlier_in_episode"]),
        ("rituximab", True, (0, 2), ["masking_therapy"]),
        ("rituximab", False, (0, 2), ["masking_therapy", "fever_earlier_in_episode"]),
    ],
)
def test_fever_is_waived_in_patients_with_crs_alone(
    masking: Any, earlier: Any, between: tuple[int, int], asked: list[str]
) -> None:
    answer = crs(temperature=37, masking_therapy=masking, fever_earlier_in_episode=earlier, **LOW)
    assert (bounds(answer), asks(answer)) == (between, asked)
    well = crs(temperature=37, masking_therapy=masking, fever_earlier_in_episode=earlier)
    assert well.grade == 0
    febrile = crs(masking_therapy=masking, fever_earlier_in_episode=earlier, **LOW)
    assert febrile.grade == 2


@pytest.mark.parametrize(("option", "grade"), [("fever-required", 0), ("fever-waived", 2)])
def test_masking_before_onset_by_other_readings(option: str, grade: int) -> None:
    answer = crs(
        temperature=37,
        masking_therapy="dexamethasone",
        **LOW,
        readings={"masking-before-onset": option},
    )
    assert answer.grade == grade
    assert "by the reading" in answer.because[1].text or option == "fever-required"


@pytest.mark.parametrize(
    ("option", "between"),
    [("undetermined", (2, 4)), ("lowest", (2, 2)), ("not-graded", (1, 1))],
)
def test_hypoxia_without_oxygen(option: str, between: tuple[int, int]) -> None:
    answer = crs(**SHORT, readings={"hypoxia-without-oxygen": option})
    assert bounds(answer) == between
    assert codes(answer) == ["hypoxia_without_oxygen"]


def test_organ_toxicity_is_mentioned_and_never_counts() -> None:
    answer = crs(**LOW, organ_toxicity={"Acute kidney injury": 4, "Ileus": None})
    assert answer.grade == 2
    assert "Organ toxicity (Acute kidney injury, Ileus)" in answer.because[-1].text
    assert crs(organ_toxicity={}).because == crs().because


def test_nothing_at_all_is_recorded() -> None:
    answer = crs_of({})
    assert (bounds(answer), answer.grade) == ((0, 4), None)
    assert asks(answer) == [
        "temperature",
        "hypotension",
        "vasopressors",
        "hypoxia",
        "oxygen_device",
        "oxygen_flow_l_min",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"temperature": True},
        {"temperature": "NaN"},
        {"temperature": "Infinity"},
        {"temperature": 1001},
        {"temperature_unit": "K"},
        {"temperature_unit": "c"},
        {"oxygen_flow_l_min": -0.1},
        {"oxygen_device": "snorkel"},
        {"vasopressors": ["norepinephrine"] * 101},
        {"vasopressors": "norepinephrine"},
        {"masking_therapy": ""},
        {"hypotension": 1},
        {"organ_toxicity": {"Ileus": 6}},
        {"death": {"occured": True}},
        {"fio2": 0.4},
        {"readings": {"no-such": "option"}},
        {"readings": {"inotropes": "sometimes"}},
    ],
)
def test_what_cannot_be_read_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(CrsRequest).validate_python(changes)
