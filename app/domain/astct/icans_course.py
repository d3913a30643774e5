"""The ICANS grades of one event over time, from assessments of its components."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from app.domain.astct.answer import ScaleFinding
from app.domain.astct.graded import GradedAt
from app.domain.astct.icans import IcansComponents, icans_decision
from app.domain.astct.icans_answer import icans_findings
from app.domain.astct.icans_readings import ICANS_READINGS
from app.domain.astct.readings import NO_CHOICE, Options, options_of
from app.domain.time import PartialTime, Span

_OF_THE_PATIENT: Final = ("age_years", "baseline_developmental_delay")


@dataclass(frozen=True, slots=True, kw_only=True)
class IcansAssessed:
    """An ICANS assessment, with the lowest and the highest ICE score that items of the same time
    may sum up to; or such items `alone`, with nothing known of the other components.
    """

    on: PartialTime
    span: Span
    components: IcansComponents
    ice: tuple[int, int] | None = None
    alone: bool = False


def icans_course(
    serial: Sequence[IcansAssessed], chosen: Mapping[str, str] = NO_CHOICE
) -> tuple[GradedAt, ...]:
    """The ICANS grades of one event, from its assessments; their order says nothing.

    Age and developmental delay are the patient's: where an assessment leaves them out, those of
    the first that has them hold.
    """
    options = options_of(ICANS_READINGS, chosen)
    of_patient = {name: _first(serial, name) for name in _OF_THE_PATIENT}
    timed = sorted(serial, key=lambda each: (each.span, each.alone, repr(each)))
    return tuple(_graded(each, of_patient, options) for each in timed)


def _graded(each: IcansAssessed, of_patient: Mapping[str, Any], options: Options) -> GradedAt:
    lacking = {name: of_patient[name] for name in _OF_THE_PATIENT if _told(each, name) is None}
    case = replace(each.components, **lacking)
    if case.ice_score is None and each.ice is not None and each.ice[0] == each.ice[1]:
        case = replace(case, ice_score=each.ice[0])
    found = icans_decision(case, options, each.ice)
    return GradedAt(
        on=each.on,
        components=case,
        lowest=found.lowest,
        highest=found.highest,
        missing=found.matters,
        findings=(*_of_items(each), *icans_findings(case, options)),
    )


def _first(serial: Sequence[IcansAssessed], name: str) -> Any:
    """What the first assessment says that tells it; nothing where several of one time disagree."""
    told = [(each.span, _told(each, name)) for each in serial if _told(each, name) is not None]
    first = min((span for span, _ in told), default=None)
    values = {value for span, value in told if span == first}
    return values.pop() if len(values) == 1 else None


def _told(each: IcansAssessed, name: str) -> Any:
    return getattr(each.components, name)


def _of_items(each: IcansAssessed) -> Iterator[ScaleFinding]:
    own = each.components.ice_score
    if each.ice is None:
        return
    lowest, highest = each.ice
    score = str(lowest) if lowest == highest else f"{lowest} to {highest}"
    if each.alone:
        text = f"ICE {score} was recorded alone: the other components of ICANS are not known."
        yield ScaleFinding(code="ice_alone", field="ice_score", text=text)
    elif own is not None and not lowest <= own <= highest:
        text = f"It says ICE {own}, and the items of the same time sum up to {score}."
        yield ScaleFinding(code="ice_score_contradicted", field="ice_score", text=text)
