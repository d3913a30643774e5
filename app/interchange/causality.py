"""Judged relations between an event and the agents: which agent, whose judgement, which word."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from app.domain.case import Causality
from app.domain.record.row_findings import said
from app.domain.source_system import SourceSystem
from app.interchange import words
from app.interchange.cells import Cells
from app.interchange.exports.sdtm import STEP
from app.interchange.held import as_name
from app.interchange.made import HeldRow, Unmapped

_JUDGES: Final = re.compile(r"AEREL[0-9]*")
_OTHERS: Final = re.compile(r"DLTREL[0-9]+")
"""Judgements of others than the investigator in our own exports, beside DLTRAGn and DLTRBYn."""

_BOTH: Final = " / "
"""Between judgements of one assessor in our own exports."""

_LONGEST_NAME: Final = 200
_ASSESSORS: Final[Mapping[str, str]] = {
    "INVESTIGATOR": "investigator",
    "PRINCIPAL INVESTIGATOR": "investigator",
    "SPONSOR": "sponsor",
    "CLINICAL STUDY SPONSOR": "sponsor",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judgement:
    """A judgement by its variable; the agent only where another variable names it."""

    variable: str
    word: str
    assessor: str | None
    agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The judgements of an event. Those of the agents in `withheld` are not known."""

    causality: tuple[Causality, ...] = ()
    withheld: frozenset[str] = frozenset()
    """Agents about which a word without a meaning was said: others alone could decide wrongly."""


def judges(variable: str, system: SourceSystem) -> bool:
    """Whether a variable says how an event is related to an agent."""
    return variable in system.causality_agents or _JUDGES.fullmatch(variable) is not None


def judgements(
    cells: Cells, supplements: Iterable[HeldRow], row: HeldRow, administered: Mapping[str, str]
) -> Judged:
    """What was judged of an event's relation to each agent.

    `administered` are the treatments by the key of their row of EX. A word without a meaning
    makes every judgement about that agent unknown; one that says that nobody judged does not.
    AEREL and AERELn are the investigator's, as SDTM defines them.
    """
    found: list[Causality] = []
    withheld: set[str] = set()
    for each in _told(cells, supplements):
        agent = each.agent or _agent(each.variable, cells.system)
        if agent is None:
            cells.note("causality_agent_unknown", "/causality", said(each.variable, each.word))
            cells.unmapped.append(
                Unmapped(
                    variable=each.variable,
                    word=each.word[:_LONGEST_NAME],
                    setting="causality_agents",
                )
            )
            continue
        found.append(_judged(cells, each, agent, withheld))
    for reference, word in row.related:
        agent = _administered(reference, cells.system, administered)
        if agent is None:
            cells.note("causality_agent_unknown", "/causality", said(reference, word))
            continue
        told = _Judgement(variable="AEREL", word=word, assessor=None)
        found.append(_judged(cells, told, agent, withheld))
    return _without(found, frozenset(withheld))


def _told(cells: Cells, supplements: Iterable[HeldRow]) -> Iterator[_Judgement]:
    for variable in sorted(cells.fields):
        word = cells.text(variable)
        if word and judges(variable, cells.system):
            named, assessor = _exported(variable, cells), _assessor(variable, "")
            for one in [word] if named is None else word.split(_BOTH):
                yield _Judgement(variable=variable, word=one, assessor=assessor, agent=named)
        elif word and _OTHERS.fullmatch(variable):
            number = variable.removeprefix("DLTREL")
            agent, other = (as_name(cells.text(f"{of}{number}")) for of in ("DLTRAG", "DLTRBY"))
            for one in word.split(_BOTH):
                yield _Judgement(variable=variable, word=one, assessor=other, agent=agent)
    for each in supplements:
        variable, word = (each.fields.get(name, "").strip() for name in ("QNAM", "QVAL"))
        if word and judges(variable, cells.system):
            whose = _assessor(variable, each.fields.get("QEVAL", ""))
            yield _Judgement(variable=variable, word=word, assessor=whose)


def _exported(variable: str, cells: Cells) -> str | None:
    """The agent that our own exports name beside a judgement (docs/exports.md)."""
    if variable in cells.system.causality_agents or not cells.text(STEP):
        return None
    return as_name(cells.text(f"AERELA{variable.removeprefix('AEREL')}"))


def _assessor(variable: str, evaluator: str) -> str | None:
    shown = words.folded(evaluator)
    if shown:
        return _ASSESSORS.get(shown) or as_name(shown.casefold())
    return "investigator" if _JUDGES.fullmatch(variable) else None


def _agent(variable: str, system: SourceSystem) -> str | None:
    """The agent that a variable judges; where none of them is told, the only one there is."""
    if system.causality_agents:
        return system.causality_agents.get(variable)
    known = set(system.agents.values())
    return known.pop() if len(known) == 1 else None


def _administered(
    reference: str, system: SourceSystem, administered: Mapping[str, str]
) -> str | None:
    """The agent that a reference means: one that the settings name, or that was administered."""
    mapped = words.meaning(system.agents, reference)
    if mapped is not None:
        return mapped
    if reference in {*system.agents.values(), *system.causality_agents.values()}:
        return reference
    given = administered.get(reference) or administered.get(reference.rpartition("/")[2])
    if given is None:
        return None
    return words.meaning(system.agents, given) or as_name(given)


def _judged(cells: Cells, told: _Judgement, agent: str, withheld: set[str]) -> Causality:
    judged = words.relatedness(told.word, cells.system.causality)
    if judged is None and words.folded(told.word) not in words.UNKNOWN:
        withheld.add(agent)
        cells.note("relatedness_unmapped", "/causality", said(told.variable, told.word))
        cells.unmapped.append(
            Unmapped(variable=told.variable, word=told.word[:_LONGEST_NAME], setting="causality")
        )
    return Causality(agent=agent, relatedness=judged, assessor=told.assessor)


def _without(found: Iterable[Causality], withheld: frozenset[str]) -> Judged:
    """Each judgement once, in order; those of some agents as not known."""
    told = {replace(each, relatedness=None) if each.agent in withheld else each for each in found}
    return Judged(causality=tuple(sorted(told, key=_order)), withheld=withheld)


def _order(each: Causality) -> tuple[str, str, str]:
    return each.agent, each.assessor or "", each.relatedness or ""


def united(of_rows: Iterable[Judged]) -> tuple[tuple[Causality, ...], tuple[str, ...]]:
    """The judgements of several rows of one event, and the agents of which they differ.

    A row without a judgement adds none; where rows differ, all judgements stand.
    """
    rows = list(of_rows)
    of_agent: dict[str, set[frozenset[Causality]]] = {}
    for row in rows:
        for agent in {each.agent for each in row.causality}:
            judged = frozenset(each for each in row.causality if each.agent == agent)
            of_agent.setdefault(agent, set()).add(judged)
    differing = tuple(sorted(agent for agent, told in of_agent.items() if len(told) > 1))
    withheld = frozenset[str]().union(*(row.withheld for row in rows))
    whole = _without((each for row in rows for each in row.causality), withheld)
    return whole.causality, differing
