"""XML from outside, read as a stream: in bounded memory, and without anything that it points to.

No DOCTYPE, no entity of its own, no other file and no network. What was read is let go of, earlier
siblings too, so that a file of any length takes the memory of its largest row.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from lxml import etree

from app.interchange.rows import MOST_OF_A_ROW, UnreadableFile
from app.interchange.xml_text import PIECE, pieces_of

MOST_NAMES: Final = 4096
"""Names of elements and attributes, and namespaces; the parser keeps each that it ever saw."""

_EVENTS: Final = ("start", "end", "comment", "pi", "start-ns")
_AN_ERROR: Final = 2
"""What lxml's level of a log entry is from on; below it are warnings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """An element has begun. Names are in Clark's notation: {namespace}name."""

    name: str
    attributes: dict[str, str]
    place: str
    """Its path from the root, such as /ODM/ClinicalData[3]/SubjectData[1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The element that began last, and has not ended, has ended."""

    name: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """An element with all that is in it, until the next step is asked for.

    `element` is None where its XML has more than MOST_OF_A_ROW bytes.
    """

    name: str
    attributes: dict[str, str]
    place: str
    element: etree._Element | None


Step = Began | Ended | Whole


def local_name(name: str) -> str:
    """The name without its namespace."""
    return name.rpartition("}")[2]


def text_of(element: etree._Element) -> str:
    """The text that stands in an element itself, past comments."""
    return "".join((element.text or "", *(child.tail or "" for child in element)))


def walk(file: BinaryIO, whole: frozenset[str]) -> Iterator[Step]:
    """Every element of the file, in its order; those of the names `whole` with all that they hold.

    The first step is that the root has begun, whatever its name.

    Raises UnreadableFile, with the line where there is one: what is not well-formed, a single
    text, attribute or comment of more than MOST_OF_A_ROW bytes, and what `pieces_of` refuses.
    """
    walking = _Walk(whole)
    for piece in pieces_of(file):
        for at in range(0, len(piece), PIECE):
            yield from walking.steps(piece[at : at + PIECE])
    yield from walking.last_steps()


@dataclass(slots=True)
class _Open:
    """An element that has not ended: how many children of each name it has had."""

    name: str
    attributes: dict[str, str]
    place: str
    children: dict[str, int] = field(default_factory=dict)


class _Walk:
    """The parser, the elements that are open, and how much was fed since when."""

    def __init__(self, whole: frozenset[str]) -> None:
        self._parser = etree.XMLPullParser(
            events=_EVENTS,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            encoding="utf-8",
        )
        self._names_of_whole = whole
        self._open: list[_Open] = []
        self._names: set[str] = set()
        self._before = self._fed = 0  # bytes, without and with the last piece
        self._eventful = (0, 1)  # bytes and lines fed when an event last came
        self._lines = 1
        self._within = 0  # how deep in an element that is read as a whole
        self._whole_from = (0, 0)  # bytes fed without and with the piece in which it began
        self._too_long = False
        self._root_end = 0  # bytes fed when the root ended

    def steps(self, piece: bytes) -> Iterator[Step]:
        """What the next bytes, in UTF-8, complete."""
        self._before, self._fed = self._fed, self._fed + len(piece)
        self._lines += piece.count(b"\n")
        if self._within and self._before - self._whole_from[1] > MOST_OF_A_ROW:
            self._too_long = True
        with self._errors_told():
            self._parser.feed(piece)
        yield from self._read()
        if self._fed - self._eventful[0] > MOST_OF_A_ROW + PIECE:
            raise _too_long("a text, attribute, tag or comment", self._eventful[1])

    def last_steps(self) -> Iterator[Step]:
        """What the end of the file completes."""
        with self._errors_told():
            self._parser.close()
        yield from self._read()

    def _read(self) -> Iterator[Step]:
        for event, found in self._parser.read_events():
            self._eventful = self._fed, self._lines
            if isinstance(found, tuple):
                self._names.update(map(str, found))
            elif found is not None:
                step = self._start(found) if event == "start" else self._end(event, found)
                if step is not None:
                    yield step
                if event != "start" and (self._within == 0 or self._too_long):
                    _let_go(found)
                if event == "end" and self._within == 0:
                    self._too_long = False
            if len(self._names) > MOST_NAMES:
                raise UnreadableFile(
                    f"more than {MOST_NAMES} names of elements and attributes: this is no export "
                    "of clinical data",
                    line=self._lines,
                )

    def _start(self, found: etree._Element) -> Step | None:
        name, attributes = found.tag, {str(key): str(value) for key, value in found.items()}
        self._names.add(name)
        self._names.update(attributes)
        for attribute, value in attributes.items():
            if not _fits(value):
                raise _too_long(f"{local_name(attribute)} of <{local_name(name)}>", self._lines)
        if self._within:
            self._within += 1
            return None
        opened = _Open(name=name, attributes=attributes, place=self._place(name))
        self._open.append(opened)
        if name not in self._names_of_whole or len(self._open) == 1:
            return Began(name=name, attributes=attributes, place=opened.place)
        self._within = 1
        self._whole_from = self._before, self._fed
        return None

    def _end(self, event: str, found: etree._Element) -> Step | None:
        """What the end of an element completes; comments and instructions end nothing."""
        if not _fits(found.text):
            what = f"the text of <{local_name(found.tag)}>" if event == "end" else "a comment"
            raise _too_long(what, self._lines)
        if event != "end":
            if not self._open and self._fed - self._root_end > MOST_OF_A_ROW:
                # behind the root they have no parent to be removed from: they would pile up
                raise _too_long("what follows the root element", self._lines)
            return None
        if self._within > 1:
            self._within -= 1
            return None
        ended = self._open.pop()
        self._root_end = self._fed
        if self._within:
            self._within = 0
            return self._as_a_whole(ended, found)
        return Ended(name=ended.name, place=ended.place)

    def _as_a_whole(self, ended: _Open, found: etree._Element) -> Whole:
        if not self._too_long and self._fed - self._whole_from[0] > MOST_OF_A_ROW:
            length = len(etree.tostring(found, encoding="utf-8", with_tail=False))
            self._too_long = length > MOST_OF_A_ROW
        return Whole(
            name=ended.name,
            attributes=ended.attributes,
            place=ended.place,
            element=None if self._too_long else found,
        )

    def _place(self, name: str) -> str:
        local = local_name(name)
        if not self._open:
            return f"/{local}"
        parent = self._open[-1]
        number = parent.children[local] = parent.children.get(local, 0) + 1
        return f"{parent.place}/{local}[{number}]"

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        """Refuse what the parser refuses, and what it notes and goes on from.

        Such as a prefix that is not bound. The log has the first fault; an exception may tell of
        what came of it.
        """
        raised: etree.XMLSyntaxError | None = None
        try:
            yield
        except etree.XMLSyntaxError as problem:
            raised = problem
        for entry in self._parser.feed_error_log:
            if entry.level >= _AN_ERROR:
                raise _not_well_formed(entry.message, entry.line, entry.column) from raised
        if raised is not None:
            raise _not_well_formed(str(raised.msg), self._lines, None) from raised


def _let_go(element: etree._Element) -> None:
    """Free what an element holds and the siblings before it; the parser goes on behind it."""
    del element[:]
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def _fits(text: str | None) -> bool:
    if text is None or len(text) * 4 <= MOST_OF_A_ROW:
        return True
    return len(text.encode()) <= MOST_OF_A_ROW


def _too_long(what: str, line: int) -> UnreadableFile:
    return UnreadableFile(
        f"{what} has more than {MOST_OF_A_ROW} bytes, about here: shorten it, and send the file "
        "again",
        line=line,
    )


def _not_well_formed(reason: str, line: int, column: int | None) -> UnreadableFile:
    said = reason.strip().rstrip(".").replace(", use XML_PARSE_HUGE option", "")
    return UnreadableFile(
        f"not well-formed XML ({said}): mend it there, or export the file again",
        line=line,
        column=column,
    )
