"""What every operation takes and answers: the table that the description is written from.

Routes answer texts that they put together themselves, so nothing else says what these look like.
The tests hold every example, which is a real answer, against the schema that the table gives it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, make_dataclass
from http import HTTPStatus
from types import GenericAlias
from typing import Any, Final, Literal, get_args

from pydantic import TypeAdapter

from app.api.bodies import ADJUDICATION
from app.api.record_readers import READERS
from app.api.resources import RESOURCES
from app.api.routes import (
    designs,
    enrolment,
    grade_astct,
    grade_lab,
    monitoring,
    protocol_diff,
    protocol_lint,
    protocol_schema,
    readjudications,
)
from app.api.routes.health import Alive, ReadyRecord
from app.api.routes.holds import HOLDS, LIFTINGS
from app.api.routes.protocols import DOCUMENTS
from app.api.routes.records import REASONS
from app.api.routes.studies import AMENDMENTS, NEW
from app.api.schemas.audit import AuditPage
from app.api.schemas.batch import BatchAnswer, BatchBody, ItemResult
from app.api.schemas.dictionaries import DictionaryPage, TermDetail, TermPage
from app.api.schemas.exports import Dataset
from app.api.schemas.jobs import JobAnswer, JobPage, JobView, Preview
from app.api.schemas.protocols import ProtocolItem, ProtocolPage, ProtocolVersion
from app.api.schemas.readjudications import (
    PatientChange,
    ReadjudicationAnswer,
    ReadjudicationAnswers,
)
from app.api.schemas.records import RecordPage, RecordView, SettingsAnswer, WriteAnswer
from app.api.schemas.studies import (
    ActivationAnswer,
    ActivationPage,
    AddedProtocolAnswer,
    HoldAnswer,
    HoldPage,
    HoldView,
    StudyAnswer,
)
from app.api.schemas.verdicts import AdjudicationPage, AdjudicationView, OpenItemPage, QueryPage
from app.domain.astct.answer import GradeAnswer, ScoreAnswer
from app.domain.cohort.action import Acted
from app.domain.cohort.comparison import Compared, Found
from app.domain.cohort.crm import Fit
from app.domain.cohort.design import Decided, DecisionTable, Selected
from app.domain.cohort.gate.findings import GateAnswer
from app.domain.cohort.monitoring.boundary import StoppingBoundary
from app.domain.cohort.monitoring.characteristics import StoppingCharacteristics
from app.domain.cohort.monitoring.decide import Monitored
from app.domain.cohort.monitoring.decide_events import EventsMonitored
from app.domain.diff.diff import ProtocolDiff
from app.domain.lint.finding import LintReport
from app.domain.record.kinds import OF_A_PATIENT, Content, Kind
from app.use_cases.adjudicate import ManyAnswer, OneAnswer
from app.use_cases.grade_laboratory import Answer as LaboratoryAnswer
from app.use_cases.protocol_texts import ProtocolText

_CONTENTS: Final[Mapping[Kind, Any]] = dict(zip(get_args(Kind), get_args(Content), strict=True))
_OK, _CREATED, _CONFLICT = HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.CONFLICT
_ACCEPTED = HTTPStatus.ACCEPTED
_NOT_MODIFIED, _UNAVAILABLE = HTTPStatus.NOT_MODIFIED, HTTPStatus.SERVICE_UNAVAILABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What an operation takes and answers.

    `file` says that the body is a file. `line` is the type of a line, where the body may be NDJSON
    too, and the answer then is one. `answers` is the type of each status, None of one without a
    body; `texts` are the media types that may come instead of JSON, and `media` what JSON is
    called here. `headers` are those that answers carry, and `refusals` the statuses of problems
    that follow from none of its parameters.
    """

    body: TypeAdapter[Any] | None = None
    file: bool = False
    line: TypeAdapter[Any] | None = None
    answers: Mapping[int, Any]
    texts: tuple[str, ...] = ()
    media: str = "application/json"
    headers: tuple[str, ...] = ()
    refusals: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """How the records of one kind are answered."""

    one: Any
    page: Any
    written: Any


def _narrowed(model: Any, name: str, **types: Any) -> Any:
    """The model under another name, where fields have narrower types."""
    return make_dataclass(
        name,
        types.items(),
        bases=(model,),
        namespace={"__doc__": model.__doc__, "__module__": __name__},
        frozen=True,
        slots=True,
        kw_only=True,
    )


def _many(model: Any) -> Any:
    """Any number of these."""
    return GenericAlias(tuple, (model, ...))


