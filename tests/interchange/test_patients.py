"""Demographics and disposition become the patient's record, of which a source governs its part."""

from typing import Any

import pytest

from app.domain.record.origin import Source
from app.domain.source_system import SourceSystem
from app.domain.time import PartialTime
from app.interchange.made import HeldRow, Part
from app.interchange.patients import patients_of
from tests.interchange.domain_rows import PATIENT, PLAIN, codes, contents, held, made, unmapped

EVENT = "DISPOSITION EVENT"
LEVELS = SourceSystem(dose_levels={"Low": "1", "High": "2", "High dose arm": "2"})


def ended(word: str, on: str = "2026-03-20", **cells: str) -> HeldRow:
    return held("DS", cells={"DSCAT": EVENT, "DSDECOD": word, "DSSTDTC": on, **cells})


def told(*rows: HeldRow, system: SourceSystem = PLAIN) -> dict[str, Any]:
    """The content of the one record that the rows make."""
    (content,) = contents(patients_of(rows, system))
    return content


def found(*rows: HeldRow, system: SourceSystem = PLAIN) -> list[str]:
    return codes(patients_of(rows, system))


def governed(*rows: HeldRow, system: SourceSystem = PLAIN) -> tuple[str, ...] | None:
    (record,) = made(patients_of(rows, system))
    return record.governs


class TestRecord:
    def test_is_the_patients_own_and_made_of_all_rows(self) -> None:
        rows = held("DM", "b", SEX="F"), held("DS", "a", DSCAT="PROTOCOL MILESTONE")
        (record,) = made(patients_of(rows, PLAIN))
        assert (record.kind, record.record_id) == ("subject", PATIENT)
        assert record.document.subject == PATIENT
        assert set(record.rows) == {"a", "b"}

    def test_silence_governs_nothing(self) -> None:
        assert told(held("DM")) == {}
        assert governed(held("DM")) == ()

    def test_follow_up_is_never_told(self) -> None:
        row = held("DM", SEX="F", RFPENDTC="2026-06-01", RFENDTC="2026-05-01")
        assert governed(row) == ("sex",)

    def test_without_rows_nothing_is_made(self) -> None:
        assert patients_of((), PLAIN) == ()
        assert patients_of((held("DM", SEX="F", removed=True),), PLAIN) == ()

    def test_a_disposition_that_tells_nothing_makes_no_patient(self) -> None:
        alone = held("DS", "a", DSCAT="PROTOCOL MILESTONE", DSDECOD="RANDOMIZED")
        parts = patients_of((alone,), PLAIN)
        assert made(parts) == []
        assert codes(parts) == ["disposition_alone"]

    def test_a_disposition_that_tells_something_does(self) -> None:
        assert governed(ended("DEATH")) == ("death",)

    def test_the_last_change_is_the_source_of_all(self) -> None:
        early = Source(sequence=9, time=PartialTime("2026-03-01T08:00Z"))
        late = Source(sequence=2, time=PartialTime("2026-03-02T08:00Z"), user="ada")
        rows = held("DM", SEX="F", source=early), held("DS", source=late, reason="typo")
        (record,) = made(patients_of(rows, PLAIN))
        assert record.source == Source(time=late.time, user="ada")
        assert record.reason == "typo"

    def test_a_row_taken_back_is_a_change_too(self) -> None:
        early, late = (Source(time=PartialTime(f"2026-03-0{day}T08:00Z")) for day in (1, 2))
        rows = held("DM", SEX="F", source=early), held("DS", removed=True, source=late)
        (record,) = made(patients_of(rows, PLAIN))
        assert record.source == late

    def test_of_one_row_the_sequence_is_kept(self) -> None:
        source = Source(sequence=9)
        (record,) = made(patients_of((held("DM", source=source),), PLAIN))
        assert record.source == source


