"""Peak memory, in a process of its own: `python -m benchmarks.memory PART COUNT [MIX CHUNK]`.

Prints MiB twice: with the columns in memory, and at the worst moment of judging or grading them.
The peak is the kernel's (VmHWM, which `getrusage` also gives); it is set back once the columns
are made, since making them takes more than judging them. Linux only.
"""

import gc
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import batch, laboratory
from benchmarks.generate.mixes import MIXES
from benchmarks.generate.results import draw


def main() -> None:
    """Make the columns, forget what that took, judge or grade them."""
    part, count, *rest = sys.argv[1:]
    run = _grading(int(count)) if part == "laboratory" else _judging(int(count), *rest)
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    with_columns = _peak_mebibytes()
    run()
    print(with_columns, _peak_mebibytes())


def _judging(count: int, name: str, chunk: str) -> Callable[[], object]:
    columns = batch.generated(next(mix for mix in MIXES if mix.name == name), count)
    return lambda: batch.judge_in_chunks(columns, int(chunk))


def _grading(count: int) -> Callable[[], object]:
    batches = draw(count).batches()
    return lambda: laboratory.grade_all(batches)


def _peak_mebibytes() -> float:
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
