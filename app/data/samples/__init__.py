"""Sample patients, one request each, that show every verdict and every status of a patient.

They are invented; nobody's record stands behind them.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A request to adjudicate, and what it shows."""

    name: str
    request: dict[str, Any]

    @property
    def title(self) -> str:
        """The name in words, without its number."""
        return self.name.partition("-")[2].replace("-", " ")


@cache
def samples() -> tuple[Sample, ...]:
    """All samples, in order."""
    found = sorted(entry.name for entry in files(__name__).iterdir())
    return tuple(
        Sample(
            name=name.removesuffix(".json"),
            request=json.loads(files(__name__).joinpath(name).read_text("utf-8")),
        )
        for name in found
        if name.endswith(".json")
    )
