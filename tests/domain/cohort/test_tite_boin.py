"""TITE-BOIN: both formulas by hand, its suspension and elimination, laws, and shared cases."""

import json
from pathlib import Path
from typing import Any, Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.domain.cohort.boin import Boin
from app.domain.cohort.design import Counts, NotOfThisDesign
from app.domain.cohort.tite_boin import TiteBoin, Variant
from app.domain.cohort.waiting import CAUTION

CASES = Path(__file__).parents[4] / "shared" / "cases" / "tite-boin.json"
LIN = TiteBoin(target=0.2, variant="lin-yuan-2020")
YUAN = TiteBoin(target=0.2, variant="yuan-2018")


def shared() -> list[Any]:
    if not CASES.is_file():
        skipped = pytest.mark.skip(reason="../shared/cases/tite-boin.json is not there")
        return [pytest.param({}, marks=skipped, id="shared-cases")]
    cases = json.loads(CASES.read_text("utf-8"))["cases"]
    return [pytest.param(case, id=case["id"]) for case in cases]


@pytest.mark.no_cover
@pytest.mark.parametrize("case", shared())
def test_the_shared_cases(case: dict[str, Any]) -> None:
    asked = dict(case["request"])
    design = TypeAdapter(TiteBoin).validate_python(asked.pop("design"))
    assert {"decision": design.decide(Counts(**asked)).decision} == case["expect"]


def counts(n: int, dlts: int, pending: int, follow_up: float | None) -> Counts:
    return Counts(enrolled=n, dlts=dlts, pending=pending, pending_follow_up=follow_up)


@pytest.mark.parametrize(
    ("variant", "threshold"), [("lin-yuan-2020", 0.359612), ("yuan-2018", 0.773122)]
)
def test_the_variants_escalate_from_different_follow_up(
    variant: Literal["lin-yuan-2020", "yuan-2018"], threshold: float
) -> None:
    # The published 0.3596 and 0.7731 are these.
    design = TiteBoin(target=0.2, variant=variant)
    assert design.decide(counts(9, 1, 3, threshold - 1e-5)).decision == "stay"
    assert design.decide(counts(9, 1, 3, threshold + 1e-5)).decision == "escalate"


def test_the_formulas_by_hand() -> None:
    assert LIN.estimate(9, 1, 3, 0.5) == pytest.approx(1 / 6.5)
    prior = 1.1 / 7
    assert YUAN.estimate(9, 1, 3, 0.5) == pytest.approx((1 + 2.5 * prior / (1 - prior)) / 9)
    for design in (LIN, YUAN):
        assert design.estimate(9, 1, 0, 0) == pytest.approx(1 / 9)


@pytest.mark.parametrize(
    ("design", "n", "dlts", "pending", "follow_up", "decision"),
    [
        # Elimination comes before the suspension.
        (LIN, 6, 3, 3, 0.0, "eliminate"),
        (LIN, 6, 2, 4, 0.0, "suspend"),
        (LIN, 6, 2, 3, 0.0, "de_escalate"),
        (LIN, 6, 0, 3, 0.0, "escalate"),
        (LIN, 6, 0, 4, 4.0, "suspend"),
        (LIN, 0, 0, 0, None, "cohort_not_full"),
        (LIN, 10, 2, 0, None, "stay"),
        # Yuan 2018 stays at equality, escalates only below it, de-escalates only above it.
        (LIN, 10, 2, 5, 0.0, "de_escalate"),
        (YUAN, 10, 2, 5, 0.0, "stay"),
        (LIN, 9, 1, 4, 0.0, "stay"),
        (LIN, 8, 1, 4, 0.0, "de_escalate"),
        (YUAN, 8, 1, 4, 0.0, "stay"),
        (YUAN, 9, 3, 3, 0.0, "de_escalate"),
        (YUAN, 12, 1, 3, 3.0, "escalate"),
    ],
)
def test_decisions_on_both_sides_of_each_limit(
    design: TiteBoin, n: int, dlts: int, pending: int, follow_up: float | None, decision: str
) -> None:
    assert design.decide(counts(n, dlts, pending, follow_up)).decision == decision


@pytest.mark.parametrize("variant", get_args(Variant))
def test_without_any_information_enrolment_waits(
    variant: Literal["lin-yuan-2020", "yuan-2018"],
) -> None:
    design = TiteBoin(target=0.2, variant=variant, max_pending_fraction=1)
    got = design.decide(counts(3, 0, 3, 0.0))
    assert (got.decision, got.certain) == ("suspend", False)
    assert got.because[-1].text == "Of 3 patients none was observed yet: enrolment waits."
    assert design.decide(counts(3, 0, 3, 0.1)).decision != "suspend"


