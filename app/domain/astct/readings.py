"""Readings: where the paper is silent, the choice has a name, a default, and can be made anew."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from app.domain.astct.answer import ReadingUsed
from app.domain.errors import BadValue, Fault

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleReading:
    """A point that the paper leaves open: its options by name, and which one holds."""

    id: str
    question: str
    options: Mapping[str, str]
    default: str
    source: str
    """The rule that it belongs to, or where its default comes from."""


Book = Mapping[str, ScaleReading]
NO_CHOICE: Final[Mapping[str, str]] = {}
Options = Mapping[str, str]
"""The option that holds, of every reading of a book."""


class BadReadings(BadValue):
    """Readings that the scale does not have, or options that they do not have."""

    code = "unknown_reading"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.pointer}: {fault.message}" for fault in faults))


def book_of(*readings: ScaleReading) -> Book:
    """Readings by their ids."""
    return {each.id: each for each in readings}


def chosen_of(book: Book) -> Callable[[Mapping[str, str]], Mapping[str, str]]:
    """What checks that the chosen readings are in the book. It raises BadReadings."""

    def checked(chosen: Mapping[str, str]) -> Mapping[str, str]:
        faults = tuple(_faults(book, chosen))
        if faults:
            raise BadReadings(faults)
        return chosen

    return checked


def _faults(book: Book, chosen: Mapping[str, str]) -> Iterator[Fault]:
    for name, option in chosen.items():
        pointer = "/" + name.replace("~", "~0").replace("/", "~1")
        if name not in book:
            message = f"there is no such reading; there are {', '.join(book)}"
            yield Fault(pointer=pointer, message=message, code="unknown_reading")
        elif option not in book[name].options:
            message = f"reading {name} has the options {', '.join(book[name].options)}"
            yield Fault(pointer=pointer, message=message, code="unknown_option")


def options_of(book: Book, chosen: Mapping[str, str]) -> Options:
    """The option of every reading: the chosen one, else the default."""
    return {name: chosen.get(name, reading.default) for name, reading in book.items()}


def schema_of(book: Book) -> dict[str, Any]:
    """The JSON schema of a choice of readings."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            each.id: {
                "type": "string",
                "enum": list(each.options),
                "default": each.default,
                "description": each.question,
            }
            for each in book.values()
        },
    }


def touched(
    book: Book, options: Options, judge: Callable[[Options], T]
) -> tuple[ReadingUsed, ...]:
    """The readings that the answer rests on: some other option of theirs gives another answer."""
    answer = judge(options)
    return tuple(
        ReadingUsed(id=each.id, option=options[each.id], text=each.options[options[each.id]])
        for each in book.values()
        if any(
            judge({**options, each.id: other}) != answer
            for other in each.options
            if other != options[each.id]
        )
    )
