"""A study over HTTP, with four patients whom the amendment may concern, judged again when asked.

By version 1, CRS of grade 3 may last 72 hours, by version 2 7 days. S-01 and S-04 have one of five
days; S-02 has one of two days; S-03 has no event.
"""

from dataclasses import dataclass
from typing import Any, Final

import httpx

from tests.imports.http import Sending
from tests.readjudications.patients import amended
from tests.record.service import Service, by_source, event, of_study

AGAIN: Final = of_study("re-adjudications")
MANY: Final = "/v1/re-adjudications"
AT: Final = "2026-06-01T00:00:00+00:00"
WHY: Final = {"code": "AMENDMENT", "text": "CRS may last 7 days"}
REAL: Final = {"dry_run": False, "reason": WHY}
AMENDED: Final = {"protocol_version": "2"}
CRS: Final = "Cytokine release syndrome"
LEVEL: Final = "=2,5 mg"
"""A dose level that a spreadsheet would take for a formula, with a comma."""
FEVER: Final = "発熱, AE-4"
"""The key of an event at its source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """The service, how it is asked to judge again, and the work on it."""

    service: Service

    async def begin(self) -> None:
        """The study and its patients, judged by version 1; version 2 is there."""
        service = self.service
        await service.begin(at=AT)
        await service.done("POST", "/v1/protocols", {"document": amended()})
        where: dict[str, dict[str, str]] = {
            "S-01": {"site": "01", "dose_level": "1"},
            "S-02": {"site": "02", "dose_level": "1"},
            "S-03": {"site": "02", "dose_level": "2"},
            "S-04": {"site": "02", "dose_level": LEVEL},
        }
        for subject, told in where.items():
            await service.patient(subject, follow_up_until="2026-05-31", **told)
        await self.crs("AE-1", "S-01", "2026-03-08")
        await self.crs("AE-2", "S-02", "2026-03-05")
        await self.crs(FEVER, "S-04", "2026-03-08")

    async def crs(self, key: str, subject: str, until: str, term: str = CRS) -> Any:
        """Record CRS of grade 3 from the 3rd, up to a day."""
        grades = ((3, "2026-03-03T10:00+08:00"), (1, f"{until}T10:00+08:00"))
        body = {**event(*grades, term=term, ongoing=False), "subject": subject}
        return await self.service.done("PUT", by_source(key), body)

    async def ask(self, path: str = AGAIN, **body: Any) -> httpx.Response:
        """Ask for it, and do nothing of it yet."""
        return await self.service.send("POST", path, body)

    async def asked(self, path: str = AGAIN, **body: Any) -> Any:
        """The answer, which is a job."""
        answer = await self.ask(path, **body)
        assert answer.status_code == 202, answer.text
        return answer.json()

    async def done(self, **body: Any) -> Any:
        """The job, done."""
        asked = await self.asked(**body)
        self.work()
        return await self.service.get(f"/v1/jobs/{asked['id']}")

    async def apply(self, job: str, **body: Any) -> httpx.Response:
        """Ask for a dry run to be made real."""
        return await self.service.send("POST", f"{AGAIN}/{job}:apply", {"reason": WHY, **body})

    async def results(self, job: str, **query: Any) -> httpx.Response:
        """What it tells."""
        found = await self.service.client.get(
            f"{AGAIN}/{job}/results", params=query, headers=self.service.headers
        )
        assert found.status_code == 200, found.text
        return found

    def work(self) -> int:
        """Do all jobs that wait; how many there were."""
        return Sending(service=self.service).work()
