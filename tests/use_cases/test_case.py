"""Which protocol version governs a patient on a day, and how a source names other events."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.store.protocols import Activation
from app.use_cases.case import governing

FIRST = Activation(
    study="ST-1",
    number=1,
    protocol="NCT06886919",
    version="1",
    digest="sha256:1",
    effective="0001-01-01",
    applies_to="all",
    reason="STUDY_BEGUN",
    recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
    seq=2,
)
FOR_ALL = replace(FIRST, number=2, version="2", effective="2026-04-20")
FOR_NEW = replace(FOR_ALL, applies_to="new_patients")
LATER = replace(FIRST, number=3, version="3", effective="2026-05-01")


def test_before_any_was_activated_none_governs() -> None:
    assert governing([], "2026-03-01", "2026-03-01") is None


@pytest.mark.parametrize(
    ("on", "version"), [("2026-04-19", "1"), ("2026-04-20", "2"), ("2026-05-01", "3")]
)
def test_the_last_whose_day_has_come_governs(on: str, version: str) -> None:
    governs = governing([FIRST, FOR_ALL, LATER], "2026-03-01", on)
    assert governs is not None
    assert governs.version == version


def test_the_last_that_was_activated_counts_not_the_last_day() -> None:
    """Whoever activates one for an earlier day means it to govern from then on."""
    earlier = replace(LATER, effective="2026-04-01")
    assert governing([FIRST, FOR_ALL, earlier], "2026-03-01", "2026-04-25") == earlier


@pytest.mark.parametrize(
    ("infused", "version"),
    [("2026-04-19", "1"), ("2026-04-20", "2"), ("2026-04-21", "2"), (None, "2")],
)
def test_one_for_new_patients_governs_those_first_infused_from_its_day_on(
    infused: str | None, version: str
) -> None:
    governs = governing([FIRST, FOR_NEW], infused, "2026-05-30")
    assert governs is not None
    assert governs.version == version


def test_a_new_patient_is_judged_by_it_only_from_its_day_on() -> None:
    assert governing([FIRST, FOR_NEW], None, "2026-04-19") == FIRST


def test_where_no_day_has_come_the_first_of_all_governs() -> None:
    assert governing([FOR_ALL, LATER], "2026-03-01", "2026-03-02") == FOR_ALL
