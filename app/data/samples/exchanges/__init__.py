"""What the service is asked, and answers, as a patient of a study goes on: an example of every
operation. `python -m tools.examples` writes them, by telling tools/story.py to a new service.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

FILE: Final = "stored-examples.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and its answer, and what they show.

    `path`, `query` and `headers` are the parameters by their names; a body of None is no body.
    `media` is the type of an answer that is text, and None where it is JSON.
    """

    operation: str
    title: str
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    status: int
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    media: str | None = None
    answer: Any = None


@cache
def exchanges() -> tuple[Exchange, ...]:
    """All exchanges, in the order of the story."""
    text = files(__name__).joinpath(FILE).read_text("utf-8")
    return tuple(Exchange(**each) for each in json.loads(text))
