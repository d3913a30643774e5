"""The boundary courses of a class of terms: on, just before and just after each line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, product

from app.domain.dlt.clock import Clock
from app.domain.dlt.rule import RuleSet
from app.domain.grade import DEATH
from app.domain.lint.dimensions import Dimensions
from app.domain.lint.shapes import DAY, HOUR, MINUTE, Shape, course
from app.domain.time import MINUTE as MICROSECONDS_OF_A_MINUTE
from app.domain.time import Limit

ONSET = 2 * DAY
_SHORT = HOUR


def minutes(limit: Limit) -> int:
    """A limit in minutes; days are of 24 hours."""
    return limit.microseconds // MICROSECONDS_OF_A_MINUTE


def around(limit: Limit) -> tuple[int, ...]:
    """Durations in minutes on both sides of a limit.

    A limit in days compares dates, so an hour more on its last day is kept by the calendar and
    exceeded by the clock.
    """
    length = minutes(limit)
    if limit.days is None:
        return (length, length + DAY, length + MINUTE, max(MINUTE, length - MINUTE))
    return (length, length + DAY, length + HOUR, max(HOUR, length - DAY))


def _around(clock: Clock) -> Iterator[int]:
    """Durations from the onset on both sides of a clock's limit."""
    before = 0 if clock.counted_from == "onset" else ONSET
    yield from (each - before for each in around(clock.limit) if each > before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The lines that courses of one class of terms are laid around."""

    peaks: tuple[int, ...]
    """Grades of the term that a criterion can see."""
    runs: tuple[int, ...]
    falls: tuple[int, ...]
    """Grades that a clock stops at, or that end a run."""
    durations: tuple[int, ...]
    """Minutes, rising."""
    clocks: tuple[Clock, ...]
    baselines: tuple[int, ...]
    shifts: tuple[int, ...]
    long: int
    """Minutes that exceed every limit."""

    def below(self, grade: int) -> tuple[int, ...]:
        """The falls under a grade, the highest first."""
        return tuple(each for each in reversed(self.falls) if each < grade)


def lines_of(asked: Dimensions, grades: Sequence[int]) -> Lines:
    """The lines for a term with these grades."""
    runs = tuple(sorted(asked.runs))
    clocks = tuple(sorted(asked.clocks, key=lambda each: (each.grade, str(each.stop), str(each))))
    least = min([*runs, *asked.reached, *(each.grade for each in clocks)], default=1)
    durations = {_SHORT, *chain.from_iterable(_around(each) for each in clocks)}
    stops = {each.stop for each in clocks if isinstance(each.stop, int)}
    falls = {0, *stops, *(each - 1 for each in (*runs, *asked.reached))}
    falls |= {each.grade - 1 for each in clocks}
    of_baseline = any(each.stop == "baseline" for each in clocks)
    return Lines(
        peaks=tuple(each for each in grades if each >= least) or tuple(grades[-1:]),
        runs=runs,
        falls=tuple(sorted(each for each in falls if each < DEATH)),
        durations=tuple(sorted(durations)),
        clocks=clocks,
        baselines=(0, 1, 2) if of_baseline else (0,),
        shifts=tuple(sorted(asked.shifts)),
        long=max(durations) + 3 * DAY,
    )


def usual_courses(lines: Lines) -> Iterator[Shape]:
    """One plateau of each grade, around each limit: what every set of facts is tried with."""
    for peak in reversed(lines.peaks):
        if peak == DEATH:
            yield course((ONSET, DEATH))
            continue
        for length in (*lines.durations, lines.long):
            yield course((ONSET, peak), (ONSET + length, 0))


def courses_of(lines: Lines, rules: Iterable[RuleSet]) -> tuple[Shape, ...]:
    """Every boundary course, the usual ones first, each once."""
    windows = tuple({each.window: None for each in rules})
    whole = (
        usual_courses, _late_in_the_day, _falling, _rising, _after_a_prelude, _twice,
        _above_the_baseline, _unfinished, _unknown,
    )  # fmt: skip
    parts = [each(lines) for each in whole]
    parts += [_around_the_window(lines, each.through, each.first_day) for each in windows]
    return tuple(dict.fromkeys(chain.from_iterable(parts)))


def _alive(lines: Lines) -> tuple[int, ...]:
    return tuple(each for each in lines.peaks if each < DEATH)


def _late_in_the_day(lines: Lines) -> Iterator[Shape]:
    """Plateaus that begin half an hour before midnight: a day is over before an hour is."""
    begun = ONSET + 15 * HOUR + HOUR // 2
    for peak in lines.peaks:
        if peak == DEATH:
            yield course((begun, DEATH))
            yield from (course((begun, low), (begun + HOUR, DEATH)) for low in lines.runs[:1])
            continue
        yield Shape(steps=((begun, peak),), ending="goes_on")
        for length in (*lines.durations, lines.long):
            yield course((begun, peak), (begun + length, 0))


def _falling(lines: Lines) -> Iterator[Shape]:
    """A peak, then a lower grade, then none: two clocks that stop at different grades."""
    lengths = (*lines.durations, lines.long)
    for peak in _alive(lines):
        for between in lines.below(peak):
            for first, second in combinations(lengths, 2) if between else ():
                shape = course((ONSET, peak), (ONSET + first, between), (ONSET + second, 0))
                yield shape
                if between in lines.baselines:
                    yield replace(shape, baseline=between)


def _rising(lines: Lines) -> Iterator[Shape]:
    """A run with a spike above it, early and late, for each length of both."""
    lengths = (*lines.durations, lines.long)
    for low, peak in product(lines.runs, lines.peaks):
        if low >= peak:
            continue
        for whole in lengths:
            if peak == DEATH:
                yield course((ONSET, low), (ONSET + whole, DEATH))
            else:
                yield course((ONSET, low), (ONSET + whole, peak), (ONSET + whole + _SHORT, 0))
        for spike, whole in combinations(lengths, 2) if peak < DEATH else ():
            yield course((ONSET, peak), (ONSET + spike, low), (ONSET + whole, 0))
            if spike + _SHORT < whole:
                yield course(
                    (ONSET, low),
                    (ONSET + _SHORT, peak),
                    (ONSET + _SHORT + spike, low),
                    (ONSET + whole, 0),
                )


def _after_a_prelude(lines: Lines) -> Iterator[Shape]:
    """A lower grade before and after the peak: clocks and windows that start with the event."""
    for peak in _alive(lines):
        for low in {1, *lines.below(peak)} - {0}:
            if low >= peak:
                continue
            begun = ONSET - DAY
            for whole in (*lines.durations, lines.long):
                if whole > DAY + _SHORT:
                    yield course(
                        (begun, low), (ONSET, peak), (ONSET + _SHORT, low), (begun + whole, 0)
                    )
                    yield course((begun, low), (ONSET, peak), (begun + whole, 0))


def _above_the_baseline(lines: Lines) -> Iterator[Shape]:
    """Peaks that lie as many grades above the baseline as is asked, one more, and one fewer."""
    lengths = (*lines.durations, lines.long)
    for peak, by, beside in product(lines.peaks, lines.shifts, (-1, 0, 1)):
        baseline = peak - by + beside
        if not 0 <= baseline < peak:
            continue
        if peak == DEATH:
            yield replace(course((ONSET, DEATH)), baseline=baseline)
            continue
        for length in lengths:
            yield replace(course((ONSET, peak), (ONSET + length, 0)), baseline=baseline)
        for low, whole in product(lines.runs, lengths):
            if low < peak:
                risen = course((ONSET, low), (ONSET + _SHORT, peak), (ONSET + _SHORT + whole, 0))
                yield replace(risen, baseline=baseline)


def _twice(lines: Lines) -> Iterator[Shape]:
    """Two runs with a dip between them, each within the limits and both together beyond."""
    for peak in _alive(lines):
        for dip in lines.below(peak):
            for whole in (*lines.durations, lines.long):
                first = max(MINUTE, (whole - HOUR) // 2)
                again = ONSET + first + HOUR
                yield course(
                    (ONSET, peak), (ONSET + first, dip), (again, peak), (ONSET + whole + HOUR, 0)
                )


def _unfinished(lines: Lines) -> Iterator[Shape]:
    """Events of which the end is not known, or lies beyond the end of the observation."""
    for peak in _alive(lines):
        begun = Shape(steps=((ONSET, peak),))
        for ending in ("goes_on", "silent", "undated"):
            yield replace(begun, ending=ending)
        for stopped in (ONSET + _SHORT, ONSET + lines.long):
            yield replace(begun, ending="death", stopped=stopped)
            yield replace(begun, ending="withdrawal", stopped=stopped)
        for low in lines.below(peak):
            if low > 0:
                fallen = Shape(steps=((ONSET, peak), (ONSET + _SHORT, low)))
                yield replace(fallen, ending="goes_on")


def _unknown(lines: Lines) -> Iterator[Shape]:
    """Courses with a grade that was not recorded."""
    yield course((ONSET, None), (ONSET + _SHORT, 0))
    yield course((ONSET, None), (ONSET + lines.long, 0))
    for peak in _alive(lines):
        yield course((ONSET, peak), (ONSET + _SHORT, None), (ONSET + lines.long, 0))


def _around_the_window(lines: Lines, through: Limit, first_day: int) -> Iterator[Shape]:
    """Onsets around the infusion and the window's end, and those of a second infusion."""
    end = minutes(through) - (first_day * DAY if through.days is not None else 0)
    alive = _alive(lines)
    peaks = tuple(dict.fromkeys((*alive[-1:], *(each for each in lines.runs if each in alive))))
    onsets = (-DAY, -MINUTE, MINUTE, *(end + each for each in _EDGES))
    for peak in peaks:
        for onset in onsets:
            whole = course((onset, peak), (onset + lines.long, 0))
            yield whole
            yield replace(whole, infusions=(0, end + 10 * DAY))
            yield replace(whole, completed_on=end - 5 * DAY)
        late = end + 15 * DAY
        again = course((late, peak), (late + lines.long, 0))
        yield replace(again, infusions=(0, end + 10 * DAY))
        yield course((ONSET, peak), (ONSET + _SHORT, 0), (late, peak), (late + _SHORT, 0))
        on_the_day = course((MINUTE, peak), (lines.long, 0))
        for baseline in dict.fromkeys((0, 1, peak)):
            yield replace(on_the_day, day_only=True, baseline=baseline)
        for low in dict.fromkeys((1, *lines.below(peak))):
            if 0 < low < peak:
                yield course((end - DAY, low), (end + 3 * DAY, peak), (end + lines.long, 0))
        yield replace(
            course((end - 4 * DAY, peak), (end - 4 * DAY + lines.long, 0)),
            completed_on=end - 5 * DAY,
        )


_EDGES = (-DAY, 0, MINUTE, HOUR, 18 * HOUR, DAY)
