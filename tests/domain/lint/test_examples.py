"""Examples tell the truth: the service adjudicates them as the finding says."""

from functools import cache

import pytest
from pydantic import TypeAdapter

from app.data.protocols import load, make_ready, protocol_ids
from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.case import Subject
from app.domain.dlt.judge import Verdict
from app.domain.lint.bench import Bench
from app.domain.lint.finding import Example
from app.domain.lint.lint import lint
from app.domain.lint.variants import AS_WRITTEN, Workshop, options_of
from app.domain.time import PartialTime, zone_of
from tests.domain.lint.documents import Data, criterion, exception, settled

_SUBJECT = TypeAdapter(Subject)


def verdict(ready: ReadyProtocol, example: Example) -> tuple[str, str | None]:
    """What the service answers to an example: the verdict, and its instant."""
    subject = _SUBJECT.validate_python(example.subject)
    (answer,) = adjudicate((subject,), ready, PartialTime(example.as_of), None)
    first = answer.events[0]
    return first.verdict, first.established_at or first.becomes_dlt_at


def under(ready: ReadyProtocol, label: str) -> ReadyProtocol | None:
    """The protocol under a reading, or as written; None where a clause was changed."""
    reading, separated, option = label.removesuffix(" (as decided)").partition(": ")
    if label == AS_WRITTEN:
        return ready
    return ready.with_readings({reading: option}) if separated and "," not in option else None


_LONGEST = "NCT06886919"
"""Traced, it takes as long as many other tests, and reaches nothing that they do not."""


@pytest.mark.parametrize(
    "protocol_id",
    [
        pytest.param(each, marks=pytest.mark.no_cover if each == _LONGEST else ())
        for each in protocol_ids()
    ],
)
def test_examples_of_built_in_documents_are_adjudicated_as_they_say(protocol_id: str) -> None:
    known = load(protocol_id)
    for finding in lint(known.ready, known.document).findings:
        for example in finding.examples:
            for answer in example.answers:
                chosen = under(known.ready, answer.under)
                assert chosen is not None
                assert verdict(chosen, example) == (answer.verdict, answer.at)


def _longer(document: Data) -> None:
    document["dlt"]["criteria"].append(
        {**criterion(document, "grade-3"), "id": "more", "says": "Longer.", "longer_than": "P9D"}
    )


def _beyond(document: Data) -> None:
    document["follow_up"] = "P6D"


def _serious(document: Data) -> None:
    criterion(document, "shock")["when"] = {"all": [{"serious": "any"}, {"fact": "treated"}]}
    exception(document, "liver")["when"]["all"][1] = {"peak": {"at_most": 2}}


@pytest.mark.parametrize("plant", [_longer, _beyond, _serious])
def test_examples_of_planted_faults_are_adjudicated_as_they_say(plant: object) -> None:
    document = settled()
    assert callable(plant)
    plant(document)
    ready = make_ready(document)
    told = 0
    for finding in lint(ready, document).findings:
        for example in finding.examples:
            for answer in example.answers:
                chosen = under(ready, answer.under)
                if chosen is not None:
                    assert verdict(chosen, example) == (answer.verdict, answer.at)
                    told += 1
    assert told > 0


@pytest.mark.no_cover
def test_a_limit_beyond_the_follow_up_is_shown_to_stay_open() -> None:
    document = settled()
    _beyond(document)
    ready = make_ready(document)
    found = [e for e in lint(ready, document).findings if e.code == "limit_beyond_follow_up"]
    assert found[0].examples[0].answers[0].verdict == "UNDETERMINED"
    assert "the follow-up ended 6 days after the infusion" in found[0].examples[0].says


@cache
def ic19() -> Workshop:
    ready = load("NCT06886919", "1").ready
    assert ready.rules is not None
    return Workshop(ready, ready.rules.decided)


def told_by_the_service(bench: Bench, row: int, ready: ReadyProtocol) -> tuple[str, str | None]:
    """A boundary case as a patient of a request."""
    (answer,) = adjudicate((bench.subject(row),), ready, bench.as_of, "UTC")
    first = answer.events[0]
    return first.verdict, first.established_at or first.becomes_dlt_at


@pytest.mark.no_cover
def test_boundary_cases_are_judged_in_columns_as_the_service_judges_them() -> None:
    """Every 101st of the boundary cases, put together in columns or sent as a patient."""
    shop = ic19()
    zone = zone_of("UTC")
    for row in range(0, len(shop.bench.cases), 101):
        found = shop.written
        instant = int(found.at[row])
        said = Verdict(int(found.verdict[row])).name
        at = None if said == "NOT_DLT" or abs(instant) > 2**61 else zone.text(instant)
        assert told_by_the_service(shop.bench, row, shop.ready) == (said, at)


@pytest.mark.no_cover
@pytest.mark.parametrize("reading", ["R-SILENCE", "R-DEATH", "R-TERM", "R-SYN", "R-FN", "R-ONSET"])
def test_so_they_are_under_readings_that_change_how_records_are_read(reading: str) -> None:
    shop = ic19()
    for option, rules in shop.by_option:
        if option.reading != reading:
            continue
        found = shop.bench.judged(rules)
        changed = shop.written.unlike(found)
        assert changed.size
        ready = shop.ready.with_readings({reading: option.name})
        for row in changed[:: max(1, len(changed) // 12)].tolist():
            told, _ = told_by_the_service(shop.bench, row, ready)
            assert told == Verdict(int(found.verdict[row])).name


def test_an_option_is_tried_beside_the_defaults_of_the_others() -> None:
    options = options_of(load("NCT06886919", "1").ready.document)
    assert {each.label for each in options if each.reading == "R-WIN"} == {
        "R-WIN: day-28-outside",
        "R-WIN: elapsed-28-days",
    }
    assert all(each.decided.options["R-MAX"] == "exemption-stops-at-its-grade"
               for each in options if each.reading != "R-MAX")  # fmt: skip
