"""Grades that come as findings about an event (FA), framed by its row of AE."""

from dataclasses import replace

import pytest

from tests.interchange.event_rows import (
    FINDINGS,
    ae,
    codes,
    contents,
    event,
    events,
    fa,
    held,
    record,
    row_codes,
    steps,
)


class TestFindingsAbout:
    """Grades come as findings; the row of AE frames them."""

    def test_are_changes_at_their_times(self) -> None:
        rows = [
            ae(start="2026-03-05", end="2026-03-20", grade=3, AELNKID="1"),
            fa("F1", 1, "2026-03-05", FALNKID="1"),
            fa("F2", 3, "2026-03-07", FALNKID="1"),
            fa("F3", 1, "2026-03-12", FALNKID="1"),
        ]
        told = event(rows, FINDINGS)
        assert steps(told) == [
            ("2026-03-05", 1), ("2026-03-07", 3), ("2026-03-12", 1), ("2026-03-20", 0),
        ]  # fmt: skip
        assert record(rows, FINDINGS).rows == ("E1", "F1", "F2", "F3")
        assert codes(record(rows, FINDINGS)) == []

    def test_before_the_first_the_grade_is_not_known(self) -> None:
        rows = [
            ae(start="2026-03-05", end="2026-03-20", AELNKID="1"),
            fa("F1", 3, "2026-03-07", FALNKID="1"),
        ]
        told = event(rows, FINDINGS)
        assert steps(told) == [("2026-03-05", None), ("2026-03-07", 3), ("2026-03-20", 0)]

    def test_below_the_events_own_grade_leave_its_time_open(self) -> None:
        rows = [
            ae(start="2026-03-05", end="2026-03-20", grade=4, AELNKID="1"),
            fa("F1", 3, "2026-03-05", FALNKID="1"),
        ]
        told = event(rows, FINDINGS)
        assert steps(told) == [("2026-03-05", None), (None, 4), (None, None), ("2026-03-20", 0)]
        assert told.worst_grade == 4
        assert [each.grade for each in told.reported_grades] == [3]
        assert codes(record(rows, FINDINGS)) == ["grade_and_findings_differ"]

    def test_above_the_events_own_grade_stand(self) -> None:
        rows = [
            ae(start="2026-03-05", end="2026-03-20", grade=2, AELNKID="1"),
            fa("F1", 4, "2026-03-05", FALNKID="1"),
        ]
        told = event(rows, FINDINGS)
        assert steps(told) == [("2026-03-05", 4), ("2026-03-20", 0)]
        assert told.worst_grade is None
        assert [each.grade for each in told.reported_grades] == [2]

    def test_end_in_the_death_that_the_event_tells(self) -> None:
        rows = [
            ae(start="2026-03-05", end="2026-03-10", grade=5, AEOUT="FATAL", AELNKID="1"),
            fa("F1", 3, "2026-03-05", FALNKID="1"),
        ]
        assert steps(event(rows, FINDINGS)) == [("2026-03-05", 3), ("2026-03-10", 5)]

    def test_outside_of_the_event_are_told(self) -> None:
        rows = [
            ae(start="2026-03-05", end="2026-03-10", AELNKID="1"),
            fa("F1", 3, "2026-03-12", FALNKID="1"),
        ]
        assert steps(event(rows, FINDINGS)) == [("2026-03-05", None), ("2026-03-12", 3)]
        assert codes(record(rows, FINDINGS)) == ["finding_outside_event"]

    @pytest.mark.parametrize(
        ("of_event", "of_finding"),
        [
            ({"AELNKID": "1"}, {"FALNKID": "1"}),
            ({"AELNKID": "1"}, {"FALNKGRP": "1.0"}),
            ({"AELNKGRP": "1"}, {"FALNKGRP": "1"}),
            ({"AEGRPID": "1"}, {"FAGRPID": "1"}),
        ],
    )
    def test_are_linked_by_variables(
        self, of_event: dict[str, str], of_finding: dict[str, str]
    ) -> None:
        rows = [ae(start="2026-03-05", **of_event), fa("F1", 3, "2026-03-07", **of_finding)]
        assert codes(record(rows, FINDINGS)) == []
        assert steps(event(rows, FINDINGS))[-1] == ("2026-03-07", 3)

    def test_are_linked_by_relrec(self) -> None:
        rows = [
            ae(start="2026-03-05", AESEQ=4, extract="x"),
            fa("F1", 3, "2026-03-07", FASEQ=9, extract="x"),
            held("RELREC", "r1", RDOMAIN="AE", IDVAR="AESEQ", IDVARVAL=4, RELID="R", extract="x"),
            held("RELREC", "r2", RDOMAIN="FA", IDVAR="FASEQ", IDVARVAL=9, RELID="R", extract="x"),
        ]
        assert record(rows, FINDINGS).rows == ("E1", "F1", "r1", "r2")

    def test_are_linked_by_term_and_time_where_one_event_fits(self) -> None:
        rows = [
            ae("E1", "2026-03-05", "2026-03-10"),
            ae("E2", "2026-04-05", "2026-04-10"),
            fa("F1", 3, "2026-03-07"),
        ]
        made = events(rows, FINDINGS)
        assert [each.rows for each in made] == [("E1", "F1"), ("E2",)]
        assert codes(made[0]) == ["finding_joined_by_term"]
        astray = [*rows[:2], fa("F1", 3, "2026-03-20")]
        assert row_codes(astray, FINDINGS) == [("F1", "finding_not_linked")]

    def test_about_a_symptom_are_no_grade_of_the_event(self) -> None:
        rows = [
            ae(start="2026-03-05", AELNKID="1"),
            fa("F1", 3, "2026-03-07", FALNKID="1", FAOBJ="Pain"),
        ]
        assert steps(event(rows, FINDINGS)) == [("2026-03-05", None)]
        assert row_codes(rows, FINDINGS) == [("F1", "finding_not_used")]

    def test_a_severity_is_a_grade_only_where_the_settings_say_so(self) -> None:
        rows = [
            ae(start="2026-03-05", AELNKID="1"),
            fa("F1", "SEVERE", "2026-03-07", FATESTCD="SEV", FALNKID="1"),
        ]
        assert row_codes(rows, FINDINGS) == [("F1", "severity_unmapped")]
        system = replace(FINDINGS, severity_grades={"Severe": 3})
        assert steps(contents(rows, system)[0])[-1] == ("2026-03-07", 3)
