"""What the service answers whatever is recorded."""

from typing import Any, Final

from app.data.samples import samples
from app.use_cases.protocol_schemas import schema_digest
from tools.telling import Service

SAMPLES: Final = tuple(samples()[place] for place in (0, 2, 4))
"""A DLT, one that is pending, and a patient in the window."""


ON_A_VASOPRESSOR: Final = {
    "temperature": 37.1,
    "temperature_unit": "C",
    "masking_therapy": "tocilizumab",
    "fever_earlier_in_episode": True,
    "hypotension": True,
    "vasopressors": ["norepinephrine", "vasopressin"],
    "hypoxia": True,
    "oxygen_device": "nasal_cannula",
    "oxygen_flow_l_min": 4,
    "organ_toxicity": {"Acute kidney injury": 2},
}
"""Afebrile after tocilizumab: fever is no longer required."""
NO_FLOW: Final = {
    "temperature": 38.5,
    "temperature_unit": "C",
    "hypotension": False,
    "vasopressors": [],
    "hypoxia": True,
    "oxygen_device": "nasal_cannula",
}
CONFUSED: Final = {
    "age_years": 45,
    "ice_score": 5,
    "arousal": "voice",
    "seizure": "clinical",
    "seizure_duration_min": 2,
    "motor_weakness": "none",
    "cerebral_edema": "none",
    "raised_icp_signs": [],
    "tremor_ctcae_grade": 1,
}
CREATININE: Final = {
    "term": "Creatinine increased",
    "value": 168,
    "unit": "umol/L",
    "uln": 90,
    "baseline": {"value": 54, "range": "normal"},
}
POTASSIUM: Final = {"analyte": "K", "value": "<3.42", "unit": "mEq/L", "lln": 3.5, "uln": 5.1}
NO_LIMIT: Final = {
    "term": "Platelet count decreased",
    "value": 98,
    "unit": "K/uL",
    "measured_at": "2026-03-12T07:30+08:00",
}
NO_BASELINE: Final = {"analyte": "ALT", "value": 2000, "unit": "U/L", "uln": 40}
POINTS: Final = {
    "year": 1,
    "month": 1,
    "city": 1,
    "hospital": 0,
    "objects_named": 3,
    "follows_command": 1,
    "writes_sentence": None,
    "counts_backwards": 0,
}


def graded(service: Service) -> None:
    """CRS, ICANS and ICE by their components."""
    service.ask("grade_crs", "After tocilizumab, on a vasopressor", body=ON_A_VASOPRESSOR)
    service.ask("grade_crs", "A flow that nobody recorded: grade 2 or 3", body=NO_FLOW)
    service.ask("grade_crs", "A rule of another scale", body={**NO_FLOW, "fio2": 0.3})
    service.ask("grade_icans", "Confused, after a seizure", body=CONFUSED)
    service.ask("grade_lab", "By the baseline, not by the limit", body=CREATININE)
    service.ask("grade_lab", "Only a bound is known, in both directions", body=POTASSIUM)
    several = {"results": [NO_LIMIT, {**NO_BASELINE, "policy": {"missing_baseline": "none"}}]}
    service.ask("grade_lab", "What is missing, and what it leaves open", body=several)
    misspelt = {**CREATININE, "facts": {"hospitalisation_indicated": True}}
    service.ask("grade_lab", "A fact that no criterion asks for", body=misspelt)
    service.ask("grade_ice", "A sentence that nobody asked for", body=POINTS)


def acting(service: Service) -> None:
    """What decisions mean on a ladder."""
    low, none = {"enrolled": 3, "dlts": 0}, {"enrolled": 0, "dlts": 0}
    three = {"design": {"kind": "3+3", "variant": "de-escalation"}, "current_level": 2}
    high = {"enrolled": 3, "dlts": 1, "pending": 1}
    service.ask("design_action", "Two DLTs", body={**three, "levels": [low, {**low, "dlts": 2}]})
    service.ask("design_action", "A DLT is open", body={**three, "levels": [low, high, none]})
    boin = {"design": {"kind": "boin", "target": 0.3, "cohort_size": 3}, "current_level": 2}
    full = {"levels": [low, {"enrolled": 9, "dlts": 2}], "limits": {"most_at_level": 9}}
    service.ask("design_action", "A level is full", body={**boin, **full})
    service.ask("design_action", "A level that there is not", body={**boin, "levels": [low]})


