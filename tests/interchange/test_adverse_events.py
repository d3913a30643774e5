"""What rows of AE say beside the course: term, causality, seriousness, treatment, facts."""

from dataclasses import replace

import pytest

from app.domain.case import AdverseEvent, Relatedness
from app.domain.source_system import SourceSystem
from app.interchange.made import HeldRow
from tests.interchange.event_rows import (
    PER_GRADE,
    WORST,
    ae,
    codes,
    contents,
    event,
    events,
    held,
    record,
    row_codes,
)

IC19 = replace(WORST, agents={"CD19 CAR-T": "IC19"})
TWO = replace(WORST, causality_agents={"AEREL": "IC19", "AEREL1": "fludarabine"})


def one(system: SourceSystem = WORST, /, **cells: str) -> AdverseEvent:
    return event(ae(start="2026-03-05", grade=1, **cells), system)


def odd(system: SourceSystem = WORST, /, **cells: str) -> list[str]:
    return codes(record(ae(start="2026-03-05", grade=1, **cells), system))


class TestTerm:
    def test_is_the_preferred_one_else_as_it_was_reported(self) -> None:
        assert one(AETERM="low oxygen", AEDECOD="Hypoxia").term == "Hypoxia"
        assert one(AETERM="low oxygen").term == "low oxygen"
        assert one(AETERM="O2 ↓", AEMODIFY="Low oxygen").term == "Low oxygen"
        assert one(AETERM="低酸素").term == "低酸素"

    def test_has_the_code_of_its_lowest_level_else_of_the_preferred_term(self) -> None:
        assert one(AELLTCD="10021143", AEPTCD="10099999").meddra_code == 10021143
        assert one(AEPTCD="10021143.0").meddra_code == 10021143
        assert one(AELLTCD="n/a").meddra_code is None

    def test_that_the_settings_give_has_no_code_against_it(self) -> None:
        system = replace(WORST, terms={"low oxygen": "Hypoxia"})
        told = one(system, AETERM=" Low  Oxygen", AELLTCD="10099999")
        assert (told.term, told.meddra_code) == ("Hypoxia", None)

    def test_that_lacks_leaves_an_event_that_may_be_any(self) -> None:
        told = one(AETERM="")
        assert told.term == "Event without a term"
        assert odd(AETERM="") == ["term_missing"]

    def test_is_one_line_of_200_characters(self) -> None:
        assert one(AETERM="chest\r\npain\x00").term == "chest pain"
        assert len(one(AETERM="x" * 201).term) == 200
        assert odd(AETERM="x" * 201) == ["term_shortened"]
        assert odd(AETERM="x" * 200) == []


class TestGrade:
    def test_severity_is_none_unless_the_settings_say_so(self) -> None:
        row = ae(start="2026-03-05", AESEV="SEVERE")
        assert event(row, WORST).grades[0].grade is None
        assert codes(record(row, WORST)) == ["severity_unmapped"]
        system = replace(WORST, severity_grades={"Severe": 3})
        assert event(row, system).worst_grade == 3

    def test_holds_beside_another_severity(self) -> None:
        system = replace(WORST, severity_grades={"MILD": 1})
        row = ae(start="2026-03-05", grade=4, AESEV="MILD")
        assert event(row, system).worst_grade == 4
        assert codes(record(row, system)) == ["grade_and_severity_differ"]

    def test_that_is_none_is_not_known(self) -> None:
        row = ae(start="2026-03-05", grade="3-4")
        assert event(row, WORST).grades[0].grade is None
        assert codes(record(row, WORST)) == ["grade_unreadable"]


class TestOutcome:
    def test_of_a_word_without_a_meaning_is_none(self) -> None:
        assert one(AEOUT="CHANGED TO GRADE 2").ongoing is None
        assert odd(AEOUT="CHANGED TO GRADE 2") == ["outcome_unmapped"]
        system = replace(WORST, outcomes={"changed to grade 2": "not_recovered"})
        assert one(system, AEOUT="CHANGED TO GRADE 2", AEDTC="2026-03-20").ongoing is True


