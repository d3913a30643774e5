"""Expected events, haematology 1 to 6: no DLT up to a grade and, for some, up to a limit."""

from typing import Any

import pytest

from app.domain.adjudication.result import EventAdjudication
from tests.builders import caused_by, event, ic19

LIMITED = [
    ("Neutrophil count decreased", "neutropenia-g4-28d"),
    ("Anemia", "anemia-g4-28d"),
    ("Platelet count decreased", "thrombocytopenia-g4-28d"),
]
UNLIMITED = [
    ("White blood cell decreased", "leukopenia"),
    ("Lymphocyte count decreased", "lymphocyte-reduction"),
]
OTHERS = [
    "Pancytopenia",
    "Bicytopenia",
    "CD4 lymphocytes decreased",
    "Bone marrow hypocellular",
    "Eosinopenia",
    "Monocytopenia",
    "Basopenia",
]


def cytopenia(
    term: str, *changes: Any, as_of: str = "2026-06-30", **told: Any
) -> EventAdjudication:
    """A reduction of blood cells that somebody judged significant."""
    return ic19(event(term, *changes, **{"clinically_significant": True, **told}), as_of=as_of)


@pytest.mark.parametrize(("term", "clause"), LIMITED)
class TestGrade4NoMoreThan28Days:
    """1, 4, 5: grade 3, or grade 4 lasting no more than 28 days."""

    @pytest.mark.parametrize(
        ("left", "verdict"),
        [("2026-03-31", "NOT_DLT"), ("2026-04-01", "NOT_DLT"), ("2026-04-02", "DLT")],
        ids=["27-days", "28-days", "29-days"],
    )
    def test_28_days_at_grade_4_are_exempt_and_29_are_not(
        self, term: str, clause: str, left: str, verdict: str
    ) -> None:
        judged = cytopenia(term, (4, "2026-03-04"), (3, left), (1, "2026-04-20"))
        assert judged.verdict == verdict
        assert judged.exception == (clause if verdict == "NOT_DLT" else None)

    def test_the_29th_day_establishes_it(self, term: str, clause: str) -> None:
        judged = cytopenia(term, (4, "2026-03-04"), (2, "2026-04-20"))
        assert judged.established_at == "2026-04-02T00:00:00+08:00"

    @pytest.mark.parametrize("days_later", ["2026-03-12", "2026-04-20", "2026-06-20"])
    def test_grade_3_is_exempt_however_long_it_lasts(
        self, term: str, clause: str, days_later: str
    ) -> None:
        judged = cytopenia(term, (3, "2026-03-04"), (2, days_later))
        assert (judged.verdict, judged.exception) == ("NOT_DLT", clause)

    def test_grade_3_before_and_after_grade_4_does_not_count(self, term: str, clause: str) -> None:
        changes = (3, "2026-03-04"), (4, "2026-03-20"), (3, "2026-04-10"), (2, "2026-05-20")
        assert cytopenia(term, *changes).verdict == "NOT_DLT"

    def test_two_stretches_at_grade_4_are_not_added(self, term: str, clause: str) -> None:
        changes = (4, "2026-03-04"), (3, "2026-03-24"), (4, "2026-03-26"), (2, "2026-04-15")
        assert cytopenia(term, *changes).verdict == "NOT_DLT"

    def test_each_stretch_at_grade_4_is_judged(self, term: str, clause: str) -> None:
        changes = (4, "2026-03-04"), (3, "2026-03-06"), (4, "2026-03-20"), (2, "2026-04-18")
        judged = cytopenia(term, *changes)
        assert (judged.verdict, judged.established_at) == ("DLT", "2026-04-18T00:00:00+08:00")

    @pytest.mark.parametrize(
        ("as_of", "verdict"), [("2026-04-01", "PENDING"), ("2026-04-02", "DLT")]
    )
    def test_ongoing_it_is_pending_through_the_28th_day(
        self, term: str, clause: str, as_of: str, verdict: str
    ) -> None:
        judged = cytopenia(term, (4, "2026-03-04"), ongoing=True, as_of=as_of)
        assert judged.verdict == verdict
        due = judged.established_at or judged.becomes_dlt_at
        assert due == "2026-04-02T00:00:00+08:00"

    def test_ongoing_grade_3_is_not_pending(self, term: str, clause: str) -> None:
        judged = cytopenia(term, (3, "2026-03-04"), ongoing=True, as_of="2026-03-20")
        assert (judged.verdict, judged.becomes_dlt_at, judged.open) == ("NOT_DLT", None, True)

    def test_grade_5_is_not_exempt(self, term: str, clause: str) -> None:
        fatal = (4, "2026-03-04"), (5, "2026-03-08")
        assert cytopenia(term, *fatal, as_of="2026-03-07").verdict == "PENDING"
        judged = cytopenia(term, *fatal)
        assert (judged.verdict, judged.established_at) == ("DLT", "2026-03-08T00:00:00+08:00")

    def test_within_28_days_the_attribution_does_not_matter(self, term: str, clause: str) -> None:
        changes = (4, "2026-03-04"), (2, "2026-04-01")
        assert cytopenia(term, *changes, causality=[]).verdict == "NOT_DLT"
        assert cytopenia(term, (4, "2026-03-04"), (2, "2026-04-02"), causality=[]).verdict == (
            "UNDETERMINED"
        )

    def test_beyond_28_days_an_unrelated_one_is_none(self, term: str, clause: str) -> None:
        changes = (4, "2026-03-04"), (2, "2026-04-20")
        assert cytopenia(term, *changes, causality=caused_by("unrelated")).verdict == "NOT_DLT"


