"""Which names look like a text: what search lists and suggestions offer."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final

from app.domain.ctcae.words import key, words

Pairs = dict[tuple[str, str], list[int]]
"""For each pair of neighbouring letters the numbers of the labels that have it."""

_LONGEST_TEXT: Final = 200  # letters of a text that are compared
_SHORTEST_INSIDE: Final = 5  # letters that a label needs to be noticed inside a text
_CANDIDATES: Final = 24  # labels that are compared letter by letter
_ALIKE: Final = 0.6  # the share of letters in common from which a label is offered

_INSIDE_THE_TEXT: Final = 4  # ranks that follow those of Label.rank
_FEW_LETTERS_DIFFER: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A writing, a name or a synonym, under which a term can be found."""

    term: str
    key: str
    words: tuple[str, ...]  # each with a space before it

    @classmethod
    def of(cls, writing: str, term: str) -> "Label":
        """The label for a writing of the term."""
        return cls(term=term, key=key(writing), words=tuple(f" {word}" for word in words(writing)))

    def rank(self, text: "Label") -> int | None:
        """How directly the text leads here, 0 the same word; None when it does not."""
        if self.key == text.key:
            return 0
        if self.key.startswith(text.key):
            return 1
        spaced = "".join(self.words)
        if all(start in spaced for start in text.words):
            return 2
        return 3 if text.key in self.key else None


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Near:
    """A term and how near it is: sorts from near to far."""

    rank: int
    distance: float
    letters: str
    term: str


def pairs_of(labels: Iterable[Label]) -> Pairs:
    """The index by pairs of letters, which `nearest` needs."""
    found: Pairs = {}
    for number, label in enumerate(labels):
        for pair in _pairs(label.key):
            found.setdefault(pair, []).append(number)
    return found


def nearest(text: str, labels: tuple[Label, ...], pairs: Pairs, limit: int) -> tuple[str, ...]:
    """Up to `limit` terms whose labels lie nearest to the text, nearest first.

    Labels that the text begins or is part of come first, then labels that stand inside the
    text, then those that differ from it in few letters.
    """
    sought = Label.of(text[:_LONGEST_TEXT], "")
    if not sought.key:
        return ()
    near = [found for label in labels if (found := _related(sought, label)) is not None]
    if len(near) < limit:
        near += _alike(sought, labels, pairs)
    return tuple(dict.fromkeys(found.term for found in sorted(near)))[:limit]


def _related(sought: Label, label: Label) -> _Near | None:
    letters = len(label.key)
    rank = label.rank(sought)
    if rank is not None:
        return _Near(rank=rank, distance=letters, letters=label.key, term=label.term)
    if letters >= _SHORTEST_INSIDE and label.key in sought.key:
        return _Near(rank=_INSIDE_THE_TEXT, distance=-letters, letters=label.key, term=label.term)
    return None


def _alike(sought: Label, labels: tuple[Label, ...], pairs: Pairs) -> list[_Near]:
    """Labels that differ in few letters; only those with most pairs in common are compared."""
    own = _pairs(sought.key)
    common = Counter(number for pair in own for number in pairs.get(pair, ()))
    shares = sorted(
        (-count / (len(own) + len(labels[number].key)), labels[number].key, number)
        for number, count in common.items()
    )
    matcher = SequenceMatcher(b=sought.key, autojunk=False)
    alike = []
    for *_, number in shares[:_CANDIDATES]:
        label = labels[number]
        matcher.set_seq1(label.key)
        if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
            continue  # cheap upper bounds
        ratio = matcher.ratio()
        if ratio >= _ALIKE:
            alike.append(
                _Near(
                    rank=_FEW_LETTERS_DIFFER, distance=-ratio, letters=label.key, term=label.term
                )
            )
    return alike


def _pairs(letters: str) -> set[tuple[str, str]]:
    return set(pairwise(f"^{letters}$"))
