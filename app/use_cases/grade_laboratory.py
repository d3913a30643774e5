"""Grade measurements that a request brings; nothing is stored."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import AfterValidator, Discriminator, Field, Tag, TypeAdapter

from app.data.criteria import load_catalogue
from app.domain.case import STRICT, LaboratoryMeasurement
from app.domain.errors import BadValue, DomainError, Fault
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.choice import NotGraded
from app.domain.laboratory.choice import chosen as chosen_terms
from app.domain.laboratory.grading import (
    Chosen,
    LaboratoryGrade,
    ShortGrade,
    grades,
    read,
    short_grades,
)
from app.domain.laboratory.policy import WORST, Policy
from app.domain.laboratory.ranges import (
    Circumstances,
    Limits,
    ages_at,
    by_analyte,
    limits_for,
)
from app.domain.laboratory.reading import Finding
from app.domain.reference_range import ReferenceRange, Sex
from app.domain.time import RecordedTime, zone_of
from app.use_cases.dictionaries import dictionary
from app.use_cases.ranges import analyte_id

DICTIONARY: Final = "ctcae-5.0"
MOST_RESULTS: Final = 10_000
MOST_RANGES: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OneResult(LaboratoryMeasurement):
    """A measurement to grade: by `term`, or by every term that `analyte` can grade.

    Limits and baseline are in the unit of the value; a unit that is missing is that of the
    limits. `laboratory`, `sex` and `measured_at` decide which of the `ranges` that come with
    several results holds, and nothing else.
    """

    __pydantic_config__ = STRICT

    measured_at: RecordedTime | None = None
    sex: Sex | None = None
    policy: Policy = WORST


class TooManyResults(BadValue):
    """More results than one request may bring."""

    code = "too_long"

    def __init__(self) -> None:
        super().__init__(f"a request has at most {MOST_RESULTS:,} results: send more as NDJSON")


def _not_too_many(results: tuple[OneResult, ...]) -> tuple[OneResult, ...]:
    """A limit that a body of usual size reaches before the schema's would."""
    if len(results) > MOST_RESULTS:
        raise TooManyResults
    return results


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyResults:
    """Measurements to grade; more than these are sent as NDJSON.

    A limit that a measurement lacks is that of its laboratory, by the `ranges`.
    """

    __pydantic_config__ = STRICT

    results: Annotated[tuple[OneResult, ...], AfterValidator(_not_too_many)]
    ranges: Annotated[tuple[ReferenceRange, ...], Field(max_length=MOST_RANGES)] = ()


def _one_or_many(value: Any) -> str:
    many = "results" in value if isinstance(value, dict) else isinstance(value, ManyResults)
    return "many" if many else "one"


Request = Annotated[
    Annotated[OneResult, Tag("one")] | Annotated[ManyResults, Tag("many")],
    Discriminator(_one_or_many),
]
G = TypeVar("G", LaboratoryGrade, ShortGrade)
REQUEST: Final[TypeAdapter[OneResult | ManyResults]] = TypeAdapter(Request)


@dataclass(frozen=True, slots=True, kw_only=True)
class EveryTerm(Generic[G]):
    """What a measurement is by every term that its analyte can grade."""

    results: tuple[G, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EveryResult:
    """What each measurement is, in the order of the request."""

    results: tuple[LaboratoryGrade | EveryTerm[LaboratoryGrade], ...]


Answer = LaboratoryGrade | EveryTerm[LaboratoryGrade] | EveryResult
ANSWER: Final[TypeAdapter[Answer]] = TypeAdapter(Answer)


class NoGrade(DomainError):
    """Some measurement names nothing that can be graded; `faults` lists each at its place."""

    code = "not_graded"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.pointer}: {fault.message}" for fault in faults))


def catalogue() -> Catalogue:
    """The criteria of CTCAE 5.0, with the analytes and units that they are read with."""
    return load_catalogue(DICTIONARY)


def named(text: str) -> str | None:
    """The dictionary's name for a reported term, or for its code."""
    return dictionary(DICTIONARY).named(text)


def answer(request: OneResult | ManyResults) -> Answer:
    """Grade what was asked. Raises NoGrade with every fault."""
    many = isinstance(request, ManyResults)
    asked: Sequence[OneResult] = (request,) if isinstance(request, OneResult) else request.results
    remarks: Mapping[int, Finding] = {}
    faults: list[Fault] = []
    if isinstance(request, ManyResults) and request.ranges:
        faults += _unknown(request.ranges)
        asked, remarks = limited(request)
    chosen: list[tuple[Chosen, ...]] = []
    for place, one in enumerate(asked):
        below = f"/results/{place}" if many else ""
        found, wrong = readable(one)
        chosen.append(found)
        faults += [replace(fault, pointer=below + fault.pointer) for fault in wrong]
    if faults:
        raise NoGrade(tuple(faults))
    answers = tuple(
        each if place not in remarks else _remarked(each, remarks[place])
        for place, each in enumerate(in_full(asked, chosen))
    )
    return EveryResult(results=answers) if many else answers[0]


