"""What becomes of the rows that an import commits together: counted, and what is sent back."""

from dataclasses import dataclass, field
from typing import Any, Final

from app.interchange.made import RowFinding
from app.interchange.rows import ReadRow
from app.use_cases.records import Written

NAMED: Final = 200
"""Names of what was left out that are told apart; the rest are counted together."""


@dataclass(slots=True, kw_only=True)
class Chunk:
    """What becomes of some rows."""

    counts: dict[str, Any]
    refused: list[dict[str, Any]] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)

    def count(self, what: str, number: int = 1) -> None:
        """So many more of it."""
        self.counts[what] = self.counts.get(what, 0) + number

    def count_named(self, what: str, name: str) -> None:
        """One more of it by that name; of many names, the first are told."""
        named = self.counts.setdefault(what, {})
        name = name if name in named or len(named) < NAMED else "others"
        named[name] = named.get(name, 0) + 1

    def refuse(self, row: ReadRow, code: str, problem: str, original: Any, **more: Any) -> None:
        """A row that is sent back to be mended."""
        told = {"row": row.number, "place": row.place, "code": code, "problem": problem, **more}
        self.refused.append({**told, "original": original})
        self.count("rejected")

    def find(self, found: RowFinding) -> None:
        """What is remarkable about a row that no record carries, as it stood when the row came."""
        told = {"finding": found.row, "code": found.code, "problem": found.message}
        self.refused.append(told)
        self.count_named("findings", found.code)
