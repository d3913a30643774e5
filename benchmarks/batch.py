"""Verdicts by the million: rate, chunk sizes, growth and memory, on both mixes."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from app.domain.dlt.columns import Columns
from app.domain.dlt.judge import Verdict, judge
from benchmarks import ic19
from benchmarks.generate.chunks import chunks
from benchmarks.generate.columns import columns_of
from benchmarks.generate.draws import draw
from benchmarks.generate.mixes import Mix
from benchmarks.measure import Cost, cost, peaks_of, side_by_side

SEED = 20_260_530
MANY = 1_000_000
FEW = 10_000
CHUNK = 262_144
CHUNK_SIZES = (16_384, 65_536, 262_144)
SINGLE_EVENTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """What one mix cost."""

    mix: Mix
    one: Cost
    few: Cost
    many: dict[int, Cost]
    """By chunk size."""
    mebibytes: tuple[float, float] | None
    """Peak with the columns in memory, and while they are judged; None where it cannot be told."""
    shares: dict[str, float]
    """Of the verdicts."""

    @property
    def best_chunk(self) -> int:
        """The size that took the least CPU time."""
        return min(self.many, key=lambda size: self.many[size].cpu)

    @property
    def growth(self) -> float:
        """CPU time per event of a million, in one of ten thousand."""
        return (self.many[self.best_chunk].cpu / MANY) / (self.few.cpu / FEW)


def generated(mix: Mix, events: int) -> Columns:
    """The same events at each call."""
    return columns_of(draw(mix, events, ic19.protocol(), SEED), ic19.program())


def judge_in_chunks(columns: Columns, size: int) -> None:
    """Judge everything; the verdicts of each chunk are dropped before the next."""
    program = ic19.program()
    for chunk in chunks(columns, size):
        judge(chunk, program)


def measure(mix: Mix, repeats: int) -> BatchResult:
    """All figures of a mix."""
    few, many = generated(mix, FEW), generated(mix, MANY)
    program = ic19.program()
    ones = list(chunks(few, 1))[:SINGLE_EVENTS]
    singles = [part.take(np.array([0])) for part in ones]
    one = cost(lambda: [judge(single, program) for single in singles], repeats)
    by_size = side_by_side(
        {str(size): partial(judge_in_chunks, many, size) for size in CHUNK_SIZES}, repeats
    )
    found = judge(few, program).verdict
    return BatchResult(
        mix=mix,
        one=one.of_each(len(singles)),
        few=cost(lambda: judge(few, program), 5 * repeats),
        many={size: by_size[str(size)] for size in CHUNK_SIZES},
        mebibytes=peaks_of("batch", MANY, mix.name, CHUNK),
        shares={each.name: float((found == each).mean()) for each in list(Verdict)[:4]},
    )
