"""The gate of the seed trials: the shared case file, by the built-in protocol documents.

The shared file stands beside the repository, in `../shared/cases`; where it does not, its tests
are skipped.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from app.domain.cohort.design import NotOfThisDesign
from app.domain.cohort.gate.findings import GateAnswer
from app.use_cases.enrolment import EnrolmentRequest, answer

CASES = Path(__file__).parents[3] / "shared" / "cases" / "enrolment-gate.json"
REQUEST = TypeAdapter(EnrolmentRequest)


def asked(**request: Any) -> GateAnswer:
    return answer(REQUEST.validate_python(request))


def shared_cases() -> list[Any]:
    if not CASES.is_file():
        skipped = pytest.mark.skip(reason="../shared/cases/enrolment-gate.json is not there")
        return [pytest.param({}, marks=skipped, id="shared-cases")]
    cases = json.loads(CASES.read_text("utf-8"))["cases"]
    return [pytest.param(case, id=case["id"]) for case in cases]


@pytest.mark.parametrize("case", shared_cases())
def test_the_gate_answers_as_expected(case: dict[str, Any]) -> None:
    found = asked(**case["request"])
    expect = case["expect"]
    earliest = None if found.earliest is None else found.earliest.isoformat()
    assert (found.allowed, earliest) == (expect["allowed"], expect["earliest"])
    assert sorted(reason.code for reason in found.reasons) == sorted(
        reason["code"] for reason in expect["reasons"]["$set"]
    )
    assert found.also_needs_event == expect.get("also_needs_event", found.also_needs_event)


THREE_AT_LEVEL_1 = [
    {"id": "01", "dose_level": "1", "infused": "2025-04-01"},
    {"id": "02", "dose_level": "1", "infused": "2025-04-15"},
    {"id": "03", "dose_level": "1", "infused": "2025-04-16"},
]
IC19 = {"protocol": {"id": "NCT06886919"}, "phase": "escalation"}


def test_a_reason_names_the_patient_the_clause_and_the_day() -> None:
    found = asked(**IC19, dose_level="2", on="2025-05-14", subjects=THREE_AT_LEVEL_1)
    (reason,) = found.reasons
    assert (reason.code, reason.subjects) == ("LOWER_DOSE_WINDOW_OPEN", ("03",))
    assert reason.clause == "Detailed Description, 2"
    assert "03" in reason.text
    assert "2025-05-15" in reason.text


@pytest.mark.parametrize("status", ["PENDING", "UNDETERMINED"])
def test_a_verdict_that_is_open_keeps_the_next_dose_shut(status: str) -> None:
    last = {**THREE_AT_LEVEL_1[2], "status": status}
    if status == "PENDING":
        last["pending_until"] = "2025-05-20"
    found = asked(**IC19, dose_level="2", on="2025-05-15", subjects=[*THREE_AT_LEVEL_1[:2], last])
    assert not found.allowed
    assert f"SUBJECT_{status}" in {reason.code for reason in found.reasons}
    if status == "PENDING":
        assert found.earliest is not None
        assert found.earliest.isoformat() == "2025-05-21"
    assert found.also_needs_event == (status == "UNDETERMINED")


def test_the_order_of_the_patients_is_irrelevant() -> None:
    one = asked(**IC19, dose_level="2", on="2025-05-14", subjects=THREE_AT_LEVEL_1)
    other = asked(**IC19, dose_level="2", on="2025-05-14", subjects=THREE_AT_LEVEL_1[::-1])
    assert one == other


def test_a_status_in_window_is_believed_against_the_dates() -> None:
    """An infusion that was given again opens a window that the one date here does not tell."""
    last = {**THREE_AT_LEVEL_1[2], "status": "IN_WINDOW"}
    found = asked(**IC19, dose_level="2", on="2025-05-15", subjects=[*THREE_AT_LEVEL_1[:2], last])
    (reason,) = found.reasons
    assert (reason.code, reason.subjects) == ("LOWER_DOSE_WINDOW_OPEN", ("03",))
    assert "IN_WINDOW by its status" in reason.text
    assert found.also_needs_event
    early = asked(**IC19, dose_level="2", on="2025-05-14", subjects=[*THREE_AT_LEVEL_1[:2], last])
    assert early.earliest is not None
    assert (early.earliest.isoformat(), early.also_needs_event) == ("2025-05-15", False)


LMY920 = {"protocol": {"id": "NCT06340750"}, "phase": "expansion", "on": "2025-06-01"}


def with_dlts(level: str, count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{level}-{number}",
            "dose_level": level,
            "infused": f"2025-01-{number + 1:02}",
            "dlt": {"known_on": "2025-02-01"} if number < count else None,
        }
        for number in range(3)
    ]


def test_an_expansion_is_shut_at_and_above_a_dose_that_exceeded_the_mtd() -> None:
    subjects = [*with_dlts("1", 0), *with_dlts("2", 2)]
    (reason,) = asked(**LMY920, dose_level="2", subjects=subjects).reasons
    assert (reason.code, reason.subjects) == ("DOSE_EXCEEDS_MTD", ("2-0", "2-1"))
    (reason,) = asked(**LMY920, dose_level="3", subjects=subjects).reasons
    assert reason.code == "LOWER_DOSE_EXCEEDS_MTD"
    assert asked(**LMY920, dose_level="1", subjects=subjects).allowed


def of_the_expansion(dlt: str | None, **more: Any) -> dict[str, Any]:
    known = {"dlt": {"known_on": dlt}} if dlt else {}
    infused = {"id": "e", "dose_level": "2", "phase": "expansion", "infused": "2025-04-01"}
    return {**infused, **known, **more}


def test_a_dlt_of_the_expansion_is_for_a_person_who_lets_others_follow() -> None:
    """New DLTs at the maximum tolerated dose can revoke it; how many do is not in the text."""
    cohorts = [*with_dlts("1", 0), *with_dlts("2", 0)]
    assert asked(**LMY920, dose_level="2", subjects=[*cohorts, of_the_expansion(None)]).allowed
    subjects = [*cohorts, of_the_expansion("2025-05-20")]
    for level, shut in (("1", False), ("2", True), ("3", True)):
        found = asked(**LMY920 | {"phase": "escalation"}, dose_level=level, subjects=subjects)
        assert ("EXPANSION_DLT" in {reason.code for reason in found.reasons}) is shut
    found = asked(**LMY920, dose_level="2", subjects=subjects)
    assert [reason.code for reason in found.reasons] == ["EXPANSION_DLT"]
    assert (found.earliest, found.also_needs_event) == (None, True)
    reviewed = [*cohorts, of_the_expansion("2025-05-20", cleared_on="2025-05-28")]
    assert asked(**LMY920, dose_level="2", subjects=reviewed).allowed


def test_an_expansion_begins_at_a_dose_that_the_escalation_has_let() -> None:
    # Nothing is told of level 3: that people chose it is taken from the request.
    assert asked(**LMY920, dose_level="3", subjects=with_dlts("2", 0)).allowed
    one = asked(**LMY920, dose_level="2", subjects=with_dlts("2", 1))
    assert [reason.code for reason in one.reasons] == ["DOSE_NOT_CLEARED_BY_ESCALATION"]
    assert asked(**LMY920, dose_level="2", subjects=with_dlts("2", 0)).allowed


def cohort(level: str, n: int, dlts: int = 0, **more: Any) -> list[dict[str, Any]]:
    """Patients of one level, long complete in June; the first had DLTs."""
    return [
        {
            "id": f"{level}/{number}",
            "dose_level": level,
            "infused": f"2025-01-{number + 1:02}",
            "cleared_on": "2025-02-10",
            **({"dlt": {"known_on": "2025-02-01"}} if number < dlts else {}),
            **more,
        }
        for number in range(n)
    ]


def last(patients: list[dict[str, Any]], **more: Any) -> list[dict[str, Any]]:
    return [*patients[:-1], {**patients[-1], **more}]


SHUT: list[Any] = [
    ("late DLT two levels below", "NCT06340750", "escalation", "3",
     [*cohort("1", 3, 1), *cohort("2", 3)], ["LOWER_DOSE_NEEDS_SIX"]),
    ("nobody two levels below", "NCT06340750", "escalation", "3",
     cohort("2", 3), ["LOWER_DOSE_COHORT_INCOMPLETE"]),
    ("open verdict two levels below", "NCT06340750", "escalation", "3",
     [*last(cohort("1", 6, 1), status="UNDETERMINED"), *cohort("2", 3)],
     ["LOWER_DOSE_WINDOW_OPEN", "SUBJECT_UNDETERMINED"]),
    ("windows two levels below", "NCT07339332", "escalation", "3",
     [*cohort("1", 3, 1), *[{**each, "id": f"late {each['id']}"}
                            for each in cohort("1", 3, infused="2025-05-20", cleared_on=None)],
      *cohort("2", 3)], ["LOWER_DOSE_WINDOW_OPEN"]),
    ("too toxic below the start", "NCT06340750", "escalation", "1",
     cohort("-1", 3, 3), ["LOWER_DOSE_EXCEEDS_MTD"]),
    ("too toxic below the start", "NCT06340750", "expansion", "1",
     [*cohort("-1", 3, 3), *cohort("1", 3)], ["LOWER_DOSE_EXCEEDS_MTD"]),
    ("expansion of a dose that two of the escalation had", "NCT06340750", "expansion", "3",
     cohort("3", 2, phase="escalation"), ["DOSE_NOT_CLEARED_BY_ESCALATION"]),
    ("expansion of an undecided dose", "NCT07339332", "expansion", "1",
     [*last(cohort("1", 2, 1), status="UNDETERMINED"),
      *cohort("1", 3, infused="2025-05-20", cleared_on=None)[2:]],
     ["DOSE_NOT_CLEARED_BY_ESCALATION"]),
    ("second DLT after the sixth", "NCT07339332", "expansion", "1",
     last(cohort("1", 7, 1, phase="escalation"), dlt={"known_on": "2025-02-03"}),
     ["DOSE_EXCEEDS_MTD"]),
    ("DLTs of the expansion", "NCT06340750", "escalation", "2",
     [*cohort("1", 3, phase="escalation"),
      *[{**each, "id": f"e{each['id']}", "cleared_on": None}
        for each in cohort("1", 5, 5, phase="expansion")]], ["EXPANSION_DLT"] * 5),
    ("perhaps a second DLT", "NCT06886919", "escalation", "1",
     last(cohort("1", 2, 1), status="UNDETERMINED"), ["SUBJECT_UNDETERMINED"]),
    ("perhaps a second DLT among four", "NCT06886919", "escalation", "1",
     last(cohort("1", 4, 1), status="UNDETERMINED"), ["SUBJECT_UNDETERMINED"]),
    ("the next dose exceeds", "NCT06886919", "escalation", "1",
     [*cohort("1", 3), *cohort("2", 2, 2)], ["COHORT_COMPLETE_AT_MTD"]),
    ("a fourth in window, no DLT", "NCT06886919", "escalation", "1",
     last(cohort("1", 4), infused="2025-05-30", cleared_on=None), ["COHORT_FULL_WINDOW_OPEN"]),
    ("who was enrolled has a slot", "NCT06886919", "escalation", "1",
     [*cohort("1", 2), {"id": "x", "dose_level": "1", "enrolled": "2025-05-30"}],
     ["COHORT_FULL_WINDOW_OPEN"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("trial", "phase", "level", "subjects", "codes"),
    [pytest.param(*rest, id=f"{title}, {rest[0]} {rest[1]}") for title, *rest in SHUT],
)
def test_the_gate_is_shut(
    trial: str, phase: str, level: str, subjects: list[dict[str, Any]], codes: list[str]
) -> None:
    found = asked(
        protocol={"id": trial}, phase=phase, dose_level=level, on="2025-06-01", subjects=subjects
    )
    assert [reason.code for reason in found.reasons] == codes
    assert not found.allowed
    assert found.also_needs_event is (codes != ["LOWER_DOSE_WINDOW_OPEN"])


def test_forty_who_are_enrolled_fill_the_study() -> None:
    forty = [
        {"id": str(n), "dose_level": "1", "phase": "expansion", "enrolled": "2025-05-01"}
        for n in range(40)
    ]
    for act in (None, "enrol"):
        found = asked(**LMY920, dose_level="1", act=act, subjects=[*with_dlts("1", 0), *forty])
        assert "STUDY_CAP_REACHED" in {reason.code for reason in found.reasons}


def test_a_dlt_of_the_patient_who_is_asked_about_counts() -> None:
    subjects = [*cohort("1", 2, 2), {**THREE_AT_LEVEL_1[2], "infused": "2025-01-05"}]
    found = asked(**IC19, dose_level="1", on="2025-06-01", subject="1/1", subjects=subjects)
    assert [reason.code for reason in found.reasons] == ["DOSE_EXCEEDS_MTD"]
    assert found.notes == ("Patient 1/1 was infused on 2025-01-02, and counts among the others.",)


CT1192 = {"protocol": {"id": "NCT07339332"}, "phase": "escalation", "dose_level": "1"}


@pytest.mark.parametrize(
    ("record", "codes"),
    [
        (
            {"cleared_on": "2026-01-05", "dlt": {"known_on": "2026-01-17"}},
            ["SENTINEL_NOT_CLEARED"],
        ),
        ({"cleared_on": "2026-01-17", "dlt": {"known_on": "2026-01-17"}}, []),
        (
            {"infusion_completed": "2026-01-20", "cleared_on": "2026-01-20"},
            ["SENTINEL_DAYS"],
        ),
    ],
)
def test_a_sentinel_is_cleared_of_what_is_known(record: dict[str, Any], codes: list[str]) -> None:
    sentinel = {"id": "01", "dose_level": "1", "infused": "2026-01-05", **record}
    found = asked(**CT1192, on="2026-01-19", subjects=[sentinel])
    assert [reason.code for reason in found.reasons] == codes


@pytest.mark.parametrize("status", ["UNDETERMINED", "PENDING", "IN_WINDOW"])
def test_who_may_still_have_a_dlt_cannot_be_not_evaluable(status: str) -> None:
    subjects = last(cohort("1", 4), evaluable=False, status=status)
    with pytest.raises(NotOfThisDesign) as refused:
        asked(**IC19, dose_level="2", on="2025-06-01", subjects=subjects)
    (fault,) = refused.value.faults
    assert (fault.pointer, fault.code) == ("/subjects/3/evaluable", "status")
    assert "give the status NOT_EVALUABLE" in fault.message


def test_a_second_infusion_of_ic19_opens_another_window() -> None:
    again = {**THREE_AT_LEVEL_1[2], "last_infused": "2025-04-20"}
    found = asked(**IC19, dose_level="2", on="2025-05-15", subjects=[*THREE_AT_LEVEL_1[:2], again])
    assert [reason.code for reason in found.reasons] == ["LOWER_DOSE_WINDOW_OPEN"]
    assert found.earliest is not None
    assert found.earliest.isoformat() == "2025-05-19"


def test_a_reason_says_what_is_a_reading_and_not_the_text() -> None:
    three = cohort("1", 3, infused="2025-05-20", cleared_on=None)
    of_lmy = asked(**LMY920 | {"phase": "escalation"}, dose_level="2", subjects=three)
    (reason,) = of_lmy.reasons
    assert [(each.id, each.option) for each in reason.readings] == [
        ("R-GATE-WINDOW", "assumed-28-days")
    ]
    of_ct = asked(**CT1192, on="2025-06-01", subjects=cohort("1", 2, 2))
    (reason,) = of_ct.reasons
    assert reason.code == "DOSE_EXCEEDS_MTD"
    assert [each.id for each in reason.readings] == ["R-GATE-SLOTS"]
    assert reason.clause == "Reading R-GATE-SLOTS; the text states no cohorts"
    assert "The slots of a 3+3 are assumed" in reason.text


def test_a_hold_of_a_patient_is_told_of_where_nobody_is_named() -> None:
    holds = [{"scope": {"subject": "07"}, "reason": "a fever"}]
    found = asked(**IC19, dose_level="1", on="2025-06-01", holds=holds)
    assert found.allowed
    assert found.notes[0].startswith("A hold stands on patient 07")


def test_a_protocol_without_rules_of_enrolment_is_pointed_at() -> None:
    with pytest.raises(NotOfThisDesign) as refused:
        asked(protocol={"id": "LCAR-AIO"}, phase="escalation", dose_level="1", on="2026-01-01")
    (fault,) = refused.value.faults
    assert fault.pointer == "/protocol"
    assert "states neither cohorts nor a stagger rule" in fault.message
