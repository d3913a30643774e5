"""Laboratory results by the million: rate, growth and memory, beside a plain loop in decimals.

The batch is checked against grading one result at a time, answer by answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.domain.laboratory.assembly import graded
from app.domain.laboratory.columns import Columns
from app.domain.laboratory.evaluate import NO_GRADE, Graded, Status, evaluate
from app.domain.laboratory.grading import Chosen, grades, read
from app.domain.laboratory.policy import WORST
from app.domain.laboratory.reading import Row
from benchmarks.generate.results import Results, catalogue, draw
from benchmarks.measure import Cost, Run, peaks_of, side_by_side
from benchmarks.rivals import plain_decimal

MANY: Final = 1_000_000
FEW: Final = 10_000
AS_ROWS: Final = 200_000
"""Results that are also held as rows of decimals; a million of them would fill the memory."""
SINGLE: Final = 1_000
SAMPLE: Final = 20_000
_CHUNK: Final = 50_000


class Disagreement(AssertionError):
    """The plain loop gave another grade, so its speed says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryResult:
    """What laboratory grading cost."""

    many: Cost
    few: Cost
    same: Cost
    """The columns of `AS_ROWS` results."""
    rows: Cost
    """Those results from rows of decimals, with making the columns."""
    plain: Cost
    """The plain loop over those of them that it can grade."""
    plain_rows: int
    agreed: int
    """Of these, how many the engine is sure of, with the same grade."""
    reading: Cost
    grading: Cost
    explaining: Cost
    """One result: reading it; its grade, bounds, status and reason; all that and why."""
    compared: int
    different: int
    """Results graded one at a time, and how many of them the batch answers otherwise."""
    mebibytes: tuple[float, float] | None
    shares: dict[str, float]

    @property
    def growth(self) -> float:
        """CPU time per result of a million, in one of ten thousand."""
        return (self.many.cpu / MANY) / (self.few.cpu / FEW)

    @property
    def ratio(self) -> float:
        """Results of a million that the engine grades while the plain loop grades one."""
        return self.many.rate(MANY) / self.plain.rate(self.plain_rows)


def measure(repeats: int, *, whole: bool) -> LaboratoryResult:
    """All figures; with `whole`, the whole million is also graded one result at a time."""
    many, few, same = (draw(count).batches() for count in (MANY, FEW, AS_ROWS))
    rows = draw(AS_ROWS).rows(0, AS_ROWS)
    plain = [each for row in rows if (each := plain_decimal.plain(row)) is not None]
    functions = plain_decimal.functions_of(catalogue())
    agreed = agreeing(rows, plain_decimal.grades(plain, functions))
    single = _Single(draw(SINGLE))
    costs = side_by_side(
        {
            "many": lambda: grade_all(many),
            "few": lambda: grade_all(few),
            "same": lambda: grade_all(same),
            "rows": lambda: graded(rows, catalogue().ladder, WORST),
            "plain": lambda: plain_decimal.grades(plain, functions),
            **single.runs(),
        },
        repeats,
    )
    found = grade_all(many)
    compared = MANY if whole else SAMPLE
    return LaboratoryResult(
        **{name: costs[name] for name in ("many", "few", "same", "rows", "plain")},
        **{name: costs[name].of_each(SINGLE) for name in ("reading", "grading", "explaining")},
        plain_rows=len(plain),
        agreed=agreed,
        compared=compared,
        different=different(draw(MANY), found, compared),
        mebibytes=peaks_of("laboratory", MANY),
        shares={each.name.lower(): float((status_of(found) == each).mean()) for each in Status},
    )


Batches = tuple[Columns, Columns]
Answers = tuple[Graded, Graded]


def grade_all(columns: Batches) -> Answers:
    """From columns in memory to grades, bounds, statuses and reasons."""
    ladder = catalogue().ladder
    return evaluate(columns[0], ladder, WORST), evaluate(columns[1], ladder, WORST)


def status_of(found: Answers) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    """The status of every result, in no particular order."""
    return np.concatenate([each.status for each in found])


def different(results: Results, found: Answers, count: int) -> int:
    """How many of the first results are answered otherwise when each is graded alone."""
    place_in = np.empty(len(results), dtype=np.intp)
    exact = np.zeros(len(results), dtype=np.bool_)
    for places, is_exact in ((results.ordinary, False), (results.others, True)):
        place_in[places] = np.arange(len(places))
        exact[places] = is_exact
    wrong = 0
    for first in range(0, count, _CHUNK):
        for at, row in enumerate(results.rows(first, min(first + _CHUNK, count)), start=first):
            alone = graded([row], catalogue().ladder, WORST)
            among, place = found[int(exact[at])], int(place_in[at])
            wrong += any(
                getattr(alone, name)[0] != getattr(among, name)[place] for name in Graded.__slots__
            )
    return wrong


def agreeing(rows: Sequence[Row], told: Sequence[int | None]) -> int:
    """How many results both grade; raises Disagreement where a sure grade is another one."""
    found = graded(rows, catalogue().ladder, WORST)
    places = [place for place, row in enumerate(rows) if plain_decimal.plain(row) is not None]
    sure = {Status.GRADED, Status.AT_LEAST}
    agreed = 0
    for place, grade in zip(places, told, strict=True):
        if grade is None or found.grade[place] == NO_GRADE or found.status[place] not in sure:
            continue
        if grade != found.grade[place]:
            raise Disagreement(
                f"grade {grade}, and the engine {found.grade[place]}: {rows[place]}"
            )
        agreed += 1
    return agreed


class _Single:
    """Results one by one."""

    def __init__(self, results: Results) -> None:
        self.asked = [results.measurement(place) for place in range(len(results))]
        self.chosen = [self.read(place) for place in range(len(results))]

    def read(self, place: int) -> tuple[Chosen, ...]:
        return read(self.asked[place], catalogue(), _name)

    def runs(self) -> dict[str, Run]:
        places = range(len(self.asked))
        ladder = catalogue().ladder
        return {
            "reading": lambda: [self.read(place) for place in places],
            "grading": lambda: [graded([one[0].row], ladder, WORST) for one in self.chosen],
            "explaining": lambda: [grades(one, catalogue()) for one in self.chosen],
        }


def _name(text: str) -> str:
    """The results are drawn with the dictionary's own names."""
    return text
