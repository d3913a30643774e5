"""The machine: hypothesis chooses what happens, and the reference says what becomes of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from app.data.protocols import load
from app.use_cases.sweep import KEPT_FOR
from tests.model import content as pool
from tests.model.acting import REASON, UNREAD, Acting, BelievedHow, is_item, item_of
from tests.model.checks import Count, NewDatabase, refused
from tests.model.reference import Seen, Sent
from tests.model.service import BELOW, Event

subjects = st.sampled_from(pool.SUBJECTS)
courses = st.sampled_from(pool.COURSES)
patients = st.sampled_from(pool.PATIENTS)
thens = st.sampled_from(("sweep", "sweep", "nothing", *pool.SUBJECTS))
sources = st.sampled_from(pool.SOURCES)
said: tuple[BelievedHow, ...] = ("nothing said", "nothing said", "nothing said", "right", "right")
doubtful: tuple[BelievedHow, ...] = ("any", "both", "wrong", "none yet")
beliefs: st.SearchStrategy[BelievedHow] = st.sampled_from((*said, *said, *doubtful))
places = st.integers(0, 59)
keys = st.sampled_from((None, None, None, "k1", "k2", "k3"))
items = st.lists(
    st.tuples(
        st.sampled_from(pool.EVENTS), subjects, courses, sources,
        st.sampled_from(("nothing said", "nothing said", "right", "wrong", "none yet")),
        st.sampled_from((False, False, False, True)),
    ),
    min_size=1, max_size=4,
)  # fmt: skip


class RecordMachine(Acting):
    """Everything that clients, the clock and the sweep do to one study."""

    def __init__(self, new_database: NewDatabase, count: Count) -> None:
        super().__init__(new_database, count)
        self.versions = {"1"}
        self.activations = 1
        self.holds: dict[str, str | None] = {}
        self.lifted: set[str] = set()

    @initialize(patients=st.tuples(patients, patients), course=courses)
    def begin(self, patients: tuple[Any, Any], course: Any) -> None:
        """A study under the built-in version, with two patients and an adverse event."""
        now = self.step()
        content = {"title": "A study", "time_zone": pool.ZONES[0]}
        protocol = {"id": pool.PROTOCOL, "version": "1"}
        body = {**content, "id": pool.STUDY, "protocol": protocol}
        answer = self.system.run(self.system.ask("POST", "/v1/studies", body))
        assert answer.status_code == 201, answer.text
        sent = Sent(kind="study", key=pool.STUDY, subject=None, content=content)
        foreseen = self.reference.put(sent, Seen(), now)
        assert foreseen.written is not None
        activated = Event("protocol.activated", pool.STUDY, 1, None)
        self.settle(activated, versions=[foreseen.written])
        for subject, content in zip(pool.SUBJECTS, patients, strict=False):
            self.put(self.sent("subject", subject, subject, content), "none yet")
        event = self.sent("adverse_event", pool.EVENTS[0], pool.SUBJECTS[0], course)
        self.put(event, "none yet")

    @invariant()
    def agrees(self) -> None:
        """What is read agrees with the model."""
        self.system.run(self.reads())

    # --- records

    @rule(key=st.sampled_from(pool.EVENTS), subject=subjects, course=courses, source=sources,
          believed=beliefs)  # fmt: skip
    def put_event(
        self, key: str, subject: str, course: Any, source: Any, believed: BelievedHow
    ) -> None:
        """Create an adverse event, correct it, move it to another patient, or send it late."""
        self.put(self.sent("adverse_event", key, subject, course, source), believed)

    @rule(place=places, course=courses, source=sources, moved=st.sampled_from((None, None, 0, 1)))
    def correct_event(self, place: int, course: Any, source: Any, moved: int | None) -> None:
        """Correct an adverse event that is there, and move it to another patient perhaps."""
        kind, key = self.one_of(place, ("adverse_event",))
        sent = self.reference.histories[kind, key].current.sent
        subject = sent.subject if moved is None else pool.SUBJECTS[moved]
        self.put(self.sent(kind, key, subject, course, source), "right")

    @rule(subject=subjects, content=patients, believed=beliefs)
    def put_subject(self, subject: str, content: Any, believed: BelievedHow) -> None:
        """Create a patient or correct one."""
        self.put(self.sent("subject", subject, subject, content), believed)

    @rule(key=st.sampled_from(pool.EXPOSURES), subject=subjects,
          content=st.sampled_from(pool.ADMINISTRATIONS), source=sources)  # fmt: skip
    def put_exposure(self, key: str, subject: str, content: Any, source: Any) -> None:
        """Record an administration, unless the patient's record has its own."""
        self.put(self.sent("exposure", key, subject, content, source), "nothing said")

    @rule(key=st.sampled_from(pool.RESULTS), subject=subjects,
          content=st.sampled_from(pool.MEASURED), source=sources)  # fmt: skip
    def put_result(self, key: str, subject: str, content: Any, source: Any) -> None:
        """Record a laboratory result, most without limits of its own."""
        sent = self.sent("laboratory_result", key, subject, content, source)
        self.put(sent, "nothing said")

    @rule(key=st.sampled_from(tuple(pool.RANGES)), content=st.sampled_from(pool.LIMITS),
          source=sources, believed=beliefs)  # fmt: skip
    def state_limits(self, key: str, content: Any, source: Any, believed: BelievedHow) -> None:
        """Of a laboratory: the patients with a result that lacks them are judged anew."""
        sent = self.sent("laboratory_range", key, None, content, source)
        self.put(replace(sent, content={**sent.content, **pool.RANGES[key]}), believed)

    @rule(key=st.sampled_from((pool.STUDY, *pool.SITES, *pool.SITES)),
          content=st.sampled_from(pool.PLACES), source=sources, believed=beliefs)  # fmt: skip
    def change_zone(self, key: str, content: Any, source: Any, believed: BelievedHow) -> None:
        """Of a site, or of the study: its patients are judged anew."""
        if key != pool.STUDY:
            self.put(self.sent("site", key, None, content, source), believed)
            return
        zone = content.get("time_zone", pool.ZONES[2])
        self.put(self.sent("study", key, None, {"title": "A study", "time_zone": zone}), believed)

    @rule(place=places)
    def send_the_same_again(self, place: int) -> None:
        """Send what holds once more, as its source sent it."""
        self.put(self.reference.histories[self.one_of(place)].current.sent, "nothing said")

    @rule(place=places, believed=beliefs, key=keys)
    def void(self, place: int, believed: BelievedHow, key: str | None) -> None:
        """Take a record out that is there, or is void, or is not there."""
        self.change_standing("DELETE", self.some_record(place, voided=False), believed, key)

    @rule(place=places, believed=beliefs, key=keys)
    def restore(self, place: int, believed: BelievedHow, key: str | None) -> None:
        """Let a record count again."""
        self.change_standing("POST", self.some_record(place, voided=True), believed, key)

    @rule(key=st.sampled_from(pool.EVENTS), one=courses, other=courses,
          believed=st.sampled_from(("right", "right", "none yet", "wrong")))  # fmt: skip
    def race(self, key: str, one: Any, other: Any, believed: BelievedHow) -> None:
        """Two clients who believe the same correct one adverse event at once: one does."""
        now = self.step()
        before = self.reference.histories.get(("adverse_event", key))
        seen = self.seen("adverse_event", key, believed)
        sent = [self.sent("adverse_event", key, pool.SUBJECTS[0], each) for each in (one, other)]
        answers = self.system.run(self.together(sent, seen))
        for order in ((0, 1), (1, 0)):
            reference = self.reference.copy()
            foreseen = {place: reference.put(sent[place], seen, now) for place in order}
            if all(foreseen[place].is_told_by(answers[place]) for place in order):
                break
        else:
            raise AssertionError([each.text for each in answers])
        self.reference, self.touched = reference, ("adverse_event", key)
        self.settle_all(foreseen[place] for place in order)
        last = foreseen[order[1]] if foreseen[order[1]].written else foreseen[order[0]]
        for place in order:
            if foreseen[place].code is not None or foreseen[place].holds == last.holds:
                self.answered(answers[place], foreseen[place])
        if before is None or before.current.voided or believed != "right" or one == other:
            return
        if not any(each.is_same_as(before.current.sent) for each in sent):
            assert sorted(each.status_code for each in answers) == [200, 412]

    @rule(items=items, mode=st.sampled_from(("atomic", "independent")), dry=st.booleans(),
          key=keys)  # fmt: skip
    def batch(self, items: Any, mode: str, dry: bool, key: str | None) -> None:
        """Send several adverse events together, one of them broken now and then."""
        now = self.step()
        sent = [  # what a batch sends has a source, if it is empty
            self.sent("adverse_event", event, subject, course, source or {})
            for event, subject, course, source, _, _ in items
        ]
        seen = [self.seen("adverse_event", each[0], each[4]) for each in items]
        broken = [each[5] for each in items]
        bodies = [item_of(*each) for each in zip(sent, seen, broken, strict=True)]
        body = {"mode": mode, "dry_run": dry, "items": bodies}
        path, key = f"{BELOW}/adverse-events/batch", None if dry else key
        is_twice = len({each.key for each in sent}) < len(sent)
        is_read = mode == "independent" or not (any(broken) or is_twice)
        if is_read and self.replayed("POST", path, body, key):
            return
        reference = self.reference.copy()
        foreseen = [
            reference.put(each, belief, now) if is_read and not bad else UNREAD
            for each, belief, bad in zip(sent, seen, broken, strict=True)
        ]
        answer = self.send("POST", path, body, key)
        if mode == "atomic" and any(each.code for each in foreseen):
            refused(answer, 422, "batch_rejected")
            self.settle()
            return
        for item, each in zip(answer.json()["items"], foreseen, strict=True):
            is_item(item, each, dry=dry)
        if dry:
            self.settle()
            return
        self.keep("POST", path, body, key, answer)
        self.reference, self.touched = reference, ("adverse_event", sent[-1].key)
        self.settle_all(foreseen)
        concerned = {subject for each in foreseen for subject in self.concerned(each)}
        self.verdicts_told(answer.json()["adjudications"], concerned)

    # --- the rest of the study, and time

    @rule(hours=st.sampled_from((1, 13, 24, 96, 24 * 7, 24 * 30)), then=thens)
    def time_passes(self, hours: int, then: str) -> None:
        """Hours to weeks, and then the sweep, or somebody who asks how a patient stands."""
        self._time_passes(timedelta(hours=hours), then)

    @rule(days=st.integers(1, 4))
    def days_pass(self, days: int) -> None:
        """As they do most of the time."""
        self._time_passes(timedelta(days=days), "sweep")

    def _time_passes(self, long: timedelta, then: str) -> None:
        self.now += long
        self.step()
        if then == "sweep":
            self._sweep()
        elif then in pool.SUBJECTS:
            self._ask_for_verdicts(then)

    def _sweep(self) -> None:
        due = self.due()
        assert self.system.run(self.system.sweep()) == len(due)
        self.settle(judged=due)
        assert self.due() == set()
        self.kept = {
            key: each for key, each in self.kept.items() if each.at >= self.now - KEPT_FOR
        }

    def _ask_for_verdicts(self, subject: str) -> None:
        """It judges whoever is due."""
        path = f"{BELOW}/subjects/{subject}/adjudication"
        due = self.due() & {subject}
        answer = self.system.run(self.system.ask("GET", path))
        self.settle(judged=due)
        if subject not in self.reference.live():
            refused(answer, 404, "unknown_record")
            return
        told, standing = answer.json(), self.standing[subject]
        assert (told["id"], told["current"]) == (standing.id, True)
        assert told["input_digest"] == standing.input_digest

    @rule(amended=st.sampled_from(pool.AMENDED), other=st.booleans(), key=keys)
    def add_protocol(self, amended: tuple[str, str, str], other: bool, key: str | None) -> None:
        """Add a version, once more, or with another document."""
        self.step()
        version, old, new = amended
        document = pool.amended(load(pool.PROTOCOL).document, version, old, new)
        is_other = other and version in self.versions
        if is_other:
            document["title"] = "Another"
        if self.replayed("POST", "/v1/protocols", {"document": document}, key):
            return
        answer = self.send("POST", "/v1/protocols", {"document": document}, key)
        if is_other:
            refused(answer, 409, "version_exists")
            self.settle()
            return
        self.keep("POST", "/v1/protocols", {"document": document}, key, answer)
        is_new = version not in self.versions
        assert answer.status_code == (201 if is_new else 200), answer.text
        self.versions.add(version)
        added = Event("protocol.added", f"{pool.PROTOCOL}:{version}", None, None)
        self.settle(*([added] if is_new else []))

    @rule(version=st.sampled_from(("1", "m1", "m2", "m3")), days=st.sampled_from((-9, 0, 3, 20)),
          applies_to=st.sampled_from(("all", "new_patients")), key=keys)  # fmt: skip
    def activate(self, version: str, days: int, applies_to: str, key: str | None) -> None:
        """Let a version govern from a day on; it judges nobody by itself."""
        self.step()
        effective = (self.now + timedelta(days=days)).date().isoformat()
        body = {"version": version, "effective": effective, "applies_to": applies_to, **REASON}
        path = f"{BELOW}/protocol"
        if self.replayed("POST", path, body, key):
            return
        answer = self.send("POST", path, body, key)
        if version not in self.versions:
            refused(answer, 422, "invalid_request")
            self.settle()
            return
        assert answer.status_code == 201, answer.text
        self.keep("POST", path, body, key, answer)
        self.activations += 1
        self.settle(Event("protocol.activated", pool.STUDY, self.activations, None))
        self.unjudged |= self.reference.live()

    @rule(subject=st.sampled_from((None, *pool.SUBJECTS)), key=keys)
    def place_hold(self, subject: str | None, key: str | None) -> None:
        """Stop the study, or one patient."""
        self.step()
        scope = {} if subject is None else {"subject": subject}
        body = {"scope": scope, "reason": "a death", "reported_by": "a monitor"}
        path = f"{BELOW}/holds"
        if self.replayed("POST", path, body, key):
            return
        answer = self.send("POST", path, body, key)
        assert answer.status_code == 201, answer.text
        self.keep("POST", path, body, key, answer)
        hold = answer.json()["hold"]["id"]
        self.holds[hold] = subject
        self.settle(Event("hold.placed", hold, None, subject))

    @precondition(lambda self: bool(self.holds))
    @rule(place=places)
    def lift_hold(self, place: int) -> None:
        """Let it go on; once."""
        self.step()
        hold = list(self.holds)[place % len(self.holds)]
        body = {"reason": "unrelated", "lifted_by": "the committee"}
        answer = self.send("POST", f"{BELOW}/holds/{hold}/lift", body, None)
        if hold in self.lifted:
            refused(answer, 409, "hold_lifted")
            self.settle()
            return
        self.lifted.add(hold)
        self.settle(Event("hold.lifted", hold, None, self.holds[hold]))
        active = self.system.run(self.system.get(f"{BELOW}/holds", active="true", limit=200))
        assert {each["id"] for each in active["items"]} == {*self.holds} - self.lifted

    @rule(broken=st.sampled_from(pool.BROKEN))
    def ask_what_is_refused(self, broken: tuple[str, str, Any, int]) -> None:
        """A bad request leaves no trace."""
        self.step()
        method, path, body, status = broken
        refused(self.send(method, f"{BELOW}{path}", body, None), status)
        self.settle()
        unknown = f"/v1/studies/never{path}"
        assert self.send(method, unknown, body, None).status_code in {404, 422}
        self.settle()
