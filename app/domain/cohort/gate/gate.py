"""The enrolment gate: whether the next patient may be let in, and when at the earliest."""

from dataclasses import replace
from datetime import date

from app.domain.cohort.gate.cohorts import cohorts
from app.domain.cohort.gate.faults import check
from app.domain.cohort.gate.findings import Finding, GateAnswer
from app.domain.cohort.gate.limits import cap, holds, unasked
from app.domain.cohort.gate.patients import Known, known_of
from app.domain.cohort.gate.request import GateRequest
from app.domain.cohort.gate.rules import ACTS, GateRules, StaggerRule
from app.domain.cohort.gate.stagger import stagger


def gate(rules: GateRules, request: GateRequest) -> GateAnswer:
    """Whether the next patient may be let in on the asked day.

    Raises NotOfThisDesign, with every fault, where the request cannot be of this trial.
    """
    check(rules, request)
    known = known_of(rules, request)
    findings = evaluate(rules, known, known.on)
    earliest = _earliest(findings, known.on)
    return GateAnswer(
        allowed=not findings,
        earliest=earliest,
        also_needs_event=earliest is None or bool(evaluate(rules, known, earliest)),
        reasons=tuple(finding.reason for finding in findings),
        notes=_notes(rules, known),
    )


def evaluate(rules: GateRules, known: Known, day: date) -> tuple[Finding, ...]:
    """What stands against letting the next patient in on a day, by what is known on another."""
    return (
        *holds(rules, known),
        *(finding for rule in rules.caps for finding in cap(rule, rules, known)),
        *(finding for rule in rules.stagger for finding in _staggered(rule, known, day)),
        *cohorts(rules, known, day),
    )


def _staggered(rule: StaggerRule, known: Known, day: date) -> tuple[Finding, ...]:
    """Each act has a queue of its own; without one, what shuts the gate for any of them."""
    acts = ACTS if known.act is None else (known.act,)
    found = (each for act in acts for each in stagger(rule, replace(known, act=act), day))
    return tuple(dict.fromkeys(found))


def _notes(rules: GateRules, known: Known) -> tuple[str, ...]:
    infused = tuple(
        f"Patient {each.id} was infused on {each.infused}, and counts among the others."
        for each in known.patients
        if each.id == known.subject
    )
    return (*infused, *unasked(rules, known))


def _earliest(findings: tuple[Finding, ...], on: date) -> date | None:
    if not findings:
        return on
    days = [finding.opens for finding in findings if finding.opens is not None]
    if not days or any(finding.dateless for finding in findings):
        return None
    return max(on, *days)
