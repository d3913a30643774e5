"""FHIR R4: a resource for each grade, tied by the event's identifier."""

import json
import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.source_system import SourceSystem
from app.interchange.exports.events import ExportedEvent
from app.interchange.exports.fhir import (
    AS_RECORDED,
    CRITERION,
    GRADE,
    ONGOING_AS_OF,
    RECORDED,
    STEP,
    STEPS,
    VERDICT,
)
from app.interchange.fhir import read_fhir
from app.interchange.rows import SourceRow
from tests.interchange.exports.drawn import VERDICT as PENDING
from tests.interchange.exports.drawn import by_patient, events, exported, recorded

DATE_TIME = re.compile(
    r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?", re.ASCII
)


def resources(*told: ExportedEvent) -> list[Any]:
    return [json.loads(line) for line in exported("fhir-ndjson", *told).splitlines()]


def extension(element: Any, url: str) -> Any:
    """The value of an extension, or its parts; None where there is none."""
    for each in element.get("extension", ()):
        if each["url"] == url:
            (value,) = (value for name, value in each.items() if name != "url")
            return value
    return None


def grade_of(resource: Any) -> int | None:
    told = extension(resource, GRADE)
    return None if told is None else int(told["coding"][0]["code"])


def time_of(resource: Any) -> str | None:
    """The time as it was recorded."""
    written: str | None = extension(resource.get("_date", {}), AS_RECORDED) or resource.get("date")
    return written


@pytest.mark.parametrize(
    ("recorded_as", "date"),
    [
        ("2026-03-05T09:00:30.5+08:00", "2026-03-05T09:00:30.5+08:00"),
        ("2026-03-05T09:00:30,5+08", "2026-03-05T09:00:30.5+08:00"),
        ("2026-03-05T09:00+0530", "2026-03-05T09:00:00+05:30"),
        ("2026-03-05T01:00Z", "2026-03-05T01:00:00Z"),
        ("2026-03-05T09:00", "2026-03-05"),
        ("2026-03-05T09+08:00", "2026-03-05"),
        ("2026-03-05", "2026-03-05"),
        ("2026-03", "2026-03"),
        ("2026---05", "2026"),
        ("2026", "2026"),
    ],
)
def test_a_date_is_never_finer_than_it_was_recorded(recorded_as: str, date: str) -> None:
    (resource,) = resources(recorded((3, recorded_as)))
    assert resource["date"] == date
    assert DATE_TIME.fullmatch(date)
    assert time_of(resource) == recorded_as
    assert ("_date" in resource) == (date != recorded_as)


def test_that_nobody_knows_the_time_is_said() -> None:
    (resource,) = resources(recorded((3, None)))
    assert "date" not in resource
    absent = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
    assert extension(resource["_date"], absent) == "unknown"


def test_the_resources_of_an_event_have_one_identifier_and_ids_of_their_own() -> None:
    told = resources(recorded((3, None), (0, None)), recorded((1, None), key="edc:AE-2"))
    assert [each["identifier"]["value"] for each in told] == ["edc:AE-1", "edc:AE-1", "edc:AE-2"]
    assert len({each["id"] for each in told}) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9.-]{1,64}", each["id"]) for each in told)
    assert [each["id"] for each in told] == [
        each["id"]
        for each in resources(recorded((3, None), (0, None)), recorded((1, None), key="edc:AE-2"))
    ]


def test_a_patient_is_referred_to_literally_only_where_fhir_takes_the_name() -> None:
    (plain,) = resources(recorded((1, None), subject="S-01"))
    (strange,) = resources(recorded((1, None), subject="S_01"))
    assert plain["subject"]["reference"] == "Patient/S-01"
    assert "reference" not in strange["subject"]
    assert strange["subject"]["identifier"]["value"] == "S_01"


def test_only_the_last_resource_says_what_became_of_the_event() -> None:
    def outcome(grade: int | None, **more: Any) -> str | None:
        first, last = resources(recorded((2, None), (grade, None), **more))
        assert "outcome" not in first
        return last["outcome"]["coding"][0]["code"] if "outcome" in last else None

    assert outcome(3, ongoing=True) == "ongoing"
    assert outcome(3, ongoing=False) == "resolved"
    assert outcome(3) is None
    assert outcome(0) == "resolved"
    assert outcome(5) == "fatal"


def test_the_judgements_of_each_agent_and_the_verdict_are_told() -> None:
    judged = [
        {"agent": "IC19", "relatedness": "possible", "assessor": "investigator"},
        {"agent": "fludarabine"},
    ]
    (resource,) = resources(recorded((3, None), causality=judged, verdict=PENDING))
    assert resource["suspectEntity"] == [
        {
            "instance": {"display": "IC19"},
            "causality": [
                {"assessment": {"text": "possible"}, "author": {"display": "investigator"}}
            ],
        },
        {"instance": {"display": "fludarabine"}},
    ]
    verdict = {"extension": extension(resource, VERDICT)}
    assert extension(verdict, "verdict") == "PENDING"
    assert extension(verdict, "becomes_dlt_at") == "2026-03-08T09:00:00+08:00"
    assert extension(verdict, "open") is True
    missing = [each["valueString"] for each in verdict["extension"] if each["url"] == "missing"]
    assert missing == ["recovery", "causality"]
    assert extension(resources(recorded((3, None)))[0], VERDICT) is None


