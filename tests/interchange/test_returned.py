"""Rows of our own exports: what cannot be read back is told, and nothing is taken of it."""

import csv
import json
from collections.abc import Mapping
from io import BytesIO, StringIO
from typing import Any, Final

import pytest

from app.domain.case import AdverseEvent, Causality, Intervention
from app.domain.time import PartialTime
from app.interchange.exports.fhir import ONGOING, RECORDED, STEPS
from app.interchange.fhir import read_fhir
from app.interchange.made import Made
from app.interchange.rows import BadRow
from tests.interchange.exports.drawn import exported, recorded
from tests.interchange.exports.reading import SYSTEM, content_of, course_of, read_back

TREATED: Final = {"kind": "tocilizumab", "start": "2026-03-05T10:00+08:00", "ongoing": True}
INTERVENTION: Final = Intervention(
    kind="tocilizumab", start=PartialTime("2026-03-05T10:00+08:00"), ongoing=True
)
JUDGED: Final = {"agent": "IC19", "relatedness": "possible", "assessor": "investigator"}
PLAIN: Final = recorded(
    (3, "2026-03-05"),
    (1, None),
    interventions=[TREATED],
    facts={"symptomatic": True, "temperature": "38.5 Cel"},
    causality=[{**JUDGED, "on": "2026-03-06"}],
    laboratory=True,
    baseline_grade=1,
)


