"""Who told what holds of a record: rows of files, or somebody else."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select

from app.domain.record.leaf import read_leaf
from app.store.audit import EVENTS
from app.store.jobs import job_of
from app.store.records import Records, Stored
from app.store.writer import Unit
from app.use_cases.imports import OURS
from app.use_cases.jobs import OF_JOB
from app.use_cases.snapshot import content_of

_AT_ONCE: Final = 500


@dataclass(slots=True, kw_only=True)
class Provenance:
    """Where the parts of one record come from, by its versions; read once it is asked."""

    unit: Unit
    records: Records
    key: str
    _versions: list[Stored] = field(default_factory=list)
    _contents: dict[int, Any] = field(default_factory=dict)
    _makers: dict[int, str | None] = field(default_factory=dict)

    def is_of_rows(self, part: Callable[[Any], object]) -> bool:
        """Whether the version that brought this part, as it holds now, was made of rows.

        `part` picks it out of the content of a version. A part that was never there was brought
        by the first version.
        """
        versions = self._applied()
        now = part(self._content(versions[-1]))
        first = versions[-1]
        for each in reversed(versions):
            if part(self._content(each)) != now:
                break
            first = each
        return self._maker(first) is not None

    def was_taken_out(self, part: Callable[[Any], object]) -> bool:
        """Whether the part held otherwise before, and who changed it were not rows."""
        versions = self._applied()
        now = part(self._content(versions[-1]))
        held_otherwise = any(part(self._content(each)) != now for each in versions)
        return held_otherwise and not self.is_of_rows(part)

    def makers(self) -> frozenset[str | None]:
        """The systems whose rows made its versions; None of what somebody else wrote."""
        return frozenset(self._maker(each) for each in self._applied())

    def last_maker(self) -> str | None:
        """The system whose rows made the version that holds."""
        return self._maker(self._applied()[-1])

    def _applied(self) -> list[Stored]:
        after: int | None = None if self._versions else 0
        while after is not None:
            page = self.records.history(self.key, after=after, limit=_AT_ONCE)
            self._versions += [each for each in page if each.applied]
            after = page[-1].version if len(page) == _AT_ONCE else None
        return self._versions

    def _content(self, stored: Stored) -> Any:
        if stored.version not in self._contents:
            self._contents[stored.version] = content_of(self.records.kind, stored, object)
        return self._contents[stored.version]

    def _maker(self, stored: Stored) -> str | None:
        if stored.version not in self._makers:
            self._makers[stored.version] = self._made_by(stored)
        return self._makers[stored.version]

    def _made_by(self, stored: Stored) -> str | None:
        """The system of whose rows a version was made."""
        query = select(EVENTS.c.leaf).where(EVENTS.c.seq == stored.seq)
        leaf = read_leaf(self.unit.connection.execute(query).scalar_one())
        request = leaf.request_id or ""
        if not request.startswith(OF_JOB):
            return None
        job = job_of(self.unit.connection, request.removeprefix(OF_JOB))
        told = {} if job is None else json.loads(job.parameters)
        return None if told.get("format") == OURS else told.get("system")
