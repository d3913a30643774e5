"""The end of a snapshot: rows that came before and that it lacks are told, or void.

They stay unless somebody asked for them to be void, with a reason: what an export left out may
stand. Then each becomes a version that says removed, as where its source takes it back. Nothing is
void where more are absent than the settings of the system allow, or where it is not sure that they
are: such a job fails, so that somebody looks. Which of these it is, is decided once, before the
first row goes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from typing import Any, Final

from app.domain.record.origin import Origin, Reason, Source
from app.domain.source_system import SourceSystem
from app.domain.time import zone_of
from app.interchange.holding import read_kept
from app.interchange.made import HeldRow
from app.interchange.rows import SourceRow
from app.store.absent_rows import (
    Unseen,
    count_before,
    count_not_seen,
    rows_not_seen,
    rows_not_seen_of,
    subjects_not_seen,
)
from app.store.jobs import StoredJob
from app.store.source_rows import RowHolding
from app.store.writer import Unit
from app.use_cases.assembling import TakenBack, follow_each
from app.use_cases.chunk import Chunk, send_back
from app.use_cases.jobs import Progress, prove
from app.use_cases.set_aside import Aside, judged
from app.use_cases.source_rows import Come, Sender, rows_digest, take_rows

AT_ONCE: Final = 200
"""Rows that are told together."""
PATIENTS: Final = 20
"""Patients whose rows become void together."""
_UTC: Final = zone_of("UTC")
_STAYS: Final = (
    "the snapshot does not have this row, which came before: it stays as it is; where it was "
    "deleted at its source, void what it made"
)
_VOID: Final = (
    "the snapshot does not have this row, which came before: it is void, as was asked, and counts "
    "again when an extract has it again"
)
_CUT: Final = "records_differ"
"""The finding that a file has other rows than it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """A snapshot whose rows are all done, and what is to become of those that it lacks.

    `read_by` are the settings that the import rests on, whose share holds; `how` those by which
    rows are assembled now. `reason` is why rows are to be void; None where they are only told.
    """

    unit: Unit
    origin: Origin
    job: StoredJob
    sender: Sender
    read_by: SourceSystem
    how: SourceSystem
    reason: Reason | None
    aside: Aside
    made: Chunk

    def done(self) -> Progress:
        """A step: some rows told, or void; the last has told all.

        Where rows were stale, the extract is older than what is known, and lacks what came since.
        """
        counts = self.made.counts
        if counts.get("stale"):
            counts.pop("stood_at", None)
            return self._progress(is_last=True)
        if self.reason is None:
            return self._told()
        if "absent_of" not in counts:
            return self._decided()
        if "absent_kept" in counts:
            return self._told() if "absent_after" in counts else self._failed()
        return self._voided(self.reason)

    def _decided(self) -> Progress:
        """Whether the rows become void: decided, and nothing done yet."""
        counts, unseen = self.made.counts, self._unseen()
        absent, dated = count_not_seen(self.unit.connection, unseen)
        counts["absent"] = absent
        counts["absent_of"] = of = count_before(self.unit.connection, unseen)
        if absent and (code := self._doubt(absent, dated, of)) is not None:
            counts["absent_kept"] = code
        if absent:
            counts["absent_after"] = ""
        else:
            del counts["stood_at"]
        return self._progress(is_last=not absent)

    def _doubt(self, absent: int, dated: int, of: int) -> str | None:
        """Why no row becomes void, if none does."""
        counts = self.made.counts
        if counts.get("rejected") or counts.get("single_changes"):
            return "absent_unsure"
        if _CUT in counts.get("findings", ()):
            return "absent_unsure"
        if dated and self.sender.extracted_at is None:
            return "snapshot_undated"
        if absent > Fraction(self.read_by.absent_void_share) * of:
            return "too_many_absent"
        return None

    def _told(self) -> Progress:
        """Some rows that stay are told."""
        counts = self.made.counts
        found = rows_not_seen(
            self.unit.connection,
            self._unseen(),
            after=counts.get("absent_after", ""),
            limit=AT_ONCE,
        )
        for each in found:
            self._tell(each, "row_absent", _STAYS)
            counts["absent_after"] = each.stored.key
        if self.reason is None:
            self.made.count("absent", len(found))
        send_back(self.made, self.job, self.unit, self.origin)
        is_last = len(found) < AT_ONCE
        if is_last:
            counts.pop("absent_after", None)
        if is_last and self.reason is not None:
            return self._failed()
        return self._progress(is_last=is_last)

    def _failed(self) -> Progress:
        """All are told, none is void: somebody has to look."""
        counts = self.made.counts
        counts.pop("stood_at", None)
        problem = {
            "code": counts["absent_kept"],
            "detail": _detail(counts, self.sender.system, self.read_by),
        }
        return replace(self._progress(), problem={**problem, "line": None, "column": None})

    def _voided(self, reason: Reason) -> Progress:
        """The rows of some patients become void, the records follow, and each is judged once."""
        unit, made, unseen = self.unit, self.made, self._unseen()
        after = made.counts["absent_after"]
        subjects = subjects_not_seen(unit.connection, unseen, after=after, limit=PATIENTS)
        held = rows_not_seen_of(unit.connection, unseen, subjects)
        if held:
            taken = self._taken_back(held, reason)
            for subject, followed in follow_each(
                unit, self.origin, self.sender, subjects, self.how, self.aside, taken_back=taken
            ):
                made.follow(subject, followed, ())
            judged(unit, self.origin, self.job.study, made.written, self.aside)
        send_back(made, self.job, unit, self.origin)
        for each in made.written:
            made.count_named("records", each.result)
        is_last = len(subjects) < PATIENTS
        if is_last:
            del made.counts["absent_after"], made.counts["stood_at"]
        else:
            made.counts["absent_after"] = subjects[-1]
        return self._progress(is_last=is_last)

    def _taken_back(self, held: Sequence[RowHolding], reason: Reason) -> TakenBack:
        """Write the versions that say removed, with the event that proves them."""
        seq = self.unit.audit.head.seq + 1
        versions: list[tuple[str, int, str]] = []
        keys: list[str] = []
        for extract, those in groupby(sorted(held, key=_extract), key=_extract):
            there = {each.stored.key: each for each in those}
            come = [_removal(each) for each in there.values()]
            keys += [each.key for each in come]
            # It was last seen in the extract that it was last seen in.
            sender = replace(self.sender, extract=extract or None)
            taken = take_rows(self.unit, sender, come, there, seq)
            versions += ((each.key, each.version, each.digest) for each in taken.versions)
        prove(self.unit, self.origin, self.job, "kept", rows_digest(versions))
        for each in held:
            self._tell(each, "row_voided", _VOID)
        self.made.count("absent_voided", len(versions))
        return TakenBack(rows=frozenset(keys), reason=reason)

    def _tell(self, held: RowHolding, code: str, problem: str) -> None:
        row = _row(held)
        told = {"domain": row.domain, "subject": row.subject, "key": row.key}
        self.made.refused.append(
            {"absent": told, "code": code, "problem": problem, "last_seen": held.extract}
        )

    def _unseen(self) -> Unseen:
        """What the snapshot may lack. What becomes void came before it, in every sense."""
        sender, counts = self.sender, self.made.counts
        made_at = None if self.reason is None else sender.extracted_at
        return Unseen(
            study=sender.study,
            system=sender.system,
            domains=sorted(counts.get("domains", ())),
            extract=sender.extract or "",
            stood_at=counts.get("stood_at"),
            written_by=None if made_at is None else _UTC.local(made_at.span(_UTC).first),
        )

    def _progress(self, *, is_last: bool = False) -> Progress:
        return Progress(done=self.job.done, counts=self.made.counts, is_last=is_last)


