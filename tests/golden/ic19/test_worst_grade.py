"""A source may record one grade for a whole event, its worst, and no times of grades.

Such an event has at most that grade from its start to its end, and has it at some time between.
"""

from typing import Any

import pytest

from app.domain.case import Event
from tests.builders import Change, event, fields, ic19, settles

CRS = "Cytokine release syndrome"
PNEUMONITIS = "Pneumonitis"
NEUTROPENIA = "Neutrophil count decreased"


def worst_only(
    term: str, worst: int, start: str | None, end: str | None, **recorded: Any
) -> Event:
    """An event as it is read from a source that tells its worst grade alone."""
    ended: tuple[Change, ...] = () if end is None else ((0, end),)
    steps = ((None, start), (worst, None), (None, None), *ended)
    return event(
        term,
        *steps,
        worst_grade=worst,
        **{"ongoing": end is None, "baseline_grade": None} | recorded,
    )


class TestNamed:
    """It is named where it bounds a grade that is not known, and nowhere else."""

    @pytest.mark.parametrize(
        ("grade", "worst", "named"), [(None, 3, True), (3, 3, False), (None, None, False)]
    )
    def test_beside_what_is_missing(
        self, grade: int | None, worst: int | None, named: bool
    ) -> None:
        steps: tuple[Change, ...] = ((3, "2026-03-03"), (grade, "2026-03-05"), (0, "2026-03"))
        judged = ic19(event(CRS, *steps, worst_grade=worst))
        assert judged.verdict == "UNDETERMINED"
        said = "the worst grade recorded of the whole event, 3, bounds those not known"
        texts = [each.text for each in judged.missing if each.field == "recovery"]
        assert [said in each for each in texts] == [named]
        assert not any("worst grade" in each for each in texts if not named)


class TestGrade3:
    """What its length was at grade 3, nobody knows: from none to that of the whole event."""

    def test_of_10_days_it_is_not_known_when_it_improved(self) -> None:
        judged = ic19(worst_only(CRS, 3, "2026-03-03", "2026-03-13"))
        assert (judged.verdict, fields(judged)) == (
            "UNDETERMINED",
            ["grade", "recovery", "onset"],
        )
        assert settles(judged, "recovery") == {"beyond_limit": "DLT", "within_limit": "NOT_DLT"}
        assert list(settles(judged, "grade")) == ["1", "2", "3"]
        texts = {each.field: each.text for each in reversed(judged.missing)}
        assert texts["grade"] == (
            "The grade of AE-1 from 2026-03-03 is not known; the worst grade recorded bounds it "
            "to 3."
        )
        assert texts["recovery"] == (
            "When AE-1 came to grade 2 or less is not known well enough (grade 3 from an unknown "
            "time to an unknown time = 0 h to 264 h; limit 72 h); the worst grade recorded of the "
            "whole event, 3, bounds those not known"
        )

    @pytest.mark.parametrize(
        ("term", "end", "verdict"),
        [
            (CRS, "2026-03-06T08:00+08:00", "NOT_DLT"),
            (CRS, "2026-03-06T08:01+08:00", "UNDETERMINED"),
            (PNEUMONITIS, "2026-03-10T23:59+08:00", "NOT_DLT"),
            (PNEUMONITIS, "2026-03-11", "UNDETERMINED"),
        ],
    )
    def test_an_event_no_longer_than_the_limit_was_not_longer_at_grade_3(
        self, term: str, end: str, verdict: str
    ) -> None:
        assert ic19(worst_only(term, 3, "2026-03-03T08:00+08:00", end)).verdict == verdict

    def test_without_the_worst_grade_it_may_have_been_higher(self) -> None:
        known = worst_only(PNEUMONITIS, 3, "2026-03-03", "2026-03-10")
        steps = ((None, "2026-03-03"), (3, None), (None, None), (0, "2026-03-10"))
        unbounded = event(PNEUMONITIS, *steps)
        assert (ic19(known).verdict, ic19(unbounded).verdict) == ("NOT_DLT", "UNDETERMINED")

    @pytest.mark.parametrize("as_of", ["2026-03-04", "2026-03-10", "2026-03-11", "2026-05-20"])
    def test_while_it_goes_on_nobody_knows_at_which_grade(self, as_of: str) -> None:
        going_on = worst_only(PNEUMONITIS, 3, "2026-03-03", None)
        judged = ic19(going_on, as_of=as_of)
        assert (judged.verdict, judged.becomes_dlt_at) == ("UNDETERMINED", None)

    def test_sepsis_has_no_lower_grade_so_that_its_clock_runs(self) -> None:
        judged = ic19(worst_only("Sepsis", 3, "2026-03-03", None), as_of="2026-03-10")
        assert (judged.verdict, judged.becomes_dlt_at) == ("PENDING", "2026-03-11T00:00:00+08:00")
        judged = ic19(worst_only("Sepsis", 3, "2026-03-03", "2026-03-11"))
        assert (judged.verdict, judged.established_at) == ("DLT", "2026-03-11T00:00:00+08:00")


class TestGrade2:
    """No criterion looks at it, however long it was."""

    @pytest.mark.parametrize("end", ["2026-03-04", "2026-05-20", None])
    @pytest.mark.parametrize("baseline", [0, 2, None])
    def test_is_no_dlt(self, end: str | None, baseline: int | None) -> None:
        judged = ic19(worst_only(PNEUMONITIS, 2, "2026-03-03", end, baseline_grade=baseline))
        assert (judged.verdict, judged.missing) == ("NOT_DLT", ())
        assert judged.explanation.text == (
            "NOT_DLT: its highest grade that is known is 2, and no criterion looks at a grade "
            "below 3. The worst grade recorded of the whole event, 2, bounds those not known."
        )


