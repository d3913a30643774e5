"""What is told of an event that another version judges otherwise: both verdicts, and the clauses.

What the clauses say, and whether they hold, is read off an explanation, or off the columns that
the verdict was given by: it is the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.domain.adjudication.conditions import (
    Condition,
    Seen,
    conditions_of_criterion,
    conditions_of_exception,
    exempts,
    says_of,
    truth_at_cut,
)
from app.domain.adjudication.result import Reason, TruthWord
from app.domain.adjudication.trace import Run
from app.domain.adjudication.truth import truth_of
from app.domain.dlt.rule import Criterion, ExceptionClause


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldCondition:
    """A condition of a clause, and whether it holds at the cut."""

    says: str
    truth: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldClause:
    """What a clause says, whether it holds at the cut, and of which conditions it is made."""

    says: str
    truth: str
    conditions: tuple[ToldCondition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedClause:
    """A clause that holds otherwise, or says something else; null where there is none."""

    clause: str
    old: ToldClause | None
    new: ToldClause | None


Clauses = Mapping[str, ToldClause]
"""What is told of clauses, by their ids."""


def changed_clauses(was: Clauses, now: Clauses) -> Iterator[ChangedClause]:
    """The clauses of which one explanation tells what the other does not."""
    for clause in dict.fromkeys((*was, *now)):
        old, new = was.get(clause), now.get(clause)
        if old != new:
            yield ChangedClause(clause=clause, old=old, new=new)


def clauses_of_explanation(tree: Reason) -> Clauses:
    """Every clause of an explanation, with the first that is said of it."""
    found: dict[str, ToldClause] = {}
    waiting = [tree]
    while waiting:
        each = waiting.pop()
        if each.clause is not None and each.clause not in found:
            conditions = tuple(
                ToldCondition(says=part.says, truth=part.truth)
                for part in each.parts
                if part.clause is None
            )
            told = ToldClause(says=each.says, truth=each.truth, conditions=conditions)
            found[each.clause] = told
        waiting += reversed(each.parts)
    return found


def clauses_of_columns(seen: Seen, runs: Sequence[Run]) -> Clauses:
    """The same of the runs that an explanation would show."""
    found: dict[str, ToldClause] = {}
    program = seen.traced.program

    def tell(
        clause: Criterion | ExceptionClause, run: Run, truth: TruthWord, asked: Iterator[Condition]
    ) -> None:
        conditions = tuple(
            ToldCondition(says=says_of(each, program), truth=truth_at_cut(each, run, seen))
            for each in asked
        )
        found[clause.id] = ToldClause(says=clause.says, truth=truth, conditions=conditions)

    for run in runs:
        judgement = run.judgement
        if judgement.criterion not in found:
            truth = truth_of(seen.bounds(judgement.whole, run), seen.cut)
            criterion = program.criterion(judgement.criterion)
            tell(criterion, run, truth, conditions_of_criterion(judgement))
        for part in judgement.exceptions:
            if part.clause not in found:
                exception = program.exception(part.clause)
                tell(exception, run, exempts(part, run, seen), conditions_of_exception(part))
    return found
