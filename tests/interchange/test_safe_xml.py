"""XML as a stream: what is given, what is let go of, and what hostile files meet."""

import io
from collections.abc import Iterator
from itertools import pairwise, repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.interchange.rows import MOST_OF_A_ROW, UnreadableFile
from app.interchange.safe_xml import MOST_NAMES, Began, Ended, Whole, text_of, walk
from tests.interchange.odm_writer import refusal, trickle

ROWS = frozenset({"g"})


def steps(file: bytes) -> list[str]:
    """The steps in short: >place, <place, =place and the text within."""
    found = []
    for step in walk(io.BytesIO(file), ROWS):
        match step:
            case Began():
                found.append(f">{step.place}")
            case Ended():
                found.append(f"<{step.place}")
            case Whole():
                inside = (
                    None if step.element is None else "".join(map(str, step.element.itertext("*")))
                )
                found.append(f"={step.place} {inside}")
    return found


def refused(file: bytes) -> UnreadableFile:
    return refusal(lambda: steps(file))


def test_elements_come_in_their_order_with_their_places() -> None:
    assert steps(b"<r><a><g>1</g><b/><g>2<i>3</i></g></a><a><g/></a></r>") == [
        ">/r",
        ">/r/a[1]",
        "=/r/a[1]/g[1] 1",
        ">/r/a[1]/b[1]",
        "</r/a[1]/b[1]",
        "=/r/a[1]/g[2] 23",
        "</r/a[1]",
        ">/r/a[2]",
        "=/r/a[2]/g[1] ",
        "</r/a[2]",
        "</r",
    ]


def test_an_element_within_a_whole_one_is_part_of_it() -> None:
    assert steps(b"<r><g><g>1</g><g>2</g></g><g>3</g></r>") == [
        ">/r",
        "=/r/g[1] 12",
        "=/r/g[2] 3",
        "</r",
    ]


def test_the_root_is_never_given_as_a_whole() -> None:
    assert steps(b"<g><g>1</g></g>") == [">/g", "=/g/g[1] 1", "</g"]


def test_attributes_and_namespaces_are_named_in_full() -> None:
    file = b'<r xmlns="urn:a" xmlns:b="urn:b" c="1" b:d="&lt;&#x54B3;"/>'
    (began, _) = walk(io.BytesIO(file), ROWS)
    assert began == Began(name="{urn:a}r", attributes={"c": "1", "{urn:b}d": "<咳"}, place="/r")


def test_the_text_of_an_element_goes_on_behind_a_comment() -> None:
    walking = walk(io.BytesIO(b"<r><g>a<!--b-->c<![CDATA[<d>]]></g></r>"), ROWS)
    next(walking)
    whole = next(walking)
    assert isinstance(whole, Whole)
    assert whole.element is not None
    assert text_of(whole.element) == "ac<d>"


@pytest.mark.parametrize(
    ("file", "line", "reason"),
    [
        (b"<r>\n<a></r>", 2, "mismatch"),
        (b"<r>\n\n<a", 3, ""),
        (b"<r><g>1</g>", 1, ""),
        (b"<r/>\n<r/>", 2, "Extra content"),
        (b"<r>\n<a b='1' b='2'/></r>", 2, "redefined"),
        (b"<r>\n\n<x:a/></r>", 3, "prefix x"),
        (b"<r>\n<a x:b='1'/></r>", 2, "prefix x"),
        (b"<r>\n&#0;</r>", 2, "CharRef"),
        (b"<r>\n\x01</r>", 2, "1"),
        (b"<root>\x00</root>", 1, "0x0"),
        (b"plain text", 1, "Start tag expected"),
        (b'{"a": 1}', 1, "Start tag expected"),
        (b"<!-- only -->", 1, ""),
        (b"\n<?xml version='1.0'?><r/>", 2, "declaration"),
        (b"<?xml version='2.0'?><r/>", 1, "version"),
    ],
)
def test_what_is_not_well_formed_is_told_with_line_and_reason(
    file: bytes, line: int, reason: str
) -> None:
    problem = refused(file)
    assert problem.line == line
    assert problem.problem.startswith("not well-formed XML (")
    assert reason in problem.problem
    assert "mend it there" in problem.problem


@pytest.mark.parametrize("file", [b"<r>\n<g>a&lol;b</g></r>", b"<r>\n<g a='&lol;'/></r>"])
def test_an_entity_that_is_not_of_xml_itself_is_refused(file: bytes) -> None:
    problem = refused(file)
    assert (problem.line, "'lol' not defined" in problem.problem) == (2, True)


def test_a_file_is_refused_before_anything_of_the_same_piece_is_given() -> None:
    walking = walk(io.BytesIO(b"<r><g/><g/><x:a/></r>"), ROWS)
    with pytest.raises(UnreadableFile):
        next(walking)


def billion_laughs() -> bytes:
    names = [f"l{number}" for number in range(10)]
    entities = '<!ENTITY l0 "lol">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in pairwise(names)
    )
    return f"<!DOCTYPE r [{entities}]><r><g>&l9;</g></r>".encode()


@pytest.mark.parametrize(
    "file",
    [
        billion_laughs(),
        f'<!DOCTYPE r [<!ENTITY a "{"x" * 100_000}">]><r>{"&a;" * 10_000}</r>'.encode(),
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><r><g>&x;</g></r>',
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]><r><g>&x;</g></r>',
        b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd"><r/>',
        b'<!DOCTYPE r [<!ATTLIST g a CDATA "given">]><r><g/></r>',
    ],
    ids=["billion laughs", "quadratic blowup", "file", "http", "dtd", "default attribute"],
)
def test_no_entity_of_a_file_is_ever_declared(file: bytes) -> None:
    assert "a DOCTYPE" in refused(file).problem
    assert "a DOCTYPE" in refused(file.decode().encode("utf-16")).problem


