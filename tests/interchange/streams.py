"""Files that are made while they are read, and what reading one costs in memory."""

import io
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MIB = 1 << 20


class _Made(io.RawIOBase):
    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts, self._rest = parts, b""

    def readable(self) -> bool:  # type: ignore[explicit-override]
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:  # type: ignore[explicit-override]
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._rest = part
        into = memoryview(buffer)
        part, self._rest = self._rest[: len(into)], self._rest[len(into) :]
        into[: len(part)] = part
        return len(part)


def made(parts: Iterable[bytes]) -> io.BufferedReader:
    """A file of these parts, none of which is there before it is read."""
    return io.BufferedReader(_Made(iter(parts)))


def repeated(part: bytes, size: int) -> Iterator[bytes]:
    """As many times the part as make up at least the size, in pieces of some 64 KiB."""
    piece = part * max(1, (1 << 16) // len(part))
    for _ in range(-(-size // len(piece))):
        yield piece


def peak_of(read: Callable[[], object]) -> int:
    """The most bytes that Python held at one time while it read."""
    tracemalloc.start()
    try:
        read()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