def test_seriousness_is_told_by_criterion_and_as_a_whole_where_it_is_known() -> None:
    (yes,) = resources(recorded((3, None), seriousness={"hospitalisation": True, "death": False}))
    (unsaid,) = resources(recorded((3, None), seriousness={"death": False}))
    told = [each["extension"] for each in yes["extension"] if each["url"] == CRITERION]
    assert [
        (code["valueCodeableConcept"]["coding"][0]["code"], present["valueBoolean"])
        for code, present in told
    ] == [("C48275", False), ("C83052", True)]
    assert yes["seriousness"]["coding"][0]["code"] == "serious"
    assert "seriousness" not in unsaid


@settings(max_examples=40)
@given(st.lists(events(), max_size=4).map(by_patient))
def test_every_course_can_be_read_from_its_resources(told: list[ExportedEvent]) -> None:
    lines = resources(*told)
    for each in told:
        own, lines = lines[: len(each.course)], lines[len(each.course) :]
        assert {one["identifier"]["value"] for one in own} == {each.key}
        assert [extension(one, STEP) for one in own] == [*range(1, len(own) + 1)]
        assert [(time_of(one), grade_of(one)) for one in own] == [
            (change.at.text if change.at else None, change.grade) for change in each.course
        ]
        until = each.event.ongoing_as_of
        assert extension(own[-1], ONGOING_AS_OF) == (until.text if until else None)
        assert {one["event"]["text"] for one in own} == {each.event.term}
    assert lines == []


def cells_of(*told: ExportedEvent) -> list[Mapping[str, str]]:
    """The cells that our own reader finds."""
    rows = list(read_fhir(BytesIO(exported("fhir-ndjson", *told).encode()), SourceSystem()))
    return [row.fields for row in rows if isinstance(row, SourceRow)]


def test_our_own_reader_finds_the_event_the_order_and_the_time_as_it_was_recorded() -> None:
    first, last = cells_of(recorded((3, "2026-03-05T09:00"), (1, "2026---07"), worst_grade=3))
    for row in (first, last):
        assert (row["AEGRPID"], row["DLTWORST"]) == ("edc:AE-1", "3")
    assert (first["DLTSTEP"], first["AETOXGR"], first["AESTDTC"]) == ("1", "3", "2026-03-05T09:00")
    assert (last["DLTSTEP"], last["AETOXGR"], last["AESTDTC"]) == ("2", "1", "2026---07")


def test_our_own_reader_finds_whether_and_up_to_when_it_went_on() -> None:
    def until(**more: Any) -> tuple[str | None, str | None]:
        (row,) = cells_of(recorded((3, "2026-03-05"), ongoing_as_of="2026-03-08", **more))
        return row.get("AEENRTPT"), row.get("AEENTPT")

    assert until(ongoing=True) == ("ONGOING", "2026-03-08")
    assert until(ongoing=False) == ("BEFORE", "2026-03-08")
    assert until() == (None, "2026-03-08")


def test_what_else_the_record_holds_is_told_part_by_part_by_the_first_resource() -> None:
    told: dict[str, Any] = {"facts": {"symptomatic": True}, "baseline_grade": 2}
    first, second = resources(
        recorded((3, None), (1, None), part_of="AE-2", laboratory=False, **told)
    )
    assert {each["url"]: each for each in extension(first, RECORDED)} == {
        "facts": {"url": "facts", "valueString": '{"symptomatic":true}'},
        "baseline_grade": {"url": "baseline_grade", "valueInteger": 2},
        "laboratory": {"url": "laboratory", "valueBoolean": False},
        "part_of": {"url": "part_of", "valueString": "AE-2"},
    }
    assert extension(second, RECORDED) is None
    assert [extension(each, STEPS) for each in (first, second)] == [2, 2]
    assert extension(resources(recorded((3, None)))[0], RECORDED) is None


def test_our_own_reader_finds_who_judged_which_agent() -> None:
    judged = [
        {"agent": "IC19", "relatedness": "possible", "assessor": "sponsor"},
        {"agent": "IC19", "assessor": "investigator"},
        {"agent": "fludarabine", "relatedness": "unlikely"},
    ]
    (row,) = cells_of(recorded((3, None), causality=judged))
    cells = [[row.get(f"DLT{of}{n}") for of in ("REL", "RAG", "RBY")] for n in (1, 2, 3)]
    assert cells == [
        ["possible", "IC19", "sponsor"],
        ["unlikely", "fludarabine", None],
        [None, None, None],
    ]
