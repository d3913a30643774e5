"""Dataset-JSON 1.1: its metadata, and the rows of SDTM."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft201909Validator

from app.interchange.exports.adam import adae_table
from app.interchange.exports.delimited import unguarded
from app.interchange.exports.events import ExportedEvent, reckoned
from app.interchange.exports.sdtm import ae_table
from tests.interchange.exports.drawn import by_patient, events, exported, recorded

SCHEMA = (
    Path(__file__).parents[4] / "shared" / "data" / "edc" / "dataset_json" / "schema"
) / "dataset.schema.json"
TWO = (recorded((3, "2026-03-05"), (0, None)), recorded((1, None), key="edc:AE-2"))


def dataset(*told: ExportedEvent) -> Any:
    return json.loads(exported("dataset-json", *told))


def test_the_metadata_says_what_made_it_when_and_how_many_records_it_has() -> None:
    told = dataset(*TWO)
    assert {name: told[name] for name in told if name not in {"columns", "rows"}} == {
        "datasetJSONCreationDateTime": "2026-04-02T01:00:00Z",
        "datasetJSONVersion": "1.1.0",
        "fileOID": "urn:doseguard:IC19-SLE:AE:2026-04-02T01:00:00Z",
        "sourceSystem": {"name": "Doseguard", "version": "0.1.0"},
        "studyOID": "IC19-SLE",
        "itemGroupOID": "IG.AE",
        "records": 3,
        "name": "AE",
        "label": "Adverse Events",
    }
    assert len(told["rows"]) == 3


def test_a_column_has_its_names_its_type_and_its_place_among_the_keys() -> None:
    columns = {each["name"]: each for each in dataset(*TWO)["columns"]}
    assert columns["USUBJID"] == {
        "itemOID": "IT.AE.USUBJID",
        "name": "USUBJID",
        "label": "Unique Subject Identifier",
        "dataType": "string",
        "keySequence": 2,
    }
    assert columns["AESEQ"]["dataType"] == "integer"
    assert columns["AESTDTC"]["dataType"] == "string"  # it may be partial


def test_names_are_told_apart_and_labels_are_short_enough_for_sas() -> None:
    judges = tuple(("IC19", str(number)) for number in range(99))
    causality = [{"agent": agent, "assessor": who} for agent, who in judges]
    for table in (ae_table, adae_table):
        columns = table(reckoned([recorded((1, None), causality=causality)])).columns
        assert len({each.name for each in columns}) == len(columns)
        assert all(len(each.name) <= 8 and len(each.label) <= 40 for each in columns)


def test_it_fits_the_published_schema() -> None:
    if not SCHEMA.exists():
        pytest.skip("../shared/data/edc/dataset_json/schema is not there")
    schema = json.loads(SCHEMA.read_text("utf-8"))
    faults = Draft201909Validator(schema).iter_errors(dataset(*TWO))
    assert [each.message for each in faults] == []


def test_a_study_without_events_is_an_empty_dataset() -> None:
    told = dataset()
    assert (told["records"], told["rows"]) == (0, [])
    assert exported("dataset-ndjson").count("\n") == 1
    assert exported("sdtm-csv").count("\n") == 1
    assert exported("fhir-ndjson") == ""


@settings(max_examples=25)
@given(st.lists(events(), max_size=4).map(by_patient))
def test_both_forms_and_the_csv_have_the_same_rows(told: list[ExportedEvent]) -> None:
    whole = dataset(*told)
    head, *lines = exported("dataset-ndjson", *told).splitlines()
    rows = whole.pop("rows")
    assert json.loads(head) == whole
    assert [json.loads(line) for line in lines] == rows
    names, *cells = csv.reader(StringIO(exported("sdtm-csv", *told), newline=""))
    assert names == [each["name"] for each in whole["columns"]]
    assert [[unguarded(cell) for cell in row] for row in cells] == [
        [str(cell) for cell in row] for row in rows
    ]
    assert whole["records"] == len(rows)
