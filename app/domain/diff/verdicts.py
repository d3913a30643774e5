"""Cases that two versions of a protocol decide otherwise.

The boundary cases of both versions' rules, as the linter lays them (app/domain/lint), are judged
by both. What an example tells was then adjudicated by each version whole, as a request is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import EventAdjudication, VerdictWord
from app.domain.case import Subject
from app.domain.dlt.columns import Index
from app.domain.lint.bench import Bench
from app.domain.lint.records import ZONE, as_json, words_of

MOST_EXAMPLES: Final = 12
_MOST_TRIED: Final = 240
"""Cases that are adjudicated whole at most, in search of examples."""
_STRIDE: Final = 97
"""Of cases that the rules alone decide alike, every such one is adjudicated whole, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedByVersion:
    """What one version says of the event of a case, and why."""

    verdict: VerdictWord
    criterion: str | None
    exception: str | None
    established_at: str | None
    becomes_dlt_at: str | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedOtherwise:
    """A worked case: a patient as `POST /v1/adjudicate` takes one, and what each version says."""

    says: str
    """The case in words."""
    as_of: str
    subject: Mapping[str, Any]
    old: DecidedByVersion
    new: DecidedByVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherVerdicts:
    """How many boundary cases were judged by both, how many of them are decided otherwise by the
    rules (the verdict, its instant, or the referral), and examples of other verdicts.
    """

    cases: int = 0
    unlike: int = 0
    examples: tuple[DecidedOtherwise, ...] = ()


def other_verdicts(old: ReadyProtocol, new: ReadyProtocol) -> OtherVerdicts:
    """Boundary cases by both versions; none where neither states a DLT definition."""
    if old.rules is None and new.rules is None:
        return OtherVerdicts()
    bench = Bench(
        new if new.rules is not None else old,
        [each.rules.decided for each in (new, old) if each.rules is not None],
    )
    unlike = _unlike(bench, both=old.rules is not None and new.rules is not None)
    search = _Search(bench=bench, old=old, new=new)
    for row in (*_plainest(bench, unlike), *_others(bench, unlike)):
        if not search.goes_on:
            break
        search.look_at(row)
    return OtherVerdicts(
        cases=len(bench.cases),
        unlike=len(unlike),
        examples=tuple(search.found.values()),
    )


def _unlike(bench: Bench, *, both: bool) -> Index:
    """The cases that the rules of both decide otherwise; all, where one has no rules."""
    if not both:
        return bench.everything
    first, second = bench.variants
    return bench.judged(first).unlike(bench.judged(second))


def _plainest(bench: Bench, rows: Index) -> Iterator[int]:
    """Of each term and answers the plainest course first, so that examples differ."""
    cases = bench.cases
    ranked = sorted(
        (int(row) for row in rows),
        key=lambda row: (cases.shapes[cases.shape[row]].plainness, int(cases.profile[row])),
    )
    seen: dict[str, list[int]] = {}
    for row in ranked:
        seen.setdefault(cases.profiles[cases.profile[row]].term, []).append(row)
    for turn in range(max(map(len, seen.values()), default=0)):
        yield from (listed[turn] for listed in seen.values() if turn < len(listed))


def _others(bench: Bench, unlike: Index) -> Sequence[int]:
    """Some cases that the rules decide alike: words for interventions, terms or gradings may not
    be the same.
    """
    alike = np.setdiff1d(bench.everything, unlike)
    return [int(row) for row in alike[::_STRIDE]]


@dataclass(slots=True, kw_only=True)
class _Search:
    """Adjudicates cases by both versions, and keeps one for each way to differ."""

    bench: Bench
    old: ReadyProtocol
    new: ReadyProtocol
    tried: int = 0
    found: dict[tuple[str | None, ...], DecidedOtherwise] = field(default_factory=dict)

    @property
    def goes_on(self) -> bool:
        return len(self.found) < MOST_EXAMPLES and self.tried < _MOST_TRIED

    def look_at(self, row: int) -> None:
        subject = self.bench.subject(row)
        self.tried += 1
        old, new = (self._decided(each, subject) for each in (self.old, self.new))
        if old.verdict == new.verdict:
            return
        way = (
            old.verdict, new.verdict, old.criterion, new.criterion, old.exception, new.exception,
        )  # fmt: skip
        if way not in self.found:
            shape = self.bench.cases.shapes[self.bench.cases.shape[row]]
            self.found[way] = DecidedOtherwise(
                says=words_of(shape, subject),
                as_of=self.bench.as_of.text,
                subject=as_json(subject),
                old=_told(old),
                new=_told(new),
            )

    def _decided(self, version: ReadyProtocol, subject: Subject) -> EventAdjudication:
        return adjudicate([subject], version, self.bench.as_of, ZONE)[0].events[0]


def _told(event: EventAdjudication) -> DecidedByVersion:
    return DecidedByVersion(
        verdict=event.verdict,
        criterion=event.criterion,
        exception=event.exception,
        established_at=event.established_at,
        becomes_dlt_at=event.becomes_dlt_at,
        text=event.explanation.text,
    )
