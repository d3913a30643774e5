"""The courses of the protocol's own bounds against an independent reading of the same results."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.adjudication.laboratory import graded
from app.domain.case import LaboratoryResult, Subject
from app.domain.time import PartialTime, last_instant_of_cut, zone_of
from tests.builders import LATER, event, subject
from tests.domain.adjudication.own_terms import (
    HY,
    HY_BOUNDS,
    OF_HY,
    Result,
    bound,
    hys_law,
    judged,
    measured,
    own_term,
    protocol,
    verdicts,
)
from tests.domain.dlt.toy import clause
from tests.sparing import SPARING

BY = protocol(hys_law())
ANALYTES = ("alt", "ast", "bilirubin", "alp")
BOUNDS: Mapping[str, tuple[str, Fraction]] = {
    analyte: ("above" if "above" in each else "at_most", Fraction(text.split()[0]))
    for each in HY_BOUNDS
    for analyte in each["analytes"]
    for text in (each.get("above") or each["at_most"],)
}
LIMITS = {"alt": "40", "ast": "40", "bilirubin": "20", "alp": "120"}
UNITS = {
    "alt": {"U/L": Fraction(1), "ukat/L": Fraction(1, 60)},
    "ast": {"U/L": Fraction(1), "nkat/L": Fraction(1000, 60)},
    "bilirubin": {"umol/L": Fraction(1), "mmol/L": Fraction(1, 1000)},
    "alp": {"U/L": Fraction(1)},
}
Truth = bool | None
"""Whether a bound holds; None where a result does not say."""

FACTORS = ("0.5", "2", "2.0000001", "3", "3.0000001", "4")


def at(hour: int) -> str:
    """Eight hours lie between two times, so that some are of one day."""
    return f"2026-03-{5 + hour // 3:02d}T{hour % 3 * 8:02d}:00+08:00"


@st.composite
def results(draw: st.DrawFn, *, times: int = 6) -> list[tuple[int, str, str | None]]:
    """(time, analyte, how many times the limit; None where the limit is not told)."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.integers(0, times - 1),
                st.sampled_from(ANALYTES),
                st.sampled_from(FACTORS) | st.sampled_from((*FACTORS, None)),
            ),
            min_size=1,
            max_size=9,
            unique_by=lambda each: each[:2],
        )
    )
    return sorted(drawn, key=str)


def reported(drawn: Iterable[tuple[int, str, str | None]]) -> list[Result]:
    """The results as a laboratory reports them, each in some unit of its analyte."""
    made = []
    for number, (hour, analyte, factor) in enumerate(drawn):
        unit, scale = list(UNITS[analyte].items())[number % len(UNITS[analyte])]
        limit = Fraction(LIMITS[analyte]) * scale
        value = limit * Fraction(factor or "3.5")
        made.append(
            measured(
                analyte, at(hour), text(value), unit=unit,
                uln=None if factor is None else text(limit),
            )
        )  # fmt: skip
    return made


def text(number: Fraction) -> str:
    """With so many digits that no side of a bound is left."""
    return f"{float(number):.15f}" if number.denominator % 3 else f"{float(number):.12f}"


# --- the independent reading ---------------------------------------------------------------------


def holds(analyte: str, result: Result) -> Truth:
    kind, factor = BOUNDS[analyte]
    if result["uln"] is None:
        return None
    value, limit = Fraction(result["value"]), Fraction(result["uln"]) * factor
    return value > limit if kind == "above" else value <= limit


def may_be(known: Mapping[int, Truth], hour: int) -> set[bool] | None:
    """What a bound may be at a time by the results of one analyte; None: nobody measured it."""
    both = {True, False}
    if hour in known:
        return both if known[hour] is None else {bool(known[hour])}
    before = [each for each in sorted(known) if each < hour]
    after = [each for each in sorted(known) if each > hour]
    if before and known[before[-1]] is not False:
        still = after and known[before[-1]] and known[after[0]]
        return {True} if still else both
    if before and after:
        return {False}
    near = before[-1] if before else after[0] if after else None
    same_day = near is not None and near // 3 == hour // 3 and known[near] is False
    return {False} if same_day else None


def grades_at(known: Mapping[str, Mapping[int, Truth]], hour: int) -> set[bool]:
    """What Hy's law may be at a time."""
    of_bounds = []
    for each in HY_BOUNDS:
        told = [may_be(known.get(analyte, {}), hour) for analyte in each["analytes"]]
        seen = [one for one in told if one is not None]
        ways = product(*seen) if seen else [(True,), (False,)]
        of_bounds.append({any(way) for way in ways})
    return {all(way) for way in product(*of_bounds)}