@pytest.mark.parametrize(("term", "clause"), UNLIMITED)
class TestGrade3Or4WithoutLimit:
    """2, 3: grade 3 or 4 leukopenia and lymphocyte reduction."""

    @pytest.mark.parametrize("grade", [3, 4])
    def test_is_exempt_however_long_it_lasts(self, term: str, clause: str, grade: int) -> None:
        judged = cytopenia(term, (grade, "2026-03-04"), (2, "2026-06-20"))
        assert (judged.verdict, judged.exception) == ("NOT_DLT", clause)

    @pytest.mark.parametrize("grade", [3, 4])
    def test_nothing_is_pending_while_it_goes_on(self, term: str, clause: str, grade: int) -> None:
        judged = cytopenia(term, (grade, "2026-03-04"), ongoing=True, as_of="2026-03-21")
        assert (judged.verdict, judged.becomes_dlt_at) == ("NOT_DLT", None)

    def test_grade_5_is_not_exempt(self, term: str, clause: str) -> None:
        assert cytopenia(term, (5, "2026-03-04")).verdict == "DLT"

    def test_nothing_that_is_unknown_matters(self, term: str, clause: str) -> None:
        unknown: dict[str, Any] = {"causality": [], "baseline_grade": None, "ongoing": None}
        bare = event(term, (4, "2026-03-04"), clinically_significant=None, **unknown)
        assert ic19(bare).verdict == "NOT_DLT"


@pytest.mark.parametrize("term", OTHERS)
class TestOtherReductions:
    """6: other types of blood cell reduction besides those mentioned above."""

    @pytest.mark.parametrize("grade", [3, 4])
    def test_is_exempt_at_grade_3_and_4(self, term: str, grade: int) -> None:
        judged = cytopenia(term, (grade, "2026-03-04"), (2, "2026-05-20"))
        assert (judged.verdict, judged.exception) == ("NOT_DLT", "other-cytopenia")

    def test_is_not_exempt_at_grade_5(self, term: str) -> None:
        assert cytopenia(term, (5, "2026-03-04")).verdict == "DLT"


@pytest.mark.parametrize(
    "term",
    [
        "Febrile neutropenia",
        "Hemolysis",
        "Disseminated intravascular coagulation",
        "Upper gastrointestinal hemorrhage",
        "Fibrinogen decreased",
        "Thrombotic thrombocytopenic purpura",
        "Leukocytosis",
    ],
)
class TestNoMereReduction:
    """Haemorrhage, haemolysis, coagulation, febrile neutropenia reduce no blood cells."""

    def test_grade_4_is_a_dlt(self, term: str) -> None:
        judged = cytopenia(term, (4, "2026-03-04"), (2, "2026-03-05"))
        assert (judged.verdict, judged.exception) == ("DLT", None)

    def test_grade_3_has_the_general_limit(self, term: str) -> None:
        assert cytopenia(term, (3, "2026-03-04"), (2, "2026-03-11")).verdict == "NOT_DLT"
        assert cytopenia(term, (3, "2026-03-04"), (2, "2026-03-12")).verdict == "DLT"


@pytest.mark.parametrize(
    ("reported", "clause"),
    [
        ("Neutropenia", "neutropenia-g4-28d"),
        ("Leukopenia", "leukopenia"),
        ("Lymphopenia", "lymphocyte-reduction"),
        ("Anaemia", "anemia-g4-28d"),
        ("Thrombocytopenia", "thrombocytopenia-g4-28d"),
        ("platelet count decreased", "thrombocytopenia-g4-28d"),
    ],
)
def test_the_words_of_the_protocol_name_the_terms(reported: str, clause: str) -> None:
    judged = cytopenia(reported, (4, "2026-03-04"), (2, "2026-03-14"))
    assert (judged.verdict, judged.exception) == ("NOT_DLT", clause)


def test_an_exempt_leukopenia_does_not_cover_the_neutropenia_beside_it() -> None:
    neutropenia = event(
        "Neutropenia", (4, "2026-03-04"), (2, "2026-04-02"), clinically_significant=True
    )
    leukopenia = event("Leukopenia", (4, "2026-03-04"), (2, "2026-04-13"), id="AE-2")
    assert ic19(neutropenia, leukopenia).verdict == "DLT"
    assert ic19(leukopenia, neutropenia).verdict == "NOT_DLT"


def test_thrombocytopenia_does_not_cover_the_hemorrhage_beside_it() -> None:
    hemorrhage = event("Upper gastrointestinal hemorrhage", (4, "2026-03-10"), (2, "2026-03-11"))
    platelets = event("Thrombocytopenia", (4, "2026-03-06"), (2, "2026-03-18"), id="AE-2")
    assert ic19(hemorrhage, platelets).verdict == "DLT"
