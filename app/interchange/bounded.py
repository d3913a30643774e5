"""Bytes of unknown origin in bounded memory: unpacked, turned into UTF-8, cut into lines.

Nothing here holds more of a file than a chunk and a line, whatever the file claims to be.
"""

import codecs
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, Final

from app.interchange.rows import MOST_OF_A_ROW, UnreadableFile

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK: Final = 1 << 16
MOST_SHOWN: Final = 1 << 14
"""Characters of a refused row that are kept with it."""

_GZIP = b"\x1f\x8b"
_ZLIB = (b"x\x01", b"x^", b"x\x9c", b"x\xda")
_EITHER_HEADER = zlib.MAX_WBITS | 32
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_NO_CHARACTER = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacking:
    """How much a packed file may hold.

    At most `most_bytes`, and beyond `free_bytes` at most `most_ratio` times its own size: text of
    an EDC packs to a tenth, seldom to a fiftieth, while zeros pack to a thousandth.
    """

    most_bytes: int = 4 << 30
    most_ratio: int = 200
    free_bytes: int = 64 << 20


UNPACKING: Final = Unpacking()


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end, or the beginning of one that is longer than a row may be."""

    number: int
    content: bytes
    end: bytes
    whole: bool


def unpacked(stream: BinaryIO, limits: Unpacking = UNPACKING) -> BinaryIO:
    """The bytes of a file, and of a gzip or zlib file those that are packed in it.

    Raises UnreadableFile, also while it is read: what is packed is damaged, or beyond the limits.
    """
    return _readable(_unpacked(stream, limits))


def text_of(stream: BinaryIO, limits: Unpacking = UNPACKING) -> BinaryIO:
    """The same of a text: without a byte order mark, and UTF-16 as UTF-8.

    Bytes that are no UTF-8 are left as they are, so that only their row is refused.
    Raises UnreadableFile, also while it is read.
    """
    head, chunks = _with_head(_unpacked(stream, limits), 4)
    for mark, encoding in _UTF_16.items():
        if head.startswith(mark) and not head.startswith(_UTF_32):
            return _readable(_as_utf_8(_after(mark, chunks), encoding))
    if head.startswith(_UTF_32) or b"\0" in head:
        raise UnreadableFile(
            "the text is UTF-16 or UTF-32 without a mark that says which, or is no text: "
            "save it as UTF-8 and send it again"
        )
    if head.startswith(codecs.BOM_UTF8):
        return _readable(_after(codecs.BOM_UTF8, chunks))
    return _readable(chunks)


def joined(head: bytes, rest: BinaryIO) -> BinaryIO:
    """A stream of bytes that were read already, and of those that follow."""
    return _readable(chain([head], _chunks(rest)))


def lines_of(stream: BinaryIO, most: int = MOST_OF_A_ROW) -> Iterator[Line]:
    """The lines of a text; of one with more than `most` bytes only the beginning."""
    number = 0
    while content := stream.readline(most + 2):
        number += 1
        body = content.rstrip(b"\r\n") if content.endswith(b"\n") else content
        end = content[len(body) :]
        if len(body) <= most:
            yield Line(number, body, end, whole=True)
            continue
        while not end and (rest := stream.readline(CHUNK)):
            end = b"\n" if rest.endswith(b"\n") else b""
        yield Line(number, body[:MOST_SHOWN], end, whole=False)


def decoded(content: bytes) -> str:
    """The text of UTF-8; a byte that begins no character stands as one that `fault_of` finds."""
    return content.decode("utf-8", "surrogateescape")


def fault_of(text: str, line: int | None = 1) -> tuple[str, str] | None:
    """Code and problem of a decoded text that must not be read, None where there is none.

    `line` is the one on which the text begins, where that is known.
    """
    if found := _NO_CHARACTER.search(text):
        byte = ord(found.group()) - 0xDC00
        return "not_utf8", (
            f"{_place(text, found.start(), line)} (0x{byte:02X}) begins no character of UTF-8: "
            "save the file as UTF-8 and send it again"
        )
    if (at := text.find("\0")) >= 0:
        return "nul_character", (
            f"{_place(text, at, line)} is NUL, which stands in no text: export the row again"
        )
    return None


def too_long(most: int = MOST_OF_A_ROW) -> str:
    """What is said of a row with more bytes than a row may have."""
    return f"it has more than {most} bytes, the most of a row: send it in parts, or mend its end"


def shown(text: str) -> str:
    """A text as it may be kept and sent: of bounded length, and all of it characters."""
    text = text[:MOST_SHOWN].replace("\0", "\\x00")
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def beginning_of(head: bytes, most: int = CHUNK) -> bytes:
    """What a packed or plain text begins with, from its own first bytes; for sniffing."""
    if _is_packed(head):
        try:
            head = zlib.decompressobj(_EITHER_HEADER).decompress(head, most)
        except zlib.error:
            return head
    for mark, encoding in _UTF_16.items():
        if head.startswith(mark) and not head.startswith(_UTF_32):
            return head[2:].decode(encoding, "ignore").encode("utf-8")
    return head.removeprefix(codecs.BOM_UTF8)


class _Pulled(io.RawIOBase):
    """Chunks as a stream."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, b""

    def readable(self) -> bool:  # type: ignore[explicit-override]
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:  # type: ignore[explicit-override]
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        into = memoryview(buffer)
        part, self._rest = self._rest[: len(into)], self._rest[len(into) :]
        into[: len(part)] = part
        return len(part)