def test_other_files_are_not_included() -> None:
    include = b'<r xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/hostname"/></r>'
    assert steps(include) == [">/r", ">/r/include[1]", "</r/include[1]", "</r"]


def test_depth_is_bounded() -> None:
    deep = 255
    assert len(steps(b"<a>" * deep + b"</a>" * deep)) == 2 * deep
    problem = refused(b"<a>" * 300 + b"</a>" * 300)
    assert "Excessive depth" in problem.problem
    assert "HUGE" not in problem.problem


def test_a_text_or_attribute_may_be_as_long_as_a_row_and_no_longer() -> None:
    for length, given_ in ((MOST_OF_A_ROW, True), (MOST_OF_A_ROW + 1, False)):
        for file in (
            b"<r><a>" + b"x" * length + b"</a></r>",
            b"<r><a b='" + b"x" * length + b"'/></r>",
            b"<r><!--" + b"x" * length + b"--></r>",
            b"<r><a>" + "咳".encode() * (length // 3) + b"x" * (length % 3) + b"</a></r>",
        ):
            if given_:
                assert steps(file)[-1] == "</r"
            else:
                assert f"has more than {MOST_OF_A_ROW} bytes" in refused(file).problem


def endless(start: bytes, part: bytes) -> Iterator[bytes]:
    yield start
    yield from repeat(part)


@pytest.mark.parametrize(
    ("start", "part"),
    [
        (b"<r><a>", b"x" * 60_000),
        (b"<r><a b='", b"x" * 60_000),
        (b"<r><a ", b" " * 60_000),
        (b"<r><!--", b"x" * 60_000),
        (b"<r><![CDATA[", b"x" * 60_000),
        (b"<r>", b" \n" * 30_000),
        (b"<r></r>", (b"<!--" + b"x" * 993 + b"-->") * 60),
        (b"<r></r>", b"\n" * 60_000),
        (b"<r", b"r" * 60_000),
    ],
    ids=["text", "attribute", "tag", "comment", "cdata", "blank", "after", "blank after", "name"],
)
def test_what_never_ends_is_refused_soon(start: bytes, part: bytes) -> None:
    file = trickle(endless(start, part), 60_000)
    with pytest.raises(UnreadableFile):
        for _ in walk(file, ROWS):
            pass


def test_the_parser_is_not_made_to_remember_names_without_end() -> None:
    few = b"".join(b"<a%d/>" % number for number in range(MOST_NAMES - 1))
    assert steps(b"<r>" + few + b"</r>")[-1] == "</r"
    for part in (b"<a%d/>", b"<a b%d='1'/>", b"<a xmlns='u%d'/>"):
        many = b"".join(part % number for number in range(MOST_NAMES + 1))
        assert f"more than {MOST_NAMES} names" in refused(b"<r>" + many + b"</r>").problem


def test_a_row_may_be_as_long_as_a_row_and_is_not_held_where_it_is_longer() -> None:
    part = b"<i>" + b"x" * 1017 + b"</i>"
    assert len(part) * 1024 == MOST_OF_A_ROW
    fits = b"<g>" + part * 1023 + b"<i>" + b"x" * 1010 + b"</i></g>"
    assert len(fits) == MOST_OF_A_ROW
    for row in (fits, fits + b"<g>1</g>"):
        assert "None" not in steps(b"<r>" + row + b"</r>")[1]
    longer = fits.replace(b"<g>", b"<g >").replace(b"</g>", b"x</g>")
    assert steps(b"<r>" + longer + b"<g>1</g></r>") == [
        ">/r",
        "=/r/g[1] None",
        "=/r/g[2] 1",
        "</r",
    ]
    assert steps(b"<r><g>" + part * 5000 + b"</g><g>1</g></r>")[1:3] == [
        "=/r/g[1] None",
        "=/r/g[2] 1",
    ]


TREES = st.recursive(
    st.sampled_from(["t", "", "咳", "<!--c-->", "<b/>", "<?p q?>"]),
    lambda inside: st.builds(
        lambda name, parts: f"<{name}>{''.join(parts)}</{name}>",
        st.sampled_from(["a", "g", "i"]),
        st.lists(inside, max_size=4),
    ),
    max_leaves=20,
)


@settings(max_examples=30, deadline=None)
@given(tree=TREES, most=st.integers(1, 30))
def test_it_does_not_matter_in_what_pieces_elements_come(tree: str, most: int) -> None:
    file = f"<r>{tree}</r>".encode()
    whole = [str(type(step)) + step.place for step in walk(io.BytesIO(file), ROWS)]
    pieces = trickle(iter([file]), most)
    assert [str(type(step)) + step.place for step in walk(pieces, ROWS)] == whole


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *("<r>", "</r>", "<g>", "</g>", "<", ">", "&", ";", "'", "<!", "--", "]]>", "<?"),
                *("x", "é", "<!DOCTYPE", "xmlns:a='b'", "<a:b ", "<!--", "-->", "<![CDATA["),
                *("&lt;", "\0"),
            ]
        ),
        max_size=12,
    )
)
def test_any_text_is_read_or_refused(parts: list[str]) -> None:
    file = "".join(parts).encode()
    try:
        found = steps(file)
    except UnreadableFile:
        found = None
    assert found is None or found[0].startswith((">/", "=/"))
