"""The closures that the engine is compared with judge fully known events as it does."""

import numpy as np
import pytest

from app.domain.dlt.judge import Verdict, judge
from benchmarks import ic19
from benchmarks.generate.columns import columns_of
from benchmarks.generate.draws import draw
from benchmarks.generate.mixes import MIXES, Mix
from benchmarks.rivals.closures import Trace, evaluator
from benchmarks.rivals.known import as_dictionaries, known_rows


@pytest.mark.parametrize("mix", MIXES, ids=lambda mix: mix.name)
def test_closures_give_the_verdicts_of_the_engine(mix: Mix) -> None:
    program = ic19.program()
    columns = columns_of(draw(mix, 12_000, ic19.protocol(), seed=5), program)
    known = columns.take(known_rows(columns, program))
    words = [Verdict(int(each)).name for each in judge(known, program).verdict]
    verdict = evaluator(program)
    assert [verdict(event, []) for event in as_dictionaries(known, program)] == words
    assert set(words) == {"DLT", "NOT_DLT", "PENDING"}


def test_closures_note_each_clause_that_they_ask() -> None:
    program = ic19.program()
    columns = columns_of(draw(MIXES[1], 2_000, ic19.protocol(), seed=5), program)
    known = columns.take(known_rows(columns, program))
    dlt = int(np.flatnonzero(judge(known, program).verdict == Verdict.DLT)[0])
    trace: Trace = []
    evaluator(program)(as_dictionaries(known.take(np.array([dlt])), program)[0], trace)
    noted = dict(trace)
    assert noted["in window"]
    assert noted["related"]
    assert any(noted.get(criterion.id) for criterion in program.rules.criteria)