class TestDates:
    def test_that_cannot_be_read_are_kept_in_a_finding(self) -> None:
        made = record(ae(start="01 NNN 2008", end="2021年3月7日", grade=1), WORST)
        assert [each.code for each in made.findings] == ["date_read_coarsely", "date_unreadable"]
        assert "01 NNN 2008" in made.findings[0].message
        assert "2021年3月7日" in made.findings[1].message

    @pytest.mark.parametrize(
        ("day", "said"),
        [("5", []), ("4", ["study_day_contradicts"]), ("0", ["study_day_contradicts"])],
    )
    def test_are_checked_against_study_days(self, day: str, said: list[str]) -> None:
        rows = [
            ae(start="2026-03-05", grade=1, AESTDY=day),
            held("DM", "S-01|DM", RFSTDTC="2026-03-01"),
        ]
        assert codes(record(rows, WORST)) == said

    def test_the_day_before_the_first_is_minus_1(self) -> None:
        first = held("DM", "S-01|DM", RFSTDTC="2026-03-01")
        rows = [ae(start="2026-02-28", grade=1, AESTDY="-1"), first]
        assert codes(record(rows, WORST)) == []


class TestCausality:
    def judged(self, told: AdverseEvent) -> list[tuple[str, Relatedness | None, str | None]]:
        return [(each.agent, each.relatedness, each.assessor) for each in told.causality]

    def test_is_of_the_agent_that_the_settings_name(self) -> None:
        told = one(TWO, AEREL="POSSIBLE", AEREL1="NOT RELATED")
        assert self.judged(told) == [
            ("IC19", "possible", "investigator"),
            ("fludarabine", "unrelated", "investigator"),
        ]

    def test_is_of_the_only_agent_there_is(self) -> None:
        assert self.judged(one(IC19, AEREL="POSSIBLE")) == [("IC19", "possible", "investigator")]

    @pytest.mark.parametrize(
        "system",
        [
            WORST,
            replace(WORST, agents={"CAR-T": "IC19", "FLU": "fludarabine"}),
            replace(IC19, causality_agents={"AEREL1": "IC19"}),  # AEREL may be of another
        ],
    )
    def test_is_of_none_where_nobody_says_of_which(self, system: SourceSystem) -> None:
        assert one(system, AEREL="POSSIBLE").causality == ()
        assert odd(system, AEREL="POSSIBLE") == ["causality_agent_unknown"]

    def test_of_a_word_without_a_meaning_is_not_known(self) -> None:
        assert self.judged(one(IC19, AEREL="REMOTE")) == [("IC19", None, "investigator")]
        assert odd(IC19, AEREL="REMOTE") == ["relatedness_unmapped"]
        mapped = replace(IC19, causality={"remote": "unlikely"})
        assert self.judged(one(mapped, AEREL="REMOTE"))[0][1] == "unlikely"
        assert odd(mapped, AEREL="REMOTE") == []

    def test_is_not_judged_where_the_word_says_so(self) -> None:
        assert self.judged(one(IC19, AEREL="UNKNOWN")) == [("IC19", None, "investigator")]
        assert odd(IC19, AEREL="UNKNOWN") == []

    def test_one_word_without_a_meaning_leaves_no_other_to_decide_alone(self) -> None:
        system = replace(WORST, causality_agents={"AEREL": "IC19", "AERELSP": "IC19"})
        told = one(system, AEREL="NOT RELATED", AERELSP="RELATED")
        assert {each.relatedness for each in told.causality} == {None}

    def test_that_one_did_not_judge_leaves_the_others(self) -> None:
        system = replace(WORST, causality_agents={"AEREL": "IC19", "AERELSP": "IC19"})
        told = one(system, AEREL="NOT RELATED", AERELSP="NA")
        assert {each.relatedness for each in told.causality} == {None, "unrelated"}

    def test_a_word_without_a_meaning_in_one_row_leaves_no_other_row_to_decide(self) -> None:
        system = replace(PER_GRADE, causality_agents={"AEREL": "IC19"})
        rows = [
            ae("a", "2026-03-05", "2026-03-07", 1, AEGRPID="G", AEREL="UNRELATED"),
            ae("b", "2026-03-07", "", 3, AEGRPID="G", AEREL="RELATED"),
        ]
        assert {each[1] for each in self.judged(event(rows, system))} == {None}

    def test_may_stand_in_supplements_with_its_judge(self) -> None:
        rows = [
            ae(start="2026-03-05", grade=1, AESPID="7", AEREL="POSSIBLE"),
            held("SUPPAE", "s1", RDOMAIN="AE", IDVAR="AESPID", IDVARVAL="7", QNAM="AEREL1",
                 QVAL="UNRELATED", QEVAL="CLINICAL STUDY SPONSOR"),
        ]  # fmt: skip
        assert self.judged(event(rows, TWO)) == [
            ("IC19", "possible", "investigator"),
            ("fludarabine", "unrelated", "sponsor"),
        ]

    def test_of_an_agent_without_a_name_that_can_be_kept_counts_for_none(self) -> None:
        cells = {"DLTREL1": "POSSIBLE", "DLTRAG1": "IC19\x1b"}
        assert one(WORST, **cells).causality == ()
        assert odd(WORST, **cells) == ["causality_agent_unknown"]

    def test_may_be_of_an_administration(self) -> None:
        dose = held("EX", "dose-1", EXTRT="CD19 CAR-T", EXSTDTC="2026-03-01")
        related = (("MedicationAdministration/dose-1", "PROBABLE"),)
        row = ae(start="2026-03-05", grade=1, related=related)
        assert self.judged(event([row, dose], IC19)) == [("IC19", "probable", None)]
        assert event([row, dose], WORST).causality[0].agent == "CD19 CAR-T"
        kept = replace(dose, key="S-01|EX|dose-1")
        assert event([row, kept], IC19).causality == event([row, dose], IC19).causality
        assert event([row], WORST).causality == ()
        assert codes(record([row], WORST)) == ["causality_agent_unknown"]

    def test_rows_that_differ_leave_all_judgements(self) -> None:
        system = replace(PER_GRADE, causality_agents={"AEREL": "IC19"})
        rows = [
            ae("a", "2026-03-05", "2026-03-07", 1, AEGRPID="G", AEREL="UNRELATED"),
            ae("b", "2026-03-07", "", 3, AEGRPID="G", AEREL="POSSIBLE"),
        ]
        assert [each[1] for each in self.judged(event(rows, system))] == ["possible", "unrelated"]
        assert codes(record(rows, system)) == ["judgements_differ"]


