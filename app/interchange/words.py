"""Words that mean the same in every study: CDISC's terms, and grades as they are written.

Settings come first. A word that neither they nor a standard give a meaning has none: SEVERE is no
grade, RELATED no place on the scale of causality. Compared without regard to case and surrounding
blanks.
"""

import re
from collections.abc import Mapping
from typing import Final, TypeVar

from app.domain.case import Relatedness
from app.domain.grade import DEATH
from app.domain.source_system import OutcomeMeaning

T = TypeVar("T")

YES: Final = frozenset({"Y", "YES", "TRUE"})
NO: Final = frozenset({"N", "NO", "FALSE"})
UNKNOWN: Final = frozenset({
    "U", "UN", "UNK", "UNKNOWN", "NA", "N/A", "NOT APPLICABLE", "ND", "NOT DONE",
    "NOT EVALUABLE",
})  # fmt: skip
"""Words that say that nobody knows, or that it does not apply."""
_FLAGS: Final = YES | NO | UNKNOWN

OUTCOMES: Final[Mapping[str, OutcomeMeaning]] = {
    "FATAL": "fatal",
    "NOT RECOVERED/NOT RESOLVED": "not_recovered",
    "NOT RECOVERED": "not_recovered",
    "NOT RESOLVED": "not_recovered",
    "ONGOING": "not_recovered",
    "RECOVERED/RESOLVED": "recovered",
    "RECOVERED": "recovered",
    "RESOLVED": "recovered",
    "RECOVERED/RESOLVED WITH SEQUELAE": "recovered_with_sequelae",
    "RECOVERED WITH SEQUELAE": "recovered_with_sequelae",
    "RESOLVED WITH SEQUELAE": "recovered_with_sequelae",
    "RESOLVEDWITHSEQUELAE": "recovered_with_sequelae",
    "RECOVERING/RESOLVING": "recovering",
    "RECOVERING": "recovering",
    "RESOLVING": "recovering",
    "UNKNOWN": "unknown",
}
"""CDISC's codelist OUT (C66768) with its two halves, and HL7's adverse-event-outcome."""

CAUSALITY: Final[Mapping[str, Relatedness]] = {
    "UNRELATED": "unrelated",
    "NOT RELATED": "unrelated",
    "DEFINITELY NOT RELATED": "unrelated",
    "UNLIKELY": "unlikely",
    "UNLIKELY RELATED": "unlikely",
    "POSSIBLE": "possible",
    "POSSIBLY": "possible",
    "POSSIBLY RELATED": "possible",
    "PROBABLE": "probable",
    "PROBABLY": "probable",
    "PROBABLY RELATED": "probable",
    "DEFINITE": "definite",
    "DEFINITELY": "definite",
    "DEFINITELY RELATED": "definite",
}
"""The five steps of the scale by their own names, as CTEP and NCI's thesaurus word them.

RELATED, REMOTE, NONE, SUSPECTED and CERTAIN are words of studies: the settings say what they mean.
"""

_AROUND: Final = re.compile(r"^ADVERSE EVENT | TO (?:THE )?INTERVENTION$")
_GRADE: Final = re.compile(
    r"(?:(?:CTCAE )?(?:GRADE|GR|G)[ .:]?)? ?(?P<number>-?[0-9]{1,3})(?:\.0*)?", re.ASCII
)


def folded(word: str) -> str:
    """A word as it is compared: in capitals, without blanks around it, each gap one blank."""
    return " ".join(word.upper().split())


def meaning(words: Mapping[str, T], word: str) -> T | None:
    """What the settings make of a word; None where they do not know it."""
    if word in words:
        return words[word]
    wanted = folded(word)
    return next((told for each, told in words.items() if folded(each) == wanted), None)


def flag(word: str) -> bool | None:
    """CDISC's codelist NY. None is not known, also for words that are no flag (`is_flag`)."""
    shown = folded(word)
    return True if shown in YES else False if shown in NO else None


def is_flag(word: str) -> bool:
    """Whether a word answers yes, no or not known."""
    return folded(word) in _FLAGS


def outcome(word: str, told: Mapping[str, OutcomeMeaning]) -> OutcomeMeaning | None:
    """The outcome that a word means; None where it has no meaning."""
    return meaning(told, word) or OUTCOMES.get(folded(word))


def relatedness(word: str, told: Mapping[str, Relatedness]) -> Relatedness | None:
    """Where on the scale of causality a word stands; None where it has no meaning."""
    return meaning(told, word) or CAUSALITY.get(_AROUND.sub("", folded(word)))


def grade(word: str) -> int | None:
    """The grade that "3", "3.0" or "Grade 3" is; None for anything else."""
    found = _GRADE.fullmatch(folded(word))
    number = int(found["number"]) if found else -1
    return number if 0 <= number <= DEATH else None


def grade_outside(word: str | None) -> bool:
    """Whether a word is a whole number, written as a grade, that is none."""
    found = _GRADE.fullmatch(folded(word or ""))
    return found is not None and not 0 <= int(found["number"]) <= DEATH
