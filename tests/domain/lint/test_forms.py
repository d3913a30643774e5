"""What an event form may answer: both sides of every fact that the rules ask for."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.case import Causality
from app.domain.dlt.asked import Companion, Occurrence, Related, TimedIntervention
from app.domain.dlt.facts import Fact, FactKind
from app.domain.dlt.number import NumberBound
from app.domain.lint.dimensions import Dimensions
from app.domain.lint.profiles import MOST_FORMS, Form, forms_of
from app.domain.time import Limit

COUNTED = Related(agent="CELLS", any_of=("possible", "probable", "definite"))


def related(asked: Related) -> Fact:
    return Fact(kind="related", subject=asked.agents, related=asked)


def forms(*facts: Fact, counting: frozenset[Fact] = frozenset()) -> tuple[Form, ...]:
    return tried_and_cut(*facts, counting=counting)[0]


def tried_and_cut(
    *facts: Fact, counting: frozenset[Fact] = frozenset()
) -> tuple[tuple[Form, ...], int]:
    return forms_of(
        Dimensions(
            runs=frozenset({3}),
            reached=frozenset(),
            shifts=frozenset(),
            clocks=frozenset(),
            facts=facts,
            counting=counting,
        )
    )


def told(found: tuple[Form, ...], name: str) -> list[Any]:
    return [each.get(name) for each in found]


def words(form: Form) -> list[tuple[str | None, str | None]]:
    judged: tuple[Causality, ...] = form["causality"]
    return [(each.assessor, each.relatedness) for each in judged]


def test_without_a_question_there_is_one_empty_form() -> None:
    assert forms() == ({},)


def test_causality_takes_a_word_of_each_set_and_aside_what_counts_for_nothing() -> None:
    fact = related(COUNTED)
    found = forms(fact, counting=frozenset({fact}))
    assert [words(each) for each in found] == [[(None, "possible")], [(None, "unrelated")]]
    assert ["aside" in each for each in found] == [False, True]


def test_two_lines_of_one_agent_make_three_words() -> None:
    stricter = Related(agent="CELLS", any_of=("definite",))
    found = forms(related(COUNTED), related(stricter))
    assert [words(each)[0][1] for each in found] == ["possible", "definite", "unrelated"]
    assert not any("aside" in each for each in found)


def test_where_it_matters_assessors_differ_both_ways() -> None:
    asked = Related(agent="CELLS", any_of=("definite",), where_assessors_differ="sponsor")
    found = forms(related(asked))
    assert [words(each) for each in found][2:] == [
        [("investigator", "possible"), ("sponsor", "definite")],
        [("investigator", "definite"), ("sponsor", "possible")],
    ]


def test_a_set_of_all_words_has_nobody_who_differs() -> None:
    every = Related(
        agent="CELLS",
        any_of=("unrelated", "unlikely", "possible", "probable", "definite"),
        where_assessors_differ="any_related",
    )
    assert [words(each) for each in forms(related(every))] == [[(None, "possible")]]


def test_a_number_lies_on_each_bound_and_on_both_sides() -> None:
    fever = NumberBound(name="temperature", unit="Cel", above=Decimal("38.3"))
    high = NumberBound(name="temperature", unit="Cel", at_least=Decimal("40"))
    found = forms(
        *(Fact(kind="number", subject=("temperature",), number=each) for each in (fever, high))
    )
    assert [each["temperature"] for each in told(found, "facts")] == [
        "38.3 Cel", "38.4 Cel", "38.2 Cel", "40 Cel", "41 Cel", "39 Cel",
    ]  # fmt: skip


def test_a_number_without_a_unit_has_none() -> None:
    days = NumberBound(name="delay", below=Decimal(14))
    found = forms(Fact(kind="number", subject=("delay",), number=days))
    assert [each["delay"] for each in told(found, "facts")] == ["14", "15", "13"]


def test_seriousness_is_by_its_criterion_and_two_of_them_meet() -> None:
    found = forms(Fact(kind="serious", subject=("any",)), Fact(kind="serious", subject=("death",)))
    serious = [(each.medically_important, each.death) for each in told(found, "seriousness")]
    assert serious == [(True, True), (True, False), (False, True), (False, False)]


def test_every_other_fact_has_two_answers() -> None:
    found = forms(
        Fact(kind="laboratory"),
        Fact(kind="clinically_significant"),
        Fact(kind="alternative_cause", subject=("infection", "underlying_disease")),
    )
    assert len(found) == 4
    causes = [[cause.cause for cause in each] for each in told(found, "alternative_causes")]
    assert causes == [["infection"], [], ["infection"], []]
    assert told(found, "clinically_significant") == [True, True, False, False]


def test_interventions_facts_and_rulings_stand_beside_each_other() -> None:
    found = forms(
        Fact(kind="intervention", subject=("vasopressor",)),
        Fact(kind="intervention", subject=("oxygen",)),
        Fact(kind="fact", subject=("treated",)),
        Fact(kind="fact", subject=("came_back",)),
        Fact(kind="ruling", subject=("Is it grave?",)),
        Fact(kind="other_crs_symptoms"),
        Fact(kind="under_syndrome"),
    )
    given = {tuple(each.kind for each in form) for form in told(found, "interventions")}
    assert given == {("vasopressor", "oxygen"), ("vasopressor",), ("oxygen",), ()}
    facts = {tuple(sorted(each.items())) for each in told(found, "facts")}
    assert len(facts) == 4
    assert {each for form in told(found, "rulings") for each in form} == {
        ("Is it grave?", "yes"),
        ("Is it grave?", "no"),
    }
    assert set(told(found, "syndrome")) == {None, (True,)}


def test_beyond_a_number_of_them_every_two_answers_meet() -> None:
    names = [f"fact-{number}" for number in range(9)]
    found = forms(*(Fact(kind="fact", subject=(each,)) for each in names))
    assert MOST_FORMS < 2**9
    assert len(found) == 92  # of two patterns: itself, each other answer, and every two
    answers = [each["facts"] for each in found]
    for one in names:
        for other in names:
            met = {(each[one], each[other]) for each in answers}
            assert len(met) == (2 if one == other else 4)


def test_answers_that_are_cut_off_are_counted() -> None:
    facts = [Fact(kind="fact", subject=(f"fact-{number}",)) for number in range(20)]
    found, cut = tried_and_cut(*facts[:9])
    assert (len(found), cut) == (92, 0)
    found, cut = tried_and_cut(*facts)
    assert (len(found), cut) == (4 * MOST_FORMS, 422 - 4 * MOST_FORMS)


def test_those_cut_off_that_count_for_nothing_are_not_counted() -> None:
    fact = related(COUNTED)
    facts = [Fact(kind="fact", subject=(f"fact-{number}",)) for number in range(20)]
    _, cut = tried_and_cut(fact, *facts)
    assert cut > 0
    found, cut = tried_and_cut(fact, *facts, counting=frozenset({fact}))
    assert (len(found), cut) == (4 * MOST_FORMS, 0)  # the last ones are all not related


def test_as_many_earlier_events_as_are_asked_for_or_none() -> None:
    asked = Occurrence(at_least=3, grade=2)
    found = forms(Fact(kind="occurrence", subject=(asked.words,), occurrence=asked))
    (before, none) = (each.get("companions", ()) for each in found)
    assert [(each.group, each.term, each.grade) for each in before] == [(None, None, 2)] * 2
    first, second = before
    assert first.begins < first.ends < second.begins < second.ends < 0
    assert none == ()


def test_another_event_is_there_comes_later_or_is_not_there() -> None:
    asked = Companion(term="Fever", grade=2)
    facts = [
        Fact(kind="concurrent", subject=("Fever",), companion=asked, while_grade=each)
        for each in (3, 4)
    ]
    begins = [
        [each.begins for each in beside or ()] for beside in told(forms(*facts), "companions")
    ]
    assert begins == [[-1440], [2 * 1440 + 30], []]


DAY = 1440


@pytest.mark.parametrize(
    ("bound", "lengths"),
    [
        ({"longer_than": "PT24H"}, [DAY, DAY + 1]),
        ({"at_least": "PT24H"}, [DAY, DAY - 1]),
        ({"longer_than": "P2D"}, [2 * DAY, 3 * DAY]),
    ],
)
def test_interventions_last_on_both_sides_of_their_limit(
    bound: dict[str, str], lengths: list[int]
) -> None:
    found = told(forms(*timed("intervention_duration", **bound)), "treated")
    assert [[each.ends - each.begins for each in given] for given in found] == [
        *([each] for each in lengths),
        [],
    ]


def test_interventions_begin_in_time_or_late() -> None:
    found = told(forms(*timed("intervention_start", within="PT24H")), "treated")
    assert [[each.begins for each in given] for given in found] == [
        [-DAY],
        [2 * DAY + 30 + DAY],
        [],
    ]


def timed(kind: FactKind, **bound: str) -> list[Fact]:
    limits = {name: Limit(limit) for name, limit in bound.items()}
    asked = TimedIntervention(kind="vasopressor", **limits)
    return [Fact(kind=kind, subject=(asked.label,), timed=asked, while_grade=g) for g in (3, 4)]
