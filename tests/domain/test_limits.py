"""Limits: kept as the protocol writes them, never read as something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.domain.errors import BadDuration
from app.domain.time import DAY, HOUR, MINUTE, SECOND, Limit, LimitText, duration_words

LIMITS: TypeAdapter[Limit] = TypeAdapter(LimitText)


@pytest.mark.parametrize(
    ("text", "days", "microseconds", "words"),
    [
        ("P7D", 7, 7 * DAY, "7 days"),
        ("P1D", 1, DAY, "1 day"),
        ("P2W", 14, 14 * DAY, "14 days"),
        ("P28D", 28, 28 * DAY, "28 days"),
        ("PT72H", None, 72 * HOUR, "72 h"),
        ("PT90M", None, 90 * MINUTE, "1 h 30 min"),
    ],
)
def test_a_limit_is_kept_as_written(
    text: str, days: int | None, microseconds: int, words: str
) -> None:
    limit = Limit(text)
    assert (limit.text, limit.days, limit.microseconds) == (text, days, microseconds)
    assert limit.words == words


@pytest.mark.parametrize(
    "text",
    [
        "28",
        "P1M",
        "P1Y",
        "P1DT12H",
        "P1W2D",
        "PT1H30M",
        "P7",
        "7D",
        "P-7D",
        "-P7D",
        "P7.5D",
        "P",
        "PT",
        "PT72S",
        "p7d",
        "P7D ",
        "7 days",
        "P\N{ARABIC-INDIC DIGIT TWO}D",
        "",
    ],
)
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(BadDuration) as refused:
        Limit(text)
    assert str(refused.value) == (
        f"{text!r} is not a limit: write days, weeks or hours with their unit, "
        "such as P28D, P2W or PT72H."
    )
    assert refused.value.code == "bad_duration"


@pytest.mark.parametrize("value", [28, 28.0, True, ["P7D"], {"days": 7}])
def test_a_number_has_no_unit_and_is_refused(value: object) -> None:
    with pytest.raises(ValidationError, match="is not a limit: write days, weeks or hours"):
        LIMITS.validate_python(value)


def test_a_limit_in_days_can_be_counted_in_hours() -> None:
    assert Limit("P7D").elapsed == Limit("PT168H")
    assert Limit("P2W").elapsed.days is None
    assert Limit("PT72H").elapsed == Limit("PT72H")


@given(
    st.integers(min_value=0, max_value=999), st.sampled_from(["P{}D", "P{}W", "PT{}H", "PT{}M"])
)
def test_a_limit_survives_being_written_and_read(number: int, pattern: str) -> None:
    limit = Limit(pattern.format(number))
    assert LIMITS.validate_json(LIMITS.dump_json(limit)) == limit
    assert LIMITS.validate_python(limit) is limit


@pytest.mark.parametrize(
    ("microseconds", "words"),
    [
        (72 * HOUR, "72 h"),
        (72 * HOUR + MINUTE, "72 h 1 min"),
        (MINUTE, "1 min"),
        (0, "0 h"),
        (30 * SECOND, "30 s"),
        (HOUR + 500_000, "1 h 0.5 s"),
        (28 * DAY + 90 * MINUTE, "673 h 30 min"),
    ],
)
def test_a_duration_is_written_in_hours_and_minutes(microseconds: int, words: str) -> None:
    assert duration_words(microseconds) == words
