"""The text of an XML file, decoded as its first bytes declare, and free of a DOCTYPE.

One decoder reads the whole file, strictly, and the parser is handed UTF-8: what was checked here
is what the parser sees. Only encodings that clinical systems write are read. UTF-7 and its like,
in which markup can hide from whoever looks for it, are not among them.
"""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from app.interchange.rows import MOST_OF_A_ROW, UnreadableFile

PIECE: Final = 1 << 16
"""Bytes that are read at a time."""

_ENCODINGS: Final = frozenset(
    (
        *("ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be"),
        *("iso8859-1", "iso8859-2", "iso8859-15"),
        *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254"),
        *("shift_jis", "cp932", "euc_jp", "euc_kr", "cp949"),
        *("gb2312", "gbk", "gb18030", "big5"),
    )
)
"""By the names that Python gives them."""

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ARCHIVES: Final = ((b"\x1f\x8b", "gzip"), (b"PK", "zip"), (b"\xfd7zXZ", "xz"), (b"BZh", "bzip2"))
_DECLARATION: Final = 1024
"""Bytes in which the declaration of the encoding has to end."""
_SAVE: Final = 'save it as UTF-8, with encoding="UTF-8" in its first line'
_DECLARED = re.compile(r"""<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"'>]*)["']""")
_BEFORE_THE_ROOT = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_DOCTYPE = "<!doctype"


def pieces_of(file: BinaryIO) -> Iterator[bytes]:
    """The file as UTF-8, piece by piece, the first of which holds all up to the root element.

    Raises UnreadableFile: an empty file, an archive, an encoding that is not read or not the one
    declared, a DOCTYPE.
    """
    texts = _texts(file)
    held = ""
    for text in texts:
        held += text
        if _reaches_the_root(held):
            break
        if len(held) > MOST_OF_A_ROW:
            raise UnreadableFile(
                f"more than {MOST_OF_A_ROW} characters before the root element: send the XML "
                "without them",
                line=1,
            )
    yield held.encode()
    for text in texts:
        yield text.encode()


def _reaches_the_root(held: str) -> bool:
    """Whether the root element has begun, or something that the parser will refuse."""
    found = _BEFORE_THE_ROOT.match(held)
    at = found.end() if found else 0
    begun = held[at : at + len(_DOCTYPE)].casefold()
    if begun == _DOCTYPE:
        raise UnreadableFile(
            "a DOCTYPE, which could name other files or entities, is not read: remove it, and "
            "write what its entities stand for",
            line=1 + held.count("\n", 0, at),
            column=at - held.rfind("\n", 0, at),
        )
    more_to_come = begun.startswith(("<?", "<!--")) or any(
        start.startswith(begun) for start in ("<?", "<!--", _DOCTYPE)
    )
    return not more_to_come


def _beginning(file: BinaryIO) -> bytes:
    first = b""
    while len(first) < _DECLARATION and (more := file.read(PIECE)):
        first += more
    if not first.strip():
        raise UnreadableFile("the file is empty: send the XML that was exported")
    for start, name in _ARCHIVES:
        if first.startswith(start):
            raise UnreadableFile(f"this is a {name} archive: send the XML file that is in it")
    return first


def _texts(file: BinaryIO) -> Iterator[str]:
    first = _beginning(file)
    encoding, mark = _encoding_of(first)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    piece, line = first[mark:], 1
    while True:
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as problem:
            good = problem.object[: problem.start].decode(encoding, "replace")
            raise _not_as_declared(problem, encoding, line + good.count("\n")) from problem
        line += text.count("\n")
        if text:
            yield text
        if not piece:
            return
        piece = file.read(PIECE)


def _not_as_declared(problem: UnicodeDecodeError, encoding: str, line: int) -> UnreadableFile:
    found = problem.object[problem.start : problem.start + 1].hex()
    return UnreadableFile(
        f"the byte {found} is not {encoding.upper()}, in which the file says that it is written: "
        f"declare the encoding that it has, or {_SAVE}",
        line=line,
    )


def _encoding_of(first: bytes) -> tuple[str, int]:
    """The encoding by Python's name, and the length of the byte order mark."""
    marked, mark = next(
        ((name, len(mark)) for mark, name in _MARKS if first.startswith(mark)), (None, 0)
    )
    if marked == "utf-32" or (marked is None and b"\x00" in first[:4]):
        raise UnreadableFile(
            f"the file is UTF-32, or UTF-16 without its byte order mark: {_SAVE}", line=1
        )
    head = first[mark : mark + _DECLARATION].decode(marked or "latin-1", "replace")
    said = _DECLARED.match(head)
    if said is None:
        return marked or "utf-8", mark
    name = _known(said[1])
    family = "utf-16" if name.startswith("utf-16") else name
    if family != (marked or name).removesuffix("-le").removesuffix("-be"):
        raise _other_than(said[1], marked)
    if marked is None and family == "utf-16":
        raise _other_than(said[1], None)
    return marked or name, mark


def _known(declared: str) -> str:
    try:
        name = codecs.lookup(declared).name
    except (LookupError, ValueError):
        name = ""
    if name not in _ENCODINGS:
        raise UnreadableFile(
            f"the file declares the encoding {declared[:40]!r}, which is not read: {_SAVE}", line=1
        )
    return name


def _other_than(declared: str, marked: str | None) -> UnreadableFile:
    found = f"begins as {marked.upper()}" if marked else "has no byte order mark of it"
    return UnreadableFile(
        f"the file declares the encoding {declared[:40]!r} and {found}: {_SAVE}", line=1
    )
