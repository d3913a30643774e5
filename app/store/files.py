"""Files as they were sent: their bytes in pieces, known by the SHA-256 of the whole.

The pieces stand in the database, so that a backup has them, every worker reaches them, and nobody
can change them; each is deflated by itself, so that any part can be read in bounded memory.
"""

import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import BinaryIO, Final

from sqlalchemy import Connection, insert, select

from app.store.database import Database
from app.store.import_tables import FilePiece, ImportedFile
from app.store.tables import table_of

FILES: Final = table_of(ImportedFile)
PIECES: Final = table_of(FilePiece)
PIECE: Final = 1 << 20
"""Bytes of a piece, before they are deflated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file of which every piece is there."""

    sha256: str
    size: int
    pieces: int
    recorded_at: datetime
    seq: int


def file_of(connection: Connection, digest: str) -> StoredFile | None:
    """The file with this SHA-256, where all of it is there."""
    row = connection.execute(select(FILES).where(FILES.c.sha256 == digest)).first()
    return None if row is None else StoredFile(**row._mapping)


def add_file(connection: Connection, file: StoredFile) -> None:
    """Write that all pieces of a file are there."""
    names = [column.name for column in FILES.columns]
    connection.execute(insert(FILES), {name: getattr(file, name) for name in names})


def add_piece(connection: Connection, digest: str, number: int, content: bytes, seq: int) -> None:
    """Write a piece, unless a broken upload of the same file left it: its bytes are the same."""
    known = select(PIECES.c.number).where(PIECES.c.sha256 == digest, PIECES.c.number == number)
    if connection.execute(known).first() is None:
        deflated = zlib.compress(content, 6)
        values = {"sha256": digest, "number": number, "content": deflated, "seq": seq}
        connection.execute(insert(PIECES), values)


def pieces_in(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of a stream from where it stands, a piece at a time."""
    while piece := stream.read(PIECE):
        yield piece


def digest_in(stream: BinaryIO) -> tuple[str, int]:
    """SHA-256 and number of the bytes of a stream from where it stands."""
    digest, size = sha256(), 0
    for piece in pieces_in(stream):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


class FileReader(io.RawIOBase):
    """A stored file as a stream: one piece of it is in memory at a time.

    `each_piece` is called before a piece is read, and what it raises ends the reading.
    """

    def __init__(
        self, database: Database, file: StoredFile, each_piece: Callable[[], None]
    ) -> None:
        self._database = database
        self._file = file
        self._each_piece = each_piece
        self._next = 0
        self._rest = memoryview(b"")

    def readable(self) -> bool:  # type: ignore[explicit-override]
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override, explicit-override]
        """Fill the buffer as far as the piece at hand reaches; 0 at the end."""
        if not self._rest:
            if self._next == self._file.pieces:
                return 0
            self._each_piece()
            self._rest = memoryview(self._piece(self._next))
            self._next += 1
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def _piece(self, number: int) -> bytes:
        query = select(PIECES.c.content).where(
            PIECES.c.sha256 == self._file.sha256, PIECES.c.number == number
        )
        with self._database.reading() as connection:
            return zlib.decompress(connection.execute(query).scalar_one())


def opened(
    database: Database, file: StoredFile, each_piece: Callable[[], None] = lambda: None
) -> BinaryIO:
    """A stored file, to be read from its beginning; before each piece of it, something is called.

    What that raises, reading raises.
    """
    return io.BufferedReader(FileReader(database, file, each_piece), PIECE)