def test_the_fraction_that_may_be_pending_is_exact() -> None:
    design = TiteBoin(target=0.2, variant="lin-yuan-2020", max_pending_fraction=0.29)
    # In floats 0.29 * 100 is less than 29.
    assert design.decide(counts(100, 0, 29, 0.0)).decision == "escalate"
    assert design.decide(counts(100, 0, 30, 0.0)).decision == "suspend"


def test_follow_up_of_pending_patients_is_needed() -> None:
    with pytest.raises(NotOfThisDesign, match="give its total in units") as refused:
        LIN.decide(counts(6, 0, 2, None))
    assert [fault.pointer for fault in refused.value.faults] == ["/pending_follow_up"]


def test_the_answer_gives_its_numbers() -> None:
    def told(design: TiteBoin, *args: Any) -> list[tuple[str, str]]:
        return [(rule.rule, rule.text) for rule in design.decide(counts(*args)).because]

    assert told(LIN, 9, 1, 3, 0.5) == [
        (
            "tite-boin.counts",
            "1 of 9 evaluable patients had a DLT, 3 have no outcome yet; observed so far: 0.5 of "
            "3 windows.",
        ),
        (
            "tite-boin.not-eliminated",
            "The probability that the toxicity exceeds 0.2 is 0.3758, not above the cutoff of "
            "0.95.",
        ),
        (
            "tite-boin.escalate",
            "The rate of 0.1538 is at or below lambda_e, 0.1572.",
        ),
    ]
    assert told(YUAN, 10, 2, 5, 0.0)[2:] == [
        (
            "tite-boin.de_escalate",
            "The rate of 0.4692 is at or above lambda_d, 0.2385.",
        ),
        (
            "tite-boin.stay",
            "The observed rate of 0.2000 is not on the same side of the target of 0.2: stay.",
        ),
    ]
    assert told(LIN, 6, 0, 4, 1.0)[-1] == (
        "tite-boin.suspend",
        "4 of 6 patients pending, more than 0.5 of them: enrolment waits.",
    )
    assert told(LIN, 6, 3, 0, None)[-1][0] == "tite-boin.eliminated"
    assert told(LIN, 0, 0, 0, None) == [
        ("tite-boin.cohort-not-full", "No patient is enrolled at this level yet.")
    ]


def test_what_pending_patients_can_still_change() -> None:
    got = LIN.decide(counts(6, 0, 2, 1.0))
    assert (got.decision, got.certain) == ("escalate", False)
    assert got.possible == ("de_escalate", "escalate", "stay")
    # Whatever the one pending patient has, it is as today.
    sure = LIN.decide(counts(12, 0, 1, 0.5))
    assert (sure.decision, sure.certain, sure.possible) == ("escalate", True, ("escalate",))
    # Only one decision can come out, but it is not today's: too many are pending.
    strict = TiteBoin(target=0.2, variant="lin-yuan-2020", max_pending_fraction=0)
    waits = strict.decide(counts(12, 0, 1, 0.5))
    assert (waits.decision, waits.certain, waits.possible) == ("suspend", False, ("escalate",))
    assert not LIN.decide(counts(0, 0, 0, None)).certain


def test_the_mtd_is_that_of_boin() -> None:
    trial = [3, 3, 15, 9, 0], [0, 0, 4, 4, 0]
    expected = Boin(target=0.3).select_mtd(*trial)
    assert TiteBoin(target=0.3, variant="yuan-2018").select_mtd(*trial).mtd == expected.mtd == 3


VARIANTS = st.sampled_from(get_args(Variant))


@given(st.integers(1, 40), st.data(), st.floats(0.05, 0.6), VARIANTS)
def test_with_all_outcomes_it_is_boin(
    n: int, data: st.DataObject, target: float, variant: Any
) -> None:
    dlts = data.draw(st.integers(0, n))
    got = TiteBoin(target=target, variant=variant).decide(counts(n, dlts, 0, None))
    assert got.decision == Boin(target=target).decision(n, dlts)
    assert got.certain


@given(st.integers(2, 30), st.data(), VARIANTS)
def test_more_dlts_never_escalate_and_certain_is_certain(
    n: int, data: st.DataObject, variant: Any
) -> None:
    pending = data.draw(st.integers(0, n - 1))
    dlts = data.draw(st.integers(0, n - 1 - pending))
    follow_up = data.draw(st.floats(0, pending))
    design = TiteBoin(target=0.25, variant=variant)
    got = design.decide(counts(n, dlts, pending, follow_up))
    more = design.decide(counts(n, dlts + 1, pending, follow_up))
    assert got.decision is not None
    assert more.decision is not None
    assert CAUTION[got.decision] <= CAUTION[more.decision]
    reached = {design.decision(n, dlts + each) for each in range(pending + 1)}
    assert set(got.possible) == reached
    assert got.certain is (reached == {got.decision})
