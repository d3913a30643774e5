"""Why a clause is without effect, and what gives it one."""

import pytest

from app.data.protocols import make_ready
from app.domain.lint.bench import Bench
from app.domain.lint.dimensions import dimensions_of
from app.domain.lint.profiles import forms_of
from app.use_cases.lint import linted_document
from tests.domain.lint.documents import (
    Data,
    clean,
    codes,
    criterion,
    exception,
    findings,
    settled,
    workshop,
)


def more(document: Data, part: str, **clause: object) -> Data:
    document["dlt"][part].append({"id": "more", "at": "5.9", "says": "One more.", **clause})
    return document


@pytest.mark.no_cover
def test_what_another_exception_forgives_is_named() -> None:
    document = settled()
    twin = {**exception(document, "liver"), "id": "twin", "says": "The liver again."}
    document["dlt"]["exceptions"].append(twin)
    first, second = findings(document, "inert_exception")
    assert (first.clauses, second.clauses) == (("liver", "twin"), ("twin", "liver"))
    assert "What it forgives, 'twin' forgives too." in first.message
    assert [each.under for each in first.examples[0].answers] == ["as written", "without it"]
    assert len({each.verdict for each in first.examples[0].answers}) == 1


@pytest.mark.no_cover
def test_an_exception_for_no_term_concerns_nobody() -> None:
    document = settled()
    exception(document, "liver")["when"] = {"always": False}
    (finding,) = findings(document, "inert_exception")
    assert "It concerns no term that the dictionary has." in finding.message
    assert (finding.cases, finding.examples) == (0, ())


@pytest.mark.no_cover
def test_an_exception_below_the_criteria_forgives_no_dlt() -> None:
    document = settled()
    exception(document, "liver")["when"]["all"][1] = {"peak": {"at_most": 2}}
    (finding,) = findings(document, "inert_exception")
    assert "No criterion makes a DLT of what it forgives." in finding.message
    assert finding.cases


@pytest.mark.no_cover
def test_the_criterion_that_shadows_is_named() -> None:
    document = more(settled(), "criteria", grade=3, longer_than="P10D")
    (finding,) = findings(document, "shadowed_criterion")
    assert finding.clauses == ("more", "grade-3")
    assert {each.verdict for each in finding.examples[0].answers} == {"DLT"}


def test_the_exception_that_forgives_all_of_a_criterion_is_named() -> None:
    document = more(settled(), "criteria", grade=2, when={"term": "Chills"})
    chills = {"id": "chills", "at": "5.8", "says": "Chills.", "when": {"term": "Chills"}}
    document["dlt"]["exceptions"].append(chills)
    (finding,) = findings(document, "shadowed_criterion")
    assert finding.clauses == ("more", "chills")
    assert "What it makes a DLT, 'chills' forgives." in finding.message


@pytest.mark.no_cover
def test_criteria_that_share_what_another_makes_a_dlt_are_both_named() -> None:
    document = more(settled(), "criteria", grade=2)
    split = {"at": "6", "grade": 2}
    document["dlt"]["criteria"] += [
        {**split, "id": "lab", "says": "Laboratory.", "when": {"laboratory": True}},
        {**split, "id": "no-lab", "says": "Any other.", "when": {"laboratory": False}},
    ]
    found = {each.clauses[0]: each for each in findings(document, "shadowed_criterion")}
    assert found["more"].clauses == ("more", "lab", "no-lab")


@pytest.mark.slow
def test_a_criterion_that_two_others_cover_alike_is_told_as_such() -> None:
    document = more(settled(), "criteria", grade=2)
    for name in ("second", "third"):
        clause = {"id": name, "at": "6", "says": f"The {name} of them.", "grade": 2}
        document["dlt"]["criteria"].append(clause)
    found = {each.clauses[0]: each for each in findings(document, "shadowed_criterion")}
    assert found["more"].clauses == ("more",)
    assert "the other clauses together decide as well" in found["more"].message


