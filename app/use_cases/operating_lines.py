"""What a person reads of how designs do: one by its levels, or several side by side."""

from collections.abc import Iterator, Sequence
from typing import Final

from app.domain.cohort.comparison import Compared, DesignInScenario, Found, ScenarioCompared
from app.domain.cohort.in_time.simulate import SimulatedInTime
from app.domain.cohort.operating import Characteristics
from app.domain.cohort.operating_simulate import Simulated
from app.use_cases.design_lines import aligned
from app.use_cases.readable import Paint

_JUDGED: Final = ("Correct %", "Above MTD %", "Treated above %", "Treated", "DLTs")
_EXACT: Final = "Every trial enumerated: the figures are exact"
_IN_BRACKETS: Final = "in brackets the Monte Carlo standard error"


def lines_of_characteristics(
    true_toxicity: Sequence[float], found: Found, paint: Paint
) -> Iterator[str]:
    """The operating characteristics by level, without line ends, with the standard errors."""
    if isinstance(found, Simulated):
        yield f"{found.trials:,} trials simulated; {_IN_BRACKETS}"
    else:
        yield _EXACT
    *of_levels, none = _selected(found)
    treated = _of(found, "expected_treated")
    dlts = _of(found, "expected_dlts")
    lines = [
        (str(level), f"{rate:g}", *figures)
        for level, (rate, *figures) in enumerate(
            zip(true_toxicity, of_levels, treated, dlts, strict=True), start=1
        )
    ]
    lines.append(("none", "", none, "", ""))
    sums = (f"{sum(each):.2f}" for each in (found.expected_treated, found.expected_dlts))
    lines.append(("all", "", "", *sums))
    heads = ("Level", "True toxicity", "Selected %", "Treated", "DLTs")
    yield from _headed([heads, *lines], paint)
    if isinstance(found, SimulatedInTime):
        yield from _in_time(found)


def lines_of_comparison(compared: Compared, paint: Paint) -> Iterator[str]:
    """The designs of each scenario under each other, without line ends.

    First how well each does by the scenario's MTD, then how often it selects which level.
    """
    yield (
        f"Target {compared.target:g}; {compared.too_toxic:g} is too toxic. Of simulated trials, "
        f"{_IN_BRACKETS}."
    )
    for scenario in compared.scenarios:
        yield ""
        yield from _scenario(scenario, paint)


def _scenario(scenario: ScenarioCompared, paint: Paint) -> Iterator[str]:
    mtd = scenario.true_mtd
    found = "no level is the MTD" if mtd is None else f"level {mtd} is the MTD"
    rates = ", ".join(f"{rate:g}" for rate in scenario.true_toxicity)
    yield f"{scenario.name}: true toxicity {rates}; {found}"
    wide = max(map(len, ("Selected %", *(each.name for each in scenario.designs))))
    in_time = any(each.duration is not None for each in scenario.designs)
    heads = [
        f"{'Design':<{wide}}",
        "Correct %",
        "Above MTD %",
        "Treated above %",
        "Treated",
        "DLTs",
    ]
    if in_time:
        heads.append("Duration in windows")
    yield from _headed([heads, *(_judged(each, mtd, wide) for each in scenario.designs)], paint)
    levels = [str(level) for level in range(1, len(scenario.true_toxicity) + 1)]
    heads = [f"{'Selected %':<{wide}}", *levels, "none"]
    lines = [
        (f"{each.name:<{wide}}", *_selected(each.characteristics)) for each in scenario.designs
    ]
    yield from _headed([heads, *lines], paint)


def _judged(each: DesignInScenario, mtd: int | None, wide: int) -> Sequence[str]:
    found = each.characteristics
    *levels, none = _selected(found)
    figures = [
        f"{each.name:<{wide}}",
        none if mtd is None else levels[mtd - 1],
        f"{100 * each.probability_above:.2f}",
        f"{100 * each.share_treated_above:.2f}",
        f"{each.expected_n:.2f}",
        f"{each.expected_dlts:.2f}",
    ]
    if isinstance(found, SimulatedInTime):
        figures.append(_figure(found.duration, found.standard_errors.duration))
    return figures


def _in_time(found: SimulatedInTime) -> Iterator[str]:
    errors = found.standard_errors
    lasts = _figure(found.duration, errors.duration)
    waits = _figure(found.waiting_time, errors.waiting_time)
    away = _figure(found.turned_away, errors.turned_away)
    yield (
        f"In DLT windows, a trial lasts {lasts}, and a patient waits {waits} for enrolment; "
        f"{away} patients are turned away."
    )


def _selected(found: Characteristics) -> list[str]:
    """How often each level is selected, and last how often none is, in percent."""
    none = found.probability_no_mtd
    if not isinstance(found, Simulated):
        return [f"{100 * each:.2f}" for each in (*found.probability_mtd, none)]
    errors = found.standard_errors
    return [
        _figure(100 * each, 100 * error)
        for each, error in zip(
            (*found.probability_mtd, none),
            (*errors.probability_mtd, errors.probability_no_mtd),
            strict=True,
        )
    ]


def _of(found: Characteristics, name: str) -> list[str]:
    """A figure by level."""
    values: Sequence[float] = getattr(found, name)
    if not isinstance(found, Simulated):
        return [f"{each:.2f}" for each in values]
    errors: Sequence[float] = getattr(found.standard_errors, name)
    return [_figure(each, error) for each, error in zip(values, errors, strict=True)]


def _figure(value: float, error: float) -> str:
    return f"{value:.2f} ({error:.2f})"


def _headed(lines: Sequence[Sequence[str]], paint: Paint) -> Iterator[str]:
    head, *rest = aligned(lines)
    yield paint(head, "faint")
    yield from rest
