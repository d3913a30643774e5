"""Jobs and previews as they are shown."""

import json
from typing import Any, Final

from pydantic import TypeAdapter

from app.api.answers import receipt_of
from app.api.schemas.records import wire_time
from app.domain.record.origin import Origin
from app.interchange.formats import Format
from app.interchange.rows import UnreadableFile
from app.store.audit import Receipt
from app.store.jobs import StoredJob
from app.use_cases.preview import Previewed, unmapped_words

_ORIGIN: Final = TypeAdapter(Origin)


def job_view(job: StoredJob) -> dict[str, Any]:
    """A job as JobView describes it."""
    origin: Origin = _ORIGIN.validate_json(job.origin)
    links = {"self": f"/v1/jobs/{job.id}"}
    base = f"/v1/studies/{job.study}/imports/{job.id}"
    if job.kind in {"import", "assembly"}:
        links |= {"rejected": f"{base}/rejected"}
    if job.kind == "import":
        links |= {"file": f"{base}/file"}
    if job.kind == "readjudication":
        base = f"/v1/studies/{job.study}/re-adjudications/{job.id}"
        links["results"] = f"{base}/results"
    return {
        "id": job.id,
        "study": job.study,
        "kind": job.kind,
        "state": job.state,
        "progress": {"done": job.done, "total": job.total},
        "counts": json.loads(job.counts),
        "parameters": json.loads(job.parameters),
        "problem": None if job.problem is None else json.loads(job.problem),
        "requested_by": origin.actor.id,
        "recorded_at": wire_time(job.recorded_at),
        "changed_at": wire_time(job.changed_at),
        "audit_seq": job.seq,
        "links": links,
    }


def job_answer(job: StoredJob, receipt: Receipt | None) -> dict[str, Any]:
    """A job with the receipt of what became of it, as JobAnswer describes it."""
    return {**job_view(job), "audit": receipt_of(receipt)}


def where_of(job: StoredJob) -> dict[str, str]:
    """The headers that say where a job is told of, and when to ask."""
    again = {} if job.is_over else {"Retry-After": "1"}
    return {"Location": f"/v1/jobs/{job.id}", **again}


def preview_view(format: Format, found: Previewed) -> dict[str, Any]:  # noqa: A002
    """How a file would be read, as Preview describes it."""
    return {
        "format": format,
        "rows": found.rows,
        "is_whole": found.is_whole,
        "records": found.records,
        "unmapped": list(unmapped_words(found.unmapped)),
        "not_read": sorted(found.not_read),
        "findings": found.findings,
        "problem": None if found.problem is None else problem_of(found.problem),
    }


def problem_of(error: UnreadableFile) -> dict[str, Any]:
    """Why a file cannot be read, as JobProblem describes it."""
    return {
        "code": error.code,
        "detail": str(error),
        "line": error.line,
        "column": error.column,
    }
