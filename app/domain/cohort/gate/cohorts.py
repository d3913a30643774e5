"""The slots of a dose level and what the levels below it have to show: 3+3.

Storer, Biometrics 1989;45:925-937: three patients; without a DLT the next dose, with one three
more; with at most one among six the next dose, with two the dose exceeds the MTD.
"""

from datetime import date
from typing import Final

from app.domain.cohort.gate.findings import Finding, found
from app.domain.cohort.gate.patients import Known, Seen, windows_open
from app.domain.cohort.gate.rules import CohortRules, GateRules

_FIRST: Final = 3
_FULL: Final = 6
_TOO_MANY: Final = 2


def cohorts(rules: GateRules, known: Known, day: date) -> tuple[Finding, ...]:
    """What stands against the next patient by the cohorts of the lower levels and of this one."""
    held = rules.cohorts
    if held is None:
        return ()
    evaluable = tuple(each for each in known.patients if _counts(each, held))
    if known.phase not in held.phases:
        return _exceeding(rules, held, known, evaluable)
    return (
        *_lower_levels(rules, held, known, evaluable, day),
        *_this_level(rules, held, known, evaluable, day),
    )


def _counts(seen: Seen, held: CohortRules) -> bool:
    return seen.evaluable and seen.in_one_of(held.phases)


def _at(place: int, evaluable: tuple[Seen, ...]) -> tuple[Seen, ...]:
    return tuple(each for each in evaluable if each.place == place and each.infused)


def _dlts(patients: tuple[Seen, ...]) -> tuple[str, ...]:
    return tuple(each.id for each in patients if each.dlt)


def _still_open(patients: tuple[Seen, ...], rules: GateRules, day: date) -> tuple[Seen, ...]:
    return tuple(each for each in patients if not each.complete(rules.window, day))


def _lower_levels(
    rules: GateRules, held: CohortRules, known: Known, evaluable: tuple[Seen, ...], day: date
) -> tuple[Finding, ...]:
    lower = range(rules.start, known.place)
    too_toxic = tuple(
        _exceeds("LOWER_DOSE_EXCEEDS_MTD", held, rules.ladder[place].id, dlts)
        for place in lower
        if len(dlts := _dlts(_at(place, evaluable))) >= _TOO_MANY
    )
    if too_toxic or not lower:
        return too_toxic
    level, patients = rules.ladder[lower[-1]].id, _at(lower[-1], evaluable)
    ids, dlts = tuple(each.id for each in patients), _dlts(patients)
    if len(patients) < _FIRST:
        text = (
            f"Dose level {level} has {len(patients)} of {_FIRST} evaluable patients "
            f"({', '.join(ids) or 'none'}): {held.says}"
        )
        return (found("LOWER_DOSE_COHORT_INCOMPLETE", held.at, text, ids, dateless=True),)
    if dlts and len(patients) < _FULL:
        text = (
            f"Dose level {level} has {len(patients)} evaluable patients and a DLT, of "
            f"{dlts[0]}; it needs {_FULL}: {held.says}"
        )
        return (found("LOWER_DOSE_NEEDS_SIX", held.at, text, dlts, dateless=True),)
    waited = _still_open(patients, rules, day)
    if not waited:
        return ()
    return windows_open("LOWER_DOSE_WINDOW_OPEN", held.at, f"Dose level {level}", waited, rules)


def _exceeding(
    rules: GateRules, held: CohortRules, known: Known, evaluable: tuple[Seen, ...]
) -> tuple[Finding, ...]:
    """In a phase without cohorts: the levels up to this one that exceeded the MTD in theirs.

    The first six of a level are its cohorts, also where no record tells the phase.
    """
    return tuple(
        _exceeds(
            "DOSE_EXCEEDS_MTD" if place == known.place else "LOWER_DOSE_EXCEEDS_MTD",
            held,
            rules.ladder[place].id,
            dlts,
        )
        for place in (*range(rules.start, known.place), known.place)
        if len(dlts := _dlts(_at(place, evaluable)[:_FULL])) >= _TOO_MANY
    )


def _exceeds(code: str, held: CohortRules, level: str, dlts: tuple[str, ...]) -> Finding:
    text = (
        f"Dose level {level} exceeds the maximum tolerated dose, with {len(dlts)} DLTs, of "
        f"{', '.join(dlts)}: {held.says}"
    )
    return found(code, held.at, text, dlts, dateless=True)


def _this_level(
    rules: GateRules, held: CohortRules, known: Known, evaluable: tuple[Seen, ...], day: date
) -> tuple[Finding, ...]:
    level, patients = rules.ladder[known.place].id, _slots(known, evaluable)
    dlts = _dlts(patients)
    if len(dlts) >= _TOO_MANY:
        return (_exceeds("DOSE_EXCEEDS_MTD", held, level, dlts),)
    if len(patients) < _FIRST:
        return ()
    first = patients[:_FIRST] if len(patients) < _FULL else patients
    waited = _still_open(first, rules, day)
    if waited:
        intro = f"Dose level {level} has {len(patients)} patients, and its next slot is not open"
        return windows_open("COHORT_FULL_WINDOW_OPEN", held.at, intro, waited, rules)
    next_exceeds = len(_dlts(_at(known.place + 1, evaluable))) >= _TOO_MANY
    top = known.place == len(rules.ladder) - 1
    if len(patients) < _FULL and (dlts or _filled_up(held, next_exceeds=next_exceeds, top=top)):
        return ()
    return (_complete(rules, held, known.place, patients, next_exceeds=next_exceeds),)


def _slots(known: Known, evaluable: tuple[Seen, ...]) -> tuple[Seen, ...]:
    """Those infused; and when an earlier act is asked about, those with whom it was done."""
    act = known.act or "infuse"
    return tuple(each for each in evaluable if each.place == known.place and each.did(act))


def _filled_up(held: CohortRules, *, next_exceeds: bool, top: bool) -> bool:
    """Whether a level without DLTs takes six."""
    if held.variant == "no-de-escalation":
        return False
    return next_exceeds or (top and held.variant == "six-at-mtd")


def _complete(
    rules: GateRules,
    held: CohortRules,
    place: int,
    patients: tuple[Seen, ...],
    *,
    next_exceeds: bool,
) -> Finding:
    level, ids = rules.ladder[place].id, tuple(each.id for each in patients)
    done = (
        f"Dose level {level} is complete, with {len(ids)} patients ({', '.join(ids)}) and "
        f"{len(_dlts(patients)) or 'no'} DLT"
    )
    if place == len(rules.ladder) - 1:
        text = f"{done}, and there is no higher dose: {held.says}"
        return found("COHORT_COMPLETE_TOP_DOSE", held.at, text, ids, dateless=True)
    above = rules.ladder[place + 1].id
    then = (
        f"the next dose level, {above}, exceeds the maximum tolerated dose"
        if next_exceeds
        else f"the next dose level is {above}"
    )
    text = f"{done}; {then}: {held.says}"
    return found("COHORT_COMPLETE_ESCALATE", held.at, text, ids, dateless=True)
