"""A decision table that a protocol states itself, in place of a design's formula."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from app.domain.case import STRICT
from app.domain.cohort.design import (
    MOST_PATIENTS,
    Counts,
    Decided,
    Decision,
    DecisionTable,
    NotOfThisDesign,
    Rate,
    RuleUsed,
    Selected,
    TableRow,
    checked_trial,
    counted,
)
from app.domain.cohort.isotonic import MtdRules, select
from app.domain.cohort.waiting import CAUTION, rate_says, wait_for_all
from app.domain.errors import BadValue, Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedRow:
    """Decisions for n evaluable patients, by the number of DLTs: 0 to n."""

    __pydantic_config__ = STRICT

    n: Annotated[int, Field(ge=1, le=MOST_PATIENTS, strict=True)]
    decisions: Annotated[tuple[Decision, ...], Field(max_length=MOST_PATIENTS + 1)]

    def __post_init__(self) -> None:
        if len(self.decisions) != self.n + 1:
            raise BadValue(
                f"The row of {self.n} patients has {len(self.decisions)} decisions: give "
                f"{self.n + 1}, for 0 to {self.n} DLTs."
            )
        for dlts, (fewer, more) in enumerate(pairwise(self.decisions), start=1):
            if CAUTION[more] < CAUTION[fewer]:
                raise BadValue(
                    f"Among {self.n} patients the decision is {fewer} with {counted(dlts - 1)} "
                    f"and {more} with {counted(dlts)}: more DLTs cannot make it less cautious."
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedTable:
    """The protocol's own table, for the numbers of patients that it has rows for.

    `target` and `cutoff_eliminate` are used for the MTD only.
    """

    __pydantic_config__ = STRICT

    kind: Literal["table"] = "table"
    rows: Annotated[tuple[UploadedRow, ...], Field(min_length=1, max_length=MOST_PATIENTS)]
    target: Rate | None = None
    cutoff_eliminate: Rate = 0.95

    def __post_init__(self) -> None:
        numbers = [row.n for row in self.rows]
        if any(first >= second for first, second in pairwise(numbers)):
            told = ", ".join(map(str, numbers))
            raise BadValue(f"The rows are for {told} patients: give each once, in rising order.")

    def decision(self, n: int, dlts: int) -> Decision:
        """What the row of n patients says. Raises NotOfThisDesign where there is none."""
        if not n:
            return "cohort_not_full"
        for row in self.rows:
            if row.n == n:
                return row.decisions[dlts]
        told = (
            f"the table has no row for {n} patients, only for {self._numbers()}: add the row, or "
            "wait for one of these"
        )
        raise NotOfThisDesign(Fault(pointer="/enrolled", message=told, code="no_row"))

    def _numbers(self) -> str:
        return ", ".join(str(row.n) for row in self.rows)

    def decide(self, counts: Counts) -> Decided:
        """What is decided once pending outcomes cannot change it. Raises NotOfThisDesign."""
        return wait_for_all(self.kind, counts, self.decision, self._why)

    def table(self, max_n: int) -> DecisionTable:
        """The rows of at most max_n patients. Raises NotOfThisDesign where there is none."""
        rows = tuple(
            TableRow(n=row.n, decisions=row.decisions) for row in self.rows if row.n <= max_n
        )
        if not rows:
            told = (
                f"the table has no row up to {max_n}, only for {self._numbers()} patients: ask "
                f"for at least {self.rows[0].n}, or add the row"
            )
            raise NotOfThisDesign(Fault(pointer="/max_n", message=told, code="no_row"))
        return DecisionTable(rows=rows)

    def select_mtd(self, treated: Sequence[int], dlts: Sequence[int]) -> Selected:
        """The level whose isotonic estimate is closest to the target (Liu & Yuan 2015), below the
        lowest level that the table itself closes.

        Where there is no row for a level's patients, the next one for more of them closes it.
        Raises NotOfThisDesign, also where the table has no target.
        """
        checked_trial(treated, dlts)
        seen = enumerate(zip(treated, dlts, strict=True))
        closed = next((place for place, (n, y) in seen if self._closes(n, y)), len(treated))
        none: tuple[float | None, ...] = (None,) * (len(treated) - closed)
        if treated and not closed:
            text = f"The table closes level 1, with {counted(dlts[0])} among {treated[0]}."
            alone = RuleUsed(rule="table.closes", text=f"{text} No dose level is the MTD.")
            return Selected(mtd=None, estimates=none, because=(alone,))
        found = select(treated[:closed], dlts[:closed], self._mtd_rules())
        if not none:
            return found
        text = (
            f"The table closes level {closed + 1}, with {counted(dlts[closed])} among "
            f"{treated[closed]}, and those above it."
        )
        because = (RuleUsed(rule="table.closes", text=text), *found.because)
        return Selected(mtd=found.mtd, estimates=(*found.estimates, *none), because=because)

    def _closes(self, n: int, dlts: int) -> bool:
        # DLTs that close a level among more patients close it among fewer.
        row = next((row for row in self.rows if row.n >= n > 0), None)
        return row is not None and row.decisions[dlts] in ("eliminate", "exceeds_mtd")

    def _mtd_rules(self) -> MtdRules:
        if self.target is None:
            told = "a table alone does not say which dose is the MTD: give it a target"
            raise NotOfThisDesign(Fault(pointer="/design/target", message=told, code="missing"))
        return MtdRules(kind=self.kind, target=self.target, cutoff_eliminate=self.cutoff_eliminate)

    def _why(self, n: int, y: int) -> tuple[RuleUsed, ...]:
        told = f"The table says {self.decision(n, y)} for {counted(y)} among {n} patients."
        return (rate_says(self.kind, n, y), RuleUsed(rule="table.row", text=told))
