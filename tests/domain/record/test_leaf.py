"""Leaves of the audit trail: an altered, missing or moved event is found, at its own number."""

import json
from collections.abc import Callable
from dataclasses import fields, replace
from hashlib import sha256
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.record.canonical import NotCanonical
from app.domain.record.leaf import (
    GENESIS,
    AuditRecord,
    BadLeaf,
    Break,
    check_chain,
    leaf_hash,
    leaf_text,
    read_leaf,
)
from tests.domain.record.json_values import json_values, texts

Row = tuple[int, str, str]
Log = list[Row]

RECORD = AuditRecord(
    seq=1,
    event_id="00000000-0000-4000-8000-000000000001",
    recorded_at="2026-03-05T08:00:00.000000Z",
    source_time="2026-03-05T15:59:00+08:00",
    actor="dg_rave",
    actor_kind="machine",
    actor_role="data_manager",
    on_behalf_of="site-user-7",
    auth_method="api_key",
    action="adverse_event.updated",
    study="IC19",
    site="01",
    subject="S-01",
    entity="adverse_event",
    entity_id="rave:AE-1",
    entity_version=2,
    changes=({"path": "/grades/0/grade", "old": 3, "new": 4},),
    reason_code="NOT_TRANSMITTED",
    reason=None,
    request_id="r-1",
    idempotency_key=None,
    software_version="0.1.0",
    ruleset_digest=None,
    dictionary_version=None,
    previous=GENESIS,
)


def log(length: int, draw: Random | None = None) -> Log:
    """A clean trail of as many events."""
    rows: Log = []
    previous = GENESIS
    for seq in range(1, length + 1):
        grade = draw.randrange(6) if draw else seq % 6
        made = ({"path": "/grades/0/grade", "old": None, "new": grade},)
        record = replace(RECORD, seq=seq, event_id=f"event-{seq}", changes=made, previous=previous)
        text = leaf_text(record)
        previous = leaf_hash(text)
        rows.append((seq, text, previous))
    return rows


def told(row: Row, **changed: Any) -> Row:
    """The row with other fields in its text, and the hash that belongs to it."""
    text = leaf_text(replace(read_leaf(row[1]), **changed))
    return (row[0], text, leaf_hash(text))


class TestLeaf:
    def test_the_text_names_every_field_and_reads_back(self) -> None:
        text = leaf_text(RECORD)
        assert list(json.loads(text)) == sorted(field.name for field in fields(AuditRecord))
        assert '"changes":[{"new":4,"old":3,"path":"/grades/0/grade"}]' in text
        assert read_leaf(text) == RECORD

    @given(texts, st.none() | texts, json_values)
    def test_whatever_is_recorded_reads_back(
        self, actor: str, reason: str | None, new: Any
    ) -> None:
        made = ({"path": "", "new": new},)
        record = replace(RECORD, actor=actor, reason=reason, changes=made)
        assert read_leaf(leaf_text(record)) == record

    def test_a_change_without_canonical_text_is_refused(self) -> None:
        with pytest.raises(NotCanonical):
            leaf_text(replace(RECORD, changes=({"path": "", "new": 0.5},)))

    def test_the_hash_is_that_of_rfc_6962(self) -> None:
        # RFC 6962 2.1: the hash of a leaf without content, as its test vectors give it.
        assert leaf_hash("") == (
            "sha256:6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        )
        assert leaf_hash("é") == f"sha256:{sha256(bytes([0]) + 'é'.encode()).hexdigest()}"

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (lambda told: told.pop("actor"), "actor: missing"),
            (lambda told: told.update(seq="1"), "seq: int_type"),
            (lambda told: told.update(seq=True), "seq: int_type"),
            (lambda told: told.update(actor=None), "actor: string_type"),
            (lambda told: told.update(leaf_hash=GENESIS), "leaf_hash: unexpected"),
            (lambda told: told.update(changes=[1]), "changes/0"),
        ],
        ids=range(6),
    )
    def test_what_is_no_event_is_refused(
        self, change: Callable[[dict[str, Any]], object], says: str
    ) -> None:
        content = json.loads(leaf_text(RECORD))
        change(content)
        with pytest.raises(BadLeaf, match=says) as refused:
            read_leaf(json.dumps(content))
        assert refused.value.code == "bad_leaf"

    def test_what_is_no_json_is_refused_without_repeating_it(self) -> None:
        with pytest.raises(BadLeaf, match="the text: json_invalid") as refused:
            read_leaf("{secret")
        assert "secret" not in str(refused.value)


