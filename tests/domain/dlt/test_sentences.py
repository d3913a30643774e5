"""What explanations say of facts, windows and clocks, word by word."""

from typing import Any

import pytest

from app.domain.adjudication.result import Reason
from tests.builders import event
from tests.domain.dlt.toy import clause, first, toy

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


class TestWindow:
    """Which windows the patient had, and where the onset lies."""

    ONE, TWO = "2026-03-01T10:00:00+08:00", "2026-03-20T10:00:00+08:00"

    @pytest.mark.parametrize(
        ("infused", "told"),
        [
            ((), "window: no infusion of IC19 up to the data cut is recorded"),
            ((None,), "window an infusion at an unknown time"),
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
        place = "inside" if infused and infused[0] else "inside or outside"
        assert leaf.text == f"onset 2026-03-10, {place} the {told}"


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
