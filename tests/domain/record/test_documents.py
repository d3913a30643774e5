"""Documents come back as they were written, and one of a later version is not guessed at."""

import json

import pytest
from pydantic import TypeAdapter, ValidationError

from app.domain.record.documents import (
    Document,
    UnknownSchema,
    read_document,
    write_document,
    written_document,
)
from app.domain.record.kinds import CONTENT, SCHEMA_NUMBER, Kind, key_of
from app.domain.record.origin import Source

STUDY = {"title": "IC19 in lupus", "time_zone": "Asia/Shanghai"}
EVENT = {"term": "Fatigue", "grades": [{"from": "2026-03", "grade": 3}]}


@pytest.mark.parametrize(
    ("kind", "content", "subject"), [("study", STUDY, None), ("adverse_event", EVENT, "S-01")]
)
def test_what_was_written_is_read(
    kind: Kind, content: dict[str, object], subject: str | None
) -> None:
    document = Document(subject=subject, content=CONTENT[kind].validate_python(content))
    text = write_document(kind, document)
    about = {} if subject is None else {"subject": subject}
    assert json.loads(text) == {"content": content, **about}
    assert written_document(kind, document) == json.loads(text)
    assert read_document(kind, SCHEMA_NUMBER, text) == document


def test_a_record_is_known_by_its_source_and_its_id_there() -> None:
    assert key_of("EDC", "AE-7") == "EDC:AE-7"


def test_a_shape_of_a_later_version_is_refused() -> None:
    later = SCHEMA_NUMBER + 1
    with pytest.raises(UnknownSchema, match=f"schema {later} were written by a later version"):
        read_document("study", later, "{}")


@pytest.mark.parametrize("time", ["2026", "2026-03", "2026-03-05", "2026-03-05T08"])
def test_a_source_writes_at_an_instant(time: str) -> None:
    with pytest.raises(ValidationError, match="when the source wrote it to the minute"):
        TypeAdapter(Source).validate_python({"time": time})


@pytest.mark.parametrize("time", [None, "2026-03-05T08:00", "2026-03-05T08:00:00.5+08:00"])
def test_or_says_nothing_of_it(time: str | None) -> None:
    source = TypeAdapter(Source).validate_python({"time": time})
    assert (source.time and source.time.text) == time
