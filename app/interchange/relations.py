"""Which rows belong together by what the data say: RELREC, SUPPAE and linking variables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.interchange.made import HeldRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Rows that RELREC ties by one RELID, and the rows of RELREC that tie them."""

    rows: tuple[HeldRow, ...]
    told_by: tuple[str, ...]

    def of(self, domain: str) -> tuple[HeldRow, ...]:
        """The rows of one domain among them."""
        return tuple(each for each in self.rows if each.domain == domain)


class Named:
    """Rows by the variables that other rows name them by."""

    def __init__(self, rows: Iterable[HeldRow]) -> None:
        self._rows = tuple(rows)
        self._by: dict[str, dict[tuple[str, str], list[HeldRow]]] = {}

    def by(self, reference: HeldRow, domain: str) -> tuple[HeldRow, ...]:
        """The rows of a domain that IDVAR and IDVARVAL of another row name.

        A sequence number such as AESEQ names rows of the same extract only, as it is given anew
        in each; of extracts that have no name, nobody knows which are the same.
        """
        variable = reference.fields.get("IDVAR", "").strip().upper()
        wanted = same_number(reference.fields.get("IDVARVAL", ""))
        if not variable or not wanted:
            return ()
        found = self._of(variable).get((domain, wanted), ())
        if not variable.endswith("SEQ"):
            return tuple(found)
        extract = reference.extract
        return tuple(each for each in found if extract is not None and each.extract == extract)

    def _of(self, variable: str) -> Mapping[tuple[str, str], Sequence[HeldRow]]:
        if variable not in self._by:
            held: dict[tuple[str, str], list[HeldRow]] = {}
            for row in self._rows:
                value = same_number(row.fields.get(variable, ""))
                held.setdefault((row.domain, value), []).append(row)
            self._by[variable] = held
        return self._by[variable]


def same_number(text: str) -> str:
    """A cell as ids are compared: without blanks around it; 1.0 is 1."""
    shown = text.strip()
    return shown.removesuffix(".0") if shown.removesuffix(".0").isdecimal() else shown


def relations_of(
    told: Sequence[HeldRow], rows: Sequence[HeldRow]
) -> tuple[tuple[Relation, ...], tuple[HeldRow, ...]]:
    """What the rows of RELREC tie, by RELID, and those that tie no two rows."""
    by_id: dict[str, list[HeldRow]] = {}
    for each in sorted(told, key=lambda each: each.key):
        by_id.setdefault(each.fields.get("RELID", "").strip(), []).append(each)
    found: list[Relation] = []
    loose: list[HeldRow] = []
    named = Named(rows)
    for name, members in by_id.items():
        tied: dict[tuple[str, str], HeldRow] = {}
        for each in members:
            domain = each.fields.get("RDOMAIN", "").strip().upper()
            tied |= {(row.domain, row.key): row for row in named.by(each, domain)}
        if name and len(tied) > 1:
            ordered = tuple(row for _, row in sorted(tied.items()))
            found.append(Relation(rows=ordered, told_by=tuple(each.key for each in members)))
        else:
            loose += members
    return tuple(found), tuple(loose)


def supplements_of(
    supplements: Iterable[HeldRow], rows: Sequence[HeldRow]
) -> tuple[Mapping[str, tuple[HeldRow, ...]], tuple[HeldRow, ...]]:
    """The supplemental values of AE by the key of their row, and those of no row.

    One that names several rows is of each, as SUPPAE means it where IDVAR is AEGRPID.
    """
    of_row: dict[str, tuple[HeldRow, ...]] = {}
    loose: list[HeldRow] = []
    by_name = Named(rows)
    for each in sorted(supplements, key=lambda each: each.key):
        domain = each.fields.get("RDOMAIN", "AE").strip().upper() or "AE"
        named = by_name.by(each, "AE") if domain == "AE" else ()
        for row in named:
            of_row[row.key] = (*of_row.get(row.key, ()), each)
        if not named:
            loose.append(each)
    return of_row, tuple(loose)
