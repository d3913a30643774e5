"""Who may do what: one table, and one dependency of every operation.

What the table leaves out, nobody may. docs/access.md shows it and says why.
"""

from collections.abc import Mapping
from typing import Final

from fastapi import Request

from app.api.errors import Forbidden, OfAllStudies, Unauthorized
from app.domain.record.origin import ROLES, Actor, Role
from app.use_cases.errors import UnknownStudy

OPEN_OPERATIONS: Final = frozenset({"healthz", "readyz", "openapi", "docs"})
"""Operations that ask nobody who they are."""

_EVERYBODY: Final[frozenset[Role]] = frozenset(ROLES)
_ADMIN: Final[frozenset[Role]] = frozenset({"admin"})
_RECORDING: Final[frozenset[Role]] = frozenset({"site_user", "data_manager"})
_SITES: Final[frozenset[Role]] = frozenset({"data_manager", "admin"})
_PROTOCOLS: Final[frozenset[Role]] = frozenset({"admin", "medical_monitor"})
_TRYING: Final[frozenset[Role]] = _PROTOCOLS | {"statistician", "data_manager"}
_SAFETY: Final[frozenset[Role]] = _RECORDING | {"medical_monitor", "committee_member"}
_JUDGING: Final[frozenset[Role]] = frozenset({"medical_monitor", "committee_member"})
_AUDIT: Final[frozenset[Role]] = frozenset({"auditor", "admin", "data_manager", "medical_monitor"})

STATELESS: Final = frozenset(
    {
        "adjudicate",
        "grade_crs",
        "grade_icans",
        "grade_ice",
        "grade_lab",
        "table_design",
        "decide_design",
        "design_action",
        "select_mtd",
        "fit_design",
        "operating_characteristics",
        "compare_designs",
        "monitoring_boundary",
        "decide_monitoring",
        "monitoring_characteristics",
        "ask_gate",
        "list_protocols",
        "show_protocol",
        "show_protocol_version",
        "show_protocol_schema",
        "show_protocol_text",
        "lint_protocol",
        "diff_protocols",
        "list_dictionaries",
        "search_terms",
        "show_term",
    }
)
"""Operations that show no study."""

_KINDS: Final[Mapping[str, tuple[str, frozenset[Role]]]] = {
    "site": ("sites", _SITES),
    "subject": ("subjects", _RECORDING),
    "exposure": ("exposures", _RECORDING),
    "adverse_event": ("adverse_events", _RECORDING),
    "laboratory_result": ("laboratory_results", _RECORDING),
    "assessment": ("assessments", _RECORDING),
    "laboratory_range": ("laboratory_ranges", _SITES),
    "source_system": ("source_systems", _SITES),
}
"""The plural of a kind of record, and who may write it."""


def _of_records() -> Mapping[str, frozenset[Role]]:
    found: dict[str, frozenset[Role]] = {}
    for kind, (plural, writers) in _KINDS.items():
        found |= dict.fromkeys((f"put_{kind}", f"void_{kind}", f"restore_{kind}"), writers)
        reading = (
            f"show_{kind}", f"list_{plural}", f"list_{kind}_versions", f"show_{kind}_version",
        )  # fmt: skip
        found |= dict.fromkeys(reading, _EVERYBODY)
    return found


PERMISSIONS: Final[Mapping[str, frozenset[Role]]] = {
    **dict.fromkeys(sorted(STATELESS), _EVERYBODY),
    "create_study": _ADMIN,
    "list_studies": _EVERYBODY,
    "show_study": _EVERYBODY,
    "correct_study": _ADMIN,
    "list_study_versions": _EVERYBODY,
    "show_study_version": _EVERYBODY,
    **_of_records(),
    "batch_adverse_events": _RECORDING,
    "import_file": _RECORDING,
    "preview_import": _RECORDING | _SITES,
    "assemble_system": _SITES,
    "list_rejected_rows": _RECORDING | _SITES,
    "show_imported_file": _RECORDING | _SITES | frozenset({"auditor"}),
    "show_job": _EVERYBODY,
    "cancel_job": _RECORDING | _SITES | _PROTOCOLS,
    "resume_job": _RECORDING | _SITES | _PROTOCOLS,
    "list_jobs": _EVERYBODY,
    "add_protocol": _PROTOCOLS,
    "activate_protocol": _PROTOCOLS,
    "list_protocol_activations": _EVERYBODY,
    "readjudicate_study": _TRYING,
    "readjudicate_studies": _TRYING,
    "apply_readjudication": _PROTOCOLS,
    "list_readjudication_results": _EVERYBODY,
    "place_hold": _SAFETY,
    "list_holds": _EVERYBODY,
    "show_hold": _EVERYBODY,
    "lift_hold": _JUDGING,
    "show_subject_adjudication": _EVERYBODY,
    "list_adjudications": _EVERYBODY,
    "show_adjudication": _EVERYBODY,
    "list_open_items": _EVERYBODY,
    "list_queries": _EVERYBODY,
    "export_adverse_events": _EVERYBODY,
    "list_all_audit_events": _AUDIT,
    "list_audit_events": _AUDIT,
}
"""The roles that may, by operation: the name of the route, which is its operationId."""

CHECKED_INSIDE: Final = frozenset(
    {
        "list_studies",
        "show_adjudication",
        "list_all_audit_events",
        "show_job",
        "cancel_job",
        "resume_job",
    }
)
"""Operations whose path names no study, and which leave out themselves what a key may not see.

Any other whose path names none is of all studies, so a key of one study is refused.
"""


async def allowed(request: Request) -> None:
    """Refuse what the asker may not do. Raises Unauthorized, Forbidden, UnknownStudy.

    A study that a key may not see is told as one that does not exist.
    """
    operation: str = request.scope["route"].name
    if operation in OPEN_OPERATIONS:
        return
    actor: Actor | None = getattr(request.state, "actor", None)
    if actor is None:  # no door let them in
        raise Unauthorized
    if actor.auth_method == "off":
        return
    roles = PERMISSIONS.get(operation, frozenset())
    if actor.role not in roles:
        raise Forbidden(operation, actor.role, roles)
    if actor.study is not None:
        _refuse_other_studies(operation, actor.study, request.path_params.get("study"))


def require_role(actor: Actor, operation: str) -> None:
    """Refuse what the asker may not do by another operation than the one at hand.

    Raises Forbidden.
    """
    roles = PERMISSIONS[operation]
    if actor.auth_method != "off" and actor.role not in roles:
        raise Forbidden(operation, actor.role, roles)


def _refuse_other_studies(operation: str, own: str, asked: str | None) -> None:
    if asked is not None:
        if asked != own:
            raise UnknownStudy(asked)
    elif operation not in STATELESS | CHECKED_INSIDE:
        raise OfAllStudies(operation, own)
