"""A record with something of every kind, written through the service."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
from fastapi.concurrency import run_in_threadpool

from app.api.openapi import EXAMPLE_TIME
from app.api.working import workplace
from app.clock import random_id
from app.data.protocols import load
from app.store.database import Database
from app.use_cases.working import work_on_next
from tests.api.client import client_of
from tests.api.keys import issued, revoked
from tests.use_cases.importing import imported, publication

STUDY: Final = "/v1/studies/S1"
EVENT: Final = f"{STUDY}/adverse-events/by-source/rave/1"
REASON: Final = {"reason": {"code": "DATA_ENTRY", "text": "of another patient"}}
INFUSED: Final = {"exposures": [{"agent": "IC19", "start": "2026-03-01T10:00:00+08:00"}]}
NEUTROPENIA: Final[Mapping[str, Any]] = {
    "subject": "S-01",
    "term": "Neutropenia",
    "grades": [{"from": "2026-03-03", "grade": 3}],
    "ongoing": True,
    "baseline_grade": 0,
    "causality": [{"agent": "IC19", "relatedness": "possible", "assessor": "investigator"}],
}


class Watch:
    """Some seconds later each time that somebody asks."""

    def __init__(self) -> None:
        self.now = EXAMPLE_TIME + timedelta(days=20)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=7)
        return self.now


class Teller:
    """Tells the service what happens, which has to succeed."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def __call__(self, method: str, path: str, body: Any, **headers: str) -> Any:
        answer = await self.client.request(method, path, json=body, headers=headers)
        assert answer.status_code in {200, 201, 202}, answer.text
        return answer.json()


async def tell(database: Database) -> Watch:
    """Write the record, and return the watch as it stands at the end."""
    watch = Watch()
    async with client_of(database, watch, auth="off") as client:
        done = Teller(client)
        await _of_the_study(done)
        await _of_records(done)
        await _of_events(done)
        await _of_files(done)
        await _of_what_is_judged_again(done)
    for definition in ("Pale.", "Paler."):
        imported(database, publication(definition), replace=True)
    revoked(database, issued(database, "auditor", "S1").key.id)
    issued(database, "admin", expires_at=watch.now + timedelta(days=20_000))
    return watch


async def _of_the_study(done: Teller) -> None:
    protocol = {"id": "NCT06886919"}
    study = {"id": "S1", "title": "A study", "time_zone": "+08:00", "protocol": protocol}
    await done("POST", "/v1/studies", study)
    draft = {**load("NCT06886919").document, "version": "draft"}
    await done("POST", "/v1/protocols", {"document": draft})
    amendment = {"version": "draft", "effective": "2026-03-10", "applies_to": "new_patients"}
    await done("POST", f"{STUDY}/protocol", {**amendment, "reason": {"code": "AMENDMENT_1"}})
    await done("PUT", STUDY, {"title": "The study", "time_zone": "+07:00"})
    hold = {"scope": {}, "reason": "two deaths", "reported_by": "a monitor"}
    placed = await done("POST", f"{STUDY}/holds", {**hold, "from": "2026-03-04"})
    lifting = {"reason": "unrelated", "lifted_by": "the committee"}
    await done("POST", f"{STUDY}/holds/{placed['hold']['id']}/lift", lifting)
    await done("POST", f"{STUDY}/holds", {**hold, "scope": {"subject": "S-02"}})


async def _of_records(done: Teller) -> None:
    await done("PUT", f"{STUDY}/sites/01", {"name": "Zürich/𝄞", "time_zone": "Europe/Zurich"})
    await done("PUT", f"{STUDY}/subjects/S-01", INFUSED)
    await done("PUT", f"{STUDY}/subjects/S-02", {"site": "01"})
    exposure = {"subject": "S-02", **INFUSED["exposures"][0]}
    await done("PUT", f"{STUDY}/exposures/by-source/rave/x", exposure)
    result = {"subject": "S-01", "measured_at": "2026-03-02", "analyte": "x", "value": "3.50"}
    await done("PUT", f"{STUDY}/laboratory-results/by-source/lab/1", result)
    count = {**result, "analyte": "PLT", "unit": "K/uL", "laboratory": "Labor Zürich 𝄞"}
    await done("PUT", f"{STUDY}/laboratory-results/by-source/lab/2", count)
    stated = f"{STUDY}/laboratory-ranges/Labor Zürich 𝄞/PLT/female/18-/2026-01-01"
    for lln in ("150.0", "125"):
        await done("PUT", stated, {"lln": lln, "unit": "K/uL"})
    scale = {
        "subject": "S-01",
        "on": "2026-03-02",
        "scale": "crs",
        "components": {"temperature": 39.5},
    }
    await done("PUT", f"{STUDY}/assessments/by-source/lab/1", scale)
    await done("PUT", f"{STUDY}/sites/01", {"name": "Zürich/𝄞", "time_zone": "+01:00"})


async def _of_events(done: Teller) -> None:
    said = {"time": "2026-03-05T10:00:00+09:00", "user": "a nurse", "audit_id": "7"}
    await done("PUT", EVENT, {**NEUTROPENIA, "source": {"sequence": 4, **said}})
    await done("PUT", EVENT, {**NEUTROPENIA, "term": "Fatigue", "source": {"sequence": 6}})
    await done("PUT", EVENT, {**NEUTROPENIA, "term": "Nausea", "source": {"sequence": 5}})
    await done("DELETE", EVENT, REASON)
    await done("POST", f"{EVENT}/restore", REASON)
    await done("PUT", EVENT, {**NEUTROPENIA, "subject": "S-02", "source": {"sequence": 7}})
    await done("DELETE", f"{STUDY}/subjects/S-02", REASON)
    await done("POST", f"{STUDY}/subjects/S-02/restore", REASON)
    items = [{**NEUTROPENIA, "source": {"system": "rave", "record_id": f"b{n}"}} for n in range(3)]
    await done("POST", f"{STUDY}/adverse-events/batch", {"mode": "atomic", "items": items})


async def _of_files(done: Teller) -> None:
    """A file with a row that is kept and one that is refused, and another that is never read."""
    await done("PUT", f"{STUDY}/source-systems/files", {"grade_collection": "worst_only"})
    await _sent(done, "A1", "2")
    await _sent(done, "A2", "7")
    await _worked(done)
    await done("DELETE", f"/v1/jobs/{await _sent(done, 'A3', '3')}", None)


async def _of_what_is_judged_again(done: Teller) -> None:
    """A dry run at a cut after the windows, which tells of patients, and a real run."""
    again = f"{STUDY}/re-adjudications"
    await done("POST", again, {"as_of": "2026-05-04", "dry_run": True})
    amendment = {"protocol_version": "draft", "effective": "2026-03-10", "dry_run": False}
    await done("POST", again, {**amendment, **REASON})
    await _worked(done)


async def _worked(done: Teller) -> None:
    """Do all jobs that wait."""
    app = done.client._transport.app  # type: ignore[attr-defined]
    place = workplace(app.state.record, random_id)
    while await run_in_threadpool(work_on_next, place, lambda: False):
        pass


async def _sent(done: Teller, key: str, grade: str) -> str:
    """The job of a file with one row."""
    answer = await done.client.post(
        f"{STUDY}/imports",
        params={"system": "files", "format": "sdtm-csv"},
        content=f"{HEADINGS}S1,AE,S-01,{key},Rash,{grade},2026-03-03\n",
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


HEADINGS: Final = "STUDYID,DOMAIN,USUBJID,AESPID,AETERM,AETOXGR,AESTDTC\n"
