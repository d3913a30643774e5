"""What is recorded about an event besides its grades: causality, laboratory, syndrome, rulings."""

from typing import Any

import pytest

from app.domain.errors import BadCase
from tests.builders import caused_by, event, fields, ic19, settles

AKI, PNEUMONITIS, CRS = "Acute kidney injury", "Pneumonitis", "Cytokine release syndrome"

DIED = {"date": "2026-03-14", "cause": "road accident"}


def grade_4(term: str = AKI, **told: Any) -> Any:
    return event(term, (4, "2026-03-10"), (2, "2026-03-13"), **told)


class TestCausality:
    """Definitely, likely or possibly related to the investigational drug."""

    @pytest.mark.parametrize(
        ("relatedness", "verdict"),
        [
            ("definite", "DLT"),
            ("probable", "DLT"),
            ("possible", "DLT"),
            ("unlikely", "NOT_DLT"),
            ("unrelated", "NOT_DLT"),
            (None, "UNDETERMINED"),
        ],
    )
    def test_the_word_decides(self, relatedness: str | None, verdict: str) -> None:
        assert ic19(grade_4(causality=caused_by(relatedness))).verdict == verdict

    def test_missing_it_is_asked_for(self) -> None:
        judged = ic19(grade_4(causality=[]))
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["causality"])
        assert settles(judged, "causality") == {"related": "DLT", "not_related": "NOT_DLT"}
        assert not judged.refer_to_committee

    def test_missing_for_a_running_clock_it_is_asked_for_too(self) -> None:
        open_event = event(PNEUMONITIS, (3, "2026-03-10"), ongoing=True, causality=[])
        judged = ic19(open_event, as_of="2026-03-12")
        assert (judged.verdict, judged.becomes_dlt_at) == ("UNDETERMINED", None)
        assert settles(judged, "causality") == {"related": "PENDING", "not_related": "NOT_DLT"}

    @pytest.mark.parametrize(
        "harmless",
        [
            event(PNEUMONITIS, (3, "2026-03-10"), (2, "2026-03-17"), causality=[]),
            event("Leukopenia", (4, "2026-03-10"), (2, "2026-03-27"), causality=[]),
            event(AKI, (4, "2026-03-30"), (2, "2026-04-17"), causality=[]),
            event(PNEUMONITIS, (2, "2026-03-10"), ongoing=True, causality=[]),
        ],
        ids=["recovered", "exempt", "outside", "grade-2"],
    )
    def test_missing_where_it_cannot_matter_it_is_not(self, harmless: Any) -> None:
        assert ic19(harmless).verdict == "NOT_DLT"

    def test_that_to_another_agent_says_nothing_of_ic19(self) -> None:
        other = [
            {"agent": "lymphodepletion", "relatedness": "definite", "assessor": "investigator"}
        ]
        judged = ic19(grade_4(causality=other))
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["causality"])

    def test_another_cause_removes_no_dlt_here(self) -> None:
        named = [{"cause": "underlying_disease", "assessor": "investigator"}]
        assert ic19(grade_4(alternative_causes=named)).verdict == "DLT"


class TestAssessors:
    """Where assessors differ across the line, causality is missing and the committee rules."""

    def test_across_the_line_the_committee_rules(self) -> None:
        judged = ic19(grade_4(causality=caused_by("unlikely") + caused_by("possible", "sponsor")))
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["causality"])
        assert judged.refer_to_committee
        assert "Assessors differ" in judged.missing[0].text
        assert [finding.code for finding in judged.findings if "differ" in finding.code] == [
            "assessors_differ"
        ]

    @pytest.mark.parametrize(
        ("investigator", "sponsor", "verdict"),
        [
            ("possible", "definite", "DLT"),
            ("unrelated", "unlikely", "NOT_DLT"),
            ("possible", None, "DLT"),
            (None, "unrelated", "NOT_DLT"),
        ],
    )
    def test_on_one_side_of_it_they_do_not_differ(
        self, investigator: str | None, sponsor: str | None, verdict: str
    ) -> None:
        told = caused_by(investigator) + caused_by(sponsor, "sponsor")
        judged = ic19(grade_4(causality=told))
        assert (judged.verdict, judged.refer_to_committee) == (verdict, False)

    def test_an_assessors_later_judgement_takes_the_place_of_the_earlier_one(self) -> None:
        first, then = caused_by("possible"), caused_by("unrelated")
        revised = [{**first[0], "on": "2026-03-12"}, {**then[0], "on": "2026-03-20"}]
        for order in (revised, revised[::-1]):
            assert ic19(grade_4(causality=order)).verdict == "NOT_DLT"
            assert ic19(grade_4(causality=order), as_of="2026-03-15").verdict == "DLT"

    def test_two_judgements_of_one_assessor_on_one_day_differ(self) -> None:
        same_day = [{**each, "on": "2026-03-12"} for each in caused_by("possible")]
        same_day += [{**each, "on": "2026-03-12"} for each in caused_by("unrelated")]
        judged = ic19(grade_4(causality=same_day))
        assert (judged.verdict, judged.refer_to_committee) == ("UNDETERMINED", True)

    def test_undated_judgements_of_one_assessor_differ_too(self) -> None:
        undated = caused_by("possible") + caused_by("unrelated")
        assert ic19(grade_4(causality=undated)).verdict == "UNDETERMINED"

    def test_where_it_cannot_matter_nobody_has_to_rule(self) -> None:
        differ = caused_by("unlikely") + caused_by("possible", "sponsor")
        judged = ic19(event("Leukopenia", (4, "2026-03-10"), (2, "2026-03-27"), causality=differ))
        assert (judged.verdict, judged.refer_to_committee) == ("NOT_DLT", False)


