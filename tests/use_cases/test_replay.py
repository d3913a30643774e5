"""Replaying the audit trail gives the tables; whatever is changed behind its back shows."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text

from app.api.openapi import EXAMPLE_TIME
from app.domain.record.canonical import canonical, digest_of
from app.domain.record.leaf import leaf_hash
from app.store.database import Database
from app.store.tables import APPEND_ONLY, CHANGING
from app.use_cases.replay import differences
from tests.api.client import client_of
from tests.store.attacks import drop_guards
from tests.store.rows import rows_of, tables_of
from tests.use_cases.record_story import EVENT, INFUSED, NEUTROPENIA, REASON, STUDY, Teller, tell

pytestmark = [pytest.mark.anyio, pytest.mark.no_cover]

AE_1 = "study = 'S1' AND key = 'rave:1'"
"""What `:ae` stands for."""

CHANGES = {
    "a document": "UPDATE adverse_event_versions SET document = '{}' WHERE :ae",
    "its digest": "UPDATE adverse_event_versions SET digest = 'x' WHERE :ae AND version = 2",
    "a late one that applies": "UPDATE adverse_event_versions SET applied = true WHERE :ae",
    "what a version did": "UPDATE adverse_event_versions SET result = 'updated' WHERE :ae",
    "whom it is about": "UPDATE adverse_event_versions SET subject = 'S-02' WHERE :ae",
    "what its source said": "UPDATE adverse_event_versions SET source = '{}' WHERE :ae",
    "its sequence": "UPDATE adverse_event_versions SET sequence = 40 WHERE :ae",
    "when it came": "UPDATE subject_versions SET recorded_at = '2026-01-01T00:00:00.000000Z'",
    "a version less": "DELETE FROM site_versions WHERE version = 1",
    "a version more": "INSERT INTO site_versions SELECT study, 'forged', version, subject, "
    "result, applied, schema_number, document, digest, sequence, source, findings, recorded_at, "
    "seq FROM site_versions WHERE version = 1",
    "a pointer": "UPDATE adverse_events SET current = 2 WHERE :ae",
    "how far it goes": "UPDATE adverse_events SET latest = 2 WHERE :ae",
    "whose it is": "UPDATE adverse_events SET subject = 'S-01' WHERE :ae",
    "whether it is void": "UPDATE subjects SET voided = true WHERE key = 'S-01'",
    "how far its source is": "UPDATE adverse_events SET sequence = 1 WHERE :ae",
    "a pointer less": "DELETE FROM adverse_events WHERE :ae",
    "a status": "UPDATE adjudications SET status = 'NO_DLT' WHERE number = 1",
    "an answer": "UPDATE adjudications SET answer = answer || ' '",
    "inputs": "UPDATE adjudications SET inputs = replace(inputs, '+07:00', '+08:00')",
    "a summary": "UPDATE adjudications SET summary = replace(summary, 'IN_WINDOW', 'NO_DLT')",
    "why it was made": "UPDATE adjudications SET cause = 'time' WHERE number = 2",
    "what it supersedes": "UPDATE adjudications SET supersedes = NULL",
    "when it is due": "UPDATE current_adjudications SET due = NULL",
    "which is current": "UPDATE current_adjudications SET number = 1, adjudication = "
    "(SELECT id FROM adjudications WHERE number = 1 AND subject = 'S-01') WHERE subject = 'S-01'",
    "an adjudication less": "DELETE FROM adjudications WHERE number = 2",
    "an activation": "UPDATE protocol_activations SET effective = '2026-03-11' WHERE number = 2",
    "a protocol": "UPDATE protocol_documents SET document = replace(document, 'P7D', 'P8D')",
    "sentences": "UPDATE dictionary_texts SET texts = replace(texts, 'Pale', 'Fine')",
    "of which file they are": "UPDATE dictionary_texts SET source_digest = 'x' WHERE number = 2",
    "an import less": "DELETE FROM dictionary_texts WHERE number = 1",
    "a hold": "UPDATE holds SET scope = '{}'",
    "since when it holds": "UPDATE holds SET effective_from = '2026-03-05T00:00:00.000000Z'",
    "a lifting": "UPDATE hold_liftings SET lifted_by = 'nobody'",
    "a key's role": "UPDATE api_keys SET role = 'admin'",
    "a key that never ends": "UPDATE api_keys SET expires_at = NULL",
    "a row": "UPDATE source_row_versions SET document = replace(document, 'Rash', 'Itch')",
    "a row's digest": "UPDATE source_row_versions SET digest = 'x'",
    "a row less": "DELETE FROM source_row_versions",
    "a refused row": "UPDATE import_lines SET document = replace(document, '7', '4')",
    "a refused row less": "DELETE FROM import_lines",
    "a chunk": "UPDATE readjudication_chunks SET subjects = '[]'",
    "a chunk less": "DELETE FROM readjudication_chunks",
    "what a chunk came to": "UPDATE readjudication_results SET counts = '{}'",
    "the digest of a result": "UPDATE readjudication_results SET digest = 'x'",
    "a result less": "DELETE FROM readjudication_results",
    "who changed": "UPDATE readjudication_changes SET document = replace(document, 'DLT', 'NO')",
    "of what kind a change is": "UPDATE readjudication_changes SET kind = 'first'",
    "a change less": "DELETE FROM readjudication_changes",
    "the size of a file": "UPDATE imported_files SET size = 1",
    "which row counts": "UPDATE source_rows SET current = 2",
    "what a job did": "UPDATE jobs SET counts = '{}' WHERE done = 1",
    "how a job ended": "UPDATE jobs SET state = 'succeeded' WHERE state = 'cancelled'",
    "a job less": "DELETE FROM jobs WHERE state = 'cancelled'",
    "a revocation less": "DELETE FROM api_key_revocations",
    "where an event is found": "UPDATE audit_events SET entity_id = 'rave:2' WHERE entity_id = "
    "'rave:1' AND action = 'adverse_event.received_late'",
    "of what kind it is": "UPDATE audit_events SET entity = 'nothing' WHERE seq = 5",
    "when an event was": "UPDATE audit_events SET recorded_at = '2026-01-01T00:00:00.000000Z'",
    "an event's text": "UPDATE audit_events SET leaf = '{}' WHERE seq = 9",
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def found(connection: Connection) -> list[str]:
    return [each.text for each in differences(connection)]


async def test_the_story_fills_every_table_and_is_replayed(database: Database) -> None:
    await tell(database)
    with database.reading() as connection:
        filled = {each.name for each in tables_of(connection) if rows_of(connection, each)}
        assert filled == {*APPEND_ONLY, *CHANGING} - {"idempotent_answers"}
        assert found(connection) == []


async def test_every_change_behind_the_trail_shows(database: Database) -> None:
    await tell(database)
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        else:
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        drop_guards(connection)
        unseen = [name for name, change in CHANGES.items() if not shows(connection, change)]
        assert unseen == []
        assert found(connection) == []


def shows(connection: Connection, change: str) -> bool:
    savepoint = connection.begin_nested()
    assert connection.execute(text(change.replace(":ae", AE_1))).rowcount > 0, change
    seen = bool(found(connection))
    savepoint.rollback()
    return seen


def events_of(connection: Connection, entity_id: str) -> Iterator[tuple[int, dict[str, object]]]:
    rows = connection.execute(
        text("SELECT seq, leaf FROM audit_events WHERE entity_id = :id ORDER BY seq"),
        {"id": entity_id},
    )
    for row in rows.all():
        yield row.seq, json.loads(row.leaf)


async def test_a_document_and_its_event_that_are_rewritten_show_at_the_next(
    sqlite_database: Database,
) -> None:
    """Who forges the first version and its event has to forge all that follow."""
    await tell(sqlite_database)
    with sqlite_database.writing() as connection:
        drop_guards(connection)
        seq, event = next(events_of(connection, "rave:1"))
        leaf = canonical(event).replace("Neutropenia", "Rash")
        row = connection.execute(
            text(
                "SELECT document FROM adverse_event_versions WHERE key = 'rave:1' AND version = 1"
            )
        ).first()
        assert row is not None
        document = row.document.replace("Neutropenia", "Rash")
        connection.execute(
            text("UPDATE audit_events SET leaf = :leaf, leaf_hash = :hash WHERE seq = :seq"),
            {"leaf": leaf, "hash": leaf_hash(leaf), "seq": seq},
        )
        connection.execute(
            text(
                "UPDATE adverse_event_versions SET document = :document, digest = :digest "
                "WHERE key = 'rave:1' AND version = 1"
            ),
            {"document": document, "digest": digest_of(document)},
        )
        assert any("cannot be replayed" in each for each in found(connection))


async def test_a_difference_tells_no_datum(sqlite_database: Database) -> None:
    await tell(sqlite_database)
    with sqlite_database.writing() as connection:
        drop_guards(connection)
        connection.execute(text("UPDATE adverse_event_versions SET document = 'Nausea, at home'"))
        told = " ".join(found(connection))
        assert "document is " in told
        assert not {"Nausea", "home", "Neutropenia"} & set(told.replace(",", " ").split())


async def test_what_is_voided_leaves_the_verdict_of_before_and_numbers_go_on(
    database: Database,
) -> None:
    """The inputs are those of an adjudication that was superseded: it stands again."""
    async with client_of(database, lambda: EXAMPLE_TIME, auth="off") as client:
        done = Teller(client)
        protocol = {"id": "NCT06886919"}
        study = {"id": "S1", "title": "A study", "time_zone": "+08:00", "protocol": protocol}
        await done("POST", "/v1/studies", study)
        first = await done("PUT", f"{STUDY}/subjects/S-01", INFUSED)
        second = await done("PUT", EVENT, {**NEUTROPENIA})
        voided = await done("DELETE", EVENT, REASON)
        restored = await done("POST", f"{EVENT}/restore", REASON)
        ids = [
            each["adjudications"][0]["adjudication"] for each in (first, second, voided, restored)
        ]
        assert ids[2] == ids[0]
        assert len(set(ids)) == 3
        listed = await client.get(f"{STUDY}/adjudications", params={"current": "false"})
        assert [each["number"] for each in listed.json()["items"]] == [1, 2, 3]
        trail = await client.get(f"{STUDY}/audit-events", params={"entity": "adjudication"})
        acts = [(each["action"], each["entity_id"]) for each in trail.json()["items"]]
        made, reinstated = "adjudication.made", "adjudication.reinstated"
        assert acts == list(zip([made, made, reinstated, made], ids, strict=True))
    with database.reading() as connection:
        assert found(connection) == []