def _readable(chunks: Iterable[bytes]) -> BinaryIO:
    return io.BufferedReader(_Pulled(iter(chunks)), CHUNK)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def _with_head(chunks: Iterator[bytes], length: int) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, and all of them."""
    head = b""
    while len(head) < length and (chunk := next(chunks, b"")):
        head += chunk
    return head[:length], chain([head], chunks)


def _after(mark: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    first = next(chunks)
    yield first[len(mark) :]
    yield from chunks


def _is_packed(head: bytes) -> bool:
    return head.startswith((_GZIP, *_ZLIB))


def _unpacked(stream: BinaryIO, limits: Unpacking) -> Iterator[bytes]:
    head, chunks = _with_head(_chunks(stream), 2)
    return _parts(chunks, limits) if _is_packed(head) else chunks


def _parts(chunks: Iterator[bytes], limits: Unpacking) -> Iterator[bytes]:
    """What is packed, member by member, as a gzip file may have several."""
    unpacking, got, came = zlib.decompressobj(_EITHER_HEADER), 0, 0
    for chunk in chain(chunks, [b""]):
        came, rest = came + len(chunk), chunk
        while rest or not (chunk or unpacking.eof):
            if unpacking.eof:
                if not rest.strip(b"\0"):  # padding of a tape or disk
                    break
                unpacking = zlib.decompressobj(_EITHER_HEADER)
            part, rest = _part(unpacking, rest)
            if not (part or chunk or unpacking.eof):
                raise UnreadableFile("the packed file ends before its end: send it again")
            got += len(part)
            _check(got, came, limits)
            yield part


def _part(unpacking: "zlib._Decompress", packed: bytes) -> tuple[bytes, bytes]:
    try:
        part = unpacking.decompress(packed, CHUNK)
    except zlib.error as error:
        raise UnreadableFile(f"the packed file is damaged ({error}): send it again") from error
    return part, unpacking.unused_data if unpacking.eof else unpacking.unconsumed_tail


def _check(got: int, came: int, limits: Unpacking) -> None:
    if got > limits.most_bytes:
        raise UnreadableFile(
            f"more than {limits.most_bytes} bytes are packed in the file: send it in parts"
        )
    if got > limits.free_bytes and got > came * limits.most_ratio:
        raise UnreadableFile(
            f"{came} bytes of the file unpack to more than {got - 1}, beyond "
            f"{limits.most_ratio} times: send it unpacked, or in parts"
        )


def _as_utf_8(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder, before = codecs.getincrementaldecoder(encoding)(), 2
    for chunk, last in chain(((each, False) for each in chunks), [(b"", True)]):
        held = len(decoder.getstate()[0])
        try:
            yield decoder.decode(chunk, last).encode("utf-8")
        except UnicodeDecodeError as error:
            raise UnreadableFile(
                f"byte {before - held + error.start + 1} begins no character of UTF-16: "
                "save the file as UTF-8 and send it again"
            ) from error
        before += len(chunk)


def _place(text: str, at: int, line: int | None) -> str:
    start = 0 if line is None else text.rfind("\n", 0, at) + 1
    byte = len(text[start:at].encode("utf-8", "surrogateescape")) + 1
    if line is None:
        return f"byte {byte}"
    return f"byte {byte} of line {line + text.count(chr(10), 0, at)}"
