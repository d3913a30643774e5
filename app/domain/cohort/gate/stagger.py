"""Waits between patients: the days after one of them, and what has to be recorded besides."""

from datetime import date
from typing import Final

from app.domain.cohort.gate.findings import Finding, found
from app.domain.cohort.gate.patients import Known, Seen
from app.domain.cohort.gate.rules import Kind, StaggerRule, TakenReading, applies

_CODES: Final[dict[Kind, str]] = {
    "first_pair": "STAGGER_FIRST_PAIR",
    "each_consecutive_pair": "STAGGER_PREVIOUS_SUBJECT",
    "sentinel": "SENTINEL_DAYS",
    "between_cohorts": "STAGGER_BETWEEN_COHORTS",
}
_COHORT: Final = 3


def stagger(rule: StaggerRule, known: Known, day: date) -> tuple[Finding, ...]:
    """What stands against the next patient by one rule."""
    if known.phase not in rule.phases or not applies(rule.gated_act, known.act):
        return ()
    gating = _gating(rule, known)
    if gating is None:
        return ()
    anchor = gating.anchor(rule)
    if anchor is None:
        lacks = "has not completed the infusion" if gating.infused else "has not been infused"
        text = f"Patient {gating.id} comes before the next one and {lacks}: {_rule(rule)}"
        return (_found(rule, gating, _CODES[rule.kind], text, dateless=True),)
    return _after(rule, gating, anchor, day)


def _gating(rule: StaggerRule, known: Known) -> Seen | None:
    """The patient who is waited for."""
    across = rule.across_doses or rule.kind == "between_cohorts"
    queue = [
        each
        for each in known.patients
        if each.in_one_of(rule.phases)
        and (across or each.place == known.place)
        and (each.infused or (known.act == rule.gated_act and each.did(rule.gated_act)))
    ]
    if not queue:
        return None
    if rule.kind == "sentinel":
        return queue[0]
    of_level = sum(each.evaluable for each in queue if each.place == known.place)
    passed = {
        "first_pair": len(queue) > 1,
        "between_cohorts": of_level % _COHORT != 0,
    }
    return None if passed.get(rule.kind) else queue[-1]


def _after(rule: StaggerRule, gating: Seen, anchor: date, day: date) -> tuple[Finding, ...]:
    opens = rule.over_from(anchor)
    findings = []
    if day < opens:
        did = "was infused" if anchor == gating.infused else "completed the infusion"
        text = (
            f"Patient {gating.id} {did} on {anchor}, and the wait of {rule.at_least.words} is "
            f"over from {opens} on: {_rule(rule)}"
        )
        findings.append(_found(rule, gating, _CODES[rule.kind], text, opens=opens))
    if rule.needs_clearance and not gating.cleared_for(rule, opens):
        code = "SENTINEL_NOT_CLEARED" if rule.kind == "sentinel" else "STAGGER_NOT_CLEARED"
        text = f"{_not_cleared(gating, opens)}: {_rule(rule)}"
        more = rule.clearance_readings
        findings.append(_found(rule, gating, code, text, more, opens=opens))
    if rule.dlt_closes and _closed_by_dlt(gating, opens):
        text = (
            f"Patient {gating.id} had a DLT, known on {gating.dlt}, before {opens}; the wait ends "
            f"with a clearance after it: {_rule(rule)}"
        )
        findings.append(_found(rule, gating, "STAGGER_DLT", text, rule.dlt_readings, opens=opens))
    return tuple(findings)


def _found(
    rule: StaggerRule,
    gating: Seen,
    code: str,
    text: str,
    more: tuple[TakenReading, ...] = (),
    *,
    opens: date | None = None,
    dateless: bool = False,
) -> Finding:
    readings, ids = rule.readings + more, (gating.id,)
    return found(code, rule.at, text, ids, readings=readings, opens=opens, dateless=dateless)


def _not_cleared(gating: Seen, opens: date) -> str:
    if gating.cleared is None:
        return f"No clearance of patient {gating.id} is recorded"
    told = f"The clearance of patient {gating.id} on {gating.cleared} came before"
    if gating.dlt is not None and gating.cleared < gating.dlt:
        return f"{told} the DLT that is known from {gating.dlt} on"
    return f"{told} the wait was over, from {opens} on"


def _closed_by_dlt(gating: Seen, opens: date) -> bool:
    if gating.dlt is None or gating.dlt >= opens:
        return False
    return gating.cleared is None or gating.cleared < gating.dlt


def _rule(rule: StaggerRule) -> str:
    return rule.says if rule.says.endswith(".") else f"{rule.says}."
