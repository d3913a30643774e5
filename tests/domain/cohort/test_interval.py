"""mTPI, mTPI-2 and i3+3: their limits by hand, exact ties, laws, and the shared tables."""

import json
from collections.abc import Callable
from fractions import Fraction
from math import comb
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.domain.cohort.design import Counts
from app.domain.cohort.interval import I3Plus3, Mtpi, Mtpi2
from app.domain.cohort.waiting import CAUTION

CASES = Path(__file__).parents[4] / "shared" / "cases" / "design-tables.json"
Any3 = Mtpi | Mtpi2 | I3Plus3
KINDS: dict[str, TypeAdapter[Any]] = {
    "mtpi": TypeAdapter(Mtpi),
    "mtpi2": TypeAdapter(Mtpi2),
    "i3+3": TypeAdapter(I3Plus3),
}


def shared() -> list[Any]:
    if not CASES.is_file():
        skipped = pytest.mark.skip(reason="../shared/cases/design-tables.json is not there")
        return [pytest.param({}, marks=skipped, id="shared-cases")]
    cases = json.loads(CASES.read_text("utf-8"))["cases"]
    return [
        pytest.param(case, id=case["id"])
        for case in cases
        if case["request"]["design"]["kind"] in KINDS
    ]


@pytest.mark.parametrize("case", shared())
def test_the_shared_tables(case: dict[str, Any]) -> None:
    asked = case["request"]
    table = KINDS[asked["design"]["kind"]].validate_python(asked["design"]).table(asked["max_n"])
    got = [{"n": row.n, "decisions": list(row.decisions)} for row in table.rows]
    assert got == case["expect"]["rows"]
    assert table.boundaries is None


I3 = I3Plus3(target=0.25, interval=(0.2, 0.3))


@pytest.mark.parametrize(
    ("design", "n", "dlts", "decision"),
    [
        (Mtpi(target=0.25), 6, 0, "escalate"),
        (Mtpi(target=0.25), 6, 1, "stay"),
        (Mtpi(target=0.25), 6, 2, "stay"),
        (Mtpi(target=0.25), 6, 3, "de_escalate"),
        (Mtpi(target=0.25), 6, 4, "eliminate"),
        (Mtpi2(target=0.2), 6, 0, "escalate"),
        (Mtpi2(target=0.2), 6, 1, "stay"),
        (Mtpi2(target=0.2), 6, 2, "de_escalate"),
        (Mtpi2(target=0.2), 6, 3, "eliminate"),
        (I3, 5, 0, "escalate"),
        (I3, 5, 1, "stay"),
        (I3, 10, 1, "escalate"),
        (I3, 10, 3, "stay"),
        (I3, 10, 4, "de_escalate"),
        (I3, 3, 1, "stay"),
        (I3, 6, 2, "stay"),
        (I3, 6, 3, "de_escalate"),
        (I3, 0, 0, "cohort_not_full"),
    ],
)
def test_decisions_on_both_sides_of_each_limit(
    design: Any3, n: int, dlts: int, decision: str
) -> None:
    assert design.decision(n, dlts) == decision


def mass(n: int, y: int, start: Fraction, end: Fraction) -> Fraction:
    """The posterior mass in whole fractions: a beta integral is a binomial tail."""

    def below(p: Fraction) -> Fraction:
        terms = (comb(n + 1, k) * p**k * (1 - p) ** (n + 1 - k) for k in range(y + 1, n + 2))
        return sum(terms, Fraction(0))

    return below(end) - below(start)


def strongest_key(n: int, y: int, target: str, epsilon: str) -> int:
    """Over all keys as in mTPI-2, whole fractions: -1 below, 0 in, 1 above the target's."""
    middle, half = Fraction(target), Fraction(epsilon)
    low, high, length = middle - half, middle + half, 2 * half
    keys = [(low, high, 0)]
    while keys[0][0] > 0:
        keys.insert(0, (max(Fraction(0), keys[0][0] - length), keys[0][0], -1))
    while keys[-1][1] < 1:
        keys.append((keys[-1][1], min(Fraction(1), keys[-1][1] + length), 1))
    return max((mass(n, y, a, b) / (b - a), side) for a, b, side in keys)[1]


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("target", "epsilon"), [("0.1", "0.05"), ("0.3", "0.05"), ("0.4", "0.1"), ("0.25", "0.03")]
)
def test_two_neighbours_tell_what_all_keys_tell(target: str, epsilon: str) -> None:
    design = Mtpi2(
        target=float(target),
        epsilon1=float(epsilon),
        epsilon2=float(epsilon),
        cutoff_eliminate=1 - 2**-53,
    )
    for n in range(1, 13):
        for y in range(n + 1):
            told = {"escalate": -1, "stay": 0, "de_escalate": 1}[design.decision(n, y)]
            assert told == strongest_key(n, y, target, epsilon), (n, y)


