"""What formulas share is asked once, and only facts that are asked both ways are completed."""

import numpy as np
import pytest

from app.domain.adjudication.prepare import prepare
from app.domain.dlt import formula as f
from app.domain.dlt.clock import Clock
from app.domain.dlt.completions import worth_completing
from app.domain.dlt.encode import encode
from app.domain.dlt.onset import place
from app.domain.dlt.simplify import classes_of, factored, key
from app.domain.time import Limit, PartialTime
from tests.builders import LATER, Change, event, ic19_protocol, subject

COUNTED, REACHED = f.Counted(), f.Reached()
WEEK = f.Exceeded(Clock(grade=3, stop=2, limit=Limit("P7D")))
MONTH = f.Exceeded(Clock(grade=3, stop=2, limit=Limit("P28D")))


def fact(number: int, *, value: bool = True) -> f.FactHolds:
    return f.FactHolds(number, value)


def judgement(*parts: f.Formula, grade: int = 3) -> f.Judgement:
    return f.Judgement(
        criterion="c",
        grade=grade,
        counts=f.TRUE,
        when=f.TRUE,
        own=f.TRUE,
        exceptions=(),
        whole=f.every(*parts),
        clocks=(),
    )


class TestFactored:
    """`(a and b) or (a and c)` is `a and (b or c)`."""

    def test_what_all_alternatives_share_is_asked_once(self) -> None:
        either = f.some(f.every(fact(0), COUNTED, WEEK), f.every(COUNTED, MONTH, fact(0)))
        assert key(factored(either)) == key(f.every(fact(0), COUNTED, f.some(WEEK, MONTH)))

    def test_an_alternative_that_is_the_shared_part_is_enough(self) -> None:
        assert key(factored(f.some(COUNTED, f.every(COUNTED, WEEK)))) == key(COUNTED)

    @pytest.mark.parametrize(
        "formula", [WEEK, f.every(fact(0), WEEK), f.some(f.every(fact(0), WEEK), MONTH)]
    )
    def test_what_shares_nothing_stays(self, formula: f.Formula) -> None:
        assert key(factored(formula)) == key(formula)


class TestClasses:
    """Signatures that are judged alike, and what all of them ask."""

    def test_settled_parts_of_all_are_common_and_clocks_are_not(self) -> None:
        each = (
            (judgement(COUNTED, fact(0), WEEK),),
            (judgement(fact(0), COUNTED, WEEK, fact(1)),),
            (judgement(f.FALSE),),
            (judgement(COUNTED, fact(0), WEEK),),
        )
        found = classes_of(each, 3)
        assert found.of_signature.tolist() == [0, 1, 2, 0, -1]
        assert {key(each) for each in found.common} == {key(COUNTED), key(fact(0))}
        assert [key(each) for each in found.formulas] == [
            key(WEEK),
            key(f.every(WEEK, fact(1))),
            key(f.FALSE),
        ]
        assert found.asking == {WEEK.clock: (0, 1)}

    def test_no_criterion_at_a_grade_has_nothing_in_common(self) -> None:
        found = classes_of(((judgement(WEEK),),), 4)
        assert (found.common, found.formulas, found.asking) == ((), (f.FALSE,), {})


class TestAskedBothWays:
    """A fact that only ever helps, or only ever hinders, tells its best and its worst case."""

    @pytest.mark.parametrize(
        ("formula", "both"),
        [
            (f.every(fact(0), f.some(fact(1, value=False), WEEK)), set()),
            (f.some(f.every(fact(0), WEEK), f.every(fact(0, value=False), MONTH)), {0}),
            (f.some(f.Joins(0), f.Lapsed(1, Limit("P7D"))), set()),
            (f.some(f.Joins(0), f.Lapsed(0, Limit("P7D"))), {0}),
            (f.every(f.Joins(0), fact(0, value=False)), {0}),
            (f.IsNth(0, 3), {0}),
        ],
    )
    def test_in_one_formula(self, formula: f.Formula, both: set[int]) -> None:
        assert f.asked_both_ways(formula) == both

    def test_in_several(self) -> None:
        assert f.asked_both_ways(fact(0), f.every(fact(0, value=False), WEEK)) == {0}


class TestWorthCompleting:
    """Of the undecided, those whose completions may agree although the whole does not."""

    @staticmethod
    def worth(term: str, *changes: Change, undecided: bool = True, **recorded: object) -> bool:
        protocol = ic19_protocol()
        assert protocol.rules is not None
        program = protocol.rules.program
        patient = subject(event(term, *changes, **recorded))
        prepared = prepare([patient], protocol, PartialTime(LATER), "+08:00")[0]
        columns = encode([prepared.recorded], program, protocol.document.interventions)
        placed = place(columns, program.rules.window)
        return bool(worth_completing(placed, program, np.array([undecided]))[0])

    def test_not_for_a_fact_that_is_asked_one_way(self) -> None:
        assert not self.worth("Pneumonitis", (4, "2026-03-10"), causality=[])

    def test_for_one_that_is_asked_both_ways(self) -> None:
        assert self.worth("Hypotension", (3, "2026-03-10"), (1, "2026-03-20"), interventions=None)

    def test_for_an_unknown_grade_or_term(self) -> None:
        assert self.worth("Pneumonitis", (None, "2026-03-10"))
        assert self.worth("Frobnication", (4, "2026-03-10"))

    @pytest.mark.parametrize(("onset", "expected"), [("2026-03", True), ("2026-03-29", False)])
    def test_for_a_time_around_the_end_of_a_window(self, onset: str, expected: bool) -> None:
        """The window is through 2026-03-29."""
        assert self.worth("Pneumonitis", (4, onset)) is expected

    @pytest.mark.parametrize(("onset", "expected"), [("2026-03-01", True), ("2026-03-02", False)])
    def test_for_an_unknown_baseline_on_the_day_of_the_infusion(
        self, onset: str, expected: bool
    ) -> None:
        assert self.worth("Pneumonitis", (4, onset), baseline_grade=None) is expected

    def test_never_for_what_is_decided(self) -> None:
        assert not self.worth("Pneumonitis", (None, "2026-03-10"), undecided=False)
