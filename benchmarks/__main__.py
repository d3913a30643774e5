"""`python -m benchmarks [--quick] [PART…]`: measure, print a table, write benchmarks/results.json.

Parts: batch, comparison, http, loopback, ingest, imports, readjudication, workers, laboratory,
designs, gate; by default all.
Nothing is asserted but that the contenders agree; the targets stand beside the figures
(docs/performance.md).
"""

import argparse
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.generate.mixes import MIXES
from benchmarks.measure import pin
from benchmarks.parts import PARTS
from benchmarks.report import Row, table

RESULTS = Path(__file__).with_name("results.json")


def main() -> None:
    """Measure what was asked for, each mix in turn."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="three runs instead of seven")
    asked = parser.parse_args()
    for part in asked.parts:
        if part not in PARTS:
            parser.error(f"there is no part {part!r}; there are {', '.join(PARTS)}")
    where = _machine()
    print("; ".join(f"{name} {value}" for name, value in where.items()), flush=True)
    rows: list[Row] = []
    for part in asked.parts or PARTS:
        for mix in MIXES:
            found = PARTS[part](mix, 3 if asked.quick else 7)
            if not found:
                continue
            of = f", mix {mix.name} ({mix.says})" if found[0].mix else ""
            print(f"\n{part}{of}\n{table(found)}", flush=True)
            rows += found
    results = {"machine": where, "rows": [row.as_json() for row in rows]}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


def _machine() -> dict[str, Any]:
    return {
        "pinning": pin(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "machine": platform.machine(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "zen-engine", "fastapi")},
    }


if __name__ == "__main__":
    main()
