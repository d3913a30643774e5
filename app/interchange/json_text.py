"""A JSON text read piece by piece: only the element at hand is held, however long the text is."""

import codecs
import re
from dataclasses import dataclass
from typing import BinaryIO

from app.interchange.bounded import CHUNK, MOST_SHOWN
from app.interchange.rows import MOST_OF_A_ROW, UnreadableFile

_OPENING = frozenset('[{"')
_BLANK = re.compile(r"[ \t\r\n]*")
_BRACKET_OR_QUOTE = re.compile(r'["\[\]{}]')
_QUOTE_OR_ESCAPE = re.compile(r'"|\\(?:.|\Z)', re.DOTALL)
_LIST_OF_CELLS = re.compile(r'\[(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+")*+\]', re.DOTALL)
"""A list without brackets in it, found at one go: what nearly every row is."""
_WORD_END = re.compile(r"[,\[\]{}:\" \t\r\n]")


@dataclass(frozen=True, slots=True)
class Element:
    """The text of an element, or the beginning of one that is longer than it may be."""

    text: str
    whole: bool


class JsonText:
    """A JSON text, and how far it was read.

    Bytes that are no UTF-8 stand as `bounded.decoded` leaves them. `most` are characters.
    """

    def __init__(self, stream: BinaryIO, most: int = MOST_OF_A_ROW) -> None:
        self._stream, self._most = stream, most
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._window, self._at, self._ended = "", 0, False
        self._beginning = ""

    def next_sign(self) -> str:
        """The next character that is not blank, empty at the end. It is not taken."""
        while True:
            if found := _BLANK.match(self._window, self._at):
                self._at = found.end()
            if self._at < len(self._window):
                return self._window[self._at]
            if not self._more():
                return ""

    def take(self, signs: str, what: str) -> str:
        """The next character, which is one of `signs`. Raises UnreadableFile: it is not."""
        sign = self.next_sign()
        if not sign or sign not in signs:
            got = repr(sign) if sign else "the end of the file"
            raise UnreadableFile(f"{what}: {' or '.join(signs)} should follow, not {got}")
        self._at += 1
        return sign

    def element(self, what: str) -> Element:
        """The next element, found by its brackets and quotes alone; it may still be no JSON.

        Raises UnreadableFile: there is none, or the text ends within it.
        """
        sign = self.next_sign()
        end = self._closing(what) if sign in _OPENING else self._word_end(what)
        text, self._at = self._window[self._at : end], end
        beginning, self._beginning = self._beginning, ""
        if beginning or len(text) > self._most:
            return Element(beginning or text[:MOST_SHOWN], whole=False)
        if not text:
            raise UnreadableFile(f"{what}: a value should follow, not {sign!r}")
        return Element(text, whole=True)

    def _closing(self, what: str) -> int:
        """Where the brackets and quotes that open here are closed."""
        if found := _LIST_OF_CELLS.match(self._window, self._at):
            return found.end()
        depth, inside, at = 0, False, self._at
        while True:
            found = (_QUOTE_OR_ESCAPE if inside else _BRACKET_OR_QUOTE).search(self._window, at)
            if found is None:
                at = self._read_on(what)
                continue
            at, sign = found.end(), found.group()
            if sign == "\\":  # the window ends between it and what it escapes
                at = self._read_on(what) + 1
            elif sign == '"':
                inside = not inside
            elif not inside:
                depth += 1 if sign in "[{" else -1
            if depth <= 0 and not inside:
                return at

    def _word_end(self, what: str) -> int:
        at = self._at
        while (found := _WORD_END.search(self._window, at)) is None:
            at = self._read_on(what)
        return found.start()

    def _read_on(self, what: str) -> int:
        """Reads more of the element at hand, of which too much is let go; where it goes on."""
        if len(self._window) - self._at > self._most:
            self._beginning = self._beginning or self._window[self._at : self._at + MOST_SHOWN]
            self._at = len(self._window)
        at = len(self._window) - self._at
        if not self._more():
            raise UnreadableFile(f"{what}: the file ends in the middle of it: send it again")
        return at

    def _more(self) -> bool:
        """Lets go of what was taken, and reads on; False at the end."""
        self._window, self._at = self._window[self._at :], 0
        while not self._ended:
            chunk = self._stream.read(CHUNK)
            self._ended = not chunk
            if text := self._decoder.decode(chunk, self._ended):
                self._window += text
                return True
        return False
