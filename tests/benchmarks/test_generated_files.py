"""The files whose import is measured tell the same events in every format."""

import io

import pytest

from app.interchange.formats import reader_of
from app.interchange.identity import Identified, identified
from app.interchange.rows import RecordRow, SourceRow
from benchmarks.generate.files import EVENTS, HOW, WRITERS

PATIENTS = range(7, 9)


@pytest.mark.parametrize("name", WRITERS)
def test_every_row_is_read_and_has_its_identity(name: str) -> None:
    format_of_it, write = WRITERS[name]
    rows = list(reader_of(format_of_it)(io.BytesIO(write(PATIENTS)), HOW))
    known = [each for each in rows if isinstance(each, SourceRow | RecordRow)]
    assert len(known) == len([each for each in rows if each.number])
    events = {
        identified(each, HOW) if isinstance(each, SourceRow) else each.value["source"]["record_id"]
        for each in known
        if isinstance(each, SourceRow) or each.value["kind"] == "adverse_event"
    }
    assert all(isinstance(each, Identified | str) for each in events)
    assert len(events) == EVENTS * len(PATIENTS)
