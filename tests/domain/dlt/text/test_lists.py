"""Lists in HTML: every entry is shown, with and without a list below it."""

from app.domain.dlt.text.html import html_of
from app.domain.dlt.text.model import Item, Items

LEAF, OTHER = Item(text="one"), Item(text="two", lead="Then")
BRANCH = Item(text="both", below=(LEAF, OTHER))


def shown(*items: Item) -> str:
    return "".join(html_of((Items(items=items),)))


def test_entries_without_a_list_below_them() -> None:
    told = "<ul><li>one</li><li><strong>Then</strong> two</li></ul>"
    assert told in shown(LEAF, OTHER)


def test_entries_before_and_after_one_with_a_list_below_it() -> None:
    below = "<ul><li>one</li><li><strong>Then</strong> two</li></ul>"
    told = f"<ul><li>one</li><li>both{below}</li><li>one</li></ul>"
    assert told in shown(LEAF, BRANCH, LEAF)