def sent(*changes: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows of the export, with other cells in the first of them, the second, …"""
    rows = list(csv.DictReader(StringIO(exported("sdtm-csv", PLAIN), newline="")))
    assert len(rows) == 2
    return [{**row, **each} for row, each in zip(rows, (*changes, {}, {}), strict=False)]


def read(rows: list[dict[str, str]]) -> Made:
    """The one event that the rows make."""
    text = StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    (made,) = read_back(text.getvalue(), "sdtm-csv")
    return made


def findings(made: Made) -> list[tuple[str, str]]:
    return [(each.code, each.pointer) for each in made.findings]


def test_the_rows_that_the_others_spoil_come_back_whole() -> None:
    made = read(sent())
    assert (content_of(made), made.findings) == (PLAIN.event, ())


@pytest.mark.parametrize(
    ("variable", "cell", "name", "why"),
    [
        ("DLTINTV", "[", "interventions", "(no JSON at its character 2)"),
        ("DLTINTV", "tocilizumab", "interventions", "(no JSON at its character 1)"),
        ("DLTINTV", '{"kind":"x"}', "interventions", "(Input should be a valid tuple)"),
        ("DLTINTV", '[{"start":"2026"}]', "interventions", "(0/kind: Field required)"),
        ("DLTINTV", '[{"kind":"x","dose":1}]', "interventions", "(0/dose: Unexpected keyword"),
        ("DLTINTV", '[{"kind":"x","start":"soon"}]', "interventions", "(0/start: Value error"),
        ("DLTINTV", "null", "interventions", "(null, where a blank says that nobody"),
        ("DLTALT", "null", "alternative_causes", "(null, where a blank says that nobody"),
        ("DLTFACT", '{"a":true,"a":false}', "facts", "(a key stands twice in one object)"),
        ("DLTFACT", "[" * 70 + "]" * 70, "facts", "(nested too deeply)"),
        ("DLTFACT", '{"a":' + "9" * 5000 + "}", "facts", "(no JSON)"),
        ("DLTASSM", '[{"on":"2026","grade":6}]', "assessments", "(0/grade: Value error"),
        ("DLTLAB", "perhaps", "laboratory", "(not Y or N)"),
        ("DLTBASE", "6", "baseline_grade", "(not a grade from 0 to 5)"),
        ("DLTPART", "x" * 201, "part_of", "(not the id of an event)"),
    ],
)
def test_a_cell_that_cannot_be_read_is_told_and_nothing_is_taken_of_it(
    variable: str, cell: str, name: str, why: str
) -> None:
    made = read(sent({variable: cell}))
    (finding,) = made.findings
    assert (finding.code, finding.pointer) == ("returned_unreadable", f"/{name}")
    assert finding.message.startswith(f"{variable} '{cell[:20]}")
    assert why in finding.message
    assert finding.message.endswith("correct the cell, or export the event again.")
    assert getattr(content_of(made), name) == getattr(AdverseEvent(term="-"), name) or (
        name == "causality"
    )


@pytest.mark.parametrize("cell", ["null", " null "])
def test_no_treatment_is_made_of_a_null_where_no_other_variable_tells_of_it(cell: str) -> None:
    blank = {"AECONTRT": "", "AEACNOTH": ""}
    made = read(sent({**blank, "DLTINTV": cell}, blank))
    assert findings(made) == [("returned_unreadable", "/interventions")]
    assert content_of(made).interventions is None


def test_a_column_of_a_later_version_is_told() -> None:
    rows = [{**row, "DLTNEW": "x"} for row in sent()]
    made = read(rows)
    (finding,) = made.findings
    assert (finding.code, finding.pointer) == ("returned_unreadable", "")
    assert "DLTNEW 'x' (no column of this version)" in finding.message
    assert content_of(made) == PLAIN.event


def test_columns_that_begin_so_are_none_of_ours_where_no_grade_is_numbered() -> None:
    rows = [{**row, "DLTSTEP": "", "DLTNEW": "x"} for row in sent()]
    made = read(rows)
    assert content_of(made).facts == {}
    assert "returned_unreadable" not in {each.code for each in made.findings}


def test_it_does_not_matter_in_which_row_of_the_event_a_cell_stands() -> None:
    first, second = sent()
    cells = {name: cell for name, cell in first.items() if name in {"DLTINTV", "DLTFACT"}}
    made = read([{**first, **dict.fromkeys(cells, "")}, {**second, **cells}])
    assert (content_of(made), made.findings) == (PLAIN.event, ())


def test_of_what_rows_of_one_event_tell_in_two_ways_nothing_is_taken() -> None:
    made = read(sent({}, {"DLTBASE": "2", "DLTLAB": "Y"}))
    assert findings(made) == [("returned_differs", "/baseline_grade")]
    assert content_of(made).baseline_grade is None
    assert content_of(made).laboratory is True


@pytest.mark.parametrize(
    "changed",
    [
        {"AECONTRT": "N"},
        {"AEACNOTH": "tocilizumab; siltuximab"},
        {"DLTINTV": ""},
        {"DLTINTV": "[]"},
    ],
)
def test_a_treatment_that_was_changed_in_one_place_alone_is_not_known(
    changed: Mapping[str, str],
) -> None:
    made = read(sent(changed))
    assert set(findings(made)) == {("interventions_contradicted", "/interventions")}
    assert content_of(made).interventions is None
    assert "say otherwise than DLTINTV" in made.findings[0].message


def test_treatments_that_are_blank_say_nothing_against_what_is_recorded() -> None:
    blank = {"AECONTRT": "", "AEACNOTH": ""}
    assert content_of(read(sent(blank, blank))).interventions == (INTERVENTION,)


def test_a_judgement_that_was_changed_in_one_place_alone_stands_beside_the_other() -> None:
    made = read(sent({"AEREL1": "UNRELATED"}, {"AEREL1": "UNRELATED"}))
    assert findings(made) == [("judgements_differ", "/causality")]
    assert {(each.relatedness, each.on) for each in content_of(made).causality} == {
        ("unrelated", None),
        ("possible", PartialTime("2026-03-06")),
    }


def test_a_judgement_that_only_the_standard_variables_tell_is_read() -> None:
    made = read(sent({"DLTCAUS": ""}))
    assert content_of(made).causality == (Causality(**JUDGED),)  # type: ignore[arg-type]
    assert made.findings == ()


def test_an_outcome_that_its_grade_does_not_tell_is_read_as_of_any_row() -> None:
    made = read(sent({}, {"AEOUT": "FATAL"}))
    seriousness = content_of(made).seriousness
    assert seriousness is not None
    assert seriousness.death is True
    going_on = {"AEENRTPT": "ONGOING", "AEENTPT": "2026-03-09", "AEOUT": "RECOVERED/RESOLVED"}
    made = read(sent({}, going_on))
    assert findings(made) == [("ongoing_and_outcome", "/ongoing")]
    assert content_of(made).ongoing is None


WORST: Final = [
    (("3", "3"), 3, None),
    (("3.0", "3"), 3, None),
    (("6", "6"), None, "returned_unreadable"),
    (("6", "3"), None, "returned_unreadable"),
    (("", "3"), None, "returned_differs"),
    (("2", "3"), None, "returned_differs"),
]


@pytest.mark.parametrize(("cells", "worst", "code"), WORST)
def test_a_worst_grade_that_cannot_be_read_or_differs_is_told(
    cells: tuple[str, str], worst: int | None, code: str | None
) -> None:
    made = read(sent(*({"DLTWORST": each} for each in cells)))
    assert content_of(made).worst_grade == worst
    assert set(findings(made)) == ({(code, "/worst_grade")} if code else set())


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        (({}, {"DLTSTEP": ""}), "(DLTSTEP 1, blank of DLTSTEPS 2)"),
        (({}, {"DLTSTEP": "3"}), "(DLTSTEP 1, 3 of DLTSTEPS 2)"),
        (({}, {"DLTSTEPS": "3"}), "(DLTSTEP 1, 2 of DLTSTEPS 2, 3)"),
        (({"AEENDTC": "2026-03-07"},), "(DLTSTEP 1, 2 of DLTSTEPS 2)"),
    ],
)
def test_rows_that_are_no_more_as_they_were_exported_are_told(
    changes: tuple[Mapping[str, str], ...], what: str
) -> None:
    made = read(sent(*changes))
    (finding,) = (each for each in made.findings if each.code == "returned_incomplete")
    assert finding.pointer == "/grades"
    assert what in finding.message
    assert finding.message.endswith(
        "as a snapshot with absent=void where it has fewer than an earlier one."
    )


@pytest.mark.parametrize("left", [0, 1])
def test_a_row_that_is_missing_is_told(left: int) -> None:
    blank = {"AECONTRT": "", "AEACNOTH": ""}
    made = read([sent(blank, blank)[left]])
    assert findings(made) == [("returned_incomplete", "/grades")]


def test_a_last_row_that_is_missing_is_missed_although_its_time_is_not_known() -> None:
    made = read(sent()[:1])
    assert course_of(content_of(made)) != course_of(PLAIN.event)
    assert content_of(made).ongoing is None
    assert content_of(made).facts == PLAIN.event.facts  # what stands in the first row is read


def resource(**changes: Any) -> dict[str, Any]:
    """The first resource of the export, with other elements."""
    told: dict[str, Any] = json.loads(exported("fhir-ndjson", PLAIN).splitlines()[0])
    return {**told, **changes}


def refused(told: dict[str, Any]) -> BadRow:
    """Why a resource comes back."""
    (row,) = read_fhir(BytesIO(json.dumps(told).encode()), SYSTEM)
    assert isinstance(row, BadRow), row
    return row


def with_part(part: dict[str, Any]) -> dict[str, Any]:
    told = resource()
    return {**told, "extension": [*told["extension"], {"url": RECORDED, "extension": [part]}]}


@pytest.mark.parametrize(
    ("part", "why"),
    [
        ({"url": "dose", "valueString": "1"}, "url is 'dose': write the name of a part"),
        ({"valueString": "1"}, "url is None: write the name of a part"),
        ({"url": "facts"}, "valueString is None: write what is recorded as facts"),
        ({"url": "laboratory", "valueBoolean": "yes"}, "write true or false"),
        ({"url": "baseline_grade", "valueInteger": "1"}, "write a number without quotes"),
    ],
)
def test_a_part_of_a_resource_that_is_none_sends_it_back(part: dict[str, Any], why: str) -> None:
    row = refused(with_part(part))
    assert row.code == "bad_element"
    assert why in row.problem


def test_a_part_that_is_told_twice_and_otherwise_sends_the_resource_back() -> None:
    row = refused(with_part({"url": "baseline_grade", "valueInteger": 2}))
    assert row.code == "contradiction"
    assert "DLTBASE twice, '1' and '2'" in row.problem


def test_an_extension_of_a_later_version_sends_the_resource_back() -> None:
    told = resource()
    strange = {"url": "urn:doseguard:fhir:new", "valueBoolean": True}
    row = refused({**told, "extension": [*told["extension"], strange]})
    assert row.code == "bad_element"
    assert "exports of this version do not have: import it with the version" in row.problem


def test_a_judgement_without_its_agent_sends_the_resource_back() -> None:
    row = refused(resource(suspectEntity=[{"causality": [{"assessment": {"text": "possible"}}]}]))
    assert row.code == "bad_element"
    assert row.problem == "AdverseEvent.suspectEntity[0] names no agent: write its display"


def test_a_judgement_that_was_changed_in_a_resource_stands_beside_the_recorded_one() -> None:
    lines = exported("fhir-ndjson", PLAIN).splitlines()
    changed = [line.replace('"text":"possible"', '"text":"unrelated"') for line in lines]
    (made,) = read_back("\n".join(changed), "fhir-ndjson")
    assert findings(made) == [("judgements_differ", "/causality")]
    assert {each.relatedness for each in content_of(made).causality} == {"unrelated", "possible"}


def test_a_resource_of_an_earlier_export_is_read_as_it_was() -> None:
    told = [json.loads(each) for each in exported("fhir-ndjson", PLAIN).splitlines()]
    later = {RECORDED, STEPS, ONGOING}
    for each in told:
        each["extension"] = [part for part in each["extension"] if part["url"] not in later]
    told[-1]["outcome"] = {"coding": [{
        "system": "http://terminology.hl7.org/CodeSystem/adverse-event-outcome", "code": "ongoing",
    }]}  # fmt: skip
    until = {"url": "urn:doseguard:fhir:ongoing-as-of", "valueString": "2026-03-09"}
    told[-1]["extension"].append(until)
    (made,) = read_back("\n".join(map(json.dumps, told)), "fhir-ndjson")
    event = content_of(made)
    assert (event.ongoing, event.ongoing_as_of) == (True, PartialTime("2026-03-09"))
    assert event.causality == (Causality(**JUDGED),)  # type: ignore[arg-type]
    assert event.interventions is None


def test_a_link_to_an_event_that_was_not_exported_stands_as_it_was_and_is_told() -> None:
    event = recorded((1, None), part_of="AE-7")
    (made,) = read_back(exported("dataset-json", event), "dataset-json")
    assert content_of(made).part_of == "AE-7"
    (finding,) = made.findings
    assert (finding.code, finding.pointer) == ("link_not_found", "/part_of")
    assert finding.message.startswith("DLTPART 'AE-7' names no event of the patient")
