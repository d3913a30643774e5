"""Sentences that are imported stand beside those before, told by the trail, and decide nothing."""

import httpx
import pytest

from app.store.audit import leaves
from app.store.database import Database
from app.use_cases import dictionary_texts
from app.use_cases.dictionary_texts import TextsDiffer, texts_imported, texts_of_term
from tests.api.client import client_of
from tests.api.requests import one_patient
from tests.use_cases.importing import imported, publication
from tests.use_cases.record_story import tell

ANEMIA = 10002272


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def definition(database: Database, dictionary_id: str = "ctcae-5.0") -> str | None:
    with database.reading() as connection:
        texts = texts_of_term(connection, dictionary_id, ANEMIA)
    assert texts is not None
    return texts.definition


@pytest.mark.no_cover
def test_each_import_stands_beside_those_before(database: Database) -> None:
    with database.reading() as connection:
        assert texts_of_term(connection, "ctcae-5.0", ANEMIA) is None
        assert texts_imported(connection) == {}
    first = imported(database, publication("Pale."))
    assert (first.result, first.imported.number) == ("imported", 1)
    assert definition(database) == "Pale."
    again = imported(database, publication("Pale."), replace=True)
    assert (again.result, again.imported) == ("unchanged", first.imported)
    with pytest.raises(TextsDiffer, match="--replace"):
        imported(database, publication("Paler."))
    second = imported(database, publication("Paler."), replace=True)
    assert (second.result, second.imported.number) == ("replaced", 2)
    assert definition(database) == "Paler."
    other = imported(database, publication("Other.", "ctcae-6.0"))
    assert (definition(database), definition(database, "ctcae-6.0")) == ("Paler.", "Other.")
    with database.reading() as connection:
        assert texts_imported(connection) == {
            "ctcae-5.0": second.imported,
            "ctcae-6.0": other.imported,
        }
        assert len(list(leaves(connection))) == 3


@pytest.mark.anyio
async def test_no_verdict_changes_by_an_import(sqlite_database: Database) -> None:
    """Neither in a request nor in the record: byte for byte."""

    async def answers(client: httpx.AsyncClient) -> list[bytes]:
        stateless = await client.post("/v1/adjudicate", json=one_patient())
        kept = await client.get("/v1/studies/S1/adjudications")
        assert (stateless.status_code, kept.status_code) == (200, 200)
        return [stateless.content, kept.content]

    watch = await tell(sqlite_database)
    async with client_of(sqlite_database, watch, auth="off") as client:
        before = await answers(client)
        imported(sqlite_database, publication("Palest."), replace=True)
        assert await answers(client) == before


def test_what_was_read_once_is_not_read_again(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dictionary_texts, "_PARSED_AT_MOST", 1)
    imported(sqlite_database, publication("A."))
    assert definition(sqlite_database) == "A."
    imported(sqlite_database, publication("B."), replace=True)
    assert definition(sqlite_database) == "B."
    monkeypatch.setattr(dictionary_texts, "sentences_of", None)
    assert definition(sqlite_database) == "B."
