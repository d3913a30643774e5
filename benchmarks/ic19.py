"""IC19's protocol made ready, and case records read as the service reads them."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import yaml

from app.data.dictionaries import load, load_synonyms
from app.domain.adjudication.protocol import ReadyProtocol, read_document, ready
from app.domain.case import Subject
from app.domain.course import Observation, course_of, stop_of
from app.domain.dlt.columns import Columns
from app.domain.dlt.encode import RecordedSubject, encode
from app.domain.dlt.program import Program
from app.domain.dlt.record import RecordedEvent
from app.domain.time import PartialTime, last_instant_of_cut, zone_of
from benchmarks.generate.mixes import DATA_CUT, SITE_ZONE


@cache
def protocol() -> ReadyProtocol:
    """The built-in document with its default readings."""
    text = files("app.data").joinpath("protocols", "NCT06886919-1.yaml").read_text("utf-8")
    document = read_document(yaml.safe_load(text))
    return ready(document, "sha256:0", load("ctcae-5.0"), load_synonyms("synonyms-1"))


def program() -> Program:
    """What judges."""
    rules = protocol().rules
    assert rules is not None
    return rules.program


def encoded(subjects: Sequence[Subject]) -> Columns:
    """Case records as columns, by way of courses and spans."""
    records = [_recorded(each) for each in subjects]
    return encode(records, program(), protocol().document.interventions)


def _recorded(subject: Subject) -> RecordedSubject:
    zone = zone_of(SITE_ZONE)
    cut = last_instant_of_cut(PartialTime(DATA_CUT), zone)
    clocks = program().rules.clocks
    seen = Observation(
        zone=zone,
        cut=cut,
        stop=stop_of(subject, zone, cut),
        death_from_another_cause=clocks.death_from_another_cause,
        persists_in_silence=clocks.after_last_report == "persists",
    )
    return RecordedSubject(
        subject=subject,
        zone=zone,
        cut=cut,
        events=tuple(
            RecordedEvent(
                event=each,
                course=course_of(each, seen),
                term=protocol().resolve(each.term, each.meddra_code),
            )
            for each in subject.events
        ),
        infusions=tuple(
            (each, each.start.span(zone)) for each in subject.exposures or () if each.start
        ),
        infusions_known=True,
    )
