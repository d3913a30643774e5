"""Readings in the text: who ruled, and what the rules would say by each option."""

from typing import Any

import pytest

from app.domain.dlt.text import readings as module
from tests.domain.dlt.text.reading import below, told
from tests.domain.dlt.toy import GRADE_4, clause


def reading(name: str, *options: str, **more: Any) -> dict[str, Any]:
    said = {option: f"It is {option}." for option in options}
    return {"id": name, "question": "What?", "options": said, "default": options[0], **more}


def choice(name: str, **options: Any) -> dict[str, Any]:
    return {"reading": name, "options": options}


def lines(name: str, *readings: dict[str, Any], **parts: Any) -> list[str]:
    return below(told(readings=list(readings), **parts), f"### {name}")


def test_who_ruled_and_when() -> None:
    by = {"ruled_by": "Steering committee"}
    on = {"ruled_on": "2026-01-20"}
    assert lines("R-A", reading("R-A", "a", **by, **on))[0] == (
        "What? Ruled by Steering committee on 2026-01-20: a."
    )
    assert lines("R-A", reading("R-A", "a", **by))[0] == "What? Ruled by Steering committee: a."
    nobody = "What? Nobody is named who ruled; the default is a."
    assert lines("R-A", reading("R-A", "a", **on))[0] == f"{nobody} Ruled on 2026-01-20."
    assert lines("R-A", reading("R-A", "a"))[0] == nobody


def test_a_grade_that_hangs_on_a_reading() -> None:
    criterion = {**GRADE_4, "grade": choice("R-A", four=4, three=3)}
    assert lines("R-A", reading("R-A", "four", "three"), criteria=[criterion])[1:] == [
        "- **four (holds):** It is four.",
        "- **three:** It is three.",
        "  - **criterion grade-4:** A run at grade 3 or more is a DLT as soon as that grade is "
        "reached.",
    ]


def test_a_reading_within_an_option_that_does_not_hold() -> None:
    limit = choice("R-A", none=None, some=choice("R-B", a="P7D", b="P14D"))
    said = lines(
        "R-B",
        reading("R-A", "none", "some"),
        reading("R-B", "a", "b"),
        criteria=[{**GRADE_4, "longer_than": limit}],
    )
    assert said[3].startswith(
        "  - **Where R-A is some: criterion grade-4:** A run at grade 4 or more is a DLT when it "
        "lasts longer than 14 days"
    )


def test_a_reading_within_the_option_that_holds_needs_no_such_words() -> None:
    limit = choice("R-A", some=choice("R-B", a="P7D", b="P14D"), none=None)
    said = lines(
        "R-B",
        reading("R-A", "some", "none"),
        reading("R-B", "a", "b"),
        criteria=[{**GRADE_4, "longer_than": limit}],
    )
    assert said[3].startswith("  - **criterion grade-4:** A run at grade 4 or more")


def test_a_clause_that_only_some_options_have() -> None:
    other = clause("other", grade=3)
    criteria = choice("R-A", one=[GRADE_4], two=[other])
    said = lines("R-A", reading("R-A", "one", "two"), criteria=criteria)
    assert "  - **criterion grade-4:** There is no such clause." in said
    assert "  - **criterion other:** Its source (1): So it says." in said
    assert any("A run at grade 3 or more" in line for line in said)


def test_a_paraphrase_that_hangs_on_a_reading() -> None:
    criterion = {**GRADE_4, "says": choice("R-A", a="One.", b="Two."), "sentence": "So."}
    said = lines("R-A", reading("R-A", "a", "b"), criteria=[criterion])
    assert said[-1] == "  - **criterion grade-4:** Its source (1): Two. “So.”"


def test_a_setting_that_an_option_leaves_out() -> None:
    gate = choice("R-A", a={"study_cap": 4}, b={})
    said = lines("R-A", reading("R-A", "a", "b"), enrolment=gate)
    assert said[-2:] == [
        "  - **enrolment gate:** all: as by default",
        "  - **enrolment gate:** Nothing of study\\_cap.",
    ]


def test_an_option_that_gives_no_rules_hides_no_later_one() -> None:
    limit = choice("R-B", a="P7D", b="P14D")
    criterion = {
        **GRADE_4,
        "grade": choice("R-A", none=4, broken="four", some=3),
        "longer_than": choice("R-A", none=None, broken=limit, some=limit),
    }
    readings = [reading("R-A", "none", "broken", "some"), reading("R-B", "a", "b")]
    said = lines("R-B", *readings, criteria=[criterion])
    assert len(said) == 4
    assert said[3].startswith("  - **Where R-A is some: criterion grade-4:** A run at grade 3 ")


def test_an_option_that_gives_no_rules_says_why() -> None:
    broken = choice("R-A", a=4, b=choice("R-B", c="four", d="five"))
    text = told(
        readings=[reading("R-A", "a", "b"), reading("R-B", "c", "d")],
        criteria=[{**GRADE_4, "grade": broken}],
    )
    assert below(text, "### R-A")[3].startswith("  - It gives no rules: ")
    # Within it nothing can be compared.
    assert below(text, "### R-B")[1:] == ["- **c (holds):** It is c.", "- **d:** It is d."]


def test_a_limit_is_worded_by_the_clocks_that_hold() -> None:
    """A reading of the clocks changes the words of every limit; it is said once, of the clocks."""
    inclusion = choice("R-A", yes=True, no=False)
    said = lines(
        "R-A",
        reading("R-A", "yes", "no"),
        clocks={"within_includes_limit": inclusion},
        criteria=[{**GRADE_4, "longer_than": "P7D"}],
    )
    assert [line.split(":**")[0] for line in said[3:]] == ["  - **clocks"]


@pytest.mark.parametrize(
    "broken",
    [
        choice("R-NONE", a=3),
        {"reading": ["R-A"], "options": {"a": 3}},
        {"reading": "R-A", "options": 3},
        {"reading": "R-A", "options": {"a": 3}, "more": 1},
    ],
)
def test_a_fault_below_an_option_that_does_not_hold_is_told_there(broken: dict[str, Any]) -> None:
    criterion = {**GRADE_4, "grade": choice("R-A", a=4, b=broken)}
    said = lines("R-A", reading("R-A", "a", "b"), criteria=[criterion])
    assert said[3].startswith("  - It gives no rules: ")


def test_of_very_many_options_it_is_not_told_what_each_would_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    criterion = {**GRADE_4, "grade": choice("R-A", four=4, three=3)}
    asked = {"readings": [reading("R-A", "four", "three")], "criteria": [criterion]}
    monkeypatch.setattr(module, "MOST_OPTIONS", 1)
    text = told(**asked)
    assert "They are too many to say what each would make of the rules." in text
    options = ["- **four (holds):** It is four.", "- **three:** It is three."]
    assert below(text, "### R-A")[1:] == options
    monkeypatch.setattr(module, "MOST_OPTIONS", 2)
    assert len(below(told(**asked), "### R-A")) == 4