def read(drawn: Sequence[Result]) -> dict[str, set[int]]:
    """By time the grades that are possible."""
    known: dict[str, dict[int, Truth]] = {}
    hours = {at(hour): hour for hour in range(40)}
    for each in drawn:
        hour = hours[each["measured_at"]]
        known.setdefault(each["analyte"], {})[hour] = holds(each["analyte"], each)
    times = sorted({hour for told in known.values() for hour in told})
    return {at(hour): {int(one) for one in grades_at(known, hour)} for hour in times}


def course_of(case: Subject, by: Any = BY) -> dict[str, set[int]]:
    """By time the grades that the computed series leaves."""
    zone = zone_of("+08:00")
    cut = last_instant_of_cut(PartialTime(LATER), zone)
    told: Sequence[LaboratoryResult] = case.laboratory
    found = graded(told, by.laboratory, by.named, zone, cut, None)
    (series,) = [each for each in found.series if each.own]
    return {
        each.on.text: set(range(each.lowest, each.highest + 1))
        if each.taken is None
        else {each.taken}
        for each in series.points
    }


@SPARING
@given(results())
@example([(0, "alt", "3.0000001"), (0, "alp", "2"), (0, "bilirubin", "2.0000001")])
@example([(0, "alt", "3.0000001"), (3, "alp", "2"), (3, "bilirubin", "2.0000001")])
@example([(0, "alt", None), (1, "alt", "4"), (2, "bilirubin", "4"), (2, "alp", "4")])
def test_the_course_is_that_of_an_independent_reading(
    drawn: list[tuple[int, str, str | None]],
) -> None:
    told = reported(drawn)
    assert course_of(subject(laboratory=told)) == read(told)


@SPARING
@given(results(), st.randoms(use_true_random=False))
def test_the_order_in_which_results_are_given_says_nothing(
    drawn: list[tuple[int, str, str | None]], chance: Any
) -> None:
    told = reported(drawn)
    shuffled = chance.sample(told, len(told))
    assert course_of(subject(laboratory=shuffled)) == course_of(subject(laboratory=told))


LASTING = own_term(HY, bound(1, "alt", "ast", above="3 x ULN"))
OVER_2_DAYS = protocol(
    LASTING, criteria=[clause("c", grade=1, longer_than="P2D", when={"term": HY})]
)


@SPARING
@given(
    st.lists(
        st.tuples(st.integers(0, 14), st.sampled_from((*FACTORS, None))),
        min_size=1, max_size=6, unique_by=lambda each: each[0],
    )
)  # fmt: skip
def test_a_measured_event_is_judged_as_one_that_is_reported(
    drawn: list[tuple[int, str | None]],
) -> None:
    """By the same assessments, of which those without a limit are open."""
    told = reported([(hour, "alt", factor) for hour, factor in sorted(drawn)])
    shown = [
        {
            "on": each["measured_at"],
            "grade": None if (known := holds("alt", each)) is None else int(known),
        }
        for each in told
    ]
    by_results = judged(OVER_2_DAYS, *told, as_of="2026-03-20")
    if all(each["grade"] == 0 for each in shown):
        assert by_results.events == ()
        return
    mine = event(HY, assessments=shown, ongoing=True, baseline_grade=None, causality=[])
    (by_report,) = judged(OVER_2_DAYS, events=[mine], as_of="2026-03-20").events
    (computed,) = by_results.events
    assert (computed.verdict, computed.established_at, computed.becomes_dlt_at) == (
        by_report.verdict, by_report.established_at, by_report.becomes_dlt_at,
    )  # fmt: skip


@SPARING
@given(results(times=9), st.data())
def test_what_is_sure_of_days_is_so_at_whichever_hours_of_them(
    drawn: list[tuple[int, str, str | None]], data: st.DataObject
) -> None:
    """A verdict by results that are dated by the day stands when their hours become known."""
    timed = reported(drawn)
    dated = [each | {"measured_at": each["measured_at"][:10]} for each in timed]
    of_days = verdicts(judged(BY, *dated)).get(OF_HY, "NOT_DLT")
    if of_days == "UNDETERMINED":
        return
    hours = data.draw(st.lists(st.integers(0, 23), min_size=len(dated), max_size=len(dated)))
    known = [
        each | {"measured_at": f"{each['measured_at']}T{hour:02d}:{number:02d}+08:00"}
        for number, (each, hour) in enumerate(zip(dated, hours, strict=True))
    ]
    assert verdicts(judged(BY, *known)).get(OF_HY, "NOT_DLT") == of_days
