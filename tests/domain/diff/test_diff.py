"""Two versions compared: which cases they decide otherwise."""

from functools import cache
from typing import Any

import pytest
from pydantic import TypeAdapter

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.case import Subject
from app.domain.diff import verdicts
from app.domain.diff.diff import ProtocolDiff, diff
from app.domain.time import PartialTime
from tests.domain.dlt.toy import clause, document, toy

WEEK = clause("long", grade=3, longer_than="P7D")
TEN = clause("long", grade=3, longer_than="P10D")


def compared(old: dict[str, Any], new: dict[str, Any]) -> ProtocolDiff:
    return diff(toy(**old), document(**old), toy(**new), document(**new))


@cache
def lengthened() -> ProtocolDiff:
    """Of a limit of a week and one of ten days."""
    return compared({"criteria": [WEEK]}, {"criteria": [TEN]})


def verdicts_of(found: ProtocolDiff) -> set[tuple[str, str]]:
    return {(each.old.verdict, each.new.verdict) for each in found.verdicts.examples}


def test_the_same_document() -> None:
    found = compared({}, {})
    assert (found.effect, found.differences, found.verdicts.cases) == ("none", (), 0)


def test_only_words_differ_and_no_case_is_judged() -> None:
    found = compared({}, {"title": "Another"})
    assert (found.effect, found.verdicts.cases, found.verdicts.examples) == ("wording", 0, ())
    assert (found.old.title, found.new.title) == ("A toy", "Another")
    assert found.old.digest != found.new.digest


def test_only_enrolment_may_differ() -> None:
    assert compared({}, {"planned_subjects": 3}).effect == "enrolment"


@pytest.mark.no_cover
def test_a_longer_limit_lets_some_pass() -> None:
    found = lengthened()
    assert found.effect == "verdicts"
    assert verdicts_of(found) == {("DLT", "NOT_DLT")}
    assert 0 < found.verdicts.unlike < found.verdicts.cases
    example = found.verdicts.examples[0]
    assert example.says.startswith(example.subject["events"][0]["term"])
    assert (example.old.criterion, example.new.criterion) == ("long", None)
    assert example.old.established_at is not None
    assert example.old.text.startswith("DLT since")


@pytest.mark.no_cover
def test_and_the_other_way_round() -> None:
    found = compared({"criteria": [TEN]}, {"criteria": [WEEK]})
    assert verdicts_of(found) == {("NOT_DLT", "DLT")}


def test_a_definition_that_was_not_there() -> None:
    found = compared({"dlt": None}, {})
    assert found.effect == "verdicts"
    assert ("NOT_APPLICABLE", "DLT") in verdicts_of(found)
    assert found.verdicts.unlike == found.verdicts.cases > 0
    assert ("DLT", "NOT_APPLICABLE") in verdicts_of(compared({}, {"dlt": None}))


def test_two_without_a_definition() -> None:
    found = compared({"dlt": None}, {"dlt": None, "groups": {"g": ["Fever"]}})
    assert (found.effect, found.verdicts.cases) == ("verdicts", 0)


def test_words_for_an_intervention_decide_although_the_rules_are_the_same() -> None:
    given = {"criteria": [clause("c", grade=3, when={"intervention": "oxygen"})]}
    old, new = ({**given, "interventions": {"oxygen": words}} for words in (["mask"], ["tube"]))
    found = compared(old, new)
    assert found.effect == "verdicts"
    assert found.verdicts.unlike == 0


def test_rules_that_say_the_same_decide_the_same() -> None:
    found = compared(
        {"criteria": [clause("c", grade=3)]},
        {"criteria": [clause("c", grade=3, when={"always": True})]},
    )
    assert found.effect == "verdicts"
    assert (found.verdicts.unlike, found.verdicts.examples) == (0, ())
    assert found.verdicts.cases > 0


def test_no_more_examples_than_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    every = compared({"criteria": [WEEK]}, {"criteria": [clause("other", grade=4)]})
    assert len(every.verdicts.examples) > 1
    monkeypatch.setattr(verdicts, "MOST_EXAMPLES", 1)
    few = compared({"criteria": [WEEK]}, {"criteria": [clause("other", grade=4)]})
    assert few.verdicts.examples == every.verdicts.examples[:1]


def test_an_example_is_what_a_request_answers() -> None:
    old, new = toy(criteria=[WEEK]), toy(criteria=[TEN])
    found = lengthened()
    for each in found.verdicts.examples:
        assert _asked(old, each.subject, each.as_of) == each.old.text
        assert _asked(new, each.subject, each.as_of) == each.new.text


def _asked(protocol: ReadyProtocol, subject: Any, as_of: str) -> str:
    case = TypeAdapter(Subject).validate_python(subject)
    answered = adjudicate([case], protocol, PartialTime(as_of), "UTC")[0]
    return answered.events[0].explanation.text