def limited(request: ManyResults) -> tuple[Sequence[OneResult], Mapping[int, Finding]]:
    """The measurements with limits of their laboratories, and by place from which ranges those
    are, or why there are none.
    """
    ranges = by_analyte(request.ranges, catalogue().analytes)
    asked, remarks = list(request.results), dict[int, Finding]()
    for place, one in enumerate(asked):
        try:
            [(_, analyte), *_] = chosen_terms(one, catalogue(), named)
        except NotGraded:  # it is told when it is read
            continue
        found = limits_for(one, ranges, analyte, catalogue(), _circumstances(one))
        if isinstance(found, Limits):
            asked[place] = replace(one, lln=found.lln, uln=found.uln)
        if found is not None:
            code = "range_used" if isinstance(found, Limits) else found.why
            message = f"{found.message[:1].upper()}{found.message[1:]}."
            remarks[place] = Finding(code=code, message=message)
    return asked, remarks


def _unknown(ranges: Sequence[ReferenceRange]) -> Iterator[Fault]:
    for place, each in enumerate(ranges):
        try:
            analyte_id(each.analyte)
        except BadValue as error:
            pointer = f"/ranges/{place}/analyte"
            yield Fault(pointer=pointer, message=str(error), code=error.code)


def _circumstances(one: OneResult) -> Circumstances:
    """Whom a measurement is of and when; its day is that of its own offset."""
    days = None
    if one.measured_at is not None:
        zone = zone_of(one.measured_at.offset_text or "UTC")
        span = one.measured_at.span(zone)
        days = zone.local(span.first).date(), zone.local(span.last).date()
    return Circumstances(sex=one.sex, ages=ages_at(one.age_years, None, days), days=days)


def _remarked(
    graded: LaboratoryGrade | EveryTerm[LaboratoryGrade], remark: Finding
) -> LaboratoryGrade | EveryTerm[LaboratoryGrade]:
    if isinstance(graded, EveryTerm):
        results = (replace(each, findings=(*each.findings, remark)) for each in graded.results)
        return replace(graded, results=tuple(results))
    return replace(graded, findings=(*graded.findings, remark))


def in_short(
    asked: Sequence[OneResult], chosen: Sequence[tuple[Chosen, ...]]
) -> Iterator[ShortGrade | EveryTerm[ShortGrade]]:
    """The grades without their reasons."""
    return _answers(asked, chosen, short_grades)


def in_full(
    asked: Sequence[OneResult], chosen: Sequence[tuple[Chosen, ...]]
) -> Iterator[LaboratoryGrade | EveryTerm[LaboratoryGrade]]:
    """The grades with their reasons."""
    return _answers(asked, chosen, grades)


def _answers(
    asked: Sequence[OneResult],
    chosen: Sequence[tuple[Chosen, ...]],
    graded: Callable[[Sequence[Chosen], Catalogue, Policy], Sequence[G]],
) -> Iterator[G | EveryTerm[G]]:
    """The grades of measurements that were read, those of one policy together."""
    places: dict[Policy, list[int]] = {}
    for place, one in enumerate(asked):
        places.setdefault(one.policy, []).append(place)
    found: dict[int, tuple[G, ...]] = {}
    for policy, of_policy in places.items():
        rows = [row for place in of_policy for row in chosen[place]]
        answers = iter(graded(rows, catalogue(), policy))
        for place in of_policy:
            found[place] = tuple(next(answers) for _ in chosen[place])
    for place, one in enumerate(asked):
        yield found[place][0] if one.term is not None else EveryTerm(results=found[place])


def readable(one: OneResult) -> tuple[tuple[Chosen, ...], tuple[Fault, ...]]:
    """A measurement, read for each term that it is graded for; or what is wrong with it."""
    known = catalogue().criteria.facts
    faults = [
        Fault(
            pointer=f"/facts/{name}",
            message=_no_such_fact(name, known),
            code="unknown_fact",
        )
        for name in one.facts
        if name not in known
    ]
    faults += [
        Fault(pointer=f"/facts/{name}", message="write true, false or null", code="wrong_type")
        for name, value in one.facts.items()
        if name in known and isinstance(value, str)
    ]
    try:
        found = read(one, catalogue(), named)
    except NotGraded as error:
        return (), (*faults, error.fault)
    return (found, ()) if not faults else ((), tuple(faults))


def _no_such_fact(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, 1)
    meant = f"did you mean {near[0]!r}?" if near else "docs/grading-laboratory.md lists the facts"
    return f"no criterion asks for {name!r}; {meant}"
