"""IC19's protocol made ready, and case records read as the service reads them."""

from collections.abc import Sequence
from functools import cache

from app.data import protocols
from app.domain.adjudication.prepare import prepare
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.case import Subject
from app.domain.dlt.columns import Columns
from app.domain.dlt.encode import encode
from app.domain.dlt.program import Program
from app.domain.time import PartialTime
from benchmarks.generate.mixes import DATA_CUT, PROTOCOL, SITE_ZONE


@cache
def protocol() -> ReadyProtocol:
    """The built-in document with its default readings."""
    return protocols.load(PROTOCOL, None).ready


@cache
def program() -> Program:
    """What judges."""
    rules = protocol().rules
    assert rules is not None
    return rules.program


def encoded(subjects: Sequence[Subject]) -> Columns:
    """Case records as columns, by way of courses and spans."""
    prepared = prepare(subjects, protocol(), PartialTime(DATA_CUT), SITE_ZONE)
    return encode(
        [each.recorded for each in prepared], program(), protocol().document.interventions
    )