def designed(service: Service) -> None:
    """What dose-escalation designs decide."""
    three = {"design": {"kind": "3+3"}, "enrolled": 3, "dlts": 1}
    service.ask("table_design", "3+3 as a table", body={"design": {"kind": "3+3"}})
    service.ask("decide_design", "One DLT of three", body=three)
    service.ask("decide_design", "Two patients are pending", body={**three, "pending": 2})
    service.ask("decide_design", "More outcomes than patients", body={**three, "pending": 3})
    boin = {"kind": "boin", "target": 0.3}
    service.ask("table_design", "BOIN up to six", body={"design": boin, "max_n": 6})
    few = {"design": boin, "max_n": 3}
    service.ask("table_design", "BOIN for a program", query={"format": "csv"}, body=few)
    pdf = {"Accept": "application/pdf"}
    service.ask("table_design", "A type that there is not", headers=pdf, body=few)
    trial = {"design": boin, "treated": [3, 3, 15, 9, 0], "dlts": [0, 0, 4, 4, 0]}
    service.ask("select_mtd", "By isotonic regression", body=trial)
    rolling = {"design": {"kind": "rolling-six"}, "enrolled": 6, "dlts": 0, "pending": 3}
    service.ask("decide_design", "Rolling six waits", body=rolling)
    trial = {"design": {"kind": "3+3"}, "treated": [3, 6, 3], "dlts": [0, 1, 2]}
    service.ask("select_mtd", "After a trial", body=trial)
    outcomes = [
        {"dose_level": 1, "dlt": False},
        {"dose_level": 2, "dlt": True},
        {"dose_level": 2, "dlt": False, "weight": 0.5},
    ]
    model = {"kind": "tite-crm", "skeleton": [0.05, 0.12, 0.25, 0.4], "target": 0.25}
    service.ask("fit_design", "All levels", body={"design": model, "subjects": outcomes})
    pending = {"subjects": [*outcomes, {"dose_level": 2, "dlt": None, "weight": 0.3}]}
    fitted = {"design": model, **pending, "current_level": 2}
    service.ask("decide_design", "TITE-CRM with a patient pending", body=fitted)
    acting(service)
    truth = {"design": {"kind": "3+3"}, "true_toxicity": [0.05, 0.15, 0.3], "method": "exact"}
    service.ask("operating_characteristics", "Every trial enumerated", body=truth)
    drawn = {**truth, "design": boin, "method": "simulate", "seed": 1}
    service.ask("operating_characteristics", "No cohorts are planned", body=drawn)
    drawn = {**drawn, "cohorts": 4, "cohort_size": 3, "trials": 1000}
    service.ask("operating_characteristics", "A thousand trials drawn", body=drawn)
    compared(service)


def compared(service: Service) -> None:
    """How designs do in calendar time, and side by side."""
    tite = {"kind": "tite-boin", "variant": "yuan-2018", "target": 0.3}
    plan = {"cohorts": 4, "cohort_size": 3}
    truth = {"true_toxicity": [0.1, 0.3], "method": "simulate", "trials": 200, "seed": 1}
    in_time = {"design": tite, **plan, **truth}
    service.ask("operating_characteristics", "No accrual is told", body=in_time)
    accrual = {"interarrival": 0.25, "arrivals": "fixed"}
    in_time = {**in_time, "accrual": accrual}
    service.ask("operating_characteristics", "In calendar time", body=in_time)
    scenarios = [
        {"name": "MTD at 2", "true_toxicity": [0.1, 0.3, 0.5]},
        {"name": "All too toxic", "true_toxicity": [0.5, 0.6, 0.7]},
    ]
    boin = {"name": "BOIN", "design": {"kind": "boin", "target": 0.3}, **plan}
    exact = {
        "designs": [{"name": "3+3", "design": {"kind": "3+3"}}, boin],
        "scenarios": scenarios,
        "target": 0.3,
        "method": "exact",
    }
    service.ask("compare_designs", "Side by side", body=exact)
    faster = [boin, {"name": "TITE-BOIN", "design": tite, **plan}]
    timed = {
        "designs": faster,
        "scenarios": scenarios[:1],
        "target": 0.3,
        "method": "simulate",
        "trials": 200,
        "accrual": accrual,
    }
    service.ask("compare_designs", "How long each takes", body=timed)
    twice = {**exact, "designs": [boin, boin]}
    service.ask("compare_designs", "Two designs of one name", body=twice)


