"""Names as parts of JSON pointers."""

import pytest

from app.domain.pointers import escape, unescape


@pytest.mark.parametrize(
    ("name", "written"), [("dose", "dose"), ("a/b", "a~1b"), ("~", "~0"), ("~1", "~01")]
)
def test_a_name_is_written_and_read_again(name: str, written: str) -> None:
    assert escape(name) == written
    assert unescape(written) == name