def _views(kind: Kind) -> Views:
    name = kind.title().replace("_", "")
    one = _narrowed(
        RecordView,
        f"{name}View",
        kind=Literal[kind],
        subject=str if kind in OF_A_PATIENT else None,
        content=_CONTENTS[kind],
    )
    return Views(
        one=one,
        page=_narrowed(RecordPage, f"{name}Page", items=_many(one)),
        written=_narrowed(WriteAnswer, f"{name}WriteAnswer", record=one),
    )


VIEWS: Final[Mapping[Kind, Views]] = {kind: _views(kind) for kind in get_args(Kind)}
_SETTINGS: Final = _narrowed(
    SettingsAnswer, "SourceSystemPutAnswer", record=VIEWS["source_system"].one
)


def _page(model: Any) -> Operation:
    """A list that may go on."""
    return Operation(answers={_OK: model}, headers=("Link",))


def _of_records() -> Iterator[tuple[str, Operation]]:
    """The operations that every kind of record has."""
    for resource in RESOURCES:
        kind, views = resource.kind, VIEWS[resource.kind]
        body, written = READERS[kind].adapter, views.written
        put = _SETTINGS if kind == "source_system" else written
        etag = ("ETag",)
        standing = Operation(body=REASONS.adapter, answers={_OK: written}, headers=etag)
        one = Operation(answers={_OK: views.one}, headers=etag)
        page = _page(views.page)
        yield (
            f"put_{kind}",
            Operation(
                body=body,
                answers={_OK: put, _CREATED: put},
                headers=etag,
                refusals=(_CONFLICT,),
            ),
        )
        yield from ((f"{name}_{kind}", standing) for name in ("void", "restore"))
        yield from ((name, one) for name in (f"show_{kind}", f"show_{kind}_version"))
        yield from ((name, page) for name in (f"list_{resource.plural}", f"list_{kind}_versions"))


def _of_studies() -> Mapping[str, Operation]:
    views = VIEWS["study"]
    one = Operation(answers={_OK: views.one}, headers=("ETag",))
    page = _page(views.page)
    begun = _narrowed(StudyAnswer, "BegunStudy", record=views.one)
    return {
        "create_study": Operation(
            body=NEW.adapter,
            answers={_CREATED: begun},
            headers=("ETag", "Location"),
        ),
        "list_studies": page,
        "show_study": one,
        "correct_study": Operation(
            body=READERS["study"].adapter, answers={_OK: views.written}, headers=("ETag",)
        ),
        "list_study_versions": page,
        "show_study_version": one,
        "activate_protocol": Operation(
            body=AMENDMENTS.adapter, answers={_CREATED: ActivationAnswer}
        ),
        "list_protocol_activations": Operation(answers={_OK: ActivationPage}),
    }


def _of_protocols() -> Mapping[str, Operation]:
    return {
        "list_protocols": _page(ProtocolPage),
        "show_protocol_schema": Operation(
            answers={_OK: dict[str, Any], _NOT_MODIFIED: None},
            media=protocol_schema.MEDIA_TYPE,
            headers=("ETag",),
        ),
        "show_protocol": Operation(answers={_OK: ProtocolItem}),
        "show_protocol_version": Operation(
            answers={_OK: ProtocolVersion, _NOT_MODIFIED: None}, headers=("ETag",)
        ),
        "show_protocol_text": Operation(
            answers={_OK: ProtocolText, _NOT_MODIFIED: None},
            texts=("text/markdown", "text/html"),
            headers=("ETag",),
            refusals=(HTTPStatus.NOT_ACCEPTABLE,),
        ),
        "diff_protocols": Operation(body=protocol_diff.DIFFS.adapter, answers={_OK: ProtocolDiff}),
        "lint_protocol": Operation(body=protocol_lint.LINTS.adapter, answers={_OK: LintReport}),
        "add_protocol": Operation(
            body=DOCUMENTS.adapter,
            answers={_OK: AddedProtocolAnswer, _CREATED: AddedProtocolAnswer},
            headers=("Location",),
        ),
    }


def _batch() -> Operation:
    views = VIEWS["adverse_event"]
    item = _narrowed(ItemResult, "BatchItemResult", record=views.one | None)
    answer = _narrowed(BatchAnswer, "BatchAnswer", items=_many(item))
    return Operation(body=TypeAdapter(BatchBody), answers={_OK: answer})