POCOCK: Final = {"kind": "pocock", "p0": 0.2, "alpha": 0.1, "max_n": 10}
DEATHS: Final = {
    "kind": "events",
    "name": "Death within 30 days",
    "minimum_grade": 5,
    "within_days": 30,
    "at_least": 1,
}
EXPANSION: Final = {
    "as_of": "2026-02-02",
    "time_zone": "+08:00",
    "patients": [
        {"id": "11", "infused": "2025-12-01", "events": []},
        {
            "id": "12",
            "infused": "2026-01-05",
            "events": [{"id": "AE-1", "grades": [{"from": "2026-01", "grade": None}]}],
        },
    ],
}


def watched(service: Service) -> None:
    """What stops an expansion cohort."""
    prior = {"kind": "beta-binomial", "prior": {"a": 0.6, "b": 1.4}, "rate": 0.3, "cutoff": 0.9}
    named = {"rule": {**prior, "max_n": 20, "looks": [5, 10, 15, 20]}}
    service.ask("monitoring_boundary", "Looks after five, ten and more", body=named)
    service.ask("monitoring_boundary", "After every patient", body={"rule": POCOCK})
    service.ask("monitoring_boundary", "Deaths are no boundary", body={"rule": DEATHS})
    counts = {"rule": POCOCK, "counts": {"enrolled": 6, "toxicities": 3, "pending": 1}}
    service.ask("decide_monitoring", "One patient is pending", body=counts)
    order = {"rule": POCOCK, "outcomes": [True, False, True, True, False, None]}
    service.ask("decide_monitoring", "An earlier look has stopped it", body=order)
    many = {"rule": POCOCK, "counts": {"enrolled": 6, "toxicities": 4, "pending": 3}}
    service.ask("decide_monitoring", "More outcomes than patients", body=many)
    cohort = {"rule": DEATHS, "cohort": EXPANSION}
    service.ask("decide_monitoring", "A grade is missing, and a window open", body=cohort)
    rates = {**named, "true_rates": [0.2, 0.3, 0.5]}
    service.ask("monitoring_characteristics", "Three true rates", body=rates)


WINDOW_OPEN: Final = {
    "protocol": {"id": "NCT06886919"},
    "phase": "escalation",
    "dose_level": "2",
    "on": "2025-05-14",
    "subjects": [
        {"id": "01", "dose_level": "1", "infused": "2025-04-01"},
        {"id": "02", "dose_level": "1", "infused": "2025-04-15"},
        {"id": "03", "dose_level": "1", "infused": "2025-04-16"},
    ],
}
SENTINEL: Final = {
    "protocol": {"id": "NCT07339332"},
    "phase": "escalation",
    "dose_level": "1",
    "on": "2026-01-12",
    "subjects": [{"id": "01", "dose_level": "1", "infused": "2026-01-05"}],
}


def gated(service: Service) -> None:
    """Who may be dosed next."""
    service.ask("ask_gate", "The window of the last patient is open", body=WINDOW_OPEN)
    service.ask("ask_gate", "A date is not enough", body=SENTINEL)
    first = {**SENTINEL, "subjects": []}
    service.ask("ask_gate", "The first patient", body=first)
    unknown = {**WINDOW_OPEN, "dose_level": "9"}
    service.ask("ask_gate", "A dose level that the protocol does not have", body=unknown)


