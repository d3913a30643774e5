"""What becomes of the study."""

from collections.abc import Mapping
from typing import Any, Final

from tools.story.kinds import PATIENT
from tools.telling import MONITOR, OFFICE, STUDY, Service


def the_study_begins(service: Service) -> None:
    """The office creates the study, and corrects its title."""
    service.on("2026-02-16T01:00:00Z")
    study = {
        "id": STUDY,
        "title": "IC19 CAR-T cells in refractory systemic lupus erythematosus",
        "time_zone": "Asia/Shanghai",
        "protocol": {"id": "NCT06886919", "version": "1"},
    }
    service.ask(
        "create_study",
        "A study begins",
        by=OFFICE,
        headers={"Idempotency-Key": "begin-IC19-SLE"},
        body=study,
    )
    service.ask(
        "create_study",
        "Sent twice: the first answer",
        by=OFFICE,
        headers={"Idempotency-Key": "begin-IC19-SLE"},
        body=study,
    )
    service.ask("create_study", "It exists already", by=OFFICE, body=study)
    service.ask("list_studies", "The studies", by=OFFICE)
    shown = service.ask("show_study", "The study", by=OFFICE)
    service.ask(
        "correct_study",
        "A longer title",
        by=OFFICE,
        headers={"If-Match": shown.headers["etag"]},
        body={
            "title": "IC19 CAR-T cells in refractory systemic lupus erythematosus, phase 1",
            "time_zone": "Asia/Shanghai",
            "reason": {"code": "TITLE", "text": "the phase was missing"},
        },
    )
    service.ask("list_study_versions", "Both versions", by=OFFICE)
    service.ask("show_study_version", "As it began", by=OFFICE, path={"version": 1})


def an_amendment(service: Service) -> None:
    """Another version of the protocol governs new patients."""
    service.on("2026-03-20T01:00:00Z")
    added = service.ask(
        "add_protocol", "A second version", by=MONITOR, body={"document": SECOND_VERSION}
    )
    service.ask("add_protocol", "It is there", by=MONITOR, body={"document": SECOND_VERSION})
    service.ask(
        "add_protocol",
        "A version never changes",
        by=MONITOR,
        body={"document": {**SECOND_VERSION, "title": "Another title"}},
    )
    service.ask(
        "activate_protocol",
        "It governs new patients",
        by=MONITOR,
        headers={"Idempotency-Key": "amendment-2"},
        body={
            "version": added.body["version"],
            "effective": "2026-04-01",
            "applies_to": "new_patients",
            "reason": {"code": "AMENDMENT", "text": "amendment 2"},
        },
    )
    service.ask(
        "activate_protocol",
        "There is no such version",
        by=MONITOR,
        body={
            "version": "7",
            "effective": "2026-04-01",
            "applies_to": "all",
            "reason": {"code": "AMENDMENT"},
        },
    )
    service.ask("list_protocol_activations", "Which version governs", by=MONITOR)
    service.ask(
        "show_subject_adjudication",
        "As another version would judge",
        by=MONITOR,
        path={"subject": PATIENT},
        query={"as_of": "2026-03-12", "protocol_version": "2"},
    )


def a_hold(service: Service) -> None:
    """A dose level is stopped, and goes on."""
    service.on("2026-03-21T09:00:00Z")
    placed = service.ask(
        "place_hold",
        "Nobody is infused at level 2",
        by=MONITOR,
        headers={"Idempotency-Key": "hold-2026-03-21"},
        body={
            "scope": {"dose_level": "2"},
            "reason": "The committee looks at the CRS of S-01 first.",
            "reported_by": "Dr. Lin",
        },
    )
    hold = {"hold": placed.body["hold"]["id"]}
    service.ask("show_hold", "In force", by=MONITOR, path=hold)
    service.on("2026-03-23T02:00:00Z")
    lifting = {"reason": "The CRS was no DLT.", "lifted_by": "Safety Review Committee"}
    service.ask("lift_hold", "It ends", by=MONITOR, path=hold, body=lifting)
    service.ask("lift_hold", "It had ended", by=MONITOR, path=hold, body=lifting)
    service.ask("list_holds", "Those that were lifted", by=MONITOR, query={"active": False})


def what_stands(service: Service) -> None:
    """The window has ended, and she was followed beyond it."""
    service.on("2026-04-02T01:00:00Z")
    service.ask(
        "put_subject",
        "Followed up to the end of March",
        path={"subject": PATIENT},
        body={
            "site": "01",
            "phase": "escalation",
            "dose_level": "1",
            "sex": "female",
            "birth_year": 1988,
            "follow_up_until": "2026-03-31",
        },
    )
    service.ask(
        "list_adjudications",
        "Patients without a DLT",
        by=MONITOR,
        query={"verdict": "NO_DLT", "changed_since": "2026-03-31"},
    )
    for title, query in EXPORTS.items():
        service.ask("export_adverse_events", title, by=MONITOR, query=query)


def the_trail(service: Service) -> None:
    """What the audit trail says of it."""
    service.ask(
        "list_audit_events",
        "What became of the fatigue",
        by=MONITOR,
        query={"entity": "adverse_event", "entity_id": "rave:S-01.AE.1", "limit": 2},
    )
    service.ask("list_all_audit_events", "The beginning", by=OFFICE, query={"limit": 2})


EXPORTS: Final[Mapping[str, Mapping[str, str]]] = {
    "As SDTM, a row for each grade": {"format": "sdtm-csv"},
    "As Dataset-JSON, as it was known before the CRS": {
        "format": "dataset-json",
        "as_of": "2026-03-08",
    },
    "As FHIR resources": {"format": "fhir-ndjson", "as_of": "2026-03-08"},
}
"""What is exported of the study, by what it shows."""

SECOND_VERSION: Final[Mapping[str, Any]] = {
    "id": "NCT06886919",
    "version": "2",
    "title": "IC19 CAR-T cells in refractory systemic lupus erythematosus, amendment 2",
    "source": {"registry": "NCT06886919", "updated": "2026-03-18", "section": "Amendment 2"},
    "agents": {"IC19": "investigational"},
    "grading": {"dictionary": "ctcae-5.0"},
    "phases": [{"id": "escalation"}],
    "dlt": {
        "observed_in": ["escalation"],
        "window": {"anchor": "each_infusion", "agent": "IC19", "first_day": 0, "through": "P28D"},
        "counts": {"related": {"agent": "IC19", "any_of": ["possible", "probable", "definite"]}},
        "criteria": [
            {"id": "grade-3", "at": "2", "says": "Any event of grade 3 or more.", "grade": 3}
        ],
    },
}
