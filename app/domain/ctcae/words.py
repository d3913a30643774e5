"""When two writings are the same word: case, spaces, punctuation, accents and British spelling.

`key` folds a text to what identifies it. The folding is the same for a dictionary's names and
for a report's words, so it need not yield good English, only the same letters on both sides.
"""

import re
import unicodedata

_NOT_A_WORD = re.compile(r"[^\w?]+|_")
_BRITISH = re.compile("[ao]+e|our|is(?=e|ing|ation)|leuc")
_AMERICAN = {
    "our": "or",  # tumour, discolouration
    "is": "iz",  # generalised, virilisation
    "leuc": "leuk",  # leucopenia
}
_VOWEL = "e"  # anaemia, oedema, gastro-oesophageal


def key(text: str) -> str:
    """The letters and digits that identify a text, in one spelling.

    A question mark stays: "?Seizure" is a doubt, and a doubt is not the term.
    """
    return _folded("".join(_parts(text)))


def words(text: str) -> tuple[str, ...]:
    """The words of a text, each folded as `key` folds the whole."""
    return tuple(_folded(" ".join(_parts(text))).split())


def _parts(text: str) -> list[str]:
    return _NOT_A_WORD.sub(" ", _without_accents(text).casefold()).split()


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def _folded(text: str) -> str:
    return _BRITISH.sub(lambda found: _AMERICAN.get(found.group(), _VOWEL), text)
