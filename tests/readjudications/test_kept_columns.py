"""What amendments change is the same whether columns were kept or not, and less is judged."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

import pytest
from sqlalchemy import insert, select, update

from app.data import protocols
from app.domain.case import LaboratoryResult, Subject
from app.domain.record.origin import OPERATOR
from app.domain.reference_range import ReferenceRange
from app.domain.time import PartialTime
from app.store.judged_columns import COLUMNS
from app.store.readjudications import summaries_of
from app.store.writer import Unit
from app.use_cases import judging, resting
from app.use_cases.case import case_of
from app.use_cases.protocols import Amendment, activate_version, add
from app.use_cases.studies import BEGINNING
from app.use_cases.sweep import sweep
from tests.builders import event
from tests.readjudications.moves import recorded
from tests.readjudications.patients import PROTOCOL, amended, generated
from tests.readjudications.service import STUDY, WHY, Rejudging, counts
from tests.store.databases import copy_of

EVENTS: Final = 250
SEED: Final = 8
CRS: Final = "Cytokine release syndrome"


def altered(what: str) -> Mapping[str, Any]:
    """IC19's first version, amended in one way, as version `what`."""
    if what == "limits":
        return amended(version=what)
    document = copy.deepcopy(dict(protocols.load(PROTOCOL, "1").document))
    document["version"] = what
    dlt = document["dlt"]
    anemia = next(each for each in dlt["exceptions"] if each["id"] == "anemia-g4-28d")
    if what == "longer":
        dlt["criteria"][1]["longer_than"] = "P14D"
    if what == "without":
        dlt["exceptions"].remove(anemia)
    if what == "new-fact":
        when = {"all": [{"term": "Fatigue"}, {"fact": "expected"}]}
        dlt["exceptions"].append({**anemia, "id": "mild", "when": when})
    if what == "window":
        dlt["window"]["through"] = "P21D"
    if what == "words":
        document["title"] = f"{document['title']}, amended"
    return document


WAYS: Final = ("limits", "longer", "without", "new-fact", "window", "words")


@pytest.fixture(scope="module")
def begun(sqlite_template: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A study of some thirty patients, with amendments that are not in force."""
    folder = tmp_path_factory.mktemp("kept-columns")
    database = copy_of(sqlite_template, folder)
    made = Rejudging(database=database)
    made.begin()
    for way in WAYS:
        made.writer.run(partial(add, origin=OPERATOR, document=altered(way)))
    made.told(list(generated(EVENTS, seed=SEED)))
    made.close()
    database.close()
    return folder / "doseguard.db"


@pytest.fixture
def study(begun: Any, tmp_path: Any) -> Iterator[Rejudging]:
    database = copy_of(begun, tmp_path)
    made = Rejudging(database=database)
    yield made
    made.close()
    database.close()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The patients whose record is read."""
    asked: list[str] = []

    def counted(snapshot: Any, patient: str, *rest: Any) -> Any:
        asked.append(patient)
        return case_of(snapshot, patient, *rest)

    monkeypatch.setattr(judging, "case_of", counted)
    return asked


@pytest.mark.parametrize("way", WAYS)
def test_a_dry_run_tells_what_it_tells_without_columns(
    study: Rejudging, way: str, read: list[str]
) -> None:
    with_columns = study.tells(protocol_version=way)
    few = set(read)
    read.clear()
    study.forget_columns()
    assert study.tells(protocol_version=way) == with_columns
    everybody = set(study.standing())
    assert set(read) == everybody
    if way == "window":  # everything rests on it
        assert few == everybody
    elif way == "words":
        assert (few, with_columns[1]) == (set(), {})
    else:
        changed = set(with_columns[1])
        assert few < everybody
        # of some it is told by their columns, but where another fact is asked for
        assert (len(few & changed) < len(changed)) == (way != "new-fact")


@pytest.mark.parametrize("days", [20, 60])
def test_it_does_so_when_verdicts_have_fallen_due(study: Rejudging, days: int) -> None:
    """By either version: nobody swept."""
    study.later(timedelta(days=days).total_seconds())
    for way in ("limits", "longer"):
        with_columns = study.tells(protocol_version=way)
        rows = rows_of(study)
        study.forget_columns()
        assert study.tells(protocol_version=way) == with_columns
        put_back(study, rows)


def rows_of(study: Rejudging) -> list[Any]:
    with study.database.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(select(COLUMNS))]