class TestSex:
    @pytest.mark.parametrize(
        ("word", "sex"),
        [("F", "female"), ("m", "male"), ("Female", "female"), ("male", "male")],
    )
    def test_is_told(self, word: str, sex: str) -> None:
        assert told(held("DM", SEX=word)) == {"sex": sex}

    @pytest.mark.parametrize("word", ["U", "UNDIFFERENTIATED", "unknown"])
    def test_is_told_to_be_unknown(self, word: str) -> None:
        assert told(held("DM", SEX=word)) == {}
        assert governed(held("DM", SEX=word)) == ("sex",)

    def test_of_another_word_is_not_told(self) -> None:
        row = held("DM", SEX="1")
        assert (governed(row), found(row)) == ((), ["sex_unreadable"])

    def test_in_two_ways_is_not_told(self) -> None:
        rows = held("DM", SEX="F"), held("DM", SEX="M")
        assert (governed(*rows), found(*rows)) == ((), ["patient_rows_differ"])
        assert told(held("DM", SEX="F"), held("DM", SEX="female")) == {"sex": "female"}


class TestBirth:
    @pytest.mark.parametrize("date", ["1950-12-26", "1950", "1950-12", "26 DEC 1950"])
    def test_is_the_year(self, date: str) -> None:
        assert told(held("DM", BRTHDTC=date)) == {"birth_year": 1950}

    def test_is_never_counted_from_an_age(self) -> None:
        assert governed(held("DM", AGE="63", AGEU="YEARS")) == ()

    def test_that_cannot_be_read_is_not_told(self) -> None:
        row = held("DM", BRTHDTC="26.12.50")
        assert (governed(row), found(row)) == ((), ["date_unreadable"])

    def test_of_two_years_is_not_told(self) -> None:
        rows = held("DM", BRTHDTC="1950"), held("DM", BRTHDTC="1951-01-01")
        assert (governed(*rows), found(*rows)) == ((), ["patient_rows_differ"])


class TestSite:
    def test_is_an_id(self) -> None:
        assert told(held("DM", SITEID="701")) == {"site": "701"}

    def test_that_is_none_is_not_told(self) -> None:
        row = held("DM", SITEID="Berlin Mitte")
        assert (governed(row), found(row)) == ((), ["site_not_an_id"])


class TestDoseLevel:
    def test_is_that_of_the_arm(self) -> None:
        assert told(held("DM", ARMCD="LOW", ACTARMCD="Low"), system=LEVELS) == {"dose_level": "1"}
        assert told(held("DM", ACTARMCD="High"), system=LEVELS) == {"dose_level": "2"}
        assert told(held("DM", ARMCD="H", ARM="High dose arm"), system=LEVELS) == {
            "dose_level": "2"
        }

    def test_without_a_mapping_is_not_told(self) -> None:
        row = held("DM", ARMCD="Mid", ACTARMCD="Mid")
        assert governed(row, system=LEVELS) == ()
        assert unmapped(patients_of((row,), LEVELS)) == [("dose_levels", "ARMCD", "Mid")]

    def test_of_an_arm_that_came_otherwise_is_not_told(self) -> None:
        row = held("DM", ARMCD="High", ACTARMCD="Low")
        assert governed(row, system=LEVELS) == ()
        assert found(row, system=LEVELS) == ["dose_level_differs"]

    def test_of_an_arm_that_came_and_has_no_level_is_not_told(self) -> None:
        row = held("DM", ARMCD="High", ACTARMCD="UNPLAN")
        assert governed(row, system=LEVELS) == ()
        assert unmapped(patients_of((row,), LEVELS)) == [("dose_levels", "ACTARMCD", "UNPLAN")]

    def test_two_arms_of_one_level_agree(self) -> None:
        row = held("DM", ARMCD="High", ACTARMCD="High dose arm")
        assert told(row, system=LEVELS) == {"dose_level": "2"}

    @pytest.mark.parametrize("code", ["SCRNFAIL", "NOTASSGN", "NOTTRT"])
    def test_where_there_is_no_arm_is_not_asked_for(self, code: str) -> None:
        parts = patients_of((held("DM", ARMCD=code, ARM="Screen Failure"),), LEVELS)
        assert (unmapped(parts), codes(parts)) == ([], [])

    def test_of_rows_with_different_arms_is_not_told(self) -> None:
        rows = held("DM", ARMCD="High"), held("DM", ARMCD="Low")
        assert governed(*rows, system=LEVELS) == ()
        assert found(*rows, system=LEVELS) == ["patient_rows_differ"]


