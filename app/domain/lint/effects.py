"""Clauses without effect: the evaluator decides the boundary cases with and without each."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.domain.adjudication.protocol import Rules
from app.domain.dlt.columns import Index
from app.domain.dlt.judge import Verdict
from app.domain.dlt.rule import ExceptionClause, RuleSet
from app.domain.lint.finding import LintFinding
from app.domain.lint.variants import AS_WRITTEN, Option, Workshop, alone, with_exceptions, without

Change = Callable[[RuleSet], RuleSet]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Whether a change of the rules changes any verdict."""

    rows: Index
    """The cases that were tried."""
    under: tuple[tuple[Option, Rules, Index], ...] = ()
    """Where it changes none as decided: the options under which it does, and the cases."""
    changes: bool


def effect_of(shop: Workshop, clause: str | None, change: Change) -> Effect:
    """What a change of a clause, or of what all events are asked, does to the cases.

    As decided; where it does nothing, under each option.
    """
    rows = _cases(shop, clause, shop.base)
    if _unlike(shop, shop.base, clause, change).size:
        return Effect(rows=rows, changes=True)
    found = []
    for option, rules in shop.by_option:
        if rules.decided.rules == shop.rules and rules.decided.groups == shop.base.decided.groups:
            continue
        unlike = _unlike(shop, rules, clause, change)
        if unlike.size:
            found.append((option, rules, unlike))
    return Effect(rows=rows, changes=False, under=tuple(found))


def _cases(shop: Workshop, clause: str | None, rules: Rules) -> Index:
    return shop.bench.everything if clause is None else shop.rows_of(clause, rules)


def _unlike(shop: Workshop, rules: Rules, clause: str | None, change: Change) -> Index:
    changed = shop.changed(change(rules.decided.rules), rules, about=clause)
    return shop.unlike(rules, changed, _cases(shop, clause, rules))


def clauses_without_effect(shop: Workshop) -> Iterator[LintFinding]:
    """Inert exceptions, and criteria that are shadowed or never hold."""
    for number, exception in enumerate(shop.rules.exceptions):
        yield from _inert(shop, exception.id, f"/dlt/exceptions/{number}")
    for number, criterion in enumerate(shop.rules.criteria):
        yield from _shadowed(shop, criterion.id, f"/dlt/criteria/{number}")
    yield from _replaces(shop)
    yield from _unless(shop)


def _inert(shop: Workshop, clause: str, pointer: str) -> Iterator[LintFinding]:
    effect = effect_of(shop, clause, lambda rules: without(rules, clause))
    if effect.changes:
        return
    others = [each.id for each in shop.rules.exceptions if each.id != clause]
    beside = _covered_by(shop, effect.rows, clause, others)
    if not effect.rows.size:
        why = "It concerns no term that the dictionary has"
    elif beside:
        why = f"What it forgives, {_listed(beside)} forgives too"
    else:
        why = "No criterion makes a DLT of what it forgives"
    yield _finding(
        shop,
        effect,
        code="inert_exception",
        pointer=pointer,
        clauses=(clause, *beside),
        message=f"Without exception {clause!r} no verdict is another. {why}.",
        way_out="Leave it out, or look whether its group, grade or limit is the one that the "
        "text has.",
        mutant=lambda rules: without(rules, clause),
    )


def _shadowed(shop: Workshop, clause: str, pointer: str) -> Iterator[LintFinding]:
    effect = effect_of(shop, clause, lambda rules: without(rules, clause))
    if effect.changes:
        return
    criterion = next(each for each in shop.rules.criteria if each.id == clause)
    by_itself = shop.bench.judged(
        shop.changed(alone(shop.rules, criterion), about=clause), effect.rows
    )
    if not by_itself.having(Verdict.DLT).size and not effect.under:
        yield _finding(
            shop,
            effect,
            code="criterion_never_holds",
            pointer=pointer,
            clauses=(clause,),
            message=f"Criterion {clause!r} makes a DLT of no case, even without any exception.",
            way_out="Look whether the terms that it names have the grade, and whether its "
            "conditions can hold together.",
            mutant=lambda rules: without(rules, clause),
        )
        return
    others = [each.id for each in shop.rules.criteria if each.id != clause]
    beside = _covered_by(shop, effect.rows, clause, others)
    forgiving = (
        ()
        if beside
        else _covered_by(shop, effect.rows, clause, [each.id for each in shop.rules.exceptions])
    )
    if beside:
        why = f"What it makes a DLT, {_listed(beside)} makes one, and no later"
    elif forgiving:
        why = f"What it makes a DLT, {_listed(forgiving)} forgives"
    else:
        why = "What it makes a DLT, the other clauses together decide as well"
    yield _finding(
        shop,
        effect,
        code="shadowed_criterion",
        pointer=pointer,
        clauses=(clause, *beside, *forgiving),
        message=f"Without criterion {clause!r} no verdict is another. {why}.",
        way_out="Leave it out, or look whether its grade, limit or condition is the one that the "
        "text has.",
        mutant=lambda rules: without(rules, clause),
    )


