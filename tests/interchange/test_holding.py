"""What is held of a row after messages on it, whatever the order in which they come."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.record.origin import Source
from app.domain.time import PartialTime
from app.interchange.holding import Kept, Order, kept_after, read_kept
from app.interchange.rows import SourceRow

ROW = SourceRow(domain="AE", number=1, place="line 2", fields={"AETERM": "Fatigue"})


def part(sequence: int, **fields: str) -> SourceRow:
    """A message on some fields."""
    source = Source(sequence=sequence)
    return replace(ROW, change="part", fields=fields, source=source)


def after(messages: Sequence[SourceRow]) -> Kept | None:
    """What is held after all of them, in this order."""
    kept: Kept | None = None
    come = Order()
    for message in messages:
        found = kept_after(kept, come, message, "S-01", "A1", None)
        kept = found or kept
        come = Order.of(message.source).furthest(come)
    return kept


def fields(messages: Sequence[SourceRow]) -> dict[str, str]:
    kept = after(messages)
    assert kept is not None
    return dict(kept.row.fields)


def test_a_whole_row_replaces_all_that_was_said_before() -> None:
    again = replace(ROW, fields={"AESEV": "MILD"})
    assert fields([ROW, again]) == {"AESEV": "MILD"}


def test_a_part_changes_what_it_tells_of_and_an_empty_text_clears() -> None:
    told = [part(1, AETERM="Rash", AESEV="MILD"), part(2, AESEV=""), part(3, AETOXGR="2")]
    assert fields(told) == {"AETERM": "Rash", "AETOXGR": "2"}


def test_parts_come_in_any_order_and_each_field_is_as_its_source_said_last() -> None:
    told = [
        part(1, AETERM="Rash"),
        part(2, AESEV="MILD"),
        part(3, AETERM="Itch"),
        part(4, AESEV=""),
    ]
    for order in permutations(told):
        assert fields(order) == {"AETERM": "Itch"}


def test_what_was_taken_back_and_stands_again_stands_in_any_order() -> None:
    removed = replace(part(2), change="removed")
    restored = replace(part(3), restored=True)
    for order in permutations([part(1, AETERM="Rash"), removed, restored]):
        kept = after(order)
        assert kept is not None
        assert not kept.row.removed
    for order in permutations(
        [part(1, AETERM="Rash"), restored, replace(removed, source=Source(sequence=4))]
    ):
        kept = after(order)
        assert kept is not None
        assert kept.row.removed


def test_any_other_part_of_a_removed_row_leaves_it_removed() -> None:
    removed = replace(part(2), change="removed")
    kept = after([part(1, AETERM="Rash"), removed, part(3, AETERM="Itch")])
    assert kept is not None
    assert kept.row.removed
    assert kept.row.fields == {"AETERM": "Itch"}


@pytest.mark.parametrize(
    ("first", "second", "holds"),
    [
        ({"sequence": 4}, {"sequence": 4}, "second"),
        ({"sequence": 4}, {"sequence": 5}, "second"),
        ({"sequence": 4}, {"sequence": 3}, "first"),
        ({"time": "2026-05-01T00:00Z"}, {"time": "2026-05-01T00:00Z"}, "second"),
        ({"time": "2026-05-01T00:01Z"}, {"time": "2026-05-01T00:00Z"}, "first"),
        ({"time": "2026-05-01T08:30+08:00"}, {"time": "2026-05-01T00:31Z"}, "second"),
        ({"time": "2026-05-01T00:01Z"}, {}, "second"),
        ({"sequence": 4}, {"time": "2026-05-01T00:00Z"}, "second"),
    ],
)
def test_a_whole_row_is_late_by_its_sequence_else_by_its_time(
    first: dict[str, object], second: dict[str, object], holds: str
) -> None:
    rows = [
        replace(ROW, fields={"AETERM": name}, source=source(said))
        for name, said in (("first", first), ("second", second))
    ]
    assert fields(rows) == {"AETERM": holds}


def source(said: dict[str, object]) -> Source:
    time = said.get("time")
    sequence = said.get("sequence")
    return Source(
        sequence=sequence if isinstance(sequence, int) else None,
        time=None if time is None else PartialTime(str(time)),
    )


def test_a_status_is_kept_until_another_is_told() -> None:
    signed = replace(part(1, AETERM="Rash"), source=Source(sequence=1, status="signed"))
    kept = after([signed, part(2, AETERM="Itch")])
    assert kept is not None
    assert kept.row.source.status == "signed"


def test_the_same_again_is_the_same_version() -> None:
    one, other = after([ROW]), after([ROW, replace(ROW, number=7, place="line 8")])
    assert one is not None
    assert other is not None
    assert one.digest == other.digest


messages = st.lists(
    st.builds(
        part,
        st.integers(0, 50),
        AETERM=st.sampled_from(["", "Rash", "Itch"]),
        AESEV=st.sampled_from(["", "MILD"]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda each: each.source.sequence,
)


@given(messages, st.randoms(use_true_random=False))
def test_no_order_of_arrival_decides_anything(told: list[SourceRow], rng: object) -> None:
    shuffled = list(told)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    in_order = sorted(told, key=lambda each: each.source.sequence or 0)
    assert fields(shuffled) == fields(in_order)


@given(messages)
def test_a_row_is_read_as_it_was_written(told: list[SourceRow]) -> None:
    kept = after(told)
    assert kept is not None
    assert read_kept(kept.document, None) == kept
