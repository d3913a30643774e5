"""A write and what follows from it: the record changes, and every patient concerned is judged.

Both stand in one transaction, so that nobody can read a record whose verdicts are of another one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from app.data.criteria import load_analytes
from app.domain.case import LaboratoryResult, SubjectData
from app.domain.errors import DomainError
from app.domain.laboratory.ranges import may_use
from app.domain.record.kinds import Kind
from app.domain.record.origin import Origin
from app.domain.reference_range import ReferenceRange
from app.store.adjudications import Adjudications, StoredAdjudication
from app.store.records import Records
from app.store.writer import Unit
from app.use_cases.errors import BatchRejected
from app.use_cases.records import Precondition, Sent, Written, put, require_study
from app.use_cases.snapshot import Snapshot, content_of
from app.use_cases.verdicts import Cause, keep_all, keep_each

_CAUSES: Final[dict[str, Cause]] = {
    "created": "ingest",
    "updated": "correction",
    "voided": "void",
    "restored": "restoration",
}
_OF_KIND: Final[dict[Kind, Cause]] = {
    "subject": "patient",
    "site": "site",
    "study": "study",
    "laboratory_range": "range",
}
_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was written, and the verdicts of the patients concerned as they now stand."""

    written: Written
    verdicts: tuple[StoredAdjudication, ...]


def judged_after(unit: Unit, origin: Origin, study: str, written: Written) -> Outcome:
    """Judge the patients that a write concerns, and tell their verdicts."""
    if written.written is None or not written.written.applied:
        return Outcome(written=written, verdicts=_standing(unit, study, written))
    cause: Cause = _OF_KIND.get(written.kind) or _CAUSES[written.result]
    subjects = _concerned(unit, study, written)
    return Outcome(written=written, verdicts=tuple(keep_all(unit, origin, study, subjects, cause)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One record of a batch, and what the client believes of it."""

    sent: Sent
    condition: Precondition


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemOutcome:
    """What became of one item: it was written, or refused and why."""

    written: Written | None
    error: DomainError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome:
    """What became of each item, in the order sent, and the verdicts that follow."""

    items: tuple[ItemOutcome, ...]
    verdicts: tuple[StoredAdjudication, ...]


def put_batch(
    unit: Unit,
    origin: Origin,
    study: str,
    items: Sequence[Item],
    mode: Literal["atomic", "independent"],
) -> BatchOutcome:
    """Write many records, and judge each patient concerned once.

    Independent: what is refused leaves the others alone. Atomic: raises BatchRejected, and nothing
    is written, where any is refused. Raises UnknownStudy.
    """
    require_study(unit, study)
    outcomes = tuple(_one(unit, origin, study, item) for item in items)
    if mode == "atomic" and any(each.error for each in outcomes):
        raise BatchRejected(tuple(each.error for each in outcomes))
    done = [each.written for each in outcomes if each.written is not None]
    verdicts = list(judged_together(unit, origin, study, done))
    told = {subject for each in done for subject in each.affected}
    for each in done:
        if each.holds.subject not in told:
            told.add(each.holds.subject or "")
            verdicts += _standing(unit, study, each)
    return BatchOutcome(items=outcomes, verdicts=tuple(verdicts))


def judged_together(
    unit: Unit, origin: Origin, study: str, done: Sequence[Written]
) -> tuple[StoredAdjudication, ...]:
    """Judge each patient once whom any of these writes concerns, and tell the verdicts."""
    causes: dict[str, Cause] = {}
    for each in done:
        if each.written is None or not each.written.applied:
            continue
        cause = _OF_KIND.get(each.kind) or _CAUSES[each.result]
        for subject in _concerned(unit, study, each):
            if causes.get(subject) != "correction":
                causes[subject] = cause
    return tuple(keep_each(unit, origin, study, causes))


class DryRun(Exception):
    """Carries the outcome of a trial out of the transaction, which is rolled back."""

    def __init__(self, outcome: BatchOutcome) -> None:
        self.outcome = outcome
        super().__init__()


def tried(work: Callable[[Unit], BatchOutcome]) -> Callable[[Unit], BatchOutcome]:
    """The same work, taken back at its end: it raises DryRun with the outcome."""

    def try_it(unit: Unit) -> BatchOutcome:
        raise DryRun(work(unit))

    return try_it


def _one(unit: Unit, origin: Origin, study: str, item: Item) -> ItemOutcome:
    try:
        written = put(unit, origin, study, item.sent, item.condition)
    except DomainError as error:  # raised before anything of the item is written
        return ItemOutcome(written=None, error=error)
    return ItemOutcome(written=written, error=None)


def _standing(unit: Unit, study: str, written: Written) -> tuple[StoredAdjudication, ...]:
    """The verdicts that a write without effect leaves as they were, of a patient who counts."""
    subject = written.holds.subject
    if subject is None or Snapshot.within(unit, study).patient_record(subject) is None:
        return ()
    current = Adjudications(connection=unit.connection, study=study).current(subject)
    return () if current is None else (current,)


def _concerned(unit: Unit, study: str, written: Written) -> frozenset[str]:
    """The patients whose verdicts may change: of a site its own, of a study all, of a laboratory's
    range those with a result that may use it.
    """
    if written.kind == "laboratory_range":
        return _measured_there(unit, study, written)
    if written.kind not in {"site", "study"} or written.written is None:
        return written.affected
    subjects = Records(connection=unit.connection, kind="subject", study=study)
    found: set[str] = set()
    after: str | None = None
    while page := subjects.page(after=after, limit=_PAGE, voided=False):
        found |= {
            each.key
            for each in page
            if written.kind == "study"
            or content_of("subject", each, SubjectData).site == written.holds.key
        }
        after = page[-1].key
    return frozenset(found)


def _measured_there(unit: Unit, study: str, written: Written) -> frozenset[str]:
    """The patients with a result that lacks a limit and may be of the laboratory of a range."""
    stated = content_of(written.kind, written.holds, ReferenceRange)
    results = Records(connection=unit.connection, kind="laboratory_result", study=study)
    analytes = load_analytes()
    found: set[str] = set()
    for each in results.counting(None):
        result = content_of("laboratory_result", each, LaboratoryResult)
        there = replace(result, laboratory=result.laboratory or stated.laboratory)
        if each.subject is not None and may_use(there, stated, analytes):
            found.add(each.subject)
    return frozenset(found)