class TestSeriousness:
    def test_is_what_each_criterion_says_and_blank_is_not_no(self) -> None:
        told = one(AESER="Y", AESHOSP="Y", AESLIFE="N").seriousness
        assert told is not None
        assert (told.hospitalisation, told.life_threatening, told.disability) == (
            True,
            False,
            None,
        )

    def test_of_an_event_that_is_not_serious_is_not_false(self) -> None:
        assert one(AESER="N").seriousness is None

    def test_that_contradicts_itself_stands(self) -> None:
        told = one(AESER="N", AESHOSP="Y").seriousness
        assert told is not None
        assert told.hospitalisation is True
        assert odd(AESER="N", AESHOSP="Y") == ["seriousness_contradicted"]

    def test_of_several_rows_is_false_only_where_all_say_so(self) -> None:
        rows = [
            ae("a", "2026-03-05", "2026-03-07", 1, AEGRPID="G", AESLIFE="N", AESHOSP="N"),
            ae("b", "2026-03-07", "", 3, AEGRPID="G", AESLIFE="N", AESDISAB="Y"),
        ]
        told = event(rows, PER_GRADE).seriousness
        assert told is not None
        assert (told.life_threatening, told.hospitalisation, told.disability) == (
            False,
            None,
            True,
        )

    def test_of_a_word_that_is_no_flag_is_not_known(self) -> None:
        assert one(AESLIFE="1").seriousness is None
        assert odd(AESLIFE="1") == ["flag_unreadable"]


class TestInterventions:
    SYSTEM = replace(WORST, interventions={"norepinephrine": "vasopressor", "O2": "oxygen"})

    def given(self, **cells: str) -> list[str] | None:
        told = one(self.SYSTEM, **cells).interventions
        return None if told is None else [each.kind for each in told]

    def test_are_none_only_where_that_is_said(self) -> None:
        assert self.given(AECONTRT="N") == []
        assert self.given() is None

    def test_are_what_the_settings_make_of_the_words(self) -> None:
        cells = {"AECONTRT": "Y", "AEACNOTH": "Norepinephrine; O2"}
        assert self.given(**cells) == ["oxygen", "vasopressor"]

    def test_may_be_rows_of_ex(self) -> None:
        rows = [
            ae(start="2026-03-05", grade=1, AECONTRT="Y", AETRT="dose-7"),
            held("EX", "dose-7", EXTRT="Norepinephrine", EXSTDTC="2026-03-05"),
        ]
        given = event(rows, self.SYSTEM).interventions
        assert given is not None
        assert [each.kind for each in given] == ["vasopressor"]

    @pytest.mark.parametrize(
        ("cells", "code"),
        [
            ({"AECONTRT": "Y"}, "intervention_not_named"),
            ({"AECONTRT": "Y", "AEACNOTH": "O2; massage"}, "intervention_unmapped"),
            ({"AEACNOTH": "O2"}, "interventions_open"),
        ],
    )
    def test_are_not_known_where_some_are_not(self, cells: dict[str, str], code: str) -> None:
        assert self.given(**cells) is None
        assert odd(self.SYSTEM, **cells) == [code]


