"""Limits of normal for results that bring none: those of their laboratory's reference ranges.

A range depends on the patient's sex and age and on the day. Where one of these is not known, every
value that it could have is tried, and limits are told only where all agree. Nothing is guessed: a
result that gets no limits says why.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction
from itertools import product
from typing import Final, Literal, NamedTuple

from app.domain.case import LaboratoryMeasurement
from app.domain.laboratory.analyte import Analyte, Analytes
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.reading import measurable
from app.domain.laboratory.wording import number
from app.domain.quantities import Unit, plain
from app.domain.reference_range import OLDEST, SEXES, ReferenceRange, Sex

Why = Literal[
    "no_range",
    "ranges_contradict",
    "range_needs_sex",
    "range_needs_age",
    "range_needs_day",
    "range_without_unit",
    "range_unit_differs",
    "range_limit_differs",
]
"""Why a range gives a result no limits."""

_DIGITS: Final = 28
_PLACES: Final = Decimal("1E-30")
_ROUNDED: Final = Context(prec=_DIGITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Who was measured and when, as far as it is known; None where it is not.

    Ages are completed years and days calendar days: the first and the last that are possible.
    """

    sex: Sex | None = None
    ages: tuple[int, int] | None = None
    days: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a result in its own unit, and from which ranges they were taken.

    A limit that is converted and that no decimal can state is rounded to 28 digits: no value that
    was measured lies between it and what was rounded.
    """

    lln: Decimal | None
    uln: Decimal | None
    ranges: tuple[ReferenceRange, ...]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoLimits:
    """Why no limits can be told, in a word and in a sentence."""

    why: Why
    message: str


class _Case(NamedTuple):
    """One possibility: sex, age and day."""

    sex: Sex
    age: int
    day: date


class _Pair(NamedTuple):
    """Limits in the unit of a result, exactly."""

    lln: Fraction | None
    uln: Fraction | None


def ages_at(
    age_years: Decimal | None, birth_year: int | None, days: tuple[date, date] | None
) -> tuple[int, int] | None:
    """The completed years that a patient may have been; None where that is not known.

    A reported age comes first. By the year of birth alone two ages are possible on each day.
    """
    if age_years is not None:
        return int(age_years), int(age_years)
    if birth_year is None or days is None:
        return None
    lowest, highest = days[0].year - birth_year - 1, days[1].year - birth_year
    return None if highest < 0 or lowest > OLDEST else (max(lowest, 0), min(highest, OLDEST))


def is_of_laboratory(named: str, laboratory: str) -> bool:
    """Whether two names mean the same laboratory; case and spaces do not count."""
    return _fold(named) == _fold(laboratory)


def by_analyte(
    ranges: Iterable[ReferenceRange], analytes: Analytes
) -> Mapping[tuple[str, str], tuple[ReferenceRange, ...]]:
    """Ranges by their laboratory's name without case and spaces, and the id of their analyte.

    Those of an analyte that is not known, or ambiguous, are left out.
    """
    found: dict[tuple[str, str], tuple[ReferenceRange, ...]] = {}
    for each in ranges:
        analyte = analytes.resolve(each.analyte)
        if isinstance(analyte, Analyte):
            at = (_fold(each.laboratory), analyte.id)
            found[at] = (*found.get(at, ()), each)
    return found


def lacks_limit(result: LaboratoryMeasurement) -> bool:
    """Whether a limit of normal was not sent with a result."""
    return result.lln is None or result.uln is None


def is_asked(result: LaboratoryMeasurement) -> bool:
    """Whether a result lacks a limit, and says of which laboratory it is."""
    return result.laboratory is not None and lacks_limit(result)


def may_use(result: LaboratoryMeasurement, stated: ReferenceRange, analytes: Analytes) -> bool:
    """Whether the limits of a result may depend on a range, whoever was measured and when.

    A result that names only its term may be of any analyte.
    """
    if not is_asked(result) or not is_of_laboratory(result.laboratory or "", stated.laboratory):
        return False
    if result.analyte is None:
        return True
    analyte = analytes.resolve(result.analyte)
    return isinstance(analyte, Analyte) and analytes.resolve(stated.analyte) == analyte


def limits_for(
    result: LaboratoryMeasurement,
    ranges: Mapping[tuple[str, str], Sequence[ReferenceRange]],
    analyte: Analyte,
    catalogue: Catalogue,
    who: Circumstances,
) -> Limits | NoLimits | None:
    """The limits of a result of an analyte: its own, and where one is missing its laboratory's.

    `ranges` are by laboratory and analyte. None where nothing is asked of them: the result has
    both limits, or does not say of which laboratory it is.
    """
    if not is_asked(result):
        return None
    laboratory = result.laboratory or ""
    stated = ranges.get((_fold(laboratory), analyte.id), ())
    cases = [(case, _holding(stated, case)) for case in _cases(stated, who)]
    used = _each_once(each for _, holding in cases for each in holding)
    if not used:
        name = analyte.title.lower()
        return NoLimits(
            why="no_range",
            message=f"no range of laboratory {laboratory} for {name} holds for the patient then",
        )
    moved: dict[ReferenceRange, _Pair] = {}
    for each in used:
        pair = _moved(each, result, analyte, catalogue)
        if isinstance(pair, NoLimits):
            return pair
        moved[each] = pair
    return _agreed(result, cases, used, moved)


def _agreed(
    result: LaboratoryMeasurement,
    cases: Sequence[tuple[_Case, tuple[ReferenceRange, ...]]],
    used: tuple[ReferenceRange, ...],
    moved: Mapping[ReferenceRange, _Pair],
) -> Limits | NoLimits | None:
    """The limits in which all possibilities agree."""
    told: dict[_Case, _Pair | None] = {}
    for case, holding in cases:
        pairs = {moved[each] for each in holding}
        if len(pairs) > 1:
            names = _listed(_each_once(holding), " and ")
            return NoLimits(
                why="ranges_contradict",
                message=f"ranges {names} hold for the same patient at once, and differ",
            )
        told[case] = pairs.pop() if pairs else None
    [pair, *others] = set(told.values())
    if others or pair is None:
        return _open(told, used)
    return _completed(result, pair, used)


def _open(told: Mapping[_Case, _Pair | None], used: tuple[ReferenceRange, ...]) -> NoLimits:
    """What has to be known before limits can be told: sex, age and day, as far as they decide."""
    asked: tuple[tuple[Why, str, int], ...] = (
        ("range_needs_sex", "the patient's sex", 0),
        ("range_needs_age", "the patient's age", 1),
        ("range_needs_day", "the day of the measurement", 2),
    )
    needed = [(why, words) for why, words, place in asked if _decides(told, place)]
    words = " and ".join(words for _, words in needed)
    verb = "decides" if len(needed) == 1 else "decide"
    names = _listed(used)
    return NoLimits(
        why=needed[0][0], message=f"{words} {verb} which range holds, and is not known: {names}"
    )


def _decides(told: Mapping[_Case, _Pair | None], place: int) -> bool:
    """Whether limits change where only the sex, the age or the day does."""
    found: dict[tuple[object, ...], set[_Pair | None]] = {}
    for case, pair in told.items():
        rest = tuple(value for at, value in enumerate(case) if at != place)
        found.setdefault(rest, set()).add(pair)
    return any(len(pairs) > 1 for pairs in found.values())


def _completed(
    result: LaboratoryMeasurement, pair: _Pair, used: tuple[ReferenceRange, ...]
) -> Limits | NoLimits | None:
    """The result's own limits and, where it has none, the ranges'; unless an own one differs.

    None where the ranges have nothing that the result has not.
    """
    names = _listed(used)
    for name, own, limit in (("lower", result.lln, pair.lln), ("upper", result.uln, pair.uln)):
        if own is not None and limit is not None and not _is(own, limit):
            return NoLimits(
                why="range_limit_differs",
                message=f"the {name} limit of normal that was sent is not that of range {names}",
            )
    lln = result.lln if pair.lln is None or result.lln is not None else _decimal(pair.lln)
    uln = result.uln if pair.uln is None or result.uln is not None else _decimal(pair.uln)
    if (lln, uln) == (result.lln, result.uln):
        return None
    message = f"limits of laboratory {used[0].laboratory} were used, range {names}"
    return Limits(lln=lln, uln=uln, ranges=used, message=message)


def _is(own: Decimal, limit: Fraction) -> bool:
    return measurable(own) and Fraction(own) == limit


def _listed(ranges: Iterable[ReferenceRange], between: str = "; ") -> str:
    return between.join(dict.fromkeys(map(_described, ranges)))


def _described(stated: ReferenceRange) -> str:
    """Which range it is, and what it says."""
    lln, uln = (None if each is None else number(each) for each in (stated.lln, stated.uln))
    unit = "" if stated.unit is None else f" {stated.unit}"
    if lln is None:
        return f"{stated.key} (up to {uln}{unit})"
    return (
        f"{stated.key} (from {lln}{unit})"
        if uln is None
        else f"{stated.key} ({lln} to {uln}{unit})"
    )


def _decimal(limit: Fraction) -> Decimal:
    told = _ROUNDED.divide(Decimal(limit.numerator), Decimal(limit.denominator))
    return told if measurable(told) else told.quantize(_PLACES, context=_ROUNDED)


def _cases(stated: Sequence[ReferenceRange], who: Circumstances) -> Iterator[_Case]:
    """Every possibility that ranges could tell from another."""
    sexes = SEXES if who.sex is None else (who.sex,)
    ages = _steps(
        (0, OLDEST) if who.ages is None else who.ages,
        (
            at
            for each in stated
            for at in (each.age_from, None if each.age_to is None else each.age_to + 1)
        ),
    )
    first, last = (date.min, date.max) if who.days is None else who.days
    days = _steps(
        (first.toordinal(), last.toordinal()),
        (
            at
            for each in stated
            for at in (
                each.valid_from.toordinal(),
                None if each.valid_to is None else each.valid_to.toordinal() + 1,
            )
        ),
    )
    for sex, age, day in product(sexes, ages, days):
        yield _Case(sex, age, date.fromordinal(day))


def _steps(between: tuple[int, int], at: Iterable[int | None]) -> list[int]:
    """The first number, and those up to the last at which something changes."""
    first, last = between
    return sorted({first, *(each for each in at if each is not None and first < each <= last)})


def _holding(stated: Sequence[ReferenceRange], case: _Case) -> tuple[ReferenceRange, ...]:
    """The ranges that hold for a patient on a day.

    One without an end gives way to those for the same patient that begin later.
    """
    matching = [each for each in stated if _holds(each, case)]
    newest = max((each.valid_from for each in matching), default=case.day)
    return tuple(
        each for each in matching if each.valid_to is not None or each.valid_from == newest
    )


def _holds(stated: ReferenceRange, case: _Case) -> bool:
    return (
        stated.sex in {"any", case.sex}
        and (stated.age_from or 0) <= case.age
        and (stated.age_to is None or case.age <= stated.age_to)
        and stated.valid_from <= case.day
        and (stated.valid_to is None or case.day <= stated.valid_to)
    )


def _moved(
    stated: ReferenceRange, result: LaboratoryMeasurement, analyte: Analyte, catalogue: Catalogue
) -> _Pair | NoLimits:
    """The limits of a range in the unit of a result.

    Spellings that are not known are compared as they stand. A value without a unit is not taken
    to be in that of the range: nobody said so.
    """
    limits = [None if each is None else Fraction(each) for each in (stated.lln, stated.uln)]
    mine, theirs = (analyte.unit(each, catalogue.units) for each in (result.unit, stated.unit))
    if mine is not None and theirs is not None:
        factor = _factor(theirs, mine, analyte)
        if factor is not None:
            base = [
                x if x is None else (theirs.factor * x + theirs.offset) * factor for x in limits
            ]
            return _Pair(*(x if x is None else (x - mine.offset) / mine.factor for x in base))
    elif mine is None and theirs is None and _spelt(result.unit) == _spelt(stated.unit):
        return _Pair(*limits)
    elif result.unit is None:
        return NoLimits(
            why="range_without_unit",
            message="the value has no unit, so it cannot be held against the limits of range "
            f"{stated.key}",
        )
    of_range = "without a unit" if stated.unit is None else f"in {stated.unit}"
    return NoLimits(
        why="range_unit_differs",
        message=f"the limits of range {stated.key}, {of_range}, do not convert into the unit of "
        f"the value, {result.unit}",
    )


def _factor(theirs: Unit, mine: Unit, analyte: Analyte) -> Fraction | None:
    """From the base unit of one dimension to that of the other."""
    if theirs.dimension == mine.dimension:
        return Fraction(1)
    bridge = analyte.bridge(theirs.dimension, mine.dimension)
    return None if bridge is None else bridge.factor


def _spelt(unit: str | None) -> str | None:
    return None if unit is None else plain(unit)


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())


def _each_once(ranges: Iterable[ReferenceRange]) -> tuple[ReferenceRange, ...]:
    return tuple(sorted(set(ranges), key=repr))
