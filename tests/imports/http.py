"""A study that files are sent to over HTTP, with a worker that works when the test says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

from app.api.working import workplace
from app.clock import random_id
from app.store.database import Database
from app.use_cases.working import work_on_next
from tests.api.client import InProcess
from tests.imports.files import HOW
from tests.record.service import Service, at_database, of_study

IMPORTS: Final = of_study("imports")
PREVIEW: Final = of_study("imports:preview")
SYSTEM: Final = of_study("source-systems/edc")
CSV: Final = "text/csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A study, how files are sent to it, and the work on them."""

    service: Service

    async def begin(self, **how: Any) -> None:
        """Create the study, and say how files of `edc` are read."""
        await self.service.begin(at="2026-06-01T00:00:00+00:00")
        await self.service.done("PUT", SYSTEM, how or dict(HOW))

    async def post(
        self, content: bytes | str, path: str = IMPORTS, media: str = CSV, **query: Any
    ) -> httpx.Response:
        """A file, as it is; of `edc` unless `query` says otherwise."""
        headers = {"Content-Type": media}
        return await self.service.client.post(
            path, params={"system": "edc", **query}, content=content, headers=headers
        )

    async def sent(self, content: bytes | str, **query: Any) -> dict[str, Any]:
        """Import a file to the end: its job."""
        answer = await self.post(content, **query)
        assert answer.status_code == 202, answer.text
        self.work()
        return await self.job(answer.json()["id"])

    async def preview(self, content: bytes | str, **query: Any) -> dict[str, Any]:
        """How a file would be read."""
        answer = await self.post(content, PREVIEW, **query)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def job(self, job: str) -> dict[str, Any]:
        """How a job stands."""
        told: dict[str, Any] = await self.service.get(f"/v1/jobs/{job}")
        return told

    async def refused(self, job: str) -> str:
        """The rows that were sent back, as lines."""
        answer = await self.service.client.get(f"{IMPORTS}/{job}/rejected")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        return answer.text

    def work(self) -> int:
        """Do all jobs that wait; how many there were."""
        transport = self.service.client._transport
        assert isinstance(transport, InProcess)
        place = workplace(transport.service.state.record, random_id)
        done = 0
        while work_on_next(place, lambda: False):
            done += 1
        return done


@contextmanager
def sending_to(database: Database) -> Iterator[Sending]:
    """The service at a database, as long as the block runs."""
    with at_database(database) as service:
        yield Sending(service=service)