OPERATIONS: Final[Mapping[str, Operation]] = {
    "adjudicate": Operation(body=ADJUDICATION, answers={_OK: OneAnswer | ManyAnswer}),
    "grade_crs": Operation(body=grade_astct.CRS.adapter, answers={_OK: GradeAnswer}),
    "grade_icans": Operation(body=grade_astct.ICANS.adapter, answers={_OK: GradeAnswer}),
    "grade_ice": Operation(body=grade_astct.ICE.adapter, answers={_OK: ScoreAnswer}),
    "grade_lab": Operation(
        body=grade_lab.LABORATORY.adapter,
        line=grade_lab.LINE.adapter,
        answers={_OK: LaboratoryAnswer},
    ),
    "table_design": Operation(
        body=designs.TABLES.adapter,
        answers={_OK: DecisionTable},
        texts=("text/csv", "text/html"),
        refusals=(HTTPStatus.NOT_ACCEPTABLE,),
    ),
    "decide_design": Operation(body=designs.DECISIONS.adapter, answers={_OK: Decided}),
    "design_action": Operation(body=designs.ACTIONS.adapter, answers={_OK: Acted}),
    "select_mtd": Operation(body=designs.SELECTIONS.adapter, answers={_OK: Selected}),
    "fit_design": Operation(body=designs.FITS.adapter, answers={_OK: Fit}),
    "operating_characteristics": Operation(
        body=designs.CHARACTERISTICS.adapter, answers={_OK: Found}
    ),
    "compare_designs": Operation(body=designs.COMPARISONS.adapter, answers={_OK: Compared}),
    "monitoring_boundary": Operation(
        body=monitoring.BOUNDARIES.adapter, answers={_OK: StoppingBoundary}
    ),
    "decide_monitoring": Operation(
        body=monitoring.DECISIONS.adapter, answers={_OK: Monitored | EventsMonitored}
    ),
    "monitoring_characteristics": Operation(
        body=monitoring.CHARACTERISTICS.adapter, answers={_OK: StoppingCharacteristics}
    ),
    "ask_gate": Operation(body=enrolment.GATE.adapter, answers={_OK: GateAnswer}),
    **_of_protocols(),
    "list_dictionaries": Operation(answers={_OK: DictionaryPage}),
    "search_terms": _page(TermPage),
    "show_term": Operation(answers={_OK: TermDetail}),
    **_of_studies(),
    **dict(_of_records()),
    "batch_adverse_events": _batch(),
    "show_subject_adjudication": Operation(answers={_OK: AdjudicationView}),
    "list_adjudications": _page(AdjudicationPage),
    "show_adjudication": Operation(answers={_OK: AdjudicationView}),
    "list_open_items": _page(OpenItemPage),
    "list_queries": _page(QueryPage),
    "export_adverse_events": Operation(
        answers={_OK: Dataset},
        texts=("text/csv", "application/x-ndjson", "application/fhir+ndjson"),
    ),
    "import_file": Operation(
        file=True,
        answers={_OK: JobAnswer, _ACCEPTED: JobAnswer},
        headers=("Location", "Retry-After"),
    ),
    "preview_import": Operation(file=True, answers={_OK: Preview}),
    "assemble_system": Operation(
        answers={_OK: JobAnswer, _ACCEPTED: JobAnswer}, headers=("Location", "Retry-After")
    ),
    "list_rejected_rows": Operation(answers={_OK: str}, media="application/x-ndjson"),
    "show_imported_file": Operation(
        answers={_OK: str}, media="application/octet-stream", headers=("ETag",)
    ),
    "show_job": Operation(answers={_OK: JobView}, headers=("Retry-After",)),
    "cancel_job": Operation(answers={_OK: JobAnswer}, refusals=(_CONFLICT,)),
    "resume_job": Operation(answers={_ACCEPTED: JobAnswer}, refusals=(_CONFLICT,)),
    "list_jobs": _page(JobPage),
    "readjudicate_study": Operation(
        body=readjudications.BODIES.adapter,
        answers={_ACCEPTED: ReadjudicationAnswer},
        headers=("Location", "Retry-After"),
    ),
    "readjudicate_studies": Operation(
        body=readjudications.MANY.adapter, answers={_ACCEPTED: ReadjudicationAnswers}
    ),
    "apply_readjudication": Operation(
        body=readjudications.APPLIES.adapter,
        answers={_ACCEPTED: ReadjudicationAnswer},
        headers=("Location", "Retry-After"),
        refusals=(_CONFLICT,),
    ),
    "list_readjudication_results": Operation(
        answers={_OK: PatientChange}, media="application/x-ndjson", texts=("text/csv",)
    ),
    "place_hold": Operation(
        body=HOLDS.adapter, answers={_CREATED: HoldAnswer}, headers=("Location",)
    ),
    "list_holds": _page(HoldPage),
    "show_hold": Operation(answers={_OK: HoldView}),
    "lift_hold": Operation(body=LIFTINGS.adapter, answers={_OK: HoldAnswer}),
    "list_audit_events": _page(AuditPage),
    "list_all_audit_events": _page(AuditPage),
    "healthz": Operation(answers={_OK: Alive}),
    "readyz": Operation(answers={_OK: ReadyRecord}, refusals=(_UNAVAILABLE,)),
}
"""By the name of the route, which is its operationId."""
