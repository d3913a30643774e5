"""Names that nobody uses or that mean nothing: groups, terms, interventions, agents, grades."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, assert_never

from pydantic import TypeAdapter

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.dlt.readings import Decided
from app.domain.dlt.rule import (
    AllOf,
    AlternativeCauseIs,
    Always,
    AnyOf,
    Condition,
    FactIs,
    HasCompanion,
    HasIntervention,
    InGroup,
    IsLaboratory,
    IsRelated,
    IsSerious,
    IsSignificant,
    IsTerm,
    Lasts,
    Not,
    NumberIs,
    OtherCrsSymptoms,
    Peak,
    Recovers,
    Recurs,
    RuledBy,
    RuleSet,
    Shifts,
)
from app.domain.lint.finding import LintFinding
from app.domain.lint.places import escaped, values_of

_RULES: TypeAdapter[RuleSet] = TypeAdapter(RuleSet)


def names(
    ready: ReadyProtocol, document: Mapping[str, Any], variants: Iterable[Decided]
) -> Iterator[LintFinding]:
    """What a document declares and its rules do not use, and grades that a term has not."""
    decided = tuple(variants)
    yield from _groups(document, decided)
    yield from _interventions(ready, document)
    yield from _own_terms(ready, document)
    yield from _agents(ready, document)
    yield from _grades(ready, decided[0])


def _told(document: Mapping[str, Any], key: str) -> set[str]:
    """The texts that stand under a key of the rules, in any option of any reading."""
    return {text for _, value in values_of(document.get("dlt"), key) for text in texts_in(value)}


def texts_in(value: Any) -> Iterator[str]:
    """Every text of a value, however deep it stands."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from texts_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts_in(part)


def _groups(document: Mapping[str, Any], decided: tuple[Decided, ...]) -> Iterator[LintFinding]:
    used = _told(document, "group")
    for group in decided[0].groups:
        pointer = f"/groups/{escaped(group)}"
        if not any(each.groups.get(group) for each in decided):
            yield LintFinding(
                code="empty_group",
                severity="warning",
                pointer=pointer,
                message=f"Group {group!r} has no terms, so nothing belongs to it.",
                way_out="Name its terms, or leave out the group and the clause that asks for it.",
            )
        if group not in used:
            yield LintFinding(
                code="unused_group",
                severity="warning",
                pointer=pointer,
                message=f"No clause asks for group {group!r}.",
                way_out="Leave it out, or look whether a clause was meant to name it.",
            )


def _interventions(ready: ReadyProtocol, document: Mapping[str, Any]) -> Iterator[LintFinding]:
    used = _told(document, "intervention")
    unused = [each for each in ready.document.interventions if each not in used]
    if unused:
        yield LintFinding(
            code="unused_intervention",
            severity="note",
            pointer="/interventions",
            message=f"No clause asks for {', '.join(unused)}. That they are declared tells only "
            "that a report of one of them is none of those that are asked for.",
            way_out="Keep them if events are reported with them, else leave them out.",
        )


def _own_terms(ready: ReadyProtocol, document: Mapping[str, Any]) -> Iterator[LintFinding]:
    used = {*texts_in(document.get("dlt")), *texts_in(document.get("groups"))}
    used |= set(ready.document.grading.scales)
    for number, own in enumerate(ready.document.grading.own_terms):
        if own.term not in used:
            yield LintFinding(
                code="unused_own_term",
                severity="note",
                pointer=f"/grading/own_terms/{number}",
                message=f"No clause, group or scale names the own term {own.term!r}.",
                way_out="Keep it if events are reported by that name, else leave it out.",
            )
        measured = {each.grade for each in own.measured}
        unmeasured = [each for each in own.grades if each not in measured]
        if measured and unmeasured:
            yield LintFinding(
                code="unmeasured_grade",
                severity="warning",
                pointer=f"/grading/own_terms/{number}/measured",
                message=f"No bound gives the own term {own.term!r} grade "
                f"{', '.join(map(str, unmeasured))}, although results grade it.",
                way_out="Write its bound, or leave the grade out if only reports have it.",
            )


