"""The boundary cases of a protocol: courses, terms and answers on both sides of its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.domain.ctcae import Term
from app.domain.dlt.columns import Index
from app.domain.dlt.program import Program
from app.domain.dlt.readings import Decided
from app.domain.lint.classes import TermClass
from app.domain.lint.courses import courses_of, lines_of, usual_courses
from app.domain.lint.dimensions import dimensions_of
from app.domain.lint.profiles import Profile, forms_of
from app.domain.lint.shapes import Shape

MOST_CASES: Final = 40_000
"""Boundary cases of one document; the terms that stand for classes share them evenly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """Boundary cases: which course, and which term and answers. Shapes are (cases,)."""

    shapes: tuple[Shape, ...]
    profiles: tuple[Profile, ...]
    shape: Index
    profile: Index
    left_out: int
    """Combinations of courses and answers that the budget did not allow."""

    def __len__(self) -> int:
        return len(self.shape)


class _Maker:
    def __init__(self, programs: Sequence[Program], variants: Sequence[Decided]) -> None:
        self.programs = programs
        self.rules = [each.rules for each in variants]
        self.shapes: dict[Shape, int] = {}
        self.profiles: list[Profile] = []
        self.pairs: list[tuple[int, int]] = []
        self.left_out = 0

    def add(self, term: Term, share: int) -> None:
        """Every course with every profile, where the share allows it.

        Else all usual ones, and of the others every n-th, different ones for each profile.
        """
        asked = dimensions_of(self.programs, term.name, laboratory=term.laboratory)
        lines = lines_of(asked, term.grades)
        every = [self._number(each) for each in courses_of(lines, self.rules)]
        usual = {self._number(each) for each in usual_courses(lines)}
        forms, cut = forms_of(asked)
        self.left_out += cut * len(every)
        judged = sum(1 for form in forms if "aside" not in form)
        stride = max(1, -(-len(every) * judged // share))
        for number, form in enumerate(forms):
            self.profiles.append(Profile(term=term.name, form=form))
            others = () if "aside" in form else every[number % stride :: stride]
            chosen = sorted(usual.union(others))
            if "aside" not in form:
                self.left_out += len(every) - len(chosen)
            self.pairs += [(shape, len(self.profiles) - 1) for shape in chosen]

    def _number(self, shape: Shape) -> int:
        return self.shapes.setdefault(shape, len(self.shapes))


def cases_of(
    classes: Sequence[TermClass], programs: Sequence[Program], variants: Sequence[Decided]
) -> Cases:
    """The boundary cases of all lines that any variant of the rules draws."""
    made = _Maker(programs, variants)
    share = MOST_CASES // max(1, sum(len(each.terms) for each in classes))
    for known in classes:
        for term in known.terms:
            made.add(term, share)
    table = np.array(made.pairs, dtype=np.int64).reshape(-1, 2)
    return Cases(
        shapes=tuple(made.shapes),
        profiles=tuple(made.profiles),
        shape=table[:, 0],
        profile=table[:, 1],
        left_out=made.left_out,
    )
