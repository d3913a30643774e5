"""Which format a file is: by its content, and by its name where that says nothing."""

import gzip
import io
import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.source_system import SourceSystem
from app.interchange import formats
from app.interchange.formats import FORMATS, SIGNS, Format, detect, reader_of
from app.interchange.rows import SourceRow, UnreadableFile
from app.interchange.templates import TEMPLATES, heading_line
from app.interchange.xpt import read_xpt
from tests.interchange.odm_writer import clinical, group, item, odm, subject

CDISC = "http://www.cdisc.org/ns/odm/v1.3"
RAVE = "http://www.mdsol.com/ns/odm/metadata"
DATASET = '{"datasetJSONCreationDateTime": "2026-01-01T00:00:00", "datasetJSONVersion": "1.1.0"'
HEADS: tuple[tuple[Format, str], ...] = (
    ("xpt", "HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!000000"),
    ("xpt", "HEADER RECORD*******LIBV8   HEADER RECORD!!!!!!!000000"),
    ("dataset-json", DATASET + "}\n[1]"),
    ("dataset-json", DATASET.replace(", ", ",\n  ")),
    ("fhir", '{"resourceType": "AdverseEvent", "id": "1"}'),
    ("fhir", '{\n  "id": "1",\n  "resourceType" : "Bundle"'),
    ("records-ndjson", '{"kind": "event"}\n{"kind": "event"}\n'),
    ("records-ndjson", '\n{"kind": "event"}\n{"text": "cut he'),
    ("odm-xml", f'<?xml version="1.0"?><!-- x --><ODM xmlns="{CDISC}" FileType="Snapshot">'),
    ("odm-xml", f'<odm:ODM xmlns:odm="{CDISC}" FileType="Transactional">'),
    ("odm-xml", f'<!DOCTYPE ODM [<!ENTITY a "b">]><ODM xmlns="{CDISC}">'),
    ("rave-audit", f'<ODM FileType="Transactional" xmlns="{CDISC}" xmlns:mdsol="{RAVE}">'),
    ("odm-xml", f'<ODM FileType="Snapshot" xmlns="{CDISC}" xmlns:mdsol="{RAVE}">'),
    ("sdtm-csv", "STUDYID,DOMAIN,USUBJID\n"),
    ("sdtm-csv", "usubjid;aeterm\n001;Fever\n"),
    ("sdtm-csv", "RDOMAIN\tQNAM\tQVAL\n"),
    ("template-csv", heading_line(TEMPLATES[0])),
    ("template-csv", heading_line(TEMPLATES[0]).replace(",", ";") + "7;1;Fev"),
)


@pytest.mark.parametrize(("format", "head"), HEADS, ids=range(len(HEADS)))
def test_a_format_is_known_by_its_content(format: Format, head: str) -> None:  # noqa: A002
    content = head.encode()
    assert detect(content) == format
    assert detect(content, "misleading.pdf", "application/octet-stream") == format
    for pack in (gzip.compress, zlib.compress):
        assert detect(pack(content)) == format
        assert detect(pack(content * 9)[:-9]) == format
    if format != "xpt":
        assert detect(head.encode("utf-8-sig")) == format
        assert detect(head.encode("utf-16")) == format


def test_a_first_line_that_goes_on_beyond_the_head_may_be_a_record() -> None:
    assert detect(b'{"kind": "event", "text": "goes on') == "records-ndjson"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("events.csv", None),
        ("EVENTS.CSV.GZ", None),
        ("events.tsv", "application/octet-stream"),
        (None, "text/csv; charset=utf-8"),
        (None, "Text/Tab-Separated-Values"),
    ],
)
def test_a_table_with_headings_of_its_own_is_known_by_its_name(
    name: str | None, media_type: str | None
) -> None:
    assert detect(b"mrn,grade\n", name, media_type) == "sdtm-csv"


def test_what_is_of_no_format_is_told_with_what_was_seen() -> None:
    with pytest.raises(UnreadableFile) as refused:
        detect(b"mrn,grade\n", "events.dat", "application/octet-stream")
    for seen in ("'mrn,grade", "events.dat", "application/octet-stream", "sdtm-csv", "xpt"):
        assert seen in str(refused.value)


@pytest.mark.parametrize(
    ("head", "seen"),
    [
        (b"", "is empty"),
        (b" \n\t", "is empty"),
        (b"PK\x03\x04\x14\x00", "a ZIP archive or Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook"),
        (b"\0" * 12 + b"\xc2\xea\x81\x60", "SAS7BDAT"),
        (b"%PDF-1.7", "a PDF"),
        (b"<html><body>", "its root is html"),
        (b'<Bundle xmlns="http://hl7.org/fhir">', "its root is Bundle"),
        (b"<?xml version='1.0'?>", "its root does not begin"),
        (b"[1, 2]", "the file is JSON, and neither"),
        (b'{\n  "studies": []\n}', "the file is JSON, and neither"),
        (b"{nix}\n", "the file is JSON, and neither"),
        (b"\x1f\x8bnix", "is of no format that is known"),
    ],
)
def test_what_is_not_read_is_told_by_its_name(head: bytes, seen: str) -> None:
    with pytest.raises(UnreadableFile, match=seen):
        detect(head)


@settings(max_examples=200)
@given(st.binary(max_size=40))
def test_any_bytes_are_a_format_or_refused(head: bytes) -> None:
    try:
        assert detect(head, "a.csv") in FORMATS
    except UnreadableFile as refused:
        assert refused.problem  # noqa: PT017


def test_every_format_has_its_signs() -> None:
    assert set(SIGNS) == set(FORMATS)
    assert all(each.media_types and each.suffixes for each in SIGNS.values())


def test_what_is_detected_is_read_packed_or_not() -> None:
    columns = [{"name": "DOMAIN"}, {"name": "AETERM"}]
    dataset = {"datasetJSONVersion": "1.1.0", "columns": columns, "rows": [["AE", "x"]]}
    export = odm(clinical(subject(group(item("AETERM", "x"), oid="AE"))))
    for content in (b"DOMAIN,AETERM\nAE,x\n", json.dumps(dataset).encode(), export):
        for sent in (content, gzip.compress(content)):
            (row,) = reader_of(detect(sent))(io.BytesIO(sent), SourceSystem())
            assert isinstance(row, SourceRow)
            assert (row.domain, row.fields["AETERM"]) == ("AE", "x")


def test_a_format_that_is_known_and_not_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "_READERS", {"xpt": read_xpt})
    with pytest.raises(UnreadableFile, match=r"files of fhir are not read; .* these are: xpt"):
        reader_of("fhir")
