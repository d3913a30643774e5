"""`python -m tests.oracle N SEED`: judge N generated pairs both ways and print the counts."""

import json
import sys
from collections import Counter

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.oracle.pairs import Pair, pairs


def main(number: int, start: int) -> Counter[str]:
    """Counts of pairs, of unsound and of incomplete answers."""
    counts: Counter[str] = Counter()

    @seed(start)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(pairs())
    def run(pair: Pair) -> None:
        counts["pairs"] += 1
        found = pair.compared()
        counts[f"verdict {found.answer.verdict}"] += 1
        counts["without completions"] += not found.samples
        for kind in ("unsound", "incomplete", "late"):
            told = getattr(found, kind)
            if told:
                counts[kind] += 1
                sys.stdout.write(json.dumps({kind: told, "case": pair.case, "rules": pair.rules}) + "\n")

    run()
    return counts


if __name__ == "__main__":
    for name, count in sorted(main(int(sys.argv[1]), int(sys.argv[2])).items()):
        sys.stdout.write(f"{name}: {count}\n")
