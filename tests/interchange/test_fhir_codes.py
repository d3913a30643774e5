"""Codes of adverse events: only those that a guide defines are given a meaning."""

from typing import Any

import pytest

from tests.interchange.fhir_examples import (
    BACKPORT,
    NCIT,
    R4_GRADE,
    R4_GRADES,
    R5_GRADE,
    bad_row_of,
    concept,
    extension,
    r4_event,
    r5_event,
    row_of,
)

THO = "http://terminology.hl7.org/CodeSystem"
AGENT = {"reference": "MedicationAdministration/ex-1"}
POSSIBLY = concept(NCIT, "C53258", "Possibly Related")


def graded(url: str, value: Any) -> Any:
    return extension(url, valueCodeableConcept=value)


@pytest.mark.parametrize(
    ("code", "grade"),
    [("C41338", "1"), ("C41339", "2"), ("C41340", "3"), ("C41337", "4"), ("C48275", "5")],
)
def test_codes_of_ncit_are_grades(code: str, grade: str) -> None:
    event = r5_event(extension=[graded(R5_GRADE, concept(NCIT, code))])

    assert row_of(event).fields["AETOXGR"] == grade


@pytest.mark.parametrize("grade", ["0", "1", "2", "3", "4", "5"])
def test_numbers_of_the_ctcae_guide_are_grades_and_0_is_one(grade: str) -> None:
    event = r4_event(extension=[graded(R4_GRADE, concept(R4_GRADES, grade))])

    assert row_of(event).fields["AETOXGR"] == grade


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ({"text": "Grade 2"}, "Grade 2"),
        (concept(NCIT, "C99999", "Something else"), "Something else"),
        (concept(R4_GRADES, "6"), "6"),
        (concept("elsewhere", "3"), "3"),
        ({}, None),
    ],
)
def test_a_grade_that_no_code_tells_is_kept_as_written(value: Any, cell: str | None) -> None:
    event = r5_event(extension=[graded(R5_GRADE, value)])

    assert row_of(event).fields.get("AETOXGR") == cell


def test_both_extensions_may_tell_the_same_grade_and_not_two() -> None:
    both = [graded(R5_GRADE, concept(NCIT, "C41339")), graded(R4_GRADE, concept(R4_GRADES, "2"))]
    differing = [both[0], graded(R4_GRADE, concept(R4_GRADES, "3"))]

    assert row_of(r5_event(extension=both)).fields["AETOXGR"] == "2"
    refused = bad_row_of(r5_event(extension=differing))
    assert refused.code == "contradiction"
    assert refused.problem == (
        "AdverseEvent tells AETOXGR twice, '2' and '3': send the one that holds"
    )


@pytest.mark.parametrize(
    "value",
    [
        {"coding": [{"system": NCIT, "code": "C41339"}, {"system": R4_GRADES, "code": "3"}]},
        concept(NCIT, "C41339", text="Grade 3"),
        concept(NCIT, "C41339", "grade 4"),
    ],
)
def test_a_grade_whose_codes_or_words_differ_is_refused(value: Any) -> None:
    assert bad_row_of(r5_event(extension=[graded(R5_GRADE, value)])).code == "contradiction"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("1", {"AESEV": "MILD"}),
        ("2", {"AESEV": "MODERATE"}),
        ("3", {"AESEV": "SEVERE"}),
        ("4", {"AETOXGR": "4"}),
        ("5", {"AETOXGR": "5"}),
    ],
)
def test_a_severity_is_made_no_grade(code: str, told: dict[str, str]) -> None:
    system = "http://hl7.org/fhir/uv/ae-research-backport-ig/CodeSystem"
    either = graded(
        f"{BACKPORT}/severity-or-grade",
        concept(f"{system}/adverse-event-severity-or-grade-cs", code),
    )
    fields = row_of(r4_event(extension=[either])).fields

    assert {name: fields[name] for name in ("AESEV", "AETOXGR") if name in fields} == told


def test_the_words_of_another_severity_are_kept() -> None:
    fields = row_of(r4_event(severity={"text": "schwer"})).fields

    assert fields["AESEV"] == "schwer"
    assert "AETOXGR" not in fields


