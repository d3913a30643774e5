"""How often a law is drawn whose every example is dear: less than others, in whatever profile."""

from typing import Final

from hypothesis import settings

SPARING: Final = settings(max_examples=settings.default.max_examples * 2 // 5)
