"""Whom a re-adjudication concerns, on both databases."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from app.domain.record.kinds import key_of
from app.domain.record.origin import OPERATOR, Reason
from app.store.database import Database
from app.store.readjudications import counting_patients
from app.store.writer import Unit
from app.use_cases.readjudicating import counts_of
from app.use_cases.records import Precondition, void
from app.use_cases.scopes import patients_in
from app.use_cases.suppositions import Scope
from tests.builders import event, subject
from tests.readjudications.patients import SYSTEM
from tests.readjudications.service import STUDY, Rejudging, counts

CASES: Final[tuple[tuple[Scope, list[str]], ...]] = (
    (Scope(), ["S-1", "S-2", "S-3"]),
    (Scope(dose_levels=("1",)), ["S-1"]),
    (Scope(dose_levels=("1", "2")), ["S-1", "S-2"]),
    (Scope(dose_levels=("7",)), []),
    (Scope(phases=("escalation",)), ["S-1", "S-2"]),
    (Scope(sites=("02",)), ["S-2", "S-3"]),
    (Scope(subjects=("S-3", "S-1", "S-9")), ["S-1", "S-3"]),
    (Scope(terms=("fever",)), ["S-1", "S-2"]),
    (Scope(terms=("FEVER", "Chills")), ["S-1", "S-2", "S-3"]),
    (Scope(terms=("発熱",)), ["S-3"]),
    (Scope(terms=("Fev",)), []),
    (Scope(terms=("Fever",), sites=("02",)), ["S-2"]),
    (Scope(terms=("Nausea",)), []),
    (Scope(subjects=("S-4",)), []),
)
"""S-2 has fever in capitals; the nausea of S-1 is voided, and so is S-4."""


@pytest.fixture
def rejudging(database: Database) -> Iterator[Rejudging]:
    made = Rejudging(database=database)
    made.begin()
    yield made
    made.close()


def test_patients_of_whom_all_that_is_named_holds(rejudging: Rejudging) -> None:
    _record(rejudging)
    with rejudging.database.reading() as connection:
        for scope, found in CASES:
            assert list(patients_in(connection, STUDY, scope)) == found, scope
        assert list(patients_in(connection, "NONE", Scope())) == []
        page = counting_patients(connection, STUDY, after="S-1", limit=1)
    assert [subject for subject, _, _ in page] == ["S-2"]
    job = rejudging.run(scope=Scope(terms=("Fever",)))
    assert (job.total, counts(job)["unchanged"], counts(job)["changed"]) == (2, 1, 1)
    assert [each["id"] for each in rejudging.changes(job)["S-1"]["events"]] == ["edc:2"]
    nobody = rejudging.run(scope=Scope(dose_levels=("7",)))
    assert (nobody.state, nobody.total) == ("succeeded", 0)
    assert counts(nobody) == counts_of([], []), "every count is there, and is 0"


def _record(rejudging: Rejudging) -> None:
    rejudging.told(
        [
            subject(
                _mild("Fever", "1"), _mild("Nausea", "2"),
                id="S-1", site="01", dose_level="1", phase="escalation",
            ),
            subject(
                _mild("FEVER", "3"), id="S-2", site="02", dose_level="2", phase="escalation"
            ),
            subject(_mild("chills", "4"), _mild("発熱", "5"), id="S-3", site="02"),
            subject(_mild("Fever", "6"), id="S-4", dose_level="1"),
        ]
    )  # fmt: skip
    rejudging.writer.run(lambda unit: _void(unit, "adverse_event", key_of(SYSTEM, "2")))
    rejudging.writer.run(lambda unit: _void(unit, "subject", "S-4"))


def _mild(term: str, key: str) -> Any:
    return event(term, (1, "2026-03-04"), (0, "2026-03-05"), id=key)


def _void(unit: Unit, kind: Any, key: str) -> None:
    why = Reason(code="ENTERED_IN_ERROR")
    void(unit, OPERATOR, STUDY, kind, key, why, Precondition())
