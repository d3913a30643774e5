"""Values that a statement is given as one JSON array.

A parameter for each, in a statement with many lists of many values, costs more than running it.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

_GIVEN: Final = bindparam("listed", type_=Text())
LISTED: Final[dict[str, Select[Any]]] = {
    "sqlite": select(func.json_each(_GIVEN).table_valued("value").c.value),
    "postgresql": select(
        func.jsonb_array_elements_text(cast(_GIVEN, JSONB)).table_valued("value").c.value
    ),
}
"""What is listed, by the name of the dialect; its parameter is `listed`."""


def as_list(values: Sequence[str]) -> str:
    """The parameter."""
    return json.dumps(list(values))
