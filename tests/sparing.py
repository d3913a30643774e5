"""How often that is done whose every example is dear: less than others, but for the night."""

from typing import Final

from hypothesis import settings

_NIGHT: Final = 1_000
"""Examples of a profile from which on nothing is spared."""


def spared(most: int) -> int:
    """How many of so many repetitions are made: two in five, and all of them at night."""
    return most if settings().max_examples >= _NIGHT else most * 2 // 5


SPARING: Final = settings(max_examples=spared(settings().max_examples))
