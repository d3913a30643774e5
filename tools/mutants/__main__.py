"""`python -m tools.mutants`: plants faults in a sample of places and counts those that are found.

Results are kept line by line in a file, so that a run which was stopped goes on where it was.
"""

import argparse
import ast
import hashlib
import json
import math
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import accumulate
from operator import itemgetter
from pathlib import Path
from time import monotonic
from typing import Any, Final

from tools.mutants.operators import Mutant, mutants

ROOT: Final = Path(__file__).parents[2]
KEPT: Final = ROOT / ".mutants"
DATA_ONLY: Final = {"descriptions.py", "clause_descriptions.py", "document_descriptions.py"}
TESTS: Final = (
    "tests/domain/dlt", "tests/domain/test_*course*.py", "tests/domain/test_protocol_schema.py",
    "tests/domain/adjudication", "tests/golden", "tests/docs/test_examples.py",
)  # fmt: skip
SEED: Final = "doseguard"
Result = dict[str, Any]
FIRST: Final = 4  # files of the first batch; each later one is twice as long


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """What the tests run where nothing is changed."""

    seconds: dict[str, float]
    cost: dict[str, float]
    lines: dict[str, dict[str, set[int]]]


def main() -> None:
    """The command."""
    arguments = _arguments()
    os.environ |= {
        "CI": "true",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    os.nice(max(0, 15 - os.nice(0)))
    os.chdir(ROOT)
    KEPT.mkdir(exist_ok=True)
    results = _read(KEPT / "results.jsonl")
    sample = {str(path): _sample(path, arguments) for path in _targets(arguments.only)}
    if not arguments.report:
        _load_libraries()
        suite = _suite(arguments.again)
        _measure(sample, suite, results, arguments)
    _tell_score(sample, results)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools.mutants", description=__doc__)
    parser.add_argument("only", nargs="*", help="files, in place of all of the engine")
    parser.add_argument("--percent", type=float, default=10, help="of each file's changes")
    parser.add_argument("--least", type=int, default=10, help="changes of each file")
    parser.add_argument(
        "--seconds", type=float, default=math.inf, help="of tests for one change, at most"
    )
    parser.add_argument("--first", nargs="*", default=(), help="test files tried before others")
    parser.add_argument("--again", action="store_true", help="see anew what the tests run")
    parser.add_argument("--survivors", action="store_true", help="try the survivors once more")
    parser.add_argument("--report", action="store_true", help="only say what is known")
    return parser.parse_args()


def _targets(only: Sequence[str]) -> list[Path]:
    if only:
        return [Path(each) for each in only]
    found = sorted(Path("app/domain/dlt").rglob("*.py"))
    courses = [Path("app/domain/course.py"), Path("app/domain/steps.py")]
    return [*courses, *(each for each in found if each.name not in DATA_ONLY)]


def _sample(path: Path, arguments: argparse.Namespace) -> tuple[int, list[Mutant]]:
    """How many changes there are, and those of the sample: the same as long as they exist."""
    every = list(mutants(path.read_text("utf-8")))
    size = max(arguments.least, math.ceil(len(every) * arguments.percent / 100))
    drawn = sorted(
        every, key=lambda each: hashlib.sha256(f"{SEED}|{path}|{each.key}".encode()).digest()
    )
    return len(every), drawn[:size]


def _load_libraries() -> None:
    """What tests load beside `app`: loaded once, for all that are forked."""
    for name in ("coverage", "hypothesis.strategies", "pydantic", "scipy.stats", "yaml"):
        import_module(name)
    if "app" in sys.modules:
        raise RuntimeError("A module of app was loaded before it could be changed.")


def _suite(again: bool) -> Suite:
    from tools.mutants.trial import run

    kept = KEPT / "suite.json"
    known: dict[str, Result] = (
        json.loads(kept.read_text("utf-8")) if kept.exists() and not again else {}
    )
    files = sorted(
        str(path)
        for place in TESTS
        for path in (
            Path().glob(place) if place.endswith(".py") else Path(place).rglob("test_*.py")
        )
    )
    traced = [path.resolve() for path in _targets(())]
    for file in files:
        if file not in known:
            seen = run([[file]], traced=traced)
            if seen.failed or seen.timed_out:
                sys.exit(f"{file} fails without a change: {seen.failed or seen.timed_out}")
            known[file] = {"seconds": seen.seconds, "loading": seen.loading[file], "lines": {
                str(Path(path).relative_to(ROOT)): lines for path, lines in seen.lines.items()
            }}  # fmt: skip
            _say(f"{seen.loading[file]:7.2f} s  {file}")
            kept.write_text(json.dumps(known), "utf-8")
    return Suite(
        seconds={test: each for file in files for test, each in known[file]["seconds"].items()},
        cost={file: known[file]["loading"] for file in files},
        lines={
            file: {path: set(lines) for path, lines in known[file]["lines"].items()}
            for file in files
        },
    )


def _measure(
    sample: dict[str, tuple[int, list[Mutant]]],
    suite: Suite,
    results: dict[str, Result],
    arguments: argparse.Namespace,
) -> None:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    # Every file in proportion: wherever a run is stopped, it has tried as large a part of each.
    turns = sorted(
        (
            (number / every, path, mutant)
            for path, (every, drawn) in sample.items()
            for number, mutant in enumerate(drawn)
        ),
        key=itemgetter(0, 1),
    )
    for result in results.values():
        if result["by"]:
            found[result["name"].split("|")[0]][result["by"].split("::")[0]] += 1
    with (KEPT / "results.jsonl").open("a", encoding="utf-8") as kept:
        for _, path, mutant in turns:
            name = f"{path}|{mutant.key}"
            old = results.get(name)
            if old is None or (arguments.survivors and old["outcome"] == "survived"):
                tried = _tried(path, mutant, suite, found[path], arguments)
                results[name] = {"name": name, **tried}
                kept.write(json.dumps(results[name]) + "\n")
                kept.flush()


def _tried(
    path: str, mutant: Mutant, suite: Suite, found: Counter[str], arguments: argparse.Namespace
) -> Result:
    from tools.mutants.trial import Changed, run

    lines = range(mutant.lines[0], mutant.lines[1] + 1)
    running = [
        file for file, ran in suite.lines.items() if not ran.get(path, set()).isdisjoint(lines)
    ]
    # Cheap files first, and those that have found faults of this file before.
    running.sort(
        key=lambda file: (file not in arguments.first, suite.cost[file] / (1 + 2 * found[file]))
    )
    spent = list(accumulate(suite.cost[file] for file in running))
    chosen = [file for file, cost in zip(running, spent, strict=True) if cost <= arguments.seconds]
    changed = Changed(
        name=path.removesuffix(".py").removesuffix("/__init__").replace("/", "."),
        path=Path(path).resolve(),
        tree=mutant.of(ast.parse(Path(path).read_text("utf-8"))),
    )
    begun = monotonic()
    report = run(list(_batches(chosen)), changed=changed, known=suite.seconds)
    killer = report.failed or report.timed_out
    if killer:
        found[killer.split("::")[0]] += 1
    outcome = "timed out" if report.timed_out else "killed" if report.failed else "survived"
    took = round(monotonic() - begun, 1)
    _say(f"{outcome:9} {took:6.1f} s  {path}:{mutant.line}  {mutant.before} -> {mutant.after}")
    return {
        "outcome": outcome, "by": killer, "seconds": took,
        "files": f"{len(chosen)} of {len(running)}",
        "line": mutant.line, "operator": mutant.operator,
        "before": mutant.before, "after": mutant.after,
    }  # fmt: skip


def _batches(files: Sequence[str]) -> Iterator[Sequence[str]]:
    start, size = 0, FIRST
    while start < len(files):
        yield files[start : start + size]
        start, size = start + size, size * 2


def _read(path: Path) -> dict[str, Result]:
    if not path.exists():
        return {}
    kept = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {each["name"]: each for each in kept}


def _tell_score(sample: dict[str, tuple[int, list[Mutant]]], results: dict[str, Result]) -> None:
    """Per file and together; each file weighs as many changes as it has."""
    total = sum(every for every, _ in sample.values())
    score = variance = 0.0
    found = tried = 0
    _say(f"{'file':42} {'changes':>8} {'tried':>6} {'found':>6}")
    for path, (every, drawn) in sample.items():
        known = [results[key] for each in drawn if (key := f"{path}|{each.key}") in results]
        if not known:
            continue
        killed = sum(each["outcome"] != "survived" for each in known)
        _say(f"{path:42} {every:8} {len(known):6} {killed:6}")
        found, tried = found + killed, tried + len(known)
        weight, size = every / total, len(known)
        score += weight * killed / size
        # The variance of a file whose changes were all found is not known to be 0.
        near = (killed + 1) / (size + 2)
        variance += weight**2 * near * (1 - near) / size * (1 - size / every)
    around = 1.96 * math.sqrt(variance)
    _say(f"{'together':42} {total:8} {tried:6} {found:6}")
    _say(f"score {100 * score:.1f} %, 95 % interval {100 * (score - around):.1f} to "
         f"{100 * min(1.0, score + around):.1f} % (weighted by changes)")  # fmt: skip
    for path, (_, drawn) in sample.items():
        for each in drawn:
            result = results.get(f"{path}|{each.key}")
            if result is not None and result["outcome"] == "survived":
                _say(f"{path}:{each.line}  {each.operator}: {each.before}  ->  {each.after}"
                     f"  [{result['files']} files]")  # fmt: skip


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