def test_what_has_an_effect_under_another_option_is_a_note() -> None:
    document = clean()
    document["readings"][1]["default"] = "only-exempts"
    syndromes = exception(document, "syndromes")
    syndromes["when"]["all"][1] = {"peak": {"at_most": 3}}
    report = linted_document(document)
    (finding,) = [each for each in report.findings if each.code == "inert_exception"]
    assert (finding.severity, finding.readings) == ("note", ("R-LIMIT",))
    assert "Under R-LIMIT: replaces it has an effect." in finding.message
    written, read, without = finding.examples[0].answers
    assert [each.under for each in finding.examples[0].answers] == [
        "as written",
        "R-LIMIT: replaces",
        "R-LIMIT: replaces, without it",
    ]
    assert (read.verdict, read.at) != (without.verdict, without.at)
    assert (written.verdict, written.at) == (without.verdict, without.at)
    assert report.clean


@pytest.mark.no_cover
def test_a_contradiction_shows_a_case_that_the_exception_forgives() -> None:
    seizure = {"all": [{"term": "Seizure"}, {"peak": {"at_most": 3}}]}
    document = more(settled(), "exceptions", when=seizure)
    (finding,) = findings(document, "contradiction")
    assert finding.clauses == ("more", "seizure")
    assert [(each.under, each.verdict) for each in finding.examples[0].answers] == [
        ("as written", "NOT_DLT"),
        ("without more", "DLT"),
    ]


@pytest.mark.no_cover
def test_an_exception_that_is_more_specific_contradicts_nothing() -> None:
    seizure = {"all": [{"term": "Seizure"}, {"peak": {"at_most": 3}}, {"fact": "treated"}]}
    assert linted_document(more(settled(), "exceptions", when=seizure)).findings == ()


@pytest.mark.no_cover
def test_an_exception_that_replaces_contradicts_nothing() -> None:
    seizure = {"all": [{"term": "Seizure"}, {"peak": {"at_most": 3}}]}
    limit = {"lasts": {"grade": 3, "no_longer_than": "P2D"}}
    document = more(
        settled(), "exceptions", when=seizure, limit=limit, replaces=["seizure", "grade-3"]
    )
    assert findings(document, "contradiction") == []


def test_a_reading_of_the_clause_that_turns_the_answer_is_no_contradiction() -> None:
    seizure = {"all": [{"term": "Seizure"}, {"peak": {"at_most": 3}}]}
    document = settled()
    question = {"id": "R-FITS", "question": "Are fits forgiven?", "default": "yes"}
    document["readings"].append({**question, "options": {"yes": "They are.", "no": "Not."}})
    when = {"reading": "R-FITS", "options": {"yes": seizure, "no": {"always": False}}}
    assert findings(more(document, "exceptions", when=when), "contradiction") == []


@pytest.mark.no_cover
def test_an_exception_for_a_part_of_what_a_criterion_is_about_contradicts_nothing() -> None:
    # As in DEF-29: grade 3 of everything but the blood, and not of fatigue.
    document = more(settled(), "criteria", grade=3, when={"not": {"group": "liver"}})
    fatigue = {"all": [{"term": "Fatigue"}, {"peak": {"at_most": 3}}]}
    clause = {"id": "fatigue", "at": "5.8", "says": "Fatigue of grade 3.", "when": fatigue}
    document["dlt"]["exceptions"].append(clause)
    assert findings(document, "contradiction") == []
    # As soon as the criterion is about nothing else, it is one.
    criterion(document, "more")["when"] = {"term": "Fatigue"}
    (finding,) = findings(document, "contradiction")
    assert finding.clauses == ("fatigue", "more")


@pytest.mark.no_cover
def test_an_exception_for_other_grades_contradicts_nothing() -> None:
    mild = {"all": [{"term": "Seizure"}, {"peak": {"at_most": 2}}]}
    assert codes(linted_document(more(settled(), "exceptions", when=mild))) == ["inert_exception"]


def test_a_criterion_of_a_term_without_its_grade_lies_within_nothing() -> None:
    document = more(settled(), "criteria", grade=4, when={"term": "Chills"})
    chills = {"id": "chills", "at": "5.8", "says": "Chills.", "when": {"term": "Chills"}}
    document["dlt"]["exceptions"].append(chills)
    assert findings(document, "contradiction") == []


