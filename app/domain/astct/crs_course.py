"""The CRS grades of one event over time, from assessments of its components.

A later assessment rests on earlier ones: once there was a fever of CRS and something was given
that masks it, fever is no longer required for the rest of the event (CRS-R2). Nothing that a
later assessment states un-does that. Where the times do not tell which of several was made
first, every order is looked at.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final, NamedTuple

from app.domain.astct.answer import ScaleFinding
from app.domain.astct.completions import Decision
from app.domain.astct.crs import CrsComponents, Fever, crs_decision
from app.domain.astct.crs_answer import crs_findings
from app.domain.astct.crs_readings import CRS_READINGS
from app.domain.astct.drugs import masks_fever
from app.domain.astct.graded import GradedAt
from app.domain.astct.orders import before_each
from app.domain.astct.readings import NO_CHOICE, Options, options_of
from app.domain.time import PartialTime, Span

CLOCK_TIME: Final = "clock time"
"""What is missing where a grade depends on which of several assessments was made first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrsAssessed:
    """A CRS assessment; `stated` are the components that it names, null or not."""

    on: PartialTime
    span: Span
    components: CrsComponents
    stated: frozenset[str]

    @property
    def denies_therapy(self) -> bool:
        """Whether it says that nothing masks a fever."""
        return "masking_therapy" in self.stated and self.components.masking_therapy is None


class _Before(NamedTuple):
    """What earlier assessments say: a fever that one shows, or tells of; what masks it, a known
    drug rather than another; whether it was given during or after the fever, so that fever is
    waived; and whether that which was not is now denied.
    """

    shown: bool = False
    told: bool = False
    drug: str | None = None
    waived: bool = False
    denied: bool = False


class _Found(NamedTuple):
    """What an assessment comes to in one state."""

    case: CrsComponents
    lowest: int
    highest: int
    missing: tuple[str, ...]
    contradicted: tuple[ScaleFinding, ...]


def crs_course(
    serial: Sequence[CrsAssessed], chosen: Mapping[str, str] = NO_CHOICE
) -> tuple[GradedAt, ...]:
    """The CRS grades of one event, from its assessments; their order says nothing."""
    options = options_of(CRS_READINGS, chosen)
    timed = sorted(
        serial, key=lambda each: (each.span, repr(each.components), sorted(each.stated))
    )
    fevers = [crs_decision(each.components, options).outcomes[0] for each in timed]
    states = before_each(
        [each.span for each in timed],
        _Before(),
        lambda place, before: _after(timed[place], fevers[place], before),
    )
    return tuple(
        _graded(each, [_found(each, before, options) for before in sorted(of_it, key=repr)])
        for each, of_it in zip(timed, states, strict=True)
    )


def _after(each: CrsAssessed, fever: frozenset[Fever], before: _Before) -> _Before:
    """What is known once this assessment was made."""
    case = each.components
    shown = before.shown or fever == {Fever.PRESENT}
    told = before.told or case.fever_earlier_in_episode is True
    drug, denied = before.drug, before.denied or each.denies_therapy
    if case.masking_therapy is not None and not (
        _known(drug) and not _known(case.masking_therapy)
    ):
        drug, denied = case.masking_therapy, False
    in_force = _known(drug) and not denied
    return _Before(
        shown=shown,
        told=told,
        drug=drug,
        waived=before.waived or (in_force and (shown or told)),
        denied=denied and drug is not None,
    )


def _known(drug: str | None) -> bool:
    return drug is not None and masks_fever(drug) is True


def _found(each: CrsAssessed, before: _Before, options: Options) -> _Found:
    """The grades of all that the components may be with what was before."""
    cases = [
        replace(each.components, fever_earlier_in_episode=earlier, masking_therapy=drug)
        for earlier, drug in product(_earlier(each, before), _masking(each, before))
    ]
    decisions = [crs_decision(case, options) for case in cases]
    return _Found(
        case=cases[0],
        lowest=min(found.lowest for found in decisions),
        highest=max(found.highest for found in decisions),
        missing=tuple(dict.fromkeys(_missing(cases, decisions))),
        contradicted=tuple(_against_before(each, before)),
    )


def _earlier(each: CrsAssessed, before: _Before) -> tuple[bool | None, ...]:
    """Whether there was a fever before. One that was shown was there, whatever is said."""
    own = each.components.fever_earlier_in_episode
    if before.shown:
        return (True,)
    if not before.told:
        return (own,)
    return (True, False) if own is False else (True,)


def _masking(each: CrsAssessed, before: _Before) -> tuple[str | None, ...]:
    """What masks a fever: all that it may be, where that is contradicted."""
    own = each.components.masking_therapy
    if own is not None and (_known(own) or not before.waived):
        return (own,)
    if before.drug is None or before.waived:
        return (before.drug,)
    return (before.drug, None) if before.denied or each.denies_therapy else (before.drug,)


def _missing(cases: Sequence[CrsComponents], decisions: Sequence[Decision]) -> Iterator[str]:
    if len({(found.lowest, found.highest) for found in decisions}) > 1:
        for name in ("fever_earlier_in_episode", "masking_therapy"):
            if len({getattr(case, name) for case in cases}) > 1:
                yield name
    for found in decisions:
        yield from found.matters


def _against_before(each: CrsAssessed, before: _Before) -> Iterator[ScaleFinding]:
    if each.components.fever_earlier_in_episode is False and (before.shown or before.told):
        text = "It says that there was no fever before, and an earlier assessment shows one."
        code = "earlier_fever_contradicted"
        yield ScaleFinding(code=code, field="fever_earlier_in_episode", text=text)
    if each.denies_therapy and before.drug is not None:
        text = f"It says that no therapy masks a fever, and {before.drug} was recorded before"
        text += ", which still counts." if before.waived else ": either may be."
        yield ScaleFinding(code="masking_contradicted", field="masking_therapy", text=text)


def _graded(each: CrsAssessed, found: Sequence[_Found]) -> GradedAt:
    """What the assessment comes to in all the orders; a finding is told where all have it."""
    ordered = len({(one.lowest, one.highest) for one in found}) == 1
    missing = dict.fromkeys(() if ordered else (CLOCK_TIME,))
    missing |= dict.fromkeys(field for one in found for field in one.missing)
    return GradedAt(
        on=each.on,
        components=found[0].case,
        lowest=min(one.lowest for one in found),
        highest=max(one.highest for one in found),
        missing=tuple(missing),
        findings=(*_in_all(one.contradicted for one in found), *crs_findings(each.components)),
    )


def _in_all(findings: Iterable[tuple[ScaleFinding, ...]]) -> Iterator[ScaleFinding]:
    first, *others = findings
    for each in first:
        if all(each.code in {told.code for told in other} for other in others):
            yield each
