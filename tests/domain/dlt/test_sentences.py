"""What explanations say of facts, windows and clocks, word by word."""

from typing import Any

import pytest

from app.domain.adjudication.result import Reason
from tests.builders import event
from tests.domain.dlt.toy import GRADE_3_OVER_7_DAYS, clause, first, toy

pytestmark = pytest.mark.no_cover

GRADE_3 = (3, "2026-03-10")


def reasons(reason: Reason) -> list[Reason]:
    return [reason, *(inner for part in reason.parts for inner in reasons(part))]


class TestFacts:
    """Each fact is asked in one sentence, and answered with what the record says."""

    @pytest.mark.parametrize(
        ("condition", "asks", "recorded", "told"),
        [
            (
                {"laboratory": True},
                "the event is a laboratory finding",
                {"laboratory": True},
                "yes",
            ),
            (
                {"clinically_significant": True},
                "the finding was judged clinically significant",
                {"clinically_significant": False},
                "no",
            ),
            ({"intervention": "oxygen"}, "oxygen was given", {"interventions": []}, "no"),
            (
                {"other_crs_symptoms": True},
                "other symptoms of CRS were present",
                {},
                "not known",
            ),
            (
                {"alternative_cause": ["infection", "relapse"]},
                "another cause was named (infection, relapse)",
                {"alternative_causes": [{"cause": "relapse"}]},
                "yes",
            ),
            ({"fact": "care"}, "care is recorded as true", {"facts": {"care": True}}, "yes"),
            (
                {"number": {"name": "temperature", "at_least": 38.3, "unit": "Cel"}},
                "temperature is at least 38.3 Cel",
                {"facts": {"temperature": "38.2 Cel"}},
                "no",
            ),
            ({"serious": "any"}, "the event is serious", {}, "not known"),
            (
                {"serious": "life_threatening"},
                "the event is serious by life threatening",
                {"seriousness": {"life_threatening": True}},
                "yes",
            ),
            (
                {"concurrent": {"term": "Chills", "grade": 2, "while_grade": 1}},
                "Chills of grade 2 or more was there at grade 1 or more of this event",
                {},
                "no",
            ),
            ({"ruling": "Intolerable?"}, "a person has ruled: Intolerable?", {}, "not known"),
        ],
    )
    def test_is_asked_and_answered(
        self, condition: dict[str, Any], asks: str, recorded: dict[str, Any], told: str
    ) -> None:
        protocol = toy(
            criteria=[clause("c", grade=3, when=condition)], interventions={"oxygen": ["oxygen"]}
        )
        judged = first(protocol, event("Pneumonitis", GRADE_3, **recorded))
        (leaf,) = [each for each in reasons(judged.explanation.tree) if each.kind == "fact"]
        assert (leaf.says, leaf.text) == (asks, f"{asks}: {told}")

    def test_causality_is_asked_of_an_agent(self) -> None:
        related = {"related": {"agent": "IC19", "any_of": ["probable", "definite"]}}
        protocol = toy(criteria=[clause("c", grade=3, when=related)])
        judged = first(protocol, event("Pneumonitis", GRADE_3))
        (leaf,) = [each for each in reasons(judged.explanation.tree) if each.kind == "fact"]
        assert leaf.says == "causality to IC19 is one of probable, definite"


class TestWindow:
    """Which windows the patient had, and where the onset lies."""

    ONE, TWO = "2026-03-01T10:00:00+08:00", "2026-03-20T10:00:00+08:00"

    @pytest.mark.parametrize(
        ("infused", "told"),
        [
            ((), "window: no infusion of IC19 up to the data cut is recorded"),
            ((None,), "window an infusion at an unknown time"),
            (
                (None, ONE),
                "windows an infusion at an unknown time and "
                "2026-03-01 10:00 +08:00 to the end of 2026-03-29",
            ),
            ((ONE,), "window 2026-03-01 10:00 +08:00 to the end of 2026-03-29"),
            (("2026-03-01",), "window 2026-03-01 to the end of 2026-03-29"),
            (
                (ONE, TWO),
                "windows 2026-03-01 10:00 +08:00 to the end of 2026-03-29 and "
                "2026-03-20 10:00 +08:00 to the end of 2026-04-17",
            ),
        ],
    )
    def test_of_each_infusion(self, infused: tuple[str | None, ...], told: str) -> None:
        protocol = toy(criteria=[clause("c", grade=3)])
        judged = first(protocol, event("Pneumonitis", GRADE_3), infused=infused)
        (leaf,) = [each for each in reasons(judged.explanation.tree) if each.kind == "onset"]
        place = "inside" if any(infused) else "inside or outside"
        assert leaf.text == f"onset 2026-03-10, {place} the {told}"

    def test_of_the_first_infusion_alone(self) -> None:
        window = {"anchor": "first_infusion", "agent": "IC19", "first_day": 0, "through": "P28D"}
        protocol = toy(window=window, criteria=[clause("c", grade=3)])
        judged = first(protocol, event("Pneumonitis", GRADE_3), infused=(self.ONE, self.TWO))
        (leaf,) = [each for each in reasons(judged.explanation.tree) if each.kind == "onset"]
        told = "inside the window 2026-03-01 10:00 +08:00 to the end of 2026-03-29"
        assert leaf.text == f"onset 2026-03-10, {told}"


