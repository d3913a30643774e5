"""What the linter finds: the place, what is wrong there, the way out, and a case that shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.domain.adjudication.result import VerdictWord

Severity = Literal["error", "warning", "note"]
"""An error keeps the document from being used; a warning is mended or accepted by somebody; a
note tells of what may well be meant.
"""

#: The codes of findings about documents that can be used (docs/linter.md). A document that cannot
#: be used is told by the codes of its faults (docs/errors.md), or by the first of these.
Code = Literal[
    "not_of_the_language", "no_locator", "no_paraphrase", "causality_outside_scale",
    "unknown_agent",
    "placeholder_locator", "duplicate_paraphrase",
    "inert_exception", "shadowed_criterion", "criterion_never_holds", "contradiction",
    "stricter_exemption", "replaces_without_effect", "unless_without_effect",
    "reading_without_effect", "identical_options", "unused_reading",
    "grade_not_in_term", "empty_group", "unused_group", "unused_intervention", "unused_own_term",
    "unmeasured_grade",
    "unused_agent", "causality_gap", "background_agent",
    "limit_beyond_follow_up", "limit_outlasts_follow_up", "not_examined",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The verdict of an example, and under which rules it is given."""

    under: str
    verdict: VerdictWord
    at: str | None
    """DLT: established at. PENDING, UNDETERMINED: becomes one at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A worked case: a patient as `POST /v1/adjudicate` takes one, and what is decided of it."""

    says: str
    """The case in words."""
    as_of: str
    subject: Mapping[str, Any]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LintFinding:
    """One finding.

    `pointer` is a JSON pointer to a place that is in the document; `code` one of `Code`, or that
    of a fault for which the document cannot be used.
    """

    code: str
    severity: Severity
    pointer: str
    message: str
    way_out: str
    clauses: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    cases: int | None = None
    """On how many boundary cases it was decided; null where no case was judged."""
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LintReport:
    """Everything that was found in one document, the gravest first, then by place."""

    id: str | None
    version: str | None
    digest: str | None
    """Null where the document cannot be used."""
    clean: bool
    """Whether there is neither an error nor a warning."""
    cases: int
    """How many boundary cases the rules were tried on."""
    left_out: int
    """How many more there are, beyond the budget of one document, on which nothing was tried."""
    findings: tuple[LintFinding, ...]


def report(
    findings: list[LintFinding],
    *,
    protocol_id: str | None,
    version: str | None,
    digest: str | None,
    cases: int,
    left_out: int,
) -> LintReport:
    """The findings in order."""
    rank = {"error": 0, "warning": 1, "note": 2}
    return LintReport(
        id=protocol_id,
        version=version,
        digest=digest,
        clean=all(each.severity == "note" for each in findings),
        cases=cases,
        left_out=left_out,
        findings=tuple(
            sorted(findings, key=lambda each: (rank[each.severity], _natural(each.pointer)))
        ),
    )


def _natural(pointer: str) -> tuple[tuple[int, str], ...]:
    """Sorts `/dlt/criteria/2` before `/dlt/criteria/10`."""
    return tuple((int(part) if part.isdecimal() else -1, part) for part in pointer.split("/"))