class TestGrade4:
    """It was there at some time of the event; a DLT where each such time is in the window."""

    @pytest.mark.parametrize("baseline", [0, 1, 4, None])
    @pytest.mark.parametrize("term", [CRS, PNEUMONITIS])
    def test_of_an_event_wholly_in_the_window(self, term: str, baseline: int | None) -> None:
        """An onset after the infusion is no rise around it, of which the baseline would decide."""
        judged = ic19(worst_only(term, 4, "2026-03-02", "2026-03-29", baseline_grade=baseline))
        assert (judged.verdict, judged.criterion) == ("DLT", "grade-4-or-5")
        assert judged.established_at == "2026-03-02T00:00:00+08:00"
        assert judged.explanation.text.endswith(
            " The worst grade recorded of the whole event, 4, bounds those not known."
        )

    @pytest.mark.parametrize(
        ("start", "end", "verdict", "asks"),
        [
            ("2026-02-10", "2026-02-28", "NOT_DLT", []),
            ("2026-02-10", "2026-03-20", "UNDETERMINED", ["grade"]),
            ("2026-03-20", "2026-03-29T23:59+08:00", "DLT", []),
            ("2026-03-20", "2026-03-30T00:01+08:00", "UNDETERMINED", ["grade", "onset"]),
            ("2026-03-30", "2026-04-20", "NOT_DLT", []),
            ("2026-03-29", "2026-04-20", "UNDETERMINED", ["grade", "onset"]),
            ("2026-03", "2026-03-20", "DLT", []),
            ("2026-03", "2026-03", "UNDETERMINED", ["onset"]),
            (None, "2026-03-20", "DLT", []),
            (None, "2026-02-28", "NOT_DLT", []),
            ("2026-03-20", None, "UNDETERMINED", ["grade", "onset"]),
        ],
    )
    def test_beside_the_window(
        self, start: str | None, end: str | None, verdict: str, asks: list[str]
    ) -> None:
        """It was absent at the infusion, or grade 1 where it had begun before."""
        before = start is not None and start < "2026-03"
        reported = worst_only(PNEUMONITIS, 4, start, end, baseline_grade=1 if before else 0)
        judged = ic19(reported)
        assert (judged.verdict, fields(judged)) == (verdict, asks)

    def test_on_the_day_of_the_infusion_the_baseline_decides(self) -> None:
        """Only where the worst grade may have been there at once, before the infusion."""
        judged = ic19(worst_only(PNEUMONITIS, 4, "2026-03-01", "2026-03-05"))
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["baseline_grade"])
        assert settles(judged, "baseline_grade") == {
            **dict.fromkeys("0123", "DLT"),
            "4": "NOT_DLT",
        }

    @pytest.mark.parametrize("as_of", ["2026-03-03", "2026-03-10"])
    def test_what_goes_on_has_been_at_its_worst_by_the_cut(self, as_of: str) -> None:
        judged = ic19(worst_only(PNEUMONITIS, 4, "2026-03-03", None), as_of=as_of)
        assert judged.verdict == "DLT"


class TestNeutropenia:
    """Grade 3 is expected, grade 4 for no more than 28 days."""

    @pytest.mark.parametrize(
        ("worst", "end", "verdict"),
        [
            (3, "2026-05-20", "NOT_DLT"),
            (4, "2026-03-31", "NOT_DLT"),
            (4, "2026-04-01", "UNDETERMINED"),
        ],
    )
    def test_is_a_dlt_only_if_it_was_at_grade_4_for_too_long(
        self, worst: int, end: str, verdict: str
    ) -> None:
        judged = ic19(
            worst_only(NEUTROPENIA, worst, "2026-03-03", end, clinically_significant=True)
        )
        assert judged.verdict == verdict
        if verdict == "NOT_DLT":
            assert judged.exception == "neutropenia-g4-28d"
        else:
            assert "recovery" in fields(judged)


class TestContradictions:
    """Where the record says otherwise, nobody knows what is right: the bound does not hold."""

    def test_a_listed_grade_above_it_stands(self) -> None:
        listed = event(PNEUMONITIS, (4, "2026-03-05"), (0, "2026-03-06"), worst_grade=3)
        judged = ic19(listed)
        assert judged.verdict == "DLT"
        assert [(each.code, each.message) for each in judged.findings] == [
            (
                "grade_above_worst",
                "Grade 4 is recorded, above the worst grade of the whole event (3); the grade "
                "stands, and the worst grade bounds nothing.",
            )
        ]

    @pytest.mark.parametrize(
        ("recorded", "verdict"),
        [
            ({}, "NOT_DLT"),
            ({"assessments": [{"on": "2026-03-10", "grade": 2}]}, "NOT_DLT"),
            ({"assessments": [{"on": "2026-03-10", "grade": 3}]}, "UNDETERMINED"),
            ({"seriousness": {"death": False}}, "NOT_DLT"),
            ({"seriousness": {"life_threatening": True}}, "NOT_DLT"),
            ({"seriousness": {"death": True}}, "UNDETERMINED"),
        ],
    )
    def test_then_it_bounds_no_other_grade(self, recorded: dict[str, Any], verdict: str) -> None:
        unknown = event(PNEUMONITIS, (None, "2026-03-10"), worst_grade=2, **recorded)
        assert ic19(unknown).verdict == verdict

    def test_what_seriousness_bounds_stays_bounded(self) -> None:
        bounded = event(
            PNEUMONITIS,
            (None, "2026-03-10"),
            (0, "2026-03-12"),
            worst_grade=4,
            seriousness={"life_threatening": False},
        )
        assert ic19(bounded).verdict == "NOT_DLT"
