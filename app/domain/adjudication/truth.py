"""The words for what a node came to at the data cut."""

from typing import assert_never

from app.domain.adjudication.result import TruthWord
from app.domain.time import NEVER

Bounds = tuple[int, int]


def truth_of(bounds: Bounds, cut: int) -> TruthWord:
    """A node's truth at the cut."""
    early, late = bounds
    if late <= cut:
        return "yes"
    if early == NEVER:
        return "no"
    return "not_yet" if early > cut and late < NEVER else "unknown"


def negated(truth: TruthWord) -> TruthWord:
    """The truth of a negation; what is not true yet still holds negated."""
    match truth:
        case "yes":
            return "no"
        case "no" | "not_yet":
            return "yes"
        case "unknown":
            return "unknown"
        case _:
            assert_never(truth)


def both(first: TruthWord, second: TruthWord) -> TruthWord:
    """The truth of a conjunction."""
    if "no" in {first, second}:
        return "no"
    return "unknown" if "unknown" in {first, second} else "yes"


#: What a record tells of a fact.
TOLD: dict[TruthWord, str] = {
    "yes": "yes",
    "no": "no",
    "not_yet": "not yet",
    "unknown": "not known",
}

#: Whether an exception exempts, and whether that is settled for good.
EXEMPT: dict[tuple[TruthWord, bool], str] = {
    ("yes", True): "it holds",
    ("yes", False): "it holds so far",
    ("no", True): "it does not hold",
    ("no", False): "it does not hold",
    ("unknown", True): "whether it holds is not known",
    ("unknown", False): "whether it holds is not known",
}
