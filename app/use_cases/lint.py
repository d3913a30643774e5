"""Lint a protocol that a request or a command names or brings; nothing is stored."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator

from app.data import protocols
from app.domain.case import STRICT
from app.domain.errors import BadProtocol
from app.domain.lint.finding import LintFinding, LintReport, Severity
from app.domain.lint.lint import lint, lint_faulty
from app.use_cases.adjudicate import (
    BuiltInProtocol,
    InlineProtocol,
    NamedOrBrought,
    ready_protocol,
)
from app.use_cases.readable import Paint, Tone


def _there(choice: BuiltInProtocol | InlineProtocol) -> BuiltInProtocol | InlineProtocol:
    if isinstance(choice, BuiltInProtocol):
        ready_protocol(choice)
    return choice


@dataclass(frozen=True, slots=True, kw_only=True)
class LintRequest:
    """Lint a protocol that the service has, or a document that need not be usable yet."""

    __pydantic_config__ = STRICT

    protocol: Annotated[NamedOrBrought, AfterValidator(_there)]


def linted(asked: LintRequest) -> LintReport:
    """Everything that is found."""
    choice = asked.protocol
    if isinstance(choice, InlineProtocol):
        return linted_document(choice.document)
    known = protocols.load(choice.id, choice.version)
    return lint(known.ready, known.document)


def linted_document(document: Mapping[str, Any]) -> LintReport:
    """Everything that is found in a document; the faults alone where it cannot be used."""
    try:
        return lint(protocols.make_ready(document), document)
    except BadProtocol as error:
        return lint_faulty(document, error)


_TONES: Mapping[Severity, Tone] = {"error": "bad", "warning": "open", "note": "faint"}


def lines_of_lint(
    found: LintReport, name: str, paint: Paint, placed: Callable[[str], str]
) -> Iterator[str]:
    """A report as a reader wants it: each finding with its place, its way out and its examples.

    `placed` tells where a pointer leads.
    """
    counts = dict.fromkeys(_TONES, 0)
    for finding in found.findings:
        counts[finding.severity] += 1
        yield from _lines_of(finding, paint, placed)
    told = [
        f"{count} {each}{'' if count == 1 else 's'}" for each, count in counts.items() if count
    ]
    tried = f" on {found.cases} boundary cases" if found.cases else ""
    if found.left_out:
        tried += f"; {found.left_out} more are beyond the budget, and were not tried"
    title = name if found.id is None else f"{found.id} version {found.version}"
    summary = f"{title}: {', '.join(told) or 'nothing found'}{tried}"
    yield paint(summary, "good" if found.clean else "bad")


def _lines_of(finding: LintFinding, paint: Paint, placed: Callable[[str], str]) -> Iterator[str]:
    place = placed(finding.pointer)
    yield f"{paint(finding.severity, _TONES[finding.severity])} {finding.code} {place}"
    yield f"  {finding.message}"
    if finding.cases is not None:
        yield f"  Decided on {finding.cases} boundary cases."
    for example in finding.examples:
        yield f"  e.g. {example.says}"
        for answer in example.answers:
            at = "" if answer.at is None else f" at {answer.at}"
            yield f"       {answer.verdict}{at}: {answer.under}"
    yield f"  {finding.way_out}"
    yield ""