def _covered_by(
    shop: Workshop, rows: Index, clause: str, others: Sequence[str]
) -> tuple[str, ...]:
    """The other clauses without which this one has an effect: they do the same."""
    found = []
    for other in others if rows.size else ():
        lacking = shop.changed(without(shop.rules, other), about=clause)
        neither = shop.changed(without(shop.rules, clause, other), about=clause)
        if shop.unlike(lacking, neither, rows).size:
            found.append(other)
    return tuple(found)


def _replaces(shop: Workshop) -> Iterator[LintFinding]:
    """Where an exception `replaces` criteria, and only exempting would decide the same."""
    for number, exception in enumerate(shop.rules.exceptions):
        if not exception.replaces or _is_read(shop, exception):
            continue

        def only_exempts(rules: RuleSet, clause: str = exception.id) -> RuleSet:
            return replace(
                rules,
                exceptions=tuple(
                    replace(each, replaces=()) if each.id == clause else each
                    for each in rules.exceptions
                ),
            )

        effect = effect_of(shop, exception.id, only_exempts)
        if effect.changes or not effect.rows.size:
            continue
        yield _finding(
            shop,
            effect,
            code="replaces_without_effect",
            severe=False,
            pointer=f"/dlt/exceptions/{number}/replaces",
            clauses=(exception.id, *exception.replaces),
            message=f"That exception {exception.id!r} replaces {_listed(exception.replaces)} "
            "changes no verdict: it would be the same if it only exempted.",
            way_out="Leave `replaces` out, unless it stands there to say how the text is read.",
            mutant=only_exempts,
        )


def _is_read(shop: Workshop, exception: ExceptionClause) -> bool:
    """Whether a reading decides what the exception replaces."""
    return any(
        each.replaces != exception.replaces
        for option in shop.options
        for each in option.decided.rules.exceptions
        if each.id == exception.id
    )


def _unless(shop: Workshop) -> Iterator[LintFinding]:
    """What is taken out before the criteria although no criterion would look at it."""
    if shop.rules.counts.unless is None:
        return

    def counting(rules: RuleSet) -> RuleSet:
        return replace(rules, counts=replace(rules.counts, unless=None))

    effect = effect_of(shop, None, counting)
    if not effect.changes:
        yield _finding(
            shop,
            effect,
            code="unless_without_effect",
            pointer="/dlt/counts/unless",
            clauses=(),
            message="Without what `counts.unless` takes out no verdict is another.",
            way_out="Leave it out, or look whether its condition is the one that the text has.",
            mutant=counting,
        )


def _finding(
    shop: Workshop,
    effect: Effect,
    *,
    code: str,
    pointer: str,
    clauses: tuple[str, ...],
    message: str,
    way_out: str,
    mutant: Change,
    severe: bool = True,
) -> LintFinding:
    """A note where some option of a reading gives the clause an effect; else a warning."""
    examples = []
    tried = len(shop.bench.cases) if effect.under else len(effect.rows)
    if effect.under:
        option, rules, rows = effect.under[0]
        message += f" Under {option.label} it has an effect."
        changed = shop.changed(mutant(rules.decided.rules), rules)
        under = (
            (AS_WRITTEN, shop.base),
            (option.label, rules),
            (f"{option.label}, without it", changed),
        )
        examples.append(shop.example(shop.plainest(rows), under))
    elif len(effect.rows):
        changed = shop.changed(mutant(shop.rules))
        telling = _telling(shop, clauses[0], effect.rows) if clauses else effect.rows
        beside = ((AS_WRITTEN, shop.base), ("without it", changed))
        examples.append(shop.example(shop.plainest(telling), beside))
    return LintFinding(
        code=code,
        severity="warning" if severe and not effect.under else "note",
        pointer=pointer,
        message=message,
        way_out=way_out,
        clauses=tuple(dict.fromkeys(clauses)),
        readings=tuple(dict.fromkeys(option.reading for option, _, _ in effect.under)),
        cases=tried,
        examples=tuple(examples),
    )


def _telling(shop: Workshop, clause: str, rows: Index) -> Index:
    """The cases that the clause would decide, if it stood by itself; all where there are none."""
    named = [each for each in shop.rules.criteria if each.id == clause]
    forgiving = [each for each in shop.rules.exceptions if each.id == clause]
    if named:
        found = shop.bench.judged(shop.changed(alone(shop.rules, named[0])), rows)
        telling = found.having(Verdict.DLT)
    else:
        nothing = shop.bench.judged(shop.changed(with_exceptions(shop.rules)), rows)
        only = shop.bench.judged(shop.changed(with_exceptions(shop.rules, *forgiving)), rows)
        telling = nothing.unlike(only)
    return telling if len(telling) else rows


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(each) for each in names)
