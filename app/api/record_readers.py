"""What reads the body of each kind of record."""

from typing import Final

from app.api.bodies import Bodies
from app.api.schemas.records import BODIES

_MEASURED: Final = frozenset({"laboratory_result", "laboratory_range", "assessment"})
"""Kinds of records that hold measurements, of which no digit is lost."""
READERS: Final = {
    kind: Bodies(adapter, numbers="kept" if kind in _MEASURED else "float")
    for kind, adapter in BODIES.items()
}
