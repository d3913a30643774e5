"""Of which terms two versions say the same, and which columns serve both."""

from typing import Any

import numpy as np
import pytest

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.judged_columns import JudgedColumns
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.telling import Telling
from app.domain.diff.agreement import Agreement, agreement, carried_over
from app.domain.dlt.judge import judge
from app.domain.dlt.packed import together
from app.domain.dlt.program import Program
from app.domain.time import PartialTime
from tests.builders import event, subject
from tests.domain.dlt.toy import clause, document, toy


def lasts(limit: str) -> dict[str, Any]:
    return {"lasts": {"grade": 3, "no_longer_than": limit}}


SERIOUS = {"serious": "any"}
GIVEN = {"intervention": "oxygen"}
OLD: dict[str, Any] = {
    "criteria": [clause("any", grade=3), clause("severe", grade=4, when=SERIOUS)],
    "exceptions": [
        clause(
            "fever", when={"group": "g"}, limit={"lasts": {"grade": 3, "no_longer_than": "P3D"}}
        ),
        clause("chills", when={"all": [{"term": "Chills"}, GIVEN]}),
    ],
    "groups": {"g": ["Fever"], "h": ["Nausea"]},
    "interventions": {"oxygen": ["mask"]},
}
FEVER, CHILLS = OLD["exceptions"]
READING = {"id": "R", "question": "Which?", "options": {"a": "A.", "b": "B."}, "default": "a"}
WINDOW = document()["dlt"]["window"]


def agreed(**parts: Any) -> Agreement | None:
    return agreement(toy(**OLD), toy(**{**OLD, "version": "2", **parts}))


def program(protocol: ReadyProtocol) -> Program:
    assert protocol.rules is not None
    return protocol.rules.program


def test_versions_that_say_the_same() -> None:
    found = agreed(title="Another title", notes=["A note."], planned_subjects=12)
    assert found == Agreement(
        clauses=frozenset(), terms=frozenset(),
        facts=tuple(range(len(program(toy(**OLD)).facts))), grades_alike=True,
    )  # fmt: skip


def test_another_limit_concerns_the_terms_of_its_clause() -> None:
    longer = {**FEVER, "limit": lasts("P7D")}
    found = agreed(exceptions=[longer, CHILLS])
    assert found is not None
    assert found.clauses == {"fever"}
    assert found.terms == {"Fever"}
    assert found.facts is not None


def test_a_clause_of_all_terms_concerns_all() -> None:
    longer = clause("any", grade=3, longer_than="P7D")
    found = agreed(criteria=[longer, OLD["criteria"][1]])
    assert found is not None
    assert found.clauses == {"any"}
    assert found.terms == set(program(toy(**OLD)).signature_of_term)


def test_where_no_result_is_graded_both_grade_alike() -> None:
    without = {**OLD, "grading": {"dictionary": "ctcae-4.03"}}
    assert toy(**without).laboratory is None
    found = agreement(toy(**without), toy(**{**without, "version": "2"}))
    assert found is not None
    assert found.grades_alike


def test_another_grade_moves_the_lines_between_the_grades_of_laboratory_results() -> None:
    found = agreed(criteria=[clause("any", grade=2), OLD["criteria"][1]])
    assert found is not None
    assert not found.grades_alike


def test_a_clause_may_move_the_lines_of_a_scale_for_a_term_that_it_leaves_out() -> None:
    """Which of several assessments of one time is judged hangs on them."""
    syndrome = "Cytokine release syndrome"
    others = {"all": [{"group": "g"}, {"not": {"term": syndrome}}]}
    reactions = {**FEVER, "when": others, "limit": lasts("P3D")}
    old = {
        **OLD,
        "grading": {"dictionary": "ctcae-5.0", "scales": {syndrome: "astct-2019"}},
        "groups": {"g": ["Fever", syndrome], "h": ["Nausea"]},
        "exceptions": [reactions, CHILLS],
    }

    def found(limit: Any) -> Agreement:
        other = agreement(
            toy(**old), toy(**{**old, "exceptions": [{**reactions, "limit": limit}, CHILLS]})
        )
        assert other is not None
        assert other.terms == {"Fever"}
        return other

    assert found(lasts("P7D")).grades_alike
    assert not found({"lasts": {"grade": 2, "no_longer_than": "P3D"}}).grades_alike


def test_a_clause_for_another_term_concerns_both() -> None:
    found = agreed(exceptions=[{**FEVER, "when": {"term": "Nausea"}}, CHILLS])
    assert found is not None
    assert found.terms == {"Fever", "Nausea"}


def test_where_facts_go_or_change_places_columns_serve() -> None:
    old = program(toy(**OLD)).facts
    found = agreed(exceptions=[FEVER])
    assert found is not None
    assert found.terms == {"Chills"}
    assert found.facts is not None
    assert {old[each].kind for each in found.facts} == {each.kind for each in old} - {
        "intervention"
    }


def test_where_a_fact_is_new_they_serve_only_terms_of_which_all_say_the_same() -> None:
    found = agreed(exceptions=[{**FEVER, "when": {"all": [FEVER["when"], {"fact": "mild"}]}}])
    assert found is not None
    assert found.terms == {"Fever", "Chills"}
    assert found.facts is None


