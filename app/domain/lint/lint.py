"""Lint: a protocol document in, what is wrong or remarkable about it out (docs/linter.md)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, get_args

from pydantic_core.core_schema import ErrorType

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.dlt.clauses import asked_of_terms, conditions_in
from app.domain.dlt.program import program_of
from app.domain.dlt.readings import Decided, decide
from app.domain.dlt.rule import HasCompanion, Recurs
from app.domain.errors import BadProtocol, Fault
from app.domain.lint.conflicts import conflicts
from app.domain.lint.effects import clauses_without_effect
from app.domain.lint.finding import LintFinding, LintReport, report
from app.domain.lint.follow_up import follow_up
from app.domain.lint.names import names
from app.domain.lint.places import in_document
from app.domain.lint.readings import readings_without_effect, written_readings
from app.domain.lint.variants import Workshop
from app.domain.lint.wording import wording

Document = Mapping[str, Any]

_WAY_OUT: Final = "Mend it; a document with such a fault cannot be used."
_SHAPE: Final = frozenset(get_args(ErrorType))
_OF_SHAPE: Final = "not_of_the_language"
_RENAMED: Final = (
    # What a fault is called here, by the end of its pointer and its own code.
    (re.compile(r"/at$"), {"missing", "string_too_short"}, "no_locator"),
    (re.compile(r"/says$"), {"missing", "string_too_short"}, "no_paraphrase"),
    (re.compile(r"/any_of/\d+$"), {"literal_error"}, "causality_outside_scale"),
)


def lint_faulty(document: Document, error: BadProtocol) -> LintReport:
    """The faults for which a document cannot be used, as findings."""
    told = {name: document.get(name) for name in ("id", "version")}
    return report(
        [_of_fault(each, document) for each in error.faults],
        protocol_id=told["id"] if isinstance(told["id"], str) else None,
        version=told["version"] if isinstance(told["version"], str) else None,
        digest=None,
        cases=0,
        left_out=0,
    )


def lint(ready: ReadyProtocol, document: Document) -> LintReport:
    """Everything that is found in a document that can be used; `document` is it as written.

    Pure; the clauses are tried on boundary cases by the evaluator itself.
    """
    findings = [
        *wording(ready, document),
        *written_readings(document, ready.document.readings),
    ]
    cases = left_out = 0
    if ready.rules is not None:
        faulty = list(_of_options(ready, document))
        findings += faulty
        if not faulty:
            shop = Workshop(ready, ready.rules.decided)
            findings += _of_rules(shop, document)
            cases, left_out = len(shop.bench.cases), shop.bench.cases.left_out
    return report(
        [replace(each, pointer=in_document(each.pointer, document)) for each in findings],
        protocol_id=ready.document.id,
        version=ready.document.version,
        digest=ready.digest,
        cases=cases,
        left_out=left_out,
    )


def _of_rules(shop: Workshop, document: Document) -> Iterator[LintFinding]:
    yield from names(shop.ready, document, [each.decided for each in shop.bench.variants])
    yield from clauses_without_effect(shop)
    yield from conflicts(shop)
    yield from readings_without_effect(shop, document)
    yield from follow_up(shop)
    if shop.not_examined:
        left = ", ".join(each.label for each in shop.not_examined)
        yield LintFinding(
            code="not_examined",
            severity="note",
            pointer="/readings",
            message=f"Only the first {len(shop.options)} options beside the defaults were tried; "
            f"not {left}.",
            way_out="Divide the document, or look at these options by hand.",
        )


def _of_fault(fault: Fault, document: Document) -> LintFinding:
    code = next(
        (
            name
            for pattern, codes, name in _RENAMED
            if pattern.search(fault.pointer) and fault.code in codes
        ),
        _OF_SHAPE if fault.code in _SHAPE else fault.code,
    )
    return LintFinding(
        code=code,
        severity="error",
        pointer=in_document(fault.pointer, document),
        message=fault.message,
        way_out=_WAY_OUT,
    )


def _of_options(ready: ReadyProtocol, document: Document) -> Iterator[LintFinding]:
    """Faults that only another option of a reading shows; the document is read by the defaults."""
    for reading in ready.document.readings:
        for name in reading.options:
            if name == reading.default:
                continue
            chosen = {reading.id: name}
            try:
                decided = decide(ready.document, chosen)
                program_of(decided.rules, decided.groups, ())  # what time could un-make
                if not _names_are_known(ready, decided):
                    ready.with_readings(chosen)
            except BadProtocol as error:
                for fault in error.faults:
                    found = _of_fault(fault, document)
                    message = f"by {reading.id}: {name}, {found.message}"
                    yield replace(found, message=message, readings=(reading.id,))


def _names_are_known(ready: ReadyProtocol, decided: Decided) -> bool:
    """Whether the rules name only what is there; a quick look, so that few options are compiled
    for the whole dictionary.
    """
    groups, terms = asked_of_terms(decided.rules)
    beside = [
        each.concurrent if isinstance(each, HasCompanion) else each.occurrence
        for each in conditions_in(decided.rules)
        if isinstance(each, HasCompanion | Recurs)
    ]
    groups |= {each.group for each in beside if each.group}
    terms |= {each.term for each in beside if each.term}
    named = {*terms, *(term for each in decided.groups.values() for term in each)}
    for each in decided.rules.syndromes:
        named |= {each.term, *each.symptoms, *each.own_clause}
    known = {each.name for each in ready.dictionary.terms}
    criteria = {each.id for each in decided.rules.criteria}
    replaced = {
        name
        for each in decided.rules.exceptions
        for name in (*each.replaces, *(each.exempts_from or ()))
    }
    phases = {each.id for each in ready.document.phases}
    return (
        groups <= set(decided.groups)
        and named <= known
        and replaced <= criteria
        and all(e.bears_on(name) for e in decided.rules.exceptions for name in e.replaces)
        and set(decided.rules.observed_in) <= phases
        and decided.rules.window.agent in ready.document.agents
    )
