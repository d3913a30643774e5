"""A record with unknown grades or an unknown term stands for every record that it could be."""

from typing import Any

import pytest

from tests.builders import event, fields, ic19, settles

PNEUMONITIS = "Pneumonitis"
NOT_LIFE_THREATENING = {"life_threatening": False, "death": False}


class TestUnknownGrade:
    """It stands for every grade that the term has, bounded by seriousness."""

    def test_over_2_days_only_grade_4_and_5_matter(self) -> None:
        short = event(PNEUMONITIS, (None, "2026-03-10"), (0, "2026-03-12"))
        judged = ic19(short)
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["grade"])
        assert settles(judged, "grade") == {
            "1": "NOT_DLT",
            "2": "NOT_DLT",
            "3": "NOT_DLT",
            "4": "DLT",
        }

    @pytest.mark.parametrize(
        ("seriousness", "verdict"),
        [
            ({"life_threatening": False, "death": False}, "NOT_DLT"),
            ({"life_threatening": False}, "NOT_DLT"),
            ({"life_threatening": True}, "UNDETERMINED"),
            ({"death": False}, "UNDETERMINED"),
            ({"life_threatening": False, "death": True}, "UNDETERMINED"),
            (None, "UNDETERMINED"),
        ],
    )
    def test_not_life_threatening_bounds_it_to_3(
        self, seriousness: dict[str, bool] | None, verdict: str
    ) -> None:
        short = event(
            PNEUMONITIS, (None, "2026-03-10"), (0, "2026-03-12"), seriousness=seriousness
        )
        assert ic19(short).verdict == verdict

    def test_over_8_days_grade_3_matters_too(self) -> None:
        long = event(
            PNEUMONITIS, (None, "2026-03-10"), (0, "2026-03-18"), seriousness=NOT_LIFE_THREATENING
        )
        judged = ic19(long)
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["grade"])
        assert settles(judged, "grade")["3"] == "DLT"

    def test_chills_have_no_grade_4(self) -> None:
        start = (None, "2026-03-03T08:00+08:00")
        assert ic19(event("Chills", start, (0, "2026-03-06T08:00+08:00"))).verdict == "NOT_DLT"
        judged = ic19(event("Chills", start, (0, "2026-03-06T08:01+08:00")))
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["grade"])
        assert settles(judged, "grade") == {"1": "NOT_DLT", "2": "NOT_DLT", "3": "DLT"}

    def test_sepsis_begins_at_grade_3(self) -> None:
        assert ic19(event("Sepsis", (None, "2026-03-10"), (0, "2026-03-18"))).verdict == "DLT"
        short = event(
            "Sepsis", (None, "2026-03-10"), (0, "2026-03-17"), seriousness=NOT_LIFE_THREATENING
        )
        assert ic19(short).verdict == "NOT_DLT"

    def test_alopecia_never_reaches_grade_3(self) -> None:
        assert ic19(event("Alopecia", (None, "2026-03-10"), ongoing=True)).verdict == "NOT_DLT"

    def test_an_exempt_term_needs_no_grade_but_5(self) -> None:
        not_fatal = event("Lymphopenia", (None, "2026-03-10"), ongoing=True)
        assert ic19(not_fatal).verdict == "NOT_DLT"

    def test_it_is_5_only_in_the_last_step(self) -> None:
        followed = event(PNEUMONITIS, (None, "2026-03-10"), (0, "2026-03-12"))
        last = event(PNEUMONITIS, (1, "2026-03-10"), (None, "2026-03-12"))
        assert "5" not in settles(ic19(followed), "grade")
        assert settles(ic19(last), "grade")["5"] == "DLT"

    def test_it_is_never_0(self) -> None:
        for grade in ((None, "2026-03-10"), (None, None)):
            assert "0" not in settles(ic19(event(PNEUMONITIS, grade, ongoing=True)), "grade")

    def test_between_known_grades_it_may_bridge_or_part_a_run(self) -> None:
        changes = (3, "2026-03-05"), (None, "2026-03-09"), (3, "2026-03-11"), (0, "2026-03-14")
        judged = ic19(event(PNEUMONITIS, *changes, seriousness=NOT_LIFE_THREATENING))
        assert settles(judged, "grade") == {"1": "NOT_DLT", "2": "NOT_DLT", "3": "DLT"}

    def test_where_either_way_is_long_enough_it_does_not_matter(self) -> None:
        changes = (3, "2026-03-05"), (None, "2026-03-14"), (1, "2026-03-16")
        assert ic19(event(PNEUMONITIS, *changes)).verdict == "DLT"

    def test_where_it_is_surely_high_enough_the_run_is_sure(self) -> None:
        changes = (None, "2026-03-05"), (3, "2026-03-08"), (1, "2026-03-14")
        judged = ic19(event("Sepsis", *changes, seriousness=NOT_LIFE_THREATENING))
        assert (judged.verdict, judged.established_at) == ("DLT", "2026-03-13T00:00:00+08:00")

    def test_a_running_clock_may_be_pending_whatever_the_grade(self) -> None:
        known = ic19(
            event("Sepsis", (None, "2026-03-10"), ongoing=True, seriousness=NOT_LIFE_THREATENING),
            as_of="2026-03-12",
        )
        assert (known.verdict, known.becomes_dlt_at) == ("PENDING", "2026-03-18T00:00:00+08:00")

    def test_without_any_grade_every_grade_is_possible(self) -> None:
        judged = ic19(event(PNEUMONITIS))
        assert (judged.verdict, fields(judged)[0]) == ("UNDETERMINED", "grade")
        assert [finding.code for finding in judged.findings] == ["no_grade"]

    def test_more_unknowns_than_can_be_told_apart_stay_undetermined(self) -> None:
        days = [f"2026-03-{day:02}" for day in range(2, 12)]
        unknown = event(PNEUMONITIS, *((None, day) for day in days), (0, "2026-03-12"))
        judged = ic19(unknown)
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["grade"])


