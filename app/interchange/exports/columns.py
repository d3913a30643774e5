"""Columns that several tables have: what they are called, and what stands in each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from app.domain.case import Causality, Seriousness
from app.interchange.exports.events import (
    EventVerdict,
    Judge,
    criteria_of,
    is_serious,
)

INVESTIGATOR: Final = "investigator"

Cell = str | int
"""A blank text is what is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A variable of a table: its name, its label (40 characters at most), and its type.

    `key` is its place among the variables that tell rows apart.
    """

    name: str
    label: str
    type: Literal["string", "integer"] = "string"
    key: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A dataset: its name, its label and its columns."""

    name: str
    label: str
    columns: tuple[Column, ...]
    records: int


SERIOUSNESS: Final = (
    Column(name="AESER", label="Serious Event"),
    Column(name="AESDTH", label="Results in Death"),
    Column(name="AESLIFE", label="Is Life Threatening"),
    Column(name="AESHOSP", label="Requires or Prolongs Hospitalization"),
    Column(name="AESDISAB", label="Persist or Signif Disability/Incapacity"),
    Column(name="AESCONG", label="Congenital Anomaly or Birth Defect"),
    Column(name="AESMIE", label="Other Medically Important Serious Event"),
)
VERDICT: Final = (
    Column(name="DLTVERD", label="Doseguard: Verdict"),
    Column(name="DLTCRIT", label="Doseguard: Criterion That Is Met"),
    Column(name="DLTEXC", label="Doseguard: Exception That Applies"),
    Column(name="DLTESTAB", label="Doseguard: Established as DLT at"),
    Column(name="DLTWHEN", label="Doseguard: Becomes a DLT at"),
    Column(name="DLTOPEN", label="Doseguard: Event May Still Be There"),
    Column(name="DLTMISS", label="Doseguard: Data That Would Settle It"),
    Column(name="DLTREF", label="Doseguard: Refer to Committee"),
    Column(name="DLTASOF", label="Doseguard: Data Cut of the Verdict"),
    Column(name="DLTADJ", label="Doseguard: Adjudication"),
    Column(name="DLTPROT", label="Doseguard: Protocol"),
    Column(name="DLTPVER", label="Doseguard: Protocol Version"),
)
"""Ours, and no variables of CDISC: each name begins with DLT."""


def flag(value: bool | None) -> str:
    """Y, N, or a blank where it is not known."""
    return "" if value is None else "Y" if value else "N"


def serious(of: Seriousness | None) -> tuple[Cell, ...]:
    """Whether the event is serious, and by which criteria."""
    if of is None:
        return ("",) * len(SERIOUSNESS)
    return (flag(is_serious(of)), *(flag(each) for each in criteria_of(of).values()))


def verdict_cells(of: EventVerdict | None) -> tuple[Cell, ...]:
    """The verdict; blank where none stands."""
    if of is None:
        return ("",) * len(VERDICT)
    return (
        of.verdict,
        of.criterion or "",
        of.exception or "",
        of.established_at or "",
        of.becomes_dlt_at or "",
        flag(of.open),
        "; ".join(of.missing),
        flag(of.refer_to_committee),
        of.as_of,
        of.adjudication,
        of.protocol,
        of.protocol_version,
    )


def causality_columns(judges: Iterable[Judge]) -> tuple[Column, ...]:
    """For each agent and assessor the relation, and beside it which agent and assessor it is of.

    AERELn is the investigator's opinion, as SDTM defines it: whoever reads it takes it for that.
    What others judged, or nobody knows who, stands in columns of ours.
    """
    columns: list[Column] = []
    own = others = 0
    for _, assessor in judges:
        if assessor == INVESTIGATOR:
            own += 1
            columns += (
                Column(name=f"AEREL{own}", label=f"Causality {own}"),
                Column(name=f"AERELA{own}", label=f"Agent of Causality {own}"),
            )
        else:
            others += 1
            columns += (
                Column(name=f"DLTREL{others}", label=f"Doseguard: Causality {others}"),
                Column(name=f"DLTRAG{others}", label=f"Doseguard: Agent of Causality {others}"),
                Column(name=f"DLTRBY{others}", label=f"Doseguard: Assessor of Causality {others}"),
            )
    return tuple(columns)


def causality_cells(causality: tuple[Causality, ...], judges: Iterable[Judge]) -> tuple[Cell, ...]:
    """What each judged of the event. Where one judged twice and otherwise, both stand there."""
    cells: list[Cell] = []
    for agent, assessor in judges:
        words = dict.fromkeys(
            each.relatedness.upper()
            for each in causality
            if (each.agent, each.assessor or "") == (agent, assessor)
            and each.relatedness is not None
        )
        named = () if assessor == INVESTIGATOR else (assessor,)
        cells += (" / ".join(words), agent, *named)
    return tuple(cells)
