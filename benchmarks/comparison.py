"""The engine beside closures with a trace and zen's decision graph: same rules, same events."""

from dataclasses import dataclass

import numpy as np

from app.domain.dlt.judge import Verdict, judge
from benchmarks import ic19
from benchmarks.batch import CHUNK, MANY, generated, judge_in_chunks
from benchmarks.generate.mixes import Mix
from benchmarks.measure import side_by_side
from benchmarks.rivals import zen_graph
from benchmarks.rivals.closures import evaluator
from benchmarks.rivals.known import KnownEvent, as_dictionaries, known_rows

ASKED_CLOSURES = 20_000
ASKED_ZEN = 2_000
CLOSURES, ZEN, ZEN_PREPARED = "closures with a trace", "zen, create_decision", "zen, static loader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Events per CPU second, by contender."""

    mix: Mix
    whole_mix: float
    """The engine on a million events, unknowns and all."""
    known_million: float
    """The engine on the fully known ones of the million."""
    same_events: float
    """The engine on the very events that the closures judge."""
    rivals: dict[str, float]


class Disagreement(AssertionError):
    """A rival gave another verdict, so its speed says nothing."""


def compare(mix: Mix, repeats: int) -> Comparison:
    """All contenders in one run; raises Disagreement before anything is timed."""
    program = ic19.program()
    whole = generated(mix, MANY)
    known = whole.take(known_rows(whole, program))
    sample = known.take(np.arange(ASKED_CLOSURES))
    events = as_dictionaries(sample, program)
    contexts = [list(zen_graph.contexts(event)) for event in events[:ASKED_ZEN]]
    words = [Verdict(int(each)).name for each in judge(sample, program).verdict]
    verdict, decision, prepared = (
        evaluator(program),
        zen_graph.as_decision(),
        zen_graph.from_static_loader(),
    )

    def closures(asked: list[KnownEvent]) -> list[str]:
        return [verdict(event, []) for event in asked]

    def zen(ask: zen_graph.Ask) -> list[str]:
        return [zen_graph.verdict_of_runs(ask(context) for context in runs) for runs in contexts]

    _agree(CLOSURES, closures(events), words)
    _agree(ZEN, zen(decision), words[:ASKED_ZEN])
    _agree(ZEN_PREPARED, zen(prepared), words[:ASKED_ZEN])
    costs = side_by_side(
        {
            "whole": lambda: judge_in_chunks(whole, CHUNK),
            "known": lambda: judge_in_chunks(known, CHUNK),
            "same": lambda: judge_in_chunks(sample, CHUNK),
            CLOSURES: lambda: closures(events),
            ZEN: lambda: zen(decision),
            ZEN_PREPARED: lambda: zen(prepared),
        },
        repeats,
    )
    return Comparison(
        mix=mix,
        whole_mix=costs["whole"].rate(MANY),
        known_million=costs["known"].rate(len(known)),
        same_events=costs["same"].rate(ASKED_CLOSURES),
        rivals={
            CLOSURES: costs[CLOSURES].rate(ASKED_CLOSURES),
            ZEN: costs[ZEN].rate(ASKED_ZEN),
            ZEN_PREPARED: costs[ZEN_PREPARED].rate(ASKED_ZEN),
        },
    )


def _agree(name: str, answers: list[str], words: list[str]) -> None:
    wrong = [
        row for row, pair in enumerate(zip(answers, words, strict=True)) if pair[0] != pair[1]
    ]
    if wrong:
        row = wrong[0]
        raise Disagreement(
            f"{name} gave {len(wrong)} of {len(words)} events another verdict than the engine; "
            f"the first is event {row}: {answers[row]} instead of {words[row]}"
        )
