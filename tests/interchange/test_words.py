"""Words that mean the same in every study, and those that do not."""

import pytest

from app.interchange import words


class TestFlags:
    @pytest.mark.parametrize(("word", "told"), [("Y", True), ("yes", True), (" N ", False)])
    def test_say_yes_or_no(self, word: str, told: bool) -> None:
        assert words.flag(word) is told

    @pytest.mark.parametrize("word", ["", "U", "NA", "UNKNOWN"])
    def test_may_say_neither(self, word: str) -> None:
        assert words.flag(word) is None

    @pytest.mark.parametrize("word", ["1", "0", "MAYBE", "いいえ"])
    def test_are_no_other_words(self, word: str) -> None:
        assert not words.is_flag(word)


class TestGrades:
    @pytest.mark.parametrize("word", ["3", "3.0", "Grade 3", "GRADE 3", "grade3", "G3", "Gr. 3"])
    def test_are_numbers_however_they_are_written(self, word: str) -> None:
        assert words.grade(word) == 3

    @pytest.mark.parametrize("word", ["0", "5"])
    def test_go_from_0_to_5(self, word: str) -> None:
        assert words.grade(word) == int(word)
        assert not words.grade_outside(word)

    @pytest.mark.parametrize("word", ["6", "-1", "Grade 9", "7.0"])
    def test_outside_of_that_are_refused(self, word: str) -> None:
        assert words.grade(word) is None
        assert words.grade_outside(word)

    @pytest.mark.parametrize("word", ["SEVERE", "MILD", "3.5", "3-4", "III", "\uff13", "", "≥3"])
    def test_are_no_words_and_no_ranges(self, word: str) -> None:
        assert words.grade(word) is None
        assert not words.grade_outside(word)


class TestCausality:
    @pytest.mark.parametrize(
        ("word", "told"),
        [
            ("NOT RELATED", "unrelated"),
            ("Unlikely Related", "unlikely"),
            ("possible", "possible"),
            ("POSSIBLY RELATED", "possible"),
            ("PROBABLE", "probable"),
            ("Adverse Event Probably Related to Intervention", "probable"),
            ("DEFINITELY RELATED", "definite"),
        ],
    )
    def test_the_words_of_the_scale_need_no_settings(self, word: str, told: str) -> None:
        assert words.relatedness(word, {}) == told

    @pytest.mark.parametrize("word", ["RELATED", "REMOTE", "NONE", "SUSPECTED", "CERTAIN", "Y"])
    def test_words_of_studies_mean_nothing_without_them(self, word: str) -> None:
        assert words.relatedness(word, {}) is None

    def test_settings_come_first(self) -> None:
        assert words.relatedness(" related ", {"RELATED": "definite"}) == "definite"
        assert words.relatedness("POSSIBLE", {"Possible": "unlikely"}) == "unlikely"


class TestOutcomes:
    @pytest.mark.parametrize(
        ("word", "told"),
        [
            ("FATAL", "fatal"),
            ("RECOVERED/RESOLVED", "recovered"),
            ("Recovered/Resolved with sequelae", "recovered_with_sequelae"),
            ("NOT RECOVERED/NOT RESOLVED", "not_recovered"),
            ("ongoing", "not_recovered"),
            ("UNKNOWN", "unknown"),
        ],
    )
    def test_are_those_of_cdisc_and_hl7(self, word: str, told: str) -> None:
        assert words.outcome(word, {}) == told

    def test_others_need_settings(self) -> None:
        assert words.outcome("CHANGED TO GRADE 2", {}) is None
        assert words.outcome("Death", {"death": "fatal"}) == "fatal"
