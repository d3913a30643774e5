"""What is recorded of the patient."""

from typing import Final

from tools.story.kinds import PATIENT, PLATELETS, restore, void
from tools.telling import Service

FATIGUE: Final = {"system": "rave", "record_id": "S-01.AE.1"}


def the_patient(service: Service) -> None:
    """A site, a patient, and her infusion."""
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
        body={
            "site": "01",
            "phase": "escalation",
            "dose_level": "1",
            "sex": "female",
            "birth_year": 1988,
        },
    )
    service.ask("list_queries", "When was she infused?")
    service.ask(
        "put_exposure",
        "She is infused",
        path={"system": "rave", "record_id": "S-01.EX.1"},
        body={"subject": PATIENT, "agent": "IC19", "start": "2026-03-02T10:20+08:00"},
    )


def fatigue(service: Service) -> None:
    """Fatigue that would be a DLT if it went on."""
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


def its_correction(service: Service) -> None:
    """It is corrected, voided and restored; what comes late or unseen changes nothing."""
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
    void(service, "adverse_event", FATIGUE, "entered for another patient")
    service.ask(
        "put_adverse_event",
        "It is voided",
        path=FATIGUE,
        body={"subject": PATIENT, "term": "Malaise"},
    )
    restore(service, "adverse_event", FATIGUE)
    service.ask("list_adverse_event_versions", "All that was sent of it", path=FATIGUE)
    service.ask("show_adverse_event_version", "As it came", path={**FATIGUE, "version": 1})
    service.ask("list_adverse_events", "Those of a patient", query={"subject": PATIENT})


def a_batch(service: Service) -> None:
    """Two events together, one of which is refused."""
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


def results(service: Service) -> None:
    """A laboratory result, and assessments."""
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
        "put_laboratory_range",
        "The limits of normal of platelets",
        path=PLATELETS,
        body={"unit": "10*9/L", "lln": 125, "uln": 350},
    )
    service.ask(
        "put_laboratory_range",
        "An upper limit below the lower one",
        path=PLATELETS,
        body={"unit": "10*9/L", "lln": 350, "uln": 125},
    )
    service.ask(
        "put_laboratory_result",
        "Without limits: those of its laboratory are used",
        path={"system": "lims", "record_id": "PLT-20260311"},
        body={
            "subject": PATIENT,
            "measured_at": "2026-03-11T07:40+08:00",
            "analyte": "platelets",
            "value": 91,
            "unit": "10*9/L",
            "laboratory": "Central",
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
                "year": 1,
                "month": 1,
                "city": 1,
                "hospital": 1,
                "objects_named": 3,
                "follows_command": 1,
                "writes_sentence": 1,
                "counts_backwards": 0,
            },
        },
    )
    service.ask(
        "put_assessment",
        "CRS components beside the reported grade",
        path={"system": "rave", "record_id": "S-01.CRS.1"},
        body={
            "subject": PATIENT,
            "scale": "crs",
            "on": "2026-03-09T08:00+08:00",
            "event": "S-01.AE.2",
            "components": {
                "temperature": 37.4,
                "temperature_unit": "C",
                "masking_therapy": "tocilizumab",
                "fever_earlier_in_episode": True,
                "hypotension": True,
                "vasopressors": [],
                "hypoxia": False,
                "oxygen_device": "none",
            },
        },
    )
