"""The JSON Schema of protocol documents as it is served, printed and committed: one text."""

import json
from functools import cache
from hashlib import sha256

from app.domain.protocol_schema import protocol_schema


@cache
def schema_text() -> str:
    """The schema as indented JSON, with a line break at its end."""
    return json.dumps(protocol_schema(), indent=2, ensure_ascii=False) + "\n"


@cache
def schema_digest() -> str:
    """The digest of the text."""
    return f"sha256:{sha256(schema_text().encode()).hexdigest()}"
