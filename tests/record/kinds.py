"""The kinds of records: what is sent of each, and which audit events that has to leave.

All start from the record that `tests.record.operations.begin` makes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from app.domain.record.origin import Role
from tests.record.service import INFUSED, STUDY, event, of_study

FEED: Final[Mapping[str, Any]] = {
    "source": {
        "sequence": 7,
        "time": "2026-03-09T09:30:00+08:00",
        "user": "Nurse 7",
        "audit_id": "A-77",
        "status": "verified",
        "comment": "second look",
    },
    "reason": {"code": "TRANSCRIPTION", "text": "read from the chart"},
}
"""What comes with a record, and is said of it in its audit event."""
WHY: Final[Mapping[str, Any]] = {
    "reason": {"code": "DATA_ENTRY", "text": "entered for another patient"}
}

RANGE: Final = "Central lab/platelets/female/18-65"

Changes = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request."""

    method: str
    path: str
    body: Any
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The adjudication that has to follow: of whom, why, and which words change."""

    subject: str = "S-01"
    cause: str
    act: Literal["made", "reinstated"] = "made"
    site: str | None = "01"
    """The patient's."""
    changes: Changes = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """An audit event that has to stand there; what is not named is null."""

    action: str
    entity_id: str | None
    """None: an id that the service gives."""
    changes: Changes
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def entity(self) -> str:
        """What the event is about."""
        if self.action == "protocol.activated":
            return "protocol_activation"
        return self.action.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation of the description, once."""

    name: str
    step: Step
    leaves: Sequence[Left]
    judged: Sequence[Judged] = ()
    first: Sequence[Step] = ()

    @property
    def title(self) -> str:
        return f"{self.name}: {self.leaves[0].action}"


def new(**values: Any) -> list[dict[str, Any]]:
    """Changes where nothing stood, by path with `__` for the slash."""
    return [
        {"path": f"/{name.replace('__', '/')}", "new": value} for name, value in values.items()
    ]


def changed(path: str, old: Any, now: Any) -> list[dict[str, Any]]:
    return [{"path": path, "old": old, "new": now}]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of record: what is sent of it at first, what then, and what follows."""

    kind: str
    segment: str
    role: Role
    keys: tuple[str, str]
    """The one that is there, and one that is not."""
    content: Mapping[str, Any]
    created: Changes
    corrected: Mapping[str, Any]
    changed: Changes
    judged: Mapping[str, Sequence[Judged]]
    """By what was done."""
    before: Mapping[str, Any] = field(default_factory=dict)
    """Where the one that is there is not as `content` is."""
    is_by_source: bool = True
    subject: str | None = "S-01"

    def path(self, key: str) -> str:
        between = "/by-source/edc" if self.is_by_source else ""
        return of_study(f"{self.segment}{between}/{key}")

    def put(self, key: str, content: Mapping[str, Any], **more: Any) -> Step:
        subject = {"subject": self.subject} if self.is_by_source else {}
        body = {**subject, **content, **FEED, **more}
        return Step(method="PUT", path=self.path(key), body=body, role=self.role)

    def left(self, act: str, key: str, version: int, told: Changes, *, fed: bool) -> Left:
        reason = FEED["reason"] if fed else WHY["reason"]
        return Left(
            action=f"{self.kind}.{act}",
            entity_id=f"edc:{key}" if self.is_by_source else key,
            changes=told,
            more={
                "study": STUDY,
                "site": {"site": key, "laboratory_range": None, "source_system": None}.get(
                    self.kind, "01"
                ),
                "subject": key if self.kind == "subject" else self.subject,
                "entity_version": version,
                "reason_code": reason["code"],
                "reason": reason["text"],
                "source_time": FEED["source"]["time"] if fed else None,
                "on_behalf_of": FEED["source"]["user"] if fed else None,
            },
        )

    def operations(self) -> Iterator[Operation]:
        old, other = self.keys
        void = Step(method="DELETE", path=self.path(old), body=WHY, role=self.role)
        yield Operation(
            name=f"put_{self.kind}",
            step=self.put(other, self.content),
            leaves=[self.left("created", other, 1, self.created, fed=True)],
            judged=self.judged["created"],
        )
        yield Operation(
            name=f"put_{self.kind}",
            step=self.put(old, {**self.content, **self.corrected}),
            leaves=[self.left("corrected", old, 2, self.changed, fed=True)],
            judged=self.judged["corrected"],
        )
        yield Operation(
            name=f"void_{self.kind}",
            step=void,
            leaves=[self.left("voided", old, 2, (), fed=False)],
            judged=self.judged["voided"],
        )
        yield Operation(
            name=f"restore_{self.kind}",
            step=Step(method="POST", path=f"{self.path(old)}/restore", body=WHY, role=self.role),
            leaves=[self.left("restored", old, 3, (), fed=False)],
            judged=self.judged["restored"],
            first=[void],
        )


def _causes(**judged: Changes) -> dict[str, Sequence[Judged]]:
    causes = {
        "created": "INGEST", "corrected": "CORRECTION", "voided": "VOID", "restored": "RESTORATION"
    }  # fmt: skip
    return {act: [Judged(cause=causes[act], changes=told)] for act, told in judged.items()}


