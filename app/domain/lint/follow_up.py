"""Limits that nobody can observe: they are longer than patients are followed."""

from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from app.domain.dlt.rule import RuleSet
from app.domain.lint.courses import minutes
from app.domain.lint.finding import Example, LintFinding
from app.domain.lint.places import values_of
from app.domain.lint.shapes import DAY, Shape
from app.domain.lint.variants import AS_WRITTEN, Workshop
from app.domain.time import Limit

_RULES: TypeAdapter[RuleSet] = TypeAdapter(RuleSet)
_CLOCKS = ("lasts", "recovers")
_LIMITS = frozenset({"longer_than", "at_least", "no_longer_than", "shorter_than", "within"})


def follow_up(shop: Workshop) -> Iterator[LintFinding]:
    """Limits longer than the follow-up, and those that outlast it for an onset late in the window.

    The follow-up of a document is counted from the first infusion.
    """
    followed = shop.ready.document.follow_up
    if followed is None:
        return
    outlasting: list[str] = []
    window = minutes(shop.rules.window.through)
    for pointer, clause, limit, grade in _limits(shop.rules):
        if minutes(limit) > minutes(followed):
            yield _beyond(shop, pointer, clause, limit, grade, followed)
        elif window + minutes(limit) > minutes(followed):
            outlasting.append(clause)
    if outlasting:
        clauses = tuple(dict.fromkeys(outlasting))
        yield LintFinding(
            code="limit_outlasts_follow_up",
            severity="note",
            pointer="/follow_up",
            message=f"An event that begins on the last day of the window "
            f"({shop.rules.window.through.words}) is not followed to the end of the limit of "
            f"{', '.join(repr(each) for each in clauses)}: the follow-up is {followed.words}.",
            way_out="Nothing has to be done where open events are followed beyond it; else such "
            "events stay UNDETERMINED.",
            clauses=clauses,
        )


def _limits(rules: RuleSet) -> Iterator[tuple[str, str, Limit, int]]:
    """Place, clause, limit and the grade at which its clock runs."""
    dumped: dict[str, Any] = _RULES.dump_python(rules, mode="json", by_alias=True)
    least = min(each.grade for each in rules.criteria)
    for part in ("criteria", "exceptions"):
        for number, clause in enumerate(dumped[part]):
            place, grade = f"/dlt/{part}/{number}", clause.get("grade", least)
            asked = [(place, clause)]
            asked += [found for key in _CLOCKS for found in values_of(clause, key, place)]
            for pointer, clock in asked:
                for key, text in clock.items():
                    if key in _LIMITS and text is not None:
                        yield f"{pointer}/{key}", clause["id"], Limit(text), grade


def _beyond(
    shop: Workshop, pointer: str, clause: str, limit: Limit, grade: int, followed: Limit
) -> LintFinding:
    shape = Shape(steps=((DAY, grade),), ending="follow_up", stopped=minutes(followed))
    return LintFinding(
        code="limit_beyond_follow_up",
        severity="warning",
        pointer=pointer,
        message=f"The limit of {clause!r} is {limit.words}, and patients are followed for "
        f"{followed.words}: it can never be decided by what is observed.",
        way_out="Write the follow-up that the protocol demands, or look whether the limit is the "
        "one that the text has.",
        clauses=(clause,),
        examples=_undecided(shop, shape, clause),
    )


def _undecided(shop: Workshop, shape: Shape, clause: str) -> tuple[Example, ...]:
    """The course of the first term and answers that no other clause decides before."""
    cases = shop.bench.cases
    for profile in dict.fromkeys(cases.profile[shop.rows_of(clause)].tolist()):
        told = shop.worked(shape, cases.profiles[profile], ((AS_WRITTEN, shop.base),))
        if told.answers[0].verdict == "UNDETERMINED":
            return (told,)
    return ()
