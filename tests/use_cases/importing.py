"""Imports of sentences of our own, told apart by the definition of the first term."""

from app.api.openapi import EXAMPLE_TIME
from app.clock import random_id
from app.domain.record.origin import OPERATOR
from app.store.database import Database
from app.store.writer import Writer
from app.use_cases.dictionary_texts import Import, Publication, import_texts, read_publication
from tests.data.publications import as_json, rows


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
