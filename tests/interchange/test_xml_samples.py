"""Every XML file of the shared samples, read to the last row: what it holds, by kind."""

import io
from collections import Counter
from pathlib import Path

import pytest

from app.interchange.odm import read_odm
from app.interchange.rave import read_rave
from app.interchange.rows import SourceRow
from tests.interchange.odm_writer import kinds, refusal, rows_of

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "edc"

pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(),
    reason="the sample files are not in ../shared/data/edc beside the checkout",
)


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def test_dataset_xml() -> None:
    rows = rows_of(read_odm, sample("odm_xml/ae.xml"))
    assert kinds(rows) == {"AE whole": 16}
    found = [row for row in rows if isinstance(row, SourceRow)]
    assert Counter(len(row.fields["AESTDTC"]) for row in found)[len("2003-05")] >= 1
    assert {row.key for row in found} == {None}
    assert all(row.fields["USUBJID"] and row.fields["AESPID"] for row in found)
    assert not any(row.unread for row in found)


def test_a_snapshot() -> None:
    rows = rows_of(read_odm, sample("odm_xml/odm-data-snapshot.xml"))
    assert kinds(rows) == {
        "AE whole": 21,
        "LB whole": 18,
        "DM whole": 2,
        "DS whole": 2,
        "left out: form EC": 10,
        "left out: form VS": 4,
        "left out: form CM": 2,
        "left out: item AEYN": 1,
    }
    found = [row for row in rows if isinstance(row, SourceRow)]
    assert len({(row.subject, row.key) for row in found}) == len(found)
    assert {row.subject for row in found} == {"SS_0001", "SS_0002"}
    assert sum("AETERM" in row.fields for row in found) == 20
    assert {row.fields["LBORRESU"] for row in found if row.domain == "LB"} >= {"10³/㎕"}


def test_a_snapshot_of_two_versions_of_metadata() -> None:
    rows = rows_of(read_odm, sample("odm_xml/test_clinical_data_01.xml"))
    assert kinds(rows) == {"DM whole": 1, "LB whole": 2, "AE whole": 1}
    assert {row.subject for row in rows if isinstance(row, SourceRow)} == {"1000"}


def test_one_with_a_prefix_that_is_not_bound_is_refused() -> None:
    problem = refusal(lambda: rows_of(read_odm, sample("odm_xml/test_odm_001.xml")))
    assert problem.line == 2
    assert "prefix xs for schemaLocation on ODM is not defined" in problem.problem


def test_every_audit_of_rave_is_reckoned_up() -> None:
    rows = rows_of(read_rave, sample("rave_odm_audit/car_part1.xml"))
    found = kinds(rows)
    assert sum(found.values()) == 493
    assert found == {
        "AE part": 16,
        "DM part": 125,
        "DM removed": 1,
        "left out: category Inactivated": 8,
        "left out: category InstanceEndWindow": 2,
        "left out: category InstanceStartWindow": 2,
        "left out: category InstanceTarget": 4,
        "left out: category ObjectNameChanged": 3,
        "left out: category QueryOpen": 2,
        "left out: category SetVisible": 13,
        "left out: category SubjectCreated": 45,
        "left out: category SubjectNameChanged": 45,
        "left out: category SubjectStatusChanged": 45,
        "left out: form EN": 99,
        "left out: form FORM_PAIN_SI": 58,
        "left out: form RAND": 8,
        "left out: form VISIT": 4,
        "left out: form VS": 10,
        "left out: item AE.AEYN": 3,
    }


def test_the_audits_of_rave_are_in_their_order_and_dates_as_they_were_typed() -> None:
    rows = rows_of(read_rave, sample("rave_odm_audit/car_part1.xml"), forms={"VS": "LB"})
    found = [row for row in rows if isinstance(row, SourceRow)]
    sequences = [row.source.sequence or 0 for row in found]
    assert sequences == sorted(set(sequences))
    assert {row.key for row in found if row.domain == "AE"} == {
        f"SUBJECT;;AE;1;AE_LOG_LINE;{record}" for record in (8408, 8413, 8582, 8672, 13145)
    }
    dates = {row.fields["AESTDTC"] for row in found if "AESTDTC" in row.fields}
    assert dates == {"01 JAN 2008", "02 JAN 2008", "15 May 2008"}
    assert "01 NNN 2008" in {cell for row in found for cell in row.fields.values()}


def test_the_audits_of_rave_are_no_odm_snapshot() -> None:
    file = io.BytesIO(sample("rave_odm_audit/car_part1.xml"))
    assert "rave-audit" in str(refusal(lambda: rows_of(read_odm, file)))
