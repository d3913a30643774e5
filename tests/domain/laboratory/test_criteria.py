"""A criteria document is read whole, or refused with every fault at its place."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from app.domain.laboratory.criteria import (
    Absolute,
    BadCriteria,
    Clause,
    Criteria,
    Edge,
    Limit,
    Multiple,
    Offset,
    Percent,
    TermCriteria,
    Threshold,
    read_criteria,
    threshold_of,
)

LOW_SODIUM: dict[str, Any] = {
    "term": "Hyponatremia",
    "code": 10021038,
    "direction": "low",
    "analytes": ["sodium"],
    "grades": {
        "1": [{"below": "1 x LLN"}],
        "2": [
            {"below": {"mmol/L": "130"}, "unless": ["symptomatic"]},
            {"given": ["treated"]},
        ],
    },
}
CALCIUM: dict[str, Any] = {
    "term": "Hypercalcemia",
    "code": 10020587,
    "direction": "high",
    "analytes": ["corrected_calcium", "ionized_calcium"],
    "grades": {
        "3": [
            {"above": {"mmol/L": "1.6"}, "analyte": "ionized_calcium", "given": ["symptomatic"]}
        ],
        "1": [{"above": "1 x ULN"}, {"given": ["treated"]}],
    },
}


def document(*terms: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "id": "small-1",
        "title": "Small 1",
        "dictionary": "ctcae-5.0",
        "source": "made up",
        "terms": list(terms or (LOW_SODIUM, CALCIUM)),
        "facts": {"symptomatic": "It is felt.", "treated": "It is treated."},
        **changes,
    }


def grades(*clauses: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A document whose one term has these clauses of grade 1."""
    treated = [{"given": ["treated"]}, {"given": ["symptomatic"]}]
    return document(LOW_SODIUM | {"grades": {"1": [*clauses], "2": treated}} | changes)


