"""What every dose-escalation design answers, and in which words.

A design is data: a frozen value with its parameters. It is asked about one dose level by counts
of evaluable patients; the numerics of each family stand in a file of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, Protocol

from pydantic import Field

from app.domain.errors import DomainError, Fault

Decision = Literal[
    "escalate",
    "stay",
    "expand",
    "cohort_not_full",
    "suspend",
    "de_escalate",
    "exceeds_mtd",
    "eliminate",
]
"""What a design says of a dose level.

`expand` adds patients to the level (3+3), `suspend` waits for patients who are observed,
`cohort_not_full` says that a cohort is not complete, `exceeds_mtd` and `eliminate` close the level
and those above it.
"""
Rate = Annotated[float, Field(gt=0, lt=1)]
"""A probability that is neither 0 nor 1."""
Count = Annotated[int, Field(ge=0, le=10_000, strict=True)]
MOST_PATIENTS: Final = 200
"""The most patients of a level in a table or a simulated trial."""


class NotOfThisDesign(DomainError):
    """What was asked has no answer in the design; `faults` says where, why, and the way out."""

    code = "not_of_this_design"

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.pointer}: {fault.message}" for fault in faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The patients of one dose level: how many evaluable ones were enrolled, how many of them had
    a DLT, and how many have no outcome yet. `pending_follow_up` is the total follow-up of these,
    in units of the DLT window; None where it is not told.

    Raises NotOfThisDesign where the numbers cannot be.
    """

    enrolled: int
    dlts: int
    pending: int = 0
    pending_follow_up: float | None = None

    def __post_init__(self) -> None:
        if self.dlts + self.pending > self.enrolled:
            told = (
                f"{self.dlts} with a DLT and {self.pending} pending are more than the "
                f"{self.enrolled} enrolled; a patient with a DLT is not pending"
            )
            raise NotOfThisDesign(Fault(pointer="/enrolled", message=told, code="counts"))
        follow_up = self.pending_follow_up
        if follow_up is not None and not 0 <= follow_up <= self.pending:
            told = (
                f"{follow_up} windows of follow-up cannot be those of {self.pending} pending "
                "patients, each of whom has been followed for at most one"
            )
            fault = Fault(pointer="/pending_follow_up", message=told, code="counts")
            raise NotOfThisDesign(fault)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleUsed:
    """A sentence of the answer, and the rule that it applies."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is decided once the pending patients' outcomes are known.

    `dlts` are the numbers of DLTs among them with which it is.
    """

    decision: Decision
    dlts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a design says of a dose level now.

    `decision` is None while a design that waits for every outcome is uncertain. `possible` are
    the decisions that can still come out, by name; `certain` whether pending outcomes can no
    longer change the decision; `would_decide` which outcome leads to which decision.
    """

    decision: Decision | None
    certain: bool
    possible: tuple[Decision, ...]
    because: tuple[RuleUsed, ...]
    would_decide: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundaries:
    """Between which observed toxicity rates a design stays: at or below `lambda_e` it escalates,
    at or above `lambda_d` it de-escalates.
    """

    lambda_e: float
    lambda_d: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """Decisions for n evaluable patients, by the number of DLTs: 0 to n."""

    n: int
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionTable:
    """A design as a table; `boundaries` of those that have some."""

    boundaries: Boundaries | None = None
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """The MTD, as a level from 1 on, or None where no dose is one.

    `estimates` are the estimated toxicity probabilities by level, None where there is none.
    """

    mtd: int | None
    estimates: tuple[float | None, ...]
    because: tuple[RuleUsed, ...]


class Design(Protocol):
    """What each design of counts fulfils."""

    @property
    def kind(self) -> str:
        """The design's name."""

    def decision(self, n: int, dlts: int) -> Decision:
        """What is decided of a level with n outcomes known, `dlts` of them DLTs.

        Raises NotOfThisDesign where the design has no decision for so many.
        """

    def decide(self, counts: Counts) -> Decided:
        """What is decided now, and what may still be decided. Raises NotOfThisDesign."""

    def table(self, max_n: int) -> DecisionTable:
        """The decisions for 1 to max_n outcomes, as far as the design has any."""

    def select_mtd(self, treated: Sequence[int], dlts: Sequence[int]) -> Selected:
        """The MTD at the end of a trial, by patients and DLTs of each level.

        Raises NotOfThisDesign where the lists cannot be of one trial.
        """


def counted(dlts: int) -> str:
    """So many DLTs, as a sentence says it."""
    return "1 DLT" if dlts == 1 else f"{dlts} DLTs"


def without_outcome(pending: int) -> str:
    """So many patients without an outcome, as a sentence says it."""
    return f"{pending} {'has' if pending == 1 else 'have'} no outcome yet"


def several(count: int, thing: str) -> str:
    """`1 patient`, `2 patients`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def unsettled_level(
    decision: Callable[[int, int], Decision], treated: Sequence[int], dlts: Sequence[int]
) -> int | None:
    """The lowest place, from the first level that was treated on, below the last of `treated`,
    whose counts do not let escalate; None where there is none.
    """
    first = next((place for place, n in enumerate(treated) if n), len(treated))
    return next(
        (
            place
            for place in range(first, len(treated) - 1)
            if decision(treated[place], dlts[place]) != "escalate"
        ),
        None,
    )


def outcomes(decision: Callable[[int, int], Decision], counts: Counts) -> tuple[Outcome, ...]:
    """The decisions once the pending outcomes are known, in the order of their DLTs."""
    found: dict[Decision, list[int]] = {}
    for more in range(counts.pending + 1):
        found.setdefault(decision(counts.enrolled, counts.dlts + more), []).append(more)
    return tuple(Outcome(decision=each, dlts=tuple(dlts)) for each, dlts in found.items())


def rows(decision: Callable[[int, int], Decision], max_n: int) -> tuple[TableRow, ...]:
    """The rows of a table, for 1 to max_n outcomes."""
    return tuple(
        TableRow(n=n, decisions=tuple(decision(n, dlts) for dlts in range(n + 1)))
        for n in range(1, max_n + 1)
    )


def checked_trial(treated: Sequence[int], dlts: Sequence[int], most: int | None = None) -> None:
    """Refuse lists that cannot be the levels of one trial, and levels with more than `most`
    patients, for whom the design has no rule. Raises NotOfThisDesign.
    """
    if len(treated) != len(dlts):
        told = (
            f"patients are told of {several(len(treated), 'level')} and DLTs of {len(dlts)}: give "
            "each level both"
        )
        raise NotOfThisDesign(Fault(pointer="/dlts", message=told, code="counts"))
    faults = [
        Fault(
            pointer=f"/dlts/{level}",
            message=f"{counted(with_dlt)} among {n} patients: there cannot be more than patients",
            code="counts",
        )
        for level, (n, with_dlt) in enumerate(zip(treated, dlts, strict=True))
        if with_dlt > n
    ]
    faults += [
        Fault(
            pointer=f"/treated/{level}",
            message=f"the design treats at most {most} patients at a dose level, not {n}: leave "
            "out patients of an expansion",
            code="too_many",
        )
        for level, n in enumerate(treated)
        if most is not None and n > most
    ]
    if faults:
        raise NotOfThisDesign(*faults)
