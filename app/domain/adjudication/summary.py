"""The explanation of one event in sentences."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from app.domain.adjudication.decided_by import MOST_RUNS_SHOWN
from app.domain.adjudication.explain import Explainer
from app.domain.adjudication.result import Missing, Reason, ReasonKind
from app.domain.adjudication.trace import Run
from app.domain.dlt.judge import Verdict
from app.domain.dlt.rule import Criterion, ExceptionClause
from app.domain.dlt.words import worst_words
from app.domain.steps import UNKNOWN_GRADE
from app.domain.time import ALWAYS, NEVER


def summary_of(
    explainer: Explainer,
    verdict: Verdict,
    at: int,
    deciding: Run | None,
    missing: Sequence[Missing],
) -> str:
    """Verdict first, then the clause, the facts and the arithmetic that made it."""
    text = _said_of(explainer, verdict, at, deciding, missing)
    worst = worst_words(explainer.event)
    if worst is None or verdict is Verdict.UNDETERMINED:  # what is missing says it
        return text
    return f"{text} {worst[0].upper()}{worst[1:]}."


def _said_of(
    explainer: Explainer,
    verdict: Verdict,
    at: int,
    deciding: Run | None,
    missing: Sequence[Missing],
) -> str:
    match verdict:
        case Verdict.DLT:
            since = f" since {explainer.instant(at)}" if ALWAYS < at < NEVER else ""
            return f"DLT{since}: {_by_clause(explainer, at)}"
        case Verdict.PENDING:
            text = (
                f"PENDING: not a DLT so far; it becomes one at {explainer.instant(at)} if "
                f"{_what_goes_on(explainer)}"
            )
            return f"{text}. {_by_clause(explainer, at)}"
        case Verdict.UNDETERMINED:
            asked = " ".join(_asked(each) for each in missing)
            due = (
                f" Whatever they are, it is a DLT from {explainer.instant(at)} if "
                f"{_what_goes_on(explainer)}."
                if at < NEVER
                else ""
            )
            return f"UNDETERMINED: data that could change the verdict are missing. {asked}{due}"
        case Verdict.NOT_DLT:
            return f"NOT_DLT: {_why_not(explainer, deciding)}"
        case _:
            assert_never(verdict)


def _what_goes_on(explainer: Explainer) -> str:
    """What is taken to go on: the grade; and the treatment, where the rules ask for its times."""
    traced = explainer.traced
    asked = traced.program.asked[int(traced.columns.signature[explainer.row])]
    treated = any(
        each.timed for each, is_asked in zip(traced.program.facts, asked, strict=True) if is_asked
    )
    return "the present grade and treatment persist" if treated else "the present grade persists"


def _asked(missing: Missing) -> str:
    settles = "; ".join(
        f"{answer} → {verdict}" for answer, verdict in missing.would_settle.items()
    )
    return f"{missing.text} [{settles}]" if settles else missing.text


def _by_clause(explainer: Explainer, at: int) -> str:
    run = explainer.deciding(at)
    criterion = explainer.traced.program.criterion(run.judgement.criterion)
    reason = explainer.judged(run)
    replacing = explainer.replacing(run, at)
    if replacing is not None:
        clause = explainer.traced.program.exception(replacing.clause)
        broken = next(part for part in reason.parts if part.clause == clause.id)
        return (
            f"criterion {criterion.id} ({criterion.at}), with the limit of {_clause(clause)}: "
            f"{_arithmetic(broken, '; ')}."
        )
    said = f"criterion {_clause(criterion)}: {_arithmetic(reason, ' and ')}"
    beside = (_beside(part) for part in reason.parts if part.clause)
    return "; ".join([said, *(each for each in beside if each)]) + "."


def _clause(clause: Criterion | ExceptionClause) -> str:
    return f"{clause.id} ({clause.at}: {clause.says.rstrip('.')})"


def _beside(part: Reason) -> str | None:
    """What an exception says beside a criterion that holds."""
    clocks = "; ".join(_said(part, "clock"))
    if part.truth == "yes" and clocks:
        return f"{part.clause} ({part.at}) exempts so far: {clocks}"
    peaks = [each.text for each in part.parts if each.kind == "peak" and each.truth == "yes"]
    why = "; ".join(peaks) or clocks
    return f"{part.clause} ({part.at}) does not exempt: {why}" if why else None


def _said(reason: Reason, *kinds: ReasonKind) -> list[str]:
    return [part.text for part in reason.parts if part.kind in kinds]


def _arithmetic(reason: Reason, joint: str) -> str:
    timed = [part for part in reason.parts if part.kind in {"clock", "reached", "peak"}]
    said = [part.text for part in timed if part.truth != "no"] or [part.text for part in timed]
    return joint.join(said) or reason.text


def _why_not(explainer: Explainer, run: Run | None) -> str:
    recorded = explainer.event
    least = explainer.traced.program.least_grade
    grades = [step.grade for step in recorded.course.steps if step.grade != UNKNOWN_GRADE]
    if not recorded.course.steps:
        return "nothing of the event lies at or before the data cut."
    if run is None and max(grades, default=0) < least:
        unknown = " that is known" if len(grades) < len(recorded.course.steps) else ""
        return (
            f"its highest grade{unknown} is {max(grades, default=0)}, and no criterion looks at "
            f"a grade below {least}."
        )
    if run is None:
        return f"no criterion concerns {recorded.term.name or recorded.event.term}."
    said = _once(_against(explainer, each) for each in explainer.shown(run))
    further = len(explainer.runs) - MOST_RUNS_SHOWN
    return " ".join(said) + (f" The same holds of {further} further runs." if further > 0 else "")


def _once(sentences: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(sentences))


def _against(explainer: Explainer, run: Run) -> str:
    """What keeps one run from being a DLT under one criterion."""
    criterion = explainer.traced.program.criterion(run.judgement.criterion)
    part = explainer.exempting(run)
    if part is not None:
        clause = explainer.traced.program.exception(part.clause)
        reason = explainer.judged(run)
        exempt = next(each for each in reason.parts if each.clause == clause.id)
        clocks = "; ".join(_said(exempt, "clock"))
        return f"{_clause(clause)}{f': {clocks}' if clocks else ''}."
    said = "; ".join(each.text for each in explainer.against(run))
    said = said or "every completion of the record speaks against it"
    return f"{criterion.id} ({criterion.at}) does not hold: {said}."
