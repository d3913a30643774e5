"""MedicationAdministration, Patient and ResearchSubject."""

from typing import Any

import pytest

from tests.interchange.fhir_examples import (
    ABSENT,
    administration,
    bad_row_of,
    extension,
    left_out_of,
    row_of,
    without,
)

CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"


def test_a_dose_of_r4() -> None:
    row = row_of(administration())

    assert (row.domain, row.key, row.subject) == ("EX", "MedicationAdministration.ex-1", "pt-1")
    assert row.fields == {
        "STATUS": "completed",
        "EXTRT": "IC19",
        "EXSTDTC": "2026-03-01T10:00:00+08:00",
        "EXDOSE": "3",
        "EXDOSU": "10*6/kg",
        "EXREFID": "ex-1",
    }


@pytest.mark.parametrize("spelling", ["occurence", "occurrence"])
def test_the_same_dose_of_r5_however_it_is_spelt(spelling: str) -> None:
    r5 = without(administration(), "medicationCodeableConcept", "effectiveDateTime") | {
        "medication": {"concept": {"text": "IC19"}},
        f"{spelling}DateTime": "2026-03-01T10:00:00+08:00",
    }

    assert row_of(r5) == row_of(administration())


@pytest.mark.parametrize(
    ("medication", "treatment"),
    [
        ({"medicationReference": {"reference": "Medication/m"}}, "Medication/m"),
        ({"medicationReference": {"reference": "Medication/m", "display": "IC19"}}, "IC19"),
        ({"medicationReference": {"reference": "#m"}}, "fludarabine"),
        ({"medication": {"reference": {"reference": "Medication/m"}}}, "Medication/m"),
        ({}, None),
    ],
)
def test_what_was_given(medication: Any, treatment: str | None) -> None:
    dose = without(administration(), "medicationCodeableConcept") | medication
    dose["contained"] = [
        {"resourceType": "Medication", "id": "m", "code": {"text": "fludarabine"}}
    ]

    assert row_of(dose).fields.get("EXTRT") == treatment


def test_an_infusion_has_a_beginning_and_an_end() -> None:
    times = {"start": "2026-03-01T10:00:00+08:00", "end": "2026-03-01T10:30:00+08:00"}
    fields = row_of(without(administration(effectivePeriod=times), "effectiveDateTime")).fields

    assert (fields["EXSTDTC"], fields["EXENDTC"]) == (times["start"], times["end"])
    assert bad_row_of(administration(effectivePeriod=times)).code == "contradiction"


@pytest.mark.parametrize(
    ("status", "change"),
    [
        ("completed", "whole"), ("in-progress", "whole"), ("on-hold", "whole"),
        ("stopped", "whole"), ("not-done", "removed"), ("entered-in-error", "removed"),
    ],
)  # fmt: skip
def test_the_status_of_a_dose(status: str, change: str) -> None:
    assert row_of(administration(status=status)).change == change


def test_a_dose_of_which_nobody_knows_whether_it_was_given_is_refused() -> None:
    assert bad_row_of(administration(status="unknown")).code == "unknown_status"


@pytest.mark.parametrize(
    ("elements", "fields"),
    [
        ({"gender": "male", "birthDate": "1985-02"}, {"SEX": "M", "BRTHDTC": "1985-02"}),
        ({"gender": "female"}, {"SEX": "F"}),
        ({"gender": "other"}, {"GENDER": "other"}),
        ({"gender": "unknown"}, {"GENDER": "unknown"}),
        ({"deceasedBoolean": True}, {"DTHFL": "Y"}),
        ({"deceasedBoolean": False}, {}),
        ({"deceasedDateTime": "2026-04"}, {"DTHDTC": "2026-04", "DTHFL": "Y"}),
        (
            {"_birthDate": {"extension": [extension(ABSENT, valueCode="masked")]}},
            {"BRTHDTC_ABSENT": "masked"},
        ),
        ({"name": [{"family": "Nobody"}], "active": True}, {}),
    ],
)
def test_a_patient(elements: Any, fields: dict[str, str]) -> None:
    row = row_of({"resourceType": "Patient", "id": "pt-1", **elements})

    assert (row.domain, row.key, row.subject) == ("DM", "Patient.pt-1", "pt-1")
    assert row.fields == fields


@pytest.mark.parametrize(
    ("elements", "code"),
    [
        ({"active": False}, "replaced"),
        ({"link": [{"type": "replaced-by", "other": {"reference": "Patient/2"}}]}, "replaced"),
        ({"deceasedBoolean": False, "deceasedDateTime": "2026"}, "contradiction"),
    ],
)
def test_a_patient_s_record_that_does_not_hold_is_refused(elements: Any, code: str) -> None:
    assert bad_row_of({"resourceType": "Patient", "id": "pt-1", **elements}).code == code


def test_a_patient_without_an_id_is_known_by_a_number() -> None:
    numbered = {"resourceType": "Patient", "identifier": [{"system": "s", "value": "1001"}]}

    assert row_of(numbered).subject == "1001"
    assert bad_row_of({"resourceType": "Patient"}).code == "no_identity"


@pytest.mark.parametrize(
    ("patient", "assigned", "actual"),
    [
        ("individual", "assignedArm", "actualArm"),
        ("subject", "assignedComparisonGroup", "actualComparisonGroup"),
    ],
)
def test_a_person_in_the_study(patient: str, assigned: str, actual: str) -> None:
    row = row_of(
        {
            "resourceType": "ResearchSubject",
            "id": "rs-1",
            "status": "on-study",
            "identifier": [{"value": "1001"}],
            patient: {"reference": "Patient/pt-1"},
            "study": {"reference": "ResearchStudy/s"},
            assigned: "DL1",
            actual: "DL2",
            "period": {"start": "2026-02-01", "end": "2026-09-01"},
        }
    )

    assert (row.domain, row.key, row.subject) == ("DM", "ResearchSubject.rs-1", "pt-1")
    assert row.fields == {
        "STATUS": "on-study",
        "SUBJID": "1001",
        "STUDYREF": "ResearchStudy/s",
        "ARMCD": "DL1",
        "ACTARMCD": "DL2",
        "PARTICIPATION_START": "2026-02-01",
        "RFPENDTC": "2026-09-01",
    }


@pytest.mark.parametrize("kind", ["ResearchStudy", "Condition", "Procedure", "OperationOutcome"])
def test_other_resources_are_left_out_by_name(kind: str) -> None:
    assert left_out_of({"resourceType": kind, "id": "x"}) == f"resource {kind}"
