"""Grades and case records: what is read as what, and what is refused."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.domain.case import Event, Intervention, Subject
from app.domain.errors import BadGrade
from app.domain.grade import Grade

GRADES: TypeAdapter[int] = TypeAdapter(Grade)
EVENTS = TypeAdapter(Event)
SUBJECTS = TypeAdapter(Subject)
EVENT: dict[str, Any] = {"id": "AE-1", "term": "Chills"}


@pytest.mark.parametrize("grade", [0, 1, 2, 3, 4, 5])
def test_a_grade_is_a_whole_number_from_0_to_5(grade: int) -> None:
    assert GRADES.validate_python(grade) == grade


@pytest.mark.parametrize("value", [-1, 6, 7, 3.0, 3.5, True, False, "3", "Grade 3", [3]])
def test_anything_else_is_no_grade(value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        GRADES.validate_python(value)
    assert refused.value.errors()[0]["msg"] == (
        f"Value error, {value!r} is not a grade: write a whole number from 0 to 5, "
        "or null where the grade is not known."
    )


def test_the_error_of_a_grade_has_a_stable_code() -> None:
    assert BadGrade(7).code == "bad_grade"


def test_an_unknown_grade_is_null_and_not_0() -> None:
    read = EVENTS.validate_python({**EVENT, "grades": [{"from": "2026-03-01", "grade": None}]})
    assert read.grades[0].grade is None


def test_an_unknown_time_is_null() -> None:
    read = EVENTS.validate_python({**EVENT, "grades": [{"from": None, "grade": 3}]})
    assert read.grades[0].at is None


def test_a_grade_change_has_to_say_its_time_and_grade() -> None:
    with pytest.raises(ValidationError) as refused:
        EVENTS.validate_python({**EVENT, "grades": [{}]})
    assert [each["loc"][2:] for each in refused.value.errors()] == [("from",), ("grade",)]


def test_absent_means_unknown() -> None:
    read = EVENTS.validate_python(EVENT)
    assert (read.laboratory, read.clinically_significant, read.ongoing) == (None, None, None)
    assert (read.baseline_grade, read.interventions, read.other_crs_symptoms) == (None, None, None)
    assert (read.causality, read.alternative_causes) == ((), None)


def test_an_empty_list_means_none() -> None:
    read = EVENTS.validate_python({**EVENT, "interventions": [], "other_crs_symptoms": []})
    assert (read.interventions, read.other_crs_symptoms) == ((), ())


def test_an_intervention_is_a_word_or_a_kind_with_times() -> None:
    timed = {"kind": "vasopressor", "start": "2026-03-04", "end": None}
    read = EVENTS.validate_python({**EVENT, "interventions": ["vasopressor", timed]})
    assert read.interventions is not None
    word, whole = read.interventions
    assert word == Intervention(kind="vasopressor")
    assert whole.start is not None
    assert whole.start.text == "2026-03-04"


@pytest.mark.parametrize("value", [0, 1, "true", "N", "yes"])
@pytest.mark.parametrize("field", ["ongoing", "laboratory", "clinically_significant"])
def test_a_flag_is_true_false_or_null(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match="write true, false, or null where it is not known"):
        EVENTS.validate_python({**EVENT, field: value})


@pytest.mark.parametrize(
    ("record", "place"),
    [
        ({**EVENT, "clinically_signifcant": False}, ("clinically_signifcant",)),
        (
            {**EVENT, "grades": [{"from": "2026-03", "grade": 3, "to": "2026-04"}]},
            ("grades", 0, "to"),
        ),
        (
            {**EVENT, "causality": [{"agent": "IC19", "related": True}]},
            ("causality", 0, "related"),
        ),
        ({**EVENT, "seriousness": {"fatal": True}}, ("seriousness", "fatal")),
        ({**EVENT, "significance": {"value": True, "role": "PI"}}, ("significance", "role")),
    ],
)
def test_a_misspelt_field_cannot_change_a_verdict(
    record: object, place: tuple[object, ...]
) -> None:
    with pytest.raises(ValidationError) as refused:
        EVENTS.validate_python(record)
    assert [(each["type"], each["loc"]) for each in refused.value.errors()] == [
        ("unexpected_keyword_argument", place)
    ]


@pytest.mark.parametrize("word", ["related", "PROBABLE", "remote", "likely"])
def test_relatedness_is_one_of_five_words(word: str) -> None:
    with pytest.raises(ValidationError, match="'unrelated', 'unlikely', 'possible', 'probable'"):
        EVENTS.validate_python({**EVENT, "causality": [{"agent": "IC19", "relatedness": word}]})


def test_every_fault_of_a_record_is_reported_at_once() -> None:
    record = {
        "id": "S-01",
        "exposures": [{"agent": "IC19", "start": "2026-02-30"}],
        "events": [{"id": "AE-1", "term": "", "grades": [{"from": "2026-13", "grade": 7}]}],
    }
    with pytest.raises(ValidationError) as refused:
        SUBJECTS.validate_python(record)
    assert [each["loc"] for each in refused.value.errors()] == [
        ("exposures", 0, "start"),
        ("events", 0, "term"),
        ("events", 0, "grades", 0, "from"),
        ("events", 0, "grades", 0, "grade"),
    ]


def test_exposures_that_are_not_recorded_are_not_none() -> None:
    assert SUBJECTS.validate_python({"id": "S-01"}).exposures is None
    assert SUBJECTS.validate_python({"id": "S-01", "exposures": []}).exposures == ()


def test_a_meddra_code_is_a_number() -> None:
    assert EVENTS.validate_python({**EVENT, "meddra_code": 10008531}).meddra_code == 10008531
    with pytest.raises(ValidationError):
        EVENTS.validate_python({**EVENT, "meddra_code": "10008531"})


@pytest.mark.parametrize("word", ["Neutropenia\x00", "Sepsis\n", "\x1b[31mSepsis"])
def test_a_name_holds_no_control_characters(word: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Event).validate_python({"id": "AE-1", "term": f"a{word}b"})


def test_an_unknown_field_of_a_laboratory_result_is_refused() -> None:
    result = {"measured_at": "2026-03-05", "analyte": "potassium", "valeu": "2.4"}
    with pytest.raises(ValidationError, match="valeu"):
        TypeAdapter(Subject).validate_python({"id": "S-01", "laboratory": [result]})
