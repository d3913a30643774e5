"""Encodings and what stands before the root: read as declared, or refused with the way out."""

import codecs
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.interchange.rows import MOST_OF_A_ROW, UnreadableFile
from app.interchange.xml_text import pieces_of
from tests.interchange.odm_writer import refusal, trickle


def text(file: bytes) -> str:
    return b"".join(pieces_of(io.BytesIO(file))).decode()


def refused(file: bytes) -> str:
    return str(refusal(lambda: text(file)))


def declared(encoding: str, inside: str = "咳 é") -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>\n<a>{inside}</a>'


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("utf8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("utf-16le", "utf-16"),
        ("GB18030", "gb18030"),
    ],
)
def test_a_file_is_read_in_the_encoding_that_it_declares(name: str, codec: str) -> None:
    assert text(declared(name).encode(codec)) == declared(name)


@pytest.mark.parametrize("name", ["Shift_JIS", "EUC-JP", "windows-1252", "ISO-8859-1", "US-ASCII"])
def test_so_is_one_of_an_older_encoding(name: str) -> None:
    inside = {"Shift_JIS": "発熱", "EUC-JP": "発熱", "US-ASCII": "fever"}.get(name, "fièvre")
    assert text(declared(name, inside).encode(name)) == declared(name, inside)


def test_one_that_declares_none_is_utf_8_or_what_its_mark_says() -> None:
    assert text("<a>咳</a>".encode()) == "<a>咳</a>"
    assert text("<a>咳</a>".encode("utf-8-sig")) == "<a>咳</a>"
    assert text(codecs.BOM_UTF16_BE + "<a>咳</a>".encode("utf-16-be")) == "<a>咳</a>"


@pytest.mark.parametrize(
    "name",
    ["UTF-7", "utf-7", "UTF-32", "martian", "hex", "iso-2022-jp", "utf-8-sig", "IBM037", ""],
)
def test_any_other_encoding_is_refused_by_name(name: str) -> None:
    told = refused(declared(name, "x").encode())
    assert told.startswith(f"line 1: the file declares the encoding {name!r}, which is not read")
    assert 'save it as UTF-8, with encoding="UTF-8"' in told


def test_utf_7_hides_no_doctype() -> None:
    hidden = b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4 +ADw-a/+AD4'
    assert "'UTF-7', which is not read" in refused(hidden)


@pytest.mark.parametrize(
    "file",
    [
        declared("UTF-8").encode("utf-16"),
        declared("ISO-8859-1", "x").encode("utf-8-sig"),
        declared("UTF-16").encode(),
        declared("UTF-16").encode("utf-8-sig"),
        declared("Shift_JIS").encode("utf-16"),
    ],
)
def test_a_lying_declaration_is_refused(file: bytes) -> None:
    assert refused(file).startswith("line 1: the file declares the encoding ")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_what_is_wide_and_unmarked_is_refused(codec: str) -> None:
    assert "UTF-16 without its byte order mark" in refused(declared("UTF-16").encode(codec))


def test_a_byte_that_is_not_of_the_encoding_is_told_with_its_line() -> None:
    file = declared("UTF-8", "\nfi").encode() + "è".encode("latin-1") + b"vre</a>"
    assert refused(file).startswith("line 3: the byte e8 is not UTF-8")
    assert refused("\n\n<a>é</a>".encode("latin-1")).startswith("line 3: the byte e9")
    assert refused(declared("US-ASCII", "é").encode()).startswith("line 2: the byte c3")


def test_and_also_where_the_file_ends_within_a_character() -> None:
    assert refused("<a>咳".encode()[:-1]).startswith("line 1: the byte e5 is not UTF-8")
    assert refused("<a>咳".encode("utf-16")[:-1]).startswith(
        "line 1: the byte b3 is not UTF-16-LE"
    )


@pytest.mark.parametrize("file", [b"", b" \r\n\t", b"\n" * 100])
def test_an_empty_file_is_told(file: bytes) -> None:
    assert refused(file) == "the file is empty: send the XML that was exported"


@pytest.mark.parametrize(
    ("start", "name"), [(b"\x1f\x8b\x08", "gzip"), (b"PK\x03\x04", "zip"), (b"BZh9", "bzip2")]
)
def test_an_archive_is_told(start: bytes, name: str) -> None:
    assert refused(start + bytes(20)).startswith(f"this is a {name} archive")


BEFORE = '<?xml version="1.0"?>\n<!-- <!DOCTYPE no> -->\n<?p <a> ?>\n'


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE ODM>",
        '<!DOCTYPE ODM SYSTEM "http://localhost/odm.dtd">',
        '<!DOCTYPE ODM PUBLIC "-//x" "file:///etc/passwd">',
        '<!DOCTYPE ODM [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE ODM [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE ODM [<!ENTITY % x SYSTEM "http://localhost/x"> %x;]>',
        "<!doctype odm>",
    ],
)
def test_any_doctype_is_refused_with_its_place(doctype: str) -> None:
    told = refused(f"{BEFORE}  {doctype}<ODM/>".encode())
    assert told.startswith("line 4, column 3: a DOCTYPE, which could name other files")
    assert "remove it" in told
    assert refused(f"{doctype}<ODM/>".encode("utf-16")).startswith("line 1, column 1: a DOCTYPE")


def test_the_word_alone_is_no_doctype() -> None:
    for file in (f"{BEFORE}<a>&lt;!DOCTYPE</a>", "<a><![CDATA[<!DOCTYPE b>]]></a>"):
        assert text(file.encode()) == file


def test_what_stands_before_the_root_is_bounded() -> None:
    fits = f"<!--{'x' * (MOST_OF_A_ROW - 100)}--><a/>"
    assert text(fits.encode()) == fits
    assert "before the root element" in refused(b"<!--" + b"x" * (MOST_OF_A_ROW + (1 << 17)))


@settings(max_examples=60, deadline=None)
@given(
    before=st.lists(st.sampled_from(["<!-- c -->", "<?p q?>", "\n", " ", "<!---->"]), max_size=4),
    most=st.integers(1, 9),
    with_doctype=st.booleans(),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_it_does_not_matter_in_what_pieces_the_file_comes(
    before: list[str], most: int, with_doctype: bool, codec: str
) -> None:
    doctype = '<!DOCTYPE a [<!ENTITY b "c">]>' if with_doctype else ""
    name = codec.removesuffix("-sig")
    whole = f"<?xml version='1.0' encoding='{name}'?>{''.join(before)}{doctype}<a>咳</a>"
    file = trickle(iter([whole.encode(codec)]), most)
    if with_doctype:
        with pytest.raises(UnreadableFile, match="DOCTYPE"):
            b"".join(pieces_of(file))
    else:
        assert b"".join(pieces_of(file)).decode() == whole
