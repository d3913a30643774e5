"""The changed set of an amendment is that of judging every patient alone under both versions."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import pytest
from sqlalchemy import func, select
from sqlmodel import SQLModel

from app.domain.case import Subject
from app.store.database import Database
from app.use_cases.replay import differences
from tests.readjudications.alone import (
    counted,
    judged_alone,
    standing,
    told_between,
    told_by,
)
from tests.readjudications.patients import generated
from tests.readjudications.service import WHY, Rejudging, counts

FEW: Final = 250
"""Events in each run of the tests: some thirty patients."""
SEED: Final = 8
"""Of these patients some are judged otherwise by version 2, some for another reason."""
MANY: Final = 100_000
"""Events of ten thousand patients."""
OF_JOBS: Final = {
    "audit_events", "jobs", "readjudication_changes", "readjudication_chunks",
    "readjudication_results",
}  # fmt: skip
"""Tables that a job writes into, whatever comes of it."""


@pytest.fixture
def fresh(database: Database) -> Iterator[Rejudging]:
    made = Rejudging(database=database)
    made.begin()
    yield made
    made.close()


def test_an_amendment_changes_whom_judging_alone_changes(fresh: Rejudging) -> None:
    told = amended(fresh, list(generated(FEW, seed=SEED)))
    kinds = {each["kind"] for each in told.values()}
    assert kinds == {"changed", "restated"}


@pytest.mark.slow
def test_an_amendment_of_ten_thousand_patients(fresh: Rejudging) -> None:
    subjects = list(generated(MANY, seed=SEED))
    assert len(subjects) > 9_900
    fresh.place = replace(fresh.place, patients=100)
    amended(fresh, subjects)


def amended(rejudging: Rejudging, subjects: Sequence[Subject]) -> dict[str, Any]:
    """Try the amendment, make it real, and ask once more: what was told of whom it changed."""
    rejudging.told(subjects)
    before = {subject: each.id for subject, each in rejudging.standing().items()}
    old = standing(rejudging)
    assert judged_alone(rejudging, rejudging.now, "1") == old
    new = judged_alone(rejudging, rejudging.now, "2")
    told = told_between(old, new)
    assert told

    dry = rejudging.run(protocol_version="2")
    assert (dry.state, dry.done, dry.total) == ("succeeded", len(subjects), len(subjects))
    changes = told_by(rejudging.changes(dry))
    assert changes == told
    assert counts(dry) == counted(told, len(subjects))
    assert {subject: each.id for subject, each in rejudging.standing().items()} == before

    real = rejudging.done(rejudging.applied(dry))
    assert (real.state, real.done, real.total) == ("succeeded", len(subjects), len(subjects))
    assert without_ids(rejudging.changes(real)) == without_ids(rejudging.changes(dry))
    assert counts(real) == counts(dry)
    after = rejudging.standing()
    assert standing(rejudging) == {**old, **{key: new[key] for key in told}}
    assert {subject for subject in after if after[subject].id != before[subject]} == told.keys()
    for subject, each in rejudging.changes(real).items():
        assert each["adjudication"] == {"old": before[subject], "new": after[subject].id}
        assert (after[subject].cause, after[subject].protocol_version) == ("readjudication", "2")
        assert after[subject].supersedes == before[subject]

    rows = sizes(rejudging)
    again = rejudging.run(dry_run=False, reason=WHY)
    assert counts(again)["unchanged"] == len(subjects)
    assert rejudging.changes(again) == {}
    assert rejudging.standing() == after
    assert sizes(rejudging) == rows
    with rejudging.database.reading() as connection:
        assert list(differences(connection)) == []
    return told


def without_ids(changes: dict[str, Any]) -> dict[str, Any]:
    """What a job tells, without the adjudications, which only a real run makes."""
    return {subject: {**each, "adjudication": None} for subject, each in changes.items()}


def sizes(rejudging: Rejudging) -> dict[str, int]:
    """How many rows each table has, but for those of jobs."""
    tables = [each for each in SQLModel.metadata.tables.values() if each.name not in OF_JOBS]
    with rejudging.database.reading() as connection:
        return {
            each.name: connection.execute(select(func.count()).select_from(each)).scalar_one()
            for each in tables
        }
