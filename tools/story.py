"""A patient of a trial, as the service is told of her: the story that the examples are taken from.

Every operation appears. Who asks is one of three keys: the trials office, the feed of the EDC
system, and a medical monitor, who is a person.
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from app.data.samples import samples

STUDY: Final = "IC19-SLE"
PATIENT: Final = "S-01"
SAMPLES: Final = tuple(samples()[place] for place in (0, 2, 4))
"""A DLT, one that is pending, and a patient in the window."""
OFFICE, FEED, MONITOR = "office", "feed", "monitor"
FATIGUE: Final = {"system": "rave", "record_id": "S-01.AE.1"}


class Answered(Protocol):
    """What the service answered."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, by lower-case names."""
        ...

    @property
    def body(self) -> Any:
        """The JSON value."""
        ...


class Service(Protocol):
    """A service that can be asked, and whose clock can be set."""

    def on(self, time: str) -> None:
        """Set the clock to an instant, written in UTC."""
        ...

    def ask(
        self,
        operation: str,
        says: str,
        *,
        by: str = FEED,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Answered:
        """Ask, and note the question and its answer. The study need not be said."""
        ...


def tell(service: Service) -> None:
    """The whole story."""
    _without_a_record(service)
    _the_study_begins(service)
    _the_patient(service)
    _fatigue(service)
    _its_correction(service)
    _a_batch(service)
    _results(service)
    _an_amendment(service)
    _a_hold(service)
    _what_stands(service)
    _what_was_wrong(service)
    _the_trail(service)


def _without_a_record(service: Service) -> None:
    service.on("2026-02-02T02:00:00Z")
    service.ask("healthz", "Alive")
    service.ask("readyz", "Ready")
    for sample in SAMPLES:
        service.ask("adjudicate", sample.title, body=sample.request)
    service.ask("list_dictionaries", "The dictionaries")
    ctcae = {"dictionary_id": "ctcae-5.0"}
    service.ask("search_terms", "Two terms", path=ctcae, query={"q": "neutropenia", "limit": 2})
    service.ask("show_term", "Neutrophil count decreased", path={**ctcae, "meddra_code": 10029366})
    service.ask("list_protocols", "The first page", query={"limit": 1})
    service.ask("show_protocol", "A trial that states no DLT", path={"protocol_id": "NCT06340750"})
    version = {"protocol_id": "NCT06340750", "version": "1"}
    shown = service.ask("show_protocol_version", "A version whole", path=version)
    service.ask(
        "show_protocol_version",
        "A version that the client has",
        path=version,
        headers={"If-None-Match": shown.headers["etag"]},
    )


def _the_study_begins(service: Service) -> None:
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


def _the_patient(service: Service) -> None:
    service.ask(
        "put_site",
        "A site",
        path={"site": "01"},
        body={"name": "Department of Rheumatology", "time_zone": "Asia/Shanghai"},
    )
    service.on("2026-03-02T06:00:00Z")
    service.ask(
        "put_subject",
        "A patient",
        path={"subject": PATIENT},
        headers={"If-None-Match": "*"},
        body={"site": "01", "phase": "escalation", "dose_level": "1"},
    )
    service.ask("list_queries", "When was she infused?")
    service.ask(
        "put_exposure",
        "She is infused",
        path={"system": "rave", "record_id": "S-01.EX.1"},
        body={"subject": PATIENT, "agent": "IC19", "start": "2026-03-02T10:20+08:00"},
    )


def _fatigue(service: Service) -> None:
    service.on("2026-03-06T01:15:00Z")
    first = service.ask(
        "put_adverse_event",
        "Fatigue of grade 3 goes on: pending",
        path=FATIGUE,
        body={
            "subject": PATIENT,
            "term": "Fatigue",
            "grades": [{"from": "2026-03-05T09:00+08:00", "grade": 3}],
            "ongoing": True,
            "baseline_grade": 0,
            "causality": [
                {"agent": "IC19", "relatedness": "possible", "assessor": "investigator"}
            ],
            "source": {"sequence": 1, "time": "2026-03-06T08:58+08:00"},
        },
    )
    service.ask("show_subject_adjudication", "As they stand", path={"subject": PATIENT})
    made = first.body["adjudications"][0]["adjudication"]
    service.ask("show_adjudication", "One whole", path={"adjudication_id": made})
    service.ask("list_open_items", "What is due", query={"due_before": "2026-03-31"})


def _its_correction(service: Service) -> None:
    service.on("2026-03-07T03:30:00Z")
    seen = service.ask("show_adverse_event", "As it holds", path=FATIGUE)
    corrected = {
        "subject": PATIENT,
        "term": "Fatigue",
        "grades": [
            {"from": "2026-03-05T09:00+08:00", "grade": 2},
            {"from": "2026-03-07T09:00+08:00", "grade": 0},
        ],
        "ongoing": False,
        "baseline_grade": 0,
        "causality": [{"agent": "IC19", "relatedness": "possible", "assessor": "investigator"}],
        "source": {"sequence": 3, "time": "2026-03-07T11:20+08:00"},
        "reason": {"code": "SOURCE_VERIFIED", "text": "it was grade 2 by the source data"},
    }
    service.ask(
        "put_adverse_event",
        "A correction to grade 2: no DLT",
        path=FATIGUE,
        headers={"If-Match": seen.headers["etag"]},
        body=corrected,
    )
    service.ask("put_adverse_event", "The same again: unchanged", path=FATIGUE, body=corrected)
    service.ask(
        "put_adverse_event",
        "What was written before arrives late: stale",
        path=FATIGUE,
        body={**corrected, "ongoing": None, "source": {"sequence": 2}},
    )
    service.ask(
        "put_adverse_event",
        "Another had corrected it",
        path=FATIGUE,
        headers={"If-Match": seen.headers["etag"]},
        body={**corrected, "baseline_grade": 1, "source": {"sequence": 4}},
    )
    _void(service, "adverse_event", FATIGUE, "entered for another patient")
    service.ask(
        "put_adverse_event",
        "It is voided",
        path=FATIGUE,
        body={"subject": PATIENT, "term": "Malaise"},
    )
    _restore(service, "adverse_event", FATIGUE)
    service.ask("list_adverse_event_versions", "All that was sent of it", path=FATIGUE)
    service.ask("show_adverse_event_version", "As it came", path={**FATIGUE, "version": 1})
    service.ask("list_adverse_events", "Those of a patient", query={"subject": PATIENT})


def _a_batch(service: Service) -> None:
    service.on("2026-03-12T02:00:00Z")
    items = [
        {
            "subject": PATIENT,
            "term": "Cytokine release syndrome",
            "grades": [
                {"from": "2026-03-08T20:00+08:00", "grade": 3},
                {"from": "2026-03-10T06:00+08:00", "grade": 1},
                {"from": "2026-03-11T08:00+08:00", "grade": 0},
            ],
            "ongoing": False,
            "baseline_grade": 0,
            "causality": [
                {"agent": "IC19", "relatedness": "probable", "assessor": "investigator"}
            ],
            "interventions": [{"kind": "tocilizumab"}],
            "source": {"system": "rave", "record_id": "S-01.AE.2", "sequence": 1},
        },
        {
            "subject": PATIENT,
            "term": "Fatigue",
            "if_none_match": "*",
            "source": FATIGUE,
        },
    ]
    service.ask(
        "batch_adverse_events",
        "One of two is kept",
        headers={"Idempotency-Key": "rave-2026-03-12-1"},
        body={"mode": "independent", "items": items},
    )
    service.ask(
        "batch_adverse_events", "None of two is kept", body={"mode": "atomic", "items": items}
    )


def _results(service: Service) -> None:
    service.ask(
        "put_laboratory_result",
        "A platelet count",
        path={"system": "lims", "record_id": "PLT-20260312"},
        body={
            "subject": PATIENT,
            "measured_at": "2026-03-12T07:30+08:00",
            "analyte": "platelets",
            "value": 84,
            "unit": "10*9/L",
            "lln": 125,
            "uln": 350,
        },
    )
    service.ask(
        "put_assessment",
        "An ICE assessment",
        path={"system": "rave", "record_id": "S-01.ICE.4"},
        body={
            "subject": PATIENT,
            "scale": "ice",
            "on": "2026-03-09T08:00+08:00",
            "components": {
                "orientation": 4,
                "naming": 3,
                "following_commands": True,
                "writing": True,
                "attention": False,
            },
        },
    )


def _an_amendment(service: Service) -> None:
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


def _a_hold(service: Service) -> None:
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


def _what_stands(service: Service) -> None:
    service.on("2026-04-02T01:00:00Z")
    service.ask(
        "put_subject",
        "Followed up to the end of March",
        path={"subject": PATIENT},
        body={
            "site": "01",
            "phase": "escalation",
            "dose_level": "1",
            "follow_up_until": "2026-03-31",
        },
    )
    service.ask(
        "list_adjudications",
        "Patients without a DLT",
        by=MONITOR,
        query={"verdict": "NO_DLT", "changed_since": "2026-03-31"},
    )


def _what_was_wrong(service: Service) -> None:
    """Every kind of record can be voided and restored, and keeps its versions."""
    _kept_of(service, "exposure", {"system": "rave", "record_id": "S-01.EX.1"}, "exposures")
    _kept_of(
        service,
        "laboratory_result",
        {"system": "lims", "record_id": "PLT-20260312"},
        "laboratory_results",
    )
    _kept_of(service, "assessment", {"system": "rave", "record_id": "S-01.ICE.4"}, "assessments")
    _kept_of(service, "subject", {"subject": PATIENT}, "subjects")
    _kept_of(service, "site", {"site": "01"}, "sites")


def _kept_of(service: Service, kind: str, path: Mapping[str, str], plural: str) -> None:
    service.ask(f"show_{kind}", "As it holds", path=path)
    service.ask(f"list_{plural}", "The first page", query={"limit": 10})
    _void(service, kind, path, "entered for another study")
    _restore(service, kind, path)
    service.ask(f"list_{kind}_versions", "The first of them", path=path, query={"limit": 1})
    service.ask(f"show_{kind}_version", "As it came", path={**path, "version": 1})


def _void(service: Service, kind: str, path: Mapping[str, str], why: str) -> None:
    service.ask(
        f"void_{kind}",
        "It counts no more",
        path=path,
        headers={"Idempotency-Key": f"void-{kind}-1"},
        body={"reason": {"code": "ENTERED_IN_ERROR", "text": why}},
    )


def _restore(service: Service, kind: str, path: Mapping[str, str]) -> None:
    seen = service.ask(f"show_{kind}", "As it was voided", path=path)
    service.ask(
        f"restore_{kind}",
        "It counts again",
        path=path,
        headers={"If-Match": seen.headers["etag"], "Idempotency-Key": f"restore-{kind}-1"},
        body={"reason": {"code": "VOIDED_IN_ERROR"}},
    )


def _the_trail(service: Service) -> None:
    service.ask(
        "list_audit_events",
        "What became of the fatigue",
        by=MONITOR,
        query={"entity": "adverse_event", "entity_id": "rave:S-01.AE.1", "limit": 2},
    )
    service.ask("list_all_audit_events", "The beginning", by=OFFICE, query={"limit": 2})


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
