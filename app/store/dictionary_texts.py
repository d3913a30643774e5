"""NCI's sentences as they were imported: each import beside those before, the last one current."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, func, insert, select

from app.store.tables import DictionaryTexts, table_of

TEXTS: Final = table_of(DictionaryTexts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTexts:
    """An import, without the sentences: `digest` is theirs, `source_digest` that of the file."""

    dictionary: str
    number: int
    digest: str
    source_digest: str
    recorded_at: datetime
    seq: int


def add_texts(connection: Connection, imported: ImportedTexts, texts: str) -> None:
    """Write an import; `texts` is the canonical JSON that its digest was made of."""
    values = {name: getattr(imported, name) for name in ImportedTexts.__dataclass_fields__}
    connection.execute(insert(TEXTS), {**values, "texts": texts})


def current_texts(connection: Connection, dictionary_id: str) -> ImportedTexts | None:
    """The current import of a dictionary, None where there is none."""
    row = connection.execute(_LAST, {"dictionary_id": dictionary_id}).first()
    return None if row is None else ImportedTexts(**row._mapping)


def every_current(connection: Connection) -> dict[str, ImportedTexts]:
    """The current import of each dictionary that has one."""
    last = select(TEXTS.c.dictionary, func.max(TEXTS.c.number).label("number"))
    newest = last.group_by(TEXTS.c.dictionary).subquery()
    query = select(*_FACTS).join(
        newest,
        (TEXTS.c.dictionary == newest.c.dictionary) & (TEXTS.c.number == newest.c.number),
    )
    rows = connection.execute(query)
    return {row.dictionary: ImportedTexts(**row._mapping) for row in rows}


def sentences_of(connection: Connection, imported: ImportedTexts) -> str:
    """The canonical JSON of an import."""
    query = select(TEXTS.c.texts).where(
        TEXTS.c.dictionary == imported.dictionary, TEXTS.c.number == imported.number
    )
    text: str = connection.execute(query).scalar_one()
    return text


_FACTS: Final = [TEXTS.c[name] for name in ImportedTexts.__dataclass_fields__]
_LAST: Final = (
    select(*_FACTS)
    .where(TEXTS.c.dictionary == bindparam("dictionary_id"))
    .order_by(TEXTS.c.number.desc())
    .limit(1)
)
