"""A cell of a decision table: the verdict of every answer in the fewest words."""

from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.adjudication.cell import (
    MOST_FACTS,
    Answers,
    CellCase,
    FactAnswer,
    cell_of,
    unlisted,
)
from app.domain.dlt.facts import Fact
from app.domain.dlt.number import NumberBound

SIGNIFICANT = Fact(kind="clinically_significant")
GIVEN = Fact(kind="intervention", subject=("vasopressor",))
OTHERS = Fact(kind="other_crs_symptoms")
NAMED = [Fact(kind="fact", subject=(f"f{number}",)) for number in range(MOST_FACTS + 1)]


def says(found: dict[Any, str], *facts: Fact) -> str:
    return cell_of(3, facts, found).says


@pytest.mark.parametrize(
    ("verdict", "said"),
    [("DLT", "DLT"), ("NOT_DLT", "no DLT"), ("UNDETERMINED", "not determined by these")],
)
def test_one_verdict_whatever_the_answers(verdict: str, said: str) -> None:
    cell = cell_of(3, [GIVEN], {(1,): verdict, (-1,): verdict})
    assert (cell.grade, cell.verdict, cell.says, cell.cases) == (3, verdict, said, ())


def test_an_undetermined_completion_leaves_the_cell_undetermined() -> None:
    cell = cell_of(3, [GIVEN], {(1,): "DLT", (-1,): "UNDETERMINED"})
    assert (cell.verdict, cell.says) == ("UNDETERMINED", "not determined by these")


def test_one_fact_decides() -> None:
    cell = cell_of(4, [GIVEN], {(1,): "DLT", (-1,): "NOT_DLT"})
    assert cell.verdict == "DEPENDS"
    assert cell.says == "no DLT, unless an intervention of the kind “vasopressor” was given"
    asked = {"question": "interventions", "about": "vasopressor"}
    assert cell.cases == (
        CellCase(answers=(FactAnswer(**asked, answer="given"),), verdict="DLT"),
        CellCase(answers=(FactAnswer(**asked, answer="not_given"),), verdict="NOT_DLT"),
    )


def test_that_a_finding_is_not_significant_is_said_as_it_is_judged() -> None:
    assert says({(1,): "DLT", (-1,): "NOT_DLT"}, SIGNIFICANT) == (
        "DLT, unless the finding was judged not clinically significant"
    )
    assert says({(1,): "NOT_DLT", (-1,): "DLT"}, SIGNIFICANT) == (
        "DLT, unless the finding was judged clinically significant"
    )


def test_facts_that_do_not_matter_are_not_named() -> None:
    found: dict[Answers, str] = {(1, 0): "DLT", (-1, 1): "NOT_DLT", (-1, -1): "NOT_DLT"}
    assert says(found, GIVEN, OTHERS) == (
        "no DLT, unless an intervention of the kind “vasopressor” was given"
    )


def test_several_facts_that_have_to_come_together() -> None:
    found: dict[Answers, str] = {(1, -1): "DLT", (1, 1): "NOT_DLT", (-1, 0): "NOT_DLT"}
    cell = cell_of(3, [GIVEN, OTHERS], found)
    assert cell.says == (
        "no DLT, unless an intervention of the kind “vasopressor” was given and there were no "
        "other symptoms of CRS"
    )
    assert [case.verdict for case in cell.cases] == ["NOT_DLT", "DLT", "NOT_DLT", "NOT_DLT"]


def test_two_ways_stand_in_brackets() -> None:
    found: dict[Answers, str] = {
        (1, 1): "NOT_DLT",
        (1, -1): "DLT",
        (-1, 1): "DLT",
        (-1, -1): "NOT_DLT",
    }
    assert says(found, NAMED[0], NAMED[1]) == (
        "DLT, unless (the fact “f0” is recorded as true and the fact “f1” is recorded as true) or "
        "(the fact “f0” is recorded as false and the fact “f1” is recorded as false)"
    )


def test_questions_of_one_number_have_one_number_for_an_answer() -> None:
    week, fortnight = delay(7), delay(14)
    found: dict[Answers, str] = {
        (1, 1): "DLT",
        (1, -1): "NOT_DLT",
        (-1, 1): "DLT",
        (-1, -1): "NOT_DLT",
    }
    cell = cell_of(3, [week, fortnight], found)
    assert cell.says == "no DLT, unless the recorded number “delay” is above 14 d"
    assert [(case.verdict, *(each.answer for each in case.answers)) for case in cell.cases] == [
        ("DLT", "15"),
        ("NOT_DLT", "14"),
    ]


def test_answers_that_no_record_gives_decide_nothing() -> None:
    week, fortnight = delay(7), delay(14)
    found: dict[Answers, str] = {(1, 0): "NOT_DLT", (-1, 1): "DLT", (-1, -1): "NOT_DLT"}
    assert cell_of(3, [week, fortnight], found).says == "no DLT"
    three: dict[Answers, str] = {
        (1, 1): "DLT",
        (1, -1): "NOT_DLT",
        (-1, 1): "NOT_DLT",
        (-1, -1): "DLT",
    }
    cell = cell_of(3, [week, fortnight], three)
    assert [(case.verdict, case.answers[0].answer) for case in cell.cases] == [
        ("DLT", "15"),
        ("NOT_DLT", "14"),
        ("DLT", "7"),
    ]


def delay(days: int) -> Fact:
    bound = NumberBound(name="delay", unit="d", above=Decimal(days))
    return Fact(kind="number", subject=("delay",), number=bound)


def test_more_facts_than_a_sentence_holds_are_named() -> None:
    found = {answers: "DLT" if all(told > 0 for told in answers) else "NOT_DLT"
             for answers in product((1, -1), repeat=MOST_FACTS + 1)}  # fmt: skip
    cell = cell_of(3, NAMED, found)
    assert (cell.verdict, cell.cases) == ("DEPENDS", ())
    assert cell.says.startswith("depends on whether: the fact “f0” is recorded as true; the fact")


def test_more_facts_than_can_be_tried() -> None:
    assert unlisted(3).says == "depends on more facts than can be tried"


@given(st.lists(st.booleans(), min_size=8, max_size=8))
def test_the_sentence_says_the_verdict_of_every_answer(verdicts: list[bool]) -> None:
    found = {
        answers: "DLT" if verdict else "NOT_DLT"
        for answers, verdict in zip(product((1, -1), repeat=3), verdicts, strict=True)
    }
    cell = cell_of(3, NAMED[:3], found)
    for answers, verdict in found.items():
        assert read(cell.says, answers) == verdict
    for case in cell.cases:
        told = {each.about: each.answer == "true" for each in case.answers}
        for answers, verdict in found.items():
            if all(told.get(f"f{n}", answer > 0) is (answer > 0) for n, answer in
                   enumerate(answers)):  # fmt: skip
                assert verdict == case.verdict


def read(sentence: str, answers: tuple[int, ...]) -> str:
    """The verdict that a sentence gives, read as people read it."""
    rule, _, exceptions = sentence.partition(", unless ")
    verdict = {"DLT": "DLT", "no DLT": "NOT_DLT"}[rule]
    other = "NOT_DLT" if verdict == "DLT" else "DLT"
    ways = [way.strip("()").split(" and ") for way in exceptions.split(") or (") if way]
    holds = any(
        all((f"“f{n}” is recorded as true" in fact or f"“f{n}” is recorded as false" in fact)
            and ("as true" in fact) is (answers[n] > 0)
            for fact in way
            for n in [int(fact.partition("“f")[2][0])])
        for way in ways
    )  # fmt: skip
    return other if holds else verdict