class TestGradesThatDoNotExist:
    """A reported grade that the term does not have is a finding; the number orders the course."""

    def test_the_number_stands(self) -> None:
        judged = ic19(event("Chills", (4, "2026-03-03"), (1, "2026-03-04")))
        assert (judged.verdict, judged.criterion) == ("DLT", "grade-4-or-5")
        assert [finding.code for finding in judged.findings] == ["grade_not_in_term"]

    def test_the_finding_alone_changes_no_verdict(self) -> None:
        judged = ic19(event("Sepsis", (2, "2026-03-03"), (1, "2026-03-20")))
        assert judged.verdict == "NOT_DLT"
        assert judged.findings[0].message == (
            "Sepsis has no grade 1; the number orders the course all the same."
        )


class TestUnknownTerm:
    """What does not resolve is undetermined wherever the term could matter."""

    @staticmethod
    def reported(*changes: Any, **told: Any) -> Any:
        return event("Frobnication", *changes, **{"laboratory": False, **told})

    def test_it_may_be_exempt(self) -> None:
        judged = ic19(self.reported((4, "2026-03-10"), (1, "2026-03-12")))
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["term"])
        answers = settles(judged, "term")
        assert (answers["leukopenia"], answers["seizure"]) == ("NOT_DLT", "DLT")
        assert [finding.code for finding in judged.findings] == ["term_not_resolved"]

    def test_it_may_have_a_limit_of_its_own(self) -> None:
        four_days = self.reported((3, "2026-03-05"), (0, "2026-03-09"))
        judged = ic19(four_days)
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["term"])
        assert settles(judged, "term")["seizure"] == "DLT"

    @pytest.mark.parametrize(
        ("changes", "verdict"),
        [
            (((2, "2026-03-10"), (0, "2026-04-12")), "NOT_DLT"),
            (((3, "2026-03-10"), (0, "2026-03-12")), "NOT_DLT"),
            (((4, "2026-03-30"), (0, "2026-04-12")), "NOT_DLT"),
            (((5, "2026-03-10"),), "DLT"),
        ],
        ids=["grade-2", "grade-3-for-2-days", "outside", "grade-5"],
    )
    def test_where_every_term_has_the_same_verdict_it_stands(
        self, changes: Any, verdict: str
    ) -> None:
        assert ic19(self.reported(*changes)).verdict == verdict

    def test_without_a_laboratory_flag_it_may_be_a_laboratory_finding(self) -> None:
        judged = ic19(self.reported((5, "2026-03-10"), laboratory=None))
        assert judged.verdict == "UNDETERMINED"
        assert set(fields(judged)) >= {"term", "clinical_significance"}

    def test_it_is_not_outside_an_exception_by_silence(self) -> None:
        misspelt = event("Frobnopenia", (4, "2026-03-10"), (1, "2026-03-12"))
        assert ic19(misspelt).verdict == "UNDETERMINED"


class TestResolvedTerm:
    """Terms resolve by name, by synonym, by code and by spelling."""

    @pytest.mark.parametrize("term", ["Neutropenia", "neutropaenia", "Neutrophil count decreased"])
    def test_by_name_synonym_or_spelling(self, term: str) -> None:
        judged = ic19(event(term, (4, "2026-03-10"), (1, "2026-03-20")))
        assert (judged.verdict, judged.exception) == ("NOT_DLT", "neutropenia-g4-28d")

    def test_how_it_was_resolved_is_a_finding(self) -> None:
        judged = ic19(event("Neutropenia", (4, "2026-03-10"), (1, "2026-03-20")))
        assert [finding.code for finding in judged.findings] == ["term_mapped"]
        exact = ic19(event("Neutrophil count decreased", (4, "2026-03-10"), (1, "2026-03-20")))
        assert exact.findings == ()

    def test_by_its_code(self) -> None:
        by_code = event("low neutros", (4, "2026-03-10"), (1, "2026-03-20"), meddra_code=10029366)
        assert ic19(by_code).exception == "neutropenia-g4-28d"

    def test_a_code_of_another_term_is_a_contradiction(self) -> None:
        chills = 10008531
        wrong = event("Neutropenia", (4, "2026-03-10"), (1, "2026-03-20"), meddra_code=chills)
        judged = ic19(wrong)
        assert judged.verdict == "UNDETERMINED"
        assert "term" in fields(judged)
