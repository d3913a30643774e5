"""Versions of records and the pointer to the one that holds, on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from app.domain.record.kinds import Kind
from app.store.database import Database
from app.store.records import MovedMeanwhile, Records, Stored, of_patient, studies_page

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
KIND: Kind = "adverse_event"


def version(number: int, key: str = "edc:AE-1", **changes: Any) -> Stored:
    """A version that was recorded so many hours after noon."""
    stored = Stored(
        study="ST-1",
        key=key,
        version=number,
        subject="S-01",
        result="created" if number == 1 else "updated",
        applied=True,
        schema_number=1,
        document='{"content":{}}',
        digest=f"sha256:{number:064}",
        sequence=None,
        source=None,
        findings="[]",
        recorded_at=NOON + number * HOUR,
        seq=number,
    )
    return replace(stored, **changes)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.writing() as connection:
        yield connection


@pytest.fixture
def records(connection: Connection) -> Records:
    return Records(connection=connection, kind=KIND, study="ST-1")


def put(records: Records, *versions: Stored) -> None:
    for each in versions:
        records.append(each, records.holding(each.key))


def keys(found: list[Stored]) -> list[str]:
    return [each.key for each in found]


class TestWhatHolds:
    def test_nothing_before_the_first(self, records: Records) -> None:
        assert records.holding("edc:AE-1") is None

    def test_the_version_that_was_applied_last(self, records: Records) -> None:
        one, two = version(1), version(2)
        late = version(3, result="stale", applied=False)
        put(records, one, two, late)
        holding = records.holding("edc:AE-1")
        assert holding is not None
        assert (holding.stored, holding.latest) == (two, 3)

    def test_all_that_was_written_stays(self, records: Records) -> None:
        versions = [version(1), version(2, result="stale", applied=False), version(3)]
        put(records, *versions)
        assert records.history("edc:AE-1", after=0, limit=9) == versions
        assert records.history("edc:AE-1", after=1, limit=1) == versions[1:2]

    @pytest.mark.parametrize(
        ("sequences", "highest"),
        [((5, 9), 9), ((9, 5), 9), ((5, None), 5), ((None, 5), 5), ((None, None), None)],
    )
    def test_the_highest_sequence_is_remembered(
        self, records: Records, sequences: tuple[int | None, int | None], highest: int | None
    ) -> None:
        one, two = sequences
        put(records, version(1, sequence=one), version(2, sequence=two))
        holding = records.holding("edc:AE-1")
        assert holding is not None
        assert holding.sequence == highest

    def test_one_that_was_not_applied_moves_nothing(self, records: Records) -> None:
        put(records, version(1, sequence=5))
        put(records, version(2, sequence=9, subject="S-02", result="stale", applied=False))
        holding = records.holding("edc:AE-1")
        assert holding is not None
        assert (holding.sequence, holding.stored.subject) == (5, "S-01")

    def test_whoever_saw_an_older_state_does_not_move_it(self, records: Records) -> None:
        """The write lock rules it out; if it did not, nothing would be lost unseen."""
        put(records, version(1))
        seen = records.holding("edc:AE-1")
        put(records, version(2))
        with pytest.raises(MovedMeanwhile, match="edc:AE-1"):
            records.append(version(3), seen)

    def test_a_number_stands_once(self, records: Records) -> None:
        put(records, version(1))
        with pytest.raises(IntegrityError):
            records.append(version(1), records.holding("edc:AE-1"))


class TestWhatHeld:
    @pytest.fixture
    def known(self, records: Records) -> Records:
        """Created at 13:00, a late one at 14:00, corrected to S-02 at 15:00, void at 16:00."""
        put(
            records,
            version(1),
            version(2, result="stale", applied=False),
            version(3, subject="S-02"),
            version(4, subject="S-02", result="voided"),
        )
        return records

    @pytest.mark.parametrize(
        ("moment", "number"),
        [
            (NOON + HOUR - TICK, None),
            (NOON + HOUR, 1),
            (NOON + 2 * HOUR, 1),
            (NOON + 3 * HOUR - TICK, 1),
            (NOON + 3 * HOUR, 3),
            (NOON + 4 * HOUR, 4),
            (NOON + 9 * HOUR, 4),
        ],
    )
    def test_at_an_instant(self, known: Records, moment: datetime, number: int | None) -> None:
        held = known.at("edc:AE-1", moment)
        assert (held.version if held else None) == number
        assert len(known.page_at(moment, after=None, limit=9)) == (0 if number is None else 1)

    @pytest.mark.parametrize(
        ("moment", "of_first", "of_second"),
        [
            (NOON, 0, 0),
            (NOON + HOUR, 1, 0),
            (NOON + 3 * HOUR, 0, 1),
            (NOON + 4 * HOUR, 0, 0),
        ],
    )
    def test_a_patient_has_what_counted_then(
        self, known: Records, moment: datetime, of_first: int, of_second: int
    ) -> None:
        assert len(known.of_subject_at("S-01", moment)) == of_first
        assert len(known.of_subject_at("S-02", moment)) == of_second

    def test_two_versions_of_one_instant_are_told_by_their_numbers(self, records: Records) -> None:
        put(records, version(1), version(2, recorded_at=NOON + HOUR))
        held = records.at("edc:AE-1", NOON + HOUR)
        assert held is not None
        assert held.version == 2


class TestLists:
    @pytest.fixture
    def several(self, records: Records) -> Records:
        put(records, *(version(1, f"edc:AE-{name}") for name in "dbacé"))
        put(records, version(2, "edc:AE-b", result="voided"))
        put(records, version(2, "edc:AE-c", subject="S-02"))
        return records

    def test_by_key_in_pages(self, several: Records) -> None:
        first = several.page(after=None, limit=3)
        assert keys(first) == ["edc:AE-a", "edc:AE-b", "edc:AE-c"]
        assert keys(several.page(after=first[-1].key, limit=3)) == ["edc:AE-d", "edc:AE-é"]

    @pytest.mark.parametrize(
        ("wanted", "names"),
        [
            ({"subject": "S-01"}, "abdé"),
            ({"subject": "S-02"}, "c"),
            ({"voided": True}, "b"),
            ({"voided": False}, "acdé"),
            ({"subject": "S-01", "voided": False}, "adé"),
        ],
    )
    def test_those_that_are_wanted(
        self, several: Records, wanted: dict[str, Any], names: str
    ) -> None:
        found = several.page(after=None, limit=9, **wanted)
        assert keys(found) == [f"edc:AE-{name}" for name in names]

    def test_what_counts_of_a_patient_now_is_what_counts_at_the_last_instant(
        self, several: Records
    ) -> None:
        for subject in ("S-01", "S-02", "S-03"):
            now = of_patient(several.connection, (KIND, "exposure"), "ST-1", subject)
            held = several.of_subject_at(subject, NOON + 9 * HOUR)
            assert now == {KIND: held, "exposure": []}

    def test_other_studies_and_kinds_have_their_own(
        self, several: Records, connection: Connection
    ) -> None:
        assert Records(connection=connection, kind=KIND, study="ST-2").holding("edc:AE-a") is None
        exposures = Records(connection=connection, kind="exposure", study="ST-1")
        assert exposures.page(after=None, limit=9) == []

    def test_studies_in_pages(self, connection: Connection) -> None:
        for name in ("ST-3", "ST-1", "ST-2"):
            store = Records(connection=connection, kind="study", study=name)
            store.append(version(1, name, study=name, subject=None), None)
        assert keys(studies_page(connection, None, 2)) == ["ST-1", "ST-2"]
        assert keys(studies_page(connection, "ST-2", 2)) == ["ST-3"]


class TestLate:
    @pytest.mark.parametrize("sequence", [4, None])
    def test_what_came_late_is_found_again(self, records: Records, sequence: int | None) -> None:
        """By its sequence and content; also where its source numbers nothing."""
        late = version(2, result="stale", applied=False, sequence=sequence)
        put(records, version(1), late)
        assert records.stale_version("edc:AE-1", sequence, late.digest) == late
        assert records.stale_version("edc:AE-1", 9, late.digest) is None
        assert records.stale_version("edc:AE-1", sequence, "sha256:other") is None
        assert records.stale_version("edc:AE-2", sequence, late.digest) is None


def test_a_tag_is_of_one_version_and_its_content() -> None:
    one = version(1)
    assert one.etag == '"1.0000000000000000"'
    tags = {one.etag, version(2).etag, version(1, digest="sha256:" + "f" * 64).etag}
    assert len(tags) == 3
