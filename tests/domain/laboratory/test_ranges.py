"""A result without limits has those of its laboratory, where every possibility agrees on them."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from app.domain.laboratory.ranges import Circumstances, Limits, NoLimits, ages_at, may_use
from tests.domain.laboratory.limits import (
    DAY,
    MAN,
    NOBODY,
    PLATELETS,
    WOMAN,
    limits,
    pair,
    stated,
    why,
)
from tests.domain.laboratory.measured import catalogue, measured


class TestWhichAreAskedFor:
    def test_the_laboratorys_where_the_result_has_none(self) -> None:
        assert pair(limits([stated()])) == (Decimal(125), Decimal(350))

    def test_which_range_is_told(self) -> None:
        found = limits([stated()])
        assert isinstance(found, Limits)
        assert found.ranges == (stated(),)
        assert found.message == (
            "limits of laboratory Central were used, range "
            "Central/platelets/any/any/2026-01-01 (125 to 350 10*9/L)"
        )

    def test_the_results_own_win(self) -> None:
        assert limits([stated()], lln=100, uln=300) is None

    def test_one_that_is_missing_is_completed_where_the_other_is_the_ranges(self) -> None:
        assert pair(limits([stated()], lln="125.0")) == (Decimal("125.0"), Decimal(350))
        assert pair(limits([stated()], uln=350)) == (Decimal(125), Decimal(350))

    def test_not_where_the_other_is_another(self) -> None:
        assert why(limits([stated()], lln=126)) == "range_limit_differs"
        assert why(limits([stated()], uln="1E+99999")) == "range_limit_differs"

    def test_a_limit_that_the_range_does_not_have_stays_missing(self) -> None:
        assert pair(limits([stated(lln=None)])) == (None, Decimal(350))
        assert pair(limits([stated(uln=None)])) == (Decimal(125), None)
        assert pair(limits([stated(uln=None)], uln=350)) == (Decimal(125), Decimal(350))
        assert limits([stated(lln=None)], uln=350) is None

    def test_none_without_a_laboratory(self) -> None:
        assert limits([stated()], laboratory=None) is None

    def test_none_of_another_laboratory_or_analyte(self) -> None:
        assert why(limits([stated(laboratory="Local")])) == "no_range"
        assert why(limits([stated(analyte="neutrophils")])) == "no_range"
        assert why(limits([stated(analyte="nothing")])) == "no_range"
        assert why(limits([])) == "no_range"

    def test_names_compare_without_case_and_spaces(self) -> None:
        assert pair(limits([stated(laboratory="central  LAB")], laboratory="Central Lab"))
        assert pair(limits([stated(analyte="PLAT")]))

    @pytest.mark.parametrize(
        ("result", "may"),
        [
            ({}, True),
            ({"analyte": "PLT"}, True),
            ({"analyte": None, "term": "Platelet count decreased"}, True),
            ({"analyte": "neutrophils"}, False),
            ({"analyte": "calcium"}, False),
            ({"analyte": "of nothing"}, False),
            ({"laboratory": "Local"}, False),
            ({"laboratory": None}, False),
            ({"lln": 1, "uln": 2}, False),
            ({"lln": 1}, True),
        ],
    )
    def test_a_range_may_matter_to_what_lacks_a_limit(
        self, result: dict[str, Any], may: bool
    ) -> None:
        told = measured(**{"laboratory": "central", **PLATELETS, **result})
        assert may_use(told, stated(), catalogue().analytes) is may


class TestWhom:
    def test_each_sex_has_its_own(self) -> None:
        ranges = [stated(sex="female", lln=130), stated(sex="male", lln=120)]
        assert pair(limits(ranges, WOMAN))[0] == 130
        assert pair(limits(ranges, MAN))[0] == 120

    def test_where_the_sex_is_not_known_it_is_asked_for(self) -> None:
        ranges = [stated(sex="female", lln=130), stated(sex="male", lln=120)]
        found = limits(ranges, Circumstances(ages=(40, 40), days=(DAY, DAY)))
        assert why(found) == "range_needs_sex"
        assert isinstance(found, NoLimits)
        assert found.message.startswith(
            "the patient's sex decides which range holds, and is not known: "
            "Central/platelets/female/any/2026-01-01 (130 to 350 10*9/L); "
        )

    def test_unless_both_agree(self) -> None:
        ranges = [stated(sex="female"), stated(sex="male", lln="125.00")]
        found = limits(ranges, Circumstances(ages=(40, 40), days=(DAY, DAY)))
        assert pair(found) == (Decimal(125), Decimal(350))
        assert isinstance(found, Limits)
        assert len(found.ranges) == 2

    def test_a_range_of_one_sex_alone_is_none_for_the_other(self) -> None:
        assert why(limits([stated(sex="male")], WOMAN)) == "no_range"
        assert why(limits([stated(sex="male")], NOBODY)) == "range_needs_sex"

    @pytest.mark.parametrize(
        ("age", "lln"), [(17, None), (18, 125), (65, 125), (66, 130), (150, 130)]
    )
    def test_ages_are_completed_years_and_both_included(self, age: int, lln: int | None) -> None:
        ranges = [stated(age_from=18, age_to=65), stated(age_from=66, lln=130)]
        found = limits(ranges, Circumstances(sex="male", ages=(age, age), days=(DAY, DAY)))
        if lln is None:
            assert why(found) == "no_range"
        else:
            assert pair(found)[0] == lln

    def test_where_the_age_is_not_known_it_is_asked_for(self) -> None:
        ranges = [stated(age_from=18, age_to=65), stated(age_from=66, lln=130)]
        assert why(limits(ranges, Circumstances(sex="male", days=(DAY, DAY)))) == "range_needs_age"
        beside = Circumstances(sex="male", ages=(65, 66), days=(DAY, DAY))
        assert why(limits(ranges, beside)) == "range_needs_age"
        within = Circumstances(sex="male", ages=(64, 65), days=(DAY, DAY))
        assert pair(limits(ranges, within))[0] == 125

    def test_both_are_asked_for_where_both_decide(self) -> None:
        ranges = [stated(sex="female", age_from=18), stated(sex="male", lln=120)]
        found = limits(ranges, Circumstances(days=(DAY, DAY)))
        assert isinstance(found, NoLimits)
        assert found.message.startswith("the patient's sex and the patient's age decide which")

    @pytest.mark.parametrize(
        ("age_years", "birth_year", "ages"),
        [
            ("45.9", None, (45, 45)),
            ("45.9", 1900, (45, 45)),
            (None, 1980, (45, 46)),
            (None, 2026, (0, 0)),
            (None, 2027, None),
            (None, 1900, (125, 126)),
            (None, None, None),
        ],
    )
    def test_the_year_of_birth_leaves_two_ages(
        self, age_years: str | None, birth_year: int | None, ages: tuple[int, int] | None
    ) -> None:
        told = None if age_years is None else Decimal(age_years)
        assert ages_at(told, birth_year, (DAY, DAY)) == ages

    def test_nothing_is_known_of_the_age_without_the_day_or_beyond_all_ages(self) -> None:
        assert ages_at(None, 1980, None) is None
        later = date(2150, 1, 1)
        assert ages_at(None, 1900, (later, later)) is None
        assert ages_at(None, 2000, (later, later)) == (149, 150)


class TestWhen:
    @pytest.mark.parametrize(
        ("day", "holds"),
        [("2025-12-31", False), ("2026-01-01", True), ("2026-03-31", True), ("2026-04-01", False)],
    )
    def test_both_days_are_included(self, day: str, holds: bool) -> None:
        on = date.fromisoformat(day)
        found = limits(
            [stated(valid_to=date(2026, 3, 31))],
            Circumstances(sex="male", ages=(40, 40), days=(on, on)),
        )
        assert isinstance(found, Limits if holds else NoLimits)

    def test_one_without_an_end_gives_way_to_the_next(self) -> None:
        ranges = [stated(), stated(valid_from=date(2026, 3, 5), lln=130)]
        assert pair(limits(ranges))[0] == 130
        before = DAY - timedelta(days=1)
        earlier = Circumstances(sex="male", ages=(40, 40), days=(before, before))
        assert pair(limits(ranges, earlier))[0] == 125

    def test_also_to_one_for_some_alone(self) -> None:
        ranges = [stated(), stated(valid_from=date(2026, 2, 1), sex="female", lln=130)]
        assert pair(limits(ranges, WOMAN))[0] == 130
        assert pair(limits(ranges, MAN))[0] == 125

    def test_one_with_an_end_does_not(self) -> None:
        ranges = [stated(valid_to=date(2026, 12, 31)), stated(valid_from=DAY, lln=130)]
        found = limits(ranges)
        assert why(found) == "ranges_contradict"
        assert isinstance(found, NoLimits)
        assert found.message == (
            "ranges Central/platelets/any/any/2026-01-01 (125 to 350 10*9/L) and "
            "Central/platelets/any/any/2026-03-05 (130 to 350 10*9/L) hold for the same patient "
            "at once, and differ"
        )

    def test_when_a_passing_one_has_ended_the_other_holds_again(self) -> None:
        passing = stated(valid_from=date(2026, 2, 1), valid_to=date(2026, 2, 28), lln=130)
        assert pair(limits([stated(), passing]))[0] == 125

    def test_where_the_day_is_not_known_well_enough_it_is_asked_for(self) -> None:
        ranges = [stated(), stated(valid_from=date(2026, 3, 10), lln=130)]
        march = Circumstances(
            sex="male", ages=(40, 40), days=(date(2026, 3, 1), date(2026, 3, 31))
        )
        assert why(limits(ranges, march)) == "range_needs_day"
        assert why(limits(ranges, Circumstances(sex="male", ages=(40, 40)))) == "range_needs_day"


class TestContradictions:
    def test_two_that_hold_at_once_and_differ_give_none(self) -> None:
        ranges = [stated(), stated(sex="female", lln=130)]
        assert why(limits(ranges, WOMAN)) == "ranges_contradict"

    def test_they_harm_nobody_else(self) -> None:
        ranges = [stated(), stated(sex="female", lln=130)]
        assert pair(limits(ranges, MAN))[0] == 125

    def test_two_that_say_the_same_hold(self) -> None:
        ranges = [stated(), stated(sex="female", unit="K/uL")]
        assert pair(limits(ranges, WOMAN)) == (Decimal(125), Decimal(350))

    def test_the_same_range_told_twice_in_two_ways_is_one(self) -> None:
        assert why(limits([stated(), stated(lln=130)])) == "ranges_contradict"


class TestUnits:
    def test_limits_are_in_the_unit_of_the_result(self) -> None:
        found = limits([stated(lln="125000", uln="350000", unit="/uL")])
        assert pair(found) == (Decimal(125), Decimal(350))

    def test_by_the_bridge_of_the_analyte(self) -> None:
        of_glucose = stated(analyte="glucose", lln="70", uln="180.156", unit="mg/dL")
        found = limits([of_glucose], analyte="glucose", unit="mmol/L")
        lln, uln = pair(found)
        assert uln == 10
        assert lln is not None
        exact = Fraction(700000, 180156)
        assert 0 < abs(Fraction(lln) - exact) < Fraction(1, 10**26)

    def test_a_tiny_limit_keeps_thirty_places(self) -> None:
        tiny = stated(analyte="glucose", lln="0.000000000001", uln="180.156", unit="mg/dL")
        lln, _ = pair(limits([tiny], analyte="glucose", unit="mmol/L"))
        assert lln is not None
        assert lln.as_tuple().exponent == -30

    def test_not_between_what_does_not_convert(self) -> None:
        found = limits([stated(unit="g/L")])
        assert why(found) == "range_unit_differs"
        enzymes = stated(analyte="pancreatic_enzymes", unit="U/L")
        found = limits([enzymes], analyte="pancreatic_enzymes", unit="ug/g")
        assert why(found) == "range_unit_differs"

    def test_a_value_without_a_unit_is_not_taken_to_be_in_the_ranges(self) -> None:
        assert why(limits([stated()], unit=None)) == "range_without_unit"

    def test_nor_a_range_without_one_in_the_values(self) -> None:
        found = limits([stated(unit=None)])
        assert why(found) == "range_unit_differs"
        assert isinstance(found, NoLimits)
        assert "without a unit, do not convert into the unit of the value, 10*9/L" in found.message

    def test_two_without_a_unit_are_alike(self) -> None:
        assert pair(limits([stated(unit=None)], unit=None)) == (Decimal(125), Decimal(350))

    def test_so_are_two_spellings_that_nobody_knows(self) -> None:
        assert pair(limits([stated(unit="per field")], unit="per  field"))
        assert why(limits([stated(unit="per field")], unit="a view")) == "range_unit_differs"

    def test_what_has_but_one_unit_needs_none(self) -> None:
        of_inr = stated(analyte="INR", lln="0.8", uln="1.2", unit=None)
        assert pair(limits([of_inr], analyte="INR", unit=None)) == (Decimal("0.8"), Decimal("1.2"))
        assert pair(limits([of_inr], analyte="INR", unit="{INR}"))[1] == Decimal("1.2")

    def test_the_limits_of_one_side_are_told_in_words(self) -> None:
        for changes, words in (({"lln": None}, "(up to 350)"), ({"uln": None}, "(from 125)")):
            found = limits([stated(unit=None, **changes)], unit=None)
            assert isinstance(found, Limits)
            assert found.message.endswith(words)
