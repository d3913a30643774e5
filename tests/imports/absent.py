"""Adverse events of which snapshots lack some, and what is to be seen of that."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from app.domain.record.leaf import AuditRecord, read_leaf
from app.domain.record.origin import Reason
from app.store.adjudications import ADJUDICATIONS
from app.store.audit import EVENTS
from app.store.jobs import StoredJob
from app.store.source_rows import VERSIONS
from app.use_cases.replay import differences
from tests.imports.files import AE_HEAD, HOW
from tests.imports.service import SYSTEM, Importing

GONE: Final = Reason(code="DELETED_AT_SOURCE", text="the site deleted them")


PATIENTS: Final = "STUDYID,DOMAIN,USUBJID,SEX\n" + "".join(
    f"IC19-SLE,DM,S-{each:02},F\n" for each in range(10)
)


def row(number: int, *, patient: int | None = None, grade: int = 3) -> str:
    """An adverse event; without a patient told, two of each."""
    whose = f"S-{(number // 2 if patient is None else patient):02}"
    event = f"Fatigue,{grade},POSSIBLE,2026-03-04,2026-03-20,,"
    return f"IC19-SLE,AE,{whose},{number},A{number},{event}\n"


def file_of(numbers: Sequence[int]) -> str:
    """These events, of two a patient."""
    return AE_HEAD + "".join(row(each) for each in numbers)


def key(number: int) -> str:
    """An event's key in the record."""
    return f"{SYSTEM}:S-{number // 2:02}|AE|A{number}"


def standing(importing: Importing) -> Mapping[str, Any]:
    """The events that count, and what is told of each patient who has any."""
    events = importing.contents("adverse_event")
    return {"events": events, "rows": sorted(rows_that_stand(importing))}


def rows_that_stand(importing: Importing) -> Iterator[str]:
    """The rows that nobody took back, by their last version."""
    query = select(VERSIONS.c.key, VERSIONS.c.removed).order_by(VERSIONS.c.key, VERSIONS.c.version)
    with importing.database.reading() as connection:
        last = {each.key: each.removed for each in connection.execute(query)}
    yield from (each for each, removed in last.items() if not removed)


def voids(importing: Importing) -> list[AuditRecord]:
    """The events of the trail that tell of voids."""
    query = select(EVENTS.c.leaf).where(EVENTS.c.action == "adverse_event.voided")
    with importing.database.reading() as connection:
        return [read_leaf(each) for each in connection.execute(query).scalars()]


def judged(importing: Importing, subject: str) -> int:
    """How often a patient was judged."""
    query = select(ADJUDICATIONS.c.id).where(ADJUDICATIONS.c.subject == subject)
    with importing.database.reading() as connection:
        return len(connection.execute(query).all())


def assert_replayed(importing: Importing) -> None:
    with importing.database.reading() as connection:
        assert list(differences(connection)) == []


def told(importing: Importing, job: StoredJob) -> dict[str, list[str]]:
    """The rows that are told of, by code."""
    found: dict[str, list[str]] = {}
    for each in importing.rejected(job):
        found.setdefault(each["code"], []).append(each["absent"]["key"])
    return found


def begun(importing: Importing, share: str = "0.05") -> Importing:
    """20 events of 10 patients, of the extract 1; of 20, so many may become void."""
    importing.system(**HOW, absent_void_share=Decimal(share))
    importing.sent(PATIENTS, extract="1")
    importing.sent(file_of(range(20)), extract="1")
    importing.later()
    return importing