class TestLaboratory:
    """Excluding laboratory test indicators of no clinical significance."""

    @pytest.mark.parametrize(
        ("significant", "verdict"), [(True, "DLT"), (False, "NOT_DLT"), (None, "UNDETERMINED")]
    )
    @pytest.mark.parametrize(
        "changes",
        [((4, "2026-03-05"), (1, "2026-03-06")), ((3, "2026-03-05"), (1, "2026-03-25"))],
        ids=["grade-4", "grade-3-for-20-days"],
    )
    def test_significance_decides(
        self, changes: Any, significant: bool | None, verdict: str
    ) -> None:
        judged = ic19(event("Hypokalemia", *changes, clinically_significant=significant))
        assert judged.verdict == verdict
        if significant is None:
            assert settles(judged, "clinical_significance") == {
                "significant": "DLT",
                "not_significant": "NOT_DLT",
            }

    def test_the_dictionary_knows_what_is_a_laboratory_finding(self) -> None:
        assert ic19(grade_4("Hypokalemia", clinically_significant=False)).verdict == "NOT_DLT"
        assert ic19(grade_4(PNEUMONITIS, clinically_significant=False)).verdict == "DLT"

    def test_the_record_knows_better(self) -> None:
        told = {"clinically_significant": False}
        assert ic19(grade_4("Hypokalemia", laboratory=False, **told)).verdict == "DLT"
        assert ic19(grade_4(PNEUMONITIS, laboratory=True, **told)).verdict == "NOT_DLT"

    def test_an_insignificant_grade_5_laboratory_finding_is_excluded_as_written(self) -> None:
        finding = event("Hypokalemia", (5, "2026-03-05"), clinically_significant=False)
        assert ic19(finding).verdict == "NOT_DLT"

    def test_the_judgement_may_name_who_made_it(self) -> None:
        told = {"value": False, "assessor_role": "investigator", "on": "2026-03-11"}
        judged = ic19(grade_4("Hypokalemia", significance=told))
        assert judged.verdict == "NOT_DLT"
        assert "investigator" in str(judged.explanation.tree)

    def test_judgements_that_disagree_are_unknown(self) -> None:
        told = {"clinically_significant": True, "significance": {"value": False}}
        judged = ic19(grade_4("Hypokalemia", **told))
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["clinical_significance"])
        assert "significance_contradicted" in [finding.code for finding in judged.findings]

    def test_unknown_where_it_cannot_matter_it_is_not_asked_for(self) -> None:
        assert (
            ic19(event("Hypokalemia", (3, "2026-03-05"), (1, "2026-03-06"))).verdict == "NOT_DLT"
        )
        assert ic19(event("Leukopenia", (4, "2026-03-05"), (1, "2026-03-06"))).verdict == "NOT_DLT"


