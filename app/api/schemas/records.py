"""Records on the wire: what is sent of each kind, and how a version is shown."""

import json
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, TypeAdapter

from app.domain.astct.assessments import BadComponents, read_components
from app.domain.case import (
    STRICT,
    AdverseEvent,
    Exposure,
    LaboratoryResult,
    ScaleAssessment,
    SubjectData,
)
from app.domain.day import Day
from app.domain.record.documents import Document
from app.domain.record.findings import RecordFinding
from app.domain.record.kinds import Content, Identifier, Kind, Site, Study
from app.domain.record.origin import Reason, Source
from app.domain.reference_range import ReferenceRange, UnitText, read_key
from app.domain.source_system import SourceSystem
from app.store.audit import Receipt
from app.store.records import Stored
from app.use_cases.summaries import Summary

About = Annotated[
    Identifier, Field(description="The patient. One who is not recorded yet may follow.")
]


@dataclass(frozen=True, kw_only=True)  # without slots: two bases with slots do not join
class Envelope:
    """What comes with every record: what its source says of it, and why it is changed."""

    source: Source | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyBody(Study, Envelope):
    """A correction of a study."""

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteBody(Site, Envelope):
    """A site: its zone is the one in which its wall-clock times and days are read."""

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectBody(SubjectData, Envelope):
    """A patient. `follow_up_until` absent is silence: nobody recorded a review of events."""

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureBody(Exposure, Envelope):
    """An administration. A patient's exposures come by source, or in the patient's record."""

    __pydantic_config__ = STRICT

    subject: About


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventBody(AdverseEvent, Envelope):
    """An adverse event.

    `ongoing` without `ongoing_as_of` means until its source wrote it. `part_of` and `synonym_of`
    name another event of the patient: by `system:record_id`, or by its id in the same system.
    """

    __pydantic_config__ = STRICT

    subject: About


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryResultBody(LaboratoryResult, Envelope):
    """A laboratory result."""

    __pydantic_config__ = STRICT

    subject: About


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentBody(ScaleAssessment, Envelope):
    """The components of a CRS, ICANS or ICE assessment. `event` names the adverse event."""

    __pydantic_config__ = STRICT

    subject: About


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryRangeBody(Envelope):
    """The limits of normal of the analyte, sex, age and day that the path names, in `unit`.

    They hold to the day `valid_to`; without it, until the laboratory states others.
    """

    __pydantic_config__ = STRICT

    unit: UnitText = None
    lln: Decimal | None = None
    uln: Decimal | None = None
    valid_to: Day | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSystemBody(SourceSystem, Envelope):
    """How the files of a source system are read. Rows that are kept are assembled by it anew."""

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonBody:
    """Why a record is voided or restored."""

    __pydantic_config__ = STRICT

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """A version of a record. `content` is what was sent, without fields at their default.

    `result` is what this version did; a `stale` one was kept and not applied. `etag` is of this
    version, and current where the version is.
    """

    kind: Kind
    study: str
    key: str
    subject: str | None
    version: int
    state: Literal["active", "void"]
    result: Literal["created", "updated", "stale", "voided", "restored"]
    etag: str
    recorded_at: datetime
    audit_seq: int
    digest: Annotated[str, Field(description="SHA-256 of the document's canonical JSON.")]
    source: Source | None
    findings: tuple[RecordFinding, ...]
    content: Content


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """Some records of a list."""

    items: tuple[RecordView, ...]
    next: Annotated[str | None, Field(description="Where the list goes on; null at its end.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictsNow:
    """A patient's verdicts as they stand, in short, and where they are explained."""

    adjudication: str
    href: str
    subject: str
    as_of: datetime
    protocol: str
    protocol_version: str
    verdicts: Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteAnswer:
    """What became of a write, its receipt, and the verdicts as they now stand.

    `audit` is null where nothing was written. `record` is the version that holds now.
    """

    result: Literal["created", "updated", "unchanged", "stale", "voided", "restored"]
    record: RecordView
    audit: Receipt | None
    adjudications: tuple[VerdictsNow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsAnswer(WriteAnswer):
    """What became of settings of a source system."""

    assembling: Annotated[
        str | None,
        Field(
            description="The job that assembles the rows that are kept by these settings; null "
            "where there is nothing to do, or it was not to be done."
        ),
    ]


def _of_its_scale(body: AssessmentBody) -> AssessmentBody:
    """Refuse components that the scale does not have."""
    try:
        read_components(body.scale, body.components)
    except BadComponents as error:
        raise error.below("/components") from error
    return body


_BODIES: Final[dict[Kind, Any]] = {
    "study": StudyBody,
    "site": SiteBody,
    "subject": SubjectBody,
    "exposure": ExposureBody,
    "adverse_event": AdverseEventBody,
    "laboratory_result": LaboratoryResultBody,
    "assessment": Annotated[AssessmentBody, AfterValidator(_of_its_scale)],
    "laboratory_range": LaboratoryRangeBody,
    "source_system": SourceSystemBody,
}
BODIES: Final[dict[Kind, TypeAdapter[Any]]] = {
    kind: TypeAdapter(body) for kind, body in _BODIES.items()
}
_CONTENTS: Final[dict[Kind, Any]] = {
    "study": Study,
    "site": Site,
    "subject": SubjectData,
    "exposure": Exposure,
    "adverse_event": AdverseEvent,
    "laboratory_result": LaboratoryResult,
    "assessment": ScaleAssessment,
    "laboratory_range": ReferenceRange,
    "source_system": SourceSystem,
}
_FIELDS: Final = {
    kind: tuple(each.name for each in fields(model)) for kind, model in _CONTENTS.items()
}


def document_in(kind: Kind, key: str, body: Any) -> Document:
    """The document that a body of this kind brings; a patient's own is about that patient.

    What a laboratory's range is for, its key says. Raises BadRange.
    """
    told = read_key(key) if kind == "laboratory_range" else {}
    told |= {name: getattr(body, name) for name in _FIELDS[kind] if name not in told}
    content = _CONTENTS[kind](**told)
    subject = key if kind == "subject" else getattr(body, "subject", None)
    return Document(subject=subject, content=content)


def view(kind: Kind, stored: Stored) -> dict[str, Any]:
    """A version as RecordView describes it, made of what is kept: nothing is read anew."""
    return {
        "kind": kind,
        "study": stored.study,
        "key": stored.key,
        "subject": stored.subject,
        "version": stored.version,
        "state": "void" if stored.voided else "active",
        "result": stored.result,
        "etag": stored.etag,
        "recorded_at": wire_time(stored.recorded_at),
        "audit_seq": stored.seq,
        "digest": stored.digest,
        "source": None if stored.source is None else json.loads(stored.source),
        "findings": json.loads(stored.findings),
        "content": json.loads(stored.document)["content"],
    }


def wire_time(moment: datetime) -> str:
    """An instant of the record as answers write it."""
    return moment.isoformat().replace("+00:00", "Z")
