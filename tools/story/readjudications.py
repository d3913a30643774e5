"""What is judged again: the amendment for everybody, tried, refused once, and made real."""

from collections.abc import Mapping
from typing import Any, Final

from tools.story.kinds import PATIENT
from tools.story.patient import FATIGUE
from tools.telling import MONITOR, STUDY, Service

FOR_ALL: Final[Mapping[str, str]] = {"protocol_version": "2", "applies_to": "all"}
WHY: Final = {"reason": {"code": "AMENDMENT", "text": "amendment 2 is for all patients"}}
LATE: Final[Mapping[str, Any]] = {
    "subject": PATIENT,
    "term": "Nausea",
    "grades": [
        {"from": "2026-03-09T09:00+08:00", "grade": 2},
        {"from": "2026-03-10T09:00+08:00", "grade": 0},
    ],
    "ongoing": False,
    "baseline_grade": 0,
    "causality": [{"agent": "IC19", "relatedness": "possible", "assessor": "investigator"}],
    "source": {"sequence": 1, "time": "2026-04-06T08:58+08:00"},
}


def judged_again(service: Service) -> None:
    """A dry run, another after the data moved, what that one found made real; and a resumption."""
    service.on("2026-04-05T01:00:00Z")
    first = _tried(service, "What would the amendment change for all?", FOR_ALL)
    found = {"job": first}
    service.ask("show_job", "What moved, in numbers", by=MONITOR, path=found)
    service.ask("list_readjudication_results", "Who moved, and why", by=MONITOR, path=found)
    service.ask(
        "list_readjudication_results",
        "Those that changed, as a table",
        by=MONITOR,
        path=found,
        query={"format": "csv", "kind": "changed"},
    )
    service.on("2026-04-06T01:15:00Z")
    service.ask(
        "put_adverse_event",
        "Nausea that nobody had told",
        path={**FATIGUE, "record_id": "S-01.AE.9"},
        body=LATE,
    )
    service.ask("apply_readjudication", "The data have moved", by=MONITOR, path=found, body=WHY)
    found = {"job": _tried(service, "Tried again", FOR_ALL)}
    service.ask(
        "apply_readjudication",
        "What it found is made real",
        by=MONITOR,
        path=found,
        headers={"Idempotency-Key": "apply-amendment-2"},
        body=WHY,
    )
    service.work()
    service.ask(
        "show_subject_adjudication", "By the amendment", by=MONITOR, path={"subject": PATIENT}
    )
    _of_many(service)


def _of_many(service: Service) -> None:
    """Some patients as of an earlier cut; and what the night brought to all that are named."""
    service.ask(
        "readjudicate_study",
        "It contradicts itself",
        by=MONITOR,
        body={"dry_run": False, "as_of": "2026-03-12", "effective": "2026-04-01"},
    )
    earlier = {"as_of": "2026-03-12", "scope": {"sites": ["01"], "terms": ["fatigue"]}}
    asked = service.ask(
        "readjudicate_study", "As of an earlier cut, at one site", by=MONITOR, body=earlier
    )
    job = {"job": asked.body["id"]}
    service.ask("cancel_job", "It is stopped", by=MONITOR, path=job)
    service.ask("resume_job", "It goes on from where it stood", by=MONITOR, path=job)
    service.work()
    service.ask("resume_job", "Nothing is left to do", by=MONITOR, path=job)
    service.ask(
        "readjudicate_studies",
        "The data of the night",
        by=MONITOR,
        headers={"Idempotency-Key": "night-2026-04-06"},
        body={
            "studies": [STUDY],
            "dry_run": False,
            "reason": {"code": "NIGHTLY", "text": "after the feed of the night"},
        },
    )
    service.work()


def _tried(service: Service, says: str, body: Mapping[str, Any]) -> str:
    """The id of a dry run that is done."""
    asked = service.ask("readjudicate_study", says, by=MONITOR, body=body)
    service.work()
    job: str = asked.body["id"]
    return job