def _detail(counts: Mapping[str, Any], system: str, how: SourceSystem) -> str:
    absent, of = counts["absent"], counts["absent_of"]
    domains = ", ".join(sorted(counts["domains"]))
    lacks = f"The snapshot lacks {absent} of the {of} rows of {domains} that came before"
    none = "None of them was void by it; each is told (row_absent). The file itself is imported."
    match counts["absent_kept"]:
        case "absent_unsure":
            why = _doubtful(counts)
            out = "Mend that at the source, and send the whole file again."
        case "snapshot_undated":
            why = "when the source wrote some of them is known, but not when this was extracted"
            out = "Send the file again with extracted_at."
        case _:
            share = how.absent_void_share
            why = (
                f"at most {int(Fraction(share) * of)} may be void by it "
                f"(absent_void_share of source system {system}: {share})"
            )
            out = (
                "If the extract is not whole, send one that is. If they were deleted at the "
                "source, raise absent_void_share, and send the file again."
            )
    return f"{lacks}, and {why}. {none} {out}"


def _doubtful(counts: Mapping[str, Any]) -> str:
    """Why nobody knows whether rows are absent."""
    if refused := counts.get("rejected"):
        return f"{refused} rows of the file were refused, which may be among them"
    if parts := counts.get("single_changes"):
        return f"{parts} rows of the file tell single changes, where a snapshot has whole rows"
    return "the file has other rows than it says"


def _removal(held: RowHolding) -> Come:
    """The row, taken back, as its source would."""
    row = _row(held)
    return Come(
        row=SourceRow(
            domain=row.domain,
            number=0,
            place="absent",
            fields={},
            key=row.given,
            subject=row.named,
            change="removed",
            source=Source(status=row.source.status),
        ),
        subject=row.subject,
        key=row.key,
    )


def _row(held: RowHolding) -> HeldRow:
    return read_kept(held.stored.document, held.extract).row


def _extract(held: RowHolding) -> str:
    return held.extract or ""