def test_facts_in_another_order_concern_whoever_asks_for_them() -> None:
    """What is missing is told in their order."""
    mild = {"fact": "mild"}
    criteria = [clause("any", grade=3), clause("severe", grade=4, when={"any": [SERIOUS, mild]})]
    old = {**OLD, "criteria": criteria, "exceptions": []}

    def concerned(*asked: Any) -> frozenset[str]:
        chills = clause("chills", when={"all": [{"term": "Chills"}, *asked]})
        found = agreement(toy(**old), toy(**{**old, "exceptions": [chills]}))
        assert found is not None
        return found.terms

    assert concerned(SERIOUS, mild) == {"Chills"}
    assert concerned(mild) == set(program(toy(**old)).signature_of_term)


@pytest.mark.no_cover
def test_of_a_term_that_is_not_known_the_order_of_all_facts_matters() -> None:
    mild = clause("mild", when={"all": [{"term": "Nausea"}, {"fact": "mild"}]})
    old = toy(**{**OLD, "exceptions": [CHILLS, mild]})
    found = [
        agreement(old, toy(**{**OLD, "exceptions": exceptions, "version": "2"}))
        for exceptions in ([CHILLS, mild], [mild, CHILLS], [CHILLS])
    ]
    assert [each is not None and each.alters_nothing for each in found] == [True, False, False]
    assert found[1] is not None
    assert not found[1].clauses | found[1].terms


def test_a_clause_that_rests_on_another_reading_is_named_of_whatever_it_looks_at() -> None:
    """It says something else only of Fever, but events of other terms name its readings too."""

    def read(limit: Any, *, says: str, readings: Any = (READING,)) -> ReadyProtocol:
        any_ = clause("any", grade=3, longer_than=limit)
        return toy(**{**OLD, "criteria": [{**any_, "says": says}], "readings": list(readings)})

    by_reading = {"reading": "R", "options": {"a": "P3D", "b": "P5D"}}
    assert agreement(read(by_reading, says="So."), read(by_reading, says="Thus.")) is not None
    assert agreement(read(by_reading, says="So."), read("P3D", says="Thus.")) is None


def test_the_readings_of_a_clause_that_only_one_version_has_are_of_no_other() -> None:
    limit = {"reading": "R", "options": {"a": "P3D", "b": "P5D"}}
    read = {**FEVER, "limit": {"lasts": {"grade": 3, "no_longer_than": limit}}}
    old = {**OLD, "readings": [READING], "exceptions": [read, CHILLS]}
    found = agreement(toy(**old), toy(**{**old, "exceptions": [CHILLS]}))
    assert found is not None
    assert found.terms == {"Fever"}


@pytest.mark.parametrize(
    "parts",
    [
        {"groups": {"g": ["Fever"], "h": ["Nausea", "Vomiting"]}},
        {"interventions": {"oxygen": ["mask", "ventilator"]}},
        {"window": {**WINDOW, "through": "P21D"}},
        {"counts": {"related": {"agent": "IC19", "any_of": ["definite"]}}},
        {"clocks": {"days_are": "elapsed"}},
        {"agents": {"IC19": "investigational", "Fludarabine": "background"}},
        {"ladder": {"levels": [{"id": "1", "cells": 1_000_000}]}},
        {"grading": {"dictionary": "ctcae-4.03"}},
        {
            "readings": [
                {
                    "id": "R",
                    "question": "Which?",
                    "options": {"a": "A.", "b": "B."},
                    "default": "a",
                }
            ],
            "clocks": {"days_are": {"reading": "R", "options": {"a": "calendar", "b": "elapsed"}}},
        },
        {"dlt": None},
    ],
    ids=lambda parts: next(iter(parts)),
)
def test_where_all_rests_on_other_things_nothing_is_known_to_be_alike(
    parts: dict[str, Any],
) -> None:
    assert agreed(**parts) is None


def test_columns_of_one_version_are_judged_by_the_other_as_its_own() -> None:
    """With facts that change their places, and a clock of another length."""
    longer = {**FEVER, "limit": lasts("P7D")}
    old, new = toy(**OLD), toy(**{**OLD, "version": "2", "exceptions": [CHILLS, longer]})
    fever = event("Fever", (3, "2026-03-03"), (1, "2026-03-08"), id="AE-1")
    case = subject(fever, event("Chills", (3, "2026-03-04"), id="AE-2", interventions=[]))
    of_each = []
    for protocol in (old, new):
        noted: dict[int, JudgedColumns] = {}
        adjudicate([case], protocol, PartialTime("2026-05-30"), None, telling=Telling(noted=noted))
        of_each.append(together([noted[0].packed]))
    (columns, before), (_, after) = of_each
    found = agreement(old, new)
    assert found is not None
    assert found.facts is not None
    terms = ("Fever", "Chills")
    carried = carried_over(columns, terms, program(old), program(new), found.facts)
    again = judge(carried, program(new))
    assert again.verdict.tolist() == after.verdict.tolist() != before.verdict.tolist()
    assert again.at.tolist() == after.at.tolist()
    assert np.array_equal(carried.courses.first, columns.courses.first)