MILD: Final = [{"from": "2026-03-05", "grade": 3}, {"from": "2026-03-06", "grade": 0}]
SEVERE: Final = [{"from": "2026-03-05", "grade": 4}, {"from": "2026-03-06", "grade": 0}]
_UNCHANGED: Final = {"created": (), "corrected": (), "voided": (), "restored": ()}
TO_DLT: Final = changed("/status", "IN_WINDOW", "DLT")
KINDS: Final = (
    Kind(
        kind="site",
        segment="sites",
        role="data_manager",
        keys=("01", "02"),
        content={"name": "Clinic", "time_zone": "Asia/Shanghai"},
        created=new(content__name="Clinic", content__time_zone="Asia/Shanghai"),
        corrected={"time_zone": "Asia/Tokyo"},
        changed=changed("/content/time_zone", "Asia/Shanghai", "Asia/Tokyo"),
        judged={
            "created": [],
            "corrected": [Judged(cause="SITE")],
            "voided": [Judged(cause="SITE")],
            "restored": [Judged(cause="SITE", act="reinstated")],
        },
        is_by_source=False,
        subject=None,
    ),
    Kind(
        kind="subject",
        segment="subjects",
        role="site_user",
        keys=("S-01", "S-02"),
        content={"dose_level": "1", "site": "01"},
        created=new(content__dose_level="1", content__site="01", subject="S-02"),
        corrected={"dose_level": "2"},
        changed=changed("/content/dose_level", "1", "2"),
        judged={
            "created": [
                Judged(
                    subject="S-02", cause="PATIENT", changes=new(events={}, status="UNDETERMINED")
                )
            ],
            "corrected": [Judged(cause="PATIENT")],
            "voided": [],
            "restored": [Judged(cause="PATIENT")],
        },
        is_by_source=False,
    ),
    Kind(
        kind="exposure",
        segment="exposures",
        role="data_manager",
        keys=("EX-1", "EX-2"),
        content={"agent": "IC19", "start": INFUSED},
        created=new(content__agent="IC19", content__start=INFUSED, subject="S-01"),
        corrected={"start": "2026-03-02T10:00:00+08:00"},
        changed=changed("/content/start", INFUSED, "2026-03-02T10:00:00+08:00"),
        judged=_causes(
            **{
                **_UNCHANGED,
                "voided": changed("/status", "IN_WINDOW", "UNDETERMINED"),
                "restored": changed("/status", "UNDETERMINED", "IN_WINDOW"),
            }
        ),
    ),
    Kind(
        kind="adverse_event",
        segment="adverse-events",
        role="site_user",
        keys=("AE-1", "AE-2"),
        content={
            "term": "Lung infection",
            "grades": SEVERE,
            "baseline_grade": 0,
            "causality": event()["causality"],
        },
        created=new(
            content__baseline_grade=0,
            content__causality=event()["causality"],
            content__grades=SEVERE,
            content__term="Lung infection",
            subject="S-01",
        ),
        before={"grades": MILD},
        corrected={},
        changed=changed("/content/grades/0/grade", 3, 4),
        judged={
            **_causes(
                created=[*new(**{"events__edc:AE-2": "DLT"}), *TO_DLT],
                corrected=[*changed("/events/edc:AE-1", "NOT_DLT", "DLT"), *TO_DLT],
                restored=new(**{"events__edc:AE-1": "NOT_DLT"}),
            ),
            "voided": [
                Judged(
                    cause="VOID",
                    act="reinstated",
                    changes=[{"path": "/events/edc:AE-1", "old": "NOT_DLT"}],
                )
            ],
        },
    ),
    Kind(
        kind="laboratory_result",
        segment="laboratory-results",
        role="data_manager",
        keys=("LB-1", "LB-2"),
        content={"measured_at": "2026-03-05T08:00:00+08:00", "analyte": "glucose", "value": "5.1"},
        created=new(
            content__analyte="glucose",
            content__measured_at="2026-03-05T08:00:00+08:00",
            content__value="5.1",
            subject="S-01",
        ),
        corrected={"value": "5.2"},
        changed=changed("/content/value", "5.1", "5.2"),
        judged=_causes(**_UNCHANGED),
    ),
    Kind(
        kind="assessment",
        segment="assessments",
        role="site_user",
        keys=("CRS-1", "CRS-2"),
        content={"scale": "crs", "on": "2026-03-05", "components": {"temperature": "38.5"}},
        created=new(
            content__components={"temperature": "38.5"},
            content__on="2026-03-05",
            content__scale="crs",
            subject="S-01",
        ),
        corrected={"components": {"temperature": "39.0"}},
        changed=changed("/content/components/temperature", "38.5", "39.0"),
        judged=_causes(**_UNCHANGED),
    ),
    Kind(
        kind="laboratory_range",
        segment="laboratory-ranges",
        role="data_manager",
        keys=(f"{RANGE}/2026-01-01", f"{RANGE}/2026-02-01"),
        content={"unit": "10*9/L", "lln": "125", "uln": "350"},
        created=new(
            content__age_from=18,
            content__age_to=65,
            content__analyte="platelets",
            content__laboratory="Central lab",
            content__lln="125",
            content__sex="female",
            content__uln="350",
            content__unit="10*9/L",
            content__valid_from="2026-02-01",
        ),
        corrected={"lln": "150"},
        changed=changed("/content/lln", "125", "150"),
        judged={"created": [], "corrected": [], "voided": [], "restored": []},
        is_by_source=False,
        subject=None,
    ),
    Kind(
        kind="source_system",
        segment="source-systems",
        role="data_manager",
        keys=("files", "rave"),
        content={"grade_collection": "worst_only", "causality": {"likely": "probable"}},
        created=new(
            content__causality={"likely": "probable"}, content__grade_collection="worst_only"
        ),
        corrected={"grade_collection": "row_per_grade"},
        changed=changed("/content/grade_collection", "worst_only", "row_per_grade"),
        judged={"created": [], "corrected": [], "voided": [], "restored": []},
        is_by_source=False,
        subject=None,
    ),
)
