"""Severity grades as CTCAE and ASTCT number them.

0 means assessed and absent, or within normal limits; 5 means death. An unknown grade is None,
which is not 0.
"""

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from app.domain.errors import BadGrade

DEATH = 5


def _whole_number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= DEATH:
        raise BadGrade(value)
    return value


Grade = Annotated[
    int,
    BeforeValidator(_whole_number),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 5}),
]
