"""The slots of a dose level and what the levels below it have to show: 3+3.

Storer, Biometrics 1989;45:925-937: three patients; without a DLT the next dose, with one three
more; with at most one among six the next dose, with two the dose exceeds the MTD.
"""

from dataclasses import replace
from datetime import date

from app.domain.cohort.gate.findings import Finding, found
from app.domain.cohort.gate.levels import FIRST, FULL, TOO_MANY, Levels, dlts_of
from app.domain.cohort.gate.patients import Known, Seen, open_verdicts, windows_open
from app.domain.cohort.gate.rules import GateRules


def cohorts(rules: GateRules, known: Known, day: date) -> tuple[Finding, ...]:
    """What stands against the next patient by the cohorts of the lower levels and of this one."""
    if rules.cohorts is None:
        return ()
    levels = Levels(rules=rules, held=rules.cohorts, known=known, day=day)
    below = _too_toxic_below(levels)
    lower = below or _lower_levels(levels)
    if levels.in_cohorts:
        mine = _this_level(levels)
    else:
        mine = _too_toxic(levels) or (() if below else _own_cohort(levels))
    return (*lower, *mine, *_later_dlts(levels))


def _too_toxic_below(levels: Levels) -> tuple[Finding, ...]:
    """The levels below that exceed the MTD: what the others lack does not matter then."""
    return tuple(
        _exceeds("LOWER_DOSE_EXCEEDS_MTD", levels, lower, dlts)
        for lower in range(levels.known.place)
        if len(dlts := dlts_of(levels.treated(lower))) >= TOO_MANY
    )


def _lower_levels(levels: Levels) -> tuple[Finding, ...]:
    """What every level below has to show: an outcome that came late counts as any other.

    Levels below the start may be empty. So may any in a phase without cohorts, which goes by the
    cohort of its own level.
    """
    place, start = levels.known.place, levels.rules.start
    return tuple(
        finding
        for lower in range(start, place)
        if levels.in_cohorts or _may_speak_against(levels, lower)
        for finding in _undecided(
            levels,
            lower,
            incomplete="LOWER_DOSE_COHORT_INCOMPLETE",
            needs_six="LOWER_DOSE_NEEDS_SIX",
            window="LOWER_DOSE_WINDOW_OPEN",
        )
    )


def _may_speak_against(levels: Levels, lower: int) -> bool:
    """Whether a lower level, asked about another phase, is one that has to be decided."""
    if levels.held.later.opens == "as_told":
        return levels.tells_of_cohorts(lower)
    return bool(levels.treated(lower))


def _own_cohort(levels: Levels) -> tuple[Finding, ...]:
    """In a phase without cohorts: what the level has still to show in its own."""
    later = levels.held.later
    if later.opens == "any_dose":
        return ()
    if later.opens == "as_told" and not levels.tells_of_cohorts(levels.known.place):
        return ()
    held = replace(levels.held, readings=levels.held.readings + later.readings)
    code = "DOSE_NOT_CLEARED_BY_ESCALATION"
    return _undecided(
        replace(levels, held=held),
        levels.known.place,
        incomplete=code,
        needs_six=code,
        window=code,
    )


def _too_toxic(levels: Levels) -> tuple[Finding, ...]:
    dlts = dlts_of(levels.treated(levels.known.place))
    if len(dlts) < TOO_MANY:
        return ()
    return (_exceeds("DOSE_EXCEEDS_MTD", levels, levels.known.place, dlts),)


def _undecided(
    levels: Levels, place: int, *, incomplete: str, needs_six: str, window: str
) -> tuple[Finding, ...]:
    """Why the cohorts of a level do not let a higher dose, or another phase, begin yet."""
    held, patients = levels.held, levels.treated(place)
    level, dlts = levels.name(place), dlts_of(patients)
    ids = tuple(each.id for each in patients)
    if len(patients) < FIRST:
        text = (
            f"Dose level {level} has {len(patients)} of {FIRST} evaluable patients "
            f"({', '.join(ids) or 'none'}): {held.says}"
        )
        return (_found(incomplete, levels, text, ids),)
    if dlts and len(patients) < FULL:
        text = (
            f"Dose level {level} has {len(patients)} evaluable patients and a DLT, of "
            f"{dlts[0]}; it needs {FULL}: {held.says}"
        )
        return (_found(needs_six, levels, text, dlts),)
    waited = levels.still_open(patients)
    if not waited:
        return ()
    return windows_open(window, held, f"Dose level {level}", waited, levels.rules)


