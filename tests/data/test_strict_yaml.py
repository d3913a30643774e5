"""YAML is read as JSON's values, in one way only."""

from typing import Any

import pytest

from app.data.strict_yaml import NotYaml, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-03-01", "2026-03-01"),
        ("2026-03-01T08:00:00+08:00", "2026-03-01T08:00:00+08:00"),
        ("10:30", "10:30"),
        ("on", "on"),
        ("no", "no"),
        ("Yes", "Yes"),
        ("010", "010"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        ("+1", "+1"),
        ("=", "="),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-7", -7),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("'1'", "1"),
        ("[1, a]", [1, "a"]),
        ("{a: {b: 1}}", {"a": {"b": 1}}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
    ],
)
def test_what_is_read(text: str, value: Any) -> None:
    read = read_yaml(text)
    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3", "line 3, column 1: key 'a' stands twice"),
        ("a: {b: 1, b: 1}", "line 1, column 11: key 'b' stands twice"),
        ("1: a", "line 1, column 1: a key is no text: quote it"),
        ("true: a", "a key is no text"),
        ("[a]: b", "a key is no text"),
        ("a: [", "line 1, column 5"),
        ("a: !!python/object:os.system x", "could not determine a constructor"),
        ("a: 1\n---\nb: 2", "line 2, column 1: but found another document"),
        ("a: \x00", "special characters are not allowed"),
        ("[" * 1000, "nested too deeply"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(NotYaml, match=r"cannot be read|too deeply") as refused:
        read_yaml(text)
    assert said in str(refused.value)
