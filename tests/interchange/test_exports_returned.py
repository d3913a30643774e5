"""Our own exports, read back: each event has the course that it had."""

import csv
from collections.abc import Callable, Iterator
from io import BytesIO, StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.case import AdverseEvent
from app.domain.source_system import SourceSystem
from app.interchange.assemble import assemble
from app.interchange.event_rows import plain
from app.interchange.exports import ExportFormat
from app.interchange.exports.delimited import unguarded
from app.interchange.exports.events import ExportedEvent
from app.interchange.fhir import read_fhir
from app.interchange.identity import Identified, identified
from app.interchange.made import HeldRow
from app.interchange.rows import SourceRow
from tests.interchange.exports.drawn import by_patient, events, exported, recorded

SETTINGS = SourceSystem(grade_collection="row_per_grade", episode_end="grade")

Read = Callable[[str, SourceSystem], Iterator[SourceRow]]


def of_csv(text: str, system: SourceSystem) -> Iterator[SourceRow]:
    assert system is SETTINGS
    for number, row in enumerate(csv.DictReader(StringIO(text, newline=""), strict=True), start=1):
        cells = {name: unguarded(cell) for name, cell in row.items() if cell}
        yield SourceRow(domain="AE", number=number, place=f"line {number + 1}", fields=cells)


def of_fhir(text: str, system: SourceSystem) -> Iterator[SourceRow]:
    for row in read_fhir(BytesIO(text.encode()), system):
        if isinstance(row, SourceRow):
            yield row


def returned(wanted: ExportFormat, read: Read, *told: ExportedEvent) -> list[AdverseEvent]:
    """The events that an export makes, patient by patient."""
    patients: dict[str, list[HeldRow]] = {}
    for row in read(exported(wanted, *told), SETTINGS):
        found = identified(row, SETTINGS)
        assert isinstance(found, Identified)
        held = HeldRow(
            domain=row.domain, key=found.key, subject=found.subject, fields=row.fields,
            related=row.related,
        )  # fmt: skip
        patients.setdefault(found.subject, []).append(held)
    contents = [
        made.document.content
        for _, rows in sorted(patients.items())
        for made in assemble(rows, SETTINGS).made
    ]
    return [each for each in contents if isinstance(each, AdverseEvent)]


def course(event: AdverseEvent) -> tuple[object, ...]:
    """Term, code, grades and the worst of them; no grade, and one of which nothing is known, are
    the same.
    """
    grades = tuple((each.at, each.grade) for each in event.grades)
    told = () if grades == ((None, None),) else grades
    return plain(event.term), event.meddra_code, told, event.worst_grade


EXPORTS = [("sdtm-csv", of_csv), ("fhir-ndjson", of_fhir)]


@pytest.mark.parametrize(("wanted", "read"), EXPORTS)
def test_a_worst_grade_comes_back_with_what_is_not_known(wanted: ExportFormat, read: Read) -> None:
    told = recorded(
        (None, "2026-03-05"), (3, None), (None, None), (0, "2026-03-09"), worst_grade=3
    )
    assert [course(each) for each in returned(wanted, read, told)] == [course(told.event)]


@pytest.mark.parametrize(("wanted", "read"), EXPORTS)
def test_what_goes_on_does_so_as_of_then(wanted: ExportFormat, read: Read) -> None:
    told = recorded((3, "2026-03-05"), ongoing=True, ongoing_as_of="2026-03-09")
    (event,) = returned(wanted, read, told)
    assert (event.ongoing, event.ongoing_as_of) == (True, told.event.ongoing_as_of)


@settings(max_examples=30)
@given(st.lists(events(), max_size=3, unique_by=lambda each: (each.subject, each.key)))
def test_every_course_comes_back(told: list[ExportedEvent]) -> None:
    back = returned("sdtm-csv", of_csv, *by_patient(told))
    assert sorted(map(str, map(course, back))) == sorted(str(course(each.event)) for each in told)


@settings(max_examples=30)
@given(events())
def test_every_judgement_comes_back_with_its_judge(told: ExportedEvent) -> None:
    (event,) = returned("sdtm-csv", of_csv, told)
    known = {each for each in told.event.causality if each.relatedness is not None}
    assert set(event.causality) == known