@pytest.mark.parametrize("n", [2, 4, 6, 8, 100])
def test_equal_masses_go_to_the_safer_decision(n: int) -> None:
    # Half with a DLT: the intervals from 0.3 and from 0.5 mirror each other.
    above = Mtpi2(target=0.4, epsilon1=0.1, epsilon2=0.1, cutoff_eliminate=0.99)
    assert above.decision(n, n // 2) in ("de_escalate", "eliminate")
    below = Mtpi2(target=0.6, epsilon1=0.1, epsilon2=0.1)
    assert below.decision(n, n // 2) == "stay"


@pytest.mark.parametrize("make", [Mtpi, Mtpi2])
def test_very_many_patients_do_not_blur_the_masses(make: Callable[..., Mtpi | Mtpi2]) -> None:
    design = make(target=0.3, cutoff_eliminate=0.999999)
    assert design.decision(10_000, 0) == "escalate"
    assert design.decision(10_000, 2_000) == "escalate"
    assert design.decision(10_000, 3_000) == "stay"
    assert design.decision(10_000, 3_520) == "eliminate"
    # No posterior is above this cutoff, so that the intervals decide also at the other end.
    assert make(target=0.3, cutoff_eliminate=1 - 2**-53).decision(10, 10) == "de_escalate"


def test_the_answer_gives_its_numbers() -> None:
    def last(design: Any3, n: int, y: int) -> tuple[str, str]:
        rule = design.decide(Counts(enrolled=n, dlts=y)).because[-1]
        return rule.rule, rule.text

    assert last(Mtpi(target=0.25), 6, 3) == (
        "mtpi.de_escalate",
        "The posterior mass by length is 0.1667 from 0 to 0.2, 0.9269 from there to 0.3, and "
        "1.249 from there to 1; the largest decides, of equal ones the highest.",
    )
    assert last(Mtpi2(target=0.2), 6, 3) == (
        "mtpi2.eliminated",
        "The probability that the toxicity exceeds 0.2 is 0.9667, above the cutoff of 0.95.",
    )
    assert last(I3, 6, 1) == (
        "i3+3.escalate",
        "The rate of 0.1667 is compared with the interval from 0.2 to 0.3.",
    )
    assert last(I3, 6, 2) == (
        "i3+3.stay",
        "The rate of 0.3333 is compared with the interval from 0.2 to 0.3; with one DLT less it "
        "would be 0.1667.",
    )


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"kind": "mtpi", "target": 0.05}, "from 0 to 0.1 around the target 0.05"),
        ({"kind": "mtpi2", "target": 0.9, "epsilon2": 0.1}, "from 0.85 to 1 around"),
        ({"kind": "mtpi", "target": 0.3, "epsilon1": 0}, "greater than or equal to 0.001"),
        ({"kind": "i3+3", "target": 0.3, "interval": [0.1, 0.29]}, "does not hold the target"),
        ({"kind": "i3+3", "target": 0.3, "interval": [0.3, 0.3]}, "rises around it"),
        ({"kind": "i3+3", "target": 0.3}, "interval"),
    ],
)
def test_parameters_that_cannot_be_are_refused(asked: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        KINDS[asked["kind"]].validate_python(asked)


def test_the_mtd_is_the_isotonic_one() -> None:
    for design in (
        Mtpi(target=0.3),
        Mtpi2(target=0.3),
        I3Plus3(target=0.3, interval=(0.25, 0.35)),
    ):
        got = design.select_mtd([3, 3, 15, 9, 0], [0, 0, 4, 4, 0])
        assert (got.mtd, got.because[0].rule) == (3, f"{design.kind}.mtd")


DESIGNS = st.one_of(
    st.builds(Mtpi, target=st.sampled_from([0.1, 0.2, 0.25, 0.3, 0.33])),
    st.builds(Mtpi2, target=st.sampled_from([0.1, 0.2, 0.25, 0.3, 0.33])),
    st.just(I3),
)


@given(DESIGNS, st.integers(1, 60), st.data())
def test_more_dlts_are_never_less_cautious(design: Any3, n: int, data: st.DataObject) -> None:
    dlts = data.draw(st.integers(0, n - 1))
    assert CAUTION[design.decision(n, dlts)] <= CAUTION[design.decision(n, dlts + 1)]


@given(DESIGNS, st.integers(1, 30), st.data())
def test_a_certain_decision_is_that_of_every_completion(
    design: Any3, n: int, data: st.DataObject
) -> None:
    dlts = data.draw(st.integers(0, n))
    pending = data.draw(st.integers(0, n - dlts))
    got = design.decide(Counts(enrolled=n, dlts=dlts, pending=pending))
    reached = {design.decision(n, dlts + more) for more in range(pending + 1)}
    assert (set(got.possible), got.certain) == (reached, len(reached) == 1)
