"""Write the tables of docs/units.md again, from the units and analytes that are packaged.

    python -m tools.units_page

What stands above the first table is written by hand and kept.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

from app.data.criteria import load_analytes, load_units
from app.domain.laboratory.analyte import Analyte
from app.domain.quantities import Unit

PAGE: Final = Path(__file__).parents[1] / "docs" / "units.md"
START: Final = "## The analytes\n"


def page(written: str) -> str:
    """The page with its tables as the data has them."""
    return written.partition(START)[0] + START + "\n" + "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    units, analytes = load_units(), load_analytes()
    yield f"`{analytes.id}`, {analytes.digest}"
    yield ""
    yield "| id | title | reported in | converted by | CDISC | LOINC |"
    yield "|---|---|---|---|---|---|"
    for analyte in analytes.analytes:
        yield _row(
            f"`{analyte.id}`",
            analyte.title,
            ", ".join(_code(unit.symbol) for unit in analyte.units),
            _bridges(analyte),
            ", ".join(analyte.cdisc),
            ", ".join(analyte.loinc),
        )
    yield from ("", "## Names that decide nothing", "", "| name | what to send |", "|---|---|")
    for ambiguous in analytes.ambiguous:
        yield _row(", ".join(ambiguous.names), ambiguous.way_out)
    yield from ("", "## Units that are met and not accepted", "")
    yield from ("| analyte | unit | what to do |", "|---|---|---|")
    for analyte in analytes.analytes:
        for other in analyte.other_units:
            yield _row(f"`{analyte.id}`", ", ".join(map(_code, other.units)), other.way_out)
    yield from ("", "## The units", "", f"`{units.id}`, {units.digest}")
    for dimension in units.dimensions:
        spelled = units.spellings(dimension)
        yield from ("", f"### {dimension}", "")
        yield from (
            f"| unit | in {_code(spelled[0].unit.symbol)} | also written |",
            "|---|---|---|",
        )
        for each in spelled:
            spellings = ", ".join(map(_code, each.spellings))
            yield _row(_code(each.unit.symbol), _conversion(each.unit), spellings)
    yield from ("", "## Sources", "")
    for source in (*units.sources, *analytes.sources):
        yield f"- {source}."


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _code(text: str) -> str:
    return f"`{text}`" if text else "(nothing)"


def _conversion(unit: Unit) -> str:
    """`5/9 (x - 32)` reads better than the offset in the base unit."""
    if not unit.offset:
        return f"x {_exact(unit.factor)}"
    zero = -unit.offset / unit.factor
    sign = "-" if zero > 0 else "+"
    return f"x {_exact(unit.factor)}, after {sign} {_exact(abs(zero))}"


def _exact(number: Fraction) -> str:
    """As a decimal where that is exact and short, else as a fraction."""
    shown = f"{float(number):.12f}".rstrip("0").rstrip(".")
    return shown if Fraction(shown) == number else f"{number.numerator}/{number.denominator}"


def _bridges(analyte: Analyte) -> str:
    """Each reason once: a bridge of two steps repeats those of one."""
    reasons = [each for bridge in analyte.bridges for each in bridge.because.split("; ")]
    return "; ".join(dict.fromkeys(reasons))


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