def put_back(study: Rejudging, rows: list[Any]) -> None:
    study.writer.run(lambda unit: unit.connection.execute(insert(COLUMNS), rows))


@pytest.mark.parametrize(
    "summary", ["{", '{"events": []}', None], ids=["no summary", "of no events", "another verdict"]
)
def test_what_stands_otherwise_than_the_columns_have_it_is_judged_from_the_record(
    study: Rejudging, read: list[str], monkeypatch: pytest.MonkeyPatch, summary: str | None
) -> None:
    whole = study.tells(protocol_version="limits")
    few = set(read)
    read.clear()

    def other(connection: Any, standing: Any) -> dict[str, str]:
        found = summaries_of(connection, standing)
        if summary is not None:
            return dict.fromkeys(found, summary)
        return {key: each.replace('"verdict":"', '"verdict":"NOT_') for key, each in found.items()}

    monkeypatch.setattr(resting, "summaries_of", other)
    assert study.tells(protocol_version="limits") == whole
    assert few < set(read) >= set(whole[1])


@pytest.mark.parametrize("way", ["limits", "longer"])
def test_a_real_run_keeps_what_it_keeps_without_columns(
    begun: Any, tmp_path_factory: pytest.TempPathFactory, way: str
) -> None:
    kept = []
    for forgetting in (False, True):
        database = copy_of(begun, tmp_path_factory.mktemp("real"))
        made = Rejudging(database=database)
        if forgetting:
            made.forget_columns()
        whole = counts(made.run(protocol_version=way, dry_run=False, reason=WHY))
        stands = {
            key: (each.number, each.protocol_version, each.answer, each.input_digest, each.due)
            for key, each in made.standing().items()
        }
        kept.append((whole, stands))
        made.close()
        database.close()
    assert kept[0] == kept[1]
    assert kept[0][0]["changed"] + kept[0][0]["restated"] > 0


def test_columns_are_those_of_what_stands(study: Rejudging) -> None:
    """A correction, and a verdict that falls due, bring others."""
    subjects = list(generated(EVENTS, seed=SEED))
    study.told([_longer(subjects[0])])
    study.later(timedelta(days=40).total_seconds())
    study.run(protocol_version="limits", dry_run=False, reason=WHY)
    stands = study.standing()
    rows = {row["subject"]: row for row in rows_of(study)}
    assert {key: row["adjudication"] for key, row in rows.items()} == {
        key: each.id for key, each in stands.items()
    }
    for key, row in rows.items():
        events = json.loads(stands[key].summary)["events"]
        assert len(json.loads(row["told"])["terms"]) == len(events)


def _longer(patient: Subject) -> Subject:
    more = event(CRS, (3, "2026-03-10T10:00+08:00"), id="AE-more")
    return replace(patient, events=(*patient.events, more))


def test_whose_record_is_another_is_judged_from_it(study: Rejudging, read: list[str]) -> None:
    """What stands is of before, as when a chunk is judged while others write."""
    everybody = sorted(study.standing())
    lost, found = everybody[:2]
    spoil = update(COLUMNS).where(COLUMNS.c.subject == lost).values(adjudication="another")
    study.writer.run(lambda unit: unit.connection.execute(spoil))
    study.tells(protocol_version="words")
    assert set(read) == {lost}
    read.clear()
    spoil = update(COLUMNS).where(COLUMNS.c.subject == found).values(told="{")
    study.writer.run(lambda unit: unit.connection.execute(spoil))
    study.tells(protocol_version="words")
    assert set(read) == {lost, found}


