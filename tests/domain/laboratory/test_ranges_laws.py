"""Laws of limits that are taken from ranges: what is told holds in every possibility."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from app.domain.laboratory.ranges import Circumstances, Limits
from app.domain.reference_range import ReferenceRange, Sex
from tests.domain.laboratory.limits import limits, pair, stated, why
from tests.domain.laboratory.measured import graded

few_days = st.integers(0, 4).map(lambda days: date(2026, 1, 1) + timedelta(days=days))
few_years = st.integers(0, 3)


@st.composite
def some_ranges(draw: st.DrawFn) -> list[ReferenceRange]:
    found = []
    for _ in range(draw(st.integers(0, 4))):
        age_from, age_to = sorted([draw(few_years), draw(few_years)])
        begin, end = sorted([draw(few_days), draw(few_days)])
        found.append(
            stated(
                sex=draw(st.sampled_from(["any", "female", "male"])),
                age_from=draw(st.sampled_from([None, age_from])),
                age_to=draw(st.sampled_from([None, age_to])),
                valid_from=begin,
                valid_to=draw(st.sampled_from([None, end])),
                lln=draw(st.sampled_from(["120", "125"])),
            )
        )
    return found


@st.composite
def somebody(draw: st.DrawFn) -> Circumstances:
    ages = sorted([draw(few_years), draw(few_years)])
    days = sorted([draw(few_days), draw(few_days)])
    return Circumstances(
        sex=draw(st.sampled_from([None, "female", "male"])),
        ages=(ages[0], ages[1]),
        days=(days[0], days[1]),
    )


def everybody(who: Circumstances) -> list[Circumstances]:
    """Everybody that somebody may be, of whom all is known."""
    assert who.ages is not None
    assert who.days is not None
    sexes: tuple[Sex, ...] = ("female", "male") if who.sex is None else (who.sex,)
    ages = range(who.ages[0], who.ages[1] + 1)
    days = [
        who.days[0] + timedelta(days=each) for each in range((who.days[1] - who.days[0]).days + 1)
    ]
    return [
        Circumstances(sex=sex, ages=(age, age), days=(day, day))
        for sex, age, day in product(sexes, ages, days)
    ]


def by_hand(ranges: Sequence[ReferenceRange], who: Circumstances) -> set[Decimal | None]:
    """The lower limits that hold of somebody of whom all is known, told slowly."""
    assert who.ages is not None
    assert who.days is not None
    age, day = who.ages[0], who.days[0]
    for_them = [
        each
        for each in ranges
        if each.sex in ("any", who.sex)
        and (each.age_from is None or age >= each.age_from)
        and (each.age_to is None or age <= each.age_to)
        and each.valid_from <= day
        and (each.valid_to is None or each.valid_to >= day)
    ]
    return {
        each.lln
        for each in for_them
        if each.valid_to is not None
        or not any(other.valid_from > each.valid_from for other in for_them)
    }


@given(ranges=some_ranges(), who=somebody())
def test_limits_are_told_exactly_where_every_possibility_has_the_same(
    ranges: list[ReferenceRange], who: Circumstances
) -> None:
    possible = [by_hand(ranges, each) for each in everybody(who)]
    found = limits(ranges, who)
    agreed = possible[0] if all(each == possible[0] for each in possible) else set()
    if len(agreed) == 1:
        assert {pair(found)[0]} == agreed
    elif any(len(each) > 1 for each in possible):
        assert why(found) == "ranges_contradict"
    elif not any(possible):
        assert why(found) == "no_range"
    else:
        assert why(found).startswith("range_needs_")


@given(ranges=some_ranges(), who=somebody())
def test_to_know_more_takes_no_limits_back(
    ranges: list[ReferenceRange], who: Circumstances
) -> None:
    found = limits(ranges, who)
    if isinstance(found, Limits):
        for each in everybody(who):
            assert pair(limits(ranges, each)) == pair(found)


@given(ranges=some_ranges(), who=somebody(), data=st.data())
def test_the_order_of_ranges_does_not_matter(
    ranges: list[ReferenceRange], who: Circumstances, data: st.DataObject
) -> None:
    assert limits(data.draw(st.permutations(ranges)), who) == limits(ranges, who)


@given(
    value=st.decimals("0.1", "1000", places=1),
    unit=st.sampled_from(["10*9/L", "/uL", "10*3/uL", "10*4/uL"]),
    of_range=st.sampled_from(["10*9/L", "/uL", "K/uL"]),
)
def test_a_grade_by_a_range_is_that_by_the_same_limits_sent(
    value: Decimal, unit: str, of_range: str
) -> None:
    told = {"term": "Platelet count decreased", "value": value, "unit": unit}
    lln, uln = pair(limits([stated(unit=of_range)], unit=unit))
    by_range = graded(**told, lln=lln, uln=uln)
    known: dict[str, Decimal | int] = {
        "10*9/L": 1,
        "/uL": 1000,
        "10*3/uL": 1,
        "10*4/uL": Decimal("0.1"),
        "K/uL": 1,
    }
    factor = Decimal(known[unit]) / Decimal(known[of_range])
    by_hand = graded(**told, lln=125 * factor, uln=350 * factor)
    assert (by_range.grade, by_range.bounds) == (by_hand.grade, by_hand.bounds)
