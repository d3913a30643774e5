"""A decision table as people and programs read it: its words, its limits, and what made it.

Nothing is decided here. A page of it is made in `design_pages`, lines for a terminal in
`design_lines`.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from types import MappingProxyType
from typing import Any, Final, Literal

import rfc8785
from pydantic import TypeAdapter

from app.domain.cohort.boin import BoinRules
from app.domain.cohort.design import Boundaries, Decision, DecisionTable, TableRow
from app.domain.cohort.designs import AnyDesign
from app.domain.cohort.posterior import eliminates
from app.domain.cohort.tite_boin import TiteBoin
from app.domain.cohort.waiting import CAUTION
from app.domain.record.canonical import digest_of
from app.use_cases.adjudicate import engine_version
from app.use_cases.designs import TableRequest, table_of

Format = Literal["json", "csv", "html"]
"""How a table is told: as the service answers it, for programs, for people."""

ACROSS: Final = 20
"""The most numbers of patients beside each other: more do not fit on a page or a terminal."""

_REQUEST: Final = TypeAdapter(TableRequest)
_AT_MOST: Final = "if DLTs\N{NO-BREAK SPACE}≤"
_AT_LEAST: Final = "if DLTs\N{NO-BREAK SPACE}≥"
_CLOSING: Final[Mapping[Decision, str]] = MappingProxyType(
    {"eliminate": "Eliminate the level", "exceeds_mtd": "The level exceeds the MTD"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """How a decision is written: its letters in a cell, its name, and what is then done."""

    letters: str
    name: str
    means: str


WORDS: Final[Mapping[Decision, Word]] = MappingProxyType(
    {
        "escalate": Word(letters="E", name="escalate", means="go up to the next level"),
        "stay": Word(letters="S", name="stay", means="treat the next patients at this level"),
        "expand": Word(letters="A", name="expand", means="add patients to this level"),
        "cohort_not_full": Word(
            letters="N",
            name="cohort not full",
            means="nothing is decided before the cohort is complete",
        ),
        "suspend": Word(
            letters="W", name="suspend", means="enrol nobody until more outcomes are known"
        ),
        "de_escalate": Word(letters="D", name="de-escalate", means="go down to the level below"),
        "exceeds_mtd": Word(
            letters="X",
            name="exceeds the MTD",
            means="this level and those above it are closed",
        ),
        "eliminate": Word(
            letters="DU",
            name="eliminate",
            means="go down, and use this level and those above it no more",
        ),
    }
)
"""The letters are those of published tables of mTPI, BOIN and i3+3, where these have one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The name of a design, and the papers that it is taken from."""

    name: str
    sources: tuple[str, ...]


_LIU_YUAN: Final = "Liu & Yuan, J R Stat Soc C 2015;64:507-523"
_PUBLISHED: Final[Mapping[str, Published]] = MappingProxyType(
    {
        "3+3": Published(
            name="3+3",
            sources=(
                "Storer, Biometrics 1989;45:925-937",
                "Korn et al., Stat Med 1994;13:1799-1806",
                "Lin & Shih, Biostatistics 2001;2:203-215",
            ),
        ),
        "rolling-six": Published(
            name="Rolling six", sources=("Skolnik et al., J Clin Oncol 2008;26:190-195",)
        ),
        "boin": Published(name="BOIN", sources=(_LIU_YUAN,)),
        "mtpi": Published(
            name="mTPI", sources=("Ji, Liu, Li & Bekele, Clin Trials 2010;7:653-663",)
        ),
        "mtpi2": Published(
            name="mTPI-2 (Keyboard)",
            sources=(
                "Guo, Wang, Yang, Lynn & Ji, Contemp Clin Trials 2017;58:23-33",
                "Yan, Mandrekar & Yuan, Clin Cancer Res 2017;23:3994-4003",
            ),
        ),
        "i3+3": Published(
            name="i3+3", sources=("Liu, Wang & Ji, J Biopharm Stat 2020;30:294-304",)
        ),
        "table": Published(name="The protocol's own table", sources=()),
    }
)
_TITE_BOIN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "lin-yuan-2020": "Lin & Yuan, Biostatistics 2020;21:807-824",
        "yuan-2018": "Yuan, Lin, Li, Nie & Warren, Clin Cancer Res 2018;24:4921-4930",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """A table in short: by patients, the number of DLTs from which or up to which something is
    decided, one for each heading; None where no number of DLTs leads to it.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[int | None, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """All that a printed table tells.

    `parameters` are those of the design and the request, by the names of the request; `digest`
    is that of the request with all its defaults.
    """

    published: Published
    parameters: tuple[tuple[str, str], ...]
    boundaries: Boundaries | None
    rows: tuple[TableRow, ...]
    limits: Limits
    notes: tuple[str, ...]
    digest: str
    engine: str

    @property
    def patients(self) -> str:
        """The numbers of patients that the table is for, in words."""
        return patients_of(self.rows)

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Which decisions occur, the least cautious first."""
        there_are = {each for row in self.rows for each in row.decisions}
        return tuple(each for each in WORDS if each in there_are)


def printed(asked: TableRequest) -> Printed:
    """The table of a request, with all that made it."""
    design, table = asked.design, table_of(asked)
    request: dict[str, Any] = _REQUEST.dump_python(asked, mode="json")
    return Printed(
        published=published(design),
        parameters=tuple(_parameters(request)),
        boundaries=table.boundaries,
        rows=table.rows,
        limits=limits_of(design, table),
        notes=tuple(_notes(asked, table)),
        digest=digest_of(rfc8785.dumps(request).decode()),
        engine=engine_version(),
    )


def published(design: AnyDesign) -> Published:
    """What a design is called, and where it was published."""
    if isinstance(design, TiteBoin):
        return Published(name="TITE-BOIN", sources=(_TITE_BOIN[design.variant],))
    return _PUBLISHED[design.kind]


def as_csv(table: DecisionTable) -> str:
    """The table as RFC 4180 has it: a line for each number of patients and of DLTs among them."""
    text = StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow(("n", "dlts", "decision"))
    for row in table.rows:
        lines.writerows((row.n, dlts, each) for dlts, each in enumerate(row.decisions))
    return text.getvalue()


def limits_of(design: AnyDesign, table: DecisionTable) -> Limits:
    """The table in short.

    More DLTs never lead to a less cautious decision, so that a number tells each limit. A level
    that is closed is left too: the limit of de-escalation counts it, as published tables do.
    """
    columns = list(_columns(design, table.rows))
    return Limits(
        headings=tuple(heading for heading, _ in columns),
        rows=tuple(
            (row.n, tuple(numbers[place] for _, numbers in columns))
            for place, row in enumerate(table.rows)
        ),
    )


def _columns(
    design: AnyDesign, rows: Sequence[TableRow]
) -> Iterator[tuple[str, list[int | None]]]:
    """The limits that the design has: what is decided, and the number of DLTs by row."""
    there_are = {each for row in rows for each in row.decisions}
    if "escalate" in there_are:
        yield f"Escalate {_AT_MOST}", [_most(row, CAUTION["escalate"]) for row in rows]
    if "de_escalate" in there_are:
        yield f"De-escalate {_AT_LEAST}", [_least(row, CAUTION["de_escalate"]) for row in rows]
    if closing := [told for each, told in _CLOSING.items() if each in there_are]:
        told = closing[0] if len(closing) == 1 else "Close the level"
        yield f"{told} {_AT_LEAST}", [_least(row, CAUTION["eliminate"]) for row in rows]
    if isinstance(design, BoinRules) and design.extra_safe:
        told = "At the lowest level, stop the trial"
        yield f"{told} {_AT_LEAST}", [_stops(design, row.n) for row in rows]


def blocks(rows: Sequence[TableRow]) -> Iterator[Sequence[TableRow]]:
    """The rows, as many at once as fit beside each other."""
    for first in range(0, len(rows), ACROSS):
        yield rows[first : first + ACROSS]


def patients_of(rows: Sequence[TableRow]) -> str:
    """The numbers of patients of the rows: a range, or each of them where some are left out."""
    numbers = [row.n for row in rows]
    if len(numbers) == 1:
        return "1 patient" if numbers == [1] else f"{numbers[0]} patients"
    if numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]} to {numbers[-1]} patients"
    return f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]} patients"


def _most(row: TableRow, caution: int) -> int | None:
    """The most DLTs whose decision is at most so cautious."""
    found = [dlts for dlts, each in enumerate(row.decisions) if CAUTION[each] <= caution]
    return max(found, default=None)


def _least(row: TableRow, caution: int) -> int | None:
    """The fewest DLTs whose decision is at least so cautious."""
    found = (dlts for dlts, each in enumerate(row.decisions) if CAUTION[each] >= caution)
    return next(found, None)


def _stops(design: BoinRules, n: int) -> int | None:
    """The fewest DLTs that stop a trial at its lowest level by the rule for extra safety."""
    cutoff = design.cutoff_eliminate - design.offset
    found = (dlts for dlts in range(n + 1) if eliminates(n, dlts, design.target, cutoff))
    return next(found, None)


def _parameters(request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The parameters by name; the rows of an uploaded table are what is printed itself."""
    design = dict(request["design"])
    yield "kind", design.pop("kind")
    design.pop("rows", None)
    for name, value in sorted(design.items()):
        yield name, _shown(name, value)
    yield "max_n", str(request["max_n"])


def _shown(name: str, value: Any) -> str:
    if value is None:
        return {"phi1": "0.6 of the target", "phi2": "1.4 of the target"}.get(name, "none")
    return value if isinstance(value, str) else json.dumps(value)


def _notes(asked: TableRequest, table: DecisionTable) -> Iterator[str]:
    yield (
        "The table counts the evaluable patients of one dose level, with no outcome pending; a "
        "level without a patient has no row."
    )
    if table.rows[-1].n < asked.max_n:
        yield f"The design has no decision for more than {patients_of(table.rows[-1:])}."
