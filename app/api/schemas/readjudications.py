"""Re-adjudications on the wire."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from app.api.schemas.jobs import JobAnswer
from app.api.schemas.studies import ActivationView
from app.domain.case import STRICT
from app.domain.record.kinds import Identifier
from app.domain.record.origin import Reason
from app.use_cases.suppositions import ReadjudicationBody
from app.use_cases.verdict_changes import ChangedEvent, Kind, ToldStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyStudiesBody(ReadjudicationBody):
    """The same of several studies: a job for each, all or none."""

    __pydantic_config__ = STRICT

    studies: Annotated[
        tuple[Identifier, ...], Field(description="Which; without any, all that there are.")
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyBody:
    """Why a dry run is made real."""

    __pydantic_config__ = STRICT

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadjudicationAnswer(JobAnswer):
    """The job, and the activation that a real run made of the version that it names."""

    activation: ActivationView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadjudicationAnswers:
    """A job for each study, in order of their ids."""

    items: tuple[ReadjudicationAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OldAndNewVersion:
    """The protocol versions that judged; null where none did."""

    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OldAndNewAdjudication:
    """The ids of adjudications; `new` is null in a dry run, which makes none."""

    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OldAndNewStatus:
    """The status that stood, and the one that came out."""

    old: ToldStatus | None
    new: ToldStatus | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientProblem:
    """Why a patient could not be judged."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientChange:
    """A line of the results: a patient of whom something came out otherwise.

    `changed`: a verdict or the status is another word. `restated`: the words stay, and a reason,
    an instant or a missing datum is another. `first`: nothing stood before. `failed`:
    the patient cannot be judged, and what stands stays.
    """

    subject: str
    kind: Kind
    site: str | None
    dose_level: str | None
    protocol: OldAndNewVersion
    adjudication: OldAndNewAdjudication
    status: OldAndNewStatus
    events: tuple[ChangedEvent, ...]
    problem: PatientProblem | None


ResultFormat = Literal["ndjson", "csv"]
