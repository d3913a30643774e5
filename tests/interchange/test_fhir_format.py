"""FHIR among the formats of files, and our own export read back."""

import json

import pytest

from app.interchange.fhir import read_fhir
from app.interchange.formats import detect, reader_of
from app.interchange.rows import SourceRow
from tests.interchange.exports.drawn import exported, recorded
from tests.interchange.fhir_examples import bundle, ndjson, r4_event, read


@pytest.mark.parametrize(
    "text",
    [
        ndjson(r4_event(), r4_event(id="ae-2")),
        json.dumps(r4_event(), indent=1),
        json.dumps(bundle(r4_event())),
    ],
)
def test_fhir_is_recognised_and_read(text: str) -> None:
    assert detect(text.encode()) == "fhir"
    assert reader_of("fhir") is read_fhir


def test_our_own_export_is_read_back_grade_by_grade() -> None:
    event = recorded(
        (1, "2026-03-05"),
        (3, "2026-03-07"),
        (0, None),
        causality=[{"agent": "IC19", "relatedness": "possible"}],
        seriousness={"hospitalisation": True, "death": False},
    )
    rows = read(exported("fhir-ndjson", event))
    cells = [row.fields for row in rows if isinstance(row, SourceRow)]

    assert [(each["AETOXGR"], each.get("AESTDTC")) for each in cells] == [
        ("1", "2026-03-05"),
        ("3", "2026-03-07"),
        ("0", None),
    ]
    assert cells[2]["AESTDTC_ABSENT"] == "unknown"
    assert {(each["AESPID"], each["AESHOSP"], each["AESDTH"]) for each in cells} == {
        ("edc:AE-1", "Y", "N")
    }
    assert {row.subject for row in rows if isinstance(row, SourceRow)} == {"S-01"}
    assert {row.related for row in rows if isinstance(row, SourceRow)} == {()}
    assert {(each["DLTRAG1"], each["DLTREL1"]) for each in cells} == {("IC19", "possible")}