def _agents(ready: ReadyProtocol, document: Mapping[str, Any]) -> Iterator[LintFinding]:
    used = _told(document, "agent")
    for agent, role in ready.document.agents.items():
        if role == "investigational" and agent not in used:
            yield LintFinding(
                code="unused_agent",
                severity="warning",
                pointer=f"/agents/{escaped(agent)}",
                message=f"The rules ask neither for an infusion of {agent!r} nor for causality "
                "to it, although it is investigational.",
                way_out="Name it in the window or under `related`, or declare it as background.",
            )


# --- grades that terms have not ----------------------------------------------------------------


def _grades(ready: ReadyProtocol, decided: Decided) -> Iterator[LintFinding]:
    dumped = _RULES.dump_python(decided.rules, mode="json", by_alias=True)
    clauses = [
        ("criteria", number, each.id, each.when)
        for number, each in enumerate(decided.rules.criteria)
    ]
    clauses += [
        ("exceptions", number, each.id, each.when)
        for number, each in enumerate(decided.rules.exceptions)
    ]
    for part, number, clause, when in clauses:
        terms = named_terms(when, decided.groups)
        if not terms:
            continue
        highest = {each: max(ready.dictionary.term(each).grades) for each in sorted(terms)}
        for grade in sorted(set(_asked_grades(dumped[part][number]))):
            lacking = [each for each, most in highest.items() if most < grade]
            if len(lacking) == len(highest):
                yield LintFinding(
                    code="grade_not_in_term",
                    severity="warning",
                    pointer=f"/dlt/{part}/{number}",
                    message=f"Clause {clause!r} asks for grade {grade}, which "
                    f"{', '.join(repr(each) for each in lacking)} cannot reach in "
                    f"{ready.dictionary.title}.",
                    way_out="Look at the grades of the term in the dictionary, and write the one "
                    "that is meant.",
                    clauses=(clause,),
                )


def _asked_grades(clause: Mapping[str, Any]) -> Iterator[int]:
    """The grades that a run has to reach for the clause to say anything."""
    if "grade" in clause:
        yield clause["grade"]
    for _, bounds in values_of(clause, "peak"):
        yield bounds["at_least"]
    for _, run in values_of(clause, "lasts"):
        yield run["grade"]
    for _, recovery in values_of(clause, "recovers"):
        yield recovery["clock_from_grade"] or 0


def named_terms(
    condition: Condition | None, groups: Mapping[str, tuple[str, ...]]
) -> frozenset[str] | None:
    """The terms that a condition may hold for, where it names them; None where it names none."""
    match condition:
        case IsTerm():
            return frozenset((condition.term,))
        case InGroup():
            return frozenset(groups.get(condition.group, ()))
        case AllOf():
            told = [named_terms(each, groups) for each in condition.all]
            return _joined(told, all_of=True)
        case AnyOf():
            told = [named_terms(each, groups) for each in condition.any]
            return None if None in told else _joined(told, all_of=False)
        case (
            None
            | Not()
            | Always()
            | IsRelated()
            | IsLaboratory()
            | IsSignificant()
            | HasIntervention()
            | OtherCrsSymptoms()
            | AlternativeCauseIs()
            | FactIs()
            | NumberIs()
            | IsSerious()
            | HasCompanion()
            | Recurs()
            | RuledBy()
            | Peak()
            | Lasts()
            | Recovers()
            | Shifts()
        ):
            return None
        case _:
            assert_never(condition)


def _joined(told: list[frozenset[str] | None], *, all_of: bool) -> frozenset[str] | None:
    known = [each for each in told if each is not None]
    if not known:
        return None
    return frozenset.intersection(*known) if all_of else frozenset().union(*known)
