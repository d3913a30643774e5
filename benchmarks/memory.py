"""Peak memory of judging, in a process of its own: `python -m benchmarks.memory MIX EVENTS CHUNK`.

Prints MiB twice: with the columns in memory, and at the worst moment of judging them. The peak is
the kernel's (VmHWM, which `getrusage` also gives); it is set back once the columns are made, since
making them takes more than judging them. Linux only.
"""

import gc
import sys
from pathlib import Path

from benchmarks.batch import generated, judge_in_chunks
from benchmarks.generate.mixes import MIXES


def main() -> None:
    """Make the columns, forget what that took, judge."""
    name, events, chunk = sys.argv[1:]
    columns = generated(next(mix for mix in MIXES if mix.name == name), int(events))
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    with_columns = _peak_mebibytes()
    judge_in_chunks(columns, int(chunk))
    print(with_columns, _peak_mebibytes())


def _peak_mebibytes() -> float:
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
