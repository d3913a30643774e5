"""What the service answers whatever is recorded."""

from typing import Final

from app.data.samples import samples
from tools.telling import Service

SAMPLES: Final = tuple(samples()[place] for place in (0, 2, 4))
"""A DLT, one that is pending, and a patient in the window."""


def without_a_record(service: Service) -> None:
    """What is asked without a record."""
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
