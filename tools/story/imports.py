"""What comes in files: adverse events of a site without an EDC feed, and their job."""

from collections.abc import Mapping
from typing import Final

from tools.telling import FEED, OFFICE, Service

SYSTEM: Final[Mapping[str, str]] = {"system": "site-files"}
FILE: Final = (
    "STUDYID,DOMAIN,USUBJID,AESPID,AETERM,AETOXGR,AEREL,AESTDTC,AEENDTC\n"
    "IC19-SLE,AE,S-07,AE-1,Fever,2,LIKELY,2026-03-16,2026-03-17\n"
    "IC19-SLE,AE,S-07,AE-2,Fatigue,7,LIKELY,2026-03-18,\n"
)
MENDED: Final = FILE.replace(",7,", ",2,")
BROKEN: Final = '<?xml version="1.0"?><!DOCTYPE ODM SYSTEM "odm.dtd"><ODM/>'
CSV: Final = {"Content-Type": "text/csv"}


def a_file(service: Service) -> None:
    """A file is looked at, imported, mended, and taken up again by other settings."""
    service.on("2026-03-19T01:00:00Z")
    settings = {
        "name": "Spreadsheets of the sites",
        "grade_collection": "worst_only",
        "causality_agents": {"AEREL": "IC19"},
    }
    service.ask(
        "put_source_system", "How its files are read", by=OFFICE, path=SYSTEM, body=settings
    )
    service.ask(
        "preview_import",
        "What it would make, and a word that nobody has explained",
        query=SYSTEM,
        headers=CSV,
        content=FILE,
    )
    asked = service.ask("import_file", "A file of a site", query=SYSTEM, headers=CSV, content=FILE)
    job = {"job": asked.body["id"]}
    service.ask("show_job", "It waits", path=job)
    service.work()
    service.ask("show_job", "It is done", path=job)
    service.ask("import_file", "The same file", query=SYSTEM, headers=CSV, content=FILE)
    service.ask("list_rejected_rows", "A row to be mended", path=job)
    service.ask("show_imported_file", "As it was sent", path=job)
    service.ask("cancel_job", "It is over already", path=job)
    service.ask("import_file", "A file that is refused", query=SYSTEM, content=BROKEN)
    mended = service.ask("import_file", "Mended", query=SYSTEM, headers=CSV, content=MENDED)
    service.ask("cancel_job", "It is stopped before it begins", path={"job": mended.body["id"]})
    service.ask("import_file", "It goes on", query=SYSTEM, headers=CSV, content=MENDED)
    service.work()
    _by_other_settings(service, settings)
    service.ask("list_jobs", "The imports", query={"kind": "import", "limit": 1})


def _by_other_settings(service: Service, settings: Mapping[str, object]) -> None:
    service.ask(
        "put_source_system",
        "What the word means: the rows are assembled anew",
        by=OFFICE,
        path=SYSTEM,
        body={
            **settings,
            "causality": {"likely": "probable"},
            "reason": {"code": "MAPPING", "text": "asked of the site"},
        },
    )
    service.ask("assemble_system", "All rows by the new settings", by=OFFICE, path=SYSTEM)
    service.work()
    service.ask(
        "show_adverse_event",
        "As it stands now",
        by=FEED,
        path={"system": SYSTEM["system"], "record_id": "S-07|AE|AE-1"},
    )