class TestFacts:
    SYSTEM = replace(PER_GRADE, facts={"AESUPP": "optimal_supportive_care", "AEACN": "action"})

    def test_are_flags_or_texts(self) -> None:
        told = one(self.SYSTEM, AESUPP="Y", AEACN="DRUG WITHDRAWN").facts
        assert told == {"optimal_supportive_care": True, "action": "DRUG WITHDRAWN"}

    def test_that_rows_answer_differently_are_not_known(self) -> None:
        rows = [
            ae("a", "2026-03-05", "2026-03-07", 1, AEGRPID="G", AESUPP="Y"),
            ae("b", "2026-03-07", "", 3, AEGRPID="G", AESUPP="N"),
        ]
        assert event(rows, self.SYSTEM).facts == {}
        assert codes(record(rows, self.SYSTEM)) == ["fact_contradicted"]

    def test_may_stand_in_supplements(self) -> None:
        supplement = {"RDOMAIN": "AE", "IDVAR": "AESPID", "IDVARVAL": "7", "QNAM": "AESUPP"}
        rows = [
            ae(start="2026-03-05", grade=1, AESPID="7"),
            held("SUPPAE", "s1", **supplement, QVAL="N"),
        ]
        assert event(rows, self.SYSTEM).facts == {"optimal_supportive_care": False}
        again = [*rows, held("SUPPAE", "s2", **supplement, QVAL="Y")]
        assert event(again, self.SYSTEM).facts == {}
        assert codes(record(again, self.SYSTEM)) == ["supplement_contradicted"]


class TestNoEvent:
    @pytest.mark.parametrize(
        ("cells", "code"),
        [
            ({"AETERM": "Hypoxia", "AEOCCUR": "N"}, "no_event"),
            ({"AETERM": "Hypoxia", "AESTAT": "NOT DONE"}, "no_event"),
            ({"AEYN": "N"}, "nothing_told"),
        ],
    )
    def test_was_told(self, cells: dict[str, str], code: str) -> None:
        rows = [held("AE", "E1", **cells)]
        assert events(rows) == []
        assert row_codes(rows) == [("E1", code)]


class TestLeadingSystem:
    def test_leads_the_record_that_the_settings_name(self) -> None:
        system = replace(WORST, keys={"E1": "rave:AE-77"})
        made = record(ae(start="2026-03-05", grade=1), system)
        assert (made.system, made.record_id) == ("rave", "AE-77")
        given = ae("S-01|AE|E1", "2026-03-05", grade=1)
        assert record(given, system).record_id == "AE-77"


class TestSyndrome:
    def rows(self, crs: dict[str, str], symptom: dict[str, str]) -> list[HeldRow]:
        return [
            ae("C", "2026-03-03", grade=2, AETERM="Cytokine release syndrome", **crs),
            ae("H", "2026-03-03", grade=3, AETERM="Hypotension", **symptom),
        ]

    def parent(self, rows: list[HeldRow], system: SourceSystem = WORST) -> str | None:
        return next(each.part_of for each in contents(rows, system) if each.term == "Hypotension")

    def test_has_the_symptoms_that_the_data_link_to_it(self) -> None:
        assert self.parent(self.rows({"AELNKGRP": "1"}, {"AELNKGRP": "1"})) == "C"
        relation = [
            held("RELREC", name, RDOMAIN="AE", IDVAR="AESPID", IDVARVAL=name, RELID="R")
            for name in ("1", "2")
        ]
        assert self.parent([*self.rows({"AESPID": "1"}, {"AESPID": "2"}), *relation]) == "C"

    def test_has_none_by_a_guess(self) -> None:
        assert self.parent(self.rows({}, {})) is None
        assert self.parent(self.rows({"AEGRPID": "1"}, {"AEGRPID": "1"})) is None

    @pytest.mark.parametrize("name", ["7", "CRS", "Cytokine Release Syndrome"])
    def test_may_be_named_by_a_variable(self, name: str) -> None:
        system = replace(WORST, facts={"AESYND": "part_of"})
        assert self.parent(self.rows({"AESPID": "7"}, {"AESYND": name}), system) == "C"

    def test_that_is_not_there_is_a_finding(self) -> None:
        system = replace(WORST, facts={"AESYND": "part_of"})
        rows = self.rows({}, {"AESYND": "ICANS"})
        assert self.parent(rows, system) is None
        assert [codes(made) for made in events(rows, system)] == [[], ["syndrome_not_found"]]
