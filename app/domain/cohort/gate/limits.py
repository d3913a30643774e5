"""Holds, and the most patients of a study, a phase or a dose level."""

from dataclasses import replace

from app.domain.cohort.gate.findings import Finding, found
from app.domain.cohort.gate.patients import Known
from app.domain.cohort.gate.request import Hold
from app.domain.cohort.gate.rules import Cap, GateRules


def holds(rules: GateRules, known: Known) -> tuple[Finding, ...]:
    """The holds in force; one is shut until it is lifted, and no day lifts it."""
    standing = [hold for hold in known.holds if _stands(hold, rules, known)]
    return tuple(
        found("HOLD", "hold", text, (known.subject,) if known.subject and of_one else ())
        for text, of_one in sorted(_told(hold) for hold in standing)
    )


def unasked(rules: GateRules, known: Known) -> tuple[str, ...]:
    """That a hold of one patient was not gone into, since nobody was named."""
    if known.subject is not None:
        return ()
    patients = {
        hold.scope.subject
        for hold in known.holds
        if not isinstance(hold.scope, str) and hold.scope.subject is not None
        if _stands(hold, rules, replace(known, subject=hold.scope.subject))
    }
    return tuple(
        f"A hold stands on patient {patient}, and shuts the gate for that patient alone: name the "
        "subject to ask about one."
        for patient in sorted(patients)
    )


def _stands(hold: Hold, rules: GateRules, known: Known) -> bool:
    if hold.effective_from is not None and hold.effective_from > known.on:
        return False
    if hold.lifted_on is not None and hold.lifted_on <= known.on:
        return False
    scope = hold.scope
    if isinstance(scope, str):
        return True
    if scope.dose_level is not None and known.place < rules.places[scope.dose_level]:
        return False
    if scope.subject is not None and known.subject != scope.subject:
        return False
    return scope.site is None or known.site in {None, scope.site}


def _told(hold: Hold) -> tuple[str, bool]:
    """The sentence of a hold, and whether it is one of a single patient."""
    scope = hold.scope
    parts = (
        ()
        if isinstance(scope, str)
        else (
            ("dose level {} and those above it", scope.dose_level),
            ("patient {}", scope.subject),
            ("site {}", scope.site),
        )
    )
    stopped = ", ".join(words.format(name) for words, name in parts if name is not None)
    since = "" if hold.effective_from is None else f" since {hold.effective_from}"
    text = f"A hold stands{since} on {stopped or 'the whole study'}: {hold.reason}"
    return text, not isinstance(scope, str) and scope.subject is not None


def cap(rule: Cap, rules: GateRules, known: Known) -> tuple[Finding, ...]:
    """That the most patients have been let in; each counts, evaluable or not."""
    if rule.phase not in {None, known.phase}:
        return ()
    counted = [
        each
        for each in known.patients
        if each.did(known.counted)
        and (rule.phase is None or each.in_one_of((rule.phase,)))
        and (not rule.per_level or each.place == known.place)
    ]
    if len(counted) < rule.most:
        return ()
    code = "STUDY_CAP_REACHED" if rule.phase is None else "PHASE_CAP_REACHED"
    of = "The study" if rule.phase is None else f"The phase {rule.phase}"
    if rule.per_level:
        code, of = "LEVEL_CAP_REACHED", f"{of}, dose level {rules.ladder[known.place].id},"
    text = f"{of} has {len(counted)} of at most {rule.most} patients: {rule.says}"
    return (found(code, rule.at, text, readings=rule.readings, dateless=True),)
