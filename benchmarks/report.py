"""Figures as rows: one table for people, one JSON for machines."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure, with its target where there is one; without a mix where it is of none."""

    part: str
    mix: str
    name: str
    value: float
    unit: str
    note: str = ""
    target: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As results.json has it."""
        return asdict(self)


def table(rows: Sequence[Row]) -> str:
    """Aligned columns: name, value, unit, target, note."""
    cells = [(row.name, _figure(row.value), row.unit, row.target or "", row.note) for row in rows]
    widths = [max(len(cell[place]) for cell in cells) for place in range(5)]
    return "\n".join(
        "  "
        + "  ".join(
            (
                name.ljust(widths[0]),
                value.rjust(widths[1]),
                unit.ljust(widths[2]),
                target.ljust(widths[3]),
                note,
            )
        ).rstrip()
        for name, value, unit, target, note in cells
    )


def _figure(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