def faults(document: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(BadCriteria) as error:
        read_criteria(document)
    return {fault.pointer: fault.message for fault in error.value.faults}


def term(criteria: Criteria, name: str) -> TermCriteria:
    return next(each for each in criteria.terms if each.term == name)


def the_bounds(clause: dict[str, Any]) -> list[tuple[Edge, Threshold]]:
    [first, *_] = read_criteria(grades(clause)).terms[0].grades[1]
    return list(first.bounds)


ULN_AND_A_HALF = Multiple(factor=Fraction(3, 2), of=Limit.ULN)


@pytest.mark.parametrize(
    ("written", "threshold"),
    [
        ("1 x LLN", Multiple(factor=Fraction(1), of=Limit.LLN)),
        ("1.5 x ULN", ULN_AND_A_HALF),
        ("2.0 x baseline", Multiple(factor=Fraction(2), of=Limit.BASELINE)),
        ("baseline + 60 ms", Offset(of=Limit.BASELINE, amount=Decimal(60), unit="ms")),
        ("ULN + 2 g/dL", Offset(of=Limit.ULN, amount=Decimal(2), unit="g/dL")),
        ("LLN - 3 units", Offset(of=Limit.LLN, amount=Decimal(-3), unit="units")),
        ("baseline - 25 %", Percent(change=Decimal(-25))),
        ("baseline + 12.5 %", Percent(change=Decimal("12.5"))),
        (
            {"g/dL": "10.0", "mmol/L": "6.2"},
            Absolute(printed=(("g/dL", Decimal("10.0")), ("mmol/L", Decimal("6.2")))),
        ),
    ],
)
def test_thresholds(written: Any, threshold: Threshold) -> None:
    assert the_bounds({"below": written}) == [(Edge.BELOW, threshold)]


@pytest.mark.parametrize(
    ("text", "threshold"),
    [
        ("1.5 x ULN", ULN_AND_A_HALF),
        ("baseline - 25 %", Percent(change=Decimal(-25))),
        ("200 mg/dL", Absolute(printed=(("mg/dL", Decimal(200)),))),
        ("0.5  x 10^9/L", Absolute(printed=(("x 10^9/L", Decimal("0.5")),))),
        ("1.5", Absolute(printed=(("1", Decimal("1.5")),))),
        ("ULN + 25 %", None),
        ("-1 mg/dL", None),
        ("mg/dL", None),
    ],
)
def test_a_threshold_in_one_line(text: str, threshold: Threshold | None) -> None:
    assert threshold_of(text) == threshold


def test_thresholds_of_several_edges_and_several_of_one() -> None:
    clause = {"at_least": {"mmol/L": "1"}, "above": ["1.5 x ULN", "1 x baseline"]}
    assert the_bounds(clause) == [
        (Edge.ABOVE, ULN_AND_A_HALF),
        (Edge.ABOVE, Multiple(factor=Fraction(1), of=Limit.BASELINE)),
        (Edge.AT_LEAST, Absolute(printed=(("mmol/L", Decimal(1)),))),
    ]


@pytest.mark.parametrize(
    "written",
    ["1.5 ULN", "x ULN", "-1 x ULN", "1 x uln", "ULN + 25 %", "baseline + ms", "", {}, 5, True],
)
def test_what_is_no_threshold(written: Any) -> None:
    [message] = faults(grades({"below": written})).values()
    assert message.startswith(f"Value error, {written!r} is no threshold: write '1.5 x ULN'")


@pytest.mark.parametrize("number", [10, "ten", "1e3", "1,000", "-1", ".5", "\u0661"])
def test_numbers_are_text_and_decimal(number: Any) -> None:
    [message] = faults(grades({"below": {"g/dL": number}})).values()
    assert message == f"Value error, {number!r} is no number: write it as text, such as '10.0'"


def test_clauses_of_an_analyte_rise() -> None:
    calcium = term(read_criteria(document()), "Hypercalcemia")
    ionized = [(grade, number) for grade, number, _ in calcium.clauses("ionized_calcium")]
    corrected = [(grade, number) for grade, number, _ in calcium.clauses("corrected_calcium")]
    assert ionized == [(1, 1), (1, 2), (3, 1)]
    assert corrected == [(1, 1), (1, 2)]


def test_what_a_term_says() -> None:
    sodium = term(read_criteria(document()), "Hyponatremia")
    assert sodium.facts == {"symptomatic", "treated"}
    assert (sodium.adults_only, sodium.absent, sodium.note) == (False, None, None)
    assert [clause.numeric for clause in sodium.grades[2]] == [True, False]
    assert Clause(analyte="sodium").serves("sodium")
    assert not Clause(analyte="sodium").serves("potassium")


def test_a_clause_without_an_analyte_serves_each() -> None:
    criteria = read_criteria(grades({"below": "1 x LLN"}, analytes=["sodium", "potassium"]))
    assert [each for _, _, each in criteria.terms[0].clauses("potassium") if each.numeric]


def test_a_clause_of_absence() -> None:
    criteria = read_criteria(grades({"below": "1 x LLN"}, absent={"at_least": "1 x LLN"}))
    absent = criteria.terms[0].absent
    assert absent is not None
    assert absent.numeric


@pytest.mark.parametrize(
    ("broken", "pointer", "message"),
    [
        (document(terms=[], facts={}), "/terms", "there are none"),
        (grades({"below": "1 x LLN"}, analytes=[]), "/terms/0/analytes", "there are none"),
        (
            document(CALCIUM, LOW_SODIUM | {"grades": {}}),
            "/terms/1",
            "no number grades Hyponatremia by sodium",
        ),
        (document(id=5), "/id", "Input should be a valid string"),
        (document(more=1), "/more", "Unexpected keyword argument"),
        (
            document(LOW_SODIUM | {"grades": {"5": []}}),
            "/terms/0/grades/5/[key]",
            "Input should be less than or equal to 4",
        ),
        (
            document(LOW_SODIUM | {"direction": "down"}),
            "/terms/0/direction",
            "Input should be 'low', 'high' or 'change'",
        ),
        (
            grades({"beyond": "1 x LLN"}),
            "/terms/0/grades/1/0/beyond",
            "Unexpected keyword argument",
        ),
        (
            document(LOW_SODIUM, CALCIUM, LOW_SODIUM),
            "/terms/2",
            "'Hyponatremia' stands twice",
        ),
        (
            document(not_here={"Hyponatremia": "No reason."}),
            "/terms/0",
            "'Hyponatremia' stands in not_here too",
        ),
        (
            grades({"below": "1 x LLN", "given": ["tired"]}),
            "/terms/0",
            "fact 'tired' is not among the document's facts",
        ),
        (
            grades({"below": "1 x LLN", "analyte": "sodium"}, analytes=["sodium", "potassium"]),
            "/terms/0",
            "no number grades Hyponatremia by potassium",
        ),
        (
            grades({"below": "1 x LLN"}, {"below": "1 x LLN", "analyte": "potassium"}),
            "/terms/0/grades/1/1",
            "'potassium' is not its analyte",
        ),
        (
            grades({"below": "1 x LLN"}, {"given": ["treated", "symptomatic"]}),
            "/terms/0/grades/1/1",
            "a clause without a number is one fact",
        ),
        (
            grades({"below": "1 x LLN"}, {"given": ["treated"], "unless": ["symptomatic"]}),
            "/terms/0/grades/1/1",
            "a clause without a number is one fact",
        ),
        (
            grades({"below": "1 x LLN", "alone": True}),
            "/terms/0/grades/1/0",
            "a clause with a number does not stand alone",
        ),
        (
            grades({"below": "1 x LLN"}, {}),
            "/terms/0/grades/1/1",
            "a clause without a number is one fact",
        ),
        (
            grades({"below": "1 x LLN"}, absent={"given": ["treated"]}),
            "/terms/0/absent",
            "a clause without a number shows no absence",
        ),
        (
            document(facts={"symptomatic": "", "treated": "", "idle": ""}),
            "/facts/idle",
            "no clause asks for it",
        ),
        (
            document(symptoms=["symptomatic", "tired"]),
            "/symptoms",
            "'tired' is not among the document's facts",
        ),
    ],
)
def test_each_fault_at_its_place(broken: dict[str, Any], pointer: str, message: str) -> None:
    assert faults(broken) == {pointer: message}


def test_all_faults_at_once() -> None:
    broken = grades({"given": []}, {"below": "1 x LLN", "given": ["tired"]})
    with pytest.raises(BadCriteria, match=r"Criteria document small-1 cannot be used: /terms/0"):
        read_criteria(broken)
    assert set(faults(broken)) == {"/terms/0", "/terms/0/grades/1/0"}


def test_a_document_without_an_id_is_named_so() -> None:
    with pytest.raises(BadCriteria, match=r"Criteria document \(without id\) cannot be used"):
        read_criteria({})
