"""An adjudication is judged again from what it names, and what differs is told by its weight."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.errors import BadCase, Fault
from app.domain.record.canonical import canonical, digest_of
from app.domain.record.changes import ABSENT
from app.domain.record.kinds import Kind
from app.domain.time import PartialTime
from app.store.adjudications import StoredAdjudication
from app.use_cases.adjudicate import OneAnswer, engine_version
from app.use_cases.answer_changes import answer_changes
from app.use_cases.answering import judge
from app.use_cases.case import Case
from app.use_cases.recompute import Engine, Recomputed, recomputed
from tests.replay.samples import samples

(SAMPLE,) = (
    each for each in samples(engine_version()) if each.adjudications[0].study == "SAMPLE-IC19"
)
KEPT = [each for each in SAMPLE.adjudications if each.subject == "L-01"][-1]
"""The last of a patient with results, ranges and an event, whose site has one laboratory."""
PATIENT: tuple[Kind, str, int] = ("subject", "L-01", 2)
KEPT_EVENT = json.loads(KEPT.answer)["events"][0]["id"]


def again(kept: StoredAdjudication = KEPT, engine: Engine = judge, **known: Any) -> Recomputed:
    return recomputed(kept, replace(SAMPLE.known, **known), engine)


def answering(change: Callable[[dict[str, Any]], object]) -> StoredAdjudication:
    """The adjudication, had it answered otherwise."""
    answer = json.loads(KEPT.answer)
    change(answer)
    text = json.dumps(answer, ensure_ascii=False)
    return replace(KEPT, answer=text, answer_digest=digest_of(text))


def resting_on(change: Callable[[dict[str, Any]], object]) -> StoredAdjudication:
    """The adjudication, had it rested on something else."""
    inputs = json.loads(KEPT.inputs)
    change(inputs)
    text = canonical(inputs)
    return replace(KEPT, inputs=text, input_digest=digest_of(text))


def told(found: Recomputed) -> list[tuple[str, str]]:
    assert found.obstacle is None, found.obstacle
    return [(each.kind, each.path) for each in found.changes]


def obstacle(found: Recomputed) -> tuple[str, str]:
    assert found.obstacle is not None
    assert found.changes == ()
    assert found.matters
    return found.obstacle.code, found.obstacle.message


def test_the_same_is_told_as_nothing() -> None:
    found = again()
    assert told(found) == []
    assert not found.matters


def test_a_verdict_and_a_status() -> None:
    def otherwise(answer: dict[str, Any]) -> None:
        answer["events"][0]["verdict"] = "DLT"
        answer["subject"]["status"] = "DLT"

    found = again(answering(otherwise))
    assert told(found) == [
        ("verdict", f"/events/{KEPT_EVENT}/verdict"),
        ("verdict", "/subject/status"),
    ]
    assert found.changes[0].old == "DLT"
    assert found.matters


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("criterion", "another"),
        ("exception", "another"),
        ("established_at", "2026-03-06T00:00:00+08:00"),
        ("becomes_dlt_at", "2026-03-06T00:00:00+08:00"),
        ("open", None),
        ("readings", ["R-1"]),
        ("of_another_version", 1),
    ],
)
def test_a_reason(field: str, value: Any) -> None:
    found = again(answering(lambda answer: answer["events"][0].update({field: value})))
    assert {kind for kind, _ in told(found)} == {"reason"}
    assert {path.split("/")[3] for _, path in told(found)} == {field}
    assert found.matters


def test_what_is_missing_is_a_reason_and_its_sentence_is_words() -> None:
    missing: dict[str, Any] = {
        "field": "onset",
        "event": None,
        "text": "The onset.",
        "would_settle": {},
    }
    found = again(answering(lambda answer: answer["subject"]["missing"].append(missing)))
    assert told(found) == [("reason", "/subject/missing"), ("words", "/subject/missing")]


def test_a_finding_is_a_reason_and_its_message_is_words() -> None:
    def without(answer: dict[str, Any]) -> None:
        answer["subject"]["findings"].pop()

    assert told(again(answering(without))) == [
        ("reason", "/subject/findings"),
        ("words", "/subject/findings"),
    ]

    def otherwise(answer: dict[str, Any]) -> None:
        answer["subject"]["findings"][0]["message"] = "Said otherwise."

    found = again(answering(otherwise))
    assert told(found) == [("words", "/subject/findings/0")]
    assert not found.matters


def test_an_explanation_is_words() -> None:
    def otherwise(answer: dict[str, Any]) -> None:
        answer["events"][0]["explanation"]["text"] = "Said otherwise."
        answer["subject"]["explanation"]["tree"]["says"] = "Said otherwise."

    found = again(answering(otherwise))
    assert told(found) == [
        ("words", f"/events/{KEPT_EVENT}/explanation/text"),
        ("words", "/subject/explanation/tree/says"),
    ]
    assert not found.matters


def test_another_engine_and_other_data_are_provenance() -> None:
    def of_before(answer: dict[str, Any]) -> None:
        answer["engine_version"] = "0.0.9"
        answer["dictionary"]["digest"] = answer["dictionary"]["synonyms"]["digest"] = "sha256:0"

    found = again(answering(of_before))
    assert told(found) == [
        ("provenance", "/dictionary/digest"),
        ("provenance", "/dictionary/synonyms/digest"),
        ("provenance", "/engine_version"),
    ]
    assert not found.matters


def test_an_event_that_only_one_has_is_told_once() -> None:
    found = again(answering(lambda answer: answer["events"].clear()))
    (change,) = found.changes
    assert (change.kind, change.path, change.old) == ("verdict", f"/events/{KEPT_EVENT}", ABSENT)


def test_when_to_look_again_is_a_reason() -> None:
    kept = replace(KEPT, due=KEPT.as_of + timedelta(days=1))
    (change,) = again(kept).changes
    assert (change.kind, change.path, change.new) == ("reason", "/due", None)


def test_what_an_engine_decides_otherwise() -> None:
    """It does not see the laboratory."""

    def blind(case: Case, protocol: ReadyProtocol, as_of: PartialTime) -> OneAnswer:
        return judge(replace(case, subject=replace(case.subject, laboratory=())), protocol, as_of)

    found = again(engine=blind)
    assert ("reason", "/subject/findings") in told(found)
    assert ("provenance", "/criteria") in told(found)


def test_what_is_not_asked_for_any_more_is_provenance() -> None:
    (named,) = json.loads(KEPT.inputs)["records"]["laboratory_range"]

    def without_results(inputs: dict[str, Any]) -> None:
        inputs["records"].pop("laboratory_result")

    found = again(resting_on(without_results))
    assert ("provenance", f"/records/laboratory_range/{named['key']}") in told(found)
    assert ("provenance", "/laboratory") in told(found)


def test_a_version_that_is_not_there() -> None:
    versions = {name: each for name, each in SAMPLE.known.versions.items() if name[0] != "subject"}
    assert obstacle(again(versions=versions)) == (
        "version_missing",
        "subject L-01 version 2, which it rests on, is not there.",
    )


@pytest.mark.parametrize("change", [{"digest": "sha256:0"}, {"document": "{}"}])
def test_a_version_that_is_another(change: Mapping[str, Any]) -> None:
    stored = replace(SAMPLE.known.versions[PATIENT], **change)
    code, message = obstacle(again(versions={**SAMPLE.known.versions, PATIENT: stored}))
    assert code == "version_changed"
    assert "subject L-01 version 2" in message


def test_a_version_that_this_program_cannot_read() -> None:
    stored = replace(SAMPLE.known.versions[PATIENT], schema_number=99)
    code, message = obstacle(again(versions={**SAMPLE.known.versions, PATIENT: stored}))
    assert (code, message) == (
        "version_not_read",
        "subject L-01 version 2 cannot be read any more.",
    )


def test_a_protocol_that_is_gone() -> None:
    gone = resting_on(lambda inputs: inputs["protocol"].update(version="9"))
    code, message = obstacle(again(gone))
    assert code == "unknown_version"
    assert "'9'" in message


def test_a_protocol_that_is_another_document() -> None:
    another = resting_on(lambda inputs: inputs["protocol"].update(digest="sha256:0"))
    assert obstacle(again(another)) == (
        "protocol_changed",
        "protocol NCT06886919 version 1 is not the document that decided.",
    )


def test_inputs_and_an_answer_that_are_not_those_of_their_digest() -> None:
    assert obstacle(again(replace(KEPT, inputs="{}")))[0] == "inputs_changed"
    assert obstacle(again(replace(KEPT, answer="{}")))[0] == "answer_changed"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda inputs: inputs.update(weather="fine"), "/weather"),
        (lambda inputs: inputs.pop("time_zone"), "/time_zone"),
        (lambda inputs: inputs["records"].update(diary=[]), "/records/diary"),
        (lambda inputs: inputs["protocol"].pop("digest"), "/protocol/digest"),
    ],
)
def test_inputs_that_name_what_is_not_known_or_too_little(
    change: Callable[[dict[str, Any]], object], place: str
) -> None:
    code, message = obstacle(again(resting_on(change)))
    assert code == "inputs_not_read"
    assert f"at {place}" in message


def test_inputs_that_name_no_patient() -> None:
    code, _ = obstacle(again(resting_on(lambda inputs: inputs["records"].pop("subject"))))
    assert code == "patient_not_named"


def test_a_zone_that_is_not_known_any_more() -> None:
    gone = resting_on(lambda inputs: inputs.update(time_zone="Europe/Atlantis"))
    assert obstacle(again(gone))[0] == "bad_time_zone"


def test_an_answer_of_another_shape() -> None:
    code, _ = obstacle(again(answering(lambda answer: answer.pop("subject"))))
    assert code == "answer_not_read"


def test_a_case_that_the_engine_refuses() -> None:
    def refusing(case: Case, protocol: ReadyProtocol, as_of: PartialTime) -> OneAnswer:
        raise BadCase((Fault(pointer="/0/events", message="no", code="duplicate_id"),))

    assert obstacle(again(engine=refusing))[0] == BadCase.code


def test_an_engine_that_fails_says_nothing_of_the_patient() -> None:
    def failing(case: Case, protocol: ReadyProtocol, as_of: PartialTime) -> OneAnswer:
        raise KeyError("born in 1984")

    code, message = obstacle(again(engine=failing))
    assert (code, message) == (
        "engine_failed",
        "the engine ended with KeyError, which is a defect: report it.",
    )


def test_two_events_of_one_id_are_no_answer() -> None:
    answer = json.loads(KEPT.answer)
    with pytest.raises(LookupError):
        list(answer_changes({**answer, "events": answer["events"] * 2}, answer))
