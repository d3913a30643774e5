"""No release's answers change unawares: what differs is acknowledged, and stands in the CHANGELOG.

Where a test here fails, and the change is meant: of a release, add the difference to its
`expected-differences.yaml` and the case to CHANGELOG.md under "Verdicts that change"; of the
version that is not released yet, run `python -m tools.replay_samples` and name the case there too.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from app.data.protocols import protocol_ids
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import Status, VerdictWord
from app.domain.record.kinds import OF_A_PATIENT
from app.domain.time import PartialTime
from app.use_cases.adjudicate import OneAnswer, engine_version
from app.use_cases.answering import judge
from app.use_cases.case import Case
from tests.replay.samples import RELEASES, expected, samples, told

CHANGELOG = (Path(__file__).parents[2] / "CHANGELOG.md").read_text("utf-8")


@pytest.mark.parametrize("release", RELEASES)
def test_every_answer_is_given_again_or_is_expected_to_differ(release: str) -> None:
    found = [line for each in samples(release) for again in each.again() for line in told(again)]
    assert sorted(found) == sorted(
        line for entry in expected(release) for line in entry["differences"]
    )


@pytest.mark.parametrize("release", RELEASES)
def test_whatever_changes_a_verdict_stands_in_the_changelog(release: str) -> None:
    assert unsaid(expected(release)) == []


def test_an_entry_that_the_changelog_does_not_have_is_found() -> None:
    verdict, words = "S 1/1 verdict /subject/status", "S 1/1 words /subject/explanation/text"
    for beginning in (None, "", "No such line"):
        entry = {"changelog": beginning, "differences": [words, verdict]}
        assert unsaid([entry]) == [entry]
    entry = {"changelog": "An event that is over by a data cut", "differences": [verdict]}
    assert unsaid([entry, {"changelog": None, "differences": [words]}]) == []


def unsaid(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries with another verdict or reason, of which the CHANGELOG does not tell."""
    sections = CHANGELOG.split("### Verdicts that change")[1:]
    lines = [line for each in sections for line in each.partition("\n#")[0].splitlines()]
    return [
        entry
        for entry in entries
        if any(line.split()[2] not in {"words", "provenance"} for line in entry["differences"])
        and not (entry["changelog"] and any(f"- {entry['changelog']}" in line for line in lines))
    ]


def test_this_version_has_samples() -> None:
    assert engine_version() in RELEASES, "run python -m tools.replay_samples"


def test_they_show_every_protocol_verdict_and_kind_of_measurement() -> None:
    kept = [each for sample in samples(engine_version()) for each in sample.adjudications]
    answers = [json.loads(each.answer) for each in kept]
    assert {each.protocol for each in kept} == set(protocol_ids())
    assert {each.protocol_version for each in kept} == {"1", "2"}
    assert {each.status for each in kept} == set(get_args(Status))
    assert {event["verdict"] for each in answers for event in each["events"]} == set(
        get_args(VerdictWord)
    )
    versions = [key for sample in samples(engine_version()) for key in sample.known.versions]
    kinds = {kind for kind, _, _ in versions}
    assert kinds == {*OF_A_PATIENT, "laboratory_range"}
    assert any(each["criteria"] for each in answers)
    found = {
        finding["code"]
        for each in answers
        for part in (each["subject"], *each["events"])
        for finding in part["findings"]
    }
    assert found >= {"laboratory_range_used", "computed_grade_differs"}


def test_an_engine_that_decides_otherwise_is_found() -> None:
    demo = samples(engine_version())[0]
    patient = demo._replace(adjudications=[e for e in demo.adjudications if e.subject == "101"])
    found = [line for again in patient.again(forgetting_the_last_change) for line in told(again)]
    assert "DEMO-1 101/3 verdict /events/edc:101.AE.1/verdict" in found


def forgetting_the_last_change(
    case: Case, protocol: ReadyProtocol, as_of: PartialTime
) -> OneAnswer:
    """An engine that does not see the last change of a grade."""
    events = tuple(replace(e, grades=e.grades[:-1] or e.grades) for e in case.subject.events)
    return judge(replace(case, subject=replace(case.subject, events=events)), protocol, as_of)