def test_of_two_codes_of_one_system_the_chosen_one_holds_and_else_none() -> None:
    two = [
        {"system": "https://www.meddra.org", "code": "10028813", "display": "Nausea"},
        {"system": "https://www.meddra.org", "code": "10047700", "display": "Vomiting"},
    ]
    unclear = row_of(r5_event(code={"coding": two, "text": "sick"})).fields
    two[1]["userSelected"] = True  # type: ignore[assignment]
    clear = row_of(r5_event(code={"coding": two, "text": "sick"})).fields

    assert "AELLTCD" not in unclear
    assert unclear["AECODING"].count("meddra") == 2
    assert clear["AELLTCD"] == "10047700"


@pytest.mark.parametrize(
    ("elements", "told"),
    [
        ({"seriousness": concept(f"{THO}/adverse-event-seriousness", "Serious")}, {"AESER": "Y"}),
        (
            {"seriousness": concept(f"{THO}/adverse-event-seriousness", "SeriousResultsInDeath")},
            {"AESER": "Y", "AESDTH": "Y"},
        ),
        ({"seriousness": {"text": "perhaps"}}, {"AESER": "perhaps"}),
    ],
)
def test_seriousness(elements: Any, told: dict[str, str]) -> None:
    fields = row_of(r4_event(**elements)).fields

    assert {name: fields[name] for name in fields if name.startswith("AES")} == {
        "AESTDTC": "2026-03-05",
        **told,
    }


@pytest.mark.parametrize(
    ("code", "variable"),
    [
        ("C48275", "AESDTH"),
        ("C84266", "AESLIFE"),
        ("C83052", "AESHOSP"),
        ("C113380", "AESDISAB"),
        ("C83117", "AESCONG"),
        ("C82521", "AESMIE"),
    ],
)
@pytest.mark.parametrize(("present", "cell"), [(True, "Y"), (False, "N")])
def test_criteria_of_seriousness(code: str, variable: str, present: bool, cell: str) -> None:
    criterion = extension(
        "http://hl7.org/fhir/uv/ae-research-ig/StructureDefinition/seriousness-criteria",
        extension=[
            extension("criterionCode", valueCodeableConcept=concept(NCIT, code)),
            extension("criterionPresent", valueBoolean=present),
        ],
    )

    assert row_of(r5_event(extension=[criterion])).fields[variable] == cell


def test_a_criterion_that_nobody_has_mapped_keeps_its_words() -> None:
    url = "http://hl7.org/fhir/us/ctcae/StructureDefinition/adverse-event-seriousness-outcome"
    event = r4_event(extension=[graded(url, concept(NCIT, "C52668", "Intervention Required"))])
    fields = row_of(event).fields

    assert fields["AESCRIT"] == "Intervention Required"
    assert not {"AESDTH", "AESLIFE", "AESHOSP", "AESDISAB", "AESCONG", "AESMIE"} & fields.keys()


@pytest.mark.parametrize(
    ("outcome", "cell"),
    [
        (concept(f"{THO}/adverse-event-outcome", "ongoing"), "NOT RECOVERED/NOT RESOLVED"),
        ([concept(NCIT, "C49495")], "RECOVERED/RESOLVED WITH SEQUELAE"),
        ([concept(NCIT, "C48275")], "FATAL"),
        ([{"text": "better"}], "better"),
        ([concept(NCIT, "C49498"), concept(NCIT, "C49498")], "RECOVERED/RESOLVED"),
        (
            [concept(NCIT, "C49498"), concept(NCIT, "C49494")],
            "RECOVERED/RESOLVED; NOT RECOVERED/NOT RESOLVED",
        ),
    ],
)
def test_outcomes(outcome: Any, cell: str) -> None:
    assert row_of(r5_event(outcome=outcome)).fields["AEOUT"] == cell


def test_the_backport_tells_the_same_status_by_an_extension_that_modifies() -> None:
    def of(status: str) -> Any:
        return r4_event(modifierExtension=[extension(f"{BACKPORT}/status", valueCode=status)])

    assert row_of(of("entered-in-error")).change == "removed"
    assert row_of(of("completed")).change == "whole"
    assert bad_row_of(of("half-done")).code == "bad_element"
    assert bad_row_of(of("completed") | {"status": "in-progress"}).code == "contradiction"
