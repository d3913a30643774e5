"""Readings within readings, options that cannot be used, and more options than are tried."""

from typing import Any

import pytest

from app.domain.lint import cases, variants
from app.domain.lint.finding import LintFinding
from app.use_cases.lint import linted_document
from tests.domain.lint.documents import Data, codes, criterion, exception, findings, settled


def reading(name: str, *options: str) -> Data:
    return {
        "id": name,
        "question": f"What of {name}?",
        "options": {each: f"The option {each}." for each in options},
        "default": options[0],
    }


def chosen(name: str, **values: Any) -> Data:
    return {"reading": name, "options": values}


def nested(inner: Data) -> Data:
    """The limit of grade 3, which a reading within another's second option decides."""
    document = settled()
    document["readings"] += [reading("R-OUTER", "no", "yes"), reading("R-INNER", "one", "two")]
    criterion(document, "grade-3")["longer_than"] = chosen("R-OUTER", no="P7D", yes=inner)
    return document


def test_a_reading_within_another_option_has_its_effect_there() -> None:
    document = nested(chosen("R-INNER", one="P5D", two="P10D"))
    assert findings(document, "reading_without_effect") == []


def test_a_reading_within_another_option_may_be_without_effect() -> None:
    # On dates, one week and seven days are the same limit.
    document = nested(chosen("R-INNER", one="P2W", two="P14D"))
    (finding,) = findings(document, "reading_without_effect")
    assert finding.readings == ("R-INNER",)
    assert finding.cases
    assert [answer.under for answer in finding.examples[0].answers] == [
        "as written",
        "R-INNER: two",
    ]


@pytest.mark.no_cover
def test_an_idle_reading_names_the_clauses_that_rest_on_it() -> None:
    document = settled()
    document["readings"].append(reading("R-WEEK", "week", "days"))
    criterion(document, "grade-3")["longer_than"] = chosen("R-WEEK", week="P1W", days="P7D")
    (finding,) = findings(document, "reading_without_effect")
    assert finding.clauses == ("grade-3",)
    assert "by 'days' every boundary case is decided as by 'week'" in finding.message


@pytest.mark.no_cover
def test_of_three_options_the_one_that_says_nothing_new_is_named() -> None:
    document = settled()
    document["readings"].append(reading("R-WEEK", "week", "days", "ten"))
    criterion(document, "grade-3")["longer_than"] = chosen(
        "R-WEEK", week="P1W", days="P7D", ten="P10D"
    )
    (finding,) = findings(document, "reading_without_effect")
    assert [answer.under for answer in finding.examples[0].answers] == [
        "as written",
        "R-WEEK: days",
    ]


@pytest.mark.no_cover
def test_options_with_the_default_s_value_are_told_as_identical_alone() -> None:
    document = settled()
    document["readings"].append(reading("R-WEEK", "week", "days", "ten"))
    criterion(document, "grade-3")["longer_than"] = chosen(
        "R-WEEK", week="P1W", days="P1W", ten="P10D"
    )
    assert codes(linted_document(document)) == ["identical_options"]


@pytest.mark.no_cover
def test_a_reading_that_says_in_which_phases_dlts_are_looked_for_has_an_effect() -> None:
    document = settled()
    document["readings"].append(reading("R-PHASE", "all", "one"))
    document["dlt"]["observed_in"] = chosen(
        "R-PHASE", all=["escalation", "expansion"], one=["escalation"]
    )
    assert linted_document(document).findings == ()


@pytest.mark.no_cover
def test_a_reading_with_one_option_records_a_choice() -> None:
    document = settled()
    document["readings"].append(reading("R-ONLY", "this"))
    assert linted_document(document).findings == ()


@pytest.mark.no_cover
def test_a_reading_of_the_enrolment_gate_alone_is_used() -> None:
    document = settled()
    document["readings"].append(reading("R-GATE", "opens", "closes"))
    document["stagger"] = [
        {
            "at": "4.2",
            "says": "The others wait for the first.",
            "kind": "sentinel",
            "gated_act": "infuse",
            "anchor": "infusion_start",
            "at_least": "P14D",
            "phases": ["escalation"],
        }
    ]
    document["enrolment"] = {"stagger": {"dlt_closes": chosen("R-GATE", opens=False, closes=True)}}
    assert linted_document(document).findings == ()


def of_options(document: Data) -> list[LintFinding]:
    report = linted_document(document)
    assert not report.clean
    assert report.cases == 0
    return [each for each in report.findings if each.readings]


def test_an_option_that_names_no_group_is_told_with_its_reading() -> None:
    document = settled()
    document["readings"].append(reading("R-WHO", "liver", "lung"))
    exception(document, "liver")["when"]["all"][0] = chosen(
        "R-WHO", liver={"group": "liver"}, lung={"group": "lung"}
    )
    (finding,) = of_options(document)
    assert (finding.code, finding.readings) == ("unknown_group", ("R-WHO",))
    assert finding.message.startswith("by R-WHO: lung, there is no group 'lung'")
    assert finding.pointer == "/dlt/exceptions/1/when/all/0"


def test_an_option_that_time_could_un_make_is_told_with_its_reading() -> None:
    document = settled()
    document["readings"].append(reading("R-PEAK", "any", "mild"))
    criterion(document, "grade-4")["when"] = chosen(
        "R-PEAK", any={"always": True}, mild={"peak": {"at_most": 4}}
    )
    (finding,) = of_options(document)
    assert (finding.code, finding.pointer) == ("not_monotone", "/dlt/criteria/0")


def test_an_option_that_names_no_companion_s_term_is_told() -> None:
    document = settled()
    document["readings"].append(reading("R-WITH", "fever", "other"))
    document["dlt"]["criteria"].append(
        {
            "id": "with",
            "at": "5.3",
            "says": "Grade 2 beside another event.",
            "grade": 2,
            "when": chosen(
                "R-WITH",
                fever={"concurrent": {"term": "Fever"}},
                other={"concurrent": {"term": "Feverish"}},
            ),
        }
    )
    assert [each.code for each in of_options(document)] == ["unknown_term"]


def test_options_beyond_the_most_are_told_as_not_examined(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(variants, "MOST_OPTIONS", 0)
    (finding,) = linted_document(settled()).findings
    assert (finding.code, finding.severity) == ("not_examined", "note")
    assert finding.message.endswith("not R-WINDOW: day-27.")


@pytest.mark.no_cover
def test_cases_beyond_the_budget_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = linted_document(settled())
    assert whole.left_out == 0
    monkeypatch.setattr(cases, "MOST_CASES", 1_000)
    cut = linted_document(settled())
    assert cut.left_out > 0
    assert cut.cases + cut.left_out == whole.cases
