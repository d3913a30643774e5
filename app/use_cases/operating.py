"""Operating characteristics of designs, and designs compared over scenarios: nothing is stored.

The request's types stand here, since service and commands read them both.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Final, Literal

from pydantic import Field

from app.domain.case import STRICT, Name
from app.domain.cohort.action import MOST_LEVELS
from app.domain.cohort.comparison import (
    TOO_TOXIC,
    Compared,
    Found,
    ScenarioCompared,
    judged,
    true_mtd,
)
from app.domain.cohort.crm import Crm, TiteCrm
from app.domain.cohort.design import MOST_PATIENTS, NotOfThisDesign, Rate
from app.domain.cohort.designs import EitherDesign
from app.domain.cohort.in_time.accrual import Accrual
from app.domain.cohort.in_time.conducts import conduct_of
from app.domain.cohort.in_time.simulate import (
    MOST_WORK,
    Progress,
    silent,
    simulate_at_any_time,
    simulate_in_time,
    work,
)
from app.domain.cohort.operating import Plan
from app.domain.cohort.operating_exact import exact
from app.domain.cohort.operating_simulate import simulate
from app.domain.cohort.operating_three_plus_three import exact as exact_three_plus_three
from app.domain.cohort.rolling_six import RollingSix
from app.domain.cohort.three_plus_three import ThreePlusThree
from app.domain.cohort.tite_boin import TiteBoin
from app.domain.errors import Fault

MOST_TRIALS: Final = 100_000
MOST_DESIGNS: Final = 10
MOST_SCENARIOS: Final = 20
MOST_TRIALS_COMPARED: Final = 500_000
"""Of all designs in all scenarios together."""
MOST_ENUMERATED: Final = 40
Probability = Annotated[float, Field(ge=0, le=1)]
Rates = Annotated[tuple[Probability, ...], Field(min_length=1, max_length=MOST_LEVELS)]
Method = Literal["exact", "simulate"]
Cohorts = Annotated[int, Field(ge=1, le=MOST_PATIENTS, strict=True)]
StartLevel = Annotated[int, Field(ge=1, le=MOST_LEVELS, strict=True)]
Trials = Annotated[int, Field(ge=1, le=MOST_TRIALS, strict=True)]
Seed = Annotated[int, Field(ge=0, lt=2**53, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CharacteristicsRequest:
    """How a design does where the true toxicity probabilities are these.

    `exact` enumerates every trial, `simulate` draws `trials` of them by `seed`. 3+3 and rolling
    six set their own cohorts; the other designs need `cohorts` and `cohort_size`. With `accrual`
    trials run in calendar time; designs that decide while patients are pending need it.
    """

    __pydantic_config__ = STRICT
    design: EitherDesign
    true_toxicity: Rates
    method: Method
    cohorts: Cohorts | None = None
    cohort_size: Cohorts | None = None
    start_level: StartLevel = 1
    trials: Trials = 10_000
    seed: Seed = 0
    accrual: Accrual | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedDesign:
    """A design that is compared, with the cohorts that it needs."""

    __pydantic_config__ = STRICT
    name: Name
    design: EitherDesign
    cohorts: Cohorts | None = None
    cohort_size: Cohorts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """True toxicity probabilities, by level."""

    __pydantic_config__ = STRICT
    name: Name
    true_toxicity: Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRequest:
    """Designs in scenarios, each in each.

    The MTD of a scenario is the level whose true toxicity is closest to the `target`, of equally
    close ones the lower; none where the lowest level has a toxicity of `too_toxic` or more, 1.4
    times the target by default. 3+3 is enumerated whatever the method, unless with `accrual`.
    """

    __pydantic_config__ = STRICT
    designs: Annotated[tuple[NamedDesign, ...], Field(min_length=1, max_length=MOST_DESIGNS)]
    scenarios: Annotated[tuple[Scenario, ...], Field(min_length=1, max_length=MOST_SCENARIOS)]
    target: Rate
    too_toxic: Probability | None = None
    method: Method
    start_level: StartLevel = 1
    trials: Trials = 10_000
    seed: Seed = 0
    accrual: Accrual | None = None


def characteristics(asked: CharacteristicsRequest, progress: Progress = silent) -> Found:
    """The operating characteristics. Raises NotOfThisDesign.

    `progress` is told how many trials are done, of how many.
    """
    return _found(asked, _plan(asked), progress)


def compared(asked: ComparisonRequest, progress: Progress = silent) -> Compared:
    """Each design in each scenario. Raises NotOfThisDesign, if it can before anything is run.

    `progress` is told how many trials of all of them are done, of how many.
    """
    too_toxic = TOO_TOXIC * asked.target if asked.too_toxic is None else asked.too_toxic
    runs = _runs(asked)
    _refuse_long_work(runs)
    found = list[Found]()
    for place, run in enumerate(runs):
        part = _part(progress, place * asked.trials, len(runs) * asked.trials)
        with _at_its_places(run):
            found.append(_found(run.asked, run.plan, part))
    many, scenarios = len(asked.designs), list[ScenarioCompared]()
    for place, scenario in enumerate(asked.scenarios):
        mtd = true_mtd(scenario.true_toxicity, asked.target, too_toxic)
        here = zip(asked.designs, found[place * many : (place + 1) * many], strict=True)
        scenarios.append(
            ScenarioCompared(
                name=scenario.name,
                true_toxicity=scenario.true_toxicity,
                true_mtd=mtd,
                designs=tuple(judged(each.name, figures, mtd) for each, figures in here),
            )
        )
    return Compared(target=asked.target, too_toxic=too_toxic, scenarios=tuple(scenarios))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """A design in a scenario, and their places in the comparison."""

    asked: CharacteristicsRequest
    plan: Plan
    design: int
    scenario: int


def _runs(asked: ComparisonRequest) -> list[_Run]:
    """Each design in each scenario, in the order of the scenarios. Raises NotOfThisDesign."""
    faults = [*_twice("designs", asked.designs), *_twice("scenarios", asked.scenarios)]
    faults += _too_many(asked)
    runs = list[_Run]()
    for scenario in range(len(asked.scenarios)):
        for design in range(len(asked.designs)):
            one = _one(asked, design, scenario)
            try:
                runs.append(_Run(asked=one, plan=_plan(one), design=design, scenario=scenario))
            except NotOfThisDesign as error:
                faults += _placed(error, design, scenario).faults
    if faults:
        # What is wrong with a design is so in every scenario.
        raise NotOfThisDesign(*dict.fromkeys(faults))
    return runs


def _one(asked: ComparisonRequest, design: int, scenario: int) -> CharacteristicsRequest:
    each = asked.designs[design]
    enumerated = isinstance(each.design, ThreePlusThree) and asked.accrual is None
    return CharacteristicsRequest(
        design=each.design,
        true_toxicity=asked.scenarios[scenario].true_toxicity,
        method="exact" if enumerated else asked.method,
        cohorts=each.cohorts,
        cohort_size=each.cohort_size,
        start_level=asked.start_level,
        trials=asked.trials,
        seed=asked.seed,
        accrual=asked.accrual,
    )


@contextmanager
def _at_its_places(run: _Run) -> Iterator[None]:
    """Refusals name the places of the design and the scenario in the comparison."""
    try:
        yield
    except NotOfThisDesign as error:
        raise _placed(error, run.design, run.scenario) from error


def _placed(error: NotOfThisDesign, design: int, scenario: int) -> NotOfThisDesign:
    """The refusal of a design in a scenario, at its places in the comparison."""
    return NotOfThisDesign(*(_at(fault, design, scenario) for fault in error.faults))


def _at(fault: Fault, design: int, scenario: int) -> Fault:
    field = fault.pointer.split("/")[1]
    if field in NamedDesign.__dataclass_fields__:
        return replace(fault, pointer=f"/designs/{design}{fault.pointer}")
    if field in Scenario.__dataclass_fields__:
        return replace(fault, pointer=f"/scenarios/{scenario}{fault.pointer}")
    return fault


def _twice(field: str, named: Sequence[NamedDesign] | Sequence[Scenario]) -> Iterator[Fault]:
    names = [each.name for each in named]
    for place, name in enumerate(names):
        if name in names[:place]:
            told = f"{name!r} is already the name of /{field}/{names.index(name)}: use another"
            yield Fault(pointer=f"/{field}/{place}/name", message=told, code="duplicate")


def _too_many(asked: ComparisonRequest) -> Iterator[Fault]:
    pairs = len(asked.designs) * len(asked.scenarios)
    together = f"{len(asked.designs)} designs in {len(asked.scenarios)} scenarios"
    if asked.method == "exact" and pairs > MOST_ENUMERATED:
        told = (
            f"{together} are {pairs} enumerations, more than {MOST_ENUMERATED}: simulate, or ask "
            "for fewer at once"
        )
        yield Fault(pointer="/method", message=told, code="too_many")
    if asked.method == "simulate" and (total := pairs * asked.trials) > MOST_TRIALS_COMPARED:
        told = (
            f"{together} with {asked.trials:,} trials each are {total:,} trials, more than "
            f"{MOST_TRIALS_COMPARED:,}: ask for at most {MOST_TRIALS_COMPARED // pairs:,} each, "
            "or for fewer designs and scenarios at once"
        )
        yield Fault(pointer="/trials", message=told, code="too_many")


def _refuse_long_work(runs: list[_Run]) -> None:
    """Refuse what takes long altogether, which slow designs with many patients can."""
    each = [_work(run) for run in runs]
    if sum(each) > MOST_WORK:
        trials = runs[0].asked.trials
        told = (
            f"these designs and scenarios take too long with {trials:,} trials each: ask for at "
            f"most {trials * MOST_WORK // sum(each):,}, or for fewer at once"
        )
        raise NotOfThisDesign(Fault(pointer="/trials", message=told, code="too_many"))


def _work(run: _Run) -> int:
    asked = run.asked
    if asked.accrual is None and not isinstance(asked.design, Crm):
        return 0
    with _at_its_places(run):
        return work(conduct_of(asked.design, run.plan), asked.accrual, asked.trials)


def _part(progress: Progress, before: int, total: int) -> Progress:
    """The progress of one of several, told as that of all."""
    return lambda done, _: progress(before + done, total)


def _found(asked: CharacteristicsRequest, plan: Plan, progress: Progress) -> Found:
    """The characteristics by a plan that the design can do."""
    design, rates, trials, seed = asked.design, asked.true_toxicity, asked.trials, asked.seed
    if asked.accrual is not None:
        conduct = conduct_of(design, plan)
        return simulate_in_time(conduct, rates, asked.accrual, trials, seed, progress)
    if isinstance(design, Crm | TiteCrm):
        return simulate_at_any_time(conduct_of(design, plan), rates, trials, seed, progress)
    progress(0, trials)
    found: Found
    if isinstance(design, ThreePlusThree):
        found = exact_three_plus_three(design.variant, rates)
    elif asked.method == "exact":
        found = exact(design, plan)
    else:
        found = simulate(design, plan, trials, seed)
    progress(trials, trials)
    return found


def _plan(asked: CharacteristicsRequest) -> Plan:
    """The plan, which the design can do. Raises NotOfThisDesign."""
    own = isinstance(asked.design, ThreePlusThree | RollingSix)
    faults = [*(_own_cohorts(asked) if own else _planned_cohorts(asked)), *_method_faults(asked)]
    if faults:
        raise NotOfThisDesign(*faults)
    # Of designs that set their own cohorts, the plan only says the levels and where they start.
    return Plan(
        true_toxicity=asked.true_toxicity,
        cohorts=asked.cohorts or 1,
        cohort_size=asked.cohort_size or 1,
        start_level=asked.start_level,
    )


def _own_cohorts(asked: CharacteristicsRequest) -> Iterator[Fault]:
    kind = asked.design.kind
    for name in ("cohorts", "cohort_size"):
        if getattr(asked, name) is not None:
            told = f"{kind} sets its own cohorts: leave this out"
            yield Fault(pointer=f"/{name}", message=told)
    if kind == "3+3" and asked.start_level != 1:
        told = "3+3 begins with the lowest level: leave out those below the start"
        yield Fault(pointer="/start_level", message=told)


def _planned_cohorts(asked: CharacteristicsRequest) -> Iterator[Fault]:
    for name in ("cohorts", "cohort_size"):
        if getattr(asked, name) is None:
            yield Fault(pointer=f"/{name}", message="this design needs it", code="required")
    if isinstance(asked.design, Crm | TiteCrm):
        levels, known = len(asked.true_toxicity), len(asked.design.skeleton)
        if levels != known:
            told = f"there are {levels} levels, and the skeleton has {known}: give each level both"
            yield Fault(pointer="/true_toxicity", message=told)


def _method_faults(asked: CharacteristicsRequest) -> Iterator[Fault]:
    design, kind = asked.design, asked.design.kind
    if asked.method == "exact" and asked.accrual is not None:
        told = "exact figures know no calendar time: ask for simulate, or leave this out"
        yield Fault(pointer="/accrual", message=told)
    if asked.accrual is None and isinstance(design, RollingSix | TiteBoin | TiteCrm):
        told = (
            f"what {kind!r} does depends on when patients arrive and when DLTs occur: give the "
            'mean time between arrivals in DLT windows at least, as in {"interarrival": 0.25}'
        )
        yield Fault(pointer="/accrual", message=told, code="required")
    if asked.method == "exact" and isinstance(design, RollingSix | TiteBoin | Crm | TiteCrm):
        told = f"what {kind!r} does is simulated, not enumerated: ask for simulate"
        yield Fault(pointer="/method", message=told)
    if asked.method == "simulate" and asked.accrual is None and kind == "3+3":
        told = (
            "3+3 is enumerated exactly, in less time than it takes to simulate: ask for exact, or "
            "give accrual for its time"
        )
        yield Fault(pointer="/method", message=told)