class TestSoFar:
    """How long an event has lasted at the cut: a date cuts at the end of its day."""

    @pytest.mark.parametrize(
        ("as_of", "told"),
        [
            ("2026-03-06", "(the end of 2026-03-06) = 40 h so far"),
            ("2026-03-06T12:00+08:00", "(2026-03-06 12:00 +08:00) = 28 h so far"),
            ("2026-03-06T12:00:30+08:00", "(2026-03-06 12:00:30 +08:00) = 28 h 30 s so far"),
        ],
    )
    def test_since_0800_of_the_day_before(self, as_of: str, told: str) -> None:
        protocol = toy(criteria=[clause("c", grade=3, longer_than="PT72H")])
        lasting = event("Pneumonitis", (3, "2026-03-05T08:00+08:00"), ongoing=True)
        text = first(protocol, lasting, as_of=as_of).explanation.text
        assert f"going on at the data cut {told}; limit 72 h" in text


class TestLength:
    """From when to when: at least and at most, whole hours and days quoted by their ends."""

    @pytest.mark.parametrize(
        ("began", "fell", "told"),
        [
            ("2026-03-05", "2026-03-08", "48 h to 96 h"),
            ("2026-03-05T10:00+08:00", "2026-03-08", "62 h to 86 h"),
            ("2026-03-05", "2026-03-08T10:00+08:00", "58 h to 82 h"),
            ("2026-03-05T10", "2026-03-07T10", "47 h to 49 h"),
            ("2026-03-05T10:00+08:00", "2026-03-08T10:00+08:00", "72 h"),
        ],
    )
    def test_in_hours(self, began: str, fell: str, told: str) -> None:
        protocol = toy(criteria=[clause("c", grade=3, longer_than="PT72H")])
        text = first(protocol, event("Pneumonitis", (3, began), (0, fell))).explanation.text
        assert f" = {told}; limit 72 h" in text


def test_between_winter_and_summer_time_each_instant_has_its_offset() -> None:
    protocol = toy(criteria=[clause("c", grade=3, longer_than="PT72H")])
    changes = (3, "2026-03-28T10:00+01:00"), (0, "2026-03-30T10:00+02:00")
    case = event("Pneumonitis", *changes)
    text = first(protocol, case, time_zone="Europe/Berlin").explanation.text
    assert "from 2026-03-28 10:00 +01:00 to 2026-03-30 10:00 +02:00 = 47 h" in text


@pytest.mark.parametrize(
    ("to", "until"), [(2, "2026-03-08 = 3 days"), (1, "2026-03-20 = 15 days")]
)
def test_a_recovery_is_told_at_the_grade_that_is_asked_for(to: int, until: str) -> None:
    soon = clause("soon", when={"always": True}, limit={"recovers": {"to": to, "within": "P7D"}})
    protocol = toy(criteria=[clause("c", grade=3)], exceptions=[soon])
    case = event("Pneumonitis", (3, "2026-03-05"), (2, "2026-03-08"), (1, "2026-03-20"))
    text = first(protocol, case).explanation.text
    assert f"from 2026-03-05 to {until}; limit 7 days" in text


class TestEnd:
    """By when an event was over whose end nobody recorded."""

    @pytest.mark.parametrize(
        ("patient", "told"),
        [
            ({}, "the data cut"),
            ({"withdrawal": {"date": "2026-03-20"}}, "the data cut"),
            ({"death": {"date": "2026-03-20"}}, "the death on 2026-03-20"),
        ],
    )
    def test_is_said(self, patient: dict[str, Any], told: str) -> None:
        protocol = toy(
            criteria=[clause("c", grade=3, longer_than="P7D")],
            clocks={"death_from_another_cause": "ends_event"},
        )
        ended = event("Pneumonitis", GRADE_3, ongoing=False)
        text = first(protocol, ended, **patient).explanation.text
        assert f"grade 3 or more from 2026-03-10, ended at an unknown time by {told}; " in text


@pytest.mark.parametrize("limit", ["P7D", "PT72H"])
def test_from_an_unknown_onset_the_time_is_unknown(limit: str) -> None:
    """Where no infusion is recorded after which it has to have been."""
    protocol = toy(criteria=[clause("c", grade=3, longer_than=limit)])
    case = event("Pneumonitis", (3, None), (1, "2026-03-20"))
    text = first(protocol, case, exposures=()).explanation.text
    assert "grade 3 from an unknown time to 2026-03-20 = an unknown time; limit" in text


def test_how_long_one_of_unknown_onset_was_known_to_go_on_is_not_known() -> None:
    protocol = toy(criteria=[clause("c", grade=3, longer_than="P7D")])
    text = first(protocol, event("Pneumonitis", (3, None), ongoing=None)).explanation.text
    assert "grade 3 or more from an unknown time, known to go on until an unknown time, " in text


@pytest.mark.parametrize("care", [True, False, None])
def test_a_clock_is_shown_also_where_it_decides_nothing(care: bool | None) -> None:
    longer = {"lasts": {"grade": 3, "longer_than": "P3D"}}
    asked = {"any": [{"fact": "care"}, longer]}
    protocol = toy(criteria=[clause("c", grade=3, when=asked)])
    told = {} if care is None else {"care": care}
    judged = first(protocol, event("Pneumonitis", GRADE_3, (0, "2026-03-13"), facts=told))
    (leaf,) = [each for each in reasons(judged.explanation.tree) if each.kind == "clock"]
    assert leaf.truth == "no"
    assert leaf.text == "grade 3 from 2026-03-10 to 2026-03-13 = 3 days; limit 3 days"


def test_a_length_from_some_day_of_a_month_is_told_from_its_least_to_its_most() -> None:
    judged = first(
        toy(criteria=[GRADE_3_OVER_7_DAYS]), event("Fever", (3, "2026-03"), (0, "2026-03-25"))
    )
    assert (
        "grade 3 from 2026-03 to 2026-03-25 = 0 to 24 days; limit 7 days"
        in judged.explanation.text
    )
