"""ICANS by ASTCT 2019: both sides of every limit, and what the record may leave open."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.domain.astct.icans import IcansRequest
from tests.domain.astct.requests import ADULT, CHILD, asks, bounds, codes, icans, rules

SEDATED = {"arousal": "unarousable", "arousal_attributable_to_other_cause": True}


@pytest.mark.parametrize(
    ("score", "grade"), [(10, 0), (9, 1), (7, 1), (6, 2), (3, 2), (2, 3), (1, 3), (0, 3)]
)
def test_ice(score: int, grade: int) -> None:
    assert icans(ice_score=score).grade == grade


@pytest.mark.parametrize(
    ("arousal", "grade"),
    [
        ("spontaneous", 0),
        ("voice", 2),
        ("tactile", 3),
        ("vigorous_tactile", 4),
        ("stupor", 4),
        ("coma", 4),
        ("unarousable", 4),
    ],
)
def test_consciousness(arousal: str, grade: int) -> None:
    assert icans(arousal=arousal).grade == grade
    assert icans(arousal=arousal, arousal_attributable_to_other_cause=True).grade == 0
    unknown = icans(arousal=arousal, arousal_attributable_to_other_cause=None)
    assert bounds(unknown) == (0, grade)
    assert icans(CHILD, arousal=arousal).grade == max(1, grade)


@pytest.mark.parametrize(
    ("changes", "between", "asked"),
    [
        ({"ice_score": None}, (0, 3), ["ice_score"]),
        ({"ice_score": None, "arousal": "tactile"}, (3, 3), []),
        ({"ice_score": None, "arousal": "coma"}, (4, 4), []),
        ({"ice_score": 0, "arousal": None}, (3, 4), ["arousal"]),
        ({"ice_score": 0, "arousal": "voice"}, (3, 3), []),
        ({"ice_score": 0, "arousal": "unarousable"}, (4, 4), []),
        ({"ice_score": 9, "arousal": None}, (1, 4), ["arousal"]),
        ({"ice_score": None, "arousal": None}, (0, 4), ["ice_score", "arousal"]),
    ],
)
def test_ice_and_arousal_together(
    changes: dict[str, Any], between: tuple[int, int], asked: list[str]
) -> None:
    answer = icans(**changes)
    assert (bounds(answer), asks(answer)) == (between, asked)


@pytest.mark.parametrize(
    ("score", "able", "arousal", "grade"),
    [
        (0, True, "spontaneous", 0),
        (1, True, "spontaneous", 1),
        (8, None, "spontaneous", 1),
        (8, True, "voice", 2),
        (9, True, "spontaneous", 3),
        (32, True, "voice", 3),
        (8, True, "tactile", 3),
        (None, False, "spontaneous", 4),
    ],
)
def test_capd(score: Any, able: Any, arousal: str, grade: int) -> None:
    answer = icans(CHILD, capd_score=score, capd_performable=able, arousal=arousal)
    assert (answer.grade, answer.findings) == (grade, ())


@pytest.mark.parametrize(
    ("changes", "between", "asked"),
    [
        ({"capd_score": None}, (0, 3), ["capd_score"]),
        (
            {"capd_score": None, "capd_performable": None},
            (0, 4),
            ["capd_score", "capd_performable"],
        ),
        ({"age_years": 11.99}, (1, 1), []),
        ({"age_years": 12}, (0, 3), ["ice_score"]),
        ({"age_years": None}, (0, 3), ["age_years", "ice_score"]),
        ({"age_years": None, "ice_score": 9}, (1, 1), []),
        ({"age_years": None, "ice_score": 5}, (1, 2), ["age_years"]),
    ],
)
def test_age_decides_which_score_counts(
    changes: dict[str, Any], between: tuple[int, int], asked: list[str]
) -> None:
    answer = icans(CHILD, **changes)
    assert (bounds(answer), asks(answer)) == (between, asked)


@pytest.mark.parametrize(
    ("changes", "between"),
    [
        ({"ice_score": 9, "capd_score": 9}, (3, 3)),
        (
            {"ice_score": 9, "capd_score": 9, "readings": {"tool-with-delay": "ice-if-recorded"}},
            (1, 1),
        ),
        ({"ice_score": 9}, (1, 1)),
        ({"ice_score": None, "capd_score": 9}, (3, 3)),
        ({"ice_score": None, "capd_performable": False}, (4, 4)),
        ({"ice_score": None}, (0, 4)),
        ({"ice_score": None, "capd_performable": True}, (0, 3)),
    ],
)
def test_from_12_years_with_a_developmental_delay(
    changes: dict[str, Any], between: tuple[int, int]
) -> None:
    assert bounds(icans(baseline_developmental_delay=True, **changes)) == between


def test_a_delay_that_nobody_recorded() -> None:
    recorded = {"baseline_developmental_delay": None, "ice_score": 9, "capd_score": 9}
    answer = icans(**recorded)
    assert (answer.grade, codes(answer)) == (1, ["capd_not_used"])
    assert [each.id for each in answer.readings] == ["delay-not-stated"]
    open_answer = icans(**recorded, readings={"delay-not-stated": "unknown"})
    assert (bounds(open_answer), asks(open_answer)) == ((1, 3), ["baseline_developmental_delay"])


@pytest.mark.parametrize(
    ("age", "option", "grade"),
    [(12, "twelve-and-under", 1), (12.9, "twelve-and-under", 1), (13, "twelve-and-under", None)],
)
def test_the_age_that_another_source_prints(age: float, option: str, grade: int | None) -> None:
    assert icans(CHILD, age_years=age, readings={"age-for-capd": option}).grade == grade


@pytest.mark.parametrize(
    ("option", "between"), [("undetermined", (1, 4)), ("score", (1, 1)), ("unable", (4, 4))]
)
def test_a_score_that_could_not_be_made(option: str, between: tuple[int, int]) -> None:
    answer = icans(CHILD, capd_performable=False, readings={"capd-score-and-unable": option})
    assert bounds(answer) == between
    assert codes(answer) == ["score_and_unable"]


@pytest.mark.parametrize(
    ("option", "ice", "capd"),
    [
        ("counted", (3, 3), (4, 4)),
        ("undetermined", (0, 3), (0, 4)),
        ("not-counted", (0, 0), (0, 0)),
    ],
)
def test_who_is_sedated_cannot_be_scored(
    option: str, ice: tuple[int, int], capd: tuple[int, int]
) -> None:
    readings = {"unable-while-sedated": option}
    adult = icans(ice_score=0, **SEDATED, readings=readings)
    child = icans(CHILD, capd_score=None, capd_performable=False, **SEDATED, readings=readings)
    assert (bounds(adult), bounds(child)) == (ice, capd)
    assert codes(adult) == codes(child) == ["unable_while_sedated"]


@pytest.mark.parametrize("base", [ADULT, CHILD], ids=["adult", "child"])
def test_a_score_of_a_patient_who_cannot_be_aroused_is_odd(base: dict[str, Any]) -> None:
    answer = icans(base, arousal="unarousable")
    assert (answer.grade, codes(answer)) == (4, ["score_while_unarousable"])


@pytest.mark.parametrize(
    ("kind", "minutes", "between"),
    [
        ("none", None, (0, 0)),
        ("clinical", 5, (3, 3)),
        ("clinical", 5.1, (4, 4)),
        ("clinical", None, (3, 4)),
        ("clinical_resolved_rapidly", None, (3, 3)),
        ("clinical_resolved_rapidly", 5, (3, 3)),
        ("focal_resolved_rapidly", 5.1, (3, 4)),
        ("nonconvulsive_eeg_resolves_with_intervention", None, (3, 3)),
        ("nonconvulsive_eeg_resolves_with_intervention", 5, (3, 3)),
        ("nonconvulsive_eeg_resolves_with_intervention", 5.1, (3, 4)),
        ("repetitive_no_return_to_baseline", None, (4, 4)),
        (None, None, (0, 4)),
        (None, 5, (0, 4)),
    ],
)
def test_seizures(kind: Any, minutes: Any, between: tuple[int, int]) -> None:
    answer = icans(seizure=kind, seizure_duration_min=minutes)
    assert bounds(answer) == between
    child = icans(CHILD, seizure=kind, seizure_duration_min=minutes)
    assert bounds(child) == (max(1, between[0]), max(1, between[1]))


@pytest.mark.parametrize(
    ("option", "between"), [(None, (3, 4)), ("kind", (3, 3)), ("duration", (4, 4))]
)
def test_a_nonconvulsive_seizure_of_an_hour(option: Any, between: tuple[int, int]) -> None:
    """A seizure of more than 5 minutes is prolonged, grade 4, whatever ended it."""
    answer = icans(
        seizure="nonconvulsive_eeg_resolves_with_intervention",
        seizure_duration_min=60,
        readings={} if option is None else {"nonconvulsive-but-long": option},
    )
    assert (bounds(answer), codes(answer)) == (between, ["nonconvulsive_but_long"])
    assert [each.id for each in answer.readings] == ["nonconvulsive-but-long"]
    assert asks(answer) == (["seizure_duration_min"] if option is None else [])
    assert answer.findings[0].text == (
        "The seizure on EEG is said to have resolved, and to have lasted 60 min."
    )


@pytest.mark.parametrize(("option", "grade"), [("kind", 3), ("duration", 4)])
def test_a_seizure_that_resolved_rapidly_after_long(option: str, grade: int) -> None:
    answer = icans(
        seizure="clinical_resolved_rapidly",
        seizure_duration_min=6,
        readings={"resolved-rapidly-but-long": option},
    )
    assert (answer.grade, codes(answer)) == (grade, ["resolved_rapidly_but_long"])


def test_a_duration_without_seizure_is_odd() -> None:
    assert codes(icans(seizure_duration_min=2)) == ["duration_without_seizure"]
    assert icans(seizure_duration_min=2).grade == 0
    assert icans(seizure_duration_min=0).findings == ()


@pytest.mark.parametrize(
    ("weakness", "between"),
    [("none", (0, 0)), ("hemiparesis", (4, 4)), ("paraparesis", (4, 4)), (None, (0, 4))],
)
def test_weakness(weakness: Any, between: tuple[int, int]) -> None:
    assert bounds(icans(motor_weakness=weakness)) == between


@pytest.mark.parametrize(
    ("oedema", "haemorrhage", "between"),
    [
        ("none", True, (0, 0)),
        ("focal", False, (3, 3)),
        ("diffuse", False, (4, 4)),
        ("focal", True, (0, 0)),
        ("diffuse", True, (0, 0)),
        ("focal", None, (0, 3)),
        ("none", None, (0, 0)),
        (None, False, (0, 4)),
        (None, True, (0, 0)),
    ],
)
def test_oedema_and_haemorrhage(oedema: Any, haemorrhage: Any, between: tuple[int, int]) -> None:
    answer = icans(cerebral_edema=oedema, intracranial_hemorrhage=haemorrhage)
    assert bounds(answer) == between
    assert ("IC-R6" in rules(answer)) == bool(haemorrhage or between[1])


@pytest.mark.parametrize(
    "sign",
    ["papilledema", "cranial_nerve_vi_palsy", "cushing_triad", "decerebrate_posturing",
     "decorticate_posturing"],
)  # fmt: skip
def test_signs_of_raised_pressure(sign: str) -> None:
    assert icans(raised_icp_signs=[sign]).grade == 4
    beside = icans(raised_icp_signs=[sign], intracranial_hemorrhage=True)
    assert (beside.grade, codes(beside)) == (4, ["raised_icp_with_haemorrhage"])
    excluded = icans(
        raised_icp_signs=[sign],
        intracranial_hemorrhage=True,
        readings={"raised-icp-with-haemorrhage": "not-counted"},
    )
    assert excluded.grade == 0


def test_signs_that_nobody_recorded() -> None:
    assert bounds(icans(raised_icp_signs=None)) == (0, 4)
    assert icans(raised_icp_signs=[]).grade == 0


def test_oedema_counts_by_the_other_reading() -> None:
    answer = icans(
        cerebral_edema="focal",
        intracranial_hemorrhage=True,
        readings={"oedema-with-haemorrhage": "counted"},
    )
    assert (answer.grade, codes(answer)) == (3, ["oedema_with_haemorrhage"])


def test_all_of_it_has_another_cause() -> None:
    severe = {"ice_score": 1, "motor_weakness": "hemiparesis"}
    name = "all_findings_attributable_to_other_cause"
    assert icans(**severe, **{name: True}).grade == 0
    assert icans(**severe, **{name: False}).grade == icans(**severe).grade == 4
    assert bounds(icans(**severe, **{name: None})) == (0, 4)
    dead = icans(**{name: True}, death={"occurred": True, "principal_cause": "ICANS"})
    assert (dead.grade, codes(dead)) == (5, ["death_contradicts_attribution"])


def test_what_never_counts_is_mentioned() -> None:
    answer = icans(tremor_ctcae_grade=3, myoclonus_ctcae_grade=2, organ_toxicity={"Ileus": 4})
    assert answer.grade == 0
    said = [each.text.split()[0] for each in answer.because[-3:]]
    assert said == ["Tremor", "Myoclonus", "Organ"]


def test_several_findings() -> None:
    answer = icans(ice_score=8, arousal="voice", seizure="clinical", seizure_duration_min=1)
    assert (answer.grade, rules(answer)[-1]) == (3, "IC-R7")


@pytest.mark.parametrize(
    "changes",
    [
        {"ice_score": 11},
        {"ice_score": -1},
        {"ice_score": True},
        {"ice_score": 9.0},
        {"capd_score": 33},
        {"age_years": -1},
        {"age_years": True},
        {"arousal": "awake"},
        {"seizure": "focal"},
        {"seizure_duration_min": -1},
        {"raised_icp_signs": ["headache"]},
        {"raised_icp_signs": "papilledema"},
        {"tremor_ctcae_grade": 6},
        {"cartox_10": 9},
        {"readings": {"vasopressin-alone": "vasopressor"}},
    ],
)
def test_what_cannot_be_read_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(IcansRequest).validate_python(changes)
