"""Grading written a second time, from the design and the criteria document: slow and obvious.

A result has every grade that one of its completions has (completions.py).
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from app.domain.laboratory.policy import Policy
from tests.domain.laboratory.completions import (
    EDGES,
    Asked,
    Document,
    World,
    clauses,
    numeric,
    printed_at,
    relative,
    term_of,
    thresholds,
    worlds,
)


def holds(clause: Document, world: World, analyte: str) -> bool:
    """Whether a complete result meets a clause."""
    wanted = clause.get("baseline")
    if wanted is not None and (wanted == "normal") != world.normal:
        return False
    if not all(world.facts[fact, True] for fact in clause.get("given", [])):
        return False
    if any(world.facts[fact, False] for fact in clause.get("unless", [])):
        return False
    return all(beyond(edge, each, world, analyte) for edge, each in thresholds(clause))


def beyond(edge: str, threshold: Any, world: World, analyte: str) -> bool:
    if isinstance(threshold, Mapping):
        return EDGES[edge](world.value, printed_at(threshold, world.unit, analyte))
    read = relative(threshold, world.unit, analyte)
    if read.percent is not None and world.percent is not None:
        return EDGES[edge](world.percent, read.percent)
    return EDGES[edge](world.value, world.limits[read.of] * read.factor + read.amount)


class Possible(NamedTuple):
    """The grades that are possible, lowest and highest."""

    by_number: tuple[int, int]
    with_told: tuple[int, int]
    with_all: tuple[int, int]


def possible(
    asked: Asked, policy: Policy, *, normal: bool | None = None, dropped: bool = False
) -> Possible:
    """The grades of every completion under a policy: by its numbers, with facts, with any fact."""
    numbers, told, every = set(), set(), set()
    kept = [each for each in numeric(asked) if not (dropped and by_baseline(each.text))]
    absent = term_of(asked.term).get("absent")
    only = [each for each in clauses(asked) if not any(thresholds(each.text))]
    for world in worlds(asked, policy, normal=normal):
        grade = max(
            (each.grade for each in kept if holds(each.text, world, asked.analyte)), default=0
        )
        present = grade > 0 or not (absent is None or holds(absent, world, asked.analyte))
        present |= any(
            each.text.get("alone") and asked.facts.get(each.text["given"][0]) for each in only
        )
        raised = [
            each.grade for each in only if present and asked.facts.get(each.text["given"][0])
        ]
        could = [
            each.grade for each in only if present and asked.facts.get(each.text["given"][0], True)
        ]
        numbers.add(grade)
        told.add(max([grade, *raised]))
        every |= {max([grade, *raised]), max([grade, *could])}
    return Possible(*((min(each), max(each)) for each in (numbers, told, every)))


def by_baseline(clause: Document) -> bool:
    return any(isinstance(each, str) and "baseline" in each for _, each in thresholds(clause))


def bounds(asked: Asked, policy: Policy) -> Possible:
    """What is possible, whatever was not told."""
    return possible(asked, replace(policy, symptoms="bounds", anticoagulation="bounds"))


def grade(asked: Asked, policy: Policy) -> int | None:
    """The grade that the policy tells."""
    low, high = possible(asked, policy).with_told
    if low == high:
        return low
    found = low if stands(asked, low, policy) else None
    if policy.missing_baseline == "as_normal" and baseline_missing(asked):
        told = as_normal(asked, policy)
        found = found if told is None else told
    if found is None and policy.open_grade != "none":
        return low if policy.open_grade == "lowest" else high
    return found


def stands(asked: Asked, low: int, policy: Policy) -> bool:
    """Whether the lowest grade is reached without what is missing."""
    if low == 0 or (asked.unit is None and needs_unit(asked)):
        return False
    if "bounds" not in {policy.symptoms, policy.anticoagulation}:
        return True
    worst = possible(asked, replace(policy, symptoms="worst", anticoagulation="worst"))
    absent = possible(asked, replace(policy, symptoms="absent", anticoagulation="absent"))
    if worst.by_number != absent.by_number:
        return False
    every = list(worlds(asked, policy))
    least = possible(asked, policy).by_number[0]
    return least == 0 or any(
        each.grade == least and all(holds(each.text, world, asked.analyte) for world in every)
        for each in numeric(asked)
    )


def needs_unit(asked: Asked) -> bool:
    return any(
        isinstance(each, Mapping) or bool(re.search(r"[+-] [\d.]+ [^%\s]", each))
        for clause in numeric(asked)
        for _, each in thresholds(clause.text)
    )


def baseline_missing(asked: Asked) -> bool:
    if asked.limits["baseline"] is not None:
        return False
    if asked.stated is None and any("baseline" in each.text for each in numeric(asked)):
        return True
    told = [each for clause in numeric(asked) for _, each in thresholds(clause.text)]
    return any(
        isinstance(each, str)
        and "baseline" in each
        and not (each.endswith("%") and asked.percent is not None)
        for each in told
    )


def as_normal(asked: Asked, policy: Policy) -> int | None:
    """The grade where the baseline is read as normal: from the term's own limit, if it has one."""
    own = "ULN" if term_of(asked.term)["direction"] == "high" else "LLN"
    limited = any(
        isinstance(each, str) and own in each
        for clause in numeric(asked)
        for _, each in thresholds(clause.text)
    )
    normal = True if limited or asked.stated is None else None
    low, high = possible(asked, policy, normal=normal, dropped=limited).with_told
    return low if low == high else None