class TestChain:
    def test_a_hundred_clean_logs_raise_no_alarm(self) -> None:
        draw = Random(19)  # noqa: S311 - the same logs each time
        assert [check_chain(log(length % 12, draw)) for length in range(100)] == [None] * 100

    def test_a_part_is_checked_from_where_it_begins(self) -> None:
        rows = log(6)
        assert check_chain(rows[3:], after=3, previous=rows[2][2]) is None
        assert check_chain(rows[3:], after=3, previous=rows[1][2]) == Break(
            4, "it does not follow the event before it"
        )
        assert check_chain(rows[3:], after=2, previous=rows[2][2]) == Break(
            3, "event 3 is missing: 4 stands in its place"
        )

    def test_what_is_cut_off_at_the_end_cannot_be_seen(self) -> None:
        assert check_chain(log(6)[:4]) is None
        assert check_chain([]) is None

    def test_a_rewritten_event_with_its_hash_shows_at_the_next(self) -> None:
        rows = log(6)
        rows[2] = told(rows[2], actor="somebody else")
        assert check_chain(rows) == Break(4, "it does not follow the event before it")
        assert check_chain(rows[:3]) is None

    def test_a_text_of_another_number(self) -> None:
        rows = log(3)
        rows[1] = told(rows[1], seq=3)
        assert check_chain(rows) == Break(2, "its text is that of another number")

    @pytest.mark.parametrize(
        "change",
        [
            lambda text: text.replace('"seq":1', '"seq":true'),
            lambda text: text.replace('"seq":1', '"seq":1.0'),
            lambda text: text.replace('"seq":1', '"seq":1,"seq":1'),
            lambda text: text.replace(":", ": ", 1),
            lambda text: text.replace("S-01", "\\ud800"),
            lambda text: text.replace("S-01", "\ud800"),
            lambda text: text.replace("S-01", "\\u0053-01"),
            lambda text: f"[{text}]",
            lambda text: text[:-1],
            lambda _: "1",
            lambda _: "[" * 100_000,
        ],
        ids=range(11),
    )
    def test_a_text_that_is_not_canonical_although_its_hash_fits(
        self, change: Callable[[str], str]
    ) -> None:
        text = change(log(1)[0][1])
        found = check_chain([(1, text, leaf_hash(text))])
        assert found is not None
        assert found.seq == 1
        assert found.reason in {
            "its text is not a canonical JSON object",
            "its text is that of another number",
        }


def flip(rows: Log, draw: Random) -> int:
    place = draw.randrange(len(rows))
    seq, *parts = rows[place]
    side = draw.randrange(2)
    told = bytearray(parts[side].encode())
    told[draw.randrange(len(told))] ^= 1 << draw.randrange(7)
    parts[side] = told.decode()
    rows[place] = (seq, parts[0], parts[1])
    return place + 1


def delete(rows: Log, draw: Random) -> int:
    place = draw.randrange(len(rows) - 1)
    del rows[place]
    return place + 1


def cut_out(rows: Log, draw: Random) -> int:
    """Truncate in the middle."""
    place = draw.randrange(len(rows) - 1)
    del rows[place : draw.randrange(place + 1, len(rows))]
    return place + 1


def swap(rows: Log, draw: Random) -> int:
    """Two numbers tell each other's events."""
    one, other = sorted(draw.sample(range(len(rows)), 2))
    rows[one], rows[other] = (
        (rows[one][0], *rows[other][1:]),
        (rows[other][0], *rows[one][1:]),
    )
    return one + 1


def reorder(rows: Log, draw: Random) -> int:
    before = list(rows)
    while rows == before:
        draw.shuffle(rows)
    return next(place for place in range(len(rows)) if rows[place] != before[place]) + 1


def renumber(rows: Log, draw: Random) -> int:
    place = draw.randrange(len(rows))
    rows[place] = (draw.choice([0, -1, place, place + 2, len(rows) + 1]), *rows[place][1:])
    return place + 1


def repeat(rows: Log, draw: Random) -> int:
    place = draw.randrange(len(rows))
    rows.insert(place, rows[place])
    return place + 2


def insert(rows: Log, draw: Random) -> int:
    """A made-up event with a hash of its own; every later number moves up."""
    place = draw.randrange(len(rows) - 1)
    made_up = told(rows[place], reason="made up")
    rows[place:] = [made_up, *((seq + 1, text, hashed) for seq, text, hashed in rows[place:])]
    return place + 2


TAMPERS = [flip, delete, cut_out, swap, reorder, renumber, repeat, insert]


@pytest.mark.parametrize("tamper", TAMPERS, ids=lambda tamper: tamper.__name__)
def test_of_a_thousand_tampers_each_is_found_at_its_first_number(
    tamper: Callable[[Log, Random], int],
) -> None:
    draw = Random(tamper.__name__)  # noqa: S311 - the same tampers each time
    clean = log(10, draw)
    for _ in range(1000 // len(TAMPERS)):
        rows = list(clean)
        first = tamper(rows, draw)
        found = check_chain(rows)
        assert found is not None
        assert found.seq == first, found.reason
