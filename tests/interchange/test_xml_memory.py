"""A file of any length is read in the memory of its largest row.

The parser's own memory is outside of Python's, so that of a whole process is compared.
"""

import subprocess
import sys

import pytest

READ = """
from pathlib import Path
from app.domain.source_system import SourceSystem
from app.interchange.odm import read_odm
from tests.interchange.odm_writer import clinical, group, item, odm, subject, trickle

def file(rows):
    row = group(item("AETERM", "x" * 8000), item("AESTDTC", "2026-03"))
    start, _, end = odm(clinical(subject("\\0"))).partition(b"\\0")
    yield start
    for _ in range(rows):
        yield row.encode()
    yield end

def peak(rows):
    read = sum(1 for _ in read_odm(trickle(file(rows), 1 << 20), SourceSystem()))
    assert read == rows
    # Not ru_maxrss, which begins with that of the process that started this one.
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))

print(peak(200), peak((64 << 20) // 8000))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc elsewhere")
def test_64_mib_of_odm_take_no_more_memory_than_a_few() -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", READ], capture_output=True, text=True, check=True
    )
    short, long = map(int, done.stdout.split())
    assert long - short < 16