FOUR_WEEKS: Final[dict[str, Any]] = {
    "id": "EXAMPLE",
    "version": "1",
    "title": "A trial with one criterion",
    "source": {"registry": "EXAMPLE"},
    "agents": {"CELLS": "investigational"},
    "grading": {"dictionary": "ctcae-5.0"},
    "phases": [{"id": "escalation"}],
    "dlt": {
        "observed_in": ["escalation"],
        "window": {"anchor": "each_infusion", "agent": "CELLS", "first_day": 0, "through": "P28D"},
        "counts": {},
        "criteria": [
            {
                "id": "grade-3",
                "at": "5.1",
                "says": "Grade 3 that lasts longer than 7 days.",
                "grade": 3,
                "longer_than": "P7D",
            }
        ],
    },
}


def amended(service: Service) -> None:
    """What differs between two versions of a protocol."""
    rules = FOUR_WEEKS["dlt"]
    two_weeks = {**rules["window"], "through": "P14D"}
    shorter = {**FOUR_WEEKS, "version": "2", "dlt": {**rules, "window": two_weeks}}
    both = {"old": {"document": FOUR_WEEKS}, "new": {"document": shorter}}
    service.ask("diff_protocols", "A shorter window", body=both)
    unknown = {**both, "new": {"id": "NCT06886919", "version": "9"}}
    service.ask("diff_protocols", "A version that there is not", body=unknown)


def linted(service: Service) -> None:
    """What a linter finds: a torn exemption, and a document that cannot be used."""
    rules = FOUR_WEEKS["dlt"]
    crs = {
        "id": "crs",
        "at": "5.2",
        "says": "Grade 3 CRS for no longer than 72 hours.",
        "when": {"all": [{"term": "Cytokine release syndrome"}, {"peak": {"at_most": 3}}]},
        "limit": {"lasts": {"grade": 3, "no_longer_than": "PT72H"}},
    }
    torn = {**FOUR_WEEKS, "dlt": {**rules, "exceptions": [crs]}}
    asked = {"protocol": {"document": torn}}
    service.ask("lint_protocol", "Four days of CRS, torn between two limits", body=asked)
    unplaced = {**rules, "criteria": [{**rules["criteria"][0], "at": ""}]}
    asked = {"protocol": {"document": {**FOUR_WEEKS, "dlt": unplaced}}}
    service.ask("lint_protocol", "A clause without a locator", body=asked)


def without_a_record(service: Service) -> None:
    """What is asked without a record."""
    service.on("2026-02-02T02:00:00Z")
    service.ask("healthz", "Alive")
    service.ask("readyz", "Ready")
    graded(service)
    designed(service)
    watched(service)
    gated(service)
    for sample in SAMPLES:
        service.ask("adjudicate", sample.title, body=sample.request)
    why_not = {**SAMPLES[0].request, "counterfactual": True}
    service.ask("adjudicate", "What would have changed it", body=why_not)
    service.ask("list_dictionaries", "The dictionaries")
    ctcae = {"dictionary_id": "ctcae-5.0"}
    service.ask("search_terms", "Two terms", path=ctcae, query={"q": "neutropenia", "limit": 2})
    service.ask("show_term", "Neutrophil count decreased", path={**ctcae, "meddra_code": 10029366})
    newer = {"dictionary_id": "ctcae-6.0", "meddra_code": 10025327}
    service.ask("show_term", "Renamed, and with other grades than before", path=newer)
    service.ask("show_term", "A code of another version", path={**newer, **ctcae})
    service.ask("list_protocols", "The first page", query={"limit": 1})
    service.ask("show_protocol", "A trial that states no DLT", path={"protocol_id": "NCT06340750"})
    known = {"If-None-Match": f'"{schema_digest()}"'}
    service.ask("show_protocol_schema", "A schema that the client has", headers=known)
    amended(service)
    linted(service)
    version = {"protocol_id": "NCT06340750", "version": "1"}
    shown = service.ask("show_protocol_version", "A version whole", path=version)
    service.ask(
        "show_protocol_version",
        "A version that the client has",
        path=version,
        headers={"If-None-Match": shown.headers["etag"]},
    )
    limiting = {"protocol_id": "LCAR-AIO", "version": "1"}
    for title, media in (
        ("Rules to read", "text/markdown"),
        ("Rules as a page to print", "text/html"),
        ("Rules with their table, for programs", "application/json"),
    ):
        service.ask("show_protocol_text", title, path=limiting, headers={"Accept": media})
