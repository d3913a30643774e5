"""A page of a decision table: well formed, whole in itself, and the same as the table."""

from base64 import b64encode
from dataclasses import dataclass, field, replace
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest

from app.domain.cohort.design import NotOfThisDesign
from app.use_cases.design_pages import STYLE_SOURCE, page_of
from app.use_cases.design_tables import WORDS, Published, printed
from app.use_cases.designs import table_of
from tests.use_cases.design_requests import DESIGNS, asked

pytestmark = pytest.mark.no_cover

EMPTY = {"meta"}
NOT_FOR_A_PAGE = {"script", "link", "img", "iframe", "object", "embed", "form", "base", "svg"}


@dataclass
class Element:
    """An element with what it holds."""

    tag: str
    attributes: dict[str, str | None]
    children: list["Element | str"] = field(default_factory=list)

    def every(self, tag: str) -> list["Element"]:
        below = [each for each in self.children if isinstance(each, Element)]
        own = [self] if self.tag == tag else []
        return [*own, *(found for each in below for found in each.every(tag))]

    @property
    def text(self) -> str:
        return "".join(each if isinstance(each, str) else each.text for each in self.children)


class Strict(HTMLParser):
    """Reads a page whose every element is closed in its turn."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("", {})]
        self.declared: list[str] = []

    def handle_decl(self, decl: str) -> None:  # type: ignore[explicit-override]
        self.declared.append(decl)

    def handle_starttag(  # type: ignore[explicit-override]
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        assert len(dict(attrs)) == len(attrs), attrs
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in EMPTY:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:  # type: ignore[explicit-override]
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:  # type: ignore[explicit-override]
        self.open[-1].children.append(data)


def read(page: str) -> Element:
    parser = Strict()
    parser.feed(page)
    parser.close()
    assert parser.declared == ["DOCTYPE html"]
    (root,) = parser.open
    (html,) = [each for each in root.children if isinstance(each, Element)]
    return html


def page(design: dict[str, Any], max_n: int = 18) -> Element:
    return read(page_of(printed(asked(design, max_n))))


def titled(html: Element, caption: str) -> list[Element]:
    """The tables whose caption begins so."""
    return [
        each for each in html.every("table") if each.every("caption")[0].text.startswith(caption)
    ]


def cells(row: Element) -> list[str]:
    return [each.text for each in row.children if isinstance(each, Element)]


@pytest.mark.parametrize("kind", DESIGNS)
@pytest.mark.parametrize("max_n", [3, 18, 21])
def test_the_page_is_well_formed_and_whole_in_itself(kind: str, max_n: int) -> None:
    html = page(DESIGNS[kind], max_n)
    assert (html.tag, html.attributes) == ("html", {"lang": "en"})
    assert len(html.every("title")) == len(html.every("h1")) == len(html.every("main")) == 1
    assert [tag for tag in NOT_FOR_A_PAGE if html.every(tag)] == []
    every = [html, *(each for tag in ("td", "th", "dd", "p", "a") for each in html.every(tag))]
    assert not any({"style", "href", "src", "onclick"} & each.attributes.keys() for each in every)
    for table in html.every("table"):
        (caption,) = table.every("caption")
        assert caption.text
        assert all(head.attributes.get("scope") for head in table.every("th"))
        assert len(table.every("thead")) == len(table.every("tbody")) == 1


@pytest.mark.parametrize("kind", DESIGNS)
def test_its_one_style_sheet_is_the_one_that_its_policy_allows(kind: str) -> None:
    html = page(DESIGNS[kind])
    (style,) = html.every("style")
    digest = b64encode(sha256(style.text.encode()).digest()).decode()
    assert f"'sha256-{digest}'" == STYLE_SOURCE
    (policy,) = [
        each.attributes["content"]
        for each in html.every("meta")
        if each.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy == f"default-src 'none'; style-src {STYLE_SOURCE}"
    assert "url(" not in style.text
    assert "@import" not in style.text


@pytest.mark.parametrize("kind", DESIGNS)
@pytest.mark.parametrize("max_n", [3, 18, 45])
def test_columns_are_patients_and_rows_are_dlts(kind: str, max_n: int) -> None:
    found: dict[tuple[int, int], str] = {}
    html = page(DESIGNS[kind], max_n)
    for table in titled(html, "By DLTs among"):
        first, second = table.every("thead")[0].every("tr")
        assert cells(first) == ["DLTs", "Evaluable patients"]
        numbers = list(map(int, cells(second)))
        for row in table.every("tbody")[0].every("tr"):
            dlts, *letters = cells(row)
            for n, letter in zip(numbers, letters, strict=True):
                found[n, int(dlts)] = letter
    table_rows = table_of(asked(DESIGNS[kind], max_n)).rows
    assert {key: letter for key, letter in found.items() if letter} == {
        (row.n, dlts): WORDS[each].letters
        for row in table_rows
        for dlts, each in enumerate(row.decisions)
    }
    assert all(dlts > n for (n, dlts), letter in found.items() if not letter)


@pytest.mark.parametrize("kind", DESIGNS)
def test_every_letter_is_explained_and_no_other(kind: str) -> None:
    html = page(DESIGNS[kind])
    (legend,) = titled(html, "What the letters mean")
    explained = {cells(row)[0] for row in legend.every("tbody")[0].every("tr")}
    assert explained == {
        each.text
        for table in titled(html, "By DLTs among")
        for each in table.every("td")
        if each.text
    }


def test_the_short_table_is_that_of_the_paper() -> None:
    (short,) = titled(page(DESIGNS["boin"], 6), "By evaluable patients")
    rows = [cells(row) for row in short.every("tr")]
    assert rows[0][0] == "Patients"
    assert rows[2] == ["2", "0", "1", "none"]
    assert rows[6] == ["6", "1", "3", "4"]


def test_boundaries_are_told_in_full_where_the_design_has_some() -> None:
    (table,) = titled(page(DESIGNS["boin"]), "Boundaries")
    told = [cells(row) for row in table.every("tbody")[0].every("tr")]
    limits = table_of(asked(DESIGNS["boin"])).boundaries
    assert limits is not None
    assert [(name, float(value)) for name, value, _ in told] == [
        ("lambda_e", limits.lambda_e),
        ("lambda_d", limits.lambda_d),
    ]
    assert titled(page(DESIGNS["mtpi"]), "Boundaries") == []


@pytest.mark.parametrize("kind", DESIGNS)
def test_it_says_what_made_it(kind: str) -> None:
    table = printed(asked(DESIGNS[kind]))
    html = page(DESIGNS[kind])
    names = [each.text for each in html.every("dt")]
    values = [each.text for each in html.every("dd")]
    assert list(zip(names, values, strict=True)) == list(table.parameters)
    assert html.every("h1")[0].text == f"{table.published.name}: decisions for {table.patients}"
    assert all(source in html.text for source in table.published.sources)
    assert table.digest in html.every("footer")[0].text
    assert f"Doseguard {table.engine} " in html.every("footer")[0].text


def test_there_is_no_page_without_a_row() -> None:
    with pytest.raises(NotOfThisDesign, match="no row up to 2, only for 3, 6 patients"):
        page(DESIGNS["table"], 2)


def test_whatever_is_told_stays_text() -> None:
    """No request can bring such words; that they would do no harm does not rest on it."""
    hostile = '</style><script>alert("1")</script>&amp;'
    table = replace(
        printed(asked(DESIGNS["boin"], 3)),
        published=Published(name=hostile, sources=(hostile,)),
        parameters=((hostile, hostile),),
        notes=(hostile,),
        digest=hostile,
        engine=hostile,
    )
    html = read(page_of(table))
    assert html.every("script") == []
    assert len(html.every("style")) == 1
    assert html.text.count(hostile) == 8
