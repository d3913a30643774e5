"""The sample files of tables that EDC systems send: each with its reconciled counts.

They are not part of the repository; without them these tests are skipped.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.source_system import SourceSystem
from app.domain.time import PartialTime
from app.interchange.formats import detect, reader_of
from app.interchange.rows import Domain, ReadRow, SourceRow, UnreadableFile

EDC = Path(__file__).parents[3] / "shared" / "data" / "edc"

pytestmark = pytest.mark.skipif(
    not EDC.is_dir(), reason="the sample files are not in ../shared/data/edc beside the checkout"
)


def read(name: str, system: SourceSystem | None = None) -> list[ReadRow]:
    path = EDC / name
    with path.open("rb") as file:
        reader = reader_of(detect(file.read(1 << 16), path.name))
        file.seek(0)
        return list(reader(file, system or SourceSystem()))


def rows_of(name: str, system: SourceSystem | None = None) -> list[SourceRow]:
    return [each for each in read(name, system) if isinstance(each, SourceRow)]


def cells_of(name: str) -> list[tuple[Domain, dict[str, str]]]:
    return [(each.domain, dict(each.fields)) for each in rows_of(name)]


@pytest.mark.parametrize(
    ("name", "domain", "count"),
    [
        ("sdtm_csv/ae.csv", "AE", 638),
        ("sdtm_csv/suppae.csv", "SUPPAE", 638),
        ("sdtm_csv/ex.csv", "EX", 271),
        ("sdtm_csv/dm.csv", "DM", 113),
        ("sdtm_csv/ds.csv", "DS", 359),
        ("sdtm_csv/lb.csv", "LB", 5370),
        ("dataset_json/ae.json", "AE", 74),
        ("dataset_json/ae.ndjson", "AE", 74),
        ("dataset_json/ae.dsjc", "AE", 74),
        ("dataset_json/dm.json", "DM", 18),
        ("dataset_json/ex.json", "EX", 1583),
        ("dataset_json/fa.json", "FA", 78),
        ("dataset_json/fa.ndjson", "FA", 78),
        ("dataset_json/ds.json", "DS", 53),
        ("dataset_json/lb.json", "LB", 3488),
        ("dataset_json/relrec.json", "RELREC", 6),
        ("xpt/ae.xpt", "AE", 74),
        ("xpt/dm.xpt", "DM", 18),
    ],
)
def test_every_row_of_a_file_is_a_row_of_its_domain(name: str, domain: Domain, count: int) -> None:
    rows = read(name)
    assert Counter(each.domain for each in rows if isinstance(each, SourceRow)) == {domain: count}
    assert [each.number for each in rows] == list(range(1, count + 1))
    assert all(not each.unread for each in rows if isinstance(each, SourceRow))


def test_the_forms_of_one_dataset_are_the_same_rows() -> None:
    events = cells_of("dataset_json/ae.json")
    for name in ("dataset_json/ae.ndjson", "dataset_json/ae.dsjc", "xpt/ae.xpt"):
        assert cells_of(name) == events
    assert cells_of("xpt/dm.xpt") == cells_of("dataset_json/dm.json")
    assert cells_of("dataset_json/fa.ndjson") == cells_of("dataset_json/fa.json")


def test_an_extract_tells_when_it_was_made() -> None:
    def times(name: str) -> set[PartialTime | None]:
        return {each.source.time for each in rows_of(name)}

    assert times("dataset_json/ae.json") == {PartialTime("2024-11-11T15:09:14")}
    assert times("dataset_json/ae.dsjc") == {PartialTime("2025-06-19T17:57:04.620Z")}
    assert times("xpt/ae.xpt") == times("sdtm_csv/ae.csv") == {None}


def precisions(name: str, variable: str) -> Counter[int]:
    """How many dates have how many characters; 0 where there is none."""
    return Counter(len(each.fields.get(variable, "")) for each in rows_of(name))


def test_partial_dates_stay_as_they_were_written() -> None:
    assert precisions("sdtm_csv/ae.csv", "AESTDTC") == {4: 6, 7: 6, 10: 626}
    assert precisions("sdtm_csv/ae.csv", "AEENDTC") == {0: 260, 10: 378}


def test_numbers_keep_the_digits_of_the_file() -> None:
    first = rows_of("sdtm_csv/lb.csv")[0].fields
    assert (first["LBORRES"], first["LBSTRESC"], first["LBSTRESN"]) == ("3.8", "38", "38.0")


# ---- files with headings of their own --------------------------------------------------------

MCODE = "csv/mcode_ctc-adverse-event-information.csv"


def test_a_file_with_its_own_headings_is_read_by_the_settings() -> None:
    with pytest.raises(UnreadableFile, match="map them in `items`"):
        read(MCODE)
    system = SourceSystem(
        items={
            "mrn": "USUBJID",
            "adverseEventId": "AESPID",
            "adverseEventText": "AETERM",
            "effectiveDate": "AESTDTC",
            "resolvedDate": "AEENDTC",
            "grade": "AETOXGR",
        }
    )
    first, _, third = rows_of(MCODE, system)
    assert (first.domain, first.number, third.number) == ("AE", 1, 3)
    assert first.fields["AESTDTC"] == "12-09-1994"
    assert first.fields["AEENDTC"] == "2021-12-01"
    assert third.fields == {
        "USUBJID": "789",
        "AESPID": "adverseEventId-3",
        "AESTDTC": "12-09-1994",
        "AETOXGR": "3",
    }
    assert third.unread == ("adverseEventCode", "category")


def test_the_redcap_file_is_a_dictionary_and_said_to_be_one() -> None:
    with pytest.raises(UnreadableFile, match=r"'field_name', 'form_name'.*REDCap data dictionary"):
        read("redcap/adverse_events_data_dictionary.csv")


@pytest.mark.parametrize("name", ["dataset.schema.json", "dataset-ndjson-schema.json"])
def test_the_schema_of_dataset_json_is_no_dataset(name: str) -> None:
    with pytest.raises(UnreadableFile):
        read(f"dataset_json/schema/{name}")


def files_of_tables() -> Iterator[Path]:
    for folder in ("sdtm_csv", "dataset_json", "xpt", "csv", "redcap"):
        yield from (each for each in (EDC / folder).rglob("*") if each.is_file())


def test_no_file_of_these_folders_is_left_out() -> None:
    named = Path(__file__).read_text("utf-8")
    assert [path for path in files_of_tables() if path.name not in named] == []
