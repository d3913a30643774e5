"""What has to hold after every step: reads, trail and verdicts agree with the model."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
from hypothesis.stateful import RuleBasedStateMachine

from app.api.openapi import EXAMPLE_TIME
from app.domain.record.leaf import check_chain
from app.store.audit import leaves
from app.store.database import Database
from app.store.guards import missing_guards
from app.store.inspection import dangling
from app.use_cases.replay import differences
from tests.api.client import is_problem
from tests.model.content import STUDY
from tests.model.reference import ACTIONS, Foreseen, Kind, Reference, Version
from tests.model.service import BELOW, Event, Standing, System, list_of, path_of

NewDatabase = Callable[[], AbstractContextManager[Database]]
MADE: Final = "adjudication.made"
REINSTATED: Final = "adjudication.reinstated"
_TICK: Final = timedelta(seconds=1)
_LISTED: Final[tuple[Kind, ...]] = (
    "subject",
    "adverse_event",
    "exposure",
    "site",
    "laboratory_result",
    "laboratory_range",
)


@dataclass(slots=True)
class Count:
    """How many steps all machines of a run took."""

    machines: int = 0
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Past:
    """Which adjudication of a patient became current at an instant."""

    at: datetime
    subject: str
    standing: Standing


class Checked(RuleBasedStateMachine):
    """A service, the reference beside it, and the comparison of the two."""

    def __init__(self, new_database: NewDatabase, count: Count) -> None:
        super().__init__()
        self._open = ExitStack()
        self.system = System(self._open.enter_context(new_database()))
        self._open.callback(self.system.close)
        self.count = count
        count.machines += 1
        self.reference = Reference()
        self.now = EXAMPLE_TIME + timedelta(days=1)
        self.touched: tuple[Kind, str] = ("study", STUDY)
        self.instants: list[datetime] = []
        self.past: list[Past] = []
        self.standing: dict[str, Standing] = {}
        self.made: dict[str, list[str]] = {}
        self.unjudged: set[str] = set()
        """Patients whom an activation may concern, and who have not been judged since."""
        self._turn = 0
        self._is_sound = False

    def step(self) -> datetime:
        """Begin a step, at an instant of its own."""
        self._is_sound = False
        self.count.steps += 1
        self.now += _TICK
        self.system.now = self.now
        self.instants.append(self.now)
        return self.now

    def settle(
        self,
        *told: Event,
        versions: Sequence[Version] = (),
        judged: Collection[str] = (),
        may: Collection[str] = (),
    ) -> None:
        """The trail tells this and nothing else, and exactly these patients were judged."""
        events = self.system.new_events()
        foreseen = [*(_event_of(each) for each in versions), *told]
        assert events[: len(foreseen)] == foreseen, (events, foreseen)
        of_verdicts = events[len(foreseen) :]
        self.reference.seq += len(of_verdicts) + len(told)
        by_subject = {str(each.subject): each for each in of_verdicts}
        assert len(by_subject) == len(of_verdicts), events
        assert by_subject.keys() <= {*judged, *may}, (by_subject, judged, may)
        before, self.standing = self.standing, self.system.standings()
        assert before.keys() <= self.standing.keys()
        for subject, standing in self.standing.items():
            old, event = before.get(subject), by_subject.get(subject)
            assert (old != standing) == (event is not None), (subject, old, standing, event)
            if event is not None:
                self._moved(subject, standing, event)
        for subject in judged:
            assert self.standing[subject].input_digest == self.system.judged_anew(subject)
        self.unjudged -= {*judged, *by_subject}

    def _moved(self, subject: str, standing: Standing, event: Event) -> None:
        """The pointer names what the event does: a new adjudication, or one that stands again."""
        made = self.made.setdefault(subject, [])
        assert (event.entity_id, event.version) == (standing.id, standing.number)
        if event.action == MADE:
            made.append(standing.id)
            assert standing.number == len(made)
        else:
            assert event.action == REINSTATED
            assert made[standing.number - 1] == standing.id
        self.past.append(Past(self.now, subject, standing))

    def answered(self, answer: httpx.Response, foreseen: Foreseen) -> None:
        """The answer of a write on one record is the one foreseen; to be asked after `settle`."""
        if foreseen.code is not None:
            refused(answer, foreseen.status, foreseen.code)
            return
        assert answer.status_code == foreseen.status, answer.text
        told, holds = answer.json(), foreseen.holds
        assert holds is not None
        assert told["result"] == foreseen.result
        assert answer.headers["ETag"] == holds.etag
        is_shown(told["record"], holds)
        seq = told["audit"]["seq"] if told["audit"] else None
        assert seq == (foreseen.written.seq if foreseen.written else None)
        self.verdicts_told(told["adjudications"], self.concerned(foreseen))

    def concerned(self, foreseen: Foreseen) -> set[str]:
        """The patients whose verdicts a write tells: also where it leaves them as they were."""
        if foreseen.holds is None or (foreseen.written and foreseen.result != "stale"):
            return set(foreseen.affected)
        return {str(foreseen.holds.sent.subject)} & self.reference.live()

    def verdicts_told(self, told: Sequence[Mapping[str, Any]], concerned: set[str]) -> None:
        """The verdicts of an answer are those that stand, of these patients."""
        assert {each["subject"]: each["adjudication"] for each in told} == {
            subject: self.standing[subject].id for subject in concerned
        }

    async def reads(self) -> None:
        """What every read answers now, and answers of an instant that has passed."""
        await self._lists("subject")
        await self._lists("adverse_event")
        await self._lists(self._some(_LISTED), self._some(self.instants))
        await self._lists(self._some(_LISTED))
        await self._shows(*self.touched)
        await self._lists_verdicts()
        if self.past:
            await self._tells_again(self._some(self.past))
        for subject in self.reference.live() - self.unjudged:
            due = self.standing[subject].due
            if due is None or due > self.now:
                anew = self.system.judged_anew(subject)
                assert self.standing[subject].input_digest == anew, subject
        self._is_sound = True

    def _some(self, found: Sequence[Any]) -> Any:
        """Another one each time, and the same whenever the machine does the same."""
        self._turn += 7919
        return found[self._turn % len(found)]

    async def _lists(self, kind: Kind, at: datetime | None = None) -> None:
        query: dict[str, str | int] = {"limit": 200}
        if at is not None:
            query["as_of"] = at.isoformat()
        items = (await self.system.get(list_of(kind), **query))["items"]
        versions = self.reference.listed(kind, at)
        assert len(items) == len(versions)
        for item, version in zip(items, versions, strict=True):
            is_shown(item, version)

    async def _shows(self, kind: Kind, key: str) -> None:
        """One record, what held at its every instant, and all its versions."""
        history = self.reference.histories.get((kind, key))
        path = path_of(kind, key)
        answer = await self.system.ask("GET", path)
        if history is None:
            refused(answer, 404, "unknown_record")
            return
        is_shown(answer.json(), history.current)
        assert answer.headers["ETag"] == history.current.etag
        items = (await self.system.get(f"{path}/versions", limit=200))["items"]
        assert [each["version"] for each in items] == [each.number for each in history.versions]
        is_shown(items[-1], history.versions[-1])
        version = self._some(history.versions)
        is_shown(await self.system.get(f"{path}/versions/{version.number}"), version)
        held = history.at(version.recorded_at)
        at = version.recorded_at.isoformat()
        if held is not None and not (kind == "study" and held.voided):
            is_shown(await self.system.get(path, as_of=at), held)

    async def _lists_verdicts(self) -> None:
        """The verdicts that stand are those of patients who count; so are those of a word."""
        live = {subject: self.standing[subject] for subject in self.reference.live()}
        path = f"{BELOW}/adjudications"
        items = (await self.system.get(path, limit=200))["items"]
        assert {each["subject"]: each["id"] for each in items} == {
            subject: standing.id for subject, standing in live.items()
        }
        word = self._some(("PENDING", "UNDETERMINED", "DLT"))
        found = (await self.system.get(path, verdict=word, limit=200))["items"]
        assert {each["subject"] for each in found} == {
            subject for subject, standing in live.items() if word in standing.verdicts
        }

    async def _tells_again(self, past: Past) -> None:
        """What was current at an instant is told again of it, word by word."""
        path = f"{BELOW}/subjects/{past.subject}/adjudication"
        query = {"as_of": past.standing.as_of, "known_at": past.at.isoformat()}
        told = await self.system.get(path, **query)
        assert told["input_digest"] == past.standing.input_digest, (told["inputs"], past)
        assert told["answer_digest"] == past.standing.answer_digest

    def teardown(self) -> None:  # type: ignore[explicit-override]
        """In the end the chain is whole, and replaying it gives the tables."""
        try:
            if self._is_sound:
                with self.system.database.reading() as connection:
                    assert check_chain(leaves(connection)) is None
                    assert [each.text for each in differences(connection)] == []
                    assert list(dangling(connection, limit=3)) == []
                    assert missing_guards(connection) == ()
        finally:
            self._open.close()


def refused(answer: httpx.Response, status: int, code: str | None = None) -> None:
    """The answer is a whole problem of that status, and of that code if one is given."""
    assert answer.status_code == status, answer.text
    assert is_problem(answer)
    assert code is None or answer.json()["code"] == code, answer.text


def is_shown(item: Mapping[str, Any], version: Version) -> None:
    """A view shows the version that the reference has."""
    sent = version.sent
    shown = {
        "kind": sent.kind,
        "study": STUDY,
        "key": sent.key,
        "subject": sent.subject,
        "version": version.number,
        "state": "void" if version.voided else "active",
        "result": version.result,
        "etag": version.etag,
        "recorded_at": version.recorded_at.isoformat().replace("+00:00", "Z"),
        "audit_seq": version.seq,
        "source": sent.source,
        "content": sent.content,
    }
    assert {name: item[name] for name in shown} == shown
    assert item["digest"].startswith(f"sha256:{version.etag.partition('.')[2][:-1]}")


def _event_of(version: Version) -> Event:
    sent = version.sent
    action = f"{sent.kind}.{ACTIONS[version.result]}"
    return Event(action, sent.key, version.number, sent.subject)
