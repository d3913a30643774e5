"""docs/units.md shows the units and analytes that are packaged."""

from app.data.criteria import load_analytes, load_units
from tools.units_page import PAGE, page


def test_the_tables_are_those_of_the_data() -> None:
    """Else `python -m tools.units_page` writes them again."""
    written = PAGE.read_text("utf-8")
    assert page(written) == written


def test_every_dimension_and_analyte_is_shown() -> None:
    written = PAGE.read_text("utf-8")
    assert [each for each in load_units().dimensions if f"### {each}\n" not in written] == []
    assert [each for each in load_analytes().analytes if f"| `{each.id}` |" not in written] == []
