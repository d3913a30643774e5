"""`python -m tests.oracle N SEED`: judge N generated records both ways and print the counts.

Of each construct of rules and records: in how many pairs it is, how many of them are UNDETERMINED,
and of how many of these every completion that was drawn agrees (docs/completeness.md).
"""

import json
import sys
from collections import Counter
from dataclasses import asdict

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.oracle.completions import Recorded
from tests.oracle.documents import document_pairs
from tests.oracle.facts import conditions_in
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
        recorded = pair.recorded()
        for each in ("any", *constructs(recorded), *asked(recorded)):
            counts[f"{each} | pairs"] += 1
            counts[f"{each} | undetermined"] += found.answer.verdict == "UNDETERMINED"
            counts[f"{each} | incomplete"] += found.incomplete is not None
            counts[f"{each} | late"] += found.late is not None
        counts["without completions"] += not found.samples
        for kind in ("unsound", "late", "incomplete"):
            told = getattr(found, kind)
            if told:
                counts[kind] += 1
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


def asked(recorded: Recorded) -> list[str]:
    """The keys of the rule language that the rules use."""
    rules = recorded.rules
    keys = {key for condition in conditions_in(rules) for key in asdict(condition)}
    said = {"not" if key == "negated" else key for key in keys}
    told = {f"`{key}`" for key in said - {"all", "any", "always", "equals"}}
    told |= {"`longer_than`" for each in rules.criteria if each.longer_than}
    told |= {"`at_least`" for each in rules.criteria if each.at_least}
    told |= {"`replaces`" for each in rules.exceptions if each.replaces}
    told |= {"`exempts_from`" for each in rules.exceptions if each.exempts_from}
    told |= {"`onset_from_grade`"} if rules.window.onset_from_grade else set()
    told |= {"`refer_to_committee`"} if rules.refer_to_committee else set()
    return sorted(told)


def table(counts: Counter[str]) -> str:
    """The rows of docs/completeness.md: each construct with its counts."""
    names = sorted({name.split(" | ")[0] for name in counts if " | " in name})
    rows = []
    for name in names:
        of, open_, more, late = (
            counts[f"{name} | {kind}"] for kind in ("pairs", "undetermined", "incomplete", "late")
        )
        share = f"{100 * more / of:.1f} %"
        rows.append(f"| {name} | {of:,} | {open_:,} | {more:,} | {share} | {late:,} |")
    return "\n".join(rows)


if __name__ == "__main__":
    told = main(int(sys.argv[1]), int(sys.argv[2]))
    for name, count in sorted(told.items()):
        if " | " not in name:
            sys.stdout.write(f"{name}: {count}\n")
    sys.stdout.write(f"{table(told)}\n")