class TestDeath:
    def test_has_its_date(self) -> None:
        row = held("DM", DTHFL="Y", DTHDTC="2026-03-20")
        assert told(row) == {"death": {"date": "2026-03-20"}}
        assert found(row) == []

    def test_without_a_date_is_at_any_time(self) -> None:
        row = held("DM", DTHFL="Y")
        assert told(row) == {"death": {"date": None}}
        assert found(row) == ["stop_date_missing"]

    def test_by_a_date_alone(self) -> None:
        assert told(held("DM", DTHDTC="2026-03")) == {"death": {"date": "2026-03"}}

    def test_by_the_disposition(self) -> None:
        row = ended("DEATH", DSTERM="SUDDEN DEATH")
        assert told(row) == {"death": {"date": "2026-03-20", "cause": "SUDDEN DEATH"}}
        assert told(ended("DEATH", DSTERM="Death")) == {"death": {"date": "2026-03-20"}}

    def test_of_a_blank_flag_is_not_told(self) -> None:
        assert governed(held("DM", DTHFL="")) == ()
        assert governed(held("DM", DTHFL="U")) == ()

    def test_that_is_denied_is_taken_back(self) -> None:
        assert told(held("DM", DTHFL="N")) == {}
        assert governed(held("DM", DTHFL="N")) == ("death",)

    def test_of_a_flag_that_is_none_is_not_told(self) -> None:
        row = held("DM", DTHFL="maybe")
        assert (governed(row), found(row)) == ((), ["flag_unreadable"])

    def test_that_is_denied_beside_a_date_stands(self) -> None:
        row = held("DM", DTHFL="N", DTHDTC="2026-03-20")
        assert told(row) == {"death": {"date": "2026-03-20"}}
        assert found(row) == ["death_denied"]

    def test_of_a_date_that_is_none_is_not_told(self) -> None:
        """An export that writes NA in blank cells must not kill anybody."""
        row = held("DM", DTHDTC="NA")
        assert governed(row) == ()
        assert "death_unclear" in found(row)
        dead = held("DM", DTHFL="Y", DTHDTC="NA")
        assert told(dead) == {"death": {"date": None}}

    def test_of_two_dates_that_agree_takes_the_finer(self) -> None:
        rows = held("DM", DTHDTC="2026-03"), ended("DEATH", "2026-03-20")
        assert told(*rows) == {"death": {"date": "2026-03-20"}}
        assert found(*rows) == []

    def test_of_two_dates_that_differ_is_at_any_time(self) -> None:
        rows = held("DM", DTHDTC="2026-03-21"), ended("DEATH", "2026-03-20")
        assert told(*rows) == {"death": {"date": None}}
        assert found(*rows) == ["stop_dates_differ"]

    def test_is_a_death_whatever_part_of_the_study_it_ended(self) -> None:
        assert governed(ended("DEATH", DSSCAT="STUDY TREATMENT")) == ("death",)


