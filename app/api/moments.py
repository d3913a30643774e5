"""The moment that a question is about: what was known then, and nothing that came later."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from sqlalchemy import Connection

from app.api.errors import InvalidRequest
from app.api.schemas.problem import FaultItem
from app.domain.errors import BadTime
from app.domain.time import PartialTime, Zone, last_instant_of_cut, zone_of
from app.use_cases.errors import UnknownStudy
from app.use_cases.judging import moment_of
from app.use_cases.snapshot import Snapshot

AsOf = Annotated[
    str | None,
    Query(
        max_length=40,
        description="As it was known then: an instant, or a date, which ends at its midnight in "
        "the study's zone.",
        examples=["2026-03-08T00:00:00Z"],
    ),
]


def cut_of(text: str, name: str = "as_of") -> PartialTime:
    """A data cut of the query. Raises InvalidRequest unless it is a date or an instant."""
    try:
        time = PartialTime(text)
        last_instant_of_cut(time, zone_of("UTC"))
    except BadTime as error:
        fault = FaultItem(
            pointer=f"/query/{name}", code=error.code, message=str(error), value=text
        )
        raise InvalidRequest([fault]) from error
    return time


def last_moment(text: str, zone: Zone, name: str = "as_of") -> datetime:
    """The last instant of a cut."""
    return moment_of(last_instant_of_cut(cut_of(text, name), zone))


def first_moment(text: str, zone: Zone, name: str) -> datetime:
    """The first instant that a date or an instant names."""
    return moment_of(cut_of(text, name).span(zone).first)


def known_at(connection: Connection, study: str, as_of: str | None) -> datetime | None:
    """The last instant whose records are wanted; None is now.

    Raises UnknownStudy, and InvalidRequest for what is no cut.
    """
    settings = Snapshot(connection=connection, study=study).settings
    if settings is None:
        raise UnknownStudy(study)
    return None if as_of is None else last_moment(as_of, zone_of(settings.time_zone))
