"""Columns become variables, and a line of cells becomes a row of its domain."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Final

from app.domain.record.origin import Source
from app.domain.source_system import SourceSystem
from app.interchange.bounded import shown
from app.interchange.rows import DOMAINS, BadRow, Domain, LeftOut, SourceRow, UnreadableFile

REPEATED_FORM: Final = "redcap_repeat_instrument"
"""The column in which a REDCap export names the form that a row is of."""

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
_OF_PATIENTS: Final = frozenset(
    {"RFSTDTC", "RFENDTC", "RFXSTDTC", "RFXENDTC", "RFICDTC", "RFPENDTC", "DTHDTC", "DTHFL"}
    | {"BRTHDTC", "AGE", "AGEU", "SEX", "RACE", "ETHNIC", "ARMCD", "ARM", "ACTARMCD", "ACTARM"}
    | {"ARMNRS", "ACTARMUD", "DMDTC", "DMDY"}
)
"""Variables of DM that do not begin with its name."""
_DOMAINS: Final[Mapping[str, Domain]] = {domain: domain for domain in DOMAINS}
_TOPICS: Final[Mapping[str, frozenset[str]]] = {
    "AE": frozenset({"AETERM", "AEMODIFY", "AEDECOD", "AEPTCD", "AELLT", "AELLTCD"}),
    "FA": frozenset({"FATESTCD", "FATEST"}),
    "EX": frozenset({"EXTRT"}),
    "DS": frozenset({"DSTERM", "DSDECOD"}),
    "LB": frozenset({"LBTESTCD", "LBTEST", "LBLOINC"}),
}
"""What says of what a row is; without one of them, a column EXPECTED makes no exposure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as it is headed, and the variable that it is; None where it is left out."""

    heading: str
    variable: str | None


def folded(text: str) -> str:
    """A word as it is compared: without regard to case and surrounding blanks."""
    return text.strip().casefold()


def columns_of(
    headings: Sequence[str],
    system: SourceSystem,
    *,
    named: Mapping[str, str] | None = None,
    oids: Sequence[str] | None = None,
) -> tuple[Column, ...]:
    """What each column is: by the settings, by the headings of a template, or as a variable.

    `named` are folded headings and their variables. A name in capitals is a variable; where a
    column DOMAIN or RDOMAIN says that the file is SDTM, one in small letters is too.
    Raises UnreadableFile: two columns are one variable.
    """
    known = dict(named or {}) | {folded(item): each for item, each in system.items.items()}
    sdtm = any(heading.strip().upper() in {"DOMAIN", "RDOMAIN"} for heading in headings)

    def variable_of(heading: str, oid: str | None) -> str | None:
        for name in (heading, oid):
            if name is not None and folded(name) in known:
                return known[folded(name)]
        name = heading.strip().upper() if sdtm else heading.strip()
        return name if _VARIABLE.fullmatch(name) else None

    alike: Sequence[str | None] = oids or [None] * len(headings)
    places = zip(headings, alike, strict=True)
    columns = tuple(
        Column(heading=heading.strip(), variable=variable_of(heading, oid))
        for heading, oid in places
    )
    _check_once(columns)
    return columns


def _check_once(columns: Sequence[Column]) -> None:
    counts = Counter(each.variable for each in columns if each.variable)
    for variable, count in counts.items():
        if count > 1:
            headings = ", ".join(repr(x.heading) for x in columns if x.variable == variable)
            raise UnreadableFile(
                f"{count} columns are {variable} ({headings}), so a cell of one would be lost: "
                "leave one out, or map it to another variable in `items`"
            )


@dataclass(slots=True, kw_only=True)
class Rows:
    """Makes rows of cells, and counts them. Columns that are no variable are told as `unread`.

    `dataset` is the name that the file has for its rows, `domain` the domain that they all are.
    Raises UnreadableFile where nothing tells the domain.
    """

    columns: Sequence[Column]
    system: SourceSystem
    dataset: str | None = None
    domain: Domain | None = None
    source: Source = field(default_factory=Source)
    number: int = 0
    _variables: tuple[str, ...] = ()
    _taken: tuple[bool, ...] = ()
    _groups: Mapping[Domain, frozenset[str]] = field(default_factory=dict)
    _forms: Mapping[str, str] = field(default_factory=dict)
    _form: int | None = None

    def __post_init__(self) -> None:
        self._taken = tuple(each.variable is not None for each in self.columns)
        self._variables = tuple(each.variable for each in self.columns if each.variable)
        self._groups = _groups_of(self._variables)
        self._forms = {folded(form): each for form, each in self.system.forms.items()}
        headings = [folded(each.heading) for each in self.columns]
        self._form = headings.index(REPEATED_FORM) if REPEATED_FORM in headings else None
        named = {"DOMAIN", "RDOMAIN"} & set(self._variables) or self.dataset or self.domain
        if not named and not self._groups:
            raise UnreadableFile(
                "no column tells what the rows are about: head columns with variables of SDTM "
                "(DOMAIN, AETERM, …) or of a template, or map them in `items` of the source system"
            )

    def of(
        self, place: str, cells: Sequence[str], original: str
    ) -> Iterator[SourceRow | BadRow | LeftOut]:
        """The row of a line of cells; of a line about several domains the row of each."""
        fields = {
            variable: cell
            for variable, cell in zip(self._variables, compress(cells, self._taken), strict=True)
            if cell and not cell.isspace()
        }
        told = self._told(fields, cells)
        if told == "":
            yield self.bad(
                place, "domain_missing", "no cell tells its domain: fill DOMAIN", original
            )
        elif told is None:
            yield from self._by_prefix(place, fields, self._unread(cells))
        elif (domain := _DOMAINS.get(told.strip().upper())) is not None:
            yield self._row(domain, place, fields, self._unread(cells))
        else:
            yield self._left_out(place, f"domain {told[:40]}")

    def bad(self, place: str, code: str, problem: str, original: str) -> BadRow:
        """A row that cannot be read, counted as one."""
        self.number += 1
        return BadRow(
            number=self.number, place=place, code=code, problem=problem, original=shown(original)
        )

    def _told(self, fields: Mapping[str, str], cells: Sequence[str]) -> str | None:
        """The name of a row's domain; empty where it should be told and is not, None by prefix."""
        if self.domain is not None:
            return self.domain
        if "DOMAIN" in self._variables:
            return fields.get("DOMAIN", self.dataset or "")
        if "RDOMAIN" in self._variables:
            return self._told_of_relation(fields)
        if self.dataset is not None:
            return self.dataset
        if self._form is not None:
            return self._forms.get(folded(cells[self._form]))
        return None

    def _told_of_relation(self, fields: Mapping[str, str]) -> str:
        if "QNAM" in self._variables:
            about = fields.get("RDOMAIN")
            return f"SUPP{about}" if about else ""
        return "RELREC" if "RELID" in self._variables else self.dataset or ""

    def _by_prefix(
        self, place: str, fields: Mapping[str, str], unread: tuple[str, ...]
    ) -> Iterator[SourceRow | LeftOut]:
        """A row of each domain of which a cell is filled, with the cells that are of no domain."""
        own = frozenset().union(*self._groups.values())
        found = [domain for domain, names in self._groups.items() if names & fields.keys()]
        for domain in found:
            kept = self._groups[domain]
            part = {name: cell for name, cell in fields.items() if name in kept or name not in own}
            yield self._row(domain, place, part, unread)
        if not found:
            yield self._left_out(place, "row without a cell of any domain")

    def _unread(self, cells: Sequence[str]) -> tuple[str, ...]:
        """The headings of filled cells that are no variable, or their places without one."""
        if all(self._taken):
            return ()
        return tuple(
            column.heading[:100] or f"column {number}"
            for number, (column, cell) in enumerate(zip(self.columns, cells, strict=True), 1)
            if column.variable is None and cell and not cell.isspace()
        )

    def _row(
        self, domain: Domain, place: str, fields: Mapping[str, str], unread: tuple[str, ...]
    ) -> SourceRow:
        self.number += 1
        return SourceRow(
            domain=domain,
            number=self.number,
            place=place,
            fields=fields,
            source=self.source,
            unread=unread,
        )

    def _left_out(self, place: str, what: str) -> LeftOut:
        self.number += 1
        return LeftOut(number=self.number, place=place, what=what)


def _groups_of(variables: Sequence[str]) -> Mapping[Domain, frozenset[str]]:
    """The variables that are of one domain only."""
    groups: dict[Domain, set[str]] = {}
    for variable in variables:
        prefix = "DM" if variable in _OF_PATIENTS else variable[:2]
        if prefix == "DM" or not _TOPICS.get(prefix, frozenset()).isdisjoint(variables):
            groups.setdefault(_DOMAINS[prefix], set()).add(variable)
    return {domain: frozenset(names) for domain, names in groups.items()}