class TestSyndrome:
    """Symptoms of CRS and ICANS: linked, unlinked but overlapping, or apart."""

    CRS_2 = event(CRS, (2, "2026-03-05"), (0, "2026-03-12"), id="AE-2")
    ICANS_2 = event("ICANS", (2, "2026-03-05"), (0, "2026-03-12"), id="AE-2")

    @pytest.mark.parametrize("term", ["Fever", "Hypoxia", "Sinus tachycardia"])
    def test_a_linked_symptom_is_judged_under_its_syndrome(self, term: str) -> None:
        assert ic19(grade_4(term, part_of="AE-2"), self.CRS_2).verdict == "NOT_DLT"

    @pytest.mark.parametrize("term", ["Encephalopathy", "Dysphasia", "Tremor", "Confusion"])
    def test_so_is_one_of_icans(self, term: str) -> None:
        assert ic19(grade_4(term, part_of="AE-2"), self.ICANS_2).verdict == "NOT_DLT"

    def test_its_grade_counts_where_the_syndrome_has_it(self) -> None:
        crs_4 = event(CRS, (4, "2026-03-06"), (2, "2026-03-07"), id="AE-2")
        assert ic19(crs_4, grade_4("Hypoxia", id="AE-1", part_of="AE-2")).verdict == "DLT"

    def test_an_unlinked_overlapping_symptom_that_would_decide_alone_is_undetermined(self) -> None:
        judged = ic19(grade_4("Hypoxia"), self.CRS_2)
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["syndrome"])
        assert settles(judged, "syndrome") == {
            "part_of_syndrome": "NOT_DLT",
            "not_part_of_syndrome": "DLT",
        }

    def test_one_that_would_not_decide_is_not(self) -> None:
        short = event("Hypoxia", (3, "2026-03-06"), (1, "2026-03-09"))
        assert ic19(short, self.CRS_2).verdict == "NOT_DLT"

    def test_one_before_or_after_the_syndrome_is_judged_alone(self) -> None:
        after = event("Hypoxia", (4, "2026-03-15"), (1, "2026-03-16"))
        before = event("Hypoxia", (4, "2026-03-02"), (0, "2026-03-03"))
        assert ic19(after, self.CRS_2).verdict == "DLT"
        assert ic19(before, self.CRS_2).verdict == "DLT"

    @pytest.mark.parametrize(
        ("over", "verdict"),
        [("2026-03-05T09:59+08:00", "DLT"), ("2026-03-05T10:00+08:00", "UNDETERMINED")],
    )
    def test_one_that_is_over_when_the_syndrome_begins_touches_it(
        self, over: str, verdict: str
    ) -> None:
        crs = event(CRS, (2, "2026-03-05T10:00+08:00"), (0, "2026-03-12"), id="AE-2")
        hypoxia = event("Hypoxia", (4, "2026-03-04"), (0, over))
        assert ic19(hypoxia, crs).verdict == verdict

    def test_one_beside_an_open_syndrome_overlaps(self) -> None:
        open_crs = event(CRS, (2, "2026-03-05"), ongoing=True, id="AE-2")
        assert ic19(grade_4("Hypoxia"), open_crs).verdict == "UNDETERMINED"

    def test_what_is_no_symptom_is_judged_alone_linked_or_not(self) -> None:
        assert ic19(grade_4(AKI, part_of="AE-2"), self.CRS_2).verdict == "DLT"
        assert ic19(grade_4(AKI), self.CRS_2).verdict == "DLT"

    def test_a_symptom_of_the_one_is_none_of_the_other(self) -> None:
        assert ic19(grade_4("Tremor"), self.CRS_2).verdict == "DLT"
        assert ic19(grade_4("Fever"), self.ICANS_2).verdict == "DLT"

    def test_a_seizure_within_icans_keeps_its_own_clause(self) -> None:
        seizure = event("Seizure", (3, "2026-03-06"), (2, "2026-03-10"), part_of="AE-2")
        judged = ic19(seizure, self.ICANS_2)
        assert (judged.verdict, judged.criterion) == ("DLT", "seizure-g3-3d")

    def test_chills_within_crs_keep_their_own_clause(self) -> None:
        changes = (3, "2026-03-05T08:00+08:00"), (1, "2026-03-08T09:00+08:00")
        chills = event("Chills", *changes, part_of="AE-2")
        assert ic19(chills, self.CRS_2).established_at == "2026-03-08T08:00:00+08:00"

    def test_vasopressor_treated_hypotension_within_crs_gets_the_limit_of_crs(self) -> None:
        changes = (3, "2026-03-05T08:00+08:00"), (1, "2026-03-08T08:00+08:00")
        linked = event("Hypotension", *changes, part_of="AE-2", interventions=["vasopressor"])
        judged = ic19(linked, self.CRS_2)
        assert (judged.verdict, judged.exception) == ("NOT_DLT", "crs-g3-72h")

    @pytest.mark.parametrize("target", ["AE-9", "AE-3"], ids=["no-such-event", "no-syndrome"])
    def test_a_link_that_leads_to_no_syndrome_is_unknown(self, target: str) -> None:
        sepsis = event("Sepsis", (3, "2026-03-05"), (0, "2026-03-10"), id="AE-3")
        judged = ic19(grade_4("Hypoxia", part_of=target), sepsis)
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["syndrome"])


