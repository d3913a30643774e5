"""Sentences that are imported stand beside those before, told by the trail, and decide nothing."""

import pytest

from app.api.openapi import EXAMPLE_TIME
from app.clock import random_id
from app.domain.record.origin import OPERATOR
from app.store.audit import leaves
from app.store.database import Database
from app.store.writer import Writer
from app.use_cases import dictionary_texts
from app.use_cases.dictionary_texts import (
    Import,
    Publication,
    TextsDiffer,
    import_texts,
    read_publication,
    texts_imported,
    texts_of_term,
)
from tests.data.publications import as_json, rows

ANEMIA = 10002272


def publication(definition: str | None = None, dictionary_id: str = "ctcae-5.0") -> Publication:
    own = rows(dictionary_id)
    own[0][8] = definition
    return read_publication("file", as_json(own))


def imported(database: Database, of: Publication, *, replace: bool = False) -> Import:
    writer = Writer(database, lambda: EXAMPLE_TIME, random_id)
    try:
        return writer.run(lambda unit: import_texts(unit, OPERATOR, of, replace=replace))
    finally:
        writer.close()


def definition(database: Database, dictionary_id: str = "ctcae-5.0") -> str | None:
    with database.reading() as connection:
        texts = texts_of_term(connection, dictionary_id, ANEMIA)
    assert texts is not None
    return texts.definition


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
