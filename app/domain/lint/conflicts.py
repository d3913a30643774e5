"""Clauses against each other: exceptions that forgive what a more specific criterion is about,
and exemptions that are stricter than what they exempt from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from app.domain.adjudication.protocol import Rules
from app.domain.dlt.columns import Index
from app.domain.dlt.judge import Verdict
from app.domain.dlt.rule import Criterion, ExceptionClause, RuleSet
from app.domain.errors import BadProtocol
from app.domain.lint.bench import Verdicts
from app.domain.lint.finding import Example, LintFinding
from app.domain.lint.shapes import DAY
from app.domain.lint.variants import (
    AS_WRITTEN,
    Option,
    Workshop,
    alone,
    replacing,
    with_exceptions,
    without,
)


def conflicts(shop: Workshop) -> Iterator[LintFinding]:
    """Contradictions, and exemptions stricter than their inclusion."""
    for number, exception in enumerate(shop.rules.exceptions):
        pointer = f"/dlt/exceptions/{number}"
        yield from _contradictions(shop, exception, pointer)
        if exception.limit is not None:
            yield from _stricter(shop, exception, pointer)


# --- contradictions ----------------------------------------------------------------------------


def _contradictions(
    shop: Workshop, exception: ExceptionClause, pointer: str
) -> Iterator[LintFinding]:
    """Specific criteria that lie within the scope of the exception, which forgives them."""
    for criterion in shop.rules.criteria:
        if criterion.when is None or criterion.id in exception.replaces:
            continue
        if not exception.bears_on(criterion.id):
            continue
        rows = np.intersect1d(shop.rows_of(exception.id), shop.rows_of(criterion.id))
        if not rows.size or not _lies_within(shop, criterion, exception):
            continue
        by_itself = _judged(shop, alone(shop.rules, criterion), exception, rows)
        beside = with_exceptions(alone(shop.rules, criterion), exception)
        forgiven = _judged(shop, beside, exception, rows)
        contested = np.intersect1d(by_itself.having(Verdict.DLT), forgiven.having(Verdict.NOT_DLT))
        contested = np.intersect1d(contested, shop.written.having(Verdict.NOT_DLT))
        if not contested.size or _by_a_reading(shop, contested, exception, criterion):
            continue
        lacking = shop.changed(without(shop.rules, exception.id))
        under = ((AS_WRITTEN, shop.base), (f"without {exception.id}", lacking))
        yield LintFinding(
            code="contradiction",
            severity="warning",
            pointer=pointer,
            message=f"Criterion {criterion.id!r} makes a DLT of {contested.size} boundary cases "
            f"that exception {exception.id!r} forgives, although the criterion speaks of nothing "
            "that the exception does not speak of as well.",
            way_out=f"Let {exception.id!r} replace {criterion.id!r}, narrow its `when`, or write "
            "a reading with both answers.",
            clauses=(exception.id, criterion.id),
            cases=len(rows),
            examples=(shop.example(shop.plainest(contested), under),),
        )


def _judged(shop: Workshop, rules: RuleSet, exception: ExceptionClause, rows: Index) -> Verdicts:
    """What other rules decide of cases of terms that the exception concerns."""
    return shop.bench.judged(shop.changed(rules, about=exception.id), rows)


def _lies_within(shop: Workshop, criterion: Criterion, exception: ExceptionClause) -> bool:
    """Whether every event that the criterion may concern is one that the exception concerns.

    Both are asked of runs at the criterion's grade alone, without their limits.
    """
    rows = shop.rows_of(criterion.id)
    plateaus = rows[_plateaus(shop, criterion.grade, rows)]
    if not plateaus.size:
        return False
    any_run = replace(criterion, longer_than=None)
    general = alone(shop.rules, replace(any_run, when=None))
    exempts = with_exceptions(general, replace(exception, limit=None, replaces=()))
    about, all_runs, kept = (
        shop.bench.judged(shop.changed(rules, about=criterion.id), plateaus)
        for rules in (alone(shop.rules, any_run), general, exempts)
    )
    of_criterion = shop.bench.cases.profile[about.having(Verdict.DLT)]
    exempted = np.intersect1d(all_runs.having(Verdict.DLT), kept.having(Verdict.NOT_DLT))
    of_exception = shop.bench.cases.profile[exempted]
    return bool(of_criterion.size) and bool(np.isin(of_criterion, of_exception).all())


def _plateaus(shop: Workshop, grade: int, rows: Index) -> Index:
    """The cases of one run at a grade and nothing else remarkable."""
    plain = np.array(
        [
            len({at for _, at in each.steps} - {0, grade}) == 0
            and each.ending == "over"
            and each.baseline == 0
            and len(each.infusions) == 1
            for each in shop.bench.cases.shapes
        ],
        dtype=np.bool_,
    )
    found: Index = np.flatnonzero(plain[shop.bench.cases.shape[rows]])
    return found


# --- exemptions stricter than their inclusion --------------------------------------------------


def _stricter(shop: Workshop, exception: ExceptionClause, pointer: str) -> Iterator[LintFinding]:
    """Cases that break the exemption's limit and are no DLT all the same.

    Whether the limit stands in the place of the criterion's or beside it decides them, so that
    the rules have to say which: by `replaces`, or by a reading.
    """
    rows = shop.rows_of(exception.id)
    for criterion in shop.rules.criteria:
        if not exception.bears_on(criterion.id):
            continue
        if not np.intersect1d(rows, shop.rows_of(criterion.id)).size:
            continue
        deciding = _deciding(shop, exception, criterion)
        if criterion.id in exception.replaces and not deciding:
            continue
        rest = [each for each in exception.replaces if each != criterion.id]
        instead = _replacing(shop, exception, [*rest, criterion.id])
        if instead is None:
            continue
        beside = shop.changed(replacing(shop.rules, exception.id, rest), about=exception.id)
        exempts, replaces = shop.bench.judged(beside, rows), shop.bench.judged(instead, rows)
        torn = np.intersect1d(exempts.having(Verdict.NOT_DLT), replaces.having(Verdict.DLT))
        if not torn.size:
            continue
        deciding = deciding or _by_a_reading(shop, torn, exception, criterion)
        under: list[tuple[str, Rules]] = [
            (f"{exception.id} only exempts", beside),
            (f"{exception.id} replaces {criterion.id}", instead),
        ]
        if deciding:
            first = deciding[0][0]
            default = shop.base.decided.options[first.reading]
            under = [(f"{first.reading}: {default} (as decided)", shop.base)]
            under += [(o.label, rules) for o, rules in deciding if o.reading == first.reading]
        yield _stricter_finding(
            shop,
            exception,
            criterion,
            pointer,
            deciding,
            _sides(shop, torn, exempts, replaces, under),
        )


def _replacing(
    shop: Workshop, exception: ExceptionClause, criteria: Sequence[str]
) -> Rules | None:
    """The rules in which the exception replaces these criteria.

    None where it cannot: what time may take out of its scope would un-make a DLT then, so that
    the text leaves no choice.
    """
    try:
        return shop.changed(replacing(shop.rules, exception.id, criteria), about=exception.id)
    except BadProtocol:
        return None


def _stricter_finding(
    shop: Workshop,
    exception: ExceptionClause,
    criterion: Criterion,
    pointer: str,
    deciding: tuple[tuple[Option, Rules], ...],
    examples: tuple[Example, ...],
) -> LintFinding:
    readings = tuple(dict.fromkeys(option.reading for option, _ in deciding))[:1]
    settled = f" Reading {readings[0]} decides it." if readings else ""
    return LintFinding(
        code="stricter_exemption",
        severity="note" if readings else "warning",
        pointer=pointer,
        message=f"The limit of exemption {exception.id!r} is stricter than what criterion "
        f"{criterion.id!r} lets pass: a case that breaks the limit is no DLT by the letter, and "
        f"one if the limit stands in the place of the criterion's.{settled}",
        way_out="Nothing has to be done; let whoever signs the protocol look at both examples."
        if readings
        else f"Write a reading with both answers, or `replaces: [{criterion.id}]` where the text "
        "leaves no doubt.",
        clauses=(exception.id, criterion.id),
        readings=readings,
        cases=len(shop.rows_of(exception.id)),
        examples=examples,
    )


def _deciding(
    shop: Workshop, exception: ExceptionClause, criterion: Criterion
) -> tuple[tuple[Option, Rules], ...]:
    """The options by which the exception replaces the criterion otherwise than as decided."""
    held = criterion.id in exception.replaces
    return tuple(
        (option, rules)
        for option, rules in shop.by_option
        for each in rules.decided.rules.exceptions
        if each.id == exception.id and (criterion.id in each.replaces) is not held
    )


def _by_a_reading(
    shop: Workshop, rows: Index, exception: ExceptionClause, criterion: Criterion
) -> tuple[tuple[Option, Rules], ...]:
    """The options of the readings that either clause rests on that decide a case otherwise."""
    touched = shop.base.decided.touched
    named = {*touched.get(exception.id, ()), *touched.get(criterion.id, ())}
    row = np.array([shop.plainest(rows)])
    as_written = shop.written.of(row).verdict[0]
    return tuple(
        (option, rules)
        for option, rules in shop.by_option
        if option.reading in named and shop.bench.judged(rules, row).verdict[0] != as_written
    )


def _sides(
    shop: Workshop,
    torn: Index,
    exempts: Verdicts,
    replaces: Verdicts,
    under: list[tuple[str, Rules]],
) -> tuple[Example, ...]:
    """The contested case, between one that keeps the limit and one that nothing forgives."""
    cases = shop.bench.cases
    chosen = shop.plainest(torn)
    shape = cases.shapes[cases.shape[chosen]]
    alike = [
        int(row)
        for row in exempts.rows[cases.profile[exempts.rows] == cases.profile[chosen]]
        if (other := cases.shapes[cases.shape[row]]).ending == "over"
        and [grade for _, grade in other.steps] == [grade for _, grade in shape.steps]
        and other.steps[0] == shape.steps[0]
        and replace(other, steps=shape.steps) == shape
    ]

    def length(row: int) -> tuple[int, ...]:
        # of two with the same end, the one whose first grade lasts longer is the longer
        steps = cases.shapes[cases.shape[row]].steps
        return tuple(at for at, _ in reversed(steps))

    forgiven = set(
        np.intersect1d(exempts.having(Verdict.NOT_DLT), replaces.having(Verdict.NOT_DLT))
    )
    grave = set(np.intersect1d(exempts.having(Verdict.DLT), replaces.having(Verdict.DLT)))
    before = [row for row in alike if row in forgiven and length(row) < length(chosen)]
    after = [row for row in alike if row in grave and length(row) > length(chosen)]
    plain = [row for row in before if length(row)[-2] % DAY == 0] or before
    rows = [*([max(plain, key=length)] if plain else []), chosen]
    rows += [min(after, key=length)] if after else []
    return tuple(shop.example(row, under) for row in rows)
