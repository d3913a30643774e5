"""How grades are collected decides what rows say of a course.

Three habits: the worst grade of the whole event, a row per grade, findings about the event.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain.source_system import SourceSystem
from app.interchange.made import HeldRow
from tests.interchange.event_rows import (
    PER_GRADE,
    PLAIN,
    WORST,
    ae,
    codes,
    event,
    events,
    fa,
    held,
    record,
    steps,
)

BY_EVENT = replace(PER_GRADE, episode_end="event")
UNTOLD_END = replace(PER_GRADE, episode_end=None)


class TestWorstOnly:
    """At most this grade throughout, and at this grade at some time; recovery is unknown."""

    @pytest.mark.parametrize("system", [WORST, PLAIN])
    def test_a_row_is_a_whole_event(self, system: SourceSystem) -> None:
        told = event(ae(start="2026-03-05", end="2026-03-09", grade=3), system)
        assert steps(told) == [("2026-03-05", None), (None, 3), (None, None), ("2026-03-09", 0)]
        assert (told.worst_grade, told.ongoing) == (3, False)

    def test_grade_1_is_there_from_its_start_to_its_end(self) -> None:
        told = event(ae(start="2026-03-05", end="2026-03-09", grade="Grade 1"), WORST)
        assert steps(told) == [("2026-03-05", 1), ("2026-03-09", 0)]
        assert told.worst_grade is None

    def test_without_an_end_nothing_ends_it(self) -> None:
        told = event(ae(start="2026-03-05", grade=3), WORST)
        assert steps(told) == [("2026-03-05", None), (None, 3), (None, None)]
        assert (told.worst_grade, told.ongoing) == (3, None)

    def test_what_has_recovered_ended_at_a_time_that_nobody_knows(self) -> None:
        told = event(ae(start="2026-03-05", grade=3, AEOUT="RECOVERED/RESOLVED"), WORST)
        assert steps(told)[-1] == (None, None)
        assert told.ongoing is False

    def test_without_a_grade_it_may_be_any(self) -> None:
        told = event(ae(start="2026-03-05", end="2026-03-09"), WORST)
        assert steps(told) == [("2026-03-05", None), ("2026-03-09", 0)]
        assert told.worst_grade is None

    def test_grade_0_is_an_event_that_was_looked_for_and_absent(self) -> None:
        assert steps(event(ae(start="2026-03-05", grade=0), WORST)) == [("2026-03-05", 0)]

    def test_grade_5_ends_it(self) -> None:
        told = event(ae(start="2026-03-05", end="2026-03-09", grade=5, AEOUT="FATAL"), WORST)
        assert steps(told) == [("2026-03-05", None), ("2026-03-09", 5)]
        assert told.seriousness is not None
        assert told.seriousness.death is True

    @pytest.mark.parametrize("fatal", [{"AEOUT": "FATAL"}, {"AESDTH": "Y"}])
    def test_a_fatal_event_below_grade_5_may_have_risen(self, fatal: dict[str, str]) -> None:
        made = record(ae(start="2026-03-05", end="2026-03-09", grade=3, **fatal), WORST)
        told = event(ae(start="2026-03-05", end="2026-03-09", grade=3, **fatal), WORST)
        assert steps(told) == [("2026-03-05", None), (None, 3), ("2026-03-09", None)]
        assert told.worst_grade is None
        assert "fatal_below_grade_5" in codes(made)

    def test_an_end_of_the_grade_is_no_end_of_the_event(self) -> None:
        system = replace(WORST, episode_end="grade")
        told = event(ae(start="2026-03-05", end="2026-03-09", grade=3), system)
        assert steps(told)[-1] == ("2026-03-09", None)
        assert told.ongoing is None

    def test_sequelae_are_not_grade_0(self) -> None:
        row = ae(start="2026-03-05", end="2026-03-09", grade=3, AEOUT="RECOVERED WITH SEQUELAE")
        assert steps(event(row, WORST))[-1] == ("2026-03-09", None)
        assert codes(record(row, WORST)) == ["sequelae_after_end"]

    def test_partial_dates_stay_partial(self) -> None:
        told = event(ae(start="2026-03", end="2026", grade=1), WORST)
        assert steps(told) == [("2026-03", 1), ("2026", 0)]

    def test_rows_of_one_term_are_events_of_their_own(self) -> None:
        rows = [ae("E1", "2026-03-05", "2026-03-09", 3), ae("E2", "2026-03-09", "2026-03-12", 1)]
        assert len(events(rows, WORST)) == 2

    def test_findings_about_its_grade_stand_beside_it(self) -> None:
        row = ae(start="2026-03-05", end="2026-03-12", grade=2, AELNKID="1")
        found = fa("F1", 4, "2026-03-06", FALNKID="1")
        told = event([row, found], WORST)
        assert steps(told)[1] == (None, 2)
        assert [(each.grade, each.source) for each in told.reported_grades] == [(4, "FA")]
        assert "grade_and_findings_differ" in codes(record([row, found], WORST))


class TestRowPerGrade:
    """Each row is a time at one grade."""

    def rows(self, **more: str) -> list[HeldRow]:
        return [
            ae("a", "2026-03-05", "2026-03-07", 1, AEGRPID="G1", **more),
            ae("b", "2026-03-07", "2026-03-12", 3, AEGRPID="G1", **more),
            ae("c", "2026-03-12", "2026-03-20", 1, AEGRPID="G1", **more),
        ]

    def test_rows_of_one_group_are_one_course(self) -> None:
        rows = self.rows()
        told = event(rows, PER_GRADE)
        assert steps(told) == [
            ("2026-03-05", 1), ("2026-03-07", 3), ("2026-03-12", 1), ("2026-03-20", None),
        ]  # fmt: skip
        assert (told.worst_grade, told.ongoing) == (3, None)
        made = record(rows, PER_GRADE)
        assert made.record_id == "S-01|AE|AEGRPID|G1"
        assert made.rows == ("a", "b", "c")
        assert made.findings == ()

    def test_an_end_of_the_event_is_grade_0(self) -> None:
        told = event(self.rows(), BY_EVENT)
        assert steps(told)[-1] == ("2026-03-20", 0)
        assert told.ongoing is False

    def test_an_end_of_which_nobody_says_what_it_ends_leaves_the_grade_open(self) -> None:
        made = record(self.rows(), UNTOLD_END)
        assert codes(made) == ["episode_end_not_told"]

    def test_the_last_row_says_whether_it_goes_on(self) -> None:
        rows = [
            ae("a", "2026-03-05", "", 1, AESPID="1", AEOUT="NOT RECOVERED/NOT RESOLVED"),
            ae("b", "2026-03-07", "", 3, AESPID="1", AEENRTPT="ONGOING", AEENTPT="2026-03-09"),
        ]
        told = event(rows, PER_GRADE)
        assert steps(told) == [("2026-03-05", 1), ("2026-03-07", 3)]
        assert told.ongoing is True
        assert told.ongoing_as_of is not None
        assert told.ongoing_as_of.text == "2026-03-09"
        assert record(rows, PER_GRADE).record_id == "S-01|AE|AESPID|1"

    @pytest.mark.parametrize(
        ("system", "begins", "between"),
        [
            (PER_GRADE, "2026-03-09", None),
            (BY_EVENT, "2026-03-09", 0),
            (BY_EVENT, "2026-03-08", None),  # the next day: it went on over night
        ],
    )
    def test_a_gap_is_not_known_unless_ends_are_of_the_event(
        self, system: SourceSystem, begins: str, between: int | None
    ) -> None:
        rows = [
            ae("a", "2026-03-05", "2026-03-07", 3, AEGRPID="G1"),
            ae("b", begins, "2026-03-12", 1, AEGRPID="G1"),
        ]
        told = event(rows, system)
        assert steps(told)[:3] == [("2026-03-05", 3), ("2026-03-07", between), (begins, 1)]

    def test_a_grade_of_a_single_day_comes_before_the_next_of_that_day(self) -> None:
        rows = [
            ae("b", "2026-03-05", "2026-03-09", 3, AEGRPID="G1"),
            ae("a", "2026-03-05", "2026-03-05", 1, AEGRPID="G1"),
        ]
        assert steps(event(rows, PER_GRADE))[:2] == [("2026-03-05", 1), ("2026-03-05", 3)]

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (("2026-03-05", "2026-03-20"), ("2026-03-07", "2026-03-09")),
            (("2026-03-05", "2026-03-09"), ("2026-03-05", "2026-03-09")),
            (("2026-03-05", "2026-03-05"), ("2026-03-05", "2026-03-05")),
            (("2026-03", "2026-03"), ("2026-03-05", "2026-03-09")),
            (("", ""), ("2026-03-05", "2026-03-09")),
        ],
    )
    def test_of_grades_for_one_time_only_the_highest_is_sure(
        self, one: tuple[str, str], other: tuple[str, str]
    ) -> None:
        rows = [ae("a", *one, 1, AEGRPID="G1"), ae("b", *other, 3, AEGRPID="G1")]
        told = event(rows, BY_EVENT)
        start = one[0] or None
        assert steps(told)[:3] == [(start, None), (None, 3), (None, None)]
        assert told.worst_grade == 3
        assert "rows_overlap" in codes(record(rows, BY_EVENT))

    def test_rows_of_several_terms_are_several_events(self) -> None:
        rows = [
            ae("a", "2026-03-05", "2026-03-07", 1, AEGRPID="G1"),
            ae("b", "2026-03-05", "2026-03-12", 3, AEGRPID="G1", AETERM="Fever"),
        ]
        made = events(rows, PER_GRADE)
        assert [each.record_id for each in made] == ["a", "b"]
        assert all("group_of_several_terms" in codes(each) for each in made)

    def test_relrec_ties_rows(self) -> None:
        rows = [
            ae("a", "2026-03-05", "2026-03-07", 1, AESPID="1"),
            ae("b", "2026-03-17", "2026-03-22", 3, AESPID="2"),
            *(
                held("RELREC", f"r{spid}", RDOMAIN="AE", IDVAR="AESPID", IDVARVAL=spid, RELID="R")
                for spid in ("1", "2")
            ),
        ]
        made = record(rows, PER_GRADE)
        assert made.rows == ("a", "b", "r1", "r2")
        assert made.record_id == "a"

    def test_grade_5_is_the_last(self) -> None:
        rows = [
            ae("a", "2026-03-05", "2026-03-07", 3, AEGRPID="G1"),
            ae("b", "2026-03-07", "2026-03-08", 5, AEGRPID="G1", AEOUT="FATAL"),
        ]
        assert steps(event(rows, PER_GRADE)) == [("2026-03-05", 3), ("2026-03-07", 5)]
        assert codes(record(rows, PER_GRADE)) == []

    def test_a_death_without_it_leaves_the_last_grade_open(self) -> None:
        rows = [
            ae("a", "2026-03-05", "2026-03-07", 3, AEGRPID="G1", AESDTH="Y"),
            ae("b", "2026-03-07", "2026-03-08", 4, AEGRPID="G1", AESDTH="Y"),
        ]
        told = event(rows, BY_EVENT)
        assert steps(told) == [("2026-03-05", 3), ("2026-03-07", 4), ("2026-03-08", None)]
        assert told.worst_grade is None
        assert codes(record(rows, BY_EVENT)) == ["fatal_below_grade_5"]


class TestManyRows:
    """A record holds 500 changes of grade."""

    def rows(self, count: int) -> list[HeldRow]:
        first = date(2026, 3, 1)
        days = [(first + timedelta(days=number)).isoformat() for number in range(count)]
        return [ae(on, on, "", 3 - number % 2, AEGRPID="G") for number, on in enumerate(days)]

    def test_are_kept_as_long_as_they_fit(self) -> None:
        assert len(event(self.rows(500), PER_GRADE).grades) == 500

    def test_beyond_that_only_the_highest_grade_is_kept(self) -> None:
        told = event(self.rows(501), PER_GRADE)
        assert [grade for _, grade in steps(told)] == [None, 3, None, 3]
        assert codes(record(self.rows(501), PER_GRADE)) == ["too_many_changes"]


class TestAdjacency:
    """Rows that nothing ties are one event where one begins as the other ends."""

    ALT = ("Alanine aminotransferase increased", "10001551")

    def liver(self, key: str, start: str, end: str, grade: int) -> HeldRow:
        """As FHIR servers send a rise and fall: resources of their own, without a link."""
        name, code = self.ALT
        return ae(key, start, end, grade, AETERM=f"ALT {key}", AELLT=name, AELLTCD=code)

    def rise_and_fall(self) -> list[HeldRow]:
        return [
            self.liver("r1", "2026-04-22", "", 1),
            self.liver("r2", "2026-05-13", "", 3),
            self.liver("r3", "2026-05-20", "2026-06-10", 1),
        ]

    def test_joins_rows_of_one_code(self) -> None:
        rows = self.rise_and_fall()
        told = event(rows, BY_EVENT)
        assert told.term == self.ALT[0]
        assert told.meddra_code == 10001551
        assert steps(told) == [
            ("2026-04-22", 1), ("2026-05-13", 3), ("2026-05-20", 1), ("2026-06-10", 0),
        ]  # fmt: skip
        made = record(rows, BY_EVENT)
        assert codes(made) == ["rows_joined_by_adjacency"]
        assert made.record_id == "r1"

    def test_joins_nothing_unless_rows_are_told_to_be_grades(self) -> None:
        assert len(events(self.rise_and_fall(), PLAIN)) == 3

    @pytest.mark.parametrize(
        ("begins", "count"), [("2026-03-07", 1), ("2026-03-08", 1), ("2026-03-09", 2)]
    )
    def test_reaches_to_the_next_day(self, begins: str, count: int) -> None:
        rows = [ae("a", "2026-03-05", "2026-03-07", 1), ae("b", begins, "2026-03-12", 3)]
        assert len(events(rows, PER_GRADE)) == count

    def test_joins_no_two_groups_and_no_two_terms(self) -> None:
        start, end = "2026-03-05", "2026-03-07"
        groups = [ae(name, start, end, 1, AEGRPID=name) for name in ("a", "b")]
        terms = [ae(name, start, end, 1, AETERM=name) for name in ("a", "b")]
        assert len(events(groups, PER_GRADE)) == len(events(terms, PER_GRADE)) == 2


class TestNotTold:
    """Without `grade_collection` nothing is guessed that rows do not say."""

    def test_tied_rows_that_begin_at_different_times_are_grades(self) -> None:
        rows = [
            ae("a", "2026-03-05", "2026-03-07", 1, AEGRPID="G1"),
            ae("b", "2026-03-07", "2026-03-12", 3, AEGRPID="G1"),
        ]
        assert steps(event(rows))[:2] == [("2026-03-05", 1), ("2026-03-07", 3)]
        assert codes(record(rows)) == ["episode_end_not_told", "grade_collection_not_told"]

    def test_tied_rows_that_begin_alike_are_later_reports(self) -> None:
        rows = [
            ae("a", "2026-03-05", "", 1, AESPID="1", AEDTC="2026-03-07"),
            ae("b", "2026-03-05", "2026-03-12", 3, AESPID="1", AEDTC="2026-03-14"),
        ]
        told = event(rows)
        assert steps(told) == [("2026-03-05", None), (None, 3), (None, None), ("2026-03-12", 0)]
        assert codes(record(rows)) == ["grade_collection_not_told"]

    def test_linked_findings_of_grades_count(self) -> None:
        rows = [
            ae(start="2026-03-05", end="2026-03-12", AELNKID="1"),
            fa("F1", 3, "2026-03-06", FALNKID="1"),
        ]
        assert steps(event(rows))[1] == ("2026-03-06", 3)
        assert codes(record(rows)) == ["grade_collection_not_told"]