def test_another_event_beside_the_case_is_tried() -> None:
    document = more(
        settled(),
        "criteria",
        grade=2,
        when={"all": [{"term": "Platelet count decreased"}, {"concurrent": {"term": "Fever"}}]},
    )
    shop = workshop(document)
    assert linted_document(document).findings == ()
    rows = shop.rows_of("more")
    told = [shop.bench.subject(int(row)) for row in rows[:: max(1, len(rows) // 200)]]
    beside = {each.events[1].grades[0].at for each in told if len(each.events) > 1}
    assert len(beside) == 2  # before the event, and within it


@pytest.mark.slow
def test_interventions_in_time_are_tried() -> None:
    long = {"intervention": {"kind": "vasopressor", "longer_than": "PT24H"}}
    early = {"intervention": {"kind": "vasopressor", "within": "PT24H"}}
    for when in (long, early, {"not": early}):
        document = more(
            settled(),
            "criteria",
            grade=2,
            when={"all": [{"term": "Platelet count decreased"}, when]},
        )
        shop = workshop(document)
        assert linted_document(document).findings == ()
        rows = shop.rows_of("more")
        told = [shop.bench.subject(int(row)) for row in rows[:: max(1, len(rows) // 200)]]
        given = {tuple(e.start for e in each.events[0].interventions or ()) for each in told}
        assert () in given
        assert len(given) > 1


@pytest.mark.no_cover
def test_grades_above_the_baseline_are_tried() -> None:
    document = more(
        settled(),
        "criteria",
        grade=1,
        when={"all": [{"term": "Chills"}, {"shift": {"at_least": 2}}]},
    )
    assert linted_document(document).findings == ()
    chills = {"id": "chills", "at": "5.8", "says": "Chills.", "when": {"term": "Chills"}}
    document["dlt"]["exceptions"].append(chills)
    assert codes(linted_document(document)) == ["shadowed_criterion"]


def test_deaths_above_the_baseline_are_tried() -> None:
    when = {"all": [{"term": "Seizure"}, {"shift": {"at_least": 4}}]}
    assert linted_document(more(settled(), "criteria", grade=2, when=when)).findings == ()


@pytest.mark.no_cover
def test_two_criteria_for_one_grade_are_weighed_apart() -> None:
    document = settled()
    criterion(document, "grade-3")["when"] = {"not": {"term": "Chills"}}
    assert linted_document(document).findings == ()


def confined(term: str, **keys: object) -> Data:
    """An exception for a term at grade 3, with these keys."""
    when = {"all": [{"term": term}, {"peak": {"at_most": 3}}]}
    return more(settled(), "exceptions", when=when, **keys)


@pytest.mark.no_cover
def test_an_exception_from_other_criteria_contradicts_nothing() -> None:
    assert findings(confined("Seizure", exempts_from=["grade-3"]), "contradiction") == []
    (finding,) = findings(confined("Seizure", exempts_from=["seizure"]), "contradiction")
    assert finding.clauses == ("more", "seizure")


def test_an_exemption_is_stricter_only_than_what_it_exempts_from() -> None:
    limit = {"lasts": {"grade": 3, "no_longer_than": "P2D"}}
    for exempted, pairs in (("grade-3", {("more", "grade-3")}), ("grade-4", set())):
        document = confined("Dyspnea", limit=limit, exempts_from=[exempted])
        found = findings(document, "stricter_exemption")
        assert {each.clauses for each in found if "more" in each.clauses} == pairs


def test_an_exemption_that_could_not_replace_is_stricter_than_nothing() -> None:
    """Its scope asks for the absence of another event, which a later one would un-make."""
    scope = [{"term": "Dyspnea"}, {"peak": {"at_most": 3}}]
    limit = {"lasts": {"grade": 3, "no_longer_than": "P2D"}}
    for absence, pairs in (
        ([], {("more", "grade-3")}),
        ([{"not": {"concurrent": {"term": "Fever"}}}], set()),
    ):
        document = more(settled(), "exceptions", when={"all": [*scope, *absence]}, limit=limit)
        found = linted_document(document).findings
        stricter = {each.clauses for each in found if each.code == "stricter_exemption"}
        assert {each for each in stricter if "more" in each} == pairs
        assert [each for each in found if each.severity == "error"] == []


def test_a_stricter_exemption_that_a_reading_decides_is_a_note() -> None:
    (finding,) = findings(clean(), "stricter_exemption")
    assert (finding.severity, finding.readings) == ("note", ("R-LIMIT",))
    assert "Reading R-LIMIT decides it." in finding.message
    for example in finding.examples:
        assert [each.under for each in example.answers] == [
            "R-LIMIT: replaces (as decided)",
            "R-LIMIT: only-exempts",
        ]
    # what both forgive, what they are torn about, and what neither forgives
    assert [[each.verdict for each in example.answers] for example in finding.examples] == [
        ["NOT_DLT", "NOT_DLT"],
        ["DLT", "NOT_DLT"],
        ["DLT", "DLT"],
    ]


def test_an_exemption_that_a_reading_confines_elsewhere_is_an_error_of_that_option() -> None:
    document = clean()
    options = {"replaces": ["seizure"], "only-exempts": ["grade-3"]}
    exception(document, "syndromes")["exempts_from"] = {"reading": "R-LIMIT", "options": options}
    document["readings"][1]["default"] = "only-exempts"
    (finding,) = [each for each in linted_document(document).findings if each.severity == "error"]
    assert (finding.code, finding.readings) == ("replaced_elsewhere", ("R-LIMIT",))


def test_a_reading_that_leaves_the_rules_alone_gives_no_clause_an_effect() -> None:
    document = settled()
    document["readings"].append(
        {"id": "R-REPORT", "question": "How is it told?", "default": "one",
         "options": {"one": "In words.", "two": "In numbers."}}
    )  # fmt: skip
    exception(document, "liver")["when"] = {"always": False}
    (finding,) = findings(document, "inert_exception")
    assert (finding.severity, finding.readings) == ("warning", ())


def test_a_recovery_to_a_baseline_on_the_way_down_is_tried() -> None:
    """Only who comes down to a baseline of grade 1 and stays there tells both limits apart."""
    document = settled()
    recoveries = [{"recovers": {"to": to, "within": "P14D"}} for to in ("baseline", 1)]
    exception(document, "liver")["limit"] = {"all": recoveries}
    assert findings(document, "inert_exception") == []
    ready = make_ready(document)
    assert ready.rules is not None
    shapes = Bench(ready, (ready.rules.decided,)).cases.shapes
    assert any(
        each.baseline == 1 and [grade for _, grade in each.steps] == [3, 1, 0] for each in shapes
    )


def test_a_recovery_is_not_counted_from_a_grade_that_its_terms_lack() -> None:
    document = settled()
    for grade, found in ((4, []), (5, ["neutropenia"])):
        recovery = {"to": 2, "within": "P14D", "clock_from_grade": grade}
        exception(document, "neutropenia")["limit"] = {"recovers": recovery}
        told = findings(document, "grade_not_in_term")
        assert [clause for each in told for clause in each.clauses] == found


@pytest.mark.no_cover
def test_of_several_agents_one_may_be_background_and_none_sets_an_event_aside() -> None:
    document = settled()
    document["dlt"]["counts"]["related"]["agent"] = ["CELLS", "lymphodepletion"]
    assert linted_document(document).findings == ()
    ready = make_ready(document)
    assert ready.rules is not None
    asked = dimensions_of([ready.rules.program], "Nausea", laboratory=False)
    assert [each.subject for each in asked.facts] == [("CELLS",), ("lymphodepletion",)]
    assert asked.counting == frozenset()
    assert not any("aside" in each for each in forms_of(asked)[0])


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "of",
    [
        {"group": "nerves"},
        *(pytest.param(e, marks=pytest.mark.slow) for e in ({}, {"term": "Seizure"})),
    ],
)
def test_an_occurrence_that_is_counted_has_an_effect(of: dict[str, str]) -> None:
    """Of its own term, of a group, and of a term: the linter has as many events before it."""
    document = more(
        settled(),
        "criteria",
        grade=2,
        when={"all": [{"term": "Seizure"}, {"occurrence": {"at_least": 3, **of}}]},
    )
    document["groups"]["nerves"] = ["Seizure", "Tremor"]
    document["dlt"]["criteria"][2]["when"] = {"group": "nerves"}
    assert linted_document(document).findings == ()


def test_an_occurrence_of_another_term_never_holds() -> None:
    document = more(
        settled(),
        "criteria",
        grade=2,
        when={"all": [{"term": "Seizure"}, {"occurrence": {"at_least": 2, "term": "Fever"}}]},
    )
    assert codes(linted_document(document)) == ["criterion_never_holds"]
