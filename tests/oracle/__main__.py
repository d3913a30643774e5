"""`python -m tests.oracle N SEED`: judge N generated records both ways and print the counts."""

import json
import sys
from collections import Counter

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.oracle.completions import Recorded
from tests.oracle.documents import document_pairs
from tests.oracle.ic19 import ic19_pairs
from tests.oracle.pairs import Pair, pairs


def main(number: int, start: int) -> Counter[str]:
    """Counts of records, verdicts, and unsound, late and incomplete answers by construct."""
    counts: Counter[str] = Counter()

    @seed(start)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(pairs(), ic19_pairs(), document_pairs()))
    def run(pair: Pair) -> None:
        found = pair.compared()
        counts.update(("pairs", f"verdict {found.answer.verdict}"))
        counts["without completions"] += not found.samples
        for kind in ("unsound", "late", "incomplete"):
            told = getattr(found, kind)
            if told:
                counts[kind] += 1
                counts.update(f"{kind}: {each}" for each in constructs(pair.recorded()))
                shown = {kind: told, "case": pair.case, "rules": pair.rules}
                sys.stdout.write(json.dumps(shown) + "\n")

    run()
    return counts


def constructs(recorded: Recorded) -> list[str]:
    """What is unknown or unusual about a record, in a few words each."""
    subject, event, zone = recorded.subject, recorded.event, recorded.zone
    infusions = [exposure.start for exposure in subject.exposures or ()]
    times = [change.at for change in event.grades]
    told = {
        "unknown infusion": not infusions or None in infusions,
        "partial infusion": any(time and not time.span(zone).exact for time in infusions),
        "unknown time": None in times,
        "partial time": any(time and not time.span(zone).exact for time in times),
        "unknown grade": any(change.grade is None for change in event.grades) or not event.grades,
        "worst grade": event.worst_grade is not None,
        "unknown baseline": event.baseline_grade is None,
        "unknown term": len(recorded.terms) > 1,
        "assessments": bool(event.assessments),
        "end of observation": bool(subject.death or subject.withdrawal or subject.follow_up_until),
        "ended at an unknown time": event.ongoing is False,
        "not known whether ongoing": event.ongoing is None,
    }
    return [name for name, holds in told.items() if holds] or ["nothing unknown"]


if __name__ == "__main__":
    for name, count in sorted(main(int(sys.argv[1]), int(sys.argv[2])).items()):
        sys.stdout.write(f"{name}: {count}\n")
