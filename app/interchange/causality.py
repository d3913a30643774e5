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


def judges(variable: str, system: SourceSystem) -> bool:
    """Whether a variable says how an event is related to an agent."""
    return variable in system.causality_agents or _JUDGES.fullmatch(variable) is not None


def judgements(
    cells: Cells, supplements: Iterable[HeldRow], row: HeldRow, administered: Mapping[str, str]
) -> tuple[Causality, ...]:
    """What was judged of an event's relation to each agent.

    `administered` are the treatments by the key of their row of EX. A word without a meaning
    makes every judgement about that agent unknown: the others alone could decide wrongly.
    AEREL and AERELn are the investigator's, as SDTM defines them.
    """
    found: list[Causality] = []
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
        found.append(_judged(cells, each, agent))
    for reference, word in row.related:
        agent = _administered(reference, cells.system, administered)
        if agent is None:
            cells.note("causality_agent_unknown", "/causality", said(reference, word))
            continue
        found.append(_judged(cells, _Judgement(variable="AEREL", word=word, assessor=None), agent))
    return _honest(found)


def _told(cells: Cells, supplements: Iterable[HeldRow]) -> Iterator[_Judgement]:
    for variable in sorted(cells.fields):
        word = cells.text(variable)
        if word and judges(variable, cells.system):
            named, assessor = _exported(variable, cells), _assessor(variable, "")
            for one in [word] if named is None else word.split(_BOTH):
                yield _Judgement(variable=variable, word=one, assessor=assessor, agent=named)
        elif word and _OTHERS.fullmatch(variable):
            number = variable.removeprefix("DLTREL")
            agent, other = cells.text(f"DLTRAG{number}"), cells.text(f"DLTRBY{number}")
            for one in word.split(_BOTH):
                yield _Judgement(
                    variable=variable, word=one, assessor=other or None, agent=agent or None
                )
    for each in supplements:
        variable, word = (each.fields.get(name, "").strip() for name in ("QNAM", "QVAL"))
        if word and judges(variable, cells.system):
            whose = _assessor(variable, each.fields.get("QEVAL", ""))
            yield _Judgement(variable=variable, word=word, assessor=whose)


def _exported(variable: str, cells: Cells) -> str | None:
    """The agent that our own exports name beside a judgement (docs/exports.md)."""
    if variable in cells.system.causality_agents or not cells.text(STEP):
        return None
    return cells.text(f"AERELA{variable.removeprefix('AEREL')}") or None


def _assessor(variable: str, evaluator: str) -> str | None:
    shown = words.folded(evaluator)
    if shown:
        return _ASSESSORS.get(shown, shown.casefold()[:_LONGEST_NAME])
    return "investigator" if _JUDGES.fullmatch(variable) else None


def _agent(variable: str, system: SourceSystem) -> str | None:
    """The agent that a variable judges; without a word of it, the only agent that is known."""
    if variable in system.causality_agents:
        return system.causality_agents[variable]
    known = {*system.agents.values(), *system.causality_agents.values()}
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
    return words.meaning(system.agents, given) or given[:_LONGEST_NAME]


def _judged(cells: Cells, told: _Judgement, agent: str) -> Causality:
    judged = words.relatedness(told.word, cells.system.causality)
    if judged is None and words.folded(told.word) not in words.UNKNOWN:
        cells.note("relatedness_unmapped", "/causality", said(told.variable, told.word))
        cells.unmapped.append(
            Unmapped(variable=told.variable, word=told.word[:_LONGEST_NAME], setting="causality")
        )
    return Causality(agent=agent, relatedness=judged, assessor=told.assessor)


def _honest(found: Iterable[Causality]) -> tuple[Causality, ...]:
    """Each judgement once, in order; all of an agent unknown where one of them is."""
    each_once = dict.fromkeys(found)
    open_ = {each.agent for each in each_once if each.relatedness is None}
    told = dict.fromkeys(
        replace(each, relatedness=None) if each.agent in open_ else each for each in each_once
    )
    return tuple(sorted(told, key=_order))


def _order(each: Causality) -> tuple[str, str, str]:
    return each.agent, each.assessor or "", each.relatedness or ""


def united(
    of_rows: Iterable[tuple[Causality, ...]],
) -> tuple[tuple[Causality, ...], tuple[str, ...]]:
    """The judgements of several rows of one event, and the agents of which they differ.

    A row without a judgement adds none; where rows differ, all judgements stand.
    """
    rows = list(of_rows)
    agents = sorted({each.agent for row in rows for each in row})
    differing = tuple(
        agent
        for agent in agents
        if len({frozenset(each for each in row if each.agent == agent) for row in rows} - {_NONE})
        > 1
    )
    return _honest(each for row in rows for each in row), differing


_NONE: Final[frozenset[Causality]] = frozenset()