UNREADABLE: Final = "The columns of a patient cannot be read; the record is."


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (
            lambda row: {"columns": b"none"},
            UNREADABLE,
        ),
        (
            lambda row: {"columns": row.columns[:60]},
            "Columns that were kept cannot be used, the record is: columns that end before ",
        ),
        (
            lambda row: {"told": json.dumps({**json.loads(row.told), "terms": ["Fever"]})},
            UNREADABLE,
        ),
    ],
    ids=["no columns", "too short", "of other events"],
)
def test_columns_that_cannot_be_read_are_told_and_not_used(
    study: Rejudging, caplog: pytest.LogCaptureFixture, spoil: Any, says: str
) -> None:
    whole = study.tells(protocol_version="limits")
    with study.database.reading() as connection:
        rows = connection.execute(select(COLUMNS)).all()

    def spoils(unit: Unit) -> None:
        for row in rows:
            of_it = update(COLUMNS).where(COLUMNS.c.subject == row.subject)
            unit.connection.execute(of_it.values(spoil(row)))

    study.writer.run(spoils)
    assert study.tells(protocol_version="limits") == whole
    assert any(each.startswith(says) for each in caplog.messages)


class TestPatientsWithLaboratoryResults:
    """Of a small study, S-06 has one."""

    def test_they_rest_until_a_range_or_a_site_is_another(
        self, rejudging: Rejudging, read: list[str]
    ) -> None:
        rejudging.tells()
        assert read == []
        stated = ReferenceRange(
            laboratory="Central", analyte="lymphocytes", valid_from=date(2026, 1, 1),
            unit="10*9/L", lln=Decimal("1.1"), uln=Decimal("3.2"),
        )  # fmt: skip
        recorded(rejudging, "laboratory_range", stated.key, stated)
        read.clear()
        assert rejudging.tells()[0]["unchanged"] == 6
        assert set(read) == {"S-06"}

    def test_what_was_computed_is_judged_where_other_rules_concern_it(
        self, rejudging: Rejudging, read: list[str]
    ) -> None:
        """Version 2 lets CRS and neutropenia last otherwise."""
        rejudging.tells(protocol_version="2")
        assert "S-06" not in read
        low = LaboratoryResult(
            analyte="NEUT", value=Decimal("0.3"), unit="10*9/L", laboratory="Central",
            measured_at=PartialTime("2026-03-09T08:00+08:00"),
        )  # fmt: skip
        recorded(rejudging, "laboratory_result", "edc:LB-2", low, "S-06")
        with_columns = rejudging.tells(protocol_version="2")
        assert "S-06" in read
        rejudging.forget_columns()
        assert rejudging.tells(protocol_version="2") == with_columns


def test_whom_another_version_governed_before_the_cut_is_judged_from_the_record(
    rejudging: Rejudging,
) -> None:
    """S-05 falls due after 72 hours. Version 2, which allows 7 days, governs the days before that
    now; on the day of the cut a third version does, which says what the first one says.
    """
    rejudging.later(timedelta(days=4).total_seconds())
    assert sweep(rejudging.database, rejudging.writer, rejudging.now) > 0
    rejudging.writer.run(partial(add, origin=OPERATOR, document=altered("words")))
    for version, effective in (("2", BEGINNING), ("words", "2026-06-03")):
        governs = Amendment(
            protocol=PROTOCOL, version=version, effective=effective, applies_to="all", reason=WHY
        )
        activate = partial(activate_version, origin=OPERATOR, study=STUDY, amendment=governs)
        rejudging.writer.run(activate)
    with_columns = rejudging.tells()
    rejudging.forget_columns()
    assert rejudging.tells() == with_columns
    assert with_columns[1]["S-05"]["status"]["new"]["status"] == "PENDING"


def test_a_version_that_cannot_be_used_fails_whom_it_would_judge(rejudging: Rejudging) -> None:
    """It came to govern after it was asked what another option of a reading would change."""
    option = "first-moment-off-minus-first-moment-on"
    without = {**altered("words")}
    without["readings"] = [
        {**each, "options": {"other": "Another."}, "default": "other"}
        if each["id"] == "R-DUR"
        else each
        for each in without["readings"]
    ]
    asked = rejudging.asked(readings={"R-DUR": option})
    rejudging.writer.run(partial(add, origin=OPERATOR, document=without))
    governs = Amendment(
        protocol=PROTOCOL, version="words", effective=BEGINNING, applies_to="all", reason=WHY
    )
    rejudging.writer.run(lambda unit: activate_version(unit, OPERATOR, STUDY, governs))
    job = rejudging.done(asked)
    assert job.state == "succeeded"
    assert counts(job)["failed"] == 6
