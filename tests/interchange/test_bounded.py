"""Bytes of unknown origin: unpacked within limits, turned into UTF-8, cut into lines."""

import gzip
import hashlib
import io
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.interchange.bounded import (
    MOST_SHOWN,
    Line,
    Unpacking,
    beginning_of,
    decoded,
    fault_of,
    lines_of,
    shown,
    text_of,
    unpacked,
)
from app.interchange.rows import UnreadableFile
from tests.interchange.streams import MIB, made, peak_of, repeated

TIGHT = Unpacking(most_bytes=200_000, most_ratio=10, free_bytes=1000)


def read(content: bytes, limits: Unpacking | None = None) -> bytes:
    return unpacked(io.BytesIO(content), limits or Unpacking()).read()


def test_a_file_is_read_packed_or_not() -> None:
    content = b"DOMAIN,AETERM\n"
    assert read(content) == read(gzip.compress(content)) == read(zlib.compress(content)) == content


@pytest.mark.parametrize("level", range(10))
def test_zlib_is_known_at_every_level(level: int) -> None:
    assert read(zlib.compress(b"rows", level)) == b"rows"


def test_gzip_of_several_members_and_padding_is_one_file() -> None:
    assert read(gzip.compress(b"one ") + gzip.compress(b"two") + b"\0" * 512) == b"one two"


@pytest.mark.parametrize("lost", [1, 8, 12])
def test_a_packed_file_that_was_cut_is_refused(lost: int) -> None:
    with pytest.raises(UnreadableFile, match="ends before its end"):
        read(gzip.compress(b"row " * 1000)[:-lost])


def test_a_packed_file_may_come_byte_by_byte() -> None:
    class InBytes(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:  # type: ignore[explicit-override]
            return super().read(1)

    assert unpacked(InBytes(gzip.compress(b"rows") * 2)).read() == b"rowsrows"


def test_a_damaged_packed_file_is_refused() -> None:
    content = bytearray(gzip.compress(bytes(range(256)) * 40))
    content[-6] ^= 0xFF  # of the checksum
    with pytest.raises(UnreadableFile, match="damaged"):
        read(bytes(content))


def test_what_follows_a_packed_file_is_not_passed_over() -> None:
    with pytest.raises(UnreadableFile, match="damaged"):
        read(gzip.compress(b"rows") + b"more rows")


def test_the_ratio_is_free_up_to_a_size_and_limited_beyond() -> None:
    assert len(read(gzip.compress(bytes(1000)), TIGHT)) == 1000
    with pytest.raises(UnreadableFile, match="beyond 10 times"):
        read(gzip.compress(bytes(1001)), TIGHT)


def test_the_total_is_limited_whatever_the_ratio() -> None:
    incompressible = hashlib.shake_128(b"rows").digest(200_000)
    assert read(gzip.compress(incompressible), TIGHT) == incompressible
    with pytest.raises(UnreadableFile, match="more than 200000 bytes"):
        read(gzip.compress(incompressible + b"x"), TIGHT)


def test_a_small_file_of_200_megabytes_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(bytes(MIB)) * 200
    assert len(bomb) < 250_000

    def unpack() -> None:
        with pytest.raises(UnreadableFile, match="beyond 200 times"):
            sum(1 for _ in lines_of(unpacked(io.BytesIO(bomb))))

    assert peak_of(unpack) < 4 * MIB


def test_a_text_loses_its_mark_and_nothing_else() -> None:
    text = "AETERM\n発熱\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert text_of(io.BytesIO(text.encode(encoding))).read().decode() == text
    for order in ("le", "be"):
        marked = ("\ufeff" + text).encode(f"utf-16-{order}")
        assert text_of(io.BytesIO(marked)).read().decode() == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_without_a_mark_and_utf_32_are_refused(encoding: str) -> None:
    with pytest.raises(UnreadableFile, match="save it as UTF-8"):
        text_of(io.BytesIO("DOMAIN".encode(encoding)))


def test_half_a_character_of_utf_16_is_placed() -> None:
    content = "\ufeffab".encode("utf-16-le") + b"\x00\xdc" + b"c\0"
    with pytest.raises(UnreadableFile, match="byte 7 begins no character of UTF-16"):
        text_of(io.BytesIO(content)).read()


def test_lines_keep_their_ends_apart() -> None:
    lines = list(lines_of(io.BytesIO(b"a\r\n\nb\nc")))
    assert [(x.number, x.content, x.end) for x in lines] == [
        (1, b"a", b"\r\n"),
        (2, b"", b"\n"),
        (3, b"b", b"\n"),
        (4, b"c", b""),
    ]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
@pytest.mark.parametrize(("length", "whole"), [(9, True), (10, True), (11, False), (12, False)])
def test_a_line_has_at_most_the_bytes_of_a_row(length: int, whole: bool, end: bytes) -> None:
    lines = list(lines_of(io.BytesIO(b"x" * length + end + b"next"), most=10))
    if not end:
        assert [each.whole for each in lines] == [length + 4 <= 10]
        return
    assert [each.whole for each in lines] == [whole, True]
    assert lines[1].content == b"next"
    assert lines[1].number == 2


def test_a_line_without_end_is_never_held() -> None:
    stream = made(repeated(b"long ", 64 * MIB))
    found: list[Line] = []
    peak = peak_of(lambda: found.extend(lines_of(stream)))
    assert [(x.whole, len(x.content)) for x in found] == [(False, MOST_SHOWN)]
    assert peak < 4 * MIB


@settings(max_examples=50)
@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_lines_and_their_ends_are_the_text(text: str) -> None:
    content = text.encode()
    assert b"".join(x.content + x.end for x in lines_of(io.BytesIO(content))) == content


@settings(max_examples=50)
@given(st.binary(max_size=2000), st.integers(1, 3))
def test_what_is_packed_comes_back(content: bytes, members: int) -> None:
    packed = b"".join(gzip.compress(content) for _ in range(members))
    assert read(packed) == content * members


def test_a_byte_that_is_no_character_is_placed_in_bytes_and_lines() -> None:
    text = decoded("発,ok\r\n発".encode() + b"\xe9t\xe9")
    assert fault_of(text, 7) == (
        "not_utf8",
        "byte 4 of line 8 (0xE9) begins no character of UTF-8: "
        "save the file as UTF-8 and send it again",
    )
    assert shown(text).endswith("\\xe9t\\xe9")


def test_nul_is_placed_and_shown_as_text() -> None:
    fault = fault_of("a,\0", 3)
    assert fault is not None
    assert fault[0] == "nul_character"
    assert "byte 3 of line 3" in fault[1]
    assert fault_of("a,b") is None
    assert fault_of("\0") is not None
    assert shown("a\0") == "a\\x00"
    assert len(shown("x" * (MOST_SHOWN + 1))) == MOST_SHOWN


def test_the_beginning_of_a_packed_text_is_that_of_the_text() -> None:
    text = "DOMAIN,AETERM\n" * 3000
    for content in (text.encode(), gzip.compress(text.encode()), text.encode("utf-16")):
        assert beginning_of(content[:60]).startswith(b"DOMAIN,A")
    assert beginning_of(b"\x1f\x8bno gzip") == b"\x1f\x8bno gzip"
