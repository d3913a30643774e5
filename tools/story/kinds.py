"""What every kind of record has."""

from collections.abc import Mapping
from typing import Final

from tools.story.imports import SYSTEM
from tools.telling import Service

PATIENT: Final = "S-01"
PLATELETS: Final = {
    "laboratory": "Central",
    "analyte": "platelets",
    "sex": "any",
    "age": "18-",
    "valid_from": "2026-01-01",
}
"""Which range of a laboratory it is."""


def what_was_wrong(service: Service) -> None:
    """Every kind of record can be voided and restored, and keeps its versions."""
    _kept_of(service, "exposure", {"system": "rave", "record_id": "S-01.EX.1"}, "exposures")
    _kept_of(
        service,
        "laboratory_result",
        {"system": "lims", "record_id": "PLT-20260312"},
        "laboratory_results",
    )
    _kept_of(service, "assessment", {"system": "rave", "record_id": "S-01.ICE.4"}, "assessments")
    _kept_of(service, "laboratory_range", PLATELETS, "laboratory_ranges")
    _kept_of(service, "source_system", SYSTEM, "source_systems")
    _kept_of(service, "subject", {"subject": PATIENT}, "subjects")
    _kept_of(service, "site", {"site": "01"}, "sites")


def _kept_of(service: Service, kind: str, path: Mapping[str, str], plural: str) -> None:
    service.ask(f"show_{kind}", "As it holds", path=path)
    service.ask(f"list_{plural}", "The first page", query={"limit": 10})
    void(service, kind, path, "entered for another study")
    restore(service, kind, path)
    service.ask(f"list_{kind}_versions", "The first of them", path=path, query={"limit": 1})
    service.ask(f"show_{kind}_version", "As it came", path={**path, "version": 1})


def void(service: Service, kind: str, path: Mapping[str, str], why: str) -> None:
    """It counts no more."""
    service.ask(
        f"void_{kind}",
        "It counts no more",
        path=path,
        headers={"Idempotency-Key": f"void-{kind}-1"},
        body={"reason": {"code": "ENTERED_IN_ERROR", "text": why}},
    )


def restore(service: Service, kind: str, path: Mapping[str, str]) -> None:
    """It counts again."""
    seen = service.ask(f"show_{kind}", "As it was voided", path=path)
    service.ask(
        f"restore_{kind}",
        "It counts again",
        path=path,
        headers={"If-Match": seen.headers["etag"], "Idempotency-Key": f"restore-{kind}-1"},
        body={"reason": {"code": "VOIDED_IN_ERROR"}},
    )