class TestRulings:
    """A signed ruling is an input fact like any other, from when it was made."""

    @staticmethod
    def ruling(question: str, answer: str, on: str = "2026-04-20") -> dict[str, str]:
        return {"on": on, "event": "AE-1", "question": question, "answer": answer, "by": "SRC"}

    @pytest.mark.parametrize(
        ("answer", "verdict"), [("related", "DLT"), ("not_related", "NOT_DLT")]
    )
    def test_on_causality(self, answer: str, verdict: str) -> None:
        differ = grade_4(causality=caused_by("unlikely") + caused_by("possible", "sponsor"))
        judged = ic19(differ, rulings=[self.ruling("causality", answer)])
        assert (judged.verdict, judged.refer_to_committee) == (verdict, False)

    @pytest.mark.parametrize(
        ("answer", "verdict"), [("beyond_limit", "DLT"), ("within_limit", "NOT_DLT")]
    )
    def test_on_a_death_from_another_cause(self, answer: str, verdict: str) -> None:
        stopped = event(PNEUMONITIS, (3, "2026-03-10"), ongoing=True)
        assert ic19(stopped, death=DIED).verdict == "UNDETERMINED"
        ruled = [self.ruling("committee_ruling", answer)]
        assert ic19(stopped, death=DIED, rulings=ruled).verdict == verdict

    @pytest.mark.parametrize(
        ("question", "answer", "told"),
        [
            ("clinical_significance", "significant", {"term": "Hypokalemia"}),
            (
                "baseline_grade",
                "0",
                {"baseline_grade": None, "grades": [{"from": "2026-03-01", "grade": 4}]},
            ),
            ("syndrome", "not_part_of_syndrome", {"term": "Hypoxia"}),
        ],
    )
    def test_on_what_is_missing(self, question: str, answer: str, told: dict[str, Any]) -> None:
        asked = grade_4(**{"term": AKI, **told})
        crs = event(CRS, (2, "2026-03-05"), (0, "2026-03-12"), id="AE-2")
        open_question = ic19(asked, crs)
        assert question in fields(open_question)
        assert answer in settles(open_question, question)
        settled = ic19(asked, crs, rulings=[self.ruling(question, answer)])
        assert settled.verdict == settles(open_question, question)[answer] == "DLT"

    def test_made_after_the_cut_it_is_not_there(self) -> None:
        late = [self.ruling("causality", "related", on="2026-06-15")]
        assert ic19(grade_4(causality=[]), rulings=late).verdict == "UNDETERMINED"

    def test_the_last_one_counts(self) -> None:
        first = self.ruling("causality", "related")
        then = self.ruling("causality", "not_related", on="2026-04-25")
        assert ic19(grade_4(causality=[]), rulings=[first, then]).verdict == "NOT_DLT"

    def test_on_a_reading_it_decides_for_the_patient(self) -> None:
        crs = event(CRS, (3, "2026-03-03"), (2, "2026-03-08"))
        ruled = {
            "on": "2026-03-09",
            "reading": "R-SPEC",
            "answer": "specific-limit-only-exempts",
            "by": "SRC",
        }
        assert ic19(crs).verdict == "DLT"
        assert ic19(crs, rulings=[ruled]).verdict == "NOT_DLT"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"event": "AE-7", "question": "causality", "answer": "related"},
            {"event": "AE-1", "question": "causality", "answer": "perhaps"},
            {"event": "AE-1", "question": "weather", "answer": "yes"},
            {"reading": "R-NONE", "answer": "yes"},
            {"reading": "R-SPEC", "answer": "perhaps"},
            {"answer": "related"},
        ],
    )
    def test_that_answers_nothing_is_refused(self, wrong: dict[str, str]) -> None:
        with pytest.raises(BadCase) as refused:
            ic19(grade_4(), rulings=[{"on": "2026-03-09", "by": "SRC", **wrong}])
        assert [fault.pointer for fault in refused.value.faults] == ["/0/rulings/0"]


class TestNothingLater:
    """Nothing that happened or was recorded after the cut may influence the answer."""

    def test_a_causality_judged_later_is_missing(self) -> None:
        later = [{**each, "on": "2026-06-05"} for each in caused_by("possible")]
        judged = ic19(grade_4(causality=later))
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["causality"])

    def test_a_significance_judged_later_is_missing(self) -> None:
        later = {"value": True, "on": "2026-06-05"}
        assert ic19(grade_4("Hypokalemia", significance=later)).verdict == "UNDETERMINED"

    def test_a_vasopressor_started_later_was_not_given(self) -> None:
        later = [{"kind": "vasopressor", "start": "2026-03-09"}]
        lasting = event("Hypotension", (3, "2026-03-05"), ongoing=True, interventions=later)
        judged = ic19(lasting, as_of="2026-03-08")
        assert judged.becomes_dlt_at == "2026-03-13T00:00:00+08:00"