def _later_dlts(levels: Levels) -> tuple[Finding, ...]:
    """The DLTs of phases without cohorts, here and below, after which nobody was let follow."""
    if levels.held.later.dlts == "not_counted":
        return ()
    readings = levels.held.readings + levels.held.later.dlt_readings
    return tuple(
        found(
            "EXPANSION_DLT",
            levels.held.at,
            f"Patient {each.id} had a DLT, known on {each.dlt}, outside the cohorts of dose level "
            f"{levels.name(place)}. It may change what the maximum tolerated dose is: that level "
            "and those above it wait for a clearance that is recorded after it.",
            (each.id,),
            readings=readings,
        )
        for place in range(levels.known.place + 1)
        for each in levels.later(place)
        if each.dlt is not None and (each.cleared is None or each.cleared < each.dlt)
    )


def _this_level(levels: Levels) -> tuple[Finding, ...]:
    place, patients = levels.known.place, levels.taken()
    dlts = dlts_of(patients)
    if len(dlts) >= TOO_MANY:
        return (_exceeds("DOSE_EXCEEDS_MTD", levels, place, dlts),)
    if len(patients) < FIRST:
        return _possible_dlts(levels, patients, ())
    next_exceeds = len(dlts_of(levels.treated(place + 1))) >= TOO_MANY
    takes_six = bool(dlts) or _filled_up(levels, next_exceeds=next_exceeds)
    full = len(patients) >= FULL or not takes_six
    waited = levels.still_open(patients if full else patients[:FIRST])
    if waited:
        intro = (
            f"Dose level {levels.name(place)} has {len(patients)} patients, and its next slot is "
            "not open"
        )
        return (
            *windows_open("COHORT_FULL_WINDOW_OPEN", levels.held, intro, waited, levels.rules),
            *_possible_dlts(levels, patients, waited),
        )
    if not full:
        return _possible_dlts(levels, patients, ())
    return (_complete(levels, patients, next_exceeds=next_exceeds),)


def _possible_dlts(
    levels: Levels, patients: tuple[Seen, ...], told: tuple[Seen, ...]
) -> tuple[Finding, ...]:
    """Who may have had the DLT that is one too many, but for those told of already."""
    possible = tuple(
        each for each in patients if each.dlt is None and each.waits_for_a_verdict(levels.day)
    )
    if len(dlts_of(patients)) + len(possible) < TOO_MANY:
        return ()
    return open_verdicts(levels.held.at, tuple(each for each in possible if each not in told))


def _filled_up(levels: Levels, *, next_exceeds: bool) -> bool:
    """Whether a level without DLTs takes six."""
    variant = levels.held.variant
    if variant == "no-de-escalation":
        return False
    return next_exceeds or (levels.at_the_top and variant == "six-at-mtd")


def _complete(levels: Levels, patients: tuple[Seen, ...], *, next_exceeds: bool) -> Finding:
    place, ids = levels.known.place, tuple(each.id for each in patients)
    done = (
        f"Dose level {levels.name(place)} is complete, with {len(ids)} patients "
        f"({', '.join(ids)}) and {len(dlts_of(patients)) or 'no'} DLT"
    )
    if levels.at_the_top:
        code, then = "COHORT_COMPLETE_TOP_DOSE", ", and there is no higher dose"
    elif next_exceeds:
        above = levels.name(place + 1)
        code = "COHORT_COMPLETE_AT_MTD"
        then = f"; the next dose level, {above}, exceeds the maximum tolerated dose"
    else:
        code = "COHORT_COMPLETE_ESCALATE"
        then = f"; the next dose level is {levels.name(place + 1)}"
    return _found(code, levels, f"{done}{then}: {levels.held.says}", ids)


def _exceeds(code: str, levels: Levels, place: int, dlts: tuple[str, ...]) -> Finding:
    text = (
        f"Dose level {levels.name(place)} exceeds the maximum tolerated dose, with {len(dlts)} "
        f"DLTs, of {', '.join(dlts)}: {levels.held.says}"
    )
    return _found(code, levels, text, dlts)


def _found(code: str, levels: Levels, text: str, ids: tuple[str, ...]) -> Finding:
    """What no day ends: another patient is needed, or a person."""
    held = levels.held
    return found(code, held.at, text, ids, readings=held.readings, dateless=True)
