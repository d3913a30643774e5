"""Stopwatches: CPU time before wall time, one core, contenders in turn, medians of some runs."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

Run = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds: medians of several runs; the least CPU time is what a busy machine spoils least."""

    cpu: float
    wall: float
    least_cpu: float

    def of_each(self, count: int) -> "Cost":
        """The cost of one of `count` things done in a run."""
        return Cost(cpu=self.cpu / count, wall=self.wall / count, least_cpu=self.least_cpu / count)

    def rate(self, count: int) -> float:
        """How many of `count` things a CPU second does."""
        return count / self.cpu


def pin() -> str:
    """Stay on one core, where the system lets a process choose. Says what was done."""
    if not hasattr(os, "sched_setaffinity"):
        return "not pinned"
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return f"pinned to core {core}"


def unpin() -> None:
    """Let the system choose the core again, for a server beside its pinned client."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))


def cost(run: Run, repeats: int = 5) -> Cost:
    """What one call costs, after a call that does not count."""
    return side_by_side({"": run}, repeats)[""]


def side_by_side(runs: Mapping[str, Run], repeats: int = 5) -> dict[str, Cost]:
    """The contenders take turns, so that a slow minute of the machine meets all of them."""
    for run in runs.values():
        run()
    cpu: dict[str, list[float]] = {name: [] for name in runs}
    wall: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            cpu_start, wall_start = time.process_time(), time.perf_counter()
            run()
            wall[name].append(time.perf_counter() - wall_start)
            cpu[name].append(time.process_time() - cpu_start)
    return {
        name: Cost(cpu=median(cpu[name]), wall=median(wall[name]), least_cpu=min(cpu[name]))
        for name in runs
    }


def peaks_of(*asked: str | int) -> tuple[float, float] | None:
    """MiB at the peak of holding columns, and of working on them; `benchmarks.memory` tells them.

    None where they cannot be told.
    """
    if sys.platform != "linux":
        return None
    command = [sys.executable, "-m", "benchmarks.memory", *map(str, asked)]
    # Every large array is given back when it is freed, so that the peak is that of living arrays.
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536"}
    ran = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    said = ran.stdout.split()
    return float(said[0]), float(said[1])