class TestWithdrawal:
    @pytest.mark.parametrize(
        "word",
        [
            "WITHDRAWAL BY SUBJECT",
            "Withdrawal by Parent/Guardian",
            "LOST TO FOLLOW-UP",
            "STUDY TERMINATED BY SPONSOR",
            "SITE TERMINATED BY SPONSOR",
        ],
    )
    def test_is_what_says_that_nobody_looks_any_more(self, word: str) -> None:
        row = ended(word, DSTERM="moved away")
        assert told(row) == {"withdrawal": {"date": "2026-03-20", "reason": "moved away"}}
        assert found(row) == []

    @pytest.mark.parametrize(
        "word", ["ADVERSE EVENT", "PHYSICIAN DECISION", "LACK OF EFFICACY", "PROGRESSIVE DISEASE"]
    )
    def test_is_not_what_may_have_ended_the_treatment_alone(self, word: str) -> None:
        rows = held("DM"), ended(word)
        assert (governed(*rows), found(*rows)) == ((), ["disposition_open"])

    def test_of_the_treatment_is_none(self) -> None:
        rows = held("DM"), ended("WITHDRAWAL BY SUBJECT", DSSCAT="STUDY TREATMENT")
        assert (governed(*rows), found(*rows)) == ((), [])
        both = (*rows, ended("WITHDRAWAL BY SUBJECT", "2026-03-25", DSSCAT="STUDY PARTICIPATION"))
        assert told(*both)["withdrawal"]["date"] == "2026-03-25"

    def test_lost_while_treated_may_be_lost_altogether(self) -> None:
        rows = held("DM"), ended("LOST TO FOLLOW-UP", DSSCAT="STUDY TREATMENT")
        assert (governed(*rows), found(*rows)) == ((), ["disposition_open"])

    def test_of_another_category_is_none(self) -> None:
        rows = held("DM"), ended("WITHDRAWAL BY SUBJECT", DSCAT="OTHER EVENT")
        assert (governed(*rows), found(*rows)) == ((), [])

    def test_without_a_category_is_one(self) -> None:
        assert governed(ended("WITHDRAWAL BY SUBJECT", DSCAT="")) == ("withdrawal",)

    def test_of_who_completed_is_taken_back(self) -> None:
        assert told(ended("COMPLETED")) == {}
        assert governed(ended("COMPLETED")) == ("withdrawal",)
        rows = held("DM"), ended("COMPLETED", DSSCAT="STUDY TREATMENT")
        assert governed(*rows) == ()

    def test_of_who_completed_an_epoch_is_not_told(self) -> None:
        rows = held("DM"), ended("COMPLETED", EPOCH="SCREENING")
        assert (governed(*rows), found(*rows)) == ((), [])
        whole = ended("COMPLETED", EPOCH="TREATMENT", DSSCAT="STUDY PARTICIPATION")
        assert governed(held("DM"), whole) == ("withdrawal",)

    def test_of_who_never_began_is_none(self) -> None:
        rows = held("DM"), ended("SCREEN FAILURE")
        assert (governed(*rows), found(*rows)) == ((), [])

    def test_by_the_words_of_the_study(self) -> None:
        system = SourceSystem(dispositions={"Physician decision": "withdrawal", "Gone": "death"})
        assert governed(ended("PHYSICIAN DECISION"), system=system) == ("withdrawal",)
        assert governed(ended("gone"), system=system) == ("death",)

    def test_of_a_word_that_nobody_knows_is_asked_for(self) -> None:
        parts = patients_of((held("DM"), ended("Konsent zurückgezogen")), PLAIN)
        assert unmapped(parts) == [("dispositions", "DSDECOD", "Konsent zurückgezogen")]

    def test_of_a_word_without_a_category_may_be_a_milestone_and_is_not_asked_for(self) -> None:
        parts = patients_of((held("DM"), ended("RANDOMIZED", DSCAT="")), PLAIN)
        assert (unmapped(parts), codes(parts)) == ([], [])

    def test_without_a_date_is_at_any_time(self) -> None:
        row = ended("LOST TO FOLLOW-UP", "")
        assert told(row)["withdrawal"]["date"] is None
        assert found(row) == ["stop_date_missing"]

    def test_of_two_dates_is_at_any_time(self) -> None:
        rows = ended("LOST TO FOLLOW-UP"), ended("WITHDRAWAL BY SUBJECT", "2026-03-21")
        assert told(*rows)["withdrawal"] == {
            "date": None,
            "reason": "LOST TO FOLLOW-UP; WITHDRAWAL BY SUBJECT",
        }
        assert found(*rows) == ["stop_dates_differ"]

    @pytest.mark.parametrize(
        ("seen", "expected"),
        [
            ("2026-03-20T11:00", []),
            ("2026-03-21", ["seen_after_withdrawal"]),
            ("2026-03", []),
            ("2026-04", ["seen_after_withdrawal"]),
        ],
    )
    def test_of_who_was_seen_since_stands(self, seen: str, expected: list[str]) -> None:
        rows = held("DM", RFPENDTC=seen), ended("WITHDRAWAL BY SUBJECT")
        assert governed(*rows) == ("withdrawal",)
        assert found(*rows) == expected


def test_a_whole_patient() -> None:
    parts: tuple[Part, ...] = patients_of(
        (
            held(
                "DM",
                SEX="M",
                BRTHDTC="1942-07-11",
                SITEID="704",
                ARMCD="High",
                ACTARMCD="High",
                DTHFL="Y",
                DTHDTC="2026-11-01",
            ),
            ended("ADVERSE EVENT", "2026-10-30", DSSCAT="STUDY TREATMENT"),
            ended("DEATH", "2026-11-01", DSTERM="CARDIAC ARREST"),
        ),
        LEVELS,
    )
    assert contents(parts) == [
        {
            "sex": "male",
            "birth_year": 1942,
            "site": "704",
            "dose_level": "2",
            "death": {"date": "2026-11-01", "cause": "CARDIAC ARREST"},
        }
    ]
    assert codes(parts) == []
